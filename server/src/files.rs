//! Files in and out: a list of users that somebody brings, and tables to take away.

use app::api::audit::filter;
use app::context::{Backend, Caller};
use app::error::{AppError, Kind};
use app::view::Flash;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use domain::id::LabId;
use serde::Deserialize;
use service::access::Actor;
use service::audit::{table_head, table_lines};
use service::error::{Error, Result};

use crate::guard::{wants_html, with_cookie};

/// How many lines of the audit log are read at once.
const CHUNK: u32 = 1000;

/// The addresses.
pub fn routes() -> Router<Backend> {
    Router::new()
        .route("/audit.csv", get(audit))
        .route("/labs/{id}/users.csv", get(users))
        .route("/labs/{id}/import/file", post(import))
}

fn refused(error: impl Into<AppError>) -> Response {
    let error: AppError = error.into();
    (error.kind.status(), Json(error)).into_response()
}

fn actor(caller: Caller) -> Result<Actor> {
    caller.actor.ok_or(Error::Unauthenticated)
}

fn table(name: &str, text: impl Into<axum::body::Body>) -> Response {
    let named = format!("attachment; filename=\"{name}\"");
    (
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, named),
        ],
        text.into(),
    )
        .into_response()
}

/// What of the audit log is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    who: String,
    what: String,
    from: String,
    until: String,
}

/// The audit log as a table, as long as it may be: it is sent as it is read.
async fn audit(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let first = async {
        let actor = actor(caller)?;
        let mut filter = filter(&wanted.who, &wanted.what, &wanted.from, &wanted.until, "")?;
        filter.limit = CHUNK;
        // Whoever may not is told so now: what is sent afterwards has no status any more.
        let page = backend.services.audit_log(&actor, filter.clone()).await?;
        Ok::<_, AppError>((actor, filter, page))
    };
    let (actor, filter, page) = match first.await {
        Ok(first) => first,
        Err(error) => return refused(error),
    };
    let services = backend.services.clone();
    let head = futures::stream::once(async { table_head() });
    let rest = futures::stream::try_unfold(Some((filter, page)), move |at| {
        let (services, actor) = (services.clone(), actor.clone());
        async move {
            let Some((mut filter, page)) = at else {
                return Ok(None);
            };
            let text = table_lines(&page.lines)?;
            let next = match page.lines.last().filter(|_| page.more) {
                Some(last) => {
                    filter.before = Some(last.id);
                    let page = services.audit_log(&actor, filter.clone()).await?;
                    Some((filter, page))
                }
                None => None,
            };
            Ok::<_, Error>(Some((text, next)))
        }
    });
    let all = futures::StreamExt::chain(head, rest);
    table("audit.csv", axum::body::Body::from_stream(all))
}

/// A lab's list as a table.
async fn users(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Response {
    let text = async {
        let actor = actor(caller)?;
        let lab: LabId = id.parse().map_err(|_| Error::NotFound("lab"))?;
        backend.services.export_list(&actor, lab).await
    };
    match text.await {
        Ok(text) => table("users.csv", text),
        Err(error) => refused(error),
    }
}

/// Keeps a file with a list and leads to what would become of it.
async fn import(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    parts: std::result::Result<Multipart, MultipartRejection>,
) -> Response {
    let back = format!("/labs/{}/import", app::address::percent_encode(&id));
    let kept = async {
        let actor = actor(caller)?;
        let lab: LabId = id.parse().map_err(|_| Error::NotFound("lab"))?;
        // What somebody may not do is said before what they sent is looked at.
        backend.services.demand_list(&actor, lab).await?;
        let bytes = list(parts.map_err(|_| unread())?).await?;
        let draft = backend.services.draft_list(&actor, lab, &bytes).await?;
        Ok::<_, AppError>(draft)
    };
    match kept.await {
        Ok(draft) => Redirect::to(&format!("{back}?draft={draft}")).into_response(),
        Err(error) if error.kind == Kind::Invalid && wants_html(&headers) => {
            let flash = Flash {
                action: back.clone(),
                error,
            };
            let to = Redirect::to(&back).into_response();
            with_cookie(to, &app::flash::cookie(backend.secure, flash))
        }
        Err(error) => refused(error),
    }
}

fn unread() -> AppError {
    AppError::new(
        Kind::Invalid,
        "What was sent cannot be read, or is too large. Please choose the file again.",
    )
}

/// The file that was sent, or else the text.
async fn list(mut parts: Multipart) -> std::result::Result<Vec<u8>, AppError> {
    let mut found = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(|_| unread())? {
        let bytes = part.bytes().await.map_err(|_| unread())?;
        if found.is_empty() {
            found = bytes.to_vec();
        }
    }
    if found.is_empty() {
        return Err(AppError::new(
            Kind::Invalid,
            "Choose a file, or write some lines.",
        ));
    }
    Ok(found)
}
