//! Labs, their registration links, secrets, versions and operations.

use domain::capacity::Capacity;
use domain::lab::LabState;
use domain::name::{LabName, LabTitle};
use domain::operation::{Operation, OperationStatus};
use domain::resource::ResourceGroup;
use domain::role::{Grant, Role, Scope};
use service::access::Allowed;
use service::store::{LabSecrets, Registration};

use super::fixtures::*;
use super::{Bench, on_both};

on_both!(
    a_lab_is_found_and_saved,
    names_are_unique_without_regard_to_case,
    labs_are_listed_by_title,
    a_registration_link_is_found_by_its_code,
    secrets_come_back_as_they_were,
    every_change_of_a_lab_is_counted,
    operations_are_listed_newest_first,
    a_removed_lab_takes_everything_with_it,
);

async fn a_lab_is_found_and_saved(bench: Bench) {
    people(&*bench.store).await;
    let mut tx = bench.store.write().await.unwrap();
    insert_lab(&mut *tx, &lab(1)).await;
    // It is due at once.
    assert_eq!(tx.due_labs(at(0), 9).await.unwrap(), [lab_id(1)]);
    let mut handle = Allowed::for_test(tx.lab(lab_id(1)).await.unwrap().unwrap());
    assert_eq!(*handle, lab(1));
    handle.title = LabTitle::parse("Another title").unwrap();
    handle.state = LabState::Publishing;
    handle.capacity = Capacity::new(400).unwrap();
    handle.wanted_generation = 3;
    handle.open_access = true;
    tx.save_lab(&handle, None).await.unwrap();
    assert_eq!(tx.due_labs(at(0), 9).await.unwrap(), []);
    assert_eq!(tx.lab(lab_id(1)).await.unwrap().unwrap(), *handle);
    assert_eq!(tx.lab(lab_id(2)).await.unwrap(), None);
    let told = sentence(tx.save_lab(&Allowed::for_test(lab(2)), None).await);
    assert_eq!(told, "This lab does not exist any more.");
}

async fn names_are_unique_without_regard_to_case(bench: Bench) {
    people(&*bench.store).await;
    let mut tx = bench.store.write().await.unwrap();
    insert_lab(&mut *tx, &lab(1)).await;
    let shouted = LabName::parse("LAB-1").unwrap();
    let (here, there) = (lab(1).group, ResourceGroup::parse("elsewhere").unwrap());
    let other = LabName::parse("lab-2").unwrap();
    assert_eq!(tx.lab_by_name(&here, &shouted).await.unwrap(), Some(lab(1)));
    assert_eq!(tx.lab_by_name(&here, &other).await.unwrap(), None);
    assert_eq!(tx.lab_by_name(&there, &shouted).await.unwrap(), None);
    commit(tx).await;

    let mut tx = bench.store.write().await.unwrap();
    let mut second = Allowed::for_test(lab(2));
    second.name = shouted;
    let told = sentence(tx.insert_lab(&second, &secrets(), &registration(2)).await);
    assert_eq!(
        told,
        "There is already a lab with this resource name. Choose another name."
    );
    drop(tx);
    let mut tx = bench.store.write().await.unwrap();
    let told = sentence(
        tx.insert_lab(&Allowed::for_test(lab(2)), &secrets(), &registration(1))
            .await,
    );
    assert!(told.contains("registration code"), "{told}");
    drop(tx);
    let mut tx = bench.store.write().await.unwrap();
    let mut strangers = Allowed::for_test(lab(3));
    strangers.created_by = person_id(99);
    sentence(
        tx.insert_lab(&strangers, &secrets(), &registration(3))
            .await,
    );
}

async fn labs_are_listed_by_title(bench: Bench) {
    people(&*bench.store).await;
    let mut tx = bench.store.write().await.unwrap();
    for (n, title) in [(1, "zoology"), (2, "Algebra"), (3, "biology"), (4, "Übung")] {
        let mut lab = lab(n);
        lab.title = LabTitle::parse(title).unwrap();
        insert_lab(&mut *tx, &lab).await;
    }
    commit(tx).await;
    let labs = bench.store.read().await.unwrap().labs().await.unwrap();
    let titles: Vec<_> = labs.iter().map(|lab| lab.title.as_str()).collect();
    assert_eq!(titles, ["Algebra", "biology", "zoology", "Übung"]);
}

async fn a_registration_link_is_found_by_its_code(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let mut tx = bench.store.write().await.unwrap();
    assert_eq!(
        tx.registration(lab_id(1)).await.unwrap(),
        Some(registration(1))
    );
    assert_eq!(tx.registration(lab_id(2)).await.unwrap(), None);
    let link = Registration {
        code: sealed("new"),
        code_hash: "new hash".to_owned(),
        enabled: false,
        expires_at: Some(at(9)),
        uses_left: Some(0),
    };
    tx.set_registration(&handle(), &link).await.unwrap();
    assert_eq!(
        tx.registration(lab_id(1)).await.unwrap(),
        Some(link.clone())
    );
    assert_eq!(
        tx.lab_by_code("new hash").await.unwrap(),
        Some((lab_id(1), link))
    );
    assert_eq!(tx.lab_by_code("hash-1").await.unwrap(), None);
    // What belongs to the link does not change with the lab.
    tx.save_lab(&handle(), None).await.unwrap();
    assert!(tx.lab_by_code("new hash").await.unwrap().is_some());
    sentence(
        tx.set_registration(&Allowed::for_test(lab(2)), &registration(2))
            .await,
    );
}

async fn secrets_come_back_as_they_were(bench: Bench) {
    people(&*bench.store).await;
    let mut tx = bench.store.write().await.unwrap();
    let both = LabSecrets {
        admin: service::vault::Sealed::from_bytes((0..=255).collect()),
        non_admin: Some(sealed("student")),
    };
    tx.insert_lab(&Allowed::for_test(lab(1)), &both, &registration(1))
        .await
        .unwrap();
    insert_lab(&mut *tx, &lab(2)).await;
    assert_eq!(tx.lab_secrets(lab_id(1)).await.unwrap(), Some(both));
    assert_eq!(tx.lab_secrets(lab_id(2)).await.unwrap(), Some(secrets()));
    assert_eq!(tx.lab_secrets(lab_id(3)).await.unwrap(), None);
    let one = machine(1, 1);
    tx.insert_machine(&Allowed::for_test(one.clone()), Some(&sealed("own")), None)
        .await
        .unwrap();
    insert_machine(&mut *tx, &machine(1, 2), None).await;
    assert_eq!(
        tx.machine_secret(one.id).await.unwrap(),
        Some(sealed("own"))
    );
    save_machine(&mut *tx, &one, None).await;
    assert_eq!(
        tx.machine_secret(one.id).await.unwrap(),
        Some(sealed("own"))
    );
    assert_eq!(tx.machine_secret(machine_id(1002)).await.unwrap(), None);
    tx.set_machine_secret(&Allowed::for_test(machine(1, 2)), &sealed("new"))
        .await
        .unwrap();
    assert_eq!(
        tx.machine_secret(machine_id(1002)).await.unwrap(),
        Some(sealed("new"))
    );
    sentence(
        tx.set_machine_secret(&Allowed::for_test(machine(1, 3)), &sealed("new"))
            .await,
    );
}

/// Does `$change` in a transaction and asserts whether the version of lab 1 has grown.
macro_rules! counted {
    ($bench:ident, $version:ident, $grows:literal, |$tx:ident| $change:expr) => {
        let mut $tx = $bench.store.write().await.unwrap();
        $change.await.unwrap();
        commit($tx).await;
        let now = $bench
            .store
            .read()
            .await
            .unwrap()
            .lab_version(lab_id(1))
            .await
            .unwrap();
        assert_eq!(now > $version, $grows, stringify!($change));
        $version = now;
    };
}

async fn every_change_of_a_lab_is_counted(bench: Bench) {
    lab_with_seats(&*bench.store, 1).await;
    let other = bench
        .store
        .read()
        .await
        .unwrap()
        .lab_version(lab_id(2))
        .await
        .unwrap();
    assert_eq!(other, None);
    let mut version = bench
        .store
        .read()
        .await
        .unwrap()
        .lab_version(lab_id(1))
        .await
        .unwrap();
    assert!(version.is_some());
    let seat = Allowed::for_test(machine(1, 1));
    let new = Allowed::for_test(machine(1, 2));
    let id = machine_id(1001);
    counted!(bench, version, true, |tx| tx.save_lab(&handle(), None));
    counted!(bench, version, true, |tx| tx
        .set_registration(&handle(), &registration(1)));
    counted!(bench, version, true, |tx| tx
        .insert_machine(&new, None, None));
    counted!(bench, version, true, |tx| tx.save_machine(&seat, None));
    counted!(bench, version, true, |tx| tx
        .set_machine_secret(&seat, &sealed("x")));
    counted!(bench, version, true, |tx| tx.remove_machine(&new));
    counted!(bench, version, true, |tx| tx
        .insert_user(&handle(), &user(1, 1, "max")));
    counted!(bench, version, true, |tx| tx
        .save_user(&handle(), &registered(1, 1, 2, 5)));
    counted!(bench, version, true, |tx| tx
        .remove_user(&handle(), user_id(1)));
    counted!(bench, version, true, |tx| tx
        .insert_operation(&operation(1, 1)));
    counted!(bench, version, true, |tx| tx
        .save_operation(&operation(1, 1)));
    counted!(bench, version, false, |tx| tx.nudge_machine(id, at(1)));
    counted!(bench, version, false, |tx| tx.lease_machine(
        id,
        "a",
        at(1),
        at(9)
    ));
    counted!(bench, version, false, |tx| tx.release_machine(id, "a"));
    counted!(bench, version, false, |tx| tx.nudge_lab(lab_id(1), at(1)));
    counted!(bench, version, false, |tx| tx.lease_lab(
        lab_id(1),
        "a",
        at(1),
        at(9)
    ));
    counted!(bench, version, false, |tx| tx.release_lab(lab_id(1), "a"));
    counted!(bench, version, false, |tx| tx.rest_lab(lab_id(1)));
    counted!(bench, version, false, |tx| tx.release_all());
    assert!(version.is_some());
}

async fn operations_are_listed_newest_first(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let mut tx = bench.store.write().await.unwrap();
    for n in [2, 1, 3] {
        tx.insert_operation(&operation(n, 1)).await.unwrap();
    }
    let ended = Operation {
        status: OperationStatus::Failed,
        done: 2,
        total: 4,
        error: Some("The host has no room.".to_owned()),
        ended_at: Some(at(50)),
        ..operation(2, 1)
    };
    tx.save_operation(&ended).await.unwrap();
    commit(tx).await;
    let mut read = bench.store.read().await.unwrap();
    assert_eq!(
        read.operation(operation_id(2)).await.unwrap(),
        Some(ended.clone())
    );
    assert_eq!(read.operation(operation_id(9)).await.unwrap(), None);
    let newest = read.operations(lab_id(1), 2).await.unwrap();
    assert_eq!(newest, [operation(3, 1), ended]);
    assert_eq!(read.operations(lab_id(2), 2).await.unwrap(), []);
    let mut tx = bench.store.write().await.unwrap();
    let told = sentence(tx.save_operation(&operation(9, 1)).await);
    assert_eq!(told, "This operation does not exist any more.");
}

async fn a_removed_lab_takes_everything_with_it(bench: Bench) {
    lab_with_seats(&*bench.store, 2).await;
    let mut tx = bench.store.write().await.unwrap();
    insert_lab(&mut *tx, &lab(2)).await;
    insert_machine(&mut *tx, &machine(2, 1), None).await;
    tx.insert_user(&handle(), &registered(1, 1, 2, 5))
        .await
        .unwrap();
    let mut claimed = machine(1, 1);
    claimed.claimed_by = Some(user_id(1));
    save_machine(&mut *tx, &claimed, None).await;
    tx.insert_operation(&operation(1, 1)).await.unwrap();
    let grant = Grant {
        role: Role::Owner,
        scope: Scope::Lab(lab_id(1)),
    };
    tx.insert_grant(&person_id(1).into(), &grant).await.unwrap();
    commit(tx).await;

    let mut tx = bench.store.write().await.unwrap();
    tx.remove_lab(&handle()).await.unwrap();
    tx.commit(audit("lab.delete")).await.unwrap();
    let mut read = bench.store.read().await.unwrap();
    assert_eq!(read.labs().await.unwrap(), [lab(2)]);
    assert_eq!(read.all_machines().await.unwrap(), [machine(2, 1)]);
    assert_eq!(read.user(user_id(1)).await.unwrap(), None);
    // Whoever asked for the deletion is still to be told of its end.
    assert!(read.operation(operation_id(1)).await.unwrap().is_some());
    assert_eq!(read.lab_version(lab_id(1)).await.unwrap(), None);
    assert_eq!(read.lab_secrets(lab_id(1)).await.unwrap(), None);
    assert_eq!(read.grants(person_id(1)).await.unwrap(), []);
    assert!(read.person(person_id(2)).await.unwrap().is_some());
}
