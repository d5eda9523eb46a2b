//! Schedules as people and programs put them down, and the rules that make them schedules.

use crate::Invalid;
use crate::civil::{Date, DateTime, Time};
use crate::id::{GroupId, LabId, ScheduleId};
use crate::recurrence::Recurrence;
use crate::schedule::Schedule;
use crate::zone::TimeZone;

/// A schedule as somebody put it down, not yet checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its id.
    pub id: ScheduleId,
    /// Its lab.
    pub lab: LabId,
    /// The group it is for.
    pub group: Option<GroupId>,
    /// When it starts and stops machines.
    pub times: Times,
    /// How often it comes.
    pub recurrence: Recurrence,
    /// The last day it may begin on.
    pub until: Option<Date>,
    /// Whose clocks show the times.
    pub zone: TimeZone,
    /// How many minutes before class machines begin to start.
    pub prestart_minutes: u32,
    /// Notes.
    pub notes: String,
}

/// The first day, and the times of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// The first day it may come on.
    pub first: Date,
    /// When class begins.
    pub start: Option<Time>,
    /// When it ends; on the next day, when that is not after the start.
    pub stop: Option<Time>,
}

impl Times {
    /// The times that the REST API's `startAt` and `stopAt` tell. Two that are equal are how it
    /// shows a schedule that only starts machines.
    ///
    /// # Errors
    /// When there is neither, when the stop is before the start, or a day or more after it.
    pub fn between(start: Option<DateTime>, stop: Option<DateTime>) -> Result<Self, Invalid> {
        let (first, stop) = match (start, stop) {
            (None, None) => return Err(neither()),
            (Some(start), Some(stop)) if start == stop => (start, None),
            (Some(start), Some(stop)) => {
                let length = stop.duration_since(start);
                if length.is_negative() {
                    return Err(Invalid::new(
                        "stopAt",
                        "The stop must not be before the start.",
                    ));
                }
                if length.as_hours() >= 24 {
                    return Err(Invalid::new(
                        "stopAt",
                        "The stop must be less than 24 hours after the start.",
                    ));
                }
                (start, Some(stop))
            }
            (Some(start), None) => (start, None),
            (None, Some(stop)) => (stop, Some(stop)),
        };
        Ok(Self {
            first: first.date(),
            start: start.map(DateTime::time),
            stop: stop.map(DateTime::time),
        })
    }
}

impl Draft {
    /// Checks the rules that concern more than one of its parts.
    ///
    /// # Errors
    /// When one is broken; the sentence says which.
    pub fn check(self) -> Result<Schedule, Invalid> {
        let Times { first, start, stop } = self.times;
        if start.is_none() && stop.is_none() {
            return Err(neither());
        }
        if start == stop {
            return Err(Invalid::new(
                "stopAt",
                "The stop must be at another time of day than the start.",
            ));
        }
        let until = self.until.filter(|_| self.recurrence != Recurrence::Once);
        if until.is_some_and(|until| until < first) {
            return Err(Invalid::new(
                "expirationDate",
                "The last day must not be before the first.",
            ));
        }
        if self.recurrence.dates(first, until, first).next().is_none() {
            return Err(Invalid::new(
                "expirationDate",
                "None of the chosen days comes between the first day and the last.",
            ));
        }
        if self.prestart_minutes > 60 {
            return Err(Invalid::new(
                "prestartMinutes",
                "Machines can start 0 to 60 minutes before class.",
            ));
        }
        if self.prestart_minutes > 0 && start.is_none() {
            return Err(Invalid::new(
                "prestartMinutes",
                "A schedule that only stops machines cannot start them early.",
            ));
        }
        Ok(Schedule {
            id: self.id,
            lab: self.lab,
            group: self.group,
            start,
            stop,
            first,
            recurrence: self.recurrence,
            until,
            zone: self.zone,
            prestart_minutes: self.prestart_minutes,
            notes: notes(&self.notes)?,
        })
    }
}

fn neither() -> Invalid {
    Invalid::new("stopAt", "A schedule needs a start, a stop, or both.")
}

fn notes(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let length = text.chars().count();
    if length > 1000 {
        return Err(Invalid::new(
            "notes",
            format!("Notes may have at most 1,000 characters; these have {length}."),
        ));
    }
    let allowed = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    if !text.chars().all(allowed) {
        return Err(Invalid::new(
            "notes",
            "Notes must not have control characters.",
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
