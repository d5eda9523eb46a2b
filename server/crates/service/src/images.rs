//! The images of plans: which there are, which educators may choose, and saving a machine as one.

use domain::Invalid;
use domain::id::{LabId, MachineId};
use domain::image::{Image, ImageName};
use domain::machine::Power;
use domain::operation::{Operation, OperationKind};
use domain::plan::Plan;
use domain::resource::{ResourceGroup, ResourceName};
use domain::role::Permission;

use crate::access::{self, Actor, Allowed};
use crate::error::{Error, Result};
use crate::labs::images_of;
use crate::services::Services;

impl Services {
    /// The images of a plan, by title.
    ///
    /// # Errors
    /// `NotFound` when there is no such plan, or the caller may not see it.
    pub async fn plan_images(
        &self,
        actor: &Actor,
        group: &ResourceGroup,
        plan: &ResourceName,
    ) -> Result<(Plan, Vec<Image>)> {
        let plan = self.plan_named(actor, group, plan).await?;
        let mut tx = self.store.read().await?;
        let mut images = images_of(&mut *tx, plan.id).await?;
        images.retain(|image| image.available);
        Ok((plan, images))
    }

    /// Lets educators choose an image in a plan, or not.
    ///
    /// # Errors
    /// `NotFound` when there is no such image; `Forbidden` without the right to change plans.
    pub async fn enable_image(
        &self,
        actor: &Actor,
        (group, plan): (&ResourceGroup, &ResourceName),
        image: &ResourceName,
        enabled: Option<bool>,
    ) -> Result<(Plan, Image)> {
        let (plan, images) = self.plan_images(actor, group, plan).await?;
        let is_it = |known: &Image| image.is(known.resource_name().as_str());
        let image = images.into_iter().find(is_it);
        let mut image = image.ok_or(Error::NotFound("image"))?;
        actor.demand_changes()?;
        actor.demand_on(Permission::WritePlan, &plan, "change this lab plan")?;
        let Some(enabled) = enabled else {
            return Ok((plan, image));
        };
        let plan = Allowed::to_system(plan);
        let mut tx = self.store.write().await?;
        tx.set_plan_image(&plan, &image.name, enabled).await?;
        let text = format!(
            "{} the image “{}” in “{}”.",
            if enabled { "Enabled" } else { "Disabled" },
            image.title,
            plan.name
        );
        tx.commit(self.of_the_house(actor, "plan.image", text))
            .await?;
        image.enabled = enabled;
        Ok((plan.into_inner(), image))
    }

    /// Saves a stopped machine as an image of a plan, in the background.
    ///
    /// # Errors
    /// `NotFound` when plan or machine are not the caller's to see; `Forbidden` without the right to
    /// save images; `Conflict` while the machine runs or is made, or when the name is taken.
    pub async fn save_image(
        &self,
        actor: &Actor,
        plan: &Plan,
        (lab, machine): (LabId, MachineId),
        name: &str,
    ) -> Result<Operation> {
        let title = name.trim();
        let wrong = || {
            Invalid::new(
                "name",
                "An image’s name has 1 to 80 letters, digits, spaces, “-”, “_” and “.”.",
            )
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_. ".contains(c);
        if title.is_empty() || title.len() > 80 || !title.chars().all(fits) {
            return Err(wrong().into());
        }
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ReadLab).await?;
        actor.demand_changes()?;
        let may = actor.may(Permission::SaveImage, plan) || actor.may(Permission::SaveImage, &*lab);
        if !may {
            return Err(Error::Forbidden(
                "Your role does not allow saving images.".to_owned(),
            ));
        }
        let machine = tx.machine(machine).await?;
        let machine = machine.filter(|m| m.lab == lab.id && m.wanted.present);
        let machine = Allowed::to_system(machine.ok_or(Error::NotFound("machine"))?);
        self.demand_unsaved(&mut *tx, &machine).await?;
        if machine.seen.build != Some(machine.wanted.build) {
            return Err(Error::Conflict(
                "The machine is still being made.".to_owned(),
            ));
        }
        if machine.wanted.power == Power::On || machine.seen.power != Some(Power::Off) {
            return Err(Error::Conflict(
                "Stop the machine first: an image is made of a machine at rest.".to_owned(),
            ));
        }
        let near = ResourceName::near(title);
        let taken = images_of(&mut *tx, plan.id)
            .await?
            .iter()
            .any(|known| near.is(known.resource_name().as_str()));
        if taken {
            return Err(Error::Conflict(format!(
                "There is already an image named “{title}”. Please choose another name."
            )));
        }
        let now = self.now();
        let by = Some(actor.person);
        let kind = OperationKind::SaveImage;
        let id = self.new_operation_id();
        // Unique among all plans' images; people and programs see what comes before the sign.
        let image = ImageName::parse(&format!("{title}:{}", id.short())).map_err(|_| wrong())?;
        let operation = Operation {
            machine: Some(machine.id),
            image: Some((image, plan.id)),
            ..Operation::begun(id, kind, lab.id, by, now)
        };
        tx.insert_operation(&operation).await?;
        tx.nudge_lab(lab.id, now).await?;
        let text = format!("Saved {} as the image “{title}”.", machine.hostname);
        tx.commit(self.audit(actor, "image.save", lab.id, text))
            .await?;
        self.changes.nudge(lab.id);
        Ok(operation)
    }
}
