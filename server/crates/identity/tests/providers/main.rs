//! Signing in by OpenID providers, against one that signs as the specification says, or as it must not.

#![expect(
    clippy::unwrap_used,
    reason = "a test says by panicking what went wrong"
)]

mod accounts;
mod forgeries;
mod forgotten;
mod school;
