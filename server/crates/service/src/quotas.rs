//! Quotas: everyone's, one user's, a group's; setting used hours to zero; and whether a student may
//! start a machine.

use domain::Invalid;
use domain::group::{Group, GroupName};
use domain::id::{GroupId, LabId, ResetId, UserId};
use domain::lab::Lab;
use domain::machine::{Machine, Power};
use domain::meter::{Reset, Undone};
use domain::quota::{AdditionalQuota, UsageQuota, WhyNot, may_start};
use domain::role::Permission;
use domain::time::Timestamp;
use domain::user::User;

use crate::access::{self, Actor, Allowed};
use crate::calendar::{ClassCalendar, standing};
use crate::error::{Error, Result};
use crate::labs::LabChange;
use crate::services::Services;
use crate::store::{Read, Write};

/// Which of a lab's users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// All of them.
    All,
    /// These.
    These(Vec<UserId>),
}

/// The most groups that a lab may have.
const MOST_GROUPS: usize = 50;

impl Services {
    /// Sets the hours of every user of a lab.
    ///
    /// # Errors
    /// See [`access::change_lab`].
    pub async fn set_quota(&self, actor: &Actor, lab: LabId, quota: UsageQuota) -> Result<()> {
        let change = LabChange {
            quota: Some(quota),
            ..LabChange::default()
        };
        self.update_lab(actor, lab, change).await.map(drop)
    }

    /// Sets what one user has on top of everyone's quota.
    ///
    /// # Errors
    /// `NotFound` when there is no such user in this lab.
    pub async fn set_additional_quota(
        &self,
        actor: &Actor,
        lab: LabId,
        user: UserId,
        additional: AdditionalQuota,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageUsers).await?;
        let mut user = user_of(&mut *tx, &lab, user).await?;
        user.additional = additional;
        tx.save_user(&lab, &user).await?;
        let text = format!(
            "Set the additional quota of {} to {additional}.",
            user.email
        );
        self.time_changed(tx, actor, &lab, "quota.adjust", text)
            .await
    }

    /// Sets the used hours of users to zero from a time on. How many users that were.
    ///
    /// # Errors
    /// `NotFound` when one is not of this lab; `Invalid` without any.
    pub async fn reset_used_hours(
        &self,
        actor: &Actor,
        lab: LabId,
        whom: &Whom,
        from: Timestamp,
    ) -> Result<usize> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageUsers).await?;
        let users = chosen(&mut *tx, &lab, whom).await?;
        let now = self.now();
        for user in &users {
            let reset = Reset {
                id: self.new_reset_id(),
                at: from,
                made_at: now,
                by: actor.person,
                undone: None,
            };
            tx.insert_reset(&lab, user.id, &reset).await?;
        }
        let text = format!("Set the used hours of {} users to zero.", users.len());
        self.time_changed(tx, actor, &lab, "quota.reset", text)
            .await?;
        Ok(users.len())
    }

    /// Takes a reset back: the hours count again.
    ///
    /// # Errors
    /// `NotFound` when there is no such reset, or it was taken back already.
    pub async fn undo_reset(
        &self,
        actor: &Actor,
        lab: LabId,
        user: UserId,
        reset: ResetId,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageUsers).await?;
        let user = user_of(&mut *tx, &lab, user).await?;
        let undone = Undone {
            at: self.now(),
            by: actor.person,
        };
        if !tx.undo_reset(&lab, user.id, reset, undone).await? {
            return Err(Error::NotFound("reset"));
        }
        let text = format!("Took a reset of {}’s used hours back.", user.email);
        self.time_changed(tx, actor, &lab, "quota.undo-reset", text)
            .await
    }

    /// Makes a group of users.
    ///
    /// # Errors
    /// `Conflict` when the name is taken; `Invalid` when there are too many.
    pub async fn create_group(
        &self,
        actor: &Actor,
        lab: LabId,
        name: GroupName,
        quota: Option<UsageQuota>,
    ) -> Result<GroupId> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageUsers).await?;
        if tx.groups(lab.id).await?.len() >= MOST_GROUPS {
            let message = format!("A lab has at most {MOST_GROUPS} groups.");
            return Err(Invalid::new("name", message).into());
        }
        let group = Group {
            id: self.new_group_id(),
            lab: lab.id,
            name,
            quota,
        };
        tx.insert_group(&lab, &group).await?;
        let text = format!("Made the group “{}”.", group.name);
        self.time_changed(tx, actor, &lab, "group.create", text)
            .await?;
        Ok(group.id)
    }

    /// Changes a group's name and quota.
    ///
    /// # Errors
    /// `NotFound` when there is no such group in this lab; `Conflict` when the name is taken.
    pub async fn update_group(
        &self,
        actor: &Actor,
        lab: LabId,
        group: GroupId,
        name: GroupName,
        quota: Option<UsageQuota>,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageUsers).await?;
        group_of(&mut *tx, &lab, group).await?;
        let text = format!("Changed the group “{name}”.");
        let changed = Group {
            id: group,
            lab: lab.id,
            name,
            quota,
        };
        tx.save_group(&lab, &changed).await?;
        self.time_changed(tx, actor, &lab, "group.update", text)
            .await
    }

    /// Removes a group. Its users stay, in none; schedules of its own end.
    ///
    /// # Errors
    /// `NotFound` when there is no such group in this lab.
    pub async fn delete_group(&self, actor: &Actor, lab: LabId, group: GroupId) -> Result<()> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageUsers).await?;
        let group = group_of(&mut *tx, &lab, group).await?;
        let now = self.now();
        for standing in tx.standing_schedules(lab.id).await? {
            if standing.schedule.group == Some(group.id) {
                self.do_what_is_due(&mut *tx, &lab, standing.schedule.id)
                    .await?;
                tx.end_standing(&lab, standing.schedule.id, now).await?;
            }
        }
        tx.remove_group(&lab, group.id).await?;
        let text = format!("Removed the group “{}”.", group.name);
        self.time_changed(tx, actor, &lab, "group.delete", text)
            .await
    }

    /// Puts users into a group, or into none.
    ///
    /// # Errors
    /// `NotFound` when the group or a user is not of this lab.
    pub async fn assign_group(
        &self,
        actor: &Actor,
        lab: LabId,
        whom: &Whom,
        group: Option<GroupId>,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageUsers).await?;
        if let Some(group) = group {
            group_of(&mut *tx, &lab, group).await?;
        }
        let users = chosen(&mut *tx, &lab, whom).await?;
        let count = users.len();
        for mut user in users {
            user.group = group;
            tx.save_user(&lab, &user).await?;
        }
        let text = format!("Put {count} users into another group.");
        self.time_changed(tx, actor, &lab, "group.assign", text)
            .await
    }

    /// Ends a transaction that may change when machines of a lab are to stop: their clocks are looked
    /// at now.
    pub(crate) async fn time_changed(
        &self,
        mut tx: Box<dyn Write>,
        actor: &Actor,
        lab: &Lab,
        action: &'static str,
        text: String,
    ) -> Result<()> {
        tx.nudge_watches(lab.id, self.now()).await?;
        tx.commit(self.audit(actor, action, lab.id, text)).await?;
        self.changes.nudge(lab.id);
        Ok(())
    }

    /// Demands that the student whose machine it is may start it now.
    ///
    /// # Errors
    /// `Conflict`, with why not.
    pub(crate) async fn demand_time<R: Read + ?Sized>(
        &self,
        tx: &mut R,
        lab: &Lab,
        machine: &Machine,
    ) -> Result<()> {
        // One that runs on anyway, such as one that a schedule started, is nobody's start. One whose
        // start was given up is: asking again makes it the student's.
        let given_up = machine.trouble.as_ref().is_some_and(|t| t.failed);
        if machine.wanted.power == Power::On && !given_up {
            return Ok(());
        }
        match self.why_not_start(tx, lab, machine).await? {
            Some(why) => Err(Error::Conflict(why.sentence())),
            None => Ok(()),
        }
    }

    /// Why the student whose machine it is may not start it now, if so.
    pub(crate) async fn why_not_start<R: Read + ?Sized>(
        &self,
        tx: &mut R,
        lab: &Lab,
        machine: &Machine,
    ) -> Result<Option<WhyNot>> {
        let Some(user) = machine.claimed_by else {
            return Ok(None);
        };
        let Some(user) = tx.user(user).await? else {
            return Ok(None);
        };
        let now = self.now();
        let calendar = ClassCalendar::load(tx, lab.id).await?;
        let standing = standing(tx, lab, &calendar, &user, now).await?;
        let quota = may_start(standing.allowance, standing.used, &standing.windows, now);
        if let Err(why) = quota {
            return Ok(Some(why));
        }
        self.budget_hold(tx, lab).await
    }
}

async fn user_of<R: Read + ?Sized>(tx: &mut R, lab: &Lab, user: UserId) -> Result<User> {
    let user = tx.user(user).await?.filter(|user| user.lab == lab.id);
    user.ok_or(Error::NotFound("user"))
}

async fn group_of<R: Read + ?Sized>(tx: &mut R, lab: &Lab, group: GroupId) -> Result<Group> {
    let groups = tx.groups(lab.id).await?;
    let group = groups.into_iter().find(|g| g.id == group);
    group.ok_or(Error::NotFound("group"))
}

async fn chosen<R: Read + ?Sized>(
    tx: &mut R,
    lab: &Allowed<Lab>,
    whom: &Whom,
) -> Result<Vec<User>> {
    let mut users = tx.users(lab.id).await?;
    if let Whom::These(ids) = whom {
        if ids.is_empty() {
            return Err(Invalid::new("users", "Select at least one user first.").into());
        }
        if ids
            .iter()
            .any(|id| !users.iter().any(|user| user.id == *id))
        {
            return Err(Error::NotFound("user"));
        }
        users.retain(|user| ids.contains(&user.id));
    }
    Ok(users)
}
