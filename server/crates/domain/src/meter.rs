//! The meter: which stretches of running count against a user's quota, and why the others do not.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{MachineId, PersonId, ResetId, RunId, UserId};
use crate::machine::{Cause, MachineKind, StopNote, StopReason};
use crate::time::Timestamp;
use crate::window::{Window, overlap, within};

/// Who or what started a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StartCause {
    /// The student whose machine it is.
    Student,
    /// Somebody with a role on the lab.
    Educator,
    /// A schedule.
    Schedule,
    /// Lectern itself, or a program.
    System,
}

impl From<Cause> for StartCause {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Student => Self::Student,
            Cause::Educator => Self::Educator,
            Cause::System => Self::System,
        }
    }
}

/// One stretch of a machine's running, from the engine's own start to its own stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The machine.
    pub machine: MachineId,
    /// What the machine is for.
    pub kind: MachineKind,
    /// Who had the machine.
    pub user: Option<UserId>,
    /// When it started.
    pub started_at: Timestamp,
    /// When it stopped; it still runs, when there is none.
    pub stopped_at: Option<Timestamp>,
    /// Who or what started it.
    pub cause: StartCause,
    /// Which person, where it was one.
    pub by: Option<PersonId>,
    /// Why it stopped.
    pub stop_reason: Option<StopReason>,
    /// After how many minutes, where that reason is one of time.
    pub stop_minutes: Option<u32>,
}

impl Run {
    /// Why it stopped, in words.
    pub fn stop_note(&self) -> Option<StopNote> {
        self.stop_reason.map(|reason| StopNote {
            reason,
            minutes: self.stop_minutes,
        })
    }

    /// When it ended; `now`, while it has not.
    pub fn end(&self, now: Timestamp) -> Timestamp {
        Stretch::from(self).end(now)
    }

    /// How long it has been running by `now`.
    pub fn length(&self, now: Timestamp) -> Duration {
        Stretch::from(self).length(now)
    }
}

/// What of a run counts and costs: a large lab's are many, and this is all that its sums need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Who had the machine.
    pub user: Option<UserId>,
    /// What the machine is for.
    pub kind: MachineKind,
    /// Who or what started it.
    pub cause: StartCause,
    /// When it started.
    pub started_at: Timestamp,
    /// When it stopped; it still runs, when there is none.
    pub stopped_at: Option<Timestamp>,
}

impl From<&Run> for Stretch {
    fn from(run: &Run) -> Self {
        Self {
            user: run.user,
            kind: run.kind,
            cause: run.cause,
            started_at: run.started_at,
            stopped_at: run.stopped_at,
        }
    }
}

impl From<&Self> for Stretch {
    fn from(stretch: &Self) -> Self {
        *stretch
    }
}

impl Stretch {
    /// When it ended; `now`, while it has not.
    pub fn end(&self, now: Timestamp) -> Timestamp {
        let end = self.stopped_at.map_or(now, |stopped| stopped.min(now));
        end.max(self.started_at)
    }

    /// How long it has been running by `now`.
    pub fn length(&self, now: Timestamp) -> Duration {
        self.end(now).since(self.started_at)
    }

    /// Why none of it counts; `None` when a student started it, and it may.
    fn free_as_a_whole(&self) -> Option<Why> {
        match (self.kind, self.cause) {
            (MachineKind::Template, _) => Some(Why::Template),
            (MachineKind::User, StartCause::Student) => None,
            (MachineKind::User, StartCause::Educator) => Some(Why::StartedByEducator),
            (MachineKind::User, StartCause::Schedule) => Some(Why::StartedBySchedule),
            (MachineKind::User, StartCause::System) => Some(Why::StartedBySystem),
        }
    }
}

/// A user's used hours set to zero: what ran before the date does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reset {
    /// Its id.
    pub id: ResetId,
    /// Only what ran from here on counts. One that lies ahead changes nothing until then.
    pub at: Timestamp,
    /// When it was done.
    pub made_at: Timestamp,
    /// Who did it.
    pub by: PersonId,
    /// When and by whom it was taken back.
    pub undone: Option<Undone>,
}

/// When and by whom a reset was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undone {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: PersonId,
}

/// The instant from which on a user's hours count, by what is known at `now`: the latest of the
/// resets that were not taken back.
pub fn counts_from(resets: &[Reset], now: Timestamp) -> Option<Timestamp> {
    resets
        .iter()
        .filter(|reset| reset.undone.is_none() && reset.at <= now)
        .map(|reset| reset.at)
        .max()
}

/// How much of `runs`, all of them one user's, counts against the quota by `now`: what the student
/// started, outside `windows` (as [`crate::window::windows`] gives them), after the last reset.
pub fn counted<R>(
    runs: impl IntoIterator<Item = R>,
    windows: &[Window],
    resets: &[Reset],
    now: Timestamp,
) -> Duration
where
    Stretch: From<R>,
{
    let since = counts_from(resets, now);
    runs.into_iter()
        .map(Stretch::from)
        .filter(|run| run.free_as_a_whole().is_none())
        .map(|run| {
            let end = run.end(now);
            let start = since.map_or(run.started_at, |since| since.max(run.started_at));
            end.since(start)
                .saturating_sub(overlap(windows, start, end))
        })
        .sum()
}

/// A part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// From this instant on …
    pub from: Timestamp,
    /// … until just before this one.
    pub to: Timestamp,
    /// Whether it counts.
    pub what: Counting,
}

/// Whether a part of a run counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// It counts against the quota.
    Counted,
    /// It does not.
    Free(Why),
}

/// Why a part of a run does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It was class.
    Class,
    /// An educator had started the machine.
    StartedByEducator,
    /// A schedule had.
    StartedBySchedule,
    /// Lectern itself or a program had.
    StartedBySystem,
    /// The template has no quota.
    Template,
    /// Used hours were set to zero later.
    BeforeReset,
}

impl Why {
    /// The reason as a sentence for student and educator.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Class => "Free during class.",
            Self::StartedByEducator => "Free because an educator started it.",
            Self::StartedBySchedule => "Free because a schedule started it.",
            Self::StartedBySystem => "Free because the system started it.",
            Self::Template => "The template has no quota.",
            Self::BeforeReset => "Free because used hours were set to zero later.",
        }
    }
}

/// Takes a run apart: which parts count by `now`, and why the others do not. The parts follow one
/// another without a gap from the run's start to its end; a run without length has none.
pub fn explain(run: &Run, windows: &[Window], resets: &[Reset], now: Timestamp) -> Vec<Piece> {
    let mut pieces = Pieces {
        at: run.started_at,
        done: Vec::new(),
    };
    let end = run.end(now);
    if let Some(why) = Stretch::from(run).free_as_a_whole() {
        pieces.reach(end, Counting::Free(why));
        return pieces.done;
    }
    if let Some(since) = counts_from(resets, now) {
        pieces.reach(since.min(end), Counting::Free(Why::BeforeReset));
    }
    for class in within(windows, pieces.at, end) {
        pieces.reach(class.from, Counting::Counted);
        pieces.reach(class.to, Counting::Free(Why::Class));
    }
    pieces.reach(end, Counting::Counted);
    pieces.done
}

/// Pieces so far, and where the next begins.
struct Pieces {
    at: Timestamp,
    done: Vec<Piece>,
}

impl Pieces {
    /// Adds the piece up to `to`, unless it has no length.
    fn reach(&mut self, to: Timestamp, what: Counting) {
        if self.at < to {
            self.done.push(Piece {
                from: self.at,
                to,
                what,
            });
            self.at = to;
        }
    }
}

#[cfg(test)]
#[path = "meter_tests.rs"]
mod tests;
