//! Two browsers click at once. One wins, the other is told, and nothing is half done.

use domain::lab::{LabState, Remake};
use domain::machine::{MachineState, Power};
use futures::future::join_all;
use service::machines::{Act as Ask, Selection};
use service::users::LinkChange;
use simulator::Act;

use crate::world::{World, conflict, seats};

/// Runs each on both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::world::World::new().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::world::World::on_postgres().await).await;
            })+
        }
    };
}

on_both! {
    one_of_two_labs_with_one_name_is_made,
    one_of_two_publishes_is_taken,
    starting_and_stopping_at_once_ends_with_one_of_them,
    a_lab_is_deleted_once_and_may_be_published_just_then,
    the_capacity_stays_while_a_lab_is_published,
    one_person_in_two_browsers_registers_once,
    a_user_is_removed_while_others_register,
    many_clicks_on_many_machines_are_all_heeded,
}

/// The one that went well, and the sentence of the one that did not.
#[track_caller]
fn one_of<T: std::fmt::Debug>(both: Vec<service::Result<T>>) -> (T, String) {
    let (mut good, mut bad): (Vec<_>, Vec<_>) = both.into_iter().partition(Result::is_ok);
    assert_eq!((good.len(), bad.len()), (1, 1), "{good:?} {bad:?}");
    (good.remove(0).unwrap(), conflict(bad.remove(0)))
}

async fn one_of_two_labs_with_one_name_is_made(world: World) {
    let grace = world.owner("Grace").await;
    let alan = world.creator("Alan").await;
    for round in 0..5 {
        let (upper, lower) = (format!("Python {round}"), format!("python {round}"));
        let both = join_all([
            world.lab(&grace, &upper).try_create(),
            world.lab(&alan, &lower).try_create(),
        ]);
        let (_, sentence) = one_of(both.await);
        assert!(sentence.contains("already a lab"), "{sentence}");
    }
    world.converge().await;
    world.assert_at_rest().await;
    assert_eq!(world.sim.objects().len(), 5);
    world.end().await;
}

async fn one_of_two_publishes_is_taken(world: World) {
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").capacity(3).create().await;
    world.converge().await;
    for generation in 1..4 {
        let both = join_all([
            world.publish(&grace, lab, Remake::Every),
            world.publish(&grace, lab, Remake::Every),
        ]);
        let (_, sentence) = one_of(both.await);
        assert_eq!(
            sentence,
            "“Python” is being published. Please wait until it is done."
        );
        world.converge().await;
        world.assert_at_rest().await;
        assert_eq!(world.lab_row(lab).await.published_generation, generation);
    }
    assert_eq!(world.sim.effects(Act::Seal), 3);
    world.end().await;
}

async fn starting_and_stopping_at_once_ends_with_one_of_them(world: World) {
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 1).await;
    let machine = world.pool(lab).await.remove(0);
    for _ in 0..5 {
        let asked = join_all([Ask::Start, Ask::Stop, Ask::Start, Ask::Stop].map(|act| {
            let services = world.services.clone();
            let (grace, id) = (grace.clone(), machine.id);
            async move { services.act(&grace, id, act).await }
        }));
        for answer in asked.await {
            answer.unwrap();
        }
        world.converge().await;
        world.assert_at_rest().await;
        let machine = world.again(&machine).await;
        let expected = match machine.wanted.power {
            Power::On => MachineState::Running,
            Power::Off => MachineState::Stopped,
        };
        assert_eq!(machine.state(), expected);
    }
    world.end().await;
}

async fn a_lab_is_deleted_once_and_may_be_published_just_then(world: World) {
    let grace = world.owner("Grace").await;
    for round in 0..4 {
        let lab = world.lab(&grace, &format!("Python {round}")).create().await;
        world.converge().await;
        let (first, publish, second) = tokio::join!(
            world.services.delete_lab(&grace, lab),
            world.publish(&grace, lab, Remake::Every),
            world.services.delete_lab(&grace, lab),
        );
        let (_, sentence) = one_of(vec![first, second]);
        assert!(sentence.ends_with("is being deleted."), "{sentence}");
        if publish.is_err() {
            assert!(conflict(publish).ends_with("is being deleted."));
        }
        world.assert_sound().await;
        world.converge().await;
        assert_eq!(world.find_lab(lab).await, None);
        assert!(world.sim.objects().is_empty());
    }
    world.end().await;
}

async fn the_capacity_stays_while_a_lab_is_published(world: World) {
    let grace = world.owner("Grace").await;
    let lab = world.lab(&grace, "Python").capacity(2).create().await;
    world.converge().await;
    world.publish(&grace, lab, Remake::Every).await.unwrap();
    world.stage.hold(Act::Build, None);
    tokio::join!(world.settle(), async {
        world.stage.held(2).await;
        let grow = world.services.set_capacity(&grace, lab, seats(5), false);
        assert!(conflict(grow.await).contains("is being published"));
        let template = world.template(lab).await;
        let start = world.services.act(&grace, template.id, Ask::Start);
        assert!(conflict(start.await).contains("being published"));
        world.stage.let_go();
    });
    world.converge().await;
    world.assert_at_rest().await;
    assert_eq!(world.pool(lab).await.len(), 2);

    // Two who change it at once: one after the other would be fine, so is one.
    let both = join_all([
        world.services.set_capacity(&grace, lab, seats(4), false),
        world.services.set_capacity(&grace, lab, seats(1), false),
    ]);
    let ((), sentence) = one_of(both.await);
    assert!(sentence.contains("are being changed"), "{sentence}");
    assert_eq!(world.lab_row(lab).await.state, LabState::Scaling);
    world.converge().await;
    world.assert_at_rest().await;
    world.end().await;
}

async fn one_person_in_two_browsers_registers_once(world: World) {
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 5).await;
    let open = LinkChange::OpenAccess(true);
    world.services.change_link(&grace, lab, open).await.unwrap();
    let code = world.code(&grace, lab).await;
    let ada = world.student("ada@example.org").await;
    let clicks = (0..6).map(|_| world.services.register(&ada, &code, "address"));
    for seat in join_all(clicks).await {
        seat.unwrap();
    }
    assert_eq!(world.users(lab).await.len(), 1);
    let claimed = world.pool(lab).await;
    let claimed = claimed.iter().filter(|m| m.claimed_by.is_some());
    assert_eq!(claimed.count(), 1);
    world.assert_at_rest().await;
    world.end().await;
}

async fn a_user_is_removed_while_others_register(world: World) {
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 3).await;
    let open = LinkChange::OpenAccess(true);
    world.services.change_link(&grace, lab, open).await.unwrap();
    let code = world.code(&grace, lab).await;
    let mut students = Vec::new();
    for n in 0..8 {
        students.push(world.student(&format!("s{n}@example.org")).await);
    }
    for student in &students[..4] {
        let register = world.services.register(student, &code, "address");
        register.await.unwrap();
    }
    let users = world.users(lab).await;
    let leave = join_all(
        users
            .iter()
            .map(|user| world.services.remove_user(&grace, lab, user.id)),
    );
    let come = join_all(
        students[4..]
            .iter()
            .map(|student| world.services.register(student, &code, "address")),
    );
    let (left, came, ()) = tokio::join!(leave, come, world.settle());
    for answer in left {
        answer.unwrap();
    }
    for answer in came {
        answer.unwrap();
    }
    world.converge().await;
    world.assert_at_rest().await;
    let seated = world.pool(lab).await;
    assert!(seated.iter().all(|m| m.claimed_by.is_some()));
    assert_eq!(world.users(lab).await.len(), 4);
    world.end().await;
}

async fn many_clicks_on_many_machines_are_all_heeded(world: World) {
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 6).await;
    let pool = world.pool(lab).await;
    let all = &Selection::All;
    let one_by_one = join_all(
        pool.iter()
            .rev()
            .map(|m| world.services.act(&grace, m.id, Ask::Start)),
    );
    let services = &world.services;
    let (each, together, reimaged, ()) = tokio::join!(
        one_by_one,
        services.act_on_many(&grace, lab, all, Ask::Start),
        services.act_on_many(&grace, lab, all, Ask::Reimage),
        world.settle(),
    );
    for answer in each {
        answer.unwrap();
    }
    together.unwrap();
    assert_eq!(reimaged.unwrap(), 6);
    world.converge().await;
    world.assert_at_rest().await;
    let pool = world.pool(lab).await;
    assert!(pool.iter().all(|m| m.seen.build == Some(2)));
    world.end().await;
}
