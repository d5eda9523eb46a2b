//! Class windows, and that history stays what it was.

use std::ops::Range;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::civil::Weekday;
use crate::fixtures::{any_days, at, daily, date, schedule, utc, weekly, window};
use crate::id::ScheduleId;
use crate::recurrence::{Interval, Recurrence};

fn always<T>(value: T) -> Version<T> {
    Version::since(at(0), value)
}

fn holiday(text: &str) -> Holiday {
    Holiday::new(date(text), "").unwrap()
}

fn week(schedules: &[Version<Schedule>], holidays: &[Version<Holiday>]) -> Vec<Window> {
    let (from, to) = (utc("2026-10-05T00:00"), utc("2026-10-12T00:00"));
    windows(schedules, holidays, None, from, to)
}

fn hours(day: &str, hours: Range<&str>) -> Window {
    Window {
        from: utc(&format!("{day}T{}", hours.start)),
        to: utc(&format!("{day}T{}", hours.end)),
    }
}

#[test]
fn overlapping_and_touching_classes_are_one_window() {
    let mondays = weekly(1, &[Weekday::Monday]);
    let lecture = always(schedule("2026-10-05", "09:00", "11:00", mondays));
    let exercise = always(schedule("2026-10-05", "11:00", "12:00", mondays));
    let exam = always(schedule("2026-10-05", "10:00", "10:30", Recurrence::Once));
    assert_eq!(
        week(&[exam, exercise, lecture], &[]),
        [hours("2026-10-05", "09:00".."12:00")]
    );
}

#[test]
fn deleting_a_schedule_in_the_middle_of_class_leaves_what_was() {
    let class = always(schedule("2026-10-05", "09:00", "11:00", daily(1)));
    let deleted = class.ended(utc("2026-10-06T10:00"));
    assert_eq!(
        week(&[deleted], &[]),
        [
            hours("2026-10-05", "09:00".."11:00"),
            hours("2026-10-06", "09:00".."10:00")
        ]
    );
}

#[test]
fn a_schedule_for_yesterday_does_not_make_yesterday_free() {
    let made = utc("2026-10-06T10:00");
    let late = Version::since(made, schedule("2026-10-05", "09:00", "11:00", daily(5)));
    assert_eq!(week(&[late], &[]), [hours("2026-10-10", "09:00".."11:00")]);
}

#[test]
fn a_holiday_told_in_class_ends_it_and_taken_back_opens_it_again() {
    let class = || always(schedule("2026-10-05", "09:00", "11:00", Recurrence::Once));
    assert_eq!(week(&[class()], &[always(holiday("2026-10-05"))]), []);
    let told = Version::since(utc("2026-10-05T09:30"), holiday("2026-10-05"));
    assert_eq!(
        week(&[class()], std::slice::from_ref(&told)),
        [hours("2026-10-05", "09:00".."09:30")]
    );
    let taken_back = told.ended(utc("2026-10-05T10:00"));
    assert_eq!(
        week(&[class()], &[taken_back]),
        [
            hours("2026-10-05", "09:00".."09:30"),
            hours("2026-10-05", "10:00".."11:00")
        ]
    );
}

#[test]
fn groups_have_their_own_classes() {
    let group = GroupId::new(Uuid::from_u128(9));
    let everyones = always(schedule("2026-10-05", "09:00", "10:00", Recurrence::Once));
    let mut theirs = always(schedule("2026-10-06", "09:00", "10:00", Recurrence::Once));
    theirs.value.group = Some(group);
    let both = [everyones, theirs];
    let (from, to) = (utc("2026-10-05T00:00"), utc("2026-10-12T00:00"));
    assert_eq!(windows(&both, &[], None, from, to).len(), 1);
    assert_eq!(windows(&both, &[], Some(group), from, to).len(), 2);
}

#[test]
fn a_window_is_open_from_its_beginning_to_just_before_its_end() {
    let all = [window(10, 20), window(30, 40)];
    for (second, open) in [
        (9, false),
        (10, true),
        (19, true),
        (20, false),
        (30, true),
        (40, false),
    ] {
        assert_eq!(is_open(&all, at(second)), open, "{second}");
    }
    assert_eq!(overlap(&all, at(15), at(35)), Duration::from_secs(10));
    assert_eq!(overlap(&all, at(35), at(15)), Duration::ZERO);
}

/// Hours within four weeks of 1970, and versions that come and go in them.
const HOURS: i64 = 4 * 7 * 24;

fn version<T: std::fmt::Debug>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Version<T>> {
    (value, 0..HOURS, prop::option::of(0..HOURS)).prop_map(|(value, from, length)| Version {
        value,
        from: at(from * 3600),
        to: length.map(|length| at((from + length) * 3600)),
    })
}

fn any_class() -> impl Strategy<Value = Schedule> {
    (any_days(), 1_u32..3, 0_i8..24, 1_i8..24, 1_i64..28).prop_map(
        |(days, interval, start, length, first)| {
            let interval = Interval::new(interval).unwrap();
            let hour = |hour: i8| format!("{:02}:00", hour % 24);
            let mut class = schedule(
                "1970-01-01",
                &hour(start),
                &hour(start + length),
                Recurrence::Weekly { interval, days },
            );
            class.first = crate::civil::day_of(first).unwrap();
            class.id = ScheduleId::new(Uuid::from_u128(1));
            class
        },
    )
}

fn any_holiday() -> impl Strategy<Value = Holiday> {
    (0_i64..28).prop_map(|day| Holiday::new(crate::civil::day_of(day).unwrap(), "").unwrap())
}

type History = (Vec<Version<Schedule>>, Vec<Version<Holiday>>);

fn any_history() -> impl Strategy<Value = History> {
    (
        prop::collection::vec(version(any_class()), 0..4),
        prop::collection::vec(version(any_holiday()), 0..4),
    )
}

/// Whether there is class, told by what was in force at that instant alone.
fn is_class((schedules, holidays): &History, now: Timestamp) -> bool {
    let off = Holidays::at(holidays, now);
    crate::version::in_force(schedules, now).any(|schedule| {
        let mut touching = schedule.occurrences(&off, now, now + Duration::from_micros(1));
        touching.any(|o| o.start.is_some_and(|s| s <= now) && o.stop.is_some_and(|s| now < s))
    })
}

proptest! {
    #[test]
    fn every_instant_is_judged_by_what_was_in_force(history in any_history()) {
        let found = windows(&history.0, &history.1, None, at(0), at(HOURS * 3600));
        for pair in found.windows(2) {
            prop_assert!(pair[0].to < pair[1].from);
        }
        for hour in 0..HOURS {
            prop_assert_eq!(is_open(&found, at(hour * 3600)), is_class(&history, at(hour * 3600)), "hour {}", hour);
        }
    }

    /// Whatever is edited, deleted or added at an instant, windows before it stay.
    #[test]
    fn edits_never_change_the_past(
        history in any_history(),
        added in any_history(),
        hour in 0..HOURS,
        keep in any::<u8>(),
    ) {
        let now = at(hour * 3600);
        let before = windows(&history.0, &history.1, None, at(0), now);
        let (mut schedules, mut holidays) = history;
        for (i, version) in schedules.iter_mut().enumerate().filter(|(_, v)| v.from <= now) {
            if keep & (1 << i) == 0 {
                *version = version.clone().ended(now);
            }
        }
        for (i, version) in holidays.iter_mut().enumerate().filter(|(_, v)| v.from <= now) {
            if keep & (16 << i) == 0 {
                *version = version.clone().ended(now);
            }
        }
        let late = |from: Timestamp| from.max(now);
        schedules.extend(added.0.into_iter().map(|v| Version { from: late(v.from), ..v }));
        holidays.extend(added.1.into_iter().map(|v| Version { from: late(v.from), ..v }));
        prop_assert_eq!(windows(&schedules, &holidays, None, at(0), now), before);
    }

    #[test]
    fn a_longer_look_sees_the_same(history in any_history(), cut in 0..HOURS) {
        let (cut, end) = (at(cut * 3600), at(HOURS * 3600));
        let whole = windows(&history.0, &history.1, None, at(0), end);
        let parts: Duration = [(at(0), cut), (cut, end)]
            .into_iter()
            .flat_map(|(from, to)| windows(&history.0, &history.1, None, from, to))
            .map(|window| window.to.since(window.from))
            .sum();
        prop_assert_eq!(overlap(&whole, at(0), end), parts);
    }
}
