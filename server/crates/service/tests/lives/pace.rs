//! Order and pace: how much goes on at once, and who comes first.

use std::time::Duration;

use domain::lab::Remake;
use domain::machine::MachineState;
use service::machines::{Act as Ask, Selection};
use service::reconcile::{Pace, Reconciler};
use simulator::Act;

use crate::world::{A_WHILE, World, seats, soon};

fn hands(heavy: usize, light: usize) -> Pace {
    Pace { heavy, light }
}

#[tokio::test]
async fn never_more_heavy_acts_at_once_than_there_are_hands() {
    let world = World::paced(hands(3, 8)).await;
    let grace = world.owner("Grace").await;
    let physics = world.published(&grace, "Physics", 4).await;
    let chemistry = world.published(&grace, "Chemistry", 4).await;
    let biology = world.lab(&grace, "Biology").capacity(8).create().await;
    world.converge().await;
    let services = &world.services;
    world.publish(&grace, biology, Remake::Every).await.unwrap();
    world
        .publish(&grace, chemistry, Remake::Every)
        .await
        .unwrap();
    let all = &Selection::All;
    services
        .act_on_many(&grace, physics, all, Ask::Start)
        .await
        .unwrap();
    // Whatever is heavy waits at first, so that as much as may be begun is begun.
    for act in [Act::Build, Act::Seal, Act::Start, Act::Remove] {
        world.stage.hold(act, None);
    }
    tokio::join!(world.settle(), async {
        world.stage.held(3).await;
        let delete = services.set_capacity(&grace, physics, seats(1), false);
        delete.await.unwrap();
        world.stage.let_go();
    });
    world.converge().await;
    world.assert_at_rest().await;
    assert_eq!(world.stage.most(), 3);
}

#[tokio::test]
async fn deletes_come_before_people_and_people_before_pools() {
    let world = World::paced(hands(1, 8)).await;
    let grace = world.owner("Grace").await;
    let physics = world.published(&grace, "Physics", 4).await;
    let biology = world.lab(&grace, "Biology").without_template();
    let biology = biology.capacity(3).create().await;
    world.converge().await;
    let services = &world.services;
    let pool = world.pool(physics).await;
    world.stage.take_begun();

    // One hand is busy; meanwhile everything is asked for, the least urgent first.
    let busy = services.act(&grace, pool[0].id, Ask::Reimage);
    busy.await.unwrap();
    world.stage.hold(Act::Build, Some(&pool[0].hostname));
    tokio::join!(world.settle(), async {
        world.stage.held(1).await;
        world.publish(&grace, biology, Remake::Every).await.unwrap();
        // Another process without hands for machines makes the rows of the pool.
        let clerk = Reconciler::new(world.services.clone(), hands(0, 1), "clerk".to_owned());
        soon(clerk.settle()).await.unwrap();
        assert_eq!(world.pool(biology).await.len(), 3);
        let start = services.act(&grace, pool[1].id, Ask::Start);
        start.await.unwrap();
        let fewer = services.set_capacity(&grace, physics, seats(3), false);
        fewer.await.unwrap();
        world.stage.let_go();
    });
    let begun = world.stage.take_begun();
    // Passwords are set by another hand, whenever it comes to it.
    let heavy = begun.into_iter().map(|(act, _)| act);
    let order: Vec<Act> = heavy.filter(|act| *act != Act::SetCredentials).collect();
    assert_eq!(
        order,
        [
            Act::Build,
            Act::Remove,
            Act::Start,
            Act::Build,
            Act::Build,
            Act::Build
        ]
    );
}

#[tokio::test]
async fn one_machine_whose_start_hangs_delays_no_other() {
    let world = World::paced(hands(2, 8)).await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 8).await;
    let pool = world.pool(lab).await;
    world.stage.hold(Act::Start, Some(&pool[0].hostname));
    let services = &world.services;
    let all = &Selection::All;
    let start = services.act_on_many(&grace, lab, all, Ask::Start);
    start.await.unwrap();
    let mut heard = services.changes.listen();
    tokio::join!(world.settle(), async {
        soon(async {
            loop {
                let pool = world.pool(lab).await;
                let runs = pool.iter().filter(|m| m.state() == MachineState::Running);
                if runs.count() == 7 {
                    break;
                }
                heard.recv().await.unwrap();
            }
        })
        .await;
        let first = world.again(&pool[0]).await;
        assert_eq!(first.state(), MachineState::Starting);
        world.stage.let_go();
    });
    world.converge().await;
    world.assert_at_rest().await;
}

#[tokio::test]
async fn whoever_waits_for_a_hand_has_a_place_in_the_queue_and_no_lease() {
    let world = World::paced(hands(1, 8)).await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 3).await;
    let pool = world.pool(lab).await;
    let services = &world.services;
    let ask = async |n: usize, act| {
        services.act(&grace, pool[n].id, act).await.unwrap();
    };
    ask(1, Ask::Start).await;
    world.converge().await;

    // The only hand is held up. The second machine stops, which needs none of it, and is then to be
    // started again, which does.
    ask(0, Ask::Start).await;
    ask(1, Ask::Stop).await;
    world.stage.hold(Act::Start, Some(&pool[0].hostname));
    world.stage.hold(Act::Stop, None);
    tokio::join!(world.settle(), async {
        world.stage.held(2).await;
        ask(1, Ask::Start).await;
        ask(2, Ask::Start).await;
        world.stage.let_go_of(Act::Stop);
        soon(async {
            loop {
                let detail = services.lab_detail(&grace, lab).await.unwrap();
                if detail.queue.len() == 2 {
                    assert_eq!(detail.queue[&pool[1].id] + detail.queue[&pool[2].id], 1);
                    break;
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
        world.stage.let_go();
    });
    world.converge().await;
    let after = world.pool(lab).await;
    assert!(after.iter().all(|m| m.state() == MachineState::Running));
    world.assert_at_rest().await;
    assert_eq!(world.stage.most(), 1);
}

#[tokio::test]
async fn a_stop_is_not_kept_waiting_by_a_storm_of_starts() {
    let world = World::paced(hands(1, 8)).await;
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").without_template();
    let lab = lab.capacity(100).create().await;
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    world.converge().await;
    let pool = world.pool(lab).await;
    let services = &world.services;
    let first = services.act(&grace, pool[0].id, Ask::Start);
    first.await.unwrap();
    world.converge().await;

    let all = &Selection::All;
    let storm = services.act_on_many(&grace, lab, all, Ask::Start);
    assert_eq!(storm.await.unwrap(), 99);
    let stop = services.act(&grace, pool[0].id, Ask::Stop);
    stop.await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    world.stage.take_begun();
    world.stage.hold(Act::Start, None);
    world.stage.hold(Act::Stop, None);
    tokio::join!(world.settle(), async {
        // One start and the stop are begun at once, however many starts are before it.
        world.stage.held(2).await;
        let begun = world.stage.take_begun();
        assert!(begun.contains(&(Act::Stop, pool[0].hostname.clone())));
        world.stage.let_go();
    });
    world.clock.advance(A_WHILE);
    world.converge().await;
    let after = world.pool(lab).await;
    let runs = after.iter().filter(|m| m.state() == MachineState::Running);
    assert_eq!(runs.count(), 99);
}
