//! Machines: starting, stopping, remaking them, one or many, and the passwords on them.

use domain::credentials::{Password, Username};
use domain::id::{LabId, MachineId};
use domain::lab::{Lab, LabState};
use domain::machine::{Cause, Machine, MachineKind, Power, StopReason};
use domain::operation::{Operation, OperationKind};
use domain::role::Permission;

use crate::access::{self, Actor, Allowed};
use crate::engine::AccountSetting;
use crate::error::{Error, Result};
use crate::services::Services;
use crate::store::{LabSecrets, Read};
use crate::vault::Sealed;

/// What can be asked of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Start it.
    Start,
    /// Stop it, gracefully and after a while by force.
    Stop,
    /// Remake it from the latest published snapshot; its contents are lost, its user stays.
    Reimage,
    /// Stop it and start it afresh, on another host where there is one; its contents stay.
    Redeploy,
    /// Try again what was given up.
    Retry,
}

/// Which of a lab's pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Every machine of the pool.
    All,
    /// These.
    These(Vec<MachineId>),
}

/// The account to work with on a machine.
#[derive(Clone, PartialEq, Eq)]
pub struct MachineLogin {
    /// Its name.
    pub username: String,
    /// Its password.
    pub password: String,
}

impl Services {
    /// Asks something of one machine: the caller's own, or one of a lab the caller operates. The
    /// operation tells how far that is; one that asks for what is being done already is the same.
    ///
    /// # Errors
    /// `NotFound` when it is not the caller's to see; `Conflict` when it cannot be done now.
    pub async fn act(&self, actor: &Actor, id: MachineId, act: Act) -> Result<Operation> {
        let mut tx = self.store.write().await?;
        let (mut machine, lab, cause) = access::operate_machine(&mut *tx, actor, id).await?;
        if act == Act::Redeploy && cause == Cause::Student {
            return Err(Error::Forbidden(
                "Only an educator can move a machine to another host.".to_owned(),
            ));
        }
        if act == Act::Start && cause == Cause::Student {
            self.demand_time(&mut *tx, &lab, &machine).await?;
        }
        let before = machine.wanted.clone();
        self.demand_unsaved(&mut *tx, &machine).await?;
        self.ask(&mut machine, &lab, cause, actor, act)?;
        if act == Act::Reimage {
            tx.clear_machine_accounts(&machine).await?;
        }
        let same = machine.wanted == before;
        let operation = self
            .begin_on_machine(&mut *tx, kind(act), &machine, actor, same)
            .await?;
        tx.save_machine(&machine, Some(self.now())).await?;
        if act == Act::Start && before.power == Power::Off {
            self.started_again(&mut *tx, machine.id).await?;
        }
        // One that had been given up can be somebody's again.
        self.seat_waiting(&mut *tx, &lab).await?;
        let text = format!("{} {}.", verb(act), machine.hostname);
        tx.commit(self.audit(actor, action(act), lab.id, text))
            .await?;
        self.changes.nudge(lab.id);
        Ok(operation)
    }

    /// Sets the password of an account on one machine that runs. An account that is not there is made.
    /// A reimage sets it back.
    ///
    /// # Errors
    /// `NotFound` when the machine is not the caller's to see; `Forbidden` without the right to;
    /// `Conflict` when it does not run.
    pub async fn reset_password(
        &self,
        actor: &Actor,
        lab: LabId,
        id: MachineId,
        username: &Username,
        password: &Password,
    ) -> Result<Operation> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ResetPasswords).await?;
        let machine = tx.machine(id).await?;
        let machine = machine.filter(|m| m.lab == lab.id && m.wanted.present);
        let mut machine = Allowed::to_system(machine.ok_or(Error::NotFound("machine"))?);
        if machine.seen.power != Some(Power::On) || machine.wanted.power != Power::On {
            return Err(Error::Conflict(
                "Start the machine first: a password is set while it runs.".to_owned(),
            ));
        }
        let secret = self.vault.seal("machine-password", password.expose());
        tx.set_machine_account(&machine, username, &secret).await?;
        machine.want_credentials(Cause::Educator, Some(actor.person), self.now());
        let kind = OperationKind::ResetPassword;
        let operation = self
            .begin_on_machine(&mut *tx, kind, &machine, actor, false)
            .await?;
        tx.save_machine(&machine, Some(self.now())).await?;
        let text = format!("Set the password of {username} on {}.", machine.hostname);
        tx.commit(self.audit(actor, "machine.password", lab.id, text))
            .await?;
        self.changes.nudge(lab.id);
        Ok(operation)
    }

    /// Asks the same of many machines of a pool, in one go; those of which it cannot be asked now
    /// are left alone. Returns how many were asked.
    ///
    /// # Errors
    /// See [`access::change_lab`]; `NotFound` when a selected machine is not of this lab.
    pub async fn act_on_many(
        &self,
        actor: &Actor,
        lab: LabId,
        selection: &Selection,
        act: Act,
    ) -> Result<u32> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::OperateMachines).await?;
        let pool: Vec<Machine> = tx
            .machines(lab.id)
            .await?
            .into_iter()
            .filter(|m| m.kind == MachineKind::User && m.wanted.present)
            .collect();
        if let Selection::These(ids) = selection
            && ids.iter().any(|id| !pool.iter().any(|m| m.id == *id))
        {
            return Err(Error::NotFound("machine"));
        }
        let chosen = |m: &Machine| match selection {
            Selection::All => true,
            Selection::These(ids) => ids.contains(&m.id),
        };
        let mut asked = 0;
        for machine in pool.into_iter().filter(chosen) {
            let mut machine = Allowed::to_system(machine);
            let idle = match act {
                Act::Start => machine.wanted.power == Power::On,
                Act::Stop => is_off(&machine),
                Act::Reimage | Act::Redeploy => false,
                Act::Retry => machine.trouble.is_none(),
            };
            let before = machine.wanted.power;
            if !idle
                && self
                    .ask(&mut machine, &lab, Cause::Educator, actor, act)
                    .is_ok()
            {
                if act == Act::Reimage {
                    tx.clear_machine_accounts(&machine).await?;
                }
                tx.save_machine(&machine, Some(self.now())).await?;
                if act == Act::Start && before == Power::Off {
                    self.started_again(&mut *tx, machine.id).await?;
                }
                asked += 1;
            }
        }
        self.seat_waiting(&mut *tx, &lab).await?;
        let text = format!("{} {asked} machines of “{}”.", verb(act), lab.title);
        tx.commit(self.audit(actor, action(act), lab.id, text))
            .await?;
        self.changes.nudge(lab.id);
        Ok(asked)
    }

    /// The account that the caller works with on a machine, with its password: a student's on the
    /// own machine, the administrator's for whoever may connect to the lab's machines.
    ///
    /// # Errors
    /// `NotFound` when the machine is not the caller's to see.
    pub async fn machine_login(&self, actor: &Actor, id: MachineId) -> Result<MachineLogin> {
        let mut tx = self.store.read().await?;
        let (machine, lab, cause) = access::operate_machine(&mut *tx, actor, id).await?;
        let as_student = cause == Cause::Student;
        let username = match &lab.accounts.non_admin {
            Some(non_admin) if as_student => non_admin,
            _ => &lab.accounts.admin,
        };
        let accounts = self.accounts(&mut *tx, &lab, &machine).await?;
        let account = accounts.into_iter().find(|a| a.username == *username);
        let account = account.ok_or(Error::NotFound("account"))?;
        Ok(MachineLogin {
            username: account.username.to_string(),
            password: account.password.expose().to_owned(),
        })
    }

    /// Whether these are the passwords that a lab was made with: the administrator's, the students'.
    /// One that is not said is right.
    ///
    /// # Errors
    /// See [`access::change_lab`].
    pub async fn are_passwords(
        &self,
        actor: &Actor,
        lab: LabId,
        admin: Option<&str>,
        non_admin: Option<&str>,
    ) -> Result<(bool, bool)> {
        let mut tx = self.store.read().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::WriteLab).await?;
        let secrets = tx.lab_secrets(lab.id).await?;
        let secrets = secrets.ok_or(Error::NotFound("lab"))?;
        let is = |sealed: Option<&Sealed>, said: Option<&str>| -> Result<bool> {
            let (Some(sealed), Some(said)) = (sealed, said) else {
                return Ok(said.is_none());
            };
            let kept = self.vault.open("lab-password", sealed);
            Ok(kept.map_err(|e| Error::Internal(Box::new(e)))? == said)
        };
        Ok((
            is(Some(&secrets.admin), admin)?,
            is(secrets.non_admin.as_ref(), non_admin)?,
        ))
    }

    /// The accounts of a machine with their passwords: the lab's two, and what was set on this
    /// machine alone.
    pub(crate) async fn accounts<R: Read + ?Sized>(
        &self,
        tx: &mut R,
        lab: &Lab,
        machine: &Machine,
    ) -> Result<Vec<AccountSetting>> {
        let (admin, non_admin) = self.passwords(tx, lab, machine).await?;
        let setting = |username: &Username, password: &str, administrator| AccountSetting {
            username: username.clone(),
            password: Password::as_typed(password),
            administrator,
        };
        let mut accounts = vec![setting(&lab.accounts.admin, &admin, true)];
        if let (Some(username), Some(password)) = (&lab.accounts.non_admin, &non_admin) {
            accounts.push(setting(username, password, false));
        }
        for (username, sealed) in tx.machine_accounts(machine.id).await? {
            let password = self
                .vault
                .open("machine-password", &sealed)
                .map_err(|e| Error::Internal(Box::new(e)))?;
            match accounts.iter_mut().find(|a| a.username == username) {
                Some(account) => account.password = Password::as_typed(&password),
                None => accounts.push(setting(&username, &password, true)),
            }
        }
        Ok(accounts)
    }

    /// The passwords of a machine's two accounts: the administrator's and the students'.
    ///
    /// On machines with a password of their own the student's account has that one. Where students
    /// are not administrators, the administrator's is derived from it with the installation's key,
    /// so that knowing the one does not give the other.
    async fn passwords<R: Read + ?Sized>(
        &self,
        tx: &mut R,
        lab: &Lab,
        machine: &Machine,
    ) -> Result<(String, Option<String>)> {
        let LabSecrets { admin, non_admin } = tx
            .lab_secrets(lab.id)
            .await?
            .ok_or(Error::NotFound("lab"))?;
        let open = |context: &str, sealed| {
            self.vault
                .open(context, sealed)
                .map_err(|e| Error::Internal(Box::new(e)))
        };
        match (
            tx.machine_secret(machine.id).await?,
            &lab.accounts.non_admin,
        ) {
            (Some(own), None) => Ok((open("machine-password", &own)?, None)),
            (Some(own), Some(_)) => {
                let own = open("machine-password", &own)?;
                let derived = self
                    .vault
                    .lookup_hash("administrator-password", &format!("{}{own}", machine.id));
                Ok((derived[..24].to_owned(), Some(own)))
            }
            (None, _) => {
                let non_admin = non_admin
                    .as_ref()
                    .map(|sealed| open("lab-password", sealed))
                    .transpose()?;
                Ok((open("lab-password", &admin)?, non_admin))
            }
        }
    }

    /// Changes the wanted half of a machine, or says why not.
    fn ask(
        &self,
        machine: &mut Allowed<Machine>,
        lab: &Lab,
        cause: Cause,
        actor: &Actor,
        act: Act,
    ) -> Result<()> {
        let now = self.now();
        let by = Some(actor.person);
        let template = machine.kind == MachineKind::Template;
        if template && lab.state == LabState::Publishing && act != Act::Retry {
            return Err(Error::Conflict(
                "The template is being published. Please wait until that is done.".to_owned(),
            ));
        }
        match act {
            Act::Start => {
                if let Some(trouble) = machine.trouble.as_ref().filter(|t| t.failed)
                    && machine.seen.build != Some(machine.wanted.build)
                {
                    return Err(Error::Conflict(format!(
                        "The machine cannot start. {}",
                        trouble.message
                    )));
                }
                machine.want_power(Power::On, cause, by, now);
            }
            // One that does not run is left alone; what was given up about it is not tried again.
            Act::Stop if is_off(machine) => {}
            Act::Stop => {
                machine.want_power(Power::Off, cause, by, now);
                machine.stopped_after = None;
                machine.stopped_because = Some(match cause {
                    Cause::Student => StopReason::Student,
                    Cause::Educator | Cause::System => StopReason::Educator,
                });
            }
            Act::Redeploy => {
                if machine.seen.build != Some(machine.wanted.build) {
                    return Err(Error::Conflict(
                        "The machine is still being made. It can be moved once it is there."
                            .to_owned(),
                    ));
                }
                if is_off(machine) {
                    machine.want_power(Power::On, cause, by, now);
                } else {
                    machine.want_power(Power::Off, cause, by, now);
                    machine.stopped_after = None;
                    machine.stopped_because = Some(StopReason::Educator);
                }
            }
            Act::Reimage if template => {
                return Err(Error::Conflict("A template cannot be reimaged.".to_owned()));
            }
            Act::Reimage => machine.want_rebuild(cause, by, now),
            Act::Retry => machine.want_retry(cause, by, now),
        }
        Ok(())
    }
}

/// Whether a machine neither runs nor is to.
fn is_off(machine: &Machine) -> bool {
    machine.wanted.power == Power::Off && machine.seen.power != Some(Power::On)
}

fn kind(act: Act) -> OperationKind {
    match act {
        // Trying again ends in a machine as wanted, whatever that is.
        Act::Start | Act::Retry => OperationKind::StartMachine,
        Act::Stop => OperationKind::StopMachine,
        Act::Reimage => OperationKind::ReimageMachine,
        Act::Redeploy => OperationKind::RedeployMachine,
    }
}

fn action(act: Act) -> &'static str {
    match act {
        Act::Start => "machine.start",
        Act::Stop => "machine.stop",
        Act::Reimage => "machine.reimage",
        Act::Redeploy => "machine.redeploy",
        Act::Retry => "machine.retry",
    }
}

fn verb(act: Act) -> &'static str {
    match act {
        Act::Start => "Started",
        Act::Stop => "Stopped",
        Act::Reimage => "Reimaged",
        Act::Redeploy => "Redeployed",
        Act::Retry => "Retried",
    }
}
