//! Operations: work that outlasts a request.

use domain::id::{LabId, OperationId};
use domain::image::ImageName;
use domain::operation::Operation;
use domain::time::Timestamp;
use service::store::StoreResult;

use crate::codes::{Code, choice, optional};
use crate::columns::{count, id, optional_id, optional_time, parsed, time};
use crate::db::{Db, args, row, statements};

macro_rules! columns {
    () => {
        "id, kind, lab, machine, status, done, total, error, asked_by, started_at, ended_at, lab_user, \
         image, plan, code"
    };
}

statements! {
    OPERATION [locks] = "SELECT ", columns!(), " FROM operations WHERE id = $1";
    OPERATIONS [locks] = "SELECT ", columns!(), " FROM operations
        WHERE lab = $1 AND machine IS NULL AND lab_user IS NULL AND image IS NULL
        ORDER BY started_at DESC, id DESC LIMIT $2";
    INSERT = "INSERT INTO operations (", columns!(), ")
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    SAVE = "UPDATE operations SET status = $2, done = $3, total = $4, error = $5, ended_at = $6, code = $7
        WHERE id = $1";
    OPEN = "SELECT ", columns!(), " FROM operations
        WHERE lab = $1 AND status = 'InProgress' ORDER BY started_at, id";
    FORGET = "DELETE FROM operations WHERE ended_at < $1";
}

row! {
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
        lab_user: Option<String>,
        image: Option<String>,
        plan: Option<String>,
        code: Option<String>,
    }
}

fn to_operation(row: OperationRow) -> StoreResult<Operation> {
    Ok(Operation {
        id: id("operations.id", &row.id)?,
        kind: choice("operations.kind", &row.kind)?,
        lab: id("operations.lab", &row.lab)?,
        machine: optional_id("operations.machine", row.machine.as_deref())?,
        user: optional_id("operations.lab_user", row.lab_user.as_deref())?,
        image: match (&row.image, &row.plan) {
            (Some(image), Some(plan)) => Some((
                parsed("operations.image", ImageName::parse(image))?,
                id("operations.plan", plan)?,
            )),
            _ => None,
        },
        status: choice("operations.status", &row.status)?,
        done: count("operations.done", row.done)?,
        total: count("operations.total", row.total)?,
        error: row.error,
        code: optional("operations.code", row.code.as_deref())?,
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

/// What is under way on a lab, its machines, users and images, the oldest first.
pub(crate) async fn open(db: &mut Db, lab: LabId) -> StoreResult<Vec<Operation>> {
    let rows = db.fetch_all(OPEN, args![lab]).await?;
    rows.into_iter().map(to_operation).collect()
}

pub(crate) async fn forget(db: &mut Db, before: Timestamp) -> StoreResult<()> {
    db.execute(FORGET, args![before]).await.map(drop)
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
        operation.user,
        operation.image.as_ref().map(|(name, _)| name.as_str()),
        operation.image.as_ref().map(|(_, plan)| *plan),
        operation.code.map(Code::code),
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
        operation.code.map(Code::code),
    ];
    match db.execute(SAVE, args).await? {
        0 => Err(db.refuse("This operation does not exist any more.")),
        _ => Ok(()),
    }
}
