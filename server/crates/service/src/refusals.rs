//! Refusals that are written down and keep nobody out.

use crate::error::{Error, Result};
use crate::services::Services;
use crate::throttle::Failure;

impl Services {
    /// Writes down that somebody was refused. The log has the first ten under `key` in ten minutes, so that
    /// whoever sends many does not fill it; nobody is slowed by what is counted here.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_refusal(&self, key: String, failure: Failure<'_>) -> Result<()> {
        let keys = [key];
        match self.demand_calm(&keys).await {
            Ok(()) => self.note_failure(&keys, failure).await,
            Err(Error::Throttled { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
