//! A person's own account.

use super::Moment;

/// A provider that people may sign in by.
#[derive(Clone, Debug)]
pub struct WayView {
    /// The address that leads there.
    pub href: String,
    /// Its name.
    pub name: String,
}

/// The caller's account.
#[derive(Clone, Debug)]
pub struct AccountView {
    /// Their name.
    pub name: String,
    /// The address they sign in with.
    pub email: String,
    /// Whether they have a password.
    pub password: bool,
    /// Whether mails can be sent.
    pub mail: bool,
    /// The providers that lead to the account.
    pub linked: Vec<LinkedView>,
    /// Those that could.
    pub linkable: Vec<WayView>,
    /// Where they are signed in.
    pub sessions: Vec<SessionLine>,
}

/// A provider that leads to an account.
#[derive(Clone, Debug)]
pub struct LinkedView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The address it had when it was linked.
    pub email: Option<String>,
    /// When it was last used.
    pub used_at: Moment,
}

/// A session.
#[derive(Clone, Debug)]
pub struct SessionLine {
    /// By which it is ended.
    pub hash: String,
    /// Whether it is the one that asks.
    pub this: bool,
    /// “Firefox on Linux”.
    pub browser: String,
    /// The network address.
    pub from: String,
    /// The provider's name, where it was begun by one.
    pub by: Option<String>,
    /// When it began.
    pub began_at: Moment,
    /// When it was last used.
    pub used_at: Moment,
}
