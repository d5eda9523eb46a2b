//! Two processes share one PostgreSQL and one engine. Leases divide the work between them.

use std::time::Duration;

use domain::lab::{LabState, Remake};
use domain::machine::MachineState;
use service::machines::{Act as Ask, Selection};
use simulator::Act;

use crate::world::{A_WHILE, World, soon};

#[tokio::test]
async fn two_replicas_do_everything_once() {
    let world = World::on_postgres().await;
    let grace = world.owner("Grace").await;
    let second = world.replica("second");
    // Acts take a little, so that the two overlap.
    for act in [Act::Build, Act::Start, Act::Remove] {
        world.sim.set_latency(act, Duration::from_millis(1));
    }
    let both = async || {
        loop {
            let (a, b) = tokio::join!(world.reconciler.settle(), second.settle());
            a.unwrap();
            b.unwrap();
            world.assert_sound().await;
            if world.is_quiet().await {
                break;
            }
            world.clock.advance(A_WHILE);
        }
    };
    let lab = world.lab(&grace, "Python").capacity(24).create().await;
    soon(both()).await;
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    soon(both()).await;
    world.assert_at_rest().await;
    let all = &Selection::All;
    let start = world.services.act_on_many(&grace, lab, all, Ask::Start);
    assert_eq!(start.await.unwrap(), 24);
    soon(both()).await;
    world.assert_at_rest().await;

    let pool = world.pool(lab).await;
    assert!(pool.iter().all(|m| m.state() == MachineState::Running));
    assert_eq!(world.sim.calls(Act::Seal), 1);
    for machine in &pool {
        for act in [Act::Build, Act::Start, Act::SetCredentials] {
            let calls = world.sim.calls_on(act, &machine.hostname);
            assert_eq!(calls, 1, "{act:?} of {}", machine.hostname);
        }
    }
    world.services.delete_lab(&grace, lab).await.unwrap();
    soon(both()).await;
    assert!(world.sim.objects().is_empty());
    assert_eq!(world.find_lab(lab).await, None);
    world.end().await;
}

#[tokio::test]
async fn a_replica_takes_over_what_another_left_when_its_leases_have_run_out() {
    let world = World::on_postgres().await;
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").capacity(4).create().await;
    world.converge().await;
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    world.fuse.set(12);
    tokio::select! {
        () = world.fuse.blown() => {}
        _ = world.reconciler.settle() => panic!("it was to die before it was done"),
    }
    world.fuse.mend();
    let second = world.replica("second");
    world.converge_with(&second).await;
    world.assert_at_rest().await;
    assert_eq!(world.lab_row(lab).await.state, LabState::Published);
    assert_eq!(world.pool(lab).await.len(), 4);
    assert_eq!(world.sim.effects(Act::Build), 5);
    world.end().await;
}
