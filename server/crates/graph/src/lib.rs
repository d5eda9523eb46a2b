//! Groups of Microsoft Entra, asked for by Microsoft Graph, behind the service's `Directory`.
//!
//! What lives here is Graph's wire: the token of a program that signs in by itself, pages of members,
//! and what to make of it when Graph asks to be left alone. What may not enter: labs and their lists.
//!
//! A group is read as a whole, with the members of the groups in it: a list that a lab can hold is one
//! page. Whether that is worth it is asked of Graph's change tracking, often.

mod delta;
mod settings;
mod token;
mod wire;

pub use settings::{GraphSettings, SettingsError};

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::email::Email;
use serde::Deserialize;
use service::clock::Clock;
use service::directories::{Changes, Directory, DirectoryError};
use service::store::{DirectoryGroup, DirectoryMember};
use url::Url;

use crate::token::Tokens;
use crate::wire::{Answer, Wire};

/// How many members a page has at most: as many as Graph gives.
const PAGE: &str = "999";

/// How many pages of a group are read at most. No lab can take the list of a larger one over.
const MOST_PAGES: usize = 50;

/// The directory.
pub struct Graph {
    wire: Wire,
    tokens: Tokens,
    base: Url,
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph")
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    display_name: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Page {
    value: Vec<Member>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    display_name: Option<String>,
    mail: Option<String>,
    user_principal_name: Option<String>,
    account_enabled: Option<bool>,
}

impl Graph {
    /// The directory of these settings. Nothing is asked yet.
    ///
    /// # Errors
    /// When no client can be made for this machine.
    pub fn new(settings: GraphSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let wire = Wire::new().map_err(|error| SettingsError(error.to_string()))?;
        let base = settings.graph_url.clone();
        Ok(Self {
            tokens: Tokens::new(settings, clock),
            wire,
            base,
        })
    }

    /// Asks whether it works: whether it gives a token, and groups may be read with it.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn check(&self) -> Result<(), DirectoryError> {
        let url = self.url(&["v1.0", "groups"], &[("$select", "id"), ("$top", "1")]);
        match self.ask(url).await? {
            Answer::Found(_) => Ok(()),
            Answer::Missing => Err(DirectoryError::Refused(
                "Microsoft Graph has no groups at this address.".to_owned(),
            )),
        }
    }

    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url.query_pairs_mut().extend_pairs(query);
        url
    }

    /// Asks with a token; with a new one, once, where it is not taken any more.
    async fn ask(&self, url: Url) -> Result<Answer, DirectoryError> {
        let token = self.tokens.get(&self.wire).await?;
        match self.wire.get(&url, &token).await {
            Err(wire::Failure::Token) => {
                self.tokens.forget(&token).await;
                let token = self.tokens.get(&self.wire).await?;
                Ok(self.wire.get(&url, &token).await?)
            }
            other => Ok(other?),
        }
    }

    async fn members(&self, id: &str) -> Result<Option<Vec<DirectoryMember>>, DirectoryError> {
        let mut url = self.url(
            &[
                "v1.0",
                "groups",
                id,
                "transitiveMembers",
                "microsoft.graph.user",
            ],
            &[
                (
                    "$select",
                    "displayName,mail,userPrincipalName,accountEnabled",
                ),
                ("$top", PAGE),
                ("$count", "true"),
            ],
        );
        let mut members: Vec<DirectoryMember> = Vec::new();
        for _ in 0..MOST_PAGES {
            let Answer::Found(body) = self.ask(url).await? else {
                return Ok(None);
            };
            let page: Page = read(&body)?;
            members.extend(page.value.into_iter().filter_map(member));
            match page.next {
                None => {
                    members.sort_by(|one, other| one.email.cmp(&other.email));
                    members.dedup_by(|one, other| one.email == other.email);
                    return Ok(Some(members));
                }
                Some(next) => url = self.next(&next)?,
            }
        }
        Err(DirectoryError::Refused(
            "The group is too large for any lab.".to_owned(),
        ))
    }

    /// The next page's address. The token goes nowhere else than it went before.
    fn next(&self, link: &str) -> Result<Url, DirectoryError> {
        let next = Url::parse(link).ok();
        next.filter(|next| next.origin() == self.base.origin())
            .ok_or_else(|| {
                DirectoryError::Refused(
                    "Microsoft Graph names a page at another address.".to_owned(),
                )
            })
    }
}

#[async_trait]
impl Directory for Graph {
    async fn group(&self, id: &str) -> Result<Option<DirectoryGroup>, DirectoryError> {
        // Every group of Entra is called by a UUID.
        if !is_uuid(id) {
            return Ok(None);
        }
        let url = self.url(&["v1.0", "groups", id], &[("$select", "id,displayName")]);
        let Answer::Found(body) = self.ask(url).await? else {
            return Ok(None);
        };
        let group: Group = read(&body)?;
        let Some(members) = self.members(id).await? else {
            return Ok(None);
        };
        tracing::debug!(
            group = id,
            members = members.len(),
            "a group was read by Microsoft Graph"
        );
        Ok(Some(DirectoryGroup {
            id: id.to_owned(),
            name: group.display_name.unwrap_or_else(|| id.to_owned()),
            members,
        }))
    }

    async fn changes(
        &self,
        id: &str,
        since: Option<&str>,
    ) -> Result<Option<Changes>, DirectoryError> {
        match since {
            Some(mark) => self.since(mark).await,
            None if is_uuid(id) => self.mark(id).await,
            None => Ok(None),
        }
    }
}

/// Who can be on a list: whose account is on, and who has an address. A guest's own name is none; then
/// the mailbox is.
fn member(member: Member) -> Option<DirectoryMember> {
    if member.account_enabled == Some(false) {
        return None;
    }
    let addresses = [member.mail, member.user_principal_name];
    let email = addresses
        .into_iter()
        .flatten()
        .find_map(|address| Email::parse(&address).ok())?;
    Some(DirectoryMember {
        email,
        name: member.display_name,
    })
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, DirectoryError> {
    serde_json::from_slice(body).map_err(|error| {
        DirectoryError::Away(format!(
            "Microsoft Graph answers with something else than was asked: {error}."
        ))
    })
}

fn is_uuid(id: &str) -> bool {
    let groups: Vec<&str> = id.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && groups
            .iter()
            .all(|group| group.chars().all(|c| c.is_ascii_hexdigit()))
}

/// A pause that was asked for, and is short enough to be waited for.
pub(crate) async fn rest(pause: Duration) {
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
}
