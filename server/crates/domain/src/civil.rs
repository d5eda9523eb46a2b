//! Dates and times of day as calendars and clocks on walls show them, without a time zone.

use jiff::SignedDuration;
pub use jiff::civil::{Date, DateTime, Time, Weekday};

use crate::Invalid;

/// The years that dates of this product lie in.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2999;

/// Parses a date as forms and the REST API write it: `2026-10-05`.
///
/// # Errors
/// When the calendar has no such date.
pub fn parse_date(field: &'static str, text: &str) -> Result<Date, Invalid> {
    let text = text.trim();
    let shaped = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    text.parse::<Date>()
        .ok()
        .filter(|date| shaped && YEARS.contains(&date.year()))
        .ok_or_else(|| {
            let shown = shown(text);
            Invalid::new(
                field,
                format!("There is no date {shown}; a date looks like 2026-10-05."),
            )
        })
}

/// Parses a time of day to the second: `09:30` or `09:30:00`.
///
/// # Errors
/// When no clock shows it.
pub fn parse_time(field: &'static str, text: &str) -> Result<Time, Invalid> {
    let text = text.trim();
    let shaped =
        matches!(text.len(), 5 | 8) && text.bytes().all(|b| b.is_ascii_digit() || b == b':');
    text.parse::<Time>()
        .ok()
        // A leap second would be read as the second before it.
        .filter(|_| shaped && !text.ends_with(":60"))
        .ok_or_else(|| {
            let shown = shown(text);
            Invalid::new(
                field,
                format!("There is no time of day {shown}; a time looks like 09:30."),
            )
        })
}

/// Parses a date with a time of day, as the REST API writes them: `2026-10-05T09:30:00`. Fractions
/// of a second are dropped, and so is an offset such as `Z` or `+02:00`: the time is a wall-clock
/// time in the schedule's zone.
///
/// # Errors
/// When the calendar or the clock has no such time.
pub fn parse_date_time(field: &'static str, text: &str) -> Result<DateTime, Invalid> {
    let text = text.trim();
    let split = text.split_once(['T', 't', ' ']);
    let Some((date, time)) = split.filter(|_| text.is_ascii()) else {
        let shown = shown(text);
        return Err(Invalid::new(
            field,
            format!("There is no time {shown}; one looks like 2026-10-05T09:30:00."),
        ));
    };
    let offset = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let clock = time[..offset]
        .split_once('.')
        .map_or(&time[..offset], |(whole, _)| whole);
    Ok(parse_date(field, date)?.to_datetime(parse_time(field, clock)?))
}

/// The number of the day, counted from 1970-01-01, which is 0.
pub(crate) fn day_number(date: Date) -> i64 {
    date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24
}

/// The date with this number; none outside the years -9999 to 9999.
pub(crate) fn day_of(number: i64) -> Option<Date> {
    let span = SignedDuration::from_hours(number.checked_mul(24)?);
    Date::constant(1970, 1, 1).checked_add(span).ok()
}

fn shown(text: &str) -> String {
    let start: String = text.chars().take(40).collect();
    format!("“{start}”")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_and_times_that_are_none_are_refused() {
        for text in [
            "",
            "2026-02-29",
            "2026-13-01",
            "26-01-01",
            "2026-1-1",
            "today",
            "9999-01-01",
        ] {
            assert!(parse_date("startAt", text).is_err(), "{text}");
        }
        for text in [
            "",
            "24:00",
            "9:30",
            "09:60",
            "09:30:60",
            "noon",
            "09:30:00.5",
        ] {
            assert!(parse_time("startAt", text).is_err(), "{text}");
        }
        for text in [
            "",
            "2026-10-05",
            "2026-10-05T25:00",
            "2026-02-30T09:00:00Z",
            "é",
        ] {
            assert!(parse_date_time("startAt", text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_offset_on_the_wire_is_ignored() {
        let expected = Date::constant(2026, 10, 5).at(9, 30, 0, 0);
        for text in [
            "2026-10-05T09:30:00",
            "2026-10-05T09:30:00Z",
            "2026-10-05T09:30:00.000+02:00",
            "2026-10-05 09:30",
        ] {
            assert_eq!(parse_date_time("startAt", text), Ok(expected), "{text}");
        }
    }

    proptest! {
        #[test]
        fn days_are_counted_without_gaps(number in -4_000_000_i64..2_900_000) {
            let date = day_of(number).unwrap();
            prop_assert_eq!(day_number(date), number);
            prop_assert_eq!(date.tomorrow().ok(), day_of(number + 1));
        }
    }
}
