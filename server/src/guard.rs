//! Who calls, and who may come in at all: every request passes here first.

use app::address::percent_encode;
use app::context::{Backend, Caller, local_path, session_cookie};
use app::error::{AppError, Kind};
use app::view::Flash;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use leptos::server_fn::error::SERVER_FN_ERROR_HEADER;
use service::store::Origin;
use service::vault::Vault;

/// Pages that anyone may open. Everything else in the portal asks to sign in first; what the person
/// may then see is decided by the use cases.
const OPEN_PAGES: [&str; 5] = ["/sign-in", "/welcome/", "/register/", "/calendar/", "/lti/"];

/// Files and probes that know no person.
const OPEN_FILES: [&str; 6] = [
    "/pkg/",
    "/assets/",
    "/favicon.svg",
    "/healthz",
    "/readyz",
    "/robots.txt",
];

/// The most that is kept of what a browser calls itself, in characters.
const LONGEST_AGENT: usize = 300;

/// The longest error that is read, in bytes.
const LONGEST_REFUSAL: usize = 1024 * 1024;

const DATABASE_AWAY: &str = "Lectern's database does not answer. Please try again in a moment.";

/// Finds out who calls and keeps it with the request; leads strangers to the sign-in page.
pub async fn caller(State(backend): State<Backend>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if OPEN_FILES.iter().any(|open| path.starts_with(open)) {
        return next.run(request).await;
    }
    let address = arm::network_address(request.extensions());
    let token = cookie(request.headers(), session_cookie(backend.secure));
    let session_hash = token.map(|token| Vault::token_hash(&token));
    let actor = match &session_hash {
        Some(hash) => match backend.services.authenticate(hash, &address).await {
            Ok(actor) => actor,
            Err(error) => return sorry(&error),
        },
        None => None,
    };
    let stranger = actor.is_none();
    let session_hash = session_hash.filter(|_| !stranger);
    let agent = request.headers().get(header::USER_AGENT);
    let agent = agent
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default();
    let agent = agent.chars().take(LONGEST_AGENT).collect();
    request.extensions_mut().insert(Caller {
        actor,
        session_hash,
        origin: Origin { address, agent },
    });
    let page = request.method() == Method::GET
        && !path.starts_with("/sfn/")
        && wants_html(request.headers());
    if page && path.len() > 1 && path.ends_with('/') {
        let query = request
            .uri()
            .query()
            .map_or_else(String::new, |query| format!("?{query}"));
        if let Some(to) = local_path(&format!("{}{query}", path.trim_end_matches('/'))) {
            return Redirect::permanent(&to).into_response();
        }
    }
    if stranger && page && !OPEN_PAGES.iter().any(|open| path.starts_with(open)) {
        let wanted = request.uri().path_and_query().map_or("/", |p| p.as_str());
        return Redirect::to(&format!("/sign-in?next={}", percent_encode(wanted))).into_response();
    }
    next.run(request).await
}

/// What is refused on the way, before a server function hears of it, is said in a sentence as well.
pub async fn sentences(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_door = ["/sfn/", "/passkeys/", "/terminal/tickets"]
        .iter()
        .any(|door| path.starts_with(door));
    let is_page = request.method() == Method::GET && wants_html(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    if !is_door || is_page || !failed || is_json(&response) {
        return response;
    }
    let (kind, message) = match status {
        StatusCode::FORBIDDEN => (
            Kind::Forbidden,
            "This was not sent by one of Lectern's own pages. Please load the page again.",
        ),
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => (
            Kind::NotFound,
            "This page is older than the server. Please load it again.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            Kind::Invalid,
            "What was sent is too large: it may have at most 1 MiB.",
        ),
        StatusCode::SERVICE_UNAVAILABLE => (Kind::Unavailable, DATABASE_AWAY),
        _ if status.is_client_error() => (
            Kind::Invalid,
            "What was sent cannot be read. Please load the page again.",
        ),
        _ => (
            Kind::Internal,
            "Something went wrong on our side. Please try again.",
        ),
    };
    (status, Json(AppError::new(kind, message))).into_response()
}

/// Forms sent without a script lead back to their page, with an error in a cookie: in the address,
/// where the framework puts it, anyone could forge it. A page that showed one forgets it.
pub async fn flash(State(secure): State<bool>, request: Request, next: Next) -> Response {
    let html = wants_html(request.headers());
    let path = request.uri().path().to_owned();
    let is_form = html && request.method() == Method::POST && path.starts_with("/sfn/");
    let is_page = html && request.method() == Method::GET;
    let shown = is_page && cookie(request.headers(), &app::flash::name(secure)).is_some();
    let referrer = request.headers().get(header::REFERER).cloned();
    let mut response = next.run(request).await;
    // A page that leads on to another has shown nothing.
    if shown && !response.status().is_redirection() {
        return with_cookie(response, &app::flash::forget(secure));
    }
    // What another site's page sent leads nowhere.
    if !is_form || response.status() == StatusCode::FORBIDDEN {
        return response;
    }
    let to = response
        .headers()
        .get(header::LOCATION)
        .or(referrer.as_ref());
    let to = to.map_or_else(
        || "/".to_owned(),
        |to| on_this_site(&String::from_utf8_lossy(to.as_bytes())),
    );
    let done = response.status().is_redirection()
        && !response.headers().contains_key(SERVER_FN_ERROR_HEADER);
    if !done {
        let back = Redirect::to(&to).into_response();
        return match refusal(response).await {
            Some(error) => with_cookie(
                back,
                &app::flash::cookie(
                    secure,
                    Flash {
                        action: path,
                        error,
                    },
                ),
            ),
            None => back,
        };
    }
    if let Ok(to) = HeaderValue::from_str(&to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

/// The error in an answer's body.
async fn refusal(response: Response) -> Option<AppError> {
    let body = axum::body::to_bytes(response.into_body(), LONGEST_REFUSAL)
        .await
        .ok()?;
    serde_json::from_slice(&body).ok()
}

/// The way to a page as a path on this site, wherever a form claims to have come from, and without
/// what the framework puts into it.
fn on_this_site(address: &str) -> String {
    let path = address.split_once("://").map_or(address, |(_, rest)| {
        rest.find('/').map_or("/", |at| &rest[at..])
    });
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let ours = |parameter: &&str| {
        !matches!(
            parameter.split('=').next(),
            Some("__err" | "__path" | "") | None
        )
    };
    let kept: Vec<&str> = query.split('&').filter(ours).collect();
    let address = if kept.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", kept.join("&"))
    };
    local_path(&address).unwrap_or_else(|| "/".to_owned())
}

/// The answer, with a cookie.
pub fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

fn sorry(error: &service::Error) -> Response {
    tracing::error!(%error, "a caller could not be recognised");
    (
        StatusCode::SERVICE_UNAVAILABLE,
        format!("{DATABASE_AWAY}\n"),
    )
        .into_response()
}

/// A cookie of the request.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

/// Whether a browser asks for something to show.
pub fn wants_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

fn is_json(response: &Response) -> bool {
    let given = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    given.is_some_and(|given| given.starts_with("application/json"))
}
