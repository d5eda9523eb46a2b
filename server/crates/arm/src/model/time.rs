//! Times and lengths of time as programs write them.

use domain::Invalid;
use domain::time::Timestamp;
use domain::zone::TimeZone;

/// An instant, in UTC: `2026-10-05T07:30:00Z`.
pub fn instant(at: Timestamp) -> String {
    TimeZone::instant(at)
}

/// Brings a length of time into ISO 8601. Besides that, programs of the predecessor write hours with
/// minutes, such as `20:00`, and days before them: `1.06:00:00`.
pub fn iso(field: &'static str, text: &str) -> Result<String, Invalid> {
    if text.contains('P') {
        return Ok(text.to_owned());
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (days, clock) = rest.split_once('.').unwrap_or(("0", rest));
    let parts: Vec<&str> = clock.split(':').collect();
    let number = |text: &str| -> Option<u32> {
        let digits = (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten()
    };
    let wrong = || {
        Invalid::new(
            field,
            "A length of time is written like PT10H, PT1H30M or 10:00.",
        )
    };
    let days = number(days).ok_or_else(wrong)?;
    let (hours, minutes, seconds) = match parts.as_slice() {
        [hours, minutes] => (number(hours), number(minutes), Some(0)),
        [hours, minutes, seconds] => (number(hours), number(minutes), number(seconds)),
        _ => return Err(wrong()),
    };
    let hours = hours.ok_or_else(wrong)?;
    let minutes = minutes.filter(|m| *m < 60).ok_or_else(wrong)?;
    let seconds = seconds.filter(|s| *s < 60).ok_or_else(wrong)?;
    Ok(format!("{sign}P{days}DT{hours}H{minutes}M{seconds}S"))
}

/// A length of time, to the second: `PT1H30M`.
pub fn span(length: std::time::Duration) -> String {
    let total = length.as_secs();
    let (hours, minutes, seconds) = (total / 3600, total / 60 % 60, total % 60);
    let mut text = "PT".to_owned();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_the_predecessors_programs_write_them() {
        for (written, read) in [
            ("PT5H", "PT5H"),
            ("20:00", "P0DT20H0M0S"),
            ("1.06:00:00", "P1DT6H0M0S"),
            ("-2:30", "-P0DT2H30M0S"),
        ] {
            assert_eq!(iso("x", written).as_deref(), Ok(read));
        }
        for wrong in ["", "20", "20:60", "a:00", "1:2:3:4", "1.", "20:00:", "-"] {
            assert!(iso("x", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn instants_are_utc() {
        assert_eq!(instant(Timestamp::from_micros(0)), "1970-01-01T00:00:00Z");
        assert_eq!(span(std::time::Duration::from_secs(5401)), "PT1H30M1S");
    }
}
