//! People and groups that a directory pushes by SCIM.

use domain::email::Email;
use domain::id::PersonId;
use domain::name::PersonName;
use service::store::{DirectoryGroup, GroupSource, ScimGroup, ScimMember, ScimUser, StoreResult};

use crate::codes::{Code as _, choice};
use crate::columns::{count, id, parsed, time, to_json};
use crate::db::{Db, args, row, statements};

macro_rules! user_columns {
    () => {
        "person, user_name, external_id, document, created_at, changed_at, version"
    };
}

macro_rules! group_columns {
    () => {
        "id, external_id, document, created_at, changed_at, version"
    };
}

macro_rules! members {
    () => {
        "SELECT scim_members.scim_group, people.id, people.email, people.name, people.disabled
            FROM scim_members JOIN people ON people.id = scim_members.person"
    };
}

statements! {
    USER [locks] = "SELECT ", user_columns!(), " FROM scim_users WHERE person = $1";
    USER_BY_NAME = "SELECT ", user_columns!(), " FROM scim_users WHERE name_key = $1";
    USERS = "SELECT ", user_columns!(), " FROM scim_users ORDER BY person";
    PUT_USER = "INSERT INTO scim_users (", user_columns!(), ", name_key)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (person) DO UPDATE SET user_name = $2, external_id = $3, document = $4,
            changed_at = $6, version = $7, name_key = $8";
    REMOVE_USER = "DELETE FROM scim_users WHERE person = $1";
    // Another address is yet to be shown to be theirs.
    RENAME = "UPDATE people SET proven = CASE WHEN email = $2 THEN proven ELSE 0 END, email = $2, name = $3
        WHERE id = $1";
    GROUP [locks] = "SELECT ", group_columns!(), " FROM scim_groups WHERE id = $1";
    GROUP_BY_EXTERNAL_ID = "SELECT ", group_columns!(), " FROM scim_groups WHERE external_id = $1";
    GROUPS = "SELECT ", group_columns!(), " FROM scim_groups ORDER BY id";
    PUT_GROUP = "INSERT INTO scim_groups (", group_columns!(), ")
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO UPDATE SET external_id = $2, document = $3, changed_at = $5, version = $6";
    MEMBERS = members!(), " WHERE scim_members.scim_group = $1 ORDER BY people.email";
    ALL_MEMBERS = members!(), " ORDER BY scim_members.scim_group, people.email";
    GROUPS_OF = "SELECT directory_groups.id, directory_groups.name
        FROM scim_members JOIN directory_groups ON directory_groups.id = scim_members.scim_group
        WHERE scim_members.person = $1 ORDER BY directory_groups.name, directory_groups.id";
    ADD_MEMBER = "INSERT INTO scim_members (scim_group, person) VALUES ($1, $2)";
    REMOVE_MEMBER = "DELETE FROM scim_members WHERE scim_group = $1 AND person = $2";
    SOURCE = "SELECT source FROM directory_groups WHERE id = $1";
    PUT_OF = "INSERT INTO directory_groups (id, name, members, source) VALUES ($1, $2, $3, $4)
        ON CONFLICT (id) DO UPDATE SET name = $2, members = $3, source = $4";
}

row! {
    struct UserRow {
        person: String,
        user_name: String,
        external_id: Option<String>,
        document: String,
        created_at: i64,
        changed_at: i64,
        version: i64,
    }
}

fn to_user(row: UserRow) -> StoreResult<ScimUser> {
    Ok(ScimUser {
        person: id("scim_users.person", &row.person)?,
        user_name: row.user_name,
        external_id: row.external_id,
        document: row.document,
        created_at: time(row.created_at),
        changed_at: time(row.changed_at),
        version: count("scim_users.version", row.version)?,
    })
}

row! {
    struct GroupRow {
        id: String,
        external_id: Option<String>,
        document: String,
        created_at: i64,
        changed_at: i64,
        version: i64,
    }
}

fn to_group(row: GroupRow) -> StoreResult<ScimGroup> {
    Ok(ScimGroup {
        id: row.id,
        external_id: row.external_id,
        document: row.document,
        created_at: time(row.created_at),
        changed_at: time(row.changed_at),
        version: count("scim_groups.version", row.version)?,
    })
}

type MemberRow = (String, String, String, String, i64);

fn to_member(
    (group, person, email, name, disabled): MemberRow,
) -> StoreResult<(String, ScimMember)> {
    let member = ScimMember {
        person: id("people.id", &person)?,
        email: parsed("people.email", Email::parse(&email))?,
        name: parsed("people.name", PersonName::parse(&name))?,
        disabled: disabled != 0,
    };
    Ok((group, member))
}

pub(crate) async fn user(db: &mut Db, person: PersonId) -> StoreResult<Option<ScimUser>> {
    let row = db.fetch_optional(USER, args![person]).await?;
    row.map(to_user).transpose()
}

pub(crate) async fn user_by_name(db: &mut Db, name: &str) -> StoreResult<Option<ScimUser>> {
    let key = name.to_lowercase();
    let row = db.fetch_optional(USER_BY_NAME, args![key.as_str()]).await?;
    row.map(to_user).transpose()
}

pub(crate) async fn users(db: &mut Db) -> StoreResult<Vec<ScimUser>> {
    let rows = db.fetch_all(USERS, args![]).await?;
    rows.into_iter().map(to_user).collect()
}

pub(crate) async fn put_user(db: &mut Db, user: &ScimUser) -> StoreResult<()> {
    let key = user.user_name.to_lowercase();
    let args = args![
        user.person,
        user.user_name.as_str(),
        user.external_id.as_deref(),
        user.document.as_str(),
        user.created_at,
        user.changed_at,
        user.version,
        key.as_str(),
    ];
    db.execute(PUT_USER, args).await.map(drop)
}

pub(crate) async fn remove_user(db: &mut Db, person: PersonId) -> StoreResult<()> {
    db.execute(REMOVE_USER, args![person]).await.map(drop)
}

pub(crate) async fn rename(
    db: &mut Db,
    person: PersonId,
    email: &Email,
    name: &PersonName,
) -> StoreResult<()> {
    let args = args![person, email.as_str(), name.as_str()];
    db.execute(RENAME, args).await.map(drop)
}

pub(crate) async fn group(db: &mut Db, id: &str) -> StoreResult<Option<ScimGroup>> {
    let row = db.fetch_optional(GROUP, args![id]).await?;
    row.map(to_group).transpose()
}

pub(crate) async fn group_by_external_id(db: &mut Db, id: &str) -> StoreResult<Option<ScimGroup>> {
    let row = db.fetch_optional(GROUP_BY_EXTERNAL_ID, args![id]).await?;
    row.map(to_group).transpose()
}

pub(crate) async fn groups(db: &mut Db) -> StoreResult<Vec<ScimGroup>> {
    let rows = db.fetch_all(GROUPS, args![]).await?;
    rows.into_iter().map(to_group).collect()
}

pub(crate) async fn put_group(db: &mut Db, group: &ScimGroup) -> StoreResult<()> {
    let args = args![
        group.id.as_str(),
        group.external_id.as_deref(),
        group.document.as_str(),
        group.created_at,
        group.changed_at,
        group.version,
    ];
    db.execute(PUT_GROUP, args).await.map(drop)
}

pub(crate) async fn members(db: &mut Db, group: &str) -> StoreResult<Vec<ScimMember>> {
    let rows: Vec<MemberRow> = db.fetch_all(MEMBERS, args![group]).await?;
    rows.into_iter().map(|row| Ok(to_member(row)?.1)).collect()
}

pub(crate) async fn all_members(db: &mut Db) -> StoreResult<Vec<(String, ScimMember)>> {
    let rows: Vec<MemberRow> = db.fetch_all(ALL_MEMBERS, args![]).await?;
    rows.into_iter().map(to_member).collect()
}

pub(crate) async fn groups_of(db: &mut Db, person: PersonId) -> StoreResult<Vec<(String, String)>> {
    db.fetch_all(GROUPS_OF, args![person]).await
}

pub(crate) async fn add_member(db: &mut Db, group: &str, person: PersonId) -> StoreResult<()> {
    db.execute(ADD_MEMBER, args![group, person]).await.map(drop)
}

pub(crate) async fn remove_member(db: &mut Db, group: &str, person: PersonId) -> StoreResult<()> {
    db.execute(REMOVE_MEMBER, args![group, person])
        .await
        .map(drop)
}

pub(crate) async fn source(db: &mut Db, id: &str) -> StoreResult<Option<GroupSource>> {
    let row: Option<(String,)> = db.fetch_optional(SOURCE, args![id]).await?;
    row.map(|(source,)| choice("directory_groups.source", &source))
        .transpose()
}

pub(crate) async fn put_group_of(
    db: &mut Db,
    group: &DirectoryGroup,
    source: GroupSource,
) -> StoreResult<()> {
    let members = to_json(&group.members)?;
    let args = args![
        group.id.as_str(),
        group.name.as_str(),
        members.as_str(),
        source.code(),
    ];
    db.execute(PUT_OF, args).await?;
    crate::directory::put_members(db, group).await
}
