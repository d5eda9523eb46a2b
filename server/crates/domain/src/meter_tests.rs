//! Counted time, second by second.

use proptest::prelude::*;

use super::*;
use crate::fixtures::{any_windows, at, reset, run, window};

const STUDENT: StartCause = StartCause::Student;

#[test]
fn max_runs_into_class_and_out_of_it() {
    let his = run(STUDENT, 0, Some(100));
    let class = [window(20, 50)];
    let piece = |from, to, what| Piece {
        from: at(from),
        to: at(to),
        what,
    };
    assert_eq!(
        explain(&his, &class, &[reset(10)], at(1000)),
        [
            piece(0, 10, Counting::Free(Why::BeforeReset)),
            piece(10, 20, Counting::Counted),
            piece(20, 50, Counting::Free(Why::Class)),
            piece(50, 100, Counting::Counted),
        ]
    );
    assert_eq!(
        counted(&[his], &class, &[reset(10)], at(1000)),
        Duration::from_secs(60)
    );
}

#[test]
fn what_others_start_is_free_and_says_why() {
    for (cause, why) in [
        (StartCause::Educator, Why::StartedByEducator),
        (StartCause::Schedule, Why::StartedBySchedule),
        (StartCause::System, Why::StartedBySystem),
    ] {
        let run = run(cause, 0, Some(100));
        let all = explain(&run, &[window(20, 50)], &[], at(1000));
        assert_eq!(
            all,
            [Piece {
                from: at(0),
                to: at(100),
                what: Counting::Free(why)
            }]
        );
        assert_eq!(counted(&[run], &[], &[], at(1000)), Duration::ZERO);
    }
    let template = Run {
        kind: MachineKind::Template,
        ..run(StartCause::Educator, 0, None)
    };
    let all = explain(&template, &[], &[], at(5));
    assert_eq!(all[0].what, Counting::Free(Why::Template));
}

#[test]
fn a_run_that_goes_on_counts_up_to_now_and_to_the_microsecond() {
    let mut his = run(STUDENT, 0, None);
    his.started_at = Timestamp::from_micros(3);
    assert_eq!(
        counted(&[his.clone()], &[], &[], at(1)),
        Duration::from_micros(999_997)
    );
    assert_eq!(counted(&[his], &[], &[], at(0)), Duration::ZERO);
}

#[test]
fn a_reset_can_be_taken_back() {
    let runs = [run(STUDENT, 0, Some(100))];
    let mut zero = reset(60);
    assert_eq!(
        counted(&runs, &[], &[zero.clone()], at(50)),
        Duration::from_secs(50)
    );
    assert_eq!(
        counted(&runs, &[], &[zero.clone()], at(200)),
        Duration::from_secs(40)
    );
    zero.undone = Some(Undone {
        at: at(150),
        by: zero.by,
    });
    assert_eq!(
        counted(&runs, &[], &[zero], at(200)),
        Duration::from_secs(100)
    );
}

#[test]
fn a_large_lab_over_a_term_is_counted() {
    let hour = 3600;
    let class: Vec<Window> = (0..500)
        .map(|n| window(n * 5 * hour, n * 5 * hour + 2 * hour))
        .collect();
    let runs: Vec<Run> = (0..100)
        .map(|n| run(STUDENT, n * 20 * hour, Some((n * 20 + 9) * hour)))
        .collect();
    let total: Duration = (0..400)
        .map(|_| counted(&runs, &class, &[], at(4000 * hour)))
        .sum();
    assert_eq!(total.as_secs(), 400 * 100 * 5 * 3600);
}

fn any_runs() -> impl Strategy<Value = Vec<Run>> {
    let cause = prop_oneof![
        4 => Just(StartCause::Student),
        1 => Just(StartCause::Educator),
        1 => Just(StartCause::Schedule),
        1 => Just(StartCause::System),
    ];
    let one = (cause, 0_i64..600, prop::option::of(0_i64..300))
        .prop_map(|(cause, start, length)| run(cause, start, length.map(|length| start + length)));
    prop::collection::vec(one, 0..6)
}

fn any_resets() -> impl Strategy<Value = Vec<Reset>> {
    let one = (0_i64..700, any::<bool>()).prop_map(|(second, undone)| {
        let reset = reset(second);
        Reset {
            undone: undone.then_some(Undone {
                at: reset.at,
                by: reset.by,
            }),
            ..reset
        }
    });
    prop::collection::vec(one, 0..3)
}

/// Counted by asking of every second whether it counts.
fn naive(runs: &[Run], windows: &[Window], resets: &[Reset], now: Timestamp) -> u64 {
    let counts = |run: &Run, second: i64| {
        let instant = at(second);
        run.cause == StartCause::Student
            && run.started_at <= instant
            && run.stopped_at.is_none_or(|stopped| instant < stopped)
            && instant < now
            && !windows.iter().any(|w| w.from <= instant && instant < w.to)
            && !resets
                .iter()
                .any(|r| r.undone.is_none() && r.at <= now && instant < r.at)
    };
    runs.iter()
        .flat_map(|run| (0..1200).map(move |s| (run, s)))
        .filter(|(r, s)| counts(r, *s))
        .count() as u64
}

proptest! {
    #[test]
    fn it_is_the_number_of_seconds_that_count(
        runs in any_runs(), class in any_windows(900), resets in any_resets(), now in 0_i64..1000,
    ) {
        let used = counted(&runs, &class, &resets, at(now));
        prop_assert_eq!(used, Duration::from_secs(naive(&runs, &class, &resets, at(now))));
    }

    #[test]
    fn pieces_add_up_and_follow_one_another(
        runs in any_runs(), class in any_windows(900), resets in any_resets(), now in 0_i64..1000,
    ) {
        let now = at(now);
        let mut total = Duration::ZERO;
        for run in &runs {
            let pieces = explain(run, &class, &resets, now);
            let mut from = run.started_at;
            for piece in &pieces {
                prop_assert!(piece.from == from && piece.from < piece.to);
                from = piece.to;
            }
            prop_assert_eq!(from, run.end(now));
            total += pieces
                .iter()
                .filter(|piece| piece.what == Counting::Counted)
                .map(|piece| piece.to.since(piece.from))
                .sum();
        }
        prop_assert_eq!(total, counted(&runs, &class, &resets, now));
    }

    #[test]
    fn it_only_ever_grows_and_adds_up(
        runs in any_runs(), class in any_windows(900), now in 0_i64..1000, later in 0_i64..500, cut in 0_usize..6,
    ) {
        let used = |runs: &[Run], now| counted(runs, &class, &[], at(now));
        prop_assert!(used(&runs, now) <= used(&runs, now + later));
        prop_assert!(used(&runs, now + later) <= used(&runs, now) + Duration::from_secs(later as u64) * 6);
        let cut = cut.min(runs.len());
        prop_assert_eq!(used(&runs[..cut], now) + used(&runs[cut..], now), used(&runs, now));
    }

    /// Windows reach into the future, which changes nothing by now.
    #[test]
    fn class_to_come_changes_nothing(
        runs in any_runs(), class in any_windows(900), now in 0_i64..1000,
    ) {
        let past: Vec<Window> = within(&class, at(0), at(now)).collect();
        prop_assert_eq!(counted(&runs, &class, &[], at(now)), counted(&runs, &past, &[], at(now)));
    }

    #[test]
    fn more_class_never_costs_more(runs in any_runs(), class in any_windows(900), now in 0_i64..1000) {
        let with = counted(&runs, &class, &[], at(now));
        prop_assert!(with <= counted(&runs, &[], &[], at(now)));
    }
}
