//! Secrets of programs that sign in by themselves, by their hashes.

use domain::id::PersonId;
use domain::time::Timestamp;
use service::store::{ClientSecret, StoreResult};

use crate::columns::{id, time};
use crate::db::{Db, args, statements};

statements! {
    SECRET = "SELECT person, created_at, expires_at FROM client_secrets WHERE secret_hash = $1";
    INSERT = "INSERT INTO client_secrets (secret_hash, person, created_at, expires_at)
        VALUES ($1, $2, $3, $4)";
    FORGET_TOKENS = "DELETE FROM access_tokens WHERE person = $1 AND expires_at <= $2";
}

pub(crate) async fn secret(db: &mut Db, hash: &str) -> StoreResult<Option<ClientSecret>> {
    let row: Option<(String, i64, i64)> = db.fetch_optional(SECRET, args![hash]).await?;
    row.map(|(person, created_at, expires_at)| {
        Ok(ClientSecret {
            hash: hash.to_owned(),
            person: id("client_secrets.person", &person)?,
            created_at: time(created_at),
            expires_at: time(expires_at),
        })
    })
    .transpose()
}

pub(crate) async fn insert(db: &mut Db, secret: &ClientSecret) -> StoreResult<()> {
    let args = args![
        secret.hash.as_str(),
        secret.person,
        secret.created_at,
        secret.expires_at,
    ];
    db.execute(INSERT, args).await.map(drop)
}

/// Removes the access tokens of a program that have ended.
pub(crate) async fn forget_tokens(
    db: &mut Db,
    person: PersonId,
    now: Timestamp,
) -> StoreResult<()> {
    db.execute(FORGET_TOKENS, args![person, now])
        .await
        .map(drop)
}
