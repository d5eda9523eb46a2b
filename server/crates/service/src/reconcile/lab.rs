//! Work on a lab as a whole: sealing, filling the pool, finishing, erasing, and the progress shown
//! meanwhile.

use domain::capacity::{Capacity, plan_pool};
use domain::id::LabId;
use domain::lab::{Lab, LabState, Remake};
use domain::machine::{Cause, Machine, MachineKind, Trouble};
use domain::name::Hostname;
use domain::operation::{FailureCode, Operation, OperationKind, OperationStatus};
use domain::pace;
use domain::publish::{LabStep, decide_lab, progress, running, runs_on, stuck};

use super::{Leased, REST, Reconciler};
use crate::access::Allowed;
use crate::engine::{EngineError, SealSpec};
use crate::error::Result;
use crate::store::{Record, Write};

impl Reconciler {
    /// Works on a leased lab and gives the lease back.
    pub(super) async fn work_on_lab(&self, id: LabId) {
        if let Err(error) = self.lab_steps(id).await {
            tracing::error!(lab = %id, %error, "work on a lab was broken off; it is taken up again");
            if let Err(error) = self.put_off_lab(id).await {
                tracing::warn!(lab = %id, %error, "its lease could not be given back");
            }
        }
    }

    /// Gives the lease back, to be taken again after a rest.
    async fn put_off_lab(&self, id: LabId) -> Result<()> {
        let mut tx = self.services.store.write().await?;
        if let Some(lab) = tx.lab(id).await? {
            let due = self.services.now() + REST;
            tx.save_lab(&Allowed::to_system(lab), Some(due)).await?;
            tx.release_lab(id, &self.holder).await?;
            tx.commit(Record::Observation).await?;
        }
        Ok(())
    }

    async fn lab_steps(&self, id: LabId) -> Result<()> {
        loop {
            let mut tx = self.services.store.read().await?;
            let Some(lab) = tx.lab(id).await? else {
                return Ok(());
            };
            let machines = tx.machines(id).await?;
            let open = tx.open_operations(id).await?;
            drop(tx);
            let saving = open.iter().find(|o| o.kind == OperationKind::SaveImage);
            if let Some(operation) = saving.filter(|_| !lab.deleting) {
                if !self.save_image(&lab, &machines, operation).await? {
                    return Ok(());
                }
                continue;
            }
            let go_on = match decide_lab(&lab, &machines, self.services.now()) {
                Some(LabStep::Seal { generation }) => {
                    let seal = async { Ok(self.seal(&lab, &machines, generation).await) };
                    let sealed = self.renewing(Leased::Lab(id), seal).await?;
                    self.after_seal(id, generation, sealed).await?
                }
                Some(LabStep::Adopt { generation }) => {
                    self.after_seal(id, generation, Ok(())).await?
                }
                Some(LabStep::Insist) => self.insist(id).await?,
                Some(LabStep::Empty) => self.empty(id).await?,
                Some(LabStep::Erase) => {
                    let erase = async { Ok(self.erase(&lab).await) };
                    match self.renewing(Leased::Lab(id), erase).await? {
                        Ok(()) => return self.forget(id).await,
                        Err(error) => self.lab_failed(id, error).await?,
                    }
                }
                Some(LabStep::GiveUp) => self.give_up(id).await?,
                Some(LabStep::Finish) | None => self.note_progress(id).await?,
            };
            if !go_on {
                return Ok(());
            }
        }
    }

    async fn seal(
        &self,
        lab: &Lab,
        machines: &[Machine],
        generation: u32,
    ) -> std::result::Result<(), EngineError> {
        let template = machines
            .iter()
            .find(|m| m.kind == MachineKind::Template)
            .ok_or_else(|| EngineError::NotFound("The template".to_owned()))?;
        tracing::info!(lab = %lab.name, generation, "a template is sealed");
        let spec = SealSpec {
            lab: lab.id,
            template: template.hostname.clone(),
            name: Hostname::of_generation(&lab.name, lab.id, generation),
            generation,
        };
        let _hand = self.heavy.acquire().await;
        self.services.engine.seal(&spec).await
    }

    /// Removes a generation.
    async fn remove(&self, name: &Hostname) -> std::result::Result<(), EngineError> {
        let _hand = self.heavy.acquire().await;
        self.services.engine.remove(name).await
    }

    /// Takes a sealed generation as published and fills the pool with rows for its machines.
    async fn after_seal(
        &self,
        id: LabId,
        generation: u32,
        sealed: std::result::Result<(), EngineError>,
    ) -> Result<bool> {
        if let Err(error) = sealed {
            return self.lab_failed(id, error).await;
        }
        let services = &self.services;
        let now = services.now();
        let mut tx = services.store.write().await?;
        let Some(lab) = tx.lab(id).await? else {
            return Ok(false);
        };
        let taken = lab.published_generation >= generation;
        if lab.deleting || taken || lab.wanted_generation != generation {
            drop(tx);
            return Ok(true);
        }
        let mut lab = Allowed::to_system(lab);
        let earlier = lab.published_generation;
        lab.published_generation = generation;
        lab.published_at = Some(now);
        lab.trouble = None;
        let machines = tx.machines(id).await?;
        let seats = machines
            .iter()
            .filter(|m| m.kind == MachineKind::User && m.wanted.present);
        for seat in seats {
            // One that is not made is remade all the same: somebody may be at work on it just now,
            // with the generation before.
            if lab.remake == Remake::Every || seat.claimed_by.is_none() {
                let mut seat = Allowed::to_system(seat.clone());
                seat.want_rebuild(Cause::System, None, now);
                tx.save_machine(&seat, Some(now)).await?;
            }
        }
        let plan = plan_pool(lab.capacity, &machines);
        for seat in &plan.add {
            services.add_machine(&mut *tx, &lab, *seat).await?;
        }
        for machine in machines.iter().filter(|m| plan.remove.contains(&m.id)) {
            let mut machine = Allowed::to_system(machine.clone());
            machine.want_gone(Cause::System, None, now);
            tx.save_machine(&machine, Some(now)).await?;
        }
        if !plan.claimed.is_empty() {
            // Somebody registered while the template was sealed; nobody loses a machine by that.
            let stay = pool_size(&machines) - plan.remove.len();
            lab.capacity = Capacity::of(stay);
        }
        tx.save_lab(&lab, Some(now)).await?;
        services.seat_waiting(&mut *tx, &lab).await?;
        tx.commit(Record::Observation).await?;
        services.changes.nudge(id);
        if earlier > 0 && lab.has_template() {
            // Seats are copies of their own; nothing needs the earlier generation any more. What is
            // left behind here is found by the sweep.
            let name = Hostname::of_generation(&lab.name, id, earlier);
            let remove = async { Ok(self.remove(&name).await) };
            if let Err(error) = self.renewing(Leased::Lab(id), remove).await? {
                tracing::warn!(generation = %name, %error, "an earlier generation could not be removed yet");
            }
        }
        Ok(true)
    }

    /// Removes what else the engine has of a lab without machines.
    async fn erase(&self, lab: &Lab) -> std::result::Result<(), EngineError> {
        if lab.has_template() {
            for generation in lab.published_generation..=lab.wanted_generation {
                self.remove(&Hostname::of_generation(&lab.name, lab.id, generation))
                    .await?;
            }
        }
        Ok(())
    }

    /// Has machines of a deleted lab stopped that were given up. True: there is more to look at.
    async fn insist(&self, id: LabId) -> Result<bool> {
        let now = self.services.now();
        let mut tx = self.services.store.write().await?;
        let Some(lab) = tx.lab(id).await? else {
            return Ok(false);
        };
        let mut machines = tx.machines(id).await?;
        machines.retain(|machine| lab.is_restorable(now) && runs_on(machine));
        for machine in machines {
            let mut machine = Allowed::to_system(machine);
            machine.want_retry(Cause::System, None, now);
            tx.save_machine(&machine, Some(now)).await?;
        }
        tx.commit(Record::Observation).await?;
        Ok(true)
    }

    /// Lets the machines of a lab go whose time in the bin is over. True: there is more to look at.
    async fn empty(&self, id: LabId) -> Result<bool> {
        let now = self.services.now();
        let mut tx = self.services.store.write().await?;
        let Some(lab) = tx.lab(id).await? else {
            return Ok(false);
        };
        let machines = tx.machines(id).await?;
        if decide_lab(&lab, &machines, now) == Some(LabStep::Empty) {
            tracing::info!(lab = %lab.name, "a deleted lab is removed from the bin");
            for machine in machines {
                let mut machine = Allowed::to_system(machine);
                machine.want_gone(Cause::System, None, now);
                tx.save_machine(&machine, Some(now)).await?;
            }
            tx.save_lab(&Allowed::to_system(lab), Some(now)).await?;
            tx.commit(Record::Observation).await?;
            self.services.changes.nudge(id);
        }
        Ok(true)
    }

    async fn forget(&self, id: LabId) -> Result<()> {
        let mut tx = self.services.store.write().await?;
        if let Some(lab) = tx.lab(id).await? {
            let now = self.services.now();
            for mut operation in tx.open_operations(id).await? {
                if operation.kind == OperationKind::DeleteLab {
                    operation.done = operation.total;
                    operation.succeed(now);
                } else {
                    operation.fail(FailureCode::ResourceRemoved, "The lab was deleted.", now);
                }
                tx.save_operation(&operation).await?;
            }
            tx.remove_lab(&Allowed::to_system(lab)).await?;
            tx.commit(Record::Observation).await?;
        }
        self.services.changes.nudge(id);
        Ok(())
    }

    /// Keeps a failure on the lab's row. When it is given up, publishing is over.
    async fn lab_failed(&self, id: LabId, error: EngineError) -> Result<bool> {
        tracing::warn!(lab = %id, %error, "a step of a lab failed and will be tried again");
        if let EngineError::Away(why) = &error {
            self.engine_answers(Some(why.clone()));
        }
        let services = &self.services;
        let now = services.now();
        let mut tx = services.store.write().await?;
        let Some(lab) = tx.lab(id).await? else {
            return Ok(false);
        };
        let mut lab = Allowed::to_system(lab);
        let trouble = Trouble::after(lab.trouble.take(), error.code(), error.to_string(), now);
        let due = now + pace::backoff(trouble.attempts, services.jitter());
        if trouble.failed && !lab.deleting {
            end_publishing(&mut *tx, &mut lab, &trouble, now).await?;
        }
        lab.trouble = Some(trouble);
        tx.save_lab(&lab, Some(due)).await?;
        tx.release_lab(id, &self.holder).await?;
        tx.commit(Record::Observation).await?;
        services.changes.tell(crate::changes::Change::Lab(id));
        Ok(false)
    }

    /// Ends publishing where the template was given up. True: there is more to look at.
    async fn give_up(&self, id: LabId) -> Result<bool> {
        let now = self.services.now();
        let mut tx = self.services.store.write().await?;
        let Some(lab) = tx.lab(id).await? else {
            return Ok(false);
        };
        let machines = tx.machines(id).await?;
        let template = machines.iter().find(|m| m.kind == MachineKind::Template);
        if decide_lab(&lab, &machines, now) == Some(LabStep::GiveUp)
            && let Some(trouble) = template.and_then(|m| m.trouble.as_ref())
        {
            tracing::warn!(lab = %lab.name, trouble = trouble.message, "publishing ends: the template was given up");
            let mut lab = Allowed::to_system(lab);
            end_publishing(&mut *tx, &mut lab, trouble, now).await?;
            tx.save_lab(&lab, Some(now)).await?;
            tx.commit(Record::Observation).await?;
            self.services.changes.nudge(id);
        }
        Ok(true)
    }

    /// Brings the operation under way up to date, and ends it when every machine is at rest. True
    /// when there is another step to do at once; otherwise the lease is given back.
    async fn note_progress(&self, id: LabId) -> Result<bool> {
        let services = &self.services;
        let now = services.now();
        let mut tx = services.store.write().await?;
        let Some(lab) = tx.lab(id).await? else {
            return Ok(false);
        };
        let machines = tx.machines(id).await?;
        let step = decide_lab(&lab, &machines, now);
        let mut lab = Allowed::to_system(lab);
        let mut changed = false;
        for mut operation in under_way(&mut *tx, id).await? {
            let before = operation.clone();
            update(
                &mut operation,
                &lab,
                &machines,
                step == Some(LabStep::Finish),
                now,
            );
            if operation != before {
                tx.save_operation(&operation).await?;
                changed = true;
            }
        }
        if step == Some(LabStep::Finish) {
            lab.state = LabState::Published;
            changed = true;
            services.seat_waiting(&mut *tx, &lab).await?;
        }
        let go_on = !matches!(step, None | Some(LabStep::Finish));
        // Saving tells the pages; without a change only the lease goes back. A lab in the bin is looked
        // at again when its time is over.
        let in_bin = lab.is_restorable(now);
        if changed || in_bin {
            let due = lab.kept_until.filter(|_| in_bin);
            tx.save_lab(&lab, due.or(go_on.then_some(now))).await?;
        } else if !go_on {
            tx.rest_lab(id).await?;
        }
        if !go_on {
            tx.release_lab(id, &self.holder).await?;
        }
        tx.commit(Record::Observation).await?;
        if changed {
            services.changes.tell(crate::changes::Change::Lab(id));
        }
        Ok(go_on)
    }
}

/// The share of an operation that is done, and its end.
fn update(
    operation: &mut Operation,
    lab: &Lab,
    machines: &[Machine],
    finished: bool,
    now: domain::time::Timestamp,
) {
    let pool = progress(machines);
    let failure = match operation.kind {
        OperationKind::CreateLab => {
            let Some(template) = machines.iter().find(|m| m.kind == MachineKind::Template) else {
                return;
            };
            if template.seen.build != Some(template.wanted.build) && !template.is_at_rest() {
                return;
            }
            operation.done = 1;
            template
                .trouble
                .as_ref()
                .filter(|t| t.failed)
                .map(|t| (FailureCode::of(t), t.message.clone()))
        }
        OperationKind::Publish | OperationKind::Scale | OperationKind::SyncGroup => {
            if lab.wanted_generation == lab.published_generation {
                (operation.done, operation.total) = (pool.done, pool.total);
            }
            if !finished {
                return;
            }
            let stuck = stuck(machines);
            if pool.failed > 0 {
                let why = format!(
                    "{} of {} machines could not be made. The pool shows which, and why.",
                    pool.failed, pool.total
                );
                Some((FailureCode::EngineFailed, why))
            } else if stuck > 0 {
                let why = format!(
                    "{stuck} machines could not be removed yet. It is tried again until they are gone."
                );
                Some((FailureCode::EngineFailed, why))
            } else {
                None
            }
        }
        OperationKind::DeleteLab => {
            if lab.is_restorable(now) {
                let left = running(machines);
                operation.done = operation.total.saturating_sub(left);
                if left > 0 {
                    return;
                }
                None
            } else {
                let left = u32::try_from(machines.len()).unwrap_or(u32::MAX);
                operation.done = operation.total.saturating_sub(left);
                return;
            }
        }
        // Those of machines, users and images end elsewhere.
        _ => return,
    };
    match failure {
        Some((code, why)) => operation.fail(code, why, now),
        None => operation.succeed(now),
    }
}

async fn under_way<W: Write + ?Sized>(tx: &mut W, id: LabId) -> Result<Vec<Operation>> {
    let mut operations = tx.operations(id, 10).await?;
    operations.retain(|operation| operation.status == OperationStatus::InProgress);
    Ok(operations)
}

/// Takes publishing back: the lab is as it was, with the machines that it has.
async fn end_publishing<W: Write + ?Sized>(
    tx: &mut W,
    lab: &mut Lab,
    why: &Trouble,
    now: domain::time::Timestamp,
) -> Result<()> {
    lab.wanted_generation = lab.published_generation;
    if lab.published_generation == 0 {
        lab.state = LabState::Draft;
    } else {
        lab.state = LabState::Published;
        lab.capacity = Capacity::of(pool_size(&tx.machines(lab.id).await?));
    }
    end(tx, lab.id, why, now).await
}

/// How many machines a pool has, without those that are on their way out.
fn pool_size(machines: &[Machine]) -> usize {
    machines
        .iter()
        .filter(|m| m.kind == MachineKind::User && m.wanted.present)
        .count()
}

/// Ends every operation under way as failed.
async fn end<W: Write + ?Sized>(
    tx: &mut W,
    id: LabId,
    why: &Trouble,
    now: domain::time::Timestamp,
) -> Result<()> {
    for mut operation in under_way(tx, id).await? {
        operation.fail(FailureCode::of(why), why.message.clone(), now);
        tx.save_operation(&operation).await?;
    }
    Ok(())
}
