//! Lab plans: what the school decides for its labs.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::bin::BinDays;
use crate::connection::ConnectionProfile;
use crate::id::PlanId;
use crate::kept::{Authorship, SupportInfo};
use crate::money::{Amount, Currency, Price, StoragePrice};
use crate::resource::{Location, ResourceGroup, ResourceName, Tags};
use crate::shutdown::AutoShutdown;
use crate::size::SizeName;
use crate::time::Timestamp;

/// A lab plan. Its values are copied into a lab when the lab is made; later changes reach new labs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// The resource group it is in.
    pub group: ResourceGroup,
    /// Its resource name, unique in its group.
    pub name: ResourceName,
    /// What its prices are in.
    pub currency: Currency,
    /// What an hour of each size costs; sizes that are not here are free.
    pub prices: Vec<(SizeName, Price)>,
    /// What a gigabyte of disk costs for a month.
    pub storage_price: StoragePrice,
    /// What its labs may cost together; no limit, when there is none.
    pub budget: Option<Amount>,
    /// An administrator's word that students may start machines although the budget is spent.
    pub go_on: bool,
    /// When a new lab's machines stop by themselves.
    pub shutdown: AutoShutdown,
    /// For how long its deleted labs can be brought back.
    pub bin: BinDays,
    /// What else programs set.
    pub profile: PlanProfile,
    /// Whether it was deleted. Labs that began with it keep it.
    pub deleted: bool,
}

/// What programs set of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanProfile {
    /// Where it is.
    pub location: Location,
    /// Its tags.
    pub tags: Tags,
    /// How people may connect to the machines of new labs.
    pub connection: ConnectionProfile,
    /// The subnet of new labs, only kept.
    pub subnet_id: Option<String>,
    /// Where labs may be, only kept.
    pub allowed_regions: Vec<String>,
    /// A gallery of images, only kept.
    pub shared_gallery_id: Option<String>,
    /// A learning platform's address.
    pub linked_lms_instance: Option<String>,
    /// Whom students ask for help.
    pub support: SupportInfo,
    /// Whether the plan was given an identity of its own.
    pub identity: bool,
    /// Who made and changed it.
    pub authorship: Authorship,
}

impl Plan {
    /// The id of the plan that every installation has.
    pub const DEFAULT: PlanId = PlanId::new(Uuid::from_u128(0x7000_8000_0000_0000_0001));

    /// What an hour of `size` costs.
    pub fn price(&self, size: SizeName) -> Price {
        self.prices
            .iter()
            .find(|(name, _)| *name == size)
            .map_or(Price::FREE, |(_, price)| *price)
    }
}

impl PlanProfile {
    /// Of a plan that no program has touched.
    pub fn plain() -> Self {
        Self {
            location: Location::local(),
            tags: Tags::new(),
            connection: ConnectionProfile::BROWSER,
            subnet_id: None,
            allowed_regions: Vec::new(),
            shared_gallery_id: None,
            linked_lms_instance: None,
            support: SupportInfo::default(),
            identity: false,
            authorship: Authorship::new(None, Timestamp::from_micros(0)),
        }
    }
}
