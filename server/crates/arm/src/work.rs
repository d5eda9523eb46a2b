//! Answers about work that outlasts a request, in the shape that all known clients understand.
//!
//! Both headers are absolute addresses, and the answer at `Location` is 202 while work is under way,
//! then the resource or the result, and the error's own status when it failed.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::operation::{Operation, OperationStatus};
use serde::Serialize;

use crate::call::Call;
use crate::error::Result;

const ASYNC: HeaderName = HeaderName::from_static("azure-asyncoperation");

/// The answer to a request that began work, with the resource where there is one; a plain 200 where
/// the work is done already.
pub fn begun<T: Serialize>(
    call: &Call,
    operation: Option<&Operation>,
    status: StatusCode,
    resource: Option<&T>,
) -> Response {
    let done = operation.is_none_or(|o| o.status == OperationStatus::Succeeded);
    // What was made at once is made all the same.
    let status = if done && status == StatusCode::ACCEPTED {
        StatusCode::OK
    } else {
        status
    };
    let mut response = match resource {
        Some(resource) => (status, Json(resource)).into_response(),
        None => status.into_response(),
    };
    if let Some(operation) = operation.filter(|_| !done) {
        point(call, operation, &mut response);
    }
    response
}

/// The answer to a deletion: there may be nothing to delete.
pub fn deleted(call: &Call, operation: service::Result<Operation>) -> Result<Response> {
    match operation {
        Ok(operation) => {
            let status = StatusCode::ACCEPTED;
            Ok(begun::<()>(call, Some(&operation), status, None))
        }
        Err(service::Error::NotFound(_)) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(error) => Err(error.into()),
    }
}

/// Adds where to ask how far an operation is.
pub fn point(call: &Call, operation: &Operation, response: &mut Response) {
    let of = |word: &str| {
        let path = call.in_subscription(&format!(
            "/providers/Microsoft.LabServices/locations/local/{word}/{}",
            operation.id
        ));
        HeaderValue::from_str(&format!("{}{path}?api-version={}", call.base, call.version))
    };
    let headers = response.headers_mut();
    if let (Ok(status), Ok(location)) = (of("operations"), of("operationResults")) {
        headers.insert(ASYNC, status);
        headers.insert(header::LOCATION, location);
    }
    headers.insert(header::RETRY_AFTER, HeaderValue::from(call.again));
}
