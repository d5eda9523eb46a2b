//! Machines: what is wanted of each, what was last seen of it, and what people are told.

use serde::{Deserialize, Serialize};

use crate::id::{LabId, MachineId, PersonId, ScheduleId, UserId};
use crate::meter::StartCause;
use crate::name::Hostname;
use crate::pace;
pub use crate::stop::{StopNote, StopReason};
use crate::time::Timestamp;

/// What a machine is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MachineKind {
    /// The one that the educator prepares; at most one a lab.
    Template,
    /// A seat of the pool, claimed by at most one user.
    User,
}

/// Whether a machine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Power {
    /// Running.
    On,
    /// Not running.
    Off,
}

/// In what part somebody asked for something; quota counts only what students started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The student whose machine it is.
    Student,
    /// Somebody with a role on the lab.
    Educator,
    /// Lectern itself, such as publishing.
    System,
}

/// The wanted half of a machine's row. People and rules change this half only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Whether there is to be such a machine at all.
    pub present: bool,
    /// Which build of the disk: counted up by every reimage and by publishing again.
    pub build: u32,
    /// Whether it is to run.
    pub power: Power,
    /// Which setting of its accounts' passwords: counted up by every change.
    pub credentials: u32,
    /// When this half last changed.
    pub since: Timestamp,
    /// Who last changed it; nobody, when Lectern did.
    pub by: Option<PersonId>,
    /// In what part.
    pub cause: Cause,
    /// The schedule that asked for the machine to run, where one did.
    pub schedule: Option<ScheduleId>,
}

impl Wanted {
    /// Who or what asked for this half.
    pub fn start_cause(&self) -> StartCause {
        match self.schedule {
            Some(_) => StartCause::Schedule,
            None => self.cause.into(),
        }
    }
}

/// The seen half of a machine's row. Only the reconciler changes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Which build of the disk the engine has; none before the first, and between two.
    pub build: Option<u32>,
    /// Which published generation that disk was made from; 0 is the image itself.
    pub generation: u32,
    /// Whether it runs; unknown where there is none.
    pub power: Option<Power>,
    /// Which setting of passwords was applied to this build; 0 is none yet.
    pub credentials: u32,
    /// Its address in the lab's network, while it runs and has one.
    pub address: Option<String>,
    /// When the engine was last asked.
    pub at: Option<Timestamp>,
}

/// What kind of trouble a machine or a lab is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TroubleCode {
    /// The engine does not answer; it is not this machine's fault.
    EngineAway,
    /// The host has no room: memory, disk or addresses.
    NoCapacity,
    /// The machine is gone from the engine without anyone here having asked.
    Lost,
    /// The engine refused or failed; the message has its words.
    Engine,
}

/// Failures in a row, kept on the row until something succeeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What kind.
    pub code: TroubleCode,
    /// What happened, as a sentence for the educator.
    pub message: String,
    /// How many tries failed.
    pub attempts: u32,
    /// When the first of them did.
    pub since: Timestamp,
    /// Whether it was given up: nothing more happens until a person asks for something.
    pub failed: bool,
}

impl Trouble {
    /// The trouble after one more failure at `now`. It is given up once failures have lasted longer
    /// than the deadline, whether or not they were always of one kind; an engine that is away is
    /// waited for without end, and the time it was away does not count.
    pub fn after(before: Option<Self>, code: TroubleCode, message: String, now: Timestamp) -> Self {
        let away = |code| code == TroubleCode::EngineAway;
        let (attempts, since) = match before {
            Some(before) if away(before.code) == away(code) => (before.attempts + 1, before.since),
            _ => (1, now),
        };
        let failed = match code {
            TroubleCode::EngineAway => false,
            TroubleCode::Lost => true,
            TroubleCode::NoCapacity | TroubleCode::Engine => now.since(since) > pace::DEADLINE,
        };
        Self {
            code,
            message,
            attempts,
            since,
            failed,
        }
    }
}

/// A machine's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its id; engine objects carry it.
    pub id: MachineId,
    /// Its lab.
    pub lab: LabId,
    /// What it is for.
    pub kind: MachineKind,
    /// Its number in the pool, from 1; 0 for the template.
    pub seat: u32,
    /// Its name in the network and in the engine.
    pub hostname: Hostname,
    /// The user who has it.
    pub claimed_by: Option<UserId>,
    /// What is wanted.
    pub wanted: Wanted,
    /// What was seen.
    pub seen: Seen,
    /// Why it last stopped.
    pub stopped_because: Option<StopReason>,
    /// After how many minutes, where that reason is one of time.
    pub stopped_after: Option<u32>,
    /// What stands in the way.
    pub trouble: Option<Trouble>,
}

/// A machine's state, in the words of the REST API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MachineState {
    /// Not running.
    Stopped,
    /// On its way to running.
    Starting,
    /// Running, with its accounts set.
    Running,
    /// On its way to stopped.
    Stopping,
    /// Running, while its password is changed.
    ResettingPassword,
    /// Being remade from the latest snapshot.
    Reimaging,
    /// Being moved to another host.
    Redeploying,
}

/// Whether a resource is being made, changed or deleted, in the words of the REST API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProvisioningState {
    /// Being made.
    Creating,
    /// Being changed.
    Updating,
    /// Being deleted.
    Deleting,
    /// As wanted.
    Succeeded,
    /// Given up; the trouble says why.
    Failed,
    /// Changes are not accepted for the time being.
    Locked,
}

/// What the engine shows of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Which build it is.
    pub build: u32,
    /// Which generation it was made from.
    pub generation: u32,
    /// Whether it runs.
    pub power: Power,
    /// Since when it runs, or does not, by the engine's own clock, and so also when nobody here was
    /// watching; none where the engine cannot tell. A stop is to the second, and never told later
    /// than it was; looked at in its very moment, or where a machine ended with its host, it may be
    /// told earlier, and then it may be the machine's own word. That clock may be another host's as
    /// well: whoever counts by it keeps to what was seen before and after.
    pub since: Option<Timestamp>,
    /// Its address, where it has one.
    pub address: Option<String>,
}

impl Machine {
    /// What people are told about the machine's power.
    pub fn state(&self) -> MachineState {
        if self.seen.build != Some(self.wanted.build) {
            return if self.wanted.build > 1 {
                MachineState::Reimaging
            } else {
                MachineState::Stopped
            };
        }
        match (self.wanted.power, self.seen.power) {
            (Power::On, Some(Power::On)) if self.seen.credentials == self.wanted.credentials => {
                MachineState::Running
            }
            (Power::On, Some(Power::On)) if self.seen.credentials > 0 => {
                MachineState::ResettingPassword
            }
            (Power::On, _) => MachineState::Starting,
            (Power::Off, Some(Power::On)) => MachineState::Stopping,
            (Power::Off, _) => MachineState::Stopped,
        }
    }

    /// What people are told about the machine's making.
    pub fn provisioning(&self) -> ProvisioningState {
        if self.trouble.as_ref().is_some_and(|t| t.failed) {
            return ProvisioningState::Failed;
        }
        if !self.wanted.present {
            return ProvisioningState::Deleting;
        }
        match self.seen.build {
            Some(build) if build == self.wanted.build => ProvisioningState::Succeeded,
            _ if self.wanted.build > 1 => ProvisioningState::Updating,
            _ => ProvisioningState::Creating,
        }
    }

    /// Whether the machine is as wanted. An address still to come does not count.
    pub fn is_settled(&self) -> bool {
        let built = self.seen.build == Some(self.wanted.build);
        let powered = self.seen.power == Some(self.wanted.power);
        let keyed =
            self.wanted.power == Power::Off || self.seen.credentials == self.wanted.credentials;
        self.wanted.present && built && powered && keyed
    }

    /// Whether nothing more will happen to the machine by itself: it is as wanted, or given up.
    pub fn is_at_rest(&self) -> bool {
        self.is_settled() || self.trouble.as_ref().is_some_and(|t| t.failed)
    }

    /// Asks for the machine to run or not to run. A person's word ends a failure: it is tried again.
    /// Asking for what is wanted already does not begin it anew, so that a graceful stop still turns
    /// to force in time, and a start stays whose it was.
    pub fn want_power(&mut self, power: Power, cause: Cause, by: Option<PersonId>, now: Timestamp) {
        let given_up = self.trouble.as_ref().is_some_and(|t| t.failed);
        if self.wanted.power == power && !given_up {
            self.trouble = None;
            return;
        }
        self.wanted.power = power;
        self.touch(cause, by, now);
        if power == Power::On {
            self.stopped_because = None;
            self.stopped_after = None;
        }
    }

    /// A schedule asks for the machine to run.
    pub fn want_class(&mut self, schedule: ScheduleId, now: Timestamp) {
        let ran = self.wanted.power == Power::On;
        self.want_power(Power::On, Cause::System, None, now);
        if !ran {
            self.wanted.schedule = Some(schedule);
        }
    }

    /// A rule asks for the machine to stop, for the reason that `note` tells.
    pub fn want_stop(&mut self, note: StopNote, now: Timestamp) {
        if self.wanted.power == Power::On || self.seen.power == Some(Power::On) {
            self.want_power(Power::Off, Cause::System, None, now);
            self.stopped_because = Some(note.reason);
            self.stopped_after = note.minutes;
        }
    }

    /// Why the machine last stopped, in words.
    pub fn stop_note(&self) -> Option<StopNote> {
        self.stopped_because.map(|reason| StopNote {
            reason,
            minutes: self.stopped_after,
        })
    }

    /// Asks for the machine to be remade from the latest published generation, ending stopped.
    pub fn want_rebuild(&mut self, cause: Cause, by: Option<PersonId>, now: Timestamp) {
        self.wanted.build += 1;
        self.wanted.power = Power::Off;
        self.stopped_because = Some(StopReason::Reimage);
        self.touch(cause, by, now);
    }

    /// Asks for the machine to be removed with everything on it.
    pub fn want_gone(&mut self, cause: Cause, by: Option<PersonId>, now: Timestamp) {
        self.wanted.present = false;
        self.wanted.power = Power::Off;
        self.touch(cause, by, now);
    }

    /// Asks for new passwords on the machine.
    pub fn want_credentials(&mut self, cause: Cause, by: Option<PersonId>, now: Timestamp) {
        self.wanted.credentials += 1;
        self.ask_again(cause, by, now);
    }

    /// Asks for another try at whatever was given up, without wanting anything else.
    pub fn want_retry(&mut self, cause: Cause, by: Option<PersonId>, now: Timestamp) {
        self.ask_again(cause, by, now);
    }

    /// Notes that something was asked that leaves the power alone. A start stays whose it was, since
    /// quota goes by that.
    fn ask_again(&mut self, cause: Cause, by: Option<PersonId>, now: Timestamp) {
        if self.wanted.power == Power::On {
            self.wanted.since = now;
            self.trouble = None;
        } else {
            self.touch(cause, by, now);
        }
    }

    fn touch(&mut self, cause: Cause, by: Option<PersonId>, now: Timestamp) {
        self.wanted.since = now;
        self.wanted.cause = cause;
        self.wanted.by = by;
        self.wanted.schedule = None;
        self.trouble = None;
    }

    /// Takes in what the engine shows at `now`; `None` is “there is no such machine”.
    ///
    /// Two things that nobody here asked for are recognised: a machine that was seen running, was to
    /// run on, and does not, was shut down from inside; one that was complete and is gone is lost,
    /// and is not remade behind its user's back. Where something was asked for since the machine was
    /// last seen, it may have been a stop of ours that is seen only now, and nothing is concluded.
    pub fn observe(&mut self, sighting: Option<Sighting>, now: Timestamp) {
        let before = self.seen.at.replace(now);
        let Some(sighting) = sighting else {
            if self.wanted.present && self.seen.build == Some(self.wanted.build) {
                self.wanted.power = Power::Off;
                self.trouble = Some(Trouble::after(
                    None,
                    TroubleCode::Lost,
                    "The machine is gone from the host, and its contents with it. Reimage makes it anew.".to_owned(),
                    now,
                ));
            }
            self.seen = Seen {
                at: Some(now),
                ..Seen::default()
            };
            return;
        };
        let same_build = self.seen.build == Some(sighting.build);
        if !same_build {
            self.seen.credentials = 0;
        }
        let went_off =
            same_build && self.seen.power == Some(Power::On) && sighting.power == Power::Off;
        let was_to_run_on =
            self.wanted.power == Power::On && before.is_some_and(|at| at >= self.wanted.since);
        if went_off && was_to_run_on && self.wanted.build == sighting.build {
            self.wanted.power = Power::Off;
            self.stopped_because = Some(StopReason::Inside);
        }
        self.seen.build = Some(sighting.build);
        self.seen.generation = sighting.generation;
        self.seen.power = Some(sighting.power);
        self.seen.address = match sighting.power {
            Power::On => sighting.address.or_else(|| self.seen.address.take()),
            Power::Off => None,
        };
    }

    /// Takes in that the engine did a step: whatever stood in the way is over.
    pub fn relieve(&mut self) {
        if !self.trouble.as_ref().is_some_and(|t| t.failed) {
            self.trouble = None;
        }
    }
}
