//! The next step of a lab as a whole: publishing, scaling and deleting.

use crate::lab::{Lab, LabState};
use crate::machine::{Machine, MachineKind, Power};

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
    /// Every machine is at rest: publishing or scaling is over.
    Finish,
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

/// How far the machines of a pool are in being made. Whether one that is made runs does not matter.
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
        let failed = seat.trouble.as_ref().is_some_and(|t| t.failed);
        progress.failed += u32::from(failed);
        progress.done += u32::from(failed || seat.seen.build == Some(seat.wanted.build));
    }
    progress
}

/// The next step for `lab` with `machines`, all it has; `None` while it waits for one of them, or
/// when there is nothing to do.
pub fn decide_lab(lab: &Lab, machines: &[Machine]) -> Option<LabStep> {
    if lab.deleting {
        return machines.is_empty().then_some(LabStep::Erase);
    }
    if lab.trouble.as_ref().is_some_and(|t| t.failed) {
        return None;
    }
    if lab.wanted_generation > lab.published_generation {
        let generation = lab.wanted_generation;
        if !lab.has_template() {
            return Some(LabStep::Adopt { generation });
        }
        let ready = machines.iter().any(|m| {
            m.kind == MachineKind::Template
                && m.seen.build == Some(m.wanted.build)
                && m.seen.power == Some(Power::Off)
        });
        return ready.then_some(LabStep::Seal { generation });
    }
    let working = matches!(lab.state, LabState::Publishing | LabState::Scaling);
    let progress = progress(machines);
    let leaving = machines.iter().any(|m| !m.wanted.present);
    (working && progress.done == progress.total && !leaving).then_some(LabStep::Finish)
}
