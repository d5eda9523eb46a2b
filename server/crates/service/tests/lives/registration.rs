//! Redeeming a registration link: who may, who gets which seat, and who waits how long.

use std::collections::HashSet;
use std::time::Duration;

use domain::id::LabId;
use domain::lab::Remake;
use domain::machine::{MachineState, StopReason};
use futures::future::join_all;
use service::access::Actor;
use service::engine::EngineError;
use service::machines::Act as Ask;
use service::registration::Seat;
use service::users::LinkChange;
use service::{Error, Result};
use simulator::Act;

use crate::world::{A_WHILE, World, assert_forbidden, conflict, seats};

/// A published lab with so many machines, with its owner and its code.
async fn lab_of(world: &World, machines: u32) -> (Actor, LabId, String) {
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", machines).await;
    let code = world.code(&grace, lab).await;
    (grace, lab, code)
}

async fn register(world: &World, student: &Actor, code: &str) -> Result<Seat> {
    let address = format!("address of {}", student.email);
    world.services.register(student, code, &address).await
}

async fn list(world: &World, grace: &Actor, lab: LabId, addresses: &str) {
    let add = world.services.add_users(grace, lab, addresses);
    add.await.unwrap();
}

#[tokio::test]
async fn only_listed_addresses_register_unless_the_lab_is_open() {
    let world = World::new().await;
    let (grace, lab, code) = lab_of(&world, 2).await;
    list(&world, &grace, lab, "Ada@Example.org").await;
    let ada = world.student("ada@example.org").await;
    let eve = world.student("eve@example.org").await;
    assert_eq!(register(&world, &ada, &code).await.unwrap(), Seat::Taken);
    assert_forbidden(register(&world, &eve, &code).await);
    assert_eq!(world.machine_of(&eve, lab).await, None);
    let may = async |address: &str| {
        let email = domain::email::Email::parse(address).unwrap();
        world.services.may_register(&code, &email, "a page").await
    };
    assert_forbidden(may("eve@example.org").await);
    assert_forbidden(may("ada@example.org").await);
    list(&world, &grace, lab, "max@example.org").await;
    may("max@example.org").await.unwrap();

    let open = LinkChange::OpenAccess(true);
    world.services.change_link(&grace, lab, open).await.unwrap();
    may("anyone@example.org").await.unwrap();
    assert_eq!(register(&world, &eve, &code).await.unwrap(), Seat::Taken);
    assert_eq!(world.users(lab).await.len(), 3);
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_full_list_takes_nobody_on_by_an_open_link() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").capacity(1).create().await;
    let code = world.code(&grace, lab).await;
    let open = LinkChange::OpenAccess(true);
    world.services.change_link(&grace, lab, open).await.unwrap();
    let addresses: String = (0..400)
        .map(|n| format!("student{n}@example.org\n"))
        .collect();
    list(&world, &grace, lab, &addresses).await;
    let may = async |address: &str| {
        let email = domain::email::Email::parse(address).unwrap();
        world.services.may_register(&code, &email, "a page").await
    };
    let full = "A lab has at most 400 users.";
    let eve = world.student("eve@example.org").await;
    assert_eq!(conflict(register(&world, &eve, &code).await), full);
    assert_eq!(conflict(may("anyone@example.org").await), full);
    assert_eq!(world.users(lab).await.len(), 400);
    // Who is on it comes in.
    may("student8@example.org").await.unwrap();
    let student = world.student("student7@example.org").await;
    let seat = register(&world, &student, &code).await;
    assert_eq!(seat.unwrap(), Seat::Waiting);
    let users = world.users(lab).await;
    let other = users.iter().find(|user| user.person.is_none()).unwrap();
    let removed = world.services.remove_user(&grace, lab, other.id);
    removed.await.unwrap();
    let seat = register(&world, &eve, &code).await;
    assert_eq!(seat.unwrap(), Seat::Waiting);
}

#[tokio::test]
async fn opening_the_link_changes_nothing_and_registering_again_neither() {
    let world = World::new().await;
    let (grace, lab, code) = lab_of(&world, 2).await;
    list(&world, &grace, lab, "ada@example.org").await;
    let limit = LinkChange::Limit {
        expires_at: None,
        uses_left: Some(5),
    };
    let limit = world.services.change_link(&grace, lab, limit);
    limit.await.unwrap();
    let ada = world.student("ada@example.org").await;
    let invitation = async || {
        let shown = world.services.invitation(&code, Some(&ada), "address");
        shown.await.unwrap()
    };
    assert!(!invitation().await.registered);
    assert_eq!(world.users(lab).await[0].person, None);
    for _ in 0..3 {
        assert_eq!(register(&world, &ada, &code).await.unwrap(), Seat::Taken);
    }
    assert!(invitation().await.registered);
    let detail = world.services.lab_detail(&grace, lab).await.unwrap();
    assert_eq!(detail.link.unwrap().uses_left, Some(4));

    // Typed by hand it works as well, and a link that ended still leads her to her machine.
    let typed = format!(" {}-{} ", &code[..5].to_lowercase(), &code[5..]);
    assert_eq!(register(&world, &ada, &typed).await.unwrap(), Seat::Taken);
    let off = LinkChange::Enable(false);
    world.services.change_link(&grace, lab, off).await.unwrap();
    assert_eq!(register(&world, &ada, &code).await.unwrap(), Seat::Taken);
    assert!(invitation().await.registered);
}

#[tokio::test]
async fn codes_that_do_not_work_all_get_the_same_answer() {
    let world = World::new().await;
    let (grace, lab, code) = lab_of(&world, 5).await;
    list(&world, &grace, lab, "ada@example.org max@example.org").await;
    let ada = world.student("ada@example.org").await;
    let change = async |change| {
        let change = world.services.change_link(&grace, lab, change);
        change.await.unwrap();
    };
    let mut answers = HashSet::new();
    let mut ask = async |code: &str| {
        answers.insert(conflict(register(&world, &ada, code).await));
        let shown = world.services.invitation(code, None, "somewhere").await;
        answers.insert(conflict(shown));
    };
    ask("0000000000").await;
    ask("not a code at all").await;
    change(LinkChange::Enable(false)).await;
    ask(&code).await;
    change(LinkChange::Enable(true)).await;
    change(LinkChange::Limit {
        expires_at: Some(world.services.now() + Duration::from_secs(60)),
        uses_left: None,
    })
    .await;
    world.clock.advance(Duration::from_secs(60));
    ask(&code).await;
    change(LinkChange::Limit {
        expires_at: None,
        uses_left: Some(0),
    })
    .await;
    ask(&code).await;
    change(LinkChange::Limit {
        expires_at: None,
        uses_left: None,
    })
    .await;
    change(LinkChange::Regenerate).await;
    ask(&code).await;
    assert_eq!(answers.len(), 1, "{answers:?}");

    let fresh = world.code(&grace, lab).await;
    assert_eq!(register(&world, &ada, &fresh).await.unwrap(), Seat::Taken);
    world.services.delete_lab(&grace, lab).await.unwrap();
    let max = world.student("max@example.org").await;
    answers.insert(conflict(register(&world, &max, &fresh).await));
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test]
async fn a_link_for_one_person_is_used_up_by_one() {
    let world = World::new().await;
    let (grace, lab, code) = lab_of(&world, 5).await;
    list(&world, &grace, lab, "ada@example.org max@example.org").await;
    let change = LinkChange::Limit {
        expires_at: None,
        uses_left: Some(1),
    };
    let change = world.services.change_link(&grace, lab, change);
    change.await.unwrap();
    let ada = world.student("ada@example.org").await;
    let max = world.student("max@example.org").await;
    let (first, second) =
        tokio::join!(register(&world, &ada, &code), register(&world, &max, &code));
    assert_eq!(
        [first.is_ok(), second.is_ok()]
            .iter()
            .filter(|ok| **ok)
            .count(),
        1
    );
}

#[tokio::test]
async fn whoever_guesses_is_shut_out_for_a_while_by_account_and_by_address() {
    let world = World::new().await;
    let (grace, lab, code) = lab_of(&world, 5).await;
    list(&world, &grace, lab, "ada@example.org").await;
    let ada = world.student("ada@example.org").await;
    let services = &world.services;
    for n in 0..10 {
        let address = format!("198.51.100.{n}");
        let guess = services.register(&ada, "0000000000", &address).await;
        conflict(guess);
    }
    let right = services.register(&ada, &code, "203.0.113.9").await;
    assert!(matches!(right, Err(Error::Throttled { .. })), "{right:?}");
    for _ in 0..10 {
        conflict(services.invitation("0000000000", None, "192.0.2.1").await);
    }
    let shown = services.invitation(&code, None, "192.0.2.1").await;
    assert!(matches!(shown, Err(Error::Throttled { .. })), "{shown:?}");
    services.invitation(&code, None, "192.0.2.2").await.unwrap();
    world.clock.advance(Duration::from_secs(601));
    services.invitation(&code, None, "192.0.2.1").await.unwrap();
    let right = services.register(&ada, &code, "203.0.113.9").await;
    assert_eq!(right.unwrap(), Seat::Taken);
}

#[tokio::test]
async fn one_address_is_one_persons() {
    let world = World::new().await;
    let (grace, lab, code) = lab_of(&world, 5).await;
    list(&world, &grace, lab, "ada@example.org").await;
    let ada = world.student("ada@example.org").await;
    register(&world, &ada, &code).await.unwrap();
    // An account that was made anew with the same address is somebody else.
    let other = Actor {
        person: world.student("other@example.org").await.person,
        ..ada.clone()
    };
    let refusal = register(&world, &other, &code).await;
    assert!(conflict(refusal).contains("ada@example.org"));
}

#[tokio::test]
async fn who_registers_in_a_draft_waits_and_is_seated_when_it_is_published() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").capacity(2).create().await;
    let code = world.code(&grace, lab).await;
    let mut students = Vec::new();
    for name in ["ada", "eve", "max"] {
        let address = format!("{name}@example.org");
        list(&world, &grace, lab, &address).await;
        students.push(world.student(&address).await);
    }
    for student in students.iter().rev() {
        let seat = register(&world, student, &code).await;
        assert_eq!(seat.unwrap(), Seat::Waiting);
    }
    let places = world.services.my_places(&students[0]).await.unwrap();
    assert_eq!(places[0].waiting_before, Some(2));
    world.converge().await;
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    world.converge().await;
    world.assert_at_rest().await;
    assert!(world.machine_of(&students[2], lab).await.is_some());
    assert!(world.machine_of(&students[1], lab).await.is_some());
    assert_eq!(world.machine_of(&students[0], lab).await, None);
    let places = world.services.my_places(&students[0]).await.unwrap();
    assert_eq!(places[0].waiting_before, Some(0));
}

#[tokio::test]
async fn a_removed_users_machine_is_remade_and_goes_to_whoever_waits_longest() {
    let world = World::new().await;
    let (grace, lab, code) = lab_of(&world, 1).await;
    let mut students = Vec::new();
    for name in ["ada", "eve", "max"] {
        let address = format!("{name}@example.org");
        list(&world, &grace, lab, &address).await;
        students.push(world.student(&address).await);
    }
    let [ada, eve, max] = &students[..] else {
        unreachable!("there are three")
    };
    assert_eq!(register(&world, ada, &code).await.unwrap(), Seat::Taken);
    assert_eq!(register(&world, max, &code).await.unwrap(), Seat::Waiting);
    assert_eq!(register(&world, eve, &code).await.unwrap(), Seat::Waiting);
    let machine = world.machine_of(ada, lab).await.unwrap();
    let start = world.services.act(ada, machine.id, Ask::Start);
    start.await.unwrap();
    world.converge().await;

    let users = world.users(lab).await;
    let hers = users.iter().find(|u| u.email == ada.email).unwrap();
    let remove = world.services.remove_user(&grace, lab, hers.id);
    remove.await.unwrap();
    world.assert_sound().await;
    let his = world.machine_of(max, lab).await.unwrap();
    assert_eq!(his.id, machine.id);
    assert_eq!(his.state(), MachineState::Reimaging);
    assert_eq!(his.stopped_because, Some(StopReason::Removed));
    assert!(world.services.my_places(ada).await.unwrap().is_empty());
    world.converge().await;
    world.assert_at_rest().await;
    let his = world.machine_of(max, lab).await.unwrap();
    assert_eq!(his.state(), MachineState::Stopped);
    assert_eq!(world.sim.effects_on(Act::Build, &his.hostname), 2);
    assert!(world.machine_of(eve, lab).await.is_none());

    // Removed is removed, also for whoever still has the page open.
    let again = world.services.remove_user(&grace, lab, hers.id).await;
    crate::world::assert_not_found(again);
}

#[tokio::test]
async fn a_machine_that_was_given_up_goes_to_whoever_waits_once_it_is_tried_again() {
    let world = World::new().await;
    let (grace, lab, code) = lab_of(&world, 1).await;
    let machine = world.pool(lab).await.remove(0);
    let broken = EngineError::Failed("No.".to_owned());
    world.sim.break_object(&machine.hostname, broken);
    let reimage = world.services.act(&grace, machine.id, Ask::Reimage);
    reimage.await.unwrap();
    for _ in 0..20 {
        world.pass(A_WHILE).await;
    }
    list(&world, &grace, lab, "ada@example.org max@example.org").await;
    let ada = world.student("ada@example.org").await;
    let max = world.student("max@example.org").await;
    assert_eq!(register(&world, &ada, &code).await.unwrap(), Seat::Waiting);
    world.sim.mend_object(&machine.hostname);
    let retry = world.services.act(&grace, machine.id, Ask::Retry);
    retry.await.unwrap();
    assert!(world.machine_of(&ada, lab).await.is_some());
    assert_eq!(register(&world, &max, &code).await.unwrap(), Seat::Waiting);
    world.converge().await;
    world.assert_at_rest().await;
}

/// Thirty people, twenty machines, one moment.
async fn a_rush(world: World) {
    let (grace, lab, code) = lab_of(&world, 20).await;
    let mut students = Vec::new();
    let mut addresses = String::new();
    for n in 0..30 {
        let address = format!("student{n}@example.org");
        addresses.push_str(&address);
        addresses.push('\n');
        students.push(world.student(&address).await);
    }
    list(&world, &grace, lab, &addresses).await;
    // Everybody clicks twice.
    let clicks = students
        .iter()
        .chain(&students)
        .map(|student| register(&world, student, &code));
    let seats_given = join_all(clicks).await;
    for seat in &seats_given {
        assert!(seat.is_ok(), "{seat:?}");
    }
    world.assert_sound().await;
    let seated = async || {
        let mut seated = Vec::new();
        for student in &students {
            if let Some(machine) = world.machine_of(student, lab).await {
                seated.push((student.person, machine.id));
            }
        }
        seated
    };
    let first = seated().await;
    assert_eq!(first.len(), 20);
    let machines: HashSet<_> = first.iter().map(|(_, machine)| machine).collect();
    assert_eq!(machines.len(), 20);
    let mut users = world.users(lab).await;
    users.sort_by_key(|u| (u.registered_at, u.id));
    let is_seated = |seated: &[(_, _)], user: &domain::user::User| {
        seated
            .iter()
            .any(|(person, _)| Some(*person) == user.person)
    };
    let order: Vec<bool> = users.iter().map(|u| is_seated(&first, u)).collect();
    assert_eq!(order, [vec![true; 20], vec![false; 10]].concat());

    // Four more seats are for the four who have waited longest.
    let grow = world.services.set_capacity(&grace, lab, seats(24), false);
    grow.await.unwrap();
    world.converge().await;
    let then = seated().await;
    let order: Vec<bool> = users.iter().map(|u| is_seated(&then, u)).collect();
    assert_eq!(order, [vec![true; 24], vec![false; 6]].concat());
    assert!(
        first.iter().all(|seat| then.contains(seat)),
        "somebody moved"
    );
    world.assert_at_rest().await;
    world.end().await;
}

#[tokio::test]
async fn a_rush_of_thirty_for_twenty_seats_is_seated_in_order_on_sqlite() {
    a_rush(World::new().await).await;
}

#[tokio::test]
async fn a_rush_of_thirty_for_twenty_seats_is_seated_in_order_on_postgres() {
    a_rush(World::on_postgres().await).await;
}
