//! The organisation, and people with accounts.

use std::collections::HashMap;

use domain::email::Email;
use domain::id::{LabId, PersonId};
use domain::name::PersonName;
use service::store::{Organisation, Person, StoreResult};

use crate::codes::{Code as _, choice};
use crate::columns::{count, id, parsed, time};
use crate::db::{Db, args, row, statements};

macro_rules! person_columns {
    () => {
        "id, email, name, password_hash, disabled, created_at, kind"
    };
}

statements! {
    ORGANISATION = "SELECT id, created_at FROM organisation";
    CREATE_ORGANISATION = "INSERT INTO organisation (id, created_at) VALUES ($1, $2)";
    PERSON = "SELECT ", person_columns!(), " FROM people WHERE id = $1";
    HOLD_PERSON [locks] = "SELECT ", person_columns!(), " FROM people WHERE id = $1";
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
    PEOPLE = "SELECT ", person_columns!(), " FROM people ORDER BY id";
    PLACES = "SELECT person, COUNT(*) FROM users WHERE person IS NOT NULL GROUP BY person";
    SET_DISABLED = "UPDATE people SET disabled = $2 WHERE id = $1";
    PROVEN = "SELECT proven FROM people WHERE id = $1";
    NOTE_PROOF = "UPDATE people SET proven = 1 WHERE id = $1";
}

row! {
    struct PersonRow {
        id: String,
        email: String,
        name: String,
        password_hash: Option<String>,
        disabled: i64,
        created_at: i64,
        kind: String,
    }
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

/// A person whom nobody else changes before this transaction ends.
pub(crate) async fn hold(db: &mut Db, id: PersonId) -> StoreResult<Option<Person>> {
    let row = db.fetch_optional(HOLD_PERSON, args![id]).await?;
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

/// Everybody with an account.
pub(crate) async fn people(db: &mut Db) -> StoreResult<Vec<Person>> {
    let rows = db.fetch_all(PEOPLE, args![]).await?;
    rows.into_iter().map(to_person).collect()
}

/// On how many lists everybody is.
pub(crate) async fn places(db: &mut Db) -> StoreResult<HashMap<PersonId, u32>> {
    let rows: Vec<(String, i64)> = db.fetch_all(PLACES, args![]).await?;
    rows.into_iter()
        .map(|(person, labs)| Ok((id("users.person", &person)?, count("count", labs)?)))
        .collect()
}

/// Switches an account off or on.
pub(crate) async fn set_disabled(db: &mut Db, person: PersonId, off: bool) -> StoreResult<()> {
    db.execute(SET_DISABLED, args![person, off]).await.map(drop)
}

/// Whether an address was shown to be its person's.
pub(crate) async fn is_proven(db: &mut Db, person: PersonId) -> StoreResult<bool> {
    let row: Option<(i64,)> = db.fetch_optional(PROVEN, args![person]).await?;
    Ok(row.is_some_and(|(proven,)| proven != 0))
}

/// Notes that an address was shown to be its person's.
pub(crate) async fn note_proof(db: &mut Db, person: PersonId) -> StoreResult<()> {
    db.execute(NOTE_PROOF, args![person]).await.map(drop)
}
