//! Counting failures, so that nobody can try many times: codes, links, passwords.

use std::time::Duration;

use domain::id::PersonId;
use domain::time::Timestamp;

use crate::error::{Error, Result};
use crate::services::Services;
use crate::store::{Audit, Record};

/// So many failures …
const LIMIT: u32 = 10;

/// … within this time, and the door stays shut until some are older.
const WINDOW: Duration = Duration::from_secs(600);

/// Something that somebody tried and that did not work, for the record.
#[derive(Clone, Debug)]
pub struct Failure<'a> {
    /// Who, where that is known.
    pub by: Option<PersonId>,
    /// What, as a dotted word.
    pub action: &'static str,
    /// A sentence; never what was tried as a secret.
    pub text: String,
    /// From which network address.
    pub from: &'a str,
}

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

    /// Notes a failure under each of `keys`, and writes it down.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_failure(&self, keys: &[String], failure: Failure<'_>) -> Result<()> {
        let mut tx = self.store.write().await?;
        for key in keys {
            tx.insert_failure(key, self.now(), self.window_start())
                .await?;
        }
        tx.commit(Record::Audit(Audit {
            at: self.now(),
            by: failure.by,
            action: failure.action,
            lab: None,
            text: failure.text,
            from: failure.from.to_owned(),
        }))
        .await?;
        Ok(())
    }

    /// Counts an attempt and writes it down, unless one of `keys` has had its number of them in ten
    /// minutes. Looked and counted in one transaction.
    ///
    /// # Errors
    /// `Throttled` for one too many, which is not counted.
    pub async fn count_attempt(&self, keys: &[(String, u32)], attempt: Failure<'_>) -> Result<()> {
        let mut tx = self.store.write().await?;
        for (key, most) in keys {
            if tx.failures(key, self.window_start()).await? >= *most {
                return Err(Error::Throttled { minutes: 10 });
            }
        }
        for (key, _) in keys {
            tx.insert_failure(key, self.now(), self.window_start())
                .await?;
        }
        tx.commit(Record::Audit(Audit {
            at: self.now(),
            by: attempt.by,
            action: attempt.action,
            lab: None,
            text: attempt.text,
            from: attempt.from.to_owned(),
        }))
        .await?;
        Ok(())
    }

    fn window_start(&self) -> Timestamp {
        self.now() - WINDOW
    }
}
