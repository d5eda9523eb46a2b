//! Operations: work that outlasts a request, as progress bars and the REST API show it.

use serde::{Deserialize, Serialize};

use crate::id::{LabId, MachineId, OperationId, PersonId};
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
    /// How far it is.
    pub status: OperationStatus,
    /// How many parts are done …
    pub done: u32,
    /// … out of how many.
    pub total: u32,
    /// Why it failed, as a sentence.
    pub error: Option<String>,
    /// Who asked for it; nobody, when the system did.
    pub by: Option<PersonId>,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl Operation {
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
