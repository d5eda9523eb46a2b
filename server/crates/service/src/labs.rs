//! Labs: making, changing, publishing, scaling and deleting them.

use domain::Invalid;
use domain::capacity::{Capacity, plan_pool};
use domain::credentials::{Accounts, Password, Username};
use domain::id::LabId;
use domain::image::{Image, ImageName};
use domain::lab::{CreateOption, Lab, LabMoney, LabState, LabTime, Remake};
use domain::machine::{Cause, MachineKind, Power, StopReason};
use domain::name::{Description, LabName, LabTitle};
use domain::operation::{Operation, OperationKind, OperationStatus};
use domain::plan::Plan;
use domain::quota::UsageQuota;
use domain::registration::RegistrationCode;
use domain::role::{Grant, Permission, Role, Scope};
use domain::shutdown::AutoShutdown;
use domain::size::SizeName;

use crate::access::{self, Actor, Allowed};
use crate::error::{Error, Result};
use crate::services::Services;
use crate::store::{Audit, LabSecrets, Record, Registration, Write};

/// Everything that is decided about a lab when it is made.
#[derive(Clone, Debug)]
pub struct NewLab {
    /// Its title.
    pub title: LabTitle,
    /// What it is for.
    pub description: Description,
    /// The image of its machines.
    pub image: ImageName,
    /// Their size.
    pub size: SizeName,
    /// Template or not.
    pub create_option: CreateOption,
    /// How many machines.
    pub capacity: Capacity,
    /// The account with administrator rights.
    pub admin: (Username, Password),
    /// The students' account without them, where there is to be one.
    pub non_admin: Option<(Username, Password)>,
    /// Whether all machines have the same passwords.
    pub shared_password: bool,
    /// The hours of every user outside class.
    pub quota: UsageQuota,
    /// When machines that nobody uses are stopped.
    pub shutdown: AutoShutdown,
}

/// What may be changed of a lab at any time.
#[derive(Clone, Debug)]
pub struct LabChange {
    /// Its title.
    pub title: LabTitle,
    /// What it is for.
    pub description: Description,
}

impl Services {
    /// The images that the caller may make labs from.
    ///
    /// # Errors
    /// `Forbidden` without the right to create labs.
    pub async fn images_for_new_lab(&self, actor: &Actor) -> Result<Vec<Image>> {
        actor.demand(Permission::CreateLab, "create labs")?;
        let mut images = self.store.read().await?.images().await?;
        images.retain(|image| image.available && image.enabled);
        Ok(images)
    }

    /// The plan that the caller's next lab begins with.
    ///
    /// # Errors
    /// `Forbidden` without the right to create labs.
    pub async fn plan_for_new_lab(&self, actor: &Actor) -> Result<Plan> {
        actor.demand(Permission::CreateLab, "create labs")?;
        let plan = self.store.read().await?.plan(Plan::DEFAULT).await?;
        plan.ok_or(Error::NotFound("lab plan"))
    }

    /// Makes a lab; its template, if it has one, is made in the background. The caller owns it.
    ///
    /// # Errors
    /// `Forbidden` without the right to; `Invalid` when the image is not on offer or both accounts
    /// have one name; `Conflict` when the name is taken.
    pub async fn create_lab(&self, actor: &Actor, new: NewLab) -> Result<Lab> {
        actor.demand(Permission::CreateLab, "create labs")?;
        if new
            .non_admin
            .as_ref()
            .is_some_and(|(name, _)| *name == new.admin.0)
        {
            return Err(Invalid::new(
                "non_admin_username",
                "The two accounts need different usernames.",
            )
            .into());
        }
        let mut tx = self.store.write().await?;
        let on_offer = tx
            .image(&new.image)
            .await?
            .is_some_and(|i| i.available && i.enabled);
        if !on_offer {
            return Err(Invalid::new("image", "Choose one of the images in the list.").into());
        }
        let plan = tx
            .plan(Plan::DEFAULT)
            .await?
            .ok_or(Error::NotFound("lab plan"))?;
        let name = LabName::from_title(&new.title);
        if let Some(other) = tx.lab_by_name(&name).await? {
            return Err(Error::Conflict(format!(
                "There is already a lab named “{}”. Please choose another name.",
                other.title
            )));
        }
        let now = self.now();
        let lab = Allowed::to_system(Lab {
            id: self.new_lab_id(),
            name,
            title: new.title,
            description: new.description,
            image: new.image,
            size: new.size,
            create_option: new.create_option,
            accounts: Accounts {
                admin: new.admin.0,
                non_admin: new.non_admin.as_ref().map(|(name, _)| name.clone()),
                shared_password: new.shared_password,
            },
            capacity: new.capacity,
            state: LabState::Draft,
            wanted_generation: 0,
            published_generation: 0,
            remake: Remake::Every,
            open_access: false,
            deleting: false,
            trouble: None,
            plan: plan.id,
            time: LabTime {
                quota: new.quota,
                shutdown: new.shutdown,
            },
            money: LabMoney {
                currency: plan.currency,
                price: plan.price(new.size),
                storage_price: plan.storage_price,
                budget: None,
                go_on: false,
            },
            created_by: actor.person,
            created_at: now,
            published_at: None,
        });
        let secrets = LabSecrets {
            admin: self.vault.seal("lab-password", new.admin.1.expose()),
            non_admin: new
                .non_admin
                .map(|(_, password)| self.vault.seal("lab-password", password.expose())),
        };
        tx.insert_lab(&lab, &secrets, &self.new_registration())
            .await?;
        tx.insert_grant(
            actor.person,
            Grant {
                role: Role::Owner,
                scope: Scope::Lab(lab.id),
            },
        )
        .await?;
        if lab.has_template() {
            self.add_machine(&mut *tx, &lab, 0).await?;
            self.begin(&mut *tx, OperationKind::CreateLab, &lab, Some(actor), 1)
                .await?;
        }
        tx.commit(self.audit(
            actor,
            "lab.create",
            lab.id,
            format!("Made the lab “{}”.", lab.title),
        ))
        .await?;
        self.changes.nudge(lab.id);
        Ok(lab.into_inner())
    }

    /// Changes a lab's title and description.
    ///
    /// # Errors
    /// See [`access::change_lab`].
    pub async fn update_lab(&self, actor: &Actor, id: LabId, change: LabChange) -> Result<Lab> {
        let mut tx = self.store.write().await?;
        let mut lab = access::change_lab(&mut *tx, actor, id, Permission::WriteLab).await?;
        lab.title = change.title;
        lab.description = change.description;
        tx.save_lab(&lab, Some(self.now())).await?;
        tx.commit(self.audit(
            actor,
            "lab.update",
            id,
            format!("Changed the lab to “{}”.", lab.title),
        ))
        .await?;
        self.changes.nudge(id);
        Ok(lab.into_inner())
    }

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
        not_busy(&lab)?;
        let now = self.now();
        lab.capacity = capacity;
        lab.trouble = None;
        if lab.published_generation > 0 {
            let machines = tx.machines(id).await?;
            let plan = plan_pool(capacity, &machines);
            if !plan.claimed.is_empty() && !also_claimed {
                let choice = ", or choose to remove machines in use as well";
                return Err(self
                    .would_lose(&mut *tx, &machines, &plan.claimed, choice)
                    .await?);
            }
            for seat in &plan.add {
                self.add_machine(&mut *tx, &lab, *seat).await?;
            }
            let leaving = |m: &&domain::machine::Machine| {
                plan.remove.contains(&m.id) || plan.claimed.contains(&m.id)
            };
            for machine in machines.iter().filter(leaving) {
                let mut machine = Allowed::to_system(machine.clone());
                machine.claimed_by = None;
                machine.want_gone(Cause::Educator, Some(actor.person), now);
                tx.save_machine(&machine, Some(now)).await?;
            }
            if !plan.add.is_empty() || !plan.remove.is_empty() || !plan.claimed.is_empty() {
                lab.state = LabState::Scaling;
                self.begin(
                    &mut *tx,
                    OperationKind::Scale,
                    &lab,
                    Some(actor),
                    capacity.seats(),
                )
                .await?;
            }
            tx.save_lab(&lab, Some(now)).await?;
            self.seat_waiting(&mut *tx, &lab).await?;
        } else {
            tx.save_lab(&lab, Some(now)).await?;
        }
        let text = format!("Set “{}” to {} machines.", lab.title, capacity.seats());
        tx.commit(self.audit(actor, "lab.scale", id, text)).await?;
        self.changes.nudge(id);
        Ok(())
    }

    /// Deletes a lab with its users and machines, in the background. There is no way back.
    ///
    /// # Errors
    /// See [`access::change_lab`].
    pub async fn delete_lab(&self, actor: &Actor, id: LabId) -> Result<()> {
        let mut tx = self.store.write().await?;
        let mut lab = access::change_lab(&mut *tx, actor, id, Permission::DeleteLab).await?;
        let now = self.now();
        let machines = tx.machines(id).await?;
        let count = u32::try_from(machines.len()).unwrap_or(u32::MAX);
        for machine in machines {
            let mut machine = Allowed::to_system(machine);
            machine.want_gone(Cause::Educator, Some(actor.person), now);
            tx.save_machine(&machine, Some(now)).await?;
        }
        lab.deleting = true;
        lab.trouble = None;
        tx.save_lab(&lab, Some(now)).await?;
        self.begin(&mut *tx, OperationKind::DeleteLab, &lab, Some(actor), count)
            .await?;
        tx.commit(self.audit(
            actor,
            "lab.delete",
            id,
            format!("Deleted “{}” and its {count} machines.", lab.title),
        ))
        .await?;
        self.changes.nudge(id);
        Ok(())
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
        for mut earlier in tx.operations(lab.id, 10).await? {
            if earlier.status == OperationStatus::InProgress
                && earlier.kind != OperationKind::CreateLab
            {
                earlier.status = OperationStatus::Failed;
                earlier.error = Some("Something else was asked for before it was done.".to_owned());
                earlier.ended_at = Some(self.now());
                tx.save_operation(&earlier).await?;
            }
        }
        let operation = Operation {
            id: self.new_operation_id(),
            kind,
            lab: lab.id,
            machine: None,
            status: OperationStatus::InProgress,
            done: 0,
            total,
            error: None,
            by: actor.map(|a| a.person),
            started_at: self.now(),
            ended_at: None,
        };
        tx.insert_operation(&operation).await?;
        Ok(operation)
    }

    /// A line for the audit log about a lab.
    pub(crate) fn audit(
        &self,
        actor: &Actor,
        action: &'static str,
        lab: LabId,
        text: String,
    ) -> Record {
        Record::Audit(Audit {
            at: self.now(),
            by: Some(actor.person),
            action,
            lab: Some(lab),
            text,
        })
    }

    /// A registration link with a fresh code, switched on.
    pub(crate) fn new_registration(&self) -> Registration {
        let mut bytes = [0; RegistrationCode::LENGTH];
        self.random.fill(&mut bytes);
        let code = RegistrationCode::from_random(bytes);
        Registration {
            code: self.vault.seal("registration-code", code.expose()),
            code_hash: self.vault.lookup_hash("registration-code", code.expose()),
            enabled: true,
            expires_at: None,
            uses_left: None,
        }
    }

    /// A fresh password for one machine.
    pub(crate) fn new_password(&self) -> Password {
        let mut bytes = [0; 20];
        self.random.fill(&mut bytes);
        Password::from_random(bytes)
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
fn not_busy(lab: &Lab) -> Result<()> {
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
