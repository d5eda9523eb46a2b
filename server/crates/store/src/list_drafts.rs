//! Files with lists that somebody looks at before anything is made of them.

use async_trait::async_trait;
use domain::id::DraftId;
use domain::time::Timestamp;
use service::store::{ListDraft, ReadLists, StoreResult, WriteLists};

use crate::columns::{id, time};
use crate::db::{args, statements};
use crate::transaction::Transaction;

statements! {
    DRAFT = "SELECT id, lab, person, text, created_at FROM list_drafts WHERE id = $1";
    INSERT = "INSERT INTO list_drafts (id, lab, person, text, created_at) VALUES ($1, $2, $3, $4, $5)";
    FORGET = "DELETE FROM list_drafts WHERE created_at < $1 OR (lab = $2 AND person = $3)";
    REMOVE = "DELETE FROM list_drafts WHERE id = $1";
}

type Row = (String, String, String, String, i64);

#[async_trait]
impl ReadLists for Transaction {
    async fn list_draft(&mut self, draft: DraftId) -> StoreResult<Option<ListDraft>> {
        let row: Option<Row> = self.db.fetch_optional(DRAFT, args![draft]).await?;
        row.map(|(draft, lab, person, text, created_at)| {
            Ok(ListDraft {
                id: id("list_drafts.id", &draft)?,
                lab: id("list_drafts.lab", &lab)?,
                person: id("list_drafts.person", &person)?,
                text,
                created_at: time(created_at),
            })
        })
        .transpose()
    }
}

#[async_trait]
impl WriteLists for Transaction {
    async fn insert_list_draft(
        &mut self,
        draft: &ListDraft,
        forget_before: Timestamp,
    ) -> StoreResult<()> {
        let forgotten = args![forget_before, draft.lab, draft.person];
        self.db.execute(FORGET, forgotten).await?;
        let args = args![
            draft.id,
            draft.lab,
            draft.person,
            draft.text.as_str(),
            draft.created_at,
        ];
        self.db.execute(INSERT, args).await.map(drop)
    }

    async fn remove_list_draft(&mut self, draft: DraftId) -> StoreResult<()> {
        self.db.execute(REMOVE, args![draft]).await.map(drop)
    }
}
