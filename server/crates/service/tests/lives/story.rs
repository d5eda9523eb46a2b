//! The main job, from an empty installation to an empty installation.

use domain::lab::{LabState, Remake};
use domain::machine::{MachineState, Power, ProvisioningState, StopReason};
use domain::operation::{OperationKind, OperationStatus};
use service::engine::ObjectKind;
use service::machines::Act as Ask;
use service::registration::Seat;
use simulator::Act;

use crate::world::World;

#[tokio::test]
async fn an_educator_prepares_publishes_and_deletes_and_two_students_work_in_between() {
    let world = World::new().await;
    let grace = world.creator("Grace").await;

    // Grace makes a lab; its template is made in the background.
    let python = world.lab(&grace, "Python").capacity(5).create().await;
    let grace = world.fresh(&grace).await;
    assert_eq!(world.operation(python).await.kind, OperationKind::CreateLab);
    let template = world.template(python).await;
    assert_eq!(template.provisioning(), ProvisioningState::Creating);
    world.settle().await;
    let template = world.again(&template).await;
    assert_eq!(template.provisioning(), ProvisioningState::Succeeded);
    assert_eq!(template.state(), MachineState::Stopped);
    let created = world.operation(python).await;
    assert_eq!(created.status, OperationStatus::Succeeded);
    world.assert_at_rest().await;

    // She works on the template, and publishes while it still runs.
    let services = &world.services;
    services.act(&grace, template.id, Ask::Start).await.unwrap();
    world.settle().await;
    assert_eq!(
        world.again(&template).await.state(),
        MachineState::Running,
        "{}",
        world.describe().await
    );
    let operation = world.publish(&grace, python, Remake::Every).await.unwrap();
    assert_eq!((operation.done, operation.total), (0, 5));
    world.settle().await;
    let lab = world.lab_row(python).await;
    assert_eq!(lab.state, LabState::Published);
    assert_eq!(world.operation(python).await.percent(), 100);
    let template = world.again(&template).await;
    assert_eq!(template.state(), MachineState::Stopped);
    assert_eq!(template.stopped_because, Some(StopReason::Publish));
    let pool = world.pool(python).await;
    assert_eq!(
        pool.iter().map(|m| m.seat).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );
    assert!(pool.iter().all(|m| m.claimed_by.is_none()));
    world.assert_at_rest().await;

    // Two students register; each gets a machine and starts it.
    let list = "ada@example.org, max@example.org";
    services.add_users(&grace, python, list).await.unwrap();
    let code = world.code(&grace, python).await;
    let ada = world.student("ada@example.org").await;
    let max = world.student("max@example.org").await;
    for student in [&ada, &max] {
        let seat = services.register(student, &code, "203.0.113.7").await;
        assert_eq!(seat.unwrap(), Seat::Taken);
        let machine = world.machine_of(student, python).await.unwrap();
        services.act(student, machine.id, Ask::Start).await.unwrap();
        let machine = world.again(&machine).await;
        assert_eq!(machine.state(), MachineState::Starting);
    }
    world.converge().await;
    let hers = world.machine_of(&ada, python).await.unwrap();
    let his = world.machine_of(&max, python).await.unwrap();
    assert_ne!(hers.id, his.id);
    assert_ne!(hers.seen.address, his.seen.address);
    for machine in [&hers, &his] {
        assert_eq!(machine.state(), MachineState::Running);
        let accounts = world.sim.accounts(&machine.hostname);
        assert_eq!(accounts.len(), 1);
        assert!(accounts[0].administrator);
        assert_eq!(accounts[0].password.expose(), "a long teaching day");
    }
    let login = services.machine_login(&ada, hers.id).await.unwrap();
    assert_eq!(
        (login.username.as_str(), login.password.as_str()),
        ("teacher", "a long teaching day")
    );
    world.assert_at_rest().await;

    // Ada begins anew; the machine stays hers, and is stopped.
    services.act(&ada, hers.id, Ask::Reimage).await.unwrap();
    assert_eq!(world.again(&hers).await.state(), MachineState::Reimaging);
    world.settle().await;
    let hers = world.machine_of(&ada, python).await.unwrap();
    assert_eq!(hers.state(), MachineState::Stopped);
    assert_eq!(hers.seen.build, Some(2));
    assert_eq!(world.sim.effects_on(Act::Build, &hers.hostname), 2);

    // Max goes home.
    services.act(&max, his.id, Ask::Stop).await.unwrap();
    assert_eq!(world.again(&his).await.state(), MachineState::Stopping);
    world.settle().await;
    let his = world.again(&his).await;
    assert_eq!(his.state(), MachineState::Stopped);
    assert_eq!(his.stopped_because, Some(StopReason::Student));
    world.assert_at_rest().await;

    // The course is over.
    services.delete_lab(&grace, python).await.unwrap();
    world.settle().await;
    assert_eq!(world.find_lab(python).await, None);
    assert!(world.sim.objects().is_empty());
    assert!(services.labs(&grace).await.unwrap().is_empty());
    assert!(services.my_places(&ada).await.unwrap().is_empty());
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_lab_without_a_template_is_published_straight_from_its_image() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let plan = world.lab(&grace, "Bare").without_template();
    let bare = plan.capacity(3).own_passwords().create().await;
    world.settle().await;
    assert!(world.sim.objects().is_empty());
    world.publish(&grace, bare, Remake::Every).await.unwrap();
    world.settle().await;
    world.assert_at_rest().await;
    assert_eq!(world.sim.calls(Act::Seal), 0);
    let pool = world.pool(bare).await;
    assert_eq!(pool.len(), 3);

    // Each machine has passwords of its own, and a student is no administrator.
    for machine in &pool {
        let ask = world.services.act(&grace, machine.id, Ask::Start);
        ask.await.unwrap();
    }
    world.converge().await;
    let mut passwords = Vec::new();
    for machine in &pool {
        let accounts = world.sim.accounts(&machine.hostname);
        assert_eq!(accounts.len(), 2);
        assert_eq!(accounts.iter().filter(|a| a.administrator).count(), 1);
        passwords.extend(accounts.into_iter().map(|a| a.password.expose().to_owned()));
    }
    passwords.sort();
    passwords.dedup();
    assert_eq!(passwords.len(), 6, "two accounts have the same password");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn publishing_again_remakes_what_the_educator_chose() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 3).await;
    let code = world.code(&grace, lab).await;
    let services = &world.services;
    services
        .add_users(&grace, lab, "ada@example.org")
        .await
        .unwrap();
    let ada = world.student("ada@example.org").await;
    services.register(&ada, &code, "address").await.unwrap();
    let generations = async || {
        let pool = world.pool(lab).await;
        pool.iter().map(|m| m.seen.generation).collect::<Vec<_>>()
    };

    world.publish(&grace, lab, Remake::Unclaimed).await.unwrap();
    world.settle().await;
    assert_eq!(generations().await, [1, 2, 2]);
    world.assert_at_rest().await;

    // Hers follows when she asks for it.
    let hers = world.machine_of(&ada, lab).await.unwrap();
    services.act(&ada, hers.id, Ask::Reimage).await.unwrap();
    world.settle().await;
    assert_eq!(generations().await, [2, 2, 2]);

    world.publish(&grace, lab, Remake::Every).await.unwrap();
    world.settle().await;
    assert_eq!(generations().await, [3, 3, 3]);
    let hers = world.machine_of(&ada, lab).await.unwrap();
    assert_eq!(hers.seen.power, Some(Power::Off));
    world.assert_at_rest().await;
    let objects = world.sim.objects();
    let sealed = objects
        .iter()
        .filter(|o| matches!(o.kind, ObjectKind::Generation { .. }));
    assert_eq!(sealed.count(), 1, "earlier generations were left behind");
}

#[tokio::test]
async fn a_pool_grows_and_shrinks_and_asks_before_it_takes_machines_away() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 3).await;
    let code = world.code(&grace, lab).await;
    let services = &world.services;
    services
        .add_users(&grace, lab, "ada@example.org max@example.org")
        .await
        .unwrap();
    for address in ["ada@example.org", "max@example.org"] {
        let student = world.student(address).await;
        services.register(&student, &code, "address").await.unwrap();
    }

    let seats = crate::world::seats;
    services
        .set_capacity(&grace, lab, seats(5), false)
        .await
        .unwrap();
    assert_eq!(world.lab_row(lab).await.state, LabState::Scaling);
    world.settle().await;
    assert_eq!(world.pool(lab).await.len(), 5);
    world.assert_at_rest().await;

    // Two are in use, so two stay unless she insists.
    services
        .set_capacity(&grace, lab, seats(2), false)
        .await
        .unwrap();
    world.settle().await;
    assert!(world.pool(lab).await.iter().all(|m| m.claimed_by.is_some()));
    world.assert_at_rest().await;
    let refusal = services.set_capacity(&grace, lab, seats(1), false).await;
    let sentence = crate::world::conflict(refusal);
    assert!(sentence.contains("max@example.org"), "{sentence}");
    assert_eq!(world.lab_row(lab).await.capacity, seats(2));

    services
        .set_capacity(&grace, lab, seats(1), true)
        .await
        .unwrap();
    world.settle().await;
    assert_eq!(world.pool(lab).await.len(), 1);
    assert_eq!(world.users(lab).await.len(), 2, "they stay on the list");
    world.assert_at_rest().await;

    // When there is room again, whoever lost the machine gets one.
    services
        .set_capacity(&grace, lab, seats(2), false)
        .await
        .unwrap();
    world.settle().await;
    assert!(world.pool(lab).await.iter().all(|m| m.claimed_by.is_some()));
    world.assert_at_rest().await;
}
