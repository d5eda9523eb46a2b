//! A lab's registration link and passwords. Both are columns of the lab's row, so that who locks the
//! lab locks them.

use domain::id::LabId;
use service::store::{LabSecrets, Registration, StoreResult};
use service::vault::Sealed;

use crate::columns::{id, optional_count, optional_time};
use crate::db::{Db, args, row, statements};

macro_rules! columns {
    () => {
        "id, code, code_hash, code_enabled, code_expires_at, code_uses_left"
    };
}

statements! {
    REGISTRATION [locks] = "SELECT ", columns!(), " FROM labs WHERE id = $1";
    BY_CODE [locks] = "SELECT ", columns!(), " FROM labs WHERE code_hash = $1";
    SET = "UPDATE labs SET code = $2, code_hash = $3, code_enabled = $4, code_expires_at = $5,
            code_uses_left = $6
        WHERE id = $1";
    CALENDAR = "SELECT calendar FROM labs WHERE id = $1";
    BY_CALENDAR = "SELECT id FROM labs WHERE calendar_hash = $1";
    SET_CALENDAR = "UPDATE labs SET calendar = $2, calendar_hash = $3 WHERE id = $1";
    SECRETS = "SELECT admin_secret, non_admin_secret FROM labs WHERE id = $1";
}

row! {
    struct RegistrationRow {
        id: String,
        code: Vec<u8>,
        code_hash: String,
        code_enabled: i64,
        code_expires_at: Option<i64>,
        code_uses_left: Option<i64>,
    }
}

fn to_registration(row: RegistrationRow) -> StoreResult<(LabId, Registration)> {
    let registration = Registration {
        code: Sealed::from_bytes(row.code),
        code_hash: row.code_hash,
        enabled: row.code_enabled != 0,
        expires_at: optional_time(row.code_expires_at),
        uses_left: optional_count("labs.code_uses_left", row.code_uses_left)?,
    };
    Ok((id("labs.id", &row.id)?, registration))
}

pub(crate) async fn registration(db: &mut Db, lab: LabId) -> StoreResult<Option<Registration>> {
    let row = db.fetch_optional(REGISTRATION, args![lab]).await?;
    let found = row.map(to_registration).transpose()?;
    Ok(found.map(|(_, registration)| registration))
}

pub(crate) async fn by_code(
    db: &mut Db,
    code_hash: &str,
) -> StoreResult<Option<(LabId, Registration)>> {
    let row = db.fetch_optional(BY_CODE, args![code_hash]).await?;
    row.map(to_registration).transpose()
}

pub(crate) async fn set(db: &mut Db, lab: LabId, registration: &Registration) -> StoreResult<()> {
    let args = args![
        lab,
        &registration.code,
        registration.code_hash.as_str(),
        registration.enabled,
        registration.expires_at,
        registration.uses_left,
    ];
    match db.execute(SET, args).await? {
        0 => Err(db.refuse("This lab does not exist any more.")),
        _ => Ok(()),
    }
}

pub(crate) async fn secrets(db: &mut Db, lab: LabId) -> StoreResult<Option<LabSecrets>> {
    let row: Option<(Vec<u8>, Option<Vec<u8>>)> = db.fetch_optional(SECRETS, args![lab]).await?;
    Ok(row.map(|(admin, non_admin)| LabSecrets {
        admin: Sealed::from_bytes(admin),
        non_admin: non_admin.map(Sealed::from_bytes),
    }))
}

/// The secret of a lab's calendar link.
pub(crate) async fn calendar(db: &mut Db, lab: LabId) -> StoreResult<Option<Sealed>> {
    let row: Option<(Option<Vec<u8>>,)> = db.fetch_optional(CALENDAR, args![lab]).await?;
    Ok(row.and_then(|(secret,)| secret).map(Sealed::from_bytes))
}

pub(crate) async fn by_calendar(db: &mut Db, hash: &str) -> StoreResult<Option<LabId>> {
    let row: Option<(String,)> = db.fetch_optional(BY_CALENDAR, args![hash]).await?;
    row.map(|(lab,)| id("labs.id", &lab)).transpose()
}

pub(crate) async fn set_calendar(
    db: &mut Db,
    lab: LabId,
    secret: &Sealed,
    hash: &str,
) -> StoreResult<()> {
    db.execute(SET_CALENDAR, args![lab, secret, hash])
        .await
        .map(drop)
}
