//! Access tokens: how programs sign in.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Invalid;
use crate::id::{PersonId, TokenId};
use crate::name::TokenName;
use crate::time::Timestamp;

/// What a token may be used for. It never allows more than its person may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// Everything that its person may.
    Full,
    /// Reading what its person may see.
    ReadOnly,
}

impl Reach {
    /// Parses the choice as forms write it.
    ///
    /// # Errors
    /// When it is neither `Full` nor `ReadOnly`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "Full" => Ok(Self::Full),
            "ReadOnly" => Ok(Self::ReadOnly),
            _ => Err(Invalid::new(
                "reach",
                "Choose whether the token may change things or only read.",
            )),
        }
    }
}

/// How long a token works: 1 to 3,660 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime(u32);

impl Lifetime {
    /// What forms begin with.
    pub const USUAL: Self = Self(90);

    const LONGEST: u32 = 3660;

    /// Parses `30d` or `30`.
    ///
    /// # Errors
    /// When it is no number of days, or one that is out of bounds.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let days = text.strip_suffix('d').unwrap_or(text).trim_end();
        match days.parse() {
            Ok(days @ 1..=Self::LONGEST) => Ok(Self(days)),
            _ => Err(Invalid::new(
                "expires",
                format!(
                    "A token works for 1 to {} days, such as 30d.",
                    Self::LONGEST
                ),
            )),
        }
    }

    /// The days.
    pub fn days(self) -> u32 {
        self.0
    }

    /// The instant it ends, counted from `now`.
    pub fn end(self, now: Timestamp) -> Timestamp {
        now + Duration::from_secs(u64::from(self.0) * 24 * 3600)
    }
}

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// Its id.
    pub id: TokenId,
    /// Whose it is.
    pub person: PersonId,
    /// What it is for, in its person's words.
    pub name: TokenName,
    /// What it may be used for.
    pub reach: Reach,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops to work.
    pub expires_at: Timestamp,
    /// When it was last used; kept to the minute.
    pub used_at: Option<Timestamp>,
}

impl AccessToken {
    /// Whether it works at `now`.
    pub fn works(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_with_and_without_their_letter() {
        for (text, days) in [("30d", 30), ("1", 1), (" 3660 d ", 3660)] {
            assert_eq!(
                Lifetime::parse(text).map(Lifetime::days),
                Ok(days),
                "{text}"
            );
        }
        for text in ["", "0", "3661", "-1", "30h", "d", "99999999999"] {
            assert!(Lifetime::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_token_works_until_its_end_and_not_at_it() {
        let at = Timestamp::from_micros;
        let token = AccessToken {
            id: TokenId::new(uuid::Uuid::nil()),
            person: PersonId::new(uuid::Uuid::nil()),
            name: TokenName::parse("script").unwrap(),
            reach: Reach::ReadOnly,
            created_at: at(0),
            expires_at: Lifetime::parse("1d").unwrap().end(at(0)),
            used_at: None,
        };
        let day = 24 * 3600 * 1_000_000;
        assert!(token.works(at(day - 1)));
        assert!(!token.works(at(day)));
    }
}
