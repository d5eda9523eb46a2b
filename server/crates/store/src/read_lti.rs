//! The service's `ReadLti`, method by method: where each is answered.

use async_trait::async_trait;
use domain::id::{CourseId, LabId, PlatformId};
use domain::platform::Platform;
use service::store::{Course, PlatformInvite, ReadLti, StoreResult, ToolKey};

use crate::transaction::Transaction;
use crate::{lti_courses, lti_keys, lti_platforms};

#[async_trait]
impl ReadLti for Transaction {
    async fn platforms(&mut self) -> StoreResult<Vec<Platform>> {
        lti_platforms::platforms(&mut self.db).await
    }

    async fn platform(&mut self, id: PlatformId) -> StoreResult<Option<Platform>> {
        lti_platforms::platform(&mut self.db, id).await
    }

    async fn platforms_by_issuer(&mut self, issuer: &str) -> StoreResult<Vec<Platform>> {
        lti_platforms::by_issuer(&mut self.db, issuer).await
    }

    async fn tool_keys(&mut self) -> StoreResult<Vec<ToolKey>> {
        lti_keys::keys(&mut self.db).await
    }

    async fn course(&mut self, id: CourseId) -> StoreResult<Option<Course>> {
        lti_courses::course(&mut self.db, id).await
    }

    async fn course_by_context(
        &mut self,
        platform: PlatformId,
        deployment: &str,
        context: &str,
    ) -> StoreResult<Option<Course>> {
        lti_courses::by_context(&mut self.db, platform, deployment, context).await
    }

    async fn courses(&mut self, platform: PlatformId) -> StoreResult<Vec<Course>> {
        lti_courses::courses(&mut self.db, platform).await
    }

    async fn labs_of_course(&mut self, course: CourseId) -> StoreResult<Vec<LabId>> {
        lti_courses::labs(&mut self.db, course).await
    }

    async fn platform_invite(&mut self, token_hash: &str) -> StoreResult<Option<PlatformInvite>> {
        lti_platforms::invite(&mut self.db, token_hash).await
    }
}
