//! What nobody asked for: shutdowns from inside, lost machines and hosts, a server that is down.

use domain::machine::{Power, StopReason};
use service::machines::Act as Ask;
use simulator::Act;

use super::{School, min, secs};

#[tokio::test]
async fn a_shutdown_from_inside_closes_the_meter_at_its_own_time() {
    let school = School::new(60).await;
    let (world, name) = (&school.world, school.row().await.hostname);
    school.ask(&school.ada, Ask::Start).await;
    world.sim.shut_down_at(&name, school.at(20)).unwrap();
    school.until(30).await;
    school.stopped(StopReason::Inside, school.at(20)).await;
    assert_eq!(school.used().await, 1200);
    school.ask(&school.ada, Ask::Start).await;
    school.until(35).await;
    assert_eq!(school.used().await, 1500);
}

#[tokio::test]
async fn while_the_server_was_down_what_the_engine_saw_counts() {
    let school = School::new(60).await;
    let (world, name) = (&school.world, school.row().await.hostname);
    school.ask(&school.ada, Ask::Start).await;
    world.sim.shut_down_at(&name, school.at(40)).unwrap();
    school.until(10).await;
    world.sleep(min(300));
    world.wake_up().await;
    school.stopped(StopReason::Inside, school.at(40)).await;
    assert_eq!(school.used().await, 2400);
}

#[tokio::test]
async fn a_server_that_was_down_over_the_end_of_quota_stops_at_once() {
    let school = School::new(30).await;
    school.ask(&school.ada, Ask::Start).await;
    school.until(10).await;
    school.world.sleep(min(60));
    school.world.wake_up().await;
    school.stopped(StopReason::QuotaEnd, school.at(70)).await;
    assert_eq!(school.used().await, 70 * 60);
}

#[tokio::test]
async fn a_host_that_loses_its_power_takes_the_machines_with_it_at_that_time() {
    let school = School::new(60).await;
    let world = &school.world;
    school.ask(&school.ada, Ask::Start).await;
    world.sim.crash_at(school.at(15));
    world.sim.come_back_at(school.at(50));
    school.until(45).await;
    // Nobody knows yet.
    assert!(school.runs().await);
    school.until(60).await;
    assert!(!school.runs().await);
    assert_eq!(school.used().await, 900);
    school.ask(&school.ada, Ask::Start).await;
    school.until(61).await;
    assert!(school.runs().await);
}

#[tokio::test]
async fn a_lost_machine_ran_until_it_was_last_known_to() {
    let school = School::new(60).await;
    let (world, name) = (&school.world, school.row().await.hostname);
    school.ask(&school.ada, Ask::Start).await;
    world.sim.lose_at(&name, school.at(20));
    school.until(25).await;
    let run = school.last().await;
    assert_eq!(run.stop_reason, Some(StopReason::HostLost));
    let used = school.used().await;
    assert!((1185..=1200).contains(&used), "{used}");
    school.ask(&school.ada, Ask::Reimage).await;
    school.ask(&school.ada, Ask::Start).await;
    school.until(26).await;
    assert!(school.runs().await);
}

#[tokio::test]
async fn a_machine_that_is_remade_or_removed_ends_its_stretch() {
    let school = School::new(60).await;
    let (world, services) = (&school.world, &school.world.services);
    school.ask(&school.ada, Ask::Start).await;
    school.until(10).await;
    school.ask(&school.ada, Ask::Reimage).await;
    school.stopped(StopReason::Reimage, school.at(10)).await;
    assert_eq!(school.used().await, 600);
    school.ask(&school.ada, Ask::Start).await;
    school.until(20).await;
    let remove = services.remove_user(&school.grace, school.lab, school.user);
    remove.await.unwrap();
    world.keep_up().await;
    let runs = world.runs(school.lab).await;
    assert_eq!(runs.len(), 2);
    assert_eq!(runs[1].stop_reason, Some(StopReason::Removed));
    assert!(runs[1].length(world.time()).abs_diff(min(10)) <= secs(1));
    assert!(world.open_run(school.machine).await.is_none());
    // The template runs when the lab is deleted: nothing is left.
    let template = world.template(school.lab).await;
    services
        .act(&school.grace, template.id, Ask::Start)
        .await
        .unwrap();
    school.until(30).await;
    services
        .delete_lab(&school.grace, school.lab)
        .await
        .unwrap();
    school.until(31).await;
    assert!(world.find_lab(school.lab).await.is_none());
    assert!(world.sim.objects().is_empty());
    assert_eq!(world.next_instant().await, None);
}

#[tokio::test]
async fn a_process_that_dies_while_a_machine_is_remade_counts_nothing_of_its_absence() {
    for steps in 0..30 {
        let school = School::new(600).await;
        let world = &school.world;
        school.ask(&school.ada, Ask::Start).await;
        school.until(10).await;
        let services = &world.services;
        services
            .act(&school.ada, school.machine, Ask::Reimage)
            .await
            .unwrap();
        world.fuse.set(steps);
        tokio::select! {
            () = world.fuse.blown() => {}
            _ = world.reconciler.settle() => {}
        }
        world.fuse.mend();
        let name = school.row().await.hostname;
        let remade = world.sim.effects_on(Act::Build, &name) > 1;
        world.sleep(min(120));
        world.wake_up().await;
        assert_ne!(school.row().await.seen.power, Some(Power::On));
        let used = school.used().await;
        if remade {
            assert!((585..=601).contains(&used), "{steps}: {used}");
        } else {
            assert!((585..=7800).contains(&used), "{steps}: {used}");
        }
    }
}

#[tokio::test]
async fn an_engine_that_does_not_tell_times_is_believed_what_was_last_seen() {
    let school = School::new(600).await;
    let (world, name) = (&school.world, school.row().await.hostname);
    school.ask(&school.ada, Ask::Start).await;
    world.sim.hide_power_time(&name, true).unwrap();
    school.until(10).await;
    assert_eq!(school.used().await, 600);
    world.sleep(min(5));
    assert!(world.sim.shut_down(&name));
    world.sleep(min(60));
    world.wake_up().await;
    let used = school.used().await;
    assert!((585..=601).contains(&used), "{used}");
}

#[tokio::test]
async fn an_end_of_quota_while_the_engine_is_away_stops_when_it_is_back() {
    let school = School::new(30).await;
    let world = &school.world;
    school.ask(&school.ada, Ask::Start).await;
    world.sim.go_away_at(school.at(20));
    world.sim.come_back_at(school.at(45));
    school.until(50).await;
    let run = school.last().await;
    assert_eq!(run.stop_reason, Some(StopReason::QuotaEnd));
    assert!(run.stopped_at.unwrap() >= school.at(45));
    assert!(run.stopped_at.unwrap() <= school.at(47));
}
