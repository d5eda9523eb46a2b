//! What programs wait for: work on machines, images and lists from its beginning to its end.

use domain::credentials::{Password, Username};
use domain::lab::LabState;
use domain::machine::MachineState;
use domain::operation::{FailureCode, OperationKind, OperationStatus};
use domain::pace::DEADLINE;
use domain::plan::Plan;
use domain::resource::ResourceGroup;
use domain::user::RegistrationState;
use service::engine::{EngineError, ObjectKind};
use service::labs::LabChange;
use service::machines::Act as Ask;
use service::store::{DirectoryGroup, DirectoryMember};
use simulator::Act;

use crate::world::{A_WHILE, World, conflict};

#[tokio::test]
async fn what_is_asked_of_a_machine_ends_when_it_is_so() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 1).await;
    let machine = world.pool(lab).await.remove(0);
    for (ask, kind, state) in [
        (
            Ask::Start,
            OperationKind::StartMachine,
            MachineState::Running,
        ),
        (
            Ask::Redeploy,
            OperationKind::RedeployMachine,
            MachineState::Running,
        ),
        (Ask::Stop, OperationKind::StopMachine, MachineState::Stopped),
        (
            Ask::Redeploy,
            OperationKind::RedeployMachine,
            MachineState::Running,
        ),
        (
            Ask::Reimage,
            OperationKind::ReimageMachine,
            MachineState::Stopped,
        ),
    ] {
        let stops = world.sim.effects(Act::Stop);
        let asked = world.services.act(&grace, machine.id, ask).await.unwrap();
        assert_eq!(
            (asked.kind, asked.status),
            (kind, OperationStatus::InProgress)
        );
        let (ran, again) = (world.again(&machine).await.state(), ask == Ask::Redeploy);
        world.converge().await;
        world.is_done(&grace, &asked).await;
        assert_eq!(world.again(&machine).await.state(), state, "{ask:?}");
        if again && ran == MachineState::Stopping {
            assert_eq!(world.sim.effects(Act::Stop), stops + 1);
        }
        world.assert_at_rest().await;
    }
    // What is so already is done at once.
    let asked = world.services.act(&grace, machine.id, Ask::Stop).await;
    assert_eq!(asked.unwrap().status, OperationStatus::Succeeded);
}

#[tokio::test]
async fn asking_twice_is_asking_once_and_asking_otherwise_ends_it() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 1).await;
    let machine = world.pool(lab).await.remove(0);
    let ask = async |act| world.services.act(&grace, machine.id, act).await.unwrap();
    let first = ask(Ask::Start).await;
    assert_eq!(ask(Ask::Start).await.id, first.id);
    let stop = ask(Ask::Stop).await;
    assert_ne!(stop.id, first.id);
    let told = world.told(&grace, first.id).await;
    assert_eq!(told.code, Some(FailureCode::OperationPreempted));
    world.converge().await;
    world.is_done(&grace, &stop).await;
    // Whoever has nothing to do with the lab is told nothing.
    let eve = world.student("eve@example.org").await;
    assert!(world.services.operation(&eve, stop.id).await.is_err());
}

#[tokio::test]
async fn what_cannot_be_done_fails_after_the_deadline() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 1).await;
    let machine = world.pool(lab).await.remove(0);
    let fire = EngineError::Failed("the disk is on fire".to_owned());
    world.sim.break_object(&machine.hostname, fire);
    let asked = world.services.act(&grace, machine.id, Ask::Start).await;
    let asked = asked.unwrap();
    let begun = world.services.now();
    while world.services.now().since(begun) < DEADLINE {
        let told = world.told(&grace, asked.id).await;
        assert_eq!(told.status, OperationStatus::InProgress);
        world.pass(A_WHILE).await;
    }
    world.pass(A_WHILE).await;
    let told = world.told(&grace, asked.id).await;
    assert_eq!(told.code, Some(FailureCode::EngineFailed));
    assert!(told.error.unwrap().contains("the disk is on fire"));
}

#[tokio::test]
async fn a_password_is_set_on_one_machine_until_it_is_remade() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 2).await;
    let machine = world.pool(lab).await.remove(0);
    let password = Password::for_machine("password", "set by a program").unwrap();
    let accounts = ["teacher", "helper"].map(|name| Username::parse("username", name).unwrap());
    let reset = async |username| {
        let services = &world.services;
        services
            .reset_password(&grace, lab, machine.id, username, &password)
            .await
    };
    assert!(conflict(reset(&accounts[0]).await).contains("Start the machine"));
    world
        .services
        .act(&grace, machine.id, Ask::Start)
        .await
        .unwrap();
    world.converge().await;
    for username in &accounts {
        let asked = reset(username).await.unwrap();
        assert_eq!(
            world.again(&machine).await.state(),
            MachineState::ResettingPassword
        );
        world.converge().await;
        world.is_done(&grace, &asked).await;
        let set = world.sim.accounts(&machine.hostname);
        let account = set.iter().find(|a| a.username == *username).unwrap();
        assert_eq!(account.password, password);
    }
    for ask in [Ask::Reimage, Ask::Start] {
        world.services.act(&grace, machine.id, ask).await.unwrap();
        world.converge().await;
    }
    let set = world.sim.accounts(&machine.hostname);
    assert!(set.iter().all(|account| account.password != password));
    assert_eq!(set.len(), 1);
}

#[tokio::test]
async fn a_saved_image_outlives_the_lab_and_labs_are_made_of_it() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 1).await;
    let template = world.template(lab).await;
    let plan = world.services.plans(&grace).await.unwrap().remove(0);
    let save = async |name| {
        let machine = (lab, template.id);
        world
            .services
            .save_image(&grace, &plan, machine, name)
            .await
    };
    let asked = save("Prepared for class").await.unwrap();
    // Nobody touches the machine meanwhile.
    let start = world.services.act(&grace, template.id, Ask::Start).await;
    assert!(conflict(start).contains("being saved"));
    world.converge().await;
    world.is_done(&grace, &asked).await;
    assert!(conflict(save("prepared-for-class").await).contains("already an image"));

    world.services.delete_lab(&grace, lab).await.unwrap();
    world.converge().await;
    world.reconciler.sweep().await.unwrap();
    let left: Vec<ObjectKind> = world.sim.objects().into_iter().map(|o| o.kind).collect();
    assert_eq!(left.len(), 1, "{left:?}");

    let images = world.services.images_for_new_lab(&grace).await.unwrap();
    let saved = images.iter().find(|image| image.saved.is_some()).unwrap();
    assert_eq!(saved.resource_name().as_str(), "Prepared-for-class");
    let again = world
        .lab(&grace, "Again")
        .of_image(saved.name.clone())
        .without_template()
        .capacity(2);
    let again = again.create().await;
    world
        .publish(&grace, again, domain::lab::Remake::Every)
        .await
        .unwrap();
    world.converge().await;
    assert_eq!(world.lab_row(again).await.state, LabState::Published);
    assert_eq!(world.pool(again).await.len(), 2);
    assert!(
        world
            .pool(again)
            .await
            .iter()
            .all(|m| m.seen.build.is_some())
    );
}

#[tokio::test]
async fn an_image_that_cannot_be_saved_is_given_up() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 1).await;
    let template = world.template(lab).await;
    let group = ResourceGroup::default_group();
    let plan = world.services.plans(&grace).await.unwrap().remove(0);
    assert_eq!((plan.id, &plan.group), (Plan::DEFAULT, &group));
    let fire = EngineError::Failed("the disk is on fire".to_owned());
    world.sim.break_act(Act::Seal, fire);
    let machine = (lab, template.id);
    let asked = world.services.save_image(&grace, &plan, machine, "x").await;
    let asked = asked.unwrap();
    let begun = world.services.now();
    while world.services.now().since(begun) < DEADLINE + A_WHILE {
        world.pass(A_WHILE).await;
    }
    let told = world.told(&grace, asked.id).await;
    assert_eq!(told.code, Some(FailureCode::EngineFailed));
    world.sim.mend_act(Act::Seal);
    world
        .services
        .act(&grace, template.id, Ask::Start)
        .await
        .unwrap();
    world.converge().await;
    assert_eq!(world.again(&template).await.state(), MachineState::Running);
}

#[tokio::test]
async fn a_list_follows_its_directory_group() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let ada = world.student("ada@example.org").await;
    let lab = world.published(&grace, "Python", 1).await;
    let group = async |addresses: &[&str]| {
        let members = addresses.iter().map(|address| DirectoryMember {
            email: domain::email::Email::parse(address).unwrap(),
            name: None,
        });
        let group = DirectoryGroup {
            id: "class".to_owned(),
            name: "Class".to_owned(),
            members: members.collect(),
        };
        let put = world.services.put_directory_group(&grace, group);
        put.await.unwrap();
    };
    let sync = async || world.services.sync_lab(&grace, lab).await;
    assert!(conflict(sync().await).contains("activeDirectoryGroupId"));
    let change = LabChange {
        roster: Some(domain::kept::RosterProfile {
            active_directory_group_id: Some("class".to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    };
    world
        .services
        .update_lab(&grace, lab, change)
        .await
        .unwrap();
    let unknown = sync().await.unwrap();
    assert_eq!(unknown.code, Some(FailureCode::DirectoryGroupNotFound));

    group(&["ada@example.org", "max@example.org", "eve@example.org"]).await;
    let asked = sync().await.unwrap();
    assert_eq!(world.lab_row(lab).await.state, LabState::Syncing);
    world.converge().await;
    world.is_done(&grace, &asked).await;
    assert_eq!(world.lab_row(lab).await.state, LabState::Published);
    let users = world.users(lab).await;
    assert!(
        users
            .iter()
            .all(|u| u.registration() == RegistrationState::Registered)
    );
    let pool = world.pool(lab).await;
    assert!(pool.len() == 3 && pool.iter().all(|m| m.claimed_by.is_some()));
    assert!(world.machine_of(&ada, lab).await.is_some());
    // Whoever was not there before may come by the link; whoever was has an account already.
    let code = world.code(&grace, lab).await;
    let may = async |address: &str| {
        let email = domain::email::Email::parse(address).unwrap();
        world.services.may_register(&code, &email, "a page").await
    };
    may("max@example.org").await.unwrap();
    assert!(may("ada@example.org").await.is_err());

    // Nobody who leaves is to keep a machine here.
    let none = domain::grace::GraceDays::new(0).unwrap();
    world.services.set_grace(&grace, lab, none).await.unwrap();
    group(&["max@example.org"]).await;
    let asked = sync().await.unwrap();
    world.converge().await;
    world.is_done(&grace, &asked).await;
    assert_eq!(world.users(lab).await.len(), 1);
    assert_eq!(world.pool(lab).await.len(), 1);
    assert_eq!(world.machine_of(&ada, lab).await, None);
    world.assert_at_rest().await;
}
