//! Accounts: the ones on machines, and the passwords people sign in with.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// Names that a Linux system keeps for itself; an account of a lab must not take one over.
pub const RESERVED: [&str; 24] = [
    "root",
    "daemon",
    "bin",
    "sys",
    "sync",
    "games",
    "man",
    "lp",
    "mail",
    "news",
    "uucp",
    "proxy",
    "backup",
    "list",
    "irc",
    "nobody",
    "sshd",
    "systemd",
    "messagebus",
    "www-data",
    "sudo",
    "adm",
    "users",
    "shadow",
];

/// An account's name on a machine: 1 to 20 lower-case letters, digits, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(String);

impl Username {
    /// Parses an account's name.
    ///
    /// # Errors
    /// When Linux would not take it, or keeps it for itself.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::new(field, "A username must not be empty."));
        }
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        let begins_well = text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
        if text.len() > 20 || !begins_well || !text.chars().all(fits) {
            return Err(Invalid::new(
                field,
                "A username has 1 to 20 lower-case letters, digits, “-” or “_”, and begins with a letter.",
            ));
        }
        if RESERVED.contains(&text) || text.starts_with("systemd-") {
            return Err(Invalid::new(
                field,
                format!("“{text}” is an account of the system itself; choose another username."),
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A password in plain text, on its way to a machine or to a hash. Debug output hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Parses the password of an account on a machine: 8 to 123 characters on one line, without
    /// `:`, which the system's own password tools use as a separator of fields.
    ///
    /// # Errors
    /// When it is too short, too long, or could not be handed to the machine.
    pub fn for_machine(field: &'static str, text: &str) -> Result<Self, Invalid> {
        let length = text.chars().count();
        if !(8..=123).contains(&length) {
            return Err(Invalid::new(
                field,
                format!("A machine's password has 8 to 123 characters; this one has {length}."),
            ));
        }
        if text.chars().any(char::is_control) {
            return Err(Invalid::new(
                field,
                "A machine's password must be a single line.",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// Parses the password that a person will sign in with: 10 to 200 characters, any of them.
    ///
    /// # Errors
    /// When it is too short or too long, or made of one character only.
    pub fn for_person(text: &str) -> Result<Self, Invalid> {
        let length = text.chars().count();
        if !(10..=200).contains(&length) {
            return Err(Invalid::new(
                "password",
                format!("A password has 10 to 200 characters; this one has {length}."),
            ));
        }
        let first = text.chars().next();
        if text.chars().all(|c| Some(c) == first) {
            return Err(Invalid::new(
                "password",
                "This password repeats one character; a few words in a row are easier to keep and harder to guess.",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// A password taken as it was typed, to be compared with a hash. It promises nothing.
    pub fn as_typed(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// A machine's own password, of 20 characters without look-alikes, made of random bytes from a
    /// cryptographic generator.
    pub fn from_random(bytes: [u8; 20]) -> Self {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        Self(
            bytes
                .iter()
                .map(|b| char::from(LETTERS[usize::from(b % 32)]))
                .collect(),
        )
    }

    /// The plain text, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(···)")
    }
}

/// The accounts on a lab's machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    /// The account with administrator rights (`sudo`).
    pub admin: Username,
    /// The students' account without these rights, where the lab has one.
    pub non_admin: Option<Username>,
    /// Whether all machines of the lab have the template's password, or each its own.
    pub shared_password: bool,
}

impl Accounts {
    /// The account a student works as.
    pub fn student(&self) -> &Username {
        self.non_admin.as_ref().unwrap_or(&self.admin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_are_what_linux_takes() {
        for good in ["student", "_a", "ada-99", "x"] {
            assert!(Username::parse("username", good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "Root",
            "root",
            "9lives",
            "a b",
            "-x",
            "systemd-network",
            "a:b",
            &"x".repeat(21),
        ] {
            assert!(Username::parse("username", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn passwords_are_bounded_and_hidden() {
        assert!(Password::for_machine("password", "1234567").is_err());
        assert!(Password::for_machine("password", "12345678").is_ok());
        assert!(Password::for_machine("password", "two\nlines").is_err());
        assert!(Password::for_person("too short").is_err());
        assert!(Password::for_person("aaaaaaaaaaaaaaaa").is_err());
        let password = Password::for_person("correct horse battery").unwrap();
        assert!(!format!("{password:?}").contains("horse"));
        assert_eq!(Password::from_random([31; 20]).expose().len(), 20);
    }
}
