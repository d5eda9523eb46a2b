//! Quota, classes, unused machines and money, told as stories.

mod accidents;
mod classes;
mod edits;
mod money;
mod quota;
mod replicas;
mod unused;

use std::time::Duration;

use domain::id::{LabId, MachineId, ScheduleId, UserId};
use domain::machine::{Machine, Power, StopReason};
use domain::meter::Run;
use domain::quota::UsageQuota;
use domain::recurrence::Recurrence;
use domain::schedule::Times;
use domain::time::Timestamp;
use domain::zone::TimeZone;
use service::access::Actor;
use service::machines::Act as Ask;
use service::schedules::NewSchedule;
use service::usage::Usage;

use crate::world::World;

/// Minutes as a length of time.
fn min(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

/// Seconds as a length of time.
fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A lab with one student who has a machine; it is 9 o'clock in the morning, UTC.
struct School {
    world: World,
    grace: Actor,
    ada: Actor,
    lab: LabId,
    user: UserId,
    machine: MachineId,
    nine: Timestamp,
}

impl School {
    /// With so many minutes of quota for everyone.
    async fn new(minutes: i64) -> Self {
        Self::within(World::new().await, minutes).await
    }

    async fn within(world: World, minutes: i64) -> Self {
        let grace = world.owner("Grace").await;
        let lab = world.published(&grace, "Python", 2).await;
        let services = &world.services;
        let quota = UsageQuota::from_seconds(minutes * 60).unwrap();
        services.set_quota(&grace, lab, quota).await.unwrap();
        let (ada, user, machine) = enrol(&world, &grace, lab, "ada@example.org").await;
        let nine = Timestamp::from_micros(1_760_000_400_000_000);
        world.live_until(nine).await;
        Self {
            grace,
            ada,
            lab,
            user,
            machine,
            nine,
            world,
        }
    }

    /// So many minutes after nine.
    fn at(&self, minutes: u64) -> Timestamp {
        self.nine + min(minutes)
    }

    /// Lets time pass until so many minutes after nine.
    async fn until(&self, minutes: u64) {
        self.world.live_until(self.at(minutes)).await;
    }

    async fn ask(&self, who: &Actor, act: Ask) {
        let services = &self.world.services;
        services.act(who, self.machine, act).await.unwrap();
        self.world.keep_up().await;
    }

    async fn row(&self) -> Machine {
        let mut tx = self.world.services.store.read().await.unwrap();
        tx.machine(self.machine).await.unwrap().unwrap()
    }

    async fn runs(&self) -> bool {
        self.row().await.seen.power == Some(Power::On)
    }

    async fn usage(&self) -> Usage {
        let services = &self.world.services;
        services.my_usage(&self.ada, self.machine).await.unwrap()
    }

    /// What was used, to the nearest second.
    async fn used(&self) -> u64 {
        let used = self.usage().await.standing.used;
        (used + Duration::from_millis(500)).as_secs()
    }

    async fn notice(&self) -> Option<String> {
        let notice = self.world.services.notice(self.machine).await.unwrap();
        notice.map(|notice| notice.text)
    }

    /// The last stretch of running.
    async fn last(&self) -> Run {
        self.world.runs_of(self.user).await.pop().unwrap()
    }

    /// That the machine was stopped for this reason, at that instant or within a second.
    #[track_caller]
    fn stopped<'s>(
        &'s self,
        reason: StopReason,
        at: Timestamp,
    ) -> impl Future<Output = ()> + use<'s> {
        let caller = std::panic::Location::caller();
        async move {
            let row = self.row().await;
            assert_eq!(row.seen.power, Some(Power::Off), "{caller}");
            assert_eq!(row.stopped_because, Some(reason), "{caller}");
            let run = self.last().await;
            assert_eq!(run.stop_reason, Some(reason), "{caller}");
            let stopped = run.stopped_at.unwrap();
            let near = stopped >= at && stopped <= at + secs(1);
            assert!(near, "{caller}: stopped at {stopped:?}, due at {at:?}");
            assert_eq!(self.world.watch(self.machine).await, None, "{caller}");
        }
    }

    /// A class from one minute after nine to another, today or on every day as `recurrence` says.
    async fn class(
        &self,
        from: Option<u64>,
        to: Option<u64>,
        recurrence: Recurrence,
    ) -> ScheduleId {
        self.schedule(plan(self.nine, from, to, recurrence)).await
    }

    async fn schedule(&self, new: NewSchedule) -> ScheduleId {
        let services = &self.world.services;
        let made = services.create_schedule(&self.grace, self.lab, new).await;
        made.unwrap()
    }
}

/// A schedule in UTC.
fn plan(
    nine: Timestamp,
    from: Option<u64>,
    to: Option<u64>,
    recurrence: Recurrence,
) -> NewSchedule {
    let utc = TimeZone::utc();
    let clock = |minutes: u64| utc.local(nine + min(minutes));
    let first = from.or(to).map(clock).unwrap();
    NewSchedule {
        name: None,
        group: None,
        times: Times {
            first: first.date(),
            start: from.map(|minutes| clock(minutes).time()),
            stop: to.map(|minutes| clock(minutes).time()),
        },
        recurrence,
        until: None,
        zone: utc,
        prestart_minutes: 0,
        notes: String::new(),
    }
}

/// Lets somebody take part in a lab: who it is, as a user, and with which machine.
async fn enrol(
    world: &World,
    grace: &Actor,
    lab: LabId,
    address: &str,
) -> (Actor, UserId, MachineId) {
    let services = &world.services;
    services.add_users(grace, lab, address).await.unwrap();
    let actor = world.student(address).await;
    let code = world.code(grace, lab).await;
    services.register(&actor, &code, "address").await.unwrap();
    world.keep_up().await;
    let machine = world.machine_of(&actor, lab).await.unwrap();
    (actor, machine.claimed_by.unwrap(), machine.id)
}
