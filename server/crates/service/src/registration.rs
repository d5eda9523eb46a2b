//! Redeeming a registration link: who may, and who gets which seat.

use domain::email::Email;
use domain::id::{LabId, PersonId};
use domain::lab::Lab;
use domain::name::{Description, LabTitle};
use domain::registration::RegistrationCode;
use domain::user::User;

use crate::access::{Actor, Allowed};
use crate::error::{Error, Result};
use crate::services::Services;
use crate::store::{Audit, PersonKind, Read, Record, Registration};
use crate::throttle::{Failure, by_address};
use crate::users::demand_line;

/// What the page behind a registration link shows before anything has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The lab.
    pub lab: LabId,
    /// Its title.
    pub title: LabTitle,
    /// What it is for.
    pub description: Description,
    /// Whether the caller, if signed in, is registered already.
    pub registered: bool,
}

/// What registering came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// A machine is the caller's now, or was before.
    Taken,
    /// Every machine is taken, or none is made yet: the caller gets one when there is one.
    Waiting,
}

/// The one answer for codes that do not work, whatever the reason.
fn does_not_work() -> Error {
    Error::Conflict(
        "This registration link does not work. It may have been mistyped, replaced, switched off, or have ended. \
         Ask your educator for a new one."
            .to_owned(),
    )
}

impl Services {
    /// What is behind a registration code. Changes nothing but the count of failures, kept by
    /// `address`, the caller's network address, and by account.
    ///
    /// # Errors
    /// `Conflict`, with one same sentence, for every code that does not work; `Throttled` after ten
    /// of them in ten minutes.
    pub async fn invitation(
        &self,
        code: &str,
        actor: Option<&Actor>,
        address: &str,
    ) -> Result<Invitation> {
        let keys = throttle_keys(actor, address);
        self.demand_calm(&keys).await?;
        let mut tx = self.store.read().await?;
        let found = self.find(&mut *tx, code).await?;
        let Some((lab, link)) = found else {
            drop(tx);
            self.note_failure(&keys, wrong_code(actor, address)).await?;
            return Err(does_not_work());
        };
        let registered = match actor {
            Some(actor) => tx.user_by_person(lab.id, actor.person).await?.is_some(),
            None => false,
        };
        if !registered && !works(&link, self.now()) {
            drop(tx);
            self.note_failure(&keys, wrong_code(actor, address)).await?;
            return Err(does_not_work());
        }
        Ok(Invitation {
            lab: lab.id,
            title: lab.title,
            description: lab.description,
            registered,
        })
    }

    /// Whether the holder of a code could register with `email`: it works, and the address is on
    /// the list or the lab is open. An account may be made for nobody else.
    ///
    /// # Errors
    /// As [`Self::invitation`]; `Forbidden` when the address is not on the list, `Conflict` when there is
    /// no place on that of an open lab.
    pub async fn may_register(&self, code: &str, email: &Email, address: &str) -> Result<()> {
        let invitation = self.invitation(code, None, address).await?;
        let mut tx = self.store.read().await?;
        let lab = tx.lab(invitation.lab).await?.ok_or_else(does_not_work)?;
        let listed = tx.user_by_email(lab.id, email).await?;
        if lab.open_access {
            // Whoever would have no place needs no account.
            return match listed {
                Some(_) => Ok(()),
                None => demand_line(&mut *tx, lab.id).await,
            };
        }
        let free = match listed.map(|user| user.person) {
            Some(None) => true,
            // A directory may have named them before they ever came.
            Some(Some(person)) => takes_over(&mut *tx, person).await?,
            None => false,
        };
        match free {
            true => Ok(()),
            false => {
                drop(tx);
                self.note_failure(
                    &throttle_keys(None, address),
                    not_on_list(None, email, address),
                )
                .await?;
                Err(not_listed(email, &lab.title))
            }
        }
    }

    /// The title of the lab behind a code, where somebody with this address would be let in: they are on
    /// the list, or the lab is open. Whoever asks hears nothing of it, so nothing is counted.
    ///
    /// # Errors
    /// As [`Self::invitation`].
    pub async fn expects(
        &self,
        code: &str,
        email: &Email,
        address: &str,
    ) -> Result<Option<LabTitle>> {
        let invitation = self.invitation(code, None, address).await?;
        let mut tx = self.store.read().await?;
        let lab = tx.lab(invitation.lab).await?.ok_or_else(does_not_work)?;
        let listed = tx.user_by_email(lab.id, email).await?.is_some();
        Ok((lab.open_access || listed).then_some(lab.title))
    }

    /// Registers the caller in the lab behind a code, and gives them a machine if one is free. Doing
    /// it again changes nothing.
    ///
    /// # Errors
    /// As [`Self::invitation`]; `Forbidden` when the caller's address is not on the list; `Conflict` when
    /// there is no place on it.
    pub async fn register(&self, actor: &Actor, code: &str, address: &str) -> Result<Seat> {
        actor.demand_changes()?;
        let keys = throttle_keys(Some(actor), address);
        self.demand_calm(&keys).await?;
        let mut tx = self.store.write().await?;
        let Some((lab, mut link)) = self.find(&mut *tx, code).await? else {
            drop(tx);
            self.note_failure(&keys, wrong_code(Some(actor), address))
                .await?;
            return Err(does_not_work());
        };
        if let Some(user) = tx.user_by_person(lab.id, actor.person).await? {
            let seated = tx.machine_of_user(user.id).await?.is_some();
            return Ok(if seated { Seat::Taken } else { Seat::Waiting });
        }
        if !works(&link, self.now()) {
            drop(tx);
            self.note_failure(&keys, wrong_code(Some(actor), address))
                .await?;
            return Err(does_not_work());
        }
        let now = self.now();
        let lab = Allowed::to_system(lab);
        let listed = tx.user_by_email(lab.id, &actor.email).await?;
        let user = match listed {
            Some(user) if user.person.is_some() => {
                return Err(Error::Conflict(format!(
                    "Somebody has registered with {} already.",
                    user.email
                )));
            }
            Some(user) => {
                let user = User {
                    person: Some(actor.person),
                    registered_at: Some(now),
                    ..user
                };
                tx.save_user(&lab, &user).await?;
                user
            }
            None if lab.open_access => {
                demand_line(&mut *tx, lab.id).await?;
                let user = User {
                    person: Some(actor.person),
                    registered_at: Some(now),
                    ..User::listed(self.new_user_id(), lab.id, actor.email.clone(), now)
                };
                tx.insert_user(&lab, &user).await?;
                user
            }
            None => {
                drop(tx);
                self.note_failure(&keys, not_on_list(Some(actor), &actor.email, address))
                    .await?;
                return Err(not_listed(&actor.email, &lab.title));
            }
        };
        if let Some(left) = link.uses_left {
            link.uses_left = Some(left.saturating_sub(1));
            tx.set_registration(&lab, &link).await?;
        }
        // Whoever has waited longer comes first.
        self.seat_waiting(&mut *tx, &lab).await?;
        let seat = match tx.machine_of_user(user.id).await? {
            Some(_) => Seat::Taken,
            None => Seat::Waiting,
        };
        let text = match seat {
            Seat::Taken => format!("{} registered in “{}”.", user.email, lab.title),
            Seat::Waiting => format!(
                "{} registered in “{}” and waits for a machine.",
                user.email, lab.title
            ),
        };
        tx.commit(Record::Audit(Audit {
            at: now,
            by: Some(actor.person),
            action: "user.register",
            lab: Some(lab.id),
            text,
            from: address.to_owned(),
        }))
        .await?;
        self.changes.nudge(lab.id);
        Ok(seat)
    }

    /// The lab behind a code, as it was typed.
    async fn find<R: Read + ?Sized>(
        &self,
        tx: &mut R,
        code: &str,
    ) -> Result<Option<(Lab, Registration)>> {
        let Ok(code) = RegistrationCode::parse(code) else {
            return Ok(None);
        };
        let hash = self.vault.lookup_hash("registration-code", code.expose());
        let Some((id, _)) = tx.lab_by_code(&hash).await? else {
            return Ok(None);
        };
        let Some(lab) = tx.lab(id).await?.filter(|lab| !lab.deleting) else {
            return Ok(None);
        };
        // Read again now that the lab's row is locked: another registration may have used it up.
        let Some(link) = tx
            .registration(id)
            .await?
            .filter(|link| link.code_hash == hash)
        else {
            return Ok(None);
        };
        Ok(Some((lab, link)))
    }
}

/// Whether an account may be taken over by whoever holds a registration link for its address: a
/// directory named it, nobody has come with it yet, and it has nothing but places in labs.
pub async fn takes_over<R: Read + ?Sized>(tx: &mut R, person: PersonId) -> Result<bool> {
    let Some(person) = tx.person(person).await? else {
        return Ok(false);
    };
    let expected = person.kind == PersonKind::Expected && !person.disabled;
    Ok(expected && tx.grants(person.id).await?.is_empty())
}

/// Whether a link works at `now` for somebody who is not registered.
fn works(link: &Registration, now: domain::time::Timestamp) -> bool {
    link.enabled && link.expires_at.is_none_or(|at| now < at) && link.uses_left != Some(0)
}

fn not_listed(email: &Email, title: &LabTitle) -> Error {
    Error::Forbidden(format!(
        "{email} is not on the list of “{title}”. Register with the address that your educator has, or ask to be added."
    ))
}

fn wrong_code<'a>(actor: Option<&Actor>, from: &'a str) -> Failure<'a> {
    Failure {
        by: actor.map(|actor| actor.person),
        action: "registration.fail",
        text: "Somebody came with a registration code that does not work.".to_owned(),
        from,
    }
}

fn not_on_list<'a>(actor: Option<&Actor>, email: &Email, from: &'a str) -> Failure<'a> {
    Failure {
        by: actor.map(|actor| actor.person),
        action: "registration.fail",
        text: format!("{email} wanted to register and is not on the list."),
        from,
    }
}

fn throttle_keys(actor: Option<&Actor>, address: &str) -> Vec<String> {
    let mut keys = vec![by_address("code", address)];
    keys.extend(actor.map(|a| format!("code/as/{}", a.person)));
    keys
}
