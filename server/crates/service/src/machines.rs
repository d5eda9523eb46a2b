//! Machines: starting, stopping, remaking them, one or many, and the passwords on them.

use domain::id::{LabId, MachineId};
use domain::lab::{Lab, LabState};
use domain::machine::{Cause, Machine, MachineKind, Power, StopReason};
use domain::role::Permission;

use crate::access::{self, Actor, Allowed};
use crate::error::{Error, Result};
use crate::services::Services;
use crate::store::{LabSecrets, Read};

/// What can be asked of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Start it.
    Start,
    /// Stop it, gracefully and after a while by force.
    Stop,
    /// Remake it from the latest published snapshot; its contents are lost, its user stays.
    Reimage,
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
    /// Asks something of one machine: the caller's own, or one of a lab the caller operates.
    ///
    /// # Errors
    /// `NotFound` when it is not the caller's to see; `Conflict` when it cannot be done now.
    pub async fn act(&self, actor: &Actor, id: MachineId, act: Act) -> Result<()> {
        let mut tx = self.store.write().await?;
        let (mut machine, lab, cause) = access::operate_machine(&mut *tx, actor, id).await?;
        if act == Act::Start && cause == Cause::Student {
            self.demand_time(&mut *tx, &lab, &machine).await?;
        }
        let before = machine.wanted.power;
        self.ask(&mut machine, &lab, cause, actor, act)?;
        tx.save_machine(&machine, Some(self.now())).await?;
        if act == Act::Start && before == Power::Off {
            self.started_again(&mut *tx, machine.id).await?;
        }
        // One that had been given up can be somebody's again.
        self.seat_waiting(&mut *tx, &lab).await?;
        let text = format!("{} {}.", verb(act), machine.hostname);
        tx.commit(self.audit(actor, action(act), lab.id, text))
            .await?;
        self.changes.nudge(lab.id);
        Ok(())
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
                Act::Reimage => false,
                Act::Retry => machine.trouble.is_none(),
            };
            let before = machine.wanted.power;
            if !idle
                && self
                    .ask(&mut machine, &lab, Cause::Educator, actor, act)
                    .is_ok()
            {
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
        let passwords = self.passwords(&mut *tx, &lab, &machine).await?;
        Ok(match (as_student, &lab.accounts.non_admin, passwords.1) {
            (true, Some(username), Some(password)) => MachineLogin {
                username: username.to_string(),
                password,
            },
            _ => MachineLogin {
                username: lab.accounts.admin.to_string(),
                password: passwords.0,
            },
        })
    }

    /// The passwords of a machine's two accounts: the administrator's and the students'.
    ///
    /// On machines with a password of their own the student's account has that one. Where students
    /// are not administrators, the administrator's is derived from it with the installation's key,
    /// so that knowing the one does not give the other.
    pub(crate) async fn passwords<R: Read + ?Sized>(
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

fn action(act: Act) -> &'static str {
    match act {
        Act::Start => "machine.start",
        Act::Stop => "machine.stop",
        Act::Reimage => "machine.reimage",
        Act::Retry => "machine.retry",
    }
}

fn verb(act: Act) -> &'static str {
    match act {
        Act::Start => "Started",
        Act::Stop => "Stopped",
        Act::Reimage => "Reimaged",
        Act::Retry => "Retried",
    }
}
