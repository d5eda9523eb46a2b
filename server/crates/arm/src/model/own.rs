//! Bodies of what Lectern adds.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::choices::VirtualMachineState;
use super::machine::VirtualMachineConnectionProfile;

/// A registration code to be redeemed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegisterBody {
    /// The code in the registration link.
    #[schema(min_length = 1, max_length = 100)]
    pub code: String,
}

/// What registering came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Registered {
    /// Whether a machine is the caller's; they wait for one otherwise.
    pub seated: bool,
}

/// The caller's machines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MyVirtualMachines {
    /// One for each lab that the caller registered in.
    pub value: Vec<MyVirtualMachine>,
    /// Never there: the list is whole.
    pub next_link: Option<String>,
}

/// The caller's place in a lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MyVirtualMachine {
    /// The lab's title.
    pub lab_title: String,
    /// The machine's name; none while the caller waits for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// Whether it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub state: Option<VirtualMachineState>,
    /// How to connect to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub connection_profile: Option<VirtualMachineConnectionProfile>,
    /// How many people wait for a machine before the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub waiting_before: Option<u32>,
    /// The quota.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = Duration)]
    pub quota: Option<String>,
    /// How much of it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = Duration)]
    pub used: Option<String>,
    /// Why it cannot be started now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub why_not: Option<String>,
}

/// How many machines were asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// How many.
    pub count: u32,
}

/// Addresses to be put on a lab's list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddUsersBody {
    /// The addresses.
    #[schema(schema_with = emails)]
    pub emails: Vec<String>,
}

fn names() -> utoipa::openapi::schema::Array {
    utoipa::openapi::schema::ArrayBuilder::new()
        .items(super::rules::resource_name())
        .min_items(Some(1))
        .max_items(Some(400))
        .build()
}

fn emails() -> utoipa::openapi::schema::Array {
    utoipa::openapi::schema::ArrayBuilder::new()
        .items(super::rules::email())
        .min_items(Some(1))
        .max_items(Some(400))
        .build()
}

/// What adding came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddedUsers {
    /// How many were added.
    pub added: u32,
    /// How many were on the list already.
    pub known: u32,
}

/// A lab's registration link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    /// The code.
    pub code: String,
    /// The link.
    pub url: String,
    /// Whether it works.
    pub enabled: bool,
    /// When it ceases to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub expires_at: Option<String>,
    /// How many more people may use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub uses_left: Option<u32>,
}

/// A change of a registration link. Where an end or a number is said, both are set to what is said.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationUpdate {
    /// Whether it works.
    #[serde(default)]
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
    /// When it ceases to, in UTC.
    #[serde(default)]
    #[schema(schema_with = super::rules::date_time)]
    pub expires_at: Option<String>,
    /// How many more people may use it.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100_000)]
    pub uses_left: Option<u32>,
}

/// Whose used hours are set to zero, and from when on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResetHoursBody {
    /// From when on hours count again, in UTC; from now on, where nothing is said.
    #[serde(default)]
    #[schema(schema_with = super::rules::date_time)]
    pub from: Option<String>,
    /// The names of the users; all, where nothing is said.
    #[serde(default)]
    #[schema(schema_with = names)]
    pub users: Option<Vec<String>>,
}

/// How the hours of a lab's users stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabUsage {
    /// One row a user.
    pub value: Vec<UserUsage>,
}

/// How a user's hours stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserUsage {
    /// The user's name.
    pub name: String,
    /// The address.
    pub email: String,
    /// What the user may use.
    #[schema(format = Duration)]
    pub quota: String,
    /// What is used of it.
    #[schema(format = Duration)]
    pub used: String,
}

/// What a lab costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabCost {
    /// What the amounts are in.
    pub currency: String,
    /// What was spent so far.
    pub spent: String,
    /// What the lab will have cost when its last class is over, if it goes on like this.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub forecast: Option<String>,
    /// The last days.
    pub days: Vec<DayCost>,
}

/// What one day cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DayCost {
    /// When it began.
    #[schema(format = DateTime)]
    pub from: String,
    /// How long machines ran against a quota.
    #[schema(format = Duration)]
    pub counted: String,
    /// How long they ran besides.
    #[schema(format = Duration)]
    pub free: String,
    /// What running cost.
    pub cost: String,
}

/// A group of the directory to be written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryGroupInput {
    /// The rest.
    pub properties: DirectoryGroupProperties,
}

/// What a group of the directory is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryGroupProperties {
    /// What people call it.
    #[schema(schema_with = super::rules::title)]
    pub display_name: String,
    /// Who is in it.
    #[schema(max_items = 2000)]
    pub members: Vec<DirectoryMember>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryMember {
    /// The address.
    #[schema(schema_with = super::rules::email)]
    pub email: String,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub display_name: Option<String>,
}

/// A group of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryGroup {
    /// Its resource id.
    pub id: String,
    /// Its name, which labs are given as `activeDirectoryGroupId`.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// The rest.
    pub properties: DirectoryGroupProperties,
}

/// Groups of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PagedDirectoryGroups {
    /// The items of this page.
    pub value: Vec<DirectoryGroup>,
    /// Where the next page is; none after the last.
    pub next_link: Option<String>,
}

/// A lab in the bin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletedLab {
    /// Its resource id.
    pub id: String,
    /// Its name in the bin, which no other lab has.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// The rest.
    pub properties: DeletedLabProperties,
}

/// What a lab in the bin is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletedLabProperties {
    /// The resource id that the lab had, and has again once it is brought back.
    pub lab_id: String,
    /// What people call it.
    pub title: String,
    /// Until when it can be brought back, in UTC.
    pub kept_until: String,
    /// How many machines it has, its template too.
    pub machines: u32,
    /// How many users are on its list.
    pub users: u32,
}

/// Labs in the bin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PagedDeletedLabs {
    /// The items of this page.
    pub value: Vec<DeletedLab>,
    /// Where the next page is; none after the last.
    pub next_link: Option<String>,
}
