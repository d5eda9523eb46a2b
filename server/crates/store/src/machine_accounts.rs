//! Accounts of single machines whose passwords were set there.

use domain::credentials::Username;
use domain::id::MachineId;
use service::store::StoreResult;
use service::vault::Sealed;

use crate::columns::parsed;
use crate::db::{Db, args, statements};

statements! {
    ACCOUNTS = "SELECT username, secret FROM machine_accounts WHERE machine = $1 ORDER BY username";
    PUT = "INSERT INTO machine_accounts (machine, username, secret) VALUES ($1, $2, $3)
        ON CONFLICT (machine, username) DO UPDATE SET secret = excluded.secret";
    CLEAR = "DELETE FROM machine_accounts WHERE machine = $1";
}

pub(crate) async fn accounts(
    db: &mut Db,
    machine: MachineId,
) -> StoreResult<Vec<(Username, Sealed)>> {
    let rows: Vec<(String, Vec<u8>)> = db.fetch_all(ACCOUNTS, args![machine]).await?;
    rows.into_iter()
        .map(|(name, secret)| {
            let name = parsed(
                "machine_accounts.username",
                Username::parse("username", &name),
            )?;
            Ok((name, Sealed::from_bytes(secret)))
        })
        .collect()
}

pub(crate) async fn put(
    db: &mut Db,
    machine: MachineId,
    username: &Username,
    secret: &Sealed,
) -> StoreResult<()> {
    let args = args![machine, username.as_str(), secret];
    db.execute(PUT, args).await.map(drop)
}

pub(crate) async fn clear(db: &mut Db, machine: MachineId) -> StoreResult<()> {
    db.execute(CLEAR, args![machine]).await.map(drop)
}
