//! Roles: who may do what, and where.

use serde::{Deserialize, Serialize};

use crate::Invalid;
use crate::id::LabId;

/// A role that a person or a program can be given: the predecessor's, with its names. Students have
/// none: what they may do comes from the list of their lab, for their own machine only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Everything in the scope, and giving roles in it.
    Owner,
    /// Everything but giving roles.
    Contributor,
    /// Everything of plans and labs.
    LabServicesContributor,
    /// Reading everything of plans and labs.
    LabServicesReader,
    /// Creating labs, and owning the ones created.
    LabCreator,
    /// Everything in a lab, and creating labs.
    LabContributor,
    /// Running a lab, without changing or deleting it.
    LabOperator,
    /// Helping in class.
    LabAssistant,
}

/// Where a role holds. A role holds downwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// The whole installation.
    Organisation,
    /// One lab.
    Lab(LabId),
}

/// A role, given somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Where it holds.
    pub scope: Scope,
}

/// Something that may be done only with a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// See plans, images and sizes.
    ReadPlan,
    /// See images and sizes, and create labs.
    CreateLab,
    /// Save a machine as an image.
    SaveImage,
    /// See a lab with its machines and users.
    ReadLab,
    /// Change a lab's settings.
    WriteLab,
    /// Publish a lab.
    PublishLab,
    /// Take a lab's list over from a directory.
    SyncLab,
    /// Delete a lab.
    DeleteLab,
    /// Start, stop, reimage and redeploy a lab's machines.
    OperateMachines,
    /// Set passwords on a lab's machines.
    ResetPasswords,
    /// Open a terminal on a lab's template, or on a student's machine.
    ConnectMachines,
    /// Send invitations to a lab's users.
    InviteUsers,
    /// Change a lab's list and its registration link.
    ManageUsers,
    /// Change a lab's schedules and its days without class.
    ManageSchedules,
    /// Make, change and delete plans: prices, and what new labs begin with.
    WritePlan,
    /// See who has an account and a role; make programs that sign in, and directory groups.
    ManagePeople,
    /// Give roles and take them, switch accounts off.
    GiveRoles,
    /// See how the system is.
    ReadSystem,
}

impl Permission {
    /// Every permission there is.
    pub const ALL: [Self; 18] = [
        Self::ReadPlan,
        Self::CreateLab,
        Self::SaveImage,
        Self::ReadLab,
        Self::WriteLab,
        Self::PublishLab,
        Self::SyncLab,
        Self::DeleteLab,
        Self::OperateMachines,
        Self::ResetPasswords,
        Self::ConnectMachines,
        Self::InviteUsers,
        Self::ManageUsers,
        Self::ManageSchedules,
        Self::WritePlan,
        Self::ManagePeople,
        Self::GiveRoles,
        Self::ReadSystem,
    ];

    /// Whether it allows nothing but looking.
    pub fn only_reads(self) -> bool {
        matches!(self, Self::ReadPlan | Self::ReadLab | Self::ReadSystem)
    }

    /// Whether it is about looking at plans and labs, or changing them.
    fn is_of_labs(self) -> bool {
        !matches!(
            self,
            Self::ManagePeople | Self::GiveRoles | Self::ReadSystem
        )
    }
}

impl Role {
    /// Every role there is.
    pub const ALL: [Self; 8] = [
        Self::Owner,
        Self::Contributor,
        Self::LabServicesContributor,
        Self::LabServicesReader,
        Self::LabCreator,
        Self::LabContributor,
        Self::LabOperator,
        Self::LabAssistant,
    ];

    /// Parses a role's name, as the command line takes it.
    ///
    /// # Errors
    /// When there is no such role.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let bare = text.to_ascii_lowercase().replace(['-', '_', ' '], "");
        let found = Self::ALL
            .into_iter()
            .find(|role| role.name().replace('-', "") == bare);
        found.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
            Invalid::new("role", format!("The roles are {}.", names.join(", ")))
        })
    }

    /// Its name, as the command line takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Contributor => "contributor",
            Self::LabServicesContributor => "lab-services-contributor",
            Self::LabServicesReader => "lab-services-reader",
            Self::LabCreator => "lab-creator",
            Self::LabContributor => "lab-contributor",
            Self::LabOperator => "lab-operator",
            Self::LabAssistant => "lab-assistant",
        }
    }

    /// Its name, as people read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Contributor => "Contributor",
            Self::LabServicesContributor => "Lab Services Contributor",
            Self::LabServicesReader => "Lab Services Reader",
            Self::LabCreator => "Lab Creator",
            Self::LabContributor => "Lab Contributor",
            Self::LabOperator => "Lab Operator",
            Self::LabAssistant => "Lab Assistant",
        }
    }

    /// What it may do, in a few words.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Owner => "everything, and gives roles",
            Self::Contributor => "everything but giving roles",
            Self::LabServicesContributor => "everything of plans and labs",
            Self::LabServicesReader => "sees all of plans and labs",
            Self::LabCreator => "makes labs, and owns those",
            Self::LabContributor => "everything in a lab, and makes labs",
            Self::LabOperator => "publishes, users, machines, schedules",
            Self::LabAssistant => "sees, invites, starts and stops machines",
        }
    }

    /// Whether the role, where it holds, allows `permission`.
    pub fn allows(self, permission: Permission) -> bool {
        use Permission as P;

        match self {
            Self::Owner => true,
            Self::Contributor => permission != P::GiveRoles,
            Self::LabServicesContributor => permission.is_of_labs(),
            Self::LabServicesReader => matches!(permission, P::ReadPlan | P::ReadLab),
            Self::LabCreator => {
                matches!(permission, P::ReadPlan | P::CreateLab | P::SaveImage)
            }
            Self::LabContributor => permission.is_of_labs() && permission != P::WritePlan,
            Self::LabOperator => {
                Self::LabContributor.allows(permission)
                    && !matches!(
                        permission,
                        P::WriteLab | P::DeleteLab | P::SyncLab | P::CreateLab
                    )
            }
            Self::LabAssistant => matches!(
                permission,
                P::ReadPlan | P::ReadLab | P::InviteUsers | P::OperateMachines
            ),
        }
    }
}

impl Scope {
    /// Whether what holds here holds in `other`.
    pub fn covers(self, other: Self) -> bool {
        self == Self::Organisation || self == other
    }
}

/// Whether somebody with these `grants` may do `permission` in `scope`.
pub fn allows(grants: &[Grant], permission: Permission, scope: Scope) -> bool {
    grants
        .iter()
        .any(|grant| grant.scope.covers(scope) && grant.role.allows(permission))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn roles_have_names() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.name()), Ok(role));
        }
        assert_eq!(Role::parse("Lab Creator"), Ok(Role::LabCreator));
        assert!(Role::parse("king").is_err());
    }

    /// The table of the predecessor's built-in roles.
    #[test]
    fn the_roles_allow_what_the_predecessors_did() {
        let allowed = |role: Role| -> Vec<Permission> {
            let all = Permission::ALL.into_iter();
            all.filter(|permission| role.allows(*permission)).collect()
        };
        use Permission as P;
        assert_eq!(allowed(Role::Owner), P::ALL);
        assert_eq!(
            allowed(Role::LabAssistant),
            [P::ReadPlan, P::ReadLab, P::OperateMachines, P::InviteUsers]
        );
        assert_eq!(
            allowed(Role::LabOperator),
            [
                P::ReadPlan,
                P::SaveImage,
                P::ReadLab,
                P::PublishLab,
                P::OperateMachines,
                P::ResetPasswords,
                P::ConnectMachines,
                P::InviteUsers,
                P::ManageUsers,
                P::ManageSchedules
            ]
        );
        assert_eq!(allowed(Role::LabServicesReader), [P::ReadPlan, P::ReadLab]);
        assert!(!Role::LabContributor.allows(P::WritePlan));
        assert!(Role::LabServicesContributor.allows(P::WritePlan));
        assert!(!Role::LabServicesContributor.allows(P::ReadSystem));
        let give: Vec<Role> = Role::ALL
            .into_iter()
            .filter(|role| role.allows(P::GiveRoles))
            .collect();
        assert_eq!(give, [Role::Owner]);
    }

    #[test]
    fn a_role_holds_downwards_and_nowhere_else() {
        let mine = Scope::Lab(LabId::new(Uuid::from_u128(1)));
        let other = Scope::Lab(LabId::new(Uuid::from_u128(2)));
        let creator = [
            Grant {
                role: Role::LabCreator,
                scope: Scope::Organisation,
            },
            Grant {
                role: Role::Owner,
                scope: mine,
            },
        ];
        assert!(allows(&creator, Permission::CreateLab, Scope::Organisation));
        assert!(allows(&creator, Permission::DeleteLab, mine));
        assert!(!allows(&creator, Permission::ReadLab, other));
        assert!(!allows(
            &creator,
            Permission::ReadSystem,
            Scope::Organisation
        ));
        let owner = [Grant {
            role: Role::Owner,
            scope: Scope::Organisation,
        }];
        assert!(allows(&owner, Permission::DeleteLab, other));
        assert!(!allows(&[], Permission::ReadLab, mine));
    }
}
