//! Roles: who may do what, and where.

use serde::{Deserialize, Serialize};

use crate::Invalid;
use crate::id::{LabId, PersonId, PlanId};
use crate::lab::Lab;
use crate::plan::Plan;
use crate::resource::ResourceGroup;

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

/// Where a role holds. A role holds downwards; plans and labs stand side by side in a resource group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// The whole installation.
    Organisation,
    /// A resource group, with its plans and labs.
    Group(ResourceGroup),
    /// One lab plan. Its labs are not in it.
    Plan(PlanId),
    /// One lab.
    Lab(LabId),
}

/// What a permission is asked about, with what it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// The whole installation.
    Organisation,
    /// A resource group.
    Group(&'a ResourceGroup),
    /// A lab plan.
    Plan(PlanId, &'a ResourceGroup),
    /// A lab.
    Lab(LabId, &'a ResourceGroup),
}

impl<'a> From<&'a Lab> for Target<'a> {
    fn from(lab: &'a Lab) -> Self {
        Self::Lab(lab.id, &lab.group)
    }
}

impl<'a> From<&'a Plan> for Target<'a> {
    fn from(plan: &'a Plan) -> Self {
        Self::Plan(plan.id, &plan.group)
    }
}

/// A role, given somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Where it holds.
    pub scope: Scope,
}

/// A group of people whom somebody else counts: a directory, or a provider by its claims. The same id
/// means two groups where two sources use it, so that no provider speaks for another.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PeopleGroup {
    /// Who counts its members: a provider as the settings name it, or [`PeopleGroup::DIRECTORY`].
    pub source: String,
    /// Its id there.
    pub id: String,
}

impl PeopleGroup {
    /// The source of groups that are kept here, written by programs.
    pub const DIRECTORY: &str = "directory";

    /// The most characters of an id.
    const LONGEST: usize = 200;

    /// Reads a group's id.
    ///
    /// # Errors
    /// When it is empty, too long, or has characters that cannot be seen.
    pub fn parse(source: &str, id: &str) -> Result<Self, Invalid> {
        let id = id.trim();
        let fits = !id.is_empty() && id.chars().count() <= Self::LONGEST;
        if !fits || id.chars().any(char::is_control) {
            return Err(Invalid::new(
                "group",
                format!("A group’s id has 1 to {} characters.", Self::LONGEST),
            ));
        }
        Ok(Self {
            source: source.to_owned(),
            id: id.to_owned(),
        })
    }
}

/// Who can be given a role.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// A person, or a program.
    Person(PersonId),
    /// Everybody in a group.
    Group(PeopleGroup),
}

impl From<PersonId> for Principal {
    fn from(person: PersonId) -> Self {
        Self::Person(person)
    }
}

/// A role, given to somebody somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// To whom.
    pub principal: Principal,
    /// What, and where.
    pub grant: Grant,
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

    /// What it allows, in words that go on from “you may”.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::ReadPlan => "see lab plans, images and sizes",
            Self::CreateLab => "create labs",
            Self::SaveImage => "save machines as images",
            Self::ReadLab => "see labs with their machines and users",
            Self::WriteLab => "change a lab’s settings",
            Self::PublishLab => "publish a lab",
            Self::SyncLab => "take a lab’s list over from a directory",
            Self::DeleteLab => "delete a lab",
            Self::OperateMachines => "start, stop, reimage and redeploy machines",
            Self::ResetPasswords => "set passwords on machines",
            Self::ConnectMachines => "open a terminal on the template and on students’ machines",
            Self::InviteUsers => "send invitations",
            Self::ManageUsers => "change a lab’s list and its registration link",
            Self::ManageSchedules => "change schedules and days without class",
            Self::WritePlan => "make, change and delete lab plans",
            Self::ManagePeople => "see who has an account and a role",
            Self::GiveRoles => "give roles and take them",
            Self::ReadSystem => "see how the system is",
        }
    }

    /// Whether it is about something inside of a lab.
    pub fn is_in_a_lab(self) -> bool {
        self.is_of_labs() && !matches!(self, Self::ReadPlan | Self::CreateLab | Self::WritePlan)
            || self == Self::GiveRoles
    }

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

    /// The roles that allow `permission` where they hold, those that allow least first.
    pub fn allowing(permission: Permission) -> impl Iterator<Item = Self> {
        let least_first = Self::ALL.into_iter().rev();
        least_first.filter(move |role| role.allows(permission))
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
    /// Whether what holds here holds there.
    pub fn covers(&self, target: Target<'_>) -> bool {
        match (self, target) {
            (Self::Organisation, _) => true,
            (
                Self::Group(mine),
                Target::Group(group) | Target::Plan(_, group) | Target::Lab(_, group),
            ) => mine.is(group.as_str()),
            (Self::Plan(mine), Target::Plan(plan, _)) => *mine == plan,
            (Self::Lab(mine), Target::Lab(lab, _)) => *mine == lab,
            _ => false,
        }
    }
}

impl Grant {
    /// Whether it allows `permission` there.
    pub fn allows(&self, permission: Permission, target: Target<'_>) -> bool {
        self.scope.covers(target) && self.role.allows(permission)
    }
}

/// Whether somebody with these `grants` may do `permission` there.
pub fn allows<'a>(grants: &[Grant], permission: Permission, target: impl Into<Target<'a>>) -> bool {
    let target = target.into();
    grants.iter().any(|grant| grant.allows(permission, target))
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
        let group = |name: &str| ResourceGroup::parse(name).unwrap();
        let (maths, physics) = (group("maths"), group("physics"));
        let lab = |n: u128| LabId::new(Uuid::from_u128(n));
        let plan = |n: u128| PlanId::new(Uuid::from_u128(n));
        // In maths: plan 1 and lab 1; in physics: plan 2 and lab 2.
        let everything = [
            Target::Organisation,
            Target::Group(&maths),
            Target::Plan(plan(1), &maths),
            Target::Lab(lab(1), &maths),
            Target::Group(&physics),
            Target::Plan(plan(2), &physics),
            Target::Lab(lab(2), &physics),
        ];
        let table = [
            (Scope::Organisation, [true; 7]),
            (
                Scope::Group(group("MATHS")),
                [false, true, true, true, false, false, false],
            ),
            (
                Scope::Plan(plan(1)),
                [false, false, true, false, false, false, false],
            ),
            (
                Scope::Lab(lab(2)),
                [false, false, false, false, false, false, true],
            ),
        ];
        for (scope, holds) in table {
            let grant = Grant {
                role: Role::Owner,
                scope,
            };
            let found = everything.map(|target| grant.allows(Permission::GiveRoles, target));
            assert_eq!(found, holds, "{grant:?}");
        }
        assert!(!allows(&[], Permission::ReadLab, Target::Organisation));
    }

    #[test]
    fn each_role_counts_where_it_is() {
        let group = ResourceGroup::default_group();
        let (mine, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let grants = [
            Grant {
                role: Role::LabCreator,
                scope: Scope::Organisation,
            },
            Grant {
                role: Role::Owner,
                scope: Scope::Lab(LabId::new(mine)),
            },
        ];
        let at = |id| Target::Lab(LabId::new(id), &group);
        assert!(allows(&grants, Permission::CreateLab, Target::Organisation));
        assert!(allows(&grants, Permission::DeleteLab, at(mine)));
        assert!(!allows(&grants, Permission::ReadLab, at(other)));
        assert!(!allows(
            &grants,
            Permission::ReadSystem,
            Target::Organisation
        ));
    }

    #[test]
    fn a_group_has_an_id_that_can_be_seen() {
        let read = |id: &str| PeopleGroup::parse("school", id).map(|group| group.id);
        assert_eq!(read(" /teachers/maths 1 ").unwrap(), "/teachers/maths 1");
        assert!(read("  ").is_err());
        assert!(read("a\u{7}b").is_err());
        assert!(read(&"x".repeat(201)).is_err());
    }
}
