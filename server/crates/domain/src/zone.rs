//! Time zones: what the clocks on the wall show at a point in time, and the other way round.

use std::fmt;
use std::sync::LazyLock;

use jiff::tz::{self, AmbiguousOffset, Offset, TimeZoneDatabase};

use crate::Invalid;
use crate::civil::{Date, DateTime, day_number};
use crate::time::Timestamp;

/// The zones compiled in. Not the machine's own: every server, test and replica is to agree.
static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Every zone's name.
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut names: Vec<String> = DATABASE.available().map(|name| name.to_string()).collect();
    if !names.iter().any(|name| name == "UTC") {
        names.push("UTC".to_owned());
    }
    names.sort_unstable();
    names
});

/// A time zone by its IANA name, such as `Europe/Vienna`.
///
/// Without this crate's feature `zones`, as in the browser, only UTC is known. So a zone is not sent
/// there as such, which would not be understood: pages are sent its name.
#[derive(Clone)]
pub struct TimeZone {
    name: String,
    rules: tz::TimeZone,
}

impl TimeZone {
    /// Parses a zone's name, without regard to case.
    ///
    /// # Errors
    /// When no zone has this name.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("UTC") {
            return Ok(Self::utc());
        }
        let rules = DATABASE.get(text).ok();
        let named = rules.and_then(|rules| Some((rules.iana_name()?.to_owned(), rules)));
        match named {
            Some((name, rules)) => Ok(Self { name, rules }),
            None => {
                let shown: String = text.chars().take(40).collect();
                Err(Invalid::new(
                    "timeZoneId",
                    format!("There is no time zone “{shown}”; one looks like Europe/Vienna."),
                ))
            }
        }
    }

    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self {
            name: "UTC".to_owned(),
            rules: tz::TimeZone::UTC,
        }
    }

    /// The name, spelt as the database spells it.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The names of all zones, sorted, for a list to choose from.
    pub fn names() -> &'static [String] {
        &NAMES
    }

    /// An instant in UTC, to the second, as programs write it: `2026-10-05T07:30:00Z`.
    pub fn instant(at: Timestamp) -> String {
        let local = Self::utc().local(at);
        format!("{}Z", local.strftime("%Y-%m-%dT%H:%M:%S"))
    }

    /// What clocks on the wall show at `at`.
    pub fn local(&self, at: Timestamp) -> DateTime {
        self.rules.to_datetime(instant(at.micros()))
    }

    /// The date at `at`.
    pub fn date(&self, at: Timestamp) -> Date {
        self.local(at).date()
    }

    /// When clocks on the wall show `local`. A time that clocks skip happens at the first instant
    /// after the gap; one that they show twice happens the first time.
    pub fn timestamp(&self, local: DateTime) -> Timestamp {
        let ambiguous = self.rules.to_ambiguous_timestamp(local);
        Timestamp::from_micros(match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { offset } => micros(local, offset),
            AmbiguousOffset::Fold { before, .. } => micros(local, before),
            AmbiguousOffset::Gap { before, after } => self.end_of_gap(local, before, after),
        })
    }

    /// The instant at which clocks jump over `local`, from the offset `before` to `after`. Read with
    /// `after`, the skipped time lies before the jump, and read with `before`, not before it; the
    /// jump is found between the two by halving. Zones jump at whole seconds.
    fn end_of_gap(&self, local: DateTime, before: Offset, after: Offset) -> i64 {
        const SECOND: i64 = 1_000_000;
        let mut early = micros(local, after).div_euclid(SECOND);
        let mut late = micros(local, before).div_euclid(SECOND);
        while late - early > 1 {
            let middle = early + (late - early) / 2;
            if self.rules.to_offset(instant(middle * SECOND)) == after {
                late = middle;
            } else {
                early = middle;
            }
        }
        late * SECOND
    }
}

/// `local` read as a time at `offset`, in microseconds since 1970, UTC.
fn micros(local: DateTime, offset: Offset) -> i64 {
    let midnight = local.date().at(0, 0, 0, 0);
    let of_day = local.duration_since(midnight).as_micros();
    let of_day = i64::try_from(of_day).unwrap_or(0);
    (day_number(local.date()) * 86_400 - i64::from(offset.seconds())) * 1_000_000 + of_day
}

/// The point in time as the calendar library has it, at most its first or last.
fn instant(micros: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    })
}

impl PartialEq for TimeZone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for TimeZone {}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimeZone({})", self.name)
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
#[path = "zone_tests.rs"]
mod tests;
