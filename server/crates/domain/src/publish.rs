//! The next step of a lab as a whole: publishing, scaling and deleting.

use crate::lab::{Lab, LabState};
use crate::machine::{Machine, MachineKind, Power};
use crate::time::Timestamp;

/// One act on a lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabStep {
    /// Seal the stopped template into this generation.
    Seal {
        /// The generation to make.
        generation: u32,
    },
    /// Take this generation as published without sealing anything: the lab has no template.
    Adopt {
        /// The generation.
        generation: u32,
    },
    /// The template was given up, so there is nothing to seal: publishing has failed.
    GiveUp,
    /// Every machine is at rest: publishing or scaling is over.
    Finish,
    /// A machine of a deleted lab still runs after it was given up: it is to be stopped all the same.
    Insist,
    /// The lab's time in the bin is over: its machines are to go.
    Empty,
    /// No machine is left: remove what else the engine has of the lab, and the lab itself.
    Erase,
}

/// How far a lab's machines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Machines that are made, or given up.
    pub done: u32,
    /// Machines there are to be.
    pub total: u32,
    /// Machines that were given up.
    pub failed: u32,
}

/// How far the machines of a pool are in being made. Whether one that is made runs, or fails to,
/// does not matter.
pub fn progress(machines: &[Machine]) -> Progress {
    let seats = machines
        .iter()
        .filter(|m| m.kind == MachineKind::User && m.wanted.present);
    let mut progress = Progress {
        done: 0,
        total: 0,
        failed: 0,
    };
    for seat in seats {
        progress.total += 1;
        let made = seat.seen.build == Some(seat.wanted.build);
        let failed = !made && is_given_up(seat);
        progress.failed += u32::from(failed);
        progress.done += u32::from(made || failed);
    }
    progress
}

/// How many machines were to go and could not be removed in time. They are tried again without end,
/// but nothing waits for them.
pub fn stuck(machines: &[Machine]) -> u32 {
    let stuck = machines
        .iter()
        .filter(|m| !m.wanted.present && is_given_up(m));
    u32::try_from(stuck.count()).unwrap_or(u32::MAX)
}

fn is_given_up(machine: &Machine) -> bool {
    machine.trouble.as_ref().is_some_and(|t| t.failed)
}

/// How many machines still have to be stopped before a lab is at rest in the bin.
pub fn running(machines: &[Machine]) -> u32 {
    let running = machines.iter().filter(|m| m.seen.power == Some(Power::On));
    u32::try_from(running.count()).unwrap_or(u32::MAX)
}

/// Whether a machine of a deleted lab could not be stopped in time.
pub fn runs_on(machine: &Machine) -> bool {
    machine.seen.power == Some(Power::On) && is_given_up(machine)
}

/// The next step for `lab` with `machines`, all it has; `None` while it waits for one of them, or
/// when there is nothing to do before [`Lab::kept_until`].
pub fn decide_lab(lab: &Lab, machines: &[Machine], now: Timestamp) -> Option<LabStep> {
    if lab.deleting {
        if lab.is_restorable(now) {
            let runs_on = machines.iter().any(runs_on);
            return runs_on.then_some(LabStep::Insist);
        }
        if machines.iter().any(|machine| machine.wanted.present) {
            return Some(LabStep::Empty);
        }
        return machines.is_empty().then_some(LabStep::Erase);
    }
    if lab.wanted_generation > lab.published_generation {
        let generation = lab.wanted_generation;
        if !lab.has_template() {
            return Some(LabStep::Adopt { generation });
        }
        let template = machines.iter().find(|m| m.kind == MachineKind::Template)?;
        let made = template.seen.build == Some(template.wanted.build);
        if made && template.seen.power == Some(Power::Off) {
            return Some(LabStep::Seal { generation });
        }
        return is_given_up(template).then_some(LabStep::GiveUp);
    }
    let working = matches!(
        lab.state,
        LabState::Publishing | LabState::Scaling | LabState::Syncing
    );
    let progress = progress(machines);
    let leaving = machines
        .iter()
        .any(|m| !m.wanted.present && !is_given_up(m));
    (working && progress.done == progress.total && !leaving).then_some(LabStep::Finish)
}
