//! Learning platforms, and the one-time addresses by which they register themselves.

use domain::id::PlatformId;
use domain::name::PlatformName;
use domain::platform::{Platform, PlatformDetails};
use domain::web_address::{Scheme, WebAddress};
use service::store::{PlatformInvite, StoreResult};

use crate::columns::{id, json, parsed, time, to_json};
use crate::db::{Arg, Db, args, row, statements};

macro_rules! columns {
    () => {
        "id, name, issuer, client_id, deployments, pages, authorization_endpoint, token_endpoint, token_audience, \
         keys_address, trusts_email, enabled, created_at"
    };
}

statements! {
    PLATFORMS = "SELECT ", columns!(), " FROM lti_platforms ORDER BY lower(name), id";
    PLATFORM = "SELECT ", columns!(), " FROM lti_platforms WHERE id = $1";
    BY_ISSUER = "SELECT ", columns!(), " FROM lti_platforms WHERE issuer = $1 ORDER BY created_at, id";
    INSERT = "INSERT INTO lti_platforms (", columns!(), ")
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    SAVE = "UPDATE lti_platforms SET name = $2, issuer = $3, client_id = $4, deployments = $5, pages = $6,
        authorization_endpoint = $7, token_endpoint = $8, token_audience = $9, keys_address = $10, trusts_email = $11,
        enabled = $12, created_at = $13 WHERE id = $1";
    REMOVE = "DELETE FROM lti_platforms WHERE id = $1";
    FORGET_PEOPLE = "DELETE FROM identities WHERE provider = $1";
    INVITE = "SELECT token_hash, made_by, expires_at FROM lti_invites WHERE token_hash = $1";
    INSERT_INVITE = "INSERT INTO lti_invites (token_hash, made_by, expires_at) VALUES ($1, $2, $3)";
    TAKE_INVITE = "DELETE FROM lti_invites WHERE token_hash = $1 RETURNING token_hash, made_by, expires_at";
}

row! {
    struct PlatformRow {
        id: String,
        name: String,
        issuer: String,
        client_id: String,
        deployments: String,
        pages: String,
        authorization_endpoint: String,
        token_endpoint: String,
        token_audience: Option<String>,
        keys_address: String,
        trusts_email: i64,
        enabled: i64,
        created_at: i64,
    }
}

fn to_platform(row: PlatformRow) -> StoreResult<Platform> {
    // Whether it had to be encrypted was asked when it was written.
    let address = |column, text: &str| parsed(column, WebAddress::parse(column, text, Scheme::Any));
    Ok(Platform {
        id: id("lti_platforms.id", &row.id)?,
        details: PlatformDetails {
            name: parsed("lti_platforms.name", PlatformName::parse(&row.name))?,
            issuer: row.issuer,
            client_id: row.client_id,
            deployments: json("lti_platforms.deployments", &row.deployments)?,
            authorization: address("authorization_endpoint", &row.authorization_endpoint)?,
            token: address("token_endpoint", &row.token_endpoint)?,
            audience: row.token_audience,
            keys: address("keys_address", &row.keys_address)?,
            pages: json("lti_platforms.pages", &row.pages)?,
            trusts_email: row.trusts_email != 0,
        },
        enabled: row.enabled != 0,
        created_at: time(row.created_at),
    })
}

fn values(platform: &Platform) -> StoreResult<Vec<Arg>> {
    let details = &platform.details;
    Ok(args![
        platform.id,
        details.name.as_str(),
        details.issuer.as_str(),
        details.client_id.as_str(),
        to_json(&details.deployments)?.as_str(),
        to_json(&details.pages)?.as_str(),
        details.authorization.as_str(),
        details.token.as_str(),
        details.audience.as_deref(),
        details.keys.as_str(),
        details.trusts_email,
        platform.enabled,
        platform.created_at,
    ])
}

pub(crate) async fn platforms(db: &mut Db) -> StoreResult<Vec<Platform>> {
    let rows = db.fetch_all(PLATFORMS, args![]).await?;
    rows.into_iter().map(to_platform).collect()
}

pub(crate) async fn platform(db: &mut Db, id: PlatformId) -> StoreResult<Option<Platform>> {
    let row = db.fetch_optional(PLATFORM, args![id]).await?;
    row.map(to_platform).transpose()
}

pub(crate) async fn by_issuer(db: &mut Db, issuer: &str) -> StoreResult<Vec<Platform>> {
    let rows = db.fetch_all(BY_ISSUER, args![issuer]).await?;
    rows.into_iter().map(to_platform).collect()
}

pub(crate) async fn insert(db: &mut Db, platform: &Platform) -> StoreResult<()> {
    db.execute(INSERT, values(platform)?).await.map(drop)
}

pub(crate) async fn save(db: &mut Db, platform: &Platform) -> StoreResult<()> {
    db.execute(SAVE, values(platform)?).await.map(drop)
}

/// Whether it was there.
pub(crate) async fn remove(db: &mut Db, id: PlatformId) -> StoreResult<bool> {
    let provider = format!("lti/{id}");
    db.execute(FORGET_PEOPLE, args![provider.as_str()]).await?;
    Ok(db.execute(REMOVE, args![id]).await? > 0)
}

type InviteRow = (String, String, i64);

fn to_invite((token_hash, made_by, expires_at): InviteRow) -> StoreResult<PlatformInvite> {
    Ok(PlatformInvite {
        token_hash,
        made_by: id("lti_invites.made_by", &made_by)?,
        expires_at: time(expires_at),
    })
}

pub(crate) async fn invite(db: &mut Db, hash: &str) -> StoreResult<Option<PlatformInvite>> {
    let row: Option<InviteRow> = db.fetch_optional(INVITE, args![hash]).await?;
    row.map(to_invite).transpose()
}

pub(crate) async fn insert_invite(db: &mut Db, invite: &PlatformInvite) -> StoreResult<()> {
    let args = args![
        invite.token_hash.as_str(),
        invite.made_by,
        invite.expires_at
    ];
    db.execute(INSERT_INVITE, args).await.map(drop)
}

pub(crate) async fn take_invite(db: &mut Db, hash: &str) -> StoreResult<Option<PlatformInvite>> {
    let row: Option<InviteRow> = db.fetch_optional(TAKE_INVITE, args![hash]).await?;
    row.map(to_invite).transpose()
}
