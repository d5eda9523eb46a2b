//! Deleting labs: the bin they stay in for a while, bringing them back, removing them for good.

use domain::bin::BinDays;
use domain::capacity::plan_pool;
use domain::id::LabId;
use domain::lab::{Lab, LabState};
use domain::machine::{Cause, Machine, MachineKind, Power};
use domain::operation::{Operation, OperationKind};
use domain::role::Permission;
use domain::time::Timestamp;

use crate::access::{self, Actor, Allowed};
use crate::error::{Error, Result};
use crate::labs::{ALWAYS, LabCondition, LabWork, envelope_of};
use crate::services::Services;
use crate::store::{Read, Write};

/// A lab in the bin.
#[derive(Clone, Debug)]
pub struct DeletedLab {
    /// The lab.
    pub lab: Lab,
    /// Until when it can be brought back.
    pub kept_until: Timestamp,
    /// How many machines it has, its template too.
    pub machines: u32,
    /// How many users are on its list.
    pub users: u32,
}

impl Services {
    /// Deletes a lab, whatever it is.
    ///
    /// # Errors
    /// See [`Services::delete_lab_if`].
    pub async fn delete_lab(&self, actor: &Actor, id: LabId) -> Result<Operation> {
        self.delete_lab_if(actor, id, ALWAYS).await
    }

    /// Deletes a lab: its machines are stopped, and it is kept in the bin for as long as its plan
    /// says. A plan that keeps nothing has it removed for good. Either in the background.
    ///
    /// # Errors
    /// See [`access::change_lab`]; what `condition` says.
    pub async fn delete_lab_if(
        &self,
        actor: &Actor,
        id: LabId,
        condition: LabCondition<'_>,
    ) -> Result<Operation> {
        let mut tx = self.store.write().await?;
        let mut lab = access::change_lab(&mut *tx, actor, id, Permission::DeleteLab).await?;
        let envelope = envelope_of(&mut *tx, &lab).await?;
        condition(&lab, &envelope)?;
        let now = self.now();
        let kept_until = bin_days(&mut *tx, &lab).await?.until(now);
        self.end_operations(&mut *tx, id).await?;
        let machines = tx.machines(id).await?;
        let count = u32::try_from(machines.len()).unwrap_or(u32::MAX);
        let running = domain::publish::running(&machines);
        for machine in machines {
            let mut machine = Allowed::to_system(machine);
            if kept_until.is_none() || is_nobodys_yet(&machine) {
                machine.want_gone(Cause::Educator, Some(actor.person), now);
            } else {
                machine.want_power(Power::Off, Cause::Educator, Some(actor.person), now);
            }
            tx.save_machine(&machine, Some(now)).await?;
        }
        lab.deleting = true;
        lab.kept_until = kept_until;
        lab.trouble = None;
        tx.save_lab(&lab, Some(now)).await?;
        let parts = if lab.in_bin() { running } else { count };
        let operation = self
            .begin(&mut *tx, OperationKind::DeleteLab, &lab, Some(actor), parts)
            .await?;
        let fate = if lab.in_bin() {
            " It is in the bin."
        } else {
            ""
        };
        let text = format!("Deleted “{}” and its {count} machines.{fate}", lab.title);
        tx.commit(self.audit(actor, "lab.delete", id, text)).await?;
        self.changes.nudge(id);
        Ok(operation)
    }

    /// For how long a lab that the caller may see can be brought back once it is deleted.
    ///
    /// # Errors
    /// See [`access::see_lab`].
    pub async fn bin_days(&self, actor: &Actor, id: LabId) -> Result<BinDays> {
        let mut tx = self.store.read().await?;
        let lab = access::see_lab(&mut *tx, actor, id).await?;
        bin_days(&mut *tx, &lab).await
    }

    /// The labs in the bin that the caller may bring back, those with the least time left first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn deleted_labs(&self, actor: &Actor) -> Result<Vec<DeletedLab>> {
        let now = self.now();
        let mut tx = self.store.read().await?;
        let mut found = Vec::new();
        for lab in tx.labs().await? {
            let Some(kept_until) = lab.kept_until.filter(|_| lab.is_restorable(now)) else {
                continue;
            };
            if !actor.may(Permission::DeleteLab, &lab) {
                continue;
            }
            let machines = tx.machines(lab.id).await?;
            let machines = machines.iter().filter(|m| m.wanted.present).count();
            let users = tx.users(lab.id).await?.len();
            found.push(DeletedLab {
                kept_until,
                machines: u32::try_from(machines).unwrap_or(u32::MAX),
                users: u32::try_from(users).unwrap_or(u32::MAX),
                lab,
            });
        }
        found.sort_by_key(|deleted| (deleted.kept_until, deleted.lab.id));
        Ok(found)
    }

    /// Brings a deleted lab back: its machines, their contents and owners, its users, its schedules,
    /// its link. The machines are off. What was being published or scaled goes on.
    ///
    /// # Errors
    /// `NotFound` when it is not in the bin or the caller may not bring it back; `Conflict` when its
    /// time is over, or another lab has its name by now.
    pub async fn restore_lab(&self, actor: &Actor, id: LabId) -> Result<LabWork> {
        let mut tx = self.store.write().await?;
        let now = self.now();
        let mut lab = access::deleted_lab(&mut *tx, actor, id).await?;
        demand_kept(&lab, now)?;
        if let Some(other) = tx.lab_by_name(&lab.group, &lab.name).await? {
            return Err(Error::Conflict(format!(
                "“{}” cannot come back while there is another lab of the same name, “{}”. \
                 Delete that one first; both can then be brought back, one at a time.",
                lab.title, other.title
            )));
        }
        self.end_operations(&mut *tx, id).await?;
        lab.deleting = false;
        lab.kept_until = None;
        let mut missing = Vec::new();
        if lab.published_generation > 0 {
            let machines = tx.machines(id).await?;
            missing = plan_pool(lab.capacity, &machines).add;
        }
        for seat in &missing {
            self.add_machine(&mut *tx, &lab, *seat).await?;
        }
        if lab.state == LabState::Published && !missing.is_empty() {
            lab.state = LabState::Scaling;
        }
        let kind = match lab.state {
            LabState::Draft | LabState::Published => None,
            LabState::Publishing => Some(OperationKind::Publish),
            LabState::Scaling => Some(OperationKind::Scale),
            LabState::Syncing => Some(OperationKind::SyncGroup),
        };
        let mut operation = None;
        if let Some(kind) = kind {
            let begun = self.begin(&mut *tx, kind, &lab, Some(actor), lab.capacity.seats());
            operation = Some(begun.await?);
        }
        let mut envelope = envelope_of(&mut *tx, &lab).await?;
        envelope.authorship.change(actor.person, now);
        tx.save_lab_envelope(&lab, &envelope).await?;
        tx.save_lab(&lab, Some(now)).await?;
        self.seat_waiting(&mut *tx, &lab).await?;
        let text = format!("Brought “{}” back from the bin.", lab.title);
        tx.commit(self.audit(actor, "lab.restore", id, text))
            .await?;
        self.changes.nudge(id);
        Ok(LabWork {
            lab: lab.into_inner(),
            envelope,
            operation,
        })
    }

    /// Removes a deleted lab for good, before its time in the bin is over.
    ///
    /// # Errors
    /// `NotFound` when it is not in the bin or the caller may not delete it; `Conflict` when it is
    /// being removed already.
    pub async fn erase_lab(&self, actor: &Actor, id: LabId) -> Result<Operation> {
        let mut tx = self.store.write().await?;
        let now = self.now();
        let mut lab = access::deleted_lab(&mut *tx, actor, id).await?;
        demand_kept(&lab, now)?;
        self.end_operations(&mut *tx, id).await?;
        lab.kept_until = Some(now);
        tx.save_lab(&lab, Some(now)).await?;
        let count = u32::try_from(tx.machines(id).await?.len()).unwrap_or(u32::MAX);
        let operation = self
            .begin(&mut *tx, OperationKind::DeleteLab, &lab, Some(actor), count)
            .await?;
        let text = format!("Removed “{}” from the bin for good.", lab.title);
        tx.commit(self.audit(actor, "lab.erase", id, text)).await?;
        self.changes.nudge(id);
        Ok(operation)
    }

    /// Ends what is under way on a lab and its machines: something else was asked for.
    async fn end_operations<W: Write + ?Sized>(&self, tx: &mut W, id: LabId) -> Result<()> {
        for mut operation in tx.open_operations(id).await? {
            operation.preempt(self.now());
            tx.save_operation(&operation).await?;
        }
        Ok(())
    }
}

async fn bin_days<R: Read + ?Sized>(tx: &mut R, lab: &Lab) -> Result<BinDays> {
    let plan = tx.plan(lab.plan).await?;
    Ok(plan.map_or(BinDays::DEFAULT, |plan| plan.bin))
}

/// Whether a machine was never made and nobody has it: nothing is lost with it, and making it in the
/// bin would only hold others up.
fn is_nobodys_yet(machine: &Machine) -> bool {
    machine.kind == MachineKind::User
        && machine.claimed_by.is_none()
        && machine.seen.build.is_none()
}

fn demand_kept(lab: &Lab, now: Timestamp) -> Result<()> {
    if lab.is_restorable(now) {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "“{}” is being removed for good.",
        lab.title
    )))
}
