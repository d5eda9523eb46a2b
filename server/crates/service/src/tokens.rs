//! Access tokens: made by their person, shown once, kept as a hash, taken back at any time.

use std::time::Duration;

use domain::email::Email;
use domain::id::{PersonId, TokenId};
use domain::name::TokenName;
use domain::token::{AccessToken, Lifetime, Reach};

use crate::access::Actor;
use crate::error::{Error, Result};
use crate::services::Services;
use crate::sessions::person_with_roles;
use crate::store::Record;
use crate::throttle::{Failure, by_address};
use crate::vault::Vault;

/// What every token begins with, so that people and scanners for leaked secrets know it.
pub(crate) const MARK: &str = "lectern_";

/// How many tokens a person may have.
const MOST: usize = 50;

/// How precisely a token's last use is kept.
const TOUCH: Duration = Duration::from_secs(60);

impl Services {
    /// Makes a token for the caller; the secret is shown now and never again.
    ///
    /// # Errors
    /// `Forbidden` with a token that only reads; `Conflict` when the caller has too many.
    pub async fn create_token(
        &self,
        actor: &Actor,
        name: TokenName,
        reach: Reach,
        lifetime: Lifetime,
    ) -> Result<(String, AccessToken)> {
        actor.demand_changes()?;
        let now = self.now();
        let secret = format!("{MARK}{}", self.vault.new_token());
        let token = AccessToken {
            id: self.new_token_id(),
            person: actor.person,
            name,
            reach,
            created_at: now,
            expires_at: lifetime.end(now),
            used_at: None,
        };
        let mut tx = self.store.write().await?;
        if tx.tokens_of(actor.person).await?.len() >= MOST {
            return Err(Error::Conflict(format!(
                "You have {MOST} access tokens. Delete one that is not needed any more."
            )));
        }
        tx.insert_token(&token, &Vault::token_hash(&secret)).await?;
        let text = format!("Made the access token “{}”.", token.name);
        tx.commit(self.of_the_house(actor, "token.create", text))
            .await?;
        Ok((secret, token))
    }

    /// Makes a token for whoever has this address: for administrators at the command line.
    ///
    /// # Errors
    /// `NotFound` when nobody has it; see [`Services::create_token`] otherwise.
    pub async fn create_token_for(
        &self,
        email: &Email,
        name: TokenName,
        reach: Reach,
        lifetime: Lifetime,
    ) -> Result<(String, AccessToken)> {
        let mut tx = self.store.read().await?;
        let person = tx
            .person_by_email(email)
            .await?
            .ok_or(Error::NotFound("account"))?;
        let actor = person_with_roles(&mut *tx, person.id)
            .await?
            .ok_or(Error::NotFound("account"))?;
        drop(tx);
        self.create_token(&actor, name, reach, lifetime).await
    }

    /// The caller's tokens, the oldest first, those that ended too.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tokens(&self, actor: &Actor) -> Result<Vec<AccessToken>> {
        Ok(self.store.read().await?.tokens_of(actor.person).await?)
    }

    /// Takes one of the caller's tokens back; it works no more from now on.
    ///
    /// # Errors
    /// `Forbidden` with a token that only reads; `NotFound` when the caller has no such token.
    pub async fn revoke_token(&self, actor: &Actor, id: TokenId) -> Result<()> {
        actor.demand_changes()?;
        let mut tx = self.store.write().await?;
        let all = tx.tokens_of(actor.person).await?;
        let token = all.into_iter().find(|token| token.id == id);
        let token = token.ok_or(Error::NotFound("access token"))?;
        tx.remove_token(id, actor.person).await?;
        let text = format!("Took the access token “{}” back.", token.name);
        tx.commit(self.of_the_house(actor, "token.revoke", text))
            .await?;
        Ok(())
    }

    /// Who comes with this token; nobody, when it is none, has ended, or its person may not sign in.
    /// `address` is the network address that the request comes from. Tokens that do not work are written
    /// down and counted by it, but for what does not even look like one; a token that works is taken
    /// wherever it comes from.
    ///
    /// # Errors
    /// `Throttled` for a token that does not work, after ten of them from the address in ten minutes.
    pub async fn authenticate_token(&self, secret: &str, address: &str) -> Result<Option<Actor>> {
        if !secret.starts_with(MARK) {
            return Ok(None);
        }
        let now = self.now();
        let mut tx = self.store.read().await?;
        let known = tx.token(&Vault::token_hash(secret)).await?;
        let person = known.as_ref().map(|token| token.person);
        let token = known.filter(|token| token.works(now));
        let actor = match &token {
            Some(token) => person_with_roles(&mut *tx, token.person).await?,
            None => None,
        };
        drop(tx);
        let (Some(token), Some(actor)) = (token, actor) else {
            self.note_wrong_token(person, address).await?;
            return Ok(None);
        };
        if token.used_at.is_none_or(|at| now.since(at) > TOUCH) {
            let mut tx = self.store.write().await?;
            tx.touch_token(token.id, now).await?;
            tx.commit(Record::Observation).await?;
        }
        Ok(Some(Actor {
            read_only: token.reach == Reach::ReadOnly,
            from: address.to_owned(),
            ..actor
        }))
    }

    /// Counts a token that does not work; `by` is whose it is or was.
    async fn note_wrong_token(&self, by: Option<PersonId>, address: &str) -> Result<()> {
        let keys = [by_address("token", address)];
        self.demand_calm(&keys).await?;
        let failure = Failure {
            by,
            action: "token.fail",
            text: "A program came with an access token that does not work.".to_owned(),
            from: address,
        };
        self.note_failure(&keys, failure).await
    }
}
