//! E-mail addresses, as they name people.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// An e-mail address in lower case, 6 to 254 characters. Addresses are compared without regard to
/// case everywhere, so the case is dropped here, once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Parses an address: something, one `@`, a domain with a dot.
    ///
    /// # Errors
    /// When it is not an address that mail could be sent to.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let wrong = || {
            let shown: String = text.chars().take(60).collect();
            Invalid::new(
                "email",
                if shown.is_empty() {
                    "An e-mail address must not be empty.".to_owned()
                } else {
                    format!("“{shown}” is not an e-mail address; one looks like ada@example.org.")
                },
            )
        };
        if !(6..=254).contains(&text.len()) {
            return Err(wrong());
        }
        let (local, domain) = text.rsplit_once('@').ok_or_else(wrong)?;
        let local_fits =
            |c: char| !c.is_whitespace() && !c.is_control() && !"@<>()[],;:\\\"".contains(c);
        let label_fits = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        // Lower case must not make another address of it: the sign for kelvin becomes the letter k.
        let folds = |c: char| !c.is_ascii() && c.to_lowercase().any(|lower| lower.is_ascii());
        let fits = !text.chars().any(folds)
            && !local.is_empty()
            && local.len() <= 64
            && local.chars().all(local_fits)
            && domain.contains('.')
            && domain.split('.').all(label_fits);
        if fits {
            Ok(Self(text.to_lowercase()))
        } else {
            Err(wrong())
        }
    }

    /// Whether mail could arrive there at all. Programs, and people of whom no address is known, have
    /// one that names them and that no mail server has (RFC 2606).
    pub fn is_reachable(&self) -> bool {
        !self.0.ends_with(".invalid")
    }

    /// The address, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A pasted list of addresses, taken apart: one a line, or separated by commas, semicolons or white
/// space; `Ada Lovelace <ada@example.org>` counts as the address in the brackets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmailList {
    /// Every address once, in the order of the text.
    pub addresses: Vec<Email>,
    /// What looked like none, with the reason.
    pub refused: Vec<Invalid>,
}

impl EmailList {
    /// Takes `text` apart. Nothing is lost: every piece is either an address or refused by name.
    pub fn parse(text: &str) -> Self {
        let mut list = Self::default();
        for entry in text
            .split(['\n', '\r', ',', ';'])
            .map(str::trim)
            .filter(|e| !e.is_empty())
        {
            let bracketed = entry
                .split_once('<')
                .and_then(|(_, rest)| rest.split_once('>'))
                .map(|(address, _)| address);
            let pieces: Vec<&str> = match bracketed {
                Some(address) => vec![address],
                None => entry.split_whitespace().collect(),
            };
            for piece in pieces {
                match Email::parse(piece) {
                    Ok(email) if list.addresses.contains(&email) => {}
                    Ok(email) => list.addresses.push(email),
                    Err(invalid) => list.refused.push(invalid),
                }
            }
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_blanks_do_not_make_another_person() {
        assert_eq!(
            Email::parse(" Ada@Example.ORG "),
            Email::parse("ada@example.org")
        );
    }

    #[test]
    fn an_address_that_only_names_somebody_is_not_reached() {
        let reachable = |text: &str| Email::parse(text).unwrap().is_reachable();
        assert!(reachable("ada@example.org"));
        assert!(reachable("ada@invalid.example.org"));
        assert!(!reachable("0123456789@LTI.invalid"));
    }

    #[test]
    fn what_no_mail_could_reach_is_refused() {
        for text in [
            "",
            "ada",
            "ada@",
            "@example.org",
            "a b@example.org",
            "ada@example",
            "a@b@c.de",
            "ada@-x.org",
            "ada@x..org",
            "\u{212a}ate@example.org",
            "kate@example.\u{212a}om",
        ] {
            assert!(Email::parse(text).is_err(), "{text}");
        }
        assert!(Email::parse(&format!("a@{}.org", "x".repeat(300))).is_err());
    }

    #[test]
    fn a_pasted_list_is_taken_apart() {
        let list = EmailList::parse(
            "max@example.org; Ada Lovelace <ada@example.org>\nnobody\nMAX@example.org,eve@example.org",
        );
        let addresses: Vec<&str> = list.addresses.iter().map(Email::as_str).collect();
        assert_eq!(
            addresses,
            ["max@example.org", "ada@example.org", "eve@example.org"]
        );
        assert_eq!(list.refused.len(), 1);
    }
}
