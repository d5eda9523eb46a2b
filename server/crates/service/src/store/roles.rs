//! What roles need of a database.
//!
//! Supertraits of [`Read`](super::Read) and [`Write`](super::Write): a file of its own, since it is a
//! subject of its own.

use async_trait::async_trait;
use domain::id::PersonId;
use domain::role::{Assignment, Grant, PeopleGroup, Principal};
use domain::time::Timestamp;

use super::StoreResult;

/// One consistent state, as far as roles go.
#[async_trait]
pub trait ReadRoles: Send {
    /// The roles that a person has, by themselves or by being in a group.
    async fn grants(&mut self, person: PersonId) -> StoreResult<Vec<Grant>> {
        let all = self.assignments_of(person).await?;
        Ok(all.into_iter().map(|assignment| assignment.grant).collect())
    }

    /// The same, with whom each role was given to.
    async fn assignments_of(&mut self, person: PersonId) -> StoreResult<Vec<Assignment>>;

    /// Every role that was given, the oldest first.
    async fn assignments(&mut self) -> StoreResult<Vec<Assignment>>;

    /// Whether a person's address was shown to be theirs.
    async fn is_proven(&mut self, person: PersonId) -> StoreResult<bool>;

    /// Whether a person who may sign in owns the installation. Groups do not count: they may be empty.
    async fn has_owner(&mut self) -> StoreResult<bool>;

    /// The groups that providers have claimed of people, and how many people each has.
    async fn claimed_groups(&mut self) -> StoreResult<Vec<(PeopleGroup, u32)>>;
}

/// One transaction, as far as roles go.
#[async_trait]
pub trait WriteRoles: ReadRoles {
    /// Gives a role; giving it twice is giving it once.
    async fn insert_grant(&mut self, principal: &Principal, grant: &Grant) -> StoreResult<()>;

    /// Takes a role; whether it was there.
    async fn remove_grant(&mut self, principal: &Principal, grant: &Grant) -> StoreResult<bool>;

    /// Writes in which groups a provider says that somebody is, instead of what it said before.
    async fn put_claimed_groups(
        &mut self,
        provider: &str,
        subject: &str,
        groups: &[String],
    ) -> StoreResult<()>;

    /// Forgets what providers claimed of people who have not come by them since `before`.
    async fn forget_claims(&mut self, before: Timestamp) -> StoreResult<()>;

    /// Notes that a person's address was shown to be theirs.
    async fn note_proof(&mut self, person: PersonId) -> StoreResult<()>;
}
