//! What pages show of time and money: how quotas stand, what is coming, what ran, and what it cost.

use std::collections::HashMap;
use std::time::Duration;

use domain::cost::{Basis, Budget, BudgetState, Estimate, estimate, forecast};
use domain::group::Group;
use domain::id::{LabId, MachineId, PersonId, UserId};
use domain::lab::Lab;
use domain::machine::{Machine, Power, StopNote};
use domain::meter::{Piece, Reset, Run, Stretch, counted, explain};
use domain::money::Amount;
use domain::quota::{WhyNot, may_start};
use domain::schedule::STOP_WARNING;
use domain::time::Timestamp;
use domain::user::User;
use domain::window::{Window, open_at};

use crate::access::{self, Actor};
use crate::calendar::{ClassCalendar, HORIZON, Standing, spent, standing};
use crate::error::{Error, Result};
use crate::schedules::next_stop;
use crate::services::Services;
use crate::store::{HolidayRow, Person, Read, Standing as StandingSchedule};
use crate::timekeeper::{as_it_is_now, clock};

/// What is said of time about one machine, now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MachineTime {
    /// How its user's quota stands.
    pub quota: Option<Standing>,
    /// The class that is going on for its user.
    pub class: Option<Window>,
    /// When its quota ends, if it runs on until then.
    pub quota_ends: Option<Timestamp>,
    /// When it is stopped because nobody uses it, and why; once the warning of that is due.
    pub unused: Option<(Timestamp, StopNote)>,
    /// When a schedule stops it, once that is less than ten minutes ahead.
    pub class_stop: Option<Timestamp>,
    /// Why its student may not start it now.
    pub why_not: Option<WhyNot>,
}

/// What whoever is at a machine must know now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// A sentence, or several.
    pub text: String,
    /// Whether saying “I'm still here” prevents it.
    pub stay: bool,
}

/// How one user's hours stand, with everything that ran.
#[derive(Clone, Debug)]
pub struct Usage {
    /// The lab.
    pub lab: Lab,
    /// The user.
    pub user: User,
    /// The group the user is in.
    pub group: Option<Group>,
    /// The person, once registered.
    pub person: Option<Person>,
    /// How the quota stands.
    pub standing: Standing,
    /// Every reset.
    pub resets: Vec<Reset>,
    /// Every run, the newest first, taken apart.
    pub runs: Vec<(Run, Vec<Piece>)>,
    /// When this was so.
    pub now: Timestamp,
}

/// How the hours of all of a lab's users stand.
#[derive(Clone, Debug)]
pub struct LabUsage {
    /// The groups.
    pub groups: Vec<Group>,
    /// What each may use, and has used.
    pub users: HashMap<UserId, (Duration, Duration)>,
    /// The resets that were not taken back, by user.
    pub resets: HashMap<UserId, Vec<Reset>>,
}

/// The Schedule page.
#[derive(Clone, Debug)]
pub struct SchedulePage {
    /// The schedules in force.
    pub schedules: Vec<StandingSchedule>,
    /// The groups.
    pub groups: Vec<Group>,
    /// The days without class in force, the plan's among them.
    pub holidays: Vec<HolidayRow>,
    /// The secret of the calendar link, where there is one and the caller may see it.
    pub token: Option<String>,
    /// When this was so.
    pub now: Timestamp,
    /// Whether the caller may change all this.
    pub may: bool,
}

/// A lab's history.
#[derive(Clone, Debug)]
pub struct LabActivity {
    /// The newest runs, the newest first, taken apart.
    pub runs: Vec<(Run, Vec<Piece>)>,
    /// How many these are at most, where there may be more.
    pub cut: Option<u32>,
    /// The lab's machines that are there.
    pub machines: HashMap<MachineId, Machine>,
    /// The lab's list.
    pub users: HashMap<UserId, User>,
    /// The people who have registered, and those who started machines.
    pub people: HashMap<PersonId, Person>,
}

/// One day of a lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// When it began.
    pub from: Timestamp,
    /// How long machines ran against a quota.
    pub counted: Duration,
    /// How long they ran besides.
    pub free: Duration,
    /// What running cost.
    pub cost: Amount,
}

/// The Dashboard page.
#[derive(Clone, Debug)]
pub struct Dashboard {
    /// The figures.
    pub estimate: Estimate,
    /// What was spent so far.
    pub spent: Amount,
    /// What the lab will have cost when its last class is over, if it goes on like this.
    pub forecast: Option<Amount>,
    /// How the budget stands.
    pub budget: Option<BudgetState>,
    /// The last days, the oldest first.
    pub days: Vec<Day>,
    /// How long the machine of each user ran, and how much of that counted; the most first.
    pub users: Vec<(UserId, Duration, Duration)>,
    /// What is coming: when, and whether machines start then.
    pub events: Vec<(Timestamp, bool)>,
    /// When this was so.
    pub now: Timestamp,
}

/// How many days the dashboard shows.
const DAYS: u32 = 14;

/// How many runs a lab's history shows.
const HISTORY: u32 = 500;

impl Services {
    /// What is said of time about a machine, its student's view of it.
    pub(crate) async fn machine_time<R: Read + ?Sized>(
        &self,
        tx: &mut R,
        lab: &Lab,
        machine: &Machine,
    ) -> Result<MachineTime> {
        let now = self.now();
        let calendar = ClassCalendar::load(tx, lab.id).await?;
        let user = match machine.claimed_by {
            Some(user) => tx.user(user).await?,
            None => None,
        };
        let group = user.as_ref().and_then(|user| user.group);
        let mut time = MachineTime::default();
        if let Some(user) = &user {
            let standing = standing(tx, lab, &calendar, user, now).await?;
            time.class = open_at(&standing.windows, now);
            time.why_not = may_start(standing.allowance, standing.used, &standing.windows, now)
                .err()
                .or(self.budget_hold(tx, lab).await?);
            time.quota = Some(standing);
        }
        if machine.wanted.power == Power::Off {
            return Ok(time);
        }
        let holidays = calendar.holidays(now);
        let schedules = tx.standing_schedules(lab.id).await?;
        time.class_stop = next_stop(&schedules, &holidays, group, now)
            .filter(|stop| stop.since(now) <= STOP_WARNING);
        if let (Some(run), Some(watch)) =
            (tx.open_run(machine.id).await?, tx.watch(machine.id).await?)
        {
            let run = as_it_is_now(machine, run);
            let clock = clock(tx, lab, &calendar, &run, &watch, now).await?;
            time.quota_ends = clock.review.quota_ends;
            let unused = clock.review.unused;
            let warned = unused.warn_at.is_none_or(|at| at <= now);
            time.unused = unused
                .stop
                .map(|(at, _)| at)
                .zip(unused.note())
                .filter(|_| warned);
        }
        Ok(time)
    }

    /// What whoever is at a machine must know now: about the end of quota, of class, or of patience.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn notice(&self, id: MachineId) -> Result<Option<Notice>> {
        let mut tx = self.store.read().await?;
        let Some(machine) = tx.machine(id).await? else {
            return Ok(None);
        };
        let Some(lab) = tx.lab(machine.lab).await? else {
            return Ok(None);
        };
        let time = self.machine_time(&mut *tx, &lab, &machine).await?;
        Ok(time.notice(self.now()))
    }

    /// How one user's hours stand, for somebody with a role on the lab.
    ///
    /// # Errors
    /// `NotFound` when there is no such user, or the lab is not the caller's to see.
    pub async fn usage_of(&self, actor: &Actor, lab: LabId, user: UserId) -> Result<Usage> {
        let mut tx = self.store.read().await?;
        let lab = access::see_lab(&mut *tx, actor, lab).await?;
        let user = tx.user(user).await?.filter(|user| user.lab == lab.id);
        let user = user.ok_or(Error::NotFound("user"))?;
        self.usage(&mut *tx, lab, user).await
    }

    /// How the caller's own hours stand on a machine.
    ///
    /// # Errors
    /// `NotFound` when the machine is not the caller's own.
    pub async fn my_usage(&self, actor: &Actor, machine: MachineId) -> Result<Usage> {
        let missing = || Error::NotFound("machine");
        let mut tx = self.store.read().await?;
        let machine = tx.machine(machine).await?.ok_or_else(missing)?;
        let user = access::owns(&mut *tx, actor, &machine).await?;
        let user = user.ok_or_else(missing)?;
        let lab = tx.lab(machine.lab).await?.ok_or_else(missing)?;
        self.usage(&mut *tx, lab, user).await
    }

    async fn usage<R: Read + ?Sized>(&self, tx: &mut R, lab: Lab, user: User) -> Result<Usage> {
        let now = self.now();
        let calendar = ClassCalendar::load(tx, lab.id).await?;
        let runs = tx.runs_of_user(user.id).await?;
        let resets = tx.resets_of_user(user.id).await?;
        let standing = calendar.standing(&lab, &user, &runs, &resets, now);
        let pieces = runs.into_iter().rev().map(|run| {
            let pieces = explain(&run, &standing.windows, &resets, now);
            (run, pieces)
        });
        let pieces = pieces.collect();
        let group = calendar.groups().iter().find(|g| Some(g.id) == user.group);
        Ok(Usage {
            group: group.cloned(),
            person: match user.person {
                Some(person) => tx.person(person).await?,
                None => None,
            },
            runs: pieces,
            standing,
            resets,
            user,
            lab,
            now,
        })
    }

    /// How the hours of all of a lab's users stand.
    pub(crate) async fn lab_usage<R: Read + ?Sized>(
        &self,
        tx: &mut R,
        lab: &Lab,
        users: &[User],
    ) -> Result<LabUsage> {
        let now = self.now();
        let calendar = ClassCalendar::load(tx, lab.id).await?;
        let runs = tx.stretches_of_lab(lab.id).await?;
        let rows = tx.resets_of_lab(lab.id).await?;
        let by_user = by_user(runs);
        let mut resets: HashMap<UserId, Vec<Reset>> = HashMap::new();
        for row in rows {
            resets.entry(row.user).or_default().push(row.reset);
        }
        // Windows are the same for everyone in a group.
        let first = by_user.values().flatten().map(|run| run.started_at).min();
        let mut windows = HashMap::new();
        let used = |user: &User, windows: &mut HashMap<_, Vec<Window>>| {
            let Some(runs) = by_user.get(&user.id) else {
                return Duration::ZERO;
            };
            let windows = windows
                .entry(user.group)
                .or_insert_with(|| calendar.windows(user.group, first.unwrap_or(now), now));
            let none = Vec::new();
            counted(runs, windows, resets.get(&user.id).unwrap_or(&none), now)
        };
        let stand = users.iter().map(|user| {
            let total = calendar.allowance(lab, user).total;
            (user.id, (total, used(user, &mut windows)))
        });
        let stand = stand.collect();
        resets
            .values_mut()
            .for_each(|resets| resets.retain(|reset| reset.undone.is_none()));
        Ok(LabUsage {
            groups: calendar.groups().to_vec(),
            users: stand,
            resets,
        })
    }

    /// The Schedule page of a lab.
    ///
    /// # Errors
    /// See [`access::see_lab`].
    pub async fn schedule_page(&self, actor: &Actor, lab: LabId) -> Result<SchedulePage> {
        let token = self.calendar_token(actor, lab).await?;
        let mut tx = self.store.read().await?;
        let lab = access::see_lab(&mut *tx, actor, lab).await?;
        let may = actor.may(domain::role::Permission::ManageSchedules, &lab);
        let mut holidays = tx.holidays(lab.id).await?;
        holidays.retain(|row| row.version.to.is_none());
        Ok(SchedulePage {
            schedules: tx.standing_schedules(lab.id).await?,
            groups: tx.groups(lab.id).await?,
            holidays,
            token: token.filter(|_| may),
            now: self.now(),
            may,
        })
    }

    /// What ran in a lab lately.
    ///
    /// # Errors
    /// See [`access::see_lab`].
    pub async fn lab_activity(&self, actor: &Actor, lab: LabId) -> Result<LabActivity> {
        let mut tx = self.store.read().await?;
        let lab = access::see_lab(&mut *tx, actor, lab).await?;
        let now = self.now();
        let calendar = ClassCalendar::load(&mut *tx, lab.id).await?;
        let runs = tx.latest_runs(lab.id, HISTORY).await?;
        let cut = (u32::try_from(runs.len()) == Ok(HISTORY)).then_some(HISTORY);
        let users: HashMap<UserId, User> = tx
            .users(lab.id)
            .await?
            .into_iter()
            .map(|user| (user.id, user))
            .collect();
        let mut resets: HashMap<UserId, Vec<Reset>> = HashMap::new();
        for row in tx.resets_of_lab(lab.id).await? {
            resets.entry(row.user).or_default().push(row.reset);
        }
        let first = runs.iter().map(|run| run.started_at).min().unwrap_or(now);
        let mut windows: HashMap<_, Vec<Window>> = HashMap::new();
        let none = Vec::new();
        let mut people: HashMap<PersonId, Person> = HashMap::new();
        let mut taken = Vec::with_capacity(runs.len());
        for run in runs {
            let group = run.user.and_then(|id| users.get(&id)).and_then(|u| u.group);
            let windows = windows
                .entry(group)
                .or_insert_with(|| calendar.windows(group, first, now));
            let resets = run.user.and_then(|user| resets.get(&user));
            let pieces = explain(&run, windows, resets.unwrap_or(&none), now);
            if let Some(by) = run.by
                && !people.contains_key(&by)
                && let Some(person) = tx.person(by).await?
            {
                people.insert(by, person);
            }
            taken.push((run, pieces));
        }
        for person in tx.people_of_lab(lab.id).await? {
            people.insert(person.id, person);
        }
        let machines = tx.machines(lab.id).await?;
        Ok(LabActivity {
            runs: taken,
            cut,
            machines: machines.into_iter().map(|m| (m.id, m)).collect(),
            users,
            people,
        })
    }

    /// The Dashboard page of a lab.
    ///
    /// # Errors
    /// See [`access::see_lab`].
    pub async fn dashboard(&self, actor: &Actor, lab: LabId) -> Result<Dashboard> {
        let mut tx = self.store.read().await?;
        let lab = access::see_lab(&mut *tx, actor, lab).await?;
        let now = self.now();
        let calendar = ClassCalendar::load(&mut *tx, lab.id).await?;
        let schedules = tx.standing_schedules(lab.id).await?;
        let runs = tx.stretches_of_lab(lab.id).await?;
        let machines = tx.machines(lab.id).await?;
        let users = tx.users(lab.id).await?;
        let resets = tx.resets_of_lab(lab.id).await?;
        let in_force: Vec<_> = schedules.iter().map(|s| s.schedule.clone()).collect();
        let basis = Basis {
            quota: lab.time.quota,
            additional_seconds: users.iter().map(|user| user.additional.seconds()).sum(),
            maximum_users: lab.capacity.seats(),
            schedules: &in_force,
            holidays: &calendar.days_off(now),
            price: lab.money.price,
        };
        let spent = spent(&lab, &runs, &machines, lab.size.size(), now);
        let holidays = calendar.holidays(now);
        let last = in_force.iter().filter_map(|schedule| {
            let end = schedule.last()?.tomorrow().ok()?;
            Some(schedule.zone.timestamp(end.at(0, 0, 0, 0)))
        });
        let ends = last.max().filter(|end| *end > now);
        let mut events: Vec<(Timestamp, bool)> = in_force
            .iter()
            .flat_map(|schedule| {
                let all = schedule.occurrences(&holidays, now, now + HORIZON);
                all.filter_map(|occurrence| match (occurrence.start, occurrence.stop) {
                    (Some(start), _) => Some((start, true)),
                    (None, Some(stop)) => Some((stop, false)),
                    (None, None) => None,
                })
            })
            .filter(|(at, _)| *at > now)
            .collect();
        events.sort_unstable();
        Ok(Dashboard {
            estimate: estimate(&basis),
            spent,
            forecast: ends.and_then(|ends| forecast(spent, lab.created_at, now, ends)),
            budget: lab.money.budget.map(|limit| {
                let go_on = lab.money.go_on;
                Budget { limit, go_on }.state(spent)
            }),
            days: days(&lab, &calendar, &users, &runs, now),
            users: used_by_each(&calendar, &users, runs, &resets, now),
            events,
            now,
        })
    }
}

impl MachineTime {
    /// What whoever is at the machine must know now.
    pub fn notice(&self, now: Timestamp) -> Option<Notice> {
        let minutes = |at: Timestamp| {
            let minutes = at.since(now).as_secs().div_ceil(60);
            match minutes {
                1 => "1 minute".to_owned(),
                _ => format!("{minutes} minutes"),
            }
        };
        let quota = self
            .quota_ends
            .filter(|at| at.since(now) <= Duration::from_secs(3600))
            .map(|at| {
                format!(
                    "Your quota ends in {}; the machine is stopped then.",
                    minutes(at)
                )
            });
        let class = self.class_stop.map(|at| {
            format!(
                "Class ends in {}; the machine is stopped then.",
                minutes(at)
            )
        });
        let unused = self.unused.map(|(at, _)| {
            format!(
                "Nobody seems to be here: the machine stops in {}.",
                minutes(at)
            )
        });
        let all: Vec<String> = [class, quota, unused].into_iter().flatten().collect();
        (!all.is_empty()).then(|| Notice {
            text: all.join(" "),
            stay: self.unused.is_some(),
        })
    }
}

/// The last days of a lab, in UTC.
fn days(
    lab: &Lab,
    calendar: &ClassCalendar,
    users: &[User],
    runs: &[Stretch],
    now: Timestamp,
) -> Vec<Day> {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let micros = i64::try_from(DAY.as_micros()).unwrap_or(i64::MAX);
    let today = Timestamp::from_micros(now.micros().div_euclid(micros) * micros);
    let price = [domain::version::Version::since(
        lab.created_at,
        lab.money.price,
    )];
    let group_of: HashMap<UserId, _> = users.iter().map(|user| (user.id, user.group)).collect();
    let first = today - DAY * (DAYS - 1);
    let mut windows: HashMap<_, Vec<Window>> = HashMap::new();
    (0..DAYS)
        .map(|n| {
            let from = first + DAY * n;
            let to = (from + DAY).min(now);
            let mut day = Day {
                from,
                counted: Duration::ZERO,
                free: Duration::ZERO,
                cost: domain::cost::of_running(runs, &price, from, to),
            };
            for run in runs {
                let (begin, end) = (run.started_at.max(from), run.end(now).min(to));
                if begin >= end {
                    continue;
                }
                let group = run
                    .user
                    .and_then(|user| group_of.get(&user).copied().flatten());
                let windows = windows
                    .entry(group)
                    .or_insert_with(|| calendar.windows(group, first, now));
                let part = Stretch {
                    started_at: begin,
                    stopped_at: Some(end),
                    ..*run
                };
                let counts = counted([&part], windows, &[], now);
                day.counted += counts;
                day.free += end.since(begin).saturating_sub(counts);
            }
            day
        })
        .collect()
}

/// What each user's machines ran.
fn by_user(runs: Vec<Stretch>) -> HashMap<UserId, Vec<Stretch>> {
    let mut by_user: HashMap<UserId, Vec<Stretch>> = HashMap::new();
    for run in runs {
        if let Some(user) = run.user {
            by_user.entry(user).or_default().push(run);
        }
    }
    by_user
}

/// How long each user's machine ran.
fn used_by_each(
    calendar: &ClassCalendar,
    users: &[User],
    runs: Vec<Stretch>,
    resets: &[crate::store::ResetRow],
    now: Timestamp,
) -> Vec<(UserId, Duration, Duration)> {
    let first = runs.iter().map(|run| run.started_at).min().unwrap_or(now);
    let by_user = by_user(runs);
    let mut windows: HashMap<_, Vec<Window>> = HashMap::new();
    let mut all: Vec<_> = users
        .iter()
        .filter_map(|user| {
            let own = by_user.get(&user.id)?;
            let resets: Vec<Reset> = resets
                .iter()
                .filter(|row| row.user == user.id)
                .map(|row| row.reset.clone())
                .collect();
            let windows = windows
                .entry(user.group)
                .or_insert_with(|| calendar.windows(user.group, first, now));
            let total = own.iter().map(|run| run.length(now)).sum();
            Some((user.id, total, counted(own, windows, &resets, now)))
        })
        .filter(|(_, total, _)| !Duration::is_zero(total))
        .collect();
    all.sort_by_key(|(_, total, _)| std::cmp::Reverse(*total));
    all
}
