//! What held when: editing or deleting something ends one version and begins another, so that the
//! past stays what it was.

use crate::time::Timestamp;

/// A value, and when it was in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version<T> {
    /// The value.
    pub value: T,
    /// From this instant on …
    pub from: Timestamp,
    /// … until just before this one; still, when there is none.
    pub to: Option<Timestamp>,
}

impl<T> Version<T> {
    /// A value in force since `from`.
    pub fn since(from: Timestamp, value: T) -> Self {
        Self {
            value,
            from,
            to: None,
        }
    }

    /// The same, no longer in force from `at` on. One that had ended before stays as it was.
    #[must_use]
    pub fn ended(self, at: Timestamp) -> Self {
        let to = self.to.map_or(at, |to| to.min(at));
        Self {
            to: Some(to),
            ..self
        }
    }

    /// Whether it is in force at `at`.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }
}

/// The values in force at `at`.
pub fn in_force<T>(versions: &[Version<T>], at: Timestamp) -> impl Iterator<Item = &T> {
    versions
        .iter()
        .filter(move |version| version.holds(at))
        .map(|version| &version.value)
}
