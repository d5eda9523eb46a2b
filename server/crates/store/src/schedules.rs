//! Schedules, version by version.

use domain::civil::{Date, Time, Weekday, parse_date, parse_time};
use domain::id::{LabId, ScheduleId};
use domain::recurrence::{Interval, Recurrence, WeekDays};
use domain::resource::ResourceName;
use domain::schedule::{Draft, Schedule, Times};
use domain::time::Timestamp;
use domain::version::Version;
use domain::zone::TimeZone;
use service::store::{Standing, StoreResult};

use crate::columns::{count, id, optional_id, optional_time, parsed, time, unparsed};
use crate::db::{Arg, Db, args, row, statements};

macro_rules! columns {
    () => {
        "id, version, lab, lab_group, start_time, stop_time, first_date, until_date, recurrence, \
         every, days, zone, prestart, notes, valid_from, valid_to, done_to, due_at, name"
    };
}

statements! {
    OF_LAB = "SELECT ", columns!(), " FROM schedules WHERE lab = $1 ORDER BY valid_from, id, version";
    STANDING_OF_LAB [locks] = "SELECT ", columns!(), " FROM schedules
        WHERE lab = $1 AND valid_to IS NULL ORDER BY first_date, start_time, id";
    STANDING [locks] = "SELECT ", columns!(), " FROM schedules WHERE id = $1 AND valid_to IS NULL";
    DUE = "SELECT lab, id FROM schedules WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2";
    NEXT = "SELECT MIN(due_at) FROM schedules WHERE due_at IS NOT NULL";
    INSERT = "INSERT INTO schedules (", columns!(), ")
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
    END = "UPDATE schedules SET valid_to = $3, due_at = NULL
        WHERE id = $1 AND lab = $2 AND valid_to IS NULL";
    NOTE = "UPDATE schedules SET done_to = $2, due_at = $3 WHERE id = $1 AND valid_to IS NULL";
}

row! {
    struct ScheduleRow {
        id: String,
        version: i64,
        lab: String,
        lab_group: Option<String>,
        start_time: Option<String>,
        stop_time: Option<String>,
        first_date: String,
        until_date: Option<String>,
        recurrence: String,
        every: i64,
        days: i64,
        zone: String,
        prestart: i64,
        notes: String,
        valid_from: i64,
        valid_to: Option<i64>,
        done_to: i64,
        due_at: Option<i64>,
        name: Option<String>,
    }
}

/// The days of the week in the order of their bits.
const DAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

fn to_schedule(row: &ScheduleRow) -> StoreResult<Schedule> {
    let clock = |column, text: &Option<String>| {
        let time = text.as_deref().map(|text| parse_time(column, text));
        parsed(column, time.transpose())
    };
    let date = |column, text: &str| parsed(column, parse_date(column, text));
    let every = || {
        let every = Interval::new(count("schedules.every", row.every)?);
        parsed("schedules.every", every)
    };
    let recurrence = match row.recurrence.as_str() {
        "Once" => Recurrence::Once,
        "Daily" => Recurrence::Daily { interval: every()? },
        "Weekly" => {
            let days = DAYS
                .into_iter()
                .enumerate()
                .filter(|(bit, _)| row.days & (1 << bit) != 0)
                .map(|(_, day)| day);
            Recurrence::Weekly {
                interval: every()?,
                days: parsed("schedules.days", WeekDays::new(days))?,
            }
        }
        other => {
            return Err(unparsed(
                "schedules.recurrence",
                format!("there is no “{other}”"),
            ));
        }
    };
    let draft = Draft {
        id: id("schedules.id", &row.id)?,
        lab: id("schedules.lab", &row.lab)?,
        group: optional_id("schedules.lab_group", row.lab_group.as_deref())?,
        times: Times {
            first: date("schedules.first_date", &row.first_date)?,
            start: clock("schedules.start_time", &row.start_time)?,
            stop: clock("schedules.stop_time", &row.stop_time)?,
        },
        recurrence,
        until: row
            .until_date
            .as_deref()
            .map(|text| date("schedules.until_date", text))
            .transpose()?,
        zone: parsed("schedules.zone", TimeZone::parse(&row.zone))?,
        prestart_minutes: count("schedules.prestart", row.prestart)?,
        notes: row.notes.clone(),
    };
    parsed("schedules", draft.check())
}

fn to_version(row: ScheduleRow) -> StoreResult<Version<Schedule>> {
    Ok(Version {
        value: to_schedule(&row)?,
        from: time(row.valid_from),
        to: optional_time(row.valid_to),
    })
}

fn to_standing(row: ScheduleRow) -> StoreResult<Standing> {
    Ok(Standing {
        schedule: to_schedule(&row)?,
        version: count("schedules.version", row.version)?,
        since: time(row.valid_from),
        done_to: time(row.done_to),
        due: optional_time(row.due_at),
        name: parsed(
            "schedules.name",
            row.name.as_deref().map(ResourceName::parse).transpose(),
        )?,
    })
}

pub(crate) async fn of_lab(db: &mut Db, lab: LabId) -> StoreResult<Vec<Version<Schedule>>> {
    let rows = db.fetch_all(OF_LAB, args![lab]).await?;
    rows.into_iter().map(to_version).collect()
}

pub(crate) async fn standing_of_lab(db: &mut Db, lab: LabId) -> StoreResult<Vec<Standing>> {
    let rows = db.fetch_all(STANDING_OF_LAB, args![lab]).await?;
    rows.into_iter().map(to_standing).collect()
}

pub(crate) async fn standing(db: &mut Db, id: ScheduleId) -> StoreResult<Option<Standing>> {
    let row = db.fetch_optional(STANDING, args![id]).await?;
    row.map(to_standing).transpose()
}

pub(crate) async fn due(
    db: &mut Db,
    now: Timestamp,
    limit: u32,
) -> StoreResult<Vec<(LabId, ScheduleId)>> {
    let rows: Vec<(String, String)> = db.fetch_all(DUE, args![now, limit]).await?;
    rows.into_iter()
        .map(|(lab, schedule)| {
            let lab = id("schedules.lab", &lab)?;
            Ok((lab, id("schedules.id", &schedule)?))
        })
        .collect()
}

pub(crate) async fn next(db: &mut Db) -> StoreResult<Option<Timestamp>> {
    let row: Option<(Option<i64>,)> = db.fetch_optional(NEXT, args![]).await?;
    Ok(optional_time(row.and_then(|(at,)| at)))
}

pub(crate) async fn insert(db: &mut Db, standing: &Standing) -> StoreResult<()> {
    let schedule = &standing.schedule;
    let clock = |time: Option<Time>| time.map(|time| time.strftime("%H:%M:%S").to_string());
    let day = |date: Date| date.to_string();
    let (recurrence, every, days) = match schedule.recurrence {
        Recurrence::Once => ("Once", 1, 0),
        Recurrence::Daily { interval } => ("Daily", interval.get(), 0),
        Recurrence::Weekly { interval, days } => {
            let bits = DAYS
                .into_iter()
                .enumerate()
                .filter(|(_, day)| days.contains(*day))
                .fold(0_i64, |bits, (bit, _)| bits | 1 << bit);
            ("Weekly", interval.get(), bits)
        }
    };
    let args = args![
        schedule.id,
        standing.version,
        schedule.lab,
        schedule.group,
        clock(schedule.start).as_deref(),
        clock(schedule.stop).as_deref(),
        day(schedule.first).as_str(),
        schedule.until.map(day).as_deref(),
        recurrence,
        every,
        days,
        schedule.zone.as_str(),
        schedule.prestart_minutes,
        schedule.notes.as_str(),
        standing.since,
        Arg::Int(None),
        standing.done_to,
        standing.due,
        standing.name.as_ref().map(ResourceName::as_str),
    ];
    db.execute(INSERT, args).await.map(drop)
}

pub(crate) async fn end(
    db: &mut Db,
    lab: LabId,
    schedule: ScheduleId,
    at: Timestamp,
) -> StoreResult<()> {
    match db.execute(END, args![schedule, lab, at]).await? {
        0 => Err(db.refuse("This schedule does not exist any more.")),
        _ => Ok(()),
    }
}

pub(crate) async fn note(
    db: &mut Db,
    schedule: ScheduleId,
    done_to: Timestamp,
    due: Option<Timestamp>,
) -> StoreResult<()> {
    db.execute(NOTE, args![schedule, done_to, due])
        .await
        .map(drop)
}
