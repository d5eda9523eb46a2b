//! Lectern's use cases and reconcilers, and the traits they need from the outside.
//!
//! A use case starts from an [`access::Actor`] and a permission, changes the wanted half of rows in
//! one transaction, and returns; the reconciler moves the seen half. What may not enter: HTTP,
//! Leptos, SQL, and any concrete engine, store, mailer or clock.

pub mod access;
pub mod audit;
pub mod bin;
pub mod bootstrap;
pub mod calendar;
pub mod changes;
pub mod clock;
pub mod connect;
pub mod courses;
pub mod directories;
pub mod engine;
pub mod error;
pub mod images;
pub mod imports;
pub mod invitations;
pub mod labs;
pub mod machines;
pub mod mail;
mod meter;
pub mod money;
pub mod operations;
pub mod outbox;
pub mod overview;
pub mod people;
pub mod plans;
pub mod platforms;
pub mod principals;
pub mod publishing;
pub mod quotas;
pub mod reconcile;
pub mod refusals;
pub mod registration;
pub mod resources;
pub mod roles;
pub mod rosters;
pub mod schedules;
pub mod scim;
mod seats;
pub mod services;
pub mod sessions;
pub mod store;
mod synchronise;
pub mod table;
#[cfg(feature = "testing")]
pub mod testing;
pub mod throttle;
pub mod timekeeper;
pub mod tokens;
pub mod usage;
pub mod users;
pub mod vault;

pub use error::{Error, Result};
pub use services::Services;
