//! Word of mouth inside the process: something changed, look again.
//!
//! It is an optimisation, never a need. Whoever listens also looks by itself now and then, because
//! another process may have made the change, or a message may have been missed.

use std::sync::Arc;

use domain::id::LabId;
use tokio::sync::{Notify, broadcast};

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A lab, its machines, users or operations.
    Lab(LabId),
    /// Who may do what: sessions, accounts, roles.
    People,
    /// Whether the engine answers.
    Engine,
}

/// Spreads changes to pages and terminals, and wakes the reconciler, the timekeeper and the outbox.
#[derive(Clone, Debug)]
pub struct Changes {
    sender: broadcast::Sender<Change>,
    work: Arc<Notify>,
    mail: Arc<Notify>,
    timer: Arc<Notify>,
}

impl Default for Changes {
    fn default() -> Self {
        Self {
            sender: broadcast::Sender::new(1024),
            work: Arc::new(Notify::new()),
            mail: Arc::new(Notify::new()),
            timer: Arc::new(Notify::new()),
        }
    }
}

impl Changes {
    /// Tells everyone that something changed. Call it after the commit.
    pub fn tell(&self, change: Change) {
        // Nobody listening is fine.
        let _ = self.sender.send(change);
    }

    /// Tells everyone that a lab changed, and the reconciler and the timekeeper that there is work.
    pub fn nudge(&self, lab: LabId) {
        self.tell(Change::Lab(lab));
        self.wake();
        self.wake_timekeeper();
    }

    /// Tells the timekeeper that something may be due earlier than it thought.
    pub(crate) fn wake_timekeeper(&self) {
        self.timer.notify_one();
    }

    /// Waits until something may be due earlier than was thought.
    pub async fn timer(&self) {
        self.timer.notified().await;
    }

    /// Tells the reconciler that there is work, or a hand for it.
    pub fn wake(&self) {
        self.work.notify_one();
    }

    /// Changes from now on. A receiver that lags behind has missed some, and must look at everything.
    pub fn listen(&self) -> broadcast::Receiver<Change> {
        self.sender.subscribe()
    }

    /// Waits until there may be work for the reconciler.
    pub async fn work(&self) {
        self.work.notified().await;
    }

    /// Tells the outbox that a mail was written. Call it after the commit.
    pub fn mail_waits(&self) {
        self.mail.notify_one();
    }

    /// Waits until there may be a mail to send.
    pub async fn mail(&self) {
        self.mail.notified().await;
    }
}
