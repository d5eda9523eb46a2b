//! Addresses of other sites, as people and programs tell them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// The longest address, in bytes.
const LONGEST: usize = 2000;

/// The address of something on another site: `https://` or `http://`, a host, and what follows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WebAddress(String);

/// Whether an address may be one without encryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `https` only.
    Https,
    /// `http` as well: where the portal itself has nothing better.
    Any,
}

impl Scheme {
    /// What a portal at `public_url` takes from others.
    pub fn of_portal(public_url: &str) -> Self {
        if public_url.starts_with("https://") {
            Self::Https
        } else {
            Self::Any
        }
    }
}

impl WebAddress {
    /// Parses an address; `field` is what a refusal is about.
    ///
    /// # Errors
    /// When it is none, has a name or password in it, or is not encrypted where it must be.
    pub fn parse(field: &'static str, text: &str, scheme: Scheme) -> Result<Self, Invalid> {
        let text = text.trim();
        let wrong = || {
            let sentence = match scheme {
                Scheme::Https => "This must be an address that begins with https://.",
                Scheme::Any => "This must be an address that begins with https:// or http://.",
            };
            Invalid::new(field, sentence)
        };
        let known = match scheme {
            Scheme::Https => text.starts_with("https://"),
            Scheme::Any => text.starts_with("https://") || text.starts_with("http://"),
        };
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        if !known || !printable || text.len() > LONGEST || text.contains('\\') {
            return Err(wrong());
        }
        let host_fits = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        let host = host(text);
        if host.is_empty() || host.starts_with(':') || !host.chars().all(host_fits) {
            return Err(wrong());
        }
        Ok(Self(text.to_owned()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port: `https://lms.example.org`.
    pub fn origin(&self) -> &str {
        let scheme = self.0.find("://").map_or(0, |at| at + 3);
        &self.0[..scheme + host(&self.0).len()]
    }
}

/// What stands between the scheme and the path.
fn host(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

impl fmt::Display for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_an_origin() {
        for (text, origin) in [
            ("https://lms.example.org", "https://lms.example.org"),
            (
                "https://lms.example.org/mod/lti?a=b",
                "https://lms.example.org",
            ),
            (
                "https://lms.example.org:8443#x",
                "https://lms.example.org:8443",
            ),
            ("https://[::1]:8443/", "https://[::1]:8443"),
        ] {
            let address = WebAddress::parse("x", text, Scheme::Https).unwrap();
            assert_eq!(address.origin(), origin);
            assert_eq!(address.as_str(), text);
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            "lms.example.org",
            "http://lms.example.org",
            "https://",
            "https:///path",
            "https://ada@lms.example.org",
            "https://lms.example.org; script-src *",
            "https://lms.example.org;x/",
            "https://lms'.example.org/",
            "javascript:alert(1)",
            "https://lms.example.org\\@evil.example",
            "https://lms.example.org/ü",
        ] {
            assert!(
                WebAddress::parse("x", text, Scheme::Https).is_err(),
                "{text}"
            );
        }
        assert!(WebAddress::parse("x", "http://localhost:8080/a", Scheme::Any).is_ok());
        assert!(WebAddress::parse("x", "ftp://localhost", Scheme::Any).is_err());
    }
}
