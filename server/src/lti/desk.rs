//! How people are answered who come from a learning platform: on pages in a frame of it, or by a session in
//! a window.

use app::api::account::PROOF;
use app::context::{Backend, Caller, private_cookie, session_set};
use app::error::AppError;
use app::pages::lti::{Act, LtiPage, document};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::id::{CourseId, PersonId};
use domain::lab::Lab;
use domain::platform::Platform;
use domain::role::Permission;
use identity::lti::{Choosing, Guest, Message, Unproven, Wish};
use service::access::Actor;
use service::courses::Attendance;
use service::error::{Error, Result};
use service::registration::Seat;

use crate::headers::{Openness, PageNonce};

/// How long the proof that is asked for is kept, in seconds.
const PATIENCE: u32 = 900;

/// Who asks, and how they are answered.
pub(super) struct Desk {
    pub backend: Backend,
    pub caller: Caller,
    nonce: String,
    /// Whether the page is a window of its own, and not in a frame. Browsers say so over https only.
    window: bool,
    /// Whether it is in a frame, where the browser says so.
    pub frame: bool,
}

impl Desk {
    pub fn new(backend: Backend, caller: Caller, nonce: PageNonce, headers: &HeaderMap) -> Self {
        let place = headers.get("sec-fetch-dest");
        Self {
            backend,
            caller,
            nonce: nonce.0,
            window: place.is_some_and(|place| place == "document"),
            frame: place.is_some_and(|place| place == "iframe" || place == "frame"),
        }
    }

    pub fn page(&self, page: LtiPage, openness: Openness) -> Response {
        let text = document(page, &self.nonce);
        let mut response = axum::response::Html(text).into_response();
        response.extensions_mut().insert(openness);
        response
    }

    /// A page that only this platform's pages may frame.
    pub fn framed(&self, platform: &Platform, page: LtiPage) -> Response {
        self.page(page, framed_by(platform))
    }

    /// Says why something was not done, in frames of any platform.
    pub async fn refused(&self, error: Error) -> Response {
        let frames = self.backend.identity.lti().frame_origins().await;
        self.refusal(error, frames.unwrap_or_default())
    }

    /// The same in frames of whoever it is: who comes to register is not known yet, and wants to know
    /// why it failed. The page has nothing to press, and nothing that is anybody's.
    pub fn refused_anywhere(&self, error: Error) -> Response {
        self.refusal(error, vec!["https:".to_owned()])
    }

    fn refusal(&self, error: Error, frames: Vec<String>) -> Response {
        let error = AppError::from(error);
        let page = LtiPage {
            title: "This does not work".to_owned(),
            text: error.message,
            act: Act::Nothing,
        };
        let openness = Openness {
            frames,
            ..Openness::default()
        };
        let mut response = self.page(page, openness);
        *response.status_mut() = error.kind.status();
        response
    }

    pub async fn answer(&self, result: Result<Response>) -> Response {
        match result {
            Ok(response) => response,
            Err(error) => self.refused(error).await,
        }
    }

    /// Leads somebody to a page of the portal: at once in a window, and from a frame by a button that
    /// opens one.
    pub async fn lead(
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
    pub async fn end_before(&self) -> Result<()> {
        match &self.caller.session_hash {
            Some(before) => self.backend.identity.sign_out(before).await,
            None => Ok(()),
        }
    }

    /// The page on which a course's lab is chosen.
    pub fn choosing(
        &self,
        platform: &Platform,
        actor: &Actor,
        ticket: String,
        labs: Vec<Lab>,
        cancel: bool,
    ) -> Result<Response> {
        let may_create = actor.may_somewhere(Permission::CreateLab);
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
    pub async fn arrive(&self, message: &Message) -> Result<Response> {
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
            Guest::Unproven(unproven) => {
                return self.ask_for_proof(message, &unproven, course).await;
            }
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
                    Seat::Taken => "You have a virtual machine in this lab.",
                    Seat::Waiting => {
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
        if labs.is_empty() && !actor.may_somewhere(Permission::CreateLab) {
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
    async fn ask_for_proof(
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
        let ticket = identity
            .lti_proof(unproven, next, &self.caller.origin)
            .await?;
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

    pub fn to_proof(&self, ticket: &str) -> Response {
        let kept = private_cookie(self.backend.secure, PROOF, ticket, PATIENCE);
        with(Redirect::to("/sign-in/prove").into_response(), &kept)
    }
}

/// What only this platform's pages may frame.
pub(super) fn framed_by(platform: &Platform) -> Openness {
    let frames = platform.details.frame_origins();
    Openness {
        frames: frames.into_iter().map(str::to_owned).collect(),
        ..Openness::default()
    }
}

/// The answer with a cookie.
pub(super) fn with(mut response: Response, cookie: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}
