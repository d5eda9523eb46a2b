//! What the log says of requests when it is told to say much: never what only its receiver may know.
//!
//! Links that sign in, register or show a calendar carry their secret in the address.

use axum::extract::Request;
use tracing::Span;

/// Below these the rest of a path is a secret.
const SECRET: [&str; 4] = ["/welcome/", "/register/", "/calendar/", "/lti/register/"];

/// The span of a request: its method and its path, without a query.
pub fn span(request: &Request) -> Span {
    let path = told(request.uri().path());
    tracing::debug_span!("request", method = %request.method(), path)
}

fn told(path: &str) -> String {
    match SECRET.iter().find(|start| path.starts_with(**start)) {
        Some(start) => format!("{start}…"),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_addresses_are_not_told() {
        assert_eq!(told("/labs/7/users"), "/labs/7/users");
        for path in [
            "/welcome/s3cret",
            "/register/s3cret/x",
            "/calendar/s3cret.ics",
            "/lti/register/s3cret",
        ] {
            assert!(!told(path).contains("s3cret"), "{path}");
        }
    }

    #[test]
    fn every_page_with_a_secret_is_known() {
        let secret = |path: &&&str| path.contains("{token}") || path.contains("{code}");
        for path in app::address::PATHS.iter().filter(secret) {
            assert!(told(path).ends_with('…'), "{path}");
        }
    }
}
