//! Labs, and how often each has changed.

use domain::capacity::Capacity;
use domain::connection::ConnectionProfile;
use domain::credentials::{Accounts, Username};
use domain::id::{LabId, PersonId};
use domain::image::ImageName;
use domain::lab::{Lab, LabMoney, LabTime};
use domain::money::{Currency, Price, StoragePrice};
use domain::name::{Description, LabName, LabTitle};
use domain::quota::UsageQuota;
use domain::resource::ResourceGroup;
use domain::size::SizeName;
use domain::time::Timestamp;
use service::store::{LabSecrets, Registration, StoreResult};

use crate::codes::{Code as _, choice};
use crate::columns::{count, id, optional_time, parsed, time, trouble};
use crate::db::{Arg, Db, args, row, statements};
use crate::plans::{ShutdownRow, amount, micros, money, shutdown_values};

macro_rules! columns {
    () => {
        "id, name, title, description, image, size, create_option, admin_account, \
         non_admin_account, shared_password, capacity, state, wanted_generation, \
         published_generation, remake, open_access, deleting, trouble_code, trouble_message, \
         trouble_attempts, trouble_since, trouble_failed, created_by, created_at, published_at, \
         plan, usage_quota, shutdown_on_disconnect, disconnect_delay, shutdown_when_not_connected, \
         no_connect_delay, shutdown_on_idle, idle_delay, currency, price, storage_price, budget, \
         budget_waived, resource_group, web_ssh_access, web_rdp_access, client_ssh_access, \
         client_rdp_access, kept_until"
    };
}

statements! {
    LAB [locks] = "SELECT ", columns!(), " FROM labs WHERE id = $1";
    LAB_BY_NAME [locks] = "SELECT ", columns!(), " FROM labs
        WHERE lower(resource_group) = lower($1) AND lower(name) = lower($2) AND kept_until IS NULL";
    LABS = "SELECT ", columns!(), " FROM labs ORDER BY lower(title), id";
    LABS_OF_PERSON = "SELECT ", columns!(), " FROM labs
        WHERE deleting = 0 AND id IN (SELECT lab FROM users WHERE person = $1)
        ORDER BY lower(title), id";
    INSERT = "INSERT INTO labs (", columns!(), ", admin_secret, non_admin_secret, code, code_hash,
            code_enabled, code_expires_at, code_uses_left, due_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38,
            $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $24)";
    INSERT_VERSION = "INSERT INTO lab_versions (lab, version) VALUES ($1, 0)";
    SAVE = "UPDATE labs SET title = $2, description = $3, shared_password = $4, capacity = $5,
            state = $6, wanted_generation = $7, published_generation = $8, remake = $9,
            open_access = $10, deleting = $11, trouble_code = $12, trouble_message = $13,
            trouble_attempts = $14, trouble_since = $15, trouble_failed = $16, published_at = $17,
            due_at = $18, usage_quota = $19, shutdown_on_disconnect = $20, disconnect_delay = $21,
            shutdown_when_not_connected = $22, no_connect_delay = $23, shutdown_on_idle = $24,
            idle_delay = $25, budget = $26, budget_waived = $27, web_ssh_access = $28,
            web_rdp_access = $29, client_ssh_access = $30, client_rdp_access = $31, kept_until = $32
        WHERE id = $1";
    // What belongs to the lab goes with it, by its foreign keys.
    REMOVE = "DELETE FROM labs WHERE id = $1";
    VERSION = "SELECT version FROM lab_versions WHERE lab = $1";
    COUNT_VERSION = "UPDATE lab_versions SET version = version + 1 WHERE lab = $1";
}

row! {
    struct LabRow {
        id: String,
        name: String,
        title: String,
        description: String,
        image: String,
        size: String,
        create_option: String,
        admin_account: String,
        non_admin_account: Option<String>,
        shared_password: i64,
        capacity: i64,
        state: String,
        wanted_generation: i64,
        published_generation: i64,
        remake: String,
        open_access: i64,
        deleting: i64,
        trouble_code: Option<String>,
        trouble_message: Option<String>,
        trouble_attempts: Option<i64>,
        trouble_since: Option<i64>,
        trouble_failed: Option<i64>,
        created_by: String,
        created_at: i64,
        published_at: Option<i64>,
        plan: String,
        usage_quota: i64,
        currency: String,
        price: i64,
        storage_price: i64,
        budget: Option<i64>,
        budget_waived: i64,
        resource_group: String,
        web_ssh_access: String,
        web_rdp_access: String,
        client_ssh_access: String,
        client_rdp_access: String,
        kept_until: Option<i64>,
        ..shutdown: ShutdownRow,
    }
}

fn to_lab(row: LabRow) -> StoreResult<Lab> {
    let account = |text: &str| parsed("labs.account", Username::parse("username", text));
    Ok(Lab {
        id: id("labs.id", &row.id)?,
        group: parsed(
            "labs.resource_group",
            ResourceGroup::parse(&row.resource_group),
        )?,
        name: parsed("labs.name", LabName::parse(&row.name))?,
        title: parsed("labs.title", LabTitle::parse(&row.title))?,
        description: parsed("labs.description", Description::parse(&row.description))?,
        image: parsed("labs.image", ImageName::parse(&row.image))?,
        size: parsed("labs.size", SizeName::parse(&row.size))?,
        create_option: choice("labs.create_option", &row.create_option)?,
        accounts: Accounts {
            admin: account(&row.admin_account)?,
            non_admin: row.non_admin_account.as_deref().map(account).transpose()?,
            shared_password: row.shared_password != 0,
        },
        capacity: parsed(
            "labs.capacity",
            Capacity::new(count("labs.capacity", row.capacity)?),
        )?,
        state: choice("labs.state", &row.state)?,
        wanted_generation: count("labs.wanted_generation", row.wanted_generation)?,
        published_generation: count("labs.published_generation", row.published_generation)?,
        remake: choice("labs.remake", &row.remake)?,
        connection: ConnectionProfile {
            web_ssh_access: choice("labs.web_ssh_access", &row.web_ssh_access)?,
            web_rdp_access: choice("labs.web_rdp_access", &row.web_rdp_access)?,
            client_ssh_access: choice("labs.client_ssh_access", &row.client_ssh_access)?,
            client_rdp_access: choice("labs.client_rdp_access", &row.client_rdp_access)?,
        },
        open_access: row.open_access != 0,
        deleting: row.deleting != 0,
        kept_until: optional_time(row.kept_until),
        trouble: trouble(
            row.trouble_code.as_deref(),
            row.trouble_message,
            row.trouble_attempts,
            row.trouble_since,
            row.trouble_failed,
        )?,
        created_by: id("labs.created_by", &row.created_by)?,
        created_at: time(row.created_at),
        published_at: optional_time(row.published_at),
        plan: id("labs.plan", &row.plan)?,
        time: LabTime {
            quota: parsed(
                "labs.usage_quota",
                UsageQuota::from_seconds(row.usage_quota),
            )?,
            shutdown: row.shutdown.profile()?,
        },
        money: LabMoney {
            currency: parsed("labs.currency", Currency::parse(&row.currency))?,
            price: Price::from_micros(micros("labs.price", row.price)?),
            storage_price: StoragePrice::from_micros(micros(
                "labs.storage_price",
                row.storage_price,
            )?),
            budget: amount("labs.budget", row.budget)?,
            go_on: row.budget_waived != 0,
        },
    })
}

pub(crate) async fn lab(db: &mut Db, id: LabId) -> StoreResult<Option<Lab>> {
    let row = db.fetch_optional(LAB, args![id]).await?;
    row.map(to_lab).transpose()
}

pub(crate) async fn lab_by_name(
    db: &mut Db,
    group: &ResourceGroup,
    name: &LabName,
) -> StoreResult<Option<Lab>> {
    let args = args![group.as_str(), name.as_str()];
    let row = db.fetch_optional(LAB_BY_NAME, args).await?;
    row.map(to_lab).transpose()
}

pub(crate) async fn labs(db: &mut Db) -> StoreResult<Vec<Lab>> {
    let rows = db.fetch_all(LABS, args![]).await?;
    rows.into_iter().map(to_lab).collect()
}

/// The labs a person has registered in, without those that are being deleted, by title.
pub(crate) async fn labs_of_person(db: &mut Db, person: PersonId) -> StoreResult<Vec<Lab>> {
    let rows = db.fetch_all(LABS_OF_PERSON, args![person]).await?;
    rows.into_iter().map(to_lab).collect()
}

pub(crate) async fn insert(
    db: &mut Db,
    lab: &Lab,
    secrets: &LabSecrets,
    registration: &Registration,
) -> StoreResult<()> {
    let trouble = lab.trouble.as_ref();
    let mut args = args![
        lab.id,
        lab.name.as_str(),
        lab.title.as_str(),
        lab.description.as_str(),
        lab.image.as_str(),
        lab.size.as_str(),
        lab.create_option.code(),
        lab.accounts.admin.as_str(),
        lab.accounts.non_admin.as_ref().map(Username::as_str),
        lab.accounts.shared_password,
        lab.capacity.seats(),
        lab.state.code(),
        lab.wanted_generation,
        lab.published_generation,
        lab.remake.code(),
        lab.open_access,
        lab.deleting,
        trouble.map(|t| t.code.code()),
        trouble.map(|t| t.message.as_str()),
        trouble.map(|t| t.attempts),
        trouble.map(|t| t.since),
        trouble.map(|t| t.failed),
        lab.created_by,
        lab.created_at,
        lab.published_at,
        lab.plan,
        lab.time.quota.seconds(),
    ];
    args.extend(shutdown_values(&lab.time.shutdown));
    args.extend(args![
        lab.money.currency.to_string().as_str(),
        money(lab.money.price.micros()),
        money(lab.money.storage_price.micros()),
        lab.money.budget.map(|budget| money(budget.micros())),
        lab.money.go_on,
        lab.group.as_str(),
    ]);
    args.extend(connection(&lab.connection));
    args.extend(args![
        lab.kept_until,
        &secrets.admin,
        secrets.non_admin.as_ref(),
        &registration.code,
        registration.code_hash.as_str(),
        registration.enabled,
        registration.expires_at,
        registration.uses_left,
    ]);
    db.execute(INSERT, args).await?;
    db.execute(INSERT_VERSION, args![lab.id]).await.map(drop)
}

/// Writes back what may change; group, name, image, size, template and account names never do.
pub(crate) async fn save(db: &mut Db, lab: &Lab, due: Option<Timestamp>) -> StoreResult<()> {
    let trouble = lab.trouble.as_ref();
    let mut args = args![
        lab.id,
        lab.title.as_str(),
        lab.description.as_str(),
        lab.accounts.shared_password,
        lab.capacity.seats(),
        lab.state.code(),
        lab.wanted_generation,
        lab.published_generation,
        lab.remake.code(),
        lab.open_access,
        lab.deleting,
        trouble.map(|t| t.code.code()),
        trouble.map(|t| t.message.as_str()),
        trouble.map(|t| t.attempts),
        trouble.map(|t| t.since),
        trouble.map(|t| t.failed),
        lab.published_at,
        due,
        lab.time.quota.seconds(),
    ];
    args.extend(shutdown_values(&lab.time.shutdown));
    args.extend(args![
        lab.money.budget.map(|budget| money(budget.micros())),
        lab.money.go_on,
    ]);
    args.extend(connection(&lab.connection));
    args.extend(args![lab.kept_until]);
    match db.execute(SAVE, args).await? {
        0 => Err(db.refuse("This lab does not exist any more.")),
        _ => Ok(()),
    }
}

/// The values of the four columns of connecting.
fn connection(profile: &ConnectionProfile) -> [Arg; 4] {
    [
        Arg::from(profile.web_ssh_access.code()),
        Arg::from(profile.web_rdp_access.code()),
        Arg::from(profile.client_ssh_access.code()),
        Arg::from(profile.client_rdp_access.code()),
    ]
}

pub(crate) async fn remove(db: &mut Db, id: LabId) -> StoreResult<()> {
    db.execute(REMOVE, args![id]).await.map(drop)
}

pub(crate) async fn version(db: &mut Db, id: LabId) -> StoreResult<Option<i64>> {
    let row: Option<(i64,)> = db.fetch_optional(VERSION, args![id]).await?;
    Ok(row.map(|(version,)| version))
}

/// Counts a change of the lab.
pub(crate) async fn count_version(db: &mut Db, id: LabId) -> StoreResult<()> {
    db.execute(COUNT_VERSION, args![id]).await.map(drop)
}
