//! What the REST API needs of a database beyond what the portal does.
//!
//! Supertraits of [`Read`](super::Read) and [`Write`](super::Write): a file of its own, since it is a
//! subject of its own.

use std::collections::HashMap;

use async_trait::async_trait;
use domain::credentials::Username;
use domain::email::Email;
use domain::id::{LabId, MachineId, PersonId, PlanId};
use domain::image::{Image, ImageName};
use domain::kept::LabEnvelope;
use domain::lab::Lab;
use domain::machine::Machine;
use domain::operation::Operation;
use domain::plan::Plan;
use domain::resource::{ResourceGroup, ResourceName};
use domain::time::Timestamp;
use domain::user::User;
use serde::{Deserialize, Serialize};

use super::StoreResult;
use crate::access::Allowed;
use crate::vault::Sealed;

/// A program's secret, by its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSecret {
    /// The secret's hash.
    pub hash: String,
    /// The program.
    pub person: PersonId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ceases to work.
    pub expires_at: Timestamp,
}

/// A member of a directory group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryMember {
    /// The address.
    pub email: Email,
    /// The name, where the directory has one.
    pub name: Option<String>,
}

/// A group of people that labs can take their lists from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryGroup {
    /// Its id in the directory.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Who is in it.
    pub members: Vec<DirectoryMember>,
}

/// One consistent state, as far as programs ask.
#[async_trait]
pub trait ReadApi: Send {
    /// What is only kept with a lab; none with labs from before there was a REST API.
    async fn lab_envelope(&mut self, lab: LabId) -> StoreResult<Option<LabEnvelope>>;

    /// The same of all labs.
    async fn lab_envelopes(&mut self) -> StoreResult<HashMap<LabId, LabEnvelope>>;

    /// The plan that is there under this name, without regard to case.
    async fn plan_by_name(
        &mut self,
        group: &ResourceGroup,
        name: &ResourceName,
    ) -> StoreResult<Option<Plan>>;

    /// Which images a plan allows or forbids, where it says so itself.
    async fn plan_images(&mut self, plan: PlanId) -> StoreResult<HashMap<ImageName, bool>>;

    /// The user whom a program gave this name, without regard to case.
    async fn user_by_name(&mut self, lab: LabId, name: &ResourceName) -> StoreResult<Option<User>>;

    /// A lab's template, while it is to be there. Locks nothing.
    async fn template(&mut self, lab: LabId) -> StoreResult<Option<Machine>>;

    /// Accounts of one machine whose passwords were set there.
    async fn machine_accounts(
        &mut self,
        machine: MachineId,
    ) -> StoreResult<Vec<(Username, Sealed)>>;

    /// What is under way on a lab, its machines, users and images, the oldest first.
    async fn open_operations(&mut self, lab: LabId) -> StoreResult<Vec<Operation>>;

    /// A program's secret, by its hash.
    async fn client_secret(&mut self, hash: &str) -> StoreResult<Option<ClientSecret>>;

    /// A directory group.
    async fn directory_group(&mut self, id: &str) -> StoreResult<Option<DirectoryGroup>>;

    /// All of them, by name.
    async fn directory_groups(&mut self) -> StoreResult<Vec<DirectoryGroup>>;
}

/// One transaction, as far as programs change things.
#[async_trait]
pub trait WriteApi: ReadApi {
    /// Writes what is only kept with a lab.
    async fn save_lab_envelope(
        &mut self,
        lab: &Allowed<Lab>,
        envelope: &LabEnvelope,
    ) -> StoreResult<()>;

    /// Makes a plan. A taken name is a conflict.
    async fn insert_plan(&mut self, plan: &Allowed<Plan>) -> StoreResult<()>;

    /// Lets educators choose an image in this plan, or not.
    async fn set_plan_image(
        &mut self,
        plan: &Allowed<Plan>,
        image: &ImageName,
        enabled: bool,
    ) -> StoreResult<()>;

    /// Adds an image that was saved from a machine.
    async fn insert_image(&mut self, image: &Image) -> StoreResult<()>;

    /// Sets the password of an account on one machine.
    async fn set_machine_account(
        &mut self,
        machine: &Allowed<Machine>,
        username: &Username,
        secret: &Sealed,
    ) -> StoreResult<()>;

    /// Forgets the passwords set on one machine.
    async fn clear_machine_accounts(&mut self, machine: &Allowed<Machine>) -> StoreResult<()>;

    /// Removes operations that ended before `before`.
    async fn forget_operations(&mut self, before: Timestamp) -> StoreResult<()>;

    /// Keeps a program's secret.
    async fn insert_client_secret(&mut self, secret: &ClientSecret) -> StoreResult<()>;

    /// Removes the access tokens of a program that have ended by `now`.
    async fn forget_tokens(&mut self, person: PersonId, now: Timestamp) -> StoreResult<()>;

    /// Writes a directory group.
    async fn put_directory_group(&mut self, group: &DirectoryGroup) -> StoreResult<()>;

    /// Removes one; whether it was there.
    async fn remove_directory_group(&mut self, id: &str) -> StoreResult<bool>;
}
