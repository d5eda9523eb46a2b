//! Users: the lines of a lab's list.

use serde::{Deserialize, Serialize};

use crate::email::Email;
use crate::id::{GroupId, LabId, PersonId, UserId};
use crate::name::PersonName;
use crate::quota::AdditionalQuota;
use crate::resource::ResourceName;
use crate::time::Timestamp;

/// Whether a user has redeemed the registration link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RegistrationState {
    /// On the list, not yet come.
    NotRegistered,
    /// Registered; has a machine, or waits for one.
    Registered,
}

/// Whether a user was sent an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvitationState {
    /// None was asked for.
    NotSent,
    /// It is on its way out.
    Sending,
    /// It is out.
    Sent,
    /// It was given up.
    Failed,
}

/// A person on a lab's list, by e-mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The line's id, called “lab user id” by the REST API.
    pub id: UserId,
    /// The lab.
    pub lab: LabId,
    /// The address the educator wrote down.
    pub email: Email,
    /// The name that a list gave, for as long as nobody has registered.
    pub full_name: Option<PersonName>,
    /// Who registered with it.
    pub person: Option<PersonId>,
    /// When; seats are given in this order.
    pub registered_at: Option<Timestamp>,
    /// When the line was added.
    pub added_at: Timestamp,
    /// What the user has on top of everyone's quota, or less.
    pub additional: AdditionalQuota,
    /// The group the user is in.
    pub group: Option<GroupId>,
    /// The resource name that a program gave; the id stands for it otherwise.
    pub name: Option<ResourceName>,
    /// Whether an invitation was sent.
    pub invitation: InvitationState,
    /// When it was last sent.
    pub invited_at: Option<Timestamp>,
}

impl User {
    /// A line for somebody who has not come yet.
    pub fn listed(id: UserId, lab: LabId, email: Email, now: Timestamp) -> Self {
        Self {
            id,
            lab,
            email,
            full_name: None,
            person: None,
            registered_at: None,
            added_at: now,
            additional: AdditionalQuota::NONE,
            group: None,
            name: None,
            invitation: InvitationState::NotSent,
            invited_at: None,
        }
    }

    /// The name by which programs know the user.
    pub fn resource_name(&self) -> ResourceName {
        self.name
            .clone()
            .unwrap_or_else(|| ResourceName::of_id(self.id))
    }

    /// Whether the user has registered.
    pub fn registration(&self) -> RegistrationState {
        match self.registered_at {
            Some(_) => RegistrationState::Registered,
            None => RegistrationState::NotRegistered,
        }
    }
}
