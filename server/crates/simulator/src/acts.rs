//! The acts of an engine by name, and how long each takes.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::pace;

/// An act of the engine: one method of the trait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// `health`.
    Health,
    /// `images`.
    Images,
    /// `capacity`.
    Capacity,
    /// `look`.
    Look,
    /// `list`.
    List,
    /// `build`.
    Build,
    /// `seal`.
    Seal,
    /// `start`.
    Start,
    /// `stop`.
    Stop,
    /// `remove`.
    Remove,
    /// `set_credentials`.
    SetCredentials,
    /// `terminal`.
    Terminal,
    /// `activity`.
    Activity,
    /// `events`.
    Events,
}

impl Act {
    /// Whether the act changes something in the engine.
    pub fn changes(self) -> bool {
        matches!(
            self,
            Self::Build
                | Self::Seal
                | Self::Start
                | Self::Stop
                | Self::Remove
                | Self::SetCredentials
        )
    }
}

/// How long each act takes before it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latency {
    acts: BTreeMap<Act, Duration>,
    /// How long a machine is waited for that does not heed a graceful stop.
    grace: Duration,
}

impl Latency {
    /// No act takes any time, not even a graceful stop that is not heeded.
    pub fn none() -> Self {
        Self {
            acts: BTreeMap::new(),
            grace: Duration::ZERO,
        }
    }

    /// About what a good host needs.
    pub fn natural() -> Self {
        let millis = Duration::from_millis;
        let natural = Self {
            grace: pace::GRACE,
            ..Self::none()
        };
        natural
            .with(Act::Look, millis(5))
            .with(Act::List, millis(20))
            .with(Act::Build, millis(2500))
            .with(Act::Seal, millis(4000))
            .with(Act::Start, millis(1500))
            .with(Act::Stop, millis(1200))
            .with(Act::Remove, millis(800))
            .with(Act::SetCredentials, millis(400))
            .with(Act::Terminal, millis(60))
            .with(Act::Activity, millis(80))
    }

    /// The same, with `act` taking this long.
    #[must_use]
    pub fn with(mut self, act: Act, time: Duration) -> Self {
        self.acts.insert(act, time);
        self
    }

    pub(crate) fn of(&self, act: Act) -> Duration {
        self.acts.get(&act).copied().unwrap_or_default()
    }

    pub(crate) fn grace(&self) -> Duration {
        self.grace
    }
}
