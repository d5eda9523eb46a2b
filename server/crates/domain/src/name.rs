//! Names and texts: of labs, people and machines. One constructor each, used by every entrance.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Invalid;
use crate::id::LabId;

/// Text on one line between `min` and `max` characters, with white space at both ends taken off.
fn one_line(
    field: &'static str,
    what: &str,
    text: &str,
    min: usize,
    max: usize,
) -> Result<String, Invalid> {
    let text = text.trim();
    let length = text.chars().count();
    if length < min {
        return Err(Invalid::new(field, format!("{what} must not be empty.")));
    }
    if length > max {
        return Err(Invalid::new(
            field,
            format!("{what} may have at most {max} characters; this one has {length}."),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(Invalid::new(
            field,
            format!("{what} must be a single line without control characters."),
        ));
    }
    Ok(text.to_owned())
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text!(
    /// A lab's title, as people read it: 1 to 120 characters on one line.
    LabTitle
);
text!(
    /// A lab's resource name, as addresses and the REST API use it: 1 to 100 letters, digits,
    /// `-`, `_` and `.`; unique without regard to case; never changed.
    LabName
);
text!(
    /// What a lab is for, as students read it: at most 2,000 characters, several lines allowed.
    Description
);
text!(
    /// A person's name as others see it: 1 to 100 characters on one line.
    PersonName
);
text!(
    /// What an access token is for: 1 to 100 characters on one line.
    TokenName
);
text!(
    /// What somebody calls a passkey of theirs: 1 to 60 characters on one line.
    PasskeyName
);
text!(
    /// What a learning platform is called: 1 to 100 characters on one line.
    PlatformName
);
text!(
    /// A machine's name inside the lab's network: 1 to 63 lower-case letters, digits and `-`.
    Hostname
);

impl LabTitle {
    /// Parses a title.
    ///
    /// # Errors
    /// When it is empty, longer than 120 characters, or not a single line.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        one_line("title", "A lab's name", text, 1, 120).map(Self)
    }
}

impl LabName {
    /// Parses a resource name.
    ///
    /// # Errors
    /// When it is empty, longer than 100 characters, or has characters that an address cannot hold.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = one_line("name", "A lab's resource name", text, 1, 100)?;
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if text.starts_with(['-', '.']) || !text.chars().all(fits) {
            return Err(Invalid::new(
                "name",
                "A lab's resource name has letters, digits, “-”, “_” and “.” only, and begins with a letter or digit.",
            ));
        }
        Ok(Self(text))
    }

    /// The resource name that a title suggests: its words joined by `-`, without accents' letters
    /// or signs. A title with nothing to keep gives `lab`.
    pub fn from_title(title: &LabTitle) -> Self {
        let slug = slug(title.as_str(), 60);
        Self(if slug.is_empty() {
            "lab".to_owned()
        } else {
            slug
        })
    }
}

impl PlatformName {
    /// Parses a platform's name.
    ///
    /// # Errors
    /// When it is empty, longer than 100 characters, or not a single line.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        one_line("name", "A platform’s name", text, 1, 100).map(Self)
    }
}

impl Description {
    /// Parses a description; it may be empty.
    ///
    /// # Errors
    /// When it is longer than 2,000 characters.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let length = text.chars().count();
        if length > 2000 {
            return Err(Invalid::new(
                "description",
                format!("A description may have at most 2,000 characters; this one has {length}."),
            ));
        }
        if text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        {
            return Err(Invalid::new(
                "description",
                "A description must not have control characters.",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl PersonName {
    /// Parses a person's name.
    ///
    /// # Errors
    /// When it is empty, longer than 100 characters, or not a single line.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        one_line("name", "A name", text, 1, 100).map(Self)
    }
}

impl TokenName {
    /// Parses a token's name.
    ///
    /// # Errors
    /// When it is empty, longer than 100 characters, or not a single line.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        one_line("name", "A token’s name", text, 1, 100).map(Self)
    }
}

impl PasskeyName {
    /// Parses a passkey's name.
    ///
    /// # Errors
    /// When it is empty, longer than 60 characters, or not a single line.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        one_line("name", "A passkey’s name", text, 1, 60).map(Self)
    }
}

impl Hostname {
    /// The name of a machine: the lab's name, cut short, what the machine is (`template`, a seat's
    /// number, a generation), and a tail that no other lab has.
    pub fn compose(lab: &LabName, part: &str, tail: &str) -> Self {
        let room = 61_usize.saturating_sub(part.len() + tail.len());
        let mut head = slug(lab.as_str(), room.min(24));
        if !head.starts_with(|c: char| c.is_ascii_lowercase()) {
            head = format!("lab-{head}").trim_end_matches('-').to_owned();
        }
        Self(format!("{head}-{part}-{tail}"))
    }

    /// The name of a lab's template.
    pub fn of_template(lab: &LabName, id: LabId) -> Self {
        Self::compose(lab, "template", &id.short())
    }

    /// The name of a seat: the lab's name and the seat's number. `tail` tells machines apart that
    /// have the same seat one after the other.
    pub fn of_seat(lab: &LabName, seat: u32, tail: &str) -> Self {
        Self::compose(lab, &format!("{seat:03}"), tail)
    }

    /// The name of a sealed generation.
    pub fn of_generation(lab: &LabName, id: LabId, generation: u32) -> Self {
        Self::compose(lab, &format!("g{generation}"), &id.short())
    }

    /// A hostname read back from where this crate's values are kept.
    ///
    /// # Errors
    /// When it is not 1 to 63 lower-case letters, digits and `-`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text.is_empty() || text.len() > 63 || !text.chars().all(fits) {
            return Err(Invalid::new(
                "hostname",
                "A hostname has 1 to 63 lower-case letters, digits and “-”.",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Lower-case ASCII letters and digits of `text`, other runs folded to one `-`, at most `max` long.
fn slug(text: &str, max: usize) -> String {
    let mut slug = String::new();
    for c in text.chars().map(|c| c.to_ascii_lowercase()) {
        if slug.len() >= max {
            break;
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_title_is_trimmed_and_bounded() {
        assert_eq!(
            LabTitle::parse("  Python 101 ").map(|t| t.0),
            Ok("Python 101".into())
        );
        assert!(LabTitle::parse("   ").is_err());
        assert!(LabTitle::parse(&"x".repeat(120)).is_ok());
        assert!(LabTitle::parse(&"x".repeat(121)).is_err());
        assert!(LabTitle::parse("two\nlines").is_err());
    }

    #[test]
    fn a_title_suggests_a_resource_name() {
        let name = |title| LabName::from_title(&LabTitle::parse(title).unwrap()).0;
        assert_eq!(name("Python 101: Lists & Loops"), "python-101-lists-loops");
        assert_eq!(name("日本語"), "lab");
    }

    proptest! {
        #[test]
        fn every_title_leads_to_a_name_and_a_hostname(title in "[^\\p{C}]{1,120}", seat in 1u32..=400) {
            prop_assume!(!title.trim().is_empty());
            let name = LabName::from_title(&LabTitle::parse(&title).unwrap());
            prop_assert!(LabName::parse(name.as_str()).is_ok());
            let host = Hostname::compose(&name, &format!("{seat:03}"), "0a1b2c");
            prop_assert!(Hostname::parse(host.as_str()).is_ok(), "{host}");
            prop_assert!(host.as_str().starts_with(|c: char| c.is_ascii_lowercase()));
        }
    }
}
