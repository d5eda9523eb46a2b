//! What taking labs' lists over from groups needs of a database.
//!
//! Supertraits of [`Read`](super::Read) and [`Write`](super::Write): a file of its own, since it is a
//! subject of its own.

use std::collections::HashMap;

use async_trait::async_trait;
use domain::id::{LabId, UserId};
use domain::lab::Lab;
use domain::time::Timestamp;

use super::StoreResult;
use crate::access::Allowed;

/// A lab that takes its list over from a group: how it is done, and how it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// The lab.
    pub lab: LabId,
    /// For how many days who left the group keeps their place; 0 for not at all.
    pub grace_days: u32,
    /// When it is to be looked after next.
    pub due_at: Timestamp,
    /// When the list is taken over whole at the latest; before that only where the group changed.
    pub whole_at: Timestamp,
    /// By what it is told whether the group changed since, where that can be told.
    pub mark: Option<String>,
    /// When it was last tried.
    pub synced_at: Option<Timestamp>,
    /// What came of that, in a sentence.
    pub outcome: Option<String>,
    /// Whether it failed.
    pub failed: bool,
}

/// One consistent state, as far as lists from groups go.
#[async_trait]
pub trait ReadRosters: Send {
    /// A lab's, where it takes its list over from a group.
    async fn roster(&mut self, lab: LabId) -> StoreResult<Option<Roster>>;

    /// Labs due at `now` that no process has leased, the longest due first; at most `limit`. Locks
    /// nothing.
    async fn due_rosters(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<LabId>>;

    /// When the next lab or leaver is due; what is leased is when its lease has run out.
    async fn next_roster_due(&mut self) -> StoreResult<Option<Timestamp>>;

    /// Who leaves a lab's list, and until when they stay.
    async fn leavers(&mut self, lab: LabId) -> StoreResult<HashMap<UserId, Timestamp>>;

    /// Labs that somebody leaves by `now`; at most `limit`. Locks nothing.
    async fn labs_with_leavers(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<LabId>>;
}

/// One transaction, as far as lists from groups go.
#[async_trait]
pub trait WriteRosters: ReadRosters {
    /// Writes a lab's, whether or not it was there; who has leased it keeps it.
    async fn save_roster(&mut self, lab: &Allowed<Lab>, roster: &Roster) -> StoreResult<()>;

    /// The lab takes its list over from no group any more: nobody leaves it by one either.
    async fn remove_roster(&mut self, lab: &Allowed<Lab>) -> StoreResult<()>;

    /// Leases a due lab to `holder` until `until`. False when another holder has it, or another
    /// transaction is changing it just now.
    async fn lease_roster(
        &mut self,
        lab: LabId,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> StoreResult<bool>;

    /// Gives a lab's lease back, if `holder` still has it.
    async fn release_roster(&mut self, lab: LabId, holder: &str) -> StoreResult<()>;

    /// Notes until when somebody stays on a lab's list; none for as long as they are in the group.
    async fn set_leaver(
        &mut self,
        lab: &Allowed<Lab>,
        user: UserId,
        leaves_at: Option<Timestamp>,
    ) -> StoreResult<()>;
}
