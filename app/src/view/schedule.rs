//! When classes are: a week as numbers to draw, what comes next, an event's form.

use serde::{Deserialize, Serialize};

use super::Moment;

/// The Schedule tab.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleView {
    /// The week that is shown.
    pub week: WeekView,
    /// What comes next, soonest first.
    pub upcoming: Vec<EventView>,
    /// The form that is open: a new event or one to change.
    pub form: Option<EventForm>,
    /// All time zones.
    pub zones: Vec<String>,
    /// The lab's groups: id and name.
    pub groups: Vec<(String, String)>,
    /// Days without class, in order; the plan's among them.
    pub holidays: Vec<HolidayView>,
    /// The secret address of the calendar feed.
    pub feed: Option<String>,
    /// Whether the reader may change any of it.
    pub may_edit: bool,
}

/// A week, Monday to Sunday.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeekView {
    /// “23–29 November 2026”.
    pub title: String,
    /// Its Monday: “2026-11-23”.
    pub monday: String,
    /// The Monday before.
    pub previous: String,
    /// The Monday after.
    pub next: String,
    /// Whether it is the present week.
    pub this: bool,
    /// The zone of the hours: “Europe/Berlin”.
    pub zone: String,
    /// How far that zone is from UTC on the week's Monday, in minutes to the east.
    pub offset: i32,
    /// Noon of its Monday there, for asking the reader's own offset.
    pub noon: Option<Moment>,
    /// How far the reader's own zone is from UTC, where the server knows it.
    pub own_offset: Option<i32>,
    /// The first hour that is drawn.
    pub first_hour: u32,
    /// The hour at which drawing ends, at most 24.
    pub last_hour: u32,
    /// Its seven days.
    pub days: Vec<DayView>,
}

/// A day of a week.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayView {
    /// “2026-11-23”.
    pub date: String,
    /// “Mon”.
    pub short: String,
    /// “23”.
    pub number: String,
    /// “Monday, 23 November”.
    pub long: String,
    /// Minutes since midnight, on the present day.
    pub now: Option<u32>,
    /// Why there is no class.
    pub holiday: Option<String>,
    /// What happens on it, in order.
    pub blocks: Vec<BlockView>,
}

/// An event on a day of the week, cut at midnight.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockView {
    /// The schedule's id.
    pub schedule: String,
    /// `standard`, `start` or `stop`.
    pub kind: String,
    /// “08:00–09:30”, “Start 07:45”.
    pub time: String,
    /// Where it begins, in minutes since midnight.
    pub from: u32,
    /// Where it ends, in minutes since midnight; the same as `from` for a start or stop only.
    pub to: u32,
    /// Its place among overlapping ones, from 0.
    pub lane: u32,
    /// How many overlap.
    pub lanes: u32,
    /// The group it is for.
    pub group: Option<String>,
    /// Its zone and hours there, where they are others than the week's: “14:00–15:30 Asia/Tokyo”.
    pub zone: Option<String>,
    /// Its notes.
    pub notes: String,
    /// Whether it does not take place, for a day without class.
    pub cancelled: bool,
}

/// An event that is coming.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    /// The schedule's id.
    pub schedule: String,
    /// The Monday of its week.
    pub monday: String,
    /// “Monday, 23 November”.
    pub day: String,
    /// “08:00–09:30”, “Stop 18:00”.
    pub time: String,
    /// Its zone, where it is another than the lab's others.
    pub zone: Option<String>,
    /// “Every week on Monday and Wednesday until 29 January 2027”, “Once”.
    pub repeats: String,
    /// “All users”, or a group's name.
    pub group: String,
    /// Its notes.
    pub notes: String,
}

/// The form of an event, as it was filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventForm {
    /// The schedule's id; empty for a new one.
    pub schedule: String,
    /// `standard`, `start` or `stop`.
    pub kind: String,
    /// “2026-11-23”.
    pub date: String,
    /// “08:00”, or empty.
    pub start: String,
    /// “09:30”, or empty.
    pub stop: String,
    /// `once`, `daily` or `weekly`.
    pub repeat: String,
    /// Every how many days or weeks, as typed.
    pub interval: String,
    /// `monday` … `sunday`.
    pub days: Vec<String>,
    /// The last day, or empty.
    pub until: String,
    /// The zone's name.
    pub zone: String,
    /// How many minutes before the start machines start, as typed.
    pub prestart: String,
    /// The group's id; empty for all users.
    pub group: String,
    /// Notes.
    pub notes: String,
    /// What deleting it ends: “12 more classes until 29 January 2027 do not take place.”
    pub losses: String,
}

/// A day without class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolidayView {
    /// Its id.
    pub id: String,
    /// “Friday, 25 December 2026”.
    pub day: String,
    /// Its name.
    pub name: String,
    /// Whether it is the plan's, for all labs.
    pub plan: bool,
}
