//! A lab's schedules as a calendar in the format of RFC 5545, for people's own calendars.
//!
//! Every occurrence is an event of its own at points in universal time. A rule with a time zone
//! would be shorter, but calendars disagree about times that clocks skip or show twice, and about
//! zones that they do not know; points in time they all show alike.

use crate::civil::Date;
use crate::holiday::{Holiday, Holidays};
use crate::id::LabId;
use crate::schedule::{Occurrence, Schedule, ScheduleKind};
use crate::time::Timestamp;
use crate::zone::TimeZone;

/// What a calendar tells.
#[derive(Clone, Copy, Debug)]
pub struct Calendar<'a> {
    /// Whose it is.
    pub lab: LabId,
    /// What it is called: the lab's title.
    pub name: &'a str,
    /// The schedules.
    pub schedules: &'a [Schedule],
    /// The plan's and the lab's holidays.
    pub holidays: &'a [Holiday],
    /// From here …
    pub from: Timestamp,
    /// … until here. Calendars come back for more.
    pub to: Timestamp,
}

/// The calendar's text, as it stands at `now`: lines of at most 75 bytes, each ending with CRLF.
pub fn text(calendar: &Calendar<'_>, now: Timestamp) -> String {
    let mut lines = Lines(String::new());
    lines.add("BEGIN", "VCALENDAR");
    lines.add("VERSION", "2.0");
    lines.add("PRODID", "-//Lectern//Schedules//EN");
    lines.add("CALSCALE", "GREGORIAN");
    lines.add("METHOD", "PUBLISH");
    lines.add("X-WR-CALNAME", &escaped(calendar.name));
    lines.add("REFRESH-INTERVAL;VALUE=DURATION", "PT1H");
    lines.add("X-PUBLISHED-TTL", "PT1H");
    let holidays: Holidays = calendar
        .holidays
        .iter()
        .map(|holiday| holiday.date)
        .collect();
    for schedule in calendar.schedules {
        for occurrence in schedule.occurrences(&holidays, calendar.from, calendar.to) {
            event(&mut lines, calendar.name, schedule, &occurrence, now);
        }
    }
    let utc = TimeZone::utc();
    let shown = utc.date(calendar.from)..=utc.date(calendar.to);
    for date in holidays.dates().filter(|date| shown.contains(date)) {
        day_off(&mut lines, calendar, date, now);
    }
    lines.add("END", "VCALENDAR");
    lines.0
}

fn event(
    lines: &mut Lines,
    lab: &str,
    schedule: &Schedule,
    occurrence: &Occurrence,
    now: Timestamp,
) {
    let Some(begins) = occurrence.start.or(occurrence.stop) else {
        return;
    };
    let summary = match schedule.kind() {
        ScheduleKind::Standard => lab.to_owned(),
        ScheduleKind::StartOnly => format!("{lab}: machines start"),
        ScheduleKind::StopOnly => format!("{lab}: machines stop"),
    };
    lines.add("BEGIN", "VEVENT");
    // The same for as long as the schedule comes on this date, so that an edit moves the event.
    lines.add(
        "UID",
        &format!("{}-{}@lectern", schedule.id, day(occurrence.date)),
    );
    lines.add("DTSTAMP", &instant(now));
    lines.add("DTSTART", &instant(begins));
    // An event without an end takes no time; one that ended as it began would be none.
    if let Some(stop) = occurrence.stop.filter(|stop| *stop > begins) {
        lines.add("DTEND", &instant(stop));
    }
    lines.add("SUMMARY", &escaped(&summary));
    if !schedule.notes.is_empty() {
        lines.add("DESCRIPTION", &escaped(&schedule.notes));
    }
    lines.add("END", "VEVENT");
}

/// A date without class, by the first name that the plan or the lab has for it.
fn day_off(lines: &mut Lines, calendar: &Calendar<'_>, date: Date, now: Timestamp) {
    let name = calendar
        .holidays
        .iter()
        .find(|holiday| holiday.date == date && !holiday.name.is_empty())
        .map(|holiday| holiday.name.as_str());
    let summary = match name {
        None => "No class".to_owned(),
        Some(name) => format!("No class: {name}"),
    };
    lines.add("BEGIN", "VEVENT");
    lines.add("UID", &format!("{}-{}@lectern", calendar.lab, day(date)));
    lines.add("DTSTAMP", &instant(now));
    lines.add("DTSTART;VALUE=DATE", &day(date));
    lines.add("SUMMARY", &escaped(&summary));
    lines.add("TRANSP", "TRANSPARENT");
    lines.add("END", "VEVENT");
}

/// Lines of the format, each folded so that it is no longer than 75 bytes.
struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, value: &str) {
        let mut room = 75;
        for c in name.chars().chain([':']).chain(value.chars()) {
            if c.len_utf8() > room {
                self.0.push_str("\r\n ");
                room = 74;
            }
            self.0.push(c);
            room -= c.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

/// Text with what has a meaning in the format escaped, and what cannot be in it left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => safe.extend(['\\', c]),
            '\n' | '\r' => safe.push_str("\\n"),
            '\t' => safe.push(' '),
            c if c.is_control() => {}
            c => safe.push(c),
        }
    }
    safe
}

/// A date as the format writes it: `20261005`.
fn day(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

/// A point in time as the format writes it: `20261005T073000Z`.
fn instant(at: Timestamp) -> String {
    let utc = TimeZone::utc().local(at);
    let (hour, minute, second) = (utc.hour(), utc.minute(), utc.second());
    format!("{}T{hour:02}{minute:02}{second:02}Z", day(utc.date()))
}

#[cfg(test)]
#[path = "icalendar_tests.rs"]
mod tests;
