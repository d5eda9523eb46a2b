//! What the gateway needs of the use cases.

use std::sync::Arc;

use async_trait::async_trait;
use domain::id::ConnectionId;
use service::changes::Change;
use service::connect::{Ended, Pass};
use service::engine::Terminal;
use service::usage::Notice;
use service::{Result, Services};
use tokio::sync::broadcast;

/// Rights to connections, and the connections themselves.
#[async_trait]
pub trait Connections: Send + Sync + 'static {
    /// Takes a ticket and tells what it is a right to.
    ///
    /// # Errors
    /// When there is no such ticket any more, or its right has ended.
    async fn redeem(&self, token: &str) -> Result<Pass>;

    /// Whether the right still holds: `None`, or why it ended.
    ///
    /// # Errors
    /// When this cannot be told right now.
    async fn check(&self, pass: &Pass) -> Result<Option<Ended>>;

    /// Opens the shell that a pass is the right to.
    ///
    /// # Errors
    /// When the engine does not answer or refuses.
    async fn open(&self, pass: &Pass, columns: u16, rows: u16) -> Result<Terminal>;

    /// Notes that somebody is at the machine of this pass from now on.
    ///
    /// # Errors
    /// When this cannot be noted right now.
    async fn arrived(&self, pass: &Pass) -> Result<ConnectionId>;

    /// Notes that they are there no more.
    ///
    /// # Errors
    /// When this cannot be noted right now.
    async fn left(&self, connection: ConnectionId) -> Result<()>;

    /// What whoever is at the machine must know now.
    ///
    /// # Errors
    /// When this cannot be told right now.
    async fn notice(&self, pass: &Pass) -> Result<Option<Notice>>;

    /// What changes from now on; an optimisation, never a need.
    fn changes(&self) -> broadcast::Receiver<Change>;

    /// Fills `bytes` with what nobody can guess.
    fn random(&self, bytes: &mut [u8]);
}

/// The use cases, as the gateway of one process asks them.
#[derive(Clone, Debug)]
pub struct Desk {
    services: Services,
    /// The process' name among those that share the store.
    gateway: Arc<str>,
}

impl Desk {
    /// The use cases, for the gateway of the process with this name.
    pub fn new(services: Services, gateway: Arc<str>) -> Self {
        Self { services, gateway }
    }
}

#[async_trait]
impl Connections for Desk {
    async fn redeem(&self, token: &str) -> Result<Pass> {
        self.services.redeem_ticket(token).await
    }

    async fn check(&self, pass: &Pass) -> Result<Option<Ended>> {
        self.services.check_pass(pass).await
    }

    async fn open(&self, pass: &Pass, columns: u16, rows: u16) -> Result<Terminal> {
        self.services.open_terminal(pass, columns, rows).await
    }

    async fn arrived(&self, pass: &Pass) -> Result<ConnectionId> {
        self.services.connected(pass.machine, &self.gateway).await
    }

    async fn left(&self, connection: ConnectionId) -> Result<()> {
        self.services.disconnected(connection).await
    }

    async fn notice(&self, pass: &Pass) -> Result<Option<Notice>> {
        self.services.notice(pass.machine).await
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        self.services.changes.listen()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.services.random.fill(bytes);
    }
}
