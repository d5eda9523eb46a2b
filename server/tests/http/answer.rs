//! What the portal answered.

use axum::http::{HeaderMap, StatusCode, header};
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// Demands a status, and gives the answer back.
    #[track_caller]
    pub fn says(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{}\n{:?}",
            self.text,
            self.headers
        );
        self
    }

    /// The value of a header; empty where there is none.
    pub fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Where a redirect leads.
    #[track_caller]
    pub fn leads_to(&self) -> &str {
        let redirects = self.status.is_redirection();
        assert!(redirects, "{} is no redirect: {}", self.status, self.text);
        self.header(header::LOCATION)
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.text) {
            Ok(value) => value,
            Err(error) => panic!("{} {error}: {:?}", self.status, self.text),
        }
    }

    /// The sentence of a refusal.
    #[track_caller]
    pub fn message(&self) -> String {
        let json = self.json();
        let Some(message) = json["message"].as_str() else {
            panic!("no sentence in {json}");
        };
        message.to_owned()
    }

    /// The field that a refusal is about; empty where it is about none.
    #[track_caller]
    pub fn field(&self) -> String {
        self.json()["field"].as_str().unwrap_or_default().to_owned()
    }

    /// The cookies that are set.
    pub fn cookies(&self) -> Vec<&str> {
        let set = self.headers.get_all(header::SET_COOKIE);
        set.iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// What a person reads without a script: the page without scripts and without what only scripts
    /// bring out.
    pub fn readable(&self) -> String {
        let without_scripts = without(&self.text, "<script", "</script>");
        let body = without(&without_scripts, "<template", "</template>");
        without(&body, "<!--", "-->").replace("<!>", "")
    }

    /// The nonce in the policy.
    pub fn nonce(&self) -> &str {
        let policy = self.header(header::CONTENT_SECURITY_POLICY);
        let (_, rest) = policy.split_once("script-src 'self' 'nonce-").unwrap();
        rest.split_once('\'').unwrap().0
    }

    /// What every answer must have, whatever it says.
    #[track_caller]
    pub fn has_what_all_have(&self) {
        self.has_what_all_have_but("'none'", "'self'");
    }

    /// The same of a page that may be framed by pages of these origins, and whose forms may be sent to
    /// those.
    #[track_caller]
    pub fn has_what_all_have_but(&self, frames: &str, forms: &str) {
        let policy = self.header(header::CONTENT_SECURITY_POLICY);
        let html = self.header(header::CONTENT_TYPE).starts_with("text/html");
        let (source, form, frames) = if html {
            (
                "default-src 'self'",
                format!("form-action {forms};"),
                frames,
            )
        } else {
            (
                "default-src 'none'",
                "form-action 'none'".to_owned(),
                "'none'",
            )
        };
        let (_, ancestors) = policy.split_once("frame-ancestors ").unwrap();
        assert_eq!(ancestors, frames, "{policy}");
        assert!(
            policy.contains(source),
            "{} has no policy: {:?}",
            self.status,
            self.headers
        );
        for part in ["base-uri 'none'", form.as_str()] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        assert!(!policy.contains("'unsafe-eval'"), "{policy}");
        if html {
            assert!(policy.contains("object-src 'none'"), "{policy}");
            assert!(self.nonce().len() >= 22, "{policy}");
            assert_eq!(self.header("cross-origin-opener-policy"), "same-origin");
        }
        assert_eq!(self.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(self.header(header::REFERRER_POLICY), "same-origin");
        assert!(!self.header(header::CACHE_CONTROL).is_empty());
        if html && !self.text.is_empty() && !self.status.is_redirection() {
            self.is_a_whole_page();
        }
    }

    /// A page is whole without a script, and no script or style is in it that the policy forbids.
    #[track_caller]
    fn is_a_whole_page(&self) {
        assert_eq!(self.header(header::CACHE_CONTROL), "no-store");
        assert!(self.text.starts_with("<!DOCTYPE html>"), "{}", self.text);
        assert!(self.text.contains("</body>"), "{}", self.text);
        assert!(self.text.contains("</html>"), "{}", self.text);
        let nonce = format!("nonce=\"{}\"", self.nonce());
        for tag in tags(&self.text, "<script")
            .into_iter()
            .chain(tags(&self.text, "<style"))
        {
            assert!(tag.contains(&nonce), "{tag} has not the header's {nonce}");
        }
        let readable = self.readable();
        assert!(!readable.contains(" style=\""), "{readable}");
        for handler in [" onclick=", " onload=", " onsubmit=", "javascript:"] {
            assert!(!readable.contains(handler), "{handler} in {readable}");
        }
        assert!(readable.contains("<main"), "{readable}");
        assert!(readable.contains("<h1"), "{readable}");
        assert!(!readable.contains("class=\"skeleton\""), "{readable}");
    }
}

/// The text without everything from `start` to `end`.
fn without(text: &str, start: &str, end: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(start) {
        kept.push_str(before);
        rest = after.split_once(end).map_or("", |(_, after)| after);
    }
    kept + rest
}

/// The opening tags that begin with `start`.
fn tags<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    text.match_indices(start)
        .map(|(at, _)| text[at..].split_inclusive('>').next().unwrap())
        .collect()
}
