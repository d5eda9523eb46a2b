//! The process may be killed at any instant: whoever comes after it finds or makes one whole object.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use domain::machine::Power;
use domain::name::Hostname;
use service::engine::{Engine, ObjectKind, SealSpec};

use crate::rig::{self, Rig};

/// After how many pauses of a future it is dropped.
const POINTS: [usize; 8] = [1, 2, 3, 5, 8, 16, 40, 100];

/// Lets `future` pause `pauses` times and drops it. Returns whether it ended before.
async fn killed_after<F: Future>(pauses: usize, future: F) -> bool {
    let mut future = pin!(future);
    let mut left = pauses;
    poll_fn(|context| {
        if future.as_mut().poll(context).is_ready() {
            return Poll::Ready(true);
        }
        left -= 1;
        if left == 0 {
            Poll::Ready(false)
        } else {
            Poll::Pending
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_was_cut_off_is_completed() {
    Rig::with("build", async |rig| {
        let engine = rig.engine(1).await;
        let spec = rig::machine("seat");
        for pauses in POINTS {
            let ended = killed_after(pauses, engine.build(&spec)).await;
            assert_eq!(engine.build(&spec).await, Ok(()), "after {pauses}");
            assert_eq!(rig.instances().await.len(), 1);
            let seen = engine.look(spec.machine, &spec.hostname).await.unwrap();
            assert_eq!(
                seen.map(|seen| (seen.build, seen.power)),
                Some((1, Power::Off))
            );
            assert_eq!(engine.remove(&spec.hostname).await, Ok(()));
            if ended {
                break;
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_is_being_made_is_removed() {
    Rig::with("remove", async |rig| {
        let engine = rig.engine(1).await;
        let spec = rig::machine("seat");
        let half_made = async {
            loop {
                let objects = engine.list().await.unwrap();
                if let Some(object) = objects.into_iter().next() {
                    let ObjectKind::Machine(_, seen) = object.kind else {
                        panic!("{object:?} is no machine");
                    };
                    // Nobody takes it for the build that it will be.
                    return seen.build;
                }
            }
        };
        let build = tokio::select! {
            biased;
            _ = engine.build(&spec) => panic!("it was never seen half made"),
            build = half_made => build,
        };
        assert_eq!(build, 0);
        assert_eq!(engine.remove(&spec.hostname).await, Ok(()));
        assert!(rig.instances().await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seal_that_was_cut_off_is_made_anew() {
    Rig::with("seal", async |rig| {
        let engine = rig.engine(1).await;
        let template = rig::machine("template");
        engine.build(&template).await.unwrap();
        engine.start(&template.hostname).await.unwrap();
        rig::run_inside(
            &engine,
            &template.hostname,
            "echo old > /root/.bash_history",
        )
        .await;
        engine.stop(&template.hostname, true).await.unwrap();
        let seal = SealSpec {
            lab: template.lab,
            template: template.hostname.clone(),
            name: Hostname::parse("generation").unwrap(),
            generation: 1,
        };
        for pauses in POINTS {
            let ended = killed_after(pauses, engine.seal(&seal)).await;
            for object in engine.list().await.unwrap() {
                let sealed = matches!(object.kind, ObjectKind::Generation { complete: true, .. });
                assert!(ended || !sealed, "{object:?} is not complete");
            }
            assert_eq!(engine.seal(&seal).await, Ok(()), "after {pauses}");
            assert_eq!(rig.instances().await.len(), 2);
            if ended {
                break;
            }
            assert_eq!(engine.remove(&seal.name).await, Ok(()));
        }
    })
    .await;
}
