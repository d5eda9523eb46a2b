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
    /// Their passkeys.
    pub passkeys: Vec<PasskeyLine>,
    /// The address that passkeys are for, where they work.
    pub passkey_origin: Option<String>,
    /// What a passkey of this browser may be called.
    pub passkey_name: String,
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

/// A passkey.
#[derive(Clone, Debug)]
pub struct PasskeyLine {
    /// By which it is removed.
    pub credential: String,
    /// What the person calls it.
    pub name: String,
    /// When it was added.
    pub added_at: Moment,
    /// When it was last used.
    pub used_at: Option<Moment>,
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

/// Who has which role.
#[derive(Clone, Debug)]
pub struct PeopleView {
    /// Whether the caller gives roles.
    pub may_give: bool,
    /// Whether mails can be sent.
    pub mail: bool,
    /// The roles: name and what it may.
    pub roles: Vec<(String, String)>,
    /// The labs: id and title.
    pub labs: Vec<(String, String)>,
    /// Everybody.
    pub people: Vec<PersonLine>,
}

/// A person.
#[derive(Clone, Debug)]
pub struct PersonLine {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// The address they sign in with; none of a program.
    pub email: Option<String>,
    /// “Expected”, “Switched off”.
    pub badge: super::Badge,
    /// Whether the account is switched off.
    pub off: bool,
    /// Whether it is the caller.
    pub me: bool,
    /// “2 labs”, where they are on lists.
    pub labs: Option<String>,
    /// Their roles.
    pub grants: Vec<GrantView>,
}

/// A role of somebody.
#[derive(Clone, Debug)]
pub struct GrantView {
    /// Its name.
    pub role: String,
    /// The lab where it holds; empty for the whole installation.
    pub lab: String,
    /// “Lab Assistant of “Python””.
    pub text: String,
}
