//! Sign-in: who a person is, and the session that remembers it.
//!
//! Local accounts with a password or passkeys, one-time links, OpenID providers, and learning platforms. What a
//! person may do is not decided here, and nothing of HTTP's own enters: tokens, cookies' values and addresses come in and go
//! out as text.

pub mod accounts;
pub mod arrivals;
mod guessable;
pub mod jwt;
pub mod lti;
pub mod mailboxes;
pub mod oidc;
pub mod passkeys;
pub mod password;
pub mod passwords;
pub mod sessions;

pub use accounts::Identity;
