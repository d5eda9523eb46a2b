//! Sizes of machines with their prices, and how much of the host is used.

use domain::plan::Plan;
use domain::size::{SIZES, SizeName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A size that machines can have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabServicesSku {
    /// Always `labs`.
    pub resource_type: String,
    /// Its name, for `sku.name` of a lab.
    pub name: String,
    /// Its tier.
    pub tier: String,
    /// What people read.
    pub size: String,
    /// Its family.
    pub family: String,
    /// How many machines a lab may have.
    pub capacity: LabServicesSkuCapacity,
    /// What a machine has.
    pub capabilities: Vec<LabServicesSkuCapability>,
    /// Where it is on offer.
    pub locations: Vec<String>,
    /// What it costs.
    pub costs: Vec<LabServicesSkuCost>,
    /// Where it is not; never here.
    pub restrictions: Vec<LabServicesSkuRestriction>,
}

/// How many machines a lab may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabServicesSkuCapacity {
    /// Where nothing is said.
    pub default: i64,
    /// At least.
    pub minimum: i64,
    /// At most.
    pub maximum: i64,
    /// Who changes it.
    pub scale_type: String,
}

/// Something that a machine has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabServicesSkuCapability {
    /// What.
    pub name: String,
    /// How much.
    pub value: String,
}

/// What an hour costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabServicesSkuCost {
    /// By which meter: the plan's currency.
    pub meter_id: String,
    /// How much.
    pub quantity: f64,
    /// Of what.
    pub extended_unit: String,
}

/// Where a size is not on offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabServicesSkuRestriction {
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where.
    pub values: Vec<String>,
    /// Why.
    pub reason_code: String,
}

impl LabServicesSku {
    /// Every size, with the prices of a plan.
    pub fn all(plan: &Plan) -> Vec<Self> {
        SIZES
            .into_iter()
            .map(|size| {
                let has = |name: &str, value: String| LabServicesSkuCapability {
                    name: name.to_owned(),
                    value,
                };
                let price = SizeName::parse(size.name).map_or(0, |name| plan.price(name).micros());
                let price = u32::try_from(price).map_or(f64::MAX, f64::from) / 1e6;
                let cost = |unit: &str, quantity| LabServicesSkuCost {
                    meter_id: plan.currency.to_string(),
                    quantity,
                    extended_unit: unit.to_owned(),
                };
                Self {
                    resource_type: "labs".to_owned(),
                    name: size.name.to_owned(),
                    tier: "Standard".to_owned(),
                    size: size.title.to_owned(),
                    family: size.title.to_owned(),
                    capacity: LabServicesSkuCapacity {
                        default: 0,
                        minimum: 0,
                        maximum: i64::from(domain::capacity::Capacity::MAX),
                        scale_type: "Manual".to_owned(),
                    },
                    capabilities: vec![
                        has("vCPUs", size.cpus.to_string()),
                        has("MemoryGB", (size.memory_mib / 1024).to_string()),
                        has("StorageGB", size.disk_gib.to_string()),
                        has("IsGpu", "False".to_owned()),
                    ],
                    locations: vec![plan.profile.location.as_str().to_owned()],
                    costs: vec![
                        cost("LinuxHourly", price),
                        cost("WindowsHourly", price),
                        cost("InactiveHourly", 0.0),
                    ],
                    restrictions: Vec::new(),
                }
            })
            .collect()
    }
}

/// How much of something is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// How much is used.
    pub current_value: i64,
    /// How much there is.
    pub limit: i64,
    /// Always `Count`.
    pub unit: String,
    /// Of what.
    pub name: UsageName,
    /// Its resource id.
    pub id: String,
}

/// Of what something is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageName {
    /// For programs.
    pub value: String,
    /// For people.
    pub localized_value: String,
    /// Which sizes use it.
    pub sku_instances: Vec<String>,
}
