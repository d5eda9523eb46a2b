//! Roles: given, taken, and explained. Persons hold them, and groups that somebody else counts.

use std::collections::HashMap;

use domain::email::Email;
use domain::id::{LabId, PersonId, PlanId};
use domain::name::PersonName;
use domain::plan::Plan;
use domain::resource::ResourceGroup;
use domain::role::{Assignment, Grant, PeopleGroup, Permission, Principal, Role, Scope, Target};

use crate::access::{self, Actor};
use crate::changes::Change;
use crate::error::{Error, Result};
use crate::people::demand_owner;
use crate::services::Services;
use crate::store::{Person, PersonKind, Read, Write};

/// To whom a role is to be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// Whoever has this address.
    Email(Email),
    /// Everybody in a group.
    Group(PeopleGroup),
}

/// A role that was given, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignmentLine {
    /// What was given to whom.
    pub assignment: Assignment,
    /// The name of the person or the group.
    pub who: String,
    /// The person's address; none of groups and programs.
    pub email: Option<Email>,
    /// Where it holds.
    pub place: String,
}

/// A group that roles can be given to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownGroup {
    /// The group.
    pub group: PeopleGroup,
    /// What its source calls it, where that is known.
    pub name: Option<String>,
    /// How many people are in it, as far as is known here.
    pub people: u32,
}

/// A permission, and why somebody has it, or has it not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The permission.
    pub permission: Permission,
    /// The roles that give it. None: it is not there.
    pub because: Vec<AssignmentLine>,
}

impl Reason {
    /// The roles that would give it, those that allow least first.
    pub fn would(&self) -> Vec<Role> {
        Role::allowing(self.permission).collect()
    }
}

/// What somebody may do somewhere, and why.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Who.
    pub person: Person,
    /// Where, in words.
    pub place: String,
    /// Each permission that there is in such a place.
    pub reasons: Vec<Reason>,
    /// Whether they are on the list of the lab that it is about.
    pub on_the_list: bool,
    /// Who can give roles there.
    pub givers: Vec<String>,
}

/// What places are called.
pub(crate) struct Places {
    labs: HashMap<LabId, (String, ResourceGroup)>,
    plans: HashMap<PlanId, (String, ResourceGroup)>,
}

impl Places {
    pub(crate) async fn read<R: Read + ?Sized>(tx: &mut R) -> Result<Self> {
        let labs = tx.labs().await?;
        let plans = tx.plans().await?;
        Ok(Self {
            labs: labs
                .into_iter()
                .map(|lab| (lab.id, (lab.title.to_string(), lab.group)))
                .collect(),
            plans: plans
                .into_iter()
                .map(|plan| (plan.id, (plan.name.to_string(), plan.group)))
                .collect(),
        })
    }

    /// Where a role holds, in words that follow its name.
    pub(crate) fn name(&self, scope: &Scope) -> String {
        let named = |name: Option<&(String, ResourceGroup)>, what: &str| match name {
            Some((name, _)) => format!("of {what} “{name}”"),
            None => format!("of {what} that is gone"),
        };
        match scope {
            Scope::Organisation => "of the whole installation".to_owned(),
            Scope::Group(group) => format!("of the resource group “{group}”"),
            Scope::Plan(plan) => named(self.plans.get(plan), "the lab plan"),
            Scope::Lab(lab) => named(self.labs.get(lab), "the lab"),
        }
    }

    /// Whether somebody sees a plan or a lab in a resource group.
    fn sees_into(&self, actor: &Actor, group: &ResourceGroup) -> bool {
        let plans = self.plans.iter().any(|(id, (_, within))| {
            within.is(group.as_str()) && actor.may(Permission::ReadPlan, Target::Plan(*id, within))
        });
        plans
            || self.labs.iter().any(|(id, (_, within))| {
                within.is(group.as_str())
                    && actor.may(Permission::ReadLab, Target::Lab(*id, within))
            })
    }

    /// What is asked about, where it is there.
    fn target<'a>(&'a self, scope: &'a Scope) -> Option<Target<'a>> {
        match scope {
            Scope::Organisation => Some(Target::Organisation),
            Scope::Group(group) => Some(Target::Group(group)),
            Scope::Plan(id) => {
                let plan = self.plans.get(id);
                plan.map(|(_, group)| Target::Plan(*id, group))
            }
            Scope::Lab(id) => {
                let lab = self.labs.get(id);
                lab.map(|(_, group)| Target::Lab(*id, group))
            }
        }
    }
}

impl Services {
    /// Gives a role. Whoever has no account yet is expected, and has it once they come.
    ///
    /// # Errors
    /// `Forbidden` without the right to give roles there; `Conflict` when they have it already;
    /// `NotFound` for a lab or a plan that is not there.
    pub async fn give_role(&self, actor: &Actor, to: &Recipient, grant: &Grant) -> Result<()> {
        let mut tx = self.store.write().await?;
        let place = demand_giving(&mut *tx, actor, grant).await?;
        let (principal, who) = match to {
            Recipient::Email(email) => {
                let person = match tx.person_by_email(email).await? {
                    Some(person) => {
                        demand_proven(&mut *tx, &person).await?;
                        person
                    }
                    None => self.expect_person(&mut *tx, email).await?,
                };
                (Principal::Person(person.id), person.email.to_string())
            }
            Recipient::Group(group) => (Principal::Group(group.clone()), group_name(group)),
        };
        let there = tx.assignments().await?;
        let same = |one: &Assignment| one.principal == principal && one.grant == *grant;
        if there.iter().any(same) {
            return Err(Error::Conflict(format!(
                "{who} is {} {place} already.",
                grant.role.title()
            )));
        }
        tx.insert_grant(&principal, grant).await?;
        let text = format!("Made {who} {} {place}.", grant.role.title());
        tx.commit(self.of_the_house(actor, "role.give", text))
            .await?;
        self.changes.tell(Change::People);
        Ok(())
    }

    /// Takes a role.
    ///
    /// # Errors
    /// `Forbidden` without the right to; `NotFound` when they do not have it; `Conflict` when nobody
    /// would own the installation any more.
    pub async fn take_role(&self, actor: &Actor, from: &Principal, grant: &Grant) -> Result<()> {
        let mut tx = self.store.write().await?;
        let place = demand_giving(&mut *tx, actor, grant).await?;
        let who = match from {
            Principal::Person(id) => {
                let person = tx.person(*id).await?;
                person.ok_or(Error::NotFound("person"))?.email.to_string()
            }
            Principal::Group(group) => group_name(group),
        };
        if !tx.remove_grant(from, grant).await? {
            return Err(Error::NotFound("role"));
        }
        demand_owner(&mut *tx).await?;
        let text = format!("{who} is no {} {place} any more.", grant.role.title());
        tx.commit(self.of_the_house(actor, "role.take", text))
            .await?;
        self.changes.tell(Change::People);
        Ok(())
    }

    /// The roles that groups hold, anywhere.
    ///
    /// # Errors
    /// `Forbidden` without the right to see people.
    pub async fn roles_of_groups(&self, actor: &Actor) -> Result<Vec<AssignmentLine>> {
        actor.demand(Permission::ManagePeople, "see who has a role")?;
        let mut tx = self.store.read().await?;
        let mut all = tx.assignments().await?;
        all.retain(|one| matches!(one.principal, Principal::Group(_)));
        lines(&mut *tx, all).await
    }

    /// The groups that are known: of the directory, and of what providers have claimed so far.
    ///
    /// # Errors
    /// `Forbidden` without the right to see people.
    pub async fn known_groups(&self, actor: &Actor) -> Result<Vec<KnownGroup>> {
        actor.demand(Permission::ManagePeople, "see directory groups")?;
        let mut tx = self.store.read().await?;
        let mut found = Vec::new();
        for group in tx.directory_groups().await? {
            found.push(KnownGroup {
                group: PeopleGroup::parse(PeopleGroup::DIRECTORY, &group.id)?,
                name: Some(group.name),
                people: u32::try_from(group.members.len()).unwrap_or(u32::MAX),
            });
        }
        for (group, people) in tx.claimed_groups().await? {
            found.push(KnownGroup {
                group,
                name: None,
                people,
            });
        }
        Ok(found)
    }

    /// The roles that hold in a lab, wherever they were given.
    ///
    /// # Errors
    /// See [`access::see_lab`].
    pub async fn roles_in_lab(&self, actor: &Actor, lab: LabId) -> Result<Vec<AssignmentLine>> {
        let mut tx = self.store.read().await?;
        let lab = access::see_lab(&mut *tx, actor, lab).await?;
        let mut all = tx.assignments().await?;
        all.retain(|one| one.grant.allows(Permission::ReadLab, Target::from(&lab)));
        // The lab's own first: they are what can be changed here.
        all.sort_by_key(|one| !matches!(one.grant.scope, Scope::Lab(_)));
        lines(&mut *tx, all).await
    }

    /// The places where the caller can see something, with their names: groups, plans, labs.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn places_of(&self, actor: &Actor) -> Result<Vec<(Scope, String)>> {
        let mut tx = self.store.read().await?;
        let mut labs = tx.labs().await?;
        labs.retain(|lab| !lab.in_bin() && actor.may(Permission::ReadLab, lab));
        let mut plans = tx.plans().await?;
        plans.retain(|plan| !plan.deleted && actor.may(Permission::ReadPlan, plan));
        let all = plans.iter().map(|plan| &plan.group);
        let mut groups: Vec<ResourceGroup> = all
            .chain(labs.iter().map(|lab| &lab.group))
            .cloned()
            .collect();
        groups.sort_by_key(|group| group.as_str().to_lowercase());
        groups.dedup_by(|a, b| a.is(b.as_str()));
        let mut places = Vec::new();
        for group in groups {
            let name = format!("Resource group “{group}”");
            places.push((Scope::Group(group), name));
        }
        for plan in plans {
            places.push((Scope::Plan(plan.id), format!("Lab plan “{}”", plan.name)));
        }
        for lab in labs {
            places.push((Scope::Lab(lab.id), format!("Lab “{}”", lab.title)));
        }
        Ok(places)
    }

    /// What a person may do somewhere, and why. Everybody may ask about themselves; who gives roles
    /// there, about others.
    ///
    /// # Errors
    /// `NotFound` for a place that the caller cannot see, or a person about whom they may not ask.
    pub async fn explain(
        &self,
        actor: &Actor,
        person: PersonId,
        scope: &Scope,
    ) -> Result<Explanation> {
        let mut tx = self.store.read().await?;
        let places = Places::read(&mut *tx).await?;
        let target = places.target(scope).ok_or(Error::NotFound("place"))?;
        let listed = match scope {
            Scope::Lab(lab) => tx.user_by_person(*lab, actor.person).await?,
            _ => None,
        };
        if listed.is_none() {
            demand_seeing(actor, &places, scope, target)?;
        }
        if person != actor.person && !actor.may(Permission::GiveRoles, target) {
            return Err(Error::NotFound("person"));
        }
        let who = tx.person(person).await?.ok_or(Error::NotFound("person"))?;
        let held = tx.assignments_of(person).await?;
        let held = lines(&mut *tx, held).await?;
        let belongs = |permission: &Permission| match scope {
            Scope::Lab(_) => permission.is_in_a_lab(),
            Scope::Plan(_) => matches!(
                permission,
                Permission::ReadPlan
                    | Permission::CreateLab
                    | Permission::SaveImage
                    | Permission::WritePlan
                    | Permission::GiveRoles
            ),
            Scope::Group(_) => !matches!(
                permission,
                Permission::ManagePeople | Permission::ReadSystem
            ),
            Scope::Organisation => true,
        };
        let reasons = Permission::ALL.into_iter().filter(belongs);
        let reasons = reasons
            .map(|permission| Reason {
                permission,
                because: held
                    .iter()
                    .filter(|line| line.assignment.grant.allows(permission, target))
                    .cloned()
                    .collect(),
            })
            .collect();
        let on_the_list = match scope {
            Scope::Lab(lab) => tx.user_by_person(*lab, person).await?.is_some(),
            _ => false,
        };
        let mut givers = tx.assignments().await?;
        givers.retain(|one| one.grant.allows(Permission::GiveRoles, target));
        let mut givers: Vec<String> = lines(&mut *tx, givers)
            .await?
            .into_iter()
            .map(|line| line.who)
            .collect();
        givers.sort();
        givers.dedup();
        Ok(Explanation {
            person: who,
            place: places.name(scope),
            reasons,
            on_the_list,
            givers,
        })
    }

    /// An account for somebody who has not come yet.
    pub(crate) async fn expect_person<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        email: &Email,
    ) -> Result<Person> {
        let before_at = email.as_str().split('@').next().unwrap_or_default();
        let person = Person {
            id: self.new_person_id(),
            email: email.clone(),
            name: PersonName::parse(before_at)?,
            password_hash: None,
            disabled: false,
            created_at: self.now(),
            kind: PersonKind::Expected,
        };
        tx.insert_person(&person).await?;
        Ok(person)
    }
}

/// Nobody is given a role for an address that they only say is theirs.
async fn demand_proven<R: Read + ?Sized>(tx: &mut R, person: &Person) -> Result<()> {
    // Who never chose a password did not make the account: a provider or a platform brought it.
    let brought = person.kind != PersonKind::User || person.password_hash.is_none();
    if brought || tx.is_proven(person.id).await? {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "Nobody has shown yet that {} is theirs: the account was made with a registration link. Have them set a new \
         password by mail, or come by a one-time link of “lectern admin add-user”.",
        person.email
    )))
}

/// A group's name for people.
fn group_name(group: &PeopleGroup) -> String {
    if group.source == PeopleGroup::DIRECTORY {
        format!("the directory group “{}”", group.id)
    } else {
        format!("the group “{}” of “{}”", group.id, group.source)
    }
}

/// Roles with the names of those who hold them.
async fn lines<R: Read + ?Sized>(tx: &mut R, all: Vec<Assignment>) -> Result<Vec<AssignmentLine>> {
    let places = Places::read(tx).await?;
    let groups: HashMap<String, String> = tx
        .directory_groups()
        .await?
        .into_iter()
        .map(|group| (group.id, group.name))
        .collect();
    let mut found = Vec::with_capacity(all.len());
    for assignment in all {
        let (who, email) = match &assignment.principal {
            Principal::Person(id) => {
                let Some(person) = tx.person(*id).await? else {
                    continue;
                };
                let mailed = person.kind != PersonKind::Application;
                (person.name.to_string(), mailed.then_some(person.email))
            }
            Principal::Group(group) => {
                let known = groups.get(&group.id);
                let known = known.filter(|_| group.source == PeopleGroup::DIRECTORY);
                let who = match known {
                    Some(name) => format!("the directory group “{name}”"),
                    None => group_name(group),
                };
                (who, None)
            }
        };
        found.push(AssignmentLine {
            place: places.name(&assignment.grant.scope),
            assignment,
            who,
            email,
        });
    }
    Ok(found)
}

/// Whether somebody may give and take this role, there; where that is, in words.
async fn demand_giving<R: Read + ?Sized>(
    tx: &mut R,
    actor: &Actor,
    grant: &Grant,
) -> Result<String> {
    actor.demand_changes()?;
    let places = Places::read(tx).await?;
    let target = places.target(&grant.scope);
    let target = target.ok_or(match grant.scope {
        Scope::Lab(_) => Error::NotFound("lab"),
        _ => Error::NotFound("lab plan"),
    })?;
    demand_seeing(actor, &places, &grant.scope, target)?;
    if actor.may(Permission::GiveRoles, target) {
        return Ok(places.name(&grant.scope));
    }
    Err(Error::Forbidden(format!(
        "Only owners give the role {}.",
        Role::title(grant.role)
    )))
}

/// Demands the right to say who is in a group that holds roles: whoever says that gives those roles.
///
/// # Errors
/// `Forbidden` without the right to give roles, where one of these ids of a directory's group has any.
pub(crate) async fn demand_group<R: Read + ?Sized>(
    tx: &mut R,
    actor: &Actor,
    ids: &[&str],
) -> Result<()> {
    if actor.may(Permission::GiveRoles, Target::Organisation) {
        return Ok(());
    }
    let holds = |one: &Assignment| match &one.principal {
        Principal::Group(group) => {
            group.source == PeopleGroup::DIRECTORY && ids.contains(&group.id.as_str())
        }
        Principal::Person(_) => false,
    };
    if tx.assignments().await?.iter().any(holds) {
        return Err(Error::Forbidden(
            "This group holds roles here, so that only an owner, or a program of theirs, says who is in it."
                .to_owned(),
        ));
    }
    Ok(())
}

/// What one may not see is not there.
fn demand_seeing(actor: &Actor, places: &Places, scope: &Scope, target: Target<'_>) -> Result<()> {
    match scope {
        // Every role reads plans where it holds.
        Scope::Group(group)
            if !actor.may(Permission::ReadPlan, target) && !places.sees_into(actor, group) =>
        {
            Err(Error::NotFound("resource group"))
        }
        Scope::Lab(_) if !actor.may(Permission::ReadLab, target) => Err(Error::NotFound("lab")),
        Scope::Plan(plan) if *plan != Plan::DEFAULT && !actor.may(Permission::ReadPlan, target) => {
            Err(Error::NotFound("lab plan"))
        }
        _ => Ok(()),
    }
}
