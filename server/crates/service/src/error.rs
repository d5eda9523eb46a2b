//! The one error of the use cases: what a caller may hear, apart from what only the log may.

use domain::Invalid;

use crate::engine::EngineError;
use crate::store::StoreError;

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in.
    #[error("Please sign in.")]
    Unauthenticated,
    /// There is no such thing, or the caller may not see it: the two look the same.
    #[error("There is no such {0}, or you may not see it.")]
    NotFound(&'static str),
    /// The caller may see it, but not do this.
    #[error("{0}")]
    Forbidden(String),
    /// The input breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The input breaks several rules, or the same rule several times.
    #[error("{}", sentences(.0))]
    InvalidList(Vec<Invalid>),
    /// It does not go together with how things are.
    #[error("{0}")]
    Conflict(String),
    /// It is not any more what the caller took it for.
    #[error("It was changed since you read it. Read it again, and then change it.")]
    Changed,
    /// Too many tries.
    #[error("Too many attempts. Please wait {minutes} minutes and try again.")]
    Throttled {
        /// How long to wait.
        minutes: u32,
    },
    /// Something that is needed does not answer.
    #[error("{0}")]
    Unavailable(String),
    /// It is our fault; the cause goes to the log, not to the caller.
    #[error("Something went wrong on our side. It has been logged; please try again.")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What use cases return.
pub type Result<T> = std::result::Result<T, Error>;

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(message) => Self::Conflict(message),
            StoreError::Unavailable(cause) => {
                tracing::error!(error = %cause, "the database does not answer");
                Self::Unavailable(
                    "The database does not answer. Please try again in a moment.".to_owned(),
                )
            }
            StoreError::Internal(cause) => Self::Internal(cause),
        }
    }
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Away(_) => Self::Unavailable(error.to_string()),
            _ => Self::Conflict(error.to_string()),
        }
    }
}

fn sentences(list: &[Invalid]) -> String {
    list.iter()
        .map(|i| i.message.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}
