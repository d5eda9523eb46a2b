//! Terminals: a login shell on a PTY that Incus holds.

use bytes::Bytes;
use domain::credentials::Username;
use domain::name::Hostname;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use serde_json::json;
use service::engine::{EngineResult, Terminal, TerminalInput};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use crate::IncusEngine;
use crate::socket::Socket;

/// How many messages wait on the way to and from a person before the shell is held up.
const WAITING: usize = 32;

/// The signal that says that the terminal is gone.
const SIGHUP: i32 = 1;

impl IncusEngine {
    /// Opens a login shell of `username`.
    pub(crate) async fn open_terminal(
        &self,
        name: &Hostname,
        username: &Username,
        columns: u16,
        rows: u16,
    ) -> EngineResult<Terminal> {
        let about = || Self::called(name);
        let body = json!({
            "command": ["su", "-", username.as_str()],
            "environment": {"TERM": "xterm-256color", "LANG": "C.UTF-8"},
            "user": 0,
            "group": 0,
            "cwd": "/",
            "interactive": true,
            "wait-for-websocket": true,
            "width": columns,
            "height": rows,
        });
        let started = self.client.exec(name, &body).await;
        let started = started.map_err(|fault| fault.about(about()))?;
        let control = self.client.channel(&started, "control").await;
        let control = control.map_err(|fault| fault.about(about()))?;
        let screen = self.client.channel(&started, "0").await;
        let screen = screen.map_err(|fault| fault.about(about()))?;

        let (input, typed) = mpsc::channel(WAITING);
        let (shown, output) = mpsc::channel(WAITING);
        tokio::spawn(carry(screen, control, typed, shown));
        Ok(Terminal { input, output })
    }
}

/// Carries bytes both ways until the shell ends, or the person is gone.
async fn carry(
    screen: Socket,
    control: Socket,
    typed: mpsc::Receiver<TerminalInput>,
    shown: mpsc::Sender<Bytes>,
) {
    let (mut to_screen, from_screen) = screen.split();
    let (mut to_control, from_control) = control.split();
    // The directions do not wait for each other: what is typed goes in while output is held up.
    tokio::select! {
        () = show(from_screen, shown) => {}
        () = drain(from_control) => {}
        () = feed(typed, &mut to_screen, &mut to_control) => {
            let _ = to_control.send(signal(SIGHUP)).await;
        }
    }
    // Closing both ends whatever still holds on to the terminal.
    let _ = to_screen.close().await;
    let _ = to_control.close().await;
}

/// Passes on what the shell prints until it ends, or nobody reads it any more.
async fn show(mut screen: SplitStream<Socket>, shown: mpsc::Sender<Bytes>) {
    while let Some(Ok(message)) = screen.next().await {
        let bytes = match message {
            Message::Binary(bytes) => bytes,
            // Incus sends a text when the shell has ended.
            Message::Text(_) | Message::Close(_) => return,
            _ => continue,
        };
        if shown.send(bytes).await.is_err() {
            return;
        }
    }
}

/// Reads the control channel, on which only pings come, until Incus closes it.
async fn drain(mut control: SplitStream<Socket>) {
    while let Some(Ok(message)) = control.next().await {
        if message.is_close() {
            break;
        }
    }
    // It is closed a moment before the last of the output has come.
    std::future::pending().await
}

/// Passes on what is typed until the person is gone, or the shell does not take it any more.
async fn feed(
    mut typed: mpsc::Receiver<TerminalInput>,
    screen: &mut SplitSink<Socket, Message>,
    control: &mut SplitSink<Socket, Message>,
) {
    while let Some(input) = typed.recv().await {
        let sent = match input {
            TerminalInput::Bytes(bytes) => screen.send(Message::Binary(bytes)).await,
            TerminalInput::Resize { columns, rows } => control.send(resize(columns, rows)).await,
        };
        if sent.is_err() {
            return;
        }
    }
}

fn resize(columns: u16, rows: u16) -> Message {
    let args = json!({"width": columns.to_string(), "height": rows.to_string()});
    Message::text(json!({"command": "window-resize", "args": args}).to_string())
}

fn signal(number: i32) -> Message {
    Message::text(json!({"command": "signal", "signal": number}).to_string())
}
