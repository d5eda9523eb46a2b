//! The real engine: machines as Incus containers.
//!
//! What lives here turns the promises of [`service::engine::Engine`] into calls of Incus' REST API:
//! `client` and `socket` carry them, `operation` waits for what Incus does in the background,
//! and the other modules each hold one act. What may not enter: decisions about labs and machines,
//! and anything that outlives a call. Everything this crate knows is read from Incus when it is
//! needed, so that it may be killed at any instant.

mod account;
mod activity;
mod build;
mod client;
mod date;
mod event;
mod exec;
mod fault;
mod file;
mod host;
mod image;
mod instance;
mod metrics;
mod operation;
mod power;
mod power_time;
mod seal;
mod socket;
mod terminal;

use std::path::PathBuf;

use async_trait::async_trait;
use domain::credentials::Username;
use domain::id::{MachineId, OrganisationId};
use domain::machine::{Power, Sighting};
use domain::name::Hostname;
use service::engine::{
    AccountSetting, Activity, BuildSpec, Engine, EngineCapacity, EngineError, EngineHealth,
    EngineImage, EngineKind, EngineObject, EngineResult, EventStream, SealSpec, Terminal,
};

use crate::client::Client;

/// Which Incus to use, and what of it.
#[derive(Clone, Debug)]
pub struct IncusSettings {
    /// Incus' unix socket, usually `/var/lib/incus/unix.socket`.
    pub socket: PathBuf,
    /// The Incus project that the machines live in; it is made when it is missing.
    pub project: String,
    /// The storage pool for their disks. One that copies on write makes publishing fast.
    pub pool: String,
    /// The managed network that they are plugged into.
    pub network: String,
    /// The installation whose machines they are. Others in the same project are never touched.
    pub install: OrganisationId,
}

/// Machines in Incus. It keeps no state: a lost connection heals by itself with the next call.
#[derive(Debug)]
pub struct IncusEngine {
    client: Client,
    settings: IncusSettings,
}

impl IncusEngine {
    /// An engine for these settings, after a look whether Incus has what they name.
    ///
    /// # Errors
    /// [`EngineError::Away`] when Incus does not answer; [`EngineError::NotFound`] when pool or
    /// network are missing; [`EngineError::Failed`] when Incus does not trust this process.
    pub async fn connect(settings: IncusSettings) -> EngineResult<Self> {
        let client = Client::new(&settings.socket, &settings.project)?;
        let engine = Self { client, settings };
        engine.prepare().await?;
        Ok(engine)
    }

    /// An engine for an Incus that was prepared before and does not answer now: every act fails as
    /// away until it is back.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn unseen(settings: IncusSettings) -> EngineResult<Self> {
        let client = Client::new(&settings.socket, &settings.project)?;
        Ok(Self { client, settings })
    }

    /// The machine as a noun of error sentences.
    fn called(name: &Hostname) -> String {
        format!("The machine {name}")
    }
}

#[async_trait]
impl Engine for IncusEngine {
    fn kind(&self) -> EngineKind {
        EngineKind::Incus
    }

    async fn health(&self) -> EngineResult<EngineHealth> {
        self.read_health().await
    }

    async fn images(&self) -> EngineResult<Vec<EngineImage>> {
        self.read_images().await
    }

    async fn capacity(&self) -> EngineResult<EngineCapacity> {
        self.read_capacity().await
    }

    async fn look(&self, machine: MachineId, name: &Hostname) -> EngineResult<Option<Sighting>> {
        let Some(instance) = self.own(name).await? else {
            return Ok(None);
        };
        let Some(mut sighting) = instance.sighting(machine) else {
            return Ok(None);
        };
        match sighting.power {
            Power::On => sighting.address = self.address(name).await?,
            Power::Off => sighting.since = self.stopped_since(name, &instance).await?,
        }
        Ok(Some(sighting))
    }

    async fn list(&self) -> EngineResult<Vec<EngineObject>> {
        self.read_objects().await
    }

    async fn build(&self, spec: &BuildSpec) -> EngineResult<()> {
        self.build_machine(spec).await
    }

    async fn seal(&self, spec: &SealSpec) -> EngineResult<()> {
        self.seal_template(spec).await
    }

    async fn start(&self, name: &Hostname) -> EngineResult<()> {
        self.start_machine(name).await
    }

    async fn stop(&self, name: &Hostname, force: bool) -> EngineResult<()> {
        if force {
            self.stop_by_force(name).await
        } else {
            self.stop_gracefully(name).await
        }
    }

    async fn remove(&self, name: &Hostname) -> EngineResult<()> {
        self.remove_object(name).await
    }

    async fn set_credentials(
        &self,
        name: &Hostname,
        accounts: &[AccountSetting],
    ) -> EngineResult<()> {
        self.expect_own(name).await?;
        self.set_accounts(name, accounts).await
    }

    async fn terminal(
        &self,
        name: &Hostname,
        username: &Username,
        columns: u16,
        rows: u16,
    ) -> EngineResult<Terminal> {
        self.expect_own(name).await?;
        self.open_terminal(name, username, columns, rows).await
    }

    async fn activity(&self, watched: &[Hostname]) -> EngineResult<Vec<Activity>> {
        self.read_activity(watched).await
    }

    async fn events(&self) -> EngineResult<EventStream> {
        self.open_events().await
    }
}

/// The error for a name that something else has.
fn taken(name: &Hostname) -> EngineError {
    EngineError::Failed(format!(
        "the name {name} is taken by something that this installation did not make, or not as this."
    ))
}
