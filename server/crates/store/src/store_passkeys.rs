//! The service's `ReadPasskeys` and `WritePasskeys`, method by method: where each is answered.

use async_trait::async_trait;
use domain::id::PersonId;
use domain::time::Timestamp;
use service::store::{PasskeyRow, ReadPasskeys, StoreResult, WritePasskeys};

use crate::passkeys;
use crate::transaction::Transaction;

#[async_trait]
impl ReadPasskeys for Transaction {
    async fn passkey(&mut self, credential: &str) -> StoreResult<Option<PasskeyRow>> {
        passkeys::passkey(&mut self.db, credential).await
    }

    async fn passkeys(&mut self, person: PersonId) -> StoreResult<Vec<PasskeyRow>> {
        passkeys::of_person(&mut self.db, person).await
    }
}

#[async_trait]
impl WritePasskeys for Transaction {
    async fn insert_passkey(&mut self, passkey: &PasskeyRow) -> StoreResult<()> {
        passkeys::insert(&mut self.db, passkey).await
    }

    async fn use_passkey(&mut self, credential: &str, key: &str, at: Timestamp) -> StoreResult<()> {
        passkeys::note_use(&mut self.db, credential, key, at).await
    }

    async fn remove_passkey(&mut self, person: PersonId, credential: &str) -> StoreResult<bool> {
        passkeys::remove(&mut self.db, person, credential).await
    }

    async fn answer_challenge(
        &mut self,
        hash: &str,
        ends_at: Timestamp,
        now: Timestamp,
    ) -> StoreResult<bool> {
        passkeys::answer(&mut self.db, hash, ends_at, now).await
    }
}
