//! Passwords of people: changed by who knows the old one, or made anew by who has the mailbox.

use std::time::Duration;

use domain::credentials::Password;
use domain::email::Email;
use service::access::Actor;
use service::changes::Change;
use service::error::{Error, Result};
use service::mail::Letter;
use service::store::{Audit, LinkPurpose, OneTimeLink, Person, PersonKind, Record, Write};
use service::throttle::Failure;
use service::vault::Vault;

use crate::Identity;

/// How long a link works that was sent for a new password.
pub(crate) const LINK_LIFE: Duration = Duration::from_secs(3600);

/// How long a link works that invites somebody.
const INVITATION_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

/// The kind of these mails, and the beginning of their keys.
const KIND: &str = "account.reset";

/// Whose password was verified, as they are now; none where it was changed meanwhile, or the account
/// switched off. Neither happens from here on until the transaction ends.
pub(crate) async fn unchanged<W: Write + ?Sized>(
    tx: &mut W,
    verified: &Person,
) -> Result<Option<Person>> {
    let now = tx.hold_person(verified.id).await?;
    Ok(now.filter(|now| !now.disabled && now.password_hash == verified.password_hash))
}

impl Identity {
    /// Sends somebody who is expected a link to come in by, if mail is set up; nothing to anybody else.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn invite_expected(&self, actor: &Actor, email: &Email) -> Result<()> {
        let mut tx = self.services.store.write().await?;
        let person = tx.person_by_email(email).await?;
        let expected = |p: &Person| p.kind == PersonKind::Expected && !p.disabled;
        let Some(person) = person.filter(expected) else {
            return Ok(());
        };
        if !self.services.mailer.is_set_up() {
            return Ok(());
        }
        let (token, hash) = self
            .new_link(&mut *tx, email.clone(), INVITATION_LIFE)
            .await?;
        let letter = Letter {
            to: person.email.clone(),
            subject: "Your account at Lectern".to_owned(),
            text: format!(
                "{} gave you a role at Lectern, where classes have their virtual machines.\n\n\
                 Open this link within a week to set a password:\n{}/welcome/{token}\n",
                actor.name, self.services.public_url
            ),
            lab: None,
            kind: "account.invite",
            key: format!("account.invite/{hash}"),
        };
        self.services.post(&mut *tx, letter).await?;
        let text = format!("Invited {} by mail.", person.email);
        tx.commit(self.own(actor, "account.invite", text)).await?;
        self.services.changes.mail_waits();
        Ok(())
    }

    /// A link that signs an address in, once; its token, and the hash under which it is kept.
    pub(crate) async fn new_link<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        email: Email,
        life: Duration,
    ) -> Result<(String, String)> {
        let token = self.services.vault.new_token();
        let hash = Vault::token_hash(&token);
        tx.insert_link(&OneTimeLink {
            token_hash: hash.clone(),
            purpose: LinkPurpose::SignIn { email, role: None },
            expires_at: self.services.now() + life,
            used_at: None,
        })
        .await?;
        Ok((token, hash))
    }

    /// Changes the caller's password. Their other sessions end; the one with the hash `this` goes on.
    ///
    /// # Errors
    /// `Invalid` when the old one is not right, or there is none, or when the new one is guessed first;
    /// `Throttled` after ten failures.
    pub async fn change_password(
        &self,
        actor: &Actor,
        old: &str,
        new: &Password,
        this: Option<&str>,
    ) -> Result<()> {
        actor.demand_changes()?;
        let person = self.own_account(actor).await?;
        self.demand_own_password(actor, &person, old, "old").await?;
        let hash = self
            .hasher
            .hash_chosen(new, &person.email, &person.name)
            .await?;
        let mut tx = self.services.store.write().await?;
        if unchanged(&mut *tx, &person).await?.is_none() {
            return Err(not_yours("old"));
        }
        tx.set_password_hash(actor.person, &hash).await?;
        tx.remove_sessions(actor.person, this).await?;
        tx.remove_unused_links(&person.email).await?;
        let text = format!("{} changed their password.", actor.email);
        tx.commit(self.own(actor, "account.password", text)).await?;
        self.services.changes.tell(Change::People);
        Ok(())
    }

    /// The caller's account.
    pub(crate) async fn own_account(&self, actor: &Actor) -> Result<Person> {
        let mut tx = self.services.store.read().await?;
        let person = tx.person(actor.person).await?;
        person.ok_or(Error::NotFound("account"))
    }

    /// Demands the password of the caller's account, so that whoever sits down at somebody's session
    /// makes no way in of their own.
    pub(crate) async fn demand_own_password(
        &self,
        actor: &Actor,
        person: &Person,
        typed: &str,
        field: &'static str,
    ) -> Result<()> {
        let keys = [format!("password/{}", actor.person)];
        let hash = person.password_hash.as_deref();
        let failure = Failure {
            by: Some(actor.person),
            action: "account.password.fail",
            text: format!(
                "Somebody in a session of {} typed a wrong password.",
                actor.email
            ),
            from: &actor.from,
        };
        match self.try_password(&keys, typed, hash, failure).await? {
            true => Ok(()),
            false => Err(not_yours(field)),
        }
    }

    /// Whether what was typed has this hash; that it has not is noted under each of `keys`.
    ///
    /// Failures are counted, and this one is noted, in one turn of the hasher’s: however many guess at
    /// one moment, no more are verified than may fail, and as many as have a turn at once.
    ///
    /// # Errors
    /// `Throttled` after ten failures in ten minutes.
    pub(crate) async fn try_password(
        &self,
        keys: &[String],
        typed: &str,
        hash: Option<&str>,
        failure: Failure<'_>,
    ) -> Result<bool> {
        // Whoever is shut out takes no turn from others.
        self.services.demand_calm(keys).await?;
        let turn = self.hasher.turn().await?;
        self.services.demand_calm(keys).await?;
        let fits = turn.verify(&Password::as_typed(typed), hash).await?;
        if !fits {
            self.services.note_failure(keys, failure).await?;
        }
        drop(turn);
        Ok(fits)
    }

    /// Sends a link for a new password to an address, if somebody signs in with it. Nobody is told
    /// whether that is so.
    ///
    /// # Errors
    /// `Throttled` after four requests for one mailbox, or 500 from one network address, in ten
    /// minutes; `Conflict` while mail is not set up.
    pub async fn forgot(&self, email: &str, address: &str) -> Result<()> {
        if !self.services.mailer.is_set_up() {
            return Err(Error::Conflict(
                "Mail is not set up on this installation. Ask whoever runs it for a link."
                    .to_owned(),
            ));
        }
        let email = Email::parse(email)?;
        let asked = Failure {
            by: None,
            action: "account.forgot",
            text: format!("Somebody asked for a new password for {email}."),
            from: address,
        };
        self.count_request("forgot", &email, asked).await?;
        let mut tx = self.services.store.write().await?;
        let person = tx.person_by_email(&email).await?;
        let Some(person) = person.filter(|p| !p.disabled && p.kind == PersonKind::User) else {
            return Ok(());
        };
        let (token, hash) = self.new_link(&mut *tx, email, LINK_LIFE).await?;
        let letter = Letter {
            to: person.email.clone(),
            subject: "A new password for Lectern".to_owned(),
            text: format!(
                "Somebody, most likely you, asked for a new password.\n\n\
                 Open this link within an hour to set one:\n{}/welcome/{token}\n\n\
                 If it was not you, do nothing: your password stays as it is.\n",
                self.services.public_url
            ),
            lab: None,
            kind: KIND,
            key: format!("{KIND}/{hash}"),
        };
        self.services.post(&mut *tx, letter).await?;
        tx.commit(Record::Audit(Audit {
            at: self.services.now(),
            by: Some(person.id),
            action: "account.reset",
            lab: None,
            text: format!("A link for a new password was sent to {}.", person.email),
            from: address.to_owned(),
        }))
        .await?;
        self.services.changes.mail_waits();
        Ok(())
    }
}

fn not_yours(field: &'static str) -> Error {
    domain::Invalid::new(field, "This is not your password.").into()
}
