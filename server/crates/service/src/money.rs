//! Money and automatic stops: what a lab may cost, when its unused machines stop, and the plan that
//! new labs begin with.

use domain::cost::BudgetState;
use domain::holiday::Holiday;
use domain::id::{HolidayId, LabId};
use domain::lab::Lab;
use domain::money::Amount;
use domain::plan::Plan;
use domain::role::Permission;
use domain::shutdown::AutoShutdown;
use domain::version::Version;

use crate::access::{self, Actor, Allowed};
use crate::error::{Error, Result};
use crate::labs::LabChange;
use crate::schedules::check_new_holiday;
use crate::services::Services;
use crate::store::{Audit, HolidayRow, Read, Record, Write};

/// The Lab plan page.
#[derive(Clone, Debug)]
pub struct PlanPage {
    /// The plan.
    pub plan: Plan,
    /// Its days without class that are in force.
    pub holidays: Vec<HolidayRow>,
    /// What its labs cost together, and how its budget stands, where it has one.
    pub budget: Option<(Amount, BudgetState)>,
}

impl Services {
    /// Sets when a lab's unused machines stop by themselves.
    ///
    /// # Errors
    /// See [`access::change_lab`].
    pub async fn set_auto_shutdown(
        &self,
        actor: &Actor,
        lab: LabId,
        shutdown: AutoShutdown,
    ) -> Result<()> {
        let change = LabChange {
            shutdown: Some(shutdown),
            ..LabChange::default()
        };
        self.update_lab(actor, lab, change).await.map(drop)
    }

    /// Sets what a lab may cost, or that it may cost anything. A word given before is taken back.
    ///
    /// # Errors
    /// See [`access::change_lab`].
    pub async fn set_budget(
        &self,
        actor: &Actor,
        lab: LabId,
        budget: Option<Amount>,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let mut lab = access::change_lab(&mut *tx, actor, lab, Permission::WriteLab).await?;
        lab.money.budget = budget;
        lab.money.go_on = false;
        tx.save_lab(&lab, Some(self.now())).await?;
        let text = format!("Changed the budget of “{}”.", lab.title);
        self.time_changed(tx, actor, &lab, "lab.budget", text).await
    }

    /// Lets students start machines although the budget is spent.
    ///
    /// # Errors
    /// See [`access::change_lab`]; `Conflict` when there is no budget.
    pub async fn let_students_start(&self, actor: &Actor, lab: LabId) -> Result<()> {
        let mut tx = self.store.write().await?;
        let mut lab = access::change_lab(&mut *tx, actor, lab, Permission::WriteLab).await?;
        if lab.money.budget.is_none() {
            return Err(Error::Conflict(format!("“{}” has no budget.", lab.title)));
        }
        lab.money.go_on = true;
        tx.save_lab(&lab, Some(self.now())).await?;
        let text = format!("Let students of “{}” start beyond the budget.", lab.title);
        self.time_changed(tx, actor, &lab, "lab.let-start", text)
            .await
    }

    /// The plan of the installation, for its page.
    ///
    /// # Errors
    /// `Forbidden` without the right to change plans.
    pub async fn plan(&self, actor: &Actor) -> Result<PlanPage> {
        let mut tx = self.store.read().await?;
        let plan = default_plan(&mut *tx).await?;
        actor.demand_on(Permission::WritePlan, &plan, "change lab plans")?;
        let mut holidays = tx.holidays_of_plan(plan.id).await?;
        holidays.retain(|row| row.version.to.is_none());
        Ok(PlanPage {
            budget: self.plan_budget(&mut *tx, &plan).await?,
            holidays,
            plan,
        })
    }

    /// Changes the plan. Labs that are there keep their values.
    ///
    /// # Errors
    /// `Forbidden` without the right to change plans.
    pub async fn update_plan(
        &self,
        actor: &Actor,
        change: impl FnOnce(&mut Plan) + Send,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let mut plan = plan_to_change(&mut *tx, actor).await?;
        let (id, name) = (plan.id, plan.name.clone());
        change(&mut plan);
        plan.id = id;
        plan.name = name;
        tx.save_plan(&plan).await?;
        let text = format!("Changed the lab plan “{}”.", plan.name);
        tx.commit(self.of_the_house(actor, "plan.update", text))
            .await?;
        Ok(())
    }

    /// Adds a day without class to every lab of the plan.
    ///
    /// # Errors
    /// `Forbidden` without the right to change plans; `Conflict` when the day is free already.
    pub async fn add_plan_holiday(&self, actor: &Actor, holiday: Holiday) -> Result<()> {
        let mut tx = self.store.write().await?;
        let plan = plan_to_change(&mut *tx, actor).await?;
        let present = tx.holidays_of_plan(plan.id).await?;
        check_new_holiday(&present, holiday.date)?;
        let text = format!("Added {} to the plan’s days without class.", holiday.date);
        self.do_all_in_plan(&mut *tx, &plan).await?;
        let version = Version::since(self.now(), holiday);
        tx.insert_plan_holiday(&plan, self.new_holiday_id(), &version)
            .await?;
        self.plan_changed(tx, actor, &plan, "plan.holiday", text)
            .await
    }

    /// Takes a day without class of the plan back.
    ///
    /// # Errors
    /// `Forbidden` without the right to change plans; `NotFound` when there is no such day.
    pub async fn remove_plan_holiday(&self, actor: &Actor, id: HolidayId) -> Result<()> {
        let mut tx = self.store.write().await?;
        let plan = plan_to_change(&mut *tx, actor).await?;
        self.do_all_in_plan(&mut *tx, &plan).await?;
        if !tx.end_plan_holiday(&plan, id, self.now()).await? {
            return Err(Error::NotFound("day without class"));
        }
        let text = "Took a day without class of the plan back.".to_owned();
        self.plan_changed(tx, actor, &plan, "plan.holiday", text)
            .await
    }

    /// Does what the schedules of a plan's labs have to do by now, before its holidays change.
    async fn do_all_in_plan(&self, tx: &mut dyn Write, plan: &Plan) -> Result<()> {
        for lab in labs_of(tx, plan).await? {
            // Read one by one, each is this transaction's own until it ends.
            if let Some(lab) = tx.lab(lab.id).await? {
                self.do_all_that_is_due(tx, &lab).await?;
            }
        }
        Ok(())
    }

    /// Ends a transaction that changed when the plan's labs have class.
    async fn plan_changed(
        &self,
        mut tx: Box<dyn Write>,
        actor: &Actor,
        plan: &Plan,
        action: &'static str,
        text: String,
    ) -> Result<()> {
        let now = self.now();
        let labs = labs_of(&mut *tx, plan).await?;
        for lab in &labs {
            self.plan_anew(&mut *tx, lab).await?;
            tx.nudge_watches(lab.id, now).await?;
        }
        tx.commit(self.of_the_house(actor, action, text)).await?;
        for lab in labs {
            self.changes.nudge(lab.id);
        }
        Ok(())
    }

    /// A record of a change that is no lab's.
    pub fn of_the_house(&self, actor: &Actor, action: &'static str, text: String) -> Record {
        Record::Audit(Audit {
            at: self.now(),
            by: Some(actor.person),
            action,
            lab: None,
            text,
            from: actor.from.clone(),
        })
    }
}

/// A plan's labs. Every transaction takes labs in one order, so that no two wait in a circle.
async fn labs_of(tx: &mut dyn Write, plan: &Plan) -> Result<Vec<Lab>> {
    let mut labs = tx.labs().await?;
    labs.retain(|lab| lab.plan == plan.id);
    labs.sort_by_key(|lab| lab.id);
    Ok(labs)
}

/// The installation's own plan, to change.
async fn plan_to_change<R: Read + ?Sized>(tx: &mut R, actor: &Actor) -> Result<Allowed<Plan>> {
    let plan = default_plan(tx).await?;
    actor.demand_on(Permission::WritePlan, &plan, "change lab plans")?;
    Ok(Allowed::to_system(plan))
}

async fn default_plan<R: Read + ?Sized>(tx: &mut R) -> Result<Plan> {
    let plan = tx.plan(Plan::DEFAULT).await?;
    plan.ok_or(Error::NotFound("lab plan"))
}
