//! The simulated engine: `service`'s trait `Engine` with virtual machines of its own, for tests,
//! demonstrations and load measurements.
//!
//! It is deterministic: no randomness, and the time is what the clock says that it was given. Latency
//! is waited for on tokio's timer, so it passes at once under paused time, and where there is none
//! nothing is waited for at all. What may not enter: anything that reaches outside this
//! process, except the one file in which a demonstration keeps its machines.

mod acts;
mod clock;
mod engine;
mod events;
mod faults;
mod file;
mod handles;
mod host;
mod run;
mod schedule;
mod shell;
mod terminal;
mod world;

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use acts::{Act, Latency};
pub use clock::HostClock;
use domain::time::Timestamp;
use host::Host;
pub use host::Room;
pub use run::Load;
use service::engine::EngineError;
pub use world::PowerChange;

/// How a simulator behaves.
#[derive(Clone, Debug)]
pub struct SimulatorSettings {
    /// The installation whose objects it shows.
    pub install: String,
    /// How long each act takes.
    pub latency: Latency,
    /// How much room the simulated host has.
    pub room: Room,
    /// What the time is there.
    pub clock: HostClock,
}

impl SimulatorSettings {
    /// Acts take no time, and there is room for everything. The clock goes with tokio's timers.
    pub fn for_tests(install: &str) -> Self {
        Self {
            install: install.to_owned(),
            latency: Latency::none(),
            room: Room::plenty(),
            clock: HostClock::timers(),
        }
    }

    /// Acts take about as long as a good host needs, so that a person sees states pass by.
    pub fn for_demonstration(install: &str) -> Self {
        Self {
            install: install.to_owned(),
            latency: Latency::natural(),
            room: Room::plenty(),
            clock: HostClock::system(),
        }
    }

    /// The same, on this clock.
    #[must_use]
    pub fn on_clock(self, clock: HostClock) -> Self {
        Self { clock, ..self }
    }
}

/// The simulated engine. Cloning shares it: keep a clone to cause faults and to look inside.
#[derive(Clone, Debug)]
pub struct Simulator {
    install: Arc<str>,
    host: Arc<Mutex<Host>>,
}

impl Simulator {
    /// A simulator that forgets its machines when it is dropped.
    pub fn new(settings: SimulatorSettings) -> Self {
        let host = Host::new(settings.latency, settings.room, settings.clock);
        Self {
            install: settings.install.into(),
            host: Arc::new(Mutex::new(host)),
        }
    }

    /// A simulator that keeps its machines in the JSON file at `path`, written whole after every
    /// change, so that they outlive the process.
    ///
    /// # Errors
    /// When the file is there but cannot be read, or cannot be written.
    pub fn open(settings: SimulatorSettings, path: PathBuf) -> io::Result<Self> {
        let simulator = Self::new(settings);
        simulator.host().keep_in(path)?;
        Ok(simulator)
    }

    /// The same host as another installation sees it.
    pub fn for_install(&self, install: &str) -> Self {
        Self {
            install: install.into(),
            host: Arc::clone(&self.host),
        }
    }

    /// What the host's clock shows.
    pub fn now(&self) -> Timestamp {
        self.host().now()
    }

    /// The host, locked, with all that was to happen by now. Nothing is awaited under this lock.
    fn host(&self) -> MutexGuard<'_, Host> {
        // A panic of a test under the lock leaves nothing half done that matters.
        let mut host = self.host.lock().unwrap_or_else(PoisonError::into_inner);
        host.catch_up();
        host
    }
}

/// What every call answers while the simulated host is away.
fn away() -> EngineError {
    EngineError::Away("the simulated host was told not to answer".to_owned())
}
