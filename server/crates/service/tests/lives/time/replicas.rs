//! Two processes on one PostgreSQL: each due act is done once.

use domain::machine::StopReason;
use domain::meter::StartCause;
use domain::recurrence::Recurrence;
use service::machines::Act as Ask;
use service::timekeeper::Timekeeper;
use simulator::Act;

use super::School;
use crate::world::{World, soon};

#[tokio::test]
async fn two_timekeepers_do_each_due_act_once() {
    let school = School::within(World::on_postgres().await, 30).await;
    let world = &school.world;
    let second = Timekeeper::new(world.services.clone(), "second".to_owned());
    let replica = world.replica("second");
    let both = async || {
        let (a, b) =
            soon(async { tokio::join!(world.timekeeper.keep_up(), second.keep_up()) }).await;
        a.unwrap();
        b.unwrap();
        let (a, b) =
            soon(async { tokio::join!(world.reconciler.settle(), replica.settle()) }).await;
        a.unwrap();
        b.unwrap();
        world.keep_up().await;
    };
    school.class(Some(10), Some(60), Recurrence::Once).await;
    world.clock.move_to(school.at(10));
    both().await;
    assert!(school.runs().await);
    assert_eq!(world.sim.effects(Act::Start), 1);
    world.clock.move_to(school.at(60));
    both().await;
    school.stopped(StopReason::Schedule, school.at(60)).await;
    assert_eq!(world.sim.effects(Act::Stop), 1);

    school.ask(&school.ada, Ask::Start).await;
    let soon_after = std::time::Duration::from_millis(500);
    world.clock.move_to(school.at(90) + soon_after);
    both().await;
    school.stopped(StopReason::QuotaEnd, school.at(90)).await;
    assert_eq!(world.sim.effects(Act::Stop), 2);
    let runs = world.runs_of(school.user).await;
    let causes: Vec<_> = runs.iter().map(|run| run.cause).collect();
    assert_eq!(causes, [StartCause::Schedule, StartCause::Student]);
    school.world.end().await;
}

#[tokio::test]
async fn a_process_that_wakes_beside_another_leaves_its_news_alone() {
    let school = School::within(World::on_postgres().await, 600).await;
    let world = &school.world;
    let services = &world.services;
    world.timekeeper.wake_up().await.unwrap();
    school.ask(&school.ada, Ask::Start).await;
    services.connected(school.machine, "first").await.unwrap();
    school.until(30).await;
    let before = world.watch(school.machine).await.unwrap();
    world.timekeeper.wake_up().await.unwrap();
    let second = Timekeeper::new(services.clone(), "second".to_owned());
    second.wake_up().await.unwrap();
    let after = world.watch(school.machine).await.unwrap();
    assert_eq!(after.informed_since, before.informed_since);
    assert_eq!(after.last_disconnect, None);
    // All of them were down: then nothing was known.
    world.sleep(super::min(60));
    second.wake_up().await.unwrap();
    let after = world.watch(school.machine).await.unwrap();
    assert!(after.informed_since > before.informed_since);
    assert!(after.last_disconnect.is_some(), "the other one is lost");
    school.world.end().await;
}
