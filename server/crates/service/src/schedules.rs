//! Schedules and days without class: making, changing and ending them, and the calendar feed.

use domain::Invalid;
use domain::civil::Date;
use domain::holiday::Holiday;
use domain::icalendar::{self, Calendar};
use domain::id::{GroupId, HolidayId, LabId, ScheduleId};
use domain::lab::Lab;
use domain::recurrence::Recurrence;
use domain::resource::ResourceName;
use domain::role::Permission;
use domain::schedule::{Draft, Schedule, Times};
use domain::time::Timestamp;
use domain::version::Version;
use domain::zone::TimeZone;

use crate::access::{self, Actor, Allowed};
use crate::calendar::{ClassCalendar, HORIZON};
use crate::error::{Error, Result};
use crate::services::Services;
use crate::store::{HolidayRow, Read, Standing};
use crate::timekeeper::next_event;
use crate::vault::Vault;

/// The most schedules that a lab may have at once.
pub const MOST_SCHEDULES: usize = 200;

/// The most days without class that a lab or a plan may have.
pub const MOST_HOLIDAYS: usize = 500;

/// Whether a day without class may join the ones that are there already.
///
/// # Errors
/// `Conflict` when the day is free already; `Invalid` when there are too many.
pub(crate) fn check_new_holiday(present: &[HolidayRow], date: Date) -> Result<()> {
    let ours = || present.iter().filter(|row| row.version.to.is_none());
    if ours().any(|row| row.version.value.date == date) {
        return Err(Error::Conflict(format!(
            "There is no class on {date} already."
        )));
    }
    if ours().count() >= MOST_HOLIDAYS {
        return Err(Invalid::new("date", "These are too many days without class.").into());
    }
    Ok(())
}

/// A schedule to be made, or what one is to become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSchedule {
    /// The group it is for; everyone's, when there is none.
    pub group: Option<GroupId>,
    /// When it starts and stops machines, the first time.
    pub times: Times,
    /// How often it comes.
    pub recurrence: Recurrence,
    /// The last day it may begin on.
    pub until: Option<Date>,
    /// Whose clocks on the wall show the times.
    pub zone: TimeZone,
    /// How many minutes before class machines begin to start.
    pub prestart_minutes: u32,
    /// What the educator wrote down about it.
    pub notes: String,
    /// The resource name, where a program gives one. It never changes.
    pub name: Option<ResourceName>,
}

/// What must hold of a schedule for a change to be made; `None` is “there is none yet”.
pub type ScheduleCondition<'a> = &'a (dyn Fn(Option<&Standing>) -> Result<()> + Send + Sync);

impl NewSchedule {
    fn check(self, lab: LabId, id: ScheduleId) -> std::result::Result<Schedule, Invalid> {
        Draft {
            id,
            lab,
            group: self.group,
            times: self.times,
            recurrence: self.recurrence,
            until: self.until,
            zone: self.zone,
            prestart_minutes: self.prestart_minutes,
            notes: self.notes,
        }
        .check()
    }
}

impl Services {
    /// The zone of a lab's classes; UTC, where there are none.
    ///
    /// # Errors
    /// See [`access::see_lab`].
    pub async fn lab_zone(&self, actor: &Actor, lab: LabId) -> Result<TimeZone> {
        let mut tx = self.store.read().await?;
        let lab = access::see_lab(&mut *tx, actor, lab).await?;
        let schedules = tx.standing_schedules(lab.id).await?;
        let zone = schedules
            .first()
            .map(|standing| standing.schedule.zone.clone());
        Ok(zone.unwrap_or_else(TimeZone::utc))
    }

    /// Makes a schedule. It begins to count now: what it would have done before is not done.
    ///
    /// # Errors
    /// `Invalid` when it breaks a rule, or there are too many; see [`access::change_lab`].
    pub async fn create_schedule(
        &self,
        actor: &Actor,
        lab: LabId,
        new: NewSchedule,
    ) -> Result<ScheduleId> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageSchedules).await?;
        let id = self.add_schedule(&mut *tx, &lab, new).await?.schedule.id;
        let text = format!("Made a schedule of “{}”.", lab.title);
        self.time_changed(tx, actor, &lab, "schedule.create", text)
            .await?;
        Ok(id)
    }

    /// Makes the schedule with a name, or changes it where it is there; whether it was made.
    ///
    /// # Errors
    /// As [`Services::create_schedule`]; what `condition` says.
    pub async fn put_schedule(
        &self,
        actor: &Actor,
        lab: LabId,
        name: ResourceName,
        new: NewSchedule,
        condition: ScheduleCondition<'_>,
    ) -> Result<(Standing, bool)> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageSchedules).await?;
        let there = named(tx.standing_schedules(lab.id).await?, &name);
        condition(there.as_ref())?;
        let (standing, made) = match there {
            Some(there) => {
                let changed = self.replace_schedule(&mut *tx, &lab, there.schedule.id, new);
                (changed.await?, false)
            }
            None => {
                let new = NewSchedule {
                    name: Some(name),
                    ..new
                };
                (self.add_schedule(&mut *tx, &lab, new).await?, true)
            }
        };
        let (action, what) = if made {
            ("schedule.create", "Made")
        } else {
            ("schedule.update", "Changed")
        };
        let text = format!("{what} a schedule of “{}”.", lab.title);
        self.time_changed(tx, actor, &lab, action, text).await?;
        Ok((standing, made))
    }

    /// Changes a schedule from now on. What it did stays as it was, in the middle of a class too.
    ///
    /// # Errors
    /// `NotFound` when there is no such schedule in this lab; `Invalid` when it breaks a rule.
    pub async fn update_schedule(
        &self,
        actor: &Actor,
        lab: LabId,
        id: ScheduleId,
        new: NewSchedule,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageSchedules).await?;
        self.replace_schedule(&mut *tx, &lab, id, new).await?;
        let text = format!("Changed a schedule of “{}”.", lab.title);
        self.time_changed(tx, actor, &lab, "schedule.update", text)
            .await
    }

    async fn add_schedule(
        &self,
        tx: &mut dyn crate::store::Write,
        lab: &Allowed<Lab>,
        new: NewSchedule,
    ) -> Result<Standing> {
        if tx.standing_schedules(lab.id).await?.len() >= MOST_SCHEDULES {
            let message = format!("A lab has at most {MOST_SCHEDULES} schedules.");
            return Err(Invalid::new("schedule", message).into());
        }
        let name = new.name.clone();
        let schedule = new.check(lab.id, self.new_schedule_id())?;
        self.check_group(tx, lab, schedule.group).await?;
        let standing = self.standing_from(tx, lab, schedule, (1, name)).await?;
        tx.insert_standing(lab, &standing).await?;
        Ok(standing)
    }

    async fn replace_schedule(
        &self,
        tx: &mut dyn crate::store::Write,
        lab: &Allowed<Lab>,
        id: ScheduleId,
        new: NewSchedule,
    ) -> Result<Standing> {
        standing_of(tx, lab, id).await?;
        self.do_what_is_due(tx, lab, id).await?;
        let before = standing_of(tx, lab, id).await?;
        let schedule = new.check(lab.id, id)?;
        self.check_group(tx, lab, schedule.group).await?;
        tx.end_standing(lab, id, self.now()).await?;
        let which = (before.version + 1, before.name);
        let standing = self.standing_from(tx, lab, schedule, which).await?;
        tx.insert_standing(lab, &standing).await?;
        Ok(standing)
    }

    /// The schedules of a lab, with their names.
    ///
    /// # Errors
    /// See [`access::see_lab`].
    pub async fn schedules(&self, actor: &Actor, lab: LabId) -> Result<Vec<Standing>> {
        let mut tx = self.store.read().await?;
        let lab = access::see_lab(&mut *tx, actor, lab).await?;
        Ok(tx.standing_schedules(lab.id).await?)
    }

    /// The schedule with this name.
    ///
    /// # Errors
    /// `NotFound` when the lab has none.
    pub async fn schedule(
        &self,
        actor: &Actor,
        lab: LabId,
        name: &ResourceName,
    ) -> Result<Standing> {
        named(self.schedules(actor, lab).await?, name).ok_or(Error::NotFound("schedule"))
    }

    /// Ends a schedule. Machines that it started run on, and from now on as any others.
    ///
    /// # Errors
    /// `NotFound` when there is no such schedule in this lab.
    pub async fn delete_schedule(&self, actor: &Actor, lab: LabId, id: ScheduleId) -> Result<()> {
        self.delete_schedule_if(actor, lab, id, &|_| Ok(())).await
    }

    /// Ends a schedule, if it is what the caller takes it for.
    ///
    /// # Errors
    /// As [`Services::delete_schedule`]; what `condition` says.
    pub async fn delete_schedule_if(
        &self,
        actor: &Actor,
        lab: LabId,
        id: ScheduleId,
        condition: ScheduleCondition<'_>,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageSchedules).await?;
        let there = standing_of(&mut *tx, &lab, id).await?;
        condition(Some(&there))?;
        self.do_what_is_due(&mut *tx, &lab, id).await?;
        tx.end_standing(&lab, id, self.now()).await?;
        let text = format!("Deleted a schedule of “{}”.", lab.title);
        self.time_changed(tx, actor, &lab, "schedule.delete", text)
            .await
    }

    /// Adds a day without class to a lab.
    ///
    /// # Errors
    /// `Conflict` when the day is free already; `Invalid` when there are too many.
    pub async fn add_holiday(&self, actor: &Actor, lab: LabId, holiday: Holiday) -> Result<()> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageSchedules).await?;
        let present = tx.holidays(lab.id).await?;
        check_new_holiday(&present, holiday.date)?;
        let text = format!("Added {} to the days without class.", holiday.date);
        self.do_all_that_is_due(&mut *tx, &lab).await?;
        let version = Version::since(self.now(), holiday);
        tx.insert_lab_holiday(&lab, self.new_holiday_id(), &version)
            .await?;
        self.plan_anew(&mut *tx, &lab).await?;
        self.time_changed(tx, actor, &lab, "holiday.add", text)
            .await
    }

    /// Takes a day without class of a lab back.
    ///
    /// # Errors
    /// `NotFound` when it is not one of the lab's own.
    pub async fn remove_holiday(&self, actor: &Actor, lab: LabId, id: HolidayId) -> Result<()> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageSchedules).await?;
        self.do_all_that_is_due(&mut *tx, &lab).await?;
        if !tx.end_lab_holiday(&lab, id, self.now()).await? {
            return Err(Error::NotFound("day without class"));
        }
        self.plan_anew(&mut *tx, &lab).await?;
        let text = format!("Took a day without class of “{}” back.", lab.title);
        self.time_changed(tx, actor, &lab, "holiday.remove", text)
            .await
    }

    /// When the schedules of a lab have to do something next, after days without class changed.
    pub(crate) async fn plan_anew<W: crate::store::Write + ?Sized>(
        &self,
        tx: &mut W,
        lab: &Lab,
    ) -> Result<()> {
        let now = self.now();
        let holidays = ClassCalendar::load(tx, lab.id).await?.holidays(now);
        for standing in tx.standing_schedules(lab.id).await? {
            let due = next_event(&standing.schedule, &holidays, standing.done_to.max(now));
            tx.note_schedule(standing.schedule.id, standing.done_to, due)
                .await?;
        }
        Ok(())
    }

    /// Does what a lab's schedules have to do by now, before something about them changes.
    pub(crate) async fn do_all_that_is_due(
        &self,
        tx: &mut dyn crate::store::Write,
        lab: &Lab,
    ) -> Result<()> {
        for standing in tx.standing_schedules(lab.id).await? {
            self.do_what_is_due(tx, lab, standing.schedule.id).await?;
        }
        Ok(())
    }

    async fn standing_from<R: Read + ?Sized>(
        &self,
        tx: &mut R,
        lab: &Lab,
        schedule: Schedule,
        (version, name): (u32, Option<ResourceName>),
    ) -> Result<Standing> {
        let now = self.now();
        let holidays = ClassCalendar::load(tx, lab.id).await?.holidays(now);
        Ok(Standing {
            due: next_event(&schedule, &holidays, now),
            schedule,
            version,
            since: now,
            done_to: now,
            name,
        })
    }

    async fn check_group<R: Read + ?Sized>(
        &self,
        tx: &mut R,
        lab: &Lab,
        group: Option<GroupId>,
    ) -> Result<()> {
        let Some(group) = group else {
            return Ok(());
        };
        let there = tx.groups(lab.id).await?.iter().any(|g| g.id == group);
        there.then_some(()).ok_or(Error::NotFound("group"))
    }

    /// The secret of a lab's calendar link; none before the first was made.
    ///
    /// # Errors
    /// See [`access::see_lab`].
    pub async fn calendar_token(&self, actor: &Actor, lab: LabId) -> Result<Option<String>> {
        let mut tx = self.store.read().await?;
        let lab = access::see_lab(&mut *tx, actor, lab).await?;
        let sealed = tx.calendar_secret(lab.id).await?;
        let open = |sealed| {
            self.vault
                .open("calendar", &sealed)
                .map_err(|e| Error::Internal(Box::new(e)))
        };
        sealed.map(open).transpose()
    }

    /// Makes a lab's calendar link, or another one: the one before ceases to work.
    ///
    /// # Errors
    /// See [`access::change_lab`].
    pub async fn renew_calendar(&self, actor: &Actor, lab: LabId) -> Result<()> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageSchedules).await?;
        let token = self.vault.new_token();
        let sealed = self.vault.seal("calendar", &token);
        tx.set_calendar(&lab, &sealed, &Vault::token_hash(&token))
            .await?;
        let text = format!("Made a new calendar link of “{}”.", lab.title);
        tx.commit(self.audit(actor, "calendar.renew", lab.id, text))
            .await?;
        self.changes.nudge(lab.id);
        Ok(())
    }

    /// The calendar behind a secret link, as a text in the iCalendar format.
    ///
    /// # Errors
    /// `NotFound` for a link that does not work.
    pub async fn calendar_feed(&self, token: &str) -> Result<String> {
        let missing = || Error::NotFound("calendar");
        let mut tx = self.store.read().await?;
        let hash = Vault::token_hash(token);
        let id = tx.lab_by_calendar(&hash).await?.ok_or_else(missing)?;
        let lab = tx.lab(id).await?.filter(|lab| !lab.deleting);
        let lab = lab.ok_or_else(missing)?;
        let now = self.now();
        let holidays = ClassCalendar::load(&mut *tx, id).await?.days_off(now);
        let schedules: Vec<Schedule> = tx
            .standing_schedules(id)
            .await?
            .into_iter()
            .map(|standing| standing.schedule)
            .collect();
        Ok(icalendar::text(
            &Calendar {
                lab: lab.id,
                name: lab.title.as_str(),
                schedules: &schedules,
                holidays: &holidays,
                from: now - HORIZON,
                to: now + HORIZON * 12,
            },
            now,
        ))
    }
}

/// The schedule that a program means by a name.
fn named(standing: Vec<Standing>, name: &ResourceName) -> Option<Standing> {
    let is_it = |standing: &Standing| name.is(standing.resource_name().as_str());
    standing.into_iter().find(is_it)
}

async fn standing_of<R: Read + ?Sized>(tx: &mut R, lab: &Lab, id: ScheduleId) -> Result<Standing> {
    let standing = tx.standing(id).await?.filter(|s| s.schedule.lab == lab.id);
    standing.ok_or(Error::NotFound("schedule"))
}

/// When the next class of a lab ends that stops machines of `group`, of those in force at `now`.
pub(crate) fn next_stop(
    standing: &[Standing],
    holidays: &domain::holiday::Holidays,
    group: Option<GroupId>,
    now: Timestamp,
) -> Option<Timestamp> {
    standing
        .iter()
        .filter(|standing| standing.schedule.applies_to(group))
        .filter_map(|standing| standing.schedule.next_stop(holidays, now))
        .min()
}
