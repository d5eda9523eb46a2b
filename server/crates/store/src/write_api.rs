//! The service's `WriteApi`, method by method: where each is answered.

use async_trait::async_trait;
use domain::credentials::Username;
use domain::id::PersonId;
use domain::image::{Image, ImageName};
use domain::kept::LabEnvelope;
use domain::lab::Lab;
use domain::machine::Machine;
use domain::plan::Plan;
use domain::time::Timestamp;
use service::access::Allowed;
use service::store::{ClientSecret, DirectoryGroup, StoreResult, WriteApi};
use service::vault::Sealed;

use crate::transaction::Transaction;
use crate::{client_secrets, directory, envelopes, images, machine_accounts, operations, plans};

#[async_trait]
impl WriteApi for Transaction {
    async fn save_lab_envelope(
        &mut self,
        lab: &Allowed<Lab>,
        envelope: &LabEnvelope,
    ) -> StoreResult<()> {
        envelopes::put(&mut self.db, lab.id, envelope).await
    }

    async fn insert_plan(&mut self, plan: &Allowed<Plan>) -> StoreResult<()> {
        plans::insert(&mut self.db, plan).await
    }

    async fn set_plan_image(
        &mut self,
        plan: &Allowed<Plan>,
        image: &ImageName,
        enabled: bool,
    ) -> StoreResult<()> {
        plans::set_image(&mut self.db, plan.id, image, enabled).await
    }

    async fn insert_image(&mut self, image: &Image) -> StoreResult<()> {
        images::insert(&mut self.db, image).await
    }

    async fn set_machine_account(
        &mut self,
        machine: &Allowed<Machine>,
        username: &Username,
        secret: &Sealed,
    ) -> StoreResult<()> {
        machine_accounts::put(&mut self.db, machine.id, username, secret).await
    }

    async fn clear_machine_accounts(&mut self, machine: &Allowed<Machine>) -> StoreResult<()> {
        machine_accounts::clear(&mut self.db, machine.id).await
    }

    async fn forget_operations(&mut self, before: Timestamp) -> StoreResult<()> {
        operations::forget(&mut self.db, before).await
    }

    async fn insert_client_secret(&mut self, secret: &ClientSecret) -> StoreResult<()> {
        client_secrets::insert(&mut self.db, secret).await
    }

    async fn forget_tokens(&mut self, person: PersonId, now: Timestamp) -> StoreResult<()> {
        client_secrets::forget_tokens(&mut self.db, person, now).await
    }

    async fn put_directory_group(&mut self, group: &DirectoryGroup) -> StoreResult<()> {
        directory::put(&mut self.db, group).await
    }

    async fn remove_directory_group(&mut self, id: &str) -> StoreResult<bool> {
        directory::remove(&mut self.db, id).await
    }
}
