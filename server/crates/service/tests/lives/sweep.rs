//! What happens in the engine without Lectern: shutdowns from inside, losses, strays.

use domain::id::{LabId, MachineId};
use domain::image::ImageName;
use domain::lab::Remake;
use domain::machine::{MachineState, Power, ProvisioningState, StopReason, TroubleCode};
use domain::name::Hostname;
use domain::size::SIZES;
use service::engine::{BuildSpec, Engine as _, EngineError, SealSpec, Source};
use service::machines::{Act as Ask, Selection};
use simulator::{Act, Simulator};

use crate::world::{A_WHILE, World, conflict, soon};

fn stray(name: &str, number: u128) -> BuildSpec {
    let id = format!("00000000-0000-7000-8000-{number:012}");
    BuildSpec {
        machine: id.parse::<MachineId>().unwrap(),
        lab: id.parse::<LabId>().unwrap(),
        hostname: Hostname::parse(name).unwrap(),
        build: 1,
        generation: 0,
        source: Source::Image(ImageName::parse("debian/12").unwrap()),
        size: SIZES[0],
    }
}

fn names(sim: &Simulator) -> Vec<String> {
    let objects = sim.objects().into_iter();
    objects.map(|o| o.name.to_string()).collect()
}

#[tokio::test]
async fn a_shutdown_from_inside_is_seen_by_the_sweep() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 2).await;
    let all = &Selection::All;
    let start = world
        .services
        .act_on_many(&grace, lab, all, Ask::Start)
        .await;
    assert_eq!(start.unwrap(), 2);
    world.converge().await;
    let pool = world.pool(lab).await;
    assert!(world.sim.shut_down(&pool[0].hostname));
    world.settle().await;
    assert_eq!(world.again(&pool[0]).await.state(), MachineState::Running);
    world.reconciler.sweep().await.unwrap();
    world.settle().await;
    let first = world.again(&pool[0]).await;
    assert_eq!(first.state(), MachineState::Stopped);
    assert_eq!(first.stopped_because, Some(StopReason::Inside));
    assert_eq!(world.again(&pool[1]).await.state(), MachineState::Running);
    world.converge().await;
    world.assert_at_rest().await;
    assert_eq!(world.sim.effects(Act::Start), 2, "it was started again");
}

#[tokio::test]
async fn a_shutdown_from_inside_is_seen_by_its_event() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 1).await;
    let machine = world.pool(lab).await.remove(0);
    let start = world.services.act(&grace, machine.id, Ask::Start);
    start.await.unwrap();
    world.converge().await;

    let mut heard = world.services.changes.listen();
    let lists = world.sim.calls(Act::List);
    let running = tokio::spawn(world.reconciler.clone().run());
    // It sweeps once by itself and once because it has just begun to listen.
    soon(async {
        while world.sim.calls(Act::List) < lists + 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(world.sim.shut_down(&machine.hostname));
    soon(async {
        while world.again(&machine).await.seen.power != Some(Power::Off) {
            heard.recv().await.unwrap();
        }
    })
    .await;
    assert_eq!(world.sim.calls(Act::List), lists + 2, "it was the sweep");
    running.abort();
    let machine = world.again(&machine).await;
    assert_eq!(machine.state(), MachineState::Stopped);
    assert_eq!(machine.stopped_because, Some(StopReason::Inside));
}

#[tokio::test]
async fn a_lost_machine_is_reported_and_comes_back_only_when_somebody_asks() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 2).await;
    let ada = world.student("ada@example.org").await;
    let services = &world.services;
    services
        .add_users(&grace, lab, "ada@example.org")
        .await
        .unwrap();
    let code = world.code(&grace, lab).await;
    services.register(&ada, &code, "address").await.unwrap();
    let hers = world.machine_of(&ada, lab).await.unwrap();
    services.act(&ada, hers.id, Ask::Start).await.unwrap();
    world.converge().await;

    assert!(world.sim.lose(&hers.hostname));
    world.reconciler.sweep().await.unwrap();
    world.settle().await;
    let is_reported = async || {
        let hers = world.again(&hers).await;
        assert_eq!(hers.provisioning(), ProvisioningState::Failed);
        assert_eq!(hers.trouble.unwrap().code, TroubleCode::Lost);
    };
    is_reported().await;
    for _ in 0..5 {
        world.pass(A_WHILE).await;
        world.reconciler.sweep().await.unwrap();
    }
    is_reported().await;

    // Starting it is refused with what to do; stopping it, alone or with all, changes nothing.
    let refusal = services.act(&ada, hers.id, Ask::Start).await;
    assert!(conflict(refusal).contains("Reimage"));
    services.act(&ada, hers.id, Ask::Stop).await.unwrap();
    let all = &Selection::All;
    let stopped = services.act_on_many(&grace, lab, all, Ask::Stop).await;
    assert_eq!(stopped.unwrap(), 0);
    world.converge().await;
    is_reported().await;
    assert_eq!(world.sim.effects_on(Act::Build, &hers.hostname), 1);

    services.act(&ada, hers.id, Ask::Reimage).await.unwrap();
    world.converge().await;
    world.assert_at_rest().await;
    let hers = world.machine_of(&ada, lab).await.unwrap();
    assert_eq!(hers.provisioning(), ProvisioningState::Succeeded);
    services.act(&ada, hers.id, Ask::Start).await.unwrap();
    world.converge().await;
    assert_eq!(world.again(&hers).await.state(), MachineState::Running);
}

#[tokio::test]
async fn what_no_row_owns_is_removed_and_what_others_own_is_not_touched() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 2).await;
    let before = names(&world.sim);
    let row = world.lab_row(lab).await;
    let template = world.template(lab).await;

    let other = world.sim.for_install("another school");
    other.build(&stray("theirs", 1)).await.unwrap();
    world.sim.build(&stray("nobodys-a", 2)).await.unwrap();
    world.sim.build(&stray("nobodys-b", 3)).await.unwrap();
    let earlier = SealSpec {
        lab,
        template: template.hostname.clone(),
        name: Hostname::of_generation(&row.name, lab, 7),
        generation: 7,
    };
    world.sim.seal(&earlier).await.unwrap();
    // One of ours under another name is nobody's either.
    let twin = BuildSpec {
        machine: template.id,
        lab,
        ..stray("twin", 4)
    };
    world.sim.build(&twin).await.unwrap();
    assert_eq!(names(&world.sim).len(), before.len() + 4);

    world.reconciler.sweep().await.unwrap();
    world.settle().await;
    assert_eq!(names(&world.sim), before);
    assert_eq!(names(&other), ["theirs"]);
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_stray_that_cannot_be_removed_keeps_no_other_from_going() {
    let world = World::new().await;
    for (name, number) in [("a", 1), ("b", 2), ("c", 3)] {
        world.sim.build(&stray(name, number)).await.unwrap();
    }
    let broken = Hostname::parse("a").unwrap();
    let error = EngineError::Failed("No.".to_owned());
    world.sim.break_object(&broken, error);
    // Whether the sweep calls this a failure does not matter.
    drop(world.reconciler.sweep().await);
    assert_eq!(names(&world.sim), ["a"]);
    world.sim.mend_object(&broken);
    world.reconciler.sweep().await.unwrap();
    assert!(world.sim.objects().is_empty());
}

#[tokio::test]
async fn an_earlier_generation_that_could_not_be_removed_is_removed_by_the_sweep() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 1).await;
    let error = EngineError::Failed("busy".to_owned());
    world.sim.fail(Act::Remove, 1, error);
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    world.settle().await;
    let generations = |sim: &Simulator| names(sim).iter().filter(|n| n.contains("-g")).count();
    assert_eq!(generations(&world.sim), 2);
    world.reconciler.sweep().await.unwrap();
    assert_eq!(generations(&world.sim), 1);
    world.assert_at_rest().await;
}
