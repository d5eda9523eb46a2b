//! The look at a running machine's clock: whether it is to be stopped now, and when to look again.

use std::time::Duration;

use crate::machine::MachineKind;
use crate::meter::{Run, StartCause};
use crate::presence::{Presence, Verdict, judge};
use crate::quota::{RunsOut, Warning, runs_out_at, warnings_at};
use crate::shutdown::AutoShutdown;
use crate::stop::{StopNote, StopReason};
use crate::time::Timestamp;
use crate::window::Window;

/// What is left of a user's quota, and when it pauses.
#[derive(Clone, Copy, Debug)]
pub struct Left<'a> {
    /// What is left now.
    pub remaining: Duration,
    /// The user's class windows, all that there are up to the horizon.
    pub windows: &'a [Window],
    /// Up to when the windows are known.
    pub horizon: Timestamp,
}

/// What is known about a machine that runs.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The stretch of running that it is in.
    pub run: &'a Run,
    /// Its user's quota; none for the template, and for a machine that nobody has.
    pub left: Option<Left<'a>>,
    /// When machines that nobody uses are stopped.
    pub shutdown: &'a AutoShutdown,
    /// What is known about its use.
    pub presence: &'a Presence,
}

/// What follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// The machine is to be stopped now, for this reason.
    pub stop: Option<StopNote>,
    /// When its quota ends, if it runs on until then and nothing changes.
    pub quota_ends: Option<Timestamp>,
    /// The warnings of that still to come.
    pub warnings: Vec<Warning>,
    /// When it stops because nobody uses it, if it stays so.
    pub unused: Verdict,
    /// When to look again.
    pub due: Option<Timestamp>,
}

/// Looks at a machine's clock at `now`.
pub fn review(situation: &Situation<'_>, now: Timestamp) -> Review {
    let unused = judge(situation.shutdown, situation.presence, now);
    let counts =
        situation.run.kind == MachineKind::User && situation.run.cause == StartCause::Student;
    let left = situation.left.filter(|_| counts);
    let ends = left.map(|left| runs_out_at(now, left.remaining, left.windows, left.horizon));
    let warnings = left.map_or_else(Vec::new, |left| {
        warnings_at(now, left.remaining, left.windows, left.horizon)
    });
    let quota_ends = ends.and_then(RunsOut::at);
    let stop = if quota_ends.is_some_and(|at| at <= now) {
        Some(StopNote::from(StopReason::QuotaEnd))
    } else {
        unused.note().filter(|_| unused.is_due(now))
    };
    let due = [
        ends.map(RunsOut::due),
        warnings.first().map(|warning| warning.at),
        unused.due(now),
    ];
    Review {
        due: due.into_iter().flatten().min(),
        stop,
        quota_ends,
        warnings,
        unused,
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
