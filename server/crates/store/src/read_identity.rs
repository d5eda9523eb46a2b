//! The service's `ReadIdentity`, method by method: where each is answered.

use async_trait::async_trait;
use domain::id::PersonId;
use service::store::{ProviderIdentity, ReadIdentity, Session, StoreResult};

use crate::transaction::Transaction;
use crate::{identities, sessions};

#[async_trait]
impl ReadIdentity for Transaction {
    async fn identity(
        &mut self,
        provider: &str,
        subject: &str,
    ) -> StoreResult<Option<ProviderIdentity>> {
        identities::identity(&mut self.db, provider, subject).await
    }

    async fn identities(&mut self, person: PersonId) -> StoreResult<Vec<ProviderIdentity>> {
        identities::of_person(&mut self.db, person).await
    }

    async fn sessions(&mut self, person: PersonId) -> StoreResult<Vec<Session>> {
        sessions::sessions(&mut self.db, person).await
    }
}
