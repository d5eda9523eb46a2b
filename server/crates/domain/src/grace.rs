//! Grace: how long somebody who left the group keeps their place in a lab that takes its list over
//! from it.

use std::time::Duration;

use crate::Invalid;
use crate::time::Timestamp;

/// For how many days who left a group keeps their machine: 0 to 30. With 0 it is taken at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GraceDays(u32);

impl GraceDays {
    /// What a lab begins with.
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

    /// Until when somebody stays who was found to have left at `now`; none, where they do not.
    pub fn until(self, now: Timestamp) -> Option<Timestamp> {
        (self.0 > 0).then(|| now + self.length())
    }

    /// Until when somebody stays who was to stay until `until` by the grace `before`.
    pub fn instead_of(self, before: Self, until: Timestamp) -> Timestamp {
        until - before.length() + self.length()
    }

    fn length(self) -> Duration {
        Duration::from_secs(u64::from(self.0) * 24 * 3600)
    }
}

fn mistake() -> Invalid {
    Invalid::new(
        "grace",
        "Who left the group keeps their machine for 0 to 30 days. With 0 it is taken at once.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_and_few() {
        assert_eq!(GraceDays::parse(" 7 "), Ok(GraceDays::DEFAULT));
        for wrong in ["", "-1", "31", "1.5", "a week"] {
            assert!(GraceDays::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_longer_grace_holds_for_those_who_left_already() {
        let left = Timestamp::from_micros(1_000_000);
        let (short, long) = (GraceDays(2), GraceDays(5));
        let until = short.until(left).unwrap();
        assert_eq!(long.instead_of(short, until), long.until(left).unwrap());
        assert_eq!(GraceDays(0).instead_of(short, until), left);
        assert_eq!(GraceDays(0).until(left), None);
    }
}
