//! Directories outside of the house: where the members of a group are asked for.

use std::sync::Arc;

use async_trait::async_trait;

use crate::store::DirectoryGroup;

/// Why a directory did not tell who is in a group.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// It does not answer, or asks to be left alone for a while.
    #[error("{0}")]
    Away(String),
    /// It refuses, or has no such group.
    #[error("{0}")]
    Refused(String),
}

/// What a directory says of a group's changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// What to ask with the next time. Only the directory that gave it knows what it means.
    pub mark: String,
    /// Whether the group may be another than when it was marked.
    pub changed: bool,
}

/// A directory outside of the house.
#[async_trait]
pub trait Directory: Send + Sync + 'static {
    /// Asks for a group with all its members; `None` where this directory does not keep groups with
    /// such an id.
    async fn group(&self, id: &str) -> Result<Option<DirectoryGroup>, DirectoryError>;

    /// Whether a group changed since it was marked, which costs less than to ask for it; without
    /// `since` it is marked as it is now. `None` where this directory cannot tell, or keeps no such
    /// group.
    async fn changes(
        &self,
        _id: &str,
        _since: Option<&str>,
    ) -> Result<Option<Changes>, DirectoryError> {
        Ok(None)
    }
}

/// All of them, in the order in which they are asked.
#[derive(Clone, Default)]
pub struct Directories(Arc<[Arc<dyn Directory>]>);

impl Directories {
    /// These, in this order.
    pub fn new(all: impl IntoIterator<Item = Arc<dyn Directory>>) -> Self {
        Self(all.into_iter().collect())
    }

    /// Asks the first that keeps such groups; `None` where none does.
    ///
    /// # Errors
    /// What that directory says.
    pub async fn group(&self, id: &str) -> Result<Option<DirectoryGroup>, DirectoryError> {
        for directory in &*self.0 {
            if let Some(group) = directory.group(id).await? {
                return Ok(Some(group));
            }
        }
        Ok(None)
    }

    /// Asks the first that can tell what changed in such a group; `None` where none can.
    ///
    /// # Errors
    /// What that directory says.
    pub async fn changes(
        &self,
        id: &str,
        since: Option<&str>,
    ) -> Result<Option<Changes>, DirectoryError> {
        for directory in &*self.0 {
            if let Some(changes) = directory.changes(id, since).await? {
                return Ok(Some(changes));
            }
        }
        Ok(None)
    }
}
