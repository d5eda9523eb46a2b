//! A class that arrives by a file, and all of it at once.

use std::collections::BTreeSet;

use domain::email::Email;
use domain::group::GroupName;
use domain::id::LabId;
use domain::role::{Grant, Role, Scope};
use futures::future::join_all;
use service::Error;
use service::access::Actor;
use service::imports::{Fate, Imported, Preview};
use service::registration::Seat;
use service::roles::Recipient;

use crate::world::{World, assert_forbidden, assert_not_found, conflict, soon};

/// So many students, as a school's program writes them.
fn class(students: usize) -> String {
    let mut text = "Last name;First name;E-mail\r\n".to_owned();
    for n in 0..students {
        text.push_str(&format!("Student;Number {n};student{n:03}@example.org\r\n"));
    }
    text
}

async fn preview(world: &World, actor: &Actor, lab: LabId, text: &str) -> Preview {
    let draft = world.services.draft_list(actor, lab, text.as_bytes()).await;
    let preview = world
        .services
        .preview_list(actor, lab, draft.unwrap())
        .await;
    preview.unwrap()
}

fn fates(preview: &Preview) -> Vec<&'static str> {
    let word = |fate: &Fate| match fate {
        Fate::Add(_) => "add",
        Fate::Change(_) => "change",
        Fate::Nothing(_) => "nothing",
        Fate::Refuse(_) => "refuse",
    };
    preview.lines.iter().map(|line| word(&line.fate)).collect()
}

#[tokio::test]
async fn a_file_is_looked_at_first_and_each_line_has_a_fate() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").capacity(2).create().await;
    let group = GroupName::parse("Evening").unwrap();
    let made = world.services.create_group(&grace, lab, group, None);
    made.await.unwrap();
    let add = world
        .services
        .add_users(&grace, lab, "ada@example.org max@example.org");
    add.await.unwrap();

    let text = "email,group,hours\nada@example.org,evening,2\nMAX@example.org,,\neve@example.org,Evening,\n\
                tom@example.org,Morning,\nnobody,,\n";
    let looked_at = preview(&world, &grace, lab, text).await;
    assert_eq!(
        fates(&looked_at),
        ["change", "nothing", "add", "refuse", "refuse"]
    );
    assert_eq!(looked_at.others, 0);
    assert_eq!(world.users(lab).await.len(), 2, "nothing has happened yet");

    let done = world.services.import_list(&grace, lab, looked_at.draft);
    let done = done.await.unwrap();
    assert_eq!(
        done,
        Imported {
            added: 1,
            changed: 1
        }
    );
    // The log names them, here and where they were typed.
    let lines = world.audit(&["users", "roster"]).await;
    let lines: Vec<&str> = lines.iter().map(|(_, _, text)| text.as_str()).collect();
    assert_eq!(
        lines,
        [
            "Took a file over into the list of “Python”: 1 added (eve@example.org), 1 changed (ada@example.org).",
            "Looked at a file for the list of “Python”.",
            "Added 2 users to “Python”: ada@example.org, max@example.org.",
        ]
    );
    let users = world.users(lab).await;
    let grouped = users.iter().filter(|user| user.group.is_some()).count();
    assert_eq!((users.len(), grouped), (3, 2));
    // It is done once.
    assert_not_found(
        world
            .services
            .import_list(&grace, lab, looked_at.draft)
            .await,
    );
    let again = preview(&world, &grace, lab, text).await;
    assert_eq!(
        fates(&again),
        ["nothing", "nothing", "nothing", "refuse", "refuse"]
    );

    // What is taken away can be brought back, and changes nothing.
    let exported = world.services.export_list(&grace, lab).await.unwrap();
    assert!(
        exported.contains("ada@example.org,,Evening,2,"),
        "{exported}"
    );
    let back = preview(&world, &grace, lab, &exported).await;
    assert_eq!(fates(&back), ["nothing"; 3]);

    // A file is its bringer's, and who may not change the list brings none.
    let other = world.owner("Max").await;
    let theirs = world.services.preview_list(&other, lab, again.draft).await;
    assert_not_found(theirs);
    let eve = world.creator("Eve").await;
    assert_not_found(world.services.draft_list(&eve, lab, text.as_bytes()).await);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").capacity(2).create().await;
    let before = preview(&world, &grace, lab, "email\nada@example.org\n").await;
    let too_long = format!("email\n{}max@example.org\n", "x\n".repeat(4999));
    let too_large = format!("email,note\nmax@example.org,{}", "x".repeat(512 * 1024));
    let too_wide = format!("{0}email\n{0}max@example.org\n", "x,".repeat(64));
    for (text, why) in [
        (too_long, "more than 5000 lines"),
        (too_large, "at most 512 KiB"),
        (too_wide, "more than 64 columns"),
    ] {
        let draft = world.services.draft_list(&grace, lab, text.as_bytes());
        match draft.await {
            Err(Error::Invalid(invalid)) => {
                assert!(invalid.message.contains(why), "{}", invalid.message);
            }
            other => panic!("this file was to be refused: {other:?}"),
        }
    }
    assert_eq!(world.users(lab).await, []);
    // The file that was looked at before is still the one to be taken over.
    let done = world.services.import_list(&grace, lab, before.draft);
    assert_eq!(done.await.unwrap().added, 1);
    let users = world.users(lab).await;
    assert_eq!(users[0].email.as_str(), "ada@example.org");
}

async fn a_class_of_three_hundred_arrives(world: World) {
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 250).await;
    let looked_at = preview(&world, &grace, lab, &class(300)).await;
    assert_eq!(fates(&looked_at), ["add"; 300]);
    let done = world.services.import_list(&grace, lab, looked_at.draft);
    assert_eq!(done.await.unwrap().added, 300);
    // A hundred more have a place, one more does not.
    let more = preview(&world, &grace, lab, &class(401)).await;
    let more = fates(&more);
    assert_eq!(more[..300], ["nothing"; 300]);
    assert_eq!(more[300..400], ["add"; 100]);
    assert_eq!(more[400], "refuse");

    let code = world.code(&grace, lab).await;
    let mut students = Vec::with_capacity(300);
    for n in 0..300 {
        students.push(world.student(&format!("student{n:03}@example.org")).await);
    }
    // All at once: each comes from an address of their own, and twice, as impatient people do.
    let register = async |student: &Actor| {
        let from = format!("address of {}", student.email);
        let (one, other) = tokio::join!(
            world.services.register(student, &code, &from),
            world.services.register(student, &code, &from),
        );
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one, other, "both are told the same");
        one
    };
    let seats = join_all(students.iter().map(register)).await;
    let taken = seats.iter().filter(|seat| **seat == Seat::Taken).count();
    assert_eq!((taken, seats.len() - taken), (250, 50));

    let users = world.users(lab).await;
    assert_eq!(users.len(), 300, "nobody is there twice");
    assert!(users.iter().all(|user| user.registered_at.is_some()));
    let pool = world.pool(lab).await;
    let claimed: BTreeSet<_> = pool.iter().filter_map(|m| m.claimed_by).collect();
    assert_eq!(claimed.len(), 250, "nobody has two, and no seat has two");

    // Those without one wait in the order in which they came.
    let mut tx = world.services.store.read().await.unwrap();
    let waiting = tx.waiting_users(lab).await.unwrap();
    drop(tx);
    assert_eq!(waiting.len(), 50);
    assert!(waiting.is_sorted_by_key(|user| (user.registered_at, user.id)));
    let last_seated = users
        .iter()
        .filter(|user| claimed.contains(&user.id))
        .map(|user| user.registered_at);
    let last_seated = last_seated.max().unwrap();
    assert!(
        last_seated <= waiting[0].registered_at,
        "first come, first served"
    );

    // One goes; who waited longest has the seat.
    let first = users
        .iter()
        .find(|user| claimed.contains(&user.id))
        .unwrap();
    let removed = world.services.remove_user(&grace, lab, first.id).await;
    removed.unwrap();
    let pool = world.pool(lab).await;
    assert!(pool.iter().any(|m| m.claimed_by == Some(waiting[0].id)));
    world.end().await;
}

#[tokio::test]
async fn a_class_of_three_hundred_arrives_on_sqlite() {
    a_class_of_three_hundred_arrives(World::new().await).await;
}

#[tokio::test]
async fn a_class_of_three_hundred_arrives_on_postgres() {
    a_class_of_three_hundred_arrives(World::on_postgres().await).await;
}

#[tokio::test]
async fn some_or_all_are_invited_and_removed() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 2).await;
    let add = "ada@example.org max@example.org eve@example.org";
    world.services.add_users(&grace, lab, add).await.unwrap();
    let users = world.users(lab).await;
    let ids: Vec<_> = users.iter().map(|user| user.id).collect();

    let sent = world
        .services
        .invite_all(&grace, lab, &ids[..2], "See you on Monday.");
    assert_eq!(sent.await.unwrap().len(), 2);
    soon(world.outbox.settle()).await.unwrap();
    let mails = world.post.taken();
    let to: BTreeSet<Email> = mails.iter().map(|mail| mail.to.clone()).collect();
    let invited = users[..2].iter().map(|user| user.email.clone());
    assert_eq!(to, invited.collect());
    assert!(
        mails
            .iter()
            .all(|mail| mail.text.contains("See you on Monday."))
    );
    let states = world
        .users(lab)
        .await
        .into_iter()
        .map(|user| user.invitation);
    use domain::user::InvitationState::{NotSent, Sent};
    assert_eq!(states.collect::<Vec<_>>(), [Sent, Sent, NotSent]);

    let off = service::users::LinkChange::Enable(false);
    world.services.change_link(&grace, lab, off).await.unwrap();
    conflict(world.services.invite_all(&grace, lab, &ids, "").await);

    world
        .services
        .remove_users(&grace, lab, &ids[..2])
        .await
        .unwrap();
    assert_eq!(world.users(lab).await.len(), 1);
    let max = world.student("helper@example.org").await;
    let assistant = Grant {
        role: Role::LabAssistant,
        scope: Scope::Lab(lab),
    };
    let to = Recipient::Email(max.email.clone());
    world
        .services
        .give_role(&grace, &to, &assistant)
        .await
        .unwrap();
    let helper = world.fresh(&max).await;
    assert_forbidden(world.services.remove_users(&helper, lab, &ids[2..]).await);
}
