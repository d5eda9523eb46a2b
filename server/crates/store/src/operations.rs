//! Operations: work that outlasts a request.

use domain::id::{LabId, OperationId};
use domain::operation::Operation;
use service::store::StoreResult;

use crate::codes::{Code as _, choice};
use crate::columns::{count, id, optional_id, optional_time, time};
use crate::db::{Db, args, statements};

macro_rules! columns {
    () => {
        "id, kind, lab, machine, status, done, total, error, asked_by, started_at, ended_at"
    };
}

statements! {
    OPERATION [locks] = "SELECT ", columns!(), " FROM operations WHERE id = $1";
    OPERATIONS [locks] = "SELECT ", columns!(), " FROM operations WHERE lab = $1
        ORDER BY started_at DESC, id DESC LIMIT $2";
    INSERT = "INSERT INTO operations (", columns!(), ")
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    SAVE = "UPDATE operations SET status = $2, done = $3, total = $4, error = $5, ended_at = $6
        WHERE id = $1";
}

#[derive(sqlx::FromRow)]
struct OperationRow {
    id: String,
    kind: String,
    lab: String,
    machine: Option<String>,
    status: String,
    done: i64,
    total: i64,
    error: Option<String>,
    asked_by: Option<String>,
    started_at: i64,
    ended_at: Option<i64>,
}

fn to_operation(row: OperationRow) -> StoreResult<Operation> {
    Ok(Operation {
        id: id("operations.id", &row.id)?,
        kind: choice("operations.kind", &row.kind)?,
        lab: id("operations.lab", &row.lab)?,
        machine: optional_id("operations.machine", row.machine.as_deref())?,
        status: choice("operations.status", &row.status)?,
        done: count("operations.done", row.done)?,
        total: count("operations.total", row.total)?,
        error: row.error,
        by: optional_id("operations.asked_by", row.asked_by.as_deref())?,
        started_at: time(row.started_at),
        ended_at: optional_time(row.ended_at),
    })
}

pub(crate) async fn operation(db: &mut Db, id: OperationId) -> StoreResult<Option<Operation>> {
    let row = db.fetch_optional(OPERATION, args![id]).await?;
    row.map(to_operation).transpose()
}

pub(crate) async fn operations(db: &mut Db, lab: LabId, limit: u32) -> StoreResult<Vec<Operation>> {
    let rows = db.fetch_all(OPERATIONS, args![lab, limit]).await?;
    rows.into_iter().map(to_operation).collect()
}

pub(crate) async fn insert(db: &mut Db, operation: &Operation) -> StoreResult<()> {
    let args = args![
        operation.id,
        operation.kind.code(),
        operation.lab,
        operation.machine,
        operation.status.code(),
        operation.done,
        operation.total,
        operation.error.as_deref(),
        operation.by,
        operation.started_at,
        operation.ended_at,
    ];
    db.execute(INSERT, args).await.map(drop)
}

/// Writes back what may change: how far it is, and how it ended.
pub(crate) async fn save(db: &mut Db, operation: &Operation) -> StoreResult<()> {
    let args = args![
        operation.id,
        operation.status.code(),
        operation.done,
        operation.total,
        operation.error.as_deref(),
        operation.ended_at,
    ];
    match db.execute(SAVE, args).await? {
        0 => Err(db.refuse("This operation does not exist any more.")),
        _ => Ok(()),
    }
}
