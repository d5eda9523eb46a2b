//! Groups inside a lab: some of its users, with a quota and schedules of their own.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Invalid;
use crate::id::{GroupId, LabId};
use crate::quota::UsageQuota;

/// A group's name: 1 to 60 characters on one line, unique in its lab without regard to case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupName(String);

impl GroupName {
    /// Parses a name as it was typed.
    ///
    /// # Errors
    /// When it is empty, longer than 60 characters, or not on one line.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > 60 || text.chars().any(char::is_control) {
            return Err(Invalid::new(
                "name",
                "A group's name has 1 to 60 characters, on one line.",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Some of a lab's users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its lab.
    pub lab: LabId,
    /// Its name.
    pub name: GroupName,
    /// Its users' quota; the lab's, when there is none.
    pub quota: Option<UsageQuota>,
}
