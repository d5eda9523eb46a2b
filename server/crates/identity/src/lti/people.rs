//! Whose account somebody comes to from a learning platform.
//!
//! Whoever is known by the platform is who they were. A newcomer whose address the platform is trusted
//! for has the account with it: a new one, or one that was only expected; somebody's own only after
//! its password was typed. Everybody else has an account of their own, with the platform's name for
//! them and an address that no mail is sent to. Students need nothing else.

use domain::email::Email;
use domain::id::PlatformId;
use domain::name::PersonName;
use service::access::Actor;
use service::error::{Error, Result};
use service::sessions::person_with_roles;
use service::store::{Origin, Person, PersonKind};
use service::vault::Vault;

use super::Message;
use crate::Identity;
use crate::arrivals::{Outcome, demand_enabled};
use crate::oidc::Arrival;

/// Where addresses are that no mail is sent to.
const NOWHERE: &str = "lti.invalid";

/// Who comes from a platform.
#[derive(Clone, Debug)]
pub enum Guest {
    /// Somebody with an account.
    Known(Actor),
    /// Somebody who has to prove that an account is theirs.
    Unproven(Box<Unproven>),
}

/// An account whose password proves that it is the guest's.
#[derive(Clone, Debug)]
pub struct Unproven {
    arrival: Arrival,
    there: Person,
}

impl Unproven {
    /// The account.
    pub fn person(&self) -> domain::id::PersonId {
        self.there.id
    }
}

/// What people from a platform are known by among the ways to sign in.
pub(super) fn provider_of(platform: PlatformId) -> String {
    format!("lti/{platform}")
}

/// The address of somebody whom a platform does not tell one of that is trusted: always the same for
/// the same person, so that a list that names them and they themselves meet.
pub(super) fn address_of(platform: PlatformId, subject: &str) -> Result<Email> {
    let hash = Vault::token_hash(&format!("{platform}/{subject}"));
    Ok(Email::parse(&format!("{}@{NOWHERE}", &hash[..32]))?)
}

impl Identity {
    /// Finds or makes the account of whoever a message is about. Who is refused is written down.
    ///
    /// # Errors
    /// `Forbidden`, with a sentence, when the account is switched off, or signs in in another way.
    pub async fn lti_guest(&self, message: &Message, origin: &Origin) -> Result<Guest> {
        let arrival = Arrival {
            provider: provider_of(message.platform.id),
            provider_name: message.platform.details.name.to_string(),
            subject: message.subject.clone(),
            email: message.email.clone(),
            email_is_theirs: message.email_is_theirs,
            name: message.name.clone(),
            groups: None,
            too_many_groups: false,
            next: None,
            linking: None,
        };
        let taken = match self.take_in(message, &arrival, origin).await {
            // Of two first launches at once the other one made the account meanwhile.
            Err(Error::Conflict(_)) => self.take_in(message, &arrival, origin).await,
            taken => taken,
        };
        match taken {
            Ok(guest) => Ok(guest),
            Err(error) => Err(self.refused(&arrival, error, origin).await),
        }
    }

    async fn take_in(
        &self,
        message: &Message,
        arrival: &Arrival,
        origin: &Origin,
    ) -> Result<Guest> {
        let now = self.services.now();
        let (provider, subject) = (arrival.provider.as_str(), arrival.subject.as_str());
        let trusted = message.email.as_ref().filter(|_| message.email_is_theirs);
        let email = match trusted {
            Some(email) => email.clone(),
            None => address_of(message.platform.id, subject)?,
        };
        let mut tx = self.services.store.write().await?;
        let known = tx.identity(provider, subject).await?;
        let (person, text) = match known {
            Some(known) => {
                tx.touch_identity(provider, subject, now).await?;
                let person = tx.person(known.person).await?;
                let person = person.ok_or(Error::NotFound("account"))?;
                demand_enabled(&person)?;
                (person, None)
            }
            None => match tx.person_by_email(&email).await? {
                None => {
                    let name = match &message.name {
                        Some(name) => name.clone(),
                        None => name_for(&email, trusted.is_some())?,
                    };
                    let person = self.insert(&mut *tx, name, email, None).await?;
                    self.link_to(&mut *tx, arrival, person.id).await?;
                    let text = format!(
                        "{} ({}) came from “{}” for the first time.",
                        person.name, person.email, arrival.provider_name
                    );
                    (person, Some(("account.create", text)))
                }
                // Whoever was expected has never come, so the platform's word is proof enough.
                Some(there) if there.kind == PersonKind::Expected => {
                    demand_enabled(&there)?;
                    // … but for roles: a platform knows learners, not owners.
                    if !tx.grants(there.id).await?.is_empty() {
                        return Err(Error::Forbidden(
                            "This account has roles here. Come once by the link that was mailed to you, or by another way to sign in."
                                .to_owned(),
                        ));
                    }
                    tx.note_arrival(there.id).await?;
                    self.link_to(&mut *tx, arrival, there.id).await?;
                    let text = format!(
                        "{}, who was expected, came from “{}”.",
                        there.email, arrival.provider_name
                    );
                    (there, Some(("account.link", text)))
                }
                Some(there) => {
                    let arrival = arrival.clone();
                    return Ok(Guest::Unproven(Box::new(Unproven { arrival, there })));
                }
            },
        };
        let actor = person_with_roles(&mut *tx, person.id).await?;
        let actor = actor.ok_or(Error::NotFound("account"))?;
        let record = match text {
            Some((action, text)) => self.audit(&person, action, text, origin),
            None => service::store::Record::Observation,
        };
        tx.commit(record).await?;
        Ok(Guest::Known(Actor {
            from: origin.address.clone(),
            ..actor
        }))
    }

    /// The ticket with which the guest proves the account, which leads to `next` then.
    ///
    /// # Errors
    /// `Forbidden` when the account has no password to prove it by, or is switched off.
    pub async fn lti_proof(
        &self,
        unproven: &Unproven,
        next: String,
        origin: &Origin,
    ) -> Result<String> {
        let arrival = Arrival {
            next: Some(next),
            ..unproven.arrival.clone()
        };
        match self.ask_for_proof(&arrival, &unproven.there) {
            Ok(Outcome::Prove { ticket }) => Ok(ticket),
            Ok(Outcome::SignedIn(_) | Outcome::Linked) => Err(Error::NotFound("account")),
            Err(error) => Err(self.refused(&arrival, error, origin).await),
        }
    }
}

/// A name for somebody whom the platform tells none of.
fn name_for(email: &Email, own: bool) -> Result<PersonName> {
    let before_at = email.as_str().split('@').next().unwrap_or_default();
    let name = match own {
        true => before_at.to_owned(),
        false => format!("Guest {}", &before_at[..before_at.len().min(6)]),
    };
    Ok(PersonName::parse(&name)?)
}
