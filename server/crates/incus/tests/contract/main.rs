//! The engine on a real Incus. These tests need one that runs, prepared as the README says, and fail
//! without it. Each works in an Incus project of its own and removes it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be prepared has failed"
)]

mod crash;
mod isolation;
mod looks;
mod rig;

use std::sync::Arc;

use async_trait::async_trait;
use domain::image::ImageName;
use domain::name::Hostname;
use domain::time::Timestamp;
use service::clock::{Clock, SystemClock};
use service::engine::Engine;
use service::testing::engine_contract::{self, World};

use crate::rig::Rig;

/// The suite's view of a rig.
struct Classroom {
    neighbour: Arc<dyn Engine>,
}

#[async_trait]
impl World for Classroom {
    fn image(&self) -> ImageName {
        rig::image()
    }

    async fn shut_down_inside(&self, engine: &dyn Engine, name: &Hostname) {
        rig::run_inside(engine, name, "poweroff").await;
    }

    async fn run(&self, engine: &dyn Engine, name: &Hostname, command: &str) -> Option<String> {
        Some(rig::run_inside(engine, name, command).await)
    }

    // The tests run on the host whose Incus it is.
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    async fn work(&self, engine: &dyn Engine, name: &Hostname) {
        rig::work(engine, name).await;
    }

    fn neighbour(&self) -> Option<Arc<dyn Engine>> {
        Some(Arc::clone(&self.neighbour))
    }

    fn parallel(&self) -> usize {
        4
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn incus_keeps_an_engines_word() {
    Rig::with("contract", async |rig| {
        let world = Classroom {
            neighbour: Arc::new(rig.engine(2).await),
        };
        engine_contract::run(&rig.engine(1).await, &world).await;
    })
    .await;
}
