//! On which dates something happens that happens again and again.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Invalid;
use crate::civil::{Date, Weekday, day_number, day_of};

/// How often a schedule comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recurrence {
    /// On its first date only.
    Once,
    /// Every so many days, beginning with the first date.
    Daily {
        /// Every how many days.
        interval: Interval,
    },
    /// On these days of every so many weeks, counted from the week of the first date. Weeks begin
    /// on Monday. Days of that week before the first date are past already.
    Weekly {
        /// Every how many weeks.
        interval: Interval,
        /// On which days.
        days: WeekDays,
    },
}

impl Recurrence {
    /// Parses the frequency as the REST API writes it, `Daily` or `Weekly`, or `Once`, where it would
    /// write none; `days` are the names of the days of a weekly one.
    ///
    /// # Errors
    /// When it is none of the three, or a weekly one without a day.
    pub fn parse<'a>(
        frequency: &str,
        interval: Interval,
        days: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Invalid> {
        match frequency {
            "Once" => Ok(Self::Once),
            "Daily" => Ok(Self::Daily { interval }),
            "Weekly" => Ok(Self::Weekly {
                interval,
                days: WeekDays::parse(days)?,
            }),
            _ => Err(Invalid::new(
                "frequency",
                "A schedule comes Once, Daily or Weekly.",
            )),
        }
    }

    /// The dates from `from` on of what begins with `first` and ends with `until`, both inclusive,
    /// in order. Finding the next one takes the same time wherever it is.
    pub fn dates(self, first: Date, until: Option<Date>, from: Date) -> Dates {
        Dates {
            recurrence: self,
            first: day_number(first),
            last: day_number(until.unwrap_or(Date::MAX)),
            next: day_number(from),
        }
    }

    /// The number of the first day on or after `day` on which what began on day `first` comes.
    fn on_or_after(self, first: i64, day: i64) -> Option<i64> {
        let day = day.max(first);
        match self {
            Self::Once => (day == first).then_some(first),
            Self::Daily { interval } => Some(first + round_up(day - first, interval.into())),
            Self::Weekly { interval, days } => {
                let week = (monday(day) - monday(first)) / 7;
                let due = round_up(week, interval.into());
                let rest_of_week = (due == week).then(|| days.on_or_after(day)).flatten();
                rest_of_week.or_else(|| {
                    let next = round_up(week + 1, interval.into());
                    days.on_or_after(monday(first) + next * 7)
                })
            }
        }
    }
}

/// Dates in order; made by [`Recurrence::dates`].
#[derive(Clone, Debug)]
pub struct Dates {
    recurrence: Recurrence,
    first: i64,
    last: i64,
    next: i64,
}

impl Iterator for Dates {
    type Item = Date;

    fn next(&mut self) -> Option<Date> {
        let day = self.recurrence.on_or_after(self.first, self.next)?;
        if day > self.last {
            return None;
        }
        self.next = day + 1;
        day_of(day)
    }
}

/// The smallest multiple of `step` that is not less than `number`.
fn round_up(number: i64, step: i64) -> i64 {
    (number + step - 1).div_euclid(step) * step
}

/// The number of the Monday of the week of the day with this number. Day 0 was a Thursday.
fn monday(day: i64) -> i64 {
    day - (day + 3).rem_euclid(7)
}

/// Every how many days or weeks something comes: 1 to 365.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Interval(u32);

impl Interval {
    /// Every day or every week.
    pub const ONE: Self = Self(1);

    /// Every `number` days or weeks.
    ///
    /// # Errors
    /// When it is not from 1 to 365.
    pub fn new(number: u32) -> Result<Self, Invalid> {
        if !(1..=365).contains(&number) {
            return Err(Invalid::new(
                "interval",
                format!("A schedule repeats every 1 to 365 days or weeks, not every {number}."),
            ));
        }
        Ok(Self(number))
    }

    /// Parses an interval as it was typed.
    ///
    /// # Errors
    /// When it is not a whole number from 1 to 365.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        text.trim()
            .parse()
            .map_err(|_| {
                Invalid::new(
                    "interval",
                    "How often a schedule repeats is a whole number from 1 to 365.",
                )
            })
            .and_then(Self::new)
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl From<Interval> for i64 {
    fn from(interval: Interval) -> Self {
        interval.0.into()
    }
}

impl From<Interval> for u32 {
    fn from(interval: Interval) -> Self {
        interval.0
    }
}

impl TryFrom<u32> for Interval {
    type Error = Invalid;

    fn try_from(number: u32) -> Result<Self, Invalid> {
        Self::new(number)
    }
}

/// One or more days of the week.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct WeekDays(u8);

/// The days in their order, with the names that the REST API has for them.
const NAMES: [(Weekday, &str); 7] = [
    (Weekday::Monday, "Monday"),
    (Weekday::Tuesday, "Tuesday"),
    (Weekday::Wednesday, "Wednesday"),
    (Weekday::Thursday, "Thursday"),
    (Weekday::Friday, "Friday"),
    (Weekday::Saturday, "Saturday"),
    (Weekday::Sunday, "Sunday"),
];

impl WeekDays {
    /// These days; each counts once.
    ///
    /// # Errors
    /// When there is none.
    pub fn new(days: impl IntoIterator<Item = Weekday>) -> Result<Self, Invalid> {
        let bits = days.into_iter().fold(0, |bits, day| bits | bit(day));
        if bits == 0 {
            return Err(Invalid::new(
                "weekDays",
                "Choose at least one day of the week.",
            ));
        }
        Ok(Self(bits))
    }

    /// Parses the English names of days, such as `Monday`, without regard to case.
    ///
    /// # Errors
    /// When there is none, or one that is not a day's name.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, Invalid> {
        let days = names.into_iter().map(|name| {
            let named = NAMES
                .iter()
                .find(|(_, n)| n.eq_ignore_ascii_case(name.trim()));
            named.map(|(day, _)| *day).ok_or_else(|| {
                let shown: String = name.chars().take(40).collect();
                Invalid::new(
                    "weekDays",
                    format!("“{shown}” is not a day of the week; one is Monday."),
                )
            })
        });
        Self::new(days.collect::<Result<Vec<_>, _>>()?)
    }

    /// Whether `day` is one of them.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & bit(day) != 0
    }

    /// The days, from Monday on.
    pub fn days(self) -> impl Iterator<Item = Weekday> {
        NAMES
            .into_iter()
            .map(|(day, _)| day)
            .filter(move |day| self.contains(*day))
    }

    /// The English names of the days, from Monday on.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES
            .into_iter()
            .filter(move |(day, _)| self.contains(*day))
            .map(|(_, name)| name)
    }

    /// The first of the days on or after the day with this number, in the same week.
    fn on_or_after(self, day: i64) -> Option<i64> {
        (day..monday(day) + 7).find(|day| self.0 & (1 << (day - monday(*day))) != 0)
    }
}

impl fmt::Debug for WeekDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

fn bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

#[cfg(test)]
#[path = "recurrence_tests.rs"]
mod tests;
