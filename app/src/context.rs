//! What server functions find around them: the services, and who calls. On the server only.

use std::sync::Arc;

use domain::id::LabId;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use service::Services;
use service::access::Actor;
use service::reconcile::EngineWatch;
use service::store::Origin;

use crate::error::{AppError, Kind};

/// Everything a server function may need, given by the server as context.
#[derive(Clone)]
pub struct Backend {
    /// The use cases.
    pub services: Services,
    /// Sign-in.
    pub identity: identity::Identity,
    /// Whether the engine answers.
    pub engine: EngineWatch,
    /// The portal's address as people type it, without a slash at its end.
    pub public_url: Arc<str>,
    /// Whether that address is https, so that cookies must be too.
    pub secure: bool,
    /// The description of the REST API.
    pub api: Arc<serde_json::Value>,
}

/// Who calls: set by the server's middleware on every request.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// The person, if signed in.
    pub actor: Option<Actor>,
    /// The hash of the session's token.
    pub session_hash: Option<String>,
    /// From where.
    pub origin: Origin,
}

/// The backend.
///
/// # Errors
/// Outside a request.
pub fn backend() -> Result<Backend, AppError> {
    use_context::<Backend>()
        .ok_or_else(|| AppError::new(Kind::Internal, "Something went wrong on our side."))
}

/// The caller of this request.
pub fn caller() -> Caller {
    use_context::<Parts>()
        .and_then(|parts| parts.extensions.get::<Caller>().cloned())
        .unwrap_or_default()
}

/// The person who calls, with the backend.
///
/// # Errors
/// `SignIn` when nobody is signed in.
pub fn signed_in() -> Result<(Backend, Actor), AppError> {
    let actor = caller()
        .actor
        .ok_or_else(|| fail(service::Error::Unauthenticated.into()))?;
    Ok((backend()?, actor))
}

/// Sets the status that belongs to an error, where a program or script asked; a form sent by a
/// browser without a script is redirected instead, and a page says the status itself.
pub fn fail(error: AppError) -> AppError {
    let is_script = use_context::<Parts>().is_some_and(|parts| {
        let accept = parts
            .headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        !accept.contains("text/html")
    });
    if is_script {
        set_status(error.kind.status());
    }
    error
}

/// Sets the status of the page being rendered.
pub fn set_status(status: StatusCode) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status);
    }
}

/// Parses an id out of a form or an address.
///
/// # Errors
/// `NotFound` for text that is none.
pub fn id<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, AppError> {
    text.parse().map_err(|_| {
        fail(AppError::new(
            Kind::NotFound,
            format!("There is no such {what}, or you may not see it."),
        ))
    })
}

/// The address of a lab's page.
pub fn lab_path(id: LabId) -> String {
    format!("/labs/{id}")
}

/// A cookie of the request.
pub fn cookie(name: &str) -> Option<String> {
    let parts = use_context::<Parts>()?;
    parts
        .headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
        .filter(|value| !value.is_empty())
}

/// Sets a cookie with the answer.
pub fn set_cookie(cookie: &str) {
    if let (Some(response), Ok(value)) = (
        use_context::<ResponseOptions>(),
        HeaderValue::from_str(cookie),
    ) {
        response.append_header(header::SET_COOKIE, value);
    }
}

/// Sets the session cookie, or takes it away.
pub fn set_session(backend: &Backend, token: Option<&str>) {
    set_cookie(&session_set(backend.secure, token));
}

/// The session cookie with this token, or its end.
pub fn session_set(secure: bool, token: Option<&str>) -> String {
    let (value, age) = token.map_or(("", 0), |token| (token, 1_209_600));
    private(session_cookie(secure), value, age, secure)
}

/// A cookie that no script reads, for `seconds`; with 0 it is forgotten.
pub fn private_cookie(secure: bool, name: &str, value: &str, seconds: u32) -> String {
    private(&cookie_name(secure, name), value, seconds, secure)
}

/// A cookie that no script reads and that comes back when another site posts a form here, also in a
/// frame of that site, apart for each of them; for `seconds`.
pub fn foreign_cookie(secure: bool, name: &str, value: &str, seconds: u32) -> String {
    let name = cookie_name(secure, name);
    // Without https no browser takes such a cookie from a frame; without the word most send one with
    // a form of another site for a short while.
    let site = match secure {
        true => "; Secure; SameSite=None; Partitioned",
        false => "",
    };
    format!("{name}={value}; Path=/; HttpOnly; Max-Age={seconds}{site}")
}

/// A cookie's name. Over https it has the prefix that keeps other hosts from setting it.
pub fn cookie_name(secure: bool, name: &str) -> String {
    if secure {
        format!("__Host-{name}")
    } else {
        name.to_owned()
    }
}

/// Other sites' requests carry it only where they lead here, as coming back from a provider does.
fn private(name: &str, value: &str, seconds: u32, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}

/// The session cookie's name. Over https it has the prefix that keeps other hosts from setting it.
pub fn session_cookie(secure: bool) -> &'static str {
    if secure {
        "__Host-lectern"
    } else {
        "lectern-session"
    }
}

/// Where a person is led next: a path on this site, and nothing else; ready for a header.
pub fn local_path(next: &str) -> Option<String> {
    let local = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.contains(|c: char| c.is_control());
    local.then(|| {
        next.bytes()
            .fold(String::with_capacity(next.len()), |mut path, byte| {
                use std::fmt::Write as _;
                if byte.is_ascii_graphic() {
                    path.push(char::from(byte));
                } else {
                    let _ = write!(path, "%{byte:02X}");
                }
                path
            })
    })
}
