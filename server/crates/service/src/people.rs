//! People with roles, and without: who may do what, given and taken; accounts switched off and on.

use domain::Invalid;
use domain::email::Email;
use domain::id::PersonId;
use domain::name::PersonName;
use domain::role::{Grant, Permission, Role, Scope};

use crate::access::Actor;
use crate::changes::Change;
use crate::error::{Error, Result};
use crate::services::Services;
use crate::store::{Person, PersonKind, Read, Write};

/// A person, as those see them who give roles.
#[derive(Clone, Debug)]
pub struct PersonWithRoles {
    /// The person.
    pub person: Person,
    /// Their roles, with what a lab's is called.
    pub grants: Vec<(Grant, Option<String>)>,
    /// How many labs they are on the list of.
    pub labs: u32,
}

impl Services {
    /// Everybody with an account, programs too, those with roles first.
    ///
    /// # Errors
    /// `Forbidden` without the right to see people.
    pub async fn people(&self, actor: &Actor) -> Result<Vec<PersonWithRoles>> {
        actor.demand(Permission::ManagePeople, "see who has an account")?;
        let mut tx = self.store.read().await?;
        let titles: std::collections::HashMap<_, _> = tx
            .labs()
            .await?
            .into_iter()
            .map(|lab| (lab.id, lab.title.to_string()))
            .collect();
        let mut grants = tx.all_grants().await?;
        let places = tx.places_by_person().await?;
        let mut found: Vec<PersonWithRoles> = tx
            .people()
            .await?
            .into_iter()
            .map(|person| PersonWithRoles {
                grants: grants
                    .remove(&person.id)
                    .unwrap_or_default()
                    .into_iter()
                    .map(|grant| {
                        let lab = match grant.scope {
                            Scope::Lab(lab) => titles.get(&lab).cloned(),
                            Scope::Organisation => None,
                        };
                        (grant, lab)
                    })
                    .collect(),
                labs: places.get(&person.id).copied().unwrap_or(0),
                person,
            })
            .collect();
        found.sort_by_key(|one| {
            let name = one.person.name.as_str().to_lowercase();
            (one.grants.is_empty(), name, one.person.id)
        });
        Ok(found)
    }

    /// Gives somebody a role. Whoever has no account yet is expected, and has it once they come.
    ///
    /// # Errors
    /// `Forbidden` without the right to give roles there; `Conflict` when they have it already;
    /// `NotFound` for a lab that is not there.
    pub async fn give_role(&self, actor: &Actor, email: &Email, grant: Grant) -> Result<()> {
        demand_giving(actor, grant)?;
        let mut tx = self.store.write().await?;
        let place = self.place_of(&mut *tx, grant.scope).await?;
        let person = match tx.person_by_email(email).await? {
            Some(person) => person,
            None => self.expect_person(&mut *tx, email).await?,
        };
        if tx.grants(person.id).await?.contains(&grant) {
            return Err(Error::Conflict(format!(
                "{} is {} {place} already.",
                person.email,
                grant.role.title()
            )));
        }
        tx.insert_grant(person.id, grant).await?;
        let text = format!("Made {} {} {place}.", person.email, grant.role.title());
        tx.commit(self.of_the_house(actor, "role.give", text))
            .await?;
        self.changes.tell(Change::People);
        Ok(())
    }

    /// Takes a role from somebody.
    ///
    /// # Errors
    /// `Forbidden` without the right to; `NotFound` when they do not have it; `Conflict` when nobody
    /// would own the installation any more.
    pub async fn take_role(&self, actor: &Actor, person: PersonId, grant: Grant) -> Result<()> {
        demand_giving(actor, grant)?;
        let mut tx = self.store.write().await?;
        let person = tx.person(person).await?;
        let person = person.ok_or(Error::NotFound("person"))?;
        if !tx.remove_grant(person.id, grant).await? {
            return Err(Error::NotFound("role"));
        }
        demand_owner(&mut *tx).await?;
        let place = self.place_of(&mut *tx, grant.scope).await?;
        let text = format!(
            "{} is no {} {place} any more.",
            person.email,
            grant.role.title()
        );
        tx.commit(self.of_the_house(actor, "role.take", text))
            .await?;
        self.changes.tell(Change::People);
        Ok(())
    }

    /// Switches an account off, which ends its sessions at once, or on again.
    ///
    /// # Errors
    /// `Forbidden` without the right to give roles; `Invalid` for one's own; `Conflict` when nobody
    /// would own the installation any more.
    pub async fn set_disabled(&self, actor: &Actor, person: PersonId, off: bool) -> Result<()> {
        actor.demand(Permission::GiveRoles, "switch accounts off")?;
        if person == actor.person {
            return Err(Invalid::new("person", "You cannot switch yourself off.").into());
        }
        let mut tx = self.store.write().await?;
        let person = tx.person(person).await?;
        let person = person.ok_or(Error::NotFound("person"))?;
        tx.set_disabled(person.id, off).await?;
        if off {
            tx.remove_sessions(person.id, None).await?;
            demand_owner(&mut *tx).await?;
        }
        crate::scim::rewrite_groups_of(&mut *tx, person.id).await?;
        let state = if off { "off" } else { "on again" };
        let text = format!("Switched the account of {} {state}.", person.email);
        tx.commit(self.of_the_house(actor, "account.disable", text))
            .await?;
        self.changes.tell(Change::People);
        Ok(())
    }

    /// Ends all of somebody's sessions.
    ///
    /// # Errors
    /// `Forbidden` without the right to give roles; `NotFound` when there is no such person.
    pub async fn end_sessions_of(&self, actor: &Actor, person: PersonId) -> Result<()> {
        actor.demand(Permission::GiveRoles, "end others’ sessions")?;
        let mut tx = self.store.write().await?;
        let person = tx.person(person).await?;
        let person = person.ok_or(Error::NotFound("person"))?;
        let ended = tx.remove_sessions(person.id, None).await?;
        let text = format!("Ended {ended} sessions of {}.", person.email);
        tx.commit(self.of_the_house(actor, "session.end", text))
            .await?;
        self.changes.tell(Change::People);
        Ok(())
    }

    /// Where a role holds, in words.
    async fn place_of<R: Read + ?Sized>(&self, tx: &mut R, scope: Scope) -> Result<String> {
        match scope {
            Scope::Organisation => Ok("of the whole installation".to_owned()),
            Scope::Lab(id) => {
                let lab = tx.lab(id).await?.ok_or(Error::NotFound("lab"))?;
                Ok(format!("of “{}”", lab.title))
            }
        }
    }

    async fn expect_person<W: Write + ?Sized>(&self, tx: &mut W, email: &Email) -> Result<Person> {
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

/// Whether somebody may give and take this role, there.
fn demand_giving(actor: &Actor, grant: Grant) -> Result<()> {
    actor.demand_changes()?;
    if actor.may(Permission::GiveRoles, grant.scope) {
        return Ok(());
    }
    match grant.scope {
        // What one may not see is not there.
        Scope::Lab(lab) if !actor.may(Permission::ReadLab, Scope::Lab(lab)) => {
            Err(Error::NotFound("lab"))
        }
        _ => Err(Error::Forbidden(format!(
            "Only owners give the role {}.",
            Role::title(grant.role)
        ))),
    }
}

/// Somebody must own the installation.
pub(crate) async fn demand_owner<R: Read + ?Sized>(tx: &mut R) -> Result<()> {
    if tx.has_owner().await? {
        return Ok(());
    }
    Err(Error::Conflict(
        "Nobody would own this installation any more. Make somebody else its owner first."
            .to_owned(),
    ))
}
