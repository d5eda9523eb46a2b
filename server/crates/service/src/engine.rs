//! What Lectern needs of something that has machines.
//!
//! Every act is idempotent and finds its object by name and by the ids it carries, so that it may be
//! repeated after a crash. An engine is made for one installation and never shows, touches or removes
//! objects that are not that installation's.

use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::credentials::{Password, Username};
use domain::id::{LabId, MachineId};
use domain::image::{ImageFacts, ImageName};
use domain::machine::{Power, Sighting, TroubleCode};
use domain::name::Hostname;
use domain::size::Size;
use domain::time::Timestamp;
use futures::Stream;
use tokio::sync::mpsc;

/// What kind of engine it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineKind {
    /// Real machines, in Incus.
    Incus,
    /// Simulated machines; every page says so.
    Simulator,
}

/// Why the engine did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The engine does not answer. Nothing is known about whether the act happened.
    #[error("The machine host does not answer: {0}")]
    Away(String),
    /// No memory, disk, address or processor is left.
    #[error("The machine host has no room: {0}")]
    NoCapacity(String),
    /// The object the act is about is not there.
    #[error("{0} is not there.")]
    NotFound(String),
    /// The act was refused or failed; the text is the engine's.
    #[error("The machine host answered: {0}")]
    Failed(String),
}

impl EngineError {
    /// The kind of trouble a machine's row keeps.
    pub fn code(&self) -> TroubleCode {
        match self {
            Self::Away(_) => TroubleCode::EngineAway,
            Self::NoCapacity(_) => TroubleCode::NoCapacity,
            Self::NotFound(_) | Self::Failed(_) => TroubleCode::Engine,
        }
    }
}

/// What an engine's acts return.
pub type EngineResult<T> = Result<T, EngineError>;

/// How an engine is, for the system page and for `lectern doctor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineHealth {
    /// Name and version, such as “Incus 6.0.4”.
    pub version: String,
    /// Kinds of machines that work there, such as `container`.
    pub instance_types: Vec<String>,
    /// Sentences about what an administrator should know, empty when all is well.
    pub remarks: Vec<String>,
}

/// An image the engine has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineImage {
    /// Its name, by which machines are made from it.
    pub name: ImageName,
    /// What a person reads.
    pub title: String,
    /// What it is.
    pub facts: ImageFacts,
}

/// How much room a host has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineCapacity {
    /// Memory of all hosts together, in MiB.
    pub memory_mib: u64,
    /// Memory in use, in MiB.
    pub memory_used_mib: u64,
    /// Storage of the machines' pool, in MiB.
    pub disk_mib: u64,
    /// Storage in use, in MiB.
    pub disk_used_mib: u64,
    /// Processor threads.
    pub cpus: u32,
}

/// Where a machine's disk comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// From an image, in full.
    Image(ImageName),
    /// A copy-on-write copy of this sealed generation.
    Generation(Hostname),
}

/// A machine to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildSpec {
    /// The machine.
    pub machine: MachineId,
    /// Its lab.
    pub lab: LabId,
    /// Its name, in the network and in the engine.
    pub hostname: Hostname,
    /// The build; another build under the same name is removed first.
    pub build: u32,
    /// The generation that `source` is; 0 for an image.
    pub generation: u32,
    /// Where the disk comes from.
    pub source: Source,
    /// How much of the host it may use.
    pub size: Size,
}

/// A template to be sealed into a generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealSpec {
    /// The lab.
    pub lab: LabId,
    /// The stopped template's name. It stays as it is, with its own identity.
    pub template: Hostname,
    /// The generation's name.
    pub name: Hostname,
    /// The generation.
    pub generation: u32,
}

/// An account to be set on a running machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSetting {
    /// Its name; the account is made where there is none.
    pub username: Username,
    /// Its password.
    pub password: Password,
    /// Whether it may become root by `sudo`.
    pub administrator: bool,
}

/// What an object of the engine is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// A machine.
    Machine(MachineId, Sighting),
    /// A sealed generation of a lab; `complete` once sealing has finished.
    Generation {
        /// The lab.
        lab: LabId,
        /// The generation.
        generation: u32,
        /// Whether it may be copied from.
        complete: bool,
    },
}

/// An object that this installation has in the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineObject {
    /// Its name.
    pub name: Hostname,
    /// What it is.
    pub kind: ObjectKind,
}

/// How much a running machine has worked so far, and who is at it.
///
/// What it says of people comes from inside the machine: whoever rules there can feign it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// The machine's name.
    pub name: Hostname,
    /// When this was so, by this side's clock.
    pub at: Timestamp,
    /// Time of its processors used since its start, all of them together.
    pub cpu: Duration,
    /// Bytes read from and written to its disk since its start; none where nobody counts them. It may
    /// be counted twice what goes through one device to another, and it may fall where it is the
    /// programs that are asked, since one takes its count along when it ends.
    pub disk_bytes: Option<u64>,
    /// How long nobody has pressed a key or moved the mouse, in any terminal or graphical session of
    /// the machine; terminals tell it to within eight seconds. None where there is no session, where
    /// a session does not tell, and where it was not looked for, or in vain.
    pub input_idle: Option<Duration>,
    /// Sessions of people: terminals, desktops and other logins, and not fewer than there are. None
    /// where they were not looked for, or in vain.
    pub sessions: Option<u32>,
}

/// Something that happened in the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineEvent {
    /// An object changed: look at it.
    Changed(Hostname),
    /// Events may have been missed: look at everything.
    Missed,
}

/// What a person does in a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalInput {
    /// Bytes typed or pasted.
    Bytes(Bytes),
    /// The window has this many columns and rows now.
    Resize {
        /// Columns.
        columns: u16,
        /// Rows.
        rows: u16,
    },
}

/// An open shell on a machine. Dropping `input` ends the session; a closed `output` says that it
/// ended, such as by `exit` or because the machine stopped.
#[derive(Debug)]
pub struct Terminal {
    /// Where what the person does goes.
    pub input: mpsc::Sender<TerminalInput>,
    /// Where what the shell prints comes from, opaque.
    pub output: mpsc::Receiver<Bytes>,
}

/// The stream of events. It ends when the connection is lost; whoever listens asks anew.
pub type EventStream = Pin<Box<dyn Stream<Item = EngineEvent> + Send>>;

/// Something that has machines.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// What kind it is.
    fn kind(&self) -> EngineKind;

    /// How it is. An error says that it does not answer.
    async fn health(&self) -> EngineResult<EngineHealth>;

    /// The images that machines can be made from.
    async fn images(&self) -> EngineResult<Vec<EngineImage>>;

    /// How much room there is.
    async fn capacity(&self) -> EngineResult<EngineCapacity>;

    /// One machine as it is now, address included; `None` when there is no such machine.
    async fn look(&self, machine: MachineId, name: &Hostname) -> EngineResult<Option<Sighting>>;

    /// Everything this installation has in the engine; addresses may be left out, and since when a
    /// machine is stopped. One that is being started at this very moment may be shown running since
    /// its last start but one.
    async fn list(&self) -> EngineResult<Vec<EngineObject>>;

    /// Makes a machine, stopped, with an identity of its own (machine id, ssh host keys, hostname,
    /// hardware and network address). Finds it when it is there; removes another build of it first.
    async fn build(&self, spec: &BuildSpec) -> EngineResult<()>;

    /// Makes a sealed generation out of a stopped template: a copy without machine id, ssh host
    /// keys, logs, leases and shell history. Finds it when it is complete; makes it anew otherwise.
    async fn seal(&self, spec: &SealSpec) -> EngineResult<()>;

    /// Starts a machine. One that runs is left alone.
    async fn start(&self, name: &Hostname) -> EngineResult<()>;

    /// Stops a machine: gracefully, giving it up to [`domain::pace::GRACE`], or by force. Returns
    /// when it is stopped. One that does not run, or is not there, is left alone.
    async fn stop(&self, name: &Hostname, force: bool) -> EngineResult<()>;

    /// Removes a machine or a generation, running or not. One that is not there is left alone.
    async fn remove(&self, name: &Hostname) -> EngineResult<()>;

    /// Makes the accounts on a running machine and sets their passwords; sees to it that the
    /// machine has ssh host keys.
    async fn set_credentials(
        &self,
        name: &Hostname,
        accounts: &[AccountSetting],
    ) -> EngineResult<()>;

    /// Opens a login shell of `username` on a running machine.
    async fn terminal(
        &self,
        name: &Hostname,
        username: &Username,
        columns: u16,
        rows: u16,
    ) -> EngineResult<Terminal>;

    /// What the machines that run are doing, at the price of about one question for all of them. Only
    /// for those `watched` that run, it is looked inside for people as well, which takes each of them
    /// and the host a moment. A machine that does not answer in time is not waited for; one whose
    /// figures are not there yet is left out, and so is one that does not run.
    async fn activity(&self, watched: &[Hostname]) -> EngineResult<Vec<Activity>>;

    /// What happens from now on.
    async fn events(&self) -> EngineResult<EventStream>;
}

impl EngineObject {
    /// Whether this is a machine that runs.
    pub fn runs(&self) -> bool {
        matches!(&self.kind, ObjectKind::Machine(_, sighting) if sighting.power == Power::On)
    }
}
