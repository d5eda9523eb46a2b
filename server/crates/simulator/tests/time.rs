//! What happens by the simulated host's clock: power, work and people, and accidents at set times.

#![expect(
    clippy::unwrap_used,
    reason = "a test says by panicking what went wrong"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use domain::credentials::{Password, Username};
use domain::id::{LabId, MachineId};
use domain::image::ImageName;
use domain::machine::{Power, Sighting};
use domain::name::Hostname;
use domain::size::SIZES;
use domain::time::Timestamp;
use futures::{FutureExt as _, StreamExt as _};
use service::clock::Clock;
use service::engine::{
    AccountSetting, Activity, BuildSpec, Engine, EngineError, EngineEvent, Source, TerminalInput,
};
use simulator::{Act, HostClock, Load, Simulator, SimulatorSettings};
use uuid::Uuid;

const MINUTE: Duration = Duration::from_secs(60);

/// A clock that only the test moves.
struct Watch(AtomicI64);

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// A host, and the clock on its wall.
struct House {
    clock: Arc<Watch>,
    simulator: Simulator,
}

impl House {
    fn new() -> Self {
        let clock = Arc::new(Watch(AtomicI64::new(1_760_000_000_000_000)));
        let settings = SimulatorSettings::for_tests("school");
        let simulator = Simulator::new(settings.on_clock(HostClock::of(clock.clone())));
        Self { clock, simulator }
    }

    fn pass(&self, time: Duration) -> Timestamp {
        let micros = i64::try_from(time.as_micros()).unwrap();
        self.clock.0.fetch_add(micros, Ordering::SeqCst);
        self.clock.now()
    }

    async fn running(&self, number: u32) -> Hostname {
        let spec = seat(number);
        self.simulator.build(&spec).await.unwrap();
        self.simulator.start(&spec.hostname).await.unwrap();
        spec.hostname
    }

    async fn look(&self, number: u32) -> Option<Sighting> {
        let spec = seat(number);
        let seen = self.simulator.look(spec.machine, &spec.hostname);
        seen.await.unwrap()
    }

    /// Whether the machine runs, and since when.
    async fn power(&self, number: u32) -> (Power, Option<Timestamp>) {
        let seen = self.look(number).await.unwrap();
        (seen.power, seen.since)
    }

    async fn activity(&self, name: &Hostname) -> Activity {
        let told = self.simulator.activity(std::slice::from_ref(name)).await;
        let told = told.unwrap().into_iter().find(|one| one.name == *name);
        told.unwrap()
    }

    /// How many are at it, and how long none of them has done anything.
    async fn people(&self, name: &Hostname) -> (Option<u32>, Option<Duration>) {
        let told = self.activity(name).await;
        (told.sessions, told.input_idle)
    }
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

#[tokio::test]
async fn power_has_its_time() {
    let house = House::new();
    let started = house.pass(MINUTE);
    let name = house.running(1).await;
    house.pass(MINUTE);
    assert_eq!(house.power(1).await, (Power::On, Some(started)));
    house.simulator.start(&name).await.unwrap();
    assert_eq!(house.power(1).await, (Power::On, Some(started)));

    let stopped = house.clock.now();
    house.simulator.stop(&name, false).await.unwrap();
    house.pass(MINUTE);
    house.simulator.stop(&name, true).await.unwrap();
    assert_eq!(house.power(1).await, (Power::Off, Some(stopped)));

    house.simulator.hide_power_time(&name, true).unwrap();
    assert_eq!(house.power(1).await, (Power::Off, None));
    house.simulator.hide_power_time(&name, false).unwrap();
    assert_eq!(house.power(1).await, (Power::Off, Some(stopped)));

    house.simulator.remove(&name).await.unwrap();
    house.simulator.build(&seat(1)).await.unwrap();
    assert_eq!(house.power(1).await, (Power::Off, None));
}

#[tokio::test]
async fn a_shutdown_is_seen_late_and_told_with_its_time() {
    let house = House::new();
    let name = house.running(1).await;
    let mut events = house.simulator.events().await.unwrap();
    let end = house.clock.now() + MINUTE;
    house.simulator.shut_down_at(&name, end).unwrap();
    assert_eq!(house.simulator.next_happening(), Some(end));

    house.pass(MINUTE - Duration::from_micros(1));
    house.simulator.catch_up();
    assert_eq!(events.next().now_or_never(), None);
    house.pass(MINUTE);
    house.simulator.catch_up();
    let changed = EngineEvent::Changed(name);
    assert_eq!(events.next().now_or_never(), Some(Some(changed)));
    assert_eq!(house.power(1).await, (Power::Off, Some(end)));
    assert_eq!(house.simulator.next_happening(), None);
}

#[tokio::test]
async fn a_machine_that_was_restarted_has_forgotten_its_shutdown() {
    let house = House::new();
    let name = house.running(1).await;
    let end = house.clock.now() + 2 * MINUTE;
    house.simulator.shut_down_at(&name, end).unwrap();
    house.simulator.stop(&name, true).await.unwrap();
    let not_running = house.simulator.shut_down_at(&name, end);
    assert!(matches!(not_running, Err(EngineError::Failed(_))));
    let again = house.pass(MINUTE);
    house.simulator.start(&name).await.unwrap();
    house.pass(2 * MINUTE);
    assert_eq!(house.power(1).await, (Power::On, Some(again)));
}

#[tokio::test]
async fn machines_go_on_while_nobody_reaches_their_host() {
    let house = House::new();
    let (one, other) = (house.running(1).await, house.running(2).await);
    let third = house.running(3).await;
    let started = house.clock.now();
    let mut events = house.simulator.events().await.unwrap();
    let end = started + 2 * MINUTE;
    house.simulator.go_away_at(started + MINUTE);
    house.simulator.shut_down_at(&one, end).unwrap();
    house.simulator.lose_at(&third, end);
    house.simulator.come_back_at(started + 4 * MINUTE);

    house.pass(3 * MINUTE);
    let away = house.simulator.list().await;
    assert!(matches!(away, Err(EngineError::Away(_))));
    assert_eq!(events.next().await, None);
    house.pass(MINUTE);
    assert_eq!(house.power(1).await, (Power::Off, Some(end)));
    assert_eq!(house.power(2).await, (Power::On, Some(started)));
    assert_eq!(house.look(3).await, None);

    // What is set for a time gone by happens at once.
    house.simulator.lose_at(&other, started);
    assert_eq!(house.look(2).await, None);
}

#[tokio::test]
async fn a_crash_stops_what_ran_and_starts_nothing() {
    let house = House::new();
    let (one, two) = (house.running(1).await, house.running(2).await);
    let stopped = house.pass(MINUTE);
    house.simulator.stop(&one, true).await.unwrap();
    let neighbour = house.simulator.for_install("neighbour");
    neighbour.build(&seat(3)).await.unwrap();
    neighbour.start(&seat(3).hostname).await.unwrap();

    let crash = house.clock.now() + MINUTE;
    house.simulator.crash_at(crash);
    // What was set later for the same time comes later, and finds nothing that runs.
    house.simulator.shut_down_at(&two, crash).unwrap();
    house.simulator.come_back_at(crash + 5 * MINUTE);
    house.pass(2 * MINUTE);
    assert!(house.simulator.health().await.is_err());
    house.pass(60 * MINUTE);

    assert_eq!(house.power(1).await, (Power::Off, Some(stopped)));
    assert_eq!(house.power(2).await, (Power::Off, Some(crash)));
    assert!(neighbour.objects().iter().all(|object| !object.runs()));
    house.simulator.start(&two).await.unwrap();
    let again = house.clock.now();
    assert_eq!(house.power(2).await, (Power::On, Some(again)));

    let crash = house.pass(MINUTE);
    house.simulator.crash();
    house.simulator.set_away(false);
    assert_eq!(house.power(2).await, (Power::Off, Some(crash)));
}

#[tokio::test]
async fn work_is_counted_from_the_start_on() {
    let house = House::new();
    let name = house.running(1).await;
    let load = Load {
        cpu_percent: 150,
        disk_bytes: 1000,
    };
    let done = async |name| {
        let told = house.activity(name).await;
        (told.cpu, told.disk_bytes)
    };
    house.pass(MINUTE);
    assert_eq!(done(&name).await, (Duration::ZERO, Some(0)));
    house.simulator.set_load(&name, load).unwrap();
    house.pass(MINUTE);
    assert_eq!(done(&name).await, (Duration::from_secs(90), Some(60_000)));
    house.simulator.set_load(&name, Load::default()).unwrap();
    house.pass(MINUTE);
    assert_eq!(done(&name).await, (Duration::from_secs(90), Some(60_000)));

    house.simulator.set_load(&name, load).unwrap();
    house.simulator.stop(&name, true).await.unwrap();
    assert_eq!(house.simulator.activity(&[]).await, Ok(Vec::new()));
    house.pass(MINUTE);
    house.simulator.start(&name).await.unwrap();
    let at = house.pass(Duration::from_secs(2));
    assert_eq!(done(&name).await, (Duration::from_secs(3), Some(2000)));
    assert_eq!(house.activity(&name).await.at, at);
}

#[tokio::test]
async fn people_come_and_go() {
    let house = House::new();
    let name = house.running(1).await;
    assert_eq!(house.people(&name).await, (Some(0), None));
    house.simulator.set_sessions(&name, 2).unwrap();
    house.pass(MINUTE);
    assert_eq!(house.people(&name).await, (Some(2), Some(MINUTE)));
    house.simulator.give_input(&name).unwrap();
    assert_eq!(house.people(&name).await, (Some(2), Some(Duration::ZERO)));
    let long_ago = house.clock.now() - 60 * MINUTE;
    house.simulator.set_input(&name, long_ago).unwrap();
    house.simulator.set_sessions(&name, 1).unwrap();
    assert_eq!(house.people(&name).await, (Some(1), Some(60 * MINUTE)));
    house.simulator.set_sessions(&name, 0).unwrap();
    assert_eq!(house.people(&name).await, (Some(0), None));

    // Whoever is not watched is not looked for.
    house.simulator.set_sessions(&name, 1).unwrap();
    let told = house.simulator.activity(&[]).await.unwrap();
    assert_eq!((told[0].sessions, told[0].input_idle), (None, None));
    // A stop ends all of it.
    house.simulator.stop(&name, true).await.unwrap();
    assert!(house.simulator.set_sessions(&name, 1).is_err());
    house.simulator.start(&name).await.unwrap();
    assert_eq!(house.people(&name).await, (Some(0), None));
}

#[tokio::test]
async fn a_terminal_is_a_session_and_typing_is_input() {
    let house = House::new();
    let name = house.running(1).await;
    let student = AccountSetting {
        username: Username::parse("username", "student").unwrap(),
        password: Password::for_machine("password", "correct horse").unwrap(),
        administrator: false,
    };
    let username = student.username.clone();
    let set = house.simulator.set_credentials(&name, &[student]).await;
    set.unwrap();
    let mut terminal = house
        .simulator
        .terminal(&name, &username, 80, 24)
        .await
        .unwrap();
    assert_eq!(house.people(&name).await, (Some(1), Some(Duration::ZERO)));
    terminal.output.recv().await.unwrap();
    house.pass(MINUTE);
    assert_eq!(house.people(&name).await, (Some(1), Some(MINUTE)));
    let typed = TerminalInput::Bytes("l".into());
    terminal.input.send(typed).await.unwrap();
    terminal.output.recv().await.unwrap();
    assert_eq!(house.people(&name).await, (Some(1), Some(Duration::ZERO)));
    drop(terminal.input);
    while terminal.output.recv().await.is_some() {}
    assert_eq!(house.people(&name).await, (Some(0), None));
}

#[tokio::test]
async fn silence_is_told_from_absence() {
    let house = House::new();
    let (one, other) = (house.running(1).await, house.running(2).await);
    house.simulator.set_sessions(&one, 1).unwrap();
    house.simulator.set_silent(&one, true).unwrap();
    assert_eq!(house.people(&one).await, (None, None));
    assert_eq!(house.people(&other).await, (Some(0), None));
    house.simulator.set_silent(&one, false).unwrap();
    assert_eq!(house.people(&one).await, (Some(1), Some(Duration::ZERO)));

    let failure = EngineError::Failed("no figures".to_owned());
    house.simulator.fail(Act::Activity, 1, failure.clone());
    assert_eq!(house.simulator.activity(&[]).await, Err(failure));
    assert!(house.simulator.activity(&[]).await.is_ok());
    assert_eq!(house.simulator.calls(Act::Activity), 5);
}

#[tokio::test]
async fn a_machine_that_does_not_listen_holds_nobody_up() {
    let house = House::new();
    let name = house.running(1).await;
    house.simulator.set_deaf(&name, true).unwrap();
    let stop = house.simulator.stop(&name, false).now_or_never();
    assert!(matches!(stop, Some(Err(EngineError::Failed(_)))));
    assert_eq!(house.power(1).await.0, Power::On);
}

#[tokio::test]
async fn power_times_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machines.json");
    let clock = Arc::new(Watch(AtomicI64::new(1_760_000_000_000_000)));
    let open = || {
        let settings = SimulatorSettings::for_tests("school");
        let settings = settings.on_clock(HostClock::of(clock.clone()));
        Simulator::open(settings, path.clone()).unwrap()
    };
    let house = House {
        simulator: open(),
        clock: clock.clone(),
    };
    let name = house.running(1).await;
    let load = Load {
        cpu_percent: 100,
        disk_bytes: 0,
    };
    house.simulator.set_load(&name, load).unwrap();
    house.running(2).await;
    let before = house.simulator.objects();
    drop(house.simulator);
    let house = House {
        simulator: open(),
        clock: clock.clone(),
    };
    assert_eq!(house.simulator.objects(), before);
    house.pass(MINUTE);
    assert_eq!(house.activity(&name).await.cpu, MINUTE);
}
