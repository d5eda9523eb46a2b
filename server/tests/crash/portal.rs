//! The server's process: started on the same data again and again, and killed.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::sync::mpsc::UnboundedSender;

use crate::moment::Signal;

/// How long the server may take until it listens.
const STARTING: Duration = Duration::from_secs(60);

/// What the reconciler says when it begins to act.
const ACTS: [&str; 2] = ["a machine is brought closer", "a template is sealed"];

/// Where a server keeps its data and its machines.
pub struct Place {
    pub data: PathBuf,
    pub project: String,
}

/// A server that runs. It is killed when this is dropped.
pub struct Portal {
    process: Child,
    output: Lines<BufReader<ChildStdout>>,
    /// Its address.
    pub url: String,
}

impl Portal {
    /// Starts a server and waits until it listens. Its acts are told to `signals`.
    pub async fn start(place: &Place, signals: &UnboundedSender<Signal>) -> Self {
        for _ in 0..5 {
            // Somebody else may take the port before the server does.
            let starting = Self::try_to_start(place, signals);
            let started = tokio::time::timeout(STARTING, starting).await;
            if let Some(portal) = started.expect("the server starts in time") {
                return portal;
            }
        }
        panic!("the server does not start");
    }

    async fn try_to_start(place: &Place, signals: &UnboundedSender<Signal>) -> Option<Self> {
        let listen = free_address();
        let mut command = Command::new(env!("CARGO_BIN_EXE_lectern"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("LECTERN_") {
                command.env_remove(name);
            }
        }
        let mut process = command
            .args(["serve", "--engine", "incus"])
            .args(["--listen", &listen.to_string()])
            .args(["--incus-project", &place.project])
            .arg("--data-dir")
            .arg(&place.data)
            .env("NO_COLOR", "1")
            // There is no settings' file here.
            .current_dir(&place.data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let errors = BufReader::new(process.stderr.take().unwrap());
        tokio::spawn(follow(errors.lines(), signals.clone()));
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        while let Some(line) = output.next_line().await.unwrap() {
            if line.starts_with("Lectern listens on") {
                let url = format!("http://{listen}");
                return Some(Self {
                    process,
                    output,
                    url,
                });
            }
        }
        None
    }

    /// The token of the link that makes the owner, which the server prints while there is none.
    pub async fn welcome(&mut self) -> String {
        loop {
            let line = self.output.next_line().await.unwrap();
            let line = line.expect("the server prints a link for the owner");
            if let Some((_, token)) = line.split_once("/welcome/") {
                return token.to_owned();
            }
        }
    }

    /// Kills the server, which cannot do anything about it.
    pub async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// Shows what the server logs, and tells of its acts.
async fn follow(mut lines: Lines<BufReader<ChildStderr>>, signals: UnboundedSender<Signal>) {
    while let Ok(Some(line)) = lines.next_line().await {
        println!("  | {line}");
        if let Some((_, act)) = ACTS.iter().find_map(|act| line.split_once(act)) {
            let _ = signals.send(Signal::Act(act.trim().to_owned()));
        }
    }
}
