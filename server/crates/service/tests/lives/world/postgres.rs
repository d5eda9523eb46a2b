//! A PostgreSQL for tests, made as the store's own tests make theirs.

#[path = "../../../../store/src/tests/postgres.rs"]
mod server;

pub(crate) use server::Database;
