//! Virtual machines.

use domain::connection::ConnectionType;
use domain::lab::Lab;
use domain::machine::{MachineKind, MachineState};
use serde::{Deserialize, Serialize};
use service::resources::{MachineResource, TEMPLATE};
use utoipa::ToSchema;

use super::choices::{ProvisioningState, VirtualMachineState, VirtualMachineType};
use super::{ResourceOperationError, SystemData, time};

/// A password to be set on a machine.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResetPasswordBody {
    /// The account; it is made where there is none.
    #[schema(schema_with = super::rules::username)]
    pub username: String,
    /// Its new password.
    #[schema(schema_with = super::rules::password)]
    pub password: String,
}

/// A virtual machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VirtualMachine {
    /// Its resource id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it last changed.
    pub system_data: SystemData,
    /// The rest.
    pub properties: VirtualMachineProperties,
}

/// What a machine is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VirtualMachineProperties {
    /// Whether it is being made, changed or deleted.
    pub provisioning_state: ProvisioningState,
    /// Whether it runs.
    pub state: VirtualMachineState,
    /// What went wrong with it; from 2023-06-07 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub resource_operation_error: Option<ResourceOperationError>,
    /// How to connect to it.
    pub connection_profile: VirtualMachineConnectionProfile,
    /// The name of the user who has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub claimed_by_user_id: Option<String>,
    /// What it is for.
    pub vm_type: VirtualMachineType,
}

/// How to connect to a machine, as far as it is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VirtualMachineConnectionProfile {
    /// Its address in the lab's network, while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub private_ip_address: Option<String>,
    /// The page with a shell in the browser, while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ssh_in_browser_url: Option<String>,
    /// The account with administrator rights.
    pub admin_username: String,
    /// The students' account without them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub non_admin_username: Option<String>,
}

impl VirtualMachine {
    /// A machine as programs see it; `portal` is the portal's address.
    pub fn of(resource: MachineResource, lab: &Lab, id: &str, portal: &str, version: &str) -> Self {
        let machine = resource.machine;
        let name = match machine.kind {
            MachineKind::Template => TEMPLATE.to_owned(),
            MachineKind::User => machine.hostname.to_string(),
        };
        let runs = resource.state == MachineState::Running;
        let in_browser = runs && lab.connection.web_ssh_access == ConnectionType::Public;
        let trouble = machine.trouble.as_ref().filter(|t| t.failed);
        Self {
            id: format!("{id}/virtualMachines/{name}"),
            name,
            kind: "Microsoft.LabServices/labs/virtualMachines".to_owned(),
            system_data: SystemData {
                last_modified_at: Some(time::instant(machine.wanted.since)),
                ..SystemData::default()
            },
            properties: VirtualMachineProperties {
                provisioning_state: machine.provisioning().into(),
                state: resource.state.into(),
                resource_operation_error: trouble.filter(|_| version != "2022-08-01").map(
                    |trouble| ResourceOperationError {
                        timestamp: time::instant(trouble.since),
                        code: domain::operation::FailureCode::of(trouble)
                            .as_str()
                            .to_owned(),
                        message: trouble.message.clone(),
                        action: "Microsoft.LabServices/labs/virtualMachines/action".to_owned(),
                    },
                ),
                connection_profile: VirtualMachineConnectionProfile {
                    private_ip_address: machine.seen.address.clone(),
                    ssh_in_browser_url: in_browser
                        .then(|| format!("{portal}/machines/{}/terminal", machine.id)),
                    admin_username: lab.accounts.admin.to_string(),
                    non_admin_username: lab.accounts.non_admin.as_ref().map(ToString::to_string),
                },
                claimed_by_user_id: resource.user.map(|user| user.to_string()),
                vm_type: machine.kind.into(),
            },
        }
    }
}
