//! Lengths of time as the REST API writes them: ISO 8601, such as `PT1H30M`.

use std::time::Duration;

/// Parses a length to the second, in days, hours, minutes and seconds: `PT10H`, `P1DT2H`, `-PT5H`.
/// Fractions of a second are accepted when they are zero. `None`, when it is no such length.
pub(crate) fn parse_iso(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let rest = rest.strip_prefix('P')?;
    let (days, time) = match rest.split_once('T') {
        Some((days, time)) if !time.is_empty() => (days, time),
        Some(_) => return None,
        None => (rest, ""),
    };
    if days.is_empty() && time.is_empty() {
        return None;
    }
    let days = parts(days, &[('D', 86_400)])?;
    let time = parts(time, &[('H', 3600), ('M', 60), ('S', 1)])?;
    Some(sign * days.checked_add(time)?)
}

/// Adds up numbers with units, which come in this order and at most once each.
fn parts(mut text: &str, mut units: &[(char, i64)]) -> Option<i64> {
    let mut total = 0_i64;
    while !text.is_empty() {
        let end = text.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, unit) = (&text[..end], text[end..].chars().next()?);
        text = &text[end + 1..];
        let place = units.iter().position(|(u, _)| *u == unit)?;
        let size = units[place].1;
        units = &units[place + 1..];
        let whole = match number.split_once('.') {
            Some((whole, zeros)) if unit == 'S' && zeros.bytes().all(|b| b == b'0') => whole,
            Some(_) => return None,
            None => number,
        };
        if whole.is_empty() || whole.len() > 9 || !whole.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        total = total.checked_add(whole.parse::<i64>().ok()?.checked_mul(size)?)?;
    }
    Some(total)
}

/// Writes a length with hours as its largest unit, as the REST API's own bounds are written.
pub(crate) fn format_iso(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let total = seconds.unsigned_abs();
    let (hours, minutes, seconds) = (total / 3600, total / 60 % 60, total % 60);
    let mut text = format!("{sign}PT");
    for (number, unit) in [(hours, 'H'), (minutes, 'M'), (seconds, 'S')] {
        if number > 0 {
            text.push_str(&format!("{number}{unit}"));
        }
    }
    if total == 0 {
        text.push_str("0S");
    }
    text
}

/// Parses hours as people type them: `10`, `1.5` or `1,25` with at most two decimal places, a clock's
/// `1:30`, or words, `1 h 30 min`. Whole seconds; `None`, when it is no such length.
pub(crate) fn parse_hours(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, length) = match text.strip_prefix(['-', '−']) {
        Some(length) => (-1, length),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let seconds = if let Some((hours, minutes)) = length.split_once(':') {
        let minutes = number(minutes).filter(|n| minutes.len() == 2 && *n < 60)?;
        number(hours)? * 3600 + minutes * 60
    } else if length.contains(char::is_alphabetic) {
        parse_words(length)?
    } else {
        let (whole, fraction) = length.split_once(['.', ',']).unwrap_or((length, "0"));
        let hundredths = number(&format!("{fraction:0<2}"))
            .filter(|_| fraction.len() == 1 || fraction.len() == 2)?;
        number(whole)? * 3600 + hundredths * 36
    };
    Some(sign * seconds)
}

/// A whole number of at most nine digits, and nothing else.
fn number(digits: &str) -> Option<i64> {
    let good = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    good.then(|| digits.parse().ok()).flatten()
}

/// `1 h 30 min`: each unit once, the larger before the smaller.
fn parse_words(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    let mut total = 0;
    for (names, size) in [
        (["hours", "hour", "h"], 3600),
        (["minutes", "min", "m"], 60),
        (["seconds", "sec", "s"], 1),
    ] {
        let unit = rest.find(|c: char| !c.is_ascii_digit())?;
        let (digits, after) = rest.split_at(unit);
        let after = after.trim_start();
        let Some(after) = names.iter().find_map(|name| after.strip_prefix(name)) else {
            continue;
        };
        total += number(digits)? * size;
        rest = after.trim_start();
        if rest.is_empty() {
            return Some(total);
        }
    }
    None
}

/// A length in words for people: `12 h 30 min`, `5 min`, `40 s`. Parts of a second are left out,
/// and seconds, where there are hours.
pub fn words(span: Duration) -> String {
    let total = span.as_secs();
    let (hours, minutes, seconds) = (total / 3600, total / 60 % 60, total % 60);
    let seconds = if hours > 0 { 0 } else { seconds };
    let parts: Vec<String> = [(hours, "h"), (minutes, "min"), (seconds, "s")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    if parts.is_empty() {
        "0 h".to_owned()
    } else {
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_are_read_as_programs_write_them() {
        for (text, seconds) in [
            ("PT0S", 0),
            ("PT10H", 36_000),
            ("PT1H30M", 5400),
            ("PT90M", 5400),
            ("P1DT2H", 93_600),
            ("P2D", 172_800),
            ("PT15M0.000S", 900),
            ("-PT5H", -18_000),
        ] {
            assert_eq!(parse_iso(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "P",
            "PT",
            "-P",
            "10",
            "PT10",
            "PTH",
            "PT1.5H",
            "PT1S1H",
            "P1Y",
            "P1M",
            "P1W",
            "PT1H ",
            "PT-1H",
            "P1DT",
            "PT1H1H",
            "PT99999999999H",
            "PTéH",
            "PT1é",
        ] {
            assert_eq!(parse_iso(text), None, "{text}");
        }
    }

    #[test]
    fn hours_are_read_as_people_write_them() {
        for (text, seconds) in [
            (" 10 ", 36_000),
            ("1.5", 5400),
            ("1,25", 4500),
            ("0.01", 36),
            ("-2", -7200),
            ("−2", -7200),
            ("+2", 7200),
            ("1:30", 5400),
            ("-0:05", -300),
            ("5 min", 300),
            ("1h30m", 5400),
            ("1 h 30 min", 5400),
            ("2 hours", 7200),
            ("40 s", 40),
        ] {
            assert_eq!(parse_hours(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "-",
            "ten",
            "1.234",
            "1.",
            ".5",
            "1e3",
            "1:3",
            "1:60",
            ":30",
            "30 min 1 h",
            "5 min 5 min",
            "5 mins",
            "min",
            "1 h 5",
            "99999999999",
        ] {
            assert_eq!(parse_hours(text), None, "{text}");
        }
    }

    #[test]
    fn people_read_words() {
        let said = |seconds| words(Duration::from_secs(seconds));
        assert_eq!(said(0), "0 h");
        assert_eq!(said(40), "40 s");
        assert_eq!(said(300), "5 min");
        assert_eq!(said(45_001), "12 h 30 min");
    }

    proptest! {
        #[test]
        fn words_are_read_again(minutes in 1_i64..600_000) {
            let said = words(Duration::from_secs(minutes.unsigned_abs() * 60));
            prop_assert_eq!(parse_hours(&said), Some(minutes * 60));
        }

        #[test]
        fn what_was_written_is_read_again(seconds in -40_000_000_i64..40_000_000) {
            prop_assert_eq!(parse_iso(&format_iso(seconds)), Some(seconds));
        }

        #[test]
        fn no_text_does_harm(text in "-?P?[0-9DTHMS.é-]{0,12}") {
            let _ = (parse_iso(&text), parse_hours(&text));
        }
    }
}
