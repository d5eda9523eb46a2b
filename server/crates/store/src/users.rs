//! The lines of labs' lists, and the places that people have by them.

use domain::email::Email;
use domain::id::{LabId, PersonId, UserId};
use domain::name::PersonName;
use domain::quota::AdditionalQuota;
use domain::resource::ResourceName;
use domain::user::User;
use service::store::{Place, StoreResult};

use crate::codes::{Code as _, choice};
use crate::columns::{id, optional_id, optional_time, parsed, time};
use crate::db::{Db, args, row, statements};
use crate::failure::defect;
use crate::{labs, machines};

macro_rules! columns {
    () => {
        "id, lab, email, person, registered_at, added_at, additional_quota, lab_group, name, \
         invitation, invited_at, full_name"
    };
}

statements! {
    USER [locks] = "SELECT ", columns!(), " FROM users WHERE id = $1";
    USERS [locks] = "SELECT ", columns!(), " FROM users WHERE lab = $1 ORDER BY email";
    BY_EMAIL [locks] = "SELECT ", columns!(), " FROM users WHERE lab = $1 AND email = $2";
    // The index on names knows no line without one.
    BY_NAME [locks] = "SELECT ", columns!(), " FROM users
        WHERE lab = $1 AND name IS NOT NULL AND lower(name) = lower($2)";
    BY_PERSON [locks] = "SELECT ", columns!(), " FROM users WHERE lab = $1 AND person = $2";
    OF_PERSON = "SELECT ", columns!(), " FROM users WHERE person = $1";
    WAITING [locks] = "SELECT ", columns!(), " FROM users
        WHERE lab = $1 AND registered_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM machines WHERE machines.claimed_by = users.id AND machines.present = 1)
        ORDER BY registered_at, id";
    INSERT = "INSERT INTO users (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    SAVE = "UPDATE users SET email = $3, person = $4, registered_at = $5, added_at = $6,
            additional_quota = $7, lab_group = $8, name = $9, invitation = $10, invited_at = $11,
            full_name = $12
        WHERE id = $1 AND lab = $2";
    MACHINE_OF = "SELECT id FROM machines WHERE claimed_by = $1 AND present = 1";
    // A machine on its way out is nobody's any more.
    LET_GO = "UPDATE machines SET claimed_by = NULL WHERE claimed_by = $1 AND present = 0";
    REMOVE = "DELETE FROM users WHERE id = $1 AND lab = $2";
}

row! {
    struct UserRow {
        id: String,
        lab: String,
        email: String,
        person: Option<String>,
        registered_at: Option<i64>,
        added_at: i64,
        additional_quota: i64,
        lab_group: Option<String>,
        name: Option<String>,
        invitation: String,
        invited_at: Option<i64>,
        full_name: Option<String>,
    }
}

fn to_user(row: UserRow) -> StoreResult<User> {
    Ok(User {
        id: id("users.id", &row.id)?,
        lab: id("users.lab", &row.lab)?,
        email: parsed("users.email", Email::parse(&row.email))?,
        person: optional_id("users.person", row.person.as_deref())?,
        registered_at: optional_time(row.registered_at),
        added_at: time(row.added_at),
        additional: parsed(
            "users.additional_quota",
            AdditionalQuota::from_seconds(row.additional_quota),
        )?,
        group: optional_id("users.lab_group", row.lab_group.as_deref())?,
        name: parsed(
            "users.name",
            row.name.as_deref().map(ResourceName::parse).transpose(),
        )?,
        invitation: choice("users.invitation", &row.invitation)?,
        invited_at: optional_time(row.invited_at),
        full_name: parsed(
            "users.full_name",
            row.full_name.as_deref().map(PersonName::parse).transpose(),
        )?,
    })
}

pub(crate) async fn user(db: &mut Db, id: UserId) -> StoreResult<Option<User>> {
    let row = db.fetch_optional(USER, args![id]).await?;
    row.map(to_user).transpose()
}

pub(crate) async fn users(db: &mut Db, lab: LabId) -> StoreResult<Vec<User>> {
    let rows = db.fetch_all(USERS, args![lab]).await?;
    rows.into_iter().map(to_user).collect()
}

pub(crate) async fn by_email(db: &mut Db, lab: LabId, email: &Email) -> StoreResult<Option<User>> {
    let row = db
        .fetch_optional(BY_EMAIL, args![lab, email.as_str()])
        .await?;
    row.map(to_user).transpose()
}

pub(crate) async fn by_name(
    db: &mut Db,
    lab: LabId,
    name: &ResourceName,
) -> StoreResult<Option<User>> {
    let row = db
        .fetch_optional(BY_NAME, args![lab, name.as_str()])
        .await?;
    row.map(to_user).transpose()
}

pub(crate) async fn by_person(
    db: &mut Db,
    lab: LabId,
    person: PersonId,
) -> StoreResult<Option<User>> {
    let row = db.fetch_optional(BY_PERSON, args![lab, person]).await?;
    row.map(to_user).transpose()
}

pub(crate) async fn waiting(db: &mut Db, lab: LabId) -> StoreResult<Vec<User>> {
    let rows = db.fetch_all(WAITING, args![lab]).await?;
    rows.into_iter().map(to_user).collect()
}

pub(crate) async fn places(db: &mut Db, person: PersonId) -> StoreResult<Vec<Place>> {
    let labs = labs::labs_of_person(db, person).await?;
    let rows = db.fetch_all(OF_PERSON, args![person]).await?;
    let users = rows
        .into_iter()
        .map(to_user)
        .collect::<StoreResult<Vec<User>>>()?;
    let machines = machines::of_person(db, person).await?;
    let place = |lab: domain::lab::Lab| {
        let user = users.iter().find(|user| user.lab == lab.id)?.clone();
        let machine = machines
            .iter()
            .find(|m| m.claimed_by == Some(user.id))
            .cloned();
        Some(Place { lab, user, machine })
    };
    Ok(labs.into_iter().filter_map(place).collect())
}

pub(crate) async fn insert(db: &mut Db, lab: LabId, user: &User) -> StoreResult<()> {
    if user.lab != lab {
        return Err(db.give_up(defect("a line was to be added to another lab's list")));
    }
    let args = args![
        user.id,
        lab,
        user.email.as_str(),
        user.person,
        user.registered_at,
        user.added_at,
        user.additional.seconds(),
        user.group,
        user.name.as_ref().map(ResourceName::as_str),
        user.invitation.code(),
        user.invited_at,
        user.full_name.as_ref().map(PersonName::as_str),
    ];
    db.execute(INSERT, args).await.map(drop)
}

pub(crate) async fn save(db: &mut Db, lab: LabId, user: &User) -> StoreResult<()> {
    let args = args![
        user.id,
        lab,
        user.email.as_str(),
        user.person,
        user.registered_at,
        user.added_at,
        user.additional.seconds(),
        user.group,
        user.name.as_ref().map(ResourceName::as_str),
        user.invitation.code(),
        user.invited_at,
        user.full_name.as_ref().map(PersonName::as_str),
    ];
    match db.execute(SAVE, args).await? {
        0 => Err(db.refuse("This user is not on the lab's list any more.")),
        _ => Ok(()),
    }
}

pub(crate) async fn remove(db: &mut Db, lab: LabId, id: UserId) -> StoreResult<()> {
    // The foreign key holds this as well; asking first gives the better sentence on SQLite.
    let machine: Option<(String,)> = db.fetch_optional(MACHINE_OF, args![id]).await?;
    if machine.is_some() {
        return Err(db.refuse("A user with a machine must stay on the lab's list."));
    }
    db.execute(LET_GO, args![id]).await?;
    db.execute(REMOVE, args![id, lab]).await.map(drop)
}
