//! How people come in beside their password: what providers know them by.

use domain::email::Email;
use domain::id::PersonId;
use domain::time::Timestamp;
use service::store::{ProviderIdentity, StoreResult};

use crate::columns::{id, parsed, time};
use crate::db::{Db, args, row, statements};

macro_rules! columns {
    () => {
        "provider, subject, person, email, created_at, used_at"
    };
}

statements! {
    IDENTITY = "SELECT ", columns!(), " FROM identities WHERE provider = $1 AND subject = $2";
    OF_PERSON = "SELECT ", columns!(), " FROM identities WHERE person = $1 ORDER BY created_at, provider";
    INSERT = "INSERT INTO identities (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6)";
    TOUCH = "UPDATE identities SET used_at = $3 WHERE provider = $1 AND subject = $2";
    REMOVE = "DELETE FROM identities WHERE person = $1 AND provider = $2";
}

row! {
    struct IdentityRow {
        provider: String,
        subject: String,
        person: String,
        email: Option<String>,
        created_at: i64,
        used_at: i64,
    }
}

fn to_identity(row: IdentityRow) -> StoreResult<ProviderIdentity> {
    let email = row.email.as_deref().map(Email::parse).transpose();
    Ok(ProviderIdentity {
        provider: row.provider,
        subject: row.subject,
        person: id("identities.person", &row.person)?,
        email: parsed("identities.email", email)?,
        created_at: time(row.created_at),
        used_at: time(row.used_at),
    })
}

pub(crate) async fn identity(
    db: &mut Db,
    provider: &str,
    subject: &str,
) -> StoreResult<Option<ProviderIdentity>> {
    let row = db
        .fetch_optional(IDENTITY, args![provider, subject])
        .await?;
    row.map(to_identity).transpose()
}

pub(crate) async fn of_person(db: &mut Db, person: PersonId) -> StoreResult<Vec<ProviderIdentity>> {
    let rows = db.fetch_all(OF_PERSON, args![person]).await?;
    rows.into_iter().map(to_identity).collect()
}

pub(crate) async fn insert(db: &mut Db, identity: &ProviderIdentity) -> StoreResult<()> {
    let args = args![
        identity.provider.as_str(),
        identity.subject.as_str(),
        identity.person,
        identity.email.as_ref().map(Email::as_str),
        identity.created_at,
        identity.used_at,
    ];
    db.execute(INSERT, args).await.map(drop)
}

pub(crate) async fn touch(
    db: &mut Db,
    provider: &str,
    subject: &str,
    at: Timestamp,
) -> StoreResult<()> {
    db.execute(TOUCH, args![provider, subject, at])
        .await
        .map(drop)
}

pub(crate) async fn remove(db: &mut Db, person: PersonId, provider: &str) -> StoreResult<bool> {
    Ok(db.execute(REMOVE, args![person, provider]).await? > 0)
}
