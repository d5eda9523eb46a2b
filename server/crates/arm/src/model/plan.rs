//! Lab plans.

use std::collections::BTreeMap;

use domain::plan::Plan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::choices::{IdentityType, ProvisioningState};
use super::lab::{AutoShutdownProfile, ConnectionProfile};
use super::{People, SystemData, TagsChange};

/// The network of new labs: kept, and without effect here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabPlanNetworkProfile {
    /// A subnet's resource id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 3, max_length = 2000)]
    pub subnet_id: Option<String>,
}

/// Whom students ask for help.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupportInfo {
    /// A page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 3, max_length = 2000)]
    pub url: Option<String>,
    /// An address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 6, max_length = 254)]
    pub email: Option<String>,
    /// A telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 31)]
    pub phone: Option<String>,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000)]
    pub instructions: Option<String>,
}

impl From<SupportInfo> for domain::kept::SupportInfo {
    fn from(info: SupportInfo) -> Self {
        Self {
            url: info.url,
            email: info.email,
            phone: info.phone,
            instructions: info.instructions,
        }
    }
}

/// A plan's own identity: kept, and without effect here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// Its id; set by the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, read_only)]
    pub principal_id: Option<String>,
    /// Its organisation; set by the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, read_only)]
    pub tenant_id: Option<String>,
    /// What kind.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kind: Option<IdentityType>,
}

/// A lab plan to be made, or what one is to become.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabPlanInput {
    /// Where it is; never changed.
    #[schema(schema_with = super::rules::location)]
    pub location: String,
    /// Tags.
    #[serde(default)]
    #[schema(schema_with = super::rules::tags)]
    pub tags: Option<BTreeMap<String, String>>,
    /// Its own identity.
    #[serde(default)]
    #[schema(nullable = false)]
    pub identity: Option<Identity>,
    /// The rest.
    pub properties: LabPlanUpdateProperties,
}

/// A change of a lab plan.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabPlanUpdate {
    /// Tags.
    #[serde(default)]
    #[schema(schema_with = super::rules::tags_change)]
    pub tags: Option<TagsChange>,
    /// Its own identity.
    #[serde(default)]
    #[schema(nullable = false)]
    pub identity: Option<Identity>,
    /// The rest.
    #[serde(default)]
    #[schema(nullable = false)]
    pub properties: Option<LabPlanUpdateProperties>,
}

/// What is said of a lab plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabPlanUpdateProperties {
    /// How people may connect to the machines of new labs.
    #[serde(default)]
    #[schema(nullable = false)]
    pub default_connection_profile: Option<ConnectionProfile>,
    /// When their unused machines stop.
    #[serde(default)]
    #[schema(nullable = false)]
    pub default_auto_shutdown_profile: Option<AutoShutdownProfile>,
    /// Their network; a plan with labs keeps it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub default_network_profile: Option<LabPlanNetworkProfile>,
    /// Where labs may be: kept, and without effect here.
    #[serde(default)]
    #[schema(nullable = false, max_items = 100)]
    pub allowed_regions: Option<Vec<String>>,
    /// A gallery of images: kept, and without effect here.
    #[serde(default)]
    #[schema(nullable = false, min_length = 3, max_length = 2000)]
    pub shared_gallery_id: Option<String>,
    /// Whom students ask for help.
    #[serde(default)]
    #[schema(nullable = false)]
    pub support_info: Option<SupportInfo>,
    /// A learning platform's address.
    #[serde(default)]
    #[schema(nullable = false, min_length = 3, max_length = 2000)]
    pub linked_lms_instance: Option<String>,
}

/// A lab plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabPlan {
    /// Its resource id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it is.
    pub location: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Who made and changed it.
    pub system_data: SystemData,
    /// Its own identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub identity: Option<Identity>,
    /// The rest.
    pub properties: LabPlanProperties,
}

/// What a lab plan is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabPlanProperties {
    /// Whether it is being made, changed or deleted.
    pub provisioning_state: ProvisioningState,
    /// How people may connect to the machines of new labs.
    pub default_connection_profile: ConnectionProfile,
    /// When their unused machines stop.
    pub default_auto_shutdown_profile: AutoShutdownProfile,
    /// Their network.
    pub default_network_profile: LabPlanNetworkProfile,
    /// Where labs may be.
    pub allowed_regions: Vec<String>,
    /// A gallery of images.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub shared_gallery_id: Option<String>,
    /// Whom students ask for help.
    pub support_info: SupportInfo,
    /// A learning platform's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub linked_lms_instance: Option<String>,
}

/// The resource id of a plan.
pub fn id_of(plan: &Plan, subscription: &str) -> String {
    format!(
        "/subscriptions/{subscription}/resourceGroups/{}/providers/Microsoft.LabServices/labPlans/{}",
        plan.group, plan.name
    )
}

impl LabPlan {
    /// A plan as programs see it.
    pub fn of(plan: Plan, subscription: &str, people: &People) -> Self {
        let id = id_of(&plan, subscription);
        let profile = plan.profile;
        Self {
            id,
            name: plan.name.to_string(),
            kind: "Microsoft.LabServices/labPlans".to_owned(),
            location: profile.location.as_str().to_owned(),
            tags: profile.tags,
            system_data: SystemData::of(&profile.authorship, people),
            identity: profile.identity.then(|| Identity {
                principal_id: Some(plan.id.to_string()),
                tenant_id: Some(subscription.to_owned()),
                kind: Some(IdentityType::SystemAssigned),
            }),
            properties: LabPlanProperties {
                provisioning_state: ProvisioningState::Succeeded,
                default_connection_profile: profile.connection.into(),
                default_auto_shutdown_profile: plan.shutdown.into(),
                default_network_profile: LabPlanNetworkProfile {
                    subnet_id: profile.subnet_id,
                },
                allowed_regions: profile.allowed_regions,
                shared_gallery_id: profile.shared_gallery_id,
                support_info: SupportInfo {
                    url: profile.support.url,
                    email: profile.support.email,
                    phone: profile.support.phone,
                    instructions: profile.support.instructions,
                },
                linked_lms_instance: profile.linked_lms_instance,
            },
        }
    }
}
