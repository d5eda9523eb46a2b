//! The service's `ReadRosters` and `WriteRosters`, method by method: where each is answered.

use std::collections::HashMap;

use async_trait::async_trait;
use domain::id::{LabId, UserId};
use domain::lab::Lab;
use domain::time::Timestamp;
use service::access::Allowed;
use service::store::{ReadRosters, Roster, StoreResult, WriteRosters};

use crate::rosters;
use crate::transaction::Transaction;

#[async_trait]
impl ReadRosters for Transaction {
    async fn roster(&mut self, lab: LabId) -> StoreResult<Option<Roster>> {
        rosters::roster(&mut self.db, lab).await
    }

    async fn due_rosters(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<LabId>> {
        rosters::due(&mut self.db, now, limit).await
    }

    async fn next_roster_due(&mut self) -> StoreResult<Option<Timestamp>> {
        rosters::next(&mut self.db).await
    }

    async fn leavers(&mut self, lab: LabId) -> StoreResult<HashMap<UserId, Timestamp>> {
        rosters::leavers(&mut self.db, lab).await
    }

    async fn labs_with_leavers(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<LabId>> {
        rosters::labs_with_leavers(&mut self.db, now, limit).await
    }
}

#[async_trait]
impl WriteRosters for Transaction {
    async fn save_roster(&mut self, lab: &Allowed<Lab>, roster: &Roster) -> StoreResult<()> {
        self.touch(lab.id);
        rosters::save(&mut self.db, lab.id, roster).await
    }

    async fn remove_roster(&mut self, lab: &Allowed<Lab>) -> StoreResult<()> {
        self.touch(lab.id);
        rosters::remove(&mut self.db, lab.id).await
    }

    async fn lease_roster(
        &mut self,
        lab: LabId,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> StoreResult<bool> {
        rosters::lease(&mut self.db, lab, holder, now, until).await
    }

    async fn release_roster(&mut self, lab: LabId, holder: &str) -> StoreResult<()> {
        rosters::release(&mut self.db, lab, holder).await
    }

    async fn set_leaver(
        &mut self,
        lab: &Allowed<Lab>,
        user: UserId,
        leaves_at: Option<Timestamp>,
    ) -> StoreResult<()> {
        self.touch(lab.id);
        rosters::set_leaver(&mut self.db, lab.id, user, leaves_at).await
    }
}
