//! The REST API of Azure Lab Services, and what Lectern adds to it under a name of its own.
//!
//! What lives here is the wire: addresses, bodies, errors, pages of lists, long-running operations. A
//! handler reads what was sent, calls the use case that the portal's page calls, and writes what came
//! of it. What may not enter: decisions, the store, Leptos.

mod body;
mod call;
mod describe;
mod error;
mod etag;
mod filter;
mod finish;
mod limit;
mod model;
mod oauth;
mod page;
mod path;
mod reference;
mod routes;
mod work;

pub use call::network_address;

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use domain::id::OrganisationId;
use serde_json::Value;
use service::Services;
use tower::ServiceExt as _;
use tower_http::catch_panic::CatchPanicLayer;

use crate::body::Schemas;
use crate::limit::Limits;

/// Where the description of the API is.
const DESCRIPTION: &str = "/openapi.json";

/// How fast callers may ask.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How many requests one caller may send at once …
    pub burst: u32,
    /// … and each second after that.
    pub per_second: u32,
    /// After how many seconds programs ask again how far work is.
    pub again: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            burst: 600,
            per_second: 100,
            again: 1,
        }
    }
}

/// What handlers work with.
#[derive(Clone)]
pub(crate) struct Api {
    services: Services,
    /// The portal's address.
    base: Arc<str>,
    /// The organisation's id, which is the subscription's and the tenant's.
    subscription: Arc<str>,
    limits: Arc<Limits>,
    schemas: Arc<Schemas>,
    again: u64,
}

/// The API as something that answers requests.
#[derive(Clone)]
pub struct Door {
    router: Router,
    description: Arc<Value>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}

impl Door {
    /// The API over use cases, for the organisation with this id.
    pub fn new(services: Services, organisation: OrganisationId, pace: Pace) -> Self {
        let (routes, description) = describe::described(routes::all(), &organisation.to_string());
        let description = Arc::new(description);
        let api = Api {
            base: services.public_url.clone(),
            subscription: organisation.to_string().into(),
            limits: Arc::new(Limits::new(pace.burst, pace.per_second)),
            schemas: Arc::new(Schemas::of(&description)),
            again: pace.again,
            services,
        };
        let shown = description.clone();
        let router = routes
            .merge(oauth::routes())
            .route(DESCRIPTION, get(async move || Json((*shown).clone())))
            .fallback(finish::nothing_here)
            .method_not_allowed_fallback(finish::not_that_way)
            .with_state(api)
            // Bodies have a limit where they are read.
            .layer(DefaultBodyLimit::disable())
            .layer(CatchPanicLayer::new())
            .layer(from_fn(finish::answer));
        Self {
            router,
            description,
        }
    }

    /// Whether a request is for the API.
    pub fn is_for(path: &str) -> bool {
        path::is_api(path) || oauth::is_for(path) || path == DESCRIPTION
    }

    /// The description of the API, in the OpenAPI format.
    pub fn description(&self) -> Arc<Value> {
        self.description.clone()
    }

    /// Answers a request.
    pub async fn answer(&self, request: Request) -> Response {
        let answered: Result<Response, Infallible> =
            self.router.clone().oneshot(path::spell(request)).await;
        answered.unwrap_or_else(|never| never.into_response())
    }
}
