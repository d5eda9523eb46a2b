//! Operations: work that outlasts a request, as progress bars and the REST API show it.

use serde::{Deserialize, Serialize};

use crate::id::{LabId, MachineId, OperationId, PersonId, PlanId, UserId};
use crate::image::ImageName;
use crate::machine::{Trouble, TroubleCode};
use crate::time::Timestamp;

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OperationKind {
    /// Makes a lab and its template.
    CreateLab,
    /// Publishes a lab.
    Publish,
    /// Changes how many machines a lab has.
    Scale,
    /// Deletes a lab and its machines.
    DeleteLab,
    /// Takes a lab's list over from a directory group.
    SyncGroup,
    /// Saves a machine as an image.
    SaveImage,
    /// Sends a user an invitation.
    InviteUser,
    /// Starts a machine.
    StartMachine,
    /// Stops a machine.
    StopMachine,
    /// Remakes a machine.
    ReimageMachine,
    /// Stops a machine and starts it afresh.
    RedeployMachine,
    /// Sets a password on a machine.
    ResetPassword,
}

impl OperationKind {
    /// Whether it is about a lab as a whole.
    pub fn is_of_lab(self) -> bool {
        matches!(
            self,
            Self::CreateLab | Self::Publish | Self::Scale | Self::DeleteLab | Self::SyncGroup
        )
    }
}

/// Why an operation failed, in one word for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureCode {
    /// Something else was asked for before it was done.
    OperationPreempted,
    /// What it worked on was removed.
    ResourceRemoved,
    /// The host has no room.
    NoCapacity,
    /// The machine is gone from the host.
    MachineLost,
    /// The host refused or failed.
    EngineFailed,
    /// The mail did not go out.
    MailFailed,
    /// There is no such directory group.
    DirectoryGroupNotFound,
    /// It does not go together with how things are.
    Conflict,
}

impl FailureCode {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OperationPreempted => "OperationPreempted",
            Self::ResourceRemoved => "ResourceRemoved",
            Self::NoCapacity => "NoCapacity",
            Self::MachineLost => "MachineLost",
            Self::EngineFailed => "EngineFailed",
            Self::MailFailed => "MailFailed",
            Self::DirectoryGroupNotFound => "DirectoryGroupNotFound",
            Self::Conflict => "Conflict",
        }
    }

    /// The word for a machine's or a lab's trouble.
    pub fn of(trouble: &Trouble) -> Self {
        match trouble.code {
            TroubleCode::NoCapacity => Self::NoCapacity,
            TroubleCode::Lost => Self::MachineLost,
            TroubleCode::Engine | TroubleCode::EngineAway => Self::EngineFailed,
        }
    }
}

/// How far an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OperationStatus {
    /// Under way, or waiting for its turn.
    InProgress,
    /// Done.
    Succeeded,
    /// Given up; the error says why.
    Failed,
}

/// A piece of work that outlasts a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// What it does.
    pub kind: OperationKind,
    /// The lab it works on.
    pub lab: LabId,
    /// The machine it works on, where it is about one.
    pub machine: Option<MachineId>,
    /// The user it is about, where it is about one.
    pub user: Option<UserId>,
    /// The image it makes, and for which plan, where it makes one.
    pub image: Option<(ImageName, PlanId)>,
    /// How far it is.
    pub status: OperationStatus,
    /// How many parts are done …
    pub done: u32,
    /// … out of how many.
    pub total: u32,
    /// Why it failed, as a sentence.
    pub error: Option<String>,
    /// Why it failed, in a word.
    pub code: Option<FailureCode>,
    /// Who asked for it; nobody, when the system did.
    pub by: Option<PersonId>,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl Operation {
    /// One of a lab that begins at `now`.
    pub fn begun(
        id: OperationId,
        kind: OperationKind,
        lab: LabId,
        by: Option<PersonId>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            kind,
            lab,
            machine: None,
            user: None,
            image: None,
            status: OperationStatus::InProgress,
            done: 0,
            total: 1,
            error: None,
            code: None,
            by,
            started_at: now,
            ended_at: None,
        }
    }

    /// Notes that it is done.
    pub fn succeed(&mut self, now: Timestamp) {
        self.status = OperationStatus::Succeeded;
        self.ended_at = Some(now);
    }

    /// Notes that it was given up, and why.
    pub fn fail(&mut self, code: FailureCode, why: impl Into<String>, now: Timestamp) {
        self.status = OperationStatus::Failed;
        self.code = Some(code);
        self.error = Some(why.into());
        self.ended_at = Some(now);
    }

    /// Notes that something else was asked for.
    pub fn preempt(&mut self, now: Timestamp) {
        self.fail(
            FailureCode::OperationPreempted,
            "Something else was asked for before it was done.",
            now,
        );
    }

    /// The share that is done, 0 to 100. Only an operation that succeeded is at 100.
    pub fn percent(&self) -> u32 {
        match self.status {
            OperationStatus::Succeeded => 100,
            _ => (self.done * 100)
                .checked_div(self.total)
                .unwrap_or(0)
                .min(99),
        }
    }
}
