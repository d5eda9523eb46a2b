//! Errors in SCIM's shape (RFC 7644 §3.12): a status, a word for programs, a sentence for people.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use service::Error;

/// The schema of an error.
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The words that RFC 7644 has for what is wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScimType {
    /// The filter cannot be read, or compares what has no order.
    InvalidFilter,
    /// The path of a change cannot be read, or leads nowhere.
    InvalidPath,
    /// A value is none, or a required one is missing.
    InvalidValue,
    /// The body is no message of SCIM.
    InvalidSyntax,
    /// The attribute is not the client's to change.
    Mutability,
    /// What the path selects is not there.
    NoTarget,
    /// Somebody else has the value that only one may have.
    Uniqueness,
}

impl ScimType {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::InvalidPath => "invalidPath",
            Self::InvalidValue => "invalidValue",
            Self::InvalidSyntax => "invalidSyntax",
            Self::Mutability => "mutability",
            Self::NoTarget => "noTarget",
            Self::Uniqueness => "uniqueness",
        }
    }
}

/// Why a request was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimError {
    /// The status of the answer.
    pub status: StatusCode,
    /// The word for programs, where there is one.
    pub kind: Option<ScimType>,
    /// The sentence.
    pub detail: String,
    /// After how many seconds trying again may work.
    pub retry_after: Option<u64>,
}

/// What handlers return.
pub type Result<T> = std::result::Result<T, ScimError>;

impl ScimError {
    /// One without a word.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            kind: None,
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// 400, with its word.
    pub fn bad(kind: ScimType, detail: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: Some(kind),
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// 404.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("There is no such {what}."))
    }

    /// The body of the answer.
    pub fn body(&self) -> Value {
        let mut body = json!({
            "schemas": [ERROR],
            "status": self.status.as_u16().to_string(),
            "detail": self.detail,
        });
        if let Some(kind) = self.kind {
            body["scimType"] = kind.as_str().into();
        }
        body
    }
}

impl From<Error> for ScimError {
    fn from(error: Error) -> Self {
        let sentence = error.to_string();
        match error {
            Error::Unauthenticated => Self::new(StatusCode::UNAUTHORIZED, sentence),
            Error::NotFound(_) => Self::new(StatusCode::NOT_FOUND, sentence),
            Error::Forbidden(_) => Self::new(StatusCode::FORBIDDEN, sentence),
            Error::Invalid(_) | Error::InvalidList(_) => {
                Self::bad(ScimType::InvalidValue, sentence)
            }
            // Every conflict of people and groups is about what only one may have.
            Error::Conflict(_) => Self {
                status: StatusCode::CONFLICT,
                kind: Some(ScimType::Uniqueness),
                detail: sentence,
                retry_after: None,
            },
            Error::Changed => Self::new(StatusCode::PRECONDITION_FAILED, sentence),
            Error::Throttled { minutes } => Self {
                retry_after: Some(u64::from(minutes) * 60),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, sentence)
            },
            Error::Unavailable(_) => Self::new(StatusCode::SERVICE_UNAVAILABLE, sentence),
            Error::Internal(cause) => {
                tracing::error!(error = %cause, "a request by SCIM failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, sentence)
            }
        }
    }
}

impl IntoResponse for ScimError {
    fn into_response(self) -> Response {
        let mut response = crate::answer::json(self.status, &self.body());
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"Lectern\""),
            );
        }
        response
    }
}
