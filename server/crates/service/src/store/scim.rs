//! What a directory that pushes its people and groups by SCIM needs of a database.
//!
//! Supertraits of [`Read`](super::Read) and [`Write`](super::Write): a file of its own, since it is a
//! subject of its own.

use async_trait::async_trait;
use domain::email::Email;
use domain::id::PersonId;
use domain::name::PersonName;
use domain::time::Timestamp;

use super::{DirectoryGroup, StoreResult};

/// What SCIM keeps of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimUser {
    /// Who it is; their id is the resource's.
    pub person: PersonId,
    /// What the directory calls them; unique without regard to case.
    pub user_name: String,
    /// The directory's own id.
    pub external_id: Option<String>,
    /// Every other attribute, as a JSON object.
    pub document: String,
    /// When they were pushed first.
    pub created_at: Timestamp,
    /// When they were changed last.
    pub changed_at: Timestamp,
    /// How often they were changed.
    pub version: u32,
}

/// What SCIM keeps of a group beside the directory group of the same id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimGroup {
    /// Its id.
    pub id: String,
    /// The directory's own id; unique. Labs may name it as well.
    pub external_id: Option<String>,
    /// Every other attribute but the members, as a JSON object.
    pub document: String,
    /// When it was pushed first.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub changed_at: Timestamp,
    /// How often it was changed.
    pub version: u32,
}

/// Somebody in a group that came by SCIM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimMember {
    /// Who.
    pub person: PersonId,
    /// Their address.
    pub email: Email,
    /// Their name.
    pub name: PersonName,
    /// Whether their account is switched off: then they are on no lab's list by this group.
    pub disabled: bool,
}

/// Who wrote a directory group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupSource {
    /// A program, by the REST API.
    Api,
    /// A directory, by SCIM.
    Scim,
    /// Lectern itself, after asking a directory outside of the house.
    Outside,
}

/// One consistent state, as far as SCIM asks.
#[async_trait]
pub trait ReadScim: Send {
    /// A user.
    async fn scim_user(&mut self, person: PersonId) -> StoreResult<Option<ScimUser>>;

    /// The user with this name, without regard to case.
    async fn scim_user_by_name(&mut self, user_name: &str) -> StoreResult<Option<ScimUser>>;

    /// All of them, the oldest first.
    async fn scim_users(&mut self) -> StoreResult<Vec<ScimUser>>;

    /// A group.
    async fn scim_group(&mut self, id: &str) -> StoreResult<Option<ScimGroup>>;

    /// The group that the directory itself calls this.
    async fn scim_group_by_external_id(&mut self, id: &str) -> StoreResult<Option<ScimGroup>>;

    /// All of them, the oldest first.
    async fn scim_groups(&mut self) -> StoreResult<Vec<ScimGroup>>;

    /// Who is in a group, by address.
    async fn scim_members(&mut self, group: &str) -> StoreResult<Vec<ScimMember>>;

    /// Who is in which group, by the groups' ids and then by address.
    async fn all_scim_members(&mut self) -> StoreResult<Vec<(String, ScimMember)>>;

    /// The ids and names of the groups that somebody is in, by name.
    async fn scim_groups_of(&mut self, person: PersonId) -> StoreResult<Vec<(String, String)>>;

    /// Who wrote a directory group.
    async fn group_source(&mut self, id: &str) -> StoreResult<Option<GroupSource>>;
}

/// One transaction, as far as SCIM changes things.
#[async_trait]
pub trait WriteScim: ReadScim {
    /// Writes a user, whether or not they were there. A taken name is a conflict.
    async fn put_scim_user(&mut self, user: &ScimUser) -> StoreResult<()>;

    /// Removes a user from SCIM's view and all groups; the person stays.
    async fn remove_scim_user(&mut self, person: PersonId) -> StoreResult<()>;

    /// Gives a person another address and name. A taken address is a conflict.
    async fn rename_person(
        &mut self,
        person: PersonId,
        email: &Email,
        name: &PersonName,
    ) -> StoreResult<()>;

    /// Writes a group, whether or not it was there. The directory group must be there.
    async fn put_scim_group(&mut self, group: &ScimGroup) -> StoreResult<()>;

    /// Adds somebody to a group.
    async fn add_scim_member(&mut self, group: &str, person: PersonId) -> StoreResult<()>;

    /// Takes somebody out of a group.
    async fn remove_scim_member(&mut self, group: &str, person: PersonId) -> StoreResult<()>;

    /// Writes a directory group, and by whom it was.
    async fn put_group_of(
        &mut self,
        group: &DirectoryGroup,
        source: GroupSource,
    ) -> StoreResult<()>;

    /// Notes when a directory outside told a group.
    async fn note_group_told(&mut self, id: &str, at: Timestamp) -> StoreResult<()>;

    /// Forgets the groups that no directory outside has told since `before`, with what they gave.
    async fn forget_told_groups(&mut self, before: Timestamp) -> StoreResult<()>;
}
