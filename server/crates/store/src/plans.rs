//! Lab plans with their prices.

use std::collections::HashMap;

use domain::bin::BinDays;
use domain::id::PlanId;
use domain::image::ImageName;
use domain::money::{Amount, Currency, Price, StoragePrice};
use domain::plan::{Plan, PlanProfile};
use domain::resource::{ResourceGroup, ResourceName};
use domain::shutdown::{AutoShutdown, Delay, DisconnectDelay, EnableState};
use domain::size::SizeName;
use service::store::StoreResult;

use crate::codes::{Code as _, choice};
use crate::columns::{count, id, json, parsed, to_json, unparsed};
use crate::db::{Arg, Db, args, row, statements};

macro_rules! columns {
    () => {
        "id, name, currency, storage_price, budget, shutdown_on_disconnect, disconnect_delay, \
         shutdown_when_not_connected, no_connect_delay, shutdown_on_idle, idle_delay, budget_waived, \
         resource_group, profile, deleted, bin_days"
    };
}

statements! {
    PLAN = "SELECT ", columns!(), " FROM plans WHERE id = $1";
    PLANS = "SELECT ", columns!(), " FROM plans ORDER BY lower(name), id";
    BY_NAME = "SELECT ", columns!(), " FROM plans
        WHERE lower(resource_group) = lower($1) AND lower(name) = lower($2) AND deleted = 0";
    INSERT = "INSERT INTO plans (", columns!(), ")
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    PRICES = "SELECT size, price FROM plan_prices WHERE plan = $1 ORDER BY size";
    SAVE = "UPDATE plans SET name = $2, currency = $3, storage_price = $4, budget = $5,
            shutdown_on_disconnect = $6, disconnect_delay = $7, shutdown_when_not_connected = $8,
            no_connect_delay = $9, shutdown_on_idle = $10, idle_delay = $11, budget_waived = $12,
            resource_group = $13, profile = $14, deleted = $15, bin_days = $16
        WHERE id = $1";
    FORGET_PRICES = "DELETE FROM plan_prices WHERE plan = $1";
    INSERT_PRICE = "INSERT INTO plan_prices (plan, size, price) VALUES ($1, $2, $3)";
    IMAGES = "SELECT image, enabled FROM plan_images WHERE plan = $1";
    SET_IMAGE = "INSERT INTO plan_images (plan, image, enabled) VALUES ($1, $2, $3)
        ON CONFLICT (plan, image) DO UPDATE SET enabled = excluded.enabled";
}

row! {
    struct PlanRow {
        id: String,
        name: String,
        currency: String,
        storage_price: i64,
        budget: Option<i64>,
        budget_waived: i64,
        resource_group: String,
        profile: Option<String>,
        deleted: i64,
        bin_days: i64,
        ..shutdown: ShutdownRow,
    }
}

row! {
    /// The six columns of auto-shutdown, which plans and labs both have.
    pub(crate) struct ShutdownRow {
        shutdown_on_disconnect: i64,
        disconnect_delay: i64,
        shutdown_when_not_connected: i64,
        no_connect_delay: i64,
        shutdown_on_idle: String,
        idle_delay: i64,
    }
}

impl ShutdownRow {
    /// The profile in them.
    pub fn profile(&self) -> StoreResult<AutoShutdown> {
        let state = |on: i64| match on {
            0 => EnableState::Disabled,
            _ => EnableState::Enabled,
        };
        let minutes =
            |seconds: i64| u32::try_from(seconds / 60).map_err(|error| unparsed("delay", error));
        Ok(AutoShutdown {
            shutdown_on_disconnect: state(self.shutdown_on_disconnect),
            disconnect_delay: parsed(
                "disconnect_delay",
                DisconnectDelay::new("disconnectDelay", minutes(self.disconnect_delay)?),
            )?,
            shutdown_when_not_connected: state(self.shutdown_when_not_connected),
            no_connect_delay: parsed(
                "no_connect_delay",
                Delay::new("noConnectDelay", minutes(self.no_connect_delay)?),
            )?,
            shutdown_on_idle: choice("shutdown_on_idle", &self.shutdown_on_idle)?,
            idle_delay: parsed(
                "idle_delay",
                Delay::new("idleDelay", minutes(self.idle_delay)?),
            )?,
        })
    }
}

/// The values of the six columns.
pub(crate) fn shutdown_values(profile: &AutoShutdown) -> [Arg; 6] {
    let seconds = |minutes: u32| Arg::from(i64::from(minutes) * 60);
    [
        Arg::from(profile.shutdown_on_disconnect.is_on()),
        seconds(profile.disconnect_delay.minutes()),
        Arg::from(profile.shutdown_when_not_connected.is_on()),
        seconds(profile.no_connect_delay.minutes()),
        Arg::from(profile.shutdown_on_idle.code()),
        seconds(profile.idle_delay.minutes()),
    ]
}

/// Millionths in a column.
pub(crate) fn micros(column: &'static str, value: i64) -> StoreResult<u64> {
    u64::try_from(value).map_err(|error| unparsed(column, error))
}

/// Millionths for a column.
pub(crate) fn money(micros: u64) -> i64 {
    i64::try_from(micros).unwrap_or(i64::MAX)
}

async fn with_prices(db: &mut Db, row: PlanRow) -> StoreResult<Plan> {
    let plan: PlanId = id("plans.id", &row.id)?;
    let prices: Vec<(String, i64)> = db.fetch_all(PRICES, args![plan]).await?;
    // A size that is not on offer any more has no price.
    let prices = prices
        .into_iter()
        .filter_map(|(size, price)| Some((SizeName::parse(&size).ok()?, price)))
        .map(|(size, price)| {
            Ok((
                size,
                Price::from_micros(micros("plan_prices.price", price)?),
            ))
        })
        .collect::<StoreResult<Vec<_>>>()?;
    Ok(Plan {
        id: plan,
        group: parsed(
            "plans.resource_group",
            ResourceGroup::parse(&row.resource_group),
        )?,
        name: parsed("plans.name", ResourceName::parse(&row.name))?,
        currency: parsed("plans.currency", Currency::parse(&row.currency))?,
        prices,
        storage_price: StoragePrice::from_micros(micros("plans.storage_price", row.storage_price)?),
        budget: amount("plans.budget", row.budget)?,
        go_on: row.budget_waived != 0,
        shutdown: row.shutdown.profile()?,
        bin: parsed(
            "plans.bin_days",
            BinDays::new(count("plans.bin_days", row.bin_days)?),
        )?,
        profile: match row.profile.as_deref() {
            Some(text) => json("plans.profile", text)?,
            None => PlanProfile::plain(),
        },
        deleted: row.deleted != 0,
    })
}

/// An amount that may be missing.
pub(crate) fn amount(column: &'static str, value: Option<i64>) -> StoreResult<Option<Amount>> {
    let amount = value.map(|value| micros(column, value).map(Amount::from_micros));
    amount.transpose()
}

pub(crate) async fn plan(db: &mut Db, id: PlanId) -> StoreResult<Option<Plan>> {
    match db.fetch_optional(PLAN, args![id]).await? {
        Some(row) => with_prices(db, row).await.map(Some),
        None => Ok(None),
    }
}

pub(crate) async fn plans(db: &mut Db) -> StoreResult<Vec<Plan>> {
    let rows: Vec<PlanRow> = db.fetch_all(PLANS, args![]).await?;
    let mut plans = Vec::with_capacity(rows.len());
    for row in rows {
        plans.push(with_prices(db, row).await?);
    }
    Ok(plans)
}

/// The plan that is there under this name.
pub(crate) async fn by_name(
    db: &mut Db,
    group: &ResourceGroup,
    name: &ResourceName,
) -> StoreResult<Option<Plan>> {
    let args = args![group.as_str(), name.as_str()];
    match db.fetch_optional(BY_NAME, args).await? {
        Some(row) => with_prices(db, row).await.map(Some),
        None => Ok(None),
    }
}

fn values(plan: &Plan) -> StoreResult<Vec<Arg>> {
    let mut args = args![
        plan.id,
        plan.name.as_str(),
        plan.currency.to_string().as_str(),
        money(plan.storage_price.micros()),
        plan.budget.map(|budget| money(budget.micros())),
    ];
    args.extend(shutdown_values(&plan.shutdown));
    args.extend(args![
        plan.go_on,
        plan.group.as_str(),
        to_json(&plan.profile)?.as_str(),
        plan.deleted,
        plan.bin.days(),
    ]);
    Ok(args)
}

pub(crate) async fn insert(db: &mut Db, plan: &Plan) -> StoreResult<()> {
    let args = values(plan)?;
    db.execute(INSERT, args).await?;
    insert_prices(db, plan).await
}

pub(crate) async fn save(db: &mut Db, plan: &Plan) -> StoreResult<()> {
    let args = values(plan)?;
    if db.execute(SAVE, args).await? == 0 {
        return Err(db.refuse("This lab plan does not exist any more."));
    }
    db.execute(FORGET_PRICES, args![plan.id]).await?;
    insert_prices(db, plan).await
}

async fn insert_prices(db: &mut Db, plan: &Plan) -> StoreResult<()> {
    for (size, price) in &plan.prices {
        db.execute(
            INSERT_PRICE,
            args![plan.id, size.as_str(), money(price.micros())],
        )
        .await?;
    }
    Ok(())
}

/// Which images the plan itself allows or forbids.
pub(crate) async fn images(db: &mut Db, plan: PlanId) -> StoreResult<HashMap<ImageName, bool>> {
    let rows: Vec<(String, i64)> = db.fetch_all(IMAGES, args![plan]).await?;
    rows.into_iter()
        .map(|(name, enabled)| {
            let name = parsed("plan_images.image", ImageName::parse(&name))?;
            Ok((name, enabled != 0))
        })
        .collect()
}

pub(crate) async fn set_image(
    db: &mut Db,
    plan: PlanId,
    image: &ImageName,
    enabled: bool,
) -> StoreResult<()> {
    let args = args![plan, image.as_str(), enabled];
    db.execute(SET_IMAGE, args).await.map(drop)
}
