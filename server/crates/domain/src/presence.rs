//! Auto-shutdown's decision: from what is known about a machine's use to when it is to be stopped.

use std::time::Duration;

use crate::shutdown::{AutoShutdown, ShutdownOnIdle};
use crate::stop::{StopNote, StopReason};
use crate::time::Timestamp;

/// How long before a stop its user is warned; half the delay, if that is shorter.
pub const WARNING: Duration = Duration::from_secs(5 * 60);

/// How long nothing may be known about a machine's use.
pub const PATIENCE: Duration = Duration::from_secs(3 * 60 * 60);

/// From this share of a machine's CPUs on it is busy.
pub const BUSY_CPU: f64 = 0.05;

/// From so many bytes a second to and from its disk on it is busy.
pub const BUSY_DISK: f64 = 1_000_000.0;

/// Whether a machine that used this share of all its CPUs (0 to 1), and moved so many bytes a second
/// to and from its disk, was busy.
pub fn is_busy(cpu: f64, disk_bytes_per_s: f64) -> bool {
    cpu >= BUSY_CPU || disk_bytes_per_s >= BUSY_DISK
}

/// What is known about the use of a machine that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// When it started.
    pub started_at: Timestamp,
    /// Whether a schedule started it.
    pub by_schedule: bool,
    /// When the class begins that it was started for.
    pub class_begins_at: Option<Timestamp>,
    /// How many connections are open.
    pub connections: u32,
    /// When the last one began, of those since the start; none has been, when there is none.
    pub last_connect: Option<Timestamp>,
    /// When the last one ended, of those since the start.
    pub last_disconnect: Option<Timestamp>,
    /// When there last was keyboard or mouse input.
    pub last_input: Option<Timestamp>,
    /// When it was last busy, as [`is_busy`] has it.
    pub last_busy: Option<Timestamp>,
    /// Since when information has been coming without a gap: the start, or the return of the
    /// gateway or the engine after a silence. Not when the latest piece of it came.
    pub informed_since: Timestamp,
    /// Since when information has been missing, as long as it is.
    pub silent_since: Option<Timestamp>,
    /// When somebody last said “I'm still here”.
    pub stay: Option<Timestamp>,
}

impl Presence {
    /// What is known of a machine that has just started.
    pub fn started(at: Timestamp) -> Self {
        Self {
            started_at: at,
            by_schedule: false,
            class_begins_at: None,
            connections: 0,
            last_connect: None,
            last_disconnect: None,
            last_input: None,
            last_busy: None,
            informed_since: at,
            silent_since: None,
            stay: None,
        }
    }

    /// Whether anybody has connected since the start.
    pub fn ever_connected(&self) -> bool {
        self.connections > 0 || self.last_connect.is_some() || self.last_disconnect.is_some()
    }
}

/// When a machine is to be stopped, if nothing happens until then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// When, and why; never, as things are, when there is none.
    pub stop: Option<(Timestamp, StopReason)>,
    /// When to warn its user; none, where the delay is none.
    pub warn_at: Option<Timestamp>,
    /// How long the delay is, in minutes.
    pub minutes: Option<u32>,
}

impl Verdict {
    /// The reason with its minutes, for page and history.
    pub fn note(self) -> Option<StopNote> {
        self.stop.map(|(_, reason)| StopNote {
            reason,
            minutes: self.minutes,
        })
    }

    /// Whether it is time to stop.
    pub fn is_due(self, now: Timestamp) -> bool {
        self.stop.is_some_and(|(at, _)| at <= now)
    }

    /// Whether it is time to warn, and not yet to stop.
    pub fn is_warning(self, now: Timestamp) -> bool {
        self.warn_at.is_some_and(|at| at <= now) && !self.is_due(now)
    }

    /// When to act, or to judge again: the warning, while it lies ahead, then the stop.
    pub fn due(self, now: Timestamp) -> Option<Timestamp> {
        let warn = self.warn_at.filter(|at| *at > now);
        warn.or(self.stop.map(|(at, _)| at))
    }
}

/// When the machine is to be stopped by the rules of `settings`, given what is known at `now`; the
/// earliest rule wins, and of two at once the one told first here:
///
/// * the last connection ended, and nobody came back for the delay;
/// * nobody has connected since the start for the delay;
/// * no keyboard or mouse input for the delay, and with `LowUsage` no work either.
///
/// Every delay begins at the latest of the event itself, of “I'm still here”, and of the moment when
/// information came back after it had been missing: a machine is never stopped because nobody knew.
/// Nor is it kept for ever for that reason; after three silent hours it is stopped. After a
/// scheduled start no delay begins before class does, or machines that start early would be off when
/// it begins.
pub fn judge(settings: &AutoShutdown, presence: &Presence, now: Timestamp) -> Verdict {
    let rule = match presence.silent_since {
        Some(since) if since <= now => silence(settings, presence, since),
        _ => rules(settings, presence),
    };
    let Some(rule) = rule else {
        return Verdict::default();
    };
    let at = rule.begins + rule.delay;
    let warning = WARNING.min(rule.delay / 2);
    Verdict {
        stop: Some((at, rule.reason)),
        warn_at: (!warning.is_zero()).then(|| at - warning),
        minutes: u32::try_from(rule.delay.as_secs() / 60).ok(),
    }
}

/// A rule that applies.
struct Rule {
    begins: Timestamp,
    delay: Duration,
    reason: StopReason,
}

/// The rule that ends a silence. Without any rule on, nothing is missing that anyone would act on.
fn silence(settings: &AutoShutdown, presence: &Presence, since: Timestamp) -> Option<Rule> {
    settings.is_on().then(|| Rule {
        begins: latest(since, [presence.stay]),
        delay: PATIENCE,
        reason: StopReason::Silent,
    })
}

fn rules(settings: &AutoShutdown, presence: &Presence) -> Option<Rule> {
    let begins = |event: Timestamp, others: [Option<Timestamp>; 3]| {
        let floor = latest(presence.informed_since, [presence.stay, class(presence)]);
        latest(event.max(floor), others)
    };
    let none = [None; 3];
    let disconnected = (settings.shutdown_on_disconnect.is_on() && presence.connections == 0)
        .then_some(presence.last_disconnect)
        .flatten()
        .map(|event| Rule {
            begins: begins(event, none),
            delay: settings.disconnect_delay.length(),
            reason: StopReason::Disconnected,
        });
    let not_connected = (settings.shutdown_when_not_connected.is_on()
        && !presence.ever_connected())
    .then(|| Rule {
        begins: begins(presence.started_at, none),
        delay: settings.no_connect_delay.length(),
        reason: StopReason::NotConnected,
    });
    // Who connects is there, even before the first key.
    let (last_busy, reason) = match settings.shutdown_on_idle {
        ShutdownOnIdle::LowUsage => (presence.last_busy, StopReason::LowUsage),
        ShutdownOnIdle::UserAbsence | ShutdownOnIdle::None => (None, StopReason::UserAbsence),
    };
    let signs = [presence.last_input, presence.last_connect, last_busy];
    let idle = (settings.shutdown_on_idle != ShutdownOnIdle::None).then(|| Rule {
        begins: begins(presence.started_at, signs),
        delay: settings.idle_delay.length(),
        reason,
    });
    // Of equals, the minimum is the first.
    [disconnected, not_connected, idle]
        .into_iter()
        .flatten()
        .min_by_key(|rule| rule.begins + rule.delay)
}

/// When the class begins that a schedule started the machine for.
fn class(presence: &Presence) -> Option<Timestamp> {
    presence.class_begins_at.filter(|_| presence.by_schedule)
}

fn latest<const N: usize>(first: Timestamp, others: [Option<Timestamp>; N]) -> Timestamp {
    others.into_iter().flatten().fold(first, Timestamp::max)
}

#[cfg(test)]
#[path = "presence_tests.rs"]
mod tests;
