//! The resources of a classroom lab, the rules they keep, and the decisions taken about them.
//!
//! What lives here is pure: values, parsers, state machines, and functions from values to values.
//! What may not enter: I/O, a clock, randomness, an async runtime. The time is an argument, random
//! bytes are an argument, and the crate compiles for the browser as well as for the server.

pub mod bin;
pub mod capacity;
pub mod civil;
pub mod connection;
pub mod cost;
pub mod credentials;
pub mod decide;
mod draft;
pub mod email;
#[cfg(test)]
mod fixtures;
pub mod grace;
pub mod group;
pub mod holiday;
pub mod icalendar;
pub mod id;
pub mod image;
pub mod invalid;
pub mod kept;
pub mod lab;
pub mod machine;
pub mod meter;
pub mod money;
pub mod name;
pub mod operation;
pub mod pace;
pub mod plan;
pub mod platform;
mod presence;
pub mod publish;
pub mod quota;
pub mod recurrence;
pub mod registration;
pub mod resource;
pub mod role;
pub mod schedule;
pub mod shutdown;
pub mod size;
pub mod span;
mod stop;
pub mod time;
pub mod token;
pub mod user;
pub mod version;
pub mod watch;
pub mod web_address;
pub mod window;
pub mod zone;

pub use invalid::Invalid;
