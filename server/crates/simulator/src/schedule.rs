//! What is to happen to the simulated host at set times, by its own clock. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::name::Hostname;
use domain::time::Timestamp;

/// Something that happens without anybody asking for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    /// A machine shuts itself down, if it has run without a break since it was `started`.
    ShutDown {
        install: Arc<str>,
        name: Hostname,
        started: Option<Timestamp>,
    },
    /// An object is lost.
    Lose { install: Arc<str>, name: Hostname },
    /// The host does not answer any more; its machines go on.
    Away,
    /// The host loses its power, and every machine with it.
    Crash,
    /// The host answers again.
    Back,
}

/// What is still to happen, in the order in which it will: by time, and by when it was set.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    waiting: BTreeMap<(Timestamp, u64), Happening>,
    set: u64,
}

impl Schedule {
    /// Sets something.
    pub(crate) fn set(&mut self, at: Timestamp, happening: Happening) {
        self.set += 1;
        self.waiting.insert((at, self.set), happening);
    }

    /// When the next thing happens.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.waiting.keys().next().map(|(at, _)| *at)
    }

    /// Takes the next thing whose time has come.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Option<(Timestamp, Happening)> {
        let entry = self.waiting.first_entry()?;
        let (at, _) = *entry.key();
        (at <= now).then(|| (at, entry.remove()))
    }
}
