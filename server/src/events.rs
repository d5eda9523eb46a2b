//! Event streams: a page hears that what it shows changed, and asks for it anew.
//!
//! A stream says “look again” and nothing else, so that what a person may see is decided in one
//! place, where pages get their data. It ends when the session does.

use std::convert::Infallible;
use std::time::Duration;

use app::context::{Backend, Caller};
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use domain::id::LabId;
use futures::Stream;
use service::access::Actor;
use service::changes::Change;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// How often a stream looks by itself, for changes that another process made.
const POLL: Duration = Duration::from_secs(2);

/// How often the session behind a stream is checked, and the line kept open.
const ALIVE: Duration = Duration::from_secs(15);

/// What a stream is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Topic {
    System,
    Labs,
    Lab(LabId),
    Machines,
}

/// Banners: whether the machine host answers. Open to everyone, as the banner is.
pub async fn system(State(backend): State<Backend>, Extension(caller): Extension<Caller>) -> Response {
    stream(backend, caller, Topic::System)
}

/// The caller's list of labs.
pub async fn labs(State(backend): State<Backend>, Extension(caller): Extension<Caller>) -> Response {
    match caller.actor {
        Some(_) => stream(backend, caller, Topic::Labs),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

/// One lab.
pub async fn lab(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Response {
    let Some(actor) = &caller.actor else { return StatusCode::UNAUTHORIZED.into_response() };
    let Ok(id) = id.parse::<LabId>() else { return StatusCode::NOT_FOUND.into_response() };
    match backend.services.lab_version(actor, id).await {
        Ok(_) => stream(backend, caller, Topic::Lab(id)),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The caller's machines.
pub async fn machines(State(backend): State<Backend>, Extension(caller): Extension<Caller>) -> Response {
    match caller.actor {
        Some(_) => stream(backend, caller, Topic::Machines),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

fn stream(backend: Backend, caller: Caller, topic: Topic) -> Response {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(follow(backend, caller, topic, sender));
    let events: ReceiverStream<Result<Event, Infallible>> = ReceiverStream::new(receiver);
    sse(events)
}

fn sse(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE)).into_response()
}

/// Speaks whenever the topic's fingerprint changed, until nobody listens or the session ended.
async fn follow(backend: Backend, caller: Caller, topic: Topic, sender: mpsc::Sender<Result<Event, Infallible>>) {
    let mut changes = backend.services.changes.listen();
    let mut actor = caller.actor;
    let mut seen = fingerprint(&backend, actor.as_ref(), topic).await;
    let pace = if backend.services.store.shared() { POLL } else { ALIVE };
    loop {
        let concerns = tokio::select! {
            () = sender.closed() => return,
            change = changes.recv() => match change {
                Ok(Change::Lab(id)) => topic == Topic::Lab(id) || matches!(topic, Topic::Labs | Topic::Machines),
                Ok(Change::Engine) => topic == Topic::System,
                Ok(Change::People) | Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => return,
            },
            () = tokio::time::sleep(pace) => true,
        };
        if !concerns {
            continue;
        }
        if let Some(hash) = &caller.session_hash {
            match backend.services.authenticate(hash).await {
                Ok(Some(now)) => actor = Some(now),
                Ok(None) => return,
                Err(_) => continue,
            }
        }
        let now = fingerprint(&backend, actor.as_ref(), topic).await;
        if now != seen {
            seen = now;
            if sender.send(Ok(Event::default().data("changed"))).await.is_err() {
                return;
            }
        }
    }
}

/// A value that differs when what the page shows may differ.
async fn fingerprint(backend: &Backend, actor: Option<&Actor>, topic: Topic) -> Vec<i64> {
    let services = &backend.services;
    let Some(actor) = actor else {
        return vec![i64::from(backend.engine.borrow().away.is_some())];
    };
    let versions = match topic {
        Topic::System => return vec![i64::from(backend.engine.borrow().away.is_some())],
        Topic::Lab(id) => services.lab_version(actor, id).await.map(|version| vec![version]),
        Topic::Labs => services.lab_versions(actor).await,
        Topic::Machines => services.place_versions(actor).await,
    };
    versions.unwrap_or_default()
}
