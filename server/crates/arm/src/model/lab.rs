//! Labs.

use std::collections::BTreeMap;

use domain::operation::OperationKind;
use serde::{Deserialize, Serialize};
use service::resources::LabResource;
use utoipa::ToSchema;

use super::choices::{
    ConnectionType, CreateOption, EnableState, LabState, OsType, ProvisioningState,
    ShutdownOnIdleMode, SkuTier,
};
use super::{People, ResourceOperationError, SystemData, TagsChange, time};

/// How people may connect to a lab's machines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionProfile {
    /// A shell in the browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub web_ssh_access: Option<ConnectionType>,
    /// A desktop in the browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub web_rdp_access: Option<ConnectionType>,
    /// A program that speaks SSH.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub client_ssh_access: Option<ConnectionType>,
    /// A program that speaks RDP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub client_rdp_access: Option<ConnectionType>,
}

impl From<domain::connection::ConnectionProfile> for ConnectionProfile {
    fn from(profile: domain::connection::ConnectionProfile) -> Self {
        Self {
            web_ssh_access: Some(profile.web_ssh_access.into()),
            web_rdp_access: Some(profile.web_rdp_access.into()),
            client_ssh_access: Some(profile.client_ssh_access.into()),
            client_rdp_access: Some(profile.client_rdp_access.into()),
        }
    }
}

impl ConnectionProfile {
    /// The profile, over what held before.
    pub fn over(
        self,
        before: domain::connection::ConnectionProfile,
    ) -> domain::connection::ConnectionProfile {
        let or = |now: Option<ConnectionType>, before| now.map_or(before, Into::into);
        domain::connection::ConnectionProfile {
            web_ssh_access: or(self.web_ssh_access, before.web_ssh_access),
            web_rdp_access: or(self.web_rdp_access, before.web_rdp_access),
            client_ssh_access: or(self.client_ssh_access, before.client_ssh_access),
            client_rdp_access: or(self.client_rdp_access, before.client_rdp_access),
        }
    }
}

/// When machines that nobody uses are stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AutoShutdownProfile {
    /// Whether when the last connection has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub shutdown_on_disconnect: Option<EnableState>,
    /// Whether when nobody connects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub shutdown_when_not_connected: Option<EnableState>,
    /// Whether when they idle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub shutdown_on_idle: Option<ShutdownOnIdleMode>,
    /// How long after the last connection: 0 to 59 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = super::rules::disconnect_delay)]
    pub disconnect_delay: Option<String>,
    /// How long after the start: 1 to 59 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = super::rules::delay)]
    pub no_connect_delay: Option<String>,
    /// How long they idle: 1 to 59 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = super::rules::delay)]
    pub idle_delay: Option<String>,
}

impl From<domain::shutdown::AutoShutdown> for AutoShutdownProfile {
    fn from(profile: domain::shutdown::AutoShutdown) -> Self {
        Self {
            shutdown_on_disconnect: Some(profile.shutdown_on_disconnect.into()),
            shutdown_when_not_connected: Some(profile.shutdown_when_not_connected.into()),
            shutdown_on_idle: Some(profile.shutdown_on_idle.into()),
            disconnect_delay: Some(profile.disconnect_delay.to_string()),
            no_connect_delay: Some(profile.no_connect_delay.to_string()),
            idle_delay: Some(profile.idle_delay.to_string()),
        }
    }
}

impl AutoShutdownProfile {
    /// The profile, over what held before.
    ///
    /// # Errors
    /// When a delay is too short or too long.
    pub fn over(
        &self,
        before: domain::shutdown::AutoShutdown,
    ) -> Result<domain::shutdown::AutoShutdown, domain::Invalid> {
        use domain::shutdown::{AutoShutdown, Delay, DisconnectDelay};

        Ok(AutoShutdown {
            shutdown_on_disconnect: self
                .shutdown_on_disconnect
                .map_or(before.shutdown_on_disconnect, Into::into),
            disconnect_delay: match &self.disconnect_delay {
                Some(text) => {
                    DisconnectDelay::parse("disconnectDelay", &time::iso("disconnectDelay", text)?)?
                }
                None => before.disconnect_delay,
            },
            shutdown_when_not_connected: self
                .shutdown_when_not_connected
                .map_or(before.shutdown_when_not_connected, Into::into),
            no_connect_delay: match &self.no_connect_delay {
                Some(text) => Delay::parse("noConnectDelay", &time::iso("noConnectDelay", text)?)?,
                None => before.no_connect_delay,
            },
            shutdown_on_idle: self
                .shutdown_on_idle
                .map_or(before.shutdown_on_idle, Into::into),
            idle_delay: match &self.idle_delay {
                Some(text) => Delay::parse("idleDelay", &time::iso("idleDelay", text)?)?,
                None => before.idle_delay,
            },
        })
    }
}

/// A lab's network in the predecessor's cloud: kept, and without effect here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabNetworkProfile {
    /// A subnet's resource id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 3, max_length = 2000)]
    pub subnet_id: Option<String>,
    /// A load balancer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 3, max_length = 2000)]
    pub load_balancer_id: Option<String>,
    /// A public address'.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 3, max_length = 2000)]
    pub public_ip_id: Option<String>,
}

impl From<LabNetworkProfile> for domain::kept::NetworkProfile {
    fn from(profile: LabNetworkProfile) -> Self {
        Self {
            subnet_id: profile.subnet_id,
            load_balancer_id: profile.load_balancer_id,
            public_ip_id: profile.public_ip_id,
        }
    }
}

/// Where a lab's list comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RosterProfile {
    /// The directory group whose members are the users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, pattern = r"^[!-~]{1,100}$")]
    pub active_directory_group_id: Option<String>,
    /// The course in a learning platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000)]
    pub lti_context_id: Option<String>,
    /// The learning platform's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000)]
    pub lms_instance: Option<String>,
    /// The tool's id there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000)]
    pub lti_client_id: Option<String>,
    /// Where the course's members are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000)]
    pub lti_roster_endpoint: Option<String>,
}

impl From<RosterProfile> for domain::kept::RosterProfile {
    fn from(profile: RosterProfile) -> Self {
        Self {
            active_directory_group_id: profile.active_directory_group_id,
            lti_context_id: profile.lti_context_id,
            lms_instance: profile.lms_instance,
            lti_client_id: profile.lti_client_id,
            lti_roster_endpoint: profile.lti_roster_endpoint,
        }
    }
}

impl From<domain::kept::RosterProfile> for RosterProfile {
    fn from(profile: domain::kept::RosterProfile) -> Self {
        Self {
            active_directory_group_id: profile.active_directory_group_id,
            lti_context_id: profile.lti_context_id,
            lms_instance: profile.lms_instance,
            lti_client_id: profile.lti_client_id,
            lti_roster_endpoint: profile.lti_roster_endpoint,
        }
    }
}

/// Which image: by its resource id, or by offer, publisher and sku.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageReference {
    /// The resource id of an image of a plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = super::rules::image_id)]
    pub id: Option<String>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub offer: Option<String>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub publisher: Option<String>,
    /// Which of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub sku: Option<String>,
    /// How new; there is only ever one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub version: Option<String>,
    /// How new it is in truth; set by the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, read_only)]
    pub exact_version: Option<String>,
}

/// A size, and how many machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sku {
    /// One of the names that the list of skus has, or its title.
    #[schema(schema_with = super::rules::sku_name)]
    pub name: String,
    /// Its tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tier: Option<SkuTier>,
    /// Its size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub size: Option<String>,
    /// Its family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub family: Option<String>,
    /// How many machines the lab has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 400)]
    pub capacity: Option<u32>,
}

/// An account on the machines. The password is never returned.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// Its name.
    #[schema(schema_with = super::rules::username)]
    pub username: String,
    /// Its password; one is made where there is none. No answer has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = super::rules::password)]
    pub password: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// What else the machines have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VirtualMachineAdditionalCapabilities {
    /// Whether drivers for graphics were asked for; kept, and without effect here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub install_gpu_drivers: Option<EnableState>,
}

/// Who may register.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecurityProfile {
    /// The code in the registration link; set by the server, for those who may manage users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, read_only)]
    pub registration_code: Option<String>,
    /// Whether everyone with the link may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub open_access: Option<EnableState>,
}

/// The machines of a lab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VirtualMachineProfile {
    /// Template or not; never changed.
    pub create_option: CreateOption,
    /// The image; never changed.
    pub image_reference: ImageReference,
    /// The system on it; set by the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, read_only)]
    pub os_type: Option<OsType>,
    /// The size, never changed, and how many machines.
    pub sku: Sku,
    /// What else they have; never changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub additional_capabilities: Option<VirtualMachineAdditionalCapabilities>,
    /// The hours of every user outside class: PT0S to PT9999H.
    #[schema(schema_with = super::rules::quota)]
    pub usage_quota: String,
    /// Whether all machines have the same passwords; never changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub use_shared_password: Option<EnableState>,
    /// The account with administrator rights; its name never changes.
    pub admin_user: Credentials,
    /// The students' account without them; its name never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub non_admin_user: Option<Credentials>,
}

/// What a change says of the machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VirtualMachineProfileUpdate {
    /// As it is.
    #[serde(default)]
    #[schema(nullable = false)]
    pub create_option: Option<CreateOption>,
    /// As it is.
    #[serde(default)]
    #[schema(nullable = false)]
    pub image_reference: Option<ImageReference>,
    /// As it is, but for the capacity.
    #[serde(default)]
    #[schema(nullable = false)]
    pub sku: Option<SkuUpdate>,
    /// As it is.
    #[serde(default)]
    #[schema(nullable = false)]
    pub additional_capabilities: Option<VirtualMachineAdditionalCapabilities>,
    /// The hours of every user outside class.
    #[serde(default)]
    #[schema(schema_with = super::rules::quota)]
    pub usage_quota: Option<String>,
    /// As it is.
    #[serde(default)]
    #[schema(nullable = false)]
    pub use_shared_password: Option<EnableState>,
    /// As it is.
    #[serde(default)]
    #[schema(nullable = false)]
    pub admin_user: Option<Credentials>,
    /// As it is.
    #[serde(default)]
    #[schema(nullable = false)]
    pub non_admin_user: Option<Credentials>,
}

/// What a change says of the size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SkuUpdate {
    /// As it is.
    #[serde(default)]
    #[schema(schema_with = super::rules::sku_name)]
    pub name: Option<String>,
    /// How many machines the lab has.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 400)]
    pub capacity: Option<u32>,
}

impl From<VirtualMachineProfile> for VirtualMachineProfileUpdate {
    fn from(profile: VirtualMachineProfile) -> Self {
        Self {
            create_option: Some(profile.create_option),
            image_reference: Some(profile.image_reference),
            sku: Some(SkuUpdate {
                name: Some(profile.sku.name),
                capacity: profile.sku.capacity,
            }),
            additional_capabilities: profile.additional_capabilities,
            usage_quota: Some(profile.usage_quota),
            use_shared_password: profile.use_shared_password,
            admin_user: Some(profile.admin_user),
            non_admin_user: profile.non_admin_user,
        }
    }
}

/// A lab to be made, or what one is to become.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabInput {
    /// Where it is; never changed.
    #[schema(schema_with = super::rules::location)]
    pub location: String,
    /// Tags.
    #[serde(default)]
    #[schema(schema_with = super::rules::tags)]
    pub tags: Option<BTreeMap<String, String>>,
    /// The rest.
    pub properties: LabInputProperties,
}

/// What is said of a lab.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabInputProperties {
    /// When unused machines stop.
    pub auto_shutdown_profile: AutoShutdownProfile,
    /// How people may connect.
    pub connection_profile: ConnectionProfile,
    /// Its machines.
    pub virtual_machine_profile: VirtualMachineProfile,
    /// Who may register.
    pub security_profile: SecurityProfile,
    /// Where its list comes from.
    #[serde(default)]
    #[schema(nullable = false)]
    pub roster_profile: Option<RosterProfile>,
    /// Its plan's resource id; the installation's own plan, where there is none.
    #[serde(default)]
    #[schema(schema_with = super::rules::plan_id)]
    pub lab_plan_id: Option<String>,
    /// Its title; its name, where there is none.
    #[serde(default)]
    #[schema(schema_with = super::rules::title)]
    pub title: Option<String>,
    /// What it is for.
    #[serde(default)]
    #[schema(schema_with = super::rules::description)]
    pub description: Option<String>,
    /// Its network; never changed.
    #[serde(default)]
    #[schema(nullable = false)]
    pub network_profile: Option<LabNetworkProfile>,
}

/// A change of a lab.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabUpdate {
    /// Tags.
    #[serde(default)]
    #[schema(schema_with = super::rules::tags_change)]
    pub tags: Option<TagsChange>,
    /// The rest.
    #[serde(default)]
    #[schema(nullable = false)]
    pub properties: Option<LabUpdateProperties>,
}

/// What is to be changed of a lab; what is not said stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabUpdateProperties {
    /// When unused machines stop.
    #[serde(default)]
    #[schema(nullable = false)]
    pub auto_shutdown_profile: Option<AutoShutdownProfile>,
    /// How people may connect.
    #[serde(default)]
    #[schema(nullable = false)]
    pub connection_profile: Option<ConnectionProfile>,
    /// Its machines.
    #[serde(default)]
    #[schema(nullable = false)]
    pub virtual_machine_profile: Option<VirtualMachineProfileUpdate>,
    /// Who may register.
    #[serde(default)]
    #[schema(nullable = false)]
    pub security_profile: Option<SecurityProfile>,
    /// Where its list comes from.
    #[serde(default)]
    #[schema(nullable = false)]
    pub roster_profile: Option<RosterProfile>,
    /// Its plan's resource id.
    #[serde(default)]
    #[schema(schema_with = super::rules::plan_id)]
    pub lab_plan_id: Option<String>,
    /// Its title.
    #[serde(default)]
    #[schema(schema_with = super::rules::title)]
    pub title: Option<String>,
    /// What it is for.
    #[serde(default)]
    #[schema(schema_with = super::rules::description)]
    pub description: Option<String>,
}

/// A lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Lab {
    /// Its resource id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it is.
    pub location: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Who made and changed it.
    pub system_data: SystemData,
    /// The rest.
    pub properties: LabProperties,
}

/// What a lab is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabProperties {
    /// Whether it is being made, changed or deleted.
    pub provisioning_state: ProvisioningState,
    /// Where it is on its way.
    pub state: LabState,
    /// When unused machines stop.
    pub auto_shutdown_profile: AutoShutdownProfile,
    /// How people may connect.
    pub connection_profile: ConnectionProfile,
    /// Its machines.
    pub virtual_machine_profile: VirtualMachineProfile,
    /// Who may register.
    pub security_profile: SecurityProfile,
    /// Where its list comes from.
    pub roster_profile: RosterProfile,
    /// Its plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub lab_plan_id: Option<String>,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Its network.
    pub network_profile: LabNetworkProfile,
    /// What went wrong with it the last time; from 2023-06-07 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub resource_operation_error: Option<ResourceOperationError>,
}

/// How a lab's making stands, its template's failure included.
fn provisioning(resource: &LabResource) -> ProvisioningState {
    let template = resource.template.as_ref();
    let made = template.is_some_and(|m| m.seen.build == Some(m.wanted.build));
    let given_up = template.is_some_and(|m| m.trouble.as_ref().is_some_and(|t| t.failed));
    if !resource.lab.deleting && !made && given_up {
        return ProvisioningState::Failed;
    }
    resource.lab.provisioning(made).into()
}

impl Lab {
    /// A lab as programs see it, in this version of the API.
    pub fn of(resource: LabResource, subscription: &str, people: &People, version: &str) -> Self {
        let provisioning_state = provisioning(&resource);
        let LabResource {
            lab,
            envelope,
            plan,
            image,
            code,
            failure,
            ..
        } = resource;
        let credentials = |name: &domain::credentials::Username| Credentials {
            username: name.to_string(),
            password: None,
        };
        let named = &envelope.image;
        let image_reference = if *named == domain::kept::ImageReference::default() {
            ImageReference {
                offer: image.as_ref().map(|facts| facts.offer.clone()),
                publisher: image.as_ref().map(|facts| facts.publisher.clone()),
                sku: image.as_ref().map(|facts| facts.sku.clone()),
                version: image.as_ref().map(|facts| facts.version.clone()),
                ..ImageReference::default()
            }
        } else {
            ImageReference {
                id: named.id.clone(),
                offer: named.offer.clone(),
                publisher: named.publisher.clone(),
                sku: named.sku.clone(),
                version: named.version.clone(),
                exact_version: None,
            }
        };
        let enabled = |on| {
            if on {
                EnableState::Enabled
            } else {
                EnableState::Disabled
            }
        };
        Self {
            id: format!(
                "/subscriptions/{subscription}/resourceGroups/{}/providers/Microsoft.LabServices/labs/{}",
                lab.group, lab.name
            ),
            name: lab.name.to_string(),
            kind: "Microsoft.LabServices/labs".to_owned(),
            location: envelope.location.as_str().to_owned(),
            tags: envelope.tags,
            system_data: SystemData::of(&envelope.authorship, people),
            properties: LabProperties {
                provisioning_state,
                state: lab.state.into(),
                auto_shutdown_profile: lab.time.shutdown.into(),
                connection_profile: lab.connection.into(),
                virtual_machine_profile: VirtualMachineProfile {
                    create_option: lab.create_option.into(),
                    image_reference: ImageReference {
                        exact_version: image.as_ref().map(|facts| facts.version.clone()),
                        ..image_reference
                    },
                    os_type: image.map(|facts| facts.os.into()),
                    sku: Sku {
                        name: lab.size.as_str().to_owned(),
                        tier: None,
                        size: None,
                        family: None,
                        capacity: Some(lab.capacity.seats()),
                    },
                    additional_capabilities: Some(VirtualMachineAdditionalCapabilities {
                        install_gpu_drivers: Some(enabled(envelope.gpu_drivers)),
                    }),
                    usage_quota: lab.time.quota.to_string(),
                    use_shared_password: Some(enabled(lab.accounts.shared_password)),
                    admin_user: credentials(&lab.accounts.admin),
                    non_admin_user: lab.accounts.non_admin.as_ref().map(credentials),
                },
                security_profile: SecurityProfile {
                    registration_code: code,
                    open_access: Some(enabled(lab.open_access)),
                },
                roster_profile: envelope.roster.into(),
                lab_plan_id: plan.map(|plan| super::plan::id_of(&plan, subscription)),
                title: lab.title.to_string(),
                description: lab.description.as_str().to_owned(),
                network_profile: LabNetworkProfile {
                    subnet_id: envelope.network.subnet_id,
                    load_balancer_id: envelope.network.load_balancer_id,
                    public_ip_id: envelope.network.public_ip_id,
                },
                resource_operation_error: failure.filter(|_| version != "2022-08-01").map(
                    |operation| ResourceOperationError {
                        timestamp: time::instant(
                            operation.ended_at.unwrap_or(operation.started_at),
                        ),
                        code: operation
                            .code
                            .map_or("Failed", domain::operation::FailureCode::as_str)
                            .to_owned(),
                        message: operation.error.clone().unwrap_or_default(),
                        action: action(operation.kind).to_owned(),
                    },
                ),
            },
        }
    }
}

fn action(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::CreateLab | OperationKind::Scale => "Microsoft.LabServices/labs/write",
        OperationKind::Publish => "Microsoft.LabServices/labs/publish/action",
        OperationKind::SyncGroup => "Microsoft.LabServices/labs/syncGroup/action",
        OperationKind::DeleteLab => "Microsoft.LabServices/labs/delete",
        _ => "Microsoft.LabServices/labs/action",
    }
}
