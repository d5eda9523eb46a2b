//! The thin layer over the two drivers: SQL texts, values to bind, and a transaction to run them in.

use domain::id::{
    ConnectionId, CourseId, DraftId, GroupId, HolidayId, LabId, MachineId, MailId, OperationId,
    OrganisationId, PersonId, PlanId, PlatformId, ResetId, RunId, ScheduleId, TokenId, UserId,
};
use domain::time::Timestamp;
use service::store::{StoreError, StoreResult};
use service::vault::Sealed;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, FromRow, Postgres, Sqlite};

use crate::failure::{self, failure};

/// An SQL text for both databases.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement {
    /// As it is run everywhere but in PostgreSQL's writing transactions.
    pub plain: &'static str,
    /// As it is run there; the same, unless the statement locks the rows it loads.
    pub locking: &'static str,
}

/// Declares SQL texts as constants, each from pieces of text, and collects them in `ALL` so that a
/// test prepares every one of them on both databases. After the name stands what a writing
/// transaction does with the rows loaded: nothing, `[locks]` them, or `[skips]` those that another
/// has locked.
///
/// Locks are `FOR NO KEY UPDATE`: they exclude each other, but not the look at a parent's key that
/// comes with inserting a child.
macro_rules! statements {
    ($($name:ident $([$lock:ident])? = $($part:expr),+;)+) => {
        $(const $name: crate::db::Statement = statements!(@ $($lock)?; $($part),+);)+

        /// Every statement of this module, by name.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, crate::db::Statement)] = &[$((stringify!($name), $name)),+];
    };
    (@; $($part:expr),+) => {
        crate::db::Statement { plain: concat!($($part),+), locking: concat!($($part),+) }
    };
    (@ locks; $($part:expr),+) => {
        crate::db::Statement {
            plain: concat!($($part),+),
            locking: concat!($($part),+, " FOR NO KEY UPDATE"),
        }
    };
    (@ skips; $($part:expr),+) => {
        crate::db::Statement {
            plain: concat!($($part),+),
            locking: concat!($($part),+, " FOR NO KEY UPDATE SKIP LOCKED"),
        }
    };
}
pub(crate) use statements;

/// A value for a placeholder.
#[derive(Clone, Debug)]
pub(crate) enum Arg {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// The values for a statement's placeholders, in order.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$(crate::db::Arg::from($value)),*] };
}
pub(crate) use args;

impl From<i64> for Arg {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Arg {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Arg {
    fn from(value: u32) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}

impl From<Option<u32>> for Arg {
    fn from(value: Option<u32>) -> Self {
        Self::Int(value.map(i64::from))
    }
}

impl From<bool> for Arg {
    fn from(value: bool) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}

impl From<Option<bool>> for Arg {
    fn from(value: Option<bool>) -> Self {
        Self::Int(value.map(i64::from))
    }
}

impl From<Timestamp> for Arg {
    fn from(value: Timestamp) -> Self {
        Self::Int(Some(value.micros()))
    }
}

impl From<Option<Timestamp>> for Arg {
    fn from(value: Option<Timestamp>) -> Self {
        Self::Int(value.map(Timestamp::micros))
    }
}

impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::from(Some(value))
    }
}

impl From<Option<&str>> for Arg {
    fn from(value: Option<&str>) -> Self {
        // PostgreSQL takes no NUL in a text. The domain's own texts have none, but an engine's
        // message may, and must not keep a row from being written.
        Self::Text(value.map(|text| text.replace('\0', "\u{fffd}")))
    }
}

impl From<&Sealed> for Arg {
    fn from(value: &Sealed) -> Self {
        Self::from(Some(value))
    }
}

impl From<Option<&Sealed>> for Arg {
    fn from(value: Option<&Sealed>) -> Self {
        Self::Bytes(value.map(|sealed| sealed.as_bytes().to_vec()))
    }
}

macro_rules! id_args {
    ($($id:ty),+) => {$(
        impl From<$id> for Arg {
            fn from(value: $id) -> Self {
                Self::Text(Some(value.to_string()))
            }
        }

        impl From<Option<$id>> for Arg {
            fn from(value: Option<$id>) -> Self {
                Self::Text(value.map(|id| id.to_string()))
            }
        }
    )+};
}
id_args!(
    ConnectionId,
    CourseId,
    PlatformId,
    GroupId,
    HolidayId,
    PlanId,
    ResetId,
    RunId,
    ScheduleId,
    LabId,
    MachineId,
    DraftId,
    MailId,
    TokenId,
    OperationId,
    OrganisationId,
    PersonId,
    UserId
);

/// Declares what both drivers read a row into: a field from the column of its name, and the last, after
/// two dots, from columns of its own. The library could derive that, and would have both drivers compiled
/// a second time for it.
macro_rules! row {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $($field:ident: $type:ty,)*
            $(..$rest:ident: $rest_type:ty,)?
        }
    ) => {
        $(#[$meta])*
        $vis struct $name {
            $($field: $type,)*
            $($rest: $rest_type,)?
        }

        impl<'r, R> sqlx::FromRow<'r, R> for $name
        where
            R: sqlx::Row,
            &'static str: sqlx::ColumnIndex<R>,
            $($type: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,)*
        {
            fn from_row(row: &'r R) -> sqlx::Result<Self> {
                Ok(Self {
                    $($field: row.try_get(stringify!($field))?,)*
                    $($rest: <$rest_type>::from_row(row)?,)?
                })
            }
        }
    };
}
pub(crate) use row;

/// What both drivers can read a row into.
pub(crate) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{}

/// A transaction of one of the two databases; dropped, it is rolled back.
pub(crate) enum Driver {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// A driver's transaction, with what is known about it.
pub(crate) struct Db {
    driver: Driver,
    writes: bool,
    broken: bool,
}

impl Db {
    /// A transaction that only reads.
    pub fn reading(driver: Driver) -> Self {
        Self {
            driver,
            writes: false,
            broken: false,
        }
    }

    /// A transaction that writes.
    pub fn writing(driver: Driver) -> Self {
        Self {
            driver,
            writes: true,
            broken: false,
        }
    }

    /// Every row that `statement` gives.
    pub async fn fetch_all<T: Row>(
        &mut self,
        statement: Statement,
        args: Vec<Arg>,
    ) -> StoreResult<Vec<T>> {
        let sql = self.text_of(statement)?;
        let result = match &mut self.driver {
            Driver::Sqlite(tx) => {
                sqlx::query_as_with::<Sqlite, T, _>(sql, sqlite_arguments(args)?)
                    .fetch_all(&mut **tx)
                    .await
            }
            Driver::Postgres(tx) => {
                sqlx::query_as_with::<Postgres, T, _>(sql, postgres_arguments(args)?)
                    .fetch_all(&mut **tx)
                    .await
            }
        };
        self.noted(result)
    }

    /// The one row that `statement` gives, if it gives one.
    pub async fn fetch_optional<T: Row>(
        &mut self,
        statement: Statement,
        args: Vec<Arg>,
    ) -> StoreResult<Option<T>> {
        let sql = self.text_of(statement)?;
        let result = match &mut self.driver {
            Driver::Sqlite(tx) => {
                sqlx::query_as_with::<Sqlite, T, _>(sql, sqlite_arguments(args)?)
                    .fetch_optional(&mut **tx)
                    .await
            }
            Driver::Postgres(tx) => {
                sqlx::query_as_with::<Postgres, T, _>(sql, postgres_arguments(args)?)
                    .fetch_optional(&mut **tx)
                    .await
            }
        };
        self.noted(result)
    }

    /// Runs `statement`; how many rows it changed.
    pub async fn execute(&mut self, statement: Statement, args: Vec<Arg>) -> StoreResult<u64> {
        let sql = self.text_of(statement)?;
        let result = match &mut self.driver {
            Driver::Sqlite(tx) => sqlx::query_with::<Sqlite, _>(sql, sqlite_arguments(args)?)
                .execute(&mut **tx)
                .await
                .map(|done| done.rows_affected()),
            Driver::Postgres(tx) => sqlx::query_with::<Postgres, _>(sql, postgres_arguments(args)?)
                .execute(&mut **tx)
                .await
                .map(|done| done.rows_affected()),
        };
        self.noted(result)
    }

    /// Ends the transaction and keeps what it did.
    pub async fn commit(self) -> StoreResult<()> {
        self.check()?;
        match self.driver {
            Driver::Sqlite(tx) => tx.commit().await,
            Driver::Postgres(tx) => tx.commit().await,
        }
        .map_err(failure)
    }

    fn text_of(&self, statement: Statement) -> StoreResult<&'static str> {
        self.check()?;
        Ok(match self.driver {
            Driver::Postgres(_) if self.writes => statement.locking,
            _ => statement.plain,
        })
    }

    /// PostgreSQL gives a transaction up after any error, and answers its commit with a rollback
    /// that looks like success; SQLite would go on with half of the changes. Neither happens here.
    fn check(&self) -> StoreResult<()> {
        if self.broken {
            Err(failure::defect("the transaction failed before"))
        } else {
            Ok(())
        }
    }

    fn noted<T>(&mut self, result: Result<T, sqlx::Error>) -> StoreResult<T> {
        self.broken |= result.is_err();
        result.map_err(failure)
    }

    /// Refuses what the caller asks for, and gives the transaction up as any other error does.
    pub fn refuse(&mut self, sentence: &str) -> StoreError {
        self.give_up(StoreError::Conflict(sentence.to_owned()))
    }

    /// Gives the transaction up for this reason.
    pub fn give_up(&mut self, error: StoreError) -> StoreError {
        self.broken = true;
        error
    }
}

fn sqlite_arguments(args: Vec<Arg>) -> StoreResult<SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    for arg in args {
        match arg {
            Arg::Int(value) => arguments.add(value),
            Arg::Text(value) => arguments.add(value),
            Arg::Bytes(value) => arguments.add(value),
        }
        .map_err(StoreError::Internal)?;
    }
    Ok(arguments)
}

fn postgres_arguments(args: Vec<Arg>) -> StoreResult<PgArguments> {
    let mut arguments = PgArguments::default();
    for arg in args {
        match arg {
            Arg::Int(value) => arguments.add(value),
            Arg::Text(value) => arguments.add(value),
            Arg::Bytes(value) => arguments.add(value),
        }
        .map_err(StoreError::Internal)?;
    }
    Ok(arguments)
}
