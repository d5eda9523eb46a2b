//! Signing in by OpenID providers, against one that signs as the specification says, or as it must not; by
//! passkeys of real keys; and the passwords of local accounts.

#![expect(
    clippy::unwrap_used,
    reason = "a test says by panicking what went wrong"
)]

mod accounts;
mod authenticator;
mod chosen;
mod forgeries;
mod forgotten;
mod mailboxes;
mod meanwhile;
mod passkeys;
mod school;
