//! Roles at each of the four scopes, by oneself and by a group; and why somebody may, or may not.

use std::time::Duration;

use domain::email::Email;
use domain::id::PlanId;
use domain::plan::Plan;
use domain::resource::{Location, ResourceGroup, ResourceName};
use domain::role::{Grant, PeopleGroup, Permission, Principal, Role, Scope};
use service::access::Actor;
use service::plans::PlanChange;
use service::roles::Recipient;
use service::store::{DirectoryGroup, DirectoryMember, ProviderIdentity, Record};
use simulator::Act;

use crate::world::{World, assert_forbidden, assert_not_found, conflict, soon};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn group(name: &str) -> ResourceGroup {
    ResourceGroup::parse(name).unwrap()
}

fn anyway(_: Option<&Plan>) -> service::Result<()> {
    Ok(())
}

async fn plan(world: &World, owner: &Actor, place: &str, name: &str) -> PlanId {
    let name = ResourceName::parse(name).unwrap();
    let (change, place) = (PlanChange::default(), (group(place), name));
    let made = world
        .services
        .put_plan(owner, place, Location::local(), change, &anyway)
        .await;
    made.unwrap().0.id
}

impl World {
    /// Gives somebody a role; who they are then.
    async fn give(&self, by: &Actor, to: &Actor, role: Role, scope: Scope) -> Actor {
        let to_whom = Recipient::Email(to.email.clone());
        let grant = Grant { role, scope };
        let given = self.services.give_role(by, &to_whom, &grant).await;
        given.unwrap();
        self.fresh(to).await
    }
}

#[tokio::test]
async fn a_role_on_a_plan_or_a_group_makes_labs_there_and_nowhere_else() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let maths = plan(&world, &grace, "maths", "for-maths").await;
    plan(&world, &grace, "physics", "for-physics").await;
    let by_plan = world.student("plan@example.org").await;
    let by_plan = world
        .give(&grace, &by_plan, Role::LabCreator, Scope::Plan(maths))
        .await;
    let by_group = world.student("group@example.org").await;
    let scope = Scope::Group(group("physics"));
    let by_group = world
        .give(&grace, &by_group, Role::LabServicesContributor, scope)
        .await;

    for (actor, wanted) in [(&by_plan, "for-maths"), (&by_group, "for-physics")] {
        let plans = world.services.plans_for_new_lab(actor).await.unwrap();
        let names: Vec<&str> = plans.iter().map(|plan| plan.name.as_str()).collect();
        assert_eq!(names, [wanted], "only their own is on offer");
        // The portal's own plan and group are not theirs.
        assert_forbidden(world.lab(actor, "Here").try_create().await);
    }
    let theirs = world
        .lab(&by_plan, "Algebra")
        .of_plan(maths, group("default"));
    let lab = theirs.try_create().await.unwrap();
    // A plan's role says nothing of the labs of others: they are side by side with it.
    let other = world.lab(&grace, "Other").of_plan(maths, group("maths"));
    let other = other.try_create().await.unwrap();
    let by_plan = world.fresh(&by_plan).await;
    world.services.lab_title(&by_plan, lab).await.unwrap();
    assert_not_found(world.services.lab_title(&by_plan, other).await);
    // The group's holds in its plans and labs.
    let optics = world
        .lab(&grace, "Optics")
        .of_plan(Plan::DEFAULT, group("physics"));
    let optics = optics.try_create().await.unwrap();
    world.services.lab_title(&by_group, optics).await.unwrap();
    assert_not_found(world.services.lab_title(&by_group, lab).await);
    let named = async |actor: &Actor, place: &str, name: &str| {
        let name = ResourceName::parse(name).unwrap();
        world.services.plan_named(actor, &group(place), &name).await
    };
    named(&by_group, "physics", "for-physics").await.unwrap();
    assert_not_found(named(&by_group, "maths", "for-maths").await);
}

#[tokio::test]
async fn a_lab_s_owner_gives_roles_in_it_and_nowhere_else() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let alan = world.creator("Alan").await;
    let lab = world.lab(&alan, "Python").create().await;
    let alan = world.fresh(&alan).await;
    let eve = world.student("eve@example.org").await;
    let grant = |role, scope| Grant { role, scope };
    let to = Recipient::Email(eve.email.clone());
    let helper = grant(Role::LabAssistant, Scope::Lab(lab));
    world.services.give_role(&alan, &to, &helper).await.unwrap();
    conflict(world.services.give_role(&alan, &to, &helper).await);
    let everywhere = grant(Role::LabAssistant, Scope::Organisation);
    assert_forbidden(world.services.give_role(&alan, &to, &everywhere).await);
    let beside = grant(
        Role::LabAssistant,
        Scope::Group(ResourceGroup::default_group()),
    );
    assert_forbidden(world.services.give_role(&alan, &to, &beside).await);
    // An assistant sees who has a role, and gives none.
    let eve = world.fresh(&eve).await;
    let shown = world.services.roles_in_lab(&eve, lab).await.unwrap();
    let who: Vec<&str> = shown.iter().map(|line| line.who.as_str()).collect();
    assert_eq!(
        who,
        ["Alan", "eve", "Grace"],
        "the lab's own first, in the order they were given"
    );
    assert_forbidden(
        world
            .services
            .give_role(&eve, &to, &grant(Role::Owner, Scope::Lab(lab)))
            .await,
    );
    // The last owner of the installation stays.
    let owner = grant(Role::Owner, Scope::Organisation);
    let take = world
        .services
        .take_role(&grace, &Principal::Person(grace.person), &owner)
        .await;
    conflict(take);
    let take = world
        .services
        .take_role(&alan, &Principal::Person(eve.person), &helper)
        .await;
    take.unwrap();
    assert_not_found(
        world
            .services
            .lab_title(&world.fresh(&eve).await, lab)
            .await,
    );
}

#[tokio::test]
async fn everybody_in_a_group_has_its_roles_once_their_address_is_theirs() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").create().await;
    let ada = world.unproven("ada@example.org").await;
    let member = |email: &str| DirectoryMember {
        email: Email::parse(email).unwrap(),
        name: None,
    };
    let put = async |members: Vec<DirectoryMember>| {
        let group = DirectoryGroup {
            id: "teachers".to_owned(),
            name: "Teachers".to_owned(),
            members,
        };
        let put = world.services.put_directory_group(&grace, group);
        put.await.unwrap();
    };
    put(vec![member("ada@example.org"), member("max@example.org")]).await;
    let teachers = PeopleGroup::parse(PeopleGroup::DIRECTORY, "teachers").unwrap();
    let grant = Grant {
        role: Role::LabOperator,
        scope: Scope::Lab(lab),
    };
    let to = Recipient::Group(teachers.clone());
    world.services.give_role(&grace, &to, &grant).await.unwrap();
    conflict(world.services.give_role(&grace, &to, &grant).await);

    // Whoever only says that an address is theirs has nothing by it, and is given nothing.
    assert_eq!(world.fresh(&ada).await.grants, []);
    let to_ada = Recipient::Email(ada.email.clone());
    conflict(world.services.give_role(&grace, &to_ada, &grant).await);
    let mut tx = world.services.store.write().await.unwrap();
    tx.note_proof(ada.person).await.unwrap();
    tx.commit(Record::Observation).await.unwrap();
    let ada = world.fresh(&ada).await;
    assert_eq!(ada.grants, std::slice::from_ref(&grant));
    let why = world
        .services
        .explain(&ada, ada.person, &Scope::Lab(lab))
        .await
        .unwrap();
    let reason = |permission| {
        let mut all = why.reasons.iter();
        all.find(|reason| reason.permission == permission).unwrap()
    };
    let publish = reason(Permission::PublishLab);
    assert_eq!(publish.because.len(), 1);
    assert!(publish.because[0].who.contains("Teachers"));
    assert!(reason(Permission::DeleteLab).because.is_empty());
    assert_eq!(
        reason(Permission::DeleteLab).would()[0],
        Role::LabContributor
    );
    assert_eq!(why.givers, ["Grace"]);

    // Who leaves the group, or whose group is nobody's any more, has it no more.
    put(vec![member("max@example.org")]).await;
    assert_eq!(world.fresh(&ada).await.grants, []);
    put(vec![member("ada@example.org")]).await;
    assert_eq!(world.fresh(&ada).await.grants.len(), 1);
    let take = world
        .services
        .take_role(&grace, &Principal::Group(teachers), &grant)
        .await;
    take.unwrap();
    assert_eq!(world.fresh(&ada).await.grants, []);
}

#[tokio::test]
async fn what_a_provider_claimed_ends_two_weeks_after_somebody_last_came_by_it() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let ada = world.student("ada@example.org").await;
    let max = world.student("max@example.org").await;
    let teachers = PeopleGroup::parse("school", "teachers").unwrap();
    let grant = Grant {
        role: Role::LabOperator,
        scope: Scope::Organisation,
    };
    let to = Recipient::Group(teachers.clone());
    world.services.give_role(&grace, &to, &grant).await.unwrap();
    // Max comes a day after Ada. The provider says of both that they teach.
    for person in [&ada, &max] {
        let now = world.services.now();
        let identity = ProviderIdentity {
            provider: "school".to_owned(),
            subject: person.email.to_string(),
            person: person.person,
            email: None,
            created_at: now,
            used_at: now,
        };
        let mut tx = world.services.store.write().await.unwrap();
        tx.insert_identity(&identity).await.unwrap();
        let named = std::slice::from_ref(&teachers.id);
        let claimed = tx.put_claimed_groups("school", &identity.subject, named);
        claimed.await.unwrap();
        tx.commit(Record::Observation).await.unwrap();
        world.clock.advance(DAY);
    }
    let roles = async |who: &Actor| world.fresh(who).await.grants;
    let known = async || world.services.known_groups(&grace).await.unwrap();
    world.clock.advance(12 * DAY);
    assert_eq!(roles(&ada).await, std::slice::from_ref(&grant));
    assert_eq!(known().await[0].people, 2);

    let lists = world.sim.calls(Act::List);
    let running = tokio::spawn(world.reconciler.clone().run());
    // It has begun: what is done every hour is done now, or else after the next sweep.
    soon(async {
        while world.sim.calls(Act::List) < lists + 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    world.let_transactions_end().await;
    world.let_timers_pass(Duration::from_secs(10)).await;
    soon(async {
        while !roles(&ada).await.is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    running.abort();
    // That was two weeks after Ada came, and only thirteen days after Max did.
    assert_eq!(roles(&max).await, std::slice::from_ref(&grant));
    let known = known().await;
    assert_eq!((known.len(), known[0].people), (1, 1));
    assert_eq!(known[0].group, teachers);
}

#[tokio::test]
async fn one_asks_about_oneself_and_who_gives_roles_about_others() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 1).await;
    let code = world.code(&grace, lab).await;
    world
        .services
        .add_users(&grace, lab, "ada@example.org")
        .await
        .unwrap();
    let ada = world.student("ada@example.org").await;
    let scope = Scope::Lab(lab);
    let explain = async |actor: &Actor, about: &Actor| {
        world.services.explain(actor, about.person, &scope).await
    };
    assert_not_found(explain(&ada, &ada).await);
    world
        .services
        .register(&ada, &code, "address")
        .await
        .unwrap();
    let own = explain(&ada, &ada).await.unwrap();
    assert!(own.on_the_list);
    assert!(own.reasons.iter().all(|reason| reason.because.is_empty()));
    assert_not_found(explain(&ada, &grace).await);
    assert!(explain(&grace, &ada).await.unwrap().on_the_list);
    let all = explain(&grace, &grace).await.unwrap();
    assert!(all.reasons.iter().all(|reason| !reason.because.is_empty()));
}

#[tokio::test]
async fn who_sees_nothing_in_a_resource_group_does_not_learn_whose_it_is() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let maths = plan(&world, &grace, "maths", "for-maths").await;
    let eve = world.student("eve@example.org").await;
    let explain = async |actor: &Actor, name: &str| {
        let scope = Scope::Group(group(name));
        let services = &world.services;
        services.explain(actor, actor.person, &scope).await
    };
    for name in ["maths", "no-such-group"] {
        assert_not_found(explain(&eve, name).await);
    }
    let to = Recipient::Email(eve.email.clone());
    let grant = Grant {
        role: Role::Owner,
        scope: Scope::Group(group("maths")),
    };
    assert_not_found(world.services.give_role(&eve, &to, &grant).await);
    // Who has a role on a plan in it sees that it is there, and whom to ask for more.
    let ada = world.student("ada@example.org").await;
    let ada = world
        .give(&grace, &ada, Role::LabCreator, Scope::Plan(maths))
        .await;
    let shown = explain(&ada, "Maths").await.unwrap();
    assert_eq!(shown.givers, ["Grace"]);
    assert_not_found(explain(&ada, "physics").await);
    // So does who has one on the group itself.
    let max = world.student("max@example.org").await;
    let scope = Scope::Group(group("physics"));
    let max = world.give(&grace, &max, Role::LabAssistant, scope).await;
    explain(&max, "physics").await.unwrap();
    assert_not_found(explain(&max, "maths").await);
}
