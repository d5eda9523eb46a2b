use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::id::{MachineId, RunId};
use crate::shutdown::AutoShutdown;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn run(cause: StartCause) -> Run {
    Run {
        id: RunId::new(Uuid::from_u128(1)),
        machine: MachineId::new(Uuid::from_u128(2)),
        kind: MachineKind::User,
        user: None,
        started_at: at(0),
        stopped_at: None,
        cause,
        by: None,
        stop_reason: None,
        stop_minutes: None,
    }
}

fn look(cause: StartCause, left: u64, shutdown: &AutoShutdown, now: Timestamp) -> Review {
    let situation = Situation {
        run: &run(cause),
        left: Some(Left {
            remaining: Duration::from_secs(left),
            windows: &[],
            horizon: now + Duration::from_secs(1_000_000),
        }),
        shutdown,
        presence: &Presence::started(at(0)),
    };
    review(&situation, now)
}

#[test]
fn a_student_is_stopped_when_quota_is_used_up_and_nobody_else_is() {
    let over = look(StartCause::Student, 0, &AutoShutdown::OFF, at(60));
    assert_eq!(over.stop, Some(StopReason::QuotaEnd.into()));
    for cause in [
        StartCause::Educator,
        StartCause::Schedule,
        StartCause::System,
    ] {
        let free = look(cause, 0, &AutoShutdown::OFF, at(60));
        assert_eq!((free.stop, free.due), (None, None));
    }
}

#[test]
fn it_is_looked_at_again_at_each_warning_and_at_the_end() {
    let review = look(StartCause::Student, 1000, &AutoShutdown::OFF, at(60));
    assert_eq!(review.quota_ends, Some(at(1060)));
    assert_eq!(review.due, Some(at(160)));
    let review = look(StartCause::Student, 200, &AutoShutdown::OFF, at(60));
    assert_eq!(review.due, Some(at(260)));
}

#[test]
fn what_nobody_connects_to_stops_by_itself_with_a_true_reason() {
    let shutdown = AutoShutdown::PROPOSED;
    let early = look(StartCause::Educator, 0, &shutdown, at(60));
    assert_eq!(early.stop, None);
    let stop = look(StartCause::Educator, 0, &shutdown, at(900)).stop;
    let sentence = stop.map(StopNote::sentence);
    assert_eq!(
        sentence.as_deref(),
        Some("Nobody connected for 15 minutes.")
    );
}

proptest! {
    #[test]
    fn a_look_stops_or_names_a_later_one(left in 0_u64..20_000, now in 0_i64..5_000) {
        let review = look(StartCause::Student, left, &AutoShutdown::PROPOSED, at(now));
        prop_assert!(review.stop.is_some() || review.due > Some(at(now)));
    }
}
