//! Small things that several test files make.

use crate::civil::{Date, Time, Weekday};
use crate::id::{LabId, MachineId, PersonId, ResetId, RunId, ScheduleId, UserId};
use crate::machine::MachineKind;
use crate::meter::{Reset, Run, StartCause};
use crate::recurrence::{Interval, Recurrence, WeekDays};
use crate::schedule::{Draft, Schedule, Times};
use crate::time::Timestamp;
use crate::window::Window;
use crate::zone::TimeZone;
use jiff::civil::DateTime;
use proptest::prelude::*;
use std::time::Duration;
use uuid::Uuid;

pub fn zone(name: &str) -> TimeZone {
    TimeZone::parse(name).unwrap()
}

pub fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn time(text: &str) -> Time {
    text.parse().unwrap()
}

pub fn local(text: &str) -> DateTime {
    text.parse().unwrap()
}

pub fn utc(text: &str) -> Timestamp {
    TimeZone::utc().timestamp(local(text))
}

/// The instant so many seconds after the beginning of 1970.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

pub fn minutes(number: u64) -> Duration {
    Duration::from_secs(number * 60)
}

pub fn draft(first: &str, start: Option<&str>, stop: Option<&str>) -> Draft {
    Draft {
        id: ScheduleId::new(Uuid::from_u128(1)),
        lab: LabId::new(Uuid::from_u128(2)),
        group: None,
        times: Times {
            first: date(first),
            start: start.map(time),
            stop: stop.map(time),
        },
        recurrence: Recurrence::Once,
        until: None,
        zone: TimeZone::utc(),
        prestart_minutes: 0,
        notes: String::new(),
    }
}

pub fn schedule(first: &str, start: &str, stop: &str, recurrence: Recurrence) -> Schedule {
    Draft {
        recurrence,
        ..draft(first, Some(start), Some(stop))
    }
    .check()
    .unwrap()
}

pub fn daily(interval: u32) -> Recurrence {
    Recurrence::Daily {
        interval: Interval::new(interval).unwrap(),
    }
}

pub fn weekly(interval: u32, days: &[Weekday]) -> Recurrence {
    Recurrence::Weekly {
        interval: Interval::new(interval).unwrap(),
        days: WeekDays::new(days.iter().copied()).unwrap(),
    }
}

/// A run of Max's machine, in seconds.
pub fn run(cause: StartCause, started: i64, stopped: Option<i64>) -> Run {
    Run {
        id: RunId::new(Uuid::from_u128(3)),
        machine: MachineId::new(Uuid::from_u128(4)),
        kind: MachineKind::User,
        user: Some(UserId::new(Uuid::from_u128(5))),
        started_at: at(started),
        stopped_at: stopped.map(at),
        cause,
        by: None,
        stop_reason: None,
        stop_minutes: None,
    }
}

pub fn reset(seconds: i64) -> Reset {
    Reset {
        id: ResetId::new(Uuid::from_u128(6)),
        at: at(seconds),
        made_at: at(seconds),
        by: PersonId::new(Uuid::from_u128(7)),
        undone: None,
    }
}

pub fn window(from: i64, to: i64) -> Window {
    Window {
        from: at(from),
        to: at(to),
    }
}

/// Windows in order, none touching another, within the first `seconds` of 1970.
pub fn any_windows(seconds: i64) -> impl Strategy<Value = Vec<Window>> {
    prop::collection::btree_set(0..seconds, 0..12).prop_map(|edges| {
        let edges: Vec<i64> = edges.into_iter().collect();
        edges
            .chunks_exact(2)
            .map(|pair| window(pair[0], pair[1]))
            .collect()
    })
}

pub fn any_days() -> impl Strategy<Value = WeekDays> {
    let days = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];
    prop::sample::subsequence(days.to_vec(), 1..=7).prop_map(|days| WeekDays::new(days).unwrap())
}

pub fn any_recurrence() -> impl Strategy<Value = Recurrence> {
    // Small intervals as often as any others: they come again and again.
    let interval = prop_oneof![1_u32..=4, 1_u32..=365];
    (interval, any_days(), 0..8).prop_map(|(interval, days, kind)| {
        let interval = Interval::new(interval).unwrap();
        match kind {
            0 => Recurrence::Once,
            1..=3 => Recurrence::Daily { interval },
            _ => Recurrence::Weekly { interval, days },
        }
    })
}

pub fn any_date() -> impl Strategy<Value = Date> {
    (0_i64..30_000).prop_map(|day| crate::civil::day_of(day).unwrap())
}
