//! Class windows: the stretches of time in which running is free.

use std::time::Duration;

use crate::holiday::{Holiday, Holidays};
use crate::id::GroupId;
use crate::schedule::{Schedule, ScheduleKind};
use crate::time::Timestamp;
use crate::version::Version;

/// A stretch of class. Functions that take several want them as [`windows`] gives them: in order,
/// none touching another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// From this instant on …
    pub from: Timestamp,
    /// … until just before this one.
    pub to: Timestamp,
}

/// When users of `group` have class between `from` and `to`: every stretch once, in order, those
/// that touch joined.
///
/// Each instant is judged by what was in force then: a schedule counts while its version holds, and
/// a holiday takes a day away while its version does. So editing or deleting either leaves every
/// instant before the edit as it was, also in the middle of a class.
pub fn windows(
    schedules: &[Version<Schedule>],
    holidays: &[Version<Holiday>],
    group: Option<GroupId>,
    from: Timestamp,
    to: Timestamp,
) -> Vec<Window> {
    let mut found = Vec::new();
    for version in schedules {
        let schedule = &version.value;
        if schedule.kind() != ScheduleKind::Standard || !schedule.applies_to(group) {
            continue;
        }
        let from = from.max(version.from);
        let to = version.to.map_or(to, |ended| to.min(ended));
        for occurrence in schedule.occurrences(Holidays::NONE, from, to) {
            let (Some(start), Some(stop)) = (occurrence.start, occurrence.stop) else {
                continue;
            };
            let class = Window {
                from: start.max(from),
                to: stop.min(to),
            };
            let free = holidays
                .iter()
                .filter(|holiday| holiday.value.date == occurrence.date);
            subtract(class, free, &mut found);
        }
    }
    join(found)
}

/// Whether a class window is open at `at`.
pub fn is_open(windows: &[Window], at: Timestamp) -> bool {
    open_at(windows, at).is_some()
}

/// The window that is open at `at`.
pub fn open_at(windows: &[Window], at: Timestamp) -> Option<Window> {
    let next = windows[first_after(windows, at)..].first()?;
    (next.from <= at).then_some(*next)
}

/// How much of the time between `from` and `to` is class.
pub fn overlap(windows: &[Window], from: Timestamp, to: Timestamp) -> Duration {
    within(windows, from, to)
        .map(|window| window.to.since(window.from))
        .sum()
}

/// The windows between `from` and `to`, cut to fit.
pub(crate) fn within(
    windows: &[Window],
    from: Timestamp,
    to: Timestamp,
) -> impl Iterator<Item = Window> {
    windows[first_after(windows, from)..]
        .iter()
        .take_while(move |window| window.from < to)
        .map(move |window| Window {
            from: window.from.max(from),
            to: window.to.min(to),
        })
}

/// The index of the first window that ends after `at`.
fn first_after(windows: &[Window], at: Timestamp) -> usize {
    windows.partition_point(|window| window.to <= at)
}

/// What is left of `class` without the stretches in which one of `holidays` was in force.
fn subtract<'a>(
    class: Window,
    holidays: impl Iterator<Item = &'a Version<Holiday>>,
    left: &mut Vec<Window>,
) {
    let mut off: Vec<Window> = holidays
        .map(|holiday| Window {
            from: holiday.from,
            to: holiday.to.unwrap_or(class.to),
        })
        .collect();
    off.sort_by_key(|window| window.from);
    let mut from = class.from;
    for off in off {
        left.push(Window {
            from,
            to: off.from.min(class.to),
        });
        from = from.max(off.to);
    }
    left.push(Window { from, to: class.to });
}

/// The windows in order, empty ones left out, overlapping and touching ones joined.
fn join(mut windows: Vec<Window>) -> Vec<Window> {
    windows.retain(|window| window.from < window.to);
    windows.sort_by_key(|window| window.from);
    let mut joined: Vec<Window> = Vec::with_capacity(windows.len());
    for window in windows {
        match joined.last_mut() {
            Some(last) if window.from <= last.to => last.to = last.to.max(window.to),
            _ => joined.push(window),
        }
    }
    joined
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
