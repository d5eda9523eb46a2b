//! People who ask at the same moment.

use std::sync::Arc;

use domain::id::MachineId;
use service::access::Allowed;
use service::store::{Person, Record, Store, StoreResult};
use tokio::task::JoinSet;

use super::fixtures::*;
use super::{Bench, Database, on_both};

on_both!(
    one_free_machine_goes_to_one_of_two,
    a_link_that_two_open_works_for_one,
    registrations_through_the_lab_use_up_what_is_left,
    a_lease_that_two_want_is_one_holders,
    many_changes_of_one_lab_are_all_counted,
    nobody_changes_a_person_who_is_held,
);

/// Claims the free machine of lab 1 for a user, without having locked the lab.
async fn claim(store: Arc<dyn Store>, n: u32) -> StoreResult<Option<MachineId>> {
    let mut tx = store.write().await?;
    let Some(mut machine) = tx.free_machine(lab_id(1)).await? else {
        return Ok(None);
    };
    machine.claimed_by = Some(user_id(n));
    let machine = Allowed::for_test(machine);
    tx.save_machine(&machine, None).await?;
    tx.commit(Record::Observation).await?;
    Ok(Some(machine.id))
}

async fn one_free_machine_goes_to_one_of_two(bench: Bench) {
    lab_with_seats(&*bench.store, 1).await;
    let mut tx = bench.store.write().await.unwrap();
    for n in [1, 2] {
        tx.insert_user(&handle(), &registered(n, 1, n, 5))
            .await
            .unwrap();
    }
    commit(tx).await;
    for _ in 0..20 {
        let mut race = JoinSet::new();
        for n in [1, 2] {
            race.spawn(claim(bench.store.clone(), n));
        }
        let claims = race.join_all().await;
        let won: Vec<_> = claims.into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(won, [machine_id(1001)]);
        let mut tx = bench.store.write().await.unwrap();
        let seat = tx.machine(machine_id(1001)).await.unwrap().unwrap();
        assert!(seat.claimed_by.is_some());
        save_machine(&mut *tx, &machine(1, 1), None).await;
        commit(tx).await;
    }
}

async fn a_link_that_two_open_works_for_one(bench: Bench) {
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_link(&service::store::OneTimeLink {
        token_hash: "token".to_owned(),
        purpose: service::store::LinkPurpose::FirstOwner,
        expires_at: at(9),
        used_at: None,
    })
    .await
    .unwrap();
    commit(tx).await;
    let mut race = JoinSet::new();
    for _ in 0..4 {
        let store = bench.store.clone();
        race.spawn(async move {
            let mut tx = store.write().await.unwrap();
            let won = tx.use_link("token", at(1)).await.unwrap();
            commit(tx).await;
            won
        });
    }
    let won = race.join_all().await;
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
}

async fn registrations_through_the_lab_use_up_what_is_left(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let mut link = registration(1);
    link.uses_left = Some(3);
    let mut tx = bench.store.write().await.unwrap();
    tx.set_registration(&handle(), &link).await.unwrap();
    commit(tx).await;
    let mut race = JoinSet::new();
    for _ in 0..8 {
        let store = bench.store.clone();
        race.spawn(async move {
            let mut tx = store.write().await.unwrap();
            // Finding the lab by its code locks its row, so the number read here stays true.
            let (lab, mut link) = tx.lab_by_code("hash-1").await.unwrap().unwrap();
            let left = link.uses_left.unwrap();
            if left == 0 {
                return false;
            }
            let lab = Allowed::for_test(tx.lab(lab).await.unwrap().unwrap());
            link.uses_left = Some(left - 1);
            tx.set_registration(&lab, &link).await.unwrap();
            commit(tx).await;
            true
        });
    }
    let won = race.join_all().await;
    assert_eq!(won.iter().filter(|won| **won).count(), 3);
}

async fn a_lease_that_two_want_is_one_holders(bench: Bench) {
    lab_with_seats(&*bench.store, 8).await;
    let mut tx = bench.store.write().await.unwrap();
    for seat in 1..=8 {
        tx.nudge_machine(machine_id(1000 + seat), at(1))
            .await
            .unwrap();
    }
    commit(tx).await;
    let mut race = JoinSet::new();
    for holder in ["a", "b", "c"] {
        let store = bench.store.clone();
        race.spawn(async move {
            let due = store
                .read()
                .await
                .unwrap()
                .due_machines(at(1), 9)
                .await
                .unwrap();
            let mut tx = store.write().await.unwrap();
            let mut won = Vec::new();
            for machine in due {
                if tx
                    .lease_machine(machine.id, holder, at(1), at(9))
                    .await
                    .unwrap()
                {
                    won.push(machine.seat);
                }
            }
            commit(tx).await;
            won
        });
    }
    let mut won = race.join_all().await.concat();
    won.sort_unstable();
    assert_eq!(won, [1, 2, 3, 4, 5, 6, 7, 8]);
}

async fn many_changes_of_one_lab_are_all_counted(bench: Bench) {
    lab_with_seats(&*bench.store, 8).await;
    let before = bench
        .store
        .read()
        .await
        .unwrap()
        .lab_version(lab_id(1))
        .await
        .unwrap()
        .unwrap();
    let mut race = JoinSet::new();
    for seat in 1..=8 {
        let store = bench.store.clone();
        race.spawn(async move {
            let mut tx = store.write().await.unwrap();
            save_machine(&mut *tx, &machine(1, seat), None).await;
            commit(tx).await;
        });
    }
    race.join_all().await;
    let after = bench
        .store
        .read()
        .await
        .unwrap()
        .lab_version(lab_id(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(after, before + 8);
}

async fn nobody_changes_a_person_who_is_held(bench: Bench) {
    let counts = Person {
        password_hash: Some("0".to_owned()),
        ..person(1, "ada")
    };
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_person(&counts).await.unwrap();
    assert_eq!(tx.hold_person(person_id(9)).await.unwrap(), None);
    commit(tx).await;
    let mut race = JoinSet::new();
    for _ in 0..8 {
        let store = bench.store.clone();
        race.spawn(async move {
            let mut tx = store.write().await.unwrap();
            let held = tx.hold_person(person_id(1)).await.unwrap().unwrap();
            let before: u32 = held.password_hash.unwrap().parse().unwrap();
            let after = (before + 1).to_string();
            tx.set_password_hash(held.id, &after).await.unwrap();
            commit(tx).await;
        });
    }
    race.join_all().await;
    let mut read = bench.store.read().await.unwrap();
    let after = read.person(person_id(1)).await.unwrap().unwrap();
    assert_eq!(after.password_hash.as_deref(), Some("8"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_leasing_waits_for_nobody() {
    let database = Database::postgres().await;
    let store = database.open().await;
    lab_with_seats(&*store, 2).await;
    let mut tx = store.write().await.unwrap();
    tx.nudge_machine(machine_id(1001), at(1)).await.unwrap();
    tx.nudge_machine(machine_id(1002), at(1)).await.unwrap();
    tx.nudge_lab(lab_id(1), at(0)).await.unwrap();
    commit(tx).await;

    let mut person = store.write().await.unwrap();
    person.lab(lab_id(1)).await.unwrap();
    person.machine(machine_id(1001)).await.unwrap();
    let mut reconciler = store.write().await.unwrap();
    assert!(
        !reconciler
            .lease_lab(lab_id(1), "a", at(1), at(9))
            .await
            .unwrap()
    );
    assert!(
        !reconciler
            .lease_machine(machine_id(1001), "a", at(1), at(9))
            .await
            .unwrap()
    );
    assert!(
        reconciler
            .lease_machine(machine_id(1002), "a", at(1), at(9))
            .await
            .unwrap()
    );
    commit(reconciler).await;
    commit(person).await;
    let mut reconciler = store.write().await.unwrap();
    assert!(
        reconciler
            .lease_machine(machine_id(1001), "a", at(1), at(9))
            .await
            .unwrap()
    );
    commit(reconciler).await;
    drop(store);
    database.discard().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_circle_is_an_error_that_may_be_tried_again() {
    let database = Database::postgres().await;
    let store = database.open().await;
    lab_with_seats(&*store, 2).await;
    let mut one = store.write().await.unwrap();
    let mut other = store.write().await.unwrap();
    one.machine(machine_id(1001)).await.unwrap();
    other.machine(machine_id(1002)).await.unwrap();
    let waiting = tokio::spawn(async move { one.machine(machine_id(1002)).await.map(drop) });
    let crossing = other.machine(machine_id(1001)).await.map(drop);
    drop(other);
    let results = [crossing, waiting.await.unwrap()];
    let unavailable =
        |r: &&StoreResult<()>| matches!(r, Err(service::store::StoreError::Unavailable(_)));
    assert_eq!(results.iter().filter(unavailable).count(), 1, "{results:?}");
    drop(store);
    database.discard().await;
}
