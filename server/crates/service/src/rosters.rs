//! The groups of a directory as programs write them, and the people behind their members.

use domain::Invalid;
use domain::id::PersonId;
use domain::name::PersonName;
use domain::role::Permission;

use crate::access::Actor;
use crate::error::{Error, Result};
use crate::roles::demand_group;
use crate::services::Services;
use crate::store::{DirectoryGroup, DirectoryMember, GroupSource, Person, PersonKind, Read, Write};

impl Services {
    /// The directory's groups, by name.
    ///
    /// # Errors
    /// `Forbidden` without the right to manage people.
    pub async fn directory_groups(&self, actor: &Actor) -> Result<Vec<DirectoryGroup>> {
        actor.demand(Permission::ManagePeople, "see directory groups")?;
        Ok(self.store.read().await?.directory_groups().await?)
    }

    /// Writes a group with its members, whether or not it was there. Labs take it over when they are
    /// synchronised.
    ///
    /// # Errors
    /// `Forbidden` without the right to manage people; `Conflict` when a directory pushes this group
    /// by SCIM.
    pub async fn put_directory_group(&self, actor: &Actor, group: DirectoryGroup) -> Result<()> {
        actor.demand_changes()?;
        actor.demand(Permission::ManagePeople, "change directory groups")?;
        let mut tx = self.store.write().await?;
        demand_own(&mut *tx, &group.id).await?;
        demand_group(&mut *tx, actor, &[&group.id]).await?;
        tx.put_directory_group(&group).await?;
        let text = format!(
            "Wrote the directory group “{}” with {} members.",
            group.name,
            group.members.len()
        );
        tx.commit(self.of_the_house(actor, "directory.put", text))
            .await?;
        Ok(())
    }

    /// Removes a group; whether it was there. Lists that were taken over stay.
    ///
    /// # Errors
    /// As [`Services::put_directory_group`].
    pub async fn remove_directory_group(&self, actor: &Actor, id: &str) -> Result<bool> {
        actor.demand_changes()?;
        actor.demand(Permission::ManagePeople, "change directory groups")?;
        let mut tx = self.store.write().await?;
        demand_own(&mut *tx, id).await?;
        demand_group(&mut *tx, actor, &[id]).await?;
        let removed = tx.remove_directory_group(id).await?;
        let text = "Removed a directory group.".to_owned();
        tx.commit(self.of_the_house(actor, "directory.remove", text))
            .await?;
        Ok(removed)
    }
}

impl Services {
    /// The person behind a member of the directory. Where there is no account, one of
    /// somebody expected is made: whoever comes by the registration link with this address takes it over.
    pub(crate) async fn person_of<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        member: &DirectoryMember,
    ) -> Result<PersonId> {
        if let Some(person) = tx.person_by_email(&member.email).await? {
            return Ok(person.id);
        }
        let address = member.email.as_str();
        let local = address.split('@').next().unwrap_or(address);
        let name = member
            .name
            .as_deref()
            .and_then(|name| PersonName::parse(name).ok());
        let name = match name {
            Some(name) => name,
            None => PersonName::parse(local)?,
        };
        let person = Person {
            id: self.new_person_id(),
            email: member.email.clone(),
            name,
            password_hash: None,
            disabled: false,
            created_at: self.now(),
            kind: PersonKind::Expected,
        };
        tx.insert_person(&person).await?;
        Ok(person.id)
    }
}

/// Refuses to write over a group that a directory pushes by SCIM: the next push would undo it.
async fn demand_own<R: Read + ?Sized>(tx: &mut R, id: &str) -> Result<()> {
    if tx.group_source(id).await? == Some(GroupSource::Scim) {
        return Err(Error::Conflict(
            "A directory pushes this group by SCIM. Change it there.".to_owned(),
        ));
    }
    Ok(())
}

/// Checks a group's id: 1 to 100 characters without blanks.
///
/// # Errors
/// When it is none.
pub fn check_group_id(id: &str) -> Result<()> {
    let fits = |c: char| !c.is_control() && !c.is_whitespace();
    if id.is_empty() || id.chars().count() > 100 || !id.chars().all(fits) {
        return Err(Invalid::new(
            "activeDirectoryGroupId",
            "A directory group’s id has 1 to 100 characters without blanks.",
        )
        .into());
    }
    Ok(())
}
