//! Passkeys are somebody's, and a challenge is answered once.

use domain::name::PasskeyName;
use service::store::PasskeyRow;

use super::fixtures::*;
use super::{Bench, on_both};

on_both!(
    a_passkey_is_one_person_s,
    a_challenge_is_answered_once_and_forgotten,
);

async fn a_passkey_is_one_person_s(bench: Bench) {
    let passkey = |credential: &str, n: u32| PasskeyRow {
        credential: credential.to_owned(),
        person: person_id(n),
        name: PasskeyName::parse("Laptop").unwrap(),
        key: "{}".to_owned(),
        created_at: at(1),
        used_at: None,
    };
    let mut tx = bench.store.write().await.unwrap();
    for (n, name) in [(1, "ada"), (2, "max")] {
        tx.insert_person(&person(n, name)).await.unwrap();
    }
    let first = passkey("aA-_", 1);
    tx.insert_passkey(&first).await.unwrap();
    // Ids differ by the case of a letter.
    tx.insert_passkey(&passkey("aa-_", 1)).await.unwrap();
    commit(tx).await;

    let mut tx = bench.store.write().await.unwrap();
    let taken = tx.insert_passkey(&passkey("aA-_", 2)).await;
    assert_eq!(sentence(taken), "This passkey is in use already.");
    drop(tx);

    let mut tx = bench.store.write().await.unwrap();
    assert_eq!(tx.passkey("aA-_").await.unwrap(), Some(first.clone()));
    assert_eq!(tx.passkey("AA-_").await.unwrap(), None);
    tx.use_passkey("aA-_", r#"{"n":1}"#, at(7)).await.unwrap();
    let used = PasskeyRow {
        key: r#"{"n":1}"#.to_owned(),
        used_at: Some(at(7)),
        ..first
    };
    let all = tx.passkeys(person_id(1)).await.unwrap();
    assert_eq!(all, [used, passkey("aa-_", 1)]);
    assert!(!tx.remove_passkey(person_id(2), "aA-_").await.unwrap());
    assert!(tx.remove_passkey(person_id(1), "aA-_").await.unwrap());
    assert_eq!(tx.passkey("aA-_").await.unwrap(), None);
    assert_eq!(tx.passkeys(person_id(1)).await.unwrap().len(), 1);
}

async fn a_challenge_is_answered_once_and_forgotten(bench: Bench) {
    let mut tx = bench.store.write().await.unwrap();
    assert!(tx.answer_challenge("one", at(10), at(1)).await.unwrap());
    assert!(!tx.answer_challenge("one", at(10), at(2)).await.unwrap());
    assert!(tx.answer_challenge("two", at(20), at(9)).await.unwrap());
    commit(tx).await;
    // Once it has ended nobody accepts it any more, and nothing has to be remembered.
    let mut tx = bench.store.write().await.unwrap();
    assert!(tx.answer_challenge("three", at(30), at(10)).await.unwrap());
    assert!(tx.answer_challenge("one", at(30), at(11)).await.unwrap());
    assert!(!tx.answer_challenge("two", at(20), at(11)).await.unwrap());
}
