//! Schedules that are changed or deleted, before, in and after class.

use domain::civil::parse_date;
use domain::group::GroupName;
use domain::holiday::Holiday;
use domain::machine::StopReason;
use domain::recurrence::{Interval, Recurrence};
use service::machines::Act as Ask;
use service::quotas::Whom;
use service::schedules::NewSchedule;

use super::{School, min, plan};

#[tokio::test]
async fn a_class_that_is_made_longer_ends_later() {
    let school = School::new(0).await;
    let class = school.class(Some(10), Some(60), Recurrence::Once).await;
    school.until(50).await;
    let longer = plan(school.nine, Some(10), Some(90), Recurrence::Once);
    let services = &school.world.services;
    let update = services.update_schedule(&school.grace, school.lab, class, longer);
    update.await.unwrap();
    school.until(89).await;
    assert!(school.runs().await);
    school.until(91).await;
    school.stopped(StopReason::Schedule, school.at(90)).await;
    assert_eq!(school.world.runs_of(school.user).await.len(), 1);
}

#[tokio::test]
async fn a_class_deleted_in_its_middle_is_free_until_then() {
    let school = School::new(30).await;
    let class = school.class(Some(10), Some(60), Recurrence::Once).await;
    school.ask(&school.ada, Ask::Start).await;
    school.until(40).await;
    let services = &school.world.services;
    let delete = services.delete_schedule(&school.grace, school.lab, class);
    delete.await.unwrap();
    school.until(55).await;
    assert_eq!(school.used().await, 25 * 60);
    school.until(70).await;
    school.stopped(StopReason::QuotaEnd, school.at(60)).await;
}

#[tokio::test]
async fn what_was_due_is_done_before_an_edit_even_when_the_server_was_down() {
    let every_day = Recurrence::Daily {
        interval: Interval::new(1).unwrap(),
    };
    for edit in 0..4 {
        let school = School::new(0).await;
        let (grace, lab) = (&school.grace, school.lab);
        let services = &school.world.services;
        let group = GroupName::parse("A").unwrap();
        let group = services
            .create_group(grace, lab, group, None)
            .await
            .unwrap();
        let whom = Whom::These(vec![school.user]);
        let assign = services.assign_group(grace, lab, &whom, Some(group));
        assign.await.unwrap();
        let class = school
            .schedule(NewSchedule {
                group: Some(group),
                ..plan(school.nine, Some(10), Some(60), every_day)
            })
            .await;
        school.until(20).await;
        assert!(school.runs().await);
        school.world.sleep(min(50));
        // The educator is faster than the timekeeper.
        let later = plan(school.nine, Some(200), Some(260), every_day);
        let today = Holiday::new(parse_date("date", "2025-10-09").unwrap(), "").unwrap();
        match edit {
            0 => services.update_schedule(grace, lab, class, later).await,
            1 => services.delete_schedule(grace, lab, class).await,
            2 => services.add_holiday(grace, lab, today).await,
            _ => services.delete_group(grace, lab, group).await,
        }
        .unwrap();
        school.world.wake_up().await;
        school.stopped(StopReason::Schedule, school.at(70)).await;
    }
}

#[tokio::test]
async fn a_new_schedule_does_nothing_that_lies_behind_it() {
    let school = School::new(0).await;
    school.until(30).await;
    school.class(Some(10), Some(60), Recurrence::Once).await;
    school.until(40).await;
    assert!(!school.runs().await, "its start lies behind");
    // But it is class, and so whoever starts now may.
    school.ask(&school.ada, Ask::Start).await;
    school.until(61).await;
    school.stopped(StopReason::Schedule, school.at(60)).await;
    assert_eq!(school.used().await, 0);
}

#[tokio::test]
async fn a_day_off_taken_in_the_middle_of_class_ends_what_is_free() {
    let school = School::new(30).await;
    school.class(Some(10), Some(120), Recurrence::Once).await;
    school.ask(&school.ada, Ask::Start).await;
    school.until(60).await;
    let today = Holiday::new(parse_date("date", "2025-10-09").unwrap(), "Fire drill").unwrap();
    let services = &school.world.services;
    let add = services.add_holiday(&school.grace, school.lab, today);
    add.await.unwrap();
    school.until(90).await;
    school.stopped(StopReason::QuotaEnd, school.at(80)).await;
    assert_eq!(school.used().await, 30 * 60);
}
