//! Images: what machines are made from.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// An image's name in the engine: 1 to 100 characters, as the engine lists it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImageName(String);

impl ImageName {
    /// Parses an image's name.
    ///
    /// # Errors
    /// When it is empty, too long, or has characters that no image's name has.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_./: ".contains(c);
        if text.is_empty() || text.len() > 100 || !text.chars().all(fits) {
            return Err(Invalid::new(
                "image",
                "Choose one of the images in the list.",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An image that labs can be made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its name in the engine.
    pub name: ImageName,
    /// What a person reads, such as “Debian 12 (Bookworm)”.
    pub title: String,
    /// Whether the engine still has it.
    pub available: bool,
    /// Whether educators may choose it.
    pub enabled: bool,
}
