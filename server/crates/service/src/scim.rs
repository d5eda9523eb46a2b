//! People and groups that a directory pushes by SCIM.
//!
//! A user of SCIM is a person of Lectern: somebody who is expected until they come, or whoever has the
//! address already, with their roles and their password as they were. A group of SCIM is a directory
//! group. What programs wrote by the REST API is not SCIM's: a directory neither sees nor changes it,
//! since whatever it does not know of it would take for its own mistake and remove.

use std::collections::HashMap;

use domain::email::Email;
use domain::id::PersonId;
use domain::name::PersonName;
use domain::role::{self, Permission, Target};

use crate::access::Actor;
use crate::changes::Change;
use crate::error::{Error, Result};
use crate::people::demand_owner;
use crate::roles::demand_group;
use crate::services::Services;
use crate::store::{
    DirectoryGroup, DirectoryMember, GroupSource, Person, PersonKind, Read, ScimGroup, ScimMember,
    ScimUser, Write,
};

/// A user as SCIM shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimUserView {
    /// What SCIM keeps of them.
    pub user: ScimUser,
    /// The person.
    pub person: Person,
    /// The ids and names of the groups they are in.
    pub groups: Vec<(String, String)>,
}

/// A user as a directory wants them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimUserDraft {
    /// What the directory calls them.
    pub user_name: String,
    /// The directory's own id.
    pub external_id: Option<String>,
    /// The address that they sign in with.
    pub email: Email,
    /// Their name.
    pub name: PersonName,
    /// Whether they may sign in; as it is, where nothing is said.
    pub active: Option<bool>,
    /// Every other attribute, as a JSON object.
    pub document: String,
}

/// A group as SCIM shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimGroupView {
    /// What SCIM keeps of it.
    pub group: ScimGroup,
    /// What it is called.
    pub name: String,
    /// Who is in it.
    pub members: Vec<ScimMember>,
}

/// A group as a directory wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimGroupDraft {
    /// What it is called.
    pub name: String,
    /// The directory's own id.
    pub external_id: Option<String>,
    /// Who is in it.
    pub members: Vec<PersonId>,
    /// Every other attribute, as a JSON object.
    pub document: String,
}

impl Services {
    /// Everybody whom the directory has pushed, the oldest first.
    ///
    /// # Errors
    /// `Forbidden` without the right to manage people.
    pub async fn scim_users(&self, actor: &Actor) -> Result<Vec<ScimUserView>> {
        demand_look(actor)?;
        let mut tx = self.store.read().await?;
        let people = tx.people().await?;
        let mut people: HashMap<PersonId, Person> = people
            .into_iter()
            .map(|person| (person.id, person))
            .collect();
        let names: HashMap<String, String> = tx
            .directory_groups()
            .await?
            .into_iter()
            .map(|group| (group.id, group.name))
            .collect();
        let mut groups: HashMap<PersonId, Vec<(String, String)>> = HashMap::new();
        for (group, member) in tx.all_scim_members().await? {
            let name = names.get(&group).cloned().unwrap_or_default();
            groups.entry(member.person).or_default().push((group, name));
        }
        let users = tx.scim_users().await?;
        Ok(users
            .into_iter()
            .filter_map(|user| {
                Some(ScimUserView {
                    person: people.remove(&user.person)?,
                    groups: groups.remove(&user.person).unwrap_or_default(),
                    user,
                })
            })
            .collect())
    }

    /// One of them.
    ///
    /// # Errors
    /// As [`Self::scim_users`]; `NotFound` when there is none.
    pub async fn scim_user(&self, actor: &Actor, id: PersonId) -> Result<ScimUserView> {
        demand_look(actor)?;
        let mut tx = self.store.read().await?;
        let user = tx.scim_user(id).await?;
        user_view(&mut *tx, user.ok_or_else(no_user)?).await
    }

    /// Whom the directory calls this, without regard to case.
    ///
    /// # Errors
    /// As [`Self::scim_users`].
    pub async fn scim_user_named(&self, actor: &Actor, name: &str) -> Result<Option<ScimUserView>> {
        demand_look(actor)?;
        let mut tx = self.store.read().await?;
        match tx.scim_user_by_name(name).await? {
            Some(user) => user_view(&mut *tx, user).await.map(Some),
            None => Ok(None),
        }
    }

    /// Takes a user in: a new person, or whoever has the address already. An account that was switched
    /// off is on again, unless the directory says otherwise.
    ///
    /// # Errors
    /// `Forbidden` without the right to manage people; `Conflict` when the name is taken, or the
    /// address is that of a user already.
    pub async fn create_scim_user(
        &self,
        actor: &Actor,
        mut draft: ScimUserDraft,
    ) -> Result<ScimUserView> {
        demand_change(actor)?;
        // Whoever is pushed is to be here: it is how somebody comes back who was removed.
        draft.active = Some(draft.active.unwrap_or(true));
        let now = self.now();
        let mut tx = self.store.write().await?;
        demand_free_name(&mut *tx, &draft.user_name, None).await?;
        let person = match tx.person_by_email(&draft.email).await? {
            Some(person) if person.kind == PersonKind::Application => {
                return Err(taken(&draft.email));
            }
            Some(person) if tx.scim_user(person.id).await?.is_some() => {
                return Err(taken(&draft.email));
            }
            Some(person) => {
                self.become_draft(&mut *tx, actor, &person, &draft).await?;
                person.id
            }
            None => {
                let person = Person {
                    id: self.new_person_id(),
                    email: draft.email.clone(),
                    name: draft.name.clone(),
                    password_hash: None,
                    disabled: draft.active == Some(false),
                    created_at: now,
                    kind: PersonKind::Expected,
                };
                tx.insert_person(&person).await?;
                person.id
            }
        };
        let text = format!("The directory pushed {}.", draft.email);
        let user = ScimUser {
            person,
            user_name: draft.user_name,
            external_id: draft.external_id,
            document: draft.document,
            created_at: now,
            changed_at: now,
            version: 1,
        };
        tx.put_scim_user(&user).await?;
        let view = user_view(&mut *tx, user).await?;
        tx.commit(self.of_the_house(actor, "scim.user.create", text))
            .await?;
        self.changes.tell(Change::People);
        Ok(view)
    }

    /// Changes a user to what `change` makes of them; it sees them locked, as they are. What stays the
    /// same is not written.
    ///
    /// # Errors
    /// As [`Self::create_scim_user`]; `NotFound` when there is none; what `change` says. `Forbidden`
    /// too where the last owner, or the caller, would be switched off, or somebody with roles would be
    /// changed by somebody who may not give any.
    pub async fn change_scim_user<E: From<Error>>(
        &self,
        actor: &Actor,
        id: PersonId,
        change: impl FnOnce(&ScimUserView) -> std::result::Result<ScimUserDraft, E> + Send,
    ) -> std::result::Result<ScimUserView, E> {
        demand_change(actor)?;
        let mut tx = self.write().await?;
        let user = tx.scim_user(id).await.map_err(Error::from)?;
        let old = user_view(&mut *tx, user.ok_or_else(no_user)?).await?;
        let draft = change(&old)?;
        Ok(self.save_scim_user(tx, actor, old, draft).await?)
    }

    async fn save_scim_user(
        &self,
        mut tx: Box<dyn Write>,
        actor: &Actor,
        old: ScimUserView,
        draft: ScimUserDraft,
    ) -> Result<ScimUserView> {
        let same = old.user.user_name == draft.user_name
            && old.user.external_id == draft.external_id
            && old.user.document == draft.document
            && old.person.email == draft.email
            && old.person.name == draft.name
            && draft
                .active
                .is_none_or(|active| active != old.person.disabled);
        if same {
            return Ok(old);
        }
        let id = old.person.id;
        demand_free_name(&mut *tx, &draft.user_name, Some(id)).await?;
        if let Some(other) = tx.person_by_email(&draft.email).await?
            && other.id != id
        {
            return Err(taken(&draft.email));
        }
        self.become_draft(&mut *tx, actor, &old.person, &draft)
            .await?;
        let text = format!("The directory changed {}.", draft.email);
        let user = ScimUser {
            user_name: draft.user_name,
            external_id: draft.external_id,
            document: draft.document,
            changed_at: self.now(),
            version: old.user.version + 1,
            ..old.user
        };
        tx.put_scim_user(&user).await?;
        rewrite_groups_of(&mut *tx, id).await?;
        let view = user_view(&mut *tx, user).await?;
        tx.commit(self.of_the_house(actor, "scim.user.change", text))
            .await?;
        self.changes.tell(Change::People);
        Ok(view)
    }

    /// Takes a user out of SCIM's view: the account is switched off, and in no group any more. The
    /// person stays, since labs refer to them.
    ///
    /// # Errors
    /// As [`Self::change_scim_user`].
    pub async fn remove_scim_user<E: From<Error>>(
        &self,
        actor: &Actor,
        id: PersonId,
        check: impl FnOnce(&ScimUserView) -> std::result::Result<(), E> + Send,
    ) -> std::result::Result<(), E> {
        demand_change(actor)?;
        let mut tx = self.write().await?;
        let user = tx.scim_user(id).await.map_err(Error::from)?;
        let old = user_view(&mut *tx, user.ok_or_else(no_user)?).await?;
        check(&old)?;
        Ok(self.drop_scim_user(tx, actor, &old).await?)
    }

    async fn drop_scim_user(
        &self,
        mut tx: Box<dyn Write>,
        actor: &Actor,
        old: &ScimUserView,
    ) -> Result<()> {
        // Also where the account is off already: it leaves its groups, whose roles others give.
        demand_over(&mut *tx, actor, &old.person, "account").await?;
        demand_groups_of(&mut *tx, actor, &old.person).await?;
        self.switch(&mut *tx, actor, &old.person, false).await?;
        tx.remove_scim_user(old.person.id).await?;
        for (group, _) in &old.groups {
            rewrite_group(&mut *tx, group).await?;
        }
        let text = format!("The directory removed {}.", old.person.email);
        tx.commit(self.of_the_house(actor, "scim.user.remove", text))
            .await?;
        self.changes.tell(Change::People);
        Ok(())
    }

    /// Gives a person the address, the name and the state that a directory wants.
    async fn become_draft<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        actor: &Actor,
        person: &Person,
        draft: &ScimUserDraft,
    ) -> Result<()> {
        if person.email != draft.email {
            demand_over(tx, actor, person, "address").await?;
            demand_groups_of(tx, actor, person).await?;
        }
        if person.email != draft.email || person.name != draft.name {
            tx.rename_person(person.id, &draft.email, &draft.name)
                .await?;
        }
        match draft.active {
            Some(active) if active == person.disabled => {
                self.switch(tx, actor, person, active).await
            }
            _ => Ok(()),
        }
    }

    /// Switches an account on, or off with its sessions.
    async fn switch<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        actor: &Actor,
        person: &Person,
        on: bool,
    ) -> Result<()> {
        if person.disabled != on {
            return Ok(());
        }
        demand_over(tx, actor, person, "account").await?;
        if !on && person.id == actor.person {
            return Err(Error::Forbidden(
                "This access token is of the account that would be switched off. Use a token of another account."
                    .to_owned(),
            ));
        }
        tx.set_disabled(person.id, !on).await?;
        if !on {
            tx.remove_sessions(person.id, None).await?;
            tx.remove_unused_links(&person.email).await?;
            demand_owner(tx).await.map_err(|error| match error {
                Error::Conflict(sentence) => Error::Forbidden(sentence),
                other => other,
            })?;
        }
        Ok(())
    }

    async fn write(&self) -> Result<Box<dyn Write>> {
        Ok(self.store.write().await?)
    }

    /// Every group that the directory has pushed, the oldest first.
    ///
    /// # Errors
    /// `Forbidden` without the right to manage people.
    pub async fn scim_groups(&self, actor: &Actor) -> Result<Vec<ScimGroupView>> {
        demand_look(actor)?;
        let mut tx = self.store.read().await?;
        let mut names: HashMap<String, String> = tx
            .directory_groups()
            .await?
            .into_iter()
            .map(|group| (group.id, group.name))
            .collect();
        let mut members: HashMap<String, Vec<ScimMember>> = HashMap::new();
        for (group, member) in tx.all_scim_members().await? {
            members.entry(group).or_default().push(member);
        }
        let groups = tx.scim_groups().await?.into_iter();
        Ok(groups
            .map(|group| ScimGroupView {
                name: names.remove(&group.id).unwrap_or_default(),
                members: members.remove(&group.id).unwrap_or_default(),
                group,
            })
            .collect())
    }

    /// One of them.
    ///
    /// # Errors
    /// As [`Self::scim_groups`]; `NotFound` when there is none.
    pub async fn scim_group(&self, actor: &Actor, id: &str) -> Result<ScimGroupView> {
        demand_look(actor)?;
        let mut tx = self.store.read().await?;
        group_view(&mut *tx, id).await
    }

    /// Takes a group in.
    ///
    /// # Errors
    /// `Forbidden` without the right to manage people; `Invalid` when a member is no user of SCIM;
    /// `Conflict` when another group has the directory's id.
    pub async fn create_scim_group(
        &self,
        actor: &Actor,
        draft: ScimGroupDraft,
    ) -> Result<ScimGroupView> {
        demand_change(actor)?;
        let now = self.now();
        let group = ScimGroup {
            // Like everybody's ids: nothing else is a group's that is a UUID.
            id: self.new_person_id().to_string(),
            external_id: None,
            document: String::new(),
            created_at: now,
            changed_at: now,
            version: 0,
        };
        let old = ScimGroupView {
            group,
            name: String::new(),
            members: Vec::new(),
        };
        let tx = self.store.write().await?;
        self.save_scim_group(tx, actor, old, draft).await
    }

    /// Changes a group to what `change` makes of it; it sees it locked, as it is. What stays the same
    /// is not written. Labs take it over when they are synchronised.
    ///
    /// # Errors
    /// As [`Self::create_scim_group`]; `NotFound` when there is none; what `change` says.
    pub async fn change_scim_group<E: From<Error>>(
        &self,
        actor: &Actor,
        id: &str,
        change: impl FnOnce(&ScimGroupView) -> std::result::Result<ScimGroupDraft, E> + Send,
    ) -> std::result::Result<ScimGroupView, E> {
        demand_change(actor)?;
        let mut tx = self.write().await?;
        let old = group_view(&mut *tx, id).await?;
        let draft = change(&old)?;
        Ok(self.save_scim_group(tx, actor, old, draft).await?)
    }

    async fn save_scim_group(
        &self,
        mut tx: Box<dyn Write>,
        actor: &Actor,
        old: ScimGroupView,
        draft: ScimGroupDraft,
    ) -> Result<ScimGroupView> {
        let new = old.group.version == 0;
        let is_in = |person: &PersonId| old.members.iter().any(|member| member.person == *person);
        let come: Vec<PersonId> = draft
            .members
            .iter()
            .copied()
            .filter(|p| !is_in(p))
            .collect();
        let gone: Vec<PersonId> = old
            .members
            .iter()
            .map(|member| member.person)
            .filter(|person| !draft.members.contains(person))
            .collect();
        let same = old.name == draft.name
            && old.group.external_id == draft.external_id
            && old.group.document == draft.document
            && come.is_empty()
            && gone.is_empty();
        if same && !new {
            return Ok(old);
        }
        if let Some(external) = &draft.external_id
            && let Some(other) = tx.scim_group_by_external_id(external).await?
            && other.id != old.group.id
        {
            return Err(Error::Conflict(
                "Another group has this externalId already.".to_owned(),
            ));
        }
        let mut ids = vec![old.group.id.as_str()];
        ids.extend(old.group.external_id.as_deref());
        ids.extend(draft.external_id.as_deref());
        demand_group(&mut *tx, actor, &ids).await?;
        let group = ScimGroup {
            external_id: draft.external_id,
            document: draft.document,
            changed_at: self.now(),
            version: old.group.version + 1,
            ..old.group
        };
        // The row that the rest refers to; its members are written at the end.
        let mut row = DirectoryGroup {
            id: group.id.clone(),
            name: draft.name.clone(),
            members: Vec::new(),
        };
        tx.put_group_of(&row, GroupSource::Scim).await?;
        tx.put_scim_group(&group).await?;
        for person in come {
            if tx.scim_user(person).await?.is_none() {
                return Err(domain::Invalid::new(
                    "members",
                    format!("There is no user with the id {person}."),
                )
                .into());
            }
            tx.add_scim_member(&group.id, person).await?;
        }
        for person in gone {
            tx.remove_scim_member(&group.id, person).await?;
        }
        let members = tx.scim_members(&group.id).await?;
        row.members = listed(&members);
        tx.put_group_of(&row, GroupSource::Scim).await?;
        let (action, what) = if new {
            ("scim.group.create", "pushed")
        } else {
            ("scim.group.change", "changed")
        };
        let text = format!(
            "The directory {what} the group “{}”, which has {} members now.",
            draft.name,
            members.len()
        );
        tx.commit(self.of_the_house(actor, action, text)).await?;
        Ok(ScimGroupView {
            group,
            name: draft.name,
            members,
        })
    }

    /// Removes a group. Lists that were taken over stay.
    ///
    /// # Errors
    /// As [`Self::change_scim_group`].
    pub async fn remove_scim_group<E: From<Error>>(
        &self,
        actor: &Actor,
        id: &str,
        check: impl FnOnce(&ScimGroupView) -> std::result::Result<(), E> + Send,
    ) -> std::result::Result<(), E> {
        demand_change(actor)?;
        let mut tx = self.write().await?;
        let old = group_view(&mut *tx, id).await?;
        check(&old)?;
        Ok(self.drop_scim_group(tx, actor, &old).await?)
    }

    async fn drop_scim_group(
        &self,
        mut tx: Box<dyn Write>,
        actor: &Actor,
        old: &ScimGroupView,
    ) -> Result<()> {
        let mut ids = vec![old.group.id.as_str()];
        ids.extend(old.group.external_id.as_deref());
        demand_group(&mut *tx, actor, &ids).await?;
        tx.remove_directory_group(&old.group.id).await?;
        let text = format!("The directory removed the group “{}”.", old.name);
        tx.commit(self.of_the_house(actor, "scim.group.remove", text))
            .await?;
        Ok(())
    }
}

/// The role by which a directory reads, with a token that only reads too.
fn demand_look(actor: &Actor) -> Result<()> {
    if role::allows(
        &actor.grants,
        Permission::ManagePeople,
        Target::Organisation,
    ) {
        return Ok(());
    }
    Err(Error::Forbidden(
        "You may not see who has an account. Ask an owner of this installation for a role."
            .to_owned(),
    ))
}

fn demand_change(actor: &Actor) -> Result<()> {
    demand_look(actor)?;
    actor.demand_changes()
}

/// Whoever is in a group that holds roles has them once the address is shown to be theirs: whoever
/// changes that address gives those roles.
async fn demand_groups_of<R: Read + ?Sized>(
    tx: &mut R,
    actor: &Actor,
    person: &Person,
) -> Result<()> {
    let mut ids = Vec::new();
    for (group, _) in tx.scim_groups_of(person.id).await? {
        let pushed = tx.scim_group(&group).await?;
        ids.extend(pushed.and_then(|pushed| pushed.external_id));
        ids.push(group);
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    demand_group(tx, actor, &ids).await
}

/// Somebody with roles is changed only by who may give them: whoever has their address has their roles.
async fn demand_over<R: Read + ?Sized>(
    tx: &mut R,
    actor: &Actor,
    person: &Person,
    what: &str,
) -> Result<()> {
    if actor.may(Permission::GiveRoles, Target::Organisation)
        || tx.grants(person.id).await?.is_empty()
    {
        return Ok(());
    }
    Err(Error::Forbidden(format!(
        "{} has roles here, so that only an owner’s access token changes their {what}.",
        person.email
    )))
}

async fn demand_free_name<R: Read + ?Sized>(
    tx: &mut R,
    name: &str,
    own: Option<PersonId>,
) -> Result<()> {
    match tx.scim_user_by_name(name).await? {
        Some(other) if Some(other.person) != own => Err(Error::Conflict(
            "Another user has this userName already.".to_owned(),
        )),
        _ => Ok(()),
    }
}

fn taken(email: &Email) -> Error {
    Error::Conflict(format!("Another account has the address {email} already."))
}

fn no_user() -> Error {
    Error::NotFound("user")
}

async fn user_view<R: Read + ?Sized>(tx: &mut R, user: ScimUser) -> Result<ScimUserView> {
    let person = tx.person(user.person).await?.ok_or_else(no_user)?;
    let groups = tx.scim_groups_of(user.person).await?;
    Ok(ScimUserView {
        user,
        person,
        groups,
    })
}

async fn group_view<R: Read + ?Sized>(tx: &mut R, id: &str) -> Result<ScimGroupView> {
    let missing = || Error::NotFound("group");
    let group = tx.scim_group(id).await?.ok_or_else(missing)?;
    let row = tx.directory_group(id).await?.ok_or_else(missing)?;
    Ok(ScimGroupView {
        members: tx.scim_members(id).await?,
        name: row.name,
        group,
    })
}

/// The members whom labs take over: whose account is switched off is not among them.
fn listed(members: &[ScimMember]) -> Vec<DirectoryMember> {
    let on = members.iter().filter(|member| !member.disabled);
    on.map(|member| DirectoryMember {
        email: member.email.clone(),
        name: Some(member.name.to_string()),
    })
    .collect()
}

/// Writes the members of a group anew, as labs take them over.
async fn rewrite_group<W: Write + ?Sized>(tx: &mut W, id: &str) -> Result<()> {
    let Some(mut row) = tx.directory_group(id).await? else {
        return Ok(());
    };
    row.members = listed(&tx.scim_members(id).await?);
    tx.put_group_of(&row, GroupSource::Scim).await?;
    Ok(())
}

/// The same for every group of somebody whose address, name or state is another now.
pub(crate) async fn rewrite_groups_of<W: Write + ?Sized>(
    tx: &mut W,
    person: PersonId,
) -> Result<()> {
    for (group, _) in tx.scim_groups_of(person).await? {
        rewrite_group(tx, &group).await?;
    }
    Ok(())
}
