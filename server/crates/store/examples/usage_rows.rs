//! Measures what the Users page needs: the usage of 400 users with 100 stretches of running each, in a
//! lab with two classes a week, through the use case that the page calls.
//!
//! `usage_rows DATABASE`, where the database is empty: `sqlite:FILE`, or the address of a PostgreSQL.
//! Prints one line of JSON: the median of 20 times, in milliseconds.

#![expect(
    clippy::unwrap_used,
    reason = "a measurement says by panicking what went wrong"
)]

#[expect(dead_code, reason = "the store's own tests need more of it")]
#[path = "../src/tests/fixtures.rs"]
mod fixtures;

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::civil::{Time, Weekday};
use domain::id::RunId;
use domain::machine::{MachineKind, StopReason};
use domain::meter::{Run, StartCause};
use domain::recurrence::{Interval, Recurrence, WeekDays};
use domain::role::{Grant, Role, Scope};
use domain::schedule::Times;
use domain::zone::TimeZone;
use fixtures::{at, lab, lab_id, machine, person, registration, secrets, user};
use service::Services;
use service::access::{Actor, Allowed};
use service::changes::Changes;
use service::clock::{Clock as _, SystemClock, SystemRandom};
use service::directories::Directories;
use service::mail::NoMailer;
use service::schedules::NewSchedule;
use service::store::{Record, Registration, Store};
use service::vault::Vault;
use simulator::{Simulator, SimulatorSettings};
use store::{OnOutdated, StoreSettings};

const USERS: u32 = 400;
const RUNS: u32 = 100;

#[tokio::main]
async fn main() {
    let address = std::env::args().nth(1).expect("which database");
    let settings = match address.strip_prefix("sqlite:") {
        Some(file) => StoreSettings::file(std::path::Path::new(file)),
        None => StoreSettings { url: address },
    };
    let store = store::open(&settings, OnOutdated::Migrate).await.unwrap();
    let random = Arc::new(SystemRandom::default());
    let services = Services {
        store: store.clone(),
        engine: Arc::new(Simulator::new(SimulatorSettings::for_tests("bench"))),
        clock: Arc::new(SystemClock),
        random: random.clone(),
        vault: Vault::new(&[7; 32], random),
        changes: Changes::default(),
        mailer: Arc::new(NoMailer),
        public_url: "http://localhost".into(),
        directories: Directories::default(),
    };
    let grace = person(1, "grace");
    let owner = Grant {
        role: Role::Owner,
        scope: Scope::Organisation,
    };
    let actor = Actor {
        person: grace.id,
        email: grace.email.clone(),
        name: grace.name.clone(),
        grants: vec![owner],
        read_only: false,
        from: String::new(),
    };
    fill(&*store, &services.vault).await;
    let day = TimeZone::utc().date(SystemClock.now() - Duration::from_secs(120 * 86_400));
    let class = NewSchedule {
        name: None,
        group: None,
        times: Times {
            first: day,
            start: Some(Time::constant(9, 0, 0, 0)),
            stop: Some(Time::constant(11, 0, 0, 0)),
        },
        recurrence: Recurrence::Weekly {
            interval: Interval::new(1).unwrap(),
            days: WeekDays::new([Weekday::Monday, Weekday::Thursday]).unwrap(),
        },
        until: None,
        zone: TimeZone::parse("Europe/Berlin").unwrap(),
        prestart_minutes: 0,
        notes: String::new(),
    };
    services
        .create_schedule(&actor, lab_id(1), class)
        .await
        .unwrap();
    let usage = async || {
        let began = Instant::now();
        let users = services.lab_detail(&actor, lab_id(1)).await.unwrap();
        assert_eq!(users.usage.users.len(), USERS as usize);
        began.elapsed()
    };
    let mut times = Vec::new();
    for _ in 0..20 {
        times.push(usage().await);
    }
    times.sort_unstable();
    println!(
        r#"{{"users":{USERS},"runs":{},"median_ms":{:.1},"worst_ms":{:.1}}}"#,
        USERS * RUNS,
        times[10].as_secs_f64() * 1000.0,
        times[19].as_secs_f64() * 1000.0
    );
}

async fn fill(store: &dyn Store, vault: &Vault) {
    let mut tx = store.write().await.unwrap();
    tx.insert_person(&person(1, "grace")).await.unwrap();
    let handle = Allowed::for_test(lab(1));
    let link = Registration {
        code: vault.seal("registration-code", "code"),
        ..registration(1)
    };
    tx.insert_lab(&handle, &secrets(), &link).await.unwrap();
    let begin = SystemClock.now() - Duration::from_secs(110 * 86_400);
    for n in 1..=USERS {
        let student = user(n, 1, &format!("s{n}"));
        tx.insert_user(&handle, &student).await.unwrap();
        let mut machine = machine(1, n);
        machine.claimed_by = Some(student.id);
        let machine = Allowed::for_test(machine);
        tx.insert_machine(&machine, None, None).await.unwrap();
        for day in 0..RUNS {
            let started_at = begin + Duration::from_secs(u64::from(day * 86_400 + n * 60));
            let run = Run {
                id: RunId::new(fixtures::uuid_of(n * 1000 + day)),
                machine: machine.id,
                kind: MachineKind::User,
                user: Some(student.id),
                started_at,
                stopped_at: Some(started_at + Duration::from_secs(5400)),
                cause: StartCause::Student,
                by: None,
                stop_reason: Some(StopReason::Student),
                stop_minutes: None,
            };
            tx.insert_run(&machine, &run).await.unwrap();
        }
    }
    tx.commit(Record::Observation).await.unwrap();
    assert!(at(0) < begin);
}
