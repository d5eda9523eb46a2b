//! The process dies between any two steps: before a transaction, before an act, and after the act
//! before anything was written about it. Another process takes up the work.

use domain::id::LabId;
use domain::lab::{LabState, Remake};
use domain::machine::MachineState;
use domain::operation::OperationStatus;
use service::access::Actor;
use service::changes::Changes;
use service::machines::{Act as Ask, Selection};
use simulator::Act;

use crate::world::{A_WHILE, World};

async fn prepared() -> (World, Actor, LabId) {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").capacity(3).create().await;
    world.converge().await;
    (world, grace, lab)
}

/// Lets the process die after so many steps. Says whether it died before it was done.
async fn dies_after(world: &World, steps: i64) -> bool {
    world.fuse.set(steps);
    let died = tokio::select! {
        () = world.fuse.blown() => true,
        done = crate::world::soon(world.reconciler.settle()) => {
            done.unwrap();
            false
        }
    };
    world.fuse.mend();
    died
}

#[tokio::test]
async fn publishing_goes_on_wherever_the_process_dies() {
    for steps in 0.. {
        let (world, grace, lab) = prepared().await;
        let template = world.template(lab).await;
        let services = &world.services;
        services.act(&grace, template.id, Ask::Start).await.unwrap();
        world.settle().await;
        world.publish(&grace, lab, Remake::Every).await.unwrap();
        let died = dies_after(&world, steps).await;
        world.assert_sound().await;

        let second = world.replica("second");
        world.converge_with(&second).await;
        world.assert_at_rest().await;
        let story = world.describe().await;
        assert_eq!(world.lab_row(lab).await.state, LabState::Published);
        let operation = world.operation(lab).await;
        assert_eq!(operation.status, OperationStatus::Succeeded, "{story}");
        let pool = world.pool(lab).await;
        assert_eq!(pool.len(), 3, "died after {steps} steps\n{story}");
        assert_eq!(world.sim.effects(Act::Seal), 1, "sealed twice");
        assert_eq!(world.sim.effects(Act::Build), 4, "built twice\n{story}");
        if !died {
            assert!(steps > 20, "publishing was to take more steps");
            break;
        }
    }
}

#[tokio::test]
async fn starting_goes_on_wherever_the_process_dies() {
    for steps in 0.. {
        let (world, grace, lab) = prepared().await;
        world.publish(&grace, lab, Remake::Every).await.unwrap();
        world.converge().await;
        let all = &Selection::All;
        let start = world.services.act_on_many(&grace, lab, all, Ask::Start);
        assert_eq!(start.await.unwrap(), 3);
        let died = dies_after(&world, steps).await;
        world.assert_sound().await;

        let second = world.replica("second");
        world.converge_with(&second).await;
        world.assert_at_rest().await;
        let pool = world.pool(lab).await;
        let runs = pool.iter().all(|m| m.state() == MachineState::Running);
        assert!(runs, "died after {steps} steps\n{}", world.describe().await);
        assert_eq!(world.sim.effects(Act::Start), 3, "started twice");
        if !died {
            break;
        }
    }
}

#[tokio::test]
async fn deleting_goes_on_wherever_the_process_dies() {
    for steps in 0.. {
        let (world, grace, lab) = prepared().await;
        world.publish(&grace, lab, Remake::Every).await.unwrap();
        world.converge().await;
        world.services.delete_lab(&grace, lab).await.unwrap();
        let died = dies_after(&world, steps).await;
        let second = world.replica("second");
        world.converge_with(&second).await;
        world.assert_at_rest().await;
        assert_eq!(world.find_lab(lab).await, None);
        if !died {
            break;
        }
    }
}

#[tokio::test]
async fn what_a_person_asks_for_after_a_crash_is_not_taken_for_a_shutdown_from_inside() {
    let (world, grace, lab) = prepared().await;
    let template = world.template(lab).await;
    let services = &world.services;
    services.act(&grace, template.id, Ask::Start).await.unwrap();
    world.converge().await;
    services.act(&grace, template.id, Ask::Stop).await.unwrap();

    // The engine has stopped the machine, and the process dies before it has written that down.
    let mut steps = 0;
    while world.sim.effects(Act::Stop) == 0 {
        steps += 1;
        dies_after(&world, 1).await;
        world.clock.advance(A_WHILE);
        world.fuse.set(steps);
        tokio::select! {
            () = world.fuse.blown() => {}
            _ = world.reconciler.settle() => {}
        }
        world.fuse.mend();
        world.clock.advance(A_WHILE);
    }
    services.act(&grace, template.id, Ask::Start).await.unwrap();
    let second = world.replica("second");
    world.converge_with(&second).await;
    let template = world.again(&template).await;
    assert_eq!(template.state(), MachineState::Running);
    assert_eq!(template.stopped_because, None);
}

#[tokio::test]
async fn leases_of_a_previous_life_are_given_back_at_once_where_the_store_is_one_process_s() {
    let (world, grace, lab) = prepared().await;
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    assert!(dies_after(&world, 6).await);
    let changes = Changes::default();
    let mut heard = changes.listen();
    let second = world.replica_telling("second", changes);

    // Nothing can be done while the leases of the dead run …
    world.settle_with(&second).await;
    assert_eq!(world.lab_row(lab).await.state, LabState::Publishing);

    // … unless the process knows that it is alone. The time does not move.
    let running = tokio::spawn(second.run());
    crate::world::soon(async {
        while world.lab_row(lab).await.state != LabState::Published {
            heard.recv().await.unwrap();
        }
    })
    .await;
    running.abort();
    world.assert_sound().await;
    assert_eq!(world.pool(lab).await.len(), 3);
}
