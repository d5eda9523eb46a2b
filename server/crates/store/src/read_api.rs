//! The service's `ReadApi`, method by method: where each is answered.

use std::collections::HashMap;

use async_trait::async_trait;
use domain::credentials::Username;
use domain::id::{LabId, MachineId, PlanId};
use domain::image::ImageName;
use domain::kept::LabEnvelope;
use domain::machine::Machine;
use domain::operation::Operation;
use domain::plan::Plan;
use domain::resource::{ResourceGroup, ResourceName};
use domain::user::User;
use service::store::{ClientSecret, DirectoryGroup, ReadApi, StoreResult};
use service::vault::Sealed;

use crate::transaction::Transaction;
use crate::{
    client_secrets, directory, envelopes, machine_accounts, machines, operations, plans, users,
};

#[async_trait]
impl ReadApi for Transaction {
    async fn lab_envelope(&mut self, lab: LabId) -> StoreResult<Option<LabEnvelope>> {
        envelopes::envelope(&mut self.db, lab).await
    }

    async fn lab_envelopes(&mut self) -> StoreResult<HashMap<LabId, LabEnvelope>> {
        envelopes::envelopes(&mut self.db).await
    }

    async fn plan_by_name(
        &mut self,
        group: &ResourceGroup,
        name: &ResourceName,
    ) -> StoreResult<Option<Plan>> {
        plans::by_name(&mut self.db, group, name).await
    }

    async fn plan_images(&mut self, plan: PlanId) -> StoreResult<HashMap<ImageName, bool>> {
        plans::images(&mut self.db, plan).await
    }

    async fn user_by_name(&mut self, lab: LabId, name: &ResourceName) -> StoreResult<Option<User>> {
        users::by_name(&mut self.db, lab, name).await
    }

    async fn template(&mut self, lab: LabId) -> StoreResult<Option<Machine>> {
        machines::template(&mut self.db, lab).await
    }

    async fn machine_accounts(
        &mut self,
        machine: MachineId,
    ) -> StoreResult<Vec<(Username, Sealed)>> {
        machine_accounts::accounts(&mut self.db, machine).await
    }

    async fn open_operations(&mut self, lab: LabId) -> StoreResult<Vec<Operation>> {
        operations::open(&mut self.db, lab).await
    }

    async fn client_secret(&mut self, hash: &str) -> StoreResult<Option<ClientSecret>> {
        client_secrets::secret(&mut self.db, hash).await
    }

    async fn directory_group(&mut self, id: &str) -> StoreResult<Option<DirectoryGroup>> {
        directory::group(&mut self.db, id).await
    }

    async fn directory_groups(&mut self) -> StoreResult<Vec<DirectoryGroup>> {
        directory::groups(&mut self.db).await
    }
}
