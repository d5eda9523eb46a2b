//! Why a call to Incus did not work, and what is told about it.

use std::error::Error;

use service::engine::EngineError;

/// A call's failure, before it is known what the call was about.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Incus did not answer, or not in time.
    Away(String),
    /// Incus answered that it did not do it.
    Refused {
        /// The HTTP status that Incus gave it.
        code: u16,
        /// Incus' words.
        message: String,
    },
}

/// What an action of this crate returns before it is put into the trait's words.
pub(crate) type Result<T> = std::result::Result<T, Fault>;

/// Parts of Incus' messages that mean a lack of room.
const NO_ROOM: [&str; 10] = [
    "no space left",
    "quota exceeded",
    "cannot allocate memory",
    "out of memory",
    "not enough",
    "insufficient",
    "no available ip",
    "available ip could not",
    "reached maximum",
    "too many open files",
];

impl Fault {
    /// A failure of the transport. The address of the request is left out: it says nothing to people.
    pub(crate) fn transport(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_timeout() {
            return Self::Away("Incus took too long to answer.".to_owned());
        }
        let mut cause: &dyn Error = &error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        Self::unreachable(cause)
    }

    /// Incus cannot be reached, for this reason.
    pub(crate) fn unreachable(cause: &dyn Error) -> Self {
        Self::Away(format!("Incus cannot be reached ({cause})."))
    }

    /// An answer that this crate does not understand.
    pub(crate) fn strange(what: &str) -> Self {
        Self::Refused {
            code: 500,
            message: format!("Incus gave an answer that Lectern does not understand: {what}."),
        }
    }

    /// Whether Incus has no such thing.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { code: 404, .. })
    }

    /// Whether the machine ended while Incus looked at it: its first process is gone then, and Incus
    /// (6.0) says so with the number of none.
    pub(crate) fn is_of_a_sudden_end(&self) -> bool {
        matches!(self, Self::Refused { message, .. } if message.starts_with("Invalid PID"))
    }

    /// The failure in the trait's words; `what` is the noun that the call was about.
    pub(crate) fn about(self, what: impl Into<String>) -> EngineError {
        match self {
            Self::Away(why) => EngineError::Away(why),
            Self::Refused { code: 404, .. } => EngineError::NotFound(what.into()),
            Self::Refused {
                code: 502..=504,
                message,
            } => EngineError::Away(first_line(&message)),
            Self::Refused { message, .. } => {
                let lower = message.to_lowercase();
                if NO_ROOM.iter().any(|part| lower.contains(part)) {
                    EngineError::NoCapacity(first_line(&message))
                } else {
                    EngineError::Failed(first_line(&message))
                }
            }
        }
    }
}

/// The first line with something on it, cut to what fits on a page.
fn first_line(message: &str) -> String {
    let line = message.lines().map(str::trim).find(|line| !line.is_empty());
    line.unwrap_or("no reason given")
        .chars()
        .take(300)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(code: u16, message: &str) -> EngineError {
        let message = message.to_owned();
        Fault::Refused { code, message }.about("The machine a")
    }

    #[test]
    fn a_sudden_end_is_recognised() {
        let refused = |message: &str| Fault::Refused {
            code: 500,
            message: message.to_owned(),
        };
        assert!(refused("Invalid PID '\u{fffd}'").is_of_a_sudden_end());
        assert!(!refused("Instance is busy").is_of_a_sudden_end());
    }

    #[test]
    fn refusals_are_told_apart() {
        assert_eq!(
            told(404, "Instance not found"),
            EngineError::NotFound("The machine a".into())
        );
        assert!(matches!(
            told(500, "write /x: no space left on device"),
            EngineError::NoCapacity(_)
        ));
        assert!(matches!(
            told(503, "Incus is shutting down"),
            EngineError::Away(_)
        ));
        assert_eq!(
            told(500, "\n  Failed to run: x \nlog: y"),
            EngineError::Failed("Failed to run: x".into())
        );
    }
}
