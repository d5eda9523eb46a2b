//! The queue: what is due, in which order, and leased to whom.

use domain::machine::Machine;
use service::store::Store;

use super::fixtures::*;
use super::{Bench, on_both};

on_both!(
    the_most_urgent_comes_first_then_the_longest_due,
    a_place_in_the_queue_is_counted,
    a_nudge_only_brings_forward,
    a_lease_is_one_holders,
    a_lease_runs_out,
    leases_are_given_back_on_start,
    labs_are_due_and_leased_alike,
    the_next_due_time_counts_leases,
);

/// Lab 1 with seats 1 to 4 due at 1 to 4: 2 and 3 for a person, 4 on its way out, and a template not
/// due before 100.
async fn queued(store: &dyn Store) -> [Machine; 4] {
    people(store).await;
    let mut machines = [machine(1, 1), machine(1, 2), machine(1, 3), machine(1, 4)];
    machines[1].wanted.by = Some(person_id(2));
    machines[2].wanted.by = Some(person_id(3));
    machines[3].wanted.present = false;
    let mut tx = store.write().await.unwrap();
    insert_lab(&mut *tx, &lab(1)).await;
    tx.rest_lab(lab_id(1)).await.unwrap();
    insert_machine(&mut *tx, &machine(1, 0), Some(at(100))).await;
    for machine in &machines {
        insert_machine(&mut *tx, machine, Some(at(i64::from(machine.seat)))).await;
    }
    commit(tx).await;
    machines
}

async fn due_seats(store: &dyn Store, now: i64, limit: u32) -> Vec<u32> {
    let mut read = store.read().await.unwrap();
    let due = read.due_machines(at(now), limit).await.unwrap();
    due.iter().map(|machine| machine.seat).collect()
}

async fn the_most_urgent_comes_first_then_the_longest_due(bench: Bench) {
    let store = &*bench.store;
    let mut machines = queued(store).await;
    assert!(due_seats(store, 0, 9).await.is_empty());
    assert_eq!(due_seats(store, 2, 9).await, [2, 1]);
    assert_eq!(due_seats(store, 4, 9).await, [4, 2, 3, 1]);
    assert_eq!(due_seats(store, 4, 3).await, [4, 2, 3]);
    assert!(due_seats(store, 4, 0).await.is_empty());
    assert_eq!(due_seats(store, 100, 9).await, [4, 2, 3, 0, 1]);

    let mut tx = store.write().await.unwrap();
    machines[0].wanted.present = false;
    save_machine(&mut *tx, &machines[0], Some(at(3))).await;
    save_machine(&mut *tx, &machines[1], Some(at(50))).await;
    save_machine(&mut *tx, &machines[2], None).await;
    commit(tx).await;
    assert_eq!(due_seats(store, 50, 9).await, [1, 4, 2]);
}

async fn a_place_in_the_queue_is_counted(bench: Bench) {
    let machines = queued(&*bench.store).await;
    let mut tx = bench.store.write().await.unwrap();
    for (machine, place) in machines.iter().zip([3, 1, 2, 0]) {
        let position = tx.queue_position(machine.id, at(4)).await.unwrap();
        assert_eq!(position, Some(place), "seat {}", machine.seat);
    }
    let all = tx.queue_positions(lab_id(1), at(4)).await.unwrap();
    let places = machines.iter().map(|machine| machine.id).zip([3, 1, 2, 0]);
    assert_eq!(all, places.collect());
    assert_eq!(
        tx.queue_positions(lab_id(9), at(4)).await.unwrap(),
        [].into()
    );
    assert_eq!(
        tx.queue_position(machine_id(1000), at(4)).await.unwrap(),
        None
    );
    assert_eq!(tx.queue_position(machine_id(9), at(4)).await.unwrap(), None);
    assert!(
        tx.lease_machine(machines[1].id, "a", at(4), at(20))
            .await
            .unwrap()
    );
    assert_eq!(
        tx.queue_position(machines[1].id, at(4)).await.unwrap(),
        None
    );
    assert_eq!(
        tx.queue_position(machines[0].id, at(4)).await.unwrap(),
        Some(2)
    );
    assert_eq!(
        tx.queue_position(machines[1].id, at(21)).await.unwrap(),
        Some(1)
    );
    commit(tx).await;
}

async fn a_nudge_only_brings_forward(bench: Bench) {
    let store = &*bench.store;
    lab_with_seats(store, 2).await;
    let mut tx = store.write().await.unwrap();
    let id = machine_id(1001);
    tx.nudge_machine(id, at(5)).await.unwrap();
    tx.nudge_machine(id, at(9)).await.unwrap();
    tx.nudge_machine(machine_id(1002), at(9)).await.unwrap();
    tx.nudge_machine(machine_id(1002), at(4)).await.unwrap();
    tx.nudge_machine(machine_id(99), at(4)).await.unwrap();
    assert_eq!(tx.machine(id).await.unwrap(), Some(machine(1, 1)));
    commit(tx).await;
    assert_eq!(due_seats(store, 5, 9).await, [2, 1]);
    assert_eq!(due_seats(store, 4, 9).await, [2]);
}

async fn a_lease_is_one_holders(bench: Bench) {
    let store = &*bench.store;
    let machines = queued(store).await;
    let id = machines[0].id;
    let mut tx = store.write().await.unwrap();
    assert!(
        !tx.lease_machine(machine_id(1000), "a", at(4), at(20))
            .await
            .unwrap(),
        "not due"
    );
    assert!(
        !tx.lease_machine(machine_id(99), "a", at(4), at(20))
            .await
            .unwrap(),
        "not there"
    );
    assert!(tx.lease_machine(id, "a", at(4), at(20)).await.unwrap());
    assert!(!tx.lease_machine(id, "b", at(4), at(30)).await.unwrap());
    commit(tx).await;
    assert_eq!(due_seats(store, 4, 9).await, [4, 2, 3]);

    let mut tx = store.write().await.unwrap();
    tx.release_machine(id, "b").await.unwrap();
    assert!(!tx.lease_machine(id, "b", at(4), at(30)).await.unwrap());
    // A holder may go on, even where somebody has meanwhile seen to it that nothing is due.
    save_machine(&mut *tx, &machines[0], None).await;
    assert!(tx.lease_machine(id, "a", at(19), at(40)).await.unwrap());
    save_machine(&mut *tx, &machines[0], Some(at(1))).await;
    assert!(!tx.lease_machine(id, "b", at(30), at(50)).await.unwrap());
    tx.release_machine(id, "a").await.unwrap();
    assert!(tx.lease_machine(id, "b", at(30), at(50)).await.unwrap());
    commit(tx).await;
}

async fn a_lease_runs_out(bench: Bench) {
    let store = &*bench.store;
    let machines = queued(store).await;
    let mut tx = store.write().await.unwrap();
    assert!(
        tx.lease_machine(machines[0].id, "a", at(4), at(20))
            .await
            .unwrap()
    );
    assert!(
        !tx.lease_machine(machines[0].id, "b", at(20), at(40))
            .await
            .unwrap()
    );
    commit(tx).await;
    assert_eq!(due_seats(store, 20, 9).await, [4, 2, 3]);
    assert_eq!(due_seats(store, 21, 9).await, [4, 2, 3, 1]);
    let mut tx = store.write().await.unwrap();
    assert!(
        tx.lease_machine(machines[0].id, "b", at(21), at(40))
            .await
            .unwrap()
    );
    tx.release_machine(machines[0].id, "a").await.unwrap();
    assert!(
        !tx.lease_machine(machines[0].id, "c", at(22), at(40))
            .await
            .unwrap()
    );
    commit(tx).await;
}

async fn leases_are_given_back_on_start(bench: Bench) {
    let store = &*bench.store;
    let machines = queued(store).await;
    let mut tx = store.write().await.unwrap();
    for machine in &machines {
        assert!(
            tx.lease_machine(machine.id, "a", at(4), at(1000))
                .await
                .unwrap()
        );
    }
    tx.nudge_lab(lab_id(1), at(3)).await.unwrap();
    assert!(tx.lease_lab(lab_id(1), "a", at(4), at(1000)).await.unwrap());
    commit(tx).await;
    assert!(due_seats(store, 4, 9).await.is_empty());
    let mut tx = store.write().await.unwrap();
    tx.release_all().await.unwrap();
    assert_eq!(tx.due_labs(at(4), 9).await.unwrap(), [lab_id(1)]);
    commit(tx).await;
    assert_eq!(due_seats(store, 4, 9).await, [4, 2, 3, 1]);
}

async fn labs_are_due_and_leased_alike(bench: Bench) {
    people(&*bench.store).await;
    let mut tx = bench.store.write().await.unwrap();
    for n in [1, 2, 3] {
        insert_lab(&mut *tx, &lab(n)).await;
        tx.rest_lab(lab_id(n)).await.unwrap();
    }
    assert_eq!(tx.due_labs(at(100), 9).await.unwrap(), []);
    tx.nudge_lab(lab_id(1), at(5)).await.unwrap();
    tx.nudge_lab(lab_id(2), at(9)).await.unwrap();
    tx.nudge_lab(lab_id(2), at(3)).await.unwrap();
    tx.nudge_lab(lab_id(2), at(4)).await.unwrap();
    assert_eq!(tx.due_labs(at(2), 9).await.unwrap(), []);
    assert_eq!(tx.due_labs(at(5), 9).await.unwrap(), [lab_id(2), lab_id(1)]);
    assert_eq!(tx.due_labs(at(5), 1).await.unwrap(), [lab_id(2)]);
    assert!(!tx.lease_lab(lab_id(3), "a", at(5), at(20)).await.unwrap());
    assert!(tx.lease_lab(lab_id(2), "a", at(5), at(20)).await.unwrap());
    assert!(!tx.lease_lab(lab_id(2), "b", at(5), at(20)).await.unwrap());
    assert_eq!(tx.due_labs(at(20), 9).await.unwrap(), [lab_id(1)]);
    assert_eq!(
        tx.due_labs(at(21), 9).await.unwrap(),
        [lab_id(2), lab_id(1)]
    );
    tx.release_lab(lab_id(2), "b").await.unwrap();
    assert!(!tx.lease_lab(lab_id(2), "b", at(5), at(20)).await.unwrap());
    tx.release_lab(lab_id(2), "a").await.unwrap();
    assert!(tx.lease_lab(lab_id(2), "b", at(5), at(20)).await.unwrap());
    commit(tx).await;
}

async fn the_next_due_time_counts_leases(bench: Bench) {
    let mut tx = bench.store.write().await.unwrap();
    assert_eq!(tx.next_due().await.unwrap(), None);
    drop(tx);
    let machines = queued(&*bench.store).await;
    let mut tx = bench.store.write().await.unwrap();
    assert_eq!(tx.next_due().await.unwrap(), Some(at(1)));
    for machine in &machines {
        tx.lease_machine(machine.id, "a", at(4), at(20 + i64::from(machine.seat)))
            .await
            .unwrap();
    }
    let next = tx.next_due().await.unwrap();
    assert_eq!(next, Some(at(22)));
    // At that very moment there is something to do.
    assert_eq!(
        tx.due_machines(at(22), 9).await.unwrap(),
        [machines[0].clone()]
    );
    tx.nudge_lab(lab_id(1), at(7)).await.unwrap();
    assert_eq!(tx.next_due().await.unwrap(), Some(at(7)));
    tx.lease_lab(lab_id(1), "a", at(7), at(9)).await.unwrap();
    assert_eq!(tx.next_due().await.unwrap(), Some(at(10)));
    tx.rest_lab(lab_id(1)).await.unwrap();
    for machine in &machines {
        save_machine(&mut *tx, machine, Some(at(90))).await;
    }
    assert_eq!(tx.next_due().await.unwrap(), Some(at(90)));
    for machine in &machines {
        save_machine(&mut *tx, machine, None).await;
        tx.release_machine(machine.id, "a").await.unwrap();
    }
    assert_eq!(tx.next_due().await.unwrap(), Some(at(100)));
    commit(tx).await;
}
