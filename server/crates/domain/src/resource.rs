//! What every resource of the REST API has: a group, a name, a location, tags. One parser each.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Invalid;

macro_rules! named {
    ($(#[$doc:meta])* $name:ident, $field:literal, $what:literal, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The most characters that it may have.
            pub const MAX: usize = $max;

            /// Parses the name as it stands in an address.
            ///
            /// # Errors
            /// When it is empty, too long, or has other characters than letters, digits and `-_.()`.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                let fits = |c: char| c.is_ascii_alphanumeric() || "-_.()".contains(c);
                if text.is_empty() || text.len() > Self::MAX || !text.chars().all(fits) {
                    return Err(Invalid::new(
                        $field,
                        concat!(
                            $what, " has 1 to ", $max,
                            " letters, digits, “-”, “_”, “.”, “(” and “)”, and no others."
                        ),
                    ));
                }
                Ok(Self(text.to_owned()))
            }

            /// The name.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether `other` names the same: case does not matter.
            pub fn is(&self, other: &str) -> bool {
                self.0.eq_ignore_ascii_case(other)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

named!(
    /// The name of a resource group: it exists by what is in it.
    ResourceGroup, "resourceGroupName", "A resource group’s name", 90
);
named!(
    /// The name of a resource below a lab or a plan.
    ResourceName, "name", "A resource’s name", 100
);

impl ResourceGroup {
    /// The group that every installation has, and what people make in the portal is in.
    pub fn default_group() -> Self {
        Self("default".to_owned())
    }
}

impl ResourceName {
    /// The name of a resource that nobody named: its id.
    pub fn of_id(id: impl fmt::Display) -> Self {
        Self(id.to_string())
    }

    /// The nearest name to any text.
    pub fn near(text: &str) -> Self {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.()".contains(c);
        let name: String = text
            .trim()
            .chars()
            .take(Self::MAX)
            .map(|c| if fits(c) { c } else { '-' })
            .collect();
        Self(if name.is_empty() {
            "-".to_owned()
        } else {
            name
        })
    }
}

/// Where a resource is. Lectern has one place; programs may call it what they like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Location(String);

impl Location {
    /// Parses a location, such as `westeurope` or `West Europe`.
    ///
    /// # Errors
    /// When it is empty, too long, or no such word.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_. ".contains(c);
        if text.trim().is_empty() || text.len() > 100 || !text.chars().all(fits) {
            return Err(Invalid::new(
                "location",
                "A location has 1 to 100 letters, digits, spaces, “-”, “_” and “.”.",
            ));
        }
        Ok(Self(text.trim().to_owned()))
    }

    /// What the portal calls this place.
    pub fn local() -> Self {
        Self("local".to_owned())
    }

    /// The location.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `other` is the same place: neither case nor spaces matter.
    pub fn is(&self, other: &str) -> bool {
        let bare = |text: &str| text.replace(' ', "").to_ascii_lowercase();
        bare(&self.0) == bare(other)
    }
}

/// Words that programs keep with a resource.
pub type Tags = BTreeMap<String, String>;

/// Checks the tags of a resource: at most 50, names of 1 to 512 characters, values of at most 256.
///
/// # Errors
/// When there are too many, or one is too long.
pub fn check_tags(tags: &Tags) -> Result<(), Invalid> {
    let short = |(name, value): (&String, &String)| {
        (1..=512).contains(&name.chars().count()) && value.chars().count() <= 256
    };
    if tags.len() <= 50 && tags.iter().all(short) {
        return Ok(());
    }
    Err(Invalid::new(
        "tags",
        "A resource has at most 50 tags, with names of 1 to 512 and values of at most 256 characters.",
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_what_addresses_take() {
        assert!(ResourceGroup::parse("School_1.(a)-b").is_ok());
        for bad in ["", "a b", "a/b", "ä", &"x".repeat(91)] {
            assert!(ResourceGroup::parse(bad).is_err(), "{bad}");
        }
        assert!(ResourceName::parse("Ada").unwrap().is("ADA"));
        assert!(Location::parse("West Europe").unwrap().is("westeurope"));
    }

    #[test]
    fn tags_are_bounded() {
        let many: Tags = (0..51).map(|n| (n.to_string(), String::new())).collect();
        assert!(check_tags(&many).is_err());
        assert!(check_tags(&Tags::from([(String::new(), "x".into())])).is_err());
        assert!(check_tags(&Tags::from([("a".into(), "x".repeat(256))])).is_ok());
    }

    proptest! {
        #[test]
        fn every_text_has_a_name_near(text in ".{0,120}") {
            let near = ResourceName::near(&text);
            prop_assert_eq!(ResourceName::parse(near.as_str()), Ok(near.clone()));
        }
    }
}
