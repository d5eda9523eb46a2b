//! Days without class.

use domain::civil::parse_date;
use domain::holiday::Holiday;
use domain::id::{HolidayId, LabId, PlanId};
use domain::time::Timestamp;
use domain::version::Version;
use service::store::{HolidayRow, StoreResult};

use crate::columns::{id, optional_time, parsed, time};
use crate::db::{Db, args, row, statements};

macro_rules! columns {
    () => {
        "id, plan, day, name, valid_from, valid_to"
    };
}

statements! {
    OF_LAB = "SELECT ", columns!(), " FROM holidays
        WHERE lab = $1 OR plan = (SELECT plan FROM labs WHERE id = $1) ORDER BY day, id";
    OF_PLAN = "SELECT ", columns!(), " FROM holidays WHERE plan = $1 ORDER BY day, id";
    INSERT = "INSERT INTO holidays (id, plan, lab, day, name, valid_from, valid_to)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    END_OF_LAB = "UPDATE holidays SET valid_to = $3 WHERE id = $1 AND lab = $2 AND valid_to IS NULL";
    END_OF_PLAN = "UPDATE holidays SET valid_to = $3 WHERE id = $1 AND plan = $2 AND valid_to IS NULL";
}

/// Whose a day without class is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum HolidayOf {
    Plan(PlanId),
    Lab(LabId),
}

row! {
    struct Row {
        id: String,
        plan: Option<String>,
        day: String,
        name: String,
        valid_from: i64,
        valid_to: Option<i64>,
    }
}

fn to_holiday(row: Row) -> StoreResult<HolidayRow> {
    let date = parsed("holidays.day", parse_date("date", &row.day))?;
    Ok(HolidayRow {
        id: id("holidays.id", &row.id)?,
        of_plan: row.plan.is_some(),
        version: Version {
            value: parsed("holidays.name", Holiday::new(date, &row.name))?,
            from: time(row.valid_from),
            to: optional_time(row.valid_to),
        },
    })
}

pub(crate) async fn of_lab(db: &mut Db, lab: LabId) -> StoreResult<Vec<HolidayRow>> {
    let rows = db.fetch_all(OF_LAB, args![lab]).await?;
    rows.into_iter().map(to_holiday).collect()
}

pub(crate) async fn of_plan(db: &mut Db, plan: PlanId) -> StoreResult<Vec<HolidayRow>> {
    let rows = db.fetch_all(OF_PLAN, args![plan]).await?;
    rows.into_iter().map(to_holiday).collect()
}

pub(crate) async fn insert(
    db: &mut Db,
    of: HolidayOf,
    id: HolidayId,
    version: &Version<Holiday>,
) -> StoreResult<()> {
    let (plan, lab) = match of {
        HolidayOf::Plan(plan) => (Some(plan), None),
        HolidayOf::Lab(lab) => (None, Some(lab)),
    };
    let args = args![
        id,
        plan,
        lab,
        version.value.date.to_string().as_str(),
        version.value.name.as_str(),
        version.from,
        version.to,
    ];
    db.execute(INSERT, args).await.map(drop)
}

pub(crate) async fn end(
    db: &mut Db,
    of: HolidayOf,
    id: HolidayId,
    at: Timestamp,
) -> StoreResult<bool> {
    let ended = match of {
        HolidayOf::Plan(plan) => db.execute(END_OF_PLAN, args![id, plan, at]).await?,
        HolidayOf::Lab(lab) => db.execute(END_OF_LAB, args![id, lab, at]).await?,
    };
    Ok(ended > 0)
}
