//! One contract suite, run on both databases: each test is a function over a store, and gets one of
//! its own, empty and up to date.

mod api;
mod concurrency;
mod directories;
mod fixtures;
mod labs;
mod lti;
mod machines;
mod migrations;
mod outbox;
mod passkeys;
mod people;
mod postgres;
mod queue;
mod roles;
mod round_trips;
mod schemas;
mod statements;
mod time;
mod transactions;
mod users;

use std::sync::Arc;

use service::store::Store;
use sqlx::sqlite::SqlitePool;

use crate::open::{OnOutdated, StoreSettings, open};

/// A database of a test's own.
pub(super) enum Database {
    /// A file in a folder that goes away with this.
    Sqlite(tempfile::TempDir),
    /// A database on a server, dropped at the end.
    Postgres(postgres::Database),
}

impl Database {
    /// A new SQLite file, not made yet.
    pub fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    /// A new PostgreSQL database, empty.
    pub async fn postgres() -> Self {
        Self::Postgres(postgres::Database::create().await)
    }

    /// Where it is.
    pub fn settings(&self) -> StoreSettings {
        match self {
            Self::Sqlite(folder) => StoreSettings::file(&folder.path().join("lectern.db")),
            Self::Postgres(database) => StoreSettings {
                url: database.url.clone(),
            },
        }
    }

    /// The database, opened and up to date.
    pub async fn open(&self) -> Arc<dyn Store> {
        open(&self.settings(), OnOutdated::Migrate).await.unwrap()
    }

    /// The first column of every row of a query, as text, behind the store's back.
    pub async fn column(&self, sql: &'static str) -> Vec<String> {
        match self {
            Self::Sqlite(_) => {
                let pool = SqlitePool::connect(&self.settings().url).await.unwrap();
                let rows = sqlx::query_scalar(sql).fetch_all(&pool).await.unwrap();
                pool.close().await;
                rows
            }
            Self::Postgres(database) => {
                let pool = sqlx::PgPool::connect(&database.url).await.unwrap();
                let rows = sqlx::query_scalar(sql).fetch_all(&pool).await.unwrap();
                pool.close().await;
                rows
            }
        }
    }

    /// Ends the test's use of it.
    pub async fn discard(self) {
        if let Self::Postgres(database) = self {
            database.drop().await;
        }
    }
}

/// Runs each named test on both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                crate::tests::on(crate::tests::Database::sqlite(), super::$name).await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                crate::tests::on(crate::tests::Database::postgres().await, super::$name).await;
            })+
        }
    };
}
use on_both;

/// A test's store, with its database.
pub(super) struct Bench {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The database under it.
    pub database: Arc<Database>,
}

async fn on<F>(database: Database, test: impl FnOnce(Bench) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let store = database.open().await;
    let database = Arc::new(database);
    let bench = Bench {
        store,
        database: database.clone(),
    };
    // In a task of its own, so that the database goes away even where the test fails.
    let result = tokio::spawn(test(bench)).await;
    if let Some(database) = Arc::into_inner(database) {
        database.discard().await;
    }
    if let Err(failure) = result {
        std::panic::resume_unwind(failure.into_panic());
    }
}
