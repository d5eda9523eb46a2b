//! Lectern's databases: SQLite and PostgreSQL behind the trait `service::store::Store`.
//!
//! What lives here is SQL, the rows it gives, and their way to and from the domain's values. There is
//! one SQL text for both databases; where they differ (locking, how they report a broken constraint)
//! the difference is in one place. What may not enter: permissions, decisions, and the time.
//!
//! A transaction that writes locks, on PostgreSQL, what it loads of one lab: the lab with its
//! registration link and secrets, its machines, users and operations. Lists over several labs,
//! people, sessions and links are read without locks. SQLite has one writer at a time.
//!
//! After an error a transaction is lost, on both databases: what follows fails, the commit too.

mod audit;
mod client_secrets;
mod codes;
mod columns;
mod db;
mod directory;
mod envelopes;
mod failure;
mod grants;
mod holidays;
mod identities;
mod images;
mod lab_groups;
mod labs;
mod list_drafts;
mod lti_courses;
mod lti_keys;
mod lti_platforms;
mod machine_accounts;
mod machines;
mod open;
mod operations;
mod outbox;
mod passkeys;
mod people;
mod plans;
mod queue;
mod read;
mod read_api;
mod read_identity;
mod read_lti;
mod read_roles;
mod read_time;
mod registrations;
mod room_rosters;
mod room_scim;
mod rosters;
mod runs;
mod schedules;
mod schema;
mod scim;
mod sessions;
mod store_passkeys;
mod tokens;
mod transaction;
mod users;
mod watches;
mod write;
mod write_api;
mod write_identity;
mod write_lti;
mod write_roles;
mod write_time;

#[cfg(test)]
mod tests;

pub use open::{OnOutdated, OpenError, StoreSettings, migrate, open};
