//! Microsoft Graph, as a server of the test's own speaks it over HTTP.

#![expect(
    clippy::unwrap_used,
    reason = "a test says by panicking what went wrong"
)]

mod asking;
mod changing;
mod microsoft;
