//! The words under which the domain's choices are kept: their own names.

use domain::connection::ConnectionType;
use domain::image::OsType;
use domain::lab::{CreateOption, LabState, Remake};
use domain::machine::{Cause, MachineKind, Power, StopReason, TroubleCode};
use domain::meter::StartCause;
use domain::operation::{FailureCode, OperationKind, OperationStatus};
use domain::role::Role;
use domain::shutdown::ShutdownOnIdle;
use domain::token::Reach;
use domain::user::InvitationState;
use service::mail::MailState;
use service::store::{GroupSource, PersonKind, StoreResult};

use crate::columns::unparsed;

/// A choice that is kept as a word.
pub(crate) trait Code: Copy + Sized + 'static {
    /// Every choice there is.
    #[cfg(test)]
    const ALL: &'static [Self];

    /// Its word.
    fn code(self) -> &'static str;

    /// The choice with this word.
    fn from_code(code: &str) -> Option<Self>;
}

macro_rules! codes {
    ($($name:ident { $($variant:ident),+ })+) => {$(
        impl Code for $name {
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant)),+
                }
            }

            fn from_code(code: &str) -> Option<Self> {
                match code {
                    $(stringify!($variant) => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    )+};
}

codes! {
    CreateOption { Image, TemplateVm }
    LabState { Draft, Publishing, Scaling, Syncing, Published }
    Remake { Every, Unclaimed }
    MachineKind { Template, User }
    Power { On, Off }
    Cause { Student, Educator, System }
    StopReason {
        Student, Educator, Inside, Publish, Reimage, Removed, Schedule, QuotaEnd, Disconnected,
        NotConnected, UserAbsence, LowUsage, Silent, Deleted, HostLost
    }
    StartCause { Student, Educator, Schedule, System }
    ShutdownOnIdle { None, UserAbsence, LowUsage }
    TroubleCode { EngineAway, NoCapacity, Lost, Engine }
    OperationKind {
        CreateLab, Publish, Scale, DeleteLab, SyncGroup, SaveImage, InviteUser, StartMachine, StopMachine,
        ReimageMachine, RedeployMachine, ResetPassword
    }
    OperationStatus { InProgress, Succeeded, Failed }
    FailureCode {
        OperationPreempted, ResourceRemoved, NoCapacity, MachineLost, EngineFailed, MailFailed,
        DirectoryGroupNotFound, Conflict
    }
    ConnectionType { Public, Private, None }
    OsType { Linux, Windows }
    InvitationState { NotSent, Sending, Sent, Failed }
    GroupSource { Api, Scim, Outside }
    PersonKind { User, Expected, Application }
    Reach { Full, ReadOnly }
    Role {
        Owner, Contributor, LabServicesContributor, LabServicesReader, LabCreator, LabContributor,
        LabOperator, LabAssistant
    }
    MailState { Waiting, Sent, Failed }
}

/// The choice in a column.
pub(crate) fn choice<T: Code>(column: &'static str, code: &str) -> StoreResult<T> {
    T::from_code(code).ok_or_else(|| unparsed(column, format!("there is no “{code}”")))
}

/// The choice in a column that may be empty.
pub(crate) fn optional<T: Code>(
    column: &'static str,
    code: Option<&str>,
) -> StoreResult<Option<T>> {
    code.map(|code| choice(column, code)).transpose()
}
