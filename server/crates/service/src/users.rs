//! A lab's list: who is on it, and the link by which they come.

use domain::Invalid;
use domain::capacity::Capacity;
use domain::email::{Email, EmailList};
use domain::id::{LabId, UserId};
use domain::quota::AdditionalQuota;
use domain::registration::RegistrationCode;
use domain::resource::ResourceName;
use domain::role::Permission;
use domain::time::Timestamp;
use domain::user::User;

use crate::access::{self, Actor};
use crate::audit::named;
use crate::error::{Error, Result};
use crate::resources::user_named;
use crate::services::Services;
use crate::store::Read;

/// What adding addresses came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// How many were added.
    pub added: u32,
    /// How many were on the list already.
    pub known: u32,
}

/// What must hold of a user for a change to be made; `None` is “there is none yet”.
pub type UserCondition<'a> = &'a (dyn Fn(Option<&User>) -> Result<()> + Send + Sync);

/// A change of a lab's registration link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkChange {
    /// Let it work, or not.
    Enable(bool),
    /// Replace the code; links with the old one cease to work.
    Regenerate,
    /// Let everyone with the link register, or only listed addresses.
    OpenAccess(bool),
    /// Let it cease to work at a time, after so many people, or never.
    Limit {
        /// When.
        expires_at: Option<Timestamp>,
        /// After how many more people.
        uses_left: Option<u32>,
    },
}

impl Services {
    /// Puts the addresses in `text` on a lab's list: all of them, or none when one is wrong.
    ///
    /// # Errors
    /// `InvalidList` with a sentence for each wrong piece; `Invalid` when there is none, or the list
    /// would be longer than a lab may have machines.
    pub async fn add_users(&self, actor: &Actor, lab: LabId, text: &str) -> Result<Added> {
        let list = EmailList::parse(text);
        if !list.refused.is_empty() {
            return Err(Error::InvalidList(list.refused));
        }
        if list.addresses.is_empty() {
            return Err(Invalid::new("emails", "Write at least one e-mail address.").into());
        }
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageUsers).await?;
        let present = tx.users(lab.id).await?;
        let fresh: Vec<_> = list
            .addresses
            .iter()
            .filter(|email| !present.iter().any(|u| u.email == **email))
            .collect();
        let total = present.len() + fresh.len();
        if total > Capacity::MAX as usize {
            return Err(Invalid::new(
                "emails",
                format!(
                    "A lab has at most {} users; with these it would have {total}.",
                    Capacity::MAX
                ),
            )
            .into());
        }
        let now = self.now();
        for email in &fresh {
            let user = User::listed(self.new_user_id(), lab.id, (*email).clone(), now);
            tx.insert_user(&lab, &user).await?;
        }
        let added = u32::try_from(fresh.len()).unwrap_or(u32::MAX);
        let known = u32::try_from(list.addresses.len()).unwrap_or(u32::MAX) - added;
        let text = match fresh.is_empty() {
            true => format!("Added nobody to “{}”.", lab.title),
            false => format!(
                "Added {added} users to “{}”: {}.",
                lab.title,
                named(fresh.iter().copied())
            ),
        };
        tx.commit(self.audit(actor, "users.add", lab.id, text))
            .await?;
        self.changes.nudge(lab.id);
        Ok(Added { added, known })
    }

    /// Puts a user on a lab's list under a name, or changes the one with that name; whether it was
    /// put there.
    ///
    /// # Errors
    /// `Invalid` when the address of a user who is there is another; `Conflict` when the address is
    /// on the list under another name, or the list is full.
    pub async fn put_user(
        &self,
        actor: &Actor,
        lab: LabId,
        name: ResourceName,
        (email, additional): (Email, AdditionalQuota),
        condition: UserCondition<'_>,
    ) -> Result<(User, bool)> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageUsers).await?;
        let there = user_named(&mut *tx, lab.id, &name).await?;
        condition(there.as_ref())?;
        let made = there.is_none();
        let user = match there {
            Some(user) if user.email != email => {
                return Err(Error::Conflict(
                    "A user’s e-mail address cannot be changed. Delete the user and make another."
                        .to_owned(),
                ));
            }
            Some(user) => {
                let user = User { additional, ..user };
                tx.save_user(&lab, &user).await?;
                user
            }
            None => {
                demand_line(&mut *tx, lab.id).await?;
                let listed = User::listed(self.new_user_id(), lab.id, email, self.now());
                let user = User {
                    name: Some(name),
                    additional,
                    ..listed
                };
                tx.insert_user(&lab, &user).await?;
                user
            }
        };
        let (action, what) = if made {
            ("users.add", "Added")
        } else {
            ("quota.adjust", "Changed")
        };
        let text = format!("{what} {} in “{}”.", user.email, lab.title);
        self.time_changed(tx, actor, &lab, action, text).await?;
        Ok((user, made))
    }

    /// Takes a user off a lab's list. Their machine is remade and goes to whoever waits longest.
    ///
    /// # Errors
    /// `NotFound` when there is no such user in this lab.
    pub async fn remove_user(&self, actor: &Actor, lab: LabId, user: UserId) -> Result<()> {
        self.remove_user_if(actor, lab, user, &|_| Ok(())).await
    }

    /// Takes a user off a lab's list, if they are whom the caller takes them for.
    ///
    /// # Errors
    /// As [`Services::remove_user`]; what `condition` says.
    pub async fn remove_user_if(
        &self,
        actor: &Actor,
        lab: LabId,
        user: UserId,
        condition: UserCondition<'_>,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageUsers).await?;
        let user = tx
            .user(user)
            .await?
            .filter(|u| u.lab == lab.id)
            .ok_or(Error::NotFound("user"))?;
        condition(Some(&user))?;
        if let Some(machine) = tx.machine_of_user(user.id).await? {
            self.unseat(&mut *tx, &lab, machine).await?;
        }
        tx.remove_user(&lab, user.id).await?;
        self.seat_waiting(&mut *tx, &lab).await?;
        let text = format!("Removed {} from “{}”.", user.email, lab.title);
        tx.commit(self.audit(actor, "users.remove", lab.id, text))
            .await?;
        self.changes.nudge(lab.id);
        Ok(())
    }

    /// Takes several users off a lab's list: all of them or none. Their machines are remade and go to
    /// those who wait longest.
    ///
    /// # Errors
    /// `NotFound` when one is no user of this lab; `Invalid` when nobody is named.
    pub async fn remove_users(&self, actor: &Actor, lab: LabId, users: &[UserId]) -> Result<()> {
        if users.is_empty() {
            return Err(Invalid::new("users", "Choose at least one person.").into());
        }
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageUsers).await?;
        let there = tx.users(lab.id).await?;
        let mut names = Vec::with_capacity(users.len());
        for id in users {
            let user = there.iter().find(|user| user.id == *id);
            let user = user.ok_or(Error::NotFound("user"))?;
            if let Some(machine) = tx.machine_of_user(user.id).await? {
                self.unseat(&mut *tx, &lab, machine).await?;
            }
            tx.remove_user(&lab, user.id).await?;
            names.push(user.email.as_str());
        }
        self.seat_waiting(&mut *tx, &lab).await?;
        let text = format!("Removed {} from “{}”.", names.join(", "), lab.title);
        tx.commit(self.audit(actor, "users.remove", lab.id, text))
            .await?;
        self.changes.nudge(lab.id);
        Ok(())
    }

    /// Changes a lab's registration link.
    ///
    /// # Errors
    /// See [`access::change_lab`]; `Invalid` for an end in the past.
    pub async fn change_link(&self, actor: &Actor, lab: LabId, change: LinkChange) -> Result<()> {
        let mut tx = self.store.write().await?;
        let mut lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageUsers).await?;
        let mut link = tx
            .registration(lab.id)
            .await?
            .ok_or(Error::NotFound("lab"))?;
        let what = match change {
            LinkChange::Enable(enabled) => {
                link.enabled = enabled;
                if enabled {
                    "Switched the registration link on"
                } else {
                    "Switched the registration link off"
                }
            }
            LinkChange::Regenerate => {
                let fresh = self.new_registration();
                link.code = fresh.code;
                link.code_hash = fresh.code_hash;
                "Replaced the registration code"
            }
            LinkChange::OpenAccess(open) => {
                lab.open_access = open;
                tx.save_lab(&lab, Some(self.now())).await?;
                if open {
                    "Opened registration to everyone with the link"
                } else {
                    "Restricted registration to the list"
                }
            }
            LinkChange::Limit {
                expires_at,
                uses_left,
            } => {
                if expires_at.is_some_and(|at| at <= self.now()) {
                    return Err(Invalid::new(
                        "expires_at",
                        "The link's end must lie in the future.",
                    )
                    .into());
                }
                link.expires_at = expires_at;
                link.uses_left = uses_left;
                "Limited the registration link"
            }
        };
        tx.set_registration(&lab, &link).await?;
        let text = format!("{what} of “{}”.", lab.title);
        tx.commit(self.audit(actor, "registration.change", lab.id, text))
            .await?;
        self.changes.nudge(lab.id);
        Ok(())
    }

    /// A lab's registration code in plain text, for those who may manage its users.
    ///
    /// # Errors
    /// See [`access::see_lab`]; `Forbidden` without the right to manage users.
    pub async fn registration_code(&self, actor: &Actor, lab: LabId) -> Result<RegistrationCode> {
        let mut tx = self.store.read().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageUsers).await?;
        let link = tx
            .registration(lab.id)
            .await?
            .ok_or(Error::NotFound("lab"))?;
        let code = self
            .vault
            .open("registration-code", &link.code)
            .map_err(|e| Error::Internal(Box::new(e)))?;
        Ok(RegistrationCode::parse(&code)?)
    }
}

/// A lab's list has room for one more line.
pub(crate) async fn demand_line<R: Read + ?Sized>(tx: &mut R, lab: LabId) -> Result<()> {
    if tx.users(lab).await?.len() < Capacity::MAX as usize {
        return Ok(());
    }
    let message = format!("A lab has at most {} users.", Capacity::MAX);
    Err(Error::Conflict(message))
}
