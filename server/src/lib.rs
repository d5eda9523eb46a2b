//! The process: settings, wiring, HTTP, subcommands.
//!
//! This is the only crate that names a concrete engine, store, mailer or clock. What may not enter: rules
//! about labs and machines, which live in `service` and `domain`.

#![recursion_limit = "512"]

pub mod commands;
pub mod directories;
mod doctor;
pub mod events;
pub mod files;
pub mod guard;
pub mod headers;
mod lti;
pub mod mailing;
pub mod oidc;
pub mod passkeys;
mod providers;
pub mod proxies;
pub mod router;
mod secrets;
pub mod settings;
pub mod tickets;
pub mod tls;
mod traces;
pub mod wiring;
