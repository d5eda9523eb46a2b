//! Labs that take their lists over from groups, and who leaves those lists.

use std::collections::HashMap;

use domain::id::{LabId, UserId};
use domain::time::Timestamp;
use service::store::{Roster, StoreResult};

use crate::columns::{count, id, optional_time, time};
use crate::db::{Db, args, statements};

statements! {
    ROSTER [locks] = "SELECT lab, grace_days, due_at, whole_at, mark, synced_at, outcome, failed
        FROM rosters WHERE lab = $1";
    DUE = "SELECT lab FROM rosters
        WHERE due_at <= $1 AND (lease_until IS NULL OR lease_until < $1) ORDER BY due_at, lab LIMIT $2";
    NEXT = "SELECT MIN(due) FROM (
            SELECT CASE WHEN lease_until > due_at THEN lease_until ELSE due_at END AS due FROM rosters
            UNION ALL SELECT leaves_at FROM leavers) AS times";
    SAVE = "INSERT INTO rosters (lab, grace_days, due_at, whole_at, mark, synced_at, outcome, failed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (lab) DO UPDATE SET grace_days = $2, due_at = $3, whole_at = $4, mark = $5,
            synced_at = $6, outcome = $7, failed = $8";
    REMOVE = "DELETE FROM rosters WHERE lab = $1";
    LEASABLE [skips] = "SELECT lab FROM rosters
        WHERE lab = $1 AND due_at <= $2 AND (lease_until IS NULL OR lease_until < $2)";
    LEASE = "UPDATE rosters SET lease_by = $2, lease_until = $3 WHERE lab = $1";
    RELEASE = "UPDATE rosters SET lease_by = NULL, lease_until = NULL WHERE lab = $1 AND lease_by = $2";
    LEAVERS = "SELECT lab_user, leaves_at FROM leavers WHERE lab = $1";
    LABS_WITH_LEAVERS = "SELECT lab FROM leavers WHERE leaves_at <= $1
        GROUP BY lab ORDER BY MIN(leaves_at), lab LIMIT $2";
    SET_LEAVER = "INSERT INTO leavers (lab_user, lab, leaves_at) VALUES ($1, $2, $3)
        ON CONFLICT (lab_user) DO UPDATE SET leaves_at = $3";
    REMOVE_LEAVER = "DELETE FROM leavers WHERE lab_user = $1";
    REMOVE_LEAVERS = "DELETE FROM leavers WHERE lab = $1";
}

type RosterRow = (
    String,
    i64,
    i64,
    i64,
    Option<String>,
    Option<i64>,
    Option<String>,
    i64,
);

pub(crate) async fn roster(db: &mut Db, lab: LabId) -> StoreResult<Option<Roster>> {
    let row: Option<RosterRow> = db.fetch_optional(ROSTER, args![lab]).await?;
    row.map(
        |(lab, grace, due_at, whole_at, mark, synced_at, outcome, failed)| {
            Ok(Roster {
                lab: id("rosters.lab", &lab)?,
                grace_days: count("rosters.grace_days", grace)?,
                due_at: time(due_at),
                whole_at: time(whole_at),
                mark,
                synced_at: optional_time(synced_at),
                outcome,
                failed: failed != 0,
            })
        },
    )
    .transpose()
}

pub(crate) async fn due(db: &mut Db, now: Timestamp, limit: u32) -> StoreResult<Vec<LabId>> {
    let rows: Vec<(String,)> = db.fetch_all(DUE, args![now, limit]).await?;
    rows.into_iter()
        .map(|(lab,)| id("rosters.lab", &lab))
        .collect()
}

pub(crate) async fn next(db: &mut Db) -> StoreResult<Option<Timestamp>> {
    let row: Option<(Option<i64>,)> = db.fetch_optional(NEXT, args![]).await?;
    Ok(optional_time(row.and_then(|(at,)| at)))
}

pub(crate) async fn save(db: &mut Db, lab: LabId, roster: &Roster) -> StoreResult<()> {
    let args = args![
        lab,
        roster.grace_days,
        roster.due_at,
        roster.whole_at,
        roster.mark.as_deref(),
        roster.synced_at,
        roster.outcome.as_deref(),
        roster.failed,
    ];
    db.execute(SAVE, args).await.map(drop)
}

pub(crate) async fn remove(db: &mut Db, lab: LabId) -> StoreResult<()> {
    db.execute(REMOVE, args![lab]).await?;
    db.execute(REMOVE_LEAVERS, args![lab]).await.map(drop)
}

pub(crate) async fn lease(
    db: &mut Db,
    lab: LabId,
    holder: &str,
    now: Timestamp,
    until: Timestamp,
) -> StoreResult<bool> {
    let leasable: Option<(String,)> = db.fetch_optional(LEASABLE, args![lab, now]).await?;
    if leasable.is_some() {
        db.execute(LEASE, args![lab, holder, until]).await?;
    }
    Ok(leasable.is_some())
}

pub(crate) async fn release(db: &mut Db, lab: LabId, holder: &str) -> StoreResult<()> {
    db.execute(RELEASE, args![lab, holder]).await.map(drop)
}

pub(crate) async fn leavers(db: &mut Db, lab: LabId) -> StoreResult<HashMap<UserId, Timestamp>> {
    let rows: Vec<(String, i64)> = db.fetch_all(LEAVERS, args![lab]).await?;
    rows.into_iter()
        .map(|(user, at)| Ok((id("leavers.lab_user", &user)?, time(at))))
        .collect()
}

pub(crate) async fn labs_with_leavers(
    db: &mut Db,
    now: Timestamp,
    limit: u32,
) -> StoreResult<Vec<LabId>> {
    let rows: Vec<(String,)> = db.fetch_all(LABS_WITH_LEAVERS, args![now, limit]).await?;
    rows.into_iter()
        .map(|(lab,)| id("leavers.lab", &lab))
        .collect()
}

pub(crate) async fn set_leaver(
    db: &mut Db,
    lab: LabId,
    user: UserId,
    leaves_at: Option<Timestamp>,
) -> StoreResult<()> {
    match leaves_at {
        Some(at) => db.execute(SET_LEAVER, args![user, lab, at]).await,
        None => db.execute(REMOVE_LEAVER, args![user]).await,
    }
    .map(drop)
}
