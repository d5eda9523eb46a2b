//! The audit log: lines are added, never changed.

use service::store::{Audit, StoreResult};

use crate::db::{Db, args, statements};

statements! {
    INSERT = "INSERT INTO audit (at, person, action, lab, text) VALUES ($1, $2, $3, $4, $5)";
}

pub(crate) async fn insert(db: &mut Db, audit: &Audit) -> StoreResult<()> {
    let args = args![
        audit.at,
        audit.by,
        audit.action,
        audit.lab,
        audit.text.as_str()
    ];
    db.execute(INSERT, args).await.map(drop)
}
