//! Sign-in: who a person is, and the session that remembers it.
//!
//! Local accounts with a password, and one-time links. What a person may do is not decided here, and
//! nothing of HTTP enters: tokens come in and go out as text.

pub mod accounts;
pub mod password;

pub use accounts::Identity;
