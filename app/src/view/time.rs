//! Hours: quota, what was used of it, warnings, auto-shutdown.

use serde::{Deserialize, Serialize};

use super::{LabView, Moment};

/// A lab, with what one of its pages shows besides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithLab<X> {
    /// The lab.
    pub lab: LabView,
    /// The rest.
    pub more: X,
}

/// How a person's hours stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaView {
    /// `left`; `class` while a class makes hours free; `used-up`; `class-only` for a quota of 0,
    /// which has no bar. Empty where no quota holds, and then nothing is shown.
    pub state: String,
    /// “6 h 20 min left of 10 h”, “Class in progress: free until 11:30”, “All 10 hours are used up”,
    /// “Available during classes only”.
    pub text: String,
    /// How much is left, in thousandths of the total.
    pub left: u32,
    /// “3 h 40 min”.
    pub used: String,
    /// “10 h”, with what the person got besides.
    pub total: String,
}

/// A machine's last hour, counted down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountdownView {
    /// When the hours are used up.
    pub ends_at: Moment,
    /// What was left when this was written, in the words of [`remaining`].
    pub text: String,
}

/// Something to know about a machine now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeView {
    /// `info`, `warning` or `danger`.
    pub tone: String,
    /// “15 minutes of your quota are left”.
    pub title: String,
    /// What happens then, and what to do; may be empty.
    pub text: String,
    /// Whether saying “I’m still here” prevents it.
    pub stay: bool,
}

/// A lab's quota.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabQuotaView {
    /// Hours per user, as typed: “10”.
    pub hours: String,
    /// The same in words: “10 hours”, “Available during classes only”.
    pub text: String,
    /// The lab's groups.
    pub groups: Vec<GroupView>,
}

/// A group of a lab's users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its own hours per user, as typed; empty where the lab's hold.
    pub hours: String,
    /// “15 hours per user”, “The lab’s quota”.
    pub quota: String,
    /// “12 users”.
    pub members: String,
}

/// Used hours that were set to zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetView {
    /// Its id.
    pub id: String,
    /// From when hours count.
    pub from: Moment,
    /// When it was done.
    pub at: Moment,
    /// Who did it.
    pub by: String,
    /// Whether it was undone.
    pub undone: bool,
}

/// What one person used, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageView {
    /// The lab's id.
    pub lab: String,
    /// The lab's title.
    pub lab_title: String,
    /// The id on the lab's list.
    pub user: String,
    /// The person's name, or address.
    pub name: String,
    /// The person's address.
    pub email: String,
    /// Whether the reader is that person.
    pub own: bool,
    /// Where the way back leads.
    pub back: String,
    /// How the hours stand.
    pub quota: QuotaView,
    /// “2 h”: what is left.
    pub left: String,
    /// Where the total comes from: “10 h for everybody and 2 h for you”.
    pub total_note: String,
    /// Additional hours as typed.
    pub extra_hours: String,
    /// The group's name.
    pub group: Option<String>,
    /// Resets, the newest first.
    pub resets: Vec<ResetView>,
    /// Whether the reader may change quota and resets.
    pub may_change: bool,
    /// Every running interval, the newest first.
    pub runs: Vec<RunView>,
}

/// A machine's run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunView {
    /// The machine's name.
    pub machine: String,
    /// Whose it was then.
    pub user: Option<String>,
    /// Their id on the lab's list, while they are on it.
    pub user_id: Option<String>,
    /// When it started.
    pub from: Moment,
    /// When it stopped; nothing while it runs.
    pub to: Option<Moment>,
    /// “1 h 40 min”.
    pub length: String,
    /// Who or what started it: “Ada Lovelace”, “The schedule”.
    pub started: String,
    /// Why it stopped: “Nobody was connected for 15 minutes.”
    pub stopped: String,
    /// Its parts, in order.
    pub pieces: Vec<PieceView>,
    /// How much of it counted: “40 min”, “Nothing”.
    pub counted: String,
}

/// A part of a run that counted, or was free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PieceView {
    /// When it began.
    pub from: Moment,
    /// When it ended; nothing while it lasts.
    pub to: Option<Moment>,
    /// “40 min”.
    pub length: String,
    /// Whether it counted.
    pub counted: bool,
    /// “In class”, “Started by Grace Hopper”, “Started by Ada Lovelace outside class”.
    pub why: String,
}

/// A lab's history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityView {
    /// Runs, the newest first.
    pub runs: Vec<RunView>,
    /// Whose can be shown: id and name.
    pub users: Vec<(String, String)>,
    /// Whose are shown; empty for all.
    pub user: String,
    /// How many are listed at most, where more ran before.
    pub cut: Option<u32>,
}

/// When machines stop by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShutdownView {
    /// Whether they stop when people disconnect.
    pub on_disconnect: bool,
    /// After how many minutes, as typed.
    pub disconnect_delay: String,
    /// Whether they stop when nobody connects.
    pub not_connected: bool,
    /// After how many minutes, as typed.
    pub no_connect_delay: String,
    /// Whether they stop when nobody works on them: `None`, `UserAbsence` or `LowUsage`.
    pub on_idle: String,
    /// After how many minutes, as typed.
    pub idle_delay: String,
}

/// “42 min 10 s”, “8 s”, “1 h 0 min”: what is left, for both the server and the ticking browser.
#[must_use]
pub fn remaining(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min {} s", seconds % 60),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_words() {
        assert_eq!(remaining(-5), "0 s");
        assert_eq!(remaining(8_900), "8 s");
        assert_eq!(remaining(60_000), "1 min 0 s");
        assert_eq!(remaining(3_600_000), "1 h 0 min");
    }
}
