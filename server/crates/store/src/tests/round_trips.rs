//! Every field of every row comes back as it went in, for values chosen at random.

use domain::capacity::Capacity;
use domain::credentials::{Accounts, Username};
use domain::lab::{CreateOption, Lab, LabMoney, LabState, LabTime, Remake};
use domain::machine::{
    Cause, Machine, MachineKind, Power, Seen, StopReason, Trouble, TroubleCode, Wanted,
};
use domain::money::Amount;
use domain::name::{Description, Hostname, LabTitle};
use domain::operation::{Operation, OperationKind, OperationStatus};
use domain::quota::UsageQuota;
use domain::shutdown::{AutoShutdown, Delay, DisconnectDelay, EnableState, ShutdownOnIdle};
use domain::size::{SIZES, SizeName};
use domain::time::Timestamp;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use service::access::Allowed;
use service::store::Registration;
use service::vault::Sealed;

use super::fixtures::*;
use super::{Bench, on_both};
use crate::codes::Code;

on_both!(
    labs_come_back,
    machines_come_back,
    operations_come_back,
    registrations_come_back
);

/// How many values of each kind are tried.
const ROUNDS: u32 = 60;

fn any_of<T: Code + std::fmt::Debug>() -> impl Strategy<Value = T> {
    select(T::ALL)
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_micros)
}

fn any_trouble() -> impl Strategy<Value = Option<Trouble>> {
    let parts = (
        any_of::<TroubleCode>(),
        "[^\\x00]{0,80}",
        any::<u32>(),
        any_time(),
        any::<bool>(),
    );
    option::of(
        parts.prop_map(|(code, message, attempts, since, failed)| Trouble {
            code,
            message,
            attempts,
            since,
            failed,
        }),
    )
}

pub(super) fn any_shutdown() -> impl Strategy<Value = AutoShutdown> {
    let state = || select(&[EnableState::Enabled, EnableState::Disabled][..]);
    (
        (state(), 0..=59u32),
        (state(), 1..=59u32),
        (any_of::<ShutdownOnIdle>(), 1..=59u32),
    )
        .prop_map(|(disconnect, no_connect, idle)| AutoShutdown {
            shutdown_on_disconnect: disconnect.0,
            disconnect_delay: DisconnectDelay::new("", disconnect.1).unwrap(),
            shutdown_when_not_connected: no_connect.0,
            no_connect_delay: Delay::new("", no_connect.1).unwrap(),
            shutdown_on_idle: idle.0,
            idle_delay: Delay::new("", idle.1).unwrap(),
        })
}

fn any_lab(n: u32) -> impl Strategy<Value = Lab> {
    let texts = (
        "[^\\p{C}]{0,60}[a-z]",
        "[^\\x00-\\x1f\\p{C}]{0,200}",
        select(&SIZES[..]),
    );
    let choices = (
        any_of::<CreateOption>(),
        any_of::<LabState>(),
        any_of::<Remake>(),
        option::of("[a-z_][a-z0-9_-]{4,19}"),
        any::<(bool, bool, bool)>(),
    );
    let numbers = (0..=400u32, any::<u32>(), any::<u32>());
    let time = (
        0..=35_996_400_i64,
        any_shutdown(),
        option::of(0..u64::from(u32::MAX)),
        any::<bool>(),
    );
    let times = (any_time(), option::of(any_time()), any_trouble());
    (texts, choices, numbers, times, time).prop_map(
        move |(
            (title, description, size),
            (create_option, state, remake, account, flags),
            (seats, wanted_generation, published_generation),
            (created_at, published_at, trouble),
            (quota, shutdown, budget, go_on),
        )| Lab {
            title: LabTitle::parse(&title).unwrap(),
            description: Description::parse(&description).unwrap(),
            size: SizeName::parse(size.name).unwrap(),
            create_option,
            accounts: Accounts {
                non_admin: account.and_then(|name| Username::parse("username", &name).ok()),
                shared_password: flags.0,
                ..lab(n).accounts
            },
            capacity: Capacity::new(seats).unwrap(),
            state,
            wanted_generation,
            published_generation,
            remake,
            open_access: flags.1,
            deleting: flags.2,
            trouble,
            created_at,
            published_at,
            time: LabTime {
                quota: UsageQuota::from_seconds(quota).unwrap(),
                shutdown,
            },
            money: LabMoney {
                budget: budget.map(Amount::from_micros),
                go_on,
                ..lab(n).money
            },
            ..lab(n)
        },
    )
}

fn any_machine(seat: u32) -> impl Strategy<Value = Machine> {
    let wanted = (
        any::<bool>(),
        any::<u32>(),
        any_of::<Power>(),
        any::<u32>(),
        any_time(),
        option::of(0..9u32),
        any_of::<Cause>(),
        option::of(0..9u32),
    )
        .prop_map(
            |(present, build, power, credentials, since, by, cause, schedule)| Wanted {
                present,
                build,
                power,
                credentials,
                since,
                by: by.map(person_id),
                cause,
                schedule: schedule.map(schedule_id),
            },
        );
    let seen = (
        option::of(any::<u32>()),
        any::<u32>(),
        option::of(any_of::<Power>()),
        any::<u32>(),
        option::of("[0-9a-f.:]{1,40}"),
        option::of(any_time()),
    )
        .prop_map(
            |(build, generation, power, credentials, address, at)| Seen {
                build,
                generation,
                power,
                credentials,
                address,
                at,
            },
        );
    let rest = (
        any::<bool>(),
        option::of(any_of::<StopReason>()),
        any_trouble(),
    );
    (wanted, seen, rest).prop_map(move |(wanted, seen, (claimed, stopped_because, trouble))| {
        Machine {
            claimed_by: (claimed && seat > 0).then(|| user_id(seat)),
            hostname: Hostname::parse(&format!("host-{seat}")).unwrap(),
            wanted,
            seen,
            stopped_because,
            trouble,
            ..machine(1, seat)
        }
    })
}

fn any_operation(n: u32) -> impl Strategy<Value = Operation> {
    let parts = (
        any_of::<OperationKind>(),
        any_of::<OperationStatus>(),
        any::<(u32, u32)>(),
        option::of("[^\\x00]{0,80}"),
        option::of(0..9u32),
        option::of(0..9u32),
        any_time(),
        option::of(any_time()),
    );
    parts.prop_map(
        move |(kind, status, (done, total), error, machine, by, started_at, ended_at)| Operation {
            kind,
            machine: machine.map(machine_id),
            status,
            done,
            total,
            error,
            by: by.map(person_id),
            started_at,
            ended_at,
            ..operation(n, 1)
        },
    )
}

/// A value, the same on every run.
fn sample<T: std::fmt::Debug>(runner: &mut TestRunner, strategy: impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).unwrap().current()
}

async fn labs_come_back(bench: Bench) {
    people(&*bench.store).await;
    let mut runner = TestRunner::deterministic();
    let mut tx = bench.store.write().await.unwrap();
    for n in 1..=ROUNDS {
        let inserted = sample(&mut runner, any_lab(n));
        insert_lab(&mut *tx, &inserted).await;
        assert_eq!(tx.lab(inserted.id).await.unwrap().as_ref(), Some(&inserted));
        let changed = Lab {
            // These never change.
            size: inserted.size,
            create_option: inserted.create_option,
            created_at: inserted.created_at,
            accounts: inserted.accounts.clone(),
            ..sample(&mut runner, any_lab(n))
        };
        tx.save_lab(&Allowed::for_test(changed.clone()), None)
            .await
            .unwrap();
        assert_eq!(tx.lab(changed.id).await.unwrap(), Some(changed));
    }
    commit(tx).await;
}

async fn machines_come_back(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let mut runner = TestRunner::deterministic();
    let mut tx = bench.store.write().await.unwrap();
    tx.remove_machine(&Allowed::for_test(machine(1, 0)))
        .await
        .unwrap();
    for seat in 0..ROUNDS {
        tx.insert_user(&handle(), &user(seat, 1, &format!("student{seat}")))
            .await
            .unwrap();
        let inserted = sample(&mut runner, any_machine(seat));
        insert_machine(&mut *tx, &inserted, None).await;
        assert_eq!(
            tx.machine(inserted.id).await.unwrap().as_ref(),
            Some(&inserted)
        );
        let changed = sample(&mut runner, any_machine(seat));
        save_machine(&mut *tx, &changed, Some(at(1))).await;
        assert_eq!(tx.machine(changed.id).await.unwrap(), Some(changed));
    }
    commit(tx).await;
}

async fn operations_come_back(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let mut runner = TestRunner::deterministic();
    let mut tx = bench.store.write().await.unwrap();
    for n in 1..=ROUNDS {
        let inserted = sample(&mut runner, any_operation(n));
        tx.insert_operation(&inserted).await.unwrap();
        assert_eq!(tx.operation(inserted.id).await.unwrap(), Some(inserted));
    }
    commit(tx).await;
}

async fn registrations_come_back(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let mut runner = TestRunner::deterministic();
    let mut tx = bench.store.write().await.unwrap();
    for n in 1..=ROUNDS {
        let parts = (
            any::<Vec<u8>>(),
            any::<bool>(),
            option::of(any_time()),
            option::of(any::<u32>()),
        );
        let (code, enabled, expires_at, uses_left) = sample(&mut runner, parts);
        let link = Registration {
            code: Sealed::from_bytes(code),
            code_hash: format!("hash {n}"),
            enabled,
            expires_at,
            uses_left,
        };
        tx.set_registration(&handle(), &link).await.unwrap();
        assert_eq!(tx.registration(lab_id(1)).await.unwrap(), Some(link));
    }
    commit(tx).await;
}

#[test]
fn every_word_leads_back_to_its_choice() {
    fn all<T: Code + PartialEq + std::fmt::Debug>() {
        for choice in T::ALL {
            assert_eq!(T::from_code(choice.code()), Some(*choice));
        }
        assert_eq!(T::from_code("Nothing"), None);
    }
    all::<CreateOption>();
    all::<LabState>();
    all::<Remake>();
    all::<MachineKind>();
    all::<Power>();
    all::<Cause>();
    all::<StopReason>();
    all::<TroubleCode>();
    all::<OperationKind>();
    all::<OperationStatus>();
    all::<domain::role::Role>();
}
