//! The bin: what a deleted lab keeps, the way back, and the end.

use std::time::Duration;

use domain::lab::{LabState, Remake};
use domain::machine::{MachineState, Power};
use domain::operation::{OperationKind, OperationStatus};
use service::machines::Act as Ask;
use service::users::LinkChange;
use simulator::Act;

use crate::world::{World, assert_not_found, conflict, seats};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn a_deleted_lab_comes_back_as_it_was() {
    let world = World::new().await;
    world.keep_deleted_labs(7).await;
    let grace = world.owner("Grace").await;
    let ada = world.student("ada@example.org").await;
    let services = &world.services;
    let lab = world.published(&grace, "Python", 3).await;
    let open = LinkChange::OpenAccess(true);
    services.change_link(&grace, lab, open).await.unwrap();
    let code = world.code(&grace, lab).await;
    services.register(&ada, &code, "here").await.unwrap();
    let hers = world.machine_of(&ada, lab).await.unwrap();
    services.act(&ada, hers.id, Ask::Start).await.unwrap();
    world.settle().await;
    let (objects, builds) = (world.sim.objects().len(), world.sim.effects(Act::Build));

    // Nobody sees it any more, nobody comes in, and nothing of it runs.
    let asked = services.now();
    let deleted = services.delete_lab(&grace, lab).await.unwrap();
    assert_eq!(deleted.status, OperationStatus::InProgress);
    world.settle().await;
    world.is_done(&grace, &deleted).await;
    assert_eq!(world.again(&hers).await.seen.power, Some(Power::Off));
    assert_eq!(world.sim.objects().len(), objects);
    assert!(services.labs(&grace).await.unwrap().is_empty());
    assert!(services.my_places(&ada).await.unwrap().is_empty());
    assert_not_found(services.lab_detail(&grace, lab).await);
    assert_not_found(services.act(&ada, hers.id, Ask::Start).await);
    assert!(services.register(&ada, &code, "here").await.is_err());

    // Its educator sees it in the bin; nobody else does.
    let bin = services.deleted_labs(&grace).await.unwrap();
    assert_eq!((bin[0].machines, bin[0].users), (4, 1));
    let kept = bin[0].kept_until.since(asked);
    assert_eq!(kept.as_secs(), (DAY * 7).as_secs());
    assert!(services.deleted_labs(&ada).await.unwrap().is_empty());
    assert_not_found(services.restore_lab(&ada, lab).await);
    assert_not_found(services.erase_lab(&ada, lab).await);

    // Six days later it is wanted back.
    world.clock.advance(DAY * 6);
    world.settle().await;
    let back = services.restore_lab(&grace, lab).await.unwrap();
    assert_eq!(back.operation, None);
    world.settle().await;
    world.assert_at_rest().await;
    assert_eq!(world.sim.effects(Act::Build), builds);
    let hers = world.machine_of(&ada, lab).await.unwrap();
    assert_eq!(hers.state(), MachineState::Stopped);
    assert_eq!(world.code(&grace, lab).await, code);
    services.act(&ada, hers.id, Ask::Start).await.unwrap();
    world.settle().await;
    assert_eq!(world.again(&hers).await.state(), MachineState::Running);
    assert_not_found(services.restore_lab(&grace, lab).await);
}

#[tokio::test]
async fn after_its_time_nothing_is_left_of_it() {
    for world in [World::new().await, World::on_postgres().await] {
        world.keep_deleted_labs(7).await;
        let grace = world.owner("Grace").await;
        let lab = world.published(&grace, "Python", 2).await;
        world.services.delete_lab(&grace, lab).await.unwrap();
        world.settle().await;
        world.clock.advance(DAY * 7 - Duration::from_secs(1));
        world.settle().await;
        assert!(!world.sim.objects().is_empty());
        world.pass(Duration::from_secs(1)).await;
        world.converge().await;
        assert_eq!(world.find_lab(lab).await, None);
        assert!(world.sim.objects().is_empty());
        assert_not_found(world.services.restore_lab(&grace, lab).await);
        world.end().await;
    }
}

#[tokio::test]
async fn a_lab_is_removed_for_good_when_it_is_asked_for() {
    let world = World::new().await;
    world.keep_deleted_labs(30).await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 2).await;
    assert_not_found(world.services.erase_lab(&grace, lab).await);
    world.services.delete_lab(&grace, lab).await.unwrap();
    let erased = world.services.erase_lab(&grace, lab).await.unwrap();
    let sentence = conflict(world.services.restore_lab(&grace, lab).await);
    assert!(sentence.contains("removed for good"), "{sentence}");
    conflict(world.services.erase_lab(&grace, lab).await);
    assert!(
        world
            .services
            .deleted_labs(&grace)
            .await
            .unwrap()
            .is_empty()
    );
    world.converge().await;
    world.is_done(&grace, &erased).await;
    assert_eq!(world.find_lab(lab).await, None);
    assert!(world.sim.objects().is_empty());
}

#[tokio::test]
async fn the_name_is_free_meanwhile_and_stands_in_the_way_when_it_is_taken() {
    for world in [World::new().await, World::on_postgres().await] {
        world.keep_deleted_labs(7).await;
        let grace = world.owner("Grace").await;
        let services = &world.services;
        let first = world.published(&grace, "Python", 1).await;
        services.delete_lab(&grace, first).await.unwrap();
        let second = world.published_beside_the_bin(&grace, "Python", 1).await;
        let sentence = conflict(services.restore_lab(&grace, first).await);
        assert!(
            sentence.contains("another lab of the same name"),
            "{sentence}"
        );
        // Both in the bin; either comes back.
        services.delete_lab(&grace, second).await.unwrap();
        services.restore_lab(&grace, first).await.unwrap();
        conflict(services.restore_lab(&grace, second).await);
        services.erase_lab(&grace, second).await.unwrap();
        world.converge().await;
        world.assert_at_rest().await;
        assert_eq!(world.find_lab(second).await, None);
        world.end().await;
    }
}

#[tokio::test]
async fn what_was_being_published_goes_on_when_it_is_brought_back() {
    let world = World::new().await;
    world.keep_deleted_labs(1).await;
    let grace = world.owner("Grace").await;
    let services = &world.services;
    let lab = world.lab(&grace, "Python").capacity(3).create().await;
    world.settle().await;
    let publish = world.publish(&grace, lab, Remake::Every).await.unwrap();
    services.delete_lab(&grace, lab).await.unwrap();
    world.settle().await;
    // Nothing is sealed or made in the bin.
    assert_eq!(world.sim.calls(Act::Seal), 0);
    let told = world.told(&grace, publish.id).await;
    assert_eq!(told.status, OperationStatus::Failed);
    let back = services.restore_lab(&grace, lab).await.unwrap();
    let operation = back.operation.unwrap();
    assert_eq!(operation.kind, OperationKind::Publish);
    world.converge().await;
    world.is_done(&grace, &operation).await;
    assert_eq!(world.lab_row(lab).await.state, LabState::Published);
    assert_eq!(world.pool(lab).await.len(), 3);
    world.assert_at_rest().await;
}

#[tokio::test]
async fn machines_that_were_never_made_are_not_made_in_the_bin() {
    let world = World::new().await;
    world.keep_deleted_labs(1).await;
    let grace = world.owner("Grace").await;
    let services = &world.services;
    let lab = world.published(&grace, "Python", 1).await;
    let builds = world.sim.effects(Act::Build);
    let more = services.set_capacity(&grace, lab, seats(3), false).await;
    more.unwrap();
    services.delete_lab(&grace, lab).await.unwrap();
    world.settle().await;
    assert_eq!(world.sim.effects(Act::Build), builds);
    assert_eq!(world.pool(lab).await.len(), 1);
    let back = services.restore_lab(&grace, lab).await.unwrap();
    assert_eq!(back.operation.unwrap().kind, OperationKind::Scale);
    world.converge().await;
    assert_eq!(world.pool(lab).await.len(), 3);
    world.assert_at_rest().await;
}
