//! The slow sweep and the ear on the engine: what changed there without us, and what nobody owns.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use domain::id::OperationId;
use domain::lab::Lab;
use domain::machine::{Machine, Trouble, TroubleCode};
use domain::name::Hostname;
use domain::operation::OperationStatus;
use futures::{FutureExt as _, StreamExt as _};

use super::Reconciler;
use crate::engine::{EngineEvent, EngineObject, ObjectKind};
use crate::error::Result;
use crate::operations::REMEMBERED;
use crate::store::Record;

/// How often everything is compared. A shutdown from inside is noticed within ten seconds even when
/// its event was missed.
const EVERY: Duration = Duration::from_secs(8);

/// How often operations are looked through for those to forget.
const FORGET_EVERY: Duration = Duration::from_secs(3600);

impl Reconciler {
    pub(super) async fn sweep_again_and_again(self) {
        let mut forget = tokio::time::interval(FORGET_EVERY);
        loop {
            if let Err(error) = self.sweep().await {
                tracing::warn!(%error, "the engine could not be compared with the store");
            }
            if forget.tick().now_or_never().is_some()
                && let Err(error) = self.forget_operations().await
            {
                tracing::warn!(%error, "old operations could not be forgotten");
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn forget_operations(&self) -> Result<()> {
        let mut tx = self.services.store.write().await?;
        tx.forget_operations(self.services.now() - REMEMBERED)
            .await?;
        // A session ends by then at the latest: who has not come by a provider for so long has what it
        // claimed of them no more.
        tx.forget_claims(self.services.now() - crate::sessions::ABSOLUTE)
            .await?;
        // The same for groups that no directory tells any more.
        tx.forget_told_groups(self.services.now() - crate::sessions::ABSOLUTE)
            .await?;
        tx.commit(Record::Observation).await?;
        Ok(())
    }

    /// Compares everything the engine has with the rows: rows that differ become due, objects that
    /// no row owns are removed.
    ///
    /// # Errors
    /// When the store or the engine does not answer.
    pub async fn sweep(&self) -> Result<()> {
        // Objects first, rows second: a row is always written before its object is made, so an
        // object without a row has no owner, now or soon.
        let objects = match self.services.engine.list().await {
            Ok(objects) => objects,
            Err(error) => {
                self.engine_answers(Some(error.to_string()));
                return Err(error.into());
            }
        };
        let back = self.engine_answers(None);
        let mut tx = self.services.store.read().await?;
        let machines = tx.all_machines().await?;
        let labs: HashMap<_, _> = tx
            .labs()
            .await?
            .into_iter()
            .map(|lab| (lab.id, lab))
            .collect();
        let saved: HashSet<OperationId> = tx
            .images()
            .await?
            .into_iter()
            .filter_map(|image| image.saved.map(|saved| saved.id))
            .collect();
        drop(tx);
        let by_name: HashMap<&Hostname, &EngineObject> =
            objects.iter().map(|o| (&o.name, o)).collect();
        let differs = |machine: &&Machine| {
            let machine_waited = machine
                .trouble
                .as_ref()
                .is_some_and(|t| t.code == TroubleCode::EngineAway);
            let shown = by_name
                .get(&machine.hostname)
                .and_then(|object| match &object.kind {
                    ObjectKind::Machine(id, sighting) if *id == machine.id => {
                        Some((sighting.build, sighting.power))
                    }
                    _ => None,
                });
            (back && machine_waited) || shown != machine.seen.build.zip(machine.seen.power)
        };
        let waited = |lab: &&Lab| {
            let away = |t: &Trouble| t.code == TroubleCode::EngineAway;
            back && lab.trouble.as_ref().is_some_and(away)
        };
        let held_up: Vec<&Lab> = labs.values().filter(waited).collect();
        let suspects: Vec<&Machine> = machines
            .iter()
            .filter(differs)
            .filter(|m| !self.holds(&m.hostname))
            .collect();
        if !suspects.is_empty() || !held_up.is_empty() {
            let now = self.services.now();
            let mut tx = self.services.store.write().await?;
            for machine in &suspects {
                tx.nudge_machine(machine.id, now).await?;
            }
            for lab in &held_up {
                tx.nudge_lab(lab.id, now).await?;
            }
            tx.commit(Record::Observation).await?;
            for lab in suspects
                .iter()
                .map(|m| m.lab)
                .chain(held_up.iter().map(|l| l.id))
            {
                self.services.changes.nudge(lab);
            }
        }
        for object in &objects {
            let owned = match &object.kind {
                ObjectKind::Machine(id, _) => machines
                    .iter()
                    .any(|m| m.id == *id && m.hostname == object.name),
                ObjectKind::Generation {
                    lab, generation, ..
                } => labs.get(lab).is_some_and(|lab| {
                    *generation == lab.published_generation || *generation == lab.wanted_generation
                }),
            };
            if owned || self.is_image(object, &saved).await? {
                continue;
            }
            // Where every hand is busy it can wait for the next sweep: nobody needs it.
            let Ok(_hand) = self.heavy.try_acquire() else {
                break;
            };
            tracing::warn!(object = %object.name, "an object that no row owns is removed from the engine");
            if let Err(error) = self.services.engine.remove(&object.name).await {
                tracing::warn!(object = %object.name, %error, "it could not be removed yet");
            }
        }
        Ok(())
    }

    /// Whether an object is a saved image, or is just becoming one.
    async fn is_image(&self, object: &EngineObject, saved: &HashSet<OperationId>) -> Result<bool> {
        let ObjectKind::Generation { lab, .. } = &object.kind else {
            return Ok(false);
        };
        let id = OperationId::new(lab.uuid());
        if saved.contains(&id) {
            return Ok(true);
        }
        let operation = self.services.store.read().await?.operation(id).await?;
        // One that has just succeeded has its row by now, though it had none when rows were read.
        Ok(operation.is_some_and(|o| o.status != OperationStatus::Failed))
    }

    /// Listens to the engine for as long as the process lives.
    pub(super) async fn watch_engine(self) {
        loop {
            match self.services.engine.events().await {
                Ok(mut events) => {
                    // Something may have happened before we listened.
                    if let Err(error) = self.sweep().await {
                        tracing::warn!(%error, "the engine could not be compared with the store");
                    }
                    while let Some(event) = events.next().await {
                        if let Err(error) = self.heard(event).await {
                            tracing::warn!(%error, "an event of the engine could not be followed up");
                        }
                    }
                }
                Err(error) => {
                    self.engine_answers(Some(error.to_string()));
                }
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    async fn heard(&self, event: EngineEvent) -> Result<()> {
        let name = match event {
            EngineEvent::Missed => return self.sweep().await,
            EngineEvent::Changed(name) => name,
        };
        if self.holds(&name) {
            return Ok(());
        }
        let mut tx = self.services.store.read().await?;
        let Some(machine) = tx.machine_by_hostname(&name).await? else {
            return Ok(());
        };
        drop(tx);
        let mut tx = self.services.store.write().await?;
        tx.nudge_machine(machine.id, self.services.now()).await?;
        tx.commit(Record::Observation).await?;
        self.services.changes.nudge(machine.lab);
        Ok(())
    }
}
