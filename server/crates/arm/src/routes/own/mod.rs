//! What the predecessor's API cannot do, under a provider of Lectern's own.

pub mod deleted;
pub mod directory;
pub mod labs;
pub mod mine;
