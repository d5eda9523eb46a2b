//! The next step that brings one machine from what was seen to what is wanted.

use std::time::Duration;

use crate::machine::{Machine, MachineKind, Power, StopReason};
use crate::pace;
use crate::time::Timestamp;

/// One act of the engine on one machine. Each is idempotent: done twice, it leaves what doing it
/// once leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Remove the machine, running or not, whichever build it is.
    Remove,
    /// Make this build, removing any other first. `generation` is the published generation that the
    /// disk is copied from; 0 is the image itself.
    Build {
        /// The build to make.
        build: u32,
        /// Where its disk comes from.
        generation: u32,
    },
    /// Start it.
    Start,
    /// Set the passwords of its accounts.
    SetCredentials,
    /// Stop it: gracefully, or by force.
    Stop {
        /// By force.
        force: bool,
    },
}

/// Which queue a step stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Steps that load the host; at most so many at once.
    Heavy,
    /// Steps that mostly wait.
    Light,
}

impl Step {
    /// The queue this step stands in.
    pub fn lane(self) -> Lane {
        match self {
            Self::Remove | Self::Build { .. } | Self::Start => Lane::Heavy,
            Self::SetCredentials | Self::Stop { .. } => Lane::Light,
        }
    }
}

/// How urgent a machine's work is: deletes before creates, people before pools. Smaller is sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// It frees room.
    Delete,
    /// A person waits for it.
    Person,
    /// A pool is being filled.
    Pool,
}

impl Urgency {
    /// The number that the store sorts by.
    pub fn rank(self) -> i64 {
        match self {
            Self::Delete => 0,
            Self::Person => 1,
            Self::Pool => 2,
        }
    }
}

/// How urgent the work on this machine is.
pub fn urgency(machine: &Machine) -> Urgency {
    if !machine.wanted.present {
        Urgency::Delete
    } else if machine.wanted.by.is_some() || machine.kind == MachineKind::Template {
        Urgency::Person
    } else {
        Urgency::Pool
    }
}

/// The next step for `machine`, whose lab last published `generation`; `None` when it is as wanted
/// or was given up. A removal is never given up.
pub fn decide(machine: &Machine, generation: u32, now: Timestamp) -> Option<Step> {
    let wanted = &machine.wanted;
    let seen = &machine.seen;
    if !wanted.present {
        return Some(Step::Remove);
    }
    if machine.trouble.as_ref().is_some_and(|t| t.failed) {
        return None;
    }
    if seen.build != Some(wanted.build) {
        let generation = match machine.kind {
            MachineKind::Template => 0,
            MachineKind::User => generation,
        };
        return Some(Step::Build {
            build: wanted.build,
            generation,
        });
    }
    match (wanted.power, seen.power) {
        (Power::On, Some(Power::On)) if seen.credentials != wanted.credentials => {
            Some(Step::SetCredentials)
        }
        (Power::On, Some(Power::On)) => None,
        (Power::On, _) => Some(Step::Start),
        // Who has been warned three times gets no minute more: a quota's end is to the second.
        (Power::Off, Some(Power::On)) => Some(Step::Stop {
            force: machine.stopped_because == Some(StopReason::QuotaEnd)
                || now.since(wanted.since) >= pace::GRACE,
        }),
        (Power::Off, _) => None,
    }
}

/// When to look at `machine` again after a look at `now`; `None` leaves it to events and the sweep.
/// `jitter` is a random number from 0 to 1.
pub fn next_look(
    machine: &Machine,
    generation: u32,
    now: Timestamp,
    jitter: f64,
) -> Option<Timestamp> {
    if let Some(trouble) = &machine.trouble
        && (!trouble.failed || !machine.wanted.present)
    {
        return Some(now + pace::backoff(trouble.attempts, jitter));
    }
    if decide(machine, generation, now).is_some() {
        return Some(now);
    }
    let waits_for_address = machine.seen.power == Some(Power::On) && machine.seen.address.is_none();
    let pause = if now.since(machine.wanted.since) < pace::ADDRESS_PATIENCE {
        Duration::from_secs(1)
    } else {
        pace::ADDRESS_LATER
    };
    waits_for_address.then(|| now + pause)
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
