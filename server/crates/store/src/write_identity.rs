//! The service's `WriteIdentity`, method by method: where each is answered.

use async_trait::async_trait;
use domain::id::PersonId;
use domain::name::PersonName;
use domain::time::Timestamp;
use service::store::{Person, ProviderIdentity, StoreResult, WriteIdentity};

use crate::transaction::Transaction;
use crate::{identities, people, sessions};

#[async_trait]
impl WriteIdentity for Transaction {
    async fn insert_identity(&mut self, identity: &ProviderIdentity) -> StoreResult<()> {
        identities::insert(&mut self.db, identity).await
    }

    async fn touch_identity(
        &mut self,
        provider: &str,
        subject: &str,
        at: Timestamp,
    ) -> StoreResult<()> {
        identities::touch(&mut self.db, provider, subject, at).await
    }

    async fn remove_identity(&mut self, person: PersonId, provider: &str) -> StoreResult<bool> {
        identities::remove(&mut self.db, person, provider).await
    }

    async fn hold_person(&mut self, person: PersonId) -> StoreResult<Option<Person>> {
        people::hold(&mut self.db, person).await
    }

    async fn set_disabled(&mut self, person: PersonId, disabled: bool) -> StoreResult<()> {
        people::set_disabled(&mut self.db, person, disabled).await
    }

    async fn name_person(&mut self, person: PersonId, name: &PersonName) -> StoreResult<()> {
        people::rename(&mut self.db, person, name).await
    }

    async fn note_arrival(&mut self, person: PersonId) -> StoreResult<()> {
        people::note_arrival(&mut self.db, person).await
    }

    async fn remove_sessions(&mut self, person: PersonId, but: Option<&str>) -> StoreResult<u64> {
        sessions::remove_sessions(&mut self.db, person, but).await
    }
}
