//! Pages that the server writes as HTML and the browser shows as they are.

use serde::{Deserialize, Serialize};

/// A page's contents, as HTML. What the browser does not have to understand is not compiled for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenView {
    /// The title in the browser's tab.
    pub title: String,
    /// The event stream that tells of changes.
    pub events: String,
    /// Where the page is asked for anew; empty where it never changes.
    pub address: String,
    /// Whether it is one card, for people who are not signed in yet, instead of a page in the frame.
    pub card: bool,
    /// What is on it, from above.
    pub rows: Vec<WrittenRow>,
}

/// Parts of a written page that stand together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenRow {
    /// How they stand, as the style knows it.
    pub class: String,
    /// The parts.
    pub parts: Vec<WrittenPart>,
}

/// A part of a written page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenPart {
    /// Its HTML.
    pub html: String,
    /// Whether it follows changes; what people fill in does not, so that nothing typed is lost.
    pub live: bool,
}
