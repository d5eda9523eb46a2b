//! Words for hours: quotas, warnings, runs, automatic stops.

use std::collections::HashMap;
use std::time::Duration;

use domain::group::Group;
use domain::id::{MachineId, PersonId};
use domain::lab::Lab;
use domain::machine::{Machine, MachineKind};
use domain::meter::{Counting, Piece, Reset, Run, StartCause, Why};
use domain::quota::{AdditionalQuota, UsageQuota};
use domain::shutdown::{AutoShutdown, ShutdownOnIdle};
use domain::span::words;
use domain::time::Timestamp;
use domain::user::User;
use domain::window::Window;
use domain::zone::TimeZone;
use service::store::Person;
use service::usage::{MachineTime, Usage};

use super::{count, moment};
use crate::view::{
    CountdownView, GroupView, LabQuotaView, NoticeView, PieceView, QuotaView, ResetView, RunView,
    ShutdownView, UsageView, remaining,
};

/// How hours stand.
pub(in crate::api) fn quota(
    total: Duration,
    used: Duration,
    class: Option<(Window, &TimeZone)>,
) -> QuotaView {
    let left = total.saturating_sub(used);
    let (state, text) = match class {
        Some((window, zone)) => (
            "class",
            format!("Class in progress: free until {}", clock(window.to, zone)),
        ),
        None if total.is_zero() => ("class-only", "Available during classes only".to_owned()),
        None if left.is_zero() => (
            "used-up",
            format!("All of your {} are used up", words(total)),
        ),
        None => ("left", format!("{} left of {}", words(left), words(total))),
    };
    QuotaView {
        state: state.to_owned(),
        text,
        left: thousandths(left.as_micros(), total.as_micros()),
        used: words(used),
        total: words(total),
    }
}

/// “11:30 (Europe/Berlin)”.
fn clock(at: Timestamp, zone: &TimeZone) -> String {
    format!("{} ({})", zone.local(at).strftime("%H:%M"), zone.as_str())
}

/// `part` of `whole` in thousandths, at most all of it.
pub(in crate::api) fn thousandths(part: u128, whole: u128) -> u32 {
    let share = (part * 1000).checked_div(whole).unwrap_or(0).min(1000);
    u32::try_from(share).unwrap_or(1000)
}

/// The last hour of a quota.
pub(in crate::api) fn countdown(time: &MachineTime, now: Timestamp) -> Option<CountdownView> {
    let ends = time
        .quota_ends
        .filter(|at| at.since(now) <= Duration::from_secs(3600))?;
    Some(CountdownView {
        ends_at: moment(ends),
        text: remaining(ends.millis() - now.millis()),
    })
}

/// What to know about a machine now, the most urgent first.
pub(in crate::api) fn notices(time: &MachineTime, now: Timestamp) -> Vec<NoticeView> {
    let minutes = |at: Timestamp| {
        let minutes = u32::try_from(at.since(now).as_secs().div_ceil(60)).unwrap_or(u32::MAX);
        (minutes, count(minutes, "minute", "minutes"))
    };
    let mut notices = Vec::new();
    if let Some((at, note)) = time.unused {
        notices.push(NoticeView {
            tone: "warning".to_owned(),
            title: format!("The machine stops in {}", minutes(at).1),
            text: format!("It is about to be said: {}", note.sentence()),
            stay: true,
        });
    }
    if let Some(at) = time.class_stop {
        notices.push(NoticeView {
            tone: "warning".to_owned(),
            title: format!("Class ends in {}", minutes(at).1),
            text: "The machine is stopped then. Save your work.".to_owned(),
            stay: false,
        });
    }
    if let Some(at) = time.quota_ends
        && at.since(now) <= Duration::from_secs(3600)
    {
        let (number, text) = minutes(at);
        notices.push(NoticeView {
            tone: if number <= 5 { "danger" } else { "warning" }.to_owned(),
            title: format!("{text} of your quota left"),
            text: "The machine is stopped when it is used up. Class time is free.".to_owned(),
            stay: false,
        });
    }
    notices
}

/// A lab's quota, with its groups.
pub(in crate::api) fn lab_quota(lab: &Lab, groups: &[Group], users: &[User]) -> LabQuotaView {
    let group = |group: &Group| {
        let members = users.iter().filter(|user| user.group == Some(group.id));
        let members = u32::try_from(members.count()).unwrap_or(u32::MAX);
        GroupView {
            id: group.id.to_string(),
            name: group.name.to_string(),
            hours: group.quota.map_or_else(String::new, |q| hours(q.seconds())),
            quota: match group.quota {
                Some(quota) => format!("{} per user", words(quota.length())),
                None => "The lab’s quota".to_owned(),
            },
            members: count(members, "user", "users"),
        }
    };
    LabQuotaView {
        hours: hours(lab.time.quota.seconds()),
        text: quota_text(lab.time.quota),
        groups: groups.iter().map(group).collect(),
    }
}

fn quota_text(quota: UsageQuota) -> String {
    if quota == UsageQuota::NONE {
        "Available during classes only".to_owned()
    } else {
        words(quota.length())
    }
}

/// Hours as they are typed: “10”, “1.5”, “-2”, and “0:05” for what decimal places do not say exactly.
pub(in crate::api) fn hours(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let seconds = seconds.unsigned_abs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let text = if seconds.is_multiple_of(36) {
        let text = format!("{hours}.{:02}", seconds % 3600 / 36);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else if seconds.is_multiple_of(60) {
        format!("{hours}:{minutes:02}")
    } else {
        format!("{hours} h {minutes} min {} s", seconds % 60)
    };
    format!("{sign}{text}")
}

/// Additional hours as they are typed; empty for none.
pub(in crate::api) fn extra(additional: AdditionalQuota) -> String {
    match additional.seconds() {
        0 => String::new(),
        seconds => hours(seconds),
    }
}

/// When machines stop by themselves.
pub(in crate::api) fn shutdown(rules: &AutoShutdown) -> ShutdownView {
    ShutdownView {
        on_disconnect: rules.shutdown_on_disconnect.is_on(),
        disconnect_delay: rules.disconnect_delay.minutes().to_string(),
        not_connected: rules.shutdown_when_not_connected.is_on(),
        no_connect_delay: rules.no_connect_delay.minutes().to_string(),
        on_idle: match rules.shutdown_on_idle {
            ShutdownOnIdle::None => "None",
            ShutdownOnIdle::UserAbsence => "UserAbsence",
            ShutdownOnIdle::LowUsage => "LowUsage",
        }
        .to_owned(),
        idle_delay: rules.idle_delay.minutes().to_string(),
    }
}

/// A reset; `by` is who made it.
pub(in crate::api) fn reset(reset: &Reset, by: Option<String>) -> ResetView {
    ResetView {
        id: reset.id.to_string(),
        from: moment(reset.at),
        at: moment(reset.made_at),
        by: by.unwrap_or_else(|| "somebody".to_owned()),
        undone: reset.undone.is_some(),
    }
}

/// What is known of those who are named in a history.
pub(in crate::api) struct Names<'n> {
    /// The machines that are there.
    pub machines: &'n HashMap<MachineId, Machine>,
    /// People by their account.
    pub people: &'n HashMap<PersonId, Person>,
}

/// A run, taken apart.
pub(in crate::api) fn run(
    run: &Run,
    pieces: &[Piece],
    user: Option<&User>,
    names: &Names<'_>,
    now: Timestamp,
) -> RunView {
    let person = |id: PersonId| names.people.get(&id).map(|p| p.name.to_string());
    let starter = run.by.and_then(person);
    let started = match (run.cause, starter) {
        (StartCause::Schedule, _) => "The schedule".to_owned(),
        (StartCause::System, _) => "Lectern".to_owned(),
        (StartCause::Student, Some(name)) => name,
        (StartCause::Student, None) => "Its student".to_owned(),
        (StartCause::Educator, Some(name)) => name,
        (StartCause::Educator, None) => "An educator".to_owned(),
    };
    let counted = pieces
        .iter()
        .filter(|piece| piece.what == Counting::Counted)
        .map(|piece| piece.to.since(piece.from))
        .sum::<Duration>();
    let machine = names.machines.get(&run.machine);
    RunView {
        machine: match (run.kind, machine) {
            (MachineKind::Template, _) => "Template".to_owned(),
            (MachineKind::User, Some(machine)) => machine.hostname.to_string(),
            (MachineKind::User, None) => "A machine that is gone".to_owned(),
        },
        user: user.map(|user| {
            let name = user.person.and_then(person);
            name.unwrap_or_else(|| user.email.to_string())
        }),
        user_id: user.map(|user| user.id.to_string()),
        from: moment(run.started_at),
        to: run.stopped_at.map(moment),
        length: words(run.length(now)),
        stopped: run
            .stop_note()
            .map_or_else(|| "It runs.".to_owned(), |note| note.sentence()),
        pieces: pieces
            .iter()
            .map(|piece| self::piece(run, piece, &started, now))
            .collect(),
        counted: if counted.is_zero() {
            "Nothing".to_owned()
        } else {
            words(counted)
        },
        started,
    }
}

fn piece(run: &Run, piece: &Piece, started: &str, now: Timestamp) -> PieceView {
    let lasts = run.stopped_at.is_none() && piece.to >= run.end(now);
    let why = match piece.what {
        Counting::Counted => format!("Started by {started} outside class"),
        Counting::Free(Why::StartedByEducator) => format!("Started by {started}"),
        Counting::Free(why) => why.sentence().trim_end_matches('.').to_owned(),
    };
    PieceView {
        from: moment(piece.from),
        to: (!lasts).then(|| moment(piece.to)),
        length: words(piece.to.since(piece.from)),
        counted: piece.what == Counting::Counted,
        why,
    }
}

/// What one person used.
pub(in crate::api) fn usage(
    usage: &Usage,
    own: bool,
    back: String,
    may_change: bool,
    names: &Names<'_>,
) -> UsageView {
    let standing = &usage.standing;
    let total = standing.allowance.total;
    let mut notes = vec![match usage.group.as_ref() {
        Some(group) if group.quota.is_some() => format!("the quota of “{}”", group.name),
        _ => format!("{} for everybody", quota_text(usage.lab.time.quota)),
    }];
    match usage.user.additional.seconds() {
        0 => {}
        seconds if seconds > 0 => {
            notes.push(format!(
                "{} more",
                words(Duration::from_secs(seconds.unsigned_abs()))
            ));
        }
        seconds => {
            notes.push(format!(
                "{} less",
                words(Duration::from_secs(seconds.unsigned_abs()))
            ));
        }
    }
    let name = usage.person.as_ref().map(|person| person.name.to_string());
    let email = super::address(&usage.user.email);
    let by = |id: PersonId| names.people.get(&id).map(|person| person.name.to_string());
    UsageView {
        lab: usage.lab.id.to_string(),
        lab_title: usage.lab.title.to_string(),
        user: usage.user.id.to_string(),
        name: name.unwrap_or_else(|| email.clone()),
        email,
        own,
        back,
        quota: quota(total, standing.used, None),
        left: words(standing.remaining()),
        total_note: format!("{}.", notes.join(", ")),
        extra_hours: extra(usage.user.additional),
        group: usage.group.as_ref().map(|group| group.name.to_string()),
        resets: usage
            .resets
            .iter()
            .rev()
            .map(|r| reset(r, by(r.by)))
            .collect(),
        may_change,
        runs: usage
            .runs
            .iter()
            .map(|(r, pieces)| run(r, pieces, Some(&usage.user), names, usage.now))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_written_as_they_are_typed() {
        assert_eq!(hours(36_000), "10");
        assert_eq!(hours(5_400), "1.5");
        assert_eq!(hours(-7_200), "-2");
        assert_eq!(hours(0), "0");
        assert_eq!(hours(300), "0:05");
        assert_eq!(hours(-3_661), "-1 h 1 min 1 s");
        for seconds in -8_000..8_000 {
            let back = AdditionalQuota::parse_hours(&hours(seconds)).unwrap();
            assert_eq!(back.seconds(), seconds);
        }
    }

    #[test]
    fn a_quota_is_told_as_it_stands() {
        let hour = Duration::from_secs(3600);
        let left = quota(hour * 10, hour * 4, None);
        assert_eq!((left.state.as_str(), left.left), ("left", 600));
        assert_eq!(quota(hour, hour * 2, None).state, "used-up");
        assert_eq!(quota(Duration::ZERO, hour, None).state, "class-only");
    }
}
