//! Who may do what. What somebody may not see looks to them as if it were not there.

use std::time::Duration;

use domain::capacity::Capacity;
use domain::id::{LabId, MachineId};
use domain::lab::Remake;
use domain::machine::MachineState;
use domain::name::{Description, LabTitle};
use service::access::Actor;
use service::connect::{Ended, TICKET_LIFE};
use service::engine::TerminalInput;
use service::labs::LabChange;
use service::machines::{Act as Ask, Selection};
use service::users::LinkChange;
use service::{Error, Result};

use crate::world::{World, assert_forbidden, assert_not_found, conflict, seats};

/// A school: Grace owns it, Alan made the lab, Ada and Max study in it, Eve in another one, Joan may
/// make labs, and Zoe has no role at all.
struct School {
    world: World,
    grace: Actor,
    alan: Actor,
    ada: Actor,
    max: Actor,
    strangers: Vec<Actor>,
    lab: LabId,
}

impl School {
    async fn new() -> Self {
        let world = World::new().await;
        let grace = world.owner("Grace").await;
        let alan = world.creator("Alan").await;
        let lab = world.lab(&alan, "Python").capacity(3).create().await;
        let other = world.lab(&grace, "Other").without_template();
        let other = other.capacity(1).create().await;
        let alan = world.fresh(&alan).await;
        world.converge().await;
        world.publish(&alan, lab, Remake::Every).await.unwrap();
        world.publish(&grace, other, Remake::Every).await.unwrap();
        world.converge().await;
        let mut students = Vec::new();
        for (lab, address) in [
            (lab, "ada@example.org"),
            (lab, "max@example.org"),
            (other, "eve@example.org"),
        ] {
            let student = world.student(address).await;
            let add = world.services.add_users(&grace, lab, address);
            add.await.unwrap();
            let code = world.code(&grace, lab).await;
            let register = world.services.register(&student, &code, "address");
            register.await.unwrap();
            students.push(student);
        }
        let joan = world.creator("Joan").await;
        let zoe = world.student("zoe@example.org").await;
        let mut students = students.into_iter();
        let mut next = || students.next().unwrap();
        Self {
            ada: next(),
            max: next(),
            strangers: vec![next(), joan, zoe],
            world,
            grace,
            alan,
            lab,
        }
    }

    async fn machine(&self, student: &Actor) -> MachineId {
        let machine = self.world.machine_of(student, self.lab).await;
        machine.unwrap().id
    }

    /// Every use case about a lab, done by `actor`; what each came to.
    async fn everything_about_the_lab(&self, actor: &Actor) -> Vec<(&'static str, Result<()>)> {
        let services = &self.world.services;
        let lab = self.lab;
        let user = self.world.users(lab).await.remove(0).id;
        let all = &Selection::All;
        let change = LabChange {
            title: Some(LabTitle::parse("Mine").unwrap()),
            description: Some(Description::parse("").unwrap()),
            ..LabChange::default()
        };
        let every = Remake::Every;
        let open = LinkChange::OpenAccess(true);
        let list = "new@example.org";
        vec![
            ("see", services.lab_detail(actor, lab).await.map(drop)),
            ("title", services.lab_title(actor, lab).await.map(drop)),
            ("version", services.lab_version(actor, lab).await.map(drop)),
            (
                "code",
                services.registration_code(actor, lab).await.map(drop),
            ),
            (
                "update",
                services.update_lab(actor, lab, change).await.map(drop),
            ),
            (
                "publish",
                services.publish(actor, lab, every, None).await.map(drop),
            ),
            (
                "scale",
                services.set_capacity(actor, lab, seats(9), true).await,
            ),
            (
                "operate",
                services
                    .act_on_many(actor, lab, all, Ask::Reimage)
                    .await
                    .map(drop),
            ),
            ("add", services.add_users(actor, lab, list).await.map(drop)),
            ("remove", services.remove_user(actor, lab, user).await),
            ("link", services.change_link(actor, lab, open).await),
            ("delete", services.delete_lab(actor, lab).await.map(drop)),
        ]
    }

    /// Every use case about a machine, done by `actor`.
    async fn everything_about(
        &self,
        machine: MachineId,
        actor: &Actor,
    ) -> Vec<(&'static str, Result<()>)> {
        let services = &self.world.services;
        let session = self.world.sign_in(actor).await;
        let mut results = Vec::new();
        for act in [Ask::Start, Ask::Stop, Ask::Reimage, Ask::Retry] {
            results.push(("act", services.act(actor, machine, act).await.map(drop)));
        }
        let login = services.machine_login(actor, machine).await.map(drop);
        results.push(("login", login));
        let connect = services.connectable(actor, machine).await.map(drop);
        results.push(("connect", connect));
        let ticket = services.open_ticket(actor, &session, machine).await;
        results.push(("ticket", ticket.map(drop)));
        results
    }
}

#[tokio::test]
async fn a_lab_is_invisible_to_whoever_has_no_role_on_it() {
    let school = School::new().await;
    let before = school.world.describe().await;
    // Its own students are no exception: what they may do is about their machine only.
    for stranger in school.strangers.iter().chain([&school.ada]) {
        for (what, result) in school.everything_about_the_lab(stranger).await {
            let answer = result.unwrap_err();
            let hidden = matches!(answer, Error::NotFound("lab"));
            assert!(hidden, "{what} by {}: {answer:?}", stranger.name);
        }
        let services = &school.world.services;
        assert!(services.labs(stranger).await.unwrap().is_empty());
        assert!(services.lab_versions(stranger).await.unwrap().is_empty());
    }
    assert_eq!(school.world.describe().await, before, "something changed");
}

#[tokio::test]
async fn a_machine_is_invisible_to_everybody_but_its_student_and_the_educators() {
    let school = School::new().await;
    let world = &school.world;
    let before = world.describe().await;
    let hers = school.machine(&school.ada).await;
    let template = world.template(school.lab).await.id;
    let free = world.pool(school.lab).await.remove(2).id;
    let cases = [
        (hers, vec![&school.max]),
        (template, vec![&school.max, &school.ada]),
        (free, vec![&school.max, &school.ada]),
    ];
    for (machine, insiders) in cases {
        for actor in school.strangers.iter().chain(insiders) {
            for (what, result) in school.everything_about(machine, actor).await {
                let answer = result.unwrap_err();
                let hidden = matches!(answer, Error::NotFound("machine"));
                assert!(hidden, "{what} by {}: {answer:?}", actor.name);
            }
        }
    }
    assert_eq!(world.describe().await, before, "something changed");
    // What is nowhere looks the same.
    let nowhere = world.services.new_machine_id();
    for (_, result) in school.everything_about(nowhere, &school.grace).await {
        assert_not_found(result);
    }
    // A machine of another lab is not reached through one's own.
    let foreign = Selection::These(vec![school.machine(&school.ada).await, nowhere]);
    let start = world
        .services
        .act_on_many(&school.alan, school.lab, &foreign, Ask::Start);
    assert_not_found(start.await);
    assert_eq!(world.describe().await, before, "something changed");
}

#[tokio::test]
async fn the_lab_s_maker_and_the_owner_may_do_everything_in_it() {
    for who in ["Alan", "Grace"] {
        let school = School::new().await;
        let actor = if who == "Alan" {
            &school.alan
        } else {
            &school.grace
        };
        let (world, services) = (&school.world, &school.world.services);
        let template = world.template(school.lab).await.id;
        for machine in [school.machine(&school.ada).await, template] {
            services.act(actor, machine, Ask::Start).await.unwrap();
            world.converge().await;
            let session = world.sign_in(actor).await;
            let ticket = services.open_ticket(actor, &session, machine).await;
            services.redeem_ticket(&ticket.unwrap()).await.unwrap();
            let login = services.machine_login(actor, machine).await.unwrap();
            assert_eq!(login.username, "teacher");
        }
        let reimage = services.act(actor, template, Ask::Reimage).await;
        assert_eq!(conflict(reimage), "A template cannot be reimaged.");
        for (what, result) in school.everything_about_the_lab(actor).await {
            let busy = matches!(result, Err(Error::Conflict(_)));
            // Publishing is under way by then, and that is all that stands in the way.
            assert!(
                result.is_ok() || (what == "scale" && busy),
                "{what} by {who}: {result:?}"
            );
        }
        world.converge().await;
        assert_eq!(world.find_lab(school.lab).await, None);
    }
}

#[tokio::test]
async fn labs_are_made_by_whoever_may_make_labs() {
    let school = School::new().await;
    let world = &school.world;
    for (n, actor) in [&school.grace, &school.alan, &school.strangers[1]]
        .into_iter()
        .enumerate()
    {
        world.services.images_for_new_lab(actor).await.unwrap();
        let title = format!("New {n}");
        world.lab(actor, &title).create().await;
    }
    for actor in [&school.ada, &school.strangers[2]] {
        assert_forbidden(world.services.images_for_new_lab(actor).await);
        assert_forbidden(world.lab(actor, "Newer").try_create().await);
    }
    let mut unknown = world.services.images_for_new_lab(&school.grace).await;
    assert!(unknown.as_mut().unwrap().iter().all(|i| i.enabled));
}

#[tokio::test]
async fn a_student_works_on_the_own_machine_only() {
    let school = School::new().await;
    let (world, services) = (&school.world, &school.world.services);
    let hers = school.machine(&school.ada).await;
    for act in [Ask::Start, Ask::Stop, Ask::Reimage, Ask::Retry] {
        services.act(&school.ada, hers, act).await.unwrap();
    }
    let (_, _, own) = services.connectable(&school.ada, hers).await.unwrap();
    assert!(own);
    let (_, _, own) = services.connectable(&school.alan, hers).await.unwrap();
    assert!(!own);
    let places = services.my_places(&school.ada).await.unwrap();
    assert_eq!(places.len(), 1);
    assert_eq!(places[0].place.machine.as_ref().unwrap().id, hers);
    assert_eq!(services.place_versions(&school.ada).await.unwrap().len(), 1);
    assert!(services.my_places(&school.grace).await.unwrap().is_empty());

    // Taken off the list, she has nothing any more.
    let users = world.users(school.lab).await;
    let line = users.iter().find(|u| u.email == school.ada.email).unwrap();
    let remove = services.remove_user(&school.alan, school.lab, line.id);
    remove.await.unwrap();
    for (_, result) in school.everything_about(hers, &school.ada).await {
        assert_not_found(result);
    }
}

/// Ada at her running machine, signed in.
async fn at_work() -> (School, MachineId, String) {
    let school = School::new().await;
    let hers = school.machine(&school.ada).await;
    let session = school.world.sign_in(&school.ada).await;
    let services = &school.world.services;
    let early = services.open_ticket(&school.ada, &session, hers).await;
    assert!(conflict(early).contains("does not run yet"));
    services.act(&school.ada, hers, Ask::Start).await.unwrap();
    school.world.converge().await;
    (school, hers, session)
}

#[tokio::test]
async fn a_ticket_works_once_and_soon_and_in_its_session() {
    let (school, hers, session) = at_work().await;
    let (world, services) = (&school.world, &school.world.services);
    let ticket = async || {
        let ticket = services.open_ticket(&school.ada, &session, hers).await;
        ticket.unwrap()
    };
    let refused = async |ticket: &str| {
        let answer = services.redeem_ticket(ticket).await;
        matches!(answer, Err(Error::Unauthenticated))
    };
    let first = ticket().await;
    let pass = services.redeem_ticket(&first).await.unwrap();
    assert_eq!((pass.machine, pass.person), (hers, school.ada.person));
    assert_eq!(pass.username.as_str(), "teacher");
    assert!(refused(&first).await, "a ticket worked twice");

    let late = ticket().await;
    world.clock.advance(TICKET_LIFE);
    assert!(refused(&late).await, "a ticket worked after its end");
    let timely = ticket().await;
    world.clock.advance(TICKET_LIFE - Duration::from_secs(1));
    services.redeem_ticket(&timely).await.unwrap();
    assert!(refused("no ticket at all").await);

    // A session of somebody else's makes no ticket of hers.
    let other = world.sign_in(&school.max).await;
    let foreign = services.open_ticket(&school.ada, &other, hers).await;
    assert!(refused(&foreign.unwrap()).await);

    let left = ticket().await;
    world.sign_out(&session).await;
    assert!(refused(&left).await, "a ticket outlived its session");

    // The shell that a pass is the right to.
    let terminal = services.open_terminal(&pass, 80, 24).await.unwrap();
    drop(terminal.input.send(TerminalInput::Bytes("exit\n".into())));
}

#[tokio::test]
async fn the_right_to_a_connection_ends_when_its_reason_does() {
    for end in ["stop", "reimage", "remove", "sign out", "delete", "shrink"] {
        let (school, hers, session) = at_work().await;
        let (world, services) = (&school.world, &school.world.services);
        let ticket = services.open_ticket(&school.ada, &session, hers).await;
        let pass = services.redeem_ticket(&ticket.unwrap()).await.unwrap();
        assert_eq!(services.check_pass(&pass).await.unwrap(), None);
        let unused = services.open_ticket(&school.ada, &session, hers).await;
        let (lab, alan) = (school.lab, &school.alan);
        let expected = match end {
            "stop" => {
                services.act(&school.ada, hers, Ask::Stop).await.unwrap();
                Ended::Stopped
            }
            "reimage" => {
                services.act(alan, hers, Ask::Reimage).await.unwrap();
                Ended::Stopped
            }
            "remove" => {
                let users = world.users(lab).await;
                let line = users.iter().find(|u| u.email == school.ada.email);
                let line = line.unwrap().id;
                services.remove_user(alan, lab, line).await.unwrap();
                Ended::NotYours
            }
            "sign out" => {
                world.sign_out(&session).await;
                Ended::SignedOut
            }
            "delete" => {
                services.delete_lab(alan, lab).await.unwrap();
                Ended::Stopped
            }
            _ => {
                let none = Capacity::new(0).unwrap();
                services.set_capacity(alan, lab, none, true).await.unwrap();
                Ended::Stopped
            }
        };
        // At once, and not only when the machine has really stopped.
        let ended = services.check_pass(&pass).await.unwrap();
        assert_eq!(ended, Some(expected), "{end}");
        world.converge().await;
        assert!(services.check_pass(&pass).await.unwrap().is_some(), "{end}");

        // A ticket that was not used yet is of no more use: not at all, or not for a second.
        if let Ok(pass) = services.redeem_ticket(&unused.unwrap()).await {
            assert!(services.check_pass(&pass).await.unwrap().is_some(), "{end}");
        }
    }
}

#[tokio::test]
async fn a_shutdown_from_inside_ends_the_right_as_well() {
    let (school, hers, session) = at_work().await;
    let (world, services) = (&school.world, &school.world.services);
    let ticket = services.open_ticket(&school.ada, &session, hers).await;
    let pass = services.redeem_ticket(&ticket.unwrap()).await.unwrap();
    assert!(world.sim.shut_down(&pass.hostname));
    world.reconciler.sweep().await.unwrap();
    world.settle().await;
    let machine = world.machine_of(&school.ada, school.lab).await.unwrap();
    assert_eq!(machine.state(), MachineState::Stopped);
    let ended = services.check_pass(&pass).await.unwrap();
    assert_eq!(ended, Some(Ended::Stopped));
    // A new start is not the old right.
    services.act(&school.ada, hers, Ask::Start).await.unwrap();
    world.converge().await;
}
