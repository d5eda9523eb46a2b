//! Resources as programs see them: labs, users and machines by name, each as one consistent state.

use std::collections::HashMap;
use std::time::Duration;

use domain::id::{LabId, PersonId, UserId};
use domain::image::ImageFacts;
use domain::kept::LabEnvelope;
use domain::lab::Lab;
use domain::machine::{Machine, MachineKind, MachineState};
use domain::name::LabName;
use domain::operation::{Operation, OperationKind, OperationStatus};
use domain::plan::Plan;
use domain::resource::{ResourceGroup, ResourceName};
use domain::role::Permission;
use domain::user::User;

use crate::access::{self, Actor};
use crate::calendar::{ClassCalendar, standing};
use crate::error::{Error, Result};
use crate::labs::envelope_of;
use crate::services::Services;
use crate::store::{Person, Read};

/// A lab with everything that programs read of it.
#[derive(Clone, Debug)]
pub struct LabResource {
    /// The lab.
    pub lab: Lab,
    /// What is kept with it.
    pub envelope: LabEnvelope,
    /// Its plan, which may be deleted by now.
    pub plan: Option<Plan>,
    /// Its template, where it is to have one.
    pub template: Option<Machine>,
    /// What its image is, while that is known.
    pub image: Option<ImageFacts>,
    /// The registration code, for those who may manage users.
    pub code: Option<String>,
    /// The newest operation that failed, unless a later one went well.
    pub failure: Option<Operation>,
}

/// A user with everything that programs read of them.
#[derive(Clone, Debug)]
pub struct UserResource {
    /// The user.
    pub user: User,
    /// Who registered.
    pub person: Option<Person>,
    /// How long their machine ran against their quota.
    pub used: Duration,
}

/// How much of the host is used, each beside how much there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostUsage {
    /// Machines that there are; as many as the labs may have.
    pub machines: (u64, u64),
    /// Processor threads of the machines that run; of the host.
    pub cores: (u64, u64),
    /// Memory.
    pub memory_mib: (u64, u64),
    /// Storage.
    pub storage_mib: (u64, u64),
}

/// A machine with everything that programs read of it.
#[derive(Clone, Debug)]
pub struct MachineResource {
    /// The machine.
    pub machine: Machine,
    /// What is told of its power.
    pub state: MachineState,
    /// The name of the user who has it.
    pub user: Option<ResourceName>,
}

impl Services {
    /// The labs that the caller may see, of one group or of all, by group and name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn labs_named(
        &self,
        actor: &Actor,
        group: Option<&ResourceGroup>,
    ) -> Result<Vec<Lab>> {
        let mut labs = self.store.read().await?.labs().await?;
        labs.retain(|lab| {
            !lab.in_bin()
                && group.is_none_or(|group| group.is(lab.group.as_str()))
                && actor.may(Permission::ReadLab, lab)
        });
        labs.sort_by_cached_key(|lab| {
            let lower = |text: &str| text.to_ascii_lowercase();
            (lower(lab.group.as_str()), lower(lab.name.as_str()))
        });
        Ok(labs)
    }

    /// A lab by its name.
    ///
    /// # Errors
    /// `NotFound` when there is none, or the caller may not see it.
    pub async fn lab_named(
        &self,
        actor: &Actor,
        group: &ResourceGroup,
        name: &LabName,
    ) -> Result<Lab> {
        let mut tx = self.store.read().await?;
        tx.lab_by_name(group, name)
            .await?
            .filter(|lab| actor.may(Permission::ReadLab, lab))
            .ok_or(Error::NotFound("lab"))
    }

    /// Labs with what programs read of them. The caller may see them already.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn lab_resources(&self, actor: &Actor, labs: Vec<Lab>) -> Result<Vec<LabResource>> {
        let mut tx = self.store.read().await?;
        let mut found = Vec::with_capacity(labs.len());
        for lab in labs {
            found.push(self.lab_resource(&mut *tx, actor, lab).await?);
        }
        Ok(found)
    }

    async fn lab_resource<R: Read + ?Sized>(
        &self,
        tx: &mut R,
        actor: &Actor,
        lab: Lab,
    ) -> Result<LabResource> {
        let code = if actor.may(Permission::ManageUsers, &lab) {
            let link = tx.registration(lab.id).await?;
            link.map(|link| self.vault.open("registration-code", &link.code))
                .transpose()
                .map_err(|e| Error::Internal(Box::new(e)))?
        } else {
            None
        };
        let newest = tx.operations(lab.id, 1).await?.into_iter().next();
        let template = match lab.has_template() {
            true => tx.template(lab.id).await?,
            false => None,
        };
        Ok(LabResource {
            envelope: envelope_of(tx, &lab).await?,
            plan: tx.plan(lab.plan).await?,
            image: tx.image(&lab.image).await?.map(|image| image.facts),
            failure: newest.filter(|o| o.status == OperationStatus::Failed),
            template,
            code,
            lab,
        })
    }

    /// How much of the host is used.
    ///
    /// # Errors
    /// `Unavailable` when the engine does not answer; `Forbidden` without the right to see plans.
    pub async fn host_usage(&self, actor: &Actor) -> Result<HostUsage> {
        actor.demand(Permission::ReadPlan, "see how much of the host is used")?;
        let capacity = self.engine.capacity().await?;
        let mut tx = self.store.read().await?;
        let sizes: HashMap<LabId, u32> = tx
            .labs()
            .await?
            .into_iter()
            .map(|lab| (lab.id, lab.size.size().cpus))
            .collect();
        let machines = tx.all_machines().await?;
        let running = machines
            .iter()
            .filter(|m| m.seen.power == Some(domain::machine::Power::On));
        let cores = running.filter_map(|m| sizes.get(&m.lab)).sum::<u32>();
        let most = u64::from(domain::capacity::Capacity::MAX) * sizes.len().max(1) as u64;
        Ok(HostUsage {
            machines: (machines.len() as u64, most),
            cores: (cores.into(), capacity.cpus.into()),
            memory_mib: (capacity.memory_used_mib, capacity.memory_mib),
            storage_mib: (capacity.disk_used_mib, capacity.disk_mib),
        })
    }

    /// The people behind ids, for telling who made something.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn authors(
        &self,
        ids: impl IntoIterator<Item = PersonId> + Send,
    ) -> Result<HashMap<PersonId, Person>> {
        let ids: std::collections::HashSet<PersonId> = ids.into_iter().collect();
        let mut tx = self.store.read().await?;
        let mut found = HashMap::new();
        for id in ids {
            if let Some(person) = tx.person(id).await? {
                found.insert(id, person);
            }
        }
        Ok(found)
    }

    /// A lab's users, by name.
    ///
    /// # Errors
    /// See [`access::see_lab`].
    pub async fn user_resources(&self, actor: &Actor, lab: LabId) -> Result<Vec<UserResource>> {
        let mut tx = self.store.read().await?;
        let lab = access::see_lab(&mut *tx, actor, lab).await?;
        let users = tx.users(lab.id).await?;
        let people: HashMap<PersonId, Person> = tx
            .people_of_lab(lab.id)
            .await?
            .into_iter()
            .map(|person| (person.id, person))
            .collect();
        let usage = self.lab_usage(&mut *tx, &lab, &users).await?;
        let mut found: Vec<UserResource> = users
            .into_iter()
            .map(|user| UserResource {
                person: user.person.and_then(|id| people.get(&id).cloned()),
                used: usage
                    .users
                    .get(&user.id)
                    .map_or(Duration::ZERO, |(_, used)| *used),
                user,
            })
            .collect();
        found.sort_by_cached_key(|u| u.user.resource_name().as_str().to_ascii_lowercase());
        Ok(found)
    }

    /// A user by name.
    ///
    /// # Errors
    /// `NotFound` when the lab has none, or is not the caller's to see.
    pub async fn user_resource(
        &self,
        actor: &Actor,
        lab: LabId,
        name: &ResourceName,
    ) -> Result<UserResource> {
        let mut tx = self.store.read().await?;
        let lab = access::see_lab(&mut *tx, actor, lab).await?;
        let user = user_named(&mut *tx, lab.id, name).await?;
        let user = user.ok_or(Error::NotFound("user"))?;
        let calendar = ClassCalendar::load(&mut *tx, lab.id).await?;
        let standing = standing(&mut *tx, &lab, &calendar, &user, self.now()).await?;
        let person = match user.person {
            Some(person) => tx.person(person).await?,
            None => None,
        };
        Ok(UserResource {
            user,
            person,
            used: standing.used,
        })
    }

    /// A lab's machines: the template first, then by seat.
    ///
    /// # Errors
    /// See [`access::see_lab`].
    pub async fn machine_resources(
        &self,
        actor: &Actor,
        lab: LabId,
    ) -> Result<(Lab, Vec<MachineResource>)> {
        let mut tx = self.store.read().await?;
        let lab = access::see_lab(&mut *tx, actor, lab).await?;
        let machines = tx.machines(lab.id).await?;
        let moving = moving(&mut *tx, lab.id).await?;
        let names: HashMap<UserId, ResourceName> = tx
            .users(lab.id)
            .await?
            .into_iter()
            .map(|user| (user.id, user.resource_name()))
            .collect();
        let found = machines
            .into_iter()
            .filter(|machine| machine.wanted.present)
            .map(|machine| MachineResource {
                state: state(&machine, &moving),
                user: machine
                    .claimed_by
                    .and_then(|user| names.get(&user).cloned()),
                machine,
            })
            .collect();
        Ok((lab, found))
    }

    /// A machine by name: `template`, or its name in the network.
    ///
    /// # Errors
    /// `NotFound` when the lab has none, or is not the caller's to see.
    pub async fn machine_resource(
        &self,
        actor: &Actor,
        lab: LabId,
        name: &ResourceName,
    ) -> Result<(Lab, MachineResource)> {
        let missing = || Error::NotFound("virtual machine");
        let mut tx = self.store.read().await?;
        let lab = access::see_lab(&mut *tx, actor, lab).await?;
        let machine = if name.is(TEMPLATE) {
            tx.template(lab.id).await?
        } else {
            let name = domain::name::Hostname::parse(&name.as_str().to_ascii_lowercase());
            let name = name.map_err(|_| missing())?;
            tx.machine_by_hostname(&name).await?
        };
        let machine = machine.filter(|m| {
            m.lab == lab.id
                && m.wanted.present
                && (name.is(TEMPLATE) || m.kind == MachineKind::User)
        });
        let machine = machine.ok_or_else(missing)?;
        let user = match machine.claimed_by {
            Some(user) => tx.user(user).await?.map(|user| user.resource_name()),
            None => None,
        };
        let moving = moving(&mut *tx, lab.id).await?;
        let resource = MachineResource {
            state: state(&machine, &moving),
            user,
            machine,
        };
        Ok((lab, resource))
    }
}

/// The resource name of every lab's template.
pub const TEMPLATE: &str = "template";

/// The user that a program means by a name: the one it gave, or the id.
pub(crate) async fn user_named<R: Read + ?Sized>(
    tx: &mut R,
    lab: LabId,
    name: &ResourceName,
) -> Result<Option<User>> {
    if let Some(user) = tx.user_by_name(lab, name).await? {
        return Ok(Some(user));
    }
    let Ok(id) = name.as_str().parse::<UserId>() else {
        return Ok(None);
    };
    let user = tx.user(id).await?;
    Ok(user.filter(|user| user.lab == lab && user.name.is_none()))
}

/// The machines that are being moved.
async fn moving<R: Read + ?Sized>(tx: &mut R, lab: LabId) -> Result<Vec<Operation>> {
    let mut open = tx.open_operations(lab).await?;
    open.retain(|operation| operation.kind == OperationKind::RedeployMachine);
    Ok(open)
}

fn state(machine: &Machine, moving: &[Operation]) -> MachineState {
    if moving.iter().any(|o| o.machine == Some(machine.id)) {
        MachineState::Redeploying
    } else {
        machine.state()
    }
}
