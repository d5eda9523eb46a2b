//! Who calls, and who may come in at all: every request passes here first.

use std::net::SocketAddr;

use app::context::{Backend, Caller, session_cookie};
use app::view::Flash;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use service::vault::Vault;

/// Pages that anyone may open. Everything else in the portal asks to sign in first; what the person
/// may then see is decided by the use cases.
const OPEN_PAGES: [&str; 3] = ["/sign-in", "/welcome/", "/register/"];

/// Files and probes that know no person.
const OPEN_FILES: [&str; 6] = ["/pkg/", "/assets/", "/favicon.svg", "/healthz", "/readyz", "/robots.txt"];

/// Finds out who calls and keeps it with the request; leads strangers to the sign-in page.
pub async fn caller(State(backend): State<Backend>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if OPEN_FILES.iter().any(|open| path.starts_with(open)) {
        return next.run(request).await;
    }
    let address = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or_else(|| "unknown".to_owned(), |ConnectInfo(address)| address.ip().to_string());
    let token = cookie(request.headers(), session_cookie(backend.secure));
    let session_hash = token.map(|token| Vault::token_hash(&token));
    let actor = match &session_hash {
        Some(hash) => match backend.services.authenticate(hash).await {
            Ok(actor) => actor,
            Err(error) => return sorry(&error),
        },
        None => None,
    };
    let stranger = actor.is_none();
    let session_hash = session_hash.filter(|_| !stranger);
    request.extensions_mut().insert(Caller { actor, session_hash, address });
    let page = request.method() == Method::GET && !path.starts_with("/sfn/") && wants_html(request.headers());
    if stranger && page && !OPEN_PAGES.iter().any(|open| path.starts_with(open)) {
        let wanted = request.uri().path_and_query().map_or("/", |p| p.as_str());
        return Redirect::to(&format!("/sign-in?next={}", encode(wanted))).into_response();
    }
    next.run(request).await
}

/// Forms sent without a script: an error goes into a cookie for the next page, not into its address,
/// where anyone could forge it; and a page that showed one forgets it.
pub async fn flash(request: Request, next: Next) -> Response {
    let form = request.method() == Method::POST
        && request.uri().path().starts_with("/sfn/")
        && wants_html(request.headers());
    let page = request.method() == Method::GET && wants_html(request.headers());
    let shown = page && cookie(request.headers(), app::flash::COOKIE).is_some();
    let action = request.uri().path().to_owned();
    let response = next.run(request).await;
    if shown {
        return with_cookie(response, &app::flash::forget());
    }
    if !form || !response.status().is_redirection() {
        return response;
    }
    match refusal(&response) {
        Some((back, error)) => {
            let cookie = app::flash::cookie(&Flash { action, error });
            with_cookie(Redirect::to(&back).into_response(), &cookie)
        }
        None => response,
    }
}

/// The page to go back to and the error that a redirect carries in its address.
fn refusal(response: &Response) -> Option<(String, app::error::AppError)> {
    use leptos::server_fn::error::ServerFnUrlError;

    let location = response.headers().get(header::LOCATION)?.to_str().ok()?;
    let (page, query) = location.split_once('?')?;
    let parameters: Vec<&str> = query.split('&').collect();
    let encoded = parameters.iter().find_map(|p| p.strip_prefix("__err="))?;
    // The encoding is base64 for addresses, whose only other sign is the “=” at its end.
    let error = ServerFnUrlError::<app::error::AppError>::decode_err(&encoded.replace("%3D", "="));
    let kept: Vec<&str> =
        parameters.into_iter().filter(|p| !p.starts_with("__err=") && !p.starts_with("__path=")).collect();
    // Only the path: wherever the form claims to have come from, the way back stays on this site.
    let path = page.split_once("://").map_or(page, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    let back = if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) };
    Some((back, error))
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

fn sorry(error: &service::Error) -> Response {
    tracing::error!(%error, "a caller could not be recognised");
    (StatusCode::SERVICE_UNAVAILABLE, Body::from("Lectern's database does not answer. Please try again in a moment.\n"))
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

fn wants_html(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// Percent-encodes a path for a query.
fn encode(path: &str) -> String {
    use std::fmt::Write as _;
    path.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}
