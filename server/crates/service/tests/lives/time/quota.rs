//! Hours that are used up, added to, taken away, and set to zero.

use domain::group::GroupName;
use domain::machine::{Cause, StopReason};
use domain::meter::StartCause;
use domain::quota::{AdditionalQuota, UsageQuota};
use domain::recurrence::Recurrence;
use service::machines::Act as Ask;
use service::quotas::Whom;

use super::{School, min, secs};
use crate::world::conflict;

fn minutes(minutes: i64) -> UsageQuota {
    UsageQuota::from_seconds(minutes * 60).unwrap()
}

fn more(minutes: i64) -> AdditionalQuota {
    AdditionalQuota::from_seconds(minutes * 60).unwrap()
}

#[tokio::test]
async fn a_student_is_warned_stopped_at_the_end_and_goes_on_with_more() {
    let school = School::new(10).await;
    let services = &school.world.services;
    school.ask(&school.ada, Ask::Start).await;
    assert!(school.runs().await);
    school.until(6).await;
    let notice = school.notice().await.unwrap();
    assert_eq!(
        notice,
        "Your quota ends in 4 minutes; the machine is stopped then."
    );
    school.until(11).await;
    school.stopped(StopReason::QuotaEnd, school.at(10)).await;
    assert_eq!(school.used().await, 600);
    assert!(school.usage().await.standing.remaining().is_zero());
    assert_eq!(school.notice().await, None);
    let run = school.last().await;
    assert!(run.started_at >= school.nine && run.started_at <= school.nine + secs(1));
    assert_eq!(
        (run.cause, run.by),
        (StartCause::Student, Some(school.ada.person))
    );

    let refused = conflict(services.act(&school.ada, school.machine, Ask::Start).await);
    assert_eq!(
        refused,
        "Your quota of 10 min is used up. Ask your educator for more, or wait for the next class."
    );
    let given = services.set_additional_quota(&school.grace, school.lab, school.user, more(5));
    given.await.unwrap();
    school.ask(&school.ada, Ask::Start).await;
    school.until(30).await;
    school.stopped(StopReason::QuotaEnd, school.at(16)).await;
    assert_eq!(school.used().await, 900);
}

#[tokio::test]
async fn a_quota_may_change_while_the_machine_runs() {
    let school = School::new(60).await;
    let services = &school.world.services;
    school.ask(&school.ada, Ask::Start).await;
    school.until(20).await;
    // More: it runs on.
    services
        .set_quota(&school.grace, school.lab, minutes(90))
        .await
        .unwrap();
    school.until(70).await;
    assert!(school.runs().await);
    // Less than was used: it stops at once, and nothing is owed.
    let lower = services.set_additional_quota(&school.grace, school.lab, school.user, more(-60));
    lower.await.unwrap();
    school.world.keep_up().await;
    school.stopped(StopReason::QuotaEnd, school.at(70)).await;
    let usage = school.usage().await;
    assert_eq!(usage.standing.allowance.total, min(30));
    assert!(usage.standing.remaining().is_zero());
}

#[tokio::test]
async fn without_hours_a_machine_is_for_classes_only() {
    let school = School::new(0).await;
    let services = &school.world.services;
    let refused = conflict(services.act(&school.ada, school.machine, Ask::Start).await);
    assert_eq!(refused, "Available during classes only.");
    school.class(Some(10), Some(70), Recurrence::Once).await;
    school.until(20).await;
    school.ask(&school.ada, Ask::Stop).await;
    school.until(30).await;
    school.ask(&school.ada, Ask::Start).await;
    school.until(75).await;
    school.stopped(StopReason::Schedule, school.at(70)).await;
    assert_eq!(school.used().await, 0);
}

#[tokio::test]
async fn a_groups_quota_comes_before_the_labs() {
    let school = School::new(60).await;
    let services = &school.world.services;
    let (grace, lab) = (&school.grace, school.lab);
    let name = GroupName::parse("Late").unwrap();
    let group = services.create_group(grace, lab, name.clone(), Some(minutes(10)));
    let group = group.await.unwrap();
    school.ask(&school.ada, Ask::Start).await;
    school.until(5).await;
    let whom = Whom::These(vec![school.user]);
    let assign = services.assign_group(grace, lab, &whom, Some(group));
    assign.await.unwrap();
    school.until(12).await;
    school.stopped(StopReason::QuotaEnd, school.at(10)).await;
    let more = services.update_group(grace, lab, group, name, Some(minutes(15)));
    more.await.unwrap();
    school.ask(&school.ada, Ask::Start).await;
    school.until(20).await;
    school.stopped(StopReason::QuotaEnd, school.at(17)).await;
    services.delete_group(grace, lab, group).await.unwrap();
    assert_eq!(school.used().await, 15 * 60);
    assert_eq!(school.usage().await.standing.allowance.total, min(60));
}

#[tokio::test]
async fn used_hours_are_set_to_zero_and_back() {
    let school = School::new(30).await;
    let services = &school.world.services;
    let (grace, lab, user) = (&school.grace, school.lab, school.user);
    school.ask(&school.ada, Ask::Start).await;
    school.until(20).await;
    let from = school.at(15);
    let reset = services.reset_used_hours(grace, lab, &Whom::All, from);
    assert_eq!(reset.await.unwrap(), 1);
    assert_eq!(school.used().await, 300);
    school.until(40).await;
    assert!(school.runs().await);
    // Taken back, forty minutes count, and thirty were to be had.
    let reset = school.usage().await.resets[0].id;
    services.undo_reset(grace, lab, user, reset).await.unwrap();
    school.world.keep_up().await;
    school.stopped(StopReason::QuotaEnd, school.at(40)).await;
    assert_eq!(school.used().await, 2400);
    let again = services.undo_reset(grace, lab, user, reset).await;
    crate::world::assert_not_found(again);
    // One that lies ahead changes nothing until then, and lets go on then.
    let tomorrow = school.at(60);
    let whom = Whom::These(vec![user]);
    let reset = services.reset_used_hours(grace, lab, &whom, tomorrow);
    reset.await.unwrap();
    assert_eq!(school.used().await, 2400);
    school.until(61).await;
    assert_eq!(school.used().await, 0);
}

#[tokio::test]
async fn a_reset_ahead_puts_the_end_off() {
    let school = School::new(30).await;
    let services = &school.world.services;
    school.ask(&school.ada, Ask::Start).await;
    let reset = services.reset_used_hours(&school.grace, school.lab, &Whom::All, school.at(20));
    reset.await.unwrap();
    school.until(49).await;
    assert!(school.runs().await);
    school.until(55).await;
    school.stopped(StopReason::QuotaEnd, school.at(50)).await;
}

#[tokio::test]
async fn what_educators_start_is_free() {
    let school = School::new(10).await;
    school.ask(&school.grace, Ask::Start).await;
    school.until(120).await;
    assert!(school.runs().await);
    assert_eq!(school.used().await, 0);
    // The student's click on a machine that runs changes nothing.
    school.ask(&school.ada, Ask::Start).await;
    school.until(150).await;
    assert_eq!((school.runs().await, school.used().await), (true, 0));
    school.ask(&school.ada, Ask::Stop).await;
    assert_eq!(school.last().await.cause, StartCause::Educator);
    school.ask(&school.ada, Ask::Start).await;
    school.until(170).await;
    school.stopped(StopReason::QuotaEnd, school.at(160)).await;
}

#[tokio::test]
async fn whoever_starts_a_machine_that_is_just_stopping_has_it_from_then_on() {
    let school = School::new(60).await;
    let (world, name) = (&school.world, school.row().await.hostname);
    school.ask(&school.ada, Ask::Start).await;
    school.until(10).await;
    world.sim.set_deaf(&name, true).unwrap();
    world.stage.refuse_graceful_stops();
    school.ask(&school.ada, Ask::Stop).await;
    assert!(school.runs().await);
    world.live(secs(30)).await;
    // The clock of a stopping machine is looked at, and the machine is wanted again.
    let services = &world.services;
    let change = services.set_quota(&school.grace, school.lab, minutes(20));
    change.await.unwrap();
    world.keep_up().await;
    school.ask(&school.grace, Ask::Start).await;
    assert_eq!(school.last().await.cause, StartCause::Educator);
    school.until(200).await;
    assert!(school.runs().await);
    assert_eq!(school.used().await, 630);
    assert_eq!(world.runs_of(school.user).await.len(), 2);
}

#[tokio::test]
async fn a_student_s_own_second_thought_keeps_the_clock_going() {
    let school = School::new(20).await;
    let (world, name) = (&school.world, school.row().await.hostname);
    school.ask(&school.ada, Ask::Start).await;
    world.sim.set_deaf(&name, true).unwrap();
    world.stage.refuse_graceful_stops();
    school.until(10).await;
    school.ask(&school.ada, Ask::Stop).await;
    let services = &world.services;
    let change = services.set_quota(&school.grace, school.lab, minutes(15));
    change.await.unwrap();
    world.keep_up().await;
    school.ask(&school.ada, Ask::Start).await;
    school.until(30).await;
    school.stopped(StopReason::QuotaEnd, school.at(15)).await;
}

#[tokio::test]
async fn trying_again_does_not_make_a_free_start_the_student_s() {
    let school = School::new(0).await;
    let world = &school.world;
    let name = school.row().await.hostname;
    let broken = service::engine::EngineError::Failed("No.".to_owned());
    world.sim.break_object(&name, broken);
    school.class(Some(5), Some(120), Recurrence::Once).await;
    school.until(10).await;
    assert!(!school.runs().await);
    let services = &world.services;
    services
        .act(&school.ada, school.machine, Ask::Retry)
        .await
        .unwrap();
    world.sim.mend_object(&name);
    school.until(15).await;
    assert!(school.runs().await);
    assert_eq!(school.last().await.cause, StartCause::Schedule);
    assert_eq!(school.row().await.wanted.cause, Cause::System);
}

#[tokio::test]
async fn a_start_that_was_given_up_is_no_way_around_the_quota() {
    let school = School::new(0).await;
    let world = &school.world;
    let name = school.row().await.hostname;
    let broken = service::engine::EngineError::Failed("No.".to_owned());
    world.sim.break_object(&name, broken);
    school.ask(&school.grace, Ask::Start).await;
    school.until(60).await;
    assert!(school.row().await.trouble.unwrap().failed);
    let start = world.services.act(&school.ada, school.machine, Ask::Start);
    assert_eq!(conflict(start.await), "Available during classes only.");
}

#[tokio::test]
async fn a_warning_is_mailed_once_an_hour_before_the_end() {
    let school = School::new(120).await;
    school.ask(&school.ada, Ask::Start).await;
    school.until(59).await;
    assert!(school.world.mails("quota.warning").await.is_empty());
    school.until(61).await;
    let mails = school.world.mails("quota.warning").await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].mail.to.as_str(), "ada@example.org");
    let text = &mails[0].mail.text;
    assert!(text.contains("of quota left in “Python”."), "{text}");
    school.ask(&school.ada, Ask::Stop).await;
    school.ask(&school.ada, Ask::Start).await;
    school.until(130).await;
    school.stopped(StopReason::QuotaEnd, school.at(120)).await;
    assert_eq!(school.world.mails("quota.warning").await.len(), 1);
    school.world.outbox.settle().await.unwrap();
    assert_eq!(school.world.post.taken().len(), 1);
}
