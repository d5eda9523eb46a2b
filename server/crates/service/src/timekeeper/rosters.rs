//! Lists that are taken over from groups by themselves, and people who leave those.
//!
//! A directory may take its time to answer: this has a loop of its own, and nothing else waits for it.

use std::time::Duration;

use domain::id::LabId;

use super::Timekeeper;
use crate::error::Result;
use crate::store::Record;

/// How many due labs are read at a time.
const AT_ONCE: u32 = 64;

/// For how long a process has a lab to itself. One that died is followed by another after that.
const LEASE: Duration = Duration::from_secs(10 * 60);

/// The longest pause between two looks …
const SLOWEST: Duration = Duration::from_secs(30);

/// … and the shortest.
const FASTEST: Duration = Duration::from_secs(1);

impl Timekeeper {
    pub(super) async fn keep_rosters_again_and_again(self) {
        loop {
            if let Err(error) = self.keep_rosters().await {
                tracing::error!(%error, "labs’ lists could not be taken over; it is tried again");
            }
            let next = async {
                let mut tx = self.services.store.read().await?;
                tx.next_roster_due().await
            };
            let pause = match next.await {
                Ok(Some(due)) if due > self.services.now() => due.since(self.services.now()),
                Ok(Some(_)) => FASTEST,
                Ok(None) | Err(_) => SLOWEST,
            };
            tokio::time::sleep(pause.clamp(FASTEST, SLOWEST)).await;
        }
    }

    /// Takes over every list that is due, and lets those go whose time is over.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keep_rosters(&self) -> Result<()> {
        loop {
            let done = self.due_leavers().await? + self.due_rosters().await?;
            if done == 0 {
                return Ok(());
            }
        }
    }

    async fn due_leavers(&self) -> Result<usize> {
        let now = self.services.now();
        let mut tx = self.services.store.read().await?;
        let labs = tx.labs_with_leavers(now, AT_ONCE).await?;
        drop(tx);
        let mut done = 0;
        for lab in labs {
            match self.services.let_leavers_go(lab).await {
                Ok(gone) => done += gone,
                Err(error) => self.could_not(lab, &error),
            }
        }
        Ok(done)
    }

    async fn due_rosters(&self) -> Result<usize> {
        let now = self.services.now();
        let mut tx = self.services.store.read().await?;
        let labs = tx.due_rosters(now, AT_ONCE).await?;
        drop(tx);
        let mut done = 0;
        for lab in labs {
            if !self.lease(lab).await? {
                continue;
            }
            // Where it fails the lease stays, so that the next try has a pause before it.
            match self.services.sync_leased(lab, &self.holder).await {
                Ok(()) => done += 1,
                Err(error) => self.could_not(lab, &error),
            }
        }
        Ok(done)
    }

    async fn lease(&self, lab: LabId) -> Result<bool> {
        let now = self.services.now();
        let mut tx = self.services.store.write().await?;
        let leased = tx.lease_roster(lab, &self.holder, now, now + LEASE).await?;
        tx.commit(Record::Observation).await?;
        Ok(leased)
    }
}
