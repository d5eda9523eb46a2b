//! The list of a lab, and who has which place by it.

use domain::name::LabTitle;
use service::access::Allowed;
use service::store::{Place, StoreError};

use super::fixtures::*;
use super::{Bench, on_both};

on_both!(
    a_line_is_added_saved_and_removed,
    an_address_and_a_person_are_on_a_list_once,
    a_user_with_a_machine_stays,
    a_line_belongs_to_the_lab_of_its_handle,
    the_list_tells_who_the_people_are,
    places_are_those_of_the_person,
    users_without_a_machine_wait_in_order,
);

async fn a_line_is_added_saved_and_removed(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let mut tx = bench.store.write().await.unwrap();
    let (max, eve) = (user(1, 1, "max"), user(2, 1, "eve"));
    tx.insert_user(&handle(), &max).await.unwrap();
    tx.insert_user(&handle(), &eve).await.unwrap();
    assert_eq!(
        tx.users(lab_id(1)).await.unwrap(),
        [eve.clone(), max.clone()]
    );
    assert_eq!(
        tx.user_by_email(lab_id(1), &email("max")).await.unwrap(),
        Some(max)
    );
    assert_eq!(
        tx.user_by_email(lab_id(2), &email("max")).await.unwrap(),
        None
    );
    let max = registered(1, 1, 2, 5);
    tx.save_user(&handle(), &max).await.unwrap();
    assert_eq!(tx.user(user_id(1)).await.unwrap(), Some(max.clone()));
    assert_eq!(
        tx.user_by_person(lab_id(1), person_id(2)).await.unwrap(),
        Some(max)
    );
    assert_eq!(
        tx.user_by_person(lab_id(1), person_id(3)).await.unwrap(),
        None
    );
    tx.remove_user(&handle(), user_id(1)).await.unwrap();
    tx.remove_user(&handle(), user_id(1)).await.unwrap();
    assert_eq!(tx.users(lab_id(1)).await.unwrap(), [eve]);
    let told = sentence(tx.save_user(&handle(), &user(1, 1, "max")).await);
    assert_eq!(told, "This user is not on the lab's list any more.");
}

async fn an_address_and_a_person_are_on_a_list_once(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let mut tx = bench.store.write().await.unwrap();
    insert_lab(&mut *tx, &lab(2)).await;
    tx.insert_user(&handle(), &registered(1, 1, 2, 5))
        .await
        .unwrap();
    // Another lab's list is another list; and many may not have come yet.
    tx.insert_user(&Allowed::for_test(lab(2)), &registered(2, 2, 2, 5))
        .await
        .unwrap();
    tx.insert_user(&handle(), &user(3, 1, "eve")).await.unwrap();
    tx.insert_user(&handle(), &user(4, 1, "ada")).await.unwrap();
    commit(tx).await;

    let mut tx = bench.store.write().await.unwrap();
    let told = sentence(tx.insert_user(&handle(), &user(5, 1, "eve")).await);
    assert_eq!(told, "This e-mail address is on the lab's list already.");
    drop(tx);
    let mut tx = bench.store.write().await.unwrap();
    let told = sentence(tx.save_user(&handle(), &registered(3, 1, 2, 6)).await);
    assert!(
        told.starts_with("This person is registered in this lab already"),
        "{told}"
    );
}

async fn a_user_with_a_machine_stays(bench: Bench) {
    lab_with_seats(&*bench.store, 2).await;
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_user(&handle(), &registered(1, 1, 2, 5))
        .await
        .unwrap();
    let mut seat = machine(1, 1);
    seat.claimed_by = Some(user_id(1));
    save_machine(&mut *tx, &seat, None).await;
    assert_eq!(
        tx.machine_of_user(user_id(1)).await.unwrap(),
        Some(seat.clone())
    );
    commit(tx).await;

    let mut tx = bench.store.write().await.unwrap();
    let told = sentence(tx.remove_user(&handle(), user_id(1)).await);
    assert_eq!(told, "A user with a machine must stay on the lab's list.");
    drop(tx);
    let mut tx = bench.store.write().await.unwrap();
    let mut second = machine(1, 2);
    second.claimed_by = Some(user_id(1));
    let told = sentence(
        tx.save_machine(&Allowed::for_test(second.clone()), None)
            .await,
    );
    assert_eq!(told, "This user has a machine already.");
    drop(tx);

    // A machine on its way out is not in the way, neither of another one nor of leaving.
    let mut tx = bench.store.write().await.unwrap();
    seat.wanted.present = false;
    save_machine(&mut *tx, &seat, None).await;
    assert_eq!(tx.machine_of_user(user_id(1)).await.unwrap(), None);
    save_machine(&mut *tx, &second, None).await;
    assert_eq!(
        tx.machine_of_user(user_id(1)).await.unwrap(),
        Some(second.clone())
    );
    second.claimed_by = None;
    save_machine(&mut *tx, &second, None).await;
    tx.remove_user(&handle(), user_id(1)).await.unwrap();
    assert_eq!(tx.machine(seat.id).await.unwrap().unwrap().claimed_by, None);
    commit(tx).await;
}

async fn a_line_belongs_to_the_lab_of_its_handle(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let mut tx = bench.store.write().await.unwrap();
    insert_lab(&mut *tx, &lab(2)).await;
    tx.insert_user(&Allowed::for_test(lab(2)), &user(1, 2, "max"))
        .await
        .unwrap();
    commit(tx).await;
    let mut tx = bench.store.write().await.unwrap();
    tx.remove_user(&handle(), user_id(1)).await.unwrap();
    assert!(tx.user(user_id(1)).await.unwrap().is_some());
    sentence(tx.save_user(&handle(), &user(1, 2, "eve")).await);
    drop(tx);
    let mut tx = bench.store.write().await.unwrap();
    let refused = tx.insert_user(&handle(), &user(2, 2, "eve")).await;
    assert!(matches!(refused, Err(StoreError::Internal(_))));
}

async fn the_list_tells_who_the_people_are(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_user(&handle(), &registered(1, 1, 3, 5))
        .await
        .unwrap();
    tx.insert_user(&handle(), &registered(2, 1, 2, 5))
        .await
        .unwrap();
    tx.insert_user(&handle(), &user(3, 1, "ada")).await.unwrap();
    assert_eq!(
        tx.people_of_lab(lab_id(1)).await.unwrap(),
        [person(3, "eve"), person(2, "max")]
    );
    assert_eq!(tx.people_of_lab(lab_id(2)).await.unwrap(), []);
}

async fn places_are_those_of_the_person(bench: Bench) {
    lab_with_seats(&*bench.store, 1).await;
    let mut tx = bench.store.write().await.unwrap();
    let mut labs = [lab(1), lab(2), lab(3), lab(4)];
    labs[1].title = LabTitle::parse("a first lab").unwrap();
    labs[2].deleting = true;
    for lab in &labs[1..] {
        insert_lab(&mut *tx, lab).await;
    }
    let lines = [
        registered(1, 1, 2, 5),
        registered(2, 2, 2, 5),
        registered(3, 3, 2, 5),
    ];
    for (lab, line) in labs.iter().zip(&lines) {
        tx.insert_user(&Allowed::for_test(lab.clone()), line)
            .await
            .unwrap();
    }
    tx.insert_user(&Allowed::for_test(labs[3].clone()), &registered(4, 4, 3, 5))
        .await
        .unwrap();
    let mut seat = machine(1, 1);
    seat.claimed_by = Some(user_id(1));
    save_machine(&mut *tx, &seat, None).await;
    commit(tx).await;

    let place = |n: usize, machine| Place {
        lab: labs[n].clone(),
        user: lines[n].clone(),
        machine,
    };
    let mut read = bench.store.read().await.unwrap();
    let places = read.places(person_id(2)).await.unwrap();
    assert_eq!(places, [place(1, None), place(0, Some(seat))]);
    assert_eq!(read.places(person_id(1)).await.unwrap(), []);
}

async fn users_without_a_machine_wait_in_order(bench: Bench) {
    lab_with_seats(&*bench.store, 2).await;
    let mut tx = bench.store.write().await.unwrap();
    let lines = [
        registered(1, 1, 1, 30),
        registered(2, 1, 2, 10),
        registered(3, 1, 3, 20),
    ];
    for line in &lines {
        tx.insert_user(&handle(), line).await.unwrap();
    }
    tx.insert_user(&handle(), &user(4, 1, "late"))
        .await
        .unwrap();
    let mut seat = machine(1, 1);
    seat.claimed_by = Some(user_id(2));
    save_machine(&mut *tx, &seat, None).await;
    let waiting = tx.waiting_users(lab_id(1)).await.unwrap();
    assert_eq!(waiting, [lines[2].clone(), lines[0].clone()]);
    seat.wanted.present = false;
    save_machine(&mut *tx, &seat, None).await;
    let waiting = tx.waiting_users(lab_id(1)).await.unwrap();
    assert_eq!(waiting[0], lines[1]);
    commit(tx).await;
}
