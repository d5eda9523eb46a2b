//! Machines: finding, claiming, removing.

use domain::machine::{Trouble, TroubleCode};
use domain::name::Hostname;
use service::access::Allowed;

use super::fixtures::*;
use super::{Bench, on_both};

on_both!(
    machines_are_found_in_order,
    hostnames_and_numbers_are_unique,
    the_free_machine_has_the_lowest_seat,
    a_removed_machine_is_gone,
);

async fn machines_are_found_in_order(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let mut tx = bench.store.write().await.unwrap();
    insert_lab(&mut *tx, &lab(2)).await;
    for seat in [12, 2, 1] {
        insert_machine(&mut *tx, &machine(1, seat), None).await;
    }
    insert_machine(&mut *tx, &machine(2, 1), None).await;
    let seats: Vec<u32> = tx
        .machines(lab_id(1))
        .await
        .unwrap()
        .iter()
        .map(|m| m.seat)
        .collect();
    assert_eq!(seats, [0, 1, 2, 12]);
    assert_eq!(tx.all_machines().await.unwrap().len(), 5);
    assert_eq!(
        tx.machine(machine_id(1002)).await.unwrap(),
        Some(machine(1, 2))
    );
    assert_eq!(tx.machine(machine_id(9)).await.unwrap(), None);
    assert_eq!(
        tx.lab_of_machine(machine_id(2001)).await.unwrap(),
        Some(lab_id(2))
    );
    assert_eq!(tx.lab_of_machine(machine_id(9)).await.unwrap(), None);
    let named = tx
        .machine_by_hostname(&machine(2, 1).hostname)
        .await
        .unwrap();
    assert_eq!(named, Some(machine(2, 1)));
    let unknown = Hostname::parse("unknown").unwrap();
    assert_eq!(tx.machine_by_hostname(&unknown).await.unwrap(), None);
    assert_eq!(tx.machine_of_user(user_id(1)).await.unwrap(), None);
}

async fn hostnames_and_numbers_are_unique(bench: Bench) {
    lab_with_seats(&*bench.store, 1).await;
    let mut twin = machine(1, 1);
    twin.id = machine_id(77);
    let mut tx = bench.store.write().await.unwrap();
    twin.hostname = Hostname::parse("another").unwrap();
    let told = sentence(
        tx.insert_machine(&Allowed::for_test(twin.clone()), None, None)
            .await,
    );
    assert_eq!(
        told,
        "The lab has a machine with this number already. Please try again."
    );
    drop(tx);

    let mut tx = bench.store.write().await.unwrap();
    let mut leaving = machine(1, 1);
    leaving.wanted.present = false;
    save_machine(&mut *tx, &leaving, None).await;
    insert_machine(&mut *tx, &twin, None).await;
    let seats: Vec<_> = tx
        .machines(lab_id(1))
        .await
        .unwrap()
        .iter()
        .map(|m| m.id)
        .collect();
    assert_eq!(seats, [machine_id(1000), leaving.id, twin.id]);
    commit(tx).await;

    let mut tx = bench.store.write().await.unwrap();
    let mut named = machine(1, 5);
    named.hostname = leaving.hostname;
    let told = sentence(
        tx.insert_machine(&Allowed::for_test(named), None, None)
            .await,
    );
    assert_eq!(
        told,
        "Another machine has this hostname already. Please try again."
    );
    drop(tx);
    let mut tx = bench.store.write().await.unwrap();
    sentence(
        tx.insert_machine(&Allowed::for_test(machine(9, 1)), None, None)
            .await,
    );
}

async fn the_free_machine_has_the_lowest_seat(bench: Bench) {
    lab_with_seats(&*bench.store, 5).await;
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_user(&handle(), &registered(1, 1, 2, 5))
        .await
        .unwrap();
    let mut claimed = machine(1, 1);
    claimed.claimed_by = Some(user_id(1));
    let mut leaving = machine(1, 2);
    leaving.wanted.present = false;
    let mut broken = machine(1, 3);
    let trouble = |failed| Trouble {
        code: TroubleCode::Engine,
        message: "It failed.".to_owned(),
        attempts: 3,
        since: at(1),
        failed,
    };
    broken.trouble = Some(trouble(true));
    let mut slow = machine(1, 4);
    slow.trouble = Some(trouble(false));
    for machine in [&claimed, &leaving, &broken, &slow] {
        save_machine(&mut *tx, machine, None).await;
    }
    // One that is still being tried may be had; the template never.
    assert_eq!(tx.free_machine(lab_id(1)).await.unwrap(), Some(slow));
    assert_eq!(tx.free_machine(lab_id(2)).await.unwrap(), None);
    commit(tx).await;
}

async fn a_removed_machine_is_gone(bench: Bench) {
    lab_with_seats(&*bench.store, 1).await;
    let seat = Allowed::for_test(machine(1, 1));
    let mut tx = bench.store.write().await.unwrap();
    tx.remove_machine(&seat).await.unwrap();
    assert_eq!(tx.machine(seat.id).await.unwrap(), None);
    let told = sentence(tx.save_machine(&seat, None).await);
    assert_eq!(told, "This machine does not exist any more.");
}
