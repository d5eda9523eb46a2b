//! Schedules: when a lab's machines start and stop.

use std::time::Duration;

use crate::civil::{Date, DateTime, Time};
pub use crate::draft::{Draft, Times};
use crate::holiday::Holidays;
use crate::id::{GroupId, LabId, ScheduleId};
use crate::recurrence::{Dates, Recurrence};
use crate::time::Timestamp;
use crate::zone::TimeZone;

/// How long before a schedule stops machines their users are warned.
pub const STOP_WARNING: Duration = Duration::from_secs(10 * 60);

/// When a lab's machines start and stop. Made by [`Draft::check`] only, so that it keeps the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
    /// Its lab.
    pub lab: LabId,
    /// The group it is for; everyone's, when there is none.
    pub group: Option<GroupId>,
    /// When class begins; none, where machines are only stopped.
    pub start: Option<Time>,
    /// When it ends, on the next day if that is earlier in the day; none, where machines are only
    /// started.
    pub stop: Option<Time>,
    /// The first day it may come on.
    pub first: Date,
    /// How often it comes.
    pub recurrence: Recurrence,
    /// The last day it may begin on; without end, when there is none. None for one that comes once.
    pub until: Option<Date>,
    /// Whose clocks on the wall show the times.
    pub zone: TimeZone,
    /// How many minutes before class machines begin to start: 0 to 60.
    pub prestart_minutes: u32,
    /// What the educator wrote down about it: at most 1,000 characters.
    pub notes: String,
}

/// What a schedule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleKind {
    /// It starts machines and stops them; between the two is class, and running is free.
    Standard,
    /// It starts machines.
    StartOnly,
    /// It stops machines.
    StopOnly,
}

/// One time that a schedule comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The date it belongs to, in the schedule's zone; the stop may be on the next.
    pub date: Date,
    /// When machines begin to start: the start, less the minutes they start early.
    pub boot: Option<Timestamp>,
    /// When class begins.
    pub start: Option<Timestamp>,
    /// When it ends. Not before the start; at the same instant, when clocks skip all of it.
    pub stop: Option<Timestamp>,
}

impl Schedule {
    /// What it does.
    pub fn kind(&self) -> ScheduleKind {
        match (self.start, self.stop) {
            (Some(_), Some(_)) => ScheduleKind::Standard,
            (Some(_), None) => ScheduleKind::StartOnly,
            (None, _) => ScheduleKind::StopOnly,
        }
    }

    /// Whether it is for users of `group`; `None` are users that are in none.
    pub fn applies_to(&self, group: Option<GroupId>) -> bool {
        self.group.is_none() || self.group == group
    }

    /// The last day it may begin on; `None` when it has no end.
    pub fn last(&self) -> Option<Date> {
        match self.recurrence {
            Recurrence::Once => Some(self.first),
            Recurrence::Daily { .. } | Recurrence::Weekly { .. } => self.until,
        }
    }

    /// `startAt` and `stopAt` as the REST API shows them. Where nothing is stopped, it is shown with
    /// two equal times.
    pub fn wire_times(&self) -> (Option<DateTime>, DateTime) {
        let start = self.start.map(|start| self.first.to_datetime(start));
        let stop = self
            .stop
            .map(|stop| self.stop_day(self.first).to_datetime(stop));
        let shown = stop.or(start).unwrap_or(self.first.at(0, 0, 0, 0));
        (start, shown)
    }

    /// Every time it comes of which any part lies between `from` and `to` (not included), in order.
    pub fn occurrences<'a>(
        &'a self,
        holidays: &'a Holidays,
        from: Timestamp,
        to: Timestamp,
    ) -> Occurrences<'a> {
        Occurrences {
            schedule: self,
            holidays,
            dates: self.dates_around(from),
            from,
            to,
        }
    }

    /// The first start of class after `after`.
    pub fn next_start(&self, holidays: &Holidays, after: Timestamp) -> Option<Timestamp> {
        self.start?;
        self.next(holidays, after, |occurrence| occurrence.start)
    }

    /// The first time after `after` at which machines begin to start.
    pub fn next_boot(&self, holidays: &Holidays, after: Timestamp) -> Option<Timestamp> {
        self.start?;
        self.next(holidays, after, |occurrence| occurrence.boot)
    }

    /// The first stop after `after`.
    pub fn next_stop(&self, holidays: &Holidays, after: Timestamp) -> Option<Timestamp> {
        self.stop?;
        self.next(holidays, after, |occurrence| occurrence.stop)
    }

    /// What happens on a date on which it comes.
    fn on(&self, date: Date) -> Occurrence {
        let at = |date: Date, time| self.zone.timestamp(date.to_datetime(time));
        let start = self.start.map(|start| at(date, start));
        let early = Duration::from_secs(u64::from(self.prestart_minutes) * 60);
        Occurrence {
            date,
            boot: start.map(|start| start - early),
            start,
            stop: self.stop.map(|stop| at(self.stop_day(date), stop)),
        }
    }

    /// The day of the stop of what begins on `date`.
    fn stop_day(&self, date: Date) -> Date {
        match (self.start, self.stop) {
            (Some(start), Some(stop)) if stop < start => date.tomorrow().unwrap_or(date),
            _ => date,
        }
    }

    fn next(
        &self,
        holidays: &Holidays,
        after: Timestamp,
        instant: impl Fn(&Occurrence) -> Option<Timestamp>,
    ) -> Option<Timestamp> {
        self.dates_around(after)
            .filter(|date| !holidays.contains(*date))
            .filter_map(|date| instant(&self.on(date)))
            .find(|at| *at > after)
    }

    /// The dates on which it comes, from a little before `at`. A stop belongs to the day before, and
    /// a zone may leave out a whole day; two days take both in.
    fn dates_around(&self, at: Timestamp) -> Dates {
        let date = self.zone.date(at);
        let from = date.yesterday().and_then(Date::yesterday).unwrap_or(date);
        self.recurrence.dates(self.first, self.until, from)
    }
}

/// Occurrences in order; made by [`Schedule::occurrences`].
#[derive(Clone, Debug)]
pub struct Occurrences<'a> {
    schedule: &'a Schedule,
    holidays: &'a Holidays,
    dates: Dates,
    from: Timestamp,
    to: Timestamp,
}

impl Iterator for Occurrences<'_> {
    type Item = Occurrence;

    fn next(&mut self) -> Option<Occurrence> {
        loop {
            let occurrence = self.schedule.on(self.dates.next()?);
            let (begins, ends) = match (occurrence.start, occurrence.stop) {
                (Some(start), stop) => (start, stop.unwrap_or(start)),
                (None, stop) => (stop?, stop?),
            };
            if begins >= self.to {
                return None;
            }
            if ends >= self.from && !self.holidays.contains(occurrence.date) {
                return Some(occurrence);
            }
        }
    }
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
