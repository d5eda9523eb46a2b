//! Stretches of running, and the resets of what was used.

use domain::id::{LabId, MachineId, ResetId, UserId};
use domain::meter::{Reset, Run, Stretch, Undone};
use domain::time::Timestamp;
use service::store::{ResetRow, StoreResult};

use crate::codes::{Code as _, choice, optional};
use crate::columns::{id, optional_count, optional_id, optional_time, time, unparsed};
use crate::db::{Db, args, row, statements};

macro_rules! columns {
    () => {
        "id, machine, kind, lab_user, started_at, stopped_at, cause, by_person, stop_reason, stop_minutes"
    };
}

statements! {
    OF_USER = "SELECT ", columns!(), " FROM runs WHERE lab_user = $1 ORDER BY started_at, id";
    STRETCHES_OF_LAB = "SELECT lab_user, kind, cause,
            string_agg(CAST(started_at AS TEXT) || ':' || COALESCE(CAST(stopped_at AS TEXT), ''), ',') AS times
        FROM runs WHERE lab = $1 GROUP BY lab_user, kind, cause";
    LATEST = "SELECT ", columns!(), " FROM runs WHERE lab = $1 ORDER BY started_at DESC, id DESC LIMIT $2";
    OPEN [locks] = "SELECT ", columns!(), " FROM runs WHERE machine = $1 AND stopped_at IS NULL";
    INSERT = "INSERT INTO runs (", columns!(), ", lab)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    END = "UPDATE runs SET stopped_at = $2, stop_reason = $3, stop_minutes = $4 WHERE id = $1";
    RESETS_OF_USER = "SELECT id, lab_user, counts_from, made_at, made_by, undone_at, undone_by
        FROM resets WHERE lab_user = $1 ORDER BY made_at, id";
    RESETS_OF_LAB = "SELECT id, lab_user, counts_from, made_at, made_by, undone_at, undone_by
        FROM resets WHERE lab_user IN (SELECT id FROM users WHERE lab = $1) ORDER BY made_at, id";
    INSERT_RESET = "INSERT INTO resets (id, lab_user, counts_from, made_at, made_by, undone_at, undone_by)
        VALUES ($1, $2, $3, $4, $5, NULL, NULL)";
    UNDO_RESET = "UPDATE resets SET undone_at = $3, undone_by = $4
        WHERE id = $1 AND lab_user = $2 AND undone_at IS NULL";
}

row! {
    struct RunRow {
        id: String,
        machine: String,
        kind: String,
        lab_user: Option<String>,
        started_at: i64,
        stopped_at: Option<i64>,
        cause: String,
        by_person: Option<String>,
        stop_reason: Option<String>,
        stop_minutes: Option<i64>,
    }
}

fn to_run(row: RunRow) -> StoreResult<Run> {
    Ok(Run {
        id: id("runs.id", &row.id)?,
        machine: id("runs.machine", &row.machine)?,
        kind: choice("runs.kind", &row.kind)?,
        user: optional_id("runs.lab_user", row.lab_user.as_deref())?,
        started_at: time(row.started_at),
        stopped_at: optional_time(row.stopped_at),
        cause: choice("runs.cause", &row.cause)?,
        by: optional_id("runs.by_person", row.by_person.as_deref())?,
        stop_reason: optional("runs.stop_reason", row.stop_reason.as_deref())?,
        stop_minutes: optional_count("runs.stop_minutes", row.stop_minutes)?,
    })
}

row! {
    struct ResetColumns {
        id: String,
        lab_user: String,
        counts_from: i64,
        made_at: i64,
        made_by: String,
        undone_at: Option<i64>,
        undone_by: Option<String>,
    }
}

fn to_reset(row: ResetColumns) -> StoreResult<ResetRow> {
    let undone_by = optional_id("resets.undone_by", row.undone_by.as_deref())?;
    Ok(ResetRow {
        user: id("resets.lab_user", &row.lab_user)?,
        reset: Reset {
            id: id("resets.id", &row.id)?,
            at: time(row.counts_from),
            made_at: time(row.made_at),
            by: id("resets.made_by", &row.made_by)?,
            undone: optional_time(row.undone_at)
                .zip(undone_by)
                .map(|(at, by)| Undone { at, by }),
        },
    })
}

pub(crate) async fn of_user(db: &mut Db, user: UserId) -> StoreResult<Vec<Run>> {
    let rows = db.fetch_all(OF_USER, args![user]).await?;
    rows.into_iter().map(to_run).collect()
}

row! {
    /// What one user's machines ran, of one kind and for one cause, in one row: reading a row costs more
    /// than what is in it, and a large lab has tens of thousands of runs.
    struct StretchesRow {
        lab_user: Option<String>,
        kind: String,
        cause: String,
        // `START:STOP,START:,…`, in microseconds.
        times: String,
    }
}

pub(crate) async fn stretches_of_lab(db: &mut Db, lab: LabId) -> StoreResult<Vec<Stretch>> {
    let rows: Vec<StretchesRow> = db.fetch_all(STRETCHES_OF_LAB, args![lab]).await?;
    let mut all = Vec::new();
    for row in rows {
        let user = optional_id("runs.lab_user", row.lab_user.as_deref())?;
        let kind = choice("runs.kind", &row.kind)?;
        let cause = choice("runs.cause", &row.cause)?;
        for times in row.times.split(',') {
            let (started_at, stopped_at) = stretch(times)?;
            all.push(Stretch {
                user,
                kind,
                cause,
                started_at,
                stopped_at,
            });
        }
    }
    Ok(all)
}

/// Reads `START:STOP`, or `START:` of a run that has not ended.
fn stretch(times: &str) -> StoreResult<(Timestamp, Option<Timestamp>)> {
    let column = "runs.started_at, stopped_at";
    let read = |text: &str| text.parse().map(time).map_err(|e| unparsed(column, e));
    let (started_at, stopped_at) = times
        .split_once(':')
        .ok_or_else(|| unparsed(column, "there is no border"))?;
    let stopped_at = match stopped_at {
        "" => None,
        text => Some(read(text)?),
    };
    Ok((read(started_at)?, stopped_at))
}

pub(crate) async fn latest(db: &mut Db, lab: LabId, limit: u32) -> StoreResult<Vec<Run>> {
    let rows = db.fetch_all(LATEST, args![lab, limit]).await?;
    rows.into_iter().map(to_run).collect()
}

pub(crate) async fn open(db: &mut Db, machine: MachineId) -> StoreResult<Option<Run>> {
    let row = db.fetch_optional(OPEN, args![machine]).await?;
    row.map(to_run).transpose()
}

pub(crate) async fn insert(db: &mut Db, lab: LabId, run: &Run) -> StoreResult<()> {
    let args = args![
        run.id,
        run.machine,
        run.kind.code(),
        run.user,
        run.started_at,
        run.stopped_at,
        run.cause.code(),
        run.by,
        run.stop_reason.map(|reason| reason.code()),
        run.stop_minutes,
        lab,
    ];
    db.execute(INSERT, args).await.map(drop)
}

pub(crate) async fn end(db: &mut Db, run: &Run) -> StoreResult<()> {
    let args = args![
        run.id,
        run.stopped_at,
        run.stop_reason.map(|reason| reason.code()),
        run.stop_minutes,
    ];
    db.execute(END, args).await.map(drop)
}

pub(crate) async fn resets_of_user(db: &mut Db, user: UserId) -> StoreResult<Vec<Reset>> {
    let rows = db.fetch_all(RESETS_OF_USER, args![user]).await?;
    rows.into_iter()
        .map(|row| to_reset(row).map(|row| row.reset))
        .collect()
}

pub(crate) async fn resets_of_lab(db: &mut Db, lab: LabId) -> StoreResult<Vec<ResetRow>> {
    let rows = db.fetch_all(RESETS_OF_LAB, args![lab]).await?;
    rows.into_iter().map(to_reset).collect()
}

pub(crate) async fn insert_reset(db: &mut Db, user: UserId, reset: &Reset) -> StoreResult<()> {
    let args = args![reset.id, user, reset.at, reset.made_at, reset.by];
    db.execute(INSERT_RESET, args).await.map(drop)
}

pub(crate) async fn undo_reset(
    db: &mut Db,
    user: UserId,
    id: ResetId,
    undone: Undone,
) -> StoreResult<bool> {
    let args = args![id, user, undone.at, undone.by];
    Ok(db.execute(UNDO_RESET, args).await? > 0)
}
