//! Groups of people that labs take their lists from.

use domain::time::Timestamp;
use service::store::{DirectoryGroup, StoreResult};

use crate::columns::{json, to_json};
use crate::db::{Db, args, statements};

statements! {
    GROUP = "SELECT id, name, members FROM directory_groups WHERE id = $1";
    GROUPS = "SELECT id, name, members FROM directory_groups ORDER BY lower(name), id";
    PUT = "INSERT INTO directory_groups (id, name, members) VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, members = excluded.members,
            source = 'Api'";
    TOLD = "UPDATE directory_groups SET told_at = $2 WHERE id = $1";
    FORGET_TOLD = "DELETE FROM directory_groups WHERE source = 'Outside' AND told_at < $1";
    REMOVE = "DELETE FROM directory_groups WHERE id = $1";
    FORGET_MEMBERS = "DELETE FROM directory_members WHERE directory_group = $1";
    MEMBER = "INSERT INTO directory_members (directory_group, email) VALUES ($1, $2) ON CONFLICT DO NOTHING";
}

type Row = (String, String, String);

fn to_group((id, name, members): Row) -> StoreResult<DirectoryGroup> {
    let members = json("directory_groups.members", &members)?;
    Ok(DirectoryGroup { id, name, members })
}

pub(crate) async fn group(db: &mut Db, id: &str) -> StoreResult<Option<DirectoryGroup>> {
    let row: Option<Row> = db.fetch_optional(GROUP, args![id]).await?;
    row.map(to_group).transpose()
}

pub(crate) async fn groups(db: &mut Db) -> StoreResult<Vec<DirectoryGroup>> {
    let rows: Vec<Row> = db.fetch_all(GROUPS, args![]).await?;
    rows.into_iter().map(to_group).collect()
}

pub(crate) async fn put(db: &mut Db, group: &DirectoryGroup) -> StoreResult<()> {
    let members = to_json(&group.members)?;
    let args = args![group.id.as_str(), group.name.as_str(), members.as_str()];
    db.execute(PUT, args).await?;
    put_members(db, group).await
}

/// Writes a group's members one by one, so that a person's groups can be found.
pub(crate) async fn put_members(db: &mut Db, group: &DirectoryGroup) -> StoreResult<()> {
    db.execute(FORGET_MEMBERS, args![group.id.as_str()]).await?;
    for member in &group.members {
        let args = args![group.id.as_str(), member.email.as_str()];
        db.execute(MEMBER, args).await?;
    }
    Ok(())
}

pub(crate) async fn note_told(db: &mut Db, id: &str, at: Timestamp) -> StoreResult<()> {
    db.execute(TOLD, args![id, at]).await.map(drop)
}

pub(crate) async fn forget_told(db: &mut Db, before: Timestamp) -> StoreResult<()> {
    db.execute(FORGET_TOLD, args![before]).await.map(drop)
}

/// Whether it was there.
pub(crate) async fn remove(db: &mut Db, id: &str) -> StoreResult<bool> {
    Ok(db.execute(REMOVE, args![id]).await? > 0)
}
