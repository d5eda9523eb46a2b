//! Words and places for a week of classes.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::civil::{Date, Time};
use domain::holiday::Holidays;
use domain::recurrence::Recurrence;
use domain::schedule::{Schedule, ScheduleKind};
use domain::time::Timestamp;
use domain::zone::TimeZone;
use service::store::{HolidayRow, Standing};
use service::usage::SchedulePage;

use super::{count, moment};
use crate::view::{BlockView, DayView, EventForm, EventView, HolidayView, ScheduleView, WeekView};

/// How many coming events are listed.
const UPCOMING: usize = 8;

/// The hours that are always drawn.
const USUAL: (u32, u32) = (7, 19);

/// What the address says about the page.
pub(in crate::api) struct Asked {
    /// A date of the week to show.
    pub week: Option<Date>,
    /// `new`, or the id of the event whose form is open.
    pub event: String,
    /// The date of a new event.
    pub date: String,
    /// When it starts.
    pub start: String,
}

/// The zone that a lab's week is shown in: that of most of its schedules.
pub(in crate::api) fn zone_of(schedules: &[Standing]) -> TimeZone {
    let zones = schedules.iter().map(|s| &s.schedule.zone);
    let best = zones.max_by_key(|zone| {
        let same = schedules.iter().filter(|s| s.schedule.zone == **zone);
        same.count()
    });
    best.cloned().unwrap_or_else(TimeZone::utc)
}

/// The Schedule page.
pub(in crate::api) fn page(
    page: &SchedulePage,
    asked: &Asked,
    feed: Option<String>,
    may_edit: bool,
) -> ScheduleView {
    let zone = zone_of(&page.schedules);
    let today = zone.date(page.now);
    let monday = monday(asked.week.unwrap_or(today));
    let off: Holidays = page
        .holidays
        .iter()
        .map(|row| row.version.value.date)
        .collect();
    ScheduleView {
        week: week(page, monday, &zone),
        upcoming: upcoming(page, &off, &zone, UPCOMING),
        form: form(page, asked, &zone, today),
        zones: TimeZone::names().to_vec(),
        groups: page
            .groups
            .iter()
            .map(|group| (group.id.to_string(), group.name.to_string()))
            .collect(),
        holidays: page.holidays.iter().map(holiday).collect(),
        feed,
        may_edit,
    }
}

fn monday(date: Date) -> Date {
    let back = i64::from(date.weekday().to_monday_zero_offset());
    add_days(date, -back)
}

fn add_days(date: Date, days: i64) -> Date {
    let step = |date: Date| {
        if days < 0 {
            date.yesterday()
        } else {
            date.tomorrow()
        }
    };
    (0..days.unsigned_abs()).fold(date, |date, _| step(date).unwrap_or(date))
}

/// A day without class.
pub(in crate::api) fn holiday(row: &HolidayRow) -> HolidayView {
    HolidayView {
        id: row.id.to_string(),
        day: row.version.value.date.strftime("%A, %-d %B %Y").to_string(),
        name: row.version.value.name.clone(),
        plan: row.of_plan,
    }
}

fn week(page: &SchedulePage, monday: Date, zone: &TimeZone) -> WeekView {
    let today = zone.date(page.now);
    let midnight = |date: Date| zone.timestamp(date.at(0, 0, 0, 0));
    let days: Vec<DayView> = (0..7)
        .map(|n| {
            let date = add_days(monday, n);
            let next = add_days(date, 1);
            let name = page
                .holidays
                .iter()
                .find(|row| row.version.value.date == date)
                .map(|row| match row.version.value.name.as_str() {
                    "" => "No class".to_owned(),
                    name => name.to_owned(),
                });
            let local = zone.local(page.now);
            DayView {
                date: date.to_string(),
                short: date.strftime("%a").to_string(),
                number: date.day().to_string(),
                long: date.strftime("%A, %-d %B").to_string(),
                now: (date == today).then(|| minutes(local.time())),
                holiday: name,
                blocks: blocks(page, zone, midnight(date), midnight(next)),
            }
        })
        .collect();
    let all = || days.iter().flat_map(|day| &day.blocks);
    let first = all().map(|block| block.from / 60).min();
    let last = all().map(|block| block.to.div_ceil(60)).max();
    let noon = zone.timestamp(monday.at(12, 0, 0, 0));
    let sunday = add_days(monday, 6);
    WeekView {
        title: title(monday, sunday),
        monday: monday.to_string(),
        previous: add_days(monday, -7).to_string(),
        next: add_days(monday, 7).to_string(),
        this: monday <= today && today <= sunday,
        zone: zone.as_str().to_owned(),
        offset: offset(zone, noon),
        noon: Some(moment(noon)),
        own_offset: None,
        first_hour: first.unwrap_or(USUAL.0).min(USUAL.0),
        last_hour: last.unwrap_or(USUAL.1).max(USUAL.1).min(24),
        days,
    }
}

/// “23–29 November 2026”.
fn title(monday: Date, sunday: Date) -> String {
    let end = sunday.strftime("%-d %B %Y");
    if monday.month() == sunday.month() {
        format!("{}–{end}", monday.day())
    } else {
        format!("{} – {end}", monday.strftime("%-d %B"))
    }
}

/// How far a zone is from UTC, in minutes to the east.
fn offset(zone: &TimeZone, at: Timestamp) -> i32 {
    let local = TimeZone::utc().timestamp(zone.local(at));
    let micros = local.micros() - at.micros();
    i32::try_from(micros / 60_000_000).unwrap_or(0)
}

fn minutes(time: Time) -> u32 {
    let minutes = i32::from(time.hour()) * 60 + i32::from(time.minute());
    u32::try_from(minutes).unwrap_or(0)
}

/// What happens between two midnights, placed side by side where it overlaps.
fn blocks(page: &SchedulePage, zone: &TimeZone, from: Timestamp, to: Timestamp) -> Vec<BlockView> {
    let mut blocks: Vec<BlockView> = page
        .schedules
        .iter()
        .flat_map(|standing| {
            let schedule = &standing.schedule;
            // Days without class are shown, crossed out.
            let all = schedule.occurrences(Holidays::NONE, from, to);
            all.filter_map(|occurrence| {
                let (begin, end) = match (occurrence.start, occurrence.stop) {
                    (Some(start), Some(stop)) => (start, stop),
                    (Some(at), None) | (None, Some(at)) => (at, at),
                    (None, None) => return None,
                };
                let point = begin == end;
                if (point && (begin < from || begin >= to)) || (!point && end <= from) {
                    return None;
                }
                let minute = |at: Timestamp| {
                    if at <= from {
                        0
                    } else if at >= to {
                        24 * 60
                    } else {
                        minutes(zone.local(at).time())
                    }
                };
                let cancelled = page
                    .holidays
                    .iter()
                    .any(|row| row.version.value.date == occurrence.date);
                Some(BlockView {
                    schedule: schedule.id.to_string(),
                    kind: kind(schedule).to_owned(),
                    time: hours(schedule.kind(), zone, begin, end),
                    from: minute(begin),
                    to: minute(end),
                    lane: 0,
                    lanes: 1,
                    group: group_name(page, schedule),
                    zone: (schedule.zone != *zone).then(|| {
                        let there = hours(schedule.kind(), &schedule.zone, begin, end);
                        format!("{there} {}", schedule.zone.as_str())
                    }),
                    notes: schedule.notes.clone(),
                    cancelled,
                })
            })
            .collect::<Vec<_>>()
        })
        .collect();
    blocks.sort_by(|a, b| (a.from, a.to, &a.schedule).cmp(&(b.from, b.to, &b.schedule)));
    lay_out(&mut blocks);
    blocks
}

/// Gives overlapping blocks lanes beside each other.
fn lay_out(blocks: &mut [BlockView]) {
    // A point in time is drawn with some height.
    let end = |block: &BlockView| block.to.max(block.from + 30);
    let mut first = 0;
    while first < blocks.len() {
        let mut last = first;
        let mut reach = end(&blocks[first]);
        while last + 1 < blocks.len() && blocks[last + 1].from < reach {
            last += 1;
            reach = reach.max(end(&blocks[last]));
        }
        let mut ends: Vec<u32> = Vec::new();
        for block in &mut blocks[first..=last] {
            let free = ends.iter().position(|at| *at <= block.from);
            let lane = free.unwrap_or(ends.len());
            match ends.get_mut(lane) {
                Some(at) => *at = end(block),
                None => ends.push(end(block)),
            }
            block.lane = u32::try_from(lane).unwrap_or(0);
        }
        let lanes = u32::try_from(ends.len()).unwrap_or(1);
        for block in &mut blocks[first..=last] {
            block.lanes = lanes;
        }
        first = last + 1;
    }
}

fn kind(schedule: &Schedule) -> &'static str {
    match schedule.kind() {
        ScheduleKind::Standard => "standard",
        ScheduleKind::StartOnly => "start",
        ScheduleKind::StopOnly => "stop",
    }
}

fn hours(kind: ScheduleKind, zone: &TimeZone, begin: Timestamp, end: Timestamp) -> String {
    let clock = |at: Timestamp| zone.local(at).strftime("%H:%M").to_string();
    match kind {
        ScheduleKind::Standard => format!("{}–{}", clock(begin), clock(end)),
        ScheduleKind::StartOnly => format!("Start {}", clock(begin)),
        ScheduleKind::StopOnly => format!("Stop {}", clock(end)),
    }
}

fn group_name(page: &SchedulePage, schedule: &Schedule) -> Option<String> {
    let group = schedule.group?;
    let group = page.groups.iter().find(|g| g.id == group)?;
    Some(group.name.to_string())
}

/// What is coming, soonest first.
pub(in crate::api) fn upcoming(
    page: &SchedulePage,
    off: &Holidays,
    zone: &TimeZone,
    most: usize,
) -> Vec<EventView> {
    const AHEAD: Duration = Duration::from_secs(400 * 24 * 3600);
    let mut events: Vec<(Timestamp, EventView)> = Vec::new();
    for standing in &page.schedules {
        let schedule = &standing.schedule;
        let all = schedule.occurrences(off, page.now, page.now + AHEAD);
        for occurrence in all.take(most) {
            let begin = occurrence.start.or(occurrence.stop);
            let end = occurrence.stop.or(occurrence.start);
            let (Some(begin), Some(end)) = (begin, end) else {
                continue;
            };
            let date = schedule.zone.date(begin);
            let event = EventView {
                schedule: schedule.id.to_string(),
                monday: monday(zone.date(begin)).to_string(),
                day: date.strftime("%A, %-d %B").to_string(),
                time: hours(schedule.kind(), &schedule.zone, begin, end),
                zone: (schedule.zone != *zone).then(|| schedule.zone.as_str().to_owned()),
                repeats: repeats(schedule),
                group: group_name(page, schedule).unwrap_or_else(|| "All users".to_owned()),
                notes: schedule.notes.clone(),
            };
            events.push((begin, event));
        }
    }
    events.sort_by_key(|(at, _)| *at);
    events
        .into_iter()
        .map(|(_, event)| event)
        .take(most)
        .collect()
}

/// “Every week on Monday and Wednesday until 29 January 2027”.
fn repeats(schedule: &Schedule) -> String {
    let until = match schedule.until {
        Some(until) => format!(" until {}", until.strftime("%-d %B %Y")),
        None => String::new(),
    };
    match schedule.recurrence {
        Recurrence::Once => "Once".to_owned(),
        Recurrence::Daily { interval } => match interval.get() {
            1 => format!("Every day{until}"),
            n => format!("Every {n} days{until}"),
        },
        Recurrence::Weekly { interval, days } => {
            let names: Vec<&str> = days.names().collect();
            let on = match names.split_last() {
                Some((last, [])) => (*last).to_owned(),
                Some((last, before)) => format!("{} and {last}", before.join(", ")),
                None => String::new(),
            };
            match interval.get() {
                1 => format!("Every week on {on}{until}"),
                n => format!("Every {n} weeks on {on}{until}"),
            }
        }
    }
}

fn form(page: &SchedulePage, asked: &Asked, zone: &TimeZone, today: Date) -> Option<EventForm> {
    if asked.event == "new" {
        let date = if asked.date.is_empty() {
            today.to_string()
        } else {
            asked.date.clone()
        };
        return Some(EventForm {
            kind: "standard".to_owned(),
            stop: later(&asked.start),
            start: asked.start.clone(),
            date,
            repeat: "once".to_owned(),
            interval: "1".to_owned(),
            zone: zone.as_str().to_owned(),
            prestart: "0".to_owned(),
            ..EventForm::default()
        });
    }
    let standing = page
        .schedules
        .iter()
        .find(|standing| standing.schedule.id.to_string() == asked.event)?;
    let schedule = &standing.schedule;
    let clock = |time: Option<Time>| {
        time.map_or_else(String::new, |time| time.strftime("%H:%M").to_string())
    };
    let (repeat, interval, days) = match schedule.recurrence {
        Recurrence::Once => ("once", 1, BTreeSet::new()),
        Recurrence::Daily { interval } => ("daily", interval.get(), BTreeSet::new()),
        Recurrence::Weekly { interval, days } => {
            let names = days.names().map(str::to_ascii_lowercase).collect();
            ("weekly", interval.get(), names)
        }
    };
    Some(EventForm {
        schedule: asked.event.clone(),
        kind: kind(schedule).to_owned(),
        date: schedule.first.to_string(),
        start: clock(schedule.start),
        stop: clock(schedule.stop),
        repeat: repeat.to_owned(),
        interval: interval.to_string(),
        days: days.into_iter().collect(),
        until: schedule
            .until
            .map_or_else(String::new, |date| date.to_string()),
        zone: schedule.zone.as_str().to_owned(),
        prestart: schedule.prestart_minutes.to_string(),
        group: schedule
            .group
            .map_or_else(String::new, |group| group.to_string()),
        notes: schedule.notes.clone(),
        losses: losses(page, schedule),
    })
}

/// An hour and a half after a time of day, as far as the day goes.
fn later(start: &str) -> String {
    let Some((hour, minute)) = start.split_once(':') else {
        return String::new();
    };
    let (Ok(hour), Ok(minute)) = (hour.parse::<u32>(), minute.parse::<u32>()) else {
        return String::new();
    };
    let end = (hour * 60 + minute + 90).min(23 * 60 + 59);
    format!("{:02}:{:02}", end / 60, end % 60)
}

/// What deleting a schedule ends.
fn losses(page: &SchedulePage, schedule: &Schedule) -> String {
    let off: Holidays = page
        .holidays
        .iter()
        .map(|row| row.version.value.date)
        .collect();
    match schedule.last() {
        None => "Its classes do not take place any more. What was free stays free.".to_owned(),
        Some(last) => {
            let end = schedule.zone.timestamp(add_days(last, 2).at(0, 0, 0, 0));
            let left = schedule.occurrences(&off, page.now, end).count();
            let left = u32::try_from(left).unwrap_or(u32::MAX);
            format!(
                "{} until {} do not take place. What was free stays free.",
                count(left, "more event", "more events"),
                last.strftime("%-d %B %Y")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(from: u32, to: u32) -> BlockView {
        BlockView {
            from,
            to,
            ..BlockView::default()
        }
    }

    #[test]
    fn what_overlaps_stands_side_by_side() {
        let mut blocks = vec![
            block(480, 600),
            block(540, 660),
            block(600, 700),
            block(720, 800),
        ];
        lay_out(&mut blocks);
        let lanes: Vec<_> = blocks.iter().map(|b| (b.lane, b.lanes)).collect();
        assert_eq!(lanes, vec![(0, 2), (1, 2), (0, 2), (0, 1)]);
    }

    #[test]
    fn a_week_begins_on_monday() {
        let date: Date = "2026-11-29".parse().unwrap();
        assert_eq!(monday(date).to_string(), "2026-11-23");
        assert_eq!(title(monday(date), date), "23–29 November 2026");
        assert_eq!(later("08:15"), "09:45");
        assert_eq!(later("23:30"), "23:59");
    }
}
