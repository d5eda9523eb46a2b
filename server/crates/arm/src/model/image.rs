//! Images of plans.

use domain::plan::Plan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::SystemData;
use super::choices::{EnableState, OsState, OsType, ProvisioningState};

/// What is said of an image: whether educators may choose it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageInput {
    /// The rest.
    pub properties: ImageInputProperties,
}

/// Whether educators may choose it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageInputProperties {
    /// Whether educators may choose it.
    pub enabled_state: EnableState,
    /// Where it is on offer: without effect here.
    #[serde(default)]
    #[schema(nullable = false)]
    pub available_regions: Option<Vec<String>>,
}

/// A change of an image.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageUpdate {
    /// The rest.
    #[serde(default)]
    #[schema(nullable = false)]
    pub properties: Option<ImageUpdateProperties>,
}

/// What is to be changed of an image.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageUpdateProperties {
    /// Whether educators may choose it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub enabled_state: Option<EnableState>,
}

/// An image of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// Its resource id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// Who made and changed it.
    pub system_data: SystemData,
    /// The rest.
    pub properties: ImageProperties,
}

/// What an image is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageProperties {
    /// Whether it is being made.
    pub provisioning_state: ProvisioningState,
    /// What a person reads.
    pub display_name: String,
    /// Whose it is.
    pub publisher: String,
    /// What it is.
    pub offer: String,
    /// Which of it.
    pub sku: String,
    /// How new.
    pub version: String,
    /// The system on it.
    pub os_type: OsType,
    /// Whether its machines get an identity each.
    pub os_state: OsState,
    /// Whether educators may choose it.
    pub enabled_state: EnableState,
    /// Where it is on offer.
    pub available_regions: Vec<String>,
}

impl Image {
    /// An image of a plan as programs see it.
    pub fn of(image: domain::image::Image, plan: &Plan, subscription: &str) -> Self {
        let name = image.resource_name().to_string();
        Self {
            id: format!("{}/images/{name}", super::plan::id_of(plan, subscription)),
            name,
            kind: "Microsoft.LabServices/labPlans/images".to_owned(),
            system_data: SystemData::default(),
            properties: ImageProperties {
                provisioning_state: ProvisioningState::Succeeded,
                display_name: image.title,
                publisher: image.facts.publisher,
                offer: image.facts.offer,
                sku: image.facts.sku,
                version: image.facts.version,
                os_type: image.facts.os.into(),
                os_state: OsState::Generalized,
                enabled_state: if image.enabled {
                    EnableState::Enabled
                } else {
                    EnableState::Disabled
                },
                available_regions: vec![plan.profile.location.as_str().to_owned()],
            },
        }
    }
}
