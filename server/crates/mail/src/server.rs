//! Where the mail server is, as the settings say it: one address for host, port, user and security.

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::Unusable;

/// How the way to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte: `smtps://`, port 465.
    Tls,
    /// TLS from the server's STARTTLS on, without which nothing is sent: `smtp://`, port 587.
    StartTls,
    /// Nothing: `smtp+plain://`, port 25. For a mail server on the same machine.
    Plain,
}

/// A mail server's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpServer {
    /// How the way there is protected.
    pub security: Security,
    /// Its name, which its certificate must have, or its number.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// As whom to sign in, where that is needed.
    pub user: Option<String>,
}

impl SmtpServer {
    /// Parses `smtps://user@host:port`. The user may have an `@`; user and port may be left out.
    ///
    /// # Errors
    /// When it is no such address, or holds a password. The address is not shown then.
    pub fn parse(text: &str) -> Result<Self, Unusable> {
        let wrong = || {
            Unusable(
                "The mail server's address is not one that Lectern understands. It looks like smtps://user@mail.example.org, or smtp:// for STARTTLS, or smtp+plain:// for a server on this machine."
                    .to_owned(),
            )
        };
        let url = Url::parse(text.trim()).map_err(|_| wrong())?;
        let (security, usual_port) = match url.scheme() {
            "smtps" => (Security::Tls, 465),
            "smtp" => (Security::StartTls, 587),
            "smtp+plain" => (Security::Plain, 25),
            _ => return Err(wrong()),
        };
        if url.password().is_some() {
            return Err(Unusable(
                "A password does not belong in the mail server's address, where others see it. Put it in a file and name that with --mail-password-file, or in LECTERN_MAIL_PASSWORD."
                    .to_owned(),
            ));
        }
        let bare = matches!(url.path(), "" | "/") && url.query().is_none();
        if !bare || url.fragment().is_some() {
            return Err(wrong());
        }
        // A URL of a scheme that the standard does not know keeps its host as it is; this knows hosts.
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = match Host::parse(host.ok_or_else(wrong)?).map_err(|_| wrong())? {
            Host::Domain(name) => name,
            Host::Ipv4(number) => number.to_string(),
            Host::Ipv6(number) => number.to_string(),
        };
        let user = percent_decode_str(url.username()).decode_utf8();
        let user = user.map_err(|_| wrong())?.into_owned();
        Ok(Self {
            security,
            host,
            port: url.port().unwrap_or(usual_port),
            user: (!user.is_empty()).then_some(user),
        })
    }

    /// Whether it is on this machine, so that nobody else hears what is said to it.
    pub fn is_near(&self) -> bool {
        let number = self.host.parse::<std::net::IpAddr>();
        self.host == "localhost" || number.is_ok_and(|number| number.is_loopback())
    }
}

impl std::fmt::Display for SmtpServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Security, String, u16, Option<String>) {
        let server = SmtpServer::parse(text).unwrap();
        (server.security, server.host, server.port, server.user)
    }

    #[test]
    fn an_address_says_it_all() {
        let host = "mail.example.org".to_owned();
        let user = Some("labs@example.org".to_owned());
        for text in [
            "smtps://labs@example.org@mail.example.org",
            "smtps://labs%40example.org@MAIL.example.org:465/",
        ] {
            let expected = (Security::Tls, host.clone(), 465, user.clone());
            assert_eq!(parsed(text), expected);
        }
        let expected = (Security::StartTls, host.clone(), 587, None);
        assert_eq!(parsed("smtp://mail.example.org"), expected);
        let expected = (Security::Plain, "::1".to_owned(), 2525, None);
        assert_eq!(parsed("smtp+plain://[::1]:2525"), expected);
        let shown = SmtpServer::parse("smtp+plain://[::1]").unwrap();
        assert_eq!(shown.to_string(), "[::1]:25");
        assert!(shown.is_near());
        let far = SmtpServer::parse("smtp+plain://mail.example.org").unwrap();
        assert!(!far.is_near());
    }

    #[test]
    fn what_is_none_is_refused_without_being_shown() {
        for text in [
            "",
            "mail.example.org",
            "https://mail.example.org",
            "smtps://",
            "smtps://user@",
            "smtps://mail example.org",
            "smtps://mail.example.org:99999",
            "smtps://mail.example.org/path",
            "smtps://mail.example.org?tls=none",
            "smtps://user:hunter2@mail.example.org",
        ] {
            let refused = SmtpServer::parse(text).unwrap_err();
            assert!(!refused.to_string().contains("hunter2"), "{text}");
        }
    }
}
