//! What cannot be done is given up after a quarter of an hour, in words, and can be tried again.

use std::time::Duration;

use domain::id::LabId;
use domain::lab::{LabState, Remake};
use domain::machine::{Machine, MachineState, ProvisioningState, TroubleCode};
use domain::operation::OperationStatus;
use domain::pace::DEADLINE;
use service::access::Actor;
use service::engine::EngineError;
use service::machines::Act as Ask;
use simulator::{Act, Room};

use crate::world::{A_WHILE, World, conflict, seats};

fn broken() -> EngineError {
    EngineError::Failed("the disk is on fire".to_owned())
}

/// A lab of three whose second machine cannot be made, after time has passed.
async fn with_one_broken() -> (World, Actor, LabId, Machine) {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").capacity(3).create().await;
    world.converge().await;
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    world.stage.hold(Act::Build, None);
    tokio::join!(world.settle(), async {
        world.stage.held(3).await;
        let second = world.pool(lab).await.remove(1);
        world.sim.break_object(&second.hostname, broken());
        world.stage.let_go();
    });
    let begun = world.lab_row(lab).await.published_at.unwrap();
    while world.services.now().since(begun) < DEADLINE {
        assert_eq!(
            world.operation(lab).await.status,
            OperationStatus::InProgress
        );
        world.pass(A_WHILE).await;
    }
    world.pass(A_WHILE).await;
    let second = world.pool(lab).await.remove(1);
    (world, grace, lab, second)
}

#[tokio::test]
async fn one_machine_that_cannot_be_made_keeps_nobody_from_working() {
    let (world, grace, lab, second) = with_one_broken().await;
    assert_eq!(second.provisioning(), ProvisioningState::Failed);
    let operation = world.operation(lab).await;
    assert_eq!(operation.status, OperationStatus::Failed);
    assert!(operation.percent() < 100);
    let sentence = operation.error.unwrap();
    assert!(
        sentence.starts_with("1 of 3 machines could not be made."),
        "{sentence}"
    );
    assert_eq!(world.lab_row(lab).await.state, LabState::Published);
    world.assert_at_rest().await;

    // The others work; this one says why it does not.
    let pool = world.pool(lab).await;
    let start = async |machine: &Machine| {
        let act = world.services.act(&grace, machine.id, Ask::Start);
        act.await
    };
    start(&pool[0]).await.unwrap();
    start(&pool[2]).await.unwrap();
    let sentence = conflict(start(&second).await);
    assert!(sentence.contains("the disk is on fire"), "{sentence}");
    world.converge().await;
    assert_eq!(world.again(&pool[0]).await.state(), MachineState::Running);
    assert_eq!(world.again(&pool[2]).await.state(), MachineState::Running);

    // Nothing is tried any more until somebody asks.
    let calls = world.sim.calls_on(Act::Build, &second.hostname);
    for _ in 0..10 {
        world.pass(A_WHILE).await;
        world.reconciler.sweep().await.unwrap();
    }
    assert_eq!(world.sim.calls_on(Act::Build, &second.hostname), calls);

    // Nobody is seated there meanwhile.
    world.sim.mend_object(&second.hostname);
    let retry = world.services.act(&grace, second.id, Ask::Retry);
    retry.await.unwrap();
    world.converge().await;
    let second = world.again(&second).await;
    assert_eq!(second.provisioning(), ProvisioningState::Succeeded);
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_lab_with_a_failed_machine_is_deleted_like_any_other() {
    let (world, grace, lab, second) = with_one_broken().await;
    world.services.delete_lab(&grace, lab).await.unwrap();
    for _ in 0..20 {
        world.pass(A_WHILE).await;
    }
    // All but the broken one are gone, and that one is tried without end.
    assert_eq!(world.machines(lab).await.len(), 1);
    world.sim.mend_object(&second.hostname);
    world.converge().await;
    assert_eq!(world.find_lab(lab).await, None);
    assert!(world.sim.objects().is_empty());
}

#[tokio::test]
async fn a_failed_machine_can_be_taken_out_of_the_pool() {
    let (world, grace, lab, second) = with_one_broken().await;
    world.sim.mend_object(&second.hostname);
    let shrink = world.services.set_capacity(&grace, lab, seats(0), false);
    shrink.await.unwrap();
    world.converge().await;
    assert!(world.pool(lab).await.is_empty());
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_template_that_cannot_be_made_is_given_up_and_can_be_retried() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").create().await;
    let template = world.template(lab).await;
    world.sim.break_object(&template.hostname, broken());
    for _ in 0..20 {
        world.pass(A_WHILE).await;
    }
    let operation = world.operation(lab).await;
    assert_eq!(operation.status, OperationStatus::Failed);
    assert!(operation.error.unwrap().contains("on fire"));
    let refusal = world.publish(&grace, lab, Remake::Every).await;
    assert!(conflict(refusal).contains("template"));
    world.sim.mend_object(&template.hostname);
    let retry = world.services.act(&grace, template.id, Ask::Retry);
    retry.await.unwrap();
    world.converge().await;
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    world.converge().await;
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_template_that_cannot_be_sealed_ends_publishing_and_leaves_the_lab_as_it_was() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 2).await;
    world.stage.hold(Act::Seal, None);
    let again = world
        .services
        .publish(&grace, lab, Remake::Every, Some(seats(4)));
    again.await.unwrap();
    let name = domain::name::Hostname::of_generation(&world.lab_row(lab).await.name, lab, 2);
    world.sim.break_object(&name, broken());
    world.stage.let_go();
    for _ in 0..20 {
        world.pass(A_WHILE).await;
    }
    let operation = world.operation(lab).await;
    assert_eq!(operation.status, OperationStatus::Failed);
    assert!(operation.error.unwrap().contains("on fire"));
    let row = world.lab_row(lab).await;
    assert_eq!(row.state, LabState::Published);
    assert_eq!(row.published_generation, 1);
    world.assert_at_rest().await;

    // What is asked for next is not held up by what was given up.
    let grow = world.services.set_capacity(&grace, lab, seats(3), false);
    grow.await.unwrap();
    world.converge().await;
    assert_eq!(world.lab_row(lab).await.state, LabState::Published);
    world.assert_at_rest().await;
    world.sim.mend_object(&name);
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    world.converge().await;
    assert_eq!(world.lab_row(lab).await.published_generation, 2);
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_template_that_cannot_be_stopped_ends_publishing() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").create().await;
    world.converge().await;
    let template = world.template(lab).await;
    let start = world.services.act(&grace, template.id, Ask::Start);
    start.await.unwrap();
    world.converge().await;
    world.sim.break_object(&template.hostname, broken());
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    for _ in 0..20 {
        world.pass(A_WHILE).await;
    }
    let operation = world.operation(lab).await;
    assert_eq!(operation.status, OperationStatus::Failed);
    assert!(operation.error.unwrap().contains("on fire"));
    assert_eq!(world.lab_row(lab).await.state, LabState::Draft);
    world.sim.mend_object(&template.hostname);
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    world.converge().await;
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_machine_that_cannot_be_removed_does_not_keep_the_lab_busy_for_ever() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 3).await;
    let last = world.pool(lab).await.remove(2);
    world.sim.break_object(&last.hostname, broken());
    let shrink = world.services.set_capacity(&grace, lab, seats(2), false);
    shrink.await.unwrap();
    for _ in 0..20 {
        world.pass(A_WHILE).await;
    }
    assert_eq!(world.lab_row(lab).await.state, LabState::Published);
    let operation = world.operation(lab).await;
    assert_eq!(operation.status, OperationStatus::Failed);
    let sentence = operation.error.unwrap();
    assert!(sentence.contains("removed"), "{sentence}");
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    world.sim.mend_object(&last.hostname);
    world.converge().await;
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_machine_that_was_made_but_does_not_start_is_no_failure_of_the_pool() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 2).await;
    let first = world.pool(lab).await.remove(0);
    world.sim.break_object(&first.hostname, broken());
    let start = world.services.act(&grace, first.id, Ask::Start);
    start.await.unwrap();
    for _ in 0..20 {
        world.pass(A_WHILE).await;
    }
    let first = world.again(&first).await;
    assert_eq!(first.provisioning(), ProvisioningState::Failed);
    let grow = world.services.set_capacity(&grace, lab, seats(3), false);
    grow.await.unwrap();
    world.settle().await;
    let operation = world.operation(lab).await;
    assert_eq!(operation.status, OperationStatus::Succeeded);
    // Another click tries again.
    world.sim.mend_object(&first.hostname);
    let start = world.services.act(&grace, first.id, Ask::Start);
    start.await.unwrap();
    world.converge().await;
    assert_eq!(world.again(&first).await.state(), MachineState::Running);
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_full_host_is_said_and_a_start_succeeds_once_there_is_room() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 2).await;
    let room = Room::plenty();
    let one = Room {
        memory_mib: 1024,
        ..room
    };
    world.sim.set_room(one);
    let pool = world.pool(lab).await;
    for machine in &pool {
        let start = world.services.act(&grace, machine.id, Ask::Start);
        start.await.unwrap();
    }
    world.pass(A_WHILE).await;
    let states = async || {
        let (a, b) = (world.again(&pool[0]).await, world.again(&pool[1]).await);
        [a, b].map(|m| (m.state(), m.trouble.map(|t| t.code)))
    };
    let mut seen = states().await;
    seen.sort_by_key(|(state, _)| *state == MachineState::Running);
    assert_eq!(
        seen,
        [
            (MachineState::Starting, Some(TroubleCode::NoCapacity)),
            (MachineState::Running, None)
        ]
    );
    world.sim.set_room(room);
    world.pass(A_WHILE).await;
    assert_eq!(states().await, [(MachineState::Running, None); 2]);
}

#[tokio::test]
async fn troubles_that_take_turns_are_given_up_all_the_same() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 1).await;
    let machine = world.pool(lab).await.remove(0);
    let start = world.services.act(&grace, machine.id, Ask::Start);
    start.await.unwrap();
    let troubles = [broken(), EngineError::NoCapacity("full".to_owned())];
    for trouble in troubles.iter().cycle().take(40) {
        world.sim.break_object(&machine.hostname, trouble.clone());
        world.pass(Duration::from_secs(60)).await;
    }
    let machine = world.again(&machine).await;
    assert_eq!(machine.provisioning(), ProvisioningState::Failed);
}
