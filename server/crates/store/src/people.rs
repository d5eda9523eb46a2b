//! The organisation, people with accounts, and their roles.

use std::collections::HashMap;

use domain::email::Email;
use domain::id::{LabId, PersonId};
use domain::name::PersonName;
use domain::role::{Grant, Scope};
use service::store::{Organisation, Person, StoreResult};

use crate::codes::{Code as _, choice};
use crate::columns::{count, id, optional_id, parsed, time};
use crate::db::{Db, args, statements};

macro_rules! person_columns {
    () => {
        "id, email, name, password_hash, disabled, created_at, kind"
    };
}

statements! {
    ORGANISATION = "SELECT id, created_at FROM organisation";
    CREATE_ORGANISATION = "INSERT INTO organisation (id, created_at) VALUES ($1, $2)";
    PERSON = "SELECT ", person_columns!(), " FROM people WHERE id = $1";
    PERSON_BY_EMAIL = "SELECT ", person_columns!(), " FROM people WHERE email = $1";
    PEOPLE_OF_LAB = "SELECT ", person_columns!(), " FROM people
        WHERE id IN (SELECT person FROM users WHERE lab = $1) ORDER BY email";
    INSERT_PERSON = "INSERT INTO people (", person_columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7)";
    // Whoever has a password has come.
    SET_PASSWORD_HASH = "UPDATE people SET password_hash = $2,
            kind = CASE WHEN kind = 'Expected' THEN 'User' ELSE kind END
        WHERE id = $1";
    RENAME = "UPDATE people SET name = $2 WHERE id = $1";
    NOTE_ARRIVAL = "UPDATE people SET kind = 'User' WHERE id = $1 AND kind = 'Expected'";
    GRANTS = "SELECT role, lab FROM grants WHERE person = $1 ORDER BY id";
    OWNER = "SELECT id FROM grants WHERE role = 'Owner' AND lab IS NULL
        AND person IN (SELECT id FROM people WHERE disabled = 0) LIMIT 1";
    PEOPLE = "SELECT ", person_columns!(), " FROM people ORDER BY id";
    ALL_GRANTS = "SELECT person, role, lab FROM grants ORDER BY id";
    PLACES = "SELECT person, COUNT(*) FROM users WHERE person IS NOT NULL GROUP BY person";
    REMOVE_GRANT = "DELETE FROM grants WHERE person = $1 AND role = $2 AND coalesce(lab, '') = $3";
    SET_DISABLED = "UPDATE people SET disabled = $2 WHERE id = $1";
    INSERT_GRANT = "INSERT INTO grants (person, role, lab) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
}

#[derive(sqlx::FromRow)]
struct PersonRow {
    id: String,
    email: String,
    name: String,
    password_hash: Option<String>,
    disabled: i64,
    created_at: i64,
    kind: String,
}

fn to_person(row: PersonRow) -> StoreResult<Person> {
    Ok(Person {
        id: id("people.id", &row.id)?,
        email: parsed("people.email", Email::parse(&row.email))?,
        name: parsed("people.name", PersonName::parse(&row.name))?,
        password_hash: row.password_hash,
        disabled: row.disabled != 0,
        created_at: time(row.created_at),
        kind: choice("people.kind", &row.kind)?,
    })
}

pub(crate) async fn organisation(db: &mut Db) -> StoreResult<Option<Organisation>> {
    let row: Option<(String, i64)> = db.fetch_optional(ORGANISATION, args![]).await?;
    row.map(|(text, created_at)| {
        Ok(Organisation {
            id: id("organisation.id", &text)?,
            created_at: time(created_at),
        })
    })
    .transpose()
}

pub(crate) async fn create_organisation(
    db: &mut Db,
    organisation: &Organisation,
) -> StoreResult<()> {
    let args = args![organisation.id, organisation.created_at];
    db.execute(CREATE_ORGANISATION, args).await.map(drop)
}

pub(crate) async fn person(db: &mut Db, id: PersonId) -> StoreResult<Option<Person>> {
    let row = db.fetch_optional(PERSON, args![id]).await?;
    row.map(to_person).transpose()
}

pub(crate) async fn person_by_email(db: &mut Db, email: &Email) -> StoreResult<Option<Person>> {
    let row = db
        .fetch_optional(PERSON_BY_EMAIL, args![email.as_str()])
        .await?;
    row.map(to_person).transpose()
}

pub(crate) async fn people_of_lab(db: &mut Db, lab: LabId) -> StoreResult<Vec<Person>> {
    let rows = db.fetch_all(PEOPLE_OF_LAB, args![lab]).await?;
    rows.into_iter().map(to_person).collect()
}

pub(crate) async fn insert_person(db: &mut Db, person: &Person) -> StoreResult<()> {
    let args = args![
        person.id,
        person.email.as_str(),
        person.name.as_str(),
        person.password_hash.as_deref(),
        person.disabled,
        person.created_at,
        person.kind.code(),
    ];
    db.execute(INSERT_PERSON, args).await.map(drop)
}

pub(crate) async fn set_password_hash(
    db: &mut Db,
    person: PersonId,
    hash: &str,
) -> StoreResult<()> {
    match db.execute(SET_PASSWORD_HASH, args![person, hash]).await? {
        0 => Err(db.refuse("This account does not exist.")),
        _ => Ok(()),
    }
}

pub(crate) async fn rename(db: &mut Db, person: PersonId, name: &PersonName) -> StoreResult<()> {
    db.execute(RENAME, args![person, name.as_str()])
        .await
        .map(drop)
}

pub(crate) async fn note_arrival(db: &mut Db, person: PersonId) -> StoreResult<()> {
    db.execute(NOTE_ARRIVAL, args![person]).await.map(drop)
}

pub(crate) async fn grants(db: &mut Db, person: PersonId) -> StoreResult<Vec<Grant>> {
    let rows: Vec<(String, Option<String>)> = db.fetch_all(GRANTS, args![person]).await?;
    rows.into_iter()
        .map(|(role, lab)| to_grant(&role, lab.as_deref()))
        .collect()
}

fn to_grant(role: &str, lab: Option<&str>) -> StoreResult<Grant> {
    Ok(Grant {
        role: choice("grants.role", role)?,
        scope: match optional_id("grants.lab", lab)? {
            Some(lab) => Scope::Lab(lab),
            None => Scope::Organisation,
        },
    })
}

/// Everybody with an account.
pub(crate) async fn people(db: &mut Db) -> StoreResult<Vec<Person>> {
    let rows = db.fetch_all(PEOPLE, args![]).await?;
    rows.into_iter().map(to_person).collect()
}

/// Everybody's roles.
pub(crate) async fn all_grants(db: &mut Db) -> StoreResult<HashMap<PersonId, Vec<Grant>>> {
    let rows: Vec<(String, String, Option<String>)> = db.fetch_all(ALL_GRANTS, args![]).await?;
    let mut found: HashMap<PersonId, Vec<Grant>> = HashMap::new();
    for (person, role, lab) in rows {
        let person = id("grants.person", &person)?;
        let grant = to_grant(&role, lab.as_deref())?;
        found.entry(person).or_default().push(grant);
    }
    Ok(found)
}

/// On how many lists everybody is.
pub(crate) async fn places(db: &mut Db) -> StoreResult<HashMap<PersonId, u32>> {
    let rows: Vec<(String, i64)> = db.fetch_all(PLACES, args![]).await?;
    rows.into_iter()
        .map(|(person, labs)| Ok((id("users.person", &person)?, count("count", labs)?)))
        .collect()
}

/// Takes a role; whether it was there.
pub(crate) async fn remove_grant(db: &mut Db, person: PersonId, grant: Grant) -> StoreResult<bool> {
    let lab = match grant.scope {
        Scope::Organisation => String::new(),
        Scope::Lab(lab) => lab.to_string(),
    };
    let args = args![person, grant.role.code(), lab.as_str()];
    Ok(db.execute(REMOVE_GRANT, args).await? > 0)
}

/// Switches an account off or on.
pub(crate) async fn set_disabled(db: &mut Db, person: PersonId, off: bool) -> StoreResult<()> {
    db.execute(SET_DISABLED, args![person, off]).await.map(drop)
}

pub(crate) async fn has_owner(db: &mut Db) -> StoreResult<bool> {
    let row: Option<(i64,)> = db.fetch_optional(OWNER, args![]).await?;
    Ok(row.is_some())
}

pub(crate) async fn insert_grant(db: &mut Db, person: PersonId, grant: Grant) -> StoreResult<()> {
    let lab = match grant.scope {
        Scope::Organisation => None,
        Scope::Lab(lab) => Some(lab),
    };
    let args = args![person, grant.role.code(), lab];
    db.execute(INSERT_GRANT, args).await.map(drop)
}
