//! Recurring dates against an independent reading of them, the rules of RFC 5545.

use std::ops::Range;
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rrule::RRuleSet;

use super::*;
use crate::civil::Time;
use crate::fixtures::{any_date, any_recurrence, daily, date, weekly};
use crate::zone::TimeZone;

fn dates(recurrence: Recurrence, first: &str, until: &str, from: &str) -> Vec<String> {
    recurrence
        .dates(date(first), Some(date(until)), date(from))
        .map(|date| date.to_string())
        .collect()
}

#[test]
fn weeks_are_counted_from_the_week_of_the_first_date() {
    // A Wednesday; the Monday of its week is past, and the next that counts is twelve days later.
    let every_other = weekly(2, &[Weekday::Monday, Weekday::Friday]);
    assert_eq!(
        dates(every_other, "2026-10-07", "2026-10-31", "2026-01-01"),
        ["2026-10-09", "2026-10-19", "2026-10-23"]
    );
    // A Sunday belongs to the week that ends with it.
    let sundays = weekly(2, &[Weekday::Sunday, Weekday::Monday]);
    assert_eq!(
        dates(sundays, "2026-10-04", "2026-10-31", "2026-10-04"),
        ["2026-10-04", "2026-10-12", "2026-10-18", "2026-10-26"]
    );
}

#[test]
fn days_are_counted_from_the_first_date() {
    assert_eq!(
        dates(daily(365), "2024-02-29", "2027-02-28", "2025-02-28"),
        ["2025-02-28", "2026-02-28", "2027-02-28"]
    );
    assert_eq!(
        dates(Recurrence::Once, "2026-10-05", "2026-12-31", "2026-10-05").len(),
        1
    );
    assert_eq!(
        dates(Recurrence::Once, "2026-10-05", "2026-12-31", "2026-10-06").len(),
        0
    );
}

#[test]
fn numbers_and_days_that_are_none_are_refused() {
    for text in ["", "0", "366", "-1", "1.5", "two"] {
        assert!(Interval::parse(text).is_err(), "{text}");
    }
    assert!(Recurrence::parse("Monthly", Interval::ONE, []).is_err());
    assert!(Recurrence::parse("Weekly", Interval::ONE, []).is_err());
    assert_eq!(
        Recurrence::parse("Weekly", Interval::ONE, ["Monday"]),
        Ok(weekly(1, &[Weekday::Monday]))
    );
    assert_eq!(Recurrence::parse("Daily", Interval::ONE, []), Ok(daily(1)));
    assert!(WeekDays::parse([]).is_err());
    assert!(WeekDays::parse(["Monday", "Someday"]).is_err());
    let days = WeekDays::parse(["friday", "Monday", "Friday"]).unwrap();
    assert_eq!(days.names().collect::<Vec<_>>(), ["Monday", "Friday"]);
}

/// First days of patterns that end before 2024: the oracle's database is older than ours, and zones
/// change their minds about the future.
const PAST: Range<i64> = 0..18_000;

const HOUR: Duration = Duration::from_secs(3600);

/// A pattern as this crate and as the oracle have it.
#[derive(Clone, Debug)]
struct Pattern {
    recurrence: Recurrence,
    first: Date,
    days: i64,
    time: Time,
}

fn any_pattern(firsts: Range<i64>) -> impl Strategy<Value = Pattern> {
    // Clocks change at night; most times are to be near.
    let hour = prop_oneof![3 => 0_i8..4, 1 => 0_i8..24];
    (any_recurrence(), firsts, 0_i64..1500, hour, 0_i8..60).prop_map(
        |(recurrence, first, days, hour, minute)| Pattern {
            recurrence,
            first: day_of(first).unwrap(),
            days,
            time: Time::constant(hour, minute, 0, 0),
        },
    )
}

impl Pattern {
    fn until(&self) -> Date {
        day_of(day_number(self.first) + self.days).unwrap()
    }

    /// Whether clocks show the time on this date, and just once.
    fn is_plain(&self, zone: &TimeZone, date: Date) -> bool {
        let local = date.to_datetime(self.time);
        let at = zone.timestamp(local);
        let again = |minutes: u64| zone.local(at + Duration::from_secs(60 * minutes)) == local;
        zone.local(at) == local && ![20, 30, 60, 90, 120, 180, 1440].into_iter().any(again)
    }

    /// The same in the words of RFC 5545. The end is an instant there: a little after the last time,
    /// should the two databases not agree on it.
    fn oracle(&self, zone: &TimeZone) -> Option<RRuleSet> {
        let stamp = |date: Date, time: Time| {
            let text = date.to_datetime(time).to_string();
            text.replace(['-', ':'], "")
        };
        let rule = match self.recurrence {
            Recurrence::Once => "FREQ=DAILY;COUNT=1".to_owned(),
            Recurrence::Daily { interval } => format!("FREQ=DAILY;INTERVAL={}", interval.get()),
            Recurrence::Weekly { interval, days } => {
                let days: Vec<String> = days.names().map(|n| n[..2].to_uppercase()).collect();
                format!(
                    "FREQ=WEEKLY;WKST=MO;INTERVAL={};BYDAY={}",
                    interval.get(),
                    days.join(",")
                )
            }
        };
        let end = match self.recurrence {
            Recurrence::Once => String::new(),
            _ => {
                let last = zone.timestamp(self.until().to_datetime(self.time)) + HOUR * 3;
                let last = TimeZone::utc().local(last);
                format!(";UNTIL={}Z", stamp(last.date(), last.time()))
            }
        };
        let start = stamp(self.first, self.time);
        format!("DTSTART;TZID={zone}:{start}\nRRULE:{rule}{end}")
            .parse()
            .ok()
    }

    /// Compares the dates on which clocks show the time just once: in UTC, all of them. The oracle
    /// moves or drops some of the others; what this crate makes of them is for the tests of `zone` to
    /// say.
    fn check(&self, zone: &TimeZone) -> Result<usize, TestCaseError> {
        let Some(oracle) = self.oracle(zone) else {
            return Ok(0);
        };
        if !self.is_plain(zone, self.until()) {
            return Ok(0);
        }
        let plain = |date: &Date| self.is_plain(zone, *date);
        let theirs: Vec<Date> = oracle
            .all(2000)
            .dates
            .iter()
            .map(|at| date(&at.date_naive().to_string()))
            .filter(plain)
            .collect();
        let until = Some(self.until());
        let ours: Vec<Date> = self
            .recurrence
            .dates(self.first, until, self.first)
            .filter(plain)
            .collect();
        prop_assert_eq!(&ours, &theirs, "{} {:?}", zone, self);
        Ok(ours.len())
    }
}

#[test]
fn dates_are_those_of_the_oracle_in_every_zone() {
    let mut runner = TestRunner::deterministic();
    let (mut zones, mut compared) = (0, 0);
    for name in TimeZone::names() {
        let zone = TimeZone::parse(name).unwrap();
        let mut here = 0;
        for _ in 0..6 {
            let pattern = any_pattern(PAST).new_tree(&mut runner).unwrap().current();
            here += pattern.check(&zone).unwrap();
        }
        zones += usize::from(here > 0);
        compared += here;
    }
    // The oracle does not know the very newest names.
    assert!(zones > TimeZone::names().len() - 20, "{zones} zones");
    assert!(compared > 100_000, "{compared} dates");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn dates_are_those_of_the_oracle(pattern in any_pattern(0..30_000)) {
        pattern.check(&TimeZone::utc())?;
    }

    #[test]
    fn jumping_ahead_leaves_out_nothing(
        recurrence in any_recurrence(),
        first in any_date(),
        ahead in -100_i64..5000,
        length in 0_i64..3000,
    ) {
        let until = day_of(day_number(first) + length);
        let from = day_of(day_number(first) + ahead).unwrap();
        let walked: Vec<Date> =
            recurrence.dates(first, until, first).filter(|date| *date >= from).collect();
        let jumped: Vec<Date> = recurrence.dates(first, until, from).collect();
        prop_assert_eq!(jumped, walked);
    }
}
