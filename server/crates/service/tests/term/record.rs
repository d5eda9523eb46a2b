//! What the test itself knows of every machine: when it really ran, who had it started, who was there.

use std::collections::BTreeMap;

use domain::id::MachineId;
use domain::machine::Power;
use domain::time::Timestamp;
use simulator::PowerChange;

/// What is known of one machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Own {
    /// When it ran, by the engine: from, and to.
    pub ran: Vec<(i64, Option<i64>)>,
    /// Since when it is whose: whether a student's.
    pub asked: Vec<(i64, bool)>,
    /// Open connections.
    pub open: u32,
    pub last_connect: Option<i64>,
    pub last_disconnect: Option<i64>,
    pub last_input: Option<i64>,
    /// When the load was last high; now, while it is.
    pub last_busy: Option<i64>,
    pub busy: bool,
    /// Since when it does not answer when it is looked inside.
    pub silent: Option<i64>,
    /// When it last came out of a silence.
    pub heard: i64,
    pub stay: Option<i64>,
    /// When a class it was started early for begins.
    pub class_at: Option<i64>,
    /// Whether there were accidents after which nobody can tell when it stopped.
    pub unclear: bool,
}

impl Own {
    /// When it last began to run.
    pub fn started(&self) -> Option<i64> {
        self.ran.last().map(|(from, _)| *from)
    }

    pub fn runs(&self) -> bool {
        self.ran.last().is_some_and(|(_, to)| to.is_none())
    }

    /// Whether it was a student's at this instant.
    fn is_student_s(&self, at: i64) -> bool {
        let before = self.asked.partition_point(|(asked, _)| *asked <= at);
        before > 0 && self.asked[before - 1].1
    }

    /// The parts of what ran up to `now` that a student had started.
    pub fn student_s(&self, now: i64) -> Vec<(i64, i64)> {
        let mut parts = Vec::new();
        for (from, to) in &self.ran {
            let to = to.unwrap_or(now).min(now);
            let mut cuts = vec![*from];
            cuts.extend(
                self.asked
                    .iter()
                    .map(|(at, _)| *at)
                    .filter(|at| at > from && *at < to),
            );
            cuts.push(to);
            for pair in cuts.windows(2) {
                if pair[0] < pair[1] && self.is_student_s(pair[0]) {
                    parts.push((pair[0], pair[1]));
                }
            }
        }
        parts
    }

    /// The stretch of running that holds this one, give or take.
    pub fn covers(&self, from: i64, to: i64, slack: i64) -> bool {
        self.ran.iter().any(|(began, ended)| {
            *began <= from + slack && ended.is_none_or(|ended| to <= ended + slack)
        })
    }
}

/// What is known of all.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub machines: BTreeMap<MachineId, Own>,
    /// How many changes of power have been taken in.
    pub taken: usize,
    /// When nobody kept time, or the engine did not answer, or the clock jumped: from, and to.
    pub gaps: Vec<(i64, i64)>,
    /// When a fault of the engine was last set up.
    pub struck: Option<i64>,
    /// When use was last watched without a gap.
    pub informed: i64,
}

impl Record {
    pub fn own(&mut self, machine: MachineId) -> &mut Own {
        self.machines.entry(machine).or_default()
    }

    /// Takes in what the engine did.
    pub fn take(&mut self, changes: &[PowerChange]) {
        self.taken += changes.len();
        for change in changes {
            let own = self.own(change.machine);
            let at = change.at.micros();
            match change.power {
                Power::On => {
                    own.ran.push((at, None));
                    own.open = 0;
                    own.last_connect = None;
                    own.last_disconnect = None;
                    own.last_input = None;
                    own.last_busy = own.busy.then_some(at);
                    own.stay = None;
                }
                Power::Off => own.ran.last_mut().unwrap().1 = Some(at),
            }
        }
    }

    pub fn gap(&mut self, from: Timestamp, to: Timestamp) {
        self.gaps.push((from.micros(), to.micros()));
    }
}
