//! Labs: a class's machines, and the rules they share.

use serde::{Deserialize, Serialize};

use crate::Invalid;
use crate::capacity::Capacity;
use crate::connection::ConnectionProfile;
use crate::credentials::Accounts;
use crate::id::{LabId, PersonId, PlanId};
use crate::image::ImageName;
use crate::machine::{ProvisioningState, Trouble};
use crate::money::{Amount, Currency, Price, StoragePrice};
use crate::name::{Description, LabName, LabTitle};
use crate::quota::UsageQuota;
use crate::resource::ResourceGroup;
use crate::shutdown::AutoShutdown;
use crate::size::SizeName;
use crate::time::Timestamp;

/// What a lab's machines are made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CreateOption {
    /// Straight from the image.
    Image,
    /// From a template machine that the educator prepares.
    #[serde(rename = "TemplateVM")]
    TemplateVm,
}

/// A lab's state, in the words of the REST API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabState {
    /// Not yet published.
    Draft,
    /// Its machines are being made.
    Publishing,
    /// Its number of machines is being changed.
    Scaling,
    /// Its list is being taken over from a roster.
    Syncing,
    /// Its machines are there.
    Published,
}

/// Which machines publishing again remakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Remake {
    /// Every machine; the work on them is lost.
    Every,
    /// Only those that nobody has; the others follow when they are reimaged.
    Unclaimed,
}

impl Remake {
    /// Parses the choice as forms and programs write it.
    ///
    /// # Errors
    /// When it is neither `Every` nor `Unclaimed`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "Every" => Ok(Self::Every),
            "Unclaimed" => Ok(Self::Unclaimed),
            _ => Err(Invalid::new(
                "remake",
                "Choose whether every machine or only unclaimed ones are remade.",
            )),
        }
    }
}

/// A lab's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lab {
    /// Its id.
    pub id: LabId,
    /// The resource group it is in, never changed.
    pub group: ResourceGroup,
    /// Its resource name, unique in its group, never changed.
    pub name: LabName,
    /// Its title.
    pub title: LabTitle,
    /// What it is for.
    pub description: Description,
    /// Its image, never changed.
    pub image: ImageName,
    /// Its machines' size, never changed.
    pub size: SizeName,
    /// Template or not, never changed.
    pub create_option: CreateOption,
    /// The accounts on its machines; the names never change.
    pub accounts: Accounts,
    /// How many machines its pool is to have.
    pub capacity: Capacity,
    /// Its state.
    pub state: LabState,
    /// Which generation is to be published; 0 before the first.
    pub wanted_generation: u32,
    /// Which generation was published last; 0 is none.
    pub published_generation: u32,
    /// Which machines the publishing under way remakes.
    pub remake: Remake,
    /// How people may connect to its machines.
    pub connection: ConnectionProfile,
    /// Whether everyone with the link may register, or only listed addresses.
    pub open_access: bool,
    /// Whether it was deleted: nobody works with it any more.
    pub deleting: bool,
    /// Until when a deleted lab can be brought back; none, where it is removed at once.
    pub kept_until: Option<Timestamp>,
    /// What stands in the way of publishing or deleting.
    pub trouble: Option<Trouble>,
    /// The plan that its first values are from.
    pub plan: PlanId,
    /// How long its machines may run.
    pub time: LabTime,
    /// What it costs.
    pub money: LabMoney,
    /// Who made it.
    pub created_by: PersonId,
    /// When.
    pub created_at: Timestamp,
    /// When it was last published.
    pub published_at: Option<Timestamp>,
}

/// How long a lab's machines may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabTime {
    /// The hours of every user outside class.
    pub quota: UsageQuota,
    /// When machines that nobody uses are stopped.
    pub shutdown: AutoShutdown,
}

/// What a lab costs, as its plan said when it was made, and what it may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabMoney {
    /// What the prices are in.
    pub currency: Currency,
    /// What an hour of running costs.
    pub price: Price,
    /// What a gigabyte of disk costs for a month.
    pub storage_price: StoragePrice,
    /// What the lab may cost; no limit, when there is none.
    pub budget: Option<Amount>,
    /// An educator's word that students may start machines although the budget is spent.
    pub go_on: bool,
}

impl Lab {
    /// Whether the lab was deleted and is in the bin, or on its way out of it.
    pub fn in_bin(&self) -> bool {
        self.kept_until.is_some()
    }

    /// Whether the lab was deleted and can be brought back at `now`.
    pub fn is_restorable(&self, now: Timestamp) -> bool {
        self.kept_until.is_some_and(|until| now < until)
    }

    /// Whether the lab has a template machine.
    pub fn has_template(&self) -> bool {
        self.create_option == CreateOption::TemplateVm
    }

    /// What people are told about the lab's making, given whether its template (where it is to have
    /// one) is there.
    pub fn provisioning(&self, template_made: bool) -> ProvisioningState {
        if self.deleting {
            ProvisioningState::Deleting
        } else if self.trouble.as_ref().is_some_and(|t| t.failed) {
            ProvisioningState::Failed
        } else if self.has_template() && !template_made {
            ProvisioningState::Creating
        } else {
            match self.state {
                LabState::Publishing | LabState::Scaling | LabState::Syncing => {
                    ProvisioningState::Updating
                }
                LabState::Draft | LabState::Published => ProvisioningState::Succeeded,
            }
        }
    }
}
