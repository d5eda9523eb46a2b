//! Counting failures, so that nobody can try many times: codes, links, passwords.

use std::net::{IpAddr, Ipv6Addr};
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

/// The key under which failures at a door are counted by the network address that they come from.
///
/// One network is one caller where the address is of IPv6: whoever has one has all of its addresses.
pub fn by_address(door: &str, address: &str) -> String {
    let parsed = address.parse::<IpAddr>();
    let caller = match parsed.map(|found| found.to_canonical()) {
        Ok(IpAddr::V4(four)) => four.to_string(),
        Ok(IpAddr::V6(six)) => {
            let network = Ipv6Addr::from(u128::from(six) & (u128::MAX << 64));
            format!("{network}/64")
        }
        Err(_) => address.to_owned(),
    };
    format!("{door}/from/{caller}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_the_newer_kind_is_one_caller() {
        for (address, key) in [
            ("192.0.2.7", "code/from/192.0.2.7"),
            ("::ffff:192.0.2.7", "code/from/192.0.2.7"),
            ("2001:db8:1:2::7", "code/from/2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::8", "code/from/2001:db8:1:2::/64"),
            ("2001:db8:1:3::7", "code/from/2001:db8:1:3::/64"),
            ("unknown", "code/from/unknown"),
        ] {
            assert_eq!(by_address("code", address), key);
        }
    }
}
