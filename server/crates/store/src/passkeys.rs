//! Passkeys of people, and the challenges that were answered with them.

use domain::id::PersonId;
use domain::name::PasskeyName;
use domain::time::Timestamp;
use service::store::{PasskeyRow, StoreResult};

use crate::columns::{id, parsed, time};
use crate::db::{Db, args, row, statements};

macro_rules! columns {
    () => {
        "credential, person, name, key, created_at, used_at"
    };
}

statements! {
    PASSKEY [locks] = "SELECT ", columns!(), " FROM passkeys WHERE credential = $1";
    OF_PERSON = "SELECT ", columns!(), " FROM passkeys WHERE person = $1 ORDER BY created_at, credential";
    INSERT = "INSERT INTO passkeys (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6)";
    USE = "UPDATE passkeys SET key = $2, used_at = $3 WHERE credential = $1";
    REMOVE = "DELETE FROM passkeys WHERE person = $1 AND credential = $2";
    FORGET = "DELETE FROM passkey_challenges WHERE ends_at <= $1";
    ANSWER = "INSERT INTO passkey_challenges (hash, ends_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING";
}

row! {
    struct Row {
        credential: String,
        person: String,
        name: String,
        key: String,
        created_at: i64,
        used_at: Option<i64>,
    }
}

fn to_passkey(row: Row) -> StoreResult<PasskeyRow> {
    Ok(PasskeyRow {
        credential: row.credential,
        person: id("passkeys.person", &row.person)?,
        name: parsed("passkeys.name", PasskeyName::parse(&row.name))?,
        key: row.key,
        created_at: time(row.created_at),
        used_at: row.used_at.map(time),
    })
}

pub(crate) async fn passkey(db: &mut Db, credential: &str) -> StoreResult<Option<PasskeyRow>> {
    let row = db.fetch_optional(PASSKEY, args![credential]).await?;
    row.map(to_passkey).transpose()
}

pub(crate) async fn of_person(db: &mut Db, person: PersonId) -> StoreResult<Vec<PasskeyRow>> {
    let rows = db.fetch_all(OF_PERSON, args![person]).await?;
    rows.into_iter().map(to_passkey).collect()
}

pub(crate) async fn insert(db: &mut Db, passkey: &PasskeyRow) -> StoreResult<()> {
    let args = args![
        passkey.credential.as_str(),
        passkey.person,
        passkey.name.as_str(),
        passkey.key.as_str(),
        passkey.created_at,
        passkey.used_at,
    ];
    db.execute(INSERT, args).await.map(drop)
}

pub(crate) async fn note_use(
    db: &mut Db,
    credential: &str,
    key: &str,
    at: Timestamp,
) -> StoreResult<()> {
    db.execute(USE, args![credential, key, at]).await.map(drop)
}

pub(crate) async fn remove(db: &mut Db, person: PersonId, credential: &str) -> StoreResult<bool> {
    Ok(db.execute(REMOVE, args![person, credential]).await? > 0)
}

pub(crate) async fn answer(
    db: &mut Db,
    hash: &str,
    ends_at: Timestamp,
    now: Timestamp,
) -> StoreResult<bool> {
    db.execute(FORGET, args![now]).await?;
    Ok(db.execute(ANSWER, args![hash, ends_at]).await? > 0)
}
