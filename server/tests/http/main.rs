//! The whole portal over HTTP, told as stories about people: the real router, use cases, sign-in and
//! database; only the machines are simulated, and the time is what a test says it is.

#![expect(
    clippy::unwrap_used,
    reason = "a test says by panicking what went wrong"
)]

mod answer;
mod bad_input;
mod client;
mod csrf;
mod directions;
mod events;
mod first_run;
mod forms;
mod headers;
mod lab;
mod lms;
mod lti;
mod matrix;
mod pages;
mod passkeys;
mod probes;
mod proxies;
mod scim;
mod story;
mod test_app;
mod tokens;
