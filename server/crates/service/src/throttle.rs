//! Counting failures, so that nobody can try many times: codes, links, passwords.

use std::time::Duration;

use domain::time::Timestamp;

use crate::error::{Error, Result};
use crate::services::Services;
use crate::store::Record;

/// So many failures …
const LIMIT: u32 = 10;

/// … within this time, and the door stays shut until some are older.
const WINDOW: Duration = Duration::from_secs(600);

impl Services {
    /// Demands that fewer than ten failures were noted under each of `keys` in ten minutes.
    ///
    /// # Errors
    /// `Throttled` otherwise.
    pub async fn demand_calm(&self, keys: &[String]) -> Result<()> {
        let mut tx = self.store.read().await?;
        let since = self.window_start();
        for key in keys {
            if tx.failures(key, since).await? >= LIMIT {
                return Err(Error::Throttled { minutes: 10 });
            }
        }
        Ok(())
    }

    /// Notes a failure under each of `keys`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_failure(&self, keys: &[String]) -> Result<()> {
        let mut tx = self.store.write().await?;
        for key in keys {
            tx.insert_failure(key, self.now(), self.window_start())
                .await?;
        }
        tx.commit(Record::Observation).await?;
        Ok(())
    }

    fn window_start(&self) -> Timestamp {
        self.now() - WINDOW
    }
}
