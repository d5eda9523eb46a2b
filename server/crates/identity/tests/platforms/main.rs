//! People who come from a learning platform: one of the tests' own, over HTTP, that signs as the
//! specification says, or as it must not.

#![expect(
    clippy::unwrap_used,
    reason = "a test says by panicking what went wrong"
)]

mod deep_links;
mod forgeries;
mod launches;
mod lms;
mod members;
mod people;
mod registration;
