//! What goes on in a simulated machine from its start to its stop: work for its processors and its
//! disk, and people at it. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// How much a machine works until it is told otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// Of one processor, in percent: 250 is two processors and a half.
    pub cpu_percent: u32,
    /// Bytes that are read and written in a second.
    pub disk_bytes: u64,
}

/// What a machine has done since its start.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    load: Load,
    /// Since when it works like that.
    since: Timestamp,
    /// What it had done by then.
    cpu: Duration,
    disk_bytes: u64,
    /// Sessions besides its terminals.
    sessions: u32,
    /// When somebody was last at one of them.
    input: Option<Timestamp>,
    /// The open terminals, and when something was last typed into each.
    #[serde(skip)]
    terminals: BTreeMap<u64, Timestamp>,
}

impl Run {
    /// A machine that starts now.
    pub(crate) fn new(load: Load, now: Timestamp) -> Self {
        Self {
            load,
            since: now,
            cpu: Duration::ZERO,
            disk_bytes: 0,
            sessions: 0,
            input: None,
            terminals: BTreeMap::new(),
        }
    }

    /// Lets it work like this from now on.
    pub(crate) fn set_load(&mut self, load: Load, now: Timestamp) {
        (self.cpu, self.disk_bytes) = self.done(now);
        (self.load, self.since) = (load, now);
    }

    /// What it has done: time of its processors, and bytes of its disk.
    pub(crate) fn done(&self, now: Timestamp) -> (Duration, u64) {
        let micros = now.since(self.since).as_micros();
        let cpu = micros * u128::from(self.load.cpu_percent) / 100;
        let disk = micros * u128::from(self.load.disk_bytes) / 1_000_000;
        let fits = |number| u64::try_from(number).unwrap_or(u64::MAX);
        (
            self.cpu + Duration::from_micros(fits(cpu)),
            self.disk_bytes.saturating_add(fits(disk)),
        )
    }

    /// Lets there be so many sessions besides the terminals. Whoever opens one is at it; with the last
    /// one goes what was known about it.
    pub(crate) fn set_sessions(&mut self, sessions: u32, now: Timestamp) {
        if sessions > self.sessions {
            self.input = Some(now);
        } else if sessions == 0 {
            self.input = None;
        }
        self.sessions = sessions;
    }

    /// Lets somebody have been at one of the sessions then, and not since. Where there is none, one
    /// begins.
    pub(crate) fn set_input(&mut self, at: Timestamp) {
        self.sessions = self.sessions.max(1);
        self.input = Some(at);
    }

    /// Takes note of something typed into a terminal, or of its opening.
    pub(crate) fn typed(&mut self, terminal: u64, now: Timestamp) {
        self.terminals.insert(terminal, now);
    }

    /// Takes note of a terminal's end.
    pub(crate) fn ended(&mut self, terminal: u64) {
        self.terminals.remove(&terminal);
    }

    /// How many sessions there are.
    pub(crate) fn sessions(&self) -> u32 {
        let terminals = u32::try_from(self.terminals.len()).unwrap_or(u32::MAX);
        self.sessions.saturating_add(terminals)
    }

    /// How long nobody has been at any of them.
    pub(crate) fn input_idle(&self, now: Timestamp) -> Option<Duration> {
        let inputs = self.terminals.values().copied().chain(self.input);
        inputs.max().map(|at| now.since(at))
    }
}
