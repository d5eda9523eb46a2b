//! The reconciler: moves what is seen to what is wanted.
//!
//! It takes leases on due rows, re-reads them, decides purely, lets the engine act, and records what
//! came of it. It runs when nudged, when a row is due, and after every act; all it must remember is
//! in rows, so killing it loses nothing.

mod image;
mod lab;
mod machine;
mod sweep;

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::decide::{Lane, decide};
use domain::id::{LabId, MachineId};
use domain::name::Hostname;
use domain::time::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::error::Result;
use crate::services::Services;
use crate::store::Record;

/// How long a lease lasts unless it is renewed.
const LEASE: Duration = Duration::from_secs(60);

/// How often it is renewed while an act goes on.
const RENEW: Duration = Duration::from_secs(20);

/// The longest pause between two looks at the queue.
const SLOWEST: Duration = Duration::from_secs(5);

/// How many due machines are read at a time …
const NEAR: u32 = 64;

/// … but now and then so many, so that work for a free hand is found behind a long queue of work for
/// hands that are busy: stopping a machine while hundreds wait to be started.
const FAR: u32 = 2000;

/// How often the queue is looked along.
const LOOK_FAR: Duration = Duration::from_secs(1);

/// How long a row rests whose work was broken off by a failure that has no place on the row.
const REST: Duration = Duration::from_secs(5);

/// How many acts go on at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Acts that load the host: making, starting, removing.
    pub heavy: usize,
    /// Acts that mostly wait: stopping, setting passwords.
    pub light: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            heavy: 4,
            light: 32,
        }
    }
}

/// Whether the engine answers, as pages show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineState {
    /// Why it does not, while it does not.
    pub away: Option<String>,
}

/// The engine's state, now and as it changes.
pub type EngineWatch = tokio::sync::watch::Receiver<EngineState>;

/// The reconciler of one process.
#[derive(Clone)]
pub struct Reconciler {
    services: Services,
    /// Names this process in leases.
    holder: Arc<str>,
    heavy: Arc<Semaphore>,
    light: Arc<Semaphore>,
    labs: Arc<Semaphore>,
    /// Machines this process is at work on: their events are its own doing.
    in_hand: Arc<Mutex<HashSet<Hostname>>>,
    engine: Arc<tokio::sync::watch::Sender<EngineState>>,
    /// When the queue was last looked along, in microseconds.
    looked_far: Arc<AtomicI64>,
}

impl std::fmt::Debug for Reconciler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reconciler")
            .field("holder", &self.holder)
            .finish_non_exhaustive()
    }
}

/// A row that is leased.
#[derive(Clone, Copy)]
enum Leased {
    Machine(MachineId),
    Lab(LabId),
}

/// A row to work on, with the right to.
enum Task {
    Machine(MachineId, Hostname, Lane, OwnedSemaphorePermit),
    Lab(LabId, OwnedSemaphorePermit),
}

impl Reconciler {
    /// A reconciler at this pace. `holder` names the process among those that share the store.
    pub fn new(services: Services, pace: Pace, holder: String) -> Self {
        Self {
            services,
            holder: holder.into(),
            heavy: Arc::new(Semaphore::new(pace.heavy)),
            light: Arc::new(Semaphore::new(pace.light)),
            labs: Arc::new(Semaphore::new(16)),
            in_hand: Arc::default(),
            engine: Arc::new(tokio::sync::watch::Sender::new(EngineState::default())),
            looked_far: Arc::default(),
        }
    }

    /// Whether the engine answers, now and later.
    pub fn engine_state(&self) -> EngineWatch {
        self.engine.subscribe()
    }

    /// Works until the process ends. Where no other process shares the store, leases of a previous
    /// life are given back first.
    pub async fn run(self) {
        if !self.services.store.shared()
            && let Err(error) = self.give_back_all().await
        {
            tracing::error!(%error, "leases of the previous run could not be given back");
        }
        let watching = tokio::spawn(self.clone().watch_engine());
        let sweeping = tokio::spawn(self.clone().sweep_again_and_again());
        self.work().await;
        watching.abort();
        sweeping.abort();
    }

    /// Does everything that is due now and becomes due by doing it, then returns: for tests that
    /// drive the time themselves.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn settle(&self) -> Result<()> {
        let mut running = JoinSet::new();
        loop {
            let begun = self.begin_due(&mut running).await?;
            if begun == 0 && running.is_empty() {
                return Ok(());
            }
            if running.join_next().await.is_none() {
                tokio::task::yield_now().await;
            }
        }
    }

    async fn work(&self) {
        let mut running = JoinSet::new();
        loop {
            let begun = self.begin_due(&mut running).await;
            let pause = match begun {
                Ok(_) => self.pause().await,
                Err(error) => {
                    tracing::error!(%error, "the queue could not be read");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                () = self.services.changes.work() => {}
                Some(_) = running.join_next() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// How long nothing is due.
    async fn pause(&self) -> Duration {
        let next =
            async { Ok::<_, crate::Error>(self.services.store.read().await?.next_due().await?) };
        match next.await {
            // What is due already waits for a free hand, which wakes the loop by itself.
            Ok(Some(due)) if due > self.services.now() => {
                due.since(self.services.now()).min(SLOWEST)
            }
            Ok(_) | Err(_) => SLOWEST,
        }
    }

    /// Leases what is due and starts work on it, as far as hands are free.
    async fn begin_due(&self, running: &mut JoinSet<()>) -> Result<usize> {
        while running.try_join_next().is_some() {}
        let tasks = self.pick().await?;
        if tasks.is_empty() {
            return Ok(0);
        }
        let tasks = self.lease(tasks).await?;
        let begun = tasks.len();
        for task in tasks {
            let this = self.clone();
            running.spawn(async move {
                match task {
                    Task::Machine(id, name, lane, permit) => {
                        this.work_on_machine(id, name, lane, permit).await
                    }
                    Task::Lab(id, permit) => {
                        this.work_on_lab(id).await;
                        drop(permit);
                    }
                }
            });
        }
        Ok(begun)
    }

    /// Chooses due rows for which a hand is free.
    async fn pick(&self) -> Result<Vec<Task>> {
        let now = self.services.now();
        let mut tx = self.services.store.read().await?;
        let mut tasks = Vec::new();
        for id in tx.due_labs(now, 16).await? {
            let Ok(permit) = self.labs.clone().try_acquire_owned() else {
                break;
            };
            tasks.push(Task::Lab(id, permit));
        }
        let last = self.looked_far.load(Ordering::Relaxed);
        let look_far = now.since(Timestamp::from_micros(last)) >= LOOK_FAR;
        if look_far {
            self.looked_far.store(now.micros(), Ordering::Relaxed);
        }
        for machine in tx
            .due_machines(now, if look_far { FAR } else { NEAR })
            .await?
        {
            let lane = decide(&machine, 1, now).map_or(Lane::Light, |step| step.lane());
            if let Ok(permit) = self.lane(lane).clone().try_acquire_owned() {
                tasks.push(Task::Machine(machine.id, machine.hostname, lane, permit));
            }
        }
        Ok(tasks)
    }

    async fn lease(&self, tasks: Vec<Task>) -> Result<Vec<Task>> {
        let now = self.services.now();
        let mut tx = self.services.store.write().await?;
        let mut leased = Vec::with_capacity(tasks.len());
        for task in tasks {
            let won = match &task {
                Task::Machine(id, ..) => {
                    tx.lease_machine(*id, &self.holder, now, now + LEASE)
                        .await?
                }
                Task::Lab(id, _) => tx.lease_lab(*id, &self.holder, now, now + LEASE).await?,
            };
            if won {
                leased.push(task);
            }
        }
        tx.commit(Record::Observation).await?;
        Ok(leased)
    }

    /// Does something for a leased row, renewing the lease all the while.
    async fn renewing<T>(&self, row: Leased, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(RENEW) => self.renew(row).await?,
            }
        }
    }

    async fn renew(&self, row: Leased) -> Result<()> {
        let now = self.services.now();
        let mut tx = self.services.store.write().await?;
        match row {
            Leased::Machine(id) => {
                tx.lease_machine(id, &self.holder, now, now + LEASE).await?;
            }
            Leased::Lab(id) => {
                tx.lease_lab(id, &self.holder, now, now + LEASE).await?;
            }
        }
        tx.commit(Record::Observation).await?;
        Ok(())
    }

    fn lane(&self, lane: Lane) -> &Arc<Semaphore> {
        match lane {
            Lane::Heavy => &self.heavy,
            Lane::Light => &self.light,
        }
    }

    async fn give_back_all(&self) -> Result<()> {
        let mut tx = self.services.store.write().await?;
        tx.release_all().await?;
        tx.commit(Record::Observation).await?;
        Ok(())
    }

    /// Notes whether the engine answers, and tells the pages when that changed.
    fn engine_answers(&self, away: Option<String>) -> bool {
        let changed = self.engine.send_if_modified(|state| {
            let changed = state.away.is_some() != away.is_some();
            state.away = away;
            changed
        });
        if changed {
            self.services.changes.tell(crate::changes::Change::Engine);
        }
        changed
    }
}
