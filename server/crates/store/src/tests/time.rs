//! Time and money: what is written comes back, versions and intervals keep their order, and what is
//! due is found.

use std::time::Duration;

use domain::civil::{parse_date, parse_time};
use domain::group::{Group, GroupName};
use domain::holiday::Holiday;
use domain::id::{ConnectionId, GroupId, HolidayId, ResetId, RunId};
use domain::machine::{MachineKind, StopReason};
use domain::meter::{Reset, Run, StartCause, Undone};
use domain::money::{Amount, Currency, Price, StoragePrice};
use domain::plan::Plan;
use domain::quota::UsageQuota;
use domain::recurrence::{Interval, Recurrence, WeekDays};
use domain::schedule::{Draft, Schedule, Times};
use domain::shutdown::AutoShutdown;
use domain::size::SizeName;
use domain::version::Version;
use domain::zone::TimeZone;
use service::access::Allowed;
use service::store::{Measured, Standing, Watch};

use super::fixtures::*;
use super::{Bench, on_both};

on_both!(
    the_usual_plan_is_there_and_changes,
    a_group_is_named_once_and_left_by_its_users,
    a_changed_schedule_keeps_its_past,
    days_without_class_are_the_plans_and_the_labs,
    a_machine_is_in_one_stretch_of_running_at_most,
    a_reset_is_undone_once,
    a_watch_is_due_when_it_is_nudged,
    a_lost_gateway_takes_its_connections_along,
);

async fn the_usual_plan_is_there_and_changes(bench: Bench) {
    let mut tx = bench.store.write().await.unwrap();
    let plan = tx.plan(Plan::DEFAULT).await.unwrap().unwrap();
    assert_eq!(
        (plan.name.as_str(), plan.shutdown),
        ("default", AutoShutdown::PROPOSED)
    );
    let changed = Plan {
        currency: Currency::parse("CHF").unwrap(),
        prices: vec![(
            SizeName::parse("Basic_1_1GB_8").unwrap(),
            Price::from_micros(120_000),
        )],
        storage_price: StoragePrice::from_micros(5),
        budget: Some(Amount::from_micros(1)),
        go_on: true,
        shutdown: AutoShutdown::OFF,
        ..plan
    };
    tx.save_plan(&Allowed::for_test(changed.clone()))
        .await
        .unwrap();
    assert_eq!(tx.plans().await.unwrap(), vec![changed.clone()]);
    tx.save_plan(&Allowed::for_test(changed.clone()))
        .await
        .unwrap();
    assert_eq!(tx.plan(Plan::DEFAULT).await.unwrap(), Some(changed));
    commit(tx).await;
}

async fn a_group_is_named_once_and_left_by_its_users(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let handle = Allowed::for_test(lab(1));
    let group = Group {
        id: GroupId::new(uuid_of(1)),
        lab: lab_id(1),
        name: GroupName::parse("Evening").unwrap(),
        quota: Some(UsageQuota::DEFAULT),
    };
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_group(&handle, &group).await.unwrap();
    let member = domain::user::User {
        group: Some(group.id),
        ..user(9, 1, "kay")
    };
    tx.insert_user(&handle, &member).await.unwrap();
    assert_eq!(tx.user(member.id).await.unwrap(), Some(member.clone()));
    assert_eq!(tx.groups(lab_id(1)).await.unwrap(), vec![group.clone()]);
    tx.remove_group(&handle, group.id).await.unwrap();
    assert_eq!(tx.user(member.id).await.unwrap().unwrap().group, None);
    tx.insert_group(&handle, &group).await.unwrap();
    commit(tx).await;

    let mut tx = bench.store.write().await.unwrap();
    let twin = Group {
        id: GroupId::new(uuid_of(2)),
        name: GroupName::parse("EVENING").unwrap(),
        ..group
    };
    let refused = sentence(tx.insert_group(&handle, &twin).await);
    assert!(
        refused.contains("a group with this name already"),
        "{refused}"
    );
}

fn class(days: &[&str], start: &str) -> Schedule {
    let draft = Draft {
        id: schedule_id(1),
        lab: lab_id(1),
        group: Some(GroupId::new(uuid_of(7))),
        times: Times {
            first: parse_date("startAt", "2026-03-02").unwrap(),
            start: Some(parse_time("startAt", start).unwrap()),
            stop: Some(parse_time("stopAt", "12:30").unwrap()),
        },
        recurrence: Recurrence::Weekly {
            interval: Interval::new(2).unwrap(),
            days: WeekDays::parse(days.iter().copied()).unwrap(),
        },
        until: Some(parse_date("until", "2026-07-31").unwrap()),
        zone: TimeZone::parse("Europe/Zurich").unwrap(),
        prestart_minutes: 15,
        notes: "Bring a pencil.".to_owned(),
    };
    draft.check().unwrap()
}

async fn a_changed_schedule_keeps_its_past(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let handle = Allowed::for_test(lab(1));
    let (before, after) = (
        class(&["Monday", "Sunday"], "10:15"),
        class(&["Friday"], "09:00"),
    );
    let first = Standing {
        name: None,
        schedule: before.clone(),
        version: 1,
        since: at(10),
        done_to: at(10),
        due: Some(at(100)),
    };
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_standing(&handle, &first).await.unwrap();
    assert_eq!(tx.due_schedules(at(99), 9).await.unwrap(), vec![]);
    assert_eq!(
        tx.due_schedules(at(100), 9).await.unwrap(),
        vec![(lab_id(1), schedule_id(1))]
    );
    assert_eq!(tx.next_timer().await.unwrap(), Some(at(100)));
    tx.note_schedule(schedule_id(1), at(100), Some(at(200)))
        .await
        .unwrap();
    tx.end_standing(&handle, schedule_id(1), at(150))
        .await
        .unwrap();
    let second = Standing {
        name: None,
        schedule: after.clone(),
        version: 2,
        since: at(150),
        done_to: at(150),
        due: None,
    };
    tx.insert_standing(&handle, &second).await.unwrap();
    assert_eq!(
        tx.standing(schedule_id(1)).await.unwrap(),
        Some(second.clone())
    );
    assert_eq!(
        tx.standing_schedules(lab_id(1)).await.unwrap(),
        vec![second]
    );
    assert_eq!(tx.next_timer().await.unwrap(), None);
    let versions = tx.schedules(lab_id(1)).await.unwrap();
    assert_eq!(
        versions,
        vec![
            Version {
                value: before,
                from: at(10),
                to: Some(at(150))
            },
            Version::since(at(150), after),
        ]
    );
    commit(tx).await;
}

async fn days_without_class_are_the_plans_and_the_labs(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let handle = Allowed::for_test(lab(1));
    let mut tx = bench.store.write().await.unwrap();
    let plan = Allowed::for_test(tx.plan(Plan::DEFAULT).await.unwrap().unwrap());
    let day = |date: &str| {
        let date = parse_date("date", date).unwrap();
        Version::since(at(1), Holiday::new(date, "Free").unwrap())
    };
    let (ours, theirs) = (HolidayId::new(uuid_of(1)), HolidayId::new(uuid_of(2)));
    tx.insert_lab_holiday(&handle, ours, &day("2026-05-01"))
        .await
        .unwrap();
    tx.insert_plan_holiday(&plan, theirs, &day("2026-12-25"))
        .await
        .unwrap();
    let all = tx.holidays(lab_id(1)).await.unwrap();
    assert_eq!(
        all.iter().map(|h| (h.id, h.of_plan)).collect::<Vec<_>>(),
        vec![(ours, false), (theirs, true)]
    );
    assert!(!tx.end_lab_holiday(&handle, theirs, at(5)).await.unwrap());
    assert!(tx.end_lab_holiday(&handle, ours, at(5)).await.unwrap());
    assert!(!tx.end_lab_holiday(&handle, ours, at(6)).await.unwrap());
    assert_eq!(
        tx.holidays(lab_id(1)).await.unwrap()[0].version.to,
        Some(at(5))
    );
    assert!(tx.end_plan_holiday(&plan, theirs, at(5)).await.unwrap());
    assert_eq!(tx.holidays_of_plan(Plan::DEFAULT).await.unwrap().len(), 1);
    commit(tx).await;
}

fn run(n: u32, started: i64) -> Run {
    Run {
        id: RunId::new(uuid_of(n)),
        machine: machine(1, 1).id,
        kind: MachineKind::User,
        user: Some(user_id(3)),
        started_at: at(started),
        stopped_at: None,
        cause: StartCause::Schedule,
        by: Some(person_id(2)),
        stop_reason: None,
        stop_minutes: None,
    }
}

async fn a_machine_is_in_one_stretch_of_running_at_most(bench: Bench) {
    lab_with_seats(&*bench.store, 1).await;
    let handle = Allowed::for_test(machine(1, 1));
    let ended = Run {
        stopped_at: Some(at(20)),
        stop_reason: Some(StopReason::NotConnected),
        stop_minutes: Some(15),
        ..run(1, 10)
    };
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_run(&handle, &run(1, 10)).await.unwrap();
    assert_eq!(tx.open_run(handle.id).await.unwrap(), Some(run(1, 10)));
    tx.end_run(&handle, &ended).await.unwrap();
    assert_eq!(tx.open_run(handle.id).await.unwrap(), None);
    tx.insert_run(&handle, &run(2, 30)).await.unwrap();
    assert_eq!(
        tx.runs_of_user(user_id(3)).await.unwrap(),
        vec![ended.clone(), run(2, 30)]
    );
    assert_eq!(
        tx.latest_runs(lab_id(1), 9).await.unwrap(),
        vec![run(2, 30), ended]
    );
    assert_eq!(
        tx.latest_runs(lab_id(1), 1).await.unwrap(),
        vec![run(2, 30)]
    );
    commit(tx).await;

    let mut tx = bench.store.write().await.unwrap();
    let refused = sentence(tx.insert_run(&handle, &run(3, 40)).await);
    assert!(refused.contains("running already"), "{refused}");
}

async fn a_reset_is_undone_once(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let handle = Allowed::for_test(lab(1));
    let reset = Reset {
        id: ResetId::new(uuid_of(1)),
        at: at(5),
        made_at: at(9),
        by: person_id(1),
        undone: None,
    };
    let undone = Undone {
        at: at(12),
        by: person_id(2),
    };
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_user(&handle, &user(9, 1, "kay")).await.unwrap();
    tx.insert_reset(&handle, user_id(9), &reset).await.unwrap();
    assert_eq!(
        tx.resets_of_user(user_id(9)).await.unwrap(),
        vec![reset.clone()]
    );
    assert!(
        !tx.undo_reset(&handle, user_id(8), reset.id, undone)
            .await
            .unwrap()
    );
    assert!(
        tx.undo_reset(&handle, user_id(9), reset.id, undone)
            .await
            .unwrap()
    );
    assert!(
        !tx.undo_reset(&handle, user_id(9), reset.id, undone)
            .await
            .unwrap()
    );
    let rows = tx.resets_of_lab(lab_id(1)).await.unwrap();
    assert_eq!(
        (rows[0].user, rows[0].reset.undone),
        (user_id(9), Some(undone))
    );
    commit(tx).await;
}

async fn a_watch_is_due_when_it_is_nudged(bench: Bench) {
    lab_with_seats(&*bench.store, 2).await;
    let one = machine(1, 1).id;
    let watch = Watch {
        machine: one,
        class_begins_at: Some(at(1)),
        last_connect: Some(at(2)),
        last_disconnect: Some(at(3)),
        last_input: Some(at(4)),
        last_busy: Some(at(5)),
        informed_since: at(6),
        silent_since: Some(at(7)),
        stay: Some(at(8)),
        measured: Some(Measured {
            cpu: Duration::from_micros(1_234_567),
            disk: None,
            at: at(9),
        }),
    };
    let mut tx = bench.store.write().await.unwrap();
    tx.save_watch(&watch, Some(at(50))).await.unwrap();
    assert_eq!(tx.watch(one).await.unwrap(), Some(watch.clone()));
    assert_eq!(tx.watched().await.unwrap()[0].machine, one);
    assert_eq!(tx.due_watches(at(49), 9).await.unwrap(), vec![]);
    assert_eq!(
        tx.due_watches(at(50), 9).await.unwrap(),
        vec![(lab_id(1), one)]
    );
    assert!(!tx.watch_is_due(one, at(49)).await.unwrap());
    assert!(tx.watch_is_due(one, at(50)).await.unwrap());
    tx.nudge_watch(one, at(60)).await.unwrap();
    assert_eq!(tx.next_timer().await.unwrap(), Some(at(50)));
    tx.nudge_watches(lab_id(1), at(40)).await.unwrap();
    assert_eq!(tx.next_timer().await.unwrap(), Some(at(40)));
    tx.save_watch(&watch, None).await.unwrap();
    assert_eq!(tx.next_timer().await.unwrap(), None);
    tx.remove_watch(one).await.unwrap();
    assert_eq!(tx.watch(one).await.unwrap(), None);
    commit(tx).await;
}

async fn a_lost_gateway_takes_its_connections_along(bench: Bench) {
    lab_with_seats(&*bench.store, 2).await;
    let (one, two) = (machine(1, 1).id, machine(1, 2).id);
    let id = |n| ConnectionId::new(uuid_of(n));
    let mut tx = bench.store.write().await.unwrap();
    tx.hear_gateway("a", at(1)).await.unwrap();
    tx.hear_gateway("b", at(1)).await.unwrap();
    for (n, machine, gateway) in [(1, one, "a"), (2, one, "a"), (3, two, "b")] {
        tx.insert_connection(id(n), machine, gateway, at(1))
            .await
            .unwrap();
    }
    assert_eq!(tx.connections(one).await.unwrap(), 2);
    assert_eq!(tx.remove_connection(id(2)).await.unwrap(), Some(one));
    assert_eq!(tx.remove_connection(id(2)).await.unwrap(), None);
    tx.hear_gateway("b", at(9)).await.unwrap();
    assert_eq!(tx.lost_gateways(at(5)).await.unwrap(), vec!["a".to_owned()]);
    assert_eq!(tx.remove_gateway("a").await.unwrap(), vec![one]);
    assert_eq!(tx.connections(one).await.unwrap(), 0);
    assert_eq!(tx.connections(two).await.unwrap(), 1);
    assert_eq!(tx.lost_gateways(at(5)).await.unwrap(), Vec::<String>::new());
    commit(tx).await;
}
