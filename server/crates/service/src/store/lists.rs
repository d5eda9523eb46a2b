//! What lists from files need of a database.
//!
//! Supertraits of [`Read`](super::Read) and [`Write`](super::Write): a file of its own, since it is a
//! subject of its own.

use async_trait::async_trait;
use domain::id::{DraftId, LabId, PersonId};
use domain::time::Timestamp;

use super::StoreResult;

/// A file with a list that somebody looks at before anything is made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListDraft {
    /// Its id.
    pub id: DraftId,
    /// The lab.
    pub lab: LabId,
    /// Who brought it.
    pub person: PersonId,
    /// The file's text.
    pub text: String,
    /// When.
    pub created_at: Timestamp,
}

/// One consistent state, as far as lists from files go.
#[async_trait]
pub trait ReadLists: Send {
    /// A file.
    async fn list_draft(&mut self, id: DraftId) -> StoreResult<Option<ListDraft>>;
}

/// One transaction, as far as lists from files go.
#[async_trait]
pub trait WriteLists: ReadLists {
    /// Keeps a file, and forgets those from before `forget_before`, and the person's last one for the lab.
    async fn insert_list_draft(
        &mut self,
        draft: &ListDraft,
        forget_before: Timestamp,
    ) -> StoreResult<()>;

    /// Forgets a file.
    async fn remove_list_draft(&mut self, id: DraftId) -> StoreResult<()>;
}
