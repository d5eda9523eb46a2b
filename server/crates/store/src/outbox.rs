//! Mails on their way out: written once, leased, sent or not.

use domain::email::Email;
use domain::id::MailId;
use domain::time::Timestamp;
use service::mail::Mail;
use service::store::{OutboxMail, StoreResult};

use crate::codes::{Code as _, choice};
use crate::columns::{count, id, optional_id, optional_time, parsed, time};
use crate::db::{Db, args, row, statements};

macro_rules! columns {
    () => {
        "id, recipient, subject, text, lab, kind, key, created_at, state, attempts, error, due_at"
    };
}

statements! {
    DUE = "SELECT id FROM outbox
        WHERE due_at <= $1 AND (lease_until IS NULL OR lease_until < $1)
        ORDER BY due_at, id LIMIT $2";
    // What is leased is free again a microsecond after its lease has run out.
    NEXT_DUE = "SELECT MIN(CASE WHEN lease_until IS NULL OR due_at > lease_until
            THEN due_at ELSE lease_until + 1 END)
        FROM outbox WHERE due_at IS NOT NULL";
    RESTING = "SELECT id FROM outbox WHERE state = 'Waiting' AND due_at IS NULL LIMIT 1";
    MAIL [locks] = "SELECT ", columns!(), " FROM outbox WHERE id = $1";
    MAILS = "SELECT ", columns!(), " FROM outbox ORDER BY created_at DESC, id DESC LIMIT $1";
    // Of two transactions that write the same mail at the same time, the later waits here until the
    // earlier has ended, and writes it where that came to nothing.
    INSERT = "INSERT INTO outbox (", columns!(), ")
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (key) DO NOTHING";
    LEASABLE [skips] = "SELECT id FROM outbox
        WHERE id = $1 AND due_at <= $2 AND (lease_until IS NULL OR lease_until < $2)";
    LEASE = "UPDATE outbox SET lease_by = $2, lease_until = $3 WHERE id = $1";
    RELEASE_ALL = "UPDATE outbox SET lease_by = NULL, lease_until = NULL WHERE lease_until IS NOT NULL";
    SENT = "UPDATE outbox SET state = 'Sent', attempts = $2, text = '', error = NULL, due_at = NULL,
            lease_by = NULL, lease_until = NULL
        WHERE id = $1";
    SAVE_UNSENT = "UPDATE outbox SET state = $3, attempts = $4, error = $5, due_at = $6,
            lease_by = NULL, lease_until = NULL
        WHERE id = $1 AND lease_by = $2";
    WAKE = "UPDATE outbox SET due_at = $1
        WHERE state = 'Waiting' AND due_at IS NULL AND created_at >= $2";
    GIVE_UP = "UPDATE outbox SET state = 'Failed', error = $2
        WHERE state = 'Waiting' AND due_at IS NULL AND created_at < $1";
}

row! {
    struct MailRow {
        id: String,
        recipient: String,
        subject: String,
        text: String,
        lab: Option<String>,
        kind: String,
        key: String,
        created_at: i64,
        state: String,
        attempts: i64,
        error: Option<String>,
        due_at: Option<i64>,
    }
}

fn to_mail(row: MailRow) -> StoreResult<OutboxMail> {
    Ok(OutboxMail {
        mail: Mail {
            id: id("outbox.id", &row.id)?,
            to: parsed("outbox.recipient", Email::parse(&row.recipient))?,
            subject: row.subject,
            text: row.text,
            written_at: time(row.created_at),
        },
        lab: optional_id("outbox.lab", row.lab.as_deref())?,
        kind: row.kind,
        key: row.key,
        state: choice("outbox.state", &row.state)?,
        attempts: count("outbox.attempts", row.attempts)?,
        error: row.error,
        due: optional_time(row.due_at),
    })
}

pub(crate) async fn due(db: &mut Db, now: Timestamp, limit: u32) -> StoreResult<Vec<MailId>> {
    let rows: Vec<(String,)> = db.fetch_all(DUE, args![now, limit]).await?;
    rows.into_iter()
        .map(|(mail,)| id("outbox.id", &mail))
        .collect()
}

pub(crate) async fn next_due(db: &mut Db) -> StoreResult<Option<Timestamp>> {
    let row: Option<(Option<i64>,)> = db.fetch_optional(NEXT_DUE, args![]).await?;
    Ok(optional_time(row.and_then(|(at,)| at)))
}

pub(crate) async fn has_resting(db: &mut Db) -> StoreResult<bool> {
    let row: Option<(String,)> = db.fetch_optional(RESTING, args![]).await?;
    Ok(row.is_some())
}

pub(crate) async fn mail(db: &mut Db, mail: MailId) -> StoreResult<Option<OutboxMail>> {
    let row = db.fetch_optional(MAIL, args![mail]).await?;
    row.map(to_mail).transpose()
}

pub(crate) async fn mails(db: &mut Db, limit: u32) -> StoreResult<Vec<OutboxMail>> {
    let rows = db.fetch_all(MAILS, args![limit]).await?;
    rows.into_iter().map(to_mail).collect()
}

pub(crate) async fn insert(db: &mut Db, row: &OutboxMail) -> StoreResult<bool> {
    let args = args![
        row.mail.id,
        row.mail.to.as_str(),
        row.mail.subject.as_str(),
        row.mail.text.as_str(),
        row.lab,
        row.kind.as_str(),
        row.key.as_str(),
        row.mail.written_at,
        row.state.code(),
        row.attempts,
        row.error.as_deref(),
        row.due,
    ];
    Ok(db.execute(INSERT, args).await? == 1)
}

pub(crate) async fn lease(
    db: &mut Db,
    mail: MailId,
    holder: &str,
    now: Timestamp,
    until: Timestamp,
) -> StoreResult<bool> {
    let leasable: Option<(String,)> = db.fetch_optional(LEASABLE, args![mail, now]).await?;
    if leasable.is_some() {
        db.execute(LEASE, args![mail, holder, until]).await?;
    }
    Ok(leasable.is_some())
}

pub(crate) async fn release_all(db: &mut Db) -> StoreResult<()> {
    db.execute(RELEASE_ALL, args![]).await.map(drop)
}

pub(crate) async fn sent(db: &mut Db, mail: MailId, attempts: u32) -> StoreResult<()> {
    db.execute(SENT, args![mail, attempts]).await.map(drop)
}

pub(crate) async fn save_unsent(db: &mut Db, row: &OutboxMail, holder: &str) -> StoreResult<()> {
    let args = args![
        row.mail.id,
        holder,
        row.state.code(),
        row.attempts,
        row.error.as_deref(),
        row.due,
    ];
    db.execute(SAVE_UNSENT, args).await.map(drop)
}

pub(crate) async fn wake(
    db: &mut Db,
    now: Timestamp,
    since: Timestamp,
    reason: &str,
) -> StoreResult<()> {
    db.execute(WAKE, args![now, since]).await?;
    db.execute(GIVE_UP, args![since, reason]).await.map(drop)
}
