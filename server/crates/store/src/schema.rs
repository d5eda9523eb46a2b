//! The schema's migrations: built in, forward only, the same numbers for both databases.

use std::borrow::Cow;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{AppliedMigration, Migrate, MigrateError, Migration, MigrationType, Migrator};

/// Where the drivers keep which migrations were run.
pub(crate) const TABLE: &str = "_sqlx_migrations";

macro_rules! migrations {
    ($database:literal) => {
        migrations!(
            $database:
            1 "0001" "first",
            2 "0002" "outbox",
            3 "0003" "time",
            4 "0004" "usage",
            5 "0005" "tokens",
            6 "0006" "api",
            7 "0007" "bin",
            8 "0008" "identity",
            9 "0009" "audit",
            10 "0010" "roles",
            11 "0011" "scim",
            12 "0012" "lti",
            13 "0013" "passkeys",
            14 "0014" "marks"
        )
    };
    ($database:literal: $($version:literal $number:literal $name:literal),+) => {
        Migrator::with_migrations(vec![$(Migration::new(
            $version,
            Cow::Borrowed($name),
            MigrationType::Simple,
            include_str!(concat!("../migrations/", $database, "/", $number, "_", $name, ".sql"))
                .into_sql_str(),
            false,
        )),+])
    };
}

/// SQLite's migrations.
pub(crate) fn sqlite() -> Migrator {
    migrations!("sqlite")
}

/// PostgreSQL's migrations.
pub(crate) fn postgres() -> Migrator {
    migrations!("postgres")
}

/// How a database's schema stands to the one that this program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// They are the same.
    Current,
    /// Migrations are still to be run.
    Behind,
    /// The database has migrations that this program does not know, or knows differently.
    Foreign,
}

/// Compares a database's schema with `migrator`'s, and changes nothing.
pub(crate) async fn standing<C: Migrate>(
    connection: &mut C,
    migrator: &Migrator,
) -> Result<Standing, MigrateError> {
    let applied = match connection.list_applied_migrations(TABLE).await {
        Ok(applied) => applied,
        Err(MigrateError::Execute(error)) if is_missing_table(&error) => {
            return Ok(Standing::Behind);
        }
        Err(error) => return Err(error),
    };
    let is_known = |done: &AppliedMigration| {
        migrator
            .iter()
            .any(|m| m.version == done.version && m.checksum == done.checksum)
    };
    Ok(if !applied.iter().all(is_known) {
        Standing::Foreign
    } else if applied.len() < migrator.iter().count() {
        Standing::Behind
    } else {
        Standing::Current
    })
}

fn is_missing_table(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|reported| {
        reported.code().as_deref() == Some("42P01")
            || reported.message().starts_with("no such table")
    })
}
