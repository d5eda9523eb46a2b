//! Passkeys: keys that a person's device keeps and uses only for who unlocks it.
//!
//! Nobody types an address: the device knows whose key it is. What is asked travels sealed, with the
//! page that asked it, so that any process can take the answer; that an answer is taken once only is a
//! row. Whatever is wrong with an answer, the person hears one same sentence, and the record says more.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::PersonId;
use domain::name::PasskeyName;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::access::Actor;
use service::error::{Error, Result};
use service::store::{Origin, PasskeyRow, Person};
use service::throttle::Failure;
use service::vault::Vault;
use url::Url;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};
use webauthn_rs_proto::ResidentKeyRequirement;

use crate::Identity;
use crate::accounts::sign_in_keys;

/// How long a question may be answered. A sign-in page asks as soon as it is open.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// How many passkeys a person may have.
const MOST: usize = 20;

/// What the questions are sealed for.
const SIGN_IN: &str = "passkey-sign-in";
const ADD: &str = "passkey-add";

/// How a session says that it was begun by a passkey: with this before the passkey's name. No provider
/// has such an id.
const BY: &str = "passkey:";

/// What is asked of a browser.
#[derive(Clone, Debug, Serialize)]
pub struct Question {
    /// What `navigator.credentials` is called with, binary values in base64url.
    pub options: Value,
    /// What must come back with the answer.
    pub ticket: String,
}

/// What is remembered of a question to somebody who signs in.
#[derive(Serialize, Deserialize)]
struct Asked {
    state: DiscoverableAuthentication,
    /// The hash of the challenge.
    challenge: String,
    ends_at: i64,
}

/// What is remembered of a question to somebody who adds a passkey.
#[derive(Serialize, Deserialize)]
struct Adding {
    state: PasskeyRegistration,
    person: PersonId,
    ends_at: i64,
}

/// The site that passkeys are for. Browsers keep them for names only, and only where nobody on the way
/// can change the page: none by http, save on the same machine, and none by a bare network address.
pub(crate) fn site(public_url: &str) -> Option<Webauthn> {
    let url = Url::parse(public_url).ok()?;
    let name = url.domain()?;
    let here = name == "localhost" || name.ends_with(".localhost");
    if url.scheme() != "https" && !(here && url.scheme() == "http") {
        return None;
    }
    let site = WebauthnBuilder::new(name, &url).ok()?.rp_name("Lectern");
    site.build().ok()
}

/// The name of the passkey that a session was begun by, where it was one.
pub fn begun_by_passkey(provider: &str) -> Option<&str> {
    provider.strip_prefix(BY)
}

impl Identity {
    /// Where passkeys work: the portal's address without a path. None where they cannot.
    pub fn passkey_origin(&self) -> Option<String> {
        let origins = self.site.as_ref()?.get_allowed_origins();
        origins
            .first()
            .map(|url| url.origin().ascii_serialization())
    }

    fn site(&self) -> Result<&Webauthn> {
        self.site.as_ref().ok_or_else(|| {
            Error::Conflict(
                "Passkeys need the portal to be reached by https and by a name.".to_owned(),
            )
        })
    }

    /// Asks whoever wants to sign in for a passkey.
    ///
    /// # Errors
    /// `Conflict` where passkeys cannot work.
    pub fn ask_for_passkey(&self) -> Result<Question> {
        let (options, state) = self
            .site()?
            .start_discoverable_authentication()
            .map_err(defect)?;
        let challenge = URL_SAFE_NO_PAD.encode(&options.public_key.challenge);
        let asked = Asked {
            state,
            challenge: Vault::token_hash(&challenge),
            ends_at: self.patience(),
        };
        Ok(Question {
            options: to_json(&options.public_key)?,
            ticket: self.oidc.pack(SIGN_IN, &asked)?,
        })
    }

    /// Signs in whose passkey answered, and returns the token of their new session.
    ///
    /// # Errors
    /// `Forbidden`, with one same sentence, for whatever is wrong with the answer or the account, and
    /// with another for one that took too long; `Throttled` after ten failures in ten minutes.
    pub async fn sign_in_by_passkey(
        &self,
        ticket: &str,
        answer: Value,
        origin: &Origin,
    ) -> Result<String> {
        self.site()?;
        let keys = sign_in_keys(origin, None);
        self.services.demand_calm(&keys).await?;
        let asked = self.still_asked(SIGN_IN, ticket, |asked: &Asked| asked.ends_at)?;
        match self.recognise(asked, answer, origin).await? {
            Ok(token) => Ok(token),
            Err(why) => {
                let failure = Failure {
                    by: None,
                    action: "sign-in.fail",
                    text: why,
                    from: &origin.address,
                };
                self.services.note_failure(&keys, failure).await?;
                Err(Error::Forbidden(
                    "This passkey does not sign in here. Use another one, or sign in another way."
                        .to_owned(),
                ))
            }
        }
    }

    /// The session of whoever answered, or why there is none, for the record.
    async fn recognise(
        &self,
        asked: Asked,
        answer: Value,
        origin: &Origin,
    ) -> Result<std::result::Result<String, String>> {
        let site = self.site()?;
        let Ok(answer) = serde_json::from_value::<PublicKeyCredential>(answer) else {
            return refused("Somebody sent what is no answer of a passkey.");
        };
        let Ok((handle, id)) = site.identify_discoverable_authentication(&answer) else {
            return refused(
                "Somebody tried to sign in with a passkey that does not say whose it is.",
            );
        };
        let now = self.services.now();
        let mut tx = self.services.store.write().await?;
        let Some(row) = tx.passkey(&URL_SAFE_NO_PAD.encode(id)).await? else {
            return refused("Somebody tried to sign in with a passkey that nobody has here.");
        };
        let person = tx.person(row.person).await?;
        let Some(person) = person.filter(|person| person.id.uuid() == handle) else {
            return refused("Somebody tried to sign in with a passkey in another person’s name.");
        };
        let mut key: Passkey = serde_json::from_str(&row.key).map_err(defect)?;
        let said = match site.finish_discoverable_authentication_v2(&answer, asked.state, &key) {
            Ok(said) => said,
            Err(error) => return refused(&why(&person, &error)),
        };
        if person.disabled {
            return refused(&format!(
                "Somebody tried to sign in as {}, whose account is switched off, with a passkey.",
                person.email
            ));
        }
        let ends_at = Timestamp::from_micros(asked.ends_at);
        if !tx.answer_challenge(&asked.challenge, ends_at, now).await? {
            return refused(&format!(
                "An answer of a passkey of {} was sent a second time.",
                person.email
            ));
        }
        key.update_credential(&said);
        let json = serde_json::to_string(&key).map_err(defect)?;
        tx.use_passkey(&row.credential, &json, now).await?;
        let by = format!("{BY}{}", row.name);
        let token = self
            .begin_session(&mut *tx, &person, origin, Some(&by))
            .await?;
        let text = format!("{} signed in by the passkey “{}”.", person.email, row.name);
        tx.commit(self.audit(&person, "session.begin", text, origin))
            .await?;
        Ok(Ok(token))
    }

    /// Asks the caller's device for a new passkey. Where the account has a password it must be typed:
    /// a passkey opens the account for as long as nobody removes it.
    ///
    /// # Errors
    /// `Conflict` where passkeys cannot work, or the caller has as many as one may have; `Invalid` for a
    /// wrong password, and `Throttled` after ten of them.
    pub async fn ask_for_new_passkey(&self, actor: &Actor, password: &str) -> Result<Question> {
        actor.demand_changes()?;
        let site = self.site()?;
        let own = self.own_passkeys(actor).await?;
        demand_room(own.len())?;
        let person = self.own_account(actor).await?;
        if person.password_hash.is_some() {
            self.demand_own_password(actor, &person, password, "password")
                .await?;
        }
        let known = own
            .iter()
            .filter_map(|row| URL_SAFE_NO_PAD.decode(&row.credential).ok())
            .collect();
        let (mut options, state) = site
            .start_passkey_registration(
                actor.person.uuid(),
                actor.email.as_str(),
                actor.name.as_str(),
                Some(known),
            )
            .map_err(defect)?;
        // One that its device can be asked for without an address: others could not sign in.
        if let Some(selection) = &mut options.public_key.authenticator_selection {
            selection.resident_key = Some(ResidentKeyRequirement::Required);
            selection.require_resident_key = true;
        }
        let adding = Adding {
            state,
            person: actor.person,
            ends_at: self.patience(),
        };
        Ok(Question {
            options: to_json(&options.public_key)?,
            ticket: self.oidc.pack(ADD, &adding)?,
        })
    }

    /// Adds the passkey with which the caller's device answered.
    ///
    /// # Errors
    /// `Forbidden` when the question was another's or took too long; `Invalid` for what is no right
    /// answer; `Conflict` for a passkey that is in use already, or one too many.
    pub async fn add_passkey(
        &self,
        actor: &Actor,
        ticket: &str,
        name: PasskeyName,
        answer: Value,
    ) -> Result<()> {
        actor.demand_changes()?;
        let site = self.site()?;
        let adding = self.still_asked(ADD, ticket, |adding: &Adding| adding.ends_at)?;
        if adding.person != actor.person {
            return Err(took_too_long());
        }
        let answer = serde_json::from_value::<RegisterPublicKeyCredential>(answer);
        let key = answer.ok().and_then(|answer| {
            let key = site.finish_passkey_registration(&answer, &adding.state);
            key.inspect_err(|error| tracing::info!(%error, "a new passkey was refused"))
                .ok()
        });
        let Some(key) = key else {
            return Err(Error::Conflict(
                "Your device’s answer does not make a passkey for this portal. Please try again, or use another device."
                    .to_owned(),
            ));
        };
        let row = PasskeyRow {
            credential: URL_SAFE_NO_PAD.encode(key.cred_id()),
            person: actor.person,
            name,
            key: serde_json::to_string(&key).map_err(defect)?,
            created_at: self.services.now(),
            used_at: None,
        };
        let mut tx = self.services.store.write().await?;
        demand_room(tx.passkeys(actor.person).await?.len())?;
        tx.insert_passkey(&row).await?;
        let text = format!("{} added the passkey “{}”.", actor.email, row.name);
        tx.commit(self.own(actor, "account.passkey.add", text))
            .await?;
        Ok(())
    }

    /// The caller's passkeys, the oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn own_passkeys(&self, actor: &Actor) -> Result<Vec<PasskeyRow>> {
        let mut tx = self.services.store.read().await?;
        Ok(tx.passkeys(actor.person).await?)
    }

    /// Removes a passkey of the caller's. Sessions that it began go on.
    ///
    /// # Errors
    /// `NotFound` when they have none such; `Conflict` when there would be no way in any more.
    pub async fn remove_passkey(&self, actor: &Actor, credential: &str) -> Result<()> {
        actor.demand_changes()?;
        let mut tx = self.services.store.write().await?;
        let person = tx.person(actor.person).await?;
        let person = person.ok_or(Error::NotFound("account"))?;
        let all = tx.passkeys(person.id).await?;
        let found = all.iter().find(|one| one.credential == credential);
        let name = found.ok_or(Error::NotFound("passkey"))?.name.clone();
        let others = tx.identities(person.id).await?.len() + all.len() - 1;
        demand_way_in(&person, others)?;
        tx.remove_passkey(person.id, credential).await?;
        let text = format!("{} removed the passkey “{name}”.", actor.email);
        tx.commit(self.own(actor, "account.passkey.remove", text))
            .await?;
        Ok(())
    }

    fn patience(&self) -> i64 {
        (self.services.now() + PATIENCE).micros()
    }

    /// What a ticket remembers, while its question may be answered.
    fn still_asked<T: for<'d> Deserialize<'d>>(
        &self,
        context: &str,
        ticket: &str,
        ends_at: impl Fn(&T) -> i64,
    ) -> Result<T> {
        let now = self.services.now().micros();
        let asked: Option<T> = self.oidc.unpack(context, ticket);
        asked
            .filter(|asked| now < ends_at(asked))
            .ok_or_else(took_too_long)
    }
}

/// Demands that somebody who has `others` ways in beside their password has one that works.
///
/// # Errors
/// `Conflict` when there is none.
pub(crate) fn demand_way_in(person: &Person, others: usize) -> Result<()> {
    if others == 0 && person.password_hash.is_none() {
        return Err(Error::Conflict(
            "This is your only way in. Add another one first.".to_owned(),
        ));
    }
    Ok(())
}

fn demand_room(has: usize) -> Result<()> {
    if has >= MOST {
        return Err(Error::Conflict(format!(
            "You have {MOST} passkeys, which is the most. Remove one that you do not use first."
        )));
    }
    Ok(())
}

/// What the record says of an answer that did not hold.
fn why(person: &Person, error: &WebauthnError) -> String {
    let email = &person.email;
    match error {
        WebauthnError::CredentialPossibleCompromise => format!(
            "A passkey of {email} may have been copied: it counted fewer uses than before. It did not sign in."
        ),
        WebauthnError::UserNotVerified => {
            format!(
                "A passkey of {email} was used without its owner being asked for by the device."
            )
        }
        _ => {
            tracing::info!(%error, "an answer of a passkey was refused");
            format!(
                "Somebody tried to sign in as {email} with a passkey, and its answer was not right."
            )
        }
    }
}

fn refused<T>(why: &str) -> Result<std::result::Result<T, String>> {
    Ok(Err(why.to_owned()))
}

fn took_too_long() -> Error {
    Error::Forbidden("This took too long. Please try again.".to_owned())
}

fn to_json<T: Serialize>(value: &T) -> Result<Value> {
    serde_json::to_value(value).map_err(defect)
}

fn defect(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Internal(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_for_names_that_nobody_on_the_way_can_speak_for() {
        for (address, origin) in [
            ("https://labs.example.org", Some("https://labs.example.org")),
            (
                "https://labs.example.org:8443",
                Some("https://labs.example.org:8443"),
            ),
            ("http://localhost:8080", Some("http://localhost:8080")),
            ("http://labs.example.org", None),
            ("http://127.0.0.1:8080", None),
            ("https://192.0.2.7", None),
            ("https://[2001:db8::1]", None),
            ("http://notlocalhost", None),
        ] {
            let site = site(address);
            let first = site.as_ref().map(|site| &site.get_allowed_origins()[0]);
            let found = first.map(|url| url.origin().ascii_serialization());
            assert_eq!(found.as_deref(), origin, "{address}");
        }
    }
}
