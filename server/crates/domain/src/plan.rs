//! Lab plans: what the school decides for its labs.

use uuid::Uuid;

use crate::id::PlanId;
use crate::money::{Amount, Currency, Price, StoragePrice};
use crate::shutdown::AutoShutdown;
use crate::size::SizeName;

/// A lab plan. Its values are copied into a lab when the lab is made; later changes reach new labs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// Its resource name.
    pub name: String,
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
