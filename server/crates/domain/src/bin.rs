//! The bin: how long a deleted lab can be brought back.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Invalid;
use crate::time::Timestamp;

/// For how many days a plan's deleted labs can be brought back: 0 to 30. With 0 they are removed at
/// once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BinDays(u32);

impl BinDays {
    /// What a plan begins with.
    pub const DEFAULT: Self = Self(7);
    /// The longest there is.
    pub const MAX: u32 = 30;

    /// So many days.
    ///
    /// # Errors
    /// When they are more than 30.
    pub fn new(days: u32) -> Result<Self, Invalid> {
        if days > Self::MAX {
            return Err(mistake());
        }
        Ok(Self(days))
    }

    /// Parses days as they were typed.
    ///
    /// # Errors
    /// When they are no whole number from 0 to 30.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        text.trim()
            .parse()
            .map_err(|_| mistake())
            .and_then(Self::new)
    }

    /// The number of days.
    pub fn days(self) -> u32 {
        self.0
    }

    /// Until when a lab can be brought back that is deleted at `now`; none, where it is removed at once.
    pub fn until(self, now: Timestamp) -> Option<Timestamp> {
        let kept = Duration::from_secs(u64::from(self.0) * 24 * 3600);
        (self.0 > 0).then(|| now + kept)
    }
}

fn mistake() -> Invalid {
    Invalid::new(
        "bin_days",
        "Deleted labs are kept for 0 to 30 days. With 0 they are removed at once.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_zero_to_thirty() {
        for (text, days) in [("0", Some(0)), (" 7 ", Some(7)), ("30", Some(30))] {
            assert_eq!(BinDays::parse(text).ok().map(BinDays::days), days, "{text}");
        }
        for text in ["", "31", "-1", "7.5", "seven", "99999999999"] {
            let refused = BinDays::parse(text).unwrap_err();
            assert_eq!(refused.field, "bin_days", "{text}");
        }
    }

    #[test]
    fn no_days_are_no_bin() {
        let now = Timestamp::from_micros(1_000_000);
        assert_eq!(BinDays::new(0).unwrap().until(now), None);
        let day = Duration::from_secs(24 * 3600);
        assert_eq!(BinDays::new(1).unwrap().until(now), Some(now + day));
    }
}
