//! The audit log: lines are added, never changed.

use service::store::{Audit, StoreResult};

use crate::db::{Db, args, statements};

statements! {
    INSERT = "INSERT INTO audit (at, person, action, lab, text, address)
        VALUES ($1, $2, $3, $4, $5, $6)";
}

pub(crate) async fn insert(db: &mut Db, audit: &Audit) -> StoreResult<()> {
    let args = args![
        audit.at,
        audit.by,
        audit.action,
        audit.lab,
        audit.text.as_str(),
        audit.from.as_str(),
    ];
    db.execute(INSERT, args).await.map(drop)
}
