//! A real Incus to test with: a project that goes away with the test, and a root shell in a machine.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::time::Duration;

use domain::credentials::{Password, Username};
use domain::id::{LabId, MachineId, OrganisationId};
use domain::image::ImageName;
use domain::name::Hostname;
use domain::size::SIZES;
use futures::FutureExt;
use incus::{IncusEngine, IncusSettings};
use reqwest::Method;
use serde_json::{Value, json};
use service::engine::{AccountSetting, BuildSpec, Engine, Source, TerminalInput};
use service::testing::engine_contract;
use uuid::Uuid;

const SOCKET: &str = "/var/lib/incus/unix.socket";
const PREFIX: &str = "lectern-test";

/// The image that the tests' machines are made from.
pub(crate) fn image() -> ImageName {
    ImageName::parse("debian-12").unwrap()
}

/// An Incus project of a test's own.
pub(crate) struct Rig {
    project: String,
    http: reqwest::Client,
}

impl Rig {
    /// Runs a test, and removes everything in its project when it has ended, however it ended.
    pub(crate) async fn with(name: &str, test: impl AsyncFnOnce(&Self)) {
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .unix_socket(Path::new(SOCKET))
            .pool_max_idle_per_host(0);
        let rig = Self {
            project: format!("{PREFIX}-{}-{name}", std::process::id()),
            http: http.build().unwrap(),
        };
        let outcome = AssertUnwindSafe(test(&rig)).catch_unwind().await;
        rig.tear_down().await;
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    }

    /// The engine of the installation with this number.
    pub(crate) async fn engine(&self, install: u128) -> IncusEngine {
        IncusEngine::connect(IncusSettings {
            socket: SOCKET.into(),
            project: self.project.clone(),
            pool: "lectern".into(),
            network: "lecternbr0".into(),
            install: OrganisationId::new(Uuid::from_u128(install)),
        })
        .await
        .expect("these tests need an Incus with the pool lectern and the network lecternbr0")
    }

    /// Everything in the project, whosever it is.
    pub(crate) async fn instances(&self) -> Vec<Value> {
        let listed = self
            .call(Method::GET, "instances", &json!({}), "&recursion=1")
            .await;
        listed["metadata"].as_array().cloned().unwrap_or_default()
    }

    /// Lets a machine stand still, as it is, without stopping it.
    pub(crate) async fn freeze(&self, name: &Hostname) {
        let freeze = json!({"action": "freeze", "timeout": 30});
        self.call_and_wait(Method::PUT, &format!("instances/{name}/state"), &freeze)
            .await;
    }

    async fn call(&self, method: Method, path: &str, body: &Value, query: &str) -> Value {
        let url = format!("http://incus/1.0/{path}?project={}{query}", self.project);
        let request = self.http.request(method, url).json(body).send();
        request.await.unwrap().json().await.unwrap()
    }

    async fn call_and_wait(&self, method: Method, path: &str, body: &Value) {
        let answer = self.call(method, path, body, "").await;
        if let Some(operation) = answer["operation"].as_str().filter(|id| !id.is_empty()) {
            let path = operation.trim_start_matches("/1.0/").split('?').next();
            let path = format!("{}/wait", path.unwrap());
            self.call(Method::GET, &path, &json!({}), "&timeout=60")
                .await;
        }
    }

    async fn tear_down(&self) {
        for instance in self.instances().await {
            let path = format!("instances/{}", instance["name"].as_str().unwrap());
            let stop = json!({"action": "stop", "force": true, "timeout": 30});
            self.call_and_wait(Method::PUT, &format!("{path}/state"), &stop)
                .await;
            self.call_and_wait(Method::DELETE, &path, &json!({})).await;
        }
        let project = format!("projects/{}", self.project);
        self.call(Method::DELETE, &project, &json!({}), "").await;
    }
}

/// The first build of a machine from the image.
pub(crate) fn machine(name: &str) -> BuildSpec {
    BuildSpec {
        machine: MachineId::new(Uuid::from_u128(name.len() as u128)),
        lab: LabId::new(Uuid::from_u128(1)),
        hostname: Hostname::parse(name).unwrap(),
        build: 1,
        generation: 0,
        source: Source::Image(image()),
        size: SIZES[0],
    }
}

/// Lets a little time pass between two looks.
pub(crate) async fn breathe() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}

/// Looks at the machine until it has an address.
pub(crate) async fn address(engine: &dyn Engine, spec: &BuildSpec) -> String {
    for _ in 0..600 {
        let seen = engine.look(spec.machine, &spec.hostname).await.unwrap();
        if let Some(address) = seen.and_then(|seen| seen.address) {
            return address;
        }
        breathe().await;
    }
    panic!("{} has no address", spec.hostname);
}

/// Lets a machine work as [`World::work`](engine_contract::World::work) says. It is a service of the machine that
/// does: what a service did is still counted when it has ended.
pub(crate) async fn work(engine: &dyn Engine, name: &Hostname) {
    let ticks = engine_contract::WORK.as_millis() / 10;
    let mib = engine_contract::WRITTEN >> 20;
    let command = format!(
        "cat >/root/work.sh <<'END'\n\
         used=0\n\
         while [ $used -lt {ticks} ]; do\n\
         read -r line </proc/$$/stat\n\
         set -- ${{line##*) }}\n\
         used=$((${{12}} + ${{13}}))\n\
         done\n\
         dd if=/dev/zero of=/root/work bs=1M count={mib} conv=fsync\n\
         END\n\
         until systemd-run --quiet --wait sh /root/work.sh; do sleep 0.2; done"
    );
    run_inside(engine, name, &command).await;
}

/// What `command` prints in a root shell: typed into a terminal, as a person would.
pub(crate) async fn run_inside(engine: &dyn Engine, name: &Hostname, command: &str) -> String {
    const PASSWORD: &str = "run-as-root";
    let username = Username::parse("username", "tester").unwrap();
    let account = AccountSetting {
        username: username.clone(),
        password: Password::for_machine("password", PASSWORD).unwrap(),
        administrator: true,
    };
    engine.set_credentials(name, &[account]).await.unwrap();
    let mut terminal = engine.terminal(name, &username, 200, 50).await.unwrap();
    let octal: String = command.bytes().map(|b| format!("\\0{b:03o}")).collect();
    // Spelt so that what the terminal echoes of the line has neither mark in it.
    let line = format!(
        "echo {PASSWORD} | sudo -S -p '' true 2>/dev/null; printf 'beg%s\\n' in; \
         sudo sh -c \"$(printf '%b' '{octal}')\"; printf 'en%s\\n' d\r"
    );
    let typed = TerminalInput::Bytes(line.into_bytes().into());
    terminal.input.send(typed).await.unwrap();

    let mut printed = String::new();
    let reading = async {
        while !printed.contains("end\r\n")
            && let Some(bytes) = terminal.output.recv().await
        {
            printed.push_str(&String::from_utf8_lossy(&bytes));
        }
    };
    let reading = tokio::time::timeout(Duration::from_secs(60), reading).await;
    assert!(reading.is_ok(), "{command:?} did not end: {printed:?}");
    let printed = printed.replace("\r\n", "\n");
    let (_, output) = printed.split_once("begin\n").unwrap_or_default();
    let output = output.rsplit_once("end\n").map_or(output, |(kept, _)| kept);
    output.to_owned()
}
