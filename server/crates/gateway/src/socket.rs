//! A WebSocket between a browser and a shell: from the request to the farewell.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use serde::{Deserialize, Serialize};
use service::Error;
use service::connect::Pass;
use service::engine::TerminalInput;
use tokio::time::{MissedTickBehavior, interval_at, timeout};

use crate::figures::count;
use crate::protocol::{FromBrowser, ToBrowser, window};
use crate::shell::{Hold, Presence, Shell};
use crate::shells::Refused;
use crate::{Gateway, Inner, origin};

/// The longest message from a browser, in bytes; it cuts what is pasted into smaller ones.
const MESSAGE: usize = 64 * 1024;

/// How often a quiet connection is asked for a sign of life.
const PING: Duration = Duration::from_secs(20);

/// After this long without any sign of life, the connection counts as broken.
const SILENCE: Duration = Duration::from_secs(45);

/// How long a farewell may take; an ended right must be ended within a second.
const FAREWELL: Duration = Duration::from_millis(500);

/// What the browser asks for.
#[derive(Deserialize)]
pub(crate) struct Request {
    ticket: Option<String>,
    columns: Option<u16>,
    rows: Option<u16>,
    /// The shell to take up again.
    resume: Option<String>,
    /// The position up to which the browser has what that shell printed.
    received: Option<u64>,
}

/// How a socket and its shell part.
enum Parting {
    /// The browser said goodbye.
    Goodbye,
    /// The connection broke, or the page was left.
    Broken,
    /// The browser sent what it must not.
    Misused,
    /// There is nothing more to come.
    Ended { reason: String, is_final: bool },
}

/// Checks origin and ticket, and only then becomes a WebSocket.
pub(crate) async fn connect(
    State(gateway): State<Gateway>,
    Query(request): Query<Request>,
    headers: HeaderMap,
    uri: Uri,
    upgrade: WebSocketUpgrade,
) -> Response {
    let inner = Arc::clone(&gateway.0);
    match admit(&inner, &request, &headers, &uri).await {
        Ok(pass) => upgrade
            .max_message_size(MESSAGE)
            .max_frame_size(MESSAGE)
            .read_buffer_size(4 * 1024)
            .write_buffer_size(4 * 1024)
            .on_upgrade(move |socket| async move {
                inner.sockets.send_modify(|open| *open += 1);
                serve(&inner, socket, pass, request).await;
                inner.sockets.send_modify(|open| *open -= 1);
            }),
        Err((status, message)) => {
            count(&inner.counters.refused, 1);
            (status, Json(Refusal { message })).into_response()
        }
    }
}

#[derive(Serialize)]
struct Refusal {
    message: String,
}

/// What the request is a right to.
async fn admit(
    inner: &Inner,
    request: &Request,
    headers: &HeaderMap,
    uri: &Uri,
) -> Result<Pass, (StatusCode, String)> {
    if !origin::is_own(headers, uri, inner.settings.public_origin.as_deref()) {
        let message = "Terminals open from the portal's own pages only.";
        return Err((StatusCode::FORBIDDEN, message.to_owned()));
    }
    let ticket = request.ticket.as_deref().unwrap_or_default();
    inner.connections.redeem(ticket).await.map_err(|error| {
        let status = match &error {
            Error::Unauthenticated => StatusCode::UNAUTHORIZED,
            Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Internal(cause) => {
                tracing::error!(error = %cause, "a ticket could not be redeemed");
                StatusCode::INTERNAL_SERVER_ERROR
            }
            _ => StatusCode::FORBIDDEN,
        };
        (status, error.to_string())
    })
}

/// Serves a socket until it and its shell part.
async fn serve(inner: &Arc<Inner>, socket: WebSocket, pass: Pass, request: Request) {
    let (mut sink, mut stream) = socket.split();
    let parting = match take_or_open(inner, pass, &request).await {
        Ok((shell, hold)) => {
            let parting = {
                let read = read(inner, &shell, hold, &mut stream);
                let write = write(inner, &shell, hold, &mut sink);
                tokio::select! { parting = write => parting, parting = read => parting }
            };
            shell.let_go(hold, matches!(parting, Parting::Goodbye));
            parting
        }
        Err(parting) => parting,
    };
    // A browser that does not take it does not keep the connection.
    let _ = timeout(FAREWELL, farewell(sink, stream, parting)).await;
}

/// The shell that the browser wants to take up again, or else a new one.
async fn take_or_open(
    inner: &Arc<Inner>,
    pass: Pass,
    request: &Request,
) -> Result<(Arc<Shell>, Hold), Parting> {
    let (columns, rows) = window(request.columns.unwrap_or(80), request.rows.unwrap_or(24));
    let kept = request
        .resume
        .as_deref()
        .and_then(|id| inner.shells.find(id, &pass));
    if let Some(shell) = kept
        && let Some(hold) = shell.attach(request.received)
    {
        count(&inner.counters.resumed, 1);
        shell.resize(hold, columns, rows).await;
        return Ok((shell, hold));
    }
    let place = inner.shells.place(pass.person).map_err(|refused| {
        count(&inner.counters.refused, 1);
        match refused {
            Refused::TooMany(most) => Parting::Ended {
                reason: format!("You have {most} terminals open. Close one of them first."),
                is_final: true,
            },
            Refused::Closed => Parting::Ended {
                reason: "The portal is being restarted.".to_owned(),
                is_final: false,
            },
        }
    })?;
    let terminal = inner
        .connections
        .open(&pass, columns, rows)
        .await
        .map_err(|error| {
            if let Error::Internal(cause) = &error {
                tracing::error!(error = %cause, machine = %pass.machine, "a terminal did not open");
            }
            let is_final = !matches!(error, Error::Unavailable(_));
            Parting::Ended {
                reason: error.to_string(),
                is_final,
            }
        })?;
    let mut id = [0; 16];
    inner.connections.random(&mut id);
    let shell = Arc::new(Shell::new(service::vault::hex(&id), pass, terminal.input));
    let hold = shell.attach(Some(0)).ok_or(Parting::Broken)?;
    inner.shells.insert(&shell, place);
    count(&inner.counters.opened, 1);
    tracing::info!(person = %shell.pass.person, machine = %shell.pass.machine,
        "a terminal was opened");
    tokio::spawn({
        let (inner, shell) = (Arc::clone(inner), Arc::clone(&shell));
        async move {
            let patience = inner.settings.patience;
            let connections = &*inner.connections;
            // Whether anybody is there decides when a machine that nobody uses is stopped. That it
            // cannot be noted is no reason to send a person away.
            let arrived = connections.arrived(&shell.pass).await;
            let over = tokio::select! {
                over = shell.live(connections, terminal.output, patience) => over,
                never = shell.ask_for_notices(connections) => match never {},
            };
            let left = match arrived {
                Ok(connection) => connections.left(connection).await,
                Err(error) => Err(error),
            };
            if let Err(error) = left {
                tracing::warn!(%error, machine = %shell.pass.machine,
                    "that somebody was at a machine could not be noted");
            }
            inner.shells.remove(&shell);
            if over.is_cut {
                count(&inner.counters.cut, 1);
            }
            tracing::info!(person = %shell.pass.person, machine = %shell.pass.machine,
                reason = %over.reason, "a terminal ended");
            shell.end(over);
        }
    });
    Ok((shell, hold))
}

/// Carries what is printed to the browser.
async fn write(
    inner: &Inner,
    shell: &Shell,
    hold: Hold,
    sink: &mut SplitSink<WebSocket, Message>,
) -> Parting {
    let mut presence = shell.presence();
    let mut news = shell.presence();
    let mut printed = shell.printed();
    let mut notice = shell.notice();
    // What is to be known already is said first.
    if notice.borrow().is_some() {
        notice.mark_changed();
    }
    let mut ping = interval_at(tokio::time::Instant::now() + PING, PING);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);

    let resumed = hold.number > 1;
    let Hold {
        mut position,
        reset,
        ..
    } = hold;
    let mut alive_is_due = false;
    let mut next = ToBrowser::Session {
        id: &shell.id,
        resumed,
        position,
        reset,
    }
    .frame();
    loop {
        // A cut must not wait for a browser that takes nothing.
        let written = tokio::select! {
            biased;
            parting = taken_away(&mut presence, hold) => return parting,
            written = sink.send(next) => written,
        };
        if written.is_err() {
            return Parting::Broken;
        }
        shell.sent(hold, position);
        next = loop {
            if std::mem::take(&mut alive_is_due) {
                break ToBrowser::Alive.frame();
            }
            printed.borrow_and_update();
            // Asked first: whatever it printed before it ended is then there to be read.
            let over = match &*news.borrow_and_update() {
                Presence::Over(over) => Some(over.clone()),
                _ => None,
            };
            let bytes = shell.read(position);
            if !bytes.is_empty() {
                position += bytes.len() as u64;
                count(&inner.counters.printed_bytes, bytes.len());
                break Message::Binary(bytes);
            }
            if let Some(over) = over {
                return Parting::Ended {
                    reason: over.reason,
                    is_final: over.is_final,
                };
            }
            tokio::select! {
                biased;
                parting = taken_away(&mut presence, hold) => return parting,
                _ = news.changed() => {}
                _ = printed.changed() => {}
                Ok(()) = notice.changed() => {
                    let notice = notice.borrow_and_update().clone();
                    break ToBrowser::Notice {
                        text: notice.as_ref().map(|notice| notice.text.as_str()),
                        stay: notice.as_ref().is_some_and(|notice| notice.stay),
                    }
                    .frame();
                }
                _ = ping.tick() => {
                    alive_is_due = true;
                    break Message::Ping(bytes::Bytes::new());
                }
            }
        };
    }
}

/// Waits until the shell is taken from this socket at once: cut, or given to another socket.
async fn taken_away(presence: &mut tokio::sync::watch::Receiver<Presence>, hold: Hold) -> Parting {
    let taken = presence.wait_for(|presence| match presence {
        Presence::Attached(number) => *number != hold.number,
        Presence::Over(over) => !over.shows_rest,
        Presence::Detached(_) | Presence::Left => false,
    });
    match taken.await.as_deref() {
        Ok(Presence::Over(over)) => Parting::Ended {
            reason: over.reason.clone(),
            is_final: over.is_final,
        },
        Ok(_) => Parting::Ended {
            reason: "This terminal was opened in another window.".to_owned(),
            is_final: true,
        },
        Err(_) => Parting::Broken,
    }
}

/// Carries what the person does to the shell.
async fn read(
    inner: &Inner,
    shell: &Shell,
    hold: Hold,
    stream: &mut SplitStream<WebSocket>,
) -> Parting {
    loop {
        let Ok(message) = timeout(SILENCE, stream.next()).await else {
            return Parting::Broken;
        };
        let message = match message {
            Some(Ok(message)) => message,
            Some(Err(_)) => return Parting::Misused,
            None => return Parting::Broken,
        };
        match message {
            Message::Binary(bytes) => {
                count(&inner.counters.typed_bytes, bytes.len());
                shell.type_in(hold, TerminalInput::Bytes(bytes)).await;
            }
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(FromBrowser::Resize { columns, rows }) => {
                    shell.resize(hold, columns, rows).await;
                }
                Ok(FromBrowser::Received { position }) => shell.shown(hold, position),
                Err(_) => return Parting::Misused,
            },
            Message::Close(frame) => {
                return match frame.map(|frame| frame.code) {
                    None | Some(close_code::NORMAL | close_code::STATUS) => Parting::Goodbye,
                    // A page that is left may be loaded again; one whose network changed comes back.
                    Some(_) => Parting::Broken,
                };
            }
            Message::Ping(_) | Message::Pong(_) => {}
        }
    }
}

/// Says what is to be said last, and waits until the browser has heard it: closing with something
/// unread could take the last words back.
async fn farewell(
    mut sink: SplitSink<WebSocket, Message>,
    mut stream: SplitStream<WebSocket>,
    parting: Parting,
) -> Result<(), axum::Error> {
    let code = match parting {
        Parting::Goodbye | Parting::Broken => close_code::NORMAL,
        Parting::Misused => close_code::POLICY,
        Parting::Ended { reason, is_final } => {
            sink.send(
                ToBrowser::Ended {
                    reason: &reason,
                    is_final,
                }
                .frame(),
            )
            .await?;
            close_code::NORMAL
        }
    };
    sink.send(Message::Close(Some(CloseFrame {
        code,
        reason: "".into(),
    })))
    .await?;
    while stream.next().await.is_some_and(|message| message.is_ok()) {}
    Ok(())
}
