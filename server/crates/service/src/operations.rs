//! Operations on machines, users and images: when they begin, when they end, and who may look.
//!
//! Those of a lab as a whole end where its steps are taken (`reconcile::lab`).

use std::time::Duration;

use domain::id::{LabId, OperationId};
use domain::lab::Lab;
use domain::machine::{Cause, Machine, Power};
use domain::operation::{FailureCode, Operation, OperationKind, OperationStatus};
use domain::role::{Permission, Target};

use crate::access::{Actor, Allowed};
use crate::error::{Error, Result};
use crate::services::Services;
use crate::store::{Read, Write};

/// How long operations are remembered after their end.
pub(crate) const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3600);

/// An operation, and the lab it works on while that is there.
#[derive(Clone, Debug)]
pub struct OperationView {
    /// The operation.
    pub operation: Operation,
    /// Its lab.
    pub lab: Option<Lab>,
}

impl Services {
    /// An operation that the caller asked for, or of a lab that the caller may see.
    ///
    /// # Errors
    /// `NotFound` when there is none, it is forgotten, or it is not the caller's to see.
    pub async fn operation(&self, actor: &Actor, id: OperationId) -> Result<OperationView> {
        let missing = || Error::NotFound("operation");
        let mut tx = self.store.read().await?;
        let operation = tx.operation(id).await?.ok_or_else(missing)?;
        let lab = tx.lab(operation.lab).await?;
        let own = operation.by == Some(actor.person);
        let target = lab.as_ref().map_or(Target::Organisation, Target::from);
        if !own && !actor.may(Permission::ReadLab, target) {
            return Err(missing());
        }
        Ok(OperationView { operation, lab })
    }

    /// Writes a new operation; one under way on the same lab is over.
    pub(crate) async fn begin<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        kind: OperationKind,
        lab: &Lab,
        actor: Option<&Actor>,
        total: u32,
    ) -> Result<Operation> {
        let now = self.now();
        for mut earlier in tx.operations(lab.id, 10).await? {
            if earlier.status == OperationStatus::InProgress
                && earlier.kind != OperationKind::CreateLab
            {
                earlier.preempt(now);
                tx.save_operation(&earlier).await?;
            }
        }
        let by = actor.map(|actor| actor.person);
        let operation = Operation {
            total,
            ..Operation::begun(self.new_operation_id(), kind, lab.id, by, now)
        };
        tx.insert_operation(&operation).await?;
        Ok(operation)
    }

    /// Writes a new operation on a machine; one under way on it is over. Where nothing new is asked
    /// for, the one under way of the same kind goes on. Ends it at once where there is nothing to do.
    pub(crate) async fn begin_on_machine<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        kind: OperationKind,
        machine: &Allowed<Machine>,
        actor: &Actor,
        same: bool,
    ) -> Result<Operation> {
        let now = self.now();
        for mut earlier in of_machine(tx, machine).await? {
            if same && earlier.kind == kind {
                return Ok(earlier);
            }
            earlier.preempt(now);
            tx.save_operation(&earlier).await?;
        }
        let by = Some(actor.person);
        let mut operation = Operation {
            machine: Some(machine.id),
            // A machine that is off already has half of it behind it.
            done: u32::from(kind == OperationKind::RedeployMachine && is_to_run(machine)),
            ..Operation::begun(self.new_operation_id(), kind, machine.lab, by, now)
        };
        if machine.is_at_rest() && kind != OperationKind::RedeployMachine {
            end(&mut operation, machine, now);
        }
        tx.insert_operation(&operation).await?;
        Ok(operation)
    }

    /// Ends the operations on a machine that has come to rest; one that is moved is started again.
    pub(crate) async fn settle_machine<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        machine: &mut Allowed<Machine>,
    ) -> Result<()> {
        if !machine.is_at_rest() {
            return Ok(());
        }
        let now = self.now();
        for mut operation in of_machine(tx, machine).await? {
            let moved = operation.kind == OperationKind::RedeployMachine && operation.done == 0;
            if moved && machine.is_settled() && machine.wanted.power == Power::Off {
                machine.want_power(Power::On, Cause::Educator, operation.by, now);
                operation.done = 1;
            } else {
                end(&mut operation, machine, now);
            }
            tx.save_operation(&operation).await?;
        }
        Ok(())
    }

    /// Ends the operations on a machine that is gone.
    pub(crate) async fn removed<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        machine: &Machine,
    ) -> Result<()> {
        for mut operation in of_machine(tx, machine).await? {
            operation.fail(
                FailureCode::ResourceRemoved,
                "The machine was removed.",
                self.now(),
            );
            tx.save_operation(&operation).await?;
        }
        Ok(())
    }

    /// Refuses to touch a machine that an image is just being made of.
    pub(crate) async fn demand_unsaved<R: Read + ?Sized>(
        &self,
        tx: &mut R,
        machine: &Machine,
    ) -> Result<()> {
        let open = tx.open_operations(machine.lab).await?;
        let saving = |operation: &Operation| {
            operation.kind == OperationKind::SaveImage && operation.machine == Some(machine.id)
        };
        if open.iter().any(saving) {
            return Err(Error::Conflict(
                "An image of this machine is being saved. Please wait until that is done."
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// What is under way on a lab that the caller may see, on its machines too.
    ///
    /// # Errors
    /// See [`crate::access::see_lab`].
    pub async fn open_operations(&self, actor: &Actor, lab: LabId) -> Result<Vec<Operation>> {
        let mut tx = self.store.read().await?;
        let lab = crate::access::see_lab(&mut *tx, actor, lab).await?;
        Ok(tx.open_operations(lab.id).await?)
    }
}

/// What is under way on a machine's power and passwords, each locked.
async fn of_machine<W: Write + ?Sized>(tx: &mut W, machine: &Machine) -> Result<Vec<Operation>> {
    let mut found = Vec::new();
    for operation in tx.open_operations(machine.lab).await? {
        if operation.machine == Some(machine.id)
            && operation.kind != OperationKind::SaveImage
            && let Some(operation) = tx.operation(operation.id).await?
            && operation.status == OperationStatus::InProgress
        {
            found.push(operation);
        }
    }
    Ok(found)
}

fn is_to_run(machine: &Machine) -> bool {
    machine.wanted.power == Power::On
}

/// Ends an operation on a machine that is at rest: it came to what was asked for, or it did not.
fn end(operation: &mut Operation, machine: &Machine, now: domain::time::Timestamp) {
    if let Some(trouble) = machine.trouble.as_ref().filter(|t| t.failed) {
        operation.fail(FailureCode::of(trouble), trouble.message.clone(), now);
        return;
    }
    let runs = machine.seen.power == Some(Power::On);
    let stopped = || {
        machine.stop_note().map_or_else(
            || "The machine was stopped.".to_owned(),
            |note| note.sentence(),
        )
    };
    match operation.kind {
        OperationKind::StartMachine | OperationKind::RedeployMachine if !runs => {
            operation.fail(FailureCode::OperationPreempted, stopped(), now);
        }
        OperationKind::StopMachine if runs => {
            operation.fail(
                FailureCode::OperationPreempted,
                "The machine was started again.",
                now,
            );
        }
        _ => {
            operation.done = operation.total;
            operation.succeed(now);
        }
    }
}
