//! Machines: both halves of their rows.

use domain::decide::urgency;
use domain::id::{LabId, MachineId, PersonId, UserId};
use domain::machine::{Machine, Seen, StopReason, Wanted};
use domain::name::Hostname;
use domain::time::Timestamp;
use service::store::StoreResult;
use service::vault::Sealed;

use crate::codes::{Code as _, choice, optional};
use crate::columns::{
    count, id, optional_count, optional_id, optional_time, parsed, time, trouble,
};
use crate::db::{Arg, Db, Statement, args, row, statements};

/// The columns that make a [`Machine`].
macro_rules! machine_columns {
    () => {
        "id, lab, kind, seat, hostname, claimed_by, present, build, power, credentials, \
         wanted_since, wanted_by, wanted_cause, seen_build, seen_generation, seen_power, \
         seen_credentials, seen_address, seen_at, stopped_because, wanted_schedule, stop_reason, \
         stop_minutes, trouble_code, trouble_message, \
         trouble_attempts, trouble_since, trouble_failed"
    };
}
pub(crate) use machine_columns;

statements! {
    MACHINE [locks] = "SELECT ", machine_columns!(), " FROM machines WHERE id = $1";
    BY_HOSTNAME = "SELECT ", machine_columns!(), " FROM machines WHERE hostname = $1";
    // The template is number 0. Two with one number are told apart by which is leaving.
    MACHINES [locks] = "SELECT ", machine_columns!(), " FROM machines WHERE lab = $1
        ORDER BY seat, present, id";
    ALL_MACHINES = "SELECT ", machine_columns!(), " FROM machines ORDER BY lab, seat, present, id";
    TEMPLATE = "SELECT ", machine_columns!(), " FROM machines
        WHERE lab = $1 AND seat = 0 AND present = 1";
    OF_USER [locks] = "SELECT ", machine_columns!(), " FROM machines
        WHERE claimed_by = $1 AND present = 1";
    OF_PERSON = "SELECT ", machine_columns!(), " FROM machines
        WHERE present = 1 AND claimed_by IN (SELECT id FROM users WHERE person = $1)";
    // This waits for who has locked the machine: a reconciler that is just writing down what it saw
    // must not make a free machine look taken.
    FREE [locks] = "SELECT ", machine_columns!(), " FROM machines
        WHERE lab = $1 AND kind = 'User' AND present = 1 AND claimed_by IS NULL
            AND (trouble_failed IS NULL OR trouble_failed = 0)
        ORDER BY seat, id LIMIT 1";
    LAB_OF = "SELECT lab FROM machines WHERE id = $1";
    SECRET = "SELECT secret FROM machines WHERE id = $1";
    SET_SECRET = "UPDATE machines SET secret = $2 WHERE id = $1";
    INSERT = "INSERT INTO machines (", machine_columns!(), ", rank, due_at, secret)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)";
    SAVE = "UPDATE machines SET kind = $3, seat = $4, hostname = $5, claimed_by = $6, present = $7,
            build = $8, power = $9, credentials = $10, wanted_since = $11, wanted_by = $12,
            wanted_cause = $13, seen_build = $14, seen_generation = $15, seen_power = $16,
            seen_credentials = $17, seen_address = $18, seen_at = $19, stopped_because = $20,
            wanted_schedule = $21, stop_reason = $22, stop_minutes = $23,
            trouble_code = $24, trouble_message = $25, trouble_attempts = $26, trouble_since = $27,
            trouble_failed = $28, rank = $29, due_at = $30
        WHERE id = $1 AND lab = $2";
    REMOVE = "DELETE FROM machines WHERE id = $1";
}

row! {
    pub(crate) struct MachineRow {
        id: String,
        lab: String,
        kind: String,
        seat: i64,
        hostname: String,
        claimed_by: Option<String>,
        present: i64,
        build: i64,
        power: String,
        credentials: i64,
        wanted_since: i64,
        wanted_by: Option<String>,
        wanted_cause: String,
        seen_build: Option<i64>,
        seen_generation: i64,
        seen_power: Option<String>,
        seen_credentials: i64,
        seen_address: Option<String>,
        seen_at: Option<i64>,
        stopped_because: Option<String>,
        wanted_schedule: Option<String>,
        stop_reason: Option<String>,
        stop_minutes: Option<i64>,
        trouble_code: Option<String>,
        trouble_message: Option<String>,
        trouble_attempts: Option<i64>,
        trouble_since: Option<i64>,
        trouble_failed: Option<i64>,
    }
}

/// The machine in a row of [`machine_columns`].
pub(crate) fn to_machine(row: MachineRow) -> StoreResult<Machine> {
    Ok(Machine {
        id: id("machines.id", &row.id)?,
        lab: id("machines.lab", &row.lab)?,
        kind: choice("machines.kind", &row.kind)?,
        seat: count("machines.seat", row.seat)?,
        hostname: parsed("machines.hostname", Hostname::parse(&row.hostname))?,
        claimed_by: optional_id("machines.claimed_by", row.claimed_by.as_deref())?,
        wanted: Wanted {
            present: row.present != 0,
            build: count("machines.build", row.build)?,
            power: choice("machines.power", &row.power)?,
            credentials: count("machines.credentials", row.credentials)?,
            since: time(row.wanted_since),
            by: optional_id("machines.wanted_by", row.wanted_by.as_deref())?,
            cause: choice("machines.wanted_cause", &row.wanted_cause)?,
            schedule: optional_id("machines.wanted_schedule", row.wanted_schedule.as_deref())?,
        },
        seen: Seen {
            build: optional_count("machines.seen_build", row.seen_build)?,
            generation: count("machines.seen_generation", row.seen_generation)?,
            power: optional("machines.seen_power", row.seen_power.as_deref())?,
            credentials: count("machines.seen_credentials", row.seen_credentials)?,
            address: row.seen_address,
            at: optional_time(row.seen_at),
        },
        // A process of an older version writes the older column only.
        stopped_because: optional(
            "machines.stop_reason",
            row.stop_reason.or(row.stopped_because).as_deref(),
        )?,
        stopped_after: optional_count("machines.stop_minutes", row.stop_minutes)?,
        trouble: trouble(
            row.trouble_code.as_deref(),
            row.trouble_message,
            row.trouble_attempts,
            row.trouble_since,
            row.trouble_failed,
        )?,
    })
}

async fn one(db: &mut Db, statement: Statement, args: Vec<Arg>) -> StoreResult<Option<Machine>> {
    let row = db.fetch_optional(statement, args).await?;
    row.map(to_machine).transpose()
}

async fn all(db: &mut Db, statement: Statement, args: Vec<Arg>) -> StoreResult<Vec<Machine>> {
    let rows = db.fetch_all(statement, args).await?;
    rows.into_iter().map(to_machine).collect()
}

pub(crate) async fn machine(db: &mut Db, id: MachineId) -> StoreResult<Option<Machine>> {
    one(db, MACHINE, args![id]).await
}

pub(crate) async fn by_hostname(db: &mut Db, hostname: &Hostname) -> StoreResult<Option<Machine>> {
    one(db, BY_HOSTNAME, args![hostname.as_str()]).await
}

pub(crate) async fn machines(db: &mut Db, lab: LabId) -> StoreResult<Vec<Machine>> {
    all(db, MACHINES, args![lab]).await
}

pub(crate) async fn all_machines(db: &mut Db) -> StoreResult<Vec<Machine>> {
    all(db, ALL_MACHINES, args![]).await
}

pub(crate) async fn of_user(db: &mut Db, user: UserId) -> StoreResult<Option<Machine>> {
    one(db, OF_USER, args![user]).await
}

/// The machines that a person has, in every lab.
pub(crate) async fn of_person(db: &mut Db, person: PersonId) -> StoreResult<Vec<Machine>> {
    all(db, OF_PERSON, args![person]).await
}

pub(crate) async fn free(db: &mut Db, lab: LabId) -> StoreResult<Option<Machine>> {
    one(db, FREE, args![lab]).await
}

pub(crate) async fn lab_of(db: &mut Db, machine: MachineId) -> StoreResult<Option<LabId>> {
    let row: Option<(String,)> = db.fetch_optional(LAB_OF, args![machine]).await?;
    row.map(|(lab,)| id("machines.lab", &lab)).transpose()
}

pub(crate) async fn template(db: &mut Db, lab: LabId) -> StoreResult<Option<Machine>> {
    let row = db.fetch_optional(TEMPLATE, args![lab]).await?;
    row.map(to_machine).transpose()
}

pub(crate) async fn secret(db: &mut Db, machine: MachineId) -> StoreResult<Option<Sealed>> {
    let row: Option<(Option<Vec<u8>>,)> = db.fetch_optional(SECRET, args![machine]).await?;
    Ok(row.and_then(|(secret,)| secret).map(Sealed::from_bytes))
}

/// Whether the column that has only the first few reasons takes this one.
fn is_old(reason: StopReason) -> bool {
    matches!(
        reason,
        StopReason::Student
            | StopReason::Educator
            | StopReason::Inside
            | StopReason::Publish
            | StopReason::Reimage
            | StopReason::Removed
    )
}

/// The values of [`machine_columns`], and of the place in the queue.
fn values(machine: &Machine, due: Option<Timestamp>) -> Vec<Arg> {
    let Machine { wanted, seen, .. } = machine;
    let trouble = machine.trouble.as_ref();
    args![
        machine.id,
        machine.lab,
        machine.kind.code(),
        machine.seat,
        machine.hostname.as_str(),
        machine.claimed_by,
        wanted.present,
        wanted.build,
        wanted.power.code(),
        wanted.credentials,
        wanted.since,
        wanted.by,
        wanted.cause.code(),
        seen.build,
        seen.generation,
        seen.power.map(|power| power.code()),
        seen.credentials,
        seen.address.as_deref(),
        seen.at,
        machine
            .stopped_because
            .filter(|reason| is_old(*reason))
            .map(|reason| reason.code()),
        wanted.schedule,
        machine.stopped_because.map(|reason| reason.code()),
        machine.stopped_after,
        trouble.map(|t| t.code.code()),
        trouble.map(|t| t.message.as_str()),
        trouble.map(|t| t.attempts),
        trouble.map(|t| t.since),
        trouble.map(|t| t.failed),
        urgency(machine).rank(),
        due,
    ]
}

pub(crate) async fn insert(
    db: &mut Db,
    machine: &Machine,
    secret: Option<&Sealed>,
    due: Option<Timestamp>,
) -> StoreResult<()> {
    let mut args = values(machine, due);
    args.push(Arg::from(secret));
    db.execute(INSERT, args).await.map(drop)
}

pub(crate) async fn save(
    db: &mut Db,
    machine: &Machine,
    due: Option<Timestamp>,
) -> StoreResult<()> {
    match db.execute(SAVE, values(machine, due)).await? {
        0 => Err(db.refuse("This machine does not exist any more.")),
        _ => Ok(()),
    }
}

pub(crate) async fn set_secret(
    db: &mut Db,
    machine: MachineId,
    secret: &Sealed,
) -> StoreResult<()> {
    match db.execute(SET_SECRET, args![machine, secret]).await? {
        0 => Err(db.refuse("This machine does not exist any more.")),
        _ => Ok(()),
    }
}

pub(crate) async fn remove(db: &mut Db, machine: MachineId) -> StoreResult<()> {
    db.execute(REMOVE, args![machine]).await.map(drop)
}
