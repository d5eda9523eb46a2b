//! Whether a socket is asked for by a page of the portal itself. Browsers let any page open a
//! socket to anywhere, with cookies, and only tell where the page came from.

use axum::http::{HeaderMap, Uri, header};

/// Whether the request comes from a page of the portal.
pub(crate) fn is_own(headers: &HeaderMap, uri: &Uri, public_origin: Option<&str>) -> bool {
    let Some(origin) = text(headers, header::ORIGIN) else {
        return false;
    };
    if let Some(public) = public_origin {
        return origin.eq_ignore_ascii_case(public.trim_end_matches('/'));
    }
    // The scheme is not compared: behind a proxy that ends TLS it is unknown here.
    let page = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    let asked = text(headers, header::HOST).or_else(|| uri.authority().map(|a| a.as_str()));
    match (page, asked) {
        (Some(page), Some(asked)) => !page.is_empty() && page.eq_ignore_ascii_case(asked),
        _ => false,
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(origin: &str, host: &str, public: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if !origin.is_empty() {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        is_own(&headers, &Uri::from_static("/terminal/socket"), public)
    }

    #[test]
    fn a_page_of_the_same_host_is_the_portals() {
        assert!(check("http://127.0.0.1:3000", "127.0.0.1:3000", None));
        assert!(check("https://Labs.example.org", "labs.example.org", None));
        for foreign in [
            "",
            "null",
            "https://",
            "https://evil.example",
            "http://labs.example.org:8080",
            "ftp://labs.example.org",
            "https://labs.example.org.evil.example",
            "https://evil.example/https://labs.example.org",
        ] {
            assert!(!check(foreign, "labs.example.org", None), "{foreign}");
        }
    }

    #[test]
    fn a_public_origin_is_taken_at_its_word() {
        let public = Some("https://labs.example.org/");
        assert!(check("https://labs.example.org", "10.0.0.7:3000", public));
        assert!(!check("http://labs.example.org", "10.0.0.7:3000", public));
        assert!(!check("http://10.0.0.7:3000", "10.0.0.7:3000", public));
    }
}
