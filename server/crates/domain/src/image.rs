//! Images: what machines are made from.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Invalid;
use crate::id::{OperationId, PlanId};
use crate::name::Hostname;
use crate::resource::ResourceName;

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

/// The system on an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OsType {
    /// Linux.
    Linux,
    /// Windows.
    Windows,
}

/// What an image is, in the words of the REST API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFacts {
    /// Its system.
    pub os: OsType,
    /// Whose it is, such as `Debian`.
    pub publisher: String,
    /// What it is, such as `debian`.
    pub offer: String,
    /// Which of it, such as `12`.
    pub sku: String,
    /// How new it is.
    pub version: String,
}

impl ImageFacts {
    /// Whether programs mean this image by these words. The version never matters: there is one.
    pub fn are(&self, publisher: &str, offer: &str, sku: &str) -> bool {
        self.publisher.eq_ignore_ascii_case(publisher)
            && self.offer.eq_ignore_ascii_case(offer)
            && self.sku.eq_ignore_ascii_case(sku)
    }
}

/// Where a saved image is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedImage {
    /// The operation that saved it; engine objects carry its id.
    pub id: OperationId,
    /// The object in the engine that machines are copied from.
    pub object: Hostname,
    /// The plan it was saved to, and is on offer in.
    pub plan: PlanId,
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
    /// What it is.
    pub facts: ImageFacts,
    /// Where it is, if it was saved from a machine.
    pub saved: Option<SavedImage>,
}

impl Image {
    /// The name by which programs know the image: nearest to its name in the engine, or to what
    /// whoever saved it called it.
    pub fn resource_name(&self) -> ResourceName {
        match &self.saved {
            Some(_) => ResourceName::near(&self.title),
            None => ResourceName::near(self.name.as_str()),
        }
    }

    /// Whether a plan has the image on its list.
    pub fn is_of(&self, plan: PlanId) -> bool {
        self.saved.as_ref().is_none_or(|saved| saved.plan == plan)
    }
}
