//! Event streams: a page hears that what it shows changed, and asks for it anew.
//!
//! A stream says “look again” and nothing else, so that what a person may see is decided in one
//! place, where pages get their data. It ends when the session does.

use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use app::context::{Backend, Caller};
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use domain::id::LabId;
use futures::{Stream, StreamExt as _};
use service::access::Actor;
use service::changes::Change;
use tokio::sync::broadcast::Receiver;
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
pub async fn system(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Response {
    stream(backend, caller, &headers, Topic::System).await
}

/// The caller's list of labs.
pub async fn labs(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Response {
    match caller.actor {
        Some(_) => stream(backend, caller, &headers, Topic::Labs).await,
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

/// One lab.
pub async fn lab(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(actor) = &caller.actor else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let Ok(id) = id.parse::<LabId>() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match backend.services.lab_version(actor, id).await {
        Ok(_) => stream(backend, caller, &headers, Topic::Lab(id)).await,
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The caller's machines.
pub async fn machines(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Response {
    match caller.actor {
        Some(_) => stream(backend, caller, &headers, Topic::Machines).await,
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn stream(backend: Backend, caller: Caller, headers: &HeaderMap, topic: Topic) -> Response {
    let (sender, receiver) = mpsc::channel(1);
    // Listening comes first, so that nothing is missed between looking and following.
    let changes = backend.services.changes.listen();
    let seen = fingerprint(&backend, caller.actor.as_ref(), topic).await;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let first = match last {
        Some(last) if last == seen => None,
        None if topic == Topic::System => Some(Event::default().id(&seen)),
        // Something may have changed since the page got its data, or while the line was broken.
        _ => Some(changed(&seen)),
    };
    tokio::spawn(follow(backend, caller, topic, changes, seen, sender));
    sse(futures::stream::iter(first.map(Ok)).chain(ReceiverStream::new(receiver)))
}

fn sse(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    Sse::new(events)
        .keep_alive(KeepAlive::new().interval(ALIVE))
        .into_response()
}

/// The one thing that a stream says. Its id is the fingerprint, which a browser gives back when it
/// comes again after a broken line.
fn changed(fingerprint: &str) -> Event {
    Event::default().id(fingerprint).data("changed")
}

/// Speaks whenever the topic's fingerprint changed, until nobody listens or the session ended.
async fn follow(
    backend: Backend,
    caller: Caller,
    topic: Topic,
    mut changes: Receiver<Change>,
    mut seen: String,
    sender: mpsc::Sender<Result<Event, Infallible>>,
) {
    let mut actor = caller.actor;
    let pace = if backend.services.store.shared() {
        POLL
    } else {
        ALIVE
    };
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
            let address = &caller.origin.address;
            match backend.services.still_there(hash, address).await {
                Ok(Some(now)) => actor = Some(now),
                Ok(None) => return,
                Err(_) => continue,
            }
        }
        let now = fingerprint(&backend, actor.as_ref(), topic).await;
        if now != seen {
            seen = now;
            if sender.send(Ok(changed(&seen))).await.is_err() {
                return;
            }
        }
    }
}

/// A value that differs when what the page shows may differ.
async fn fingerprint(backend: &Backend, actor: Option<&Actor>, topic: Topic) -> String {
    let mut hasher = DefaultHasher::new();
    versions(backend, actor, topic).await.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

async fn versions(backend: &Backend, actor: Option<&Actor>, topic: Topic) -> Vec<i64> {
    let services = &backend.services;
    let Some(actor) = actor else {
        return vec![i64::from(backend.engine.borrow().away.is_some())];
    };
    let versions = match topic {
        Topic::System => return vec![i64::from(backend.engine.borrow().away.is_some())],
        Topic::Lab(id) => services
            .lab_version(actor, id)
            .await
            .map(|version| vec![version]),
        Topic::Labs => services.lab_versions(actor).await,
        Topic::Machines => services.place_versions(actor).await,
    };
    versions.unwrap_or_default()
}
