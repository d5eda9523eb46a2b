//! What any engine promises, as a suite of small checks: the same ones run against Incus and against
//! the simulator.
//!
//! What lives here knows [`Engine`] and a little help from whoever runs the suite ([`World`]), and
//! no engine in particular. A check that needs a real system inside the machine asks the world to run
//! a command there, and is content when the world has none.

mod activity;
mod life;
mod people;
mod power_times;
mod seal;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use domain::credentials::{Password, Username};
use domain::id::{LabId, MachineId};
use domain::image::ImageName;
use domain::machine::{Power, Sighting};
use domain::name::Hostname;
use domain::size::SIZES;
use domain::time::Timestamp;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use uuid::Uuid;

use crate::engine::{
    AccountSetting, Activity, BuildSpec, Engine, EngineEvent, EngineObject, EventStream, SealSpec,
    Source, Terminal, TerminalInput,
};

/// What the suite needs and cannot do through [`Engine`].
#[async_trait]
pub trait World: Send + Sync {
    /// An image that every machine of the suite may be made from.
    fn image(&self) -> ImageName;

    /// Shuts a running machine down from inside, as its user would by `poweroff`. It need not wait.
    async fn shut_down_inside(&self, engine: &dyn Engine, name: &Hostname);

    /// What `command` prints in a root shell of a running machine; `None` where machines have no
    /// real system inside.
    async fn run(&self, _engine: &dyn Engine, _name: &Hostname, _command: &str) -> Option<String> {
        None
    }

    /// Lets a running machine use [`WORK`] of a processor, and write at least [`WRITTEN`] to its disk,
    /// now or soon.
    async fn work(&self, engine: &dyn Engine, name: &Hostname);

    /// The engine of another installation on the same host, where there can be one.
    fn neighbour(&self) -> Option<Arc<dyn Engine>> {
        None
    }

    /// What the clock shows by which the engine tells times.
    fn now(&self) -> Timestamp;

    /// Lets a little time pass between two looks.
    async fn breathe(&self) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    /// How many checks may run at the same time.
    fn parallel(&self) -> usize {
        1
    }
}

/// How much time of a processor [`World::work`] uses.
pub const WORK: Duration = Duration::from_secs(1);

/// How many bytes [`World::work`] writes.
pub const WRITTEN: u64 = 4 << 20;

/// Looks at most this often for something to come true; with [`World::breathe`] at its default that
/// is half a minute.
const LOOKS: usize = 600;

type Check = (&'static str, for<'a> fn(&'a Bench<'a>) -> BoxFuture<'a, ()>);

macro_rules! checks {
    ($($module:ident :: $name:ident),* $(,)?) => {
        [$((stringify!($name), |bench| $module::$name(bench).boxed())),*]
    };
}

const CHECKS: [Check; 30] = checks![
    // The longest comes first, so that nothing waits for it in the end.
    seal::a_copy_has_an_identity_of_its_own,
    life::the_engine_tells_how_it_is,
    life::a_machine_is_built_once,
    life::another_build_replaces_the_machine,
    life::building_twice_at_once_leaves_one_machine,
    life::an_unknown_image_is_an_error_in_words,
    life::a_machine_starts_and_stops,
    life::a_machine_is_stopped_by_force,
    life::a_shutdown_from_inside_is_seen,
    life::a_running_machine_is_removed,
    life::what_is_not_there_is_said_so,
    life::the_list_has_what_was_made,
    life::an_installation_keeps_to_its_own,
    activity::what_runs_is_told_of,
    activity::work_is_counted,
    activity::a_person_at_a_terminal_is_noticed,
    activity::only_ones_own_machines_are_told_of,
    power_times::a_machine_tells_since_when_it_runs,
    power_times::a_machine_tells_since_when_it_is_stopped,
    power_times::a_shutdown_from_inside_has_its_time,
    power_times::a_copy_has_no_past,
    seal::a_template_is_sealed_and_copied,
    seal::sealing_leaves_the_template_alone,
    seal::what_cannot_be_sealed_is_said_so,
    people::accounts_are_set_and_set_again,
    people::accounts_are_what_linux_shows,
    people::a_terminal_echoes_and_ends,
    people::a_terminal_knows_its_window,
    people::a_terminal_ends_with_its_machine,
    people::a_dropped_terminal_ends_what_ran_in_it,
];

/// Runs every check on `engine`, an engine without objects of its own, at least not any whose name
/// begins with `contract-`. Every check removes what it made.
///
/// # Panics
/// When a check fails; the message names every check that did. What each of them said is printed.
pub async fn run(engine: &dyn Engine, world: &dyn World) {
    run_some(engine, world, |_| true).await;
}

/// Runs the checks whose name `wanted` takes, like [`run`].
///
/// # Panics
/// As [`run`] does.
pub async fn run_some(engine: &dyn Engine, world: &dyn World, wanted: impl Fn(&str) -> bool) {
    let chosen = CHECKS
        .into_iter()
        .enumerate()
        .filter(|(_, (name, _))| wanted(name));
    let failed: Vec<&str> = futures::stream::iter(chosen)
        .map(|(number, (name, check))| async move {
            let bench = Bench::new(engine, world, number);
            let outcome = AssertUnwindSafe(check(&bench)).catch_unwind().await;
            bench.tidy().await;
            outcome.is_err().then_some(name)
        })
        .buffer_unordered(world.parallel())
        .filter_map(std::future::ready)
        .collect()
        .await;
    assert!(failed.is_empty(), "the engine broke its word: {failed:?}");
}

/// What one check works with. It remembers what was made, so that it can be removed.
struct Bench<'a> {
    engine: &'a dyn Engine,
    world: &'a dyn World,
    number: usize,
    ids: AtomicU64,
    made: Mutex<Vec<Hostname>>,
}

impl<'a> Bench<'a> {
    fn new(engine: &'a dyn Engine, world: &'a dyn World, number: usize) -> Self {
        Self {
            engine,
            world,
            number,
            ids: AtomicU64::new(1),
            made: Mutex::default(),
        }
    }

    /// A name that no other check uses.
    fn name(&self, part: &str) -> Hostname {
        let name = Hostname::parse(&format!("contract-{}-{part}", self.number))
            .expect("a check's name is a hostname");
        self.made
            .lock()
            .expect("no check panics in here")
            .push(name.clone());
        name
    }

    /// A UUID that no other check uses.
    fn id(&self) -> Uuid {
        let count = self.ids.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u128((self.number as u128) << 64 | u128::from(count) << 16 | 0x7e57)
    }

    fn lab(&self) -> LabId {
        LabId::new(Uuid::from_u128(self.number as u128 + 1))
    }

    /// The first build of a machine, from the image.
    fn of_image(&self, part: &str) -> BuildSpec {
        BuildSpec {
            machine: MachineId::new(self.id()),
            lab: self.lab(),
            hostname: self.name(part),
            build: 1,
            generation: 0,
            source: Source::Image(self.world.image()),
            size: SIZES[0],
        }
    }

    /// The first build of a machine, from a sealed generation.
    fn of_generation(&self, part: &str, seal: &SealSpec) -> BuildSpec {
        BuildSpec {
            generation: seal.generation,
            source: Source::Generation(seal.name.clone()),
            ..self.of_image(part)
        }
    }

    /// The first generation of this stopped template.
    fn seal_of(&self, template: &BuildSpec) -> SealSpec {
        SealSpec {
            lab: template.lab,
            template: template.hostname.clone(),
            name: self.name("g1"),
            generation: 1,
        }
    }

    async fn build(&self, spec: &BuildSpec) {
        let built = self.engine.build(spec).await;
        assert_eq!(built, Ok(()), "build {}", spec.hostname);
    }

    async fn start(&self, spec: &BuildSpec) {
        let started = self.engine.start(&spec.hostname).await;
        assert_eq!(started, Ok(()), "start {}", spec.hostname);
    }

    async fn stop(&self, spec: &BuildSpec, force: bool) {
        let stopped = self.engine.stop(&spec.hostname, force).await;
        assert_eq!(stopped, Ok(()), "stop {}", spec.hostname);
    }

    async fn look(&self, spec: &BuildSpec) -> Option<Sighting> {
        self.engine
            .look(spec.machine, &spec.hostname)
            .await
            .expect("the engine answers")
    }

    async fn power(&self, spec: &BuildSpec) -> Power {
        let sighting = self.look(spec).await;
        sighting.expect("the machine is there").power
    }

    /// Waits until a look at the machine satisfies `fits`, and returns what was seen.
    async fn until(
        &self,
        what: &str,
        spec: &BuildSpec,
        fits: impl Fn(&Sighting) -> bool,
    ) -> Sighting {
        let mut last = None;
        for _ in 0..LOOKS {
            last = self.look(spec).await;
            if let Some(sighting) = last.take_if(|sighting| fits(sighting)) {
                return sighting;
            }
            self.world.breathe().await;
        }
        panic!("{}: waited for {what} in vain: {last:?}", spec.hostname);
    }

    /// Starts the machine and waits until it has an address, that is, until it can be worked with.
    async fn boot(&self, spec: &BuildSpec) -> String {
        self.start(spec).await;
        let sighting = self
            .until("an address", spec, |seen| seen.address.is_some())
            .await;
        sighting.address.expect("it was just seen")
    }

    /// What `command` prints in a root shell of the machine, where there is a real one.
    async fn inside(&self, spec: &BuildSpec, command: &str) -> Option<String> {
        let text = self.world.run(self.engine, &spec.hostname, command).await?;
        Some(text.trim().to_owned())
    }

    /// What the list has under this name.
    async fn listed(&self, name: &Hostname) -> Vec<EngineObject> {
        let mut objects = self.engine.list().await.expect("the engine answers");
        objects.retain(|object| object.name == *name);
        objects
    }

    /// What the machine does, as one that is watched or not; none while that is not known yet.
    async fn activity(&self, spec: &BuildSpec, watched: bool) -> Option<Activity> {
        let watched = watched.then(|| spec.hostname.clone());
        let told = self.engine.activity(watched.as_slice()).await;
        let mut told = told.expect("the engine answers");
        told.retain(|activity| activity.name == spec.hostname);
        assert!(told.len() <= 1, "{told:?}");
        told.pop()
    }

    /// Waits until what the watched machine does satisfies `fits`, and returns it.
    async fn until_active(
        &self,
        what: &str,
        spec: &BuildSpec,
        fits: impl Fn(&Activity) -> bool,
    ) -> Activity {
        let mut last = None;
        for _ in 0..LOOKS {
            last = self.activity(spec, true).await;
            if let Some(activity) = last.take_if(|activity| fits(activity)) {
                return activity;
            }
            self.world.breathe().await;
        }
        panic!("{}: waited for {what} in vain: {last:?}", spec.hostname);
    }

    async fn events(&self) -> EventStream {
        self.engine.events().await.expect("the engine tells events")
    }

    /// Waits for the event that `name` changed, or that it may have.
    async fn event(&self, events: &mut EventStream, name: &Hostname) {
        let changed = EngineEvent::Changed(name.clone());
        loop {
            let event = self.within(name.as_str(), events.next()).await;
            let event = event.expect("the engine goes on telling events");
            if event == changed || event == EngineEvent::Missed {
                return;
            }
        }
    }

    /// Looks inside until `command` prints `wanted`.
    async fn until_inside(&self, spec: &BuildSpec, command: &str, wanted: &str) {
        for _ in 0..LOOKS {
            if self.inside(spec, command).await.as_deref() == Some(wanted) {
                return;
            }
            self.world.breathe().await;
        }
        panic!("{}: {command:?} never printed {wanted:?}", spec.hostname);
    }

    /// Types `line` and the enter key.
    async fn type_line(&self, terminal: &Terminal, line: &str) {
        let bytes = format!("{line}\r").into_bytes().into();
        let typed = terminal.input.send(TerminalInput::Bytes(bytes)).await;
        assert!(typed.is_ok(), "the terminal takes input");
    }

    /// Reads the terminal until what it printed has `text`; `false` when it closed before.
    async fn read_until(&self, terminal: &mut Terminal, text: &str) -> bool {
        let mut printed = String::new();
        while let Some(bytes) = self.within(text, terminal.output.recv()).await {
            printed.push_str(&String::from_utf8_lossy(&bytes));
            if printed.contains(text) {
                return true;
            }
        }
        false
    }

    /// Reads the terminal until it closes.
    async fn read_to_end(&self, terminal: &mut Terminal) {
        let end = "the terminal's end";
        while self.within(end, terminal.output.recv()).await.is_some() {}
    }

    /// Waits for `future`, letting time pass, but not for ever.
    async fn within<T>(&self, what: &str, future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        for _ in 0..LOOKS {
            tokio::select! {
                biased;
                done = &mut future => return done,
                () = self.world.breathe() => {}
            }
        }
        panic!("waited for {what:?} in vain");
    }

    async fn tidy(&self) {
        let made = std::mem::take(&mut *self.made.lock().expect("no check panics in here"));
        for name in made.iter().rev() {
            if let Err(error) = self.engine.remove(name).await {
                eprintln!("{name} could not be removed: {error}");
            }
        }
    }
}

/// An account with the password that all accounts of the suite begin with.
fn account(name: &str, administrator: bool) -> AccountSetting {
    AccountSetting {
        username: Username::parse("username", name).expect("a username"),
        password: password("correct: horse 'battery' $staple"),
        administrator,
    }
}

fn password(text: &str) -> Password {
    Password::for_machine("password", text).expect("a password")
}
