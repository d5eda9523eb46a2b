//! The addresses that the passkeys' module speaks to: what is asked of a device, and its answer.

use app::context::{Backend, Caller, local_path, session_set};
use app::error::AppError;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use domain::name::PasskeyName;
use identity::passkeys::Question;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::access::Actor;
use service::error::{Error, Result};

/// The addresses.
pub fn routes() -> Router<Backend> {
    Router::new()
        .route("/passkeys/ask", post(ask))
        .route("/passkeys/sign-in", post(sign_in))
        .route("/passkeys/ask-new", post(ask_new))
        .route("/passkeys/add", post(add))
}

/// Nothing, as an object.
#[derive(Debug, Deserialize)]
struct Nothing {}

/// What a device answered to somebody who signs in.
#[derive(Debug, Deserialize)]
struct Answer {
    ticket: String,
    answer: Value,
    /// Where the person wants to go.
    #[serde(default)]
    next: String,
}

/// What somebody calls the passkey that they want. No `Debug`: it holds a password.
#[derive(Deserialize)]
struct Wish {
    name: String,
    /// Their password, where they have one.
    #[serde(default)]
    password: String,
}

/// A device's new passkey.
#[derive(Debug, Deserialize)]
struct Made {
    ticket: String,
    name: String,
    answer: Value,
}

/// Where a person is led.
#[derive(Serialize)]
struct Led {
    to: String,
}

async fn ask(State(backend): State<Backend>, Json(Nothing {}): Json<Nothing>) -> Response {
    told(backend.identity.ask_for_passkey())
}

async fn sign_in(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Json(sent): Json<Answer>,
) -> Response {
    let token = backend
        .identity
        .sign_in_by_passkey(&sent.ticket, sent.answer, &caller.origin)
        .await;
    let token = match token {
        Ok(token) => token,
        Err(error) => return refused(error),
    };
    // The session that the browser had before ends: nobody else may go on with it.
    if let Some(before) = &caller.session_hash
        && let Err(error) = backend.identity.sign_out(before).await
    {
        return refused(error);
    }
    let to = local_path(&sent.next).unwrap_or_else(|| "/".to_owned());
    let cookie = session_set(backend.secure, Some(&token));
    ([(header::SET_COOKIE, cookie)], Json(Led { to })).into_response()
}

async fn ask_new(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Json(wish): Json<Wish>,
) -> Response {
    let question = async {
        let actor = signed_in(&caller)?;
        // Before the device makes one that would then have to be thrown away.
        PasskeyName::parse(&wish.name)?;
        let identity = &backend.identity;
        identity.ask_for_new_passkey(actor, &wish.password).await
    };
    told(question.await)
}

async fn add(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Json(made): Json<Made>,
) -> Response {
    let added = async {
        let actor = signed_in(&caller)?;
        let name = PasskeyName::parse(&made.name)?;
        backend
            .identity
            .add_passkey(actor, &made.ticket, name, made.answer)
            .await
    };
    match added.await {
        Ok(()) => Json(serde_json::json!({})).into_response(),
        Err(error) => refused(error),
    }
}

fn signed_in(caller: &Caller) -> Result<&Actor> {
    caller.actor.as_ref().ok_or(Error::Unauthenticated)
}

fn told(question: Result<Question>) -> Response {
    match question {
        Ok(question) => Json(question).into_response(),
        Err(error) => refused(error),
    }
}

fn refused(error: Error) -> Response {
    let error = AppError::from(error);
    (error.kind.status(), Json(error)).into_response()
}
