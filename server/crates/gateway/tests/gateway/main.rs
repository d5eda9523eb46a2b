//! A student at a terminal: the stories that the gateway must tell well.

#![expect(
    clippy::unwrap_used,
    reason = "a test says by panicking what went wrong"
)]

mod admission;
mod browser;
mod ending;
mod fake;
mod house;
mod presence;
mod printing;
mod resuming;
mod working;
