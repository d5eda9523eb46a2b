//! The timekeeper: does what is due at a time, as near to it as can be.
//!
//! Whatever is due is a row with its time, so nothing is forgotten by a crash. A row's effect and its
//! next time are written in one transaction, so nothing is done twice, by however many processes. Late
//! rows collapse to the one act that is right now.

mod activity;
mod rosters;
mod schedules;
mod watches;

pub(crate) use schedules::next_event;
pub(crate) use watches::{as_it_is_now, clock};

use std::sync::Arc;
use std::time::Duration;

use domain::id::{ConnectionId, LabId};
use domain::time::Timestamp;

use crate::error::Result;
use crate::services::Services;
use crate::store::Record;

/// How many due rows are read at a time.
const AT_ONCE: u32 = 1024;

/// The longest pause between two looks.
const SLOWEST: Duration = Duration::from_secs(5);

/// How long what could not be done rests.
const AGAIN: Duration = Duration::from_millis(500);

/// How often it is measured what machines do.
const MEASURE: Duration = Duration::from_secs(15);

/// After so long without a measurement nothing is known about a machine's use.
const STALE: Duration = Duration::from_secs(60);

/// How often a gateway says that it is alive …
const HEARTBEAT: Duration = Duration::from_secs(15);

/// … and how long one may be silent before its connections count as lost.
const LOST: Duration = Duration::from_secs(60);

/// The timekeeper of one process.
#[derive(Clone)]
pub struct Timekeeper {
    services: Services,
    /// Names this process as a gateway.
    holder: Arc<str>,
}

impl std::fmt::Debug for Timekeeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Timekeeper")
            .field("holder", &self.holder)
            .finish_non_exhaustive()
    }
}

impl Timekeeper {
    /// A timekeeper. `holder` names the process among those that share the store.
    pub fn new(services: Services, holder: String) -> Self {
        Self {
            services,
            holder: holder.into(),
        }
    }

    /// Works until the process ends.
    pub async fn run(self) {
        if let Err(error) = self.wake_up().await {
            tracing::error!(%error, "what was missed while nobody kept time could not be noted");
        }
        let measuring = tokio::spawn(self.clone().measure_again_and_again());
        let beating = tokio::spawn(self.clone().beat());
        let taking_over = tokio::spawn(self.clone().keep_rosters_again_and_again());
        loop {
            let pause = match self.keep_up().await {
                Ok(()) => self.pause().await,
                Err(error) => {
                    tracing::error!(%error, "what is due could not be done; it is tried again");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                () = self.services.changes.timer() => {}
                () = tokio::time::sleep(pause) => {}
            }
            if measuring.is_finished() || beating.is_finished() || taking_over.is_finished() {
                return;
            }
        }
    }

    /// Does everything that is due now.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keep_up(&self) -> Result<()> {
        loop {
            let done = self.due_schedules().await? + self.due_watches().await?;
            if done == 0 {
                return Ok(());
            }
        }
    }

    /// What a process does first: connections that an earlier life had are lost, and what machines did
    /// meanwhile is not known. Every delay begins anew, so that nobody is stopped for lack of news.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn wake_up(&self) -> Result<()> {
        let now = self.services.now();
        let alone = !self.services.store.shared();
        self.forget_gateways(if alone { now + HEARTBEAT } else { now - LOST })
            .await?;
        self.news_was_missing(now, alone).await?;
        self.hear().await
    }

    /// Notes that what is due in a lab could not be done; it stays due.
    fn could_not(&self, lab: LabId, error: &crate::Error) {
        tracing::error!(%lab, %error, "what is due in a lab could not be done; it is tried again");
    }

    /// How long nothing is due.
    async fn pause(&self) -> Duration {
        let next =
            async { Ok::<_, crate::Error>(self.services.store.read().await?.next_timer().await?) };
        match next.await {
            // What is due already could not be done just now.
            Ok(Some(due)) if due <= self.services.now() => AGAIN,
            Ok(Some(due)) => due.since(self.services.now()).min(SLOWEST),
            Ok(None) | Err(_) => SLOWEST,
        }
    }

    /// Says that this process is alive, and notices others that are not.
    async fn beat(self) {
        loop {
            let beat = async {
                self.hear().await?;
                self.forget_gateways(self.services.now() - LOST).await
            };
            if let Err(error) = beat.await {
                tracing::warn!(%error, "the process could not say that it is alive");
            }
            tokio::time::sleep(HEARTBEAT).await;
        }
    }

    async fn hear(&self) -> Result<()> {
        let mut tx = self.services.store.write().await?;
        tx.hear_gateway(&self.holder, self.services.now()).await?;
        tx.commit(Record::Observation).await?;
        Ok(())
    }

    /// Takes the connections of gateways not heard of since `before` as lost.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_gateways(&self, before: Timestamp) -> Result<()> {
        let now = self.services.now();
        let lost = self
            .services
            .store
            .read()
            .await?
            .lost_gateways(before)
            .await?;
        for gateway in lost.into_iter().filter(|name| **name != *self.holder) {
            let mut tx = self.services.store.write().await?;
            // It may have been heard of again meanwhile: its connections live.
            if !tx.lost_gateways(before).await?.contains(&gateway) {
                continue;
            }
            for machine in tx.remove_gateway(&gateway).await? {
                if let Some(mut watch) = tx.watch(machine).await? {
                    watch.last_disconnect = Some(now);
                    watch.informed_since = now;
                    tx.save_watch(&watch, Some(now)).await?;
                }
            }
            tx.commit(Record::Observation).await?;
        }
        Ok(())
    }

    /// This process' name as a gateway.
    pub fn gateway(&self) -> Arc<str> {
        self.holder.clone()
    }
}

impl Services {
    /// A connection to a machine began.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn connected(
        &self,
        machine: domain::id::MachineId,
        gateway: &str,
    ) -> Result<ConnectionId> {
        let (id, now) = (self.new_connection_id(), self.now());
        let mut tx = self.store.write().await?;
        tx.insert_connection(id, machine, gateway, now).await?;
        if let Some(mut watch) = tx.watch(machine).await? {
            watch.last_connect = Some(now);
            tx.save_watch(&watch, Some(now)).await?;
        }
        tx.commit(Record::Observation).await?;
        self.changes.wake_timekeeper();
        Ok(id)
    }

    /// A connection to a machine ended.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn disconnected(&self, id: ConnectionId) -> Result<()> {
        let now = self.now();
        let mut tx = self.store.write().await?;
        if let Some(machine) = tx.remove_connection(id).await?
            && let Some(mut watch) = tx.watch(machine).await?
        {
            watch.last_disconnect = Some(now);
            tx.save_watch(&watch, Some(now)).await?;
        }
        tx.commit(Record::Observation).await?;
        self.changes.wake_timekeeper();
        Ok(())
    }
}
