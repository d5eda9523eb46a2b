//! What a body says of a lab, read into what the service takes. Every mistake is told, each in its place.

use domain::capacity::Capacity;
use domain::connection::ConnectionProfile as Connection;
use domain::credentials::{Password, Username};
use domain::id::PlanId;
use domain::image::Image;
use domain::kept::{ImageReference as Kept, LabEnvelope};
use domain::lab::Lab as Row;
use domain::name::{Description, LabName, LabTitle};
use domain::plan::Plan;
use domain::quota::UsageQuota;
use domain::resource::{Location, ResourceGroup};
use domain::shutdown::AutoShutdown;
use domain::size::{SIZES, SizeName};
use service::labs::{LabChange, LabPlace, NewLab};

use crate::call::Call;
use crate::error::{ArmError, ErrorDetail, Result};
use crate::model::choices::EnableState;
use crate::model::lab::{
    Credentials, ImageReference, LabInput, LabUpdateProperties, RosterProfile,
    VirtualMachineProfileUpdate,
};
use crate::model::{plan, time};
use crate::{Api, reference};

/// Where a rule is broken, in the words of a lab.
pub(super) fn place(field: &str) -> Option<&'static str> {
    Some(match field {
        "title" => "properties.title",
        "description" => "properties.description",
        "usageQuota" => "properties.virtualMachineProfile.usageQuota",
        "size" => "properties.virtualMachineProfile.sku.name",
        "capacity" => "properties.virtualMachineProfile.sku.capacity",
        "image" => "properties.virtualMachineProfile.imageReference",
        "username" => "properties.virtualMachineProfile.adminUser.username",
        "password" => "properties.virtualMachineProfile.adminUser.password",
        "non_admin_username" => "properties.virtualMachineProfile.nonAdminUser.username",
        "non_admin_password" => "properties.virtualMachineProfile.nonAdminUser.password",
        "disconnectDelay" => "properties.autoShutdownProfile.disconnectDelay",
        "noConnectDelay" => "properties.autoShutdownProfile.noConnectDelay",
        "idleDelay" => "properties.autoShutdownProfile.idleDelay",
        _ => return None,
    })
}

/// Keeps a rule that was broken, and goes on: all mistakes are told at once.
struct Mistakes(Vec<ErrorDetail>);

impl Mistakes {
    fn keep<T>(&mut self, read: std::result::Result<T, domain::Invalid>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(invalid) => {
                let target = place(invalid.field).unwrap_or(invalid.field);
                self.0.push(ErrorDetail::about(target, invalid.message));
                None
            }
        }
    }

    fn end(self) -> Result<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(ArmError::invalid(self.0))
        }
    }
}

/// A size by its name, or by its title.
fn size(name: &str) -> std::result::Result<SizeName, domain::Invalid> {
    let by_title = SIZES
        .iter()
        .find(|size| size.title.eq_ignore_ascii_case(name.trim()));
    SizeName::parse(by_title.map_or(name, |size| size.name)).map_err(|invalid| {
        let names: Vec<&str> = SIZES.iter().map(|size| size.name).collect();
        domain::Invalid::new(
            invalid.field,
            format!("There is no such size. The sizes are {}.", names.join(", ")),
        )
    })
}

fn account(
    fields: (&'static str, &'static str),
    credentials: &Credentials,
    mistakes: &mut Mistakes,
    make: impl Fn() -> Password,
) -> Option<(Username, Password)> {
    let username = mistakes.keep(Username::parse(fields.0, &credentials.username));
    let password = match &credentials.password {
        Some(text) => mistakes.keep(Password::for_machine(fields.1, text)),
        None => Some(make()),
    };
    username.zip(password)
}

fn keep_reference(said: &ImageReference) -> Kept {
    Kept {
        id: said.id.clone(),
        offer: said.offer.clone(),
        publisher: said.publisher.clone(),
        sku: said.sku.clone(),
        version: said.version.clone(),
    }
}

impl Api {
    /// The plan that a body means.
    async fn plan_of(&self, call: &Call, id: Option<&str>) -> Result<PlanId> {
        let Some(id) = id else {
            return Ok(Plan::DEFAULT);
        };
        let (group, name) = reference::plan("properties.labPlanId", id, &self.subscription)?;
        let plan = self.services.plan_named(&call.actor, &group, &name).await;
        plan.map(|plan| plan.id).map_err(|error| match error {
            service::Error::NotFound(_) => ArmError::no_such(
                "LinkedResourceNotFound",
                "properties.labPlanId",
                "There is no such lab plan.",
            ),
            other => other.into(),
        })
    }

    /// The image that a body means, of those of a plan.
    async fn image_of(&self, call: &Call, plan: PlanId, said: &ImageReference) -> Result<Image> {
        const PLACE: &str = "properties.virtualMachineProfile.imageReference";
        let plans = self.services.plans(&call.actor).await?;
        let plan = plans.into_iter().find(|known| known.id == plan);
        let plan = plan.ok_or_else(|| ArmError::not_found("lab plan"))?;
        let (_, images) = self
            .services
            .plan_images(&call.actor, &plan.group, &plan.name)
            .await?;
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        let found = match &said.id {
            Some(id) => {
                let (_, _, name) = reference::image(PLACE, id, &self.subscription)?;
                images
                    .iter()
                    .find(|image| name.is(image.resource_name().as_str()))
            }
            None => images.iter().find(|image| {
                image
                    .facts
                    .are(&text(&said.publisher), &text(&said.offer), &text(&said.sku))
            }),
        };
        match found {
            Some(image) if image.enabled => Ok(image.clone()),
            Some(image) => Err(service::Error::Conflict(format!(
                "The image “{}” is disabled in this plan.",
                image.title
            ))
            .into()),
            None => {
                let known: Vec<String> = images
                    .iter()
                    .filter(|image| image.enabled)
                    .map(|i| format!("{}/{}/{}", i.facts.publisher, i.facts.offer, i.facts.sku))
                    .collect();
                Err(ArmError::no_such(
                    "ImageNotFound",
                    PLACE,
                    format!(
                        "The plan has no such image. It has, as publisher/offer/sku: {}.",
                        known.join(", ")
                    ),
                ))
            }
        }
    }

    /// A lab to be made.
    pub(super) async fn new_lab(
        &self,
        call: &Call,
        (group, name): (ResourceGroup, LabName),
        said: LabInput,
    ) -> Result<NewLab> {
        let properties = said.properties;
        let machines = properties.virtual_machine_profile;
        let mut mistakes = Mistakes(Vec::new());
        let make = || self.services.new_password();
        let title = properties.title.unwrap_or_else(|| name.to_string());
        let title = mistakes.keep(LabTitle::parse(&title));
        let described = properties.description.unwrap_or_default();
        let description = mistakes.keep(Description::parse(&described));
        let location = mistakes.keep(Location::parse(&said.location));
        let size = mistakes.keep(size(&machines.sku.name));
        let capacity = mistakes.keep(Capacity::new(machines.sku.capacity.unwrap_or(0)));
        let quota = time::iso("usageQuota", &machines.usage_quota);
        let quota = mistakes.keep(quota.and_then(|text| UsageQuota::parse(&text)));
        let shutdown = properties.auto_shutdown_profile.over(AutoShutdown::OFF);
        let shutdown = mistakes.keep(shutdown);
        let fields = ("username", "password");
        let admin = account(fields, &machines.admin_user, &mut mistakes, make);
        let fields = ("non_admin_username", "non_admin_password");
        let non_admin = machines
            .non_admin_user
            .map(|credentials| account(fields, &credentials, &mut mistakes, make));
        let plan = self
            .plan_of(call, properties.lab_plan_id.as_deref())
            .await?;
        let image = self.image_of(call, plan, &machines.image_reference).await?;
        mistakes.end()?;
        let missing = || ArmError::about("body", "The body cannot be read.");
        let on = |state: Option<EnableState>| state == Some(EnableState::Enabled);
        let roster = properties.roster_profile.unwrap_or_default();
        check_roster(&roster)?;
        let gpu = machines.additional_capabilities;
        Ok(NewLab {
            place: LabPlace {
                group,
                name: Some(name),
                plan,
                location: location.ok_or_else(missing)?,
                tags: said.tags.unwrap_or_default(),
                network: properties.network_profile.unwrap_or_default().into(),
                roster: roster.into(),
                gpu_drivers: on(gpu.and_then(|gpu| gpu.install_gpu_drivers)),
                image: keep_reference(&machines.image_reference),
            },
            title: title.ok_or_else(missing)?,
            description: description.ok_or_else(missing)?,
            image: image.name,
            size: size.ok_or_else(missing)?,
            create_option: machines.create_option.into(),
            capacity: capacity.ok_or_else(missing)?,
            admin: admin.ok_or_else(missing)?,
            non_admin: non_admin.flatten(),
            shared_password: on(machines.use_shared_password),
            quota: quota.ok_or_else(missing)?,
            shutdown: shutdown.ok_or_else(missing)?,
            connection: properties.connection_profile.over(Connection::NONE),
            open_access: on(properties.security_profile.open_access),
        })
    }

    /// Refuses what never changes of a lab and is said otherwise.
    async fn demand_same(
        &self,
        call: &Call,
        (lab, envelope): (&Row, &LabEnvelope),
        said: &VirtualMachineProfileUpdate,
    ) -> Result<()> {
        let mut details = Vec::new();
        let mut refuse = |differs: bool, field: &str, what: &str| {
            if differs {
                details.push(ErrorDetail::about(
                    format!("properties.virtualMachineProfile.{field}"),
                    format!("{what} cannot be changed once the lab is made."),
                ));
            }
        };
        let option = said.create_option.map(Into::into);
        refuse(
            option.is_some_and(|option: domain::lab::CreateOption| option != lab.create_option),
            "createOption",
            "Whether a lab has a template",
        );
        let name = said.sku.as_ref().and_then(|sku| sku.name.as_deref());
        refuse(
            name.is_some_and(|name| size(name) != Ok(lab.size)),
            "sku.name",
            "The size of the machines",
        );
        let gpu = said
            .additional_capabilities
            .and_then(|gpu| gpu.install_gpu_drivers);
        refuse(
            gpu.is_some_and(|gpu| (gpu == EnableState::Enabled) != envelope.gpu_drivers),
            "additionalCapabilities.installGpuDrivers",
            "Whether drivers for graphics are installed",
        );
        refuse(
            said.use_shared_password.is_some_and(|state| {
                (state == EnableState::Enabled) != lab.accounts.shared_password
            }),
            "useSharedPassword",
            "Whether all machines have the same password",
        );
        let other = |credentials: &Option<Credentials>, name: Option<&Username>| {
            credentials
                .as_ref()
                .is_some_and(|said| Some(said.username.as_str()) != name.map(Username::as_str))
        };
        refuse(
            other(&said.admin_user, Some(&lab.accounts.admin)),
            "adminUser.username",
            "The name of the administrator’s account",
        );
        refuse(
            other(&said.non_admin_user, lab.accounts.non_admin.as_ref()),
            "nonAdminUser.username",
            "The name of the students’ account",
        );
        let password = |credentials: &Option<Credentials>| {
            credentials.as_ref().and_then(|said| said.password.clone())
        };
        let (admin, non_admin) = (password(&said.admin_user), password(&said.non_admin_user));
        if admin.is_some() || non_admin.is_some() {
            let same = self
                .services
                .are_passwords(&call.actor, lab.id, admin.as_deref(), non_admin.as_deref())
                .await?;
            refuse(
                !same.0,
                "adminUser.password",
                "The administrator’s password",
            );
            refuse(!same.1, "nonAdminUser.password", "The students’ password");
        }
        if let Some(image) = &said.image_reference
            && keep_reference(image) != envelope.image
        {
            let found = self.image_of(call, lab.plan, image).await;
            let same = found.is_ok_and(|found| found.name == lab.image);
            refuse(!same, "imageReference", "The image");
        }
        if details.is_empty() {
            Ok(())
        } else {
            Err(ArmError::fixed(details))
        }
    }

    /// What is changed by these words.
    pub(super) async fn change(
        &self,
        call: &Call,
        (lab, envelope): (&Row, &LabEnvelope),
        said: LabUpdateProperties,
        whole: bool,
    ) -> Result<LabChange> {
        let mut mistakes = Mistakes(Vec::new());
        let machines = said.virtual_machine_profile;
        let title = match said.title {
            Some(title) => Some(title),
            None => whole.then(|| lab.name.to_string()),
        };
        let title = title.and_then(|title| mistakes.keep(LabTitle::parse(&title)));
        let description = said.description.or_else(|| whole.then(String::new));
        let description = description.and_then(|text| mistakes.keep(Description::parse(&text)));
        let quota = machines.as_ref().and_then(|m| m.usage_quota.as_deref());
        let quota = quota.and_then(|text| {
            let iso = time::iso("usageQuota", text);
            mistakes.keep(iso.and_then(|text| UsageQuota::parse(&text)))
        });
        let capacity = machines
            .as_ref()
            .and_then(|m| m.sku.as_ref())
            .and_then(|sku| sku.capacity);
        let capacity = capacity.and_then(|seats| mistakes.keep(Capacity::new(seats)));
        let shutdown_before = if whole {
            AutoShutdown::OFF
        } else {
            lab.time.shutdown
        };
        let shutdown = said
            .auto_shutdown_profile
            .and_then(|profile| mistakes.keep(profile.over(shutdown_before)));
        mistakes.end()?;
        if let Some(machines) = &machines {
            self.demand_same(call, (lab, envelope), machines).await?;
        }
        let connection_before = if whole {
            Connection::NONE
        } else {
            lab.connection
        };
        let roster = said
            .roster_profile
            .or_else(|| whole.then(RosterProfile::default));
        if let Some(roster) = &roster {
            check_roster(roster)?;
        }
        let plan = match said.lab_plan_id {
            Some(id) if !self.is_plan_of(call, lab, &id).await? => {
                Some(self.plan_of(call, Some(&id)).await?)
            }
            _ => None,
        };
        let open = said
            .security_profile
            .and_then(|profile| profile.open_access);
        Ok(LabChange {
            title,
            description,
            quota,
            shutdown,
            connection: said
                .connection_profile
                .map(|profile| profile.over(connection_before)),
            open_access: open
                .map(|state| state == EnableState::Enabled)
                .or(whole.then_some(false)),
            capacity,
            plan,
            tags: None,
            roster: roster.map(Into::into),
            retry: false,
        })
    }

    /// Whether an id in a body is that of the lab's own plan, which may be deleted by now.
    async fn is_plan_of(&self, call: &Call, lab: &Row, id: &str) -> Result<bool> {
        let resources = self
            .services
            .lab_resources(&call.actor, vec![lab.clone()])
            .await?;
        let plan = resources.into_iter().next().and_then(|lab| lab.plan);
        Ok(plan.is_some_and(|plan| {
            plan::id_of(&plan, &self.subscription).eq_ignore_ascii_case(id.trim_end_matches('/'))
        }))
    }
}

fn check_roster(roster: &RosterProfile) -> Result<()> {
    if let Some(group) = &roster.active_directory_group_id {
        service::rosters::check_group_id(group).map_err(|error| {
            ArmError::from(error).at(|_| Some("properties.rosterProfile.activeDirectoryGroupId"))
        })?;
    }
    Ok(())
}
