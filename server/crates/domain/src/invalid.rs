//! What a parser of this crate answers to input that breaks a rule.

use std::fmt;

/// Input that breaks a rule: which field, and a sentence that says what is wrong and what would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The field's name as forms and the REST API spell it, such as `title`.
    pub field: &'static str,
    /// A whole sentence for a person.
    pub message: String,
}

impl Invalid {
    /// A refusal of `field`, for the reason that `message` tells.
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self {
            field,
            message: message.into(),
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Invalid {}
