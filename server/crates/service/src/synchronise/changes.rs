//! Looking whether a lab's group changed since its list was taken over.
//!
//! That costs little, so it is done often, and who joins a group in the morning has a machine in the
//! first lesson. A directory outside says so itself, by a mark that it gave before; what programs and
//! SCIM wrote is compared with a digest. Who changed their address, or had their account switched off,
//! is not told by a group: for that lists are taken over whole once a day.

use std::time::Duration;

use super::Services;
use crate::error::Result;
use crate::store::{DirectoryGroup, GroupSource, Read, Roster};
use crate::vault::Vault;

/// How often a group is looked at.
pub(super) const EVERY: Duration = Duration::from_secs(15 * 60);

/// How marks begin that are a digest of what is kept here; those of a directory outside are its own.
const DIGEST: &str = "digest:";

impl Services {
    /// The mark to ask with the next time, where the group is as it was when `roster` was written;
    /// none where it has to be asked for. A directory that does not answer has time until the list is
    /// to be taken over whole.
    pub(super) async fn unchanged(&self, group: &str, roster: &Roster) -> Result<Option<String>> {
        let Some(mark) = roster.mark.as_ref() else {
            return Ok(None);
        };
        if self.now() >= roster.whole_at {
            return Ok(None);
        }
        if mark.starts_with(DIGEST) {
            let mut tx = self.store.read().await?;
            let now = digest(&mut *tx, group).await?;
            return Ok(now.filter(|now| now == mark));
        }
        match self.directories.changes(group, Some(mark)).await {
            Ok(Some(said)) if said.changed => Ok(None),
            Ok(Some(said)) => Ok(Some(said.mark)),
            Ok(None) => Ok(None),
            Err(error) => {
                tracing::debug!(group, %error, "a directory does not say whether a group changed");
                Ok(Some(mark.clone()))
            }
        }
    }

    /// A directory's own mark of a group as it is now. One that cannot be had costs nothing but the
    /// looks until the next day.
    pub(super) async fn mark(&self, group: &str) -> Option<String> {
        match self.directories.changes(group, None).await {
            Ok(said) => said.map(|said| said.mark),
            Err(error) => {
                tracing::debug!(group, %error, "a directory does not mark a group");
                None
            }
        }
    }
}

/// A digest of a group that programs or SCIM wrote, as it is now. None where there is none, or it is
/// only what a directory outside told last.
pub(super) async fn digest<R: Read + ?Sized>(tx: &mut R, group: &str) -> Result<Option<String>> {
    let Some(found) = kept(tx, group).await? else {
        return Ok(None);
    };
    if tx.group_source(&found.id).await? == Some(GroupSource::Outside) {
        return Ok(None);
    }
    let mut members: Vec<&str> = found.members.iter().map(|m| m.email.as_str()).collect();
    members.sort_unstable();
    // Its id too: another group may be meant by the directory's id from one day to the next.
    let text = format!("{}\n{}", found.id, members.join("\n"));
    Ok(Some(format!("{DIGEST}{}", Vault::token_hash(&text))))
}

/// A group that is written down here: by its own id, or by the one that a directory calls it by.
pub(super) async fn kept<R: Read + ?Sized>(
    tx: &mut R,
    group: &str,
) -> Result<Option<DirectoryGroup>> {
    if let Some(found) = tx.directory_group(group).await? {
        return Ok(Some(found));
    }
    Ok(match tx.scim_group_by_external_id(group).await? {
        Some(pushed) => tx.directory_group(&pushed.id).await?,
        None => None,
    })
}
