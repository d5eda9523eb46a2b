//! The service's `ReadIdentity`, method by method: where each is answered.

use std::collections::HashMap;

use async_trait::async_trait;
use domain::id::PersonId;
use service::store::{
    AuditFilter, AuditLine, Person, ProviderIdentity, ReadIdentity, Session, StoreResult,
};

use crate::transaction::Transaction;
use crate::{audit, identities, people, sessions};

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

    async fn people(&mut self) -> StoreResult<Vec<Person>> {
        people::people(&mut self.db).await
    }

    async fn places_by_person(&mut self) -> StoreResult<HashMap<PersonId, u32>> {
        people::places(&mut self.db).await
    }

    async fn audit_lines(&mut self, filter: &AuditFilter) -> StoreResult<Vec<AuditLine>> {
        audit::lines(&mut self.db, filter).await
    }

    async fn sessions(&mut self, person: PersonId) -> StoreResult<Vec<Session>> {
        sessions::sessions(&mut self.db, person).await
    }
}
