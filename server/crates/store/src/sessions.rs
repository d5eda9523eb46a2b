//! What lets people in: sessions, one-time links, tickets; and the failures that keep them out.

use domain::email::Email;
use domain::id::PersonId;
use domain::time::Timestamp;
use service::store::{LinkPurpose, OneTimeLink, Origin, Session, StoreResult, Ticket};

use crate::codes::{Code as _, optional};
use crate::columns::{count, id, optional_time, parsed, time, unparsed};
use crate::db::{Db, args, row, statements};

macro_rules! session_columns {
    () => {
        "token_hash, person, created_at, used_at, address, agent, provider"
    };
}

statements! {
    SESSION = "SELECT ", session_columns!(), " FROM sessions WHERE token_hash = $1";
    SESSIONS = "SELECT ", session_columns!(), " FROM sessions
        WHERE person = $1 ORDER BY used_at DESC, token_hash";
    INSERT_SESSION = "INSERT INTO sessions (", session_columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7)";
    REMOVE_SESSIONS = "DELETE FROM sessions WHERE person = $1 AND token_hash <> $2";
    TOUCH_SESSION = "UPDATE sessions SET used_at = $2 WHERE token_hash = $1";
    REMOVE_SESSION = "DELETE FROM sessions WHERE token_hash = $1";
    LINK = "SELECT token_hash, purpose, email, role, expires_at, used_at FROM links WHERE token_hash = $1";
    INSERT_LINK = "INSERT INTO links (token_hash, purpose, email, role, expires_at, used_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    USE_LINK = "UPDATE links SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL";
    REMOVE_OWNER_LINKS = "DELETE FROM links WHERE purpose = 'FirstOwner' AND used_at IS NULL";
    REMOVE_UNUSED_LINKS = "DELETE FROM links WHERE email = $1 AND used_at IS NULL";
    FAILURES = "SELECT COUNT(*) FROM failures WHERE key = $1 AND at >= $2";
    FORGET_FAILURES = "DELETE FROM failures WHERE at < $1";
    INSERT_FAILURE = "INSERT INTO failures (key, at) VALUES ($1, $2)";
    FORGET_TICKETS = "DELETE FROM tickets WHERE expires_at < $1";
    INSERT_TICKET = "INSERT INTO tickets (token_hash, person, session_hash, machine, expires_at)
        VALUES ($1, $2, $3, $4, $5)";
    TAKE_TICKET = "DELETE FROM tickets WHERE token_hash = $1
        RETURNING token_hash, person, session_hash, machine, expires_at";
}

row! {
    struct SessionRow {
        token_hash: String,
        person: String,
        created_at: i64,
        used_at: i64,
        address: String,
        agent: String,
        provider: Option<String>,
    }
}

fn to_session(row: SessionRow) -> StoreResult<Session> {
    Ok(Session {
        token_hash: row.token_hash,
        person: id("sessions.person", &row.person)?,
        created_at: time(row.created_at),
        used_at: time(row.used_at),
        origin: Origin {
            address: row.address,
            agent: row.agent,
        },
        provider: row.provider,
    })
}

row! {
    struct LinkRow {
        token_hash: String,
        purpose: String,
        email: Option<String>,
        role: Option<String>,
        expires_at: i64,
        used_at: Option<i64>,
    }
}

row! {
    struct TicketRow {
        token_hash: String,
        person: String,
        session_hash: String,
        machine: String,
        expires_at: i64,
    }
}

pub(crate) async fn session(db: &mut Db, token_hash: &str) -> StoreResult<Option<Session>> {
    let row: Option<SessionRow> = db.fetch_optional(SESSION, args![token_hash]).await?;
    row.map(to_session).transpose()
}

/// A person's sessions, the one used last first.
pub(crate) async fn sessions(db: &mut Db, person: PersonId) -> StoreResult<Vec<Session>> {
    let rows = db.fetch_all(SESSIONS, args![person]).await?;
    rows.into_iter().map(to_session).collect()
}

/// Ends a person's sessions but one.
pub(crate) async fn remove_sessions(
    db: &mut Db,
    person: PersonId,
    but: Option<&str>,
) -> StoreResult<u64> {
    let args = args![person, but.unwrap_or_default()];
    db.execute(REMOVE_SESSIONS, args).await
}

pub(crate) async fn insert_session(db: &mut Db, session: &Session) -> StoreResult<()> {
    let args = args![
        session.token_hash.as_str(),
        session.person,
        session.created_at,
        session.used_at,
        session.origin.address.as_str(),
        session.origin.agent.as_str(),
        session.provider.as_deref(),
    ];
    db.execute(INSERT_SESSION, args).await.map(drop)
}

pub(crate) async fn touch_session(db: &mut Db, token_hash: &str, at: Timestamp) -> StoreResult<()> {
    db.execute(TOUCH_SESSION, args![token_hash, at])
        .await
        .map(drop)
}

pub(crate) async fn remove_session(db: &mut Db, token_hash: &str) -> StoreResult<()> {
    db.execute(REMOVE_SESSION, args![token_hash])
        .await
        .map(drop)
}

pub(crate) async fn link(db: &mut Db, token_hash: &str) -> StoreResult<Option<OneTimeLink>> {
    let row: Option<LinkRow> = db.fetch_optional(LINK, args![token_hash]).await?;
    row.map(|row| {
        let purpose = match (row.purpose.as_str(), row.email) {
            ("FirstOwner", None) => LinkPurpose::FirstOwner,
            ("SignIn", Some(email)) => LinkPurpose::SignIn {
                email: parsed("links.email", Email::parse(&email))?,
                role: optional("links.role", row.role.as_deref())?,
            },
            (other, _) => return Err(unparsed("links.purpose", other)),
        };
        Ok(OneTimeLink {
            token_hash: row.token_hash,
            purpose,
            expires_at: time(row.expires_at),
            used_at: optional_time(row.used_at),
        })
    })
    .transpose()
}

pub(crate) async fn insert_link(db: &mut Db, link: &OneTimeLink) -> StoreResult<()> {
    let (purpose, email, role) = match &link.purpose {
        LinkPurpose::FirstOwner => ("FirstOwner", None, None),
        LinkPurpose::SignIn { email, role } => ("SignIn", Some(email.as_str()), *role),
    };
    let args = args![
        link.token_hash.as_str(),
        purpose,
        email,
        role.map(|role| role.code()),
        link.expires_at,
        link.used_at,
    ];
    db.execute(INSERT_LINK, args).await.map(drop)
}

pub(crate) async fn use_link(db: &mut Db, token_hash: &str, at: Timestamp) -> StoreResult<bool> {
    Ok(db.execute(USE_LINK, args![token_hash, at]).await? == 1)
}

pub(crate) async fn remove_owner_links(db: &mut Db) -> StoreResult<()> {
    db.execute(REMOVE_OWNER_LINKS, args![]).await.map(drop)
}

pub(crate) async fn remove_unused_links(db: &mut Db, email: &Email) -> StoreResult<()> {
    let args = args![email.as_str()];
    db.execute(REMOVE_UNUSED_LINKS, args).await.map(drop)
}

pub(crate) async fn failures(db: &mut Db, key: &str, since: Timestamp) -> StoreResult<u32> {
    let row: Option<(i64,)> = db.fetch_optional(FAILURES, args![key, since]).await?;
    count("count", row.map_or(0, |(failures,)| failures))
}

pub(crate) async fn insert_failure(
    db: &mut Db,
    key: &str,
    at: Timestamp,
    forget_before: Timestamp,
) -> StoreResult<()> {
    db.execute(FORGET_FAILURES, args![forget_before]).await?;
    db.execute(INSERT_FAILURE, args![key, at]).await.map(drop)
}

pub(crate) async fn insert_ticket(db: &mut Db, ticket: &Ticket, now: Timestamp) -> StoreResult<()> {
    db.execute(FORGET_TICKETS, args![now]).await?;
    let args = args![
        ticket.token_hash.as_str(),
        ticket.person,
        ticket.session_hash.as_str(),
        ticket.machine,
        ticket.expires_at,
    ];
    db.execute(INSERT_TICKET, args).await.map(drop)
}

pub(crate) async fn take_ticket(db: &mut Db, token_hash: &str) -> StoreResult<Option<Ticket>> {
    let row: Option<TicketRow> = db.fetch_optional(TAKE_TICKET, args![token_hash]).await?;
    row.map(|row| {
        Ok(Ticket {
            token_hash: row.token_hash,
            person: id("tickets.person", &row.person)?,
            session_hash: row.session_hash,
            machine: id("tickets.machine", &row.machine)?,
            expires_at: time(row.expires_at),
        })
    })
    .transpose()
}
