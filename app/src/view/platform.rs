//! Learning platforms, as their owners see them.

use super::Moment;

/// The page.
#[derive(Clone, Debug)]
pub struct PlatformsView {
    /// The portal's own addresses, each with what it is for.
    pub addresses: Vec<(&'static str, String)>,
    /// An address that was just made, by which a platform registers itself.
    pub made: Option<String>,
    /// The platforms.
    pub platforms: Vec<PlatformLine>,
}

/// A platform.
#[derive(Clone, Debug, Default)]
pub struct PlatformLine {
    /// Its id; empty for one that is to be added.
    pub id: String,
    /// Whether people may come from it.
    pub on: bool,
    /// When it was added.
    pub added_at: Option<Moment>,
    /// What is known of it, as it is typed.
    pub name: String,
    /// The issuer.
    pub issuer: String,
    /// The client id.
    pub client_id: String,
    /// The deployments, one a line.
    pub deployments: String,
    /// Where people are sent.
    pub authorization: String,
    /// Where tokens are had.
    pub token: String,
    /// Whom assertions for tokens are for.
    pub audience: String,
    /// Where its keys are.
    pub keys: String,
    /// Where its pages are, one a line.
    pub pages: String,
    /// Whether its e-mail addresses are trusted.
    pub trusts_email: bool,
    /// Its courses that lead to labs.
    pub courses: Vec<CourseLine>,
}

/// A course that leads to a lab.
#[derive(Clone, Debug)]
pub struct CourseLine {
    /// The course's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The lab's id.
    pub lab: String,
    /// The lab's title.
    pub lab_title: String,
}
