//! Small things that several test files make.

use crate::civil::{Date, Weekday};
use crate::recurrence::{Interval, Recurrence, WeekDays};
use proptest::prelude::*;

pub fn date(text: &str) -> Date {
    text.parse().unwrap()
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
