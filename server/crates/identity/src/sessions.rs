//! A person's sessions: begun, listed, ended.

use domain::time::Timestamp;
use service::access::Actor;
use service::changes::Change;
use service::error::{Error, Result};
use service::sessions::has_ended;
use service::store::{Origin, Person, Record, Session, Write};
use service::vault::Vault;

use crate::Identity;

/// A session as its person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSession {
    /// The hash of its token, by which it is ended.
    pub hash: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Timestamp,
    /// From where.
    pub origin: Origin,
    /// By which provider; none where it was the password or a link.
    pub provider: Option<String>,
}

impl Identity {
    /// Begins a session; returns its token.
    pub(crate) async fn begin_session<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        person: &Person,
        origin: &Origin,
        provider: Option<&str>,
    ) -> Result<String> {
        let token = self.services.vault.new_token();
        let now = self.services.now();
        tx.insert_session(&Session {
            token_hash: Vault::token_hash(&token),
            person: person.id,
            created_at: now,
            used_at: now,
            origin: origin.clone(),
            provider: provider.map(str::to_owned),
        })
        .await?;
        Ok(token)
    }

    /// The caller's sessions that have not ended, the one used last first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn own_sessions(&self, actor: &Actor) -> Result<Vec<OwnSession>> {
        let now = self.services.now();
        let mut sessions = self
            .services
            .store
            .read()
            .await?
            .sessions(actor.person)
            .await?;
        sessions.retain(|session| !has_ended(session, now));
        let own = |session: Session| OwnSession {
            hash: session.token_hash,
            created_at: session.created_at,
            used_at: session.used_at,
            origin: session.origin,
            provider: session.provider,
        };
        Ok(sessions.into_iter().map(own).collect())
    }

    /// Ends one of the caller's sessions, and with it every connection that depends on it.
    ///
    /// # Errors
    /// `NotFound` when it has ended, or is somebody else's.
    pub async fn end_own_session(&self, actor: &Actor, hash: &str) -> Result<()> {
        actor.demand_changes()?;
        let mut tx = self.services.store.write().await?;
        let session = tx.session(hash).await?;
        let session = session.filter(|session| session.person == actor.person);
        let session = session.ok_or(Error::NotFound("session"))?;
        tx.remove_session(&session.token_hash).await?;
        let text = format!("{} ended a session.", actor.email);
        tx.commit(self.own(actor, "session.end", text)).await?;
        self.services.changes.tell(Change::People);
        Ok(())
    }

    /// Ends all of the caller's sessions but the one with the hash `this`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_other_sessions(&self, actor: &Actor, this: Option<&str>) -> Result<()> {
        actor.demand_changes()?;
        let mut tx = self.services.store.write().await?;
        let ended = tx.remove_sessions(actor.person, this).await?;
        let text = format!("{} ended {ended} other sessions.", actor.email);
        tx.commit(self.own(actor, "session.end", text)).await?;
        self.services.changes.tell(Change::People);
        Ok(())
    }

    /// A record of what somebody did to their own account.
    pub(crate) fn own(&self, actor: &Actor, action: &'static str, text: String) -> Record {
        self.services.of_the_house(actor, action, text)
    }
}
