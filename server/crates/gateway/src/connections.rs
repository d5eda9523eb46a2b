//! What the gateway needs of the use cases.

use async_trait::async_trait;
use service::changes::Change;
use service::connect::{Ended, Pass};
use service::engine::Terminal;
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

    /// What changes from now on; an optimisation, never a need.
    fn changes(&self) -> broadcast::Receiver<Change>;

    /// Fills `bytes` with what nobody can guess.
    fn random(&self, bytes: &mut [u8]);
}

#[async_trait]
impl Connections for Services {
    async fn redeem(&self, token: &str) -> Result<Pass> {
        self.redeem_ticket(token).await
    }

    async fn check(&self, pass: &Pass) -> Result<Option<Ended>> {
        self.check_pass(pass).await
    }

    async fn open(&self, pass: &Pass, columns: u16, rows: u16) -> Result<Terminal> {
        self.open_terminal(pass, columns, rows).await
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.listen()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.random.fill(bytes);
    }
}
