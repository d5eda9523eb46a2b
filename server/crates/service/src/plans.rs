//! Lab plans by name, as programs make, change and delete them.

use domain::connection::ConnectionProfile;
use domain::kept::{Authorship, SupportInfo};
use domain::plan::{Plan, PlanProfile};
use domain::resource::{Location, ResourceGroup, ResourceName, Tags, check_tags};
use domain::role::{Permission, Target};
use domain::shutdown::AutoShutdown;

use crate::access::{Actor, Allowed};
use crate::error::{Error, Result};
use crate::services::Services;

/// What is to be said of a plan; what is not said stays.
#[derive(Clone, Debug, Default)]
pub struct PlanChange {
    /// When the unused machines of new labs stop.
    pub shutdown: Option<AutoShutdown>,
    /// How people may connect to them.
    pub connection: Option<ConnectionProfile>,
    /// Their subnet; a plan with labs keeps it.
    pub subnet_id: Option<Option<String>>,
    /// Where labs may be.
    pub allowed_regions: Option<Vec<String>>,
    /// A gallery of images.
    pub shared_gallery_id: Option<Option<String>>,
    /// A learning platform's address.
    pub linked_lms_instance: Option<Option<String>>,
    /// Whom students ask for help.
    pub support: Option<SupportInfo>,
    /// Whether the plan has an identity of its own.
    pub identity: Option<bool>,
    /// Tags.
    pub tags: Option<Tags>,
}

/// What must hold of a plan for a change to be made; `None` is “there is none yet”.
pub type PlanCondition<'a> = &'a (dyn Fn(Option<&Plan>) -> Result<()> + Send + Sync);

impl Services {
    /// The plans, by name.
    ///
    /// # Errors
    /// When the store fails. Who may see none is shown none.
    pub async fn plans(&self, actor: &Actor) -> Result<Vec<Plan>> {
        let mut plans = self.store.read().await?.plans().await?;
        plans.retain(|plan| !plan.deleted && actor.may(Permission::ReadPlan, plan));
        Ok(plans)
    }

    /// A plan by its name.
    ///
    /// # Errors
    /// `NotFound` when there is none, or the caller may not see it.
    pub async fn plan_named(
        &self,
        actor: &Actor,
        group: &ResourceGroup,
        name: &ResourceName,
    ) -> Result<Plan> {
        let missing = || Error::NotFound("lab plan");
        let mut tx = self.store.read().await?;
        let plan = tx.plan_by_name(group, name).await?;
        plan.filter(|plan| actor.may(Permission::ReadPlan, plan))
            .ok_or_else(missing)
    }

    /// Makes the plan with this name, or changes it where it is there; whether it was made. A new one
    /// has the prices of the installation's own.
    ///
    /// # Errors
    /// `Forbidden` without the right to; `Invalid` when the location is another; `Conflict` when the
    /// network of a plan with labs is; what `condition` says.
    pub async fn put_plan(
        &self,
        actor: &Actor,
        (group, name): (ResourceGroup, ResourceName),
        location: Location,
        change: PlanChange,
        condition: PlanCondition<'_>,
    ) -> Result<(Plan, bool)> {
        actor.demand_changes()?;
        let mut tx = self.store.write().await?;
        let now = self.now();
        let there = tx.plan_by_name(&group, &name).await?;
        demand_write(actor, there.as_ref(), &group)?;
        condition(there.as_ref())?;
        let made = there.is_none();
        let mut plan = match there {
            Some(plan) => {
                if !plan.profile.location.is(location.as_str()) {
                    return Err(Error::Conflict(
                        "A lab plan’s location cannot be changed.".to_owned(),
                    ));
                }
                plan
            }
            None => {
                let model = tx.plan(Plan::DEFAULT).await?;
                let model = model.ok_or(Error::NotFound("lab plan"))?;
                Plan {
                    id: self.new_plan_id(),
                    group,
                    name,
                    budget: None,
                    go_on: false,
                    profile: PlanProfile {
                        location,
                        authorship: Authorship::new(Some(actor.person), now),
                        ..PlanProfile::plain()
                    },
                    ..model
                }
            }
        };
        let has_labs = !made && has_labs(&mut *tx, &plan).await?;
        apply(&mut plan, change, has_labs)?;
        let text = format!(
            "{} the lab plan “{}”.",
            if made { "Made" } else { "Changed" },
            plan.name
        );
        let plan = Allowed::to_system(plan);
        let plan = if made {
            tx.insert_plan(&plan).await?;
            plan
        } else {
            let mut plan = plan;
            plan.profile.authorship.change(actor.person, now);
            tx.save_plan(&plan).await?;
            plan
        };
        let action = if made { "plan.create" } else { "plan.update" };
        tx.commit(self.of_the_house(actor, action, text)).await?;
        Ok((plan.into_inner(), made))
    }

    /// Changes what is said of a plan. Labs that are there keep their values.
    ///
    /// # Errors
    /// As [`Services::put_plan`]; `NotFound` when there is none.
    pub async fn patch_plan(
        &self,
        actor: &Actor,
        group: &ResourceGroup,
        name: &ResourceName,
        change: PlanChange,
        condition: PlanCondition<'_>,
    ) -> Result<Plan> {
        self.plan_named(actor, group, name).await?;
        let mut tx = self.store.write().await?;
        let there = tx.plan_by_name(group, name).await?;
        demand_write(actor, there.as_ref(), group)?;
        let mut plan = Allowed::to_system(there.ok_or(Error::NotFound("lab plan"))?);
        condition(Some(&plan))?;
        let has_labs = has_labs(&mut *tx, &plan).await?;
        apply(&mut plan, change, has_labs)?;
        plan.profile.authorship.change(actor.person, self.now());
        tx.save_plan(&plan).await?;
        let text = format!("Changed the lab plan “{}”.", plan.name);
        tx.commit(self.of_the_house(actor, "plan.update", text))
            .await?;
        Ok(plan.into_inner())
    }

    /// Deletes a plan; whether it was there. Labs that began with it stay, and keep their values.
    ///
    /// # Errors
    /// `Forbidden` without the right to; `Conflict` for the plan that every installation has; what
    /// `condition` says.
    pub async fn delete_plan(
        &self,
        actor: &Actor,
        group: &ResourceGroup,
        name: &ResourceName,
        condition: PlanCondition<'_>,
    ) -> Result<bool> {
        let mut tx = self.store.write().await?;
        let there = tx.plan_by_name(group, name).await?;
        demand_write(actor, there.as_ref(), group)?;
        let Some(plan) = there else {
            return Ok(false);
        };
        condition(Some(&plan))?;
        if plan.id == Plan::DEFAULT {
            return Err(Error::Conflict(format!(
                "“{}” is the plan that the portal’s labs begin with. It cannot be deleted.",
                plan.name
            )));
        }
        let mut plan = Allowed::to_system(plan);
        plan.deleted = true;
        tx.save_plan(&plan).await?;
        let text = format!("Deleted the lab plan “{}”.", plan.name);
        tx.commit(self.of_the_house(actor, "plan.delete", text))
            .await?;
        Ok(true)
    }
}

/// Whoever may change no plan of a group is told so, whether or not this one is there.
fn demand_write(actor: &Actor, plan: Option<&Plan>, group: &ResourceGroup) -> Result<()> {
    actor.demand_changes()?;
    let target = plan.map_or(Target::Group(group), Target::from);
    actor.demand_on(Permission::WritePlan, target, "change lab plans")
}

async fn has_labs(tx: &mut dyn crate::store::Write, plan: &Plan) -> Result<bool> {
    Ok(tx.labs().await?.iter().any(|lab| lab.plan == plan.id))
}

fn apply(plan: &mut Plan, change: PlanChange, has_labs: bool) -> Result<()> {
    fn set<T>(value: &mut T, to: Option<T>) {
        if let Some(to) = to {
            *value = to;
        }
    }
    if let Some(tags) = &change.tags {
        check_tags(tags)?;
    }
    let profile = &mut plan.profile;
    let moves = |to: &Option<String>| *to != profile.subnet_id;
    if has_labs && change.subnet_id.as_ref().is_some_and(moves) {
        return Err(Error::Conflict(format!(
            "“{}” has labs: its network cannot be changed.",
            plan.name
        )));
    }
    set(&mut plan.shutdown, change.shutdown);
    set(&mut profile.connection, change.connection);
    set(&mut profile.subnet_id, change.subnet_id);
    set(&mut profile.allowed_regions, change.allowed_regions);
    set(&mut profile.shared_gallery_id, change.shared_gallery_id);
    set(&mut profile.linked_lms_instance, change.linked_lms_instance);
    set(&mut profile.support, change.support);
    set(&mut profile.identity, change.identity);
    set(&mut profile.tags, change.tags);
    Ok(())
}
