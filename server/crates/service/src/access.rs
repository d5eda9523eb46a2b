//! Who asks, and what they may: the only place where a resource becomes changeable.
//!
//! The store's mutating methods demand an [`Allowed`] handle, and only a look-up with a permission
//! makes one. Forgetting the check does not compile.

use std::ops::{Deref, DerefMut};

use domain::email::Email;
use domain::id::{LabId, MachineId, PersonId};
use domain::lab::Lab;
use domain::machine::{Cause, Machine, MachineKind};
use domain::name::PersonName;
use domain::role::{self, Grant, Permission, Target};
use domain::user::User;

use crate::error::{Error, Result};
use crate::store::Read;

/// A person who is signed in, with the roles they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The person.
    pub person: PersonId,
    /// The address the person signs in with.
    pub email: Email,
    /// The person's name.
    pub name: PersonName,
    /// The roles, with their scopes.
    pub grants: Vec<Grant>,
    /// Whether they come with a token that only reads.
    pub read_only: bool,
    /// The network address they come from, for the record; empty where it is none.
    pub from: String,
}

impl Actor {
    /// Whether a role allows `permission` on `target`.
    pub fn may<'a>(&self, permission: Permission, target: impl Into<Target<'a>>) -> bool {
        (permission.only_reads() || !self.read_only)
            && role::allows(&self.grants, permission, target)
    }

    /// Whether a role allows `permission` on anything at all.
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        (permission.only_reads() || !self.read_only)
            && self
                .grants
                .iter()
                .any(|grant| grant.role.allows(permission))
    }

    /// Demands a sign-in that may change things, where no role is asked for.
    ///
    /// # Errors
    /// `Forbidden`, with a token that only reads.
    pub fn demand_changes(&self) -> Result<()> {
        if self.read_only {
            Err(Error::Forbidden(
                "This access token may only read.".to_owned(),
            ))
        } else {
            Ok(())
        }
    }

    /// Demands `permission` on a plan, or for all of them.
    ///
    /// # Errors
    /// `Forbidden`, with `what` may not be done.
    pub fn demand_on<'a>(
        &self,
        permission: Permission,
        target: impl Into<Target<'a>>,
        what: &str,
    ) -> Result<()> {
        if self.may(permission, target) {
            Ok(())
        } else {
            Err(Error::Forbidden(format!(
                "You may not {what}. Ask an owner of this installation for a role."
            )))
        }
    }

    /// Demands `permission` for the whole installation.
    ///
    /// # Errors
    /// `Forbidden`, with `what` may not be done.
    pub fn demand(&self, permission: Permission, what: &str) -> Result<()> {
        self.demand_on(permission, Target::Organisation, what)
    }
}

/// A resource that the caller may change. It is read and changed through this handle, and the store
/// takes no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed<T>(T);

impl<T> Allowed<T> {
    /// For what Lectern does by itself: the reconciler, and rows made under a handle already held.
    pub(crate) fn to_system(resource: T) -> Self {
        Self(resource)
    }

    /// For contract suites of stores, which have no people.
    #[cfg(feature = "testing")]
    pub fn for_test(resource: T) -> Self {
        Self(resource)
    }

    /// The resource, given up as changeable.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Allowed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Allowed<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

/// A lab to look at.
///
/// # Errors
/// `NotFound` when there is none, it is in the bin, or the caller may not see it.
pub async fn see_lab<R: Read + ?Sized>(tx: &mut R, actor: &Actor, id: LabId) -> Result<Lab> {
    let lab = tx.lab(id).await?.filter(|lab| !lab.in_bin());
    let lab = lab.ok_or(Error::NotFound("lab"))?;
    if actor.may(Permission::ReadLab, &lab) {
        Ok(lab)
    } else {
        Err(Error::NotFound("lab"))
    }
}

/// A lab to change.
///
/// # Errors
/// `NotFound` when there is none or the caller may not see it; `Forbidden` when they may see it but
/// not this; `Conflict` when it is being deleted.
pub async fn change_lab<R: Read + ?Sized>(
    tx: &mut R,
    actor: &Actor,
    id: LabId,
    permission: Permission,
) -> Result<Allowed<Lab>> {
    let lab = see_lab(tx, actor, id).await?;
    if !permission.only_reads() {
        actor.demand_changes()?;
    }
    if !actor.may(permission, &lab) {
        return Err(Error::Forbidden(format!(
            "Your role on “{}” does not allow this.",
            lab.title
        )));
    }
    if lab.deleting {
        return Err(Error::Conflict(format!(
            "“{}” is being deleted.",
            lab.title
        )));
    }
    Ok(Allowed(lab))
}

/// A lab in the bin, to bring it back or to remove it.
///
/// # Errors
/// `NotFound` when it is not there, or the caller may not delete it.
pub async fn deleted_lab<R: Read + ?Sized>(
    tx: &mut R,
    actor: &Actor,
    id: LabId,
) -> Result<Allowed<Lab>> {
    let missing = || Error::NotFound("deleted lab");
    let lab = tx.lab(id).await?.filter(Lab::in_bin).ok_or_else(missing)?;
    if !role::allows(&actor.grants, Permission::DeleteLab, &lab) {
        return Err(missing());
    }
    actor.demand_changes()?;
    Ok(Allowed(lab))
}

/// Demands a role by which somebody may operate the machines of a lab that they may see.
///
/// # Errors
/// `Forbidden` without one.
pub fn demand_operate(actor: &Actor, lab: &Lab) -> Result<()> {
    actor.demand_changes()?;
    if actor.may(Permission::OperateMachines, lab) {
        Ok(())
    } else {
        Err(Error::Forbidden(
            "Your role does not allow operating the machines of this lab.".to_owned(),
        ))
    }
}

/// A machine to start, stop or remake, by its student or by somebody with a role on its lab; and in
/// which of the two parts the caller acts.
///
/// # Errors
/// `NotFound` when there is none, or it is somebody else's, or it is on its way out.
pub async fn operate_machine<R: Read + ?Sized>(
    tx: &mut R,
    actor: &Actor,
    id: MachineId,
) -> Result<(Allowed<Machine>, Lab, Cause)> {
    let missing = || Error::NotFound("machine");
    let lab_id = tx.lab_of_machine(id).await?.ok_or_else(missing)?;
    // The lab is read first: on PostgreSQL that is the order in which rows are locked everywhere.
    let lab = tx.lab(lab_id).await?.ok_or_else(missing)?;
    let machine = tx
        .machine(id)
        .await?
        .filter(|m| m.wanted.present)
        .ok_or_else(missing)?;
    if lab.deleting {
        return Err(missing());
    }
    if owns(tx, actor, &machine).await?.is_some() {
        actor.demand_changes()?;
        return Ok((Allowed(machine), lab, Cause::Student));
    }
    if role::allows(&actor.grants, Permission::OperateMachines, &lab) {
        actor.demand_changes()?;
        return Ok((Allowed(machine), lab, Cause::Educator));
    }
    Err(missing())
}

/// The user record by which `machine` is the caller's own, if it is.
///
/// # Errors
/// When the store fails.
pub async fn owns<R: Read + ?Sized>(
    tx: &mut R,
    actor: &Actor,
    machine: &Machine,
) -> Result<Option<User>> {
    if machine.kind != MachineKind::User {
        return Ok(None);
    }
    let Some(user) = machine.claimed_by else {
        return Ok(None);
    };
    Ok(tx
        .user(user)
        .await?
        .filter(|user| user.person == Some(actor.person)))
}
