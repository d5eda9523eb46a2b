//! Quota: how long a user's machine may run outside class, and when that ends.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Invalid;
use crate::span::{format_iso, parse_hours, parse_iso, words};
use crate::time::Timestamp;
use crate::window::{Window, is_open, within};

/// The most hours that a quota may have.
const MAX_HOURS: i64 = 9999;

/// The hours that every user of a lab or a group has, for the lab's whole life: 0 to 9,999, to the
/// second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UsageQuota(u32);

impl UsageQuota {
    /// What a new lab has: ten hours.
    pub const DEFAULT: Self = Self(10 * 3600);

    /// No hours: machines are available during classes only.
    pub const NONE: Self = Self(0);

    /// A quota of `seconds`.
    ///
    /// # Errors
    /// When it is negative or more than 9,999 hours.
    pub fn from_seconds(seconds: i64) -> Result<Self, Invalid> {
        u32::try_from(seconds)
            .ok()
            .filter(|_| seconds <= MAX_HOURS * 3600)
            .map(Self)
            .ok_or_else(|| Invalid::new("usageQuota", "A quota is from 0 to 9,999 hours per user."))
    }

    /// Parses a quota as the REST API writes it, from `PT0S` to `PT9999H`.
    ///
    /// # Errors
    /// When it is not such a length of time.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        parse_iso(text).map_or_else(|| Err(not_iso("usageQuota", text)), Self::from_seconds)
    }

    /// Parses hours as they were typed, such as `10` or `1.5`.
    ///
    /// # Errors
    /// When it is not a number from 0 to 9,999.
    pub fn parse_hours(text: &str) -> Result<Self, Invalid> {
        parse_hours(text).map_or_else(|| Err(not_hours("usageQuota", text)), Self::from_seconds)
    }

    /// The length of time.
    pub fn length(self) -> Duration {
        Duration::from_secs(self.0.into())
    }

    /// The length of time in seconds.
    pub fn seconds(self) -> i64 {
        self.0.into()
    }
}

/// What one user has on top of everyone's quota, or less than it: -9,999 to 9,999 hours, to the
/// second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AdditionalQuota(i32);

impl AdditionalQuota {
    /// Nothing more and nothing less.
    pub const NONE: Self = Self(0);

    /// An additional quota of `seconds`.
    ///
    /// # Errors
    /// When it is more than 9,999 hours either way.
    pub fn from_seconds(seconds: i64) -> Result<Self, Invalid> {
        i32::try_from(seconds)
            .ok()
            .filter(|_| seconds.abs() <= MAX_HOURS * 3600)
            .map(Self)
            .ok_or_else(|| {
                Invalid::new(
                    "additionalUsageQuota",
                    "An additional quota is from -9,999 to 9,999 hours.",
                )
            })
    }

    /// Parses an additional quota as the REST API writes it, such as `PT5H` or `-PT5H`.
    ///
    /// # Errors
    /// When it is not such a length of time.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        parse_iso(text).map_or_else(
            || Err(not_iso("additionalUsageQuota", text)),
            Self::from_seconds,
        )
    }

    /// Parses hours as they were typed, such as `5` or `-1.5`.
    ///
    /// # Errors
    /// When it is not a number from -9,999 to 9,999.
    pub fn parse_hours(text: &str) -> Result<Self, Invalid> {
        parse_hours(text).map_or_else(
            || Err(not_hours("additionalUsageQuota", text)),
            Self::from_seconds,
        )
    }

    /// The length of time in seconds; negative, where it takes away.
    pub fn seconds(self) -> i64 {
        self.0.into()
    }
}

macro_rules! written_as_iso {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&format_iso(self.seconds()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(quota: $name) -> Self {
                quota.to_string()
            }
        }
    };
}

written_as_iso!(UsageQuota);
written_as_iso!(AdditionalQuota);

/// What one user may use in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The hours outside class.
    pub total: Duration,
}

impl Allowance {
    /// The quota of the user's group, or else of the lab, with the user's additional quota; never
    /// less than nothing.
    pub fn of(lab: UsageQuota, group: Option<UsageQuota>, additional: AdditionalQuota) -> Self {
        let seconds = group.unwrap_or(lab).seconds() + additional.seconds();
        Self {
            total: Duration::from_secs(u64::try_from(seconds).unwrap_or(0)),
        }
    }

    /// What is left after `used`.
    pub fn remaining(self, used: Duration) -> Duration {
        self.total.saturating_sub(used)
    }
}

/// Why a student may not start a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// There are no hours outside class at all.
    ClassesOnly,
    /// All hours are used.
    UsedUp {
        /// How many there were.
        total: Duration,
    },
    /// The lab's or the plan's budget is spent.
    BudgetSpent,
}

impl WhyNot {
    /// The reason as a sentence for the student.
    pub fn sentence(self) -> String {
        match self {
            Self::ClassesOnly => "Available during classes only.".to_owned(),
            Self::UsedUp { total } => format!(
                "Your quota of {} is used up. Ask your educator for more, or wait for the next class.",
                words(total)
            ),
            Self::BudgetSpent => {
                "The lab's budget is spent. Your educator can let machines start again.".to_owned()
            }
        }
    }
}

/// Whether a student may start the machine at `now`: as long as hours are left, and in class always.
///
/// # Errors
/// When not; the sentence says why.
pub fn may_start(
    allowance: Allowance,
    used: Duration,
    windows: &[Window],
    now: Timestamp,
) -> Result<(), WhyNot> {
    let Allowance { total } = allowance;
    if is_open(windows, now) || !allowance.remaining(used).is_zero() {
        Ok(())
    } else if total.is_zero() {
        Err(WhyNot::ClassesOnly)
    } else {
        Err(WhyNot::UsedUp { total })
    }
}

/// When something ends that class windows put off. Either is the time of the row to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunsOut {
    /// At this instant.
    At(Timestamp),
    /// Not before this one, up to which the windows were known. Look again then.
    NotBefore(Timestamp),
}

impl RunsOut {
    /// When to act, or to look again.
    pub fn due(self) -> Timestamp {
        match self {
            Self::At(at) | Self::NotBefore(at) => at,
        }
    }

    /// The instant, where it is known.
    pub fn at(self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::NotBefore(_) => None,
        }
    }
}

/// When a machine that its student started and that runs at `now` is to be stopped, with
/// `remaining` left. The `windows` are all that there are up to `horizon`.
///
/// Quota pauses in class. Where it is used up just as class begins, or in class (by an edit), the
/// machine runs on to the end of class: the student could start it again at once.
pub fn runs_out_at(
    now: Timestamp,
    remaining: Duration,
    windows: &[Window],
    horizon: Timestamp,
) -> RunsOut {
    let mut at = now;
    let mut left = remaining;
    for class in within(windows, now, horizon.max(now)) {
        let before_class = class.from.since(at);
        if left < before_class {
            return RunsOut::At(at + left);
        }
        left -= before_class;
        at = class.to;
    }
    let end = at + left;
    if end < horizon {
        RunsOut::At(end)
    } else {
        RunsOut::NotBefore(horizon.max(now))
    }
}

/// The minutes left at which a student is warned.
pub const WARNINGS: [u32; 3] = [60, 15, 5];

/// A warning that quota is about to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warning {
    /// When it is due.
    pub at: Timestamp,
    /// How many minutes will be left: one of [`WARNINGS`].
    pub minutes: u32,
}

impl Warning {
    /// The warning as a sentence for the student.
    pub fn sentence(self) -> String {
        format!(
            "You have {} minutes of quota left. The machine stops when it is used up; class time is free.",
            self.minutes
        )
    }
}

/// The warnings still to come before `horizon`, in order; what they mean by `now`, `remaining` and
/// `windows` is what [`runs_out_at`] does. One whose instant is `now` was given already.
pub fn warnings_at(
    now: Timestamp,
    remaining: Duration,
    windows: &[Window],
    horizon: Timestamp,
) -> Vec<Warning> {
    let warning = |minutes: u32| {
        let before = remaining.checked_sub(Duration::from_secs(u64::from(minutes) * 60))?;
        let at = runs_out_at(now, before, windows, horizon).at()?;
        (at > now).then_some(Warning { at, minutes })
    };
    WARNINGS.into_iter().filter_map(warning).collect()
}

fn not_iso(field: &'static str, text: &str) -> Invalid {
    let shown: String = text.chars().take(40).collect();
    Invalid::new(
        field,
        format!("“{shown}” is not a length of time; one looks like PT10H or PT1H30M."),
    )
}

fn not_hours(field: &'static str, text: &str) -> Invalid {
    let shown: String = text.trim().chars().take(40).collect();
    Invalid::new(
        field,
        format!("“{shown}” is not a number of hours; it looks like 10, 1.5, 1:30 or 5 min."),
    )
}

#[cfg(test)]
#[path = "quota_tests.rs"]
mod tests;
