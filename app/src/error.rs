//! The error that pages and server functions share.

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// What kind of refusal it is; pages differ in what they offer then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Nobody is signed in.
    SignIn,
    /// There is no such thing, or the caller may not see it.
    NotFound,
    /// The caller may not do this.
    Forbidden,
    /// The input breaks a rule.
    Invalid,
    /// It does not go together with how things are.
    Conflict,
    /// Too many tries.
    Throttled,
    /// Something that is needed does not answer.
    Unavailable,
    /// Our fault.
    Internal,
}

/// Why something was not done: a kind, and a sentence for the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct AppError {
    /// What kind of refusal.
    pub kind: Kind,
    /// A sentence.
    pub message: String,
    /// The form's field it is about, where it is about one.
    pub field: Option<String>,
}

impl AppError {
    /// A refusal that is not about a field.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            field: None,
        }
    }

    /// The server does not answer, or not with what was asked for.
    pub fn unreachable() -> Self {
        Self::new(
            Kind::Unavailable,
            "The server does not answer. Please check your connection and try again.",
        )
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    #[cfg(feature = "ssr")]
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        use ServerFnErrorErr::{Args, Deserialization, MissingArg};

        crate::context::fail(match error {
            // On the server it is the request that could not be read.
            Args(_) | MissingArg(_) | Deserialization(_) => Self::new(
                Kind::Invalid,
                "Something is missing in what was sent, or it is not of the right kind. Please check the form.",
            ),
            other => {
                tracing::error!(error = %other, "a server function could not be called");
                Self::new(
                    Kind::Internal,
                    "Something went wrong on our side. Please try again.",
                )
            }
        })
    }

    #[cfg(not(feature = "ssr"))]
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_)
            | ServerFnErrorErr::Response(_)
            | ServerFnErrorErr::Deserialization(_) => Self::unreachable(),
            _ => Self::new(
                Kind::Internal,
                "Something went wrong on our side. Please try again.",
            ),
        }
    }
}

#[cfg(feature = "ssr")]
impl From<service::Error> for AppError {
    fn from(error: service::Error) -> Self {
        use service::Error;
        let kind = match &error {
            Error::Unauthenticated => Kind::SignIn,
            Error::NotFound(_) => Kind::NotFound,
            Error::Forbidden(_) => Kind::Forbidden,
            Error::Invalid(_) | Error::InvalidList(_) => Kind::Invalid,
            Error::Conflict(_) | Error::Changed => Kind::Conflict,
            Error::Throttled { .. } => Kind::Throttled,
            Error::Unavailable(_) => Kind::Unavailable,
            Error::Internal(cause) => {
                tracing::error!(error = %cause, "a request failed");
                Kind::Internal
            }
        };
        let field = match &error {
            Error::Invalid(invalid) => Some(invalid.field.to_owned()),
            Error::InvalidList(list) => list.first().map(|invalid| invalid.field.to_owned()),
            _ => None,
        };
        Self {
            kind,
            message: error.to_string(),
            field,
        }
    }
}

#[cfg(feature = "ssr")]
impl From<domain::Invalid> for AppError {
    fn from(invalid: domain::Invalid) -> Self {
        Self {
            kind: Kind::Invalid,
            field: Some(invalid.field.to_owned()),
            message: invalid.message,
        }
    }
}

#[cfg(feature = "ssr")]
impl Kind {
    /// The HTTP status that says the same.
    pub fn status(self) -> http::StatusCode {
        use http::StatusCode;
        match self {
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Throttled => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}
