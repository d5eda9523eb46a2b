//! The audit log: lines are added, never changed.

use service::store::{Audit, AuditFilter, AuditLine, StoreResult};

use crate::columns::{optional_id, time};
use crate::db::{Db, args, row, statements};

statements! {
    INSERT = "INSERT INTO audit (at, person, action, lab, text, address, area)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    LINES = "SELECT audit.id, audit.at, people.name, people.email, people.kind, audit.action, audit.lab, audit.text,
            audit.address
        FROM audit LEFT JOIN people ON people.id = audit.person
        WHERE audit.id < $1 AND audit.at >= $2 AND audit.at < $3
            AND ($4 = '' OR $4 LIKE '%,' || audit.area || ',%')
            AND ($5 = '' OR lower(audit.text) LIKE $5 ESCAPE '!' OR audit.address LIKE $5 ESCAPE '!'
                OR lower(people.name) LIKE $5 ESCAPE '!' OR lower(people.email) LIKE $5 ESCAPE '!')
        ORDER BY audit.id DESC LIMIT $6";
}

row! {
    struct LineRow {
        id: i64,
        at: i64,
        name: Option<String>,
        email: Option<String>,
        kind: Option<String>,
        action: String,
        lab: Option<String>,
        text: String,
        address: String,
    }
}

pub(crate) async fn insert(db: &mut Db, audit: &Audit) -> StoreResult<()> {
    let area = audit.action.split('.').next().unwrap_or_default();
    let args = args![
        audit.at,
        audit.by,
        audit.action,
        audit.lab,
        audit.text.as_str(),
        audit.from.as_str(),
        area,
    ];
    db.execute(INSERT, args).await.map(drop)
}

/// Lines that a filter lets through, the newest first.
pub(crate) async fn lines(db: &mut Db, filter: &AuditFilter) -> StoreResult<Vec<AuditLine>> {
    let areas = match filter.areas.is_empty() {
        true => String::new(),
        false => format!(",{},", filter.areas.join(",")),
    };
    let search = filter.search.trim().to_lowercase();
    let pattern = match search.is_empty() {
        true => String::new(),
        false => {
            let plain = search
                .replace('!', "!!")
                .replace('%', "!%")
                .replace('_', "!_");
            format!("%{plain}%")
        }
    };
    let args = args![
        filter.before.unwrap_or(i64::MAX),
        filter.from.map_or(i64::MIN, |at| at.micros()),
        filter.until.map_or(i64::MAX, |at| at.micros()),
        areas.as_str(),
        pattern.as_str(),
        i64::from(filter.limit),
    ];
    let rows: Vec<LineRow> = db.fetch_all(LINES, args).await?;
    rows.into_iter()
        .map(|row| {
            let is_program = row.kind.as_deref() == Some("Application");
            Ok(AuditLine {
                id: row.id,
                at: time(row.at),
                name: row.name,
                email: row.email.filter(|_| !is_program),
                action: row.action,
                lab: optional_id("audit.lab", row.lab.as_deref())?,
                text: row.text,
                from: row.address,
            })
        })
        .collect()
}
