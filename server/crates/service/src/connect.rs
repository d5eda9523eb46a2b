//! Connections to machines: single-use tickets, and whether the right to a connection still holds.

use std::time::Duration;

use domain::connection::ConnectionType;
use domain::credentials::Username;
use domain::id::{LabId, MachineId, PersonId};
use domain::lab::Lab;
use domain::machine::{Machine, MachineKind, MachineState};
use domain::name::{Hostname, LabTitle};
use domain::role::Permission;

use crate::access::{self, Actor};
use crate::engine::Terminal;
use crate::error::{Error, Result};
use crate::services::Services;
use crate::store::{Read, Record, Ticket};
use crate::vault::Vault;

/// How long a ticket may wait to be used.
pub const TICKET_LIFE: Duration = Duration::from_secs(30);

/// The right to a terminal on one machine, as it stood when the ticket was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// Who.
    pub person: PersonId,
    /// The session it depends on.
    pub session_hash: String,
    /// The machine.
    pub machine: MachineId,
    /// The machine's lab.
    pub lab: LabId,
    /// Its lab's title.
    pub title: LabTitle,
    /// The machine's name.
    pub hostname: Hostname,
    /// Which build of it: a reimage ends the right.
    pub build: u32,
    /// The account to work as.
    pub username: Username,
}

/// Why a right to a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The machine stops, is being remade, or is gone.
    Stopped,
    /// The machine is somebody else's now, or a role was taken.
    NotYours,
    /// The session ended.
    SignedOut,
}

impl Ended {
    /// The reason as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Stopped => "The machine was stopped.",
            Self::NotYours => "This machine is no longer yours to use.",
            Self::SignedOut => "You have been signed out.",
        }
    }
}

impl Services {
    /// A machine that the caller may connect to, with its lab, and whether it is the caller's own.
    ///
    /// # Errors
    /// `NotFound` when it is not the caller's to see.
    pub async fn connectable(
        &self,
        actor: &Actor,
        machine: MachineId,
    ) -> Result<(Machine, Lab, bool)> {
        let mut tx = self.store.read().await?;
        let (machine, lab) = may_connect(&mut *tx, actor, machine).await?;
        let own = access::owns(&mut *tx, actor, &machine).await?.is_some();
        Ok((machine, lab, own))
    }

    /// Makes a ticket for a terminal on a running machine: the caller's own, or one that a role
    /// allows connecting to. The token is for the caller's browser, once, within [`TICKET_LIFE`].
    ///
    /// # Errors
    /// `NotFound` when it is not the caller's to see; `Conflict` while it does not run.
    pub async fn open_ticket(
        &self,
        actor: &Actor,
        session_hash: &str,
        machine: MachineId,
    ) -> Result<String> {
        let mut tx = self.store.write().await?;
        let now = self.now();
        let (machine, _) = may_connect(&mut *tx, actor, machine).await?;
        if machine.state() != MachineState::Running {
            return Err(Error::Conflict(
                "The machine does not run yet. Start it first; connecting works as soon as it runs.".to_owned(),
            ));
        }
        let token = self.vault.new_token();
        let ticket = Ticket {
            token_hash: Vault::token_hash(&token),
            person: actor.person,
            session_hash: session_hash.to_owned(),
            machine: machine.id,
            expires_at: now + TICKET_LIFE,
        };
        tx.insert_ticket(&ticket, now).await?;
        tx.commit(Record::Observation).await?;
        Ok(token)
    }

    /// Takes a ticket and tells what it is a right to.
    ///
    /// # Errors
    /// `Unauthenticated` when the ticket is unknown, used, or too old, or the right has ended since.
    pub async fn redeem_ticket(&self, token: &str) -> Result<Pass> {
        let mut tx = self.store.write().await?;
        let ticket = tx.take_ticket(&Vault::token_hash(token)).await?;
        tx.commit(Record::Observation).await?;
        let ticket = ticket
            .filter(|t| t.expires_at > self.now())
            .ok_or(Error::Unauthenticated)?;
        let mut tx = self.store.read().await?;
        let actor = self
            .actor_of(&mut *tx, &ticket.session_hash)
            .await?
            .ok_or(Error::Unauthenticated)?;
        if actor.person != ticket.person {
            return Err(Error::Unauthenticated);
        }
        let (machine, lab) = may_connect(&mut *tx, &actor, ticket.machine).await?;
        let username = match machine.kind {
            MachineKind::Template => lab.accounts.admin.clone(),
            MachineKind::User => lab.accounts.student().clone(),
        };
        Ok(Pass {
            person: actor.person,
            session_hash: ticket.session_hash,
            machine: machine.id,
            lab: lab.id,
            title: lab.title,
            hostname: machine.hostname.clone(),
            build: machine.seen.build.unwrap_or_default(),
            username,
        })
    }

    /// Whether the right of a pass still holds: `None`, or why it ended. A connection asks whenever
    /// something changed, and every second.
    ///
    /// # Errors
    /// When the store does not answer; the connection stays until it does.
    pub async fn check_pass(&self, pass: &Pass) -> Result<Option<Ended>> {
        let mut tx = self.store.read().await?;
        let Some(actor) = self.actor_of(&mut *tx, &pass.session_hash).await? else {
            return Ok(Some(Ended::SignedOut));
        };
        match may_connect(&mut *tx, &actor, pass.machine).await {
            Ok((machine, _)) => {
                let runs = machine.wanted.power == domain::machine::Power::On
                    && machine.seen.build == Some(pass.build)
                    && machine.wanted.build == pass.build;
                Ok((!runs).then_some(Ended::Stopped))
            }
            Err(Error::NotFound(_)) => {
                let there = tx
                    .machine(pass.machine)
                    .await?
                    .is_some_and(|m| m.wanted.present);
                Ok(Some(if there {
                    Ended::NotYours
                } else {
                    Ended::Stopped
                }))
            }
            // Connecting was switched off meanwhile.
            Err(Error::Forbidden(_)) => Ok(Some(Ended::NotYours)),
            Err(error) => Err(error),
        }
    }

    /// Opens the shell that a pass is the right to.
    ///
    /// # Errors
    /// When the engine does not answer or refuses.
    pub async fn open_terminal(&self, pass: &Pass, columns: u16, rows: u16) -> Result<Terminal> {
        Ok(self
            .engine
            .terminal(&pass.hostname, &pass.username, columns, rows)
            .await?)
    }
}

/// A machine that the caller may connect to.
async fn may_connect<R: Read + ?Sized>(
    tx: &mut R,
    actor: &Actor,
    id: MachineId,
) -> Result<(Machine, Lab)> {
    let missing = || Error::NotFound("machine");
    let lab_id = tx.lab_of_machine(id).await?.ok_or_else(missing)?;
    let lab = tx
        .lab(lab_id)
        .await?
        .filter(|lab| !lab.deleting)
        .ok_or_else(missing)?;
    let machine = tx
        .machine(id)
        .await?
        .filter(|m| m.wanted.present)
        .ok_or_else(missing)?;
    let owned = access::owns(tx, actor, &machine).await?.is_some();
    if actor.may(Permission::ConnectMachines, &lab) {
        return Ok((machine, lab));
    }
    if !owned {
        return Err(missing());
    }
    // Private is for networks that the school names; it has named none.
    if lab.connection.web_ssh_access != ConnectionType::Public {
        return Err(Error::Forbidden(
            "Your educator has switched off connecting in the browser for this lab.".to_owned(),
        ));
    }
    Ok((machine, lab))
}
