//! Incus itself, asked behind the server's back: what is in the project, and what is in the machines.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::Path;

use futures::{FutureExt as _, StreamExt as _};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use tokio::net::UnixStream;
use tokio::sync::mpsc::UnboundedSender;
use tokio_tungstenite::client_async;

use crate::moment::Signal;

const SOCKET: &str = "/var/lib/incus/unix.socket";

/// The pool that the server uses unless it is told otherwise.
const POOL: &str = "lectern";

/// An Incus project of the test's own.
pub struct Host {
    pub project: String,
    http: reqwest::Client,
}

/// An instance.
#[derive(Debug, Deserialize)]
pub struct Instance {
    pub name: String,
    pub status: String,
    config: BTreeMap<String, String>,
}

impl Instance {
    /// What Lectern has noted on it.
    pub fn tag(&self, name: &str) -> &str {
        let key = format!("user.lectern.{name}");
        self.config.get(&key).map_or("", String::as_str)
    }
}

impl Host {
    /// Runs a test, and removes its project when it has ended, however it ended.
    pub async fn with(name: &str, test: impl AsyncFnOnce(&Self)) {
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .unix_socket(Path::new(SOCKET))
            .pool_max_idle_per_host(0);
        let host = Self {
            project: format!("lectern-test-{}-{name}", std::process::id()),
            http: http.build().unwrap(),
        };
        let there = host.http.get("http://incus/1.0").send().await;
        there.expect("this test needs an Incus that answers");
        let outcome = AssertUnwindSafe(test(&host)).catch_unwind().await;
        let path = format!("projects/{}", host.project);
        let removed = host.call(Method::DELETE, &path, "&force=1").await;
        println!("the project is removed: {removed}");
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    }

    async fn call(&self, method: Method, path: &str, query: &str) -> Value {
        let url = format!("http://incus/1.0/{path}?project={}{query}", self.project);
        let answer = self.http.request(method, url).send().await;
        answer.unwrap().json().await.unwrap()
    }

    /// Every instance in the project, whosever it is.
    pub async fn instances(&self) -> Vec<Instance> {
        let listed = self.call(Method::GET, "instances", "&recursion=1").await;
        serde_json::from_value(listed["metadata"].clone()).unwrap()
    }

    /// The names of all volumes in the project: instances' disks, snapshots, and others. Images are
    /// the whole host's.
    pub async fn volumes(&self) -> Vec<String> {
        let path = format!("storage-pools/{POOL}/volumes");
        let listed = self.call(Method::GET, &path, "&recursion=1").await;
        let volumes = listed["metadata"].as_array().unwrap();
        let ours = volumes.iter().filter(|volume| volume["type"] != "image");
        ours.map(|volume| volume["name"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The address of a machine, when it has one.
    pub async fn address(&self, name: &str) -> Option<String> {
        let path = format!("instances/{name}/state");
        let state = self.call(Method::GET, &path, "").await;
        let addresses = state["metadata"]["network"]["eth0"]["addresses"].clone();
        let addresses = addresses.as_array()?.iter();
        let mut ours = addresses.filter(|a| a["family"] == "inet" && a["scope"] == "global");
        Some(ours.next()?["address"].as_str()?.to_owned())
    }

    /// What is in a file of a machine.
    pub async fn file(&self, name: &str, path: &str) -> String {
        let project = &self.project;
        let url = format!("http://incus/1.0/instances/{name}/files?path={path}&project={project}");
        let answer = self.http.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path} in {name}");
        answer.text().await.unwrap()
    }

    /// Tells `signals` what happens in the project from now on.
    pub async fn follow(&self, signals: UnboundedSender<Signal>) {
        let stream = UnixStream::connect(SOCKET).await.unwrap();
        let project = &self.project;
        let url = format!("ws://incus/1.0/events?type=lifecycle,operation&project={project}");
        let (mut socket, _) = client_async(url, stream).await.unwrap();
        tokio::spawn(async move {
            while let Some(Ok(message)) = socket.next().await {
                let text = message.into_text().unwrap_or_default();
                let Ok(event) = serde_json::from_str::<Value>(&text) else {
                    continue;
                };
                let about = &event["metadata"];
                let what = match about["action"].as_str() {
                    Some(action) => action.to_owned(),
                    None => format!("{} {}", about["description"], about["status"]),
                };
                let _ = signals.send(Signal::Event(what.replace('"', "")));
            }
        });
    }
}
