//! What only the simulator has: faults on demand, accidents, counters, and the file.

#![expect(
    clippy::unwrap_used,
    reason = "a test says by panicking what went wrong"
)]

use std::time::Duration;

use domain::credentials::{Password, Username};
use domain::id::{LabId, MachineId};
use domain::image::ImageName;
use domain::machine::Power;
use domain::name::Hostname;
use domain::size::SIZES;
use futures::StreamExt as _;
use service::engine::{
    AccountSetting, BuildSpec, Engine, EngineError, EngineEvent, ObjectKind, SealSpec, Source,
    Terminal, TerminalInput,
};
use simulator::{Act, Room, Simulator, SimulatorSettings};
use uuid::Uuid;

fn simulator() -> Simulator {
    Simulator::new(SimulatorSettings::for_tests("school"))
}

fn seat(number: u32) -> BuildSpec {
    BuildSpec {
        machine: MachineId::new(Uuid::from_u128(u128::from(number))),
        lab: LabId::new(Uuid::from_u128(1)),
        hostname: Hostname::parse(&format!("python-{number:03}-abcdef")).unwrap(),
        build: 1,
        generation: 0,
        source: Source::Image(ImageName::parse("debian/12").unwrap()),
        size: SIZES[0],
    }
}

fn student() -> AccountSetting {
    AccountSetting {
        username: Username::parse("username", "student").unwrap(),
        password: Password::for_machine("password", "correct horse").unwrap(),
        administrator: false,
    }
}

async fn running(simulator: &Simulator, number: u32) -> Hostname {
    let spec = seat(number);
    simulator.build(&spec).await.unwrap();
    simulator.start(&spec.hostname).await.unwrap();
    simulator
        .set_credentials(&spec.hostname, &[student()])
        .await
        .unwrap();
    spec.hostname
}

async fn at_a_terminal(simulator: &Simulator, name: &Hostname) -> Terminal {
    simulator
        .terminal(name, &student().username, 80, 24)
        .await
        .unwrap()
}

async fn type_line(terminal: &Terminal, line: &str) {
    let bytes = format!("{line}\r").into_bytes().into();
    terminal
        .input
        .send(TerminalInput::Bytes(bytes))
        .await
        .unwrap();
}

fn failure() -> EngineError {
    EngineError::Failed("the disk broke".to_owned())
}

#[tokio::test]
async fn the_call_that_is_to_fail_fails() {
    let simulator = simulator();
    let name = running(&simulator, 1).await;
    simulator.stop(&name, false).await.unwrap();

    simulator.fail(Act::Start, 2, failure());
    assert_eq!(simulator.start(&name).await, Ok(()));
    assert_eq!(simulator.start(&name).await, Err(failure()));
    assert_eq!(simulator.start(&name).await, Ok(()));
    assert_eq!(simulator.calls_on(Act::Start, &name), 4);
    assert_eq!(simulator.effects_on(Act::Start, &name), 2);
    assert_eq!(simulator.effects(Act::Start), 2);
}

#[tokio::test]
async fn an_answer_can_get_lost() {
    let simulator = simulator();
    let lost = EngineError::Away("the connection broke".to_owned());
    simulator.lose_change_answer(1, lost.clone());
    assert_eq!(simulator.build(&seat(1)).await, Err(lost));
    assert_eq!(simulator.objects().len(), 1);
    simulator.fail_change(2, failure());
    assert_eq!(simulator.start(&seat(1).hostname).await, Ok(()));
    assert_eq!(
        simulator.stop(&seat(1).hostname, true).await,
        Err(failure())
    );
    assert!(simulator.objects()[0].runs());
}

#[tokio::test]
async fn one_broken_machine_leaves_the_others_alone() {
    let simulator = simulator();
    let (one, other) = (running(&simulator, 1).await, running(&simulator, 2).await);
    simulator.break_object(&one, failure());
    assert_eq!(simulator.stop(&one, true).await, Err(failure()));
    assert_eq!(simulator.stop(&other, true).await, Ok(()));
    simulator.mend_object(&one);
    assert_eq!(simulator.stop(&one, true).await, Ok(()));
}

#[tokio::test]
async fn away_is_away() {
    let simulator = simulator();
    let name = running(&simulator, 1).await;
    let mut events = simulator.events().await.unwrap();
    let mut terminal = at_a_terminal(&simulator, &name).await;

    simulator.set_away(true);
    assert!(matches!(
        simulator.health().await,
        Err(EngineError::Away(_))
    ));
    assert!(matches!(
        simulator.start(&name).await,
        Err(EngineError::Away(_))
    ));
    assert!(simulator.events().await.is_err());
    assert_eq!(events.next().await, None);
    while terminal.output.recv().await.is_some() {}

    simulator.set_away(false);
    assert!(simulator.objects()[0].runs());
    at_a_terminal(&simulator, &name).await;
}

#[tokio::test(start_paused = true)]
async fn an_act_that_is_under_way_when_the_host_goes_away_does_not_happen() {
    let simulator = simulator();
    simulator.set_latency(Act::Build, Duration::from_secs(2));
    let build = tokio::spawn({
        let simulator = simulator.clone();
        async move { simulator.build(&seat(1)).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    simulator.set_away(true);
    assert!(matches!(build.await.unwrap(), Err(EngineError::Away(_))));
    assert_eq!(simulator.objects(), []);
}

#[tokio::test]
async fn accidents_are_told() {
    let simulator = simulator();
    let name = running(&simulator, 1).await;
    let mut events = simulator.events().await.unwrap();
    let mut theirs = simulator.for_install("neighbour").events().await.unwrap();
    assert!(simulator.shut_down(&name));
    assert!(!simulator.shut_down(&name));
    assert_eq!(
        events.next().await,
        Some(EngineEvent::Changed(name.clone()))
    );
    assert!(simulator.lose(&name));
    assert!(!simulator.lose(&name));
    assert_eq!(events.next().await, Some(EngineEvent::Changed(name)));
    assert_eq!(simulator.objects(), []);
    simulator.set_away(true);
    assert_eq!(theirs.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_deaf_machine_is_stopped_by_force_only() {
    let simulator = simulator();
    let name = running(&simulator, 1).await;
    simulator.set_deaf(&name, true).unwrap();
    assert!(matches!(
        simulator.stop(&name, false).await,
        Err(EngineError::Failed(_))
    ));
    assert_eq!(simulator.stop(&name, true).await, Ok(()));
}

#[tokio::test]
async fn a_spoilt_generation_is_made_anew() {
    let simulator = simulator();
    let template = seat(0);
    simulator.build(&template).await.unwrap();
    let name = Hostname::parse("python-g1-abcdef").unwrap();
    let seal = SealSpec {
        lab: template.lab,
        template: template.hostname,
        name: name.clone(),
        generation: 1,
    };
    simulator.seal(&seal).await.unwrap();
    simulator.spoil_generation(&name).unwrap();
    let copy = BuildSpec {
        generation: 1,
        source: Source::Generation(name.clone()),
        ..seat(1)
    };
    assert!(simulator.build(&copy).await.is_err());
    simulator.seal(&seal).await.unwrap();
    assert_eq!(simulator.build(&copy).await, Ok(()));
    assert_eq!(simulator.effects_on(Act::Seal, &name), 2);
}

#[tokio::test]
async fn room_ends() {
    let simulator = simulator();
    running(&simulator, 1).await;
    simulator.build(&seat(2)).await.unwrap();
    simulator.set_room(Room {
        memory_mib: 1024,
        disk_mib: 1024,
        cpus: 1,
    });
    let full = simulator.start(&seat(2).hostname).await;
    assert!(matches!(full, Err(EngineError::NoCapacity(_))));
    assert!(matches!(
        simulator.build(&seat(3)).await,
        Err(EngineError::NoCapacity(_))
    ));
    simulator.stop(&seat(1).hostname, false).await.unwrap();
    assert_eq!(simulator.start(&seat(2).hostname).await, Ok(()));
}

#[tokio::test]
async fn an_address_may_come_late() {
    let simulator = simulator();
    let name = running(&simulator, 1).await;
    let id = seat(1).machine;
    simulator.hide_addresses(true);
    assert_eq!(
        simulator.look(id, &name).await.unwrap().unwrap().address,
        None
    );
    simulator.hide_addresses(false);
    let seen = simulator.look(id, &name).await.unwrap().unwrap();
    assert_eq!(seen.address.as_deref(), Some("10.99.0.2"));
}

#[tokio::test]
async fn a_student_shuts_the_machine_down_in_the_shell() {
    let simulator = simulator();
    let name = running(&simulator, 1).await;
    let mut terminal = at_a_terminal(&simulator, &name).await;
    let mut events = simulator.events().await.unwrap();
    type_line(&terminal, "sudo shutdown now").await;
    while terminal.output.recv().await.is_some() {}
    assert_eq!(events.next().await, Some(EngineEvent::Changed(name)));
    assert!(!simulator.objects()[0].runs());
}

#[tokio::test]
async fn printing_without_end_waits_for_the_reader() {
    let simulator = simulator();
    let name = running(&simulator, 1).await;
    let mut terminal = at_a_terminal(&simulator, &name).await;
    type_line(&terminal, "yes").await;
    for _ in 0..100 {
        assert!(terminal.output.recv().await.is_some());
    }
    // Nobody reads for a while: no more waits than the channel holds.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert!(terminal.output.len() <= 16);
    terminal
        .input
        .send(TerminalInput::Bytes("\x03".into()))
        .await
        .unwrap();
    loop {
        let bytes = terminal.output.recv().await.unwrap();
        if bytes.starts_with(b"^C") {
            break;
        }
    }
}

#[tokio::test]
async fn machines_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machines.json");
    let settings = || SimulatorSettings::for_tests("school");
    let before = {
        let simulator = Simulator::open(settings(), path.clone()).unwrap();
        running(&simulator, 1).await;
        simulator.build(&seat(2)).await.unwrap();
        simulator.objects()
    };
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(!written.contains("correct horse"));

    let simulator = Simulator::open(settings(), path).unwrap();
    assert_eq!(simulator.objects(), before);
    at_a_terminal(&simulator, &seat(1).hostname).await;
    // Its address is not given to another one.
    running(&simulator, 3).await;
    let mut addresses: Vec<_> = simulator
        .objects()
        .into_iter()
        .filter_map(|object| match object.kind {
            ObjectKind::Machine(_, seen) if seen.power == Power::On => seen.address,
            _ => None,
        })
        .collect();
    addresses.dedup();
    assert_eq!(addresses.len(), 2);
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_said_so() {
    let settings = SimulatorSettings::for_tests("school");
    let path = "/nowhere/machines.json".into();
    assert!(Simulator::open(settings, path).is_err());
}
