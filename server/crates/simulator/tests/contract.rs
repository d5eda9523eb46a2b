//! The suite that every engine passes, run against the simulator.

#![expect(
    clippy::unwrap_used,
    reason = "a test says by panicking what went wrong"
)]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::image::ImageName;
use domain::name::Hostname;
use domain::time::Timestamp;
use service::engine::Engine;
use service::testing::engine_contract::{self, World};
use simulator::{Latency, Load, Simulator, SimulatorSettings};

struct Simulated(Simulator);

#[async_trait]
impl World for Simulated {
    fn image(&self) -> ImageName {
        ImageName::parse("debian/12").unwrap()
    }

    async fn shut_down_inside(&self, _engine: &dyn Engine, name: &Hostname) {
        assert!(self.0.shut_down(name), "{name} runs");
    }

    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn work(&self, _engine: &dyn Engine, name: &Hostname) {
        let load = Load {
            cpu_percent: 100,
            disk_bytes: engine_contract::WRITTEN,
        };
        self.0.set_load(name, load).unwrap();
    }

    fn neighbour(&self) -> Option<Arc<dyn Engine>> {
        Some(Arc::new(self.0.for_install("neighbour")))
    }

    // Time is paused: it passes at once.
    async fn breathe(&self) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    fn parallel(&self) -> usize {
        8
    }
}

#[tokio::test(start_paused = true)]
async fn the_simulator_keeps_an_engines_word() {
    let simulator = Simulator::new(SimulatorSettings::for_tests("contract"));
    engine_contract::run(&simulator, &Simulated(simulator.clone())).await;
    assert_eq!(simulator.objects(), []);
}

#[tokio::test(start_paused = true)]
async fn it_keeps_its_word_when_acts_take_time() {
    let settings = SimulatorSettings {
        latency: Latency::natural(),
        ..SimulatorSettings::for_tests("contract")
    };
    let simulator = Simulator::new(settings);
    engine_contract::run(&simulator, &Simulated(simulator.clone())).await;
    assert_eq!(simulator.objects(), []);
}

#[tokio::test(start_paused = true)]
async fn it_keeps_its_word_when_it_keeps_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machines.json");
    let settings = SimulatorSettings::for_tests("contract");
    let simulator = Simulator::open(settings, path).unwrap();
    engine_contract::run(&simulator, &Simulated(simulator.clone())).await;
}
