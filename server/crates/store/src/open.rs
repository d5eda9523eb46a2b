//! Opening a database: settings, connections, and whether the schema is the one that is needed.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use service::store::{Read, Store, StoreResult, Write};
use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::db::Driver;
use crate::failure::failure;
use crate::schema::{self, Standing};
use crate::transaction::Transaction;

/// How long a transaction waits for its turn before the database counts as not answering.
const PATIENCE: Duration = Duration::from_secs(15);

/// Connections that read a SQLite file at the same time.
const SQLITE_READERS: u32 = 8;

/// Connections to a PostgreSQL, of which each transaction uses one.
const POSTGRES_CONNECTIONS: u32 = 24;

/// Which database to use. Debug output hides the address: it may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// `sqlite:///path/to/lectern.db`, or `postgres://user:password@host/database`. A PostgreSQL on
    /// the same machine may be named by its socket's folder: `postgres:///database?host=/run/postgresql`.
    /// The folder of a SQLite file must exist; the file is made by migrating.
    pub url: String,
}

impl StoreSettings {
    /// A SQLite file.
    pub fn file(path: &Path) -> Self {
        Self {
            url: format!("sqlite://{}", path.display()),
        }
    }
}

impl std::fmt::Debug for StoreSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = self.url.split(':').next().unwrap_or_default();
        f.debug_struct("StoreSettings")
            .field("url", &format_args!("{scheme}:···"))
            .finish()
    }
}

/// What to do with a database whose schema is not up to date, such as an empty one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnOutdated {
    /// Bring it up to date.
    Migrate,
    /// Do not open it.
    Refuse,
}

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address names no database that Lectern can use. It is not shown: it may hold a password.
    #[error(
        "The database's address is not one that Lectern understands. It looks like sqlite:///path/to/lectern.db or postgres://user:password@host/database."
    )]
    Address,
    /// The file or the server cannot be reached.
    #[error("The database cannot be opened: {0}")]
    Unreachable(#[source] sqlx::Error),
    /// The schema is older than this program.
    #[error("The database is not up to date. Run “lectern migrate”.")]
    Outdated,
    /// The schema is newer than this program, or another program's.
    #[error(
        "The database was made by another version of Lectern. Use that version, or a newer one."
    )]
    Foreign,
    /// A migration failed; the database is as it was before it.
    #[error("The database could not be brought up to date: {0}")]
    Migration(#[source] MigrateError),
}

enum Address {
    Sqlite(SqliteConnectOptions),
    Postgres(PgConnectOptions),
}

/// Opens the database, for as long as the result or a transaction of it lives.
///
/// # Errors
/// When it cannot be reached, or its schema is not the one that this program needs.
pub async fn open(
    settings: &StoreSettings,
    on_outdated: OnOutdated,
) -> Result<Arc<dyn Store>, OpenError> {
    match address(settings)? {
        Address::Sqlite(options) => Ok(Arc::new(open_sqlite(options, on_outdated).await?)),
        Address::Postgres(options) => Ok(Arc::new(open_postgres(options, on_outdated).await?)),
    }
}

/// Makes the database where there is none, and brings its schema up to date. Two that do this at the
/// same time on one PostgreSQL wait for each other.
///
/// # Errors
/// When it cannot be reached, or a migration fails.
pub async fn migrate(settings: &StoreSettings) -> Result<(), OpenError> {
    match address(settings)? {
        Address::Sqlite(options) => prepare_sqlite(&options, OnOutdated::Migrate).await,
        Address::Postgres(options) => prepare_postgres(&options, OnOutdated::Migrate).await,
    }
}

fn address(settings: &StoreSettings) -> Result<Address, OpenError> {
    let url = settings.url.as_str();
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let options = PgConnectOptions::from_str(url).map_err(|_| OpenError::Address)?;
        return Ok(Address::Postgres(options.application_name("lectern")));
    }
    match url.strip_prefix("sqlite://") {
        // A database in memory would be another one for each connection.
        None | Some("" | ":memory:") => Err(OpenError::Address),
        Some(path) => Ok(Address::Sqlite(sqlite_options(Path::new(path)))),
    }
}

fn sqlite_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // What was promised to a person must be there after a power cut; less would lose the last
        // transactions.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
}

async fn prepare<C>(
    connection: &mut C,
    migrator: &Migrator,
    on_outdated: OnOutdated,
) -> Result<(), OpenError>
where
    C: Migrate,
{
    match schema::standing(connection, migrator)
        .await
        .map_err(OpenError::Migration)?
    {
        Standing::Current => Ok(()),
        Standing::Foreign => Err(OpenError::Foreign),
        Standing::Behind if on_outdated == OnOutdated::Refuse => Err(OpenError::Outdated),
        Standing::Behind => migrator
            .run_direct(None, connection, false)
            .await
            .map_err(OpenError::Migration),
    }
}

async fn prepare_sqlite(
    options: &SqliteConnectOptions,
    on_outdated: OnOutdated,
) -> Result<(), OpenError> {
    let path = options.get_filename().to_path_buf();
    if on_outdated == OnOutdated::Migrate {
        create_privately(&path).map_err(|error| OpenError::Unreachable(error.into()))?;
    } else if !path.exists() {
        return Err(OpenError::Outdated);
    }
    let mut connection = SqliteConnection::connect_with(options)
        .await
        .map_err(OpenError::Unreachable)?;
    prepare(&mut connection, &schema::sqlite(), on_outdated).await?;
    connection.close().await.map_err(OpenError::Unreachable)
}

/// Makes the file, where there is none, so that only its owner reads it: it holds hashes of
/// passwords. SQLite gives its companion files the same permissions.
fn create_privately(path: &PathBuf) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path).map(drop)
}

async fn prepare_postgres(
    options: &PgConnectOptions,
    on_outdated: OnOutdated,
) -> Result<(), OpenError> {
    // A connection of its own: when a migration fails, closing it gives the lock back.
    let mut connection = PgConnection::connect_with(options)
        .await
        .map_err(OpenError::Unreachable)?;
    prepare(&mut connection, &schema::postgres(), on_outdated).await?;
    connection.close().await.map_err(OpenError::Unreachable)
}

/// A SQLite file: one connection writes, others read what was committed before they began.
pub(crate) struct SqliteStore {
    pub writer: SqlitePool,
    readers: SqlitePool,
}

/// A PostgreSQL.
pub(crate) struct PostgresStore {
    pub pool: PgPool,
}

pub(crate) async fn open_sqlite(
    options: SqliteConnectOptions,
    on_outdated: OnOutdated,
) -> Result<SqliteStore, OpenError> {
    prepare_sqlite(&options, on_outdated).await?;
    let pool = |connections| {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(PATIENCE)
            // A file's connections do not go stale, and their caches are worth keeping.
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
    };
    let writer = pool(1)
        .connect_with(options.clone())
        .await
        .map_err(OpenError::Unreachable)?;
    let readers = pool(SQLITE_READERS)
        .connect_with(options.pragma("query_only", "ON"))
        .await
        .map_err(OpenError::Unreachable)?;
    Ok(SqliteStore { writer, readers })
}

pub(crate) async fn open_postgres(
    options: PgConnectOptions,
    on_outdated: OnOutdated,
) -> Result<PostgresStore, OpenError> {
    prepare_postgres(&options, on_outdated).await?;
    // A transaction that is stuck must not keep others waiting without end.
    let options = options.options([
        ("lock_timeout", "15s"),
        ("statement_timeout", "30s"),
        ("idle_in_transaction_session_timeout", "60s"),
    ]);
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .connect_with(options)
        .await
        .map_err(OpenError::Unreachable)?;
    Ok(PostgresStore { pool })
}

#[async_trait]
impl Store for SqliteStore {
    async fn read(&self) -> StoreResult<Box<dyn Read>> {
        let tx = self.readers.begin().await.map_err(failure)?;
        Ok(Box::new(Transaction::reading(Driver::Sqlite(tx))))
    }

    async fn write(&self) -> StoreResult<Box<dyn Write>> {
        // A transaction that began by reading could not become the writer after another had written.
        let tx = self
            .writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(failure)?;
        Ok(Box::new(Transaction::writing(Driver::Sqlite(tx))))
    }

    async fn describe(&self) -> StoreResult<String> {
        let version: String = sqlx::query_scalar("SELECT sqlite_version()")
            .fetch_one(&self.readers)
            .await
            .map_err(failure)?;
        Ok(format!("SQLite {version}"))
    }

    fn shared(&self) -> bool {
        false
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn read(&self) -> StoreResult<Box<dyn Read>> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let tx = self.pool.begin_with(begin).await.map_err(failure)?;
        Ok(Box::new(Transaction::reading(Driver::Postgres(tx))))
    }

    async fn write(&self) -> StoreResult<Box<dyn Write>> {
        let begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
        let tx = self.pool.begin_with(begin).await.map_err(failure)?;
        Ok(Box::new(Transaction::writing(Driver::Postgres(tx))))
    }

    async fn describe(&self) -> StoreResult<String> {
        let version: String = sqlx::query_scalar("SHOW server_version")
            .fetch_one(&self.pool)
            .await
            .map_err(failure)?;
        // The rest tells who packaged it.
        let number = version.split(' ').next().unwrap_or(&version);
        Ok(format!("PostgreSQL {number}"))
    }

    fn shared(&self) -> bool {
        true
    }
}
