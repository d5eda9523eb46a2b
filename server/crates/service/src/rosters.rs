//! Lists that come from a directory: its groups, and taking a lab's list over from one.

use domain::Invalid;
use domain::capacity::Capacity;
use domain::id::{LabId, PersonId};
use domain::name::PersonName;
use domain::operation::{FailureCode, Operation, OperationKind};
use domain::role::Permission;
use domain::user::User;

use crate::access::{self, Actor};
use crate::error::{Error, Result};
use crate::labs::envelope_of;
use crate::publishing::not_busy;
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
        let removed = tx.remove_directory_group(id).await?;
        let text = "Removed a directory group.".to_owned();
        tx.commit(self.of_the_house(actor, "directory.remove", text))
            .await?;
        Ok(removed)
    }

    /// Takes a lab's list over from its directory group: members come onto it, all others leave it
    /// with their machines, and a published lab has a machine for each. Members are registered.
    ///
    /// # Errors
    /// `Conflict` when the lab has no directory group, or is being published or scaled.
    pub async fn sync_lab(&self, actor: &Actor, id: LabId) -> Result<Operation> {
        let mut tx = self.store.write().await?;
        let mut lab = access::change_lab(&mut *tx, actor, id, Permission::SyncLab).await?;
        not_busy(&lab)?;
        let roster = envelope_of(&mut *tx, &lab).await?.roster;
        let group = roster.active_directory_group_id.ok_or_else(|| {
            Error::Conflict(format!(
                "“{}” takes its list from no directory group. Set rosterProfile.activeDirectoryGroupId first.",
                lab.title
            ))
        })?;
        let now = self.now();
        let kind = OperationKind::SyncGroup;
        let found = tx.directory_group(&group).await?;
        let failure = match &found {
            None => Some((
                FailureCode::DirectoryGroupNotFound,
                format!("There is no directory group “{group}”."),
            )),
            Some(found) if found.members.len() > Capacity::MAX as usize => Some((
                FailureCode::Conflict,
                format!(
                    "The group has {} members, and a lab has at most {} machines.",
                    found.members.len(),
                    Capacity::MAX
                ),
            )),
            Some(_) => None,
        };
        let operation = match (found, failure) {
            (Some(found), None) => {
                let users = tx.users(lab.id).await?;
                let stays = |user: &&User| found.members.iter().any(|m| m.email == user.email);
                for user in users.iter().filter(|user| !stays(user)) {
                    if let Some(machine) = tx.machine_of_user(user.id).await? {
                        self.unseat(&mut *tx, &lab, machine).await?;
                    }
                    tx.remove_user(&lab, user.id).await?;
                }
                for member in &found.members {
                    let listed = users.iter().find(|user| user.email == member.email);
                    let mut user = match listed {
                        Some(user) if user.person.is_some() => continue,
                        Some(user) => user.clone(),
                        None => {
                            let id = self.new_user_id();
                            let user = User::listed(id, lab.id, member.email.clone(), now);
                            tx.insert_user(&lab, &user).await?;
                            user
                        }
                    };
                    let person = self.person_of(&mut *tx, member).await?;
                    // Somebody may be in the lab by another address already.
                    if tx.user_by_person(lab.id, person).await?.is_none() {
                        user.person = Some(person);
                        user.registered_at = Some(now);
                        tx.save_user(&lab, &user).await?;
                    }
                }
                self.seat_waiting(&mut *tx, &lab).await?;
                let capacity = Capacity::of(found.members.len());
                let work = self
                    .resize(&mut *tx, actor, &mut lab, capacity, (kind, false))
                    .await?;
                match work {
                    Some(operation) => operation,
                    None => {
                        let mut operation =
                            self.begin(&mut *tx, kind, &lab, Some(actor), 1).await?;
                        operation.done = 1;
                        operation.succeed(now);
                        tx.save_operation(&operation).await?;
                        operation
                    }
                }
            }
            (_, failure) => {
                let (code, why) = failure.unwrap_or((FailureCode::Conflict, String::new()));
                let mut operation = self.begin(&mut *tx, kind, &lab, Some(actor), 1).await?;
                operation.fail(code, why, now);
                tx.save_operation(&operation).await?;
                operation
            }
        };
        let text = format!("Synchronised the list of “{}”.", lab.title);
        tx.commit(self.audit(actor, "lab.sync", id, text)).await?;
        self.changes.nudge(id);
        Ok(operation)
    }
}

impl Services {
    /// The person behind a member of the directory. Where there is no account, one of
    /// somebody expected is made: whoever comes by the registration link with this address takes it over.
    async fn person_of<W: Write + ?Sized>(
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
