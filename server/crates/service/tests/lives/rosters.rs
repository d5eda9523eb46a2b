//! Lists that are taken over from groups: by whom a group is told, who comes, who stays a while, and
//! what is lost when a directory does not answer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::email::Email;
use domain::grace::GraceDays;
use domain::id::LabId;
use domain::kept::RosterProfile;
use domain::operation::{FailureCode, OperationStatus};
use domain::platform::PlatformDraft;
use domain::role::{Grant, PeopleGroup, Role, Scope};
use service::Services;
use service::access::Actor;
use service::courses::{Attendance, CourseRole, CourseSeen, group_of};
use service::directories::{Changes, Directories, Directory, DirectoryError};
use service::labs::LabChange;
use service::registration::Seat;
use service::roles::Recipient;
use service::store::{Course, DirectoryGroup, DirectoryMember, Roster};
use service::timekeeper::Timekeeper;
use simulator::Act;

use crate::world::{World, conflict};

const DAY: Duration = Duration::from_secs(24 * 3600);

type Told = Result<Option<DirectoryGroup>, DirectoryError>;

/// A directory that says what it was told to say.
#[derive(Default)]
struct School {
    groups: Mutex<HashMap<String, Told>>,
    asked: AtomicU32,
    /// How often groups changed, where it can tell that.
    changes: Mutex<Option<Result<u32, DirectoryError>>>,
}

#[async_trait]
impl Directory for School {
    async fn group(&self, id: &str) -> Told {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.groups
            .lock()
            .unwrap()
            .get(id)
            .cloned()
            .unwrap_or(Ok(None))
    }

    async fn changes(
        &self,
        _id: &str,
        since: Option<&str>,
    ) -> Result<Option<Changes>, DirectoryError> {
        let Some(now) = self.changes.lock().unwrap().clone() else {
            return Ok(None);
        };
        let mark = now?.to_string();
        let changed = since.is_some_and(|since| since != mark);
        Ok(Some(Changes { mark, changed }))
    }
}

impl School {
    fn says(&self, id: &str, told: Told) {
        self.groups.lock().unwrap().insert(id.to_owned(), told);
    }

    fn has(&self, id: &str, members: &[&str]) {
        self.says(
            id,
            Ok(Some(group(
                id,
                members.iter().map(|name| (*name).to_owned()),
            ))),
        );
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

fn group(id: &str, members: impl Iterator<Item = String>) -> DirectoryGroup {
    let member = |name: String| DirectoryMember {
        email: Email::parse(&format!("{name}@example.org")).unwrap(),
        name: Some(name),
    };
    DirectoryGroup {
        id: id.to_owned(),
        name: "Class".to_owned(),
        members: members.map(member).collect(),
    }
}

/// A world with a directory, whose processes all ask it.
struct Scene {
    world: World,
    school: Arc<School>,
    services: Services,
    timekeeper: Timekeeper,
    grace: Actor,
}

impl Scene {
    async fn of(world: World) -> Self {
        let grace = world.owner("Grace").await;
        let school = Arc::new(School::default());
        let services = Services {
            directories: Directories::new([school.clone() as Arc<dyn Directory>]),
            ..world.services.clone()
        };
        let timekeeper = Timekeeper::new(services.clone(), "first".to_owned());
        Self {
            world,
            school,
            services,
            timekeeper,
            grace,
        }
    }

    async fn follow(&self, lab: LabId, group: Option<&str>) {
        let change = LabChange {
            roster: Some(RosterProfile {
                active_directory_group_id: group.map(str::to_owned),
                ..RosterProfile::default()
            }),
            ..LabChange::default()
        };
        self.services
            .update_lab(&self.grace, lab, change)
            .await
            .unwrap();
    }

    async fn listed(&self, lab: LabId) -> Vec<String> {
        let users = self.world.users(lab).await.into_iter();
        users
            .map(|user| user.email.as_str().split('@').next().unwrap().to_owned())
            .collect()
    }

    /// Who leaves, and after how many days.
    async fn leaving(&self, lab: LabId) -> Vec<(String, u64)> {
        let now = self.services.now();
        let leavers = self
            .services
            .store
            .read()
            .await
            .unwrap()
            .leavers(lab)
            .await
            .unwrap();
        let users = self.world.users(lab).await.into_iter();
        users
            .filter_map(|user| {
                let left = leavers.get(&user.id)?.since(now).as_secs_f64();
                // Coming to rest takes minutes.
                let days = (left / DAY.as_secs_f64()).round() as u64;
                Some((
                    user.email.as_str().split('@').next().unwrap().to_owned(),
                    days,
                ))
            })
            .collect()
    }

    async fn roster(&self, lab: LabId) -> Roster {
        self.services
            .store
            .read()
            .await
            .unwrap()
            .roster(lab)
            .await
            .unwrap()
            .unwrap()
    }

    /// A course of a learning platform, which tells its members.
    async fn course(&self) -> Course {
        let site = "https://lms.example.org";
        let draft = PlatformDraft {
            name: "Moodle".to_owned(),
            issuer: site.to_owned(),
            client_id: "client-7".to_owned(),
            deployments: "1".to_owned(),
            authorization: format!("{site}/auth"),
            token: format!("{site}/token"),
            keys: format!("{site}/keys"),
            ..PlatformDraft::default()
        };
        let added = self.services.add_platform(&self.grace, &draft).await;
        let seen = CourseSeen {
            platform: added.unwrap(),
            deployment: "1".to_owned(),
            context: "course-1".to_owned(),
            title: "Botany".to_owned(),
            memberships: Some(format!("{site}/members")),
        };
        self.services.note_course(seen).await.unwrap()
    }

    async fn sync(&self, lab: LabId) {
        let operation = self.services.sync_lab(&self.grace, lab).await.unwrap();
        self.world.converge().await;
        self.world.is_done(&self.grace, &operation).await;
    }

    /// Lets time pass, and the timekeeper do what is due about lists.
    async fn pass(&self, time: Duration) {
        self.world.clock.advance(time);
        self.timekeeper.keep_rosters().await.unwrap();
        self.world.converge().await;
    }
}

async fn four_hundred_come_and_change(world: World) {
    let scene = Scene::of(world).await;
    let lab = scene
        .world
        .lab(&scene.grace, "Python")
        .capacity(1)
        .create()
        .await;
    scene.world.settle().await;
    scene.follow(lab, Some("g")).await;
    let all = |from: u32, to: u32| (from..to).map(|n| format!("student{n:04}"));
    scene.school.says("g", Ok(Some(group("g", all(0, 400)))));
    scene.sync(lab).await;
    let users = scene.world.users(lab).await;
    assert_eq!(users.len(), 400);
    assert!(users.iter().all(|user| user.person.is_some()));
    assert_eq!(scene.world.lab_row(lab).await.capacity.seats(), 400);
    assert_eq!(
        scene.roster(lab).await.outcome.as_deref(),
        Some("400 in the group, 400 came.")
    );

    // Ten leave and stay a while, five of those who were there are back for good, ten are new.
    scene.school.says("g", Ok(Some(group("g", all(10, 400)))));
    scene.sync(lab).await;
    assert_eq!(scene.leaving(lab).await.len(), 10);
    assert_eq!(scene.world.users(lab).await.len(), 400);
    scene.school.says("g", Ok(Some(group("g", all(5, 400)))));
    scene.sync(lab).await;
    assert_eq!(scene.leaving(lab).await.len(), 5);
    scene.school.says("g", Ok(Some(group("g", all(10, 410)))));
    scene.sync(lab).await;
    // Members come before those who leave: there is no room for both.
    assert_eq!(scene.leaving(lab).await, []);
    let listed = scene.listed(lab).await;
    assert_eq!(
        (listed.len(), listed[0].as_str(), listed[399].as_str()),
        (400, "student0010", "student0409")
    );
    // Nothing is done where nothing changed.
    let before = scene.world.users(lab).await;
    scene.sync(lab).await;
    assert_eq!(scene.world.users(lab).await, before);

    scene.school.says("g", Ok(Some(group("g", all(0, 401)))));
    let refused = scene.services.sync_lab(&scene.grace, lab).await.unwrap();
    assert_eq!(refused.status, OperationStatus::Failed);
    assert!(refused.error.unwrap().contains("401 members"));
    assert_eq!(scene.world.users(lab).await, before);
    scene.world.end().await;
}

#[tokio::test]
async fn four_hundred_come_and_change_on_sqlite() {
    four_hundred_come_and_change(World::new().await).await;
}

#[tokio::test]
async fn four_hundred_come_and_change_on_postgres() {
    four_hundred_come_and_change(World::on_postgres().await).await;
}

#[tokio::test]
async fn who_leaves_keeps_their_machine_for_a_while_and_may_come_back() {
    let scene = Scene::of(World::new().await).await;
    let world = &scene.world;
    let lab = world.published(&scene.grace, "Python", 1).await;
    scene.follow(lab, Some("g")).await;
    scene.school.has("g", &["ada", "max", "mia"]);
    scene.sync(lab).await;
    let machine_of = async |name: &str| {
        let users = world.users(lab).await;
        let user = users
            .iter()
            .find(|user| user.email.as_str().starts_with(name));
        let id = user.map(|user| user.id);
        world
            .pool(lab)
            .await
            .into_iter()
            .find(|m| m.claimed_by.is_some() && m.claimed_by == id)
    };
    let (max, mia) = (
        machine_of("max").await.unwrap(),
        machine_of("mia").await.unwrap(),
    );
    let builds = world.sim.effects(Act::Build);

    scene.school.has("g", &["ada"]);
    scene.sync(lab).await;
    assert_eq!(
        scene.leaving(lab).await,
        [("max".to_owned(), 7), ("mia".to_owned(), 7)]
    );
    assert_eq!(
        scene.roster(lab).await.outcome.as_deref(),
        Some("1 in the group, 2 leaving.")
    );
    // The log names them.
    let lines = world.audit(&["roster"]).await;
    let line = |who: &str| {
        let text = format!("Synchronised the list of “Python”: {who}.");
        ("roster.sync".to_owned(), Some("Grace".to_owned()), text)
    };
    assert_eq!(
        lines[..2],
        [
            line("leaving: max@example.org, mia@example.org"),
            line("came: ada@example.org, max@example.org, mia@example.org"),
        ]
    );
    scene.pass(6 * DAY).await;
    assert_eq!(scene.listed(lab).await, ["ada", "max", "mia"]);
    // Max is back with all that he had; asking again does not give Mia more time.
    scene.school.has("g", &["ada", "max"]);
    scene.sync(lab).await;
    assert_eq!(scene.leaving(lab).await, [("mia".to_owned(), 1)]);
    let newest = world.audit(&["roster"]).await.remove(0);
    assert_eq!(newest, line("came back: max@example.org"));
    assert_eq!(machine_of("max").await.unwrap().id, max.id);
    assert_eq!(
        machine_of("max").await.unwrap().wanted.build,
        max.wanted.build
    );
    assert_eq!(world.sim.effects(Act::Build), builds);

    scene.pass(DAY).await;
    assert_eq!(scene.listed(lab).await, ["ada", "max"]);
    let gone = world.audit(&["users"]).await.remove(0);
    assert!(
        gone.2.ends_with("lost their places: mia@example.org."),
        "{gone:?}"
    );
    assert_eq!(world.pool(lab).await.len(), 2);
    assert!(
        world
            .pool(lab)
            .await
            .iter()
            .all(|machine| machine.id != mia.id)
    );
    assert_eq!(world.lab_row(lab).await.capacity.seats(), 2);
    world.assert_at_rest().await;

    // Without grace they go at once; a shorter one holds for who has left already.
    scene.school.has("g", &["ada"]);
    scene.sync(lab).await;
    let days = |days| GraceDays::new(days).unwrap();
    scene
        .services
        .set_grace(&scene.grace, lab, days(3))
        .await
        .unwrap();
    assert_eq!(scene.leaving(lab).await, [("max".to_owned(), 3)]);
    scene
        .services
        .set_grace(&scene.grace, lab, days(0))
        .await
        .unwrap();
    scene.pass(Duration::ZERO).await;
    assert_eq!(scene.listed(lab).await, ["ada"]);
    scene.school.has("g", &[]);
    scene.sync(lab).await;
    assert_eq!(scene.listed(lab).await, Vec::<String>::new());
    // A lab that follows no group has nobody who leaves, and no grace.
    scene.follow(lab, None).await;
    conflict(scene.services.set_grace(&scene.grace, lab, days(3)).await);
    conflict(scene.services.sync_lab(&scene.grace, lab).await);
}

#[tokio::test]
async fn a_directory_that_fails_takes_nothing_from_anybody() {
    let scene = Scene::of(World::new().await).await;
    let lab = scene.world.published(&scene.grace, "Python", 1).await;
    scene.follow(lab, Some("g")).await;
    scene.school.has("g", &["ada", "max"]);
    scene.sync(lab).await;
    let refused = |why: &str| Err(DirectoryError::Refused(why.to_owned()));
    let away = Err(DirectoryError::Away("It is closed.".to_owned()));
    for (told, code, why) in [
        (away.clone(), FailureCode::Conflict, "It is closed."),
        (refused("No."), FailureCode::DirectoryGroupNotFound, "No."),
        // What was written down when it was there last is not a group that is there.
        (
            Ok(None),
            FailureCode::DirectoryGroupNotFound,
            "There is no directory group “g”.",
        ),
    ] {
        scene.school.says("g", told);
        let operation = scene.services.sync_lab(&scene.grace, lab).await.unwrap();
        assert_eq!(
            (operation.code, operation.error.as_deref()),
            (Some(code), Some(why))
        );
        let roster = scene.roster(lab).await;
        assert_eq!(
            (roster.failed, roster.outcome.as_deref()),
            (true, Some(why))
        );
        assert_eq!(scene.listed(lab).await, ["ada", "max"]);
        assert_eq!(scene.leaving(lab).await, []);
    }
    // One that is away is asked again soon; one that answers, the next day.
    scene.school.says("g", away);
    scene.services.sync_lab(&scene.grace, lab).await.unwrap();
    let soon = scene.roster(lab).await.due_at.since(scene.services.now());
    assert!(soon < Duration::from_secs(2 * 3600), "{soon:?}");
    scene.school.has("g", &["ada", "mia"]);
    scene.pass(Duration::from_secs(2 * 3600)).await;
    assert_eq!(scene.listed(lab).await, ["ada", "max", "mia"]);
    assert!(!scene.roster(lab).await.failed);
}

#[tokio::test]
async fn a_group_that_its_directory_has_no_more_gives_no_roles() {
    let scene = Scene::of(World::new().await).await;
    let lab = scene.world.published(&scene.grace, "Python", 1).await;
    let ada = scene.world.student("ada@example.org").await;
    scene.follow(lab, Some("g")).await;
    scene.school.has("g", &["ada", "max"]);
    scene.sync(lab).await;
    let group = PeopleGroup::parse(PeopleGroup::DIRECTORY, "g").unwrap();
    let to = Recipient::Group(group);
    let grant = Grant {
        role: Role::LabOperator,
        scope: Scope::Lab(lab),
    };
    let given = scene.services.give_role(&scene.grace, &to, &grant).await;
    given.unwrap();
    let roles = async || scene.world.fresh(&ada).await.grants;
    assert_eq!(roles().await, std::slice::from_ref(&grant));
    // One that does not answer may have it still.
    let away = Err(DirectoryError::Away("It is closed.".to_owned()));
    scene.school.says("g", away);
    scene.services.sync_lab(&scene.grace, lab).await.unwrap();
    assert_eq!(roles().await, std::slice::from_ref(&grant));
    // One that says so has not, and nobody has to ask for it.
    scene.school.says("g", Ok(None));
    scene.pass(DAY).await;
    assert_eq!(roles().await, []);
    assert_eq!(scene.listed(lab).await, ["ada", "max"]);
}

#[tokio::test]
async fn a_lab_follows_no_course_that_it_is_linked_to_no_more() {
    let scene = Scene::of(World::new().await).await;
    let lab = scene.world.published(&scene.grace, "Python", 1).await;
    let course = scene.course().await.id;
    let linked = scene.services.link_course(&scene.grace, course, lab).await;
    linked.unwrap();
    let members = group_of(course);
    scene.school.has(&members, &["ada", "max"]);
    scene.sync(lab).await;
    scene.school.has(&members, &["ada"]);
    scene.sync(lab).await;
    assert_eq!(scene.leaving(lab).await, [("max".to_owned(), 7)]);

    let unlinked = scene.services.unlink_course(&scene.grace, course, lab);
    unlinked.await.unwrap();
    conflict(scene.services.sync_lab(&scene.grace, lab).await);
    let mut tx = scene.services.store.read().await.unwrap();
    let envelope = tx.lab_envelope(lab).await.unwrap().unwrap();
    assert_eq!(envelope.roster.active_directory_group_id, None);
    assert_eq!(tx.roster(lab).await.unwrap(), None);
    assert_eq!(tx.next_roster_due().await.unwrap(), None);
    drop(tx);
    // The course is not asked again, and nobody leaves for what it said.
    let asked = scene.school.asked();
    scene.pass(8 * DAY).await;
    assert_eq!(scene.school.asked(), asked);
    assert_eq!(scene.listed(lab).await, ["ada", "max"]);
}

#[tokio::test]
async fn a_full_list_takes_nobody_on_from_a_course() {
    let scene = Scene::of(World::new().await).await;
    let lab = scene.world.lab(&scene.grace, "Python").capacity(1);
    let lab = lab.create().await;
    let addresses: Vec<String> = (0..400)
        .map(|n| format!("student{n}@example.org"))
        .collect();
    let addresses = addresses.join("\n");
    let added = scene.services.add_users(&scene.grace, lab, &addresses);
    added.await.unwrap();
    let course = scene.course().await.id;
    let linked = scene.services.link_course(&scene.grace, course, lab).await;
    linked.unwrap();
    let attend = async |student: &Actor| {
        let attended = scene
            .services
            .attend(student, course, CourseRole::Learner, None);
        attended.await
    };
    let eve = scene.world.student("eve@example.org").await;
    let refused = conflict(attend(&eve).await);
    assert_eq!(refused, "A lab has at most 400 users.");
    assert_eq!(scene.world.users(lab).await.len(), 400);
    // Who is on it comes in.
    let listed = scene.world.student("student7@example.org").await;
    let seat = attend(&listed).await.unwrap();
    assert_eq!(seat, Attendance::Seated(Seat::Waiting));
}

#[tokio::test]
async fn an_address_that_changes_keeps_its_place() {
    let scene = Scene::of(World::new().await).await;
    let lab = scene.world.published(&scene.grace, "Python", 1).await;
    scene.follow(lab, Some("g")).await;
    scene.school.has("g", &["ada"]);
    scene.sync(lab).await;
    let before = scene.world.users(lab).await.remove(0);
    let new = Email::parse("countess@example.org").unwrap();
    let mut tx = scene.services.store.write().await.unwrap();
    let name = domain::name::PersonName::parse("Ada").unwrap();
    tx.rename_person(before.person.unwrap(), &new, &name)
        .await
        .unwrap();
    tx.commit(service::store::Record::Observation)
        .await
        .unwrap();
    scene.school.has("g", &["countess"]);
    scene.sync(lab).await;
    let after = scene.world.users(lab).await;
    assert_eq!(
        (after.len(), after[0].id, after[0].email.as_str()),
        (1, before.id, "countess@example.org")
    );
}

#[tokio::test]
async fn every_lab_is_taken_over_once_a_day_by_one_of_two_processes() {
    let scene = Scene::of(World::on_postgres().await).await;
    let mut labs = Vec::new();
    for n in 0..6 {
        let title = format!("Lab {n}");
        let lab = scene
            .world
            .lab(&scene.grace, &title)
            .capacity(1)
            .create()
            .await;
        scene.school.has(&title, &["ada", "max"]);
        scene.follow(lab, Some(title.as_str())).await;
        labs.push(lab);
    }
    scene.world.converge().await;
    let second = Timekeeper::new(scene.services.clone(), "second".to_owned());
    let both = async || {
        let (one, other) = tokio::join!(scene.timekeeper.keep_rosters(), second.keep_rosters());
        one.unwrap();
        other.unwrap();
    };
    let mut asked = scene.school.asked();
    for _ in 0..3 {
        scene.world.clock.advance(DAY + Duration::from_secs(3600));
        both().await;
        both().await;
        assert_eq!(scene.school.asked(), asked + 6, "each once");
        asked += 6;
    }
    for lab in &labs {
        assert_eq!(scene.listed(*lab).await, ["ada", "max"]);
    }
    let mut due = Vec::new();
    for lab in &labs {
        due.push(scene.roster(*lab).await.due_at);
    }
    due.sort();
    due.dedup();
    assert_eq!(due.len(), 6, "not all in the same second");
    scene.world.end().await;
}

#[tokio::test]
async fn what_a_process_left_when_it_died_another_does() {
    let scene = Scene::of(World::new().await).await;
    let lab = scene
        .world
        .lab(&scene.grace, "Python")
        .capacity(1)
        .create()
        .await;
    scene.world.converge().await;
    scene.follow(lab, Some("g")).await;
    scene.school.has("g", &["ada"]);
    scene.world.clock.advance(DAY);
    // It dies at every step of what it does, one after the other, and the list is whole in the end.
    let mut died = 0;
    for step in 0..12 {
        scene.world.fuse.set(step);
        tokio::select! {
            biased;
            done = scene.timekeeper.keep_rosters() => done.unwrap(),
            () = scene.world.fuse.blown() => died += 1,
        }
        scene.world.fuse.mend();
        scene.world.clock.advance(Duration::from_secs(11 * 60));
    }
    assert!(died > 3, "it died {died} times");
    let second = Timekeeper::new(scene.services.clone(), "second".to_owned());
    second.keep_rosters().await.unwrap();
    assert_eq!(scene.listed(lab).await, ["ada"]);
    assert!(scene.roster(lab).await.synced_at.is_some());
}

/// A little longer than the pause between two looks.
const LOOK: Duration = Duration::from_secs(20 * 60);

#[tokio::test]
async fn who_joins_a_group_that_tells_its_changes_is_there_soon() {
    let scene = Scene::of(World::new().await).await;
    let lab = scene.world.published(&scene.grace, "Python", 1).await;
    let tells = |what| *scene.school.changes.lock().unwrap() = Some(what);
    tells(Ok(1));
    scene.follow(lab, Some("g")).await;
    scene.school.has("g", &["ada"]);
    scene.sync(lab).await;

    // Nobody reads a group that did not change, nor writes what did not happen.
    let (read, synced) = (scene.school.asked(), scene.roster(lab).await.synced_at);
    for _ in 0..3 {
        scene.pass(LOOK).await;
    }
    let roster = scene.roster(lab).await;
    assert_eq!((scene.school.asked(), roster.synced_at), (read, synced));
    assert!(roster.due_at > scene.services.now());

    scene.school.has("g", &["ada", "max"]);
    tells(Ok(2));
    scene.pass(LOOK).await;
    assert_eq!(scene.listed(lab).await, ["ada", "max"]);
    assert_eq!(scene.school.asked(), read + 1);
    scene.pass(LOOK).await;
    assert_eq!(scene.school.asked(), read + 1, "each change once");

    // One that does not answer loses nothing, and has time until the next day.
    scene.school.has("g", &["ada", "max", "mia"]);
    tells(Err(DirectoryError::Away("It is closed.".to_owned())));
    scene.pass(LOOK).await;
    let roster = scene.roster(lab).await;
    assert_eq!((scene.school.asked(), roster.failed), (read + 1, false));
    tells(Ok(3));
    scene.pass(LOOK).await;
    assert_eq!(scene.listed(lab).await, ["ada", "max", "mia"]);

    // Addresses change without any change of a group: once a day it is read all the same.
    let read = scene.school.asked();
    scene.pass(DAY + LOOK).await;
    assert_eq!(scene.school.asked(), read + 1);
}

#[tokio::test]
async fn what_programs_write_is_taken_over_soon() {
    let scene = Scene::of(World::new().await).await;
    let lab = scene.world.published(&scene.grace, "Python", 1).await;
    let names = |names: &[&str]| group("class-7", names.iter().map(|name| (*name).to_owned()));
    let write = async |names: DirectoryGroup| {
        let services = &scene.services;
        services
            .put_directory_group(&scene.grace, names)
            .await
            .unwrap();
    };
    write(names(&["ada"])).await;
    scene.follow(lab, Some("class-7")).await;
    scene.sync(lab).await;
    let synced = scene.roster(lab).await.synced_at;
    scene.pass(LOOK).await;
    assert_eq!(scene.roster(lab).await.synced_at, synced);
    // In another order it is the same group.
    write(names(&["max", "ada"])).await;
    scene.pass(LOOK).await;
    assert_eq!(scene.listed(lab).await, ["ada", "max"]);
    let synced = scene.roster(lab).await.synced_at;
    write(names(&["ada", "max"])).await;
    scene.pass(LOOK).await;
    assert_eq!(scene.roster(lab).await.synced_at, synced);
    // One that is gone is said to be, and takes nobody's place.
    scene
        .services
        .remove_directory_group(&scene.grace, "class-7")
        .await
        .unwrap();
    scene.pass(LOOK).await;
    let roster = scene.roster(lab).await;
    assert!(roster.failed, "{roster:?}");
    assert_eq!(scene.listed(lab).await, ["ada", "max"]);
}
