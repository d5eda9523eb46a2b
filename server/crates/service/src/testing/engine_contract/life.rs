//! Building, starting, stopping, removing, listing.

use domain::image::ImageName;
use domain::machine::Power;

use super::{Bench, account};
use crate::engine::{BuildSpec, EngineError, ObjectKind, Source};

pub(super) async fn the_engine_tells_how_it_is(bench: &Bench<'_>) {
    let health = bench.engine.health().await.expect("the engine answers");
    assert!(!health.version.is_empty());
    assert!(!health.instance_types.is_empty());

    let images = bench.engine.images().await.expect("the engine answers");
    let wanted = bench.world.image();
    let image = images.iter().find(|image| image.name == wanted);
    assert!(!image.expect("the image is there").title.is_empty());

    let room = bench.engine.capacity().await.expect("the engine answers");
    assert!(room.cpus > 0 && room.memory_mib > 0 && room.disk_mib > 0);
    assert!(room.memory_used_mib <= room.memory_mib && room.disk_used_mib <= room.disk_mib);
}

pub(super) async fn a_machine_is_built_once(bench: &Bench<'_>) {
    let spec = bench.of_image("seat");
    assert_eq!(bench.look(&spec).await, None);
    let mut events = bench.events().await;
    bench.build(&spec).await;
    bench.event(&mut events, &spec.hostname).await;

    let seen = bench.look(&spec).await.expect("it was built");
    assert_eq!((seen.build, seen.generation), (1, 0));
    assert_eq!((seen.power, seen.address), (Power::Off, None));

    // Were it made anew by the second build, it would not run any more.
    bench.start(&spec).await;
    bench.build(&spec).await;
    assert_eq!(bench.power(&spec).await, Power::On);
    assert_eq!(bench.listed(&spec.hostname).await.len(), 1);
}

pub(super) async fn another_build_replaces_the_machine(bench: &Bench<'_>) {
    let first = bench.of_image("seat");
    bench.build(&first).await;
    bench.start(&first).await;

    let second = BuildSpec {
        build: 2,
        ..first.clone()
    };
    bench.build(&second).await;
    let seen = bench.look(&second).await.expect("it was built");
    assert_eq!((seen.build, seen.power), (2, Power::Off));
    assert_eq!(bench.listed(&first.hostname).await.len(), 1);
}

pub(super) async fn building_twice_at_once_leaves_one_machine(bench: &Bench<'_>) {
    let spec = bench.of_image("seat");
    let (one, other) = tokio::join!(bench.engine.build(&spec), bench.engine.build(&spec));
    assert_eq!((one, other), (Ok(()), Ok(())));
    assert_eq!(bench.listed(&spec.hostname).await.len(), 1);
    bench.start(&spec).await;
}

pub(super) async fn an_unknown_image_is_an_error_in_words(bench: &Bench<'_>) {
    let name = ImageName::parse("contract-no-such-image").expect("an image's name");
    let spec = BuildSpec {
        source: Source::Image(name),
        ..bench.of_image("seat")
    };
    let error = bench.engine.build(&spec).await.expect_err("no such image");
    assert!(
        matches!(error, EngineError::NotFound(_) | EngineError::Failed(_)),
        "{error}"
    );
    assert_eq!(bench.look(&spec).await, None);
    assert!(bench.listed(&spec.hostname).await.is_empty());
}

pub(super) async fn a_machine_starts_and_stops(bench: &Bench<'_>) {
    let spec = bench.of_image("seat");
    bench.build(&spec).await;
    let mut events = bench.events().await;
    bench.boot(&spec).await;
    bench.event(&mut events, &spec.hostname).await;
    bench.start(&spec).await;
    assert_eq!(bench.power(&spec).await, Power::On);

    bench.stop(&spec, false).await;
    let seen = bench.look(&spec).await.expect("it is there");
    assert_eq!((seen.power, seen.address), (Power::Off, None));
    bench.stop(&spec, false).await;

    bench.start(&spec).await;
    assert_eq!(bench.power(&spec).await, Power::On);
}

pub(super) async fn a_machine_is_stopped_by_force(bench: &Bench<'_>) {
    let spec = bench.of_image("seat");
    bench.build(&spec).await;
    bench.start(&spec).await;
    bench.stop(&spec, true).await;
    assert_eq!(bench.power(&spec).await, Power::Off);
    bench.stop(&spec, true).await;
    assert_eq!(bench.power(&spec).await, Power::Off);
}

pub(super) async fn a_shutdown_from_inside_is_seen(bench: &Bench<'_>) {
    let spec = bench.of_image("seat");
    bench.build(&spec).await;
    bench.boot(&spec).await;
    let mut events = bench.events().await;
    bench
        .world
        .shut_down_inside(bench.engine, &spec.hostname)
        .await;
    // Whoever looks at every event, and never otherwise, learns of it.
    while bench.power(&spec).await == Power::On {
        bench.event(&mut events, &spec.hostname).await;
    }
    bench.start(&spec).await;
}

pub(super) async fn a_running_machine_is_removed(bench: &Bench<'_>) {
    let spec = bench.of_image("seat");
    bench.build(&spec).await;
    bench.start(&spec).await;
    let mut events = bench.events().await;
    assert_eq!(bench.engine.remove(&spec.hostname).await, Ok(()));
    bench.event(&mut events, &spec.hostname).await;
    assert_eq!(bench.look(&spec).await, None);
    assert!(bench.listed(&spec.hostname).await.is_empty());
    assert_eq!(bench.engine.remove(&spec.hostname).await, Ok(()));

    bench.build(&spec).await;
    assert_eq!(bench.power(&spec).await, Power::Off);
}

pub(super) async fn what_is_not_there_is_said_so(bench: &Bench<'_>) {
    let spec = bench.of_image("seat");
    let name = &spec.hostname;
    let missing = |error: EngineError| matches!(error, EngineError::NotFound(_));
    assert_eq!(bench.look(&spec).await, None);
    assert!(bench.engine.start(name).await.is_err_and(missing));
    assert_eq!(bench.engine.stop(name, false).await, Ok(()));
    assert_eq!(bench.engine.stop(name, true).await, Ok(()));
    assert_eq!(bench.engine.remove(name).await, Ok(()));

    let ada = account("ada", true);
    let terminal = bench.engine.terminal(name, &ada.username, 80, 24).await;
    assert!(terminal.is_err_and(missing));
    let set = bench.engine.set_credentials(name, &[ada]).await;
    assert!(set.is_err_and(missing));

    let copy = BuildSpec {
        generation: 1,
        source: Source::Generation(bench.name("g1")),
        ..spec
    };
    assert!(bench.engine.build(&copy).await.is_err_and(missing));
    assert_eq!(bench.look(&copy).await, None);
}

pub(super) async fn the_list_has_what_was_made(bench: &Bench<'_>) {
    let (one, other) = (bench.of_image("one"), bench.of_image("other"));
    bench.build(&one).await;
    bench.build(&other).await;
    bench.start(&other).await;

    for (spec, power) in [(&one, Power::Off), (&other, Power::On)] {
        let mut listed = bench.listed(&spec.hostname).await;
        let object = listed.pop().expect("it was built");
        assert!(listed.is_empty());
        assert_eq!(object.runs(), power == Power::On);
        let ObjectKind::Machine(id, seen) = object.kind else {
            panic!("{object:?} is no machine");
        };
        assert_eq!(id, spec.machine);
        assert_eq!((seen.build, seen.generation, seen.power), (1, 0, power));
    }

    // Another machine's id under this name is not this machine.
    let stranger = BuildSpec {
        machine: bench.of_image("stranger").machine,
        ..one
    };
    assert_eq!(bench.look(&stranger).await, None);
}

pub(super) async fn an_installation_keeps_to_its_own(bench: &Bench<'_>) {
    let Some(neighbour) = bench.world.neighbour() else {
        return;
    };
    let spec = bench.of_image("seat");
    let theirs = Bench::new(&*neighbour, bench.world, bench.number);
    theirs.build(&spec).await;
    theirs.start(&spec).await;

    assert_eq!(bench.look(&spec).await, None);
    assert!(bench.listed(&spec.hostname).await.is_empty());
    let error = bench.engine.build(&spec).await.expect_err("a taken name");
    assert!(matches!(error, EngineError::Failed(_)), "{error}");
    assert_eq!(bench.engine.stop(&spec.hostname, true).await, Ok(()));
    assert_eq!(bench.engine.remove(&spec.hostname).await, Ok(()));
    let started = bench.engine.start(&spec.hostname).await;
    assert!(matches!(started, Err(EngineError::NotFound(_))));

    let still = theirs.power(&spec).await;
    assert_eq!(neighbour.remove(&spec.hostname).await, Ok(()));
    assert_eq!(still, Power::On);
}
