//! People with accounts: who there is; accounts switched off and on, sessions ended.

use std::collections::HashMap;

use domain::Invalid;
use domain::id::PersonId;
use domain::role::{Grant, Permission, Principal};

use crate::access::Actor;
use crate::changes::Change;
use crate::error::{Error, Result};
use crate::roles::Places;
use crate::services::Services;
use crate::store::{Person, Read};

/// A person, as those see them who give roles.
#[derive(Clone, Debug)]
pub struct PersonWithRoles {
    /// The person.
    pub person: Person,
    /// The roles that they were given themselves, and where each holds, in words.
    pub grants: Vec<(Grant, String)>,
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
        let names = Places::read(&mut *tx).await?;
        let mut grants: HashMap<PersonId, Vec<(Grant, String)>> = HashMap::new();
        for assignment in tx.assignments().await? {
            if let Principal::Person(person) = assignment.principal {
                let place = names.name(&assignment.grant.scope);
                let all = grants.entry(person).or_default();
                all.push((assignment.grant, place));
            }
        }
        let places = tx.places_by_person().await?;
        let mut found: Vec<PersonWithRoles> = tx
            .people()
            .await?
            .into_iter()
            .map(|person| PersonWithRoles {
                grants: grants.remove(&person.id).unwrap_or_default(),
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
            tx.remove_unused_links(&person.email).await?;
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
