//! One transaction, reading or writing: what the service's traits are implemented for.

use std::collections::BTreeSet;

use domain::id::LabId;
use service::store::{Record, StoreResult};

use crate::db::{Db, Driver};
use crate::{audit, labs};

/// A transaction. Whether it writes was said when it began.
pub(crate) struct Transaction {
    pub db: Db,
    /// The labs whose version grows when this commits. They are counted at the very end, once each
    /// and in one order, so that the counters are locked shortly and nobody waits in a circle.
    touched: BTreeSet<LabId>,
}

impl Transaction {
    /// A transaction that only reads.
    pub fn reading(driver: Driver) -> Self {
        Self {
            db: Db::reading(driver),
            touched: BTreeSet::new(),
        }
    }

    /// A transaction that writes.
    pub fn writing(driver: Driver) -> Self {
        Self {
            db: Db::writing(driver),
            touched: BTreeSet::new(),
        }
    }

    /// Notes that the lab, or something of it, is changed here.
    pub fn touch(&mut self, lab: LabId) {
        self.touched.insert(lab);
    }

    /// Counts the versions, writes the record, and ends the transaction.
    pub async fn end(mut self, record: Record) -> StoreResult<()> {
        for lab in std::mem::take(&mut self.touched) {
            labs::count_version(&mut self.db, lab).await?;
        }
        match record {
            Record::Audit(line) => audit::insert(&mut self.db, &line).await?,
            Record::Observation => {}
        }
        self.db.commit().await
    }
}
