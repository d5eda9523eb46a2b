//! Schedules as educators put them down, and what comes of them.

use proptest::prelude::*;

use super::*;
use crate::civil::Weekday;
use crate::fixtures::{
    any_date, any_recurrence, daily, date, draft, local, schedule, utc, weekly, zone,
};
use crate::id::GroupId;

#[test]
fn a_stop_earlier_in_the_day_is_on_the_next() {
    let night = schedule("2026-10-05", "22:00", "01:30", Recurrence::Once);
    let (from, to) = (utc("2026-10-01T00:00"), utc("2026-11-01T00:00"));
    let all: Vec<_> = night.occurrences(Holidays::NONE, from, to).collect();
    assert_eq!(
        all,
        [Occurrence {
            date: date("2026-10-05"),
            boot: Some(utc("2026-10-05T22:00")),
            start: Some(utc("2026-10-05T22:00")),
            stop: Some(utc("2026-10-06T01:30")),
        }]
    );
    // It is seen from the small hours, too.
    let small_hours = utc("2026-10-06T01:00");
    assert_eq!(
        night.occurrences(Holidays::NONE, small_hours, to).count(),
        1
    );
}

#[test]
fn a_stretch_does_not_take_in_what_begins_at_its_end() {
    let class = schedule("2026-10-05", "09:00", "11:00", Recurrence::Once);
    let count = |from, to| {
        class
            .occurrences(Holidays::NONE, utc(from), utc(to))
            .count()
    };
    assert_eq!(count("2026-10-05T00:00", "2026-10-05T09:00"), 0);
    assert_eq!(count("2026-10-05T00:00", "2026-10-05T09:00:01"), 1);
    assert_eq!(count("2026-10-05T11:00", "2026-10-06T00:00"), 1);
    assert_eq!(count("2026-10-05T11:00:01", "2026-10-06T00:00"), 0);
}

/// Samoa went from the 29th to the 31st; the stop on the day between was at midnight.
#[test]
fn a_night_may_take_in_a_day_that_never_was() {
    let night = Draft {
        zone: zone("Pacific/Apia"),
        ..draft("2011-12-29", Some("22:00"), Some("01:00"))
    }
    .check()
    .unwrap();
    let midnight = utc("2011-12-30T10:00");
    let all = night.occurrences(Holidays::NONE, midnight, midnight + Duration::from_secs(1));
    assert_eq!(all.map(|o| o.stop).collect::<Vec<_>>(), [Some(midnight)]);
}

#[test]
fn class_stays_at_its_hour_when_clocks_change() {
    let mondays = Draft {
        recurrence: weekly(1, &[Weekday::Monday]),
        zone: zone("Europe/Vienna"),
        prestart_minutes: 10,
        ..draft("2026-10-05", Some("09:00"), Some("11:00"))
    }
    .check()
    .unwrap();
    let next = |after| mondays.next_start(Holidays::NONE, utc(after)).unwrap();
    assert_eq!(next("2026-10-18T00:00"), utc("2026-10-19T07:00"));
    assert_eq!(next("2026-10-19T07:00"), utc("2026-10-26T08:00"));
    assert_eq!(
        mondays.next_boot(Holidays::NONE, utc("2026-10-19T07:00")),
        Some(utc("2026-10-26T07:50"))
    );
    assert_eq!(
        mondays.next_stop(Holidays::NONE, utc("2026-10-26T08:00")),
        Some(utc("2026-10-26T10:00"))
    );
}

#[test]
fn nothing_happens_on_a_holiday() {
    let days = schedule("2026-12-23", "20:00", "02:00", daily(1));
    let holidays: Holidays = [date("2026-12-24"), date("2026-12-25")]
        .into_iter()
        .collect();
    let after = utc("2026-12-23T20:00");
    assert_eq!(
        days.next_start(&holidays, after),
        Some(utc("2026-12-26T20:00"))
    );
    // The night into the holiday belongs to the day before.
    assert_eq!(
        days.next_stop(&holidays, after),
        Some(utc("2026-12-24T02:00"))
    );
}

#[test]
fn a_schedule_of_one_kind_has_no_other_times() {
    let stop = draft("2026-10-05", None, Some("18:00")).check().unwrap();
    assert_eq!(stop.kind(), ScheduleKind::StopOnly);
    assert_eq!(
        stop.next_start(Holidays::NONE, utc("2026-10-01T00:00")),
        None
    );
    assert_eq!(stop.wire_times(), (None, local("2026-10-05T18:00")));
    let start = draft("2026-10-05", Some("08:00"), None).check().unwrap();
    assert_eq!(start.kind(), ScheduleKind::StartOnly);
    assert_eq!(
        start.next_stop(Holidays::NONE, utc("2026-10-01T00:00")),
        None
    );
    let eight = local("2026-10-05T08:00");
    assert_eq!(start.wire_times(), (Some(eight), eight));
    let night = schedule("2026-10-05", "22:00", "01:30", Recurrence::Once);
    let shown = (Some(local("2026-10-05T22:00")), local("2026-10-06T01:30"));
    assert_eq!(night.wire_times(), shown);
}

#[test]
fn a_group_has_schedules_of_its_own() {
    let group = |n| GroupId::new(uuid::Uuid::from_u128(n));
    let everyones = schedule("2026-10-05", "09:00", "11:00", Recurrence::Once);
    let theirs = Schedule {
        group: Some(group(1)),
        ..everyones.clone()
    };
    assert!(everyones.applies_to(None) && everyones.applies_to(Some(group(1))));
    assert!(theirs.applies_to(Some(group(1))));
    assert!(!theirs.applies_to(None) && !theirs.applies_to(Some(group(2))));
}

#[test]
fn the_far_future_is_as_near_as_tomorrow() {
    let rare = schedule(
        "1970-01-01",
        "09:00",
        "10:00",
        weekly(365, &[Weekday::Friday]),
    );
    let ends = Timestamp::from_micros(i64::MAX);
    assert!(
        rare.next_start(Holidays::NONE, utc("2990-01-01T00:00"))
            .is_some()
    );
    assert_eq!(rare.next_start(Holidays::NONE, ends), None);
    let always = schedule("1970-01-01", "09:00", "10:00", daily(1));
    assert_eq!(always.occurrences(Holidays::NONE, ends, ends).count(), 0);
    let last_year = utc("9999-01-01T00:00");
    assert!(always.occurrences(Holidays::NONE, last_year, ends).count() >= 364);
}

fn any_schedule() -> impl Strategy<Value = Schedule> {
    let second = || prop::option::weighted(0.8, 0_i8..48);
    (
        any_date(),
        second(),
        second(),
        any_recurrence(),
        prop::sample::select(crate::zone::TimeZone::names()),
        0_i64..400,
    )
        .prop_filter_map(
            "no schedule",
            |(first, start, stop, recurrence, name, days)| {
                let of_day = |half: i8| Time::constant(half / 2, half % 2 * 30, 0, 0);
                Draft {
                    times: Times {
                        first,
                        start: start.map(of_day),
                        stop: stop.map(of_day),
                    },
                    recurrence,
                    until: crate::civil::day_of(crate::civil::day_number(first) + days),
                    zone: zone(&name),
                    ..draft("1970-01-01", None, None)
                }
                .check()
                .ok()
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_comes_in_a_stretch_is_what_touches_it(
        schedule in any_schedule(),
        off in prop::collection::vec(0_i64..400, 0..5),
        from in -50_i64..10_000,
        hours in 0_i64..2000,
    ) {
        let day = |n| crate::civil::day_of(crate::civil::day_number(schedule.first) + n).unwrap();
        let holidays: Holidays = off.into_iter().map(day).collect();
        let midnight = schedule.zone.timestamp(schedule.first.at(0, 0, 0, 0)).micros();
        let from = Timestamp::from_micros(midnight + from * 3_600_000_000);
        let to = Timestamp::from_micros(from.micros() + hours * 3_600_000_000);
        let walked: Vec<Occurrence> = schedule
            .recurrence
            .dates(schedule.first, schedule.until, schedule.first)
            .filter(|date| !holidays.contains(*date))
            .map(|date| schedule.on(date))
            .filter(|o| o.start.or(o.stop).unwrap() < to && o.stop.or(o.start).unwrap() >= from)
            .collect();
        let found: Vec<Occurrence> = schedule.occurrences(&holidays, from, to).collect();
        prop_assert_eq!(&found, &walked);
        for occurrence in &found {
            prop_assert!(occurrence.stop.is_none() || occurrence.start <= occurrence.stop);
        }
    }

    #[test]
    fn the_next_time_is_the_first_after(schedule in any_schedule(), hours in -50_i64..10_000) {
        let midnight = schedule.zone.timestamp(schedule.first.at(0, 0, 0, 0)).micros();
        let after = Timestamp::from_micros(midnight + hours * 3_600_000_000);
        let all: Vec<Occurrence> = schedule
            .recurrence
            .dates(schedule.first, schedule.until, schedule.first)
            .map(|date| schedule.on(date))
            .collect();
        let first = |instant: fn(&Occurrence) -> Option<Timestamp>| {
            all.iter().filter_map(instant).find(|at| *at > after)
        };
        prop_assert_eq!(schedule.next_start(Holidays::NONE, after), first(|o| o.start));
        prop_assert_eq!(schedule.next_stop(Holidays::NONE, after), first(|o| o.stop));
        prop_assert_eq!(schedule.next_boot(Holidays::NONE, after), first(|o| o.boot));
    }

    #[test]
    fn what_the_wire_shows_is_read_again(schedule in any_schedule()) {
        let (start, stop) = schedule.wire_times();
        let times = Times::between(start, Some(stop)).unwrap();
        prop_assert_eq!(
            (times.first, times.start, times.stop),
            (schedule.first, schedule.start, schedule.stop)
        );
    }
}
