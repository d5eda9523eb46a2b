//! The keys that this tool signs with.

use service::store::{StoreResult, ToolKey};
use service::vault::Sealed;

use crate::columns::time;
use crate::db::{Db, args, statements};

statements! {
    KEYS = "SELECT id, secret, public, created_at FROM lti_keys ORDER BY created_at DESC, id DESC";
    INSERT = "INSERT INTO lti_keys (id, secret, public, created_at) VALUES ($1, $2, $3, $4)";
}

pub(crate) async fn keys(db: &mut Db) -> StoreResult<Vec<ToolKey>> {
    let rows: Vec<(String, Vec<u8>, String, i64)> = db.fetch_all(KEYS, args![]).await?;
    let key = |(id, secret, public, created_at)| ToolKey {
        id,
        secret: Sealed::from_bytes(secret),
        public,
        created_at: time(created_at),
    };
    Ok(rows.into_iter().map(key).collect())
}

pub(crate) async fn insert(db: &mut Db, key: &ToolKey) -> StoreResult<()> {
    let args = args![
        key.id.as_str(),
        &key.secret,
        key.public.as_str(),
        key.created_at,
    ];
    db.execute(INSERT, args).await.map(drop)
}
