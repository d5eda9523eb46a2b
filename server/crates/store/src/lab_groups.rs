//! Groups inside labs.

use domain::group::{Group, GroupName};
use domain::id::{GroupId, LabId};
use domain::quota::UsageQuota;
use service::store::StoreResult;

use crate::columns::{id, parsed};
use crate::db::{Db, args, row, statements};

statements! {
    GROUPS [locks] = "SELECT id, lab, name, usage_quota FROM lab_groups WHERE lab = $1
        ORDER BY lower(name), id";
    INSERT = "INSERT INTO lab_groups (id, lab, name, usage_quota) VALUES ($1, $2, $3, $4)";
    SAVE = "UPDATE lab_groups SET name = $3, usage_quota = $4 WHERE id = $1 AND lab = $2";
    LEAVE = "UPDATE users SET lab_group = NULL WHERE lab_group = $1 AND lab = $2";
    REMOVE = "DELETE FROM lab_groups WHERE id = $1 AND lab = $2";
}

row! {
    struct GroupRow {
        id: String,
        lab: String,
        name: String,
        usage_quota: Option<i64>,
    }
}

fn to_group(row: GroupRow) -> StoreResult<Group> {
    let quota = row.usage_quota.map(UsageQuota::from_seconds).transpose();
    Ok(Group {
        id: id("lab_groups.id", &row.id)?,
        lab: id("lab_groups.lab", &row.lab)?,
        name: parsed("lab_groups.name", GroupName::parse(&row.name))?,
        quota: parsed("lab_groups.usage_quota", quota)?,
    })
}

pub(crate) async fn groups(db: &mut Db, lab: LabId) -> StoreResult<Vec<Group>> {
    let rows = db.fetch_all(GROUPS, args![lab]).await?;
    rows.into_iter().map(to_group).collect()
}

fn quota(group: &Group) -> Option<i64> {
    group.quota.map(UsageQuota::seconds)
}

pub(crate) async fn insert(db: &mut Db, group: &Group) -> StoreResult<()> {
    let args = args![group.id, group.lab, group.name.as_str(), quota(group)];
    db.execute(INSERT, args).await.map(drop)
}

pub(crate) async fn save(db: &mut Db, group: &Group) -> StoreResult<()> {
    let args = args![group.id, group.lab, group.name.as_str(), quota(group)];
    match db.execute(SAVE, args).await? {
        0 => Err(db.refuse("This group does not exist any more.")),
        _ => Ok(()),
    }
}

pub(crate) async fn remove(db: &mut Db, lab: LabId, group: GroupId) -> StoreResult<()> {
    db.execute(LEAVE, args![group, lab]).await?;
    db.execute(REMOVE, args![group, lab]).await.map(drop)
}
