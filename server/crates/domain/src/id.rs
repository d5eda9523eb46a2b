//! Identifiers: UUIDs that cannot be mistaken for one another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Invalid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The identifier with this UUID.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The UUID itself.
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// Six hexadecimal digits of the random part: enough to tell names apart, not secret.
            pub fn short(self) -> String {
                let digits = self.0.simple().to_string();
                digits[26..].to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                Uuid::try_parse(text)
                    .map(Self)
                    .map_err(|_| Invalid::new("id", concat!("This is not the id of a ", $what, ".")))
            }
        }
    };
}

id!(
    /// The installation's one organisation; its UUID is the REST API's subscription id.
    OrganisationId, "organisation"
);
id!(
    /// A lab.
    LabId, "lab"
);
id!(
    /// A machine: a lab's template, or a seat of its pool.
    MachineId, "machine"
);
id!(
    /// A user of a lab: a line of its list, whether or not the person has registered.
    UserId, "user"
);
id!(
    /// A person with an account on this installation.
    PersonId, "person"
);
id!(
    /// A piece of work that outlasts a request.
    OperationId, "operation"
);
id!(
    /// A schedule of a lab.
    ScheduleId, "schedule"
);
id!(
    /// A group of users inside a lab, with a quota and schedules of its own.
    GroupId, "group"
);
id!(
    /// One stretch of a machine's running.
    RunId, "run"
);
id!(
    /// A setting of used hours to zero.
    ResetId, "reset"
);
id!(
    /// A lab plan.
    PlanId, "plan"
);
id!(
    /// A day without class.
    HolidayId, "holiday"
);
id!(
    /// A browser's connection to a machine.
    ConnectionId, "connection"
);
id!(
    /// An access token.
    TokenId, "token"
);
id!(
    /// A mail in the outbox.
    MailId, "mail"
);
id!(
    /// A file with a list, to be looked at before anything is made of it.
    DraftId, "file"
);
id!(
    /// A learning platform.
    PlatformId, "platform"
);
id!(
    /// A course of a learning platform: what LTI calls a context.
    CourseId, "course"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_being_written_down() {
        let id = LabId::new(Uuid::from_u128(0x0192_3456_789a_7bcd_8ef0_1234_5678_9abc));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.short(), "789abc");
        assert!("not-an-id".parse::<LabId>().is_err());
    }
}
