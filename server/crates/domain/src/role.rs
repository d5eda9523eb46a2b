//! Roles: who may do what, and where.

use serde::{Deserialize, Serialize};

use crate::Invalid;
use crate::id::LabId;

/// A role that a person can be given. Students have none: what they may do comes from the list of
/// their lab, for their own machine only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Everything in the scope, and giving roles in it.
    Owner,
    /// Creating labs, and owning the ones created.
    LabCreator,
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
    /// See images and sizes, and create labs.
    CreateLab,
    /// See a lab with its machines and users.
    ReadLab,
    /// Change a lab's settings.
    WriteLab,
    /// Publish a lab.
    PublishLab,
    /// Delete a lab.
    DeleteLab,
    /// Start, stop and reimage a lab's machines.
    OperateMachines,
    /// Open a terminal on a lab's template, or on a student's machine.
    ConnectMachines,
    /// Change a lab's list and its registration link.
    ManageUsers,
    /// Change a lab's schedules and its days without class.
    ManageSchedules,
    /// Change a plan: prices, and what new labs begin with.
    WritePlan,
    /// See how the system is.
    ReadSystem,
}

impl Permission {
    /// Whether it allows nothing but looking.
    pub fn only_reads(self) -> bool {
        matches!(self, Self::ReadLab | Self::ReadSystem)
    }
}

impl Role {
    /// Parses a role's name, as the command line takes it.
    ///
    /// # Errors
    /// When there is no such role.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text
            .to_ascii_lowercase()
            .replace(['-', '_', ' '], "")
            .as_str()
        {
            "owner" => Ok(Self::Owner),
            "labcreator" => Ok(Self::LabCreator),
            _ => Err(Invalid::new("role", "The roles are owner and lab-creator.")),
        }
    }

    /// Whether the role, where it holds, allows `permission`.
    pub fn allows(self, permission: Permission) -> bool {
        match self {
            Self::Owner => true,
            Self::LabCreator => permission == Permission::CreateLab,
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
