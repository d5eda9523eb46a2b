//! One shell: what it printed, and which socket has it. It outlives a broken socket for a while.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use service::connect::Pass;
use service::engine::TerminalInput;
use service::usage::Notice;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

use crate::connections::Connections;
use crate::protocol::window;
use crate::rights;
use crate::tape::Tape;

/// How much may be printed that the browser has not shown yet. A quarter of a second's worth of the
/// fastest printing that anyone can watch; as little as possible stands before an interruption.
const WINDOW: u64 = 128 * 1024;

/// How much is taken from the shell at once.
const PIECE: usize = 16 * 1024;

/// How often it is asked whether there is something that the person must know.
const NOTICES: Duration = Duration::from_secs(5);

/// Who has the shell.
#[derive(Clone, Debug)]
pub(crate) enum Presence {
    /// The socket with this number.
    Attached(u64),
    /// Nobody, since then: the connection broke.
    Detached(Instant),
    /// Nobody any more: its browser said goodbye.
    Left,
    /// It ended.
    Over(Over),
}

/// How a shell ended.
#[derive(Clone, Debug)]
pub(crate) struct Over {
    /// Why, as a sentence for the person.
    pub(crate) reason: String,
    /// Whether to leave it at that.
    pub(crate) is_final: bool,
    /// Whether what was printed before is still to be shown.
    pub(crate) shows_rest: bool,
    /// Whether it ended because the right to it did.
    pub(crate) is_cut: bool,
}

/// A shell on a machine.
#[derive(Debug)]
pub(crate) struct Shell {
    pub(crate) id: String,
    pub(crate) pass: Pass,
    presence: watch::Sender<Presence>,
    /// The position up to which was printed.
    printed: watch::Sender<u64>,
    /// What whoever is at the machine must know now.
    notice: watch::Sender<Option<Notice>>,
    state: Mutex<State>,
    /// Told when there may be room for more.
    progress: Notify,
}

#[derive(Debug)]
struct State {
    tape: Tape,
    /// Sockets so far; the last one's number.
    sockets: u64,
    /// The position up to which the socket has been written.
    sent: u64,
    /// The position up to which the browser says it has shown; unknown before it first says so.
    shown: Option<u64>,
    /// Whether the socket waits for the shell to take what was typed. It reads nothing meanwhile,
    /// not even what was shown: waiting for that would be waiting for ever.
    stalled: bool,
    /// Gone when the shell is over: dropping it ends the session in the machine.
    input: Option<mpsc::Sender<TerminalInput>>,
}

/// A socket's hold on a shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    pub(crate) number: u64,
    /// From where on to tell what was printed.
    pub(crate) position: u64,
    /// Whether that is anew, onto an empty screen.
    pub(crate) reset: bool,
}

impl Shell {
    pub(crate) fn new(id: String, pass: Pass, input: mpsc::Sender<TerminalInput>) -> Self {
        Self {
            id,
            pass,
            presence: watch::Sender::new(Presence::Detached(Instant::now())),
            printed: watch::Sender::new(0),
            notice: watch::Sender::new(None),
            state: Mutex::new(State {
                tape: Tape::default(),
                sockets: 0,
                sent: 0,
                shown: None,
                stalled: false,
                input: Some(input),
            }),
            progress: Notify::new(),
        }
    }

    /// Whether this pass is a right to this very shell.
    pub(crate) fn is_of(&self, pass: &Pass) -> bool {
        let key = |pass: &Pass| {
            (
                pass.person,
                pass.machine,
                pass.build,
                pass.session_hash.clone(),
            )
        };
        key(&self.pass) == key(pass) && self.pass.username == pass.username
    }

    /// Gives the shell to a socket, taking it from the one that had it. `received` is the position
    /// up to which the browser has what was printed. `None` when the shell is over.
    pub(crate) fn attach(&self, received: Option<u64>) -> Option<Hold> {
        let mut state = self.state();
        let position = received.filter(|position| state.tape.has(*position));
        let hold = Hold {
            number: state.sockets + 1,
            position: position.unwrap_or_else(|| state.tape.retelling()),
            reset: position.is_none(),
        };
        let taken = self.presence.send_if_modified(|presence| {
            let free = matches!(presence, Presence::Attached(_) | Presence::Detached(_));
            if free {
                *presence = Presence::Attached(hold.number);
            }
            free
        });
        if !taken {
            return None;
        }
        state.sockets = hold.number;
        state.sent = hold.position;
        state.shown = None;
        state.stalled = false;
        Some(hold)
    }

    /// A socket lets go of the shell: for good, or because the connection broke.
    pub(crate) fn let_go(&self, hold: Hold, for_good: bool) {
        self.presence.send_if_modified(|presence| {
            let held = matches!(presence, Presence::Attached(number) if *number == hold.number);
            if held {
                *presence = match for_good {
                    true => Presence::Left,
                    false => Presence::Detached(Instant::now()),
                };
            }
            held
        });
    }

    /// Ends a shell that nobody has, to make room for another one.
    pub(crate) fn give_up(&self) {
        self.presence.send_if_modified(|presence| {
            let detached = matches!(presence, Presence::Detached(_));
            if detached {
                *presence = Presence::Left;
            }
            detached
        });
    }

    /// Ends the shell; whoever has it is told so. The first end counts.
    pub(crate) fn end(&self, over: Over) {
        // First of all: nothing typed reaches the machine any more.
        self.state().input = None;
        self.presence.send_if_modified(|presence| {
            let lives = !matches!(presence, Presence::Over(_));
            if lives {
                *presence = Presence::Over(over);
            }
            lives
        });
    }

    /// Who has it, now and from now on.
    pub(crate) fn presence(&self) -> watch::Receiver<Presence> {
        self.presence.subscribe()
    }

    /// Up to which position was printed, now and from now on.
    pub(crate) fn printed(&self) -> watch::Receiver<u64> {
        self.printed.subscribe()
    }

    /// What the person must know, now and from now on.
    pub(crate) fn notice(&self) -> watch::Receiver<Option<Notice>> {
        self.notice.subscribe()
    }

    /// Asks again and again what the person must know.
    pub(crate) async fn ask_for_notices(&self, connections: &dyn Connections) -> Infallible {
        loop {
            // While it cannot be told, what was told last stays.
            if let Ok(notice) = connections.notice(&self.pass).await {
                self.notice.send_if_modified(|old| {
                    let changed = *old != notice;
                    *old = notice;
                    changed
                });
            }
            sleep(NOTICES).await;
        }
    }

    /// A piece of what was printed, from `position` on; empty when there is nothing more.
    pub(crate) fn read(&self, position: u64) -> Bytes {
        self.state().tape.read(position, PIECE / 2)
    }

    /// The socket has been written up to `position`.
    pub(crate) fn sent(&self, hold: Hold, position: u64) {
        self.note(hold, |state| state.sent = position);
    }

    /// The browser has shown everything up to `position`.
    pub(crate) fn shown(&self, hold: Hold, position: u64) {
        self.note(hold, |state| {
            // What was not sent cannot have been shown.
            let position = position.min(state.sent);
            state.shown = Some(state.shown.map_or(position, |shown| shown.max(position)));
            state.tape.shown(position);
        });
    }

    fn note(&self, hold: Hold, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        if state.sockets == hold.number {
            change(&mut state);
            self.progress.notify_one();
        }
    }

    /// Hands over what a person did. Waits until the shell takes it, so that no more is read from
    /// the socket meanwhile. `false` when the shell is over.
    pub(crate) async fn type_in(&self, hold: Hold, input: TerminalInput) -> bool {
        let Some(sender) = self.state().input.clone() else {
            return false;
        };
        let input = match sender.try_send(input) {
            Ok(()) => return true,
            Err(mpsc::error::TrySendError::Closed(_)) => return false,
            Err(mpsc::error::TrySendError::Full(input)) => input,
        };
        self.note(hold, |state| state.stalled = true);
        let taken = sender.send(input).await.is_ok();
        self.note(hold, |state| state.stalled = false);
        taken
    }

    /// Tells the shell its window's size.
    pub(crate) async fn resize(&self, hold: Hold, columns: u16, rows: u16) -> bool {
        let (columns, rows) = window(columns, rows);
        self.type_in(hold, TerminalInput::Resize { columns, rows })
            .await
    }

    /// Lives until the shell ends, its right ends, or nobody came back; and says how it ended.
    pub(crate) async fn live(
        self: &Arc<Self>,
        connections: &dyn Connections,
        mut output: mpsc::Receiver<Bytes>,
        patience: Duration,
    ) -> Over {
        let mut presence = self.presence();
        let mut rights = std::pin::pin!(rights::ended(connections, &self.pass));
        // What was taken from the shell and has no room on the tape yet.
        let mut taken = Bytes::new();
        loop {
            let patient_until = match &*presence.borrow_and_update() {
                Presence::Attached(_) => None,
                Presence::Detached(since) => Some(*since + patience),
                Presence::Left => return Over::unseen("The shell was left."),
                Presence::Over(over) => return over.clone(),
            };
            let patience_ends = async {
                match patient_until {
                    Some(until) => sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                ended = &mut rights => return Over::cut(ended.sentence()),
                _ = presence.changed() => {}
                () = patience_ends => return Over::unseen("The shell was left."),
                () = self.room(), if !taken.is_empty() => {
                    let piece = taken.split_to(taken.len().min(PIECE));
                    let mut state = self.state();
                    state.tape.push(&piece);
                    self.printed.send_replace(state.tape.end());
                }
                piece = output.recv(), if taken.is_empty() => match piece {
                    Some(piece) => taken = piece,
                    None => break,
                },
            }
        }
        // It may have ended because the machine did, which is what the person wants to know.
        match connections.check(&self.pass).await {
            Ok(Some(ended)) => Over::cut(ended.sentence()),
            Ok(None) | Err(_) => Over::by_itself("The shell has ended."),
        }
    }

    /// Waits until more may be printed: not too far ahead of what is shown. Nobody is waited for
    /// where nobody looks; the tape then forgets the oldest.
    async fn room(&self) {
        while self.is_full() {
            self.progress.notified().await;
        }
    }

    fn is_full(&self) -> bool {
        if !matches!(*self.presence.borrow(), Presence::Attached(_)) {
            return false;
        }
        let state = self.state();
        let reached = state.shown.filter(|_| !state.stalled).unwrap_or(state.sent);
        state.tape.end().saturating_sub(reached) >= WINDOW
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change under this lock is complete in itself.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Over {
    /// Because the right to it ended.
    fn cut(reason: &str) -> Self {
        Self {
            reason: reason.to_owned(),
            is_final: true,
            shows_rest: false,
            is_cut: true,
        }
    }

    /// By itself, such as by `exit`.
    fn by_itself(reason: &str) -> Self {
        Self {
            reason: reason.to_owned(),
            is_final: true,
            shows_rest: true,
            is_cut: false,
        }
    }

    /// With nobody looking.
    fn unseen(reason: &str) -> Self {
        Self {
            shows_rest: false,
            ..Self::by_itself(reason)
        }
    }

    /// Because this process stops.
    pub(crate) fn by_restart() -> Self {
        Self {
            is_final: false,
            ..Self::by_itself("The portal is being restarted.")
        }
    }
}
