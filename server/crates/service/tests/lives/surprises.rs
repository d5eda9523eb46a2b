//! What people do at the very moment when something else is being done.

use std::sync::Arc;
use std::time::Duration;

use domain::lab::{LabState, Remake};
use domain::machine::{MachineState, ProvisioningState, StopReason};
use domain::name::Hostname;
use service::Services;
use service::changes::Changes;
use service::machines::{Act as Ask, Selection};
use service::reconcile::{Pace, Reconciler};
use service::vault::Vault;
use simulator::Act;

use crate::world::{A_WHILE, Dice, World, conflict, seats, soon};

#[tokio::test]
async fn a_start_asked_for_while_the_machine_stops_is_no_shutdown_from_inside() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 1).await;
    let machine = world.pool(lab).await.remove(0);
    let ask = async |act| {
        let asked = world.services.act(&grace, machine.id, act);
        asked.await.unwrap();
    };
    ask(Ask::Start).await;
    world.converge().await;
    ask(Ask::Stop).await;
    world.stage.hold(Act::Stop, None);
    tokio::join!(world.settle(), async {
        world.stage.held(1).await;
        ask(Ask::Start).await;
        world.stage.let_go();
    });
    world.converge().await;
    let machine = world.again(&machine).await;
    assert_eq!(machine.state(), MachineState::Running);
    assert_eq!(machine.stopped_because, None);
    assert_eq!(world.sim.effects(Act::Start), 2);
}

#[tokio::test]
async fn a_stop_asked_for_while_the_machine_starts_is_heeded() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 1).await;
    let machine = world.pool(lab).await.remove(0);
    for held in [Act::Start, Act::SetCredentials] {
        let start = world.services.act(&grace, machine.id, Ask::Start);
        start.await.unwrap();
        world.stage.hold(held, None);
        tokio::join!(world.settle(), async {
            world.stage.held(1).await;
            let stop = world.services.act(&grace, machine.id, Ask::Stop);
            stop.await.unwrap();
            world.stage.let_go();
        });
        world.converge().await;
        let machine = world.again(&machine).await;
        assert_eq!(machine.state(), MachineState::Stopped);
        assert_eq!(machine.stopped_because, Some(StopReason::Educator));
        world.assert_at_rest().await;
    }
}

#[tokio::test]
async fn a_reimage_asked_for_at_any_moment_ends_with_one_new_machine() {
    for held in [Act::Build, Act::Start, Act::SetCredentials] {
        let world = World::new().await;
        let grace = world.owner("Grace").await;
        let lab = world.published(&grace, "Python", 1).await;
        let machine = world.pool(lab).await.remove(0);
        let ask = async |act| {
            let asked = world.services.act(&grace, machine.id, act);
            asked.await.unwrap();
        };
        if held == Act::Build {
            ask(Ask::Reimage).await;
        }
        ask(Ask::Start).await;
        world.stage.hold(held, None);
        tokio::join!(world.settle(), async {
            world.stage.held(1).await;
            ask(Ask::Reimage).await;
            world.stage.let_go();
        });
        world.converge().await;
        world.assert_at_rest().await;
        let machine = world.again(&machine).await;
        assert_eq!(machine.state(), MachineState::Stopped, "{held:?}");
        ask(Ask::Start).await;
        world.converge().await;
        world.assert_at_rest().await;
    }
}

#[tokio::test]
async fn a_delete_at_any_moment_of_publishing_leaves_nothing() {
    for held in [Act::Stop, Act::Seal, Act::Build] {
        let world = World::new().await;
        let grace = world.owner("Grace").await;
        let lab = world.lab(&grace, "Python").capacity(3).create().await;
        world.converge().await;
        let template = world.template(lab).await;
        let start = world.services.act(&grace, template.id, Ask::Start);
        start.await.unwrap();
        world.converge().await;
        world.publish(&grace, lab, Remake::Every).await.unwrap();
        world.stage.hold(held, None);
        tokio::join!(world.settle(), async {
            world.stage.held(1).await;
            world.services.delete_lab(&grace, lab).await.unwrap();
            world.stage.let_go();
        });
        world.converge().await;
        assert_eq!(world.find_lab(lab).await, None, "{held:?}");
        assert!(world.sim.objects().is_empty(), "{held:?}");
    }
}

#[tokio::test]
async fn publishing_again_reaches_a_machine_that_is_just_being_remade() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 2).await;
    let first = world.pool(lab).await.remove(0);
    let reimage = world.services.act(&grace, first.id, Ask::Reimage);
    reimage.await.unwrap();
    world.stage.hold_answer(Act::Build, &first.hostname);
    let second = world.replica("second");
    tokio::join!(world.settle(), async {
        world.stage.held(1).await;
        world.publish(&grace, lab, Remake::Every).await.unwrap();
        // Another hand seals meanwhile; the first is still at work on the old generation.
        soon(second.settle()).await.unwrap();
        assert_eq!(world.lab_row(lab).await.published_generation, 2);
        world.stage.let_go();
    });
    world.converge().await;
    world.assert_at_rest().await;
    let generations = world.pool(lab).await;
    let generations: Vec<_> = generations.iter().map(|m| m.seen.generation).collect();
    assert_eq!(generations, [2, 2]);
}

#[tokio::test]
async fn publishing_fewer_machines_than_are_in_use_is_refused_with_names() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 2).await;
    let code = world.code(&grace, lab).await;
    let services = &world.services;
    let list = "ada@example.org max@example.org eve@example.org";
    services.add_users(&grace, lab, list).await.unwrap();
    let ada = world.student("ada@example.org").await;
    let max = world.student("max@example.org").await;
    services.register(&ada, &code, "address").await.unwrap();

    // One seat is free, and may go. While the template is sealed somebody takes it.
    let fewer = services.publish(&grace, lab, Remake::Every, Some(seats(1)));
    fewer.await.unwrap();
    world.stage.hold(Act::Seal, None);
    tokio::join!(world.settle(), async {
        world.stage.held(1).await;
        services.register(&max, &code, "address").await.unwrap();
        world.stage.let_go();
    });
    world.converge().await;
    world.assert_at_rest().await;
    assert!(world.machine_of(&ada, lab).await.is_some());
    let capacity = world.lab_row(lab).await.capacity;
    let his = world.machine_of(&max, lab).await;
    assert_eq!(capacity.seats(), 1 + u32::from(his.is_some()));

    let grow = services.set_capacity(&grace, lab, seats(2), false);
    grow.await.unwrap();
    world.converge().await;
    let none = services.publish(&grace, lab, Remake::Every, Some(seats(0)));
    let sentence = conflict(none.await);
    assert!(sentence.contains("ada@example.org"), "{sentence}");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn the_next_user_of_a_machine_gets_another_password() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let plan = world.lab(&grace, "Python").own_passwords();
    let lab = plan.capacity(1).create().await;
    world.converge().await;
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    world.converge().await;
    let services = &world.services;
    let list = "ada@example.org max@example.org";
    services.add_users(&grace, lab, list).await.unwrap();
    let code = world.code(&grace, lab).await;
    let ada = world.student("ada@example.org").await;
    let max = world.student("max@example.org").await;
    services.register(&ada, &code, "address").await.unwrap();
    services.register(&max, &code, "address").await.unwrap();
    let machine = world.machine_of(&ada, lab).await.unwrap();
    let hers = services.machine_login(&ada, machine.id).await.unwrap();
    let user = world.users(lab).await.remove(0);
    services.remove_user(&grace, lab, user.id).await.unwrap();
    let his = services.machine_login(&max, machine.id).await.unwrap();
    assert_ne!(hers.password, his.password);
    world.converge().await;
    services.act(&max, machine.id, Ask::Start).await.unwrap();
    world.converge().await;
    let accounts = world.sim.accounts(&machine.hostname);
    let student = accounts.iter().find(|a| !a.administrator).unwrap();
    assert_eq!(student.password.expose(), his.password);
}

#[tokio::test]
async fn a_seal_that_takes_long_is_not_begun_again_by_somebody_else() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").create().await;
    world.converge().await;
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    world.stage.hold(Act::Seal, None);
    let second = world.replica("second");
    let (settled, ()) = tokio::join!(world.reconciler.settle(), async {
        world.stage.held(1).await;
        for _ in 0..6 {
            world.let_timers_pass(Duration::from_secs(21)).await;
            second.settle().await.unwrap();
        }
        assert_eq!(world.sim.calls(Act::Seal), 0);
        assert_eq!(world.stage.holding(), 1, "it was begun a second time");
        world.stage.let_go();
    });
    settled.unwrap();
    world.converge().await;
    world.assert_at_rest().await;
    assert_eq!(world.sim.calls(Act::Seal), 1);
    let pool = world.pool(lab).await;
    assert!(pool.iter().all(|m| m.wanted.build == 1), "made twice");
}

#[tokio::test]
async fn a_seal_that_is_heard_of_after_somebody_else_took_over_changes_nothing() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").create().await;
    world.converge().await;
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    let name = Hostname::of_generation(&world.lab_row(lab).await.name, lab, 1);
    world.stage.hold_answer(Act::Seal, &name);
    let second = world.replica("second");
    tokio::join!(world.settle(), async {
        world.stage.held(1).await;
        // The first stands still for so long that its lease runs out, and somebody takes the lab.
        world.clock.advance(A_WHILE);
        soon(async {
            while world.lab_row(lab).await.state != LabState::Published {
                second.settle().await.unwrap();
            }
        })
        .await;
        world.stage.let_go();
    });
    world.converge().await;
    world.assert_at_rest().await;
    assert_eq!(world.sim.effects(Act::Seal), 1);
    let pool = world.pool(lab).await;
    assert!(pool.iter().all(|m| m.wanted.build == 1), "made twice");
}

#[tokio::test]
async fn a_start_that_takes_long_is_not_begun_again_by_somebody_else() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 1).await;
    let machine = world.pool(lab).await.remove(0);
    let start = world.services.act(&grace, machine.id, Ask::Start);
    start.await.unwrap();
    world.stage.hold(Act::Start, None);
    let second = world.replica("second");
    let (settled, ()) = tokio::join!(world.reconciler.settle(), async {
        world.stage.held(1).await;
        for _ in 0..6 {
            world.let_timers_pass(Duration::from_secs(21)).await;
            second.settle().await.unwrap();
        }
        assert_eq!(world.stage.holding(), 1, "it was begun a second time");
        world.stage.let_go();
    });
    settled.unwrap();
    world.converge().await;
    world.assert_at_rest().await;
    assert_eq!(world.sim.calls(Act::Start), 1);
}

#[tokio::test]
async fn a_secret_that_does_not_open_is_tried_now_and_then_and_not_all_the_time() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 1).await;
    let machine = world.pool(lab).await.remove(0);
    let start = world.services.act(&grace, machine.id, Ask::Start);
    start.await.unwrap();
    let services = Services {
        vault: Vault::new(&[8; 32], Arc::new(Dice::new(8))),
        changes: Changes::default(),
        ..world.services.clone()
    };
    let other_key = Reconciler::new(services, Pace::default(), "other".to_owned());
    for _ in 0..3 {
        world.settle_with(&other_key).await;
        world.clock.advance(A_WHILE);
    }
    assert_eq!(world.again(&machine).await.state(), MachineState::Starting);
    // With the right key again it goes on where it was.
    world.converge().await;
    assert_eq!(world.again(&machine).await.state(), MachineState::Running);
}

#[tokio::test]
async fn a_nudge_that_comes_while_a_lab_is_worked_on_is_not_lost() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").capacity(2).create().await;
    world.converge().await;
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    // While the lab is leased for its seal, its row changes and it is made due again.
    world.stage.hold(Act::Seal, None);
    tokio::join!(world.settle(), async {
        world.stage.held(1).await;
        let change = service::labs::LabChange {
            title: Some(domain::name::LabTitle::parse("Python 2").unwrap()),
            ..Default::default()
        };
        let update = world.services.update_lab(&grace, lab, change);
        update.await.unwrap();
        world.stage.let_go();
    });
    let row = world.lab_row(lab).await;
    assert_eq!(row.title.as_str(), "Python 2");
    assert_eq!(row.state, LabState::Published);
    world.assert_at_rest().await;

    // And while the lab itself is being looked at, its machines finish one after the other: however
    // the two meet, the operation ends without time passing.
    for round in 3..8 {
        let grow = world
            .services
            .set_capacity(&grace, lab, seats(round), false);
        grow.await.unwrap();
        world.settle().await;
        assert_eq!(world.lab_row(lab).await.state, LabState::Published);
        world.assert_at_rest().await;
    }
}

#[tokio::test]
async fn starting_a_machine_that_is_still_being_made_starts_it_afterwards() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").capacity(3).create().await;
    world.converge().await;
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    world.stage.hold(Act::Build, None);
    tokio::join!(world.settle(), async {
        world.stage.held(3).await;
        let all = &Selection::All;
        let start = world.services.act_on_many(&grace, lab, all, Ask::Start);
        assert_eq!(start.await.unwrap(), 3);
        world.stage.let_go();
    });
    world.converge().await;
    world.assert_at_rest().await;
    let pool = world.pool(lab).await;
    assert!(pool.iter().all(|m| m.state() == MachineState::Running));
    assert!(
        pool.iter()
            .all(|m| m.provisioning() == ProvisioningState::Succeeded)
    );
}

#[tokio::test]
async fn a_graceful_stop_that_fails_becomes_force_however_often_somebody_clicks() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 1).await;
    let machine = world.pool(lab).await.remove(0);
    let start = world.services.act(&grace, machine.id, Ask::Start);
    start.await.unwrap();
    world.converge().await;
    // A machine that heeds force only; the simulator would really wait for ninety seconds.
    world.stage.refuse_graceful_stops();
    for _ in 0..4 {
        let stop = world.services.act(&grace, machine.id, Ask::Stop);
        stop.await.unwrap();
        world.pass(Duration::from_secs(31)).await;
    }
    assert_eq!(world.again(&machine).await.state(), MachineState::Stopped);
}
