//! The service's `WriteLti`, method by method: where each is answered.

use async_trait::async_trait;
use domain::id::{CourseId, LabId, PlatformId};
use domain::lab::Lab;
use domain::platform::Platform;
use domain::time::Timestamp;
use service::access::Allowed;
use service::store::{Course, PlatformInvite, StoreResult, ToolKey, WriteLti};

use crate::transaction::Transaction;
use crate::{lti_courses, lti_keys, lti_platforms};

#[async_trait]
impl WriteLti for Transaction {
    async fn insert_platform(&mut self, platform: &Platform) -> StoreResult<()> {
        lti_platforms::insert(&mut self.db, platform).await
    }

    async fn save_platform(&mut self, platform: &Platform) -> StoreResult<()> {
        lti_platforms::save(&mut self.db, platform).await
    }

    async fn remove_platform(&mut self, id: PlatformId) -> StoreResult<bool> {
        lti_platforms::remove(&mut self.db, id).await
    }

    async fn insert_tool_key(&mut self, key: &ToolKey) -> StoreResult<()> {
        lti_keys::insert(&mut self.db, key).await
    }

    async fn insert_course(&mut self, course: &Course) -> StoreResult<()> {
        lti_courses::insert(&mut self.db, course).await
    }

    async fn save_course(&mut self, course: &Course) -> StoreResult<()> {
        lti_courses::save(&mut self.db, course).await
    }

    async fn link_course(
        &mut self,
        course: CourseId,
        lab: &Allowed<Lab>,
        at: Timestamp,
    ) -> StoreResult<()> {
        lti_courses::link(&mut self.db, course, lab.id, at).await
    }

    async fn unlink_course(&mut self, course: CourseId, lab: LabId) -> StoreResult<bool> {
        lti_courses::unlink(&mut self.db, course, lab).await
    }

    async fn use_nonce(
        &mut self,
        platform: PlatformId,
        nonce_hash: &str,
        ends_at: Timestamp,
        now: Timestamp,
    ) -> StoreResult<bool> {
        lti_courses::use_nonce(&mut self.db, platform, nonce_hash, ends_at, now).await
    }

    async fn insert_platform_invite(&mut self, invite: &PlatformInvite) -> StoreResult<()> {
        lti_platforms::insert_invite(&mut self.db, invite).await
    }

    async fn take_platform_invite(
        &mut self,
        token_hash: &str,
    ) -> StoreResult<Option<PlatformInvite>> {
        lti_platforms::take_invite(&mut self.db, token_hash).await
    }
}
