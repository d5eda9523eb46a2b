//! The addresses that learning platforms know (LTI 1.3), and the pages that people see on their way.
//!
//! In a frame of the platform there is no session: a page there carries a ticket, and what needs a
//! session goes on in a window of its own, where the portal is at home. A launch in a window begins
//! the session at once.

mod desk;

use app::context::{Backend, Caller, cookie_name, foreign_cookie, local_path, session_set};
use app::error::AppError;
use app::pages::lti::{Act, LtiPage};
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use domain::platform::Platform;
use domain::web_address::{Scheme, WebAddress};
use identity::lti::{Landing, Login, Posted, Registering};
use serde::Deserialize;
use service::courses::Attendance;
use service::error::{Error, Result};

use crate::guard::cookie;
use crate::headers::{Openness, PageNonce};
use desk::{Desk, framed_by, with};

/// The cookie that a browser keeps between the two halves of a launch.
const BROWSER: &str = "lectern-lti";

/// How long it is kept, in seconds.
const PATIENCE: u32 = 900;

/// The addresses.
pub fn routes() -> Router<Backend> {
    Router::new()
        .route("/lti/login", get(login_by_address).post(login_by_form))
        .route("/lti/launch", post(launch))
        .route("/lti/enter", post(enter))
        .route("/lti/prove", post(prove))
        .route("/lti/choose", post(choose))
        .route("/lti/onward", get(onward))
        .route("/lti/jwks", get(keys))
        .route("/lti/register/{token}", get(register))
}

/// Whether a request is one that platforms' pages send from their own site. Each proves in its own way
/// that it belongs to this browser: a beginning changes nothing, and a launch answers a beginning.
pub fn is_from_platforms(method: &Method, uri: &Uri) -> bool {
    method == Method::POST && matches!(uri.path(), "/lti/login" | "/lti/launch")
}

async fn login_by_address(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Extension(nonce): Extension<PageNonce>,
    headers: HeaderMap,
    Query(login): Query<Login>,
    Query(trial): Query<Trial>,
) -> Response {
    let desk = Desk::new(backend, caller, nonce, &headers);
    login_by(desk, &headers, login, trial.tried == "1").await
}

async fn login_by_form(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Extension(nonce): Extension<PageNonce>,
    headers: HeaderMap,
    form: std::result::Result<Form<Login>, FormRejection>,
) -> Response {
    let login = form.map(|Form(login)| login).unwrap_or_default();
    let desk = Desk::new(backend, caller, nonce, &headers);
    login_by(desk, &headers, login, false).await
}

/// Whether the browser was sent a cookie before, to find out whether it keeps one.
#[derive(Debug, Default, Deserialize)]
struct Trial {
    #[serde(default)]
    tried: String,
}

async fn login_by(desk: Desk, headers: &HeaderMap, login: Login, tried: bool) -> Response {
    let secure = desk.backend.secure;
    let kept = cookie(headers, &cookie_name(secure, BROWSER));
    let lti = desk.backend.identity.lti();
    let departure = match (desk.frame && kept.is_none(), tried) {
        (true, true) => match lti.own_window(&login).await {
            Ok((platform, address)) => return own_window(&desk, &platform, Some(address)),
            Err(error) => Err(error),
        },
        (true, false) => lti.trial(&login).await,
        (false, _) => lti.login(&login, kept.as_deref()).await,
    };
    match departure {
        Ok(departure) => {
            let kept = foreign_cookie(secure, BROWSER, &departure.cookie, PATIENCE);
            with(Redirect::to(&departure.address).into_response(), &kept)
        }
        Err(error) => desk.refused(error).await,
    }
}

async fn launch(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Extension(nonce): Extension<PageNonce>,
    headers: HeaderMap,
    form: std::result::Result<Form<Posted>, FormRejection>,
) -> Response {
    let posted = form.map(|Form(posted)| posted).unwrap_or_default();
    let kept = cookie(&headers, &cookie_name(backend.secure, BROWSER));
    let desk = Desk::new(backend, caller, nonce, &headers);
    let lti = desk.backend.identity.lti();
    let landing = lti.launch(&posted, kept.as_deref(), &desk.caller.origin);
    let result = match landing.await {
        Ok(Landing::Message(message)) => desk.arrive(&message).await,
        Ok(Landing::OwnWindow { address, platform }) => Ok(own_window(&desk, &platform, address)),
        Err(error) => Err(error),
    };
    desk.answer(result).await
}

/// The page that leads out of a frame in which the browser keeps no cookies. Without an address the
/// platform has to lead there.
fn own_window(desk: &Desk, platform: &Platform, address: Option<String>) -> Response {
    let text = match address {
        Some(_) => "Your browser keeps no cookies of this portal inside another site’s page.",
        None => {
            "Your browser keeps no cookies of this portal inside another site’s page. Ask your educator to let this link open in a new window."
        }
    };
    let page = LtiPage {
        title: "Go on in a window of its own".to_owned(),
        text: text.to_owned(),
        act: address.map_or(Act::Nothing, Act::Again),
    };
    desk.framed(platform, page)
}

/// A ticket, and what was chosen by it.
#[derive(Debug, Default, Deserialize)]
struct Ticket {
    #[serde(default)]
    ticket: String,
    #[serde(default)]
    lab: String,
}

async fn enter(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Extension(nonce): Extension<PageNonce>,
    headers: HeaderMap,
    Form(form): Form<Ticket>,
) -> Response {
    let desk = Desk::new(backend, caller, nonce, &headers);
    let entered = desk.backend.identity.lti_enter(
        &form.ticket,
        desk.caller.actor.as_ref(),
        &desk.caller.origin,
    );
    let result = async {
        let (session, next) = entered.await?;
        let to = local_path(&next);
        let to = Redirect::to(to.as_deref().unwrap_or("/")).into_response();
        let Some(session) = session else {
            return Ok(to);
        };
        desk.end_before().await?;
        let set = session_set(desk.backend.secure, Some(&session));
        Ok(with(to, &set))
    };
    let result = result.await;
    desk.answer(result).await
}

/// Takes the ticket for a proof from a frame into a window.
async fn prove(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Extension(nonce): Extension<PageNonce>,
    headers: HeaderMap,
    Form(form): Form<Ticket>,
) -> Response {
    let desk = Desk::new(backend, caller, nonce, &headers);
    match desk.backend.identity.asked(Some(&form.ticket)) {
        Ok(_) => desk.to_proof(&form.ticket),
        Err(error) => desk.refused(error).await,
    }
}

async fn choose(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Extension(nonce): Extension<PageNonce>,
    headers: HeaderMap,
    Form(form): Form<Ticket>,
) -> Response {
    let desk = Desk::new(backend, caller, nonce, &headers);
    let result = chosen(&desk, &form).await;
    desk.answer(result).await
}

async fn chosen(desk: &Desk, form: &Ticket) -> Result<Response> {
    let identity = &desk.backend.identity;
    let (actor, choice) = identity
        .lti_chooser(&form.ticket, &desk.caller.origin)
        .await?;
    let mut tx = desk.backend.services.store.read().await?;
    let platform = tx.platform(choice.platform).await?;
    let platform = platform.ok_or(Error::NotFound("platform"))?;
    drop(tx);
    let lab = match form.lab.as_str() {
        "" => None,
        id => {
            let id = id.parse().map_err(|_| Error::NotFound("lab"))?;
            Some(identity.lti_choose(&actor, &choice, id).await?)
        }
    };
    match (&choice.answer, lab) {
        (Some(_), lab) => {
            let answer = identity.lti_answer(&choice, lab.as_ref()).await?;
            let page = LtiPage {
                title: "Back to the course".to_owned(),
                text: "Your learning platform is told what you chose.".to_owned(),
                act: Act::Send {
                    token: answer.token,
                    address: answer.address.clone(),
                },
            };
            let mut openness = framed_by(&platform);
            let origin = WebAddress::parse("address", &answer.address, Scheme::Any)?;
            // Platforms lead on to pages of their own from there.
            openness.forms.clone_from(&openness.frames);
            openness.forms.push(origin.origin().to_owned());
            Ok(desk.page(page, openness))
        }
        (None, Some(lab)) => {
            let to = (format!("/labs/{}", lab.id), "Open the lab");
            let text = format!("The course leads to “{}” from now on.", lab.title);
            desk.lead(&platform, actor.person, to, text).await
        }
        (None, None) => Err(Error::NotFound("lab")),
    }
}

/// Where people are led who have proven their account.
async fn onward(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Extension(nonce): Extension<PageNonce>,
    headers: HeaderMap,
    Query(form): Query<Ticket>,
) -> Response {
    let desk = Desk::new(backend, caller, nonce, &headers);
    let result = async {
        let actor = desk.caller.actor.clone().ok_or(Error::Unauthenticated)?;
        let identity = &desk.backend.identity;
        let (attendance, ticket) = identity.lti_go_on(&actor, &form.ticket).await?;
        let to = |path: String| Ok(Redirect::to(&path).into_response());
        match attendance {
            Attendance::Seated(_) => to("/machines".to_owned()),
            Attendance::Lab(lab) => to(format!("/labs/{lab}")),
            Attendance::Choose(labs) => {
                let (_, choice) = identity.lti_chooser(&ticket, &desk.caller.origin).await?;
                let mut tx = desk.backend.services.store.read().await?;
                let platform = tx.platform(choice.platform).await?;
                let platform = platform.ok_or(Error::NotFound("platform"))?;
                desk.choosing(&platform, &actor, ticket, labs, false)
            }
            Attendance::Told(text) => Err(Error::Forbidden(text)),
        }
    };
    let result = result.await;
    desk.answer(result).await
}

/// The keys that this tool signs with, for everyone.
async fn keys(State(backend): State<Backend>) -> Response {
    match backend.identity.lti().keyring().published().await {
        Ok(keys) => Json(keys).into_response(),
        Err(error) => {
            let error = AppError::from(error);
            (error.kind.status(), format!("{}\n", error.message)).into_response()
        }
    }
}

async fn register(
    State(backend): State<Backend>,
    Path(token): Path<String>,
    Query(asked): Query<Registering>,
    Extension(caller): Extension<Caller>,
    Extension(nonce): Extension<PageNonce>,
    headers: HeaderMap,
) -> Response {
    let desk = Desk::new(backend, caller, nonce, &headers);
    let registered = desk
        .backend
        .identity
        .lti_register(&token, &asked, &desk.caller.origin)
        .await;
    match registered {
        Ok(registered) => {
            let page = LtiPage {
                title: "Lectern is registered".to_owned(),
                text: format!(
                    "An owner of the portal switches “{}” on now, on the page “Learning platforms”. You can close this.",
                    registered.name
                ),
                act: Act::Close,
            };
            let openness = Openness {
                frames: registered.frames,
                forms: Vec::new(),
                opener: true,
            };
            desk.page(page, openness)
        }
        Err(error) => desk.refused_anywhere(error),
    }
}
