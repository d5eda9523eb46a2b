//! Server functions: each parses, calls one use case, and says what the page needs. What is decided
//! is decided in `service`; nothing here may decide.

#![expect(
    missing_docs,
    reason = "the macro makes a struct of each function's arguments, and documents the function only"
)]
#![expect(
    clippy::too_many_arguments,
    reason = "a form has as many fields as it has, and the macro makes arguments of them"
)]

pub mod access;
pub mod account;
pub mod audit;
pub mod deleted;
pub mod labs;
pub mod machines;
pub mod money;
pub mod people;
pub mod platforms;
pub mod quotas;
pub mod reference;
pub mod registration;
pub mod roles;
pub mod rosters;
pub mod schedules;
pub mod tokens;
pub mod users;
#[cfg(feature = "ssr")]
mod words;
