//! What is known about the use of machines that run, and who is connected to them.

use std::time::Duration;

use domain::id::{ConnectionId, LabId, MachineId};
use domain::name::Hostname;
use domain::time::Timestamp;
use service::store::{Measured, StoreResult, Watch, Watched};

use crate::columns::{count, id, optional_time, parsed, time};
use crate::db::{Db, args, row, statements};

macro_rules! columns {
    () => {
        "machine, class_begins_at, last_connect, last_disconnect, last_input, last_busy, \
         informed_since, silent_since, stay, cpu, disk, measured_at"
    };
}

statements! {
    WATCH [locks] = "SELECT ", columns!(), " FROM watches WHERE machine = $1";
    WATCHES = "SELECT ", columns!(), " FROM watches ORDER BY machine";
    WATCHED = "SELECT machines.id, machines.hostname, machines.lab FROM watches
        JOIN machines ON machines.id = watches.machine ORDER BY machines.id";
    // The lab's machines come together, so that what the lab knows is asked for once.
    DUE = "SELECT machines.lab, machines.id FROM watches JOIN machines ON machines.id = watches.machine
        WHERE watches.due_at <= $1 ORDER BY watches.due_at LIMIT $2";
    NEXT = "SELECT MIN(due_at) FROM watches WHERE due_at IS NOT NULL";
    DUE_MACHINE [locks] = "SELECT machine FROM watches WHERE machine = $1 AND due_at <= $2";
    SAVE = "INSERT INTO watches (", columns!(), ", due_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (machine) DO UPDATE SET class_begins_at = $2, last_connect = $3,
            last_disconnect = $4, last_input = $5, last_busy = $6, informed_since = $7,
            silent_since = $8, stay = $9, cpu = $10, disk = $11, measured_at = $12, due_at = $13";
    MEASURE = "UPDATE watches SET last_input = $2, last_busy = $3, informed_since = $4,
            silent_since = $5, cpu = $6, disk = $7, measured_at = $8
        WHERE machine = $1";
    REMOVE = "DELETE FROM watches WHERE machine = $1";
    NUDGE = "UPDATE watches SET due_at = $2 WHERE machine = $1 AND (due_at IS NULL OR due_at > $2)";
    NUDGE_LAB = "UPDATE watches SET due_at = $2
        WHERE machine IN (SELECT id FROM machines WHERE lab = $1) AND (due_at IS NULL OR due_at > $2)";
    CONNECTIONS = "SELECT COUNT(*) FROM connections WHERE machine = $1";
    INSERT_CONNECTION = "INSERT INTO connections (id, machine, gateway, opened_at)
        VALUES ($1, $2, $3, $4)";
    MACHINE_OF = "SELECT machine FROM connections WHERE id = $1";
    REMOVE_CONNECTION = "DELETE FROM connections WHERE id = $1";
    HEAR = "INSERT INTO gateways (name, heard_at) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET heard_at = $2";
    LOST = "SELECT name FROM gateways WHERE heard_at < $1 ORDER BY name";
    MACHINES_OF_GATEWAY = "SELECT DISTINCT machine FROM connections WHERE gateway = $1 ORDER BY machine";
    FORGET_CONNECTIONS = "DELETE FROM connections WHERE gateway = $1";
    FORGET_GATEWAY = "DELETE FROM gateways WHERE name = $1";
}

row! {
    struct WatchRow {
        machine: String,
        class_begins_at: Option<i64>,
        last_connect: Option<i64>,
        last_disconnect: Option<i64>,
        last_input: Option<i64>,
        last_busy: Option<i64>,
        informed_since: i64,
        silent_since: Option<i64>,
        stay: Option<i64>,
        cpu: Option<i64>,
        disk: Option<i64>,
        measured_at: Option<i64>,
    }
}

fn to_watch(row: WatchRow) -> StoreResult<Watch> {
    let whole = |value: i64| u64::try_from(value).unwrap_or(0);
    let measured = row.measured_at.map(|at| Measured {
        cpu: Duration::from_micros(row.cpu.map_or(0, whole)),
        disk: row.disk.map(whole),
        at: time(at),
    });
    Ok(Watch {
        machine: id("watches.machine", &row.machine)?,
        class_begins_at: optional_time(row.class_begins_at),
        last_connect: optional_time(row.last_connect),
        last_disconnect: optional_time(row.last_disconnect),
        last_input: optional_time(row.last_input),
        last_busy: optional_time(row.last_busy),
        informed_since: time(row.informed_since),
        silent_since: optional_time(row.silent_since),
        stay: optional_time(row.stay),
        measured,
    })
}

pub(crate) async fn watch(db: &mut Db, machine: MachineId) -> StoreResult<Option<Watch>> {
    let row = db.fetch_optional(WATCH, args![machine]).await?;
    row.map(to_watch).transpose()
}

pub(crate) async fn watches(db: &mut Db) -> StoreResult<Vec<Watch>> {
    let rows = db.fetch_all(WATCHES, args![]).await?;
    rows.into_iter().map(to_watch).collect()
}

pub(crate) async fn watched(db: &mut Db) -> StoreResult<Vec<Watched>> {
    let rows: Vec<(String, String, String)> = db.fetch_all(WATCHED, args![]).await?;
    let watched = |(machine, hostname, lab): (String, String, String)| {
        Ok(Watched {
            machine: id("machines.id", &machine)?,
            hostname: parsed("machines.hostname", Hostname::parse(&hostname))?,
            lab: id("machines.lab", &lab)?,
        })
    };
    rows.into_iter().map(watched).collect()
}

pub(crate) async fn due(
    db: &mut Db,
    now: Timestamp,
    limit: u32,
) -> StoreResult<Vec<(LabId, MachineId)>> {
    let rows: Vec<(String, String)> = db.fetch_all(DUE, args![now, limit]).await?;
    rows.into_iter()
        .map(|(lab, machine)| Ok((id("machines.lab", &lab)?, id("machines.id", &machine)?)))
        .collect()
}

pub(crate) async fn next(db: &mut Db) -> StoreResult<Option<Timestamp>> {
    let row: Option<(Option<i64>,)> = db.fetch_optional(NEXT, args![]).await?;
    Ok(optional_time(row.and_then(|(at,)| at)))
}

pub(crate) async fn is_due(db: &mut Db, machine: MachineId, now: Timestamp) -> StoreResult<bool> {
    let rows = db.fetch_all::<(String,)>(DUE_MACHINE, args![machine, now]);
    Ok(!rows.await?.is_empty())
}

/// The three columns of what was measured last.
fn measured(watch: &Watch) -> (Option<i64>, Option<i64>, Option<Timestamp>) {
    let whole = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let cpu = |measured: Measured| i64::try_from(measured.cpu.as_micros()).unwrap_or(i64::MAX);
    (
        watch.measured.map(cpu),
        watch.measured.and_then(|measured| measured.disk).map(whole),
        watch.measured.map(|measured| measured.at),
    )
}

pub(crate) async fn measure(db: &mut Db, watch: &Watch) -> StoreResult<()> {
    let (cpu, disk, at) = measured(watch);
    let args = args![
        watch.machine,
        watch.last_input,
        watch.last_busy,
        watch.informed_since,
        watch.silent_since,
        cpu,
        disk,
        at,
    ];
    db.execute(MEASURE, args).await.map(drop)
}

pub(crate) async fn save(db: &mut Db, watch: &Watch, due: Option<Timestamp>) -> StoreResult<()> {
    let (cpu, disk, at) = measured(watch);
    let args = args![
        watch.machine,
        watch.class_begins_at,
        watch.last_connect,
        watch.last_disconnect,
        watch.last_input,
        watch.last_busy,
        watch.informed_since,
        watch.silent_since,
        watch.stay,
        cpu,
        disk,
        at,
        due,
    ];
    db.execute(SAVE, args).await.map(drop)
}

pub(crate) async fn remove(db: &mut Db, machine: MachineId) -> StoreResult<()> {
    db.execute(REMOVE, args![machine]).await.map(drop)
}

pub(crate) async fn nudge(db: &mut Db, machine: MachineId, due: Timestamp) -> StoreResult<()> {
    db.execute(NUDGE, args![machine, due]).await.map(drop)
}

pub(crate) async fn nudge_lab(db: &mut Db, lab: LabId, due: Timestamp) -> StoreResult<()> {
    db.execute(NUDGE_LAB, args![lab, due]).await.map(drop)
}

pub(crate) async fn connections(db: &mut Db, machine: MachineId) -> StoreResult<u32> {
    let row: Option<(i64,)> = db.fetch_optional(CONNECTIONS, args![machine]).await?;
    count("count", row.map_or(0, |(count,)| count))
}

pub(crate) async fn insert_connection(
    db: &mut Db,
    connection: ConnectionId,
    machine: MachineId,
    gateway: &str,
    at: Timestamp,
) -> StoreResult<()> {
    db.execute(INSERT_CONNECTION, args![connection, machine, gateway, at])
        .await
        .map(drop)
}

pub(crate) async fn remove_connection(
    db: &mut Db,
    connection: ConnectionId,
) -> StoreResult<Option<MachineId>> {
    let row: Option<(String,)> = db.fetch_optional(MACHINE_OF, args![connection]).await?;
    db.execute(REMOVE_CONNECTION, args![connection]).await?;
    row.map(|(machine,)| id("connections.machine", &machine))
        .transpose()
}

pub(crate) async fn hear(db: &mut Db, gateway: &str, at: Timestamp) -> StoreResult<()> {
    db.execute(HEAR, args![gateway, at]).await.map(drop)
}

pub(crate) async fn lost(db: &mut Db, before: Timestamp) -> StoreResult<Vec<String>> {
    let rows: Vec<(String,)> = db.fetch_all(LOST, args![before]).await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

pub(crate) async fn remove_gateway(db: &mut Db, gateway: &str) -> StoreResult<Vec<MachineId>> {
    let rows: Vec<(String,)> = db.fetch_all(MACHINES_OF_GATEWAY, args![gateway]).await?;
    db.execute(FORGET_CONNECTIONS, args![gateway]).await?;
    db.execute(FORGET_GATEWAY, args![gateway]).await?;
    rows.into_iter()
        .map(|(machine,)| id("connections.machine", &machine))
        .collect()
}
