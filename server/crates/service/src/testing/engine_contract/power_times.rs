//! Since when a machine runs, or does not.
//!
//! Times are compared with what the clock showed before and after, never with how long anything took.

use std::time::Duration;

use domain::machine::Power;
use domain::time::Timestamp;

use super::Bench;
use crate::engine::{BuildSpec, ObjectKind};

/// A stop is told to the second, and never later than it was.
const SECOND: Duration = Duration::from_secs(1);

/// Since when the machine has the power that it is to have.
async fn since(bench: &Bench<'_>, spec: &BuildSpec, power: Power) -> Timestamp {
    let seen = bench.look(spec).await.expect("it is there");
    assert_eq!(seen.power, power);
    seen.since.expect("the engine tells since when")
}

/// Does something to a machine that stops it, and says since when it is stopped, after a look at
/// whether that can be.
async fn stopped_by(bench: &Bench<'_>, spec: &BuildSpec, stop: impl Future<Output = ()>) {
    let started = since(bench, spec, Power::On).await;
    let before = bench.world.now();
    stop.await;
    let stopped = since(bench, spec, Power::Off).await;
    assert!(
        stopped + SECOND > before && stopped <= bench.world.now(),
        "{stopped:?} is not after {before:?}"
    );
    assert!(started <= stopped);
    // What is told at the very moment of the stop may be a little early, and may get truer.
    assert!(since(bench, spec, Power::Off).await >= stopped);
}

pub(super) async fn a_machine_tells_since_when_it_runs(bench: &Bench<'_>) {
    let spec = bench.of_image("seat");
    bench.build(&spec).await;
    assert_eq!(bench.look(&spec).await.and_then(|seen| seen.since), None);

    let before = bench.world.now();
    bench.start(&spec).await;
    let started = since(bench, &spec, Power::On).await;
    assert!(before <= started && started <= bench.world.now());
    // Starting what runs begins nothing anew, and one look in the list tells the same.
    bench.start(&spec).await;
    assert_eq!(since(bench, &spec, Power::On).await, started);
    let listed = bench.listed(&spec.hostname).await.pop();
    let listed = listed.map(|object| object.kind);
    assert!(
        matches!(&listed, Some(ObjectKind::Machine(_, seen)) if seen.since == Some(started)),
        "{listed:?}"
    );

    bench.stop(&spec, true).await;
    let before = bench.world.now();
    bench.start(&spec).await;
    assert!(before <= since(bench, &spec, Power::On).await);
}

pub(super) async fn a_machine_tells_since_when_it_is_stopped(bench: &Bench<'_>) {
    let spec = bench.of_image("seat");
    bench.build(&spec).await;
    for force in [false, true] {
        bench.boot(&spec).await;
        stopped_by(bench, &spec, bench.stop(&spec, force)).await;
    }
}

pub(super) async fn a_shutdown_from_inside_has_its_time(bench: &Bench<'_>) {
    let spec = bench.of_image("seat");
    bench.build(&spec).await;
    bench.boot(&spec).await;
    stopped_by(bench, &spec, async {
        let inside = bench.world.shut_down_inside(bench.engine, &spec.hostname);
        inside.await;
        bench
            .until("its end", &spec, |seen| seen.power == Power::Off)
            .await;
    })
    .await;
}

pub(super) async fn a_copy_has_no_past(bench: &Bench<'_>) {
    let template = bench.of_image("template");
    bench.build(&template).await;
    bench.start(&template).await;
    bench.stop(&template, true).await;
    let seal = bench.seal_of(&template);
    assert_eq!(bench.engine.seal(&seal).await, Ok(()));
    let seat = bench.of_generation("seat", &seal);
    bench.build(&seat).await;
    let seen = bench.look(&seat).await.expect("it was built");
    assert_eq!(seen.since, None);
    // Nor has the template forgotten its own.
    since(bench, &template, Power::Off).await;
}
