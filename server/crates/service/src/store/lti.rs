//! What learning platforms need of a database.
//!
//! Supertraits of [`Read`](super::Read) and [`Write`](super::Write): a file of its own, since it is a
//! subject of its own.

use async_trait::async_trait;
use domain::id::{CourseId, LabId, PersonId, PlatformId};
use domain::lab::Lab;
use domain::platform::Platform;
use domain::time::Timestamp;

use super::StoreResult;
use crate::access::Allowed;
use crate::vault::Sealed;

/// A key that this tool signs with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolKey {
    /// Its name, which signatures tell.
    pub id: String,
    /// The private key, PKCS#8 in hexadecimal digits, encrypted.
    pub secret: Sealed,
    /// The public key as a JSON Web Key.
    pub public: String,
    /// When it was made. The newest signs.
    pub created_at: Timestamp,
}

/// A course of a learning platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// Its id here.
    pub id: CourseId,
    /// The platform.
    pub platform: PlatformId,
    /// The deployment it belongs to; the platform's ids of courses are unique in one only.
    pub deployment: String,
    /// The platform's id of it.
    pub context: String,
    /// What it is called.
    pub title: String,
    /// Where its members are asked for, where the platform tells them.
    pub memberships: Option<String>,
    /// When somebody first came from it.
    pub created_at: Timestamp,
    /// When somebody last did.
    pub used_at: Timestamp,
}

/// A one-time address by which a platform registers itself, by its token's hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformInvite {
    /// The hash of the token.
    pub token_hash: String,
    /// Which owner made it.
    pub made_by: PersonId,
    /// When it ceases to work.
    pub expires_at: Timestamp,
}

/// One consistent state, as far as learning platforms ask.
#[async_trait]
pub trait ReadLti: Send {
    /// All platforms, by name.
    async fn platforms(&mut self) -> StoreResult<Vec<Platform>>;

    /// A platform.
    async fn platform(&mut self, id: PlatformId) -> StoreResult<Option<Platform>>;

    /// The platforms with this issuer, the oldest first.
    async fn platforms_by_issuer(&mut self, issuer: &str) -> StoreResult<Vec<Platform>>;

    /// The keys of this tool, the newest first.
    async fn tool_keys(&mut self) -> StoreResult<Vec<ToolKey>>;

    /// A course.
    async fn course(&mut self, id: CourseId) -> StoreResult<Option<Course>>;

    /// The course that a platform calls `context`.
    async fn course_by_context(
        &mut self,
        platform: PlatformId,
        deployment: &str,
        context: &str,
    ) -> StoreResult<Option<Course>>;

    /// A platform's courses, by title.
    async fn courses(&mut self, platform: PlatformId) -> StoreResult<Vec<Course>>;

    /// The labs that a course is linked to, the one linked first in front.
    async fn labs_of_course(&mut self, course: CourseId) -> StoreResult<Vec<LabId>>;

    /// A one-time address, by its token's hash.
    async fn platform_invite(&mut self, token_hash: &str) -> StoreResult<Option<PlatformInvite>>;
}

/// One transaction, as far as learning platforms change things.
#[async_trait]
pub trait WriteLti: ReadLti {
    /// Adds a platform. One with the same issuer and client id is a conflict.
    async fn insert_platform(&mut self, platform: &Platform) -> StoreResult<()>;

    /// Writes a platform back.
    async fn save_platform(&mut self, platform: &Platform) -> StoreResult<()>;

    /// Removes a platform with its courses, and what it knows people by; whether it was there.
    async fn remove_platform(&mut self, id: PlatformId) -> StoreResult<bool>;

    /// Keeps a key.
    async fn insert_tool_key(&mut self, key: &ToolKey) -> StoreResult<()>;

    /// Adds a course. Where it is there already the row that is there is kept.
    async fn insert_course(&mut self, course: &Course) -> StoreResult<()>;

    /// Writes title, memberships and last use of a course back.
    async fn save_course(&mut self, course: &Course) -> StoreResult<()>;

    /// Links a course to a lab; linking it twice is linking it once.
    async fn link_course(
        &mut self,
        course: CourseId,
        lab: &Allowed<Lab>,
        at: Timestamp,
    ) -> StoreResult<()>;

    /// Unlinks a course from a lab; whether it was linked.
    async fn unlink_course(&mut self, course: CourseId, lab: LabId) -> StoreResult<bool>;

    /// Uses a nonce of a platform up, which is remembered until `ends_at`, and forgets those that
    /// ended before `now`. False when it was used before.
    async fn use_nonce(
        &mut self,
        platform: PlatformId,
        nonce_hash: &str,
        ends_at: Timestamp,
        now: Timestamp,
    ) -> StoreResult<bool>;

    /// Keeps a one-time address.
    async fn insert_platform_invite(&mut self, invite: &PlatformInvite) -> StoreResult<()>;

    /// Uses a one-time address up: it is gone, whoever takes it.
    async fn take_platform_invite(
        &mut self,
        token_hash: &str,
    ) -> StoreResult<Option<PlatformInvite>>;
}
