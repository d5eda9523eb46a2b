//! The service's `ReadRoles`, method by method: where each is answered.

use async_trait::async_trait;
use domain::id::PersonId;
use domain::role::{Assignment, PeopleGroup};
use service::store::{ReadRoles, StoreResult};

use crate::transaction::Transaction;
use crate::{grants, people};

#[async_trait]
impl ReadRoles for Transaction {
    async fn assignments_of(&mut self, person: PersonId) -> StoreResult<Vec<Assignment>> {
        grants::of_person(&mut self.db, person).await
    }

    async fn assignments(&mut self) -> StoreResult<Vec<Assignment>> {
        grants::all(&mut self.db).await
    }

    async fn is_proven(&mut self, person: PersonId) -> StoreResult<bool> {
        people::is_proven(&mut self.db, person).await
    }

    async fn has_owner(&mut self) -> StoreResult<bool> {
        grants::has_owner(&mut self.db).await
    }

    async fn claimed_groups(&mut self) -> StoreResult<Vec<(PeopleGroup, u32)>> {
        grants::claimed(&mut self.db).await
    }
}
