//! The use cases and the reconciler, lived through: over the simulator and real databases, with a
//! clock and a chance of the tests' own. Nothing here sleeps or asks for the time of day.

#![expect(
    clippy::unwrap_used,
    reason = "a test says by panicking what went wrong"
)]

mod away;
mod bin;
mod crash;
mod deadline;
mod directories;
mod faults;
mod imports;
mod lives;
mod mails;
mod operations;
mod pace;
mod permissions;
mod races;
mod registration;
mod replicas;
mod roles;
mod rosters;
mod story;
mod surprises;
mod sweep;
mod time;
mod tokens;
mod world;
