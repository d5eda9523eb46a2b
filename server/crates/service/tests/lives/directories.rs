//! Who says who is in a group that holds roles: whoever may give those roles, be it by SCIM or by what
//! programs write.

use domain::email::Email;
use domain::id::PersonId;
use domain::name::PersonName;
use domain::role::{Grant, PeopleGroup, Principal, Role, Scope};
use service::Result;
use service::access::Actor;
use service::roles::Recipient;
use service::scim::{ScimGroupDraft, ScimGroupView, ScimUserDraft, ScimUserView};
use service::store::{DirectoryGroup, DirectoryMember, Record};

use crate::world::{World, assert_forbidden};

/// What a directory itself calls one of its groups.
const THEIRS: &str = "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159";

/// An installation of Grace's, where Carl may do everything but give roles.
struct House {
    world: World,
    grace: Actor,
    carl: Actor,
}

fn email(name: &str) -> Email {
    Email::parse(&format!("{name}@example.org")).unwrap()
}

/// The role that the groups hold.
fn operator() -> Grant {
    Grant {
        role: Role::LabOperator,
        scope: Scope::Organisation,
    }
}

fn of_directory(id: &str) -> PeopleGroup {
    PeopleGroup::parse(PeopleGroup::DIRECTORY, id).unwrap()
}

/// A group as a directory pushes it.
fn pushed(name: &str, external_id: Option<&str>, members: &[PersonId]) -> ScimGroupDraft {
    ScimGroupDraft {
        name: name.to_owned(),
        external_id: external_id.map(str::to_owned),
        members: members.to_vec(),
        document: "{}".to_owned(),
    }
}

/// A group as a program writes it.
fn written(id: &str, members: &[&str]) -> DirectoryGroup {
    let member = |name: &&str| DirectoryMember {
        email: email(name),
        name: None,
    };
    DirectoryGroup {
        id: id.to_owned(),
        name: id.to_owned(),
        members: members.iter().map(member).collect(),
    }
}

impl House {
    async fn new() -> Self {
        let world = World::new().await;
        let grace = world.owner("Grace").await;
        let carl = world.student("carl@example.org").await;
        let to = Recipient::Email(carl.email.clone());
        let contributor = Grant {
            role: Role::Contributor,
            scope: Scope::Organisation,
        };
        let given = world.services.give_role(&grace, &to, &contributor).await;
        given.unwrap();
        let carl = world.fresh(&carl).await;
        Self { world, grace, carl }
    }

    /// Lets a group hold the role.
    async fn give(&self, group: &str) {
        let to = Recipient::Group(of_directory(group));
        let services = &self.world.services;
        let given = services.give_role(&self.grace, &to, &operator()).await;
        given.unwrap();
    }

    /// Takes the role from a group.
    async fn take(&self, group: &str) {
        let from = Principal::Group(of_directory(group));
        let services = &self.world.services;
        let taken = services.take_role(&self.grace, &from, &operator()).await;
        taken.unwrap();
    }

    /// Pushes somebody who has never come.
    async fn push(&self, name: &str) -> PersonId {
        let draft = ScimUserDraft {
            user_name: name.to_owned(),
            external_id: None,
            email: email(name),
            name: PersonName::parse(name).unwrap(),
            active: None,
            document: "{}".to_owned(),
        };
        let made = self.world.services.create_scim_user(&self.carl, draft);
        made.await.unwrap().person.id
    }

    /// Changes somebody who was pushed.
    async fn change(
        &self,
        by: &Actor,
        who: PersonId,
        change: impl FnOnce(ScimUserDraft) -> ScimUserDraft + Send,
    ) -> Result<ScimUserView> {
        let services = &self.world.services;
        let changed = services.change_scim_user(by, who, |old: &ScimUserView| {
            Ok(change(ScimUserDraft {
                user_name: old.user.user_name.clone(),
                external_id: old.user.external_id.clone(),
                email: old.person.email.clone(),
                name: old.person.name.clone(),
                active: None,
                document: old.user.document.clone(),
            }))
        });
        changed.await
    }

    /// Gives somebody who was pushed another address.
    async fn move_to(&self, by: &Actor, who: PersonId, name: &str) -> Result<ScimUserView> {
        let to = email(name);
        let moved = |old: ScimUserDraft| ScimUserDraft { email: to, ..old };
        self.change(by, who, moved).await
    }

    async fn push_group(&self, by: &Actor, draft: ScimGroupDraft) -> Result<ScimGroupView> {
        self.world.services.create_scim_group(by, draft).await
    }

    async fn change_group(
        &self,
        by: &Actor,
        id: &str,
        draft: ScimGroupDraft,
    ) -> Result<ScimGroupView> {
        let services = &self.world.services;
        services.change_scim_group(by, id, |_| Ok(draft)).await
    }

    async fn remove_group(&self, by: &Actor, id: &str) -> Result<()> {
        let services = &self.world.services;
        services.remove_scim_group(by, id, |_| Ok(())).await
    }

    /// Somebody shows that their address is theirs.
    async fn prove(&self, who: PersonId) {
        let mut tx = self.world.services.store.write().await.unwrap();
        tx.note_proof(who).await.unwrap();
        tx.commit(Record::Observation).await.unwrap();
    }

    async fn grants(&self, who: PersonId) -> Vec<Grant> {
        let mut tx = self.world.services.store.read().await.unwrap();
        tx.grants(who).await.unwrap()
    }

    async fn address(&self, who: PersonId) -> Email {
        let mut tx = self.world.services.store.read().await.unwrap();
        tx.person(who).await.unwrap().unwrap().email
    }
}

#[tokio::test]
async fn an_address_in_a_group_with_roles_is_changed_by_owners_only() {
    let house = House::new().await;
    let (grace, carl) = (&house.grace, &house.carl);
    let ada = house.push("ada").await;
    let max = house.push("max").await;
    let mia = house.push("mia").await;
    let teachers = house.push_group(carl, pushed("Teachers", None, &[max]));
    let teachers = teachers.await.unwrap().group.id;
    let heads = house.push_group(carl, pushed("Heads", Some(THEIRS), &[mia]));
    heads.await.unwrap();
    let class = house.push_group(carl, pushed("Class", None, &[ada]));
    class.await.unwrap();
    // Roles are given to a group by its id here, and by the one that it has in the directory.
    house.give(&teachers).await;
    house.give(THEIRS).await;

    // None of them has a role before they have come: whoever had the address then would.
    for who in [max, mia] {
        assert_eq!(house.grants(who).await, []);
        assert_forbidden(house.move_to(carl, who, "friend-of-carl").await);
    }
    house.prove(max).await;
    assert_eq!(house.grants(max).await, [operator()]);
    assert_forbidden(house.move_to(carl, max, "friend-of-carl").await);
    assert_eq!(house.address(max).await, email("max"));
    assert_eq!(house.address(mia).await, email("mia"));
    // Names stay the directory's to say, and so do the addresses of everybody else.
    let named = house.change(carl, max, |old| ScimUserDraft {
        name: PersonName::parse("Maximilian").unwrap(),
        ..old
    });
    named.await.unwrap();
    house.move_to(carl, ada, "countess").await.unwrap();

    house.move_to(grace, max, "maximilian").await.unwrap();
    house.move_to(grace, mia, "maria").await.unwrap();
    assert_eq!(house.grants(max).await, [], "another address is unproven");
    house.take(&teachers).await;
    house.move_to(carl, max, "max").await.unwrap();
    assert_forbidden(house.move_to(carl, mia, "friend-of-carl").await);
}

#[tokio::test]
async fn who_is_in_a_pushed_group_with_roles_is_said_by_owners_only() {
    let house = House::new().await;
    let (grace, carl) = (&house.grace, &house.carl);
    let ada = house.push("ada").await;
    let max = house.push("max").await;
    house.prove(ada).await;
    let made = house.push_group(carl, pushed("Teachers", None, &[max]));
    let made = made.await.unwrap();
    let teachers = made.group.id.as_str();
    let class = house.push_group(carl, pushed("Class", None, &[]));
    let class = class.await.unwrap();
    house.give(teachers).await;
    house.give(THEIRS).await;

    // Nobody comes, nobody goes, and it is no other group either.
    for draft in [
        pushed("Teachers", None, &[ada, max]),
        pushed("Teachers", None, &[]),
        pushed("Staff", None, &[max]),
        pushed("Teachers", Some("another"), &[max]),
    ] {
        assert_forbidden(house.change_group(carl, teachers, draft).await);
    }
    assert_forbidden(house.remove_group(carl, teachers).await);
    // Nor does a group become one that holds roles by what the directory calls it.
    let taken = || pushed("Class", Some(THEIRS), &[ada]);
    assert_forbidden(house.push_group(carl, taken()).await);
    assert_forbidden(house.change_group(carl, &class.group.id, taken()).await);
    let services = &house.world.services;
    assert_eq!(services.scim_groups(carl).await.unwrap().len(), 2);
    assert_eq!(services.scim_group(carl, teachers).await.unwrap(), made);
    let still = services.scim_group(carl, &class.group.id).await;
    assert_eq!(still.unwrap(), class);
    assert_eq!(house.grants(ada).await, []);

    // An owner does all of that.
    let both = pushed("Teachers", None, &[ada, max]);
    house.change_group(grace, teachers, both).await.unwrap();
    assert_eq!(house.grants(ada).await, [operator()]);
    let one = pushed("Teachers", None, &[max]);
    house.change_group(grace, teachers, one).await.unwrap();
    assert_eq!(house.grants(ada).await, []);
    let called = house.change_group(grace, &class.group.id, taken()).await;
    called.unwrap();
    assert_eq!(house.grants(ada).await, [operator()]);
    assert_forbidden(house.remove_group(carl, &class.group.id).await);
    house.remove_group(grace, &class.group.id).await.unwrap();
    assert_eq!(house.grants(ada).await, []);
    // Without the role it is a group like any other.
    house.take(teachers).await;
    let both = pushed("Teachers", None, &[ada, max]);
    house.change_group(carl, teachers, both).await.unwrap();
    house.remove_group(carl, teachers).await.unwrap();
}

#[tokio::test]
async fn who_is_in_a_group_with_roles_is_not_removed_by_others() {
    let house = House::new().await;
    let (grace, carl) = (&house.grace, &house.carl);
    let remove = async |by: &Actor, who: PersonId| {
        let services = &house.world.services;
        let removed: Result<()> = services.remove_scim_user(by, who, |_| Ok(())).await;
        removed
    };
    let ada = house.push("ada").await;
    let max = house.push("max").await;
    let mia = house.push("mia").await;
    let teachers = house.push_group(carl, pushed("Teachers", None, &[max, mia]));
    house.give(&teachers.await.unwrap().group.id).await;
    // Unproven, or proven and switched off: both are in the group.
    house.prove(mia).await;
    let off = house.change(grace, mia, |old| ScimUserDraft {
        active: Some(false),
        ..old
    });
    off.await.unwrap();
    for who in [max, mia] {
        assert_forbidden(remove(carl, who).await);
        assert!(house.world.services.scim_user(carl, who).await.is_ok());
    }
    remove(carl, ada).await.unwrap();
    remove(grace, max).await.unwrap();
    remove(grace, mia).await.unwrap();
}

#[tokio::test]
async fn who_is_in_a_program_s_group_with_roles_is_said_by_owners_only() {
    let house = House::new().await;
    let (grace, carl) = (&house.grace, &house.carl);
    let services = &house.world.services;
    let put =
        async |by: &Actor, group: DirectoryGroup| services.put_directory_group(by, group).await;
    let remove = async |by: &Actor, id: &str| services.remove_directory_group(by, id).await;
    let ada = house.world.student("ada@example.org").await.person;
    put(carl, written("teachers", &["max"])).await.unwrap();
    put(carl, written("class", &["ada"])).await.unwrap();
    house.give("teachers").await;
    // One that nobody has written yet.
    house.give("heads").await;

    let before = services.directory_groups(carl).await.unwrap();
    assert_forbidden(put(carl, written("teachers", &["ada", "max"])).await);
    assert_forbidden(put(carl, written("teachers", &[])).await);
    assert_forbidden(put(carl, written("heads", &["ada"])).await);
    assert_forbidden(remove(carl, "teachers").await);
    assert_eq!(services.directory_groups(carl).await.unwrap(), before);
    assert_eq!(house.grants(ada).await, []);
    // Other groups are Carl's to write and to remove.
    put(carl, written("class", &["ada", "max"])).await.unwrap();
    assert!(remove(carl, "class").await.unwrap());

    put(grace, written("teachers", &["ada"])).await.unwrap();
    assert_eq!(house.grants(ada).await, [operator()]);
    assert!(remove(grace, "teachers").await.unwrap());
    assert_eq!(house.grants(ada).await, []);
    put(grace, written("heads", &["ada"])).await.unwrap();
    assert_eq!(house.grants(ada).await, [operator()]);
}
