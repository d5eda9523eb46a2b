//! Publishing a lab, and changing how many machines it has.

use domain::capacity::{Capacity, plan_pool};
use domain::id::LabId;
use domain::lab::{Lab, LabState, Remake};
use domain::machine::{Cause, MachineKind, Power, StopReason};
use domain::operation::{Operation, OperationKind};
use domain::role::Permission;

use crate::access::{self, Actor, Allowed};
use crate::error::{Error, Result};
use crate::services::Services;
use crate::store::Write;

impl Services {
    /// Publishes a lab, for the first time or again: stops and seals the template, and makes or
    /// remakes the pool's machines in the background.
    ///
    /// # Errors
    /// `Conflict` while the template is being made or the lab is being published or scaled, and with
    /// the names of the people who would lose their machine.
    pub async fn publish(
        &self,
        actor: &Actor,
        id: LabId,
        remake: Remake,
        capacity: Option<Capacity>,
    ) -> Result<Operation> {
        let mut tx = self.store.write().await?;
        let mut lab = access::change_lab(&mut *tx, actor, id, Permission::PublishLab).await?;
        not_busy(&lab)?;
        let now = self.now();
        let machines = tx.machines(id).await?;
        lab.capacity = capacity.unwrap_or(lab.capacity);
        let plan = plan_pool(lab.capacity, &machines);
        if !plan.claimed.is_empty() {
            return Err(self
                .would_lose(&mut *tx, &machines, &plan.claimed, "")
                .await?);
        }
        if let Some(mut template) = machines
            .into_iter()
            .find(|m| m.kind == MachineKind::Template)
        {
            let given_up = template.trouble.as_ref().filter(|t| t.failed);
            if let Some(trouble) = given_up.filter(|_| template.seen.build.is_none()) {
                return Err(Error::Conflict(format!(
                    "There is no template to publish. {}",
                    trouble.message
                )));
            }
            if template.seen.build != Some(template.wanted.build) {
                return Err(Error::Conflict(
                    "The template is still being made. Publishing works as soon as it is there."
                        .to_owned(),
                ));
            }
            if template.wanted.power == Power::On || template.seen.power == Some(Power::On) {
                template.want_power(Power::Off, Cause::System, Some(actor.person), now);
                template.stopped_because = Some(StopReason::Publish);
            }
            tx.save_machine(&Allowed::to_system(template), Some(now))
                .await?;
        }
        lab.wanted_generation = lab.published_generation + 1;
        lab.remake = remake;
        lab.state = LabState::Publishing;
        lab.trouble = None;
        tx.save_lab(&lab, Some(now)).await?;
        let seats = lab.capacity.seats();
        let operation = self
            .begin(&mut *tx, OperationKind::Publish, &lab, Some(actor), seats)
            .await?;
        tx.commit(self.audit(
            actor,
            "lab.publish",
            id,
            format!("Published “{}” with {seats} machines.", lab.title),
        ))
        .await?;
        self.changes.nudge(id);
        Ok(operation)
    }

    /// Changes how many machines a lab has. Unclaimed machines go first; claimed ones only when
    /// `also_claimed` is set.
    ///
    /// # Errors
    /// `Conflict` with the names of the people who would lose their machine, or while the lab is
    /// being published or scaled.
    pub async fn set_capacity(
        &self,
        actor: &Actor,
        id: LabId,
        capacity: Capacity,
        also_claimed: bool,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let mut lab = access::change_lab(&mut *tx, actor, id, Permission::WriteLab).await?;
        let how = (OperationKind::Scale, also_claimed);
        self.resize(&mut *tx, actor, &mut lab, capacity, how)
            .await?;
        let text = format!("Set “{}” to {} machines.", lab.title, capacity.seats());
        tx.commit(self.audit(actor, "lab.scale", id, text)).await?;
        self.changes.nudge(id);
        Ok(())
    }

    /// Lets a lab have another number of machines, and writes it back. The work that this takes, where
    /// it takes any.
    pub(crate) async fn resize<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        actor: &Actor,
        lab: &mut Allowed<Lab>,
        capacity: Capacity,
        how: (OperationKind, bool),
    ) -> Result<Option<Operation>> {
        self.resize_by(tx, Some(actor), lab, capacity, how).await
    }

    /// The same, by somebody or by Lectern itself.
    pub(crate) async fn resize_by<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        actor: Option<&Actor>,
        lab: &mut Allowed<Lab>,
        capacity: Capacity,
        (kind, also_claimed): (OperationKind, bool),
    ) -> Result<Option<Operation>> {
        not_busy(lab)?;
        let now = self.now();
        lab.capacity = capacity;
        lab.trouble = None;
        if lab.published_generation == 0 {
            tx.save_lab(lab, Some(now)).await?;
            return Ok(None);
        }
        let machines = tx.machines(lab.id).await?;
        let plan = plan_pool(capacity, &machines);
        if !plan.claimed.is_empty() && !also_claimed {
            let choice = ", or choose to remove machines in use as well";
            return Err(self
                .would_lose(tx, &machines, &plan.claimed, choice)
                .await?);
        }
        for seat in &plan.add {
            self.add_machine(tx, lab, *seat).await?;
        }
        let leaving = |m: &&domain::machine::Machine| {
            plan.remove.contains(&m.id) || plan.claimed.contains(&m.id)
        };
        let cause = actor.map_or(Cause::System, |_| Cause::Educator);
        for machine in machines.iter().filter(leaving) {
            let mut machine = Allowed::to_system(machine.clone());
            machine.claimed_by = None;
            machine.want_gone(cause, actor.map(|actor| actor.person), now);
            tx.save_machine(&machine, Some(now)).await?;
        }
        let mut operation = None;
        if !plan.add.is_empty() || !plan.remove.is_empty() || !plan.claimed.is_empty() {
            lab.state = if kind == OperationKind::SyncGroup {
                LabState::Syncing
            } else {
                LabState::Scaling
            };
            let begun = self.begin(tx, kind, lab, actor, capacity.seats());
            operation = Some(begun.await?);
        }
        tx.save_lab(lab, Some(now)).await?;
        self.seat_waiting(tx, lab).await?;
        Ok(operation)
    }

    /// The refusal that names who would lose their machine; `choice` is what else could be done.
    async fn would_lose<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        machines: &[domain::machine::Machine],
        claimed: &[domain::id::MachineId],
        choice: &str,
    ) -> Result<Error> {
        let mut names = Vec::new();
        for machine in machines.iter().filter(|m| claimed.contains(&m.id)) {
            if let Some(user) = machine.claimed_by
                && let Some(user) = tx.user(user).await?
            {
                names.push(user.email.to_string());
            }
        }
        let shown = names.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        let more = names.len().saturating_sub(5);
        let rest = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        Ok(Error::Conflict(format!(
            "So few machines would take theirs from {shown}{rest}, with all their work. \
             Remove these users first{choice}."
        )))
    }
}

/// Refuses while a lab's machines are being made.
pub(crate) fn not_busy(lab: &Lab) -> Result<()> {
    match lab.state {
        LabState::Draft | LabState::Published => Ok(()),
        LabState::Publishing => Err(Error::Conflict(format!(
            "“{}” is being published. Please wait until it is done.",
            lab.title
        ))),
        LabState::Scaling | LabState::Syncing => Err(Error::Conflict(format!(
            "The machines of “{}” are being changed. Please wait until that is done.",
            lab.title
        ))),
    }
}
