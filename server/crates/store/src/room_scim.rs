//! The service's `ReadScim` and `WriteScim`, method by method: where each is answered.

use async_trait::async_trait;
use domain::email::Email;
use domain::id::PersonId;
use domain::name::PersonName;
use domain::time::Timestamp;
use service::store::{
    DirectoryGroup, GroupSource, ReadScim, ScimGroup, ScimMember, ScimUser, StoreResult, WriteScim,
};

use crate::transaction::Transaction;
use crate::{directory, scim};

#[async_trait]
impl ReadScim for Transaction {
    async fn scim_user(&mut self, person: PersonId) -> StoreResult<Option<ScimUser>> {
        scim::user(&mut self.db, person).await
    }

    async fn scim_user_by_name(&mut self, user_name: &str) -> StoreResult<Option<ScimUser>> {
        scim::user_by_name(&mut self.db, user_name).await
    }

    async fn scim_users(&mut self) -> StoreResult<Vec<ScimUser>> {
        scim::users(&mut self.db).await
    }

    async fn scim_group(&mut self, id: &str) -> StoreResult<Option<ScimGroup>> {
        scim::group(&mut self.db, id).await
    }

    async fn scim_group_by_external_id(&mut self, id: &str) -> StoreResult<Option<ScimGroup>> {
        scim::group_by_external_id(&mut self.db, id).await
    }

    async fn scim_groups(&mut self) -> StoreResult<Vec<ScimGroup>> {
        scim::groups(&mut self.db).await
    }

    async fn scim_members(&mut self, group: &str) -> StoreResult<Vec<ScimMember>> {
        scim::members(&mut self.db, group).await
    }

    async fn all_scim_members(&mut self) -> StoreResult<Vec<(String, ScimMember)>> {
        scim::all_members(&mut self.db).await
    }

    async fn scim_groups_of(&mut self, person: PersonId) -> StoreResult<Vec<(String, String)>> {
        scim::groups_of(&mut self.db, person).await
    }

    async fn group_source(&mut self, id: &str) -> StoreResult<Option<GroupSource>> {
        scim::source(&mut self.db, id).await
    }
}

#[async_trait]
impl WriteScim for Transaction {
    async fn put_scim_user(&mut self, user: &ScimUser) -> StoreResult<()> {
        scim::put_user(&mut self.db, user).await
    }

    async fn remove_scim_user(&mut self, person: PersonId) -> StoreResult<()> {
        scim::remove_user(&mut self.db, person).await
    }

    async fn rename_person(
        &mut self,
        person: PersonId,
        email: &Email,
        name: &PersonName,
    ) -> StoreResult<()> {
        scim::rename(&mut self.db, person, email, name).await
    }

    async fn put_scim_group(&mut self, group: &ScimGroup) -> StoreResult<()> {
        scim::put_group(&mut self.db, group).await
    }

    async fn add_scim_member(&mut self, group: &str, person: PersonId) -> StoreResult<()> {
        scim::add_member(&mut self.db, group, person).await
    }

    async fn remove_scim_member(&mut self, group: &str, person: PersonId) -> StoreResult<()> {
        scim::remove_member(&mut self.db, group, person).await
    }

    async fn put_group_of(
        &mut self,
        group: &DirectoryGroup,
        source: GroupSource,
    ) -> StoreResult<()> {
        scim::put_group_of(&mut self.db, group, source).await
    }

    async fn note_group_told(&mut self, id: &str, at: Timestamp) -> StoreResult<()> {
        directory::note_told(&mut self.db, id, at).await
    }

    async fn forget_told_groups(&mut self, before: Timestamp) -> StoreResult<()> {
        directory::forget_told(&mut self.db, before).await
    }
}
