//! The closed lists of words, and the domain's choices that they are.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? };)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub enum $name {
            $($(#[$vdoc])* $variant),+
        }
    )+};
}

/// The same choice of the domain, word by word.
macro_rules! same {
    ($($name:ident = $domain:path { $($variant:ident),+ })+) => {$(
        impl From<$domain> for $name {
            fn from(choice: $domain) -> Self {
                use $domain as D;
                match choice { $(D::$variant => Self::$variant),+ }
            }
        }

        impl From<$name> for $domain {
            fn from(choice: $name) -> Self {
                match choice { $($name::$variant => Self::$variant),+ }
            }
        }
    )+};
}

choices! {
    /// Whether something is on.
    EnableState {
        /// On.
        Enabled,
        /// Off.
        Disabled,
    };
    /// From where one way of connecting is open.
    ConnectionType {
        /// From everywhere.
        Public,
        /// From the school's networks.
        Private,
        /// From nowhere.
        None,
    };
    /// What counts as idle.
    ShutdownOnIdleMode {
        /// Nothing does.
        None,
        /// No keyboard or mouse input.
        UserAbsence,
        /// The same, and processor and disk low.
        LowUsage,
    };
    /// The system on an image.
    OsType {
        /// Windows.
        Windows,
        /// Linux.
        Linux,
    };
    /// Whether an image lost its identity.
    OsState {
        /// It did: each machine gets its own.
        Generalized,
        /// It did not.
        Specialized,
    };
    /// Where a lab is.
    LabState {
        /// Not yet published.
        Draft,
        /// Its machines are being made.
        Publishing,
        /// Its number of machines is being changed.
        Scaling,
        /// Its list is being taken over.
        Syncing,
        /// Its machines are there.
        Published,
    };
    /// Where a machine is.
    VirtualMachineState {
        /// Off.
        Stopped,
        /// On its way to running.
        Starting,
        /// On.
        Running,
        /// On its way to stopped.
        Stopping,
        /// Its password is being set.
        ResettingPassword,
        /// It is being remade.
        Reimaging,
        /// It is being moved.
        Redeploying,
    };
    /// What a machine is for.
    VirtualMachineType {
        /// A student's.
        User,
        /// The educator's, that others are copied from.
        Template,
    };
    /// Whether a resource is being made, changed or deleted.
    ProvisioningState {
        /// Being made.
        Creating,
        /// Being changed.
        Updating,
        /// Being deleted.
        Deleting,
        /// As wanted.
        Succeeded,
        /// Given up.
        Failed,
        /// Not to be changed for the time being.
        Locked,
    };
    /// Whether a user has come.
    RegistrationState {
        /// On the list only.
        NotRegistered,
        /// Registered.
        Registered,
    };
    /// Whether a user was invited.
    InvitationState {
        /// None was sent.
        NotSent,
        /// It is on its way.
        Sending,
        /// It is out.
        Sent,
        /// It was given up.
        Failed,
    };
    /// How a schedule recurs.
    RecurrenceFrequency {
        /// Every so many days.
        Daily,
        /// On some days of every so many weeks.
        Weekly,
    };
    /// A day of the week.
    WeekDay {
        /// Sunday.
        Sunday,
        /// Monday.
        Monday,
        /// Tuesday.
        Tuesday,
        /// Wednesday.
        Wednesday,
        /// Thursday.
        Thursday,
        /// Friday.
        Friday,
        /// Saturday.
        Saturday,
    };
    /// How far an operation is.
    OperationStatus {
        /// Not yet begun; never sent.
        NotStarted,
        /// Under way.
        InProgress,
        /// Done.
        Succeeded,
        /// Given up.
        Failed,
        /// Taken back; never sent.
        Canceled,
    };
    /// A sku's tier.
    SkuTier {
        /// Free.
        Free,
        /// Small.
        Basic,
        /// Usual.
        Standard,
        /// Large.
        Premium,
    };
    /// What made or changed a resource.
    CreatedByType {
        /// A person.
        User,
        /// A program.
        Application,
        /// Not here.
        ManagedIdentity,
        /// Not here.
        Key,
    };
    /// A plan's own identity.
    IdentityType {
        /// Made with it.
        SystemAssigned,
    };
    /// What a lab's machines are made from.
    CreateOption {
        /// Straight from the image.
        Image,
        /// From a template.
        #[serde(rename = "TemplateVM")]
        TemplateVM,
    };
}

same! {
    EnableState = domain::shutdown::EnableState { Enabled, Disabled }
    ConnectionType = domain::connection::ConnectionType { Public, Private, None }
    ShutdownOnIdleMode = domain::shutdown::ShutdownOnIdle { None, UserAbsence, LowUsage }
    OsType = domain::image::OsType { Windows, Linux }
    LabState = domain::lab::LabState { Draft, Publishing, Scaling, Syncing, Published }
    VirtualMachineState = domain::machine::MachineState { Stopped, Starting, Running, Stopping, ResettingPassword, Reimaging, Redeploying }
    VirtualMachineType = domain::machine::MachineKind { User, Template }
    ProvisioningState = domain::machine::ProvisioningState { Creating, Updating, Deleting, Succeeded, Failed, Locked }
    RegistrationState = domain::user::RegistrationState { NotRegistered, Registered }
    InvitationState = domain::user::InvitationState { NotSent, Sending, Sent, Failed }
}

impl From<domain::lab::CreateOption> for CreateOption {
    fn from(option: domain::lab::CreateOption) -> Self {
        match option {
            domain::lab::CreateOption::Image => Self::Image,
            domain::lab::CreateOption::TemplateVm => Self::TemplateVM,
        }
    }
}

impl From<CreateOption> for domain::lab::CreateOption {
    fn from(option: CreateOption) -> Self {
        match option {
            CreateOption::Image => Self::Image,
            CreateOption::TemplateVM => Self::TemplateVm,
        }
    }
}

impl RecurrenceFrequency {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "Daily",
            Self::Weekly => "Weekly",
        }
    }
}

impl WeekDay {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sunday => "Sunday",
            Self::Monday => "Monday",
            Self::Tuesday => "Tuesday",
            Self::Wednesday => "Wednesday",
            Self::Thursday => "Thursday",
            Self::Friday => "Friday",
            Self::Saturday => "Saturday",
        }
    }

    /// The day with this name.
    pub fn named(name: &str) -> Option<Self> {
        [
            Self::Sunday,
            Self::Monday,
            Self::Tuesday,
            Self::Wednesday,
            Self::Thursday,
            Self::Friday,
            Self::Saturday,
        ]
        .into_iter()
        .find(|day| day.as_str() == name)
    }
}
