//! When auto-shutdown stops, and when it must not.

use proptest::prelude::*;

use super::*;
use crate::fixtures::at;
use crate::shutdown::{Delay, DisconnectDelay, EnableState};

const RULES: AutoShutdown = AutoShutdown::PROPOSED;

/// So many minutes after the start.
fn minute(number: i64) -> Timestamp {
    at(number * 60)
}

fn started() -> Presence {
    Presence::started(minute(0))
}

fn stop(presence: &Presence) -> Option<(Timestamp, StopReason)> {
    judge(&RULES, presence, minute(0)).stop
}

#[test]
fn nobody_connects() {
    let verdict = judge(&RULES, &started(), minute(0));
    assert_eq!(verdict.stop, Some((minute(15), StopReason::NotConnected)));
    assert_eq!(verdict.warn_at, Some(minute(10)));
    assert_eq!(
        verdict.note().unwrap().sentence(),
        "Nobody connected for 15 minutes."
    );
    assert_eq!(verdict.due(minute(0)), Some(minute(10)));
    assert!(verdict.is_warning(minute(10)) && !verdict.is_due(minute(14)));
    assert!(verdict.is_due(minute(15)) && !verdict.is_warning(minute(15)));
}

#[test]
fn the_last_connection_ends() {
    let left = Presence {
        last_connect: Some(minute(3)),
        last_disconnect: Some(minute(20)),
        last_input: Some(minute(20)),
        ..started()
    };
    let verdict = judge(&RULES, &left, minute(20));
    assert_eq!(verdict.stop, Some((minute(25), StopReason::Disconnected)));
    // Half the delay is shorter than five minutes.
    assert_eq!(verdict.warn_at, Some(at(22 * 60 + 30)));
    let back = Presence {
        connections: 1,
        last_connect: Some(minute(22)),
        ..left
    };
    assert_eq!(stop(&back), Some((minute(37), StopReason::UserAbsence)));
}

#[test]
fn who_connects_late_has_time_to_type() {
    let late = Presence {
        connections: 1,
        last_connect: Some(minute(14)),
        ..started()
    };
    assert_eq!(stop(&late), Some((minute(29), StopReason::UserAbsence)));
}

#[test]
fn long_work_is_left_alone_where_it_is_asked_for() {
    let low = AutoShutdown {
        shutdown_on_idle: ShutdownOnIdle::LowUsage,
        ..RULES
    };
    let working = Presence {
        connections: 1,
        last_connect: Some(minute(1)),
        last_input: Some(minute(2)),
        last_busy: Some(minute(100)),
        ..started()
    };
    let stop = |rules: &AutoShutdown| judge(rules, &working, minute(100)).stop;
    assert_eq!(stop(&low), Some((minute(115), StopReason::LowUsage)));
    assert_eq!(stop(&RULES), Some((minute(17), StopReason::UserAbsence)));
    assert!(is_busy(0.05, 0.0) && is_busy(0.0, 1_000_000.0) && !is_busy(0.04, 999_999.0));
}

#[test]
fn machines_that_start_early_are_there_when_class_begins() {
    let early = Presence {
        by_schedule: true,
        class_begins_at: Some(minute(30)),
        ..started()
    };
    assert_eq!(stop(&early), Some((minute(45), StopReason::NotConnected)));
    let by_hand = Presence {
        by_schedule: false,
        ..early
    };
    assert_eq!(stop(&by_hand), Some((minute(15), StopReason::NotConnected)));
}

#[test]
fn i_am_still_here() {
    let here = Presence {
        stay: Some(minute(12)),
        ..started()
    };
    assert_eq!(stop(&here), Some((minute(27), StopReason::NotConnected)));
}

#[test]
fn a_machine_is_not_stopped_because_nobody_knew_nor_kept_for_ever() {
    let silent = Presence {
        silent_since: Some(minute(5)),
        ..started()
    };
    let verdict = judge(&RULES, &silent, minute(16));
    assert_eq!(verdict.stop, Some((minute(185), StopReason::Silent)));
    assert_eq!(verdict.warn_at, Some(minute(180)));
    assert_eq!(
        verdict.note().unwrap().sentence(),
        "Nothing was known about its use for 3 hours."
    );
    let back = Presence {
        informed_since: minute(100),
        ..started()
    };
    assert_eq!(stop(&back), Some((minute(115), StopReason::NotConnected)));
    assert_eq!(
        judge(&AutoShutdown::OFF, &silent, minute(500)),
        Verdict::default()
    );
}

fn any_rules() -> impl Strategy<Value = AutoShutdown> {
    let idle = prop::sample::select(vec![
        ShutdownOnIdle::None,
        ShutdownOnIdle::UserAbsence,
        ShutdownOnIdle::LowUsage,
    ]);
    let on = |on| {
        if on {
            EnableState::Enabled
        } else {
            EnableState::Disabled
        }
    };
    (any::<[bool; 2]>(), 0_u32..60, 1_u32..60, idle, 1_u32..60).prop_map(
        move |([disconnect, connect], after, none, shutdown_on_idle, idle)| AutoShutdown {
            shutdown_on_disconnect: on(disconnect),
            disconnect_delay: DisconnectDelay::new("disconnectDelay", after).unwrap(),
            shutdown_when_not_connected: on(connect),
            no_connect_delay: Delay::new("noConnectDelay", none).unwrap(),
            shutdown_on_idle,
            idle_delay: Delay::new("idleDelay", idle).unwrap(),
        },
    )
}

fn any_presence() -> impl Strategy<Value = Presence> {
    let maybe = || prop::option::of((0_i64..200).prop_map(minute));
    (
        (any::<bool>(), maybe(), 0_u32..3),
        (maybe(), maybe(), maybe(), maybe()),
        (0_i64..200, maybe(), maybe()),
    )
        .prop_map(
            |(
                (by_schedule, class_begins_at, connections),
                (last_connect, last_disconnect, last_input, last_busy),
                (informed, silent_since, stay),
            )| Presence {
                started_at: minute(0),
                by_schedule,
                class_begins_at,
                connections,
                last_connect,
                last_disconnect,
                last_input,
                last_busy,
                informed_since: minute(informed),
                silent_since,
                stay,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// What a reason says is true of all the time that it speaks of.
    #[test]
    fn every_stop_is_true(rules in any_rules(), presence in any_presence()) {
        let now = minute(200);
        let verdict = judge(&rules, &presence, now);
        let Some((at, reason)) = verdict.stop else {
            return Ok(());
        };
        let delay = Duration::from_secs(u64::from(verdict.minutes.unwrap()) * 60);
        let quiet = |event: Option<Timestamp>| event.is_none_or(|event| event + delay <= at);
        prop_assert!(quiet(presence.stay));
        if reason == StopReason::Silent {
            prop_assert!(presence.silent_since.is_some_and(|since| since + PATIENCE <= at));
            return Ok(());
        }
        prop_assert!(presence.silent_since.is_none());
        prop_assert!(quiet(Some(presence.started_at)) && quiet(Some(presence.informed_since)));
        prop_assert!(!presence.by_schedule || quiet(presence.class_begins_at));
        match reason {
            StopReason::Disconnected => {
                prop_assert!(rules.shutdown_on_disconnect.is_on() && presence.connections == 0);
                prop_assert!(quiet(presence.last_disconnect));
            }
            StopReason::NotConnected => {
                prop_assert!(rules.shutdown_when_not_connected.is_on() && !presence.ever_connected());
            }
            StopReason::UserAbsence => {
                prop_assert_eq!(rules.shutdown_on_idle, ShutdownOnIdle::UserAbsence);
                prop_assert!(quiet(presence.last_input) && quiet(presence.last_connect));
            }
            _ => {
                prop_assert_eq!(rules.shutdown_on_idle, ShutdownOnIdle::LowUsage);
                prop_assert!(quiet(presence.last_input) && quiet(presence.last_busy));
            }
        }
    }

    #[test]
    fn a_warning_comes_before_its_stop_and_never_five_minutes_too_early(
        rules in any_rules(), presence in any_presence(),
    ) {
        let verdict = judge(&rules, &presence, minute(0));
        if let (Some((at, _)), Some(warn)) = (verdict.stop, verdict.warn_at) {
            prop_assert!(warn < at && at.since(warn) <= WARNING);
        }
    }

    /// A new sign of life never brings the stop nearer.
    #[test]
    fn signs_of_life_put_it_off(rules in any_rules(), presence in any_presence(), second in 12_000_i64..20_000) {
        let never = Timestamp::from_micros(i64::MAX);
        let stop = |presence: &Presence| {
            judge(&rules, presence, minute(200)).stop.map_or(never, |(at, _)| at)
        };
        let before = stop(&presence);
        for alive in [
            Presence { stay: Some(at(second)), ..presence },
            Presence { last_input: Some(at(second)), ..presence },
            Presence { last_busy: Some(at(second)), ..presence },
            Presence { informed_since: at(second), ..presence },
        ] {
            prop_assert!(stop(&alive) >= before);
        }
    }
}
