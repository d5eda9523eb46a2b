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
    /// Those that could: id and name.
    pub linkable: Vec<(String, String)>,
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
    /// Who counts groups: a name, and what it is called.
    pub sources: Vec<(String, String)>,
    /// Groups that are known: id, and what is known of each.
    pub known: Vec<(String, String)>,
    /// Where a role may hold, beside the whole installation.
    pub places: Vec<(String, String)>,
    /// Everybody.
    pub people: Vec<PersonLine>,
    /// Groups that hold roles.
    pub groups: Vec<HolderView>,
}

/// Who has a role in a lab.
#[derive(Clone, Debug)]
pub struct LabRolesView {
    /// Whether the caller gives roles here.
    pub may_give: bool,
    /// Whether mails can be sent.
    pub mail: bool,
    /// The lab, as forms name it.
    pub place: String,
    /// The roles: name and what it may.
    pub roles: Vec<(String, String)>,
    /// Who counts groups.
    pub sources: Vec<(String, String)>,
    /// Who holds a role that holds here.
    pub held: Vec<HolderView>,
}

/// Somebody who holds a role.
#[derive(Clone, Debug)]
pub struct HolderView {
    /// A person's name, or what a group is called.
    pub who: String,
    /// A person's address.
    pub email: Option<String>,
    /// A person's id.
    pub person: Option<String>,
    /// The roles.
    pub grants: Vec<GrantView>,
}

/// The audit log, as far as it was asked for.
#[derive(Clone, Debug)]
pub struct AuditView {
    /// What is looked for.
    pub who: String,
    /// What lines are about; empty for everything.
    pub what: String,
    /// From which day on.
    pub from: String,
    /// Until which day.
    pub until: String,
    /// Whether it begins with the newest line.
    pub first: bool,
    /// What lines can be about: name and title.
    pub subjects: Vec<(String, String)>,
    /// The lines, the newest first.
    pub lines: Vec<AuditLineView>,
    /// The page with older lines, where there are any.
    pub older: Option<String>,
    /// The same as a table.
    pub export: String,
}

/// A line of the audit log.
#[derive(Clone, Debug)]
pub struct AuditLineView {
    /// When.
    pub at: Moment,
    /// Who; none, where it was Lectern itself or a stranger.
    pub who: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// The dotted word.
    pub action: String,
    /// Whether it is something that did not work.
    pub failed: bool,
    /// The sentence.
    pub text: String,
    /// From which network address.
    pub from: String,
}

/// What somebody may do somewhere, and why.
#[derive(Clone, Debug)]
pub struct AccessView {
    /// Whether it is the caller.
    pub me: bool,
    /// The person's id.
    pub person: String,
    /// The person's name.
    pub name: String,
    /// The place, as forms name it.
    pub place: String,
    /// “of the lab “Python””.
    pub where_: String,
    /// The places that can be asked about.
    pub places: Vec<(String, String)>,
    /// Each permission.
    pub reasons: Vec<ReasonView>,
    /// Whether they are on the lab's list.
    pub on_the_list: bool,
    /// Who gives roles there.
    pub givers: String,
}

/// One permission.
#[derive(Clone, Debug)]
pub struct ReasonView {
    /// “create labs”.
    pub what: String,
    /// Whether it is there.
    pub may: bool,
    /// Because of which roles, or which roles would give it.
    pub why: String,
}

/// A person.
#[derive(Clone, Debug)]
pub struct PersonLine {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// The address they sign in with, or why there is none.
    pub email: String,
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
    /// Who holds it, as forms name them.
    pub principal: String,
    /// Its name.
    pub role: String,
    /// Where it holds, as forms name it; empty for the whole installation.
    pub place: String,
    /// “Lab Assistant of “Python””.
    pub text: String,
}
