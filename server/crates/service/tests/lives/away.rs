//! The engine is away for a while. Pages stay up, nothing is given up, and the work goes on.

use std::time::Duration;

use domain::lab::{LabState, Remake};
use domain::machine::{MachineState, Power, ProvisioningState, TroubleCode};
use service::machines::Act as Ask;
use simulator::Act;

use crate::world::{A_WHILE, World};

#[tokio::test]
async fn publishing_waits_for_an_engine_that_is_away_however_long() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").capacity(3).create().await;
    world.converge().await;
    let state = world.reconciler.engine_state();
    assert_eq!(state.borrow().away, None);

    // It goes away while three machines are being made.
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    world.stage.hold(Act::Build, None);
    tokio::join!(world.settle(), async {
        world.stage.held(3).await;
        world.sim.set_away(true);
        world.stage.let_go();
    });
    assert!(state.borrow().away.is_some());
    for _ in 0..60 {
        world.pass(A_WHILE).await;
    }
    let pool = world.pool(lab).await;
    assert_eq!(pool.len(), 3);
    for machine in &pool {
        assert_eq!(machine.provisioning(), ProvisioningState::Creating);
        let trouble = machine.trouble.as_ref().unwrap();
        assert_eq!(trouble.code, TroubleCode::EngineAway);
        assert!(!trouble.failed);
    }
    assert_eq!(world.lab_row(lab).await.state, LabState::Publishing);
    assert!(world.reconciler.sweep().await.is_err());

    // Grace sees all of it, and may go on clicking.
    world.services.lab_detail(&grace, lab).await.unwrap();
    let first = &pool[0];
    let start = world.services.act(&grace, first.id, Ask::Start);
    start.await.unwrap();
    world.settle().await;

    world.sim.set_away(false);
    world.converge().await;
    assert_eq!(state.borrow().away, None);
    world.assert_at_rest().await;
    assert_eq!(world.again(first).await.state(), MachineState::Running);
    assert_eq!(world.lab_row(lab).await.state, LabState::Published);
}

#[tokio::test]
async fn sealing_and_deleting_wait_for_an_engine_that_is_away() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").capacity(2).create().await;
    world.converge().await;
    world.sim.set_away(true);
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    for _ in 0..30 {
        world.pass(A_WHILE).await;
    }
    let row = world.lab_row(lab).await;
    assert_eq!(row.state, LabState::Publishing);
    assert_eq!(row.trouble.unwrap().code, TroubleCode::EngineAway);
    world.sim.set_away(false);
    world.converge().await;
    world.assert_at_rest().await;

    world.sim.set_away(true);
    world.services.delete_lab(&grace, lab).await.unwrap();
    for _ in 0..30 {
        world.pass(A_WHILE).await;
    }
    assert!(world.lab_row(lab).await.deleting);
    world.sim.set_away(false);
    world.converge().await;
    assert_eq!(world.find_lab(lab).await, None);
    assert!(world.sim.objects().is_empty());
}

#[tokio::test]
async fn once_the_engine_is_back_the_sweep_takes_up_the_work_without_waiting() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 2).await;
    world.sim.set_away(true);
    let pool = world.pool(lab).await;
    let start = world.services.act(&grace, pool[0].id, Ask::Start);
    start.await.unwrap();
    for _ in 0..10 {
        world.pass(A_WHILE).await;
    }
    world.sim.set_away(false);
    world.reconciler.sweep().await.unwrap();
    world.settle().await;
    let machine = world.again(&pool[0]).await;
    assert_eq!(machine.state(), MachineState::Running);
}

#[tokio::test]
async fn a_machine_at_rest_that_is_looked_at_while_the_engine_is_away_is_well_again_afterwards() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 1).await;
    let machine = world.pool(lab).await.remove(0);
    world.sim.set_away(true);
    // Stopping a stopped machine is nothing to do, but has it looked at.
    let retry = world.services.act(&grace, machine.id, Ask::Retry);
    retry.await.unwrap();
    world.settle().await;
    world.sim.set_away(false);
    world.pass(Duration::from_secs(2)).await;
    let machine = world.again(&machine).await;
    assert_eq!(machine.trouble, None);
    assert_eq!(machine.seen.power, Some(Power::Off));
    world.assert_at_rest().await;
}
