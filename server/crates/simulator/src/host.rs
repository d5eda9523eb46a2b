//! The simulated host: the objects, with everything around them that is not written down.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use domain::machine::Power;
use domain::name::Hostname;
use domain::time::Timestamp;
use service::engine::{EngineCapacity, EngineError, EngineResult};
use tokio::sync::watch;

use crate::acts::{Act, Latency};
use crate::away;
use crate::clock::HostClock;
use crate::events::Events;
use crate::faults::Faults;
use crate::file::File;
use crate::schedule::{Happening, Schedule};
use crate::world::World;

/// How much a simulated host has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Memory in MiB; a machine that does not fit beside those that run does not start.
    pub memory_mib: u64,
    /// Storage in MiB; nothing is made that does not fit.
    pub disk_mib: u64,
    /// Processor threads.
    pub cpus: u32,
}

impl Room {
    /// More than anybody needs: 256 TiB of memory, 4 PiB of storage, 4,096 threads.
    pub fn plenty() -> Self {
        Self {
            memory_mib: 256 << 20,
            disk_mib: 4 << 30,
            cpus: 4096,
        }
    }
}

/// How often an act was called, and how often it found something to do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) calls: u64,
    pub(crate) effects: u64,
}

/// The host.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) world: World,
    pub(crate) latency: Latency,
    pub(crate) room: Room,
    pub(crate) faults: Faults,
    pub(crate) events: Events,
    pub(crate) away: bool,
    pub(crate) schedule: Schedule,
    clock: HostClock,
    tallies: BTreeMap<(Act, Option<Hostname>), Tally>,
    /// One for each machine with terminals; dropping it ends them.
    lives: BTreeMap<(Arc<str>, Hostname), watch::Sender<()>>,
    /// How many terminals were ever opened.
    terminals: u64,
    file: Option<File>,
}

impl Host {
    pub(crate) fn new(latency: Latency, room: Room, clock: HostClock) -> Self {
        Self {
            world: World::default(),
            latency,
            room,
            faults: Faults::default(),
            events: Events::default(),
            away: false,
            schedule: Schedule::default(),
            clock,
            tallies: BTreeMap::new(),
            lives: BTreeMap::new(),
            terminals: 0,
            file: None,
        }
    }

    /// Takes the objects from a file, and keeps them there from now on.
    pub(crate) fn keep_in(&mut self, path: PathBuf) -> io::Result<()> {
        let file = File::new(path);
        self.world = file.read(self.now())?;
        // Better to hear now than at the first change that the file cannot be written.
        file.write(&self.world)?;
        self.file = Some(file);
        Ok(())
    }

    /// What its clock shows.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Counts a call.
    pub(crate) fn count_call(&mut self, act: Act, name: Option<&Hostname>) {
        self.tallies.entry((act, None)).or_default().calls += 1;
        if let Some(name) = name {
            self.tallies
                .entry((act, Some(name.clone())))
                .or_default()
                .calls += 1;
        }
    }

    /// Counts a call that found something to do.
    pub(crate) fn count_effect(&mut self, act: Act, name: &Hostname) {
        self.tallies.entry((act, None)).or_default().effects += 1;
        self.tallies
            .entry((act, Some(name.clone())))
            .or_default()
            .effects += 1;
    }

    /// The counts of an act, over all objects or about one.
    pub(crate) fn tally(&self, act: Act, name: Option<&Hostname>) -> Tally {
        self.tallies
            .get(&(act, name.cloned()))
            .copied()
            .unwrap_or_default()
    }

    /// Ends terminals of machines that stopped, writes the file, and tells what changed.
    pub(crate) fn settle(&mut self) -> EngineResult<()> {
        let changed = self.world.take_changed();
        if changed.is_empty() {
            return Ok(());
        }
        for (install, name) in changed {
            let runs = self
                .world
                .machine(&install, &name)
                .is_ok_and(|m| m.power == Power::On);
            if !runs {
                self.lives.remove(&(Arc::clone(&install), name.clone()));
            }
            self.events.tell(&install, name);
        }
        if let Some(file) = &self.file {
            file.write(&self.world).map_err(|error| {
                let path = file.path().display();
                EngineError::Failed(format!("The simulator cannot write {path}: {error}"))
            })?;
        }
        Ok(())
    }

    /// The same after something that nobody is waiting for.
    pub(crate) fn settle_alone(&mut self) {
        if let Err(error) = self.settle() {
            tracing::error!(%error, "the simulator could not keep its machines");
        }
    }

    /// Lets happen what was to happen by now, each thing at its own time.
    pub(crate) fn catch_up(&mut self) {
        if self.schedule.next().is_none() {
            return;
        }
        let now = self.now();
        while let Some((at, happening)) = self.schedule.take_due(now) {
            match happening {
                Happening::ShutDown {
                    install,
                    name,
                    started,
                } => {
                    let machine = self.world.machine(&install, &name);
                    if machine.is_ok_and(|m| m.started().is_some() && m.started() == started) {
                        // It was just seen to be there.
                        let _ = self.world.set_power(&install, &name, Power::Off, at);
                    }
                }
                Happening::Lose { install, name } => {
                    self.world.remove(&install, &name, at);
                }
                Happening::Away => self.set_away(true),
                Happening::Crash => self.crash(at),
                Happening::Back => self.set_away(false),
            }
            self.settle_alone();
        }
    }

    /// Loses its power: every machine is off from then on, and nobody is told.
    pub(crate) fn crash(&mut self, now: Timestamp) {
        self.set_away(true);
        self.world.turn_all_off(now);
    }

    /// What ends when this machine stops, or the host goes away.
    pub(crate) fn life(&mut self, install: &Arc<str>, name: &Hostname) -> watch::Receiver<()> {
        let key = (Arc::clone(install), name.clone());
        self.lives
            .entry(key)
            .or_insert_with(|| watch::Sender::new(()))
            .subscribe()
    }

    /// A number that no other terminal has.
    pub(crate) fn number_terminal(&mut self) -> u64 {
        self.terminals += 1;
        self.terminals
    }

    /// Whether a machine of this size still fits beside those that run.
    pub(crate) fn fits_memory(&self, memory_mib: u32) -> EngineResult<()> {
        let (used, _) = self.world.used();
        if used + u64::from(memory_mib) > self.room.memory_mib {
            return Err(EngineError::NoCapacity("all memory is in use".to_owned()));
        }
        Ok(())
    }

    /// Whether there is storage left.
    pub(crate) fn fits_disk(&self) -> EngineResult<()> {
        let (_, used) = self.world.used();
        if used >= self.room.disk_mib {
            return Err(EngineError::NoCapacity("all storage is in use".to_owned()));
        }
        Ok(())
    }

    /// How much there is, and how much of it is used.
    pub(crate) fn capacity(&self) -> EngineCapacity {
        let (memory_used_mib, disk_used_mib) = self.world.used();
        EngineCapacity {
            memory_mib: self.room.memory_mib,
            memory_used_mib,
            disk_mib: self.room.disk_mib,
            disk_used_mib,
            cpus: self.room.cpus,
        }
    }

    /// Goes away: streams and terminals end. Or comes back.
    pub(crate) fn set_away(&mut self, is_away: bool) {
        self.away = is_away;
        if is_away {
            self.events = Events::default();
            self.lives.clear();
        }
    }

    /// Refuses while the host is away.
    pub(crate) fn answer(&self) -> EngineResult<()> {
        if self.away { Err(away()) } else { Ok(()) }
    }
}
