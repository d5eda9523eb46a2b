//! Opening, migrating, and refusing what does not fit.

use super::{Bench, Database, on_both};
use crate::open::{OnOutdated, OpenError, StoreSettings, migrate, open};

on_both!(
    migrating_again_changes_nothing,
    a_database_says_what_it_is,
    a_newer_schema_is_refused
);

async fn migrating_again_changes_nothing(bench: Bench) {
    let settings = bench.database.settings();
    migrate(&settings).await.unwrap();
    migrate(&settings).await.unwrap();
    let applied = bench
        .database
        .column("SELECT description FROM _sqlx_migrations ORDER BY version")
        .await;
    assert_eq!(
        applied,
        [
            "first", "outbox", "time", "usage", "tokens", "api", "bin", "identity", "audit",
            "roles", "scim", "lti", "passkeys", "marks"
        ]
    );
    assert!(open(&settings, OnOutdated::Refuse).await.is_ok());
}

async fn a_database_says_what_it_is(bench: Bench) {
    let described = bench.store.describe().await.unwrap();
    match *bench.database {
        Database::Sqlite(_) => {
            assert!(described.starts_with("SQLite 3."), "{described}");
            assert!(!bench.store.shared());
        }
        Database::Postgres(_) => {
            assert!(described.starts_with("PostgreSQL 1"), "{described}");
            assert!(bench.store.shared());
        }
    }
}

async fn a_newer_schema_is_refused(bench: Bench) {
    let sql = "UPDATE _sqlx_migrations SET version = 999 WHERE version = 1 RETURNING description";
    bench.database.column(sql).await;
    let refused = open(&bench.database.settings(), OnOutdated::Migrate).await;
    assert!(matches!(refused.err(), Some(OpenError::Foreign)));
}

#[tokio::test]
async fn an_empty_database_is_refused_where_it_must_not_be_migrated() {
    for database in [Database::sqlite(), Database::postgres().await] {
        let refused = open(&database.settings(), OnOutdated::Refuse)
            .await
            .err()
            .unwrap();
        assert!(matches!(refused, OpenError::Outdated), "{refused}");
        assert!(refused.to_string().contains("lectern migrate"));
        database.discard().await;
    }
}

#[tokio::test]
async fn two_that_migrate_one_postgres_at_once_wait_for_each_other() {
    let database = Database::postgres().await;
    let settings = database.settings();
    let (one, other) = tokio::join!(migrate(&settings), migrate(&settings));
    one.unwrap();
    other.unwrap();
    database.discard().await;
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_without_being_shown() {
    for url in [
        "",
        "lectern.db",
        "mysql://root:hunter2@host/db",
        "sqlite://",
        "sqlite://:memory:",
    ] {
        let settings = StoreSettings {
            url: url.to_owned(),
        };
        assert!(!format!("{settings:?}").contains("hunter2"));
        let refused = open(&settings, OnOutdated::Migrate).await.err().unwrap();
        assert!(matches!(refused, OpenError::Address), "{url}");
        assert!(!refused.to_string().contains("hunter2"));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let database = Database::sqlite();
    let store = database.open().await;
    super::fixtures::people(&*store).await;
    let Database::Sqlite(folder) = &database else {
        unreachable!()
    };
    let mut files = 0;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
        files += 1;
    }
    assert_eq!(files, 3);
}
