//! Hashing passwords with argon2id, never more of them at once than there is memory for.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use domain::credentials::Password;
use domain::email::Email;
use domain::name::PersonName;
use service::error::{Error, Result};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::guessable::demand_hard_to_guess;

/// How many hashes are computed at once; each takes 19 MiB.
const AT_ONCE: usize = 4;

/// Hashes and verifies passwords, away from the threads that serve requests.
#[derive(Clone, Debug)]
pub struct Hasher {
    turns: Arc<Semaphore>,
    /// A hash that no one's password has. Verifying against it takes as long as against a real one,
    /// so that an unknown address cannot be told from a wrong password by the time it takes.
    decoy: Arc<str>,
}

impl Hasher {
    /// A hasher with argon2id's recommended cost.
    ///
    /// # Errors
    /// When the operating system gives no random salt.
    pub fn new() -> Result<Self> {
        let decoy = hash("a password that nobody has")?;
        Ok(Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            decoy: decoy.into(),
        })
    }

    /// The hash of a password that somebody chose for the account with this address and name, with a
    /// fresh salt. There is no other way to one, so that no entrance forgets what may not be chosen.
    ///
    /// # Errors
    /// `Invalid` for a password that is guessed first; when the operating system gives no random salt.
    pub async fn hash_chosen(
        &self,
        password: &Password,
        email: &Email,
        name: &PersonName,
    ) -> Result<String> {
        demand_hard_to_guess(password, email, name)?;
        let password = password.clone();
        let _turn = self.turn().await?;
        aside(move || hash(password.expose())).await?
    }

    /// Waits for a turn.
    pub(crate) async fn turn(&self) -> Result<Turn<'_>> {
        let permit = self.turns.acquire().await;
        Ok(Turn {
            decoy: &self.decoy,
            _permit: permit.map_err(|e| Error::Internal(Box::new(e)))?,
        })
    }
}

/// One of the few turns that there are at once, for as long as it is held.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    decoy: &'a str,
    _permit: SemaphorePermit<'a>,
}

impl Turn<'_> {
    /// Whether `password` has this hash. Without a hash the answer is no, after the same time.
    pub(crate) async fn verify(&self, password: &Password, hash: Option<&str>) -> Result<bool> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(self.decoy).to_owned();
        let password = password.clone();
        let fits = aside(move || {
            PasswordHash::new(&hash).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.expose().as_bytes(), &hash)
                    .is_ok()
            })
        })
        .await?;
        Ok(fits && known)
    }
}

/// Computes away from the threads that serve requests.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Error::Internal(Box::new(e)))
}

fn hash(password: &str) -> Result<String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|e| Error::Internal(e.to_string().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let hasher = Hasher::new().unwrap();
        let password = Password::for_person("correct horse battery").unwrap();
        let email = Email::parse("ada@example.org").unwrap();
        let name = PersonName::parse("Ada").unwrap();
        let hash = hasher.hash_chosen(&password, &email, &name).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        let turn = hasher.turn().await.unwrap();
        assert!(turn.verify(&password, Some(&hash)).await.unwrap());
        let wrong = Password::as_typed("wrong");
        assert!(!turn.verify(&wrong, Some(&hash)).await.unwrap());
        assert!(!turn.verify(&password, None).await.unwrap());
    }
}
