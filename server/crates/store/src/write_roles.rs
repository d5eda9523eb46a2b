//! The service's `WriteRoles`, method by method: where each is answered.

use async_trait::async_trait;
use domain::id::PersonId;
use domain::role::{Grant, Principal};
use domain::time::Timestamp;
use service::store::{StoreResult, WriteRoles};

use crate::transaction::Transaction;
use crate::{grants, people};

#[async_trait]
impl WriteRoles for Transaction {
    async fn insert_grant(&mut self, principal: &Principal, grant: &Grant) -> StoreResult<()> {
        grants::insert(&mut self.db, principal, grant).await
    }

    async fn remove_grant(&mut self, principal: &Principal, grant: &Grant) -> StoreResult<bool> {
        grants::remove(&mut self.db, principal, grant).await
    }

    async fn put_claimed_groups(
        &mut self,
        provider: &str,
        subject: &str,
        groups: &[String],
    ) -> StoreResult<()> {
        grants::put_claims(&mut self.db, provider, subject, groups).await
    }

    async fn forget_claims(&mut self, before: Timestamp) -> StoreResult<()> {
        grants::forget_claims(&mut self.db, before).await
    }

    async fn note_proof(&mut self, person: PersonId) -> StoreResult<()> {
        people::note_proof(&mut self.db, person).await
    }
}
