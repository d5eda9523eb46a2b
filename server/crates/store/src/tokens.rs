//! Access tokens, by the hash of their secret.

use domain::id::{PersonId, TokenId};
use domain::name::TokenName;
use domain::time::Timestamp;
use domain::token::AccessToken;
use service::store::StoreResult;

use crate::codes::{Code as _, choice};
use crate::columns::{id, optional_time, parsed, time};
use crate::db::{Db, args, row, statements};

macro_rules! columns {
    () => {
        "id, person, name, reach, created_at, expires_at, used_at"
    };
}

statements! {
    BY_HASH = "SELECT ", columns!(), " FROM access_tokens WHERE token_hash = $1";
    OF_PERSON = "SELECT ", columns!(), " FROM access_tokens WHERE person = $1 ORDER BY created_at, id";
    INSERT = "INSERT INTO access_tokens (", columns!(), ", token_hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    TOUCH = "UPDATE access_tokens SET used_at = $2 WHERE id = $1";
    REMOVE = "DELETE FROM access_tokens WHERE id = $1 AND person = $2";
}

row! {
    struct Row {
        id: String,
        person: String,
        name: String,
        reach: String,
        created_at: i64,
        expires_at: i64,
        used_at: Option<i64>,
    }
}

fn to_token(row: Row) -> StoreResult<AccessToken> {
    Ok(AccessToken {
        id: id("access_tokens.id", &row.id)?,
        person: id("access_tokens.person", &row.person)?,
        name: parsed("access_tokens.name", TokenName::parse(&row.name))?,
        reach: choice("access_tokens.reach", &row.reach)?,
        created_at: time(row.created_at),
        expires_at: time(row.expires_at),
        used_at: optional_time(row.used_at),
    })
}

pub(crate) async fn by_hash(db: &mut Db, hash: &str) -> StoreResult<Option<AccessToken>> {
    let row = db.fetch_optional(BY_HASH, args![hash]).await?;
    row.map(to_token).transpose()
}

pub(crate) async fn of_person(db: &mut Db, person: PersonId) -> StoreResult<Vec<AccessToken>> {
    let rows = db.fetch_all(OF_PERSON, args![person]).await?;
    rows.into_iter().map(to_token).collect()
}

pub(crate) async fn insert(db: &mut Db, token: &AccessToken, hash: &str) -> StoreResult<()> {
    let args = args![
        token.id,
        token.person,
        token.name.as_str(),
        token.reach.code(),
        token.created_at,
        token.expires_at,
        token.used_at,
        hash,
    ];
    db.execute(INSERT, args).await.map(drop)
}

pub(crate) async fn touch(db: &mut Db, token: TokenId, at: Timestamp) -> StoreResult<()> {
    db.execute(TOUCH, args![token, at]).await.map(drop)
}

pub(crate) async fn remove(db: &mut Db, token: TokenId, person: PersonId) -> StoreResult<bool> {
    Ok(db.execute(REMOVE, args![token, person]).await? > 0)
}
