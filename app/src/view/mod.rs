//! What pages show, ready to be shown: the server finds the words, the browser only lays them out.

#[cfg(feature = "ssr")]
mod account;
mod cost;
#[cfg(feature = "ssr")]
mod platform;
#[cfg(feature = "ssr")]
mod roster;
mod schedule;
mod time;
#[cfg(feature = "ssr")]
mod token;
mod written;

use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
pub use account::*;
pub use cost::*;
#[cfg(feature = "ssr")]
pub use platform::*;
#[cfg(feature = "ssr")]
pub use roster::*;
pub use schedule::*;
pub use time::*;
#[cfg(feature = "ssr")]
pub use token::*;
pub use written::*;

/// The frame around every page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Who is signed in.
    pub person: Option<PersonView>,
    /// Whether machines are simulated.
    pub simulated: bool,
    /// Why the machine host does not answer, while it does not; empty for who has no part in running it.
    pub engine_away: Option<String>,
    /// What a form that was sent without a script came to.
    pub flash: Option<Flash>,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// Their name.
    pub name: String,
    /// The first letters of it.
    pub initials: String,
    /// The address they sign in with.
    pub email: String,
    /// Whether they have to do with labs.
    pub educator: bool,
    /// Whether they may change the lab plan.
    pub may_plan: bool,
    /// Whether they may see who has which role.
    pub may_people: bool,
}

/// A refusal of a form that was sent without a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// The form's address.
    pub action: String,
    /// Why it was refused.
    pub error: crate::error::AppError,
}

/// A state as a coloured word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Badge {
    /// The state, as the style knows it.
    pub state: String,
    /// The word.
    pub text: String,
}

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment(
    /// Milliseconds since 1970, UTC.
    pub i64,
);

/// How far something is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressView {
    /// What it is.
    pub title: String,
    /// How far, in words.
    pub text: String,
    /// Parts done.
    pub done: u32,
    /// Parts in all; 0 while that is not known.
    pub total: u32,
    /// Whether it is under way.
    pub running: bool,
    /// Why it failed.
    pub error: Option<String>,
}

/// A lab in the list.
#[derive(Clone, Debug)]
pub struct LabTile {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its state.
    pub badge: Badge,
    /// Its image.
    pub image: String,
    /// “3 running”.
    pub running: String,
    /// “12 of 20 seats taken”.
    pub seats: String,
    /// What is under way.
    pub progress: Option<ProgressView>,
}

/// A lab in the bin.
#[derive(Clone, Debug)]
pub struct DeletedLabView {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// “12 machines, 11 users”.
    pub holds: String,
    /// Until when it can be brought back.
    pub kept_until: Moment,
}

/// What a lab can be made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabOptions {
    /// The plans that it may begin with, id and name, where there is more than one.
    pub plans: Vec<(String, String)>,
    /// Images: name and title.
    pub images: Vec<(String, String)>,
    /// Sizes: name and description.
    pub sizes: Vec<(String, String)>,
    /// Hours per user that a lab begins with, as typed.
    pub quota: String,
    /// What a lab begins with.
    pub shutdown: ShutdownView,
}

/// A lab, for all its pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabView {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// Its state.
    pub badge: Badge,
    /// Its image.
    pub image: String,
    /// Its size, in words.
    pub size: String,
    /// How many machines it is to have.
    pub capacity: u32,
    /// Its accounts, in words.
    pub accounts: String,
    /// Whether it was published.
    pub published: bool,
    /// When it was last published.
    pub published_at: Option<Moment>,
    /// Whether its machines are being made or changed.
    pub busy: bool,
    /// Whether it is being deleted.
    pub deleting: bool,
    /// Whether it has a template.
    pub has_template: bool,
    /// Its template.
    pub template: Option<MachineView>,
    /// Its pool.
    pub pool: Vec<MachineView>,
    /// Its list.
    pub users: Vec<UserView>,
    /// What is under way, or ended last.
    pub progress: Option<ProgressView>,
    /// What stands in the way.
    pub trouble: Option<String>,
    /// Its registration link.
    pub link: Option<LinkView>,
    /// How its list is taken over from a group, where it is.
    pub roster: Option<RosterView>,
    /// Hours per user, and groups with their own.
    pub quota: LabQuotaView,
    /// When its machines stop by themselves.
    #[serde(skip)]
    pub shutdown: ShutdownView,
    /// What it may cost, as typed; empty for no limit.
    #[serde(skip)]
    pub budget: String,
    /// “EUR”.
    #[serde(skip)]
    pub currency: String,
    /// What the caller may do.
    pub may: MayView,
}

/// What the caller may do with a lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MayView {
    /// Change its settings.
    pub write: bool,
    /// Publish it.
    pub publish: bool,
    /// Start, stop and reimage its machines.
    pub operate: bool,
    /// Open terminals on its machines.
    pub connect: bool,
    /// Change its list.
    pub users: bool,
    /// Delete it.
    pub delete: bool,
}

/// A registration link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    /// The whole address.
    pub url: String,
    /// Whether it works.
    pub enabled: bool,
    /// Whether everyone with the link may register.
    pub open_access: bool,
    /// When it ceases to work.
    pub expires_at: Option<Moment>,
}

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its state.
    pub badge: Badge,
    /// Whether it runs, or is to run: the one button stops it then.
    pub on: bool,
    /// Whether a terminal can be opened.
    pub ready: bool,
    /// Whether it is there at all.
    pub made: bool,
    /// Whether it was given up.
    pub failed: bool,
    /// Its address.
    pub address: Option<String>,
    /// Who has it.
    pub user: Option<String>,
    /// Why it stopped, what it waits for, or what went wrong.
    pub note: Option<String>,
    /// When it stopped, while `note` says why.
    pub stopped_at: Option<Moment>,
}

/// A line of a lab's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    /// Its id.
    pub id: String,
    /// The address; the name where mail does not reach them.
    pub email: String,
    /// The name, once registered.
    pub name: Option<String>,
    /// Registered or not.
    pub badge: Badge,
    /// The machine they have.
    pub machine: Option<String>,
    /// How their hours stand.
    pub quota: QuotaView,
    /// Additional hours as typed; empty for none.
    pub extra_hours: String,
    /// The name of their group.
    pub group: Option<String>,
    /// The reset that holds, where there was one.
    pub reset: Option<ResetView>,
    /// When they leave the list with their machine, having left the group that it is taken from.
    pub leaves: Option<Moment>,
}

/// How a lab's list is taken over from a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterView {
    /// The group's id.
    pub group: String,
    /// For how many days who left it keeps their machine.
    pub grace: String,
    /// When it was last tried.
    pub synced_at: Option<Moment>,
    /// What came of that.
    pub outcome: Option<String>,
    /// Whether it failed.
    pub failed: bool,
    /// Whether the directory tells changes, so that they are taken over soon.
    pub soon: bool,
}

/// A student's machine, or the wait for one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceView {
    /// The lab's id.
    pub lab: String,
    /// The lab's title.
    pub title: String,
    /// The lab's description.
    pub description: String,
    /// The image.
    pub image: String,
    /// The machine.
    pub machine: Option<MachineView>,
    /// What is waited for, when there is no machine.
    pub waiting: String,
    /// How the person's hours stand.
    pub quota: QuotaView,
    /// The last hour, while the machine runs and counts.
    pub countdown: Option<CountdownView>,
    /// What to know now, the most urgent first.
    pub notices: Vec<NoticeView>,
    /// Why the machine cannot be started by its student.
    pub blocked: Option<String>,
}

/// The account on a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginView {
    /// Its name.
    pub username: String,
    /// Its password.
    pub password: String,
}

/// What is behind a registration link.
#[derive(Clone, Debug)]
pub struct InvitationView {
    /// The lab's title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// Whether the caller is registered already.
    pub registered: bool,
    /// The address of the caller, if signed in.
    pub email: Option<String>,
    /// Whether mails can be sent, so that an address is shown to be somebody's before it is believed.
    pub mail: bool,
    /// Whether a link was asked for just now.
    pub sent: bool,
    /// By a link that was sent to a mailbox: its token, the address, and the name where there is one.
    pub proof: Option<(String, String, Option<String>)>,
}

/// What is behind a one-time link.
#[derive(Clone, Debug)]
pub struct WelcomeView {
    /// Whether it makes the owner.
    pub owner: bool,
    /// The address it is for, when it is for one.
    pub email: Option<String>,
    /// What its person is called, where they have signed in before.
    pub name: Option<String>,
}

/// A terminal's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalView {
    /// The machine's id.
    pub machine: String,
    /// Its name.
    pub name: String,
    /// The lab's title.
    pub title: String,
    /// Where the way back leads.
    pub back: String,
    /// Whether it runs.
    pub ready: bool,
}
