//! What the pages show by which a class comes onto a lab's list.

use super::{Badge, Moment};

/// A file, and what would become of it.
#[derive(Clone, Debug)]
pub struct ImportView {
    /// The file's id.
    pub draft: String,
    /// How many lines add somebody …
    pub added: usize,
    /// … change somebody …
    pub changed: usize,
    /// … say what is so already …
    pub same: usize,
    /// … are left out.
    pub refused: usize,
    /// How many are on the list and not in the file.
    pub others: u32,
    /// What was recognised: the column and its heading.
    pub columns: Vec<(String, String)>,
    /// Headings that nothing was made of.
    pub ignored: Vec<String>,
    /// Each line.
    pub lines: Vec<ImportLineView>,
}

/// A line of a file.
#[derive(Clone, Debug)]
pub struct ImportLineView {
    /// Its number, from 1.
    pub number: u64,
    /// How it is coloured.
    pub state: &'static str,
    /// “Added”, “Left out”.
    pub fate: &'static str,
    /// The address, or what is written there.
    pub text: String,
    /// The name.
    pub name: Option<String>,
    /// The group.
    pub group: Option<String>,
    /// Additional hours.
    pub hours: Option<String>,
    /// Why it is left out.
    pub why: Option<String>,
}

/// Who can be invited.
#[derive(Clone, Debug)]
pub struct InviteView {
    /// Whether the caller may invite.
    pub may: bool,
    /// Whether mails can be sent.
    pub mail: bool,
    /// Whether the registration link is switched on.
    pub link: bool,
    /// Everybody who has not registered.
    pub lines: Vec<InviteLineView>,
}

/// Somebody who has not registered.
#[derive(Clone, Debug)]
pub struct InviteLineView {
    /// The user's id.
    pub id: String,
    /// The address.
    pub email: String,
    /// The name, where a list gave one.
    pub name: Option<String>,
    /// How the invitation stands.
    pub badge: Badge,
    /// Whether they are ticked at first.
    pub chosen: bool,
    /// When they were last invited.
    pub at: Option<Moment>,
    /// Why the mail did not go out.
    pub why: Option<String>,
}

/// A registration link, to be shown to a class.
#[derive(Clone, Debug)]
pub struct JoinView {
    /// The lab's id.
    pub lab: String,
    /// Its title.
    pub title: String,
    /// The whole address.
    pub url: String,
    /// The code.
    pub code: String,
    /// Whether it works now.
    pub works: bool,
    /// When it ceases to.
    pub expires_at: Option<Moment>,
    /// That day in the lab's zone, as a form has it.
    pub end_date: Option<String>,
    /// That time of day.
    pub end_time: Option<String>,
    /// The zone.
    pub zone: String,
    /// How many more people may use it.
    pub uses_left: Option<u32>,
    /// How many have registered.
    pub registered: usize,
    /// How many of them have no machine yet.
    pub waiting: usize,
    /// How many machines there are.
    pub seats: usize,
}
