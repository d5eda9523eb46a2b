//! Dates without class, of a plan and of a lab.

use std::collections::BTreeSet;

use crate::Invalid;
use crate::civil::Date;
use crate::time::Timestamp;
use crate::version::{Version, in_force};

/// A date without class: schedules do nothing on it, wherever their zone is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// The date.
    pub date: Date,
    /// What it is called, such as “Thanksgiving”; may be empty.
    pub name: String,
}

impl Holiday {
    /// A holiday on `date`.
    ///
    /// # Errors
    /// When the name is longer than 100 characters, or not a single line.
    pub fn new(date: Date, name: &str) -> Result<Self, Invalid> {
        let name = name.trim();
        if name.chars().count() > 100 || name.chars().any(char::is_control) {
            return Err(Invalid::new(
                "name",
                "A holiday's name is a single line of at most 100 characters.",
            ));
        }
        Ok(Self {
            date,
            name: name.to_owned(),
        })
    }
}

/// The dates without class, the plan's and the lab's together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays(BTreeSet<Date>);

impl Holidays {
    /// No holidays.
    pub const NONE: &'static Self = &Self(BTreeSet::new());

    /// The holidays in force at `at`.
    pub fn at(versions: &[Version<Holiday>], at: Timestamp) -> Self {
        in_force(versions, at).map(|holiday| holiday.date).collect()
    }

    /// Whether there is no class on `date`.
    pub fn contains(&self, date: Date) -> bool {
        self.0.contains(&date)
    }

    /// The dates, in order.
    pub fn dates(&self) -> impl Iterator<Item = Date> {
        self.0.iter().copied()
    }
}

impl FromIterator<Date> for Holidays {
    fn from_iter<I: IntoIterator<Item = Date>>(dates: I) -> Self {
        Self(dates.into_iter().collect())
    }
}
