//! A terminal on a simulated machine: carries bytes between its two channels and the shell.

use bytes::Bytes;
use domain::name::Hostname;
use service::engine::{Terminal, TerminalInput};
use tokio::sync::{mpsc, watch};

use crate::Simulator;
use crate::shell::{Doing, Shell};

/// Pieces of input or output that may wait in a channel; a real engine's pipe is about as long.
const PIECES: usize = 16;

/// Opens the terminal of this number. It lives as long as both its ends, the shell, and the machine's `life`.
pub(crate) fn open(
    simulator: Simulator,
    name: Hostname,
    number: u64,
    shell: Shell,
    life: watch::Receiver<()>,
) -> Terminal {
    let (input, typed) = mpsc::channel(PIECES);
    let (printed, output) = mpsc::channel(PIECES);
    simulator.typed(&name, number);
    tokio::spawn(async move {
        let mut life = life;
        let noted = || simulator.typed(&name, number);
        let ended = tokio::select! {
            // An error says that the machine stopped.
            _ = life.changed() => Doing::Ended,
            ended = converse(shell, typed, printed, noted) => ended,
        };
        simulator.ended(&name, number);
        if ended == Doing::ShuttingDown {
            simulator.shut_down(&name);
        }
    });
    Terminal { input, output }
}

/// Lets the shell talk until it ends, and says how it ended. What is typed is `noted`.
async fn converse(
    mut shell: Shell,
    mut typed: mpsc::Receiver<TerminalInput>,
    printed: mpsc::Sender<Bytes>,
    noted: impl Fn(),
) -> Doing {
    let mut out = shell.greeting();
    loop {
        // A closed channel says that nobody looks any more.
        if !out.is_empty() && printed.send(out.into()).await.is_err() {
            return Doing::Ended;
        }
        let input = match shell.doing() {
            Doing::Reading => typed.recv().await,
            Doing::Printing(block) => {
                let block = block.clone();
                tokio::select! {
                    biased;
                    input = typed.recv() => input,
                    room = printed.reserve() => match room {
                        Ok(room) => {
                            room.send(block.into());
                            out = Vec::new();
                            continue;
                        }
                        Err(_) => return Doing::Ended,
                    },
                }
            }
            ended @ (Doing::Ended | Doing::ShuttingDown) => return ended.clone(),
        };
        out = match input {
            Some(TerminalInput::Bytes(bytes)) => {
                noted();
                shell.type_in(&bytes)
            }
            Some(TerminalInput::Resize { columns, rows }) => {
                shell.resize(columns, rows);
                Vec::new()
            }
            None => return Doing::Ended,
        };
    }
}
