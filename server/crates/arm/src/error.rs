//! Errors in the shape that ARM clients read: a code, a sentence, what it is about, and details.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Invalid;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an answer with a status of 400 or above has in its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorResponse {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorDetail {
    /// A word for programs.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// What it is about, such as `properties.title`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub target: Option<String>,
    /// Each thing by itself, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub details: Vec<ErrorDetail>,
}

impl ErrorDetail {
    /// A detail about one place.
    pub fn about(target: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: INVALID.to_owned(),
            message: message.into(),
            target: Some(target.into()),
            details: Vec::new(),
        }
    }
}

/// The code of whatever breaks a rule in what was sent.
const INVALID: &str = "InvalidRequestContent";

/// The code of a change that cannot be made once the resource is there.
const FIXED: &str = "PropertyChangeNotAllowed";

/// Why a request was not carried out.
#[derive(Clone, Debug)]
pub struct ArmError {
    status: StatusCode,
    detail: Box<ErrorDetail>,
    /// After how many seconds trying again may work.
    retry_after: Option<u64>,
}

/// What handlers return.
pub type Result<T> = std::result::Result<T, ArmError>;

impl ArmError {
    /// One with a code of its own.
    pub fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            detail: Box::new(ErrorDetail {
                code: code.to_owned(),
                message: message.into(),
                target: None,
                details: Vec::new(),
            }),
            retry_after: None,
        }
    }

    /// 400: what was sent breaks a rule, at one place or at several.
    pub fn invalid(mut details: Vec<ErrorDetail>) -> Self {
        if details.len() == 1 {
            let detail = details.remove(0);
            return Self {
                status: StatusCode::BAD_REQUEST,
                detail: Box::new(ErrorDetail {
                    details: vec![detail.clone()],
                    ..detail
                }),
                retry_after: None,
            };
        }
        let mut error = Self::new(
            StatusCode::BAD_REQUEST,
            INVALID,
            format!(
                "The request has {} mistakes; the details say which.",
                details.len()
            ),
        );
        error.detail.details = details;
        error
    }

    /// 400 about one place.
    pub fn about(target: &str, message: impl Into<String>) -> Self {
        Self::invalid(vec![ErrorDetail::about(target, message)])
    }

    /// 409: what never changes once it is made was to change.
    pub fn fixed(details: Vec<ErrorDetail>) -> Self {
        let mut error = Self::invalid(details);
        error.status = StatusCode::CONFLICT;
        error.detail.code = FIXED.to_owned();
        for detail in &mut error.detail.details {
            detail.code = FIXED.to_owned();
        }
        error
    }

    /// 409: each value is one, but they do not go together, or not with how things are.
    pub fn at_odds(invalid: Invalid) -> Self {
        let mut error = Self::about(invalid.field, invalid.message);
        error.status = StatusCode::CONFLICT;
        error.detail.code = "Conflict".to_owned();
        for detail in &mut error.detail.details {
            detail.code = "Conflict".to_owned();
        }
        error
    }

    /// 404: what the request points to is not there.
    pub fn no_such(code: &str, target: &str, message: impl Into<String>) -> Self {
        let mut error = Self::new(StatusCode::NOT_FOUND, code, message);
        error.detail.target = Some(target.to_owned());
        error
    }

    /// 401.
    pub fn unauthenticated(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "AuthenticationFailed", message)
    }

    /// 404: there is no such resource, or the caller may not see it.
    pub fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "ResourceNotFound",
            format!("There is no such {what}, or you may not see it."),
        )
    }

    /// 429.
    pub fn too_many(seconds: u64) -> Self {
        let message = format!("Too many requests. Try again in {seconds} seconds.");
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message);
        error.retry_after = Some(seconds);
        error
    }

    /// The same about the resource that this one is below.
    pub fn of_parent(mut self) -> Self {
        if self.detail.code == "ResourceNotFound" {
            self.detail.code = "ParentResourceNotFound".to_owned();
        }
        self
    }

    /// What it is about, where a rule of the domain names a field.
    pub fn at(mut self, place: impl Fn(&str) -> Option<&'static str>) -> Self {
        let rename = |target: &mut Option<String>| {
            if let Some(found) = target.as_deref().and_then(&place) {
                *target = Some(found.to_owned());
            }
        };
        rename(&mut self.detail.target);
        for detail in &mut self.detail.details {
            rename(&mut detail.target);
        }
        self
    }

    /// What is told.
    #[cfg(test)]
    pub fn detail(&self) -> &ErrorDetail {
        &self.detail
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl From<Invalid> for ArmError {
    fn from(invalid: Invalid) -> Self {
        Self::about(invalid.field, invalid.message)
    }
}

impl From<service::Error> for ArmError {
    fn from(error: service::Error) -> Self {
        use service::Error as E;

        let message = error.to_string();
        match error {
            E::Unauthenticated => Self::unauthenticated(&message),
            E::NotFound(_) => Self::new(StatusCode::NOT_FOUND, "ResourceNotFound", message),
            E::Forbidden(_) => Self::new(StatusCode::FORBIDDEN, "AuthorizationFailed", message),
            E::Invalid(invalid) => Self::at_odds(invalid),
            E::InvalidList(list) => Self::invalid(
                list.into_iter()
                    .map(|invalid| ErrorDetail::about(invalid.field, invalid.message))
                    .collect(),
            ),
            E::Conflict(_) => Self::new(StatusCode::CONFLICT, "Conflict", message),
            E::Changed => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "PreconditionFailed",
                message,
            ),
            E::Throttled { minutes } => {
                let mut error = Self::too_many(u64::from(minutes) * 60);
                error.detail.message = message;
                error
            }
            E::Unavailable(_) => {
                let mut error = Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "ServiceUnavailable",
                    message,
                );
                error.retry_after = Some(5);
                error
            }
            E::Internal(cause) => {
                tracing::error!(%cause, "a request of a program failed");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "InternalServerError",
                    message,
                )
            }
        }
    }
}

impl IntoResponse for ArmError {
    fn into_response(self) -> Response {
        let mut response = (
            self.status,
            Json(ErrorResponse {
                error: *self.detail,
            }),
        )
            .into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
