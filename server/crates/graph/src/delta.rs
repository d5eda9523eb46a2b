//! What changed in a group and in the groups inside of it, by Graph's change tracking.
//!
//! Graph tells changes of named groups only, so that a mark names the group and every group in it. Who
//! comes, who goes, and a group that comes into another or leaves it, are told; the rest of a person is
//! not a group's.

use serde::Deserialize;
use service::directories::{Changes, DirectoryError};
use url::Url;

use crate::wire::Answer;
use crate::{Graph, MOST_PAGES, PAGE, is_uuid, read};

/// How many groups one mark can name: as many as Graph takes.
const MOST_GROUPS: usize = 50;

#[derive(Debug, Deserialize)]
struct Inner {
    value: Vec<Id>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Id {
    id: String,
}

#[derive(Debug, Deserialize)]
struct Round {
    #[serde(default)]
    value: Vec<serde::de::IgnoredAny>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    delta: Option<String>,
}

impl Graph {
    /// Marks a group as it is now. None where there is no such group, or it has too many in it.
    pub(crate) async fn mark(&self, id: &str) -> Result<Option<Changes>, DirectoryError> {
        let Some(inner) = self.groups_in(id).await? else {
            return Ok(None);
        };
        if inner.len() >= MOST_GROUPS {
            return Ok(None);
        }
        let named = std::iter::once(id).chain(inner.iter().map(String::as_str));
        let named: Vec<String> = named.map(|id| format!("id eq '{id}'")).collect();
        let url = self.url(
            &["v1.0", "groups", "delta"],
            &[
                ("$select", "displayName,members"),
                ("$filter", &named.join(" or ")),
                // What it is like now is asked for in another way: only what comes.
                ("$deltatoken", "latest"),
            ],
        );
        self.round(url).await
    }

    /// What changed since a group was marked. A mark that is too old, or is none, is as good as a
    /// change.
    pub(crate) async fn since(&self, mark: &str) -> Result<Option<Changes>, DirectoryError> {
        let gone = Changes {
            mark: String::new(),
            changed: true,
        };
        let Ok(url) = self.next(mark) else {
            return Ok(Some(gone));
        };
        Ok(Some(self.round(url).await?.unwrap_or(gone)))
    }

    /// One round of changes, up to the mark at its end. None when Graph has forgotten where it began.
    async fn round(&self, mut url: Url) -> Result<Option<Changes>, DirectoryError> {
        let mut changed = false;
        for _ in 0..MOST_PAGES {
            let Answer::Found(body) = self.ask(url).await? else {
                return Ok(None);
            };
            let round: Round = read(&body)?;
            changed |= !round.value.is_empty();
            match (round.next, round.delta) {
                (_, Some(mark)) => return Ok(Some(Changes { mark, changed })),
                (Some(next), None) => url = self.next(&next)?,
                (None, None) => break,
            }
        }
        Err(DirectoryError::Refused(
            "Microsoft Graph does not come to the end of a group’s changes.".to_owned(),
        ))
    }

    /// The ids of the groups in a group, and in those.
    async fn groups_in(&self, id: &str) -> Result<Option<Vec<String>>, DirectoryError> {
        let mut url = self.url(
            &[
                "v1.0",
                "groups",
                id,
                "transitiveMembers",
                "microsoft.graph.group",
            ],
            &[("$select", "id"), ("$top", PAGE), ("$count", "true")],
        );
        let mut inner = Vec::new();
        for _ in 0..MOST_PAGES {
            let Answer::Found(body) = self.ask(url).await? else {
                return Ok(None);
            };
            let page: Inner = read(&body)?;
            // They go into a question: nothing else may.
            inner.extend(
                page.value
                    .into_iter()
                    .map(|group| group.id)
                    .filter(|id| is_uuid(id)),
            );
            match page.next {
                Some(next) if inner.len() < MOST_GROUPS => url = self.next(&next)?,
                _ => break,
            }
        }
        Ok(Some(inner))
    }
}
