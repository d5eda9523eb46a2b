//! Everything the use cases work with, wired once by the server.

use std::sync::Arc;

use domain::id::{
    ConnectionId, CourseId, DraftId, GroupId, HolidayId, LabId, MachineId, MailId, OperationId,
    PersonId, PlanId, PlatformId, ResetId, RunId, ScheduleId, TokenId, UserId,
};
use domain::time::Timestamp;
use uuid::Uuid;

use crate::changes::Changes;
use crate::clock::{Clock, Random};
use crate::directories::Directories;
use crate::engine::Engine;
use crate::mail::Mailer;
use crate::store::Store;
use crate::vault::Vault;

/// The use cases' surroundings. Cloning shares them.
#[derive(Clone)]
pub struct Services {
    /// The database.
    pub store: Arc<dyn Store>,
    /// What has the machines.
    pub engine: Arc<dyn Engine>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Secrets at rest.
    pub vault: Vault,
    /// Word of mouth.
    pub changes: Changes,
    /// What takes mails out of the house.
    pub mailer: Arc<dyn Mailer>,
    /// The portal's address as people type it, without a slash at its end: mails name it.
    pub public_url: Arc<str>,
    /// Where the members of groups are asked for that live outside of the house.
    pub directories: Directories,
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Services").finish_non_exhaustive()
    }
}

impl Services {
    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A random number from 0 to 1, for jitter.
    pub fn jitter(&self) -> f64 {
        let mut bytes = [0; 4];
        self.random.fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
    }

    /// A version-7 UUID: ordered by time, random in its tail.
    fn new_uuid(&self) -> Uuid {
        let mut tail = [0; 10];
        self.random.fill(&mut tail);
        let millis = u64::try_from(self.now().millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
    }

    /// A new lab's id.
    pub fn new_lab_id(&self) -> LabId {
        LabId::new(self.new_uuid())
    }

    /// A new machine's id.
    pub fn new_machine_id(&self) -> MachineId {
        MachineId::new(self.new_uuid())
    }

    /// A new user's id.
    pub fn new_user_id(&self) -> UserId {
        UserId::new(self.new_uuid())
    }

    /// A new person's id.
    pub fn new_person_id(&self) -> PersonId {
        PersonId::new(self.new_uuid())
    }

    /// A new access token's id.
    pub fn new_token_id(&self) -> TokenId {
        TokenId::new(self.new_uuid())
    }

    /// A new running interval's id.
    pub fn new_run_id(&self) -> RunId {
        RunId::new(self.new_uuid())
    }

    /// A new connection's id.
    pub fn new_connection_id(&self) -> ConnectionId {
        ConnectionId::new(self.new_uuid())
    }

    /// A new schedule's id.
    pub fn new_schedule_id(&self) -> ScheduleId {
        ScheduleId::new(self.new_uuid())
    }

    /// A new group's id.
    pub fn new_group_id(&self) -> GroupId {
        GroupId::new(self.new_uuid())
    }

    /// A new holiday's id.
    pub fn new_holiday_id(&self) -> HolidayId {
        HolidayId::new(self.new_uuid())
    }

    /// A new reset's id.
    pub fn new_reset_id(&self) -> ResetId {
        ResetId::new(self.new_uuid())
    }

    /// A new operation's id.
    pub fn new_operation_id(&self) -> OperationId {
        OperationId::new(self.new_uuid())
    }

    /// A new plan's id.
    pub fn new_plan_id(&self) -> PlanId {
        PlanId::new(self.new_uuid())
    }

    /// A new file's id, with a list to be looked at.
    pub fn new_draft_id(&self) -> DraftId {
        DraftId::new(self.new_uuid())
    }

    /// A new learning platform's id.
    pub fn new_platform_id(&self) -> PlatformId {
        PlatformId::new(self.new_uuid())
    }

    /// A new course's id.
    pub fn new_course_id(&self) -> CourseId {
        CourseId::new(self.new_uuid())
    }

    /// A new mail's id.
    pub fn new_mail_id(&self) -> MailId {
        MailId::new(self.new_uuid())
    }
}
