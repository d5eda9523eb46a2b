//! Who did what.

use leptos::prelude::*;

use crate::error::AppError;
use crate::view::WrittenView;

/// A day of UTC.
#[cfg(feature = "ssr")]
const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// How many lines are on one page.
#[cfg(feature = "ssr")]
const PAGE: u32 = 100;

/// The audit log: lines with `who` in them, about `what`, of the days `from` to `until`, and before a
/// line.
#[server(prefix = "/sfn", endpoint = "audit", input = server_fn::codec::GetUrl)]
pub async fn audit(
    #[server(default)] who: String,
    #[server(default)] what: String,
    #[server(default)] from: String,
    #[server(default)] until: String,
    #[server(default)] before: String,
) -> Result<WrittenView, AppError> {
    use service::audit::Subject;

    use super::words;
    use crate::address::percent_encode as encode;
    use crate::context::{self, fail};
    use crate::view::{AuditLineView, AuditView};

    let (backend, actor) = context::signed_in()?;
    let filter = filter(&who, &what, &from, &until, &before).map_err(fail)?;
    let page = backend.services.audit_log(&actor, filter).await;
    let page = page.map_err(|e| fail(e.into()))?;
    let query = format!(
        "who={}&what={}&from={}&until={}",
        encode(&who),
        encode(&what),
        encode(&from),
        encode(&until)
    );
    let last = page.lines.last().filter(|_| page.more);
    Ok(crate::pages::audit::write(&AuditView {
        older: last.map(|line| format!("/audit?{query}&before={}", line.id)),
        export: format!("/audit.csv?{query}"),
        lines: page
            .lines
            .into_iter()
            .map(|line| AuditLineView {
                at: words::moment(line.at),
                who: line.name,
                email: line.email,
                failed: line.action.ends_with(".fail"),
                action: line.action,
                text: line.text,
                from: line.from,
            })
            .collect(),
        subjects: Subject::ALL
            .into_iter()
            .map(|subject| (subject.name().to_owned(), subject.title().to_owned()))
            .collect(),
        first: before.is_empty(),
        who,
        what,
        from,
        until,
    }))
}

/// Reads what is asked for. Days are those of UTC, and `until` is the last of them.
///
/// # Errors
/// When a date is none, or a number.
#[cfg(feature = "ssr")]
pub fn filter(
    who: &str,
    what: &str,
    from: &str,
    until: &str,
    before: &str,
) -> Result<service::store::AuditFilter, AppError> {
    use domain::civil::parse_date;
    use domain::zone::TimeZone;
    use service::audit::Subject;

    let day = |field: &'static str, text: &str| match text {
        "" => Ok(None),
        text => {
            let midnight = parse_date(field, text)?.at(0, 0, 0, 0);
            Ok::<_, domain::Invalid>(Some(TimeZone::utc().timestamp(midnight)))
        }
    };
    let before = match before {
        "" => None,
        text => Some(text.parse().map_err(|_| {
            AppError::new(
                crate::error::Kind::Invalid,
                "There is no such page of the log.",
            )
        })?),
    };
    let subject = Subject::ALL.into_iter().find(|one| one.name() == what);
    Ok(service::store::AuditFilter {
        areas: subject.map_or_else(Vec::new, |subject| subject.areas().to_vec()),
        search: who.to_owned(),
        from: day("from", from)?,
        until: day("until", until)?.map(|midnight| midnight + DAY),
        before,
        limit: PAGE,
    })
}
