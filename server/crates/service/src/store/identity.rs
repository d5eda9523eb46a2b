//! What signing in needs of a database.
//!
//! Supertraits of [`Read`](super::Read) and [`Write`](super::Write): a file of its own, since it is a
//! subject of its own.

use std::collections::HashMap;

use async_trait::async_trait;
use domain::email::Email;
use domain::id::PersonId;
use domain::name::PersonName;
use domain::time::Timestamp;

use super::{AuditFilter, AuditLine, Person, Session, StoreResult};

/// What a provider knows a person by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderIdentity {
    /// The provider, as the settings name it.
    pub provider: String,
    /// The person, as the provider names them; unique there.
    pub subject: String,
    /// Who it is. One provider knows a person by one name.
    pub person: PersonId,
    /// The address that the provider had when it was linked.
    pub email: Option<Email>,
    /// When it was linked.
    pub created_at: Timestamp,
    /// When the person last came by it.
    pub used_at: Timestamp,
}

/// One consistent state, as far as signing in asks.
#[async_trait]
pub trait ReadIdentity: Send {
    /// Who a provider means.
    async fn identity(
        &mut self,
        provider: &str,
        subject: &str,
    ) -> StoreResult<Option<ProviderIdentity>>;

    /// By which providers a person comes in, the oldest first.
    async fn identities(&mut self, person: PersonId) -> StoreResult<Vec<ProviderIdentity>>;

    /// Everybody with an account, programs too.
    async fn people(&mut self) -> StoreResult<Vec<Person>>;

    /// On how many labs' lists everybody is who is on any.
    async fn places_by_person(&mut self) -> StoreResult<HashMap<PersonId, u32>>;

    /// Lines of the audit log, the newest first.
    async fn audit_lines(&mut self, filter: &AuditFilter) -> StoreResult<Vec<AuditLine>>;

    /// A person's sessions, ended ones too, the one used last first.
    async fn sessions(&mut self, person: PersonId) -> StoreResult<Vec<Session>>;
}

/// One transaction, as far as signing in asks.
#[async_trait]
pub trait WriteIdentity: ReadIdentity {
    /// Links a provider to a person. Taken ones are a conflict.
    async fn insert_identity(&mut self, identity: &ProviderIdentity) -> StoreResult<()>;

    /// Notes that a person came by a provider.
    async fn touch_identity(
        &mut self,
        provider: &str,
        subject: &str,
        at: Timestamp,
    ) -> StoreResult<()>;

    /// Unlinks a provider from a person; whether it was linked.
    async fn remove_identity(&mut self, person: PersonId, provider: &str) -> StoreResult<bool>;

    /// A person as they are now; no other transaction changes them before this one ends.
    async fn hold_person(&mut self, person: PersonId) -> StoreResult<Option<Person>>;

    /// Switches an account off or on.
    async fn set_disabled(&mut self, person: PersonId, disabled: bool) -> StoreResult<()>;

    /// Gives a person another name.
    async fn name_person(&mut self, person: PersonId, name: &PersonName) -> StoreResult<()>;

    /// Whoever was expected has come.
    async fn note_arrival(&mut self, person: PersonId) -> StoreResult<()>;

    /// Ends a person's sessions but the one with this hash; how many those were.
    async fn remove_sessions(&mut self, person: PersonId, but: Option<&str>) -> StoreResult<u64>;
}
