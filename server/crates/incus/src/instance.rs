//! Instances: how they carry whose they are, and what they show of themselves.

use std::collections::BTreeMap;

use domain::id::{LabId, MachineId, OrganisationId};
use domain::machine::{Power, Sighting};
use domain::name::Hostname;
use domain::time::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use service::engine::{BuildSpec, EngineError, EngineObject, EngineResult, ObjectKind, SealSpec};

use crate::IncusEngine;
use crate::date;
use crate::fault::Result;

/// The installation whose instance it is.
const INSTALL: &str = "user.lectern.install";
/// What it is: [`MACHINE`] or [`GENERATION`].
const KIND: &str = "user.lectern.kind";
/// The machine's id.
const ID: &str = "user.lectern.machine";
/// The lab's id.
const LAB: &str = "user.lectern.lab";
/// The machine's build.
const BUILD: &str = "user.lectern.build";
/// The generation it is, or was made from.
const FROM: &str = "user.lectern.generation";
/// Whether sealing has finished.
pub(crate) const SEALED: &str = "user.lectern.sealed";

const MACHINE: &str = "machine";
const GENERATION: &str = "generation";

/// An instance as Incus shows it.
#[derive(Debug, Deserialize)]
pub(crate) struct Instance {
    name: String,
    status: String,
    config: BTreeMap<String, String>,
    #[serde(default)]
    last_used_at: String,
}

/// The tags of a machine. All of them are set, since a copy takes over what it is not told.
pub(crate) fn machine_tags(install: OrganisationId, spec: &BuildSpec) -> Map<String, Value> {
    tags([
        (INSTALL, install.to_string()),
        (KIND, MACHINE.to_owned()),
        (ID, spec.machine.to_string()),
        (LAB, spec.lab.to_string()),
        (BUILD, spec.build.to_string()),
        (FROM, spec.generation.to_string()),
        (SEALED, String::new()),
    ])
}

/// The tags of a generation, not sealed yet.
pub(crate) fn generation_tags(install: OrganisationId, spec: &SealSpec) -> Map<String, Value> {
    tags([
        (INSTALL, install.to_string()),
        (KIND, GENERATION.to_owned()),
        (ID, String::new()),
        (LAB, spec.lab.to_string()),
        (BUILD, String::new()),
        (FROM, spec.generation.to_string()),
        (SEALED, String::new()),
    ])
}

fn tags(tags: [(&str, String); 7]) -> Map<String, Value> {
    let tags = tags.into_iter();
    tags.map(|(key, value)| (key.to_owned(), value.into()))
        .collect()
}

impl Instance {
    fn tag<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        self.config.get(key)?.parse().ok()
    }

    /// Whether this installation made it.
    pub(crate) fn belongs_to(&self, install: OrganisationId) -> bool {
        self.tag(INSTALL) == Some(install)
    }

    /// Whether it runs. What is on its way counts as running, so that nobody takes its disk for idle.
    pub(crate) fn power(&self) -> Power {
        match self.status.as_str() {
            "Stopped" | "Error" | "Aborting" => Power::Off,
            _ => Power::On,
        }
    }

    /// When it was last started, by itself from inside as well; none of one that never was.
    ///
    /// Incus notes it in its database right before it lets the machine's first process run. The
    /// state's `started_at` is not used: it is the time at which the host's kernel first showed the
    /// process in `/proc`, which it forgets when memory is short, and then it is a later one.
    pub(crate) fn last_started(&self) -> Option<Timestamp> {
        // One that was never started has the beginning of 1970.
        date::from_rfc3339(&self.last_used_at).filter(|at| at.micros() > 0)
    }

    /// Whether Incus saw it end. It did not where it ended together with its host, or with Incus.
    pub(crate) fn ended_in_order(&self) -> bool {
        let power = self.config.get("volatile.last_state.power");
        power.is_some_and(|power| power == "STOPPED")
    }

    /// Since when it runs, where it does. While it is being started, that is not noted yet.
    fn running_since(&self) -> Option<Timestamp> {
        let runs = self.power() == Power::On && self.status != "Starting";
        self.last_started().filter(|_| runs)
    }

    /// Whether its disk was ever finished. Incus notes which template it has to apply at the first
    /// start once the disk is there, and the state of its power from the first start on; an instance
    /// with neither is still being made, or was left half made.
    pub(crate) fn is_whole(&self) -> bool {
        self.config.contains_key("volatile.apply_template")
            || self.config.contains_key("volatile.last_state.power")
            || self.power() == Power::On
    }

    /// Whether it is a generation whose sealing has finished.
    pub(crate) fn is_sealed(&self) -> bool {
        self.config.get(SEALED).is_some_and(|value| value == "true")
    }

    /// Whether it is a generation of this lab.
    pub(crate) fn is_generation(&self, lab: LabId, generation: u32) -> bool {
        let kind = self.config.get(KIND).is_some_and(|kind| kind == GENERATION);
        kind && self.tag(LAB) == Some(lab) && self.tag(FROM) == Some(generation)
    }

    /// What it shows of itself as this machine; `None` when it is something else. A half-made one
    /// shows build 0, which nobody wants. The address is not in it, nor since when it is stopped.
    pub(crate) fn sighting(&self, machine: MachineId) -> Option<Sighting> {
        match self.kind()? {
            ObjectKind::Machine(id, sighting) if id == machine => Some(sighting),
            _ => None,
        }
    }

    fn kind(&self) -> Option<ObjectKind> {
        match self.config.get(KIND)?.as_str() {
            MACHINE => {
                let build = if self.is_whole() { self.tag(BUILD)? } else { 0 };
                let sighting = Sighting {
                    build,
                    generation: self.tag(FROM)?,
                    power: self.power(),
                    since: self.running_since(),
                    address: None,
                };
                Some(ObjectKind::Machine(self.tag(ID)?, sighting))
            }
            GENERATION => Some(ObjectKind::Generation {
                lab: self.tag(LAB)?,
                generation: self.tag(FROM)?,
                complete: self.is_sealed(),
            }),
            _ => None,
        }
    }

    fn object(&self) -> Option<EngineObject> {
        Some(EngineObject {
            name: Hostname::parse(&self.name).ok()?,
            kind: self.kind()?,
        })
    }
}

/// The part of an instance's state that is of interest.
#[derive(Deserialize)]
struct State {
    network: Option<BTreeMap<String, Device>>,
}

#[derive(Deserialize)]
struct Device {
    addresses: Vec<Address>,
}

#[derive(Deserialize)]
struct Address {
    family: String,
    address: String,
    scope: String,
}

impl IncusEngine {
    /// The instance of this name, whosever it is.
    pub(crate) async fn find(&self, name: &Hostname) -> Result<Option<Instance>> {
        match self.client.get(&["instances", name.as_str()], &[]).await {
            Ok(instance) => Ok(Some(instance)),
            Err(fault) if fault.is_missing() => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// This installation's instance of this name.
    pub(crate) async fn own(&self, name: &Hostname) -> EngineResult<Option<Instance>> {
        let found = self.find(name).await;
        let found = found.map_err(|fault| fault.about(Self::called(name)))?;
        Ok(found.filter(|instance| instance.belongs_to(self.settings.install)))
    }

    /// This installation's instance of this name; an error says that there is none.
    pub(crate) async fn expect_own(&self, name: &Hostname) -> EngineResult<Instance> {
        let found = self.own(name).await?;
        found.ok_or_else(|| EngineError::NotFound(Self::called(name)))
    }

    /// The address of a machine that runs, once it has one.
    pub(crate) async fn address(&self, name: &Hostname) -> EngineResult<Option<String>> {
        let state: State = match self
            .client
            .get(&["instances", name.as_str(), "state"], &[])
            .await
        {
            Ok(state) => state,
            // It went away, or down, between two questions.
            Err(fault) if fault.is_missing() || fault.is_of_a_sudden_end() => return Ok(None),
            Err(fault) => return Err(fault.about(Self::called(name))),
        };
        let mut network = state.network.unwrap_or_default();
        let addresses = network.remove("eth0").map(|device| device.addresses);
        let mut addresses = addresses.into_iter().flatten();
        Ok(addresses
            .find(|found| found.family == "inet" && found.scope == "global")
            .map(|found| found.address))
    }

    /// Everything that this installation has.
    pub(crate) async fn read_objects(&self) -> EngineResult<Vec<EngineObject>> {
        let instances: Vec<Instance> = self
            .client
            .get(&["instances"], &[("recursion", "1")])
            .await
            .map_err(|fault| fault.about("The list of machines"))?;
        let own = instances
            .iter()
            .filter(|instance| instance.belongs_to(self.settings.install));
        Ok(own.filter_map(Instance::object).collect())
    }
}
