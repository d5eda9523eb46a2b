//! Access tokens.

use super::Moment;

/// An access token, without its secret.
#[derive(Clone, Debug)]
pub struct TokenView {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// Whether it only reads.
    pub reads: bool,
    /// When it was made.
    pub made_at: Moment,
    /// When it stops to work.
    pub ends_at: Moment,
    /// Whether that is past.
    pub ended: bool,
    /// When it was last used.
    pub used_at: Option<Moment>,
}
