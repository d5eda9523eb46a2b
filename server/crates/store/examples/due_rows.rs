//! Measures how late the timekeeper is: so many machines run in 250 labs, and the quota of each ends
//! at an instant of its own, spread evenly over two minutes.
//!
//! `due_rows DATABASE [ROWS] [SECONDS]`, where the database is empty: `sqlite:FILE`, or the address of a
//! PostgreSQL. Prints one line of JSON: how many were stopped, and how late in milliseconds.

#![expect(
    clippy::unwrap_used,
    reason = "a measurement says by panicking what went wrong"
)]

#[expect(dead_code, reason = "the store's own tests need more of it")]
#[path = "../src/tests/fixtures.rs"]
mod fixtures;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::id::{MachineId, RunId};
use domain::machine::{Cause, MachineKind, Power, StopReason};
use domain::meter::{Run, StartCause};
use domain::quota::UsageQuota;
use domain::time::Timestamp;
use fixtures::{lab, machine, person, registration, secrets, user};
use service::Services;
use service::access::Allowed;
use service::changes::Changes;
use service::clock::{Clock as _, SystemClock, SystemRandom};
use service::directories::Directories;
use service::mail::NoMailer;
use service::store::{Record, Store, Watch};
use service::timekeeper::Timekeeper;
use service::vault::Vault;
use simulator::{Simulator, SimulatorSettings};
use store::{OnOutdated, StoreSettings};

const LABS: u32 = 250;

/// What each student has. Their machines run since so long before they are to be stopped.
const QUOTA: Duration = Duration::from_secs(24 * 3600);

/// When what is due when.
#[derive(Clone, Copy)]
struct Plan {
    rows: u32,
    begin: Timestamp,
    step: Duration,
}

impl Plan {
    /// One row after the other through the labs.
    fn due(self, lab: u32, seat: u32) -> Timestamp {
        self.begin + self.step * ((seat - 1) * LABS + lab - 1)
    }
}

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let address = args.next().expect("which database");
    let rows: u32 = args.next().map_or(100_000, |text| text.parse().unwrap());
    let seconds: u32 = args.next().map_or(120, |text| text.parse().unwrap());
    let settings = match address.strip_prefix("sqlite:") {
        Some(file) => StoreSettings::file(std::path::Path::new(file)),
        None => StoreSettings { url: address },
    };
    let store = store::open(&settings, OnOutdated::Migrate).await.unwrap();
    let plan = Plan {
        rows,
        // Until then the rows are written, and the timekeeper has looked at each for the first time.
        begin: SystemClock.now() + Duration::from_secs(30 + u64::from(rows / 500)),
        step: Duration::from_secs(u64::from(seconds)) / rows,
    };
    fill(&*store, plan).await;
    let due = set_due(&*store, plan).await;

    let random = Arc::new(SystemRandom::default());
    let services = Services {
        store: store.clone(),
        engine: Arc::new(Simulator::new(SimulatorSettings::for_demonstration(
            "bench",
        ))),
        clock: Arc::new(SystemClock),
        random: random.clone(),
        vault: Vault::new(&[7; 32], random),
        changes: Changes::default(),
        mailer: Arc::new(NoMailer),
        public_url: "http://localhost".into(),
        directories: Directories::default(),
    };
    let keeping = tokio::spawn(Timekeeper::new(services, "bench".to_owned()).run());
    let last = due.values().max().copied().unwrap();
    tokio::time::sleep(last.since(SystemClock.now())).await;
    while store
        .read()
        .await
        .unwrap()
        .next_timer()
        .await
        .unwrap()
        .is_some()
    {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    keeping.abort();
    report(&*store, &due).await;
}

/// Writes the labs with their machines, each started by its student so long ago that the quota ends when
/// it is to.
async fn fill(store: &dyn Store, plan: Plan) {
    let mut tx = store.write().await.unwrap();
    tx.insert_person(&person(1, "grace")).await.unwrap();
    tx.commit(Record::Observation).await.unwrap();
    for n in 1..=LABS {
        let mut lab = lab(n);
        lab.time.quota = UsageQuota::from_seconds(i64::try_from(QUOTA.as_secs()).unwrap()).unwrap();
        let handle = Allowed::for_test(lab);
        let mut tx = store.write().await.unwrap();
        tx.insert_lab(&handle, &secrets(), &registration(n))
            .await
            .unwrap();
        for seat in 1..=plan.rows / LABS {
            let number = n * 1000 + seat;
            let student = user(number, n, &format!("s{number}"));
            tx.insert_user(&handle, &student).await.unwrap();
            let mut machine = machine(n, seat);
            machine.claimed_by = Some(student.id);
            machine.wanted.power = Power::On;
            machine.wanted.cause = Cause::Student;
            machine.seen.power = Some(Power::On);
            let machine = Allowed::for_test(machine);
            tx.insert_machine(&machine, None, None).await.unwrap();
            let run = Run {
                id: RunId::new(fixtures::uuid_of(number)),
                machine: machine.id,
                kind: MachineKind::User,
                user: Some(student.id),
                started_at: plan.due(n, seat) - QUOTA,
                stopped_at: None,
                cause: StartCause::Student,
                by: None,
                stop_reason: None,
                stop_minutes: None,
            };
            tx.insert_run(&machine, &run).await.unwrap();
        }
        tx.commit(Record::Observation).await.unwrap();
    }
}

/// Sets when the clock of each machine is to be looked at.
async fn set_due(store: &dyn Store, plan: Plan) -> HashMap<MachineId, Timestamp> {
    let mut due = HashMap::new();
    for seat in 1..=plan.rows / LABS {
        let mut tx = store.write().await.unwrap();
        for n in 1..=LABS {
            let machine = machine(n, seat).id;
            let at = plan.due(n, seat);
            let watch = Watch {
                machine,
                class_begins_at: None,
                last_connect: None,
                last_disconnect: None,
                last_input: None,
                last_busy: None,
                informed_since: plan.begin,
                silent_since: None,
                stay: None,
                measured: None,
            };
            tx.save_watch(&watch, Some(at)).await.unwrap();
            due.insert(machine, at);
        }
        tx.commit(Record::Observation).await.unwrap();
    }
    let slack = plan.begin.since(SystemClock.now());
    assert!(
        !slack.is_zero(),
        "the rows were due before they were written"
    );
    due
}

async fn report(store: &dyn Store, due: &HashMap<MachineId, Timestamp>) {
    let mut tx = store.read().await.unwrap();
    let machines = tx.all_machines().await.unwrap();
    let mut late: Vec<Duration> = machines
        .iter()
        .filter(|m| m.stopped_because == Some(StopReason::QuotaEnd) && m.wanted.power == Power::Off)
        .map(|m| m.wanted.since.since(due[&m.id]))
        .collect();
    let early = machines
        .iter()
        .filter(|m| m.wanted.since < due[&m.id])
        .count();
    late.sort_unstable();
    let stopped = late.len();
    let of = |share: usize| {
        late.get(stopped * share / 100)
            .map_or(0, Duration::as_millis)
    };
    println!(
        r#"{{"rows":{},"stopped":{stopped},"early":{early},"median_ms":{},"p99_ms":{},"worst_ms":{}}}"#,
        due.len(),
        of(50),
        of(99),
        late.last().map_or(0, Duration::as_millis)
    );
}
