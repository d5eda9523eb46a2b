//! Classes: what begins and ends with them, and what is free in them.

use domain::civil::parse_date;
use domain::holiday::Holiday;
use domain::machine::{MachineKind, Power, StopReason};
use domain::meter::StartCause;
use domain::recurrence::{Interval, Recurrence};
use domain::zone::TimeZone;
use service::machines::Act as Ask;
use service::schedules::NewSchedule;
use simulator::Act;

use super::{School, min, plan};

fn daily() -> Recurrence {
    Recurrence::Daily {
        interval: Interval::new(1).unwrap(),
    }
}

const DAY: u64 = 24 * 60;

#[tokio::test]
async fn a_class_starts_claimed_machines_and_stops_all() {
    let school = School::new(60).await;
    let (world, services) = (&school.world, &school.world.services);
    school.class(Some(30), Some(90), daily()).await;
    // The template is at work on, and the seat that nobody has.
    let template = world.template(school.lab).await;
    services
        .act(&school.grace, template.id, Ask::Start)
        .await
        .unwrap();
    school.until(31).await;
    let pool = world.pool(school.lab).await;
    let on: Vec<bool> = pool
        .iter()
        .map(|m| m.seen.power == Some(Power::On))
        .collect();
    assert_eq!(on, [true, false]);
    let run = school.last().await;
    assert_eq!((run.cause, run.by), (StartCause::Schedule, None));
    school.until(81).await;
    let notice = school.notice().await.unwrap();
    assert_eq!(
        notice,
        "Class ends in 9 minutes; the machine is stopped then."
    );
    school.until(91).await;
    school.stopped(StopReason::Schedule, school.at(90)).await;
    let template = world.again(&template).await;
    assert_eq!(template.seen.power, Some(Power::Off));
    assert_eq!(template.stopped_because, Some(StopReason::Schedule));
    // And every day so.
    school.until(7 * DAY).await;
    assert_eq!(world.runs_of(school.user).await.len(), 7);
    assert_eq!(school.used().await, 0);
    let runs = world.runs(school.lab).await;
    let templates = runs.iter().filter(|run| run.kind == MachineKind::Template);
    assert_eq!(templates.count(), 1);
}

#[tokio::test]
async fn quota_pauses_while_class_goes_on_around_a_student_s_own_start() {
    let school = School::new(30).await;
    school.class(Some(20), Some(60), Recurrence::Once).await;
    school.ask(&school.ada, Ask::Start).await;
    school.until(59).await;
    assert_eq!(school.used().await, 20 * 60);
    // Somebody lets the class go on to be there.
    school.class(Some(50), Some(80), Recurrence::Once).await;
    school.until(79).await;
    assert!(school.runs().await);
    school.until(81).await;
    school.stopped(StopReason::Schedule, school.at(80)).await;
    assert_eq!(school.used().await, 20 * 60);
    school.ask(&school.ada, Ask::Start).await;
    school.until(100).await;
    school.stopped(StopReason::QuotaEnd, school.at(91)).await;
}

#[tokio::test]
async fn overlapping_and_touching_classes_are_one() {
    let school = School::new(0).await;
    for (from, to) in [(10, 60), (30, 90), (90, 120)] {
        school.class(Some(from), Some(to), Recurrence::Once).await;
    }
    school.until(130).await;
    school.stopped(StopReason::Schedule, school.at(120)).await;
    let runs = school.world.runs_of(school.user).await;
    assert_eq!(runs.len(), 1);
    assert_eq!(school.world.sim.effects(Act::Start), 1);
}

#[tokio::test]
async fn machines_begin_to_start_before_class_and_stay_on_into_it() {
    let school = School::new(0).await;
    school.class(Some(10), Some(60), Recurrence::Once).await;
    school
        .schedule(NewSchedule {
            prestart_minutes: 15,
            ..plan(school.nine, Some(70), Some(120), Recurrence::Once)
        })
        .await;
    school.until(65).await;
    assert!(
        school.runs().await,
        "it was started early for the next class"
    );
    school.until(125).await;
    school.stopped(StopReason::Schedule, school.at(120)).await;

    let school = School::new(0).await;
    school
        .schedule(NewSchedule {
            prestart_minutes: 15,
            ..plan(school.nine, Some(70), Some(120), daily())
        })
        .await;
    school.until(54).await;
    assert!(!school.runs().await);
    school.until(56).await;
    assert!(school.runs().await);
    let watch = school.world.watch(school.machine).await.unwrap();
    assert_eq!(watch.class_begins_at, Some(school.at(70)));
    school.until(2 * DAY).await;
    assert_eq!(school.world.runs_of(school.user).await.len(), 2);
}

#[tokio::test]
async fn some_schedules_only_start_and_some_only_stop() {
    let school = School::new(60).await;
    school.class(Some(10), None, Recurrence::Once).await;
    school.class(None, Some(40), daily()).await;
    school.until(39).await;
    assert!(school.runs().await);
    school.until(41).await;
    school.stopped(StopReason::Schedule, school.at(40)).await;
    // Without an end there is no class: what a student starts counts.
    school.ask(&school.ada, Ask::Start).await;
    school.until(61).await;
    assert_eq!(school.used().await, 20 * 60);
    // A stop stops in class too.
    school.class(None, Some(85), Recurrence::Once).await;
    school.class(Some(70), Some(100), Recurrence::Once).await;
    school.until(86).await;
    school.stopped(StopReason::Schedule, school.at(85)).await;
}

#[tokio::test]
async fn a_server_that_was_down_does_the_one_thing_that_is_right_now() {
    // Over the start: class goes on, so it starts.
    let school = School::new(0).await;
    school.class(Some(10), Some(60), daily()).await;
    school.until(5).await;
    school.world.sleep(min(25));
    school.world.wake_up().await;
    assert!(school.runs().await);
    school.until(61).await;
    school.stopped(StopReason::Schedule, school.at(60)).await;
    // Over a whole day of start, stop, start: only the class that goes on.
    school.until(65).await;
    school.world.sleep(min(2 * DAY - 30));
    let before = school.world.sim.effects(Act::Start);
    school.world.wake_up().await;
    assert!(school.runs().await);
    assert_eq!(school.world.sim.effects(Act::Start), before + 1);
    // Over the stop: it stops, though nobody would have known.
    school.world.sleep(min(DAY - 10));
    school.world.wake_up().await;
    assert!(school.runs().await, "class goes on, the next day's");
    school.world.sleep(min(60));
    school.world.wake_up().await;
    assert!(!school.runs().await);
    assert_eq!(school.used().await, 0);
}

#[tokio::test]
async fn who_started_after_the_class_that_was_missed_is_left_alone() {
    let school = School::new(600).await;
    school.class(Some(10), Some(60), Recurrence::Once).await;
    school.world.sleep(min(90));
    // The portal answers before the timekeeper has had its turn.
    let services = &school.world.services;
    services
        .act(&school.ada, school.machine, Ask::Start)
        .await
        .unwrap();
    school.world.wake_up().await;
    assert!(school.runs().await);
}

#[tokio::test]
async fn nothing_happens_on_days_without_class_of_lab_and_plan() {
    let school = School::new(0).await;
    let (world, services) = (&school.world, &school.world.services);
    school.class(Some(10), Some(60), daily()).await;
    let off = |day: &str| Holiday::new(parse_date("date", day).unwrap(), "Off").unwrap();
    let (grace, lab) = (&school.grace, school.lab);
    services
        .add_holiday(grace, lab, off("2025-10-10"))
        .await
        .unwrap();
    services
        .add_plan_holiday(grace, off("2025-10-11"))
        .await
        .unwrap();
    services
        .add_holiday(grace, lab, off("2025-10-12"))
        .await
        .unwrap();
    let page = services.schedule_page(grace, lab).await.unwrap();
    let last = page
        .holidays
        .iter()
        .find(|row| row.version.value.date.day() == 12);
    let id = last.unwrap().id;
    school.until(100).await;
    services.remove_holiday(grace, lab, id).await.unwrap();
    school.until(4 * DAY).await;
    let runs = world.runs_of(school.user).await;
    let utc = TimeZone::utc();
    let days: Vec<i8> = runs
        .iter()
        .map(|run| utc.local(run.started_at).day())
        .collect();
    assert_eq!(days, [9, 12]);
}

#[tokio::test]
async fn a_machine_that_its_student_turned_off_stays_off_until_the_next_class() {
    let school = School::new(0).await;
    school.class(Some(10), Some(60), daily()).await;
    school.until(20).await;
    school.ask(&school.ada, Ask::Stop).await;
    school.until(DAY).await;
    assert_eq!(school.world.runs_of(school.user).await.len(), 1);
    school.until(DAY + 15).await;
    assert!(school.runs().await);
}
