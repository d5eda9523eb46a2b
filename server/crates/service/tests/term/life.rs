//! One term: who there is, the process or the two that live, and time, from one instant to the next.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use domain::id::{ConnectionId, GroupId, HolidayId, LabId, MachineId, ResetId, ScheduleId, UserId};
use domain::machine::Machine;
use domain::shutdown::{AutoShutdown, ShutdownOnIdle};
use domain::time::Timestamp;
use service::access::Actor;
use service::reconcile::{Pace, Reconciler};
use service::store::Record as Written;
use service::timekeeper::Timekeeper;
use simulator::Act;

use crate::oracle::Classes;
use crate::record::Record;
use crate::table::Row;
use crate::world::{Dice, World, soon};

/// How often it is measured what machines do, while somebody does.
pub(crate) const MEASURE: Duration = Duration::from_secs(50);

/// A lab, as the test knows it.
pub(crate) struct Lab {
    pub id: LabId,
    pub classes: Classes,
    pub groups: Vec<(GroupId, Option<i64>)>,
    pub schedules: BTreeMap<ScheduleId, usize>,
    pub off: Vec<(HolidayId, usize)>,
    pub quota: i64,
    pub shutdown: AutoShutdown,
    /// When somebody last changed what anyone may use.
    pub edited: i64,
}

/// A student, as the test knows them.
pub(crate) struct Student {
    pub actor: Actor,
    pub lab: usize,
    pub user: UserId,
    pub machine: MachineId,
    pub group: Option<GroupId>,
    pub additional: i64,
    pub resets: Vec<(ResetId, i64, bool)>,
}

/// A process.
struct Process {
    timekeeper: Timekeeper,
    reconciler: Reconciler,
}

pub(crate) struct Life {
    pub world: World,
    pub seed: u64,
    pub dice: Dice,
    pub postgres: bool,
    pub grace: Actor,
    pub labs: Vec<Lab>,
    pub students: Vec<Student>,
    pub record: Record,
    pub connections: Vec<(ConnectionId, MachineId)>,
    pub rows: HashMap<MachineId, Machine>,
    /// Up to when all that was due has been done.
    pub done_to: i64,
    pub begins: Timestamp,
    pub ends: Timestamp,
    /// Until when the engine does not answer, while it does not.
    pub away: Option<Timestamp>,
    pub story: Vec<String>,
    pub violations: Vec<String>,
    pub steps: u64,
    pub crashes: u64,
    pub faults: u64,
    pub number: u64,
    pub measures_until: Timestamp,
    next_measure: Timestamp,
    next_click: Timestamp,
    processes: Vec<Process>,
}

impl Life {
    pub async fn new(seed: u64, postgres: bool) -> Self {
        let world = if postgres {
            World::on_postgres().await
        } else {
            World::new().await
        };
        // Half of the terms hold autumn's changes of the clocks, half spring's.
        if seed.is_multiple_of(2) {
            world
                .clock
                .move_to(Timestamp::from_micros(1_772_438_400_000_000));
        }
        let grace = world.owner("Grace").await;
        let now = world.time();
        // Both changes of the clocks lie within six weeks; a PostgreSQL has more to do for each step.
        let weeks = if postgres { 3 } else { 6 };
        let mut life = Self {
            dice: Dice::new(seed),
            seed,
            postgres,
            grace,
            labs: Vec::new(),
            students: Vec::new(),
            record: Record::default(),
            connections: Vec::new(),
            rows: HashMap::new(),
            done_to: 0,
            begins: now,
            ends: now + Duration::from_secs(weeks * 7 * 24 * 3600),
            away: None,
            story: Vec::new(),
            violations: Vec::new(),
            steps: 0,
            crashes: 0,
            faults: 0,
            number: 0,
            measures_until: now,
            next_measure: now,
            next_click: now,
            processes: Vec::new(),
            world,
        };
        life.begin_processes();
        life.found_the_school().await;
        life
    }

    pub fn now(&self) -> i64 {
        self.world.time().micros()
    }

    pub fn tell(&mut self, what: String) {
        let at = domain::zone::TimeZone::utc().local(self.world.time());
        self.story.push(format!("{at} {what}"));
    }

    pub fn begin_processes(&mut self) {
        self.number += 1;
        let services = &self.world.services;
        let pace = Pace { heavy: 1, light: 1 };
        self.processes = (0..=usize::from(self.postgres))
            .map(|n| {
                let holder = format!("process {}.{n}", self.number);
                Process {
                    timekeeper: Timekeeper::new(services.clone(), holder.clone()),
                    reconciler: Reconciler::new(services.clone(), pace, holder),
                }
            })
            .collect();
    }

    pub fn gateway(&self) -> String {
        self.processes[0].timekeeper.gateway().to_string()
    }

    /// Lives through the term.
    pub async fn term(&mut self) {
        self.look().await;
        while self.world.time() < self.ends && self.violations.is_empty() {
            self.step().await;
        }
        // After a violation too: the sums tell the reader more.
        self.check_usage().await;
        self.check_runs().await;
    }

    async fn step(&mut self) {
        self.steps += 1;
        let mut next = self.next_click;
        let due = self.world.next_instant().await;
        next = due.into_iter().fold(next, Timestamp::min);
        let happens = self.world.sim.next_happening();
        next = happens.into_iter().fold(next, Timestamp::min);
        let measures = self.world.time() < self.measures_until && self.someone_runs();
        if measures {
            next = next.min(self.next_measure);
        }
        self.world.clock.move_to(next);
        if measures && self.next_measure <= self.world.time() {
            self.measure().await;
        }
        if happens.is_some_and(|at| at <= self.world.time()) {
            self.happened().await;
        }
        self.keep_up().await;
        self.check().await;
        if self.next_click <= self.world.time() && self.violations.is_empty() {
            self.someone_does_something().await;
            self.keep_up().await;
            self.check().await;
            let pause = self.pause();
            self.next_click = self.world.time() + pause;
        }
        if self.steps.is_multiple_of(400) {
            self.check_usage().await;
        }
    }

    /// People do much by day and little by night.
    fn pause(&self) -> Duration {
        let hour = domain::zone::TimeZone::utc()
            .local(self.world.time())
            .hour();
        let most = if (6..20).contains(&hour) {
            3600
        } else {
            14_000
        };
        Duration::from_millis(self.dice.roll() % (most * 1000) + 1)
    }

    pub fn someone_runs(&self) -> bool {
        self.record.machines.values().any(crate::record::Own::runs)
    }

    pub async fn measure(&mut self) {
        self.look().await;
        for process in &self.processes {
            soon(process.timekeeper.measure()).await.unwrap();
        }
        let now = self.now();
        if self.away.is_none() {
            for (machine, own) in &mut self.record.machines {
                // People inside are asked for only where a rule wants to know.
                let student = self.students.iter().find(|s| s.machine == *machine);
                let asked = student.is_some_and(|student| {
                    let rules = self.labs[student.lab].shutdown;
                    rules.shutdown_on_idle != ShutdownOnIdle::None
                });
                if own.runs() && (own.silent.is_none() || !asked) {
                    own.heard = now;
                }
                if own.busy {
                    own.last_busy = Some(now);
                }
            }
        }
        self.next_measure = self.world.time() + MEASURE;
    }

    /// Does all that is due, with every process there is.
    pub async fn keep_up(&mut self) {
        for round in 0.. {
            self.work().await;
            let now = self.world.time();
            if self.world.next_instant().await.is_none_or(|due| due > now) {
                break;
            }
            if round > 60 {
                let next = self.world.next_instant().await;
                self.violations
                    .push(format!("stuck: due {next:?}, now {now:?}"));
                break;
            }
        }
        self.look().await;
    }

    async fn work(&self) {
        let keeping = self.processes.iter().map(|p| p.timekeeper.keep_up());
        for kept in soon(futures::future::join_all(keeping)).await {
            kept.unwrap();
        }
        let settling = self.processes.iter().map(|p| p.reconciler.settle());
        for settled in soon(futures::future::join_all(settling)).await {
            settled.unwrap();
        }
    }

    /// The processes die after so many steps of their work, and the next live later.
    pub async fn die(&mut self, steps: i64, down: Duration) {
        self.world.fuse.set(steps);
        tokio::select! {
            () = self.world.fuse.blown() => {}
            () = self.work() => {}
        }
        self.world.fuse.mend();
        let died = self.world.time();
        self.world.clock.advance(down);
        self.crashes += 1;
        self.begin_processes();
        if self.postgres {
            // The leases of the dead run out by themselves.
            self.world.clock.advance(crate::world::A_WHILE);
        } else {
            let mut tx = self.world.services.store.write().await.unwrap();
            tx.release_all().await.unwrap();
            tx.commit(Written::Observation).await.unwrap();
        }
        let woke = self.world.time();
        self.record.gap(died, woke);
        for process in &self.processes {
            soon(process.timekeeper.wake_up()).await.unwrap();
        }
        let now = self.now();
        self.record.informed = now;
        for (_, machine) in std::mem::take(&mut self.connections) {
            let own = self.record.own(machine);
            own.open = 0;
            own.last_disconnect = Some(now);
        }
        self.world.sim.catch_up();
        drop(self.processes[0].reconciler.sweep().await);
    }

    /// The engine tells of something, or the sweep finds it.
    pub async fn happened(&mut self) {
        self.world.sim.catch_up();
        drop(self.processes[0].reconciler.sweep().await);
    }

    /// Takes in what the engine did, and who is cut off by that.
    pub async fn look(&mut self) {
        if self.away.is_some_and(|back| back <= self.world.time()) {
            self.away = None;
        }
        let changes = self.world.sim.power_changes(self.record.taken);
        self.record.take(&changes);
        let mut cut = Vec::new();
        let record = &self.record;
        self.connections.retain(|(id, machine)| {
            let stays = record.machines.get(machine).is_some_and(|own| own.runs());
            if !stays {
                cut.push((*id, *machine));
            }
            stays
        });
        for (id, machine) in cut {
            let now = self.now();
            let own = self.record.own(machine);
            own.open = 0;
            own.last_disconnect = Some(now);
            self.world.services.disconnected(id).await.unwrap();
        }
    }

    pub fn row(&self) -> Row {
        let lived = self.world.time().since(self.begins).as_secs_f64();
        Row {
            seed: self.seed,
            postgres: self.postgres,
            weeks: lived / (7.0 * 24.0 * 3600.0),
            steps: self.steps,
            starts: self.world.sim.effects(Act::Start),
            stops: self.world.sim.effects(Act::Stop),
            crashes: self.crashes,
            faults: self.faults,
            violations: self.violations.len(),
            seconds: 0.0,
        }
    }

    pub async fn end(self) {
        let Self {
            world, processes, ..
        } = self;
        drop(processes);
        world.end().await;
    }
}
