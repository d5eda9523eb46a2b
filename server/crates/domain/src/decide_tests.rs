//! A machine of the tests' own is moved by `decide` alone, through anything that may happen to it.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::id::{LabId, MachineId, PersonId};
use crate::machine::{
    Cause, MachineState, Seen, Sighting, StopReason, Trouble, TroubleCode, Wanted,
};
use crate::name::Hostname;

const NOW: Timestamp = Timestamp::from_micros(1_000_000_000);

fn seat() -> Machine {
    Machine {
        id: MachineId::new(Uuid::from_u128(1)),
        lab: LabId::new(Uuid::from_u128(2)),
        kind: MachineKind::User,
        seat: 1,
        hostname: Hostname::parse("python-001-0a1b2c").unwrap(),
        claimed_by: None,
        wanted: Wanted {
            present: true,
            build: 1,
            power: Power::Off,
            credentials: 1,
            since: NOW,
            by: None,
            cause: Cause::System,
            schedule: None,
        },
        seen: Seen::default(),
        stopped_because: None,
        stopped_after: None,
        trouble: None,
    }
}

/// The part of an engine that `decide` can see.
#[derive(Clone, Debug, Default)]
struct Host {
    object: Option<(u32, Power)>,
}

impl Host {
    fn act(&mut self, step: Step) {
        self.object = match (step, self.object) {
            (Step::Remove, _) => None,
            (Step::Build { build, .. }, Some((there, power))) if there == build => {
                Some((there, power))
            }
            (Step::Build { build, .. }, _) => Some((build, Power::Off)),
            (Step::Start, Some((build, _))) => Some((build, Power::On)),
            (Step::Stop { .. }, Some((build, _))) => Some((build, Power::Off)),
            (_, object) => object,
        };
    }

    fn sighting(&self) -> Option<Sighting> {
        self.object.map(|(build, power)| Sighting {
            build,
            generation: 1,
            power,
            since: None,
            address: None,
        })
    }
}

/// One round of the reconciler.
fn round(machine: &mut Machine, host: &mut Host) -> Option<Step> {
    machine.observe(host.sighting(), NOW);
    let step = decide(machine, 1, NOW)?;
    host.act(step);
    if step == Step::SetCredentials {
        machine.seen.credentials = machine.wanted.credentials;
    }
    if step == Step::Remove {
        return Some(step);
    }
    machine.observe(host.sighting(), NOW);
    Some(step)
}

#[derive(Clone, Debug)]
enum Happening {
    Start,
    Stop,
    Reimage,
    Delete,
    NewPassword,
    ShutDownInside,
    Round,
    Crash,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        1 => Just(Happening::Start),
        1 => Just(Happening::Stop),
        1 => Just(Happening::Reimage),
        1 => Just(Happening::NewPassword),
        1 => Just(Happening::ShutDownInside),
        1 => Just(Happening::Crash),
        1 => Just(Happening::Delete),
        4 => Just(Happening::Round),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_the_machine_becomes_what_is_wanted(life in prop::collection::vec(happening(), 0..40)) {
        let (mut machine, mut host) = (seat(), Host::default());
        for event in life {
            match event {
                Happening::Start if machine.wanted.present => machine.want_power(Power::On, Cause::Student, None, NOW),
                Happening::Stop => machine.want_power(Power::Off, Cause::Student, None, NOW),
                Happening::Reimage if machine.wanted.present => machine.want_rebuild(Cause::Student, None, NOW),
                Happening::NewPassword => machine.want_credentials(Cause::Student, None, NOW),
                Happening::Delete => machine.want_gone(Cause::Educator, None, NOW),
                Happening::ShutDownInside => {
                    if let Some((build, _)) = host.object {
                        host.object = Some((build, Power::Off));
                    }
                }
                // The engine acted, and we died before we wrote down what we saw.
                Happening::Crash => {
                    if let Some(step) = decide(&machine, 1, NOW) {
                        host.act(step);
                    }
                }
                Happening::Round => {
                    round(&mut machine, &mut host);
                }
                Happening::Start | Happening::Reimage => {}
            }
        }
        // What happened last is noticed by the next look only.
        round(&mut machine, &mut host);
        let mut rounds = 0;
        while !(machine.is_settled() || (!machine.wanted.present && host.object.is_none())) {
            round(&mut machine, &mut host);
            rounds += 1;
            prop_assert!(rounds <= 6, "not settled: {machine:?} {host:?}");
        }
        if machine.wanted.present {
            prop_assert_eq!(host.object, Some((machine.wanted.build, machine.wanted.power)));
            prop_assert_eq!(decide(&machine, 1, NOW), None);
        }
    }
}

#[test]
fn a_seat_is_built_then_stays_stopped_until_started() {
    let (mut machine, mut host) = (seat(), Host::default());
    assert_eq!(machine.state(), MachineState::Stopped);
    assert_eq!(
        round(&mut machine, &mut host),
        Some(Step::Build {
            build: 1,
            generation: 1
        })
    );
    assert_eq!(round(&mut machine, &mut host), None);
    machine.want_power(Power::On, Cause::Student, None, NOW);
    assert_eq!(machine.state(), MachineState::Starting);
    assert_eq!(round(&mut machine, &mut host), Some(Step::Start));
    assert_eq!(machine.state(), MachineState::Starting);
    assert_eq!(round(&mut machine, &mut host), Some(Step::SetCredentials));
    assert_eq!(machine.state(), MachineState::Running);
}

#[test]
fn a_shutdown_from_inside_is_not_undone() {
    let (mut machine, mut host) = (seat(), Host::default());
    machine.want_power(Power::On, Cause::Student, None, NOW);
    while round(&mut machine, &mut host).is_some() {}
    host.object = Some((1, Power::Off));
    assert_eq!(round(&mut machine, &mut host), None);
    assert_eq!(machine.state(), MachineState::Stopped);
    assert_eq!(machine.stopped_because, Some(StopReason::Inside));
}

#[test]
fn a_lost_machine_is_reported_and_not_remade_by_itself() {
    let (mut machine, mut host) = (seat(), Host::default());
    while round(&mut machine, &mut host).is_some() {}
    host.object = None;
    assert_eq!(round(&mut machine, &mut host), None);
    assert_eq!(
        machine.trouble.as_ref().map(|t| t.code),
        Some(TroubleCode::Lost)
    );
    machine.want_rebuild(Cause::Student, None, NOW);
    assert_eq!(
        round(&mut machine, &mut host),
        Some(Step::Build {
            build: 2,
            generation: 1
        })
    );
}

#[test]
fn a_stop_turns_to_force_after_ninety_seconds() {
    let mut machine = seat();
    machine.seen = Seen {
        build: Some(1),
        power: Some(Power::On),
        credentials: 1,
        ..Seen::default()
    };
    assert_eq!(decide(&machine, 1, NOW), Some(Step::Stop { force: false }));
    assert_eq!(
        decide(&machine, 1, NOW + Duration::from_secs(89)),
        Some(Step::Stop { force: false })
    );
    assert_eq!(
        decide(&machine, 1, NOW + Duration::from_secs(90)),
        Some(Step::Stop { force: true })
    );
}

#[test]
fn failures_are_given_up_after_the_deadline_but_deleting_still_works() {
    let mut machine = seat();
    let fail = |before, at| Trouble::after(before, TroubleCode::Engine, "No.".into(), at);
    machine.trouble = Some(fail(None, NOW));
    assert!(decide(&machine, 1, NOW).is_some());
    machine.trouble = Some(fail(
        machine.trouble.take(),
        NOW + Duration::from_secs(3600),
    ));
    assert_eq!(decide(&machine, 1, NOW), None);
    assert_eq!(next_look(&machine, 1, NOW, 0.5), None);
    machine.wanted.present = false;
    assert_eq!(decide(&machine, 1, NOW), Some(Step::Remove));
    assert!(next_look(&machine, 1, NOW, 0.5).is_some());
}

#[test]
fn troubles_of_two_kinds_are_one_trouble_but_an_absence_of_the_engine_is_none_of_the_machine_s() {
    let (no, full, away) = (
        TroubleCode::Engine,
        TroubleCode::NoCapacity,
        TroubleCode::EngineAway,
    );
    let after = |before, code, seconds| {
        let at = NOW + Duration::from_secs(seconds);
        Trouble::after(Some(before), code, "No.".into(), at)
    };
    let first = Trouble::after(None, no, "No.".into(), NOW);
    assert!(after(after(first.clone(), full, 600), no, 1200).failed);
    assert!(!after(after(first, away, 600), no, 1200).failed);
}

#[test]
fn asking_again_for_the_same_does_not_begin_anew() {
    let later = NOW + Duration::from_secs(80);
    let mut machine = seat();
    machine.want_power(Power::On, Cause::Educator, None, NOW);
    machine.want_power(Power::On, Cause::Student, None, later);
    assert_eq!(
        (machine.wanted.since, machine.wanted.cause),
        (NOW, Cause::Educator)
    );
    // What was given up is tried again all the same.
    machine.trouble = Some(Trouble::after(None, TroubleCode::Lost, "Gone.".into(), NOW));
    machine.want_power(Power::On, Cause::Student, None, later);
    assert_eq!((machine.wanted.since, &machine.trouble), (later, &None));
}

#[test]
fn a_stop_of_ours_that_is_seen_late_is_no_shutdown_from_inside() {
    let (mut machine, mut host) = (seat(), Host::default());
    machine.want_power(Power::On, Cause::Student, None, NOW);
    while round(&mut machine, &mut host).is_some() {}
    host.object = Some((1, Power::Off));
    let later = NOW + Duration::from_secs(1);
    machine.want_power(Power::Off, Cause::Student, None, later);
    machine.want_power(Power::On, Cause::Student, None, later);
    machine.observe(host.sighting(), later + Duration::from_secs(1));
    assert_eq!(decide(&machine, 1, later), Some(Step::Start));
}

#[test]
fn an_address_is_waited_for_without_end_but_ever_more_calmly() {
    let mut machine = seat();
    machine.want_power(Power::On, Cause::Student, None, NOW);
    machine.seen = Seen {
        build: Some(1),
        power: Some(Power::On),
        credentials: 1,
        ..Seen::default()
    };
    let pause = |now| next_look(&machine, 1, now, 0.5).map(|at| at.since(now).as_secs());
    assert_eq!(pause(NOW), Some(1));
    assert_eq!(pause(NOW + Duration::from_secs(3600)), Some(30));
}

#[test]
fn an_engine_that_is_away_is_waited_for() {
    let away = |before, at| Trouble::after(before, TroubleCode::EngineAway, "Away.".into(), at);
    let first = away(None, NOW);
    let later = away(Some(first), NOW + Duration::from_secs(7 * 86_400));
    assert!(!later.failed);
}

#[test]
fn deletes_come_before_people_and_people_before_pools() {
    let pool = seat();
    let mut person = seat();
    person.wanted.by = Some(PersonId::new(Uuid::from_u128(3)));
    let mut delete = seat();
    delete.wanted.present = false;
    let mut order = [urgency(&pool), urgency(&delete), urgency(&person)];
    order.sort();
    assert_eq!(order, [Urgency::Delete, Urgency::Person, Urgency::Pool]);
}
