//! Programs that sign in by themselves: made at the command line, they hold roles like people and
//! trade a secret for access tokens that work for an hour.

use std::time::Duration;

use domain::email::Email;
use domain::id::PersonId;
use domain::name::{PersonName, TokenName};
use domain::role::{Grant, Role, Scope};
use domain::token::{AccessToken, Lifetime, Reach};

use crate::error::{Error, Result};
use crate::services::Services;
use crate::sessions::person_with_roles;
use crate::store::{Audit, ClientSecret, Person, PersonKind, Record};
use crate::throttle::{Failure, by_address};
use crate::tokens::MARK;
use crate::vault::Vault;

/// How long a token works that was traded for a secret.
pub const TOKEN_LIFE: Duration = Duration::from_secs(3600);

/// A new program, with its secret: it is shown now and never again.
#[derive(Clone)]
pub struct Principal {
    /// Its id.
    pub id: PersonId,
    /// Its secret.
    pub secret: String,
}

impl Services {
    /// Makes a program with a role for the whole installation, and a secret that works for
    /// `lifetime`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn create_principal(
        &self,
        name: PersonName,
        role: Option<Role>,
        lifetime: Lifetime,
    ) -> Result<Principal> {
        let now = self.now();
        let id = self.new_person_id();
        // No mail is ever sent there, and nobody can sign in with it.
        let email = Email::parse(&format!("{id}@programs.invalid"))?;
        let secret = self.vault.new_token();
        let mut tx = self.store.write().await?;
        tx.insert_person(&Person {
            id,
            email,
            name: name.clone(),
            password_hash: None,
            disabled: false,
            created_at: now,
            kind: PersonKind::Application,
        })
        .await?;
        if let Some(role) = role {
            let scope = Scope::Organisation;
            tx.insert_grant(&id.into(), &Grant { role, scope }).await?;
        }
        tx.insert_client_secret(&ClientSecret {
            hash: Vault::token_hash(&secret),
            person: id,
            created_at: now,
            expires_at: lifetime.end(now),
        })
        .await?;
        tx.commit(Record::Audit(Audit {
            at: now,
            by: None,
            action: "principal.create",
            lab: None,
            text: format!("Made the program “{name}”."),
            from: String::new(),
        }))
        .await?;
        Ok(Principal { id, secret })
    }

    /// Trades a program's secret for an access token that works for [`TOKEN_LIFE`]. `address` is the
    /// caller's network address, by which failures are counted.
    ///
    /// # Errors
    /// `Unauthenticated`, whatever it is that does not fit; `Throttled` after too many failures.
    pub async fn trade_secret(&self, client: &str, secret: &str, address: &str) -> Result<String> {
        let keys = [by_address("client", address)];
        self.demand_calm(&keys).await?;
        let now = self.now();
        let mut tx = self.store.read().await?;
        let known = tx.client_secret(&Vault::token_hash(secret)).await?;
        let known =
            known.filter(|known| now < known.expires_at && client.parse() == Ok(known.person));
        let actor = match &known {
            Some(known) => person_with_roles(&mut *tx, known.person).await?,
            None => None,
        };
        drop(tx);
        let Some(actor) = actor else {
            let failure = Failure {
                by: known.map(|known| known.person),
                action: "sign-in.fail",
                text: "A program came with a secret that does not work.".to_owned(),
                from: address,
            };
            self.note_failure(&keys, failure).await?;
            return Err(Error::Unauthenticated);
        };
        let token = format!("{MARK}{}", self.vault.new_token());
        let mut tx = self.store.write().await?;
        tx.forget_tokens(actor.person, now).await?;
        let row = AccessToken {
            id: self.new_token_id(),
            person: actor.person,
            name: TokenName::parse("Client credentials")?,
            reach: Reach::Full,
            created_at: now,
            expires_at: now + TOKEN_LIFE,
            used_at: None,
        };
        tx.insert_token(&row, &Vault::token_hash(&token)).await?;
        let text = format!(
            "The program “{}” traded its secret for an access token.",
            actor.name
        );
        tx.commit(Record::Audit(Audit {
            at: now,
            by: Some(actor.person),
            action: "token.create",
            lab: None,
            text,
            from: address.to_owned(),
        }))
        .await?;
        Ok(token)
    }
}
