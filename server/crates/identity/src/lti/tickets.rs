//! What a page in a frame carries instead of a session: values that only this installation makes and
//! reads, each for one purpose.
//!
//! In a frame of another site there is no session here: the portal's cookie stays in windows of its
//! own, and its pages cannot be framed. A ticket says who the person is and what the page is for, and
//! a form of that page sends it back. One that leads into a window and begins a session there works
//! once.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::{CourseId, LabId, PersonId, PlatformId};
use domain::lab::Lab;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use service::access::Actor;
use service::courses::{Attendance, CourseRole};
use service::error::{Error, Result};
use service::sessions::person_with_roles;
use service::store::{Origin, Read};
use service::vault::{Sealed, Vault};

use super::Message;
use crate::Identity;

/// How long a page in a frame may stand before its buttons are pressed.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

const ENTRANCE: &str = "lti-entrance";
const ONWARD: &str = "lti-onward";
const CHOICE: &str = "lti-choice";

/// A value that only this installation reads, for an address or a form.
pub(super) fn pack<T: Serialize>(vault: &Vault, context: &str, value: &T) -> Result<String> {
    let text = serde_json::to_string(value).map_err(|e| Error::Internal(Box::new(e)))?;
    Ok(URL_SAFE_NO_PAD.encode(vault.seal(context, &text).as_bytes()))
}

/// The value, where it is one of ours.
pub(super) fn unpack<T: DeserializeOwned>(vault: &Vault, context: &str, text: &str) -> Option<T> {
    let sealed = Sealed::from_bytes(URL_SAFE_NO_PAD.decode(text).ok()?);
    serde_json::from_str(&vault.open(context, &sealed).ok()?).ok()
}

/// Leads from a frame into a window, and begins a session there. Works once.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entrance {
    platform: PlatformId,
    person: PersonId,
    next: String,
    id: String,
    ends_at: i64,
}

/// Leads on whoever has proven an account first: to the course that they came from.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Onward {
    platform: PlatformId,
    /// Whose it is.
    person: PersonId,
    /// The course.
    course: CourseId,
    /// What they are in it.
    role: CourseRole,
    /// The lab that the link names.
    lab: Option<LabId>,
    ends_at: i64,
}

/// Lets somebody choose the lab of a course.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Choice {
    /// The platform.
    pub platform: PlatformId,
    /// Who chooses.
    pub person: PersonId,
    /// For which course.
    pub course: CourseId,
    /// How the platform is told, where it asked for it.
    pub answer: Option<Return>,
    ends_at: i64,
}

/// How a platform is told what was chosen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Return {
    pub(super) address: String,
    pub(super) data: Option<String>,
    pub(super) deployment: String,
}

impl Return {
    /// Where the answer is sent.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Identity {
    /// A ticket that leads into a window, to `next` there.
    ///
    /// # Errors
    /// None that a caller could do something about.
    pub fn lti_entrance(
        &self,
        platform: PlatformId,
        person: PersonId,
        next: String,
    ) -> Result<String> {
        let vault = &self.services.vault;
        let entrance = Entrance {
            platform,
            person,
            next,
            id: vault.new_token(),
            ends_at: (self.services.now() + PATIENCE).micros(),
        };
        pack(vault, ENTRANCE, &entrance)
    }

    /// Begins a session by a ticket, unless the caller has one as that person already. Returns the
    /// session's token, and where the person wants to go.
    ///
    /// # Errors
    /// `Forbidden` for a ticket that does not work any more, and for accounts that are switched off.
    pub async fn lti_enter(
        &self,
        ticket: &str,
        caller: Option<&Actor>,
        origin: &Origin,
    ) -> Result<(Option<String>, String)> {
        let now = self.services.now();
        let entrance: Option<Entrance> = unpack(&self.services.vault, ENTRANCE, ticket);
        let entrance = entrance
            .filter(|entrance| now.micros() < entrance.ends_at)
            .ok_or_else(over)?;
        if caller.is_some_and(|caller| caller.person == entrance.person) {
            return Ok((None, entrance.next));
        }
        let session = self
            .lti_session(entrance.platform, entrance.person, Some(&entrance), origin)
            .await?;
        Ok((Some(session), entrance.next))
    }

    /// Begins a session of somebody who comes from a platform.
    ///
    /// # Errors
    /// As [`Self::lti_enter`].
    pub async fn lti_sign_in(
        &self,
        platform: PlatformId,
        person: PersonId,
        origin: &Origin,
    ) -> Result<String> {
        self.lti_session(platform, person, None, origin).await
    }

    async fn lti_session(
        &self,
        platform: PlatformId,
        person: PersonId,
        entrance: Option<&Entrance>,
        origin: &Origin,
    ) -> Result<String> {
        let now = self.services.now();
        let mut tx = self.services.store.write().await?;
        let platform = tx.platform(platform).await?.filter(|one| one.enabled);
        let platform = platform.ok_or_else(over)?;
        if let Some(entrance) = entrance {
            let ends_at = domain::time::Timestamp::from_micros(entrance.ends_at);
            let hash = Vault::token_hash(&entrance.id);
            if !tx.use_nonce(platform.id, &hash, ends_at, now).await? {
                return Err(over());
            }
        }
        demand_linked(&mut *tx, person, platform.id).await?;
        let person = tx.person(person).await?.ok_or_else(over)?;
        crate::arrivals::demand_enabled(&person)?;
        let provider = format!("lti/{}", platform.id);
        let session = self
            .begin_session(&mut *tx, &person, origin, Some(&provider))
            .await?;
        let text = format!("{} signed in by “{}”.", person.email, platform.details.name);
        tx.commit(self.audit(&person, "session.begin", text, origin))
            .await?;
        Ok(session)
    }

    /// An address on this site that leads somebody on who has proven their account.
    ///
    /// # Errors
    /// None that a caller could do something about.
    pub fn lti_onward(
        &self,
        message: &Message,
        person: PersonId,
        course: CourseId,
        lab: Option<LabId>,
    ) -> Result<String> {
        let onward = Onward {
            platform: message.platform.id,
            role: message.role,
            person,
            course,
            lab,
            ends_at: (self.services.now() + PATIENCE).micros(),
        };
        let ticket = pack(&self.services.vault, ONWARD, &onward)?;
        Ok(format!("/lti/onward?ticket={ticket}"))
    }

    /// Leads on by such an address; with a ticket to choose the course's lab by, where that is what
    /// there is to do.
    ///
    /// # Errors
    /// `Forbidden` when it is somebody else’s, or does not work any more.
    pub async fn lti_go_on(&self, actor: &Actor, ticket: &str) -> Result<(Attendance, String)> {
        let now = self.services.now();
        let onward: Option<Onward> = unpack(&self.services.vault, ONWARD, ticket);
        let onward = onward
            .filter(|onward| now.micros() < onward.ends_at && onward.person == actor.person)
            .ok_or_else(over)?;
        let attendance = self
            .services
            .attend(actor, onward.course, onward.role, onward.lab)
            .await?;
        let choice = self.lti_choice(onward.platform, actor.person, onward.course, None)?;
        Ok((attendance, choice))
    }

    /// A ticket to choose a course's lab.
    ///
    /// # Errors
    /// None that a caller could do something about.
    pub fn lti_choice(
        &self,
        platform: PlatformId,
        person: PersonId,
        course: CourseId,
        answer: Option<Return>,
    ) -> Result<String> {
        let choice = Choice {
            platform,
            person,
            course,
            answer,
            ends_at: (self.services.now() + PATIENCE).micros(),
        };
        pack(&self.services.vault, CHOICE, &choice)
    }

    /// Who chooses by a ticket, and for what.
    ///
    /// # Errors
    /// `Forbidden` for a ticket that does not work any more.
    pub async fn lti_chooser(&self, ticket: &str, origin: &Origin) -> Result<(Actor, Choice)> {
        let now = self.services.now();
        let choice: Option<Choice> = unpack(&self.services.vault, CHOICE, ticket);
        let choice = choice
            .filter(|choice| now.micros() < choice.ends_at)
            .ok_or_else(over)?;
        let mut tx = self.services.store.read().await?;
        let platform = tx.platform(choice.platform).await?;
        platform.filter(|one| one.enabled).ok_or_else(over)?;
        demand_linked(&mut *tx, choice.person, choice.platform).await?;
        let actor = person_with_roles(&mut *tx, choice.person).await?;
        let actor = actor.map(|actor| Actor {
            from: origin.address.clone(),
            ..actor
        });
        Ok((actor.ok_or_else(over)?, choice))
    }

    /// Links a course to the lab that was chosen.
    ///
    /// # Errors
    /// As [`service::Services::link_course`].
    pub async fn lti_choose(&self, actor: &Actor, choice: &Choice, lab: LabId) -> Result<Lab> {
        self.services.link_course(actor, choice.course, lab).await
    }
}

/// Whoever comes from a platform comes in by it: what began before it was unlinked leads nowhere.
async fn demand_linked<R: Read + ?Sized>(
    tx: &mut R,
    person: PersonId,
    platform: PlatformId,
) -> Result<()> {
    let provider = format!("lti/{platform}");
    let all = tx.identities(person).await?;
    let linked = all.iter().any(|identity| identity.provider == provider);
    if linked { Ok(()) } else { Err(over()) }
}

/// Forgets nothing and says nothing more: a ticket that does not work is the same, whatever the reason.
fn over() -> Error {
    Error::Forbidden(
        "This page has stood too long, or was used already. Please open the link in your learning platform again.".to_owned(),
    )
}
