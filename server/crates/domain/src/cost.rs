//! What a lab costs: spent so far, at most, and in all likelihood.

use std::time::Duration;

use crate::holiday::Holiday;
use crate::meter::Stretch;
use crate::money::{Amount, Price, StoragePrice, keeping, running};
use crate::quota::{UsageQuota, WhyNot};
use crate::schedule::{Schedule, ScheduleKind};
use crate::time::Timestamp;
use crate::version::Version;
use crate::window::windows;

/// A disk that is kept, of a template or a machine, running or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    /// How large it is, in GiB.
    pub gib: u32,
    /// Since when.
    pub from: Timestamp,
    /// Until when; still, when there is none.
    pub to: Option<Timestamp>,
}

/// What running cost between `from` and `to`: every machine's runs, the template's included,
/// whoever started them, each hour at the price in force in it. A run that has not ended counts up
/// to `to`, which is therefore not in the future. No price is in force twice at once.
pub fn of_running<R>(
    runs: impl IntoIterator<Item = R> + Clone,
    prices: &[Version<Price>],
    from: Timestamp,
    to: Timestamp,
) -> Amount
where
    Stretch: From<R>,
{
    let at = |version: &Version<Price>| {
        let time = runs
            .clone()
            .into_iter()
            .map(Stretch::from)
            .map(|run| common(run.started_at, run.stopped_at, version, from, to))
            .sum();
        running(version.value, time)
    };
    prices.iter().map(at).sum()
}

/// What keeping disks cost between `from` and `to`, at the prices in force.
pub fn of_storage(
    disks: &[Disk],
    prices: &[Version<StoragePrice>],
    from: Timestamp,
    to: Timestamp,
) -> Amount {
    let at = |version: &Version<StoragePrice>| {
        let time = disks
            .iter()
            .map(|disk| common(disk.from, disk.to, version, from, to) * disk.gib)
            .sum();
        keeping(version.value, time)
    };
    prices.iter().map(at).sum()
}

/// What running cost in each of the stretches between two `edges` that follow one another, such as
/// the beginnings of days, for a chart.
pub fn over_time<R>(
    runs: impl IntoIterator<Item = R> + Clone,
    prices: &[Version<Price>],
    edges: &[Timestamp],
) -> Vec<Amount>
where
    Stretch: From<R>,
{
    edges
        .windows(2)
        .map(|pair| of_running(runs.clone(), prices, pair[0], pair[1]))
        .collect()
}

/// How long something lasted while a price was in force, between `from` and `to`.
fn common<T>(
    began: Timestamp,
    ended: Option<Timestamp>,
    price: &Version<T>,
    from: Timestamp,
    to: Timestamp,
) -> Duration {
    let start = began.max(price.from).max(from);
    let end = ended.unwrap_or(to).min(price.to.unwrap_or(to)).min(to);
    end.since(start)
}

/// What the estimate of a lab is made from.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// The hours of every user.
    pub quota: UsageQuota,
    /// The additional quotas of all users, added up, in seconds; may be negative.
    pub additional_seconds: i64,
    /// How many users there can be at most: the lab's capacity.
    pub maximum_users: u32,
    /// The schedules.
    pub schedules: &'a [Schedule],
    /// The plan's and the lab's holidays.
    pub holidays: &'a [Holiday],
    /// The price of an hour.
    pub price: Price,
}

/// The figures of “Costs & Billing”. What depends on scheduled hours is there only if they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The hours of every user outside class.
    pub quota: Duration,
    /// The hours of class of every user, over the lab's whole life; none, unless every schedule
    /// that starts machines stops them too and comes to an end.
    pub scheduled: Option<Duration>,
    /// The hours of every user, class included.
    pub per_user: Option<Duration>,
    /// How many users there can be.
    pub maximum_users: u32,
    /// The hours of all users, without additional quotas.
    pub all_users: Option<Duration>,
    /// The additional quotas of all users, in seconds; may be negative.
    pub adjusted_seconds: i64,
    /// All hours.
    pub total: Option<Duration>,
    /// What they cost: the most that the lab can cost by its students and schedules. Not in it: the
    /// template, and machines that an educator starts.
    pub maximum: Option<Amount>,
}

/// Estimates the most that a lab can cost.
pub fn estimate(basis: &Basis<'_>) -> Estimate {
    let quota = basis.quota.length();
    let scheduled = scheduled(basis.schedules, basis.holidays);
    let per_user = scheduled.map(|scheduled| quota + scheduled);
    let all_users = per_user.map(|hours| hours * basis.maximum_users);
    let adjust = Duration::from_secs(basis.additional_seconds.unsigned_abs());
    let total = all_users.map(|hours| {
        if basis.additional_seconds < 0 {
            hours.saturating_sub(adjust)
        } else {
            hours + adjust
        }
    });
    Estimate {
        quota,
        scheduled,
        per_user,
        maximum_users: basis.maximum_users,
        all_users,
        adjusted_seconds: basis.additional_seconds,
        total,
        maximum: total.map(|hours| running(basis.price, hours)),
    }
}

/// The hours of class in all, those of overlapping schedules once.
fn scheduled(schedules: &[Schedule], holidays: &[Holiday]) -> Option<Duration> {
    let (first, last) = (
        Timestamp::from_micros(i64::MIN),
        Timestamp::from_micros(i64::MAX),
    );
    let mut standard = Vec::new();
    for schedule in schedules {
        match schedule.kind() {
            ScheduleKind::Standard if schedule.last().is_some() => {
                // Whose class it is does not matter for the most there can be.
                let mut schedule = schedule.clone();
                schedule.group = None;
                standard.push(Version::since(first, schedule));
            }
            ScheduleKind::Standard | ScheduleKind::StartOnly => return None,
            ScheduleKind::StopOnly => {}
        }
    }
    let holidays: Vec<_> = holidays
        .iter()
        .map(|holiday| Version::since(first, holiday.clone()))
        .collect();
    let class = windows(&standard, &holidays, None, first, last);
    Some(
        class
            .iter()
            .map(|window| window.to.since(window.from))
            .sum(),
    )
}

/// What a lab will have cost at its end, if it goes on as it has since it began; never less than
/// `spent`. `None` before there is anything to go by.
pub fn forecast(
    spent: Amount,
    began: Timestamp,
    now: Timestamp,
    ends: Timestamp,
) -> Option<Amount> {
    let so_far = now.since(began);
    if so_far.is_zero() {
        return None;
    }
    let to_come = ends.since(now);
    Some(spent + spent.share(to_come.as_micros(), so_far.as_micros()))
}

/// What a plan or a lab may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The limit.
    pub limit: Amount,
    /// Whether an educator has said that machines may start beyond it.
    pub go_on: bool,
}

/// How a budget stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetState {
    /// Less than 80 % are spent.
    Within,
    /// So many percent are spent: 80 to 99.
    Warning {
        /// How many.
        percent: u64,
    },
    /// All of it is spent, and students' starts wait for an educator's word.
    Held,
    /// All of it is spent, and an educator has said the word.
    Beyond,
}

impl Budget {
    /// How it stands when so much is spent.
    pub fn state(self, spent: Amount) -> BudgetState {
        if spent >= self.limit {
            return if self.go_on {
                BudgetState::Beyond
            } else {
                BudgetState::Held
            };
        }
        let share = u128::from(spent.micros()) * 100 / u128::from(self.limit.micros());
        match u64::try_from(share) {
            Ok(percent @ 80..) => BudgetState::Warning { percent },
            _ => BudgetState::Within,
        }
    }
}

impl BudgetState {
    /// Whether students may start machines.
    ///
    /// # Errors
    /// When they have to wait; the sentence says for what.
    pub fn may_start(self) -> Result<(), WhyNot> {
        match self {
            Self::Held => Err(WhyNot::BudgetSpent),
            Self::Within | Self::Warning { .. } | Self::Beyond => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "cost_tests.rs"]
mod tests;
