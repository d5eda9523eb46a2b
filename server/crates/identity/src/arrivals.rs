//! Who comes by a provider: somebody known, somebody new, or somebody who has to prove that an account
//! is theirs before the provider is linked to it.

use std::time::Duration;

use domain::email::Email;
use domain::id::PersonId;
use domain::name::PersonName;
use domain::role::PeopleGroup;
use serde::{Deserialize, Serialize};
use service::access::Actor;
use service::error::{Error, Result};
use service::store::{Origin, Person, PersonKind, ProviderIdentity, Write};
use service::throttle::Failure;

use crate::Identity;
use crate::accounts::{name_newcomer, sign_in_keys};
use crate::oidc::{Arrival, Departure};
use crate::passkeys::demand_way_in;
use crate::passwords::unchanged;

/// How long somebody may take to prove that an account is theirs.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// What the proof's ticket is encrypted for.
const CONTEXT: &str = "oidc-proof";

/// What became of somebody who came by a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// They are signed in: the session's token.
    SignedIn(String),
    /// The provider is linked to the account they were signed in with.
    Linked,
    /// There is an account with their address. Whoever knows its password proves that it is theirs.
    Prove {
        /// What the browser keeps meanwhile.
        ticket: String,
    },
}

/// A link that waits for its proof.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Proof {
    provider: String,
    provider_name: String,
    subject: String,
    email: String,
    person: PersonId,
    ends_at: i64,
    next: Option<String>,
}

/// What somebody is asked to prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The provider's name.
    pub provider: String,
    /// The address of the account.
    pub email: String,
}

impl Identity {
    /// Takes in who came by a provider. `actor` is who was signed in before. Who is refused is written
    /// down.
    ///
    /// # Errors
    /// `Forbidden`, with a sentence, when the account is disabled, the provider does not vouch for the
    /// address, or the account is another's; `Conflict` when the provider is linked to somebody else.
    pub async fn come_by(
        &self,
        arrival: &Arrival,
        actor: Option<&Actor>,
        origin: &Origin,
    ) -> Result<Outcome> {
        let outcome = self.let_in(arrival, actor, origin).await;
        match outcome {
            Ok(outcome) => Ok(outcome),
            Err(error) => Err(self.refused(arrival, error, origin).await),
        }
    }

    /// Writes down that somebody was refused of whom a provider said who they are; the error that they
    /// are told. What is nobody's refusal is only passed on.
    pub(crate) async fn refused(&self, arrival: &Arrival, error: Error, origin: &Origin) -> Error {
        let noted = async {
            let why = match &error {
                Error::Forbidden(_) | Error::Conflict(_) => error.to_string(),
                Error::Unauthenticated => {
                    "Whoever left to link it is not signed in any more.".to_owned()
                }
                _ => return Ok(()),
            };
            let mut tx = self.services.store.read().await?;
            let known = tx.identity(&arrival.provider, &arrival.subject).await?;
            drop(tx);
            let email = arrival.email.as_ref();
            let who = email.map_or_else(|| "Somebody".to_owned(), ToString::to_string);
            let failure = Failure {
                by: arrival.linking.or(known.map(|known| known.person)),
                action: "sign-in.fail",
                text: format!(
                    "{who} came by “{}” and was refused: {why}",
                    arrival.provider_name
                ),
                from: &origin.address,
            };
            let key = format!("arrival/{}/{}", arrival.provider, arrival.subject);
            self.services.note_refusal(key, failure).await
        };
        match noted.await {
            Ok(()) => error,
            Err(failed) => failed,
        }
    }

    async fn let_in(
        &self,
        arrival: &Arrival,
        actor: Option<&Actor>,
        origin: &Origin,
    ) -> Result<Outcome> {
        let mut tx = self.services.store.write().await?;
        let known = tx.identity(&arrival.provider, &arrival.subject).await?;
        if let Some(linking) = arrival.linking {
            let actor = actor.filter(|actor| actor.person == linking);
            let actor = actor.ok_or(Error::Unauthenticated)?;
            return match known {
                Some(known) if known.person == linking => Ok(Outcome::Linked),
                Some(_) => Err(Error::Conflict(format!(
                    "This account of “{}” belongs to somebody else here.",
                    arrival.provider_name
                ))),
                None => {
                    self.link_to(&mut *tx, arrival, linking).await?;
                    let text = format!(
                        "{} comes in by “{}” from now on.",
                        actor.email, arrival.provider_name
                    );
                    tx.commit(self.own(actor, "account.link", text)).await?;
                    Ok(Outcome::Linked)
                }
            };
        }
        let person = match known {
            Some(known) => {
                let now = self.services.now();
                tx.touch_identity(&arrival.provider, &arrival.subject, now)
                    .await?;
                self.note_claims(&mut *tx, arrival, known.person).await?;
                let person = tx.person(known.person).await?;
                person.ok_or(Error::NotFound("account"))?
            }
            None => {
                let email = vouched_for(arrival)?;
                match tx.person_by_email(email).await? {
                    None => self.newcomer(&mut *tx, arrival, email.clone()).await?,
                    // Whoever was expected has never come, so the provider's word is proof enough.
                    Some(there) if there.kind == PersonKind::Expected => {
                        demand_enabled(&there)?;
                        tx.note_arrival(there.id).await?;
                        if let Some(name) = &arrival.name {
                            name_newcomer(&mut *tx, &there, name).await?;
                        }
                        self.link_to(&mut *tx, arrival, there.id).await?;
                        there
                    }
                    Some(there) => return self.ask_for_proof(arrival, &there),
                }
            }
        };
        demand_enabled(&person)?;
        let provider = Some(arrival.provider.as_str());
        let session = self
            .begin_session(&mut *tx, &person, origin, provider)
            .await?;
        let text = format!("{} signed in by “{}”.", person.email, arrival.provider_name);
        tx.commit(self.audit(&person, "session.begin", text, origin))
            .await?;
        Ok(Outcome::SignedIn(session))
    }

    pub(crate) async fn newcomer<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        arrival: &Arrival,
        email: Email,
    ) -> Result<Person> {
        let before_at = email.as_str().split('@').next().unwrap_or_default();
        let name = match &arrival.name {
            Some(name) => name.clone(),
            None => PersonName::parse(before_at)?,
        };
        let person = self.insert(tx, name, email, None).await?;
        self.link_to(tx, arrival, person.id).await?;
        Ok(person)
    }

    pub(crate) async fn link_to<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        arrival: &Arrival,
        person: PersonId,
    ) -> Result<()> {
        let now = self.services.now();
        tx.insert_identity(&ProviderIdentity {
            provider: arrival.provider.clone(),
            subject: arrival.subject.clone(),
            person,
            email: arrival.email.clone(),
            created_at: now,
            used_at: now,
        })
        .await?;
        self.note_claims(tx, arrival, person).await
    }

    /// Keeps what a provider says of a person this time: in which groups they are, of which what it
    /// does not name any more is gone, unless they are too many to be named; and whether it vouches for
    /// the address of the account.
    async fn note_claims<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        arrival: &Arrival,
        person: PersonId,
    ) -> Result<()> {
        if !arrival.too_many_groups {
            let groups = arrival.groups.as_deref().unwrap_or_default();
            let mut groups: Vec<String> = groups
                .iter()
                .filter_map(|group| PeopleGroup::parse(&arrival.provider, group).ok())
                .map(|group| group.id)
                .collect();
            groups.sort();
            groups.dedup();
            tx.put_claimed_groups(&arrival.provider, &arrival.subject, &groups)
                .await?;
        }
        let account = tx.person(person).await?.map(|person| person.email);
        let vouches = arrival.email_is_theirs && vouches_for_roles(&arrival.provider);
        if vouches && account.is_some() && account == arrival.email {
            tx.note_proof(person).await?;
        }
        // Until somebody has shown that an address is theirs, a link is how its holder does.
        if let Some(email) = account
            && tx.is_proven(person).await?
        {
            tx.remove_unused_links(&email).await?;
        }
        Ok(())
    }

    pub(crate) fn ask_for_proof(&self, arrival: &Arrival, there: &Person) -> Result<Outcome> {
        demand_enabled(there)?;
        if there.password_hash.is_none() {
            return Err(Error::Forbidden(format!(
                "There is an account for {} that signs in another way. Sign in that way, and then link “{}” on the page of your account.",
                there.email, arrival.provider_name
            )));
        }
        let ends_at = self.services.now() + PATIENCE;
        let ticket = self.oidc.pack(
            CONTEXT,
            &Proof {
                provider: arrival.provider.clone(),
                provider_name: arrival.provider_name.clone(),
                subject: arrival.subject.clone(),
                email: there.email.to_string(),
                person: there.id,
                ends_at: ends_at.micros(),
                next: arrival.next.clone(),
            },
        )?;
        Ok(Outcome::Prove { ticket })
    }

    fn proof(&self, ticket: Option<&str>) -> Result<Proof> {
        let proof: Option<Proof> = ticket.and_then(|text| self.oidc.unpack(CONTEXT, text));
        let now = self.services.now().micros();
        proof
            .filter(|proof| now < proof.ends_at)
            .ok_or_else(|| Error::Forbidden("This took too long. Please sign in again.".to_owned()))
    }

    /// What the holder of a ticket is asked to prove.
    ///
    /// # Errors
    /// `Forbidden` for a ticket that does not work any more.
    pub fn asked(&self, ticket: Option<&str>) -> Result<Asked> {
        let proof = self.proof(ticket)?;
        Ok(Asked {
            provider: proof.provider_name,
            email: proof.email,
        })
    }

    /// Links the provider of a ticket to its account, whose password proves that both are one
    /// person's, and signs in. Returns the session's token, and where the person wanted to go.
    ///
    /// # Errors
    /// `Forbidden` for a ticket that does not work any more; as [`Self::sign_in`] for the password.
    pub async fn prove(
        &self,
        ticket: Option<&str>,
        password: &str,
        origin: &Origin,
    ) -> Result<(String, Option<String>)> {
        let proof = self.proof(ticket)?;
        let keys = sign_in_keys(origin, Email::parse(&proof.email).ok().as_ref());
        let person = self
            .services
            .store
            .read()
            .await?
            .person(proof.person)
            .await?;
        let person = person.filter(|person| !person.disabled);
        let hash = person.as_ref().and_then(|p| p.password_hash.as_deref());
        let failure = Failure {
            by: None,
            action: "sign-in.fail",
            text: format!(
                "Somebody tried to link “{}” to {}.",
                proof.provider_name, proof.email
            ),
            from: &origin.address,
        };
        let fits = self.try_password(&keys, password, hash, failure).await?;
        let wrong = || domain::Invalid::new("password", "This is not the account’s password.");
        let verified = person.filter(|_| fits).ok_or_else(wrong)?;
        let now = self.services.now();
        let mut tx = self.services.store.write().await?;
        let person = unchanged(&mut *tx, &verified).await?.ok_or_else(wrong)?;
        let provider = proof.provider.as_str();
        tx.insert_identity(&ProviderIdentity {
            provider: proof.provider.clone(),
            subject: proof.subject,
            person: person.id,
            email: Email::parse(&proof.email).ok(),
            created_at: now,
            used_at: now,
        })
        .await?;
        // Nobody is asked for proof whose address the provider does not vouch for.
        if vouches_for_roles(provider) {
            tx.note_proof(person.id).await?;
            tx.remove_unused_links(&person.email).await?;
        }
        let session = self
            .begin_session(&mut *tx, &person, origin, Some(provider))
            .await?;
        let text = format!(
            "{} comes in by “{}” from now on.",
            person.email, proof.provider_name
        );
        tx.commit(self.audit(&person, "account.link", text, origin))
            .await?;
        Ok((session, proof.next))
    }

    /// By which providers the caller comes in.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn own_identities(&self, actor: &Actor) -> Result<Vec<ProviderIdentity>> {
        let mut tx = self.services.store.read().await?;
        Ok(tx.identities(actor.person).await?)
    }

    /// Whether the caller has a password.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn has_password(&self, actor: &Actor) -> Result<bool> {
        let mut tx = self.services.store.read().await?;
        let person = tx.person(actor.person).await?;
        Ok(person.is_some_and(|person| person.password_hash.is_some()))
    }

    /// Leaves for a provider by which the caller wants to come in from now on. Where the account has a
    /// password it must be typed: the provider opens the account for as long as nobody unlinks it.
    ///
    /// # Errors
    /// `Invalid` for a wrong password, and `Throttled` after ten of them; otherwise as
    /// [`Oidc::leave`](crate::oidc::Oidc::leave).
    pub async fn leave_to_link(
        &self,
        actor: &Actor,
        provider: &str,
        password: &str,
    ) -> Result<Departure> {
        actor.demand_changes()?;
        let person = self.own_account(actor).await?;
        if person.password_hash.is_some() {
            self.demand_own_password(actor, &person, password, "password")
                .await?;
        }
        self.oidc.depart(provider, None, Some(actor.person)).await
    }

    /// Unlinks a provider from the caller's account.
    ///
    /// # Errors
    /// `NotFound` when it is not linked; `Conflict` when there would be no way in any more.
    pub async fn unlink(&self, actor: &Actor, provider: &str) -> Result<()> {
        actor.demand_changes()?;
        let mut tx = self.services.store.write().await?;
        let person = tx.person(actor.person).await?;
        let person = person.ok_or(Error::NotFound("account"))?;
        let all = tx.identities(person.id).await?;
        if !all.iter().any(|one| one.provider == provider) {
            return Err(Error::NotFound("sign-in"));
        }
        // A passkey that the portal's address keeps from working leads nowhere.
        let passkeys = match self.passkey_origin() {
            Some(_) => tx.passkeys(person.id).await?.len(),
            None => 0,
        };
        demand_way_in(&person, all.len() - 1 + passkeys)?;
        tx.remove_identity(person.id, provider).await?;
        let text = format!("{} does not come in by “{provider}” any more.", actor.email);
        tx.commit(self.own(actor, "account.unlink", text)).await?;
        Ok(())
    }
}

pub(crate) fn demand_enabled(person: &Person) -> Result<()> {
    if person.disabled {
        return Err(Error::Forbidden(
            "Your account is switched off. Ask whoever runs this portal.".to_owned(),
        ));
    }
    Ok(())
}

/// The address that a newcomer has beyond doubt.
fn vouched_for(arrival: &Arrival) -> Result<&Email> {
    let email = arrival.email.as_ref().filter(|_| arrival.email_is_theirs);
    email.ok_or_else(|| {
        Error::Forbidden(format!(
            "“{}” does not vouch for an e-mail address of yours that may sign in here. Use another way, or ask whoever runs this portal.",
            arrival.provider_name
        ))
    })
}

/// Whether an address is proven by a provider's word: a learning platform's is enough for its courses,
/// not for roles.
fn vouches_for_roles(provider: &str) -> bool {
    !provider.starts_with("lti/")
}
