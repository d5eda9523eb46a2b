//! Leaving for OpenID providers, to sign in or to link one, and coming back: the addresses, their cookies,
//! their refusals.

use app::api::account::PROOF;
use app::context::{Backend, Caller, cookie_name, local_path, private_cookie, session_set};
use app::error::{AppError, Kind};
use app::pages::lti::{Act, LtiPage, document};
use app::view::Flash;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use identity::arrivals::Outcome;
use identity::oidc::Returned;
use serde::Deserialize;
use service::error::{Error, Result};

use crate::guard::{cookie, with_cookie as with};
use crate::headers::PageNonce;

/// The cookie that a person keeps while they are at a provider.
const JOURNEY: &str = "lectern-journey";

/// How long either is kept, in seconds.
const PATIENCE: u32 = 900;

/// The addresses.
pub fn routes() -> Router<Backend> {
    Router::new()
        .route("/sign-in/by/{provider}", get(leave))
        .route("/sign-in/by/{provider}/back", get(back))
        .route("/account/link", post(link))
}

/// Where a person wants to go.
#[derive(Debug, Deserialize)]
struct Wish {
    #[serde(default)]
    next: String,
}

/// Which provider is to be linked to the caller's account, and its password. It is never printed.
#[derive(Deserialize)]
struct Linking {
    #[serde(default)]
    provider: String,
    #[serde(default)]
    password: String,
}

async fn leave(
    State(backend): State<Backend>,
    Path(provider): Path<String>,
    Query(wish): Query<Wish>,
) -> Response {
    let next = local_path(&wish.next);
    match backend.identity.oidc().leave(&provider, next).await {
        Ok(departure) => {
            let kept = private_cookie(backend.secure, JOURNEY, &departure.cookie, PATIENCE);
            with(Redirect::to(&departure.address).into_response(), &kept)
        }
        Err(error) => refused(backend.secure, error, false),
    }
}

/// Leaves to link a provider. A form may not be answered by a redirect to another site, which the
/// page's policy forbids: the answer is a page that leads there.
async fn link(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Extension(nonce): Extension<PageNonce>,
    Form(form): Form<Linking>,
) -> Response {
    let left = async {
        let actor = caller.actor.as_ref().ok_or(Error::Unauthenticated)?;
        let identity = &backend.identity;
        identity
            .leave_to_link(actor, &form.provider, &form.password)
            .await
    };
    match left.await {
        Ok(departure) => {
            let kept = private_cookie(backend.secure, JOURNEY, &departure.cookie, PATIENCE);
            let refresh = HeaderValue::from_str(&format!("0; url={}", departure.address));
            let page = LtiPage {
                title: "Leaving to sign in elsewhere".to_owned(),
                text: "Sign in there, and that account leads to yours from then on.".to_owned(),
                act: Act::Leave(departure.address),
            };
            let mut response = Html(document(page, &nonce.0)).into_response();
            if let Ok(refresh) = refresh {
                response.headers_mut().insert(header::REFRESH, refresh);
            }
            with(response, &kept)
        }
        Err(error) => refused(backend.secure, error, true),
    }
}

async fn back(
    State(backend): State<Backend>,
    Path(provider): Path<String>,
    Query(returned): Query<Returned>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Response {
    let kept = cookie(&headers, &cookie_name(backend.secure, JOURNEY));
    let forget = private_cookie(backend.secure, JOURNEY, "", 0);
    let arrived = backend
        .identity
        .oidc()
        .arrive(&provider, kept.as_deref(), returned, &caller.origin)
        .await;
    let (arrival, linking) = match arrived {
        Ok(arrival) => {
            let linking = arrival.linking.is_some();
            (arrival, linking)
        }
        Err(error) => return with(refused(backend.secure, error, false), &forget),
    };
    let next = arrival.next.clone();
    let response = match take_in(&backend, &arrival, &caller).await {
        Ok(Outcome::SignedIn(token)) => {
            let to = next.as_deref().and_then(local_path);
            let to = Redirect::to(to.as_deref().unwrap_or("/")).into_response();
            with(to, &session_set(backend.secure, Some(&token)))
        }
        Ok(Outcome::Linked) => Redirect::to("/account").into_response(),
        Ok(Outcome::Prove { ticket }) => with(
            Redirect::to("/sign-in/prove").into_response(),
            &private_cookie(backend.secure, PROOF, &ticket, PATIENCE),
        ),
        Err(error) => refused(backend.secure, error, linking),
    };
    with(response, &forget)
}

async fn take_in(
    backend: &Backend,
    arrival: &identity::oidc::Arrival,
    caller: &Caller,
) -> Result<Outcome> {
    let outcome = backend
        .identity
        .come_by(arrival, caller.actor.as_ref(), &caller.origin)
        .await?;
    // The session that the browser had before ends: nobody else may go on with it.
    if let (Outcome::SignedIn(_), Some(before)) = (&outcome, &caller.session_hash) {
        backend.identity.sign_out(before).await?;
    }
    Ok(outcome)
}

/// Leads back to where it began, with the reason.
fn refused(secure: bool, error: Error, linking: bool) -> Response {
    if let Error::Internal(cause) = &error {
        tracing::error!(%cause, "signing in by a provider failed");
    }
    let error = AppError::from(error);
    let (to, action) = if linking && error.kind != Kind::SignIn {
        ("/account", "/sfn/account/unlink")
    } else {
        ("/sign-in", "/sfn/sign-in")
    };
    let flash = Flash {
        action: action.to_owned(),
        error,
    };
    with(
        Redirect::to(to).into_response(),
        &app::flash::cookie(secure, flash),
    )
}
