//! What programs say about a lab or a plan and read back again, and Lectern itself only keeps.

use serde::{Deserialize, Serialize};

use crate::id::PersonId;
use crate::resource::{Location, Tags};
use crate::time::Timestamp;

/// The network of a lab in the predecessor's cloud.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkProfile {
    /// A subnet's resource id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet_id: Option<String>,
    /// A load balancer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_balancer_id: Option<String>,
    /// A public address'.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_ip_id: Option<String>,
}

/// Where a lab's list comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RosterProfile {
    /// The directory group whose members are the users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_directory_group_id: Option<String>,
    /// The course in a learning platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lti_context_id: Option<String>,
    /// The learning platform's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lms_instance: Option<String>,
    /// The tool's id at the learning platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lti_client_id: Option<String>,
    /// Where the course's members are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lti_roster_endpoint: Option<String>,
}

/// The image of a lab as the program that made the lab named it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ImageReference {
    /// The image's resource id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Or what it is …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    /// … whose …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// … which of it …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// … and how new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// Whom students ask for help.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SupportInfo {
    /// A page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// An address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// A telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
}

/// Who made a resource, and who changed it last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorship {
    /// Who made it; nobody, where it came with the installation.
    pub created_by: Option<PersonId>,
    /// When.
    pub created_at: Timestamp,
    /// Who changed it last.
    pub changed_by: Option<PersonId>,
    /// When.
    pub changed_at: Timestamp,
}

impl Authorship {
    /// Of a resource that `by` makes at `now`.
    pub fn new(by: Option<PersonId>, now: Timestamp) -> Self {
        Self {
            created_by: by,
            created_at: now,
            changed_by: by,
            changed_at: now,
        }
    }

    /// Notes a change.
    pub fn change(&mut self, by: PersonId, now: Timestamp) {
        self.changed_by = Some(by);
        self.changed_at = now;
    }
}

/// What is kept with a lab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LabEnvelope {
    /// Where it is.
    pub location: Location,
    /// Its tags.
    pub tags: Tags,
    /// Its network, never changed.
    pub network: NetworkProfile,
    /// Where its list comes from.
    pub roster: RosterProfile,
    /// Whether drivers for graphics were asked for, never changed.
    pub gpu_drivers: bool,
    /// Its image as it was named, never changed.
    pub image: ImageReference,
    /// Who made and changed it.
    pub authorship: Authorship,
}

impl LabEnvelope {
    /// Of a lab that is made in the portal.
    pub fn plain(by: PersonId, now: Timestamp) -> Self {
        Self {
            location: Location::local(),
            tags: Tags::new(),
            network: NetworkProfile::default(),
            roster: RosterProfile::default(),
            gpu_drivers: false,
            image: ImageReference::default(),
            authorship: Authorship::new(Some(by), now),
        }
    }
}
