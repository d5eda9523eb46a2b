//! Who is due, who comes first, and who has been leased to a process.
//!
//! The queue is ordered by how urgent a machine's work is, then by how long it has been due. A lease
//! that has run out is none. The three ranks are asked for one by one, because only so does the
//! index lead straight to what is due among many rows that are not yet.

use std::collections::HashMap;

use domain::decide::Urgency;
use domain::id::{LabId, MachineId};
use domain::machine::Machine;
use domain::time::Timestamp;
use service::store::StoreResult;

use crate::columns::{count, id, optional_time};
use crate::db::{Db, args, statements};
use crate::machines::{MachineRow, machine_columns, to_machine};

const RANKS: [Urgency; 3] = [Urgency::Delete, Urgency::Person, Urgency::Pool];

/// The earliest due time of a rank, among the machines that are not leased.
macro_rules! earliest {
    ($rank:literal) => {
        concat!(
            "SELECT * FROM (SELECT due_at AS at FROM machines WHERE rank = ",
            $rank,
            " AND due_at IS NOT NULL AND lease_until IS NULL ORDER BY due_at LIMIT 1) AS rank_",
            $rank
        )
    };
}

/// How many machines of a rank wait before the machine called `me`.
macro_rules! before {
    ($rank:literal) => {
        concat!(
            "(SELECT COUNT(*) FROM machines AS other WHERE other.rank = ",
            $rank,
            " AND other.due_at <= $2 AND (other.lease_until IS NULL OR other.lease_until < $2)
                AND (other.rank, other.due_at, other.id) < (me.rank, me.due_at, me.id))"
        )
    };
}

statements! {
    DUE_MACHINES = "SELECT ", machine_columns!(), " FROM machines
        WHERE rank = $1 AND due_at <= $2 AND (lease_until IS NULL OR lease_until < $2)
        ORDER BY due_at, id LIMIT $3";
    DUE_LABS = "SELECT id FROM labs
        WHERE due_at <= $1 AND (lease_until IS NULL OR lease_until < $1)
        ORDER BY due_at, id LIMIT $2";
    // What is leased is free again a microsecond after its lease has run out.
    NEXT_DUE = "SELECT MIN(at) FROM (",
        earliest!(0), " UNION ALL ", earliest!(1), " UNION ALL ", earliest!(2),
        " UNION ALL SELECT CASE WHEN due_at > lease_until THEN due_at ELSE lease_until + 1 END AS at
            FROM machines WHERE due_at IS NOT NULL AND lease_until IS NOT NULL
          UNION ALL SELECT CASE WHEN lease_until IS NULL OR due_at > lease_until
                THEN due_at ELSE lease_until + 1 END AS at
            FROM labs WHERE due_at IS NOT NULL
        ) AS due";
    POSITION = "SELECT ", before!(0), " + ", before!(1), " + ", before!(2), " FROM machines AS me
        WHERE me.id = $1 AND me.due_at <= $2 AND (me.lease_until IS NULL OR me.lease_until < $2)";
    POSITIONS = "SELECT id, place FROM (
            SELECT id, lab, ROW_NUMBER() OVER (ORDER BY rank, due_at, id) - 1 AS place FROM machines
            WHERE due_at <= $2 AND (lease_until IS NULL OR lease_until < $2)
        ) AS queue WHERE lab = $1";
    NUDGE_MACHINE = "UPDATE machines SET due_at = $2 WHERE id = $1 AND (due_at IS NULL OR due_at > $2)";
    NUDGE_LAB = "UPDATE labs SET due_at = $2 WHERE id = $1 AND (due_at IS NULL OR due_at > $2)";
    REST_LAB = "UPDATE labs SET due_at = NULL WHERE id = $1";
    // A row that another transaction is changing right now is left alone: leasing takes many rows in
    // the order of the queue, and would wait in a circle with who takes them in the order of seats.
    LEASABLE_MACHINE [skips] = "SELECT id FROM machines WHERE id = $1 AND (lease_by = $2
        OR (due_at <= $3 AND (lease_until IS NULL OR lease_until < $3)))";
    LEASE_MACHINE = "UPDATE machines SET lease_by = $2, lease_until = $3 WHERE id = $1";
    LEASABLE_LAB [skips] = "SELECT id FROM labs WHERE id = $1 AND (lease_by = $2
        OR (due_at <= $3 AND (lease_until IS NULL OR lease_until < $3)))";
    LEASE_LAB = "UPDATE labs SET lease_by = $2, lease_until = $3 WHERE id = $1";
    RELEASE_MACHINE = "UPDATE machines SET lease_by = NULL, lease_until = NULL
        WHERE id = $1 AND lease_by = $2";
    RELEASE_LAB = "UPDATE labs SET lease_by = NULL, lease_until = NULL
        WHERE id = $1 AND lease_by = $2";
    RELEASE_MACHINES = "UPDATE machines SET lease_by = NULL, lease_until = NULL
        WHERE lease_until IS NOT NULL";
    RELEASE_LABS = "UPDATE labs SET lease_by = NULL, lease_until = NULL
        WHERE lease_until IS NOT NULL";
}

pub(crate) async fn due_machines(
    db: &mut Db,
    now: Timestamp,
    limit: u32,
) -> StoreResult<Vec<Machine>> {
    let mut due = Vec::new();
    let mut left = limit;
    for urgency in RANKS {
        if left == 0 {
            break;
        }
        let args = args![urgency.rank(), now, left];
        let rows: Vec<MachineRow> = db.fetch_all(DUE_MACHINES, args).await?;
        left = left.saturating_sub(count(
            "count",
            i64::try_from(rows.len()).unwrap_or(i64::MAX),
        )?);
        for row in rows {
            due.push(to_machine(row)?);
        }
    }
    Ok(due)
}

pub(crate) async fn due_labs(db: &mut Db, now: Timestamp, limit: u32) -> StoreResult<Vec<LabId>> {
    let rows: Vec<(String,)> = db.fetch_all(DUE_LABS, args![now, limit]).await?;
    rows.into_iter().map(|(lab,)| id("labs.id", &lab)).collect()
}

pub(crate) async fn next_due(db: &mut Db) -> StoreResult<Option<Timestamp>> {
    let row: Option<(Option<i64>,)> = db.fetch_optional(NEXT_DUE, args![]).await?;
    Ok(optional_time(row.and_then(|(at,)| at)))
}

pub(crate) async fn position(
    db: &mut Db,
    machine: MachineId,
    now: Timestamp,
) -> StoreResult<Option<u32>> {
    let row: Option<(i64,)> = db.fetch_optional(POSITION, args![machine, now]).await?;
    row.map(|(before,)| count("count", before)).transpose()
}

pub(crate) async fn positions(
    db: &mut Db,
    lab: LabId,
    now: Timestamp,
) -> StoreResult<HashMap<MachineId, u32>> {
    let rows: Vec<(String, i64)> = db.fetch_all(POSITIONS, args![lab, now]).await?;
    rows.into_iter()
        .map(|(machine, place)| Ok((id("machines.id", &machine)?, count("place", place)?)))
        .collect()
}

pub(crate) async fn nudge_machine(
    db: &mut Db,
    machine: MachineId,
    due: Timestamp,
) -> StoreResult<()> {
    db.execute(NUDGE_MACHINE, args![machine, due])
        .await
        .map(drop)
}

pub(crate) async fn nudge_lab(db: &mut Db, lab: LabId, due: Timestamp) -> StoreResult<()> {
    db.execute(NUDGE_LAB, args![lab, due]).await.map(drop)
}

pub(crate) async fn rest_lab(db: &mut Db, lab: LabId) -> StoreResult<()> {
    db.execute(REST_LAB, args![lab]).await.map(drop)
}

pub(crate) async fn lease_machine(
    db: &mut Db,
    machine: MachineId,
    holder: &str,
    now: Timestamp,
    until: Timestamp,
) -> StoreResult<bool> {
    let args = args![machine, holder, now];
    let leasable: Option<(String,)> = db.fetch_optional(LEASABLE_MACHINE, args).await?;
    if leasable.is_some() {
        db.execute(LEASE_MACHINE, args![machine, holder, until])
            .await?;
    }
    Ok(leasable.is_some())
}

pub(crate) async fn lease_lab(
    db: &mut Db,
    lab: LabId,
    holder: &str,
    now: Timestamp,
    until: Timestamp,
) -> StoreResult<bool> {
    let args = args![lab, holder, now];
    let leasable: Option<(String,)> = db.fetch_optional(LEASABLE_LAB, args).await?;
    if leasable.is_some() {
        db.execute(LEASE_LAB, args![lab, holder, until]).await?;
    }
    Ok(leasable.is_some())
}

pub(crate) async fn release_machine(
    db: &mut Db,
    machine: MachineId,
    holder: &str,
) -> StoreResult<()> {
    db.execute(RELEASE_MACHINE, args![machine, holder])
        .await
        .map(drop)
}

pub(crate) async fn release_lab(db: &mut Db, lab: LabId, holder: &str) -> StoreResult<()> {
    db.execute(RELEASE_LAB, args![lab, holder]).await.map(drop)
}

pub(crate) async fn release_all(db: &mut Db) -> StoreResult<()> {
    db.execute(RELEASE_MACHINES, args![]).await?;
    db.execute(RELEASE_LABS, args![]).await.map(drop)
}
