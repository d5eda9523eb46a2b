//! What pages show: one function a page, so that a page is one consistent state.

use std::collections::{HashMap, HashSet};

use domain::cost::BudgetState;
use domain::id::{LabId, MachineId, PersonId, UserId};
use domain::lab::Lab;
use domain::machine::{Machine, MachineKind, Power};
use domain::name::LabTitle;
use domain::operation::{Operation, OperationStatus};
use domain::role::Permission;
use domain::time::Timestamp;
use domain::user::User;
use domain::zone::TimeZone;

use crate::access::{self, Actor};
use crate::error::{Error, Result};
use crate::labs::envelope_of;
use crate::services::Services;
use crate::store::{Person, Place, Read, Roster};
use crate::usage::{LabUsage, MachineTime};

/// A lab in a list.
#[derive(Clone, Debug)]
pub struct LabSummary {
    /// The lab.
    pub lab: Lab,
    /// Machines in its pool.
    pub machines: u32,
    /// How many of them run.
    pub running: u32,
    /// How many somebody has.
    pub claimed: u32,
    /// Whether its template is made, where it is to have one.
    pub template_made: bool,
    /// The newest operation, while it is under way.
    pub operation: Option<Operation>,
}

/// A lab as its pages show it.
#[derive(Clone, Debug)]
pub struct LabDetail {
    /// The lab.
    pub lab: Lab,
    /// Its template.
    pub template: Option<Machine>,
    /// Its pool by seat.
    pub pool: Vec<Machine>,
    /// Its list by address.
    pub users: Vec<User>,
    /// The people who have registered.
    pub people: HashMap<PersonId, Person>,
    /// The newest operation, under way or over.
    pub operation: Option<Operation>,
    /// Places in the queue of the machines that wait, template included; 0 is next.
    pub queue: HashMap<MachineId, u32>,
    /// The registration link's state, for those who may manage users.
    pub link: Option<LinkState>,
    /// How the users' hours stand.
    pub usage: LabUsage,
    /// How the budget stands, where there is one.
    pub budget: Option<BudgetState>,
    /// How its list is taken over, where it is, and from which group.
    pub roster: Option<(String, Roster)>,
    /// Who leaves its list, and when.
    pub leavers: HashMap<UserId, Timestamp>,
}

/// A registration link as the Users page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkState {
    /// The code.
    pub code: String,
    /// Whether it works.
    pub enabled: bool,
    /// When it ceases to.
    pub expires_at: Option<Timestamp>,
    /// How many more people may use it.
    pub uses_left: Option<u32>,
}

/// A student's place, with the place in the queue.
#[derive(Clone, Debug)]
pub struct MyPlace {
    /// The place.
    pub place: Place,
    /// How many wait before it, for its turn at the host.
    pub queue: Option<u32>,
    /// How many people wait for a seat before the caller, when the caller has none.
    pub waiting_before: Option<u32>,
    /// What is said of time about the machine, when the caller has one.
    pub time: MachineTime,
    /// The zone of the lab's classes.
    pub zone: TimeZone,
}

impl LabDetail {
    /// Who is registered and has no machine, and how many wait before each.
    pub fn waiting(&self) -> HashMap<UserId, usize> {
        let seated: HashSet<UserId> = self.pool.iter().filter_map(|m| m.claimed_by).collect();
        let mut waiting: Vec<_> = self
            .users
            .iter()
            .filter_map(|user| Some((user.registered_at?, user.id)))
            .filter(|(_, id)| !seated.contains(id))
            .collect();
        waiting.sort();
        let places = waiting.into_iter().enumerate();
        places.map(|(before, (_, id))| (id, before)).collect()
    }
}

impl Services {
    /// The labs that the caller may see, by title.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn labs(&self, actor: &Actor) -> Result<Vec<LabSummary>> {
        let mut tx = self.store.read().await?;
        let mut summaries = Vec::new();
        for lab in tx.labs().await? {
            if lab.in_bin() || !actor.may(Permission::ReadLab, &lab) {
                continue;
            }
            let machines = tx.machines(lab.id).await?;
            let pool = || {
                machines
                    .iter()
                    .filter(|m| m.kind == MachineKind::User && m.wanted.present)
            };
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            summaries.push(LabSummary {
                machines: count(pool().count()),
                running: count(
                    machines
                        .iter()
                        .filter(|m| m.seen.power == Some(Power::On))
                        .count(),
                ),
                claimed: count(pool().filter(|m| m.claimed_by.is_some()).count()),
                template_made: template_made(&machines),
                operation: newest(&mut *tx, lab.id)
                    .await?
                    .filter(|operation| operation.status == OperationStatus::InProgress),
                lab,
            });
        }
        Ok(summaries)
    }

    /// A lab's title.
    ///
    /// # Errors
    /// See [`access::see_lab`].
    pub async fn lab_title(&self, actor: &Actor, id: LabId) -> Result<LabTitle> {
        let mut tx = self.store.read().await?;
        Ok(access::see_lab(&mut *tx, actor, id).await?.title)
    }

    /// One lab with everything on its pages.
    ///
    /// # Errors
    /// See [`access::see_lab`].
    pub async fn lab_detail(&self, actor: &Actor, id: LabId) -> Result<LabDetail> {
        let mut tx = self.store.read().await?;
        let lab = access::see_lab(&mut *tx, actor, id).await?;
        let (templates, pool): (Vec<Machine>, Vec<Machine>) = tx
            .machines(id)
            .await?
            .into_iter()
            .filter(|m| m.wanted.present)
            .partition(|m| m.kind == MachineKind::Template);
        let now = self.now();
        let all = templates.iter().chain(&pool);
        let waiting: HashSet<MachineId> = all.filter(|m| !m.is_at_rest()).map(|m| m.id).collect();
        let mut queue = HashMap::new();
        if !waiting.is_empty() {
            queue = tx.queue_positions(id, now).await?;
            queue.retain(|id, _| waiting.contains(id));
        }
        let link = match tx.registration(id).await? {
            Some(link) if actor.may(Permission::ManageUsers, &lab) => Some(LinkState {
                code: self
                    .vault
                    .open("registration-code", &link.code)
                    .map_err(|e| Error::Internal(Box::new(e)))?,
                enabled: link.enabled,
                expires_at: link.expires_at,
                uses_left: link.uses_left,
            }),
            _ => None,
        };
        let users = tx.users(id).await?;
        let usage = self.lab_usage(&mut *tx, &lab, &users).await?;
        let group = envelope_of(&mut *tx, &lab).await?.roster;
        let group = group.active_directory_group_id;
        Ok(LabDetail {
            roster: group.zip(tx.roster(id).await?),
            leavers: tx.leavers(id).await?,
            budget: self.budget_state(&mut *tx, &lab).await?,
            usage,
            template: templates.into_iter().next(),
            pool,
            users,
            people: tx
                .people_of_lab(id)
                .await?
                .into_iter()
                .map(|p| (p.id, p))
                .collect(),
            operation: newest(&mut *tx, id).await?,
            queue,
            link,
            lab,
        })
    }

    /// The places that the caller has registered for.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn my_places(&self, actor: &Actor) -> Result<Vec<MyPlace>> {
        let mut tx = self.store.read().await?;
        let now = self.now();
        let mut places = Vec::new();
        for place in tx.places(actor.person).await? {
            let queue = match &place.machine {
                Some(machine) if !machine.is_at_rest() => {
                    tx.queue_position(machine.id, now).await?
                }
                _ => None,
            };
            let waiting_before = match place.machine {
                Some(_) => None,
                None => {
                    let waiting = tx.waiting_users(place.lab.id).await?;
                    let before = waiting.iter().position(|user| user.id == place.user.id);
                    before.and_then(|n| u32::try_from(n).ok())
                }
            };
            let time = match &place.machine {
                Some(machine) => self.machine_time(&mut *tx, &place.lab, machine).await?,
                None => MachineTime::default(),
            };
            let schedules = tx.standing_schedules(place.lab.id).await?;
            let zone = schedules
                .first()
                .map(|standing| standing.schedule.zone.clone());
            places.push(MyPlace {
                zone: zone.unwrap_or_else(TimeZone::utc),
                time,
                place,
                queue,
                waiting_before,
            });
        }
        Ok(places)
    }

    /// A number that grows with every change of a lab that the caller may see.
    ///
    /// # Errors
    /// See [`access::see_lab`].
    pub async fn lab_version(&self, actor: &Actor, id: LabId) -> Result<i64> {
        let mut tx = self.store.read().await?;
        access::see_lab(&mut *tx, actor, id).await?;
        tx.lab_version(id).await?.ok_or(Error::NotFound("lab"))
    }

    /// The versions of every lab that the caller may see: it differs when their list may differ.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn lab_versions(&self, actor: &Actor) -> Result<Vec<i64>> {
        let mut tx = self.store.read().await?;
        let mut versions = Vec::new();
        for lab in tx.labs().await? {
            if actor.may(Permission::ReadLab, &lab) {
                versions.extend(tx.lab_version(lab.id).await?);
            }
        }
        Ok(versions)
    }

    /// The versions of every lab that the caller has a place in.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn place_versions(&self, actor: &Actor) -> Result<Vec<i64>> {
        let mut tx = self.store.read().await?;
        let mut versions = Vec::new();
        for place in tx.places(actor.person).await? {
            versions.extend(tx.lab_version(place.lab.id).await?);
        }
        Ok(versions)
    }
}

fn template_made(machines: &[Machine]) -> bool {
    machines
        .iter()
        .any(|m| m.kind == MachineKind::Template && m.seen.build == Some(m.wanted.build))
}

async fn newest<R: Read + ?Sized>(tx: &mut R, lab: LabId) -> Result<Option<Operation>> {
    Ok(tx.operations(lab, 1).await?.into_iter().next())
}
