//! A lab's classes, as the database has them: every version of its schedules and days without class.

use domain::cost;
use domain::group::Group;
use domain::holiday::{Holiday, Holidays};
use domain::id::{GroupId, LabId};
use domain::lab::Lab;
use domain::machine::Machine;
use domain::meter::{Reset, Run, Stretch, counted};
use domain::money::{Amount, Price, StoragePrice};
use domain::quota::Allowance;
use domain::schedule::Schedule;
use domain::size::Size;
use domain::time::Timestamp;
use domain::user::User;
use domain::version::{Version, in_force};
use domain::window::{Window, windows};
use std::time::Duration;

use crate::error::Result;
use crate::store::Read;

/// How far ahead classes are looked at; what lies behind that is looked at again in time.
pub const HORIZON: Duration = Duration::from_secs(30 * 24 * 3600);

/// A lab's classes and groups.
#[derive(Clone, Debug)]
pub struct ClassCalendar {
    schedules: Vec<Version<Schedule>>,
    holidays: Vec<Version<Holiday>>,
    groups: Vec<Group>,
}

/// How one user's quota stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What the user may use in all.
    pub allowance: Allowance,
    /// What was used by now.
    pub used: Duration,
    /// The user's class windows, from their first run on to the horizon.
    pub windows: Vec<Window>,
    /// Up to when the windows are known.
    pub horizon: Timestamp,
}

impl Standing {
    /// What is left.
    pub fn remaining(&self) -> Duration {
        self.allowance.remaining(self.used)
    }
}

impl ClassCalendar {
    /// Reads a lab's classes.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn load<R: Read + ?Sized>(tx: &mut R, lab: LabId) -> Result<Self> {
        let holidays = tx.holidays(lab).await?;
        Ok(Self {
            schedules: tx.schedules(lab).await?,
            holidays: holidays.into_iter().map(|row| row.version).collect(),
            groups: tx.groups(lab).await?,
        })
    }

    /// When users of `group` have class between `from` and `to`.
    pub fn windows(&self, group: Option<GroupId>, from: Timestamp, to: Timestamp) -> Vec<Window> {
        windows(&self.schedules, &self.holidays, group, from, to)
    }

    /// Whether machines of `group` have been started at `at` for a class to come.
    pub fn starts_soon(&self, group: Option<GroupId>, at: Timestamp) -> bool {
        let holidays = self.holidays(at);
        in_force(&self.schedules, at)
            .filter(|schedule| schedule.prestart_minutes > 0 && schedule.applies_to(group))
            .any(|schedule| {
                let early = Duration::from_secs(u64::from(schedule.prestart_minutes) * 60);
                let next = schedule.next_start(&holidays, at);
                next.is_some_and(|start| start <= at + early)
            })
    }

    /// Whether machines of `group` were to be started after `at`, and not to be stopped again by `now`.
    pub fn started_since(&self, group: Option<GroupId>, at: Timestamp, now: Timestamp) -> bool {
        let holidays = self.holidays(now);
        in_force(&self.schedules, now)
            .filter(|schedule| schedule.applies_to(group))
            .any(|schedule| {
                let mut begun = None;
                let mut after = at;
                while let Some(boot) = schedule.next_boot(&holidays, after)
                    && boot <= now
                {
                    begun = Some(boot);
                    after = boot;
                }
                let ends = begun.and_then(|boot| schedule.next_stop(&holidays, boot));
                begun.is_some() && ends.is_none_or(|stop| stop > now)
            })
    }

    /// The days without class by what is known at `now`.
    pub fn holidays(&self, now: Timestamp) -> Holidays {
        Holidays::at(&self.holidays, now)
    }

    /// The same, with their names.
    pub fn days_off(&self, now: Timestamp) -> Vec<Holiday> {
        in_force(&self.holidays, now).cloned().collect()
    }

    /// The lab's groups.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// What a user may use in all.
    pub fn allowance(&self, lab: &Lab, user: &User) -> Allowance {
        let group = self
            .groups
            .iter()
            .find(|group| Some(group.id) == user.group);
        let own = group.and_then(|group| group.quota);
        Allowance::of(lab.time.quota, own, user.additional)
    }

    /// How the quota of `user` stands at `now`, given all of the user's runs and resets.
    pub fn standing(
        &self,
        lab: &Lab,
        user: &User,
        runs: &[Run],
        resets: &[Reset],
        now: Timestamp,
    ) -> Standing {
        let first = runs.iter().map(|run| run.started_at).min().unwrap_or(now);
        let horizon = now + HORIZON;
        let windows = self.windows(user.group, first.min(now), horizon);
        Standing {
            allowance: self.allowance(lab, user),
            used: counted(runs, &windows, resets, now),
            windows,
            horizon,
        }
    }
}

/// How the quota of `user` stands at `now`.
///
/// # Errors
/// When the store fails.
pub(crate) async fn standing<R: Read + ?Sized>(
    tx: &mut R,
    lab: &Lab,
    calendar: &ClassCalendar,
    user: &User,
    now: Timestamp,
) -> Result<Standing> {
    let runs = tx.runs_of_user(user.id).await?;
    let resets = tx.resets_of_user(user.id).await?;
    Ok(calendar.standing(lab, user, &runs, &resets, now))
}

/// What a lab has cost by `now`: everything that ran, and the disks of the machines that are there.
pub fn spent(
    lab: &Lab,
    runs: &[Stretch],
    machines: &[Machine],
    size: Size,
    now: Timestamp,
) -> Amount {
    let began = lab.created_at;
    let price = [Version::since(began, lab.money.price)];
    let running: Amount = cost::of_running(runs, &price, began, now.max(began));
    if lab.money.storage_price == StoragePrice::FREE {
        return running;
    }
    let storage = [Version::since(began, lab.money.storage_price)];
    let from = lab.published_at.unwrap_or(began);
    let disks: Vec<_> = machines
        .iter()
        .filter(|machine| machine.seen.build.is_some())
        .map(|_| cost::Disk {
            gib: size.disk_gib,
            from,
            to: None,
        })
        .collect();
    running + cost::of_storage(&disks, &storage, began, now.max(began))
}

/// Whether an hour of the lab costs anything, or its disks do.
pub fn has_price(lab: &Lab) -> bool {
    lab.money.price != Price::FREE || lab.money.storage_price != StoragePrice::FREE
}
