//! What signing in by passkeys needs of a database.

use async_trait::async_trait;
use domain::id::PersonId;
use domain::name::PasskeyName;
use domain::time::Timestamp;

use super::StoreResult;

/// A passkey of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyRow {
    /// The credential's id, as its authenticator made it, in base64url; unique.
    pub credential: String,
    /// Whose it is.
    pub person: PersonId,
    /// What the person calls it.
    pub name: PasskeyName,
    /// Its public key, its counter and whether it is backed up, as JSON that sign-in understands.
    pub key: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

/// One consistent state, as far as passkeys are concerned.
#[async_trait]
pub trait ReadPasskeys: Send {
    /// The passkey with this credential id.
    async fn passkey(&mut self, credential: &str) -> StoreResult<Option<PasskeyRow>>;

    /// A person's passkeys, the oldest first.
    async fn passkeys(&mut self, person: PersonId) -> StoreResult<Vec<PasskeyRow>>;
}

/// One transaction, as far as passkeys are concerned.
#[async_trait]
pub trait WritePasskeys: ReadPasskeys {
    /// Adds a passkey. One that somebody has already is a conflict.
    async fn insert_passkey(&mut self, passkey: &PasskeyRow) -> StoreResult<()>;

    /// Notes that a passkey was used, and what it said of itself then.
    async fn use_passkey(&mut self, credential: &str, key: &str, at: Timestamp) -> StoreResult<()>;

    /// Removes a passkey of a person; whether it was there.
    async fn remove_passkey(&mut self, person: PersonId, credential: &str) -> StoreResult<bool>;

    /// Notes that the challenge with this hash was answered, until it ends, and forgets those that
    /// have ended by `now`; whether it was answered for the first time.
    async fn answer_challenge(
        &mut self,
        hash: &str,
        ends_at: Timestamp,
        now: Timestamp,
    ) -> StoreResult<bool>;
}
