//! SCIM 2.0 (RFC 7643, 7644): directories such as Entra, Okta and Keycloak push their people and
//! groups.
//!
//! What lives here is the wire: filters, changes, schemas, bodies and errors. Filters and changes are
//! pure. A handler reads what was sent, calls one use case of `service::scim`, and shows what came of
//! it. What may not enter: decisions, the store, Leptos.

mod answer;
mod call;
mod document;
mod error;
mod filter;
mod group;
mod matching;
mod patch;
mod routes;
mod schema;
mod user;

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use service::Services;
use tower::ServiceExt as _;
use tower_http::catch_panic::CatchPanicLayer;

use crate::error::ScimError;

/// Where SCIM is below the portal's address.
pub const PLACE: &str = "/scim/v2";

/// The longest body, in bytes: a group with twenty thousand members.
const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// What handlers work with.
#[derive(Clone)]
pub(crate) struct Desk {
    services: Services,
    /// SCIM's address.
    base: Arc<str>,
}

/// SCIM as something that answers requests.
#[derive(Clone)]
pub struct Door {
    router: Router,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}

impl Door {
    /// SCIM over use cases.
    pub fn new(services: Services) -> Self {
        let desk = Desk {
            base: format!("{}{PLACE}", services.public_url).into(),
            services,
        };
        let routes = routes::all()
            .fallback(async || ScimError::not_found("resource"))
            .method_not_allowed_fallback(async || {
                ScimError::new(
                    StatusCode::METHOD_NOT_ALLOWED,
                    "This resource does not take this method.",
                )
            })
            .with_state(desk);
        let router = Router::new()
            .nest(PLACE, routes)
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .layer(CatchPanicLayer::custom(|_| {
                ScimError::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "Something went wrong on our side. It has been logged; please try again.",
                )
                .into_response()
            }));
        Self { router }
    }

    /// Whether a request is for SCIM.
    pub fn is_for(path: &str) -> bool {
        path.strip_prefix(PLACE)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Answers a request.
    pub async fn answer(&self, request: Request) -> Response {
        let answered: Result<Response, Infallible> = self.router.clone().oneshot(request).await;
        answered.unwrap_or_else(|never| never.into_response())
    }
}
