//! Running commands inside a machine.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use domain::name::Hostname;
use futures::{FutureExt, SinkExt, StreamExt};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::client::Client;
use crate::fault::{Fault, Result};
use crate::socket::Socket;

/// How much of what a command says about errors is kept, and how much it may print, in bytes.
const KEPT: usize = 16 * 1024;

/// A command that was started, or will be as soon as its channels are connected.
#[derive(Debug)]
pub(crate) struct Started {
    operation: String,
    channels: BTreeMap<String, String>,
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Its exit code.
    pub(crate) code: i64,
    /// What it printed.
    pub(crate) output: String,
    /// What it said about errors.
    pub(crate) errors: String,
}

#[derive(Deserialize)]
struct Channels {
    metadata: Fds,
}

#[derive(Deserialize)]
struct Fds {
    fds: BTreeMap<String, String>,
}

impl Client {
    /// Starts a command. It waits for its channels, but not for long.
    pub(crate) async fn exec(&self, name: &Hostname, body: &Value) -> Result<Started> {
        let path = ["instances", name.as_str(), "exec"];
        let accepted = self.send(Method::POST, &path, body).await?;
        let channels: Channels = serde_json::from_value(accepted.metadata)
            .map_err(|error| Fault::strange(&error.to_string()))?;
        Ok(Started {
            operation: accepted.operation,
            channels: channels.metadata.fds,
        })
    }

    /// Connects a channel of a command: a file descriptor's number, or `control`.
    pub(crate) async fn channel(&self, started: &Started, channel: &str) -> Result<Socket> {
        let secret = started.channels.get(channel);
        let secret = secret.ok_or_else(|| Fault::strange("a command without channels"))?;
        let path = ["operations", &started.operation, "websocket"];
        self.socket(&path, &[("secret", secret)]).await
    }

    /// Runs a command as root, gives it `input`, and waits for its end, at most `within`. When the
    /// caller does not wait any more, Incus ends the command.
    pub(crate) async fn run(
        &self,
        name: &Hostname,
        command: &[&str],
        input: Bytes,
        within: Duration,
    ) -> Result<Outcome> {
        let running = tokio::time::timeout(within, self.run_on(name, command, input, within));
        let late = || {
            let seconds = within.as_secs();
            Fault::Away(format!("A command in {name} took over {seconds} seconds."))
        };
        running.await.map_err(|_| late())?
    }

    async fn run_on(
        &self,
        name: &Hostname,
        command: &[&str],
        input: Bytes,
        within: Duration,
    ) -> Result<Outcome> {
        let body = json!({
            "command": command,
            "environment": {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
            "user": 0,
            "group": 0,
            "cwd": "/",
            "interactive": false,
            "wait-for-websocket": true,
        });
        let started = self.exec(name, &body).await?;
        let mut stdin = self.channel(&started, "0").await?;
        let stdout = self.channel(&started, "1").await?;
        let stderr = self.channel(&started, "2").await?;
        let feed = async {
            // A command that ends without having read everything closes the channel; its exit code
            // says what that means.
            let _ = stdin.send(Message::Binary(input)).await;
            // Incus takes a text for the end of the input.
            let _ = stdin.send(Message::text("")).await;
        };
        let feed = feed.map(Ok);
        let errors = collect(stderr).map(|(said, _)| Ok(said));
        let output = collect(stdout).map(|(printed, all)| {
            let much = || Fault::strange("a command that prints without end");
            all.then_some(printed).ok_or_else(much)
        });
        let ((), output, errors) = futures::try_join!(feed, output, errors)?;
        let operation = self.wait(&started.operation, within).await?;
        let code = operation.metadata.get("return").and_then(Value::as_i64);
        Ok(Outcome {
            code: code.ok_or_else(|| Fault::strange("a command without exit code"))?,
            output,
            errors,
        })
    }
}

/// Reads a channel to its end, or to what is kept; and whether that is all there was.
async fn collect(mut socket: Socket) -> (String, bool) {
    let mut kept = Vec::new();
    let mut all = true;
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Binary(bytes) => {
                let room = KEPT.saturating_sub(kept.len());
                all = bytes.len() <= room;
                kept.extend(bytes.iter().take(room));
            }
            Message::Text(_) | Message::Close(_) => break,
            _ => {}
        }
        if !all {
            break;
        }
    }
    (String::from_utf8_lossy(&kept).into_owned(), all)
}
