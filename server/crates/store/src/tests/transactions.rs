//! What a transaction promises: all or nothing, one state, and a record.

use service::store::{Record, StoreError};

use super::fixtures::*;
use super::{Bench, on_both};

on_both!(
    a_dropped_transaction_leaves_nothing,
    the_record_is_written_with_the_change,
    after_an_error_nothing_is_kept,
    a_reader_sees_one_state,
    readers_and_the_writer_do_not_wait_for_each_other,
    texts_survive,
);

async fn a_dropped_transaction_leaves_nothing(bench: Bench) {
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_person(&person(1, "ada")).await.unwrap();
    assert!(tx.person(person_id(1)).await.unwrap().is_some());
    drop(tx);
    let mut tx = bench.store.write().await.unwrap();
    assert_eq!(tx.person(person_id(1)).await.unwrap(), None);
    tx.insert_person(&person(1, "ada")).await.unwrap();
    commit(tx).await;
    assert!(
        bench
            .store
            .read()
            .await
            .unwrap()
            .person(person_id(1))
            .await
            .unwrap()
            .is_some()
    );
}

async fn the_record_is_written_with_the_change(bench: Bench) {
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_person(&person(1, "ada")).await.unwrap();
    tx.commit(audit("person.add")).await.unwrap();
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_person(&person(2, "max")).await.unwrap();
    tx.commit(Record::Observation).await.unwrap();
    let mut tx = bench.store.write().await.unwrap();
    sentence(tx.insert_person(&person(3, "max")).await);
    tx.commit(audit("person.add_twice")).await.unwrap_err();
    let lines = bench
        .database
        .column("SELECT action || ' ' || person || ' ' || text FROM audit")
        .await;
    assert_eq!(
        lines,
        [format!("person.add {} Ada did something.", person_id(1))]
    );
}

async fn after_an_error_nothing_is_kept(bench: Bench) {
    people(&*bench.store).await;
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_person(&person(4, "joe")).await.unwrap();
    sentence(tx.insert_person(&person(5, "joe")).await);
    let lost = tx.insert_person(&person(6, "kim")).await;
    assert!(matches!(lost, Err(StoreError::Internal(_))));
    assert!(tx.person(person_id(4)).await.is_err());
    assert!(tx.commit(Record::Observation).await.is_err());
    assert_eq!(
        bench
            .store
            .read()
            .await
            .unwrap()
            .person(person_id(4))
            .await
            .unwrap(),
        None
    );

    // A refusal of our own is an error like any other.
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_person(&person(4, "joe")).await.unwrap();
    sentence(tx.set_password_hash(person_id(99), "hash").await);
    assert!(tx.commit(Record::Observation).await.is_err());
    assert_eq!(
        bench
            .store
            .read()
            .await
            .unwrap()
            .person(person_id(4))
            .await
            .unwrap(),
        None
    );
}

async fn a_reader_sees_one_state(bench: Bench) {
    lab_with_seats(&*bench.store, 1).await;
    let mut read = bench.store.read().await.unwrap();
    assert_eq!(read.machines(lab_id(1)).await.unwrap().len(), 2);
    let mut tx = bench.store.write().await.unwrap();
    insert_machine(&mut *tx, &machine(1, 2), None).await;
    assert_eq!(read.machines(lab_id(1)).await.unwrap().len(), 2);
    commit(tx).await;
    assert_eq!(read.machines(lab_id(1)).await.unwrap().len(), 2);
    assert_eq!(
        bench
            .store
            .read()
            .await
            .unwrap()
            .machines(lab_id(1))
            .await
            .unwrap()
            .len(),
        3
    );
}

async fn readers_and_the_writer_do_not_wait_for_each_other(bench: Bench) {
    lab_with_seats(&*bench.store, 1).await;
    // The writer has locked all there is.
    let mut tx = bench.store.write().await.unwrap();
    tx.lab(lab_id(1)).await.unwrap();
    tx.machines(lab_id(1)).await.unwrap();
    let mut read = bench.store.read().await.unwrap();
    assert!(read.lab(lab_id(1)).await.unwrap().is_some());
    assert!(read.machine(machine_id(1001)).await.unwrap().is_some());
    assert!(read.free_machine(lab_id(1)).await.unwrap().is_some());
    commit(tx).await;
}

async fn texts_survive(bench: Bench) {
    lab_with_seats(&*bench.store, 1).await;
    let mut tx = bench.store.write().await.unwrap();
    let mut failed = operation(1, 1);
    let text = "It's “full”; -- $1 ? \\ 日本語 🎓\n\ttwo lines";
    failed.error = Some(format!("{text}\0"));
    tx.insert_operation(&failed).await.unwrap();
    let kept = tx
        .operation(failed.id)
        .await
        .unwrap()
        .unwrap()
        .error
        .unwrap();
    assert_eq!(kept, format!("{text}\u{fffd}"));
    commit(tx).await;
}
