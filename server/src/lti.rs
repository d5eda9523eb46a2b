//! The addresses that learning platforms know (LTI 1.3), and the pages that people see on their way.
//!
//! In a frame of the platform there is no session: a page there carries a ticket, and what needs a
//! session goes on in a window of its own, where the portal is at home. A launch in a window begins
//! the session at once.

use app::api::account::PROOF;
use app::context::{
    Backend, Caller, cookie_name, foreign_cookie, local_path, private_cookie, session_set,
};
use app::error::AppError;
use app::pages::lti::{Act, LtiPage, document};
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use domain::id::{CourseId, PersonId};
use domain::lab::Lab;
use domain::platform::Platform;
use domain::role::{Permission, Scope};
use domain::web_address::{Scheme as WebScheme, WebAddress};
use identity::lti::{
    Choosing, Guest, Landing, Login, Message, Posted, Registering, Unproven, Wish,
};
use serde::Deserialize;
use service::access::Actor;
use service::courses::Attendance;
use service::error::{Error, Result};

use crate::guard::cookie;
use crate::headers::{Openness, PageNonce};

/// The cookie that a browser keeps between the two halves of a launch.
const BROWSER: &str = "lectern-lti";

/// How long it, and a proof that is asked for, are kept, in seconds.
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

/// Who asks, and how they are answered.
struct Desk {
    backend: Backend,
    caller: Caller,
    nonce: String,
    /// Whether the page is a window of its own, and not in a frame. Browsers say so over https only.
    window: bool,
}

impl Desk {
    fn new(backend: Backend, caller: Caller, nonce: PageNonce, headers: &HeaderMap) -> Self {
        let place = headers.get("sec-fetch-dest");
        Self {
            backend,
            caller,
            nonce: nonce.0,
            window: place.is_some_and(|place| place == "document"),
        }
    }

    fn page(&self, page: LtiPage, openness: Openness) -> Response {
        let text = document(page, &self.nonce);
        let mut response = axum::response::Html(text).into_response();
        response.extensions_mut().insert(openness);
        response
    }

    /// A page that only this platform's pages may frame.
    fn framed(&self, platform: &Platform, page: LtiPage) -> Response {
        self.page(page, framed_by(platform))
    }

    /// Says why something was not done, in frames of any platform.
    async fn refused(&self, error: Error) -> Response {
        let error = AppError::from(error);
        let frames = self.backend.identity.lti().frame_origins().await;
        let page = LtiPage {
            title: "This does not work".to_owned(),
            text: error.message,
            act: Act::Nothing,
        };
        let openness = Openness {
            frames: frames.unwrap_or_default(),
            ..Openness::default()
        };
        let mut response = self.page(page, openness);
        *response.status_mut() = error.kind.status();
        response
    }

    async fn answer(&self, result: Result<Response>) -> Response {
        match result {
            Ok(response) => response,
            Err(error) => self.refused(error).await,
        }
    }

    /// Leads somebody to a page of the portal: at once in a window, and from a frame by a button that
    /// opens one.
    async fn lead(
        &self,
        platform: &Platform,
        person: PersonId,
        (to, label): (String, &'static str),
        text: String,
    ) -> Result<Response> {
        let identity = &self.backend.identity;
        if self.window {
            let session = identity
                .lti_sign_in(platform.id, person, &self.caller.origin)
                .await?;
            self.end_before().await?;
            let set = session_set(self.backend.secure, Some(&session));
            return Ok(with(Redirect::to(&to).into_response(), &set));
        }
        let page = LtiPage {
            title: "Go on to Lectern".to_owned(),
            text,
            act: Act::Window {
                action: "/lti/enter",
                ticket: identity.lti_entrance(platform.id, person, to)?,
                label,
            },
        };
        Ok(self.framed(platform, page))
    }

    /// The session that the browser had before ends: nobody else may go on with it.
    async fn end_before(&self) -> Result<()> {
        match &self.caller.session_hash {
            Some(before) => self.backend.identity.sign_out(before).await,
            None => Ok(()),
        }
    }

    /// The page on which a course's lab is chosen.
    fn choosing(
        &self,
        platform: &Platform,
        actor: &Actor,
        ticket: String,
        labs: Vec<Lab>,
        cancel: bool,
    ) -> Result<Response> {
        let may_create = actor.may(Permission::CreateLab, Scope::Organisation);
        let create = may_create.then(|| {
            let next = "/labs/new".to_owned();
            let identity = &self.backend.identity;
            identity.lti_entrance(platform.id, actor.person, next)
        });
        let text = if labs.is_empty() {
            "You have no lab yet that this could lead to. Make one first."
        } else {
            "Whoever learns in the course comes onto the list of this lab by opening the link."
        };
        let page = LtiPage {
            title: "Which lab does this link lead to?".to_owned(),
            text: text.to_owned(),
            act: Act::Choose {
                ticket,
                labs: labs
                    .into_iter()
                    .map(|lab| (lab.id.to_string(), lab.title.to_string()))
                    .collect(),
                create: create.transpose()?,
                cancel,
            },
        };
        Ok(self.framed(platform, page))
    }

    fn told(&self, platform: &Platform, text: String) -> Response {
        let page = LtiPage {
            title: "Nothing to open yet".to_owned(),
            text,
            act: Act::Nothing,
        };
        self.framed(platform, page)
    }

    /// What becomes of somebody whose message was verified.
    async fn arrive(&self, message: &Message) -> Result<Response> {
        let backend = &self.backend;
        let course = match &message.course {
            Some(course) => Some(backend.services.note_course(course.clone()).await?.id),
            None => None,
        };
        let guest = backend
            .identity
            .lti_guest(message, &self.caller.origin)
            .await?;
        let actor = match guest {
            Guest::Known(actor) => actor,
            Guest::Unproven(unproven) => return self.ask_for_proof(message, &unproven, course),
        };
        match (&message.wish, course) {
            (Wish::Open { lab }, Some(course)) => {
                let attendance = backend
                    .services
                    .attend(&actor, course, message.role, *lab)
                    .await?;
                self.attended(message, &actor, course, attendance).await
            }
            (Wish::Open { .. }, None) => {
                let text = "This link belongs to no course.".to_owned();
                let to = ("/".to_owned(), "Open Lectern");
                self.lead(&message.platform, actor.person, to, text).await
            }
            (Wish::Choose(choosing), Some(course)) => {
                self.choose_for_link(message, &actor, course, choosing)
                    .await
            }
            (Wish::Choose(_), None) => Ok(self.told(
                &message.platform,
                "Your learning platform does not say which course this is, so nothing can be chosen for it.".to_owned(),
            )),
        }
    }

    async fn attended(
        &self,
        message: &Message,
        actor: &Actor,
        course: CourseId,
        attendance: Attendance,
    ) -> Result<Response> {
        let platform = &message.platform;
        match attendance {
            Attendance::Seated(seat) => {
                let text = match seat {
                    service::registration::Seat::Taken => "You have a virtual machine in this lab.",
                    service::registration::Seat::Waiting => {
                        "You are on the list of this lab, and get a virtual machine as soon as one is free."
                    }
                };
                let to = ("/machines".to_owned(), "To my virtual machine");
                self.lead(platform, actor.person, to, text.to_owned()).await
            }
            Attendance::Lab(lab) => {
                let to = (format!("/labs/{lab}"), "Open the lab");
                let text = "The lab opens in a window of its own.".to_owned();
                self.lead(platform, actor.person, to, text).await
            }
            Attendance::Choose(labs) => {
                let identity = &self.backend.identity;
                let ticket = identity.lti_choice(platform.id, actor.person, course, None)?;
                self.choosing(platform, actor, ticket, labs, false)
            }
            Attendance::Told(text) => Ok(self.told(platform, text)),
        }
    }

    /// Choosing what a link leads to, which the platform asked for.
    async fn choose_for_link(
        &self,
        message: &Message,
        actor: &Actor,
        course: CourseId,
        choosing: &Choosing,
    ) -> Result<Response> {
        let backend = &self.backend;
        let labs = backend.services.labs_to_link(actor).await?;
        if labs.is_empty() && !actor.may(Permission::CreateLab, Scope::Organisation) {
            return Ok(self.told(
                &message.platform,
                "You have no lab that a link could lead to, and may not make one. Ask whoever runs this portal for the role Lab Creator.".to_owned(),
            ));
        }
        let ticket = backend
            .identity
            .lti_deep_choice(message, choosing, actor.person, course)?;
        self.choosing(&message.platform, actor, ticket, labs, true)
    }

    /// Leads to the page where an account is proven by its password, which is in a window always.
    fn ask_for_proof(
        &self,
        message: &Message,
        unproven: &Unproven,
        course: Option<CourseId>,
    ) -> Result<Response> {
        let identity = &self.backend.identity;
        let next = match (&message.wish, course) {
            (Wish::Open { lab }, Some(course)) => {
                identity.lti_onward(message, unproven.person(), course, *lab)?
            }
            _ => "/".to_owned(),
        };
        let ticket = identity.lti_proof(unproven, next)?;
        if self.window {
            return Ok(self.to_proof(&ticket));
        }
        let page = LtiPage {
            title: "Is this you?".to_owned(),
            text: "There is an account here with your e-mail address. Type its password once, in a window of its own; after that this link is enough.".to_owned(),
            act: Act::Window {
                action: "/lti/prove",
                ticket,
                label: "Go on in a window",
            },
        };
        Ok(self.framed(&message.platform, page))
    }

    fn to_proof(&self, ticket: &str) -> Response {
        let kept = private_cookie(self.backend.secure, PROOF, ticket, PATIENCE);
        with(Redirect::to("/sign-in/prove").into_response(), &kept)
    }
}

async fn login_by_address(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Extension(nonce): Extension<PageNonce>,
    headers: HeaderMap,
    Query(login): Query<Login>,
) -> Response {
    login_by(Desk::new(backend, caller, nonce, &headers), &headers, login).await
}

async fn login_by_form(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Extension(nonce): Extension<PageNonce>,
    headers: HeaderMap,
    form: std::result::Result<Form<Login>, FormRejection>,
) -> Response {
    let login = form.map(|Form(login)| login).unwrap_or_default();
    login_by(Desk::new(backend, caller, nonce, &headers), &headers, login).await
}

async fn login_by(desk: Desk, headers: &HeaderMap, login: Login) -> Response {
    let secure = desk.backend.secure;
    let kept = cookie(headers, &cookie_name(secure, BROWSER));
    let lti = desk.backend.identity.lti();
    match lti.login(&login, kept.as_deref()).await {
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
    let landing = desk.backend.identity.lti().launch(&posted, kept.as_deref());
    let result = match landing.await {
        Ok(Landing::Message(message)) => desk.arrive(&message).await,
        Ok(Landing::OwnWindow { address, platform }) => {
            let text = match address {
                Some(_) => {
                    "Your browser keeps no cookies of this portal inside another site’s page."
                }
                None => {
                    "Your browser keeps no cookies of this portal inside another site’s page. Have the link opened in a new window by your learning platform."
                }
            };
            let page = LtiPage {
                title: "Go on in a window of its own".to_owned(),
                text: text.to_owned(),
                act: address.map_or(Act::Nothing, Act::Again),
            };
            Ok(desk.framed(&platform, page))
        }
        Err(error) => Err(error),
    };
    desk.answer(result).await
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
            let origin = WebAddress::parse("address", &answer.address, WebScheme::Any)?;
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
        Err(error) => desk.refused(error).await,
    }
}

fn framed_by(platform: &Platform) -> Openness {
    let frames = platform.details.frame_origins();
    Openness {
        frames: frames.into_iter().map(str::to_owned).collect(),
        ..Openness::default()
    }
}

fn with(mut response: Response, cookie: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}
