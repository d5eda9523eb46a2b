//! Users of labs.

use domain::quota::AdditionalQuota;
use serde::{Deserialize, Serialize};
use service::resources::UserResource;
use utoipa::ToSchema;

use super::choices::{InvitationState, ProvisioningState, RegistrationState};
use super::{SystemData, time};

/// A user to be put on the list, or what one is to become.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserInput {
    /// The rest.
    pub properties: UserInputProperties,
}

/// What is said of a user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserInputProperties {
    /// The e-mail address; never changed.
    #[schema(schema_with = super::rules::email)]
    pub email: String,
    /// What the user has on top of everyone's quota, or less than it.
    #[serde(default)]
    #[schema(schema_with = super::rules::additional_quota)]
    pub additional_usage_quota: Option<String>,
}

/// A change of a user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserUpdate {
    /// The rest.
    #[serde(default)]
    #[schema(nullable = false)]
    pub properties: Option<UserUpdateProperties>,
}

/// What is to be changed of a user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserUpdateProperties {
    /// What the user has on top of everyone's quota, or less than it.
    #[serde(default)]
    #[schema(schema_with = super::rules::additional_quota)]
    pub additional_usage_quota: Option<String>,
}

/// An invitation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InviteBody {
    /// The educator's own words, in the mail beside the link.
    #[serde(default)]
    #[schema(nullable = false, max_length = 2000)]
    pub text: Option<String>,
}

/// A user of a lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The resource id.
    pub id: String,
    /// The name.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// When the user was put on the list.
    pub system_data: SystemData,
    /// The rest.
    pub properties: UserProperties,
}

/// What a user is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserProperties {
    /// Whether it is being changed.
    pub provisioning_state: ProvisioningState,
    /// The name of who registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub display_name: Option<String>,
    /// The e-mail address.
    pub email: String,
    /// Whether the user has come.
    pub registration_state: RegistrationState,
    /// Whether the user was invited.
    pub invitation_state: InvitationState,
    /// When the invitation went out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub invitation_sent: Option<String>,
    /// How much of the quota is used.
    #[schema(format = Duration)]
    pub total_usage: String,
    /// What the user has on top of everyone's quota, or less.
    #[schema(schema_with = super::rules::additional_quota)]
    pub additional_usage_quota: String,
}

/// Reads an additional quota.
///
/// # Errors
/// When it is no such length of time.
pub fn additional(text: Option<&str>) -> Result<AdditionalQuota, domain::Invalid> {
    match text {
        Some(text) => AdditionalQuota::parse(&time::iso("additionalUsageQuota", text)?),
        None => Ok(AdditionalQuota::NONE),
    }
}

impl User {
    /// A user as programs see them.
    pub fn of(resource: UserResource, lab: &str) -> Self {
        let user = resource.user;
        let name = user.resource_name().to_string();
        Self {
            id: format!("{lab}/users/{name}"),
            name,
            kind: "Microsoft.LabServices/labs/users".to_owned(),
            system_data: SystemData {
                created_at: Some(time::instant(user.added_at)),
                ..SystemData::default()
            },
            properties: UserProperties {
                provisioning_state: ProvisioningState::Succeeded,
                display_name: resource.person.map(|person| person.name.to_string()),
                email: user.email.to_string(),
                registration_state: user.registration().into(),
                invitation_state: user.invitation.into(),
                invitation_sent: user.invited_at.map(time::instant),
                total_usage: time::span(resource.used),
                additional_usage_quota: user.additional.to_string(),
            },
        }
    }
}
