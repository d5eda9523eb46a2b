//! Components that pages are made of. Nothing here knows a page or a server function's name.

pub mod copy;
pub mod form;
pub mod hours;
pub mod icon;
pub mod live;
pub mod parts;
pub mod select;
pub mod shell;
#[cfg(feature = "ssr")]
pub mod shutdown;
#[cfg(feature = "hydrate")]
mod week;
pub mod written;
