//! The simulated objects, and what each act does to them. Pure: no waiting, no file, no events.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::credentials::{Password, Username};
use domain::id::{LabId, MachineId};
use domain::image::{ImageFacts, ImageName, OsType};
use domain::machine::{Power, Sighting};
use domain::name::Hostname;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use service::engine::{
    AccountSetting, Activity, BuildSpec, EngineError, EngineImage, EngineObject, EngineResult,
    ObjectKind, SealSpec, Source,
};

use crate::run::{Load, Run};

/// The images that every simulated host has.
const IMAGES: [SimImage; 3] = [
    SimImage {
        name: "debian/12",
        title: "Debian 12 (simulated)",
        os: OsType::Linux,
        words: ["Debian", "debian-12", "12"],
    },
    SimImage {
        name: "ubuntu/24.04",
        title: "Ubuntu 24.04 (simulated)",
        os: OsType::Linux,
        words: ["Canonical", "ubuntu-24_04-lts", "server"],
    },
    SimImage {
        name: "windows-server/2019",
        title: "Windows Server 2019 (simulated)",
        os: OsType::Windows,
        words: ["Microsoft", "WindowsServer", "2019-Datacenter"],
    },
];

/// An image that simulated machines are made from.
struct SimImage {
    name: &'static str,
    title: &'static str,
    os: OsType,
    /// Publisher, offer and sku, as the predecessor's images have them.
    words: [&'static str; 3],
}

/// An account inside a machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) username: Username,
    pub(crate) administrator: bool,
    /// Known while the process lives; it is not written down.
    #[serde(skip)]
    pub(crate) password: Option<Password>,
}

/// A simulated machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SimMachine {
    machine: MachineId,
    lab: LabId,
    build: u32,
    generation: u32,
    pub(crate) power: Power,
    /// When its power last changed; one that never ran does not know.
    #[serde(default)]
    since: Option<Timestamp>,
    /// Whether that is not told.
    #[serde(default)]
    pub(crate) since_hidden: bool,
    /// The last two bytes of its address.
    address: u16,
    pub(crate) memory_mib: u32,
    pub(crate) disk_gib: u32,
    pub(crate) accounts: Vec<Account>,
    /// Whether it ignores a graceful stop.
    pub(crate) deaf: bool,
    /// How much it works whenever it runs.
    #[serde(default)]
    load: Load,
    /// What it does while it runs.
    #[serde(default)]
    pub(crate) run: Option<Run>,
    /// Whether it does not answer when it is looked inside.
    #[serde(default)]
    pub(crate) silent: bool,
}

/// A sealed generation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SimGeneration {
    lab: LabId,
    generation: u32,
    pub(crate) complete: bool,
    disk_gib: u32,
    accounts: Vec<Account>,
}

/// An object of the simulated host.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Thing {
    Machine(SimMachine),
    Generation(SimGeneration),
}

/// A machine began to run, or ceased to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PowerChange {
    /// The machine.
    pub machine: MachineId,
    /// What it does from then on.
    pub power: Power,
    /// When.
    pub at: Timestamp,
}

/// The objects of all installations.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct World {
    /// Where the search for a free address goes on, so that one just freed is not used again soon.
    next_address: u16,
    installs: BTreeMap<String, BTreeMap<Hostname, Thing>>,
    #[serde(skip)]
    addresses: BTreeSet<u16>,
    /// Objects that changed since the last [`World::take_changed`].
    #[serde(skip)]
    changed: Vec<(Arc<str>, Hostname)>,
    /// Every change of power there was, in order.
    #[serde(skip)]
    pub(crate) powers: Vec<PowerChange>,
    /// Whether sightings leave the address out, as right after a start.
    #[serde(skip)]
    pub(crate) addresses_hidden: bool,
}

impl SimMachine {
    fn turn(&mut self, power: Power, now: Timestamp) {
        self.power = power;
        self.since = Some(now);
        self.run = (power == Power::On).then(|| Run::new(self.load, now));
    }

    fn change(&self, at: Timestamp) -> PowerChange {
        PowerChange {
            machine: self.machine,
            power: self.power,
            at,
        }
    }

    /// Since when it runs; none while it does not.
    pub(crate) fn started(&self) -> Option<Timestamp> {
        self.since.filter(|_| self.power == Power::On)
    }
}

impl World {
    /// Counts again what is not written down, or was not always.
    pub(crate) fn recount(&mut self, now: Timestamp) {
        let things = self.installs.values_mut().flat_map(BTreeMap::values_mut);
        for thing in things {
            if let Thing::Machine(machine) = thing
                && machine.power == Power::On
                && machine.run.is_none()
            {
                machine.run = Some(Run::new(machine.load, now));
            }
        }
        self.addresses = self.machines().map(|m| m.address).collect();
    }

    /// The images.
    pub(crate) fn images() -> EngineResult<Vec<EngineImage>> {
        IMAGES
            .iter()
            .map(|image| {
                let name =
                    ImageName::parse(image.name).map_err(|e| EngineError::Failed(e.message))?;
                let [publisher, offer, sku] = image.words.map(str::to_owned);
                Ok(EngineImage {
                    name,
                    title: image.title.to_owned(),
                    facts: ImageFacts {
                        os: image.os,
                        publisher,
                        offer,
                        sku,
                        version: "latest".to_owned(),
                    },
                })
            })
            .collect()
    }

    /// All machines of all installations.
    pub(crate) fn machines(&self) -> impl Iterator<Item = &SimMachine> {
        self.installs
            .values()
            .flat_map(BTreeMap::values)
            .filter_map(|thing| match thing {
                Thing::Machine(machine) => Some(machine),
                Thing::Generation(_) => None,
            })
    }

    /// All objects of one installation, by name.
    pub(crate) fn list(&self, install: &str) -> Vec<EngineObject> {
        let objects = self.installs.get(install).into_iter().flatten();
        objects
            .map(|(name, thing)| {
                let kind = match thing {
                    Thing::Machine(m) => ObjectKind::Machine(m.machine, self.sighting(m)),
                    Thing::Generation(g) => ObjectKind::Generation {
                        lab: g.lab,
                        generation: g.generation,
                        complete: g.complete,
                    },
                };
                EngineObject {
                    name: name.clone(),
                    kind,
                }
            })
            .collect()
    }

    /// The machine with this id under this name.
    pub(crate) fn look(&self, install: &str, id: MachineId, name: &Hostname) -> Option<Sighting> {
        match self.installs.get(install)?.get(name)? {
            Thing::Machine(machine) if machine.machine == id => Some(self.sighting(machine)),
            _ => None,
        }
    }

    /// What those of an installation's machines do that run.
    pub(crate) fn activity(
        &self,
        install: &str,
        watched: &[Hostname],
        now: Timestamp,
    ) -> Vec<Activity> {
        let objects = self.installs.get(install).into_iter().flatten();
        let running = objects.filter_map(|(name, thing)| match thing {
            Thing::Machine(machine) => Some((name, machine, machine.run.as_ref()?)),
            Thing::Generation(_) => None,
        });
        let activity = running.map(|(name, machine, run)| {
            let (cpu, disk_bytes) = run.done(now);
            let seen = !machine.silent && watched.contains(name);
            Activity {
                name: name.clone(),
                at: now,
                cpu,
                disk_bytes: Some(disk_bytes),
                input_idle: run.input_idle(now).filter(|_| seen),
                sessions: seen.then(|| run.sessions()),
            }
        });
        activity.collect()
    }

    /// Lets a machine work like this whenever it runs, from now on.
    pub(crate) fn set_load(
        &mut self,
        install: &str,
        name: &Hostname,
        load: Load,
        now: Timestamp,
    ) -> EngineResult<()> {
        let machine = self.machine(install, name)?;
        machine.load = load;
        if let Some(run) = &mut machine.run {
            run.set_load(load, now);
        }
        Ok(())
    }

    /// What goes on in a machine that runs.
    pub(crate) fn run(&mut self, install: &str, name: &Hostname) -> EngineResult<&mut Run> {
        let run = self.machine(install, name)?.run.as_mut();
        run.ok_or_else(|| EngineError::Failed(format!("“{name}” does not run.")))
    }

    /// The machine under this name, to be changed by a handle or an act.
    pub(crate) fn machine(
        &mut self,
        install: &str,
        name: &Hostname,
    ) -> EngineResult<&mut SimMachine> {
        match self
            .installs
            .get_mut(install)
            .and_then(|objects| objects.get_mut(name))
        {
            Some(Thing::Machine(machine)) => Ok(machine),
            Some(Thing::Generation(_)) => Err(EngineError::Failed(format!(
                "“{name}” is a generation, not a machine."
            ))),
            None => Err(EngineError::NotFound(format!("The machine “{name}”"))),
        }
    }

    /// The generation under this name.
    pub(crate) fn generation(
        &mut self,
        install: &str,
        name: &Hostname,
    ) -> EngineResult<&mut SimGeneration> {
        match self
            .installs
            .get_mut(install)
            .and_then(|objects| objects.get_mut(name))
        {
            Some(Thing::Generation(generation)) => Ok(generation),
            _ => Err(EngineError::NotFound(format!("The generation “{name}”"))),
        }
    }

    /// Makes a machine. Says whether it had to be made.
    pub(crate) fn build(
        &mut self,
        install: &str,
        spec: &BuildSpec,
        now: Timestamp,
    ) -> EngineResult<bool> {
        match self
            .installs
            .get(install)
            .and_then(|objects| objects.get(&spec.hostname))
        {
            Some(Thing::Machine(m)) if m.machine == spec.machine && m.build == spec.build => {
                return Ok(false);
            }
            Some(Thing::Machine(m)) if m.machine == spec.machine => {}
            Some(_) => {
                let name = &spec.hostname;
                return Err(EngineError::Failed(format!(
                    "“{name}” is the name of another object."
                )));
            }
            None => self.not_taken(install, &spec.hostname)?,
        }
        let accounts = match &spec.source {
            Source::Image(image) if IMAGES.iter().any(|known| known.name == image.as_str()) => {
                Vec::new()
            }
            Source::Image(image) => {
                return Err(EngineError::NotFound(format!("The image “{image}”")));
            }
            Source::Generation(name) => {
                let generation = self.generation(install, name)?;
                if !generation.complete {
                    return Err(EngineError::Failed(format!("“{name}” is not complete.")));
                }
                generation.accounts.clone()
            }
        };
        self.remove(install, &spec.hostname, now);
        let machine = SimMachine {
            machine: spec.machine,
            lab: spec.lab,
            build: spec.build,
            generation: spec.generation,
            power: Power::Off,
            since: None,
            since_hidden: false,
            address: self.take_address()?,
            memory_mib: spec.size.memory_mib,
            disk_gib: spec.size.disk_gib,
            accounts,
            deaf: false,
            load: Load::default(),
            run: None,
            silent: false,
        };
        self.insert(install, &spec.hostname, Thing::Machine(machine));
        Ok(true)
    }

    /// Makes a generation of a stopped template. Says whether it had to be made.
    pub(crate) fn seal(&mut self, install: &str, spec: &SealSpec) -> EngineResult<bool> {
        match self
            .installs
            .get(install)
            .and_then(|objects| objects.get(&spec.name))
        {
            Some(Thing::Generation(generation)) if generation.complete => return Ok(false),
            Some(Thing::Machine(_)) => {
                let name = &spec.name;
                return Err(EngineError::Failed(format!(
                    "“{name}” is the name of a machine."
                )));
            }
            Some(Thing::Generation(_)) => {}
            None => self.not_taken(install, &spec.name)?,
        }
        let template = self.machine(install, &spec.template)?;
        if template.power == Power::On {
            return Err(EngineError::Failed(format!("“{}” runs.", spec.template)));
        }
        let generation = SimGeneration {
            lab: spec.lab,
            generation: spec.generation,
            complete: true,
            disk_gib: template.disk_gib,
            accounts: template.accounts.clone(),
        };
        self.insert(install, &spec.name, Thing::Generation(generation));
        Ok(true)
    }

    /// Turns a machine on or off at `now`. Says whether it had to be done.
    pub(crate) fn set_power(
        &mut self,
        install: &str,
        name: &Hostname,
        power: Power,
        now: Timestamp,
    ) -> EngineResult<bool> {
        let machine = self.machine(install, name)?;
        if machine.power == power {
            return Ok(false);
        }
        machine.turn(power, now);
        let change = machine.change(now);
        self.powers.push(change);
        self.mark_changed(install, name);
        Ok(true)
    }

    /// Turns every machine off, whosever it is.
    pub(crate) fn turn_all_off(&mut self, now: Timestamp) {
        for (install, objects) in &mut self.installs {
            for (name, thing) in objects {
                if let Thing::Machine(machine) = thing
                    && machine.power == Power::On
                {
                    machine.turn(Power::Off, now);
                    self.powers.push(machine.change(now));
                    self.changed.push((install.as_str().into(), name.clone()));
                }
            }
        }
    }

    /// Removes an object. Says whether there was one.
    pub(crate) fn remove(&mut self, install: &str, name: &Hostname, now: Timestamp) -> bool {
        let removed = self
            .installs
            .get_mut(install)
            .and_then(|objects| objects.remove(name));
        if let Some(Thing::Machine(machine)) = &removed {
            self.addresses.remove(&machine.address);
            if machine.power == Power::On {
                self.powers.push(PowerChange {
                    power: Power::Off,
                    ..machine.change(now)
                });
            }
        }
        if removed.is_some() {
            self.mark_changed(install, name);
        }
        removed.is_some()
    }

    /// Sets accounts on a running machine; others are left as they are.
    pub(crate) fn set_accounts(
        &mut self,
        install: &str,
        name: &Hostname,
        settings: &[AccountSetting],
    ) -> EngineResult<bool> {
        let machine = self.machine(install, name)?;
        if machine.power == Power::Off {
            return Err(EngineError::Failed(format!("“{name}” does not run.")));
        }
        for setting in settings {
            machine
                .accounts
                .retain(|account| account.username != setting.username);
            machine.accounts.push(Account {
                username: setting.username.clone(),
                administrator: setting.administrator,
                password: Some(setting.password.clone()),
            });
        }
        self.mark_changed(install, name);
        Ok(true)
    }

    /// Whose it was and what it is called that changed since this was last asked.
    pub(crate) fn take_changed(&mut self) -> Vec<(Arc<str>, Hostname)> {
        std::mem::take(&mut self.changed)
    }

    /// Notes that an object changed.
    pub(crate) fn mark_changed(&mut self, install: &str, name: &Hostname) {
        self.changed.push((install.into(), name.clone()));
    }

    /// What the machines that run use of the memory, and what all objects use of the disk, in MiB.
    pub(crate) fn used(&self) -> (u64, u64) {
        let running = self.machines().filter(|m| m.power == Power::On);
        let memory = running.map(|m| u64::from(m.memory_mib)).sum();
        let disk = self
            .installs
            .values()
            .flat_map(BTreeMap::values)
            .map(|thing| match thing {
                // A copy shares most of its disk with what it was copied from.
                Thing::Machine(machine) => u64::from(machine.disk_gib) * 1024 / 16,
                Thing::Generation(generation) => u64::from(generation.disk_gib) * 1024 / 4,
            });
        (memory, disk.sum())
    }

    /// A name can be used once on the host, whoever uses it.
    fn not_taken(&self, install: &str, name: &Hostname) -> EngineResult<()> {
        let mut others = self.installs.iter().filter(|(other, _)| *other != install);
        if others.any(|(_, objects)| objects.contains_key(name)) {
            let message = format!("“{name}” is the name of another installation's object.");
            return Err(EngineError::Failed(message));
        }
        Ok(())
    }

    fn insert(&mut self, install: &str, name: &Hostname, thing: Thing) {
        self.installs
            .entry(install.to_owned())
            .or_default()
            .insert(name.clone(), thing);
        self.mark_changed(install, name);
    }

    fn sighting(&self, machine: &SimMachine) -> Sighting {
        let shown = machine.power == Power::On && !self.addresses_hidden;
        let [x, y] = machine.address.to_be_bytes();
        Sighting {
            build: machine.build,
            generation: machine.generation,
            power: machine.power,
            since: machine.since.filter(|_| !machine.since_hidden),
            address: shown.then(|| format!("10.99.{x}.{y}")),
        }
    }

    fn take_address(&mut self) -> EngineResult<u16> {
        // Not 10.99.0.0 and 10.99.0.1, which are the network's and its gateway's, nor the broadcast.
        let usable = 2..u16::MAX;
        let from = self.next_address.max(usable.start);
        let free = (from..usable.end)
            .chain(usable.start..from)
            .find(|address| !self.addresses.contains(address))
            .ok_or_else(|| EngineError::NoCapacity("all addresses are in use".to_owned()))?;
        self.addresses.insert(free);
        self.next_address = free + 1;
        Ok(free)
    }
}
