//! Who a session belongs to.

use std::time::Duration;

use domain::id::PersonId;
use domain::time::Timestamp;

use crate::access::Actor;
use crate::error::Result;
use crate::services::Services;
use crate::store::{Read, Record, Session};

/// A session ends when it was not used for this long …
pub const IDLE: Duration = Duration::from_secs(12 * 3600);

/// … and at the latest this long after it began.
pub const ABSOLUTE: Duration = Duration::from_secs(14 * 24 * 3600);

/// How precisely a session's last use is kept.
const TOUCH: Duration = Duration::from_secs(60);

/// Whether a session is over at `now`.
pub fn has_ended(session: &Session, now: Timestamp) -> bool {
    now.since(session.used_at) > IDLE || now.since(session.created_at) > ABSOLUTE
}

/// A person who may sign in, with the roles of now; none where the account is switched off.
///
/// # Errors
/// When the store fails.
pub async fn person_with_roles<R: Read + ?Sized>(
    tx: &mut R,
    id: PersonId,
) -> Result<Option<Actor>> {
    let Some(person) = tx.person(id).await?.filter(|p| !p.disabled) else {
        return Ok(None);
    };
    let grants = tx.grants(person.id).await?;
    Ok(Some(Actor {
        person: person.id,
        email: person.email,
        name: person.name,
        grants,
        read_only: false,
        from: String::new(),
    }))
}

impl Services {
    /// The person whose session has this token hash, with their roles; `None` when the session
    /// ended, or the person may not sign in any more.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn actor_of<R: Read + ?Sized>(
        &self,
        tx: &mut R,
        session_hash: &str,
    ) -> Result<Option<Actor>> {
        let now = self.now();
        let Some(session) = tx.session(session_hash).await? else {
            return Ok(None);
        };
        if has_ended(&session, now) {
            return Ok(None);
        }
        person_with_roles(tx, session.person).await
    }

    /// The caller of a request, by the session in its cookie; notes that the session was used.
    /// `address` is the network address that the request comes from.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn authenticate(&self, session_hash: &str, address: &str) -> Result<Option<Actor>> {
        let mut tx = self.store.read().await?;
        let actor = self.actor_of(&mut *tx, session_hash).await?;
        if actor.is_some()
            && let Some(session) = tx.session(session_hash).await?
            && self.now().since(session.used_at) > TOUCH
        {
            drop(tx);
            let mut tx = self.store.write().await?;
            tx.touch_session(session_hash, self.now()).await?;
            tx.commit(Record::Observation).await?;
        }
        let from = address.to_owned();
        Ok(actor.map(|actor| Actor { from, ..actor }))
    }

    /// The same for what a page asks by itself as long as it is open: that is no use of the session.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn still_there(&self, session_hash: &str, address: &str) -> Result<Option<Actor>> {
        let mut tx = self.store.read().await?;
        let actor = self.actor_of(&mut *tx, session_hash).await?;
        let from = address.to_owned();
        Ok(actor.map(|actor| Actor { from, ..actor }))
    }
}
