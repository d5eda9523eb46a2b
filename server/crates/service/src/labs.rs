//! Labs: making and changing them.

use domain::Invalid;
use domain::capacity::Capacity;
use domain::connection::ConnectionProfile;
use domain::credentials::{Accounts, Password, Username};
use domain::id::{LabId, PlanId};
use domain::image::{Image, ImageName};
use domain::kept::{Authorship, ImageReference, LabEnvelope, NetworkProfile, RosterProfile};
use domain::lab::{CreateOption, Lab, LabMoney, LabState, LabTime, Remake};
use domain::machine::Cause;
use domain::name::{Description, LabName, LabTitle};
use domain::operation::{Operation, OperationKind};
use domain::plan::Plan;
use domain::quota::UsageQuota;
use domain::registration::RegistrationCode;
use domain::resource::{Location, ResourceGroup, Tags, check_tags};
use domain::role::{Grant, Permission, Role, Scope, Target};
use domain::shutdown::AutoShutdown;
use domain::size::SizeName;

use crate::access::{self, Actor, Allowed};
use crate::error::{Error, Result};
use crate::services::Services;
use crate::store::{Audit, LabSecrets, Read, Record, Registration, Write};

/// Everything that is decided about a lab when it is made.
#[derive(Clone, Debug)]
pub struct NewLab {
    /// What only programs say.
    pub place: LabPlace,
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
    /// How people may connect.
    pub connection: ConnectionProfile,
    /// Whether everyone with the link may register.
    pub open_access: bool,
}

/// Where a lab is, and what is only kept with it.
#[derive(Clone, Debug)]
pub struct LabPlace {
    /// The resource group.
    pub group: ResourceGroup,
    /// The resource name; one after the title, where there is none.
    pub name: Option<LabName>,
    /// The plan it begins with.
    pub plan: PlanId,
    /// The location.
    pub location: Location,
    /// Tags.
    pub tags: Tags,
    /// The network in the predecessor's cloud.
    pub network: NetworkProfile,
    /// Where the list comes from.
    pub roster: RosterProfile,
    /// Whether drivers for graphics were asked for.
    pub gpu_drivers: bool,
    /// The image as the program named it.
    pub image: ImageReference,
}

impl LabPlace {
    /// Where the portal's labs are: beside their plan.
    pub fn portal(plan: &Plan) -> Self {
        Self {
            plan: plan.id,
            ..Self::beside(plan.group.clone())
        }
    }

    /// In a group, with the installation's own plan.
    pub fn beside(group: ResourceGroup) -> Self {
        Self {
            group,
            name: None,
            plan: Plan::DEFAULT,
            location: Location::local(),
            tags: Tags::new(),
            network: NetworkProfile::default(),
            roster: RosterProfile::default(),
            gpu_drivers: false,
            image: ImageReference::default(),
        }
    }
}

/// What is to be changed of a lab; what is not said stays.
#[derive(Clone, Debug, Default)]
pub struct LabChange {
    /// Its title.
    pub title: Option<LabTitle>,
    /// What it is for.
    pub description: Option<Description>,
    /// The hours of every user.
    pub quota: Option<UsageQuota>,
    /// When unused machines stop.
    pub shutdown: Option<AutoShutdown>,
    /// How people may connect.
    pub connection: Option<ConnectionProfile>,
    /// Whether everyone with the link may register.
    pub open_access: Option<bool>,
    /// How many machines.
    pub capacity: Option<Capacity>,
    /// The plan that it belongs to.
    pub plan: Option<PlanId>,
    /// Tags.
    pub tags: Option<Tags>,
    /// Where the list comes from.
    pub roster: Option<RosterProfile>,
    /// Whether a template that was given up is to be made after all.
    pub retry: bool,
}

impl LabChange {
    /// Whether anything beyond the list's own settings is to be changed.
    fn needs_write(&self) -> bool {
        self.title.is_some()
            || self.description.is_some()
            || self.shutdown.is_some()
            || self.connection.is_some()
            || self.capacity.is_some()
            || self.plan.is_some()
            || self.tags.is_some()
            || self.roster.is_some()
    }
}

/// A lab, and the work that it still takes.
#[derive(Clone, Debug)]
pub struct LabWork {
    /// The lab.
    pub lab: Lab,
    /// What is kept with it.
    pub envelope: LabEnvelope,
    /// The work; none, where it was done at once.
    pub operation: Option<Operation>,
}

/// What must hold of a lab for a change to be made: what the caller believes it changes.
pub type LabCondition<'a> = &'a (dyn Fn(&Lab, &LabEnvelope) -> Result<()> + Send + Sync);

/// No condition.
pub(crate) const ALWAYS: LabCondition<'static> = &|_, _| Ok(());

impl Services {
    /// The images that the caller may make labs from.
    ///
    /// # Errors
    /// `Forbidden` without the right to create labs.
    pub async fn images_for_new_lab(&self, actor: &Actor) -> Result<Vec<Image>> {
        let plans = self.plans_for_new_lab(actor).await?;
        let mut tx = self.store.read().await?;
        let mut images: Vec<Image> = Vec::new();
        for plan in plans {
            for image in images_of(&mut *tx, plan.id).await? {
                let offered = image.available && image.enabled;
                if offered && !images.iter().any(|known| known.name == image.name) {
                    images.push(image);
                }
            }
        }
        images.sort_by(|a, b| a.title.cmp(&b.title));
        Ok(images)
    }

    /// The plans that the caller may begin a lab with; the installation's own comes first.
    ///
    /// # Errors
    /// `Forbidden` when there is none.
    pub async fn plans_for_new_lab(&self, actor: &Actor) -> Result<Vec<Plan>> {
        let mut plans = self.store.read().await?.plans().await?;
        plans.retain(|plan| !plan.deleted && actor.may(Permission::CreateLab, plan));
        plans.sort_by_key(|plan| plan.id != Plan::DEFAULT);
        match plans.is_empty() {
            true => Err(may_not_create()),
            false => Ok(plans),
        }
    }

    /// Makes a lab; its template, if it has one, is made in the background. The caller owns it.
    ///
    /// # Errors
    /// `Forbidden` without the right to; `Invalid` when the image is not on offer or both accounts
    /// have one name; `Conflict` when the name is taken.
    pub async fn create_lab(&self, actor: &Actor, new: NewLab) -> Result<LabWork> {
        if !actor.may_somewhere(Permission::CreateLab) {
            return Err(may_not_create());
        }
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
        check_tags(&new.place.tags)?;
        let mut tx = self.store.write().await?;
        let plan = tx.plan(new.place.plan).await?.filter(|plan| !plan.deleted);
        let plan = plan.ok_or(Error::NotFound("lab plan"))?;
        let group = Target::Group(&new.place.group);
        if !actor.may(Permission::CreateLab, &plan) && !actor.may(Permission::CreateLab, group) {
            return Err(may_not_create());
        }
        let on_offer = images_of(&mut *tx, plan.id)
            .await?
            .into_iter()
            .any(|image| image.name == new.image && image.available && image.enabled);
        if !on_offer {
            return Err(Invalid::new("image", "Choose one of the images in the list.").into());
        }
        let place = new.place;
        let name = place
            .name
            .unwrap_or_else(|| LabName::from_title(&new.title));
        if let Some(other) = tx.lab_by_name(&place.group, &name).await? {
            return Err(Error::Conflict(format!(
                "There is already a lab named “{}”. Please choose another name.",
                other.title
            )));
        }
        let now = self.now();
        let lab = Allowed::to_system(Lab {
            id: self.new_lab_id(),
            group: place.group,
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
            connection: new.connection,
            open_access: new.open_access,
            deleting: false,
            kept_until: None,
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
        let envelope = LabEnvelope {
            location: place.location,
            tags: place.tags,
            network: place.network,
            roster: place.roster,
            gpu_drivers: place.gpu_drivers,
            image: place.image,
            authorship: Authorship::new(Some(actor.person), now),
        };
        let secrets = LabSecrets {
            admin: self.vault.seal("lab-password", new.admin.1.expose()),
            non_admin: new
                .non_admin
                .map(|(_, password)| self.vault.seal("lab-password", password.expose())),
        };
        tx.insert_lab(&lab, &secrets, &self.new_registration())
            .await?;
        tx.save_lab_envelope(&lab, &envelope).await?;
        let owner = Grant {
            role: Role::Owner,
            scope: Scope::Lab(lab.id),
        };
        tx.insert_grant(&actor.person.into(), &owner).await?;
        self.keep_roster(&mut *tx, &lab, &envelope.roster, None)
            .await?;
        let mut operation = None;
        if lab.has_template() {
            self.add_machine(&mut *tx, &lab, 0).await?;
            let begun = self.begin(&mut *tx, OperationKind::CreateLab, &lab, Some(actor), 1);
            operation = Some(begun.await?);
        }
        tx.commit(self.audit(
            actor,
            "lab.create",
            lab.id,
            format!("Made the lab “{}”.", lab.title),
        ))
        .await?;
        self.changes.nudge(lab.id);
        Ok(LabWork {
            lab: lab.into_inner(),
            envelope,
            operation,
        })
    }

    /// Changes what is said of a lab, whatever it is.
    ///
    /// # Errors
    /// See [`Services::update_lab_if`].
    pub async fn update_lab(&self, actor: &Actor, id: LabId, change: LabChange) -> Result<LabWork> {
        self.update_lab_if(actor, id, change, ALWAYS).await
    }

    /// Changes what is said of a lab, all of it or nothing. Where that changes how many machines a
    /// published lab has, they come or go in the background.
    ///
    /// # Errors
    /// See [`access::change_lab`]; what `condition` says; `Conflict` when too few machines are left
    /// for those who have one.
    pub async fn update_lab_if(
        &self,
        actor: &Actor,
        id: LabId,
        change: LabChange,
        condition: LabCondition<'_>,
    ) -> Result<LabWork> {
        let permission = if change.needs_write() {
            Permission::WriteLab
        } else {
            Permission::ManageUsers
        };
        if let Some(tags) = &change.tags {
            check_tags(tags)?;
        }
        let mut tx = self.store.write().await?;
        let mut lab = access::change_lab(&mut *tx, actor, id, permission).await?;
        let mut envelope = envelope_of(&mut *tx, &lab).await?;
        condition(&lab, &envelope)?;
        let now = self.now();
        let timed = change.quota.is_some() || change.shutdown.is_some();
        set(&mut lab.title, change.title);
        set(&mut lab.description, change.description);
        set(&mut lab.time.quota, change.quota);
        set(&mut lab.time.shutdown, change.shutdown);
        set(&mut lab.connection, change.connection);
        set(&mut lab.open_access, change.open_access);
        if let Some(plan) = change.plan.filter(|plan| *plan != lab.plan) {
            let known = tx.plan(plan).await?.filter(|plan| !plan.deleted);
            known.ok_or(Error::NotFound("lab plan"))?;
            lab.plan = plan;
        }
        let mut operation = None;
        match change.capacity.filter(|wanted| *wanted != lab.capacity) {
            Some(capacity) => {
                operation = self
                    .resize(
                        &mut *tx,
                        actor,
                        &mut lab,
                        capacity,
                        (OperationKind::Scale, false),
                    )
                    .await?;
            }
            None => tx.save_lab(&lab, Some(now)).await?,
        }
        if change.retry && operation.is_none() {
            operation = self.make_after_all(&mut *tx, actor, &lab).await?;
        }
        set(&mut envelope.tags, change.tags);
        let before = envelope.roster.clone();
        set(&mut envelope.roster, change.roster);
        self.keep_roster(&mut *tx, &lab, &envelope.roster, Some(&before))
            .await?;
        envelope.authorship.change(actor.person, now);
        tx.save_lab_envelope(&lab, &envelope).await?;
        if timed {
            tx.nudge_watches(lab.id, now).await?;
        }
        tx.commit(self.audit(
            actor,
            "lab.update",
            id,
            format!("Changed the lab “{}”.", lab.title),
        ))
        .await?;
        self.changes.nudge(id);
        Ok(LabWork {
            lab: lab.into_inner(),
            envelope,
            operation,
        })
    }

    /// Asks again for a template that was given up before it was there.
    async fn make_after_all<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        actor: &Actor,
        lab: &Allowed<Lab>,
    ) -> Result<Option<Operation>> {
        let given_up = tx.template(lab.id).await?.filter(|template| {
            template.seen.build.is_none() && template.trouble.as_ref().is_some_and(|t| t.failed)
        });
        let Some(template) = given_up else {
            return Ok(None);
        };
        // Read again, locked.
        let Some(template) = tx.machine(template.id).await? else {
            return Ok(None);
        };
        let now = self.now();
        let mut template = Allowed::to_system(template);
        template.want_retry(Cause::Educator, Some(actor.person), now);
        tx.save_machine(&template, Some(now)).await?;
        let begun = self.begin(tx, OperationKind::CreateLab, lab, Some(actor), 1);
        begun.await.map(Some)
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
            from: actor.from.clone(),
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
    pub fn new_password(&self) -> Password {
        let mut bytes = [0; 20];
        self.random.fill(&mut bytes);
        Password::from_random(bytes)
    }
}

fn set<T>(value: &mut T, to: Option<T>) {
    if let Some(to) = to {
        *value = to;
    }
}

/// The images of a plan, each as enabled as the plan says.
pub(crate) async fn images_of<R: Read + ?Sized>(tx: &mut R, plan: PlanId) -> Result<Vec<Image>> {
    let own = tx.plan_images(plan).await?;
    let mut images = tx.images().await?;
    images.retain(|image| image.is_of(plan));
    for image in &mut images {
        image.enabled = own.get(&image.name).copied().unwrap_or(image.enabled);
    }
    Ok(images)
}

/// What is kept with a lab.
pub(crate) async fn envelope_of<R: Read + ?Sized>(tx: &mut R, lab: &Lab) -> Result<LabEnvelope> {
    let envelope = tx.lab_envelope(lab.id).await?;
    Ok(envelope.unwrap_or_else(|| LabEnvelope::plain(lab.created_by, lab.created_at)))
}

fn may_not_create() -> Error {
    Error::Forbidden(
        "You may not create labs. Ask an owner of this installation for a role.".to_owned(),
    )
}
