//! What every answer gets on its way out: ids for finding it in logs, and the shape of ARM's errors
//! for what was refused before a handler heard of it.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use service::clock::{Random as _, SystemRandom};
use uuid::Uuid;

use crate::error::ArmError;

const CLIENT_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");

/// No route has this address.
pub async fn nothing_here() -> ArmError {
    ArmError::new(
        StatusCode::NOT_FOUND,
        "InvalidResourceType",
        "Nothing is at this address. The description at /openapi.json has all that there are.",
    )
}

/// A route has this address, but not this method.
pub async fn not_that_way() -> ArmError {
    ArmError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "MethodNotAllowed",
        "This resource does not take this method; the header Allow has those that it takes.",
    )
}

/// Finishes an answer.
pub async fn answer(request: Request, next: Next) -> Response {
    let client = request.headers().get(CLIENT_ID).cloned();
    let id = request_id();
    tracing::debug!(method = %request.method(), path = request.uri().path(), request = %id, "a program asks");
    let mut response = next.run(request).await;
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !is_json {
        let allow = response.headers().get(header::ALLOW).cloned();
        let refused = match response.status() {
            status if status.is_server_error() => Some(ArmError::new(
                status,
                "InternalServerError",
                "Something went wrong on our side. It has been logged; please try again.",
            )),
            status if status.is_client_error() => Some(ArmError::new(
                status,
                "InvalidRequest",
                "The request cannot be read.",
            )),
            _ => None,
        };
        if let Some(refused) = refused {
            response = refused.into_response();
            if let Some(allow) = allow {
                response.headers_mut().insert(header::ALLOW, allow);
            }
        }
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(client) = client {
        headers.insert(CLIENT_ID, client);
    }
    response
}

fn request_id() -> Uuid {
    let mut bytes = [0; 16];
    SystemRandom::default().fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
