//! What running machines do, and who is at them.

use std::time::Duration;

use super::{Bench, WORK, WRITTEN, account};
use crate::engine::{BuildSpec, Terminal};

/// How exactly a terminal tells when something was typed.
const GRAIN: Duration = Duration::from_secs(8);

/// A machine that was just built and started.
async fn running(bench: &Bench<'_>, part: &str) -> BuildSpec {
    let spec = bench.of_image(part);
    bench.build(&spec).await;
    bench.start(&spec).await;
    spec
}

/// A terminal of ada's, who may become root.
async fn sit_down(bench: &Bench<'_>, spec: &BuildSpec) -> Terminal {
    let ada = account("ada", true);
    let username = ada.username.clone();
    let set = bench.engine.set_credentials(&spec.hostname, &[ada]).await;
    assert_eq!(set, Ok(()));
    let terminal = bench.engine.terminal(&spec.hostname, &username, 80, 24);
    terminal.await.expect("a running machine has a terminal")
}

pub(super) async fn what_runs_is_told_of(bench: &Bench<'_>) {
    let before = bench.world.now();
    let one = running(bench, "one").await;
    let idle = bench.of_image("idle");
    bench.build(&idle).await;
    let told = bench.until_active("its figures", &one, |_| true).await;
    assert!(before <= told.at && told.at <= bench.world.now());
    // Nobody is there, which is known: it was looked for.
    assert_eq!((told.sessions, told.input_idle), (Some(0), None));
    let again = bench.activity(&one, false).await.expect("it runs");
    assert!(told.at <= again.at && told.cpu <= again.cpu);
    assert_eq!((again.sessions, again.input_idle), (None, None));

    // What does not run, or is not there, is nothing to tell of, watched or not.
    let watched = [idle.hostname.clone(), bench.name("nobody")];
    let told = bench.engine.activity(&watched).await;
    let told = told.expect("the engine answers");
    assert!(told.iter().all(|one| !watched.contains(&one.name)));
    bench.stop(&one, true).await;
    assert_eq!(bench.activity(&one, true).await, None);
}

pub(super) async fn work_is_counted(bench: &Bench<'_>) {
    let spec = running(bench, "seat").await;
    let before = bench.until_active("its figures", &spec, |_| true).await;
    bench.world.work(bench.engine, &spec.hostname).await;
    let after = bench
        .until_active("its work", &spec, |now| {
            let written = |bytes| now.disk_bytes >= Some(bytes + WRITTEN);
            now.cpu >= before.cpu + WORK && before.disk_bytes.is_none_or(written)
        })
        .await;
    // It begins anew with the machine.
    bench.stop(&spec, true).await;
    bench.start(&spec).await;
    bench
        .until_active("a beginning", &spec, |now| now.cpu < after.cpu)
        .await;
}

pub(super) async fn a_person_at_a_terminal_is_noticed(bench: &Bench<'_>) {
    let spec = running(bench, "seat").await;
    let before = bench.world.now();
    let mut terminal = sit_down(bench, &spec).await;
    let told = bench
        .until_active("ada", &spec, |told| told.sessions > Some(0))
        .await;
    let idle = told.input_idle.expect("a terminal tells of input");
    assert!(told.at - idle + GRAIN >= before);

    // The look itself is no input, and typing is.
    bench.type_line(&terminal, "echo still-here").await;
    assert!(bench.read_until(&mut terminal, "still-here").await);
    let typed = bench
        .until_active("her typing", &spec, |told| told.input_idle.is_some())
        .await;
    assert!(typed.at - typed.input_idle.unwrap_or_default() + GRAIN >= told.at - idle);

    bench.type_line(&terminal, "exit").await;
    bench.read_to_end(&mut terminal).await;
    let told = bench
        .until_active("her leaving", &spec, |told| told.sessions == Some(0))
        .await;
    assert_eq!(told.input_idle, None);
}

pub(super) async fn only_ones_own_machines_are_told_of(bench: &Bench<'_>) {
    let Some(neighbour) = bench.world.neighbour() else {
        return;
    };
    let spec = bench.of_image("seat");
    let theirs = Bench::new(&*neighbour, bench.world, bench.number);
    theirs.build(&spec).await;
    theirs.start(&spec).await;
    theirs.until_active("its figures", &spec, |_| true).await;
    let told = bench.activity(&spec, true).await;
    assert_eq!(neighbour.remove(&spec.hostname).await, Ok(()));
    assert_eq!(told, None);
}
