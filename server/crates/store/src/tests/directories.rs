//! People and groups that come by SCIM, labs that take their lists over, and who leaves those.

use std::collections::HashMap;

use domain::email::Email;
use domain::id::PersonId;
use domain::name::PersonName;
use service::access::Allowed;
use service::store::{
    DirectoryGroup, GroupSource, Roster, ScimGroup, ScimUser, Store, StoreResult,
};

use super::fixtures::*;
use super::{Bench, on_both};

on_both!(
    scim_users_come_back_and_are_found_by_name,
    a_name_is_one_users_in_every_alphabet,
    a_person_takes_another_address_that_is_free,
    scim_groups_and_their_members_come_back,
    who_wrote_a_group_is_known,
    a_roster_is_leased_once_and_due_again,
    leavers_come_and_go_with_their_lines,
);

fn scim_user(person: PersonId, name: &str) -> ScimUser {
    ScimUser {
        person,
        user_name: name.to_owned(),
        external_id: Some("x7".to_owned()),
        document: "{\"title\":\"Guide\"}".to_owned(),
        created_at: at(1),
        changed_at: at(2),
        version: 1,
    }
}

fn scim_group(id: &str, external_id: Option<&str>) -> ScimGroup {
    ScimGroup {
        id: id.to_owned(),
        external_id: external_id.map(str::to_owned),
        document: "{}".to_owned(),
        created_at: at(1),
        changed_at: at(2),
        version: 1,
    }
}

fn group(id: &str) -> DirectoryGroup {
    DirectoryGroup {
        id: id.to_owned(),
        name: format!("Class {id}"),
        members: Vec::new(),
    }
}

async fn scim_users_come_back_and_are_found_by_name(bench: Bench) {
    people(&*bench.store).await;
    let mut tx = bench.store.write().await.unwrap();
    let mut user = scim_user(person_id(1), "Ada.L");
    tx.put_scim_user(&user).await.unwrap();
    assert_eq!(
        tx.scim_user(person_id(1)).await.unwrap().as_ref(),
        Some(&user)
    );
    assert_eq!(tx.scim_user(person_id(2)).await.unwrap(), None);
    user.user_name = "Augusta".to_owned();
    user.external_id = None;
    user.version = 2;
    tx.put_scim_user(&user).await.unwrap();
    assert_eq!(
        tx.scim_user_by_name("AUGUSTA").await.unwrap().as_ref(),
        Some(&user)
    );
    assert_eq!(tx.scim_user_by_name("ada.l").await.unwrap(), None);
    assert_eq!(tx.scim_users().await.unwrap(), [user]);
    tx.remove_scim_user(person_id(1)).await.unwrap();
    assert_eq!(tx.scim_users().await.unwrap(), []);
    assert!(tx.person(person_id(1)).await.unwrap().is_some());
    commit(tx).await;
}

async fn a_name_is_one_users_in_every_alphabet(bench: Bench) {
    people(&*bench.store).await;
    let mut tx = bench.store.write().await.unwrap();
    tx.put_scim_user(&scim_user(person_id(1), "ÄNNE"))
        .await
        .unwrap();
    let found = tx.scim_user_by_name("änne").await.unwrap();
    assert_eq!(found.map(|user| user.person), Some(person_id(1)));
    let told = sentence(tx.put_scim_user(&scim_user(person_id(2), "Änne")).await);
    assert!(told.contains("userName"), "{told}");
}

async fn a_person_takes_another_address_that_is_free(bench: Bench) {
    people(&*bench.store).await;
    let name = PersonName::parse("Augusta").unwrap();
    let rename = async |address: &Email| -> StoreResult<()> {
        let mut tx = bench.store.write().await?;
        tx.rename_person(person_id(1), address, &name).await?;
        commit(tx).await;
        Ok(())
    };
    let free = Email::parse("countess@example.org").unwrap();
    rename(&free).await.unwrap();
    let mut tx = bench.store.read().await.unwrap();
    let person = tx.person_by_email(&free).await.unwrap().unwrap();
    assert_eq!((person.id, person.name.as_str()), (person_id(1), "Augusta"));
    let other = tx.person(person_id(2)).await.unwrap().unwrap().email;
    drop(tx);
    let told = sentence(rename(&other).await);
    assert!(told.contains("account with this e-mail address"), "{told}");
}

async fn scim_groups_and_their_members_come_back(bench: Bench) {
    people(&*bench.store).await;
    let mut tx = bench.store.write().await.unwrap();
    for n in [1, 2] {
        let user = scim_user(person_id(n), &format!("user {n}"));
        tx.put_scim_user(&user).await.unwrap();
    }
    for id in ["a", "b"] {
        tx.put_group_of(&group(id), GroupSource::Scim)
            .await
            .unwrap();
        tx.put_scim_group(&scim_group(id, None)).await.unwrap();
    }
    let named = ScimGroup {
        version: 2,
        ..scim_group("b", Some("theirs"))
    };
    tx.put_scim_group(&named).await.unwrap();
    assert_eq!(tx.scim_group("b").await.unwrap().as_ref(), Some(&named));
    let found = tx.scim_group_by_external_id("theirs").await.unwrap();
    assert_eq!(found.as_ref(), Some(&named));
    assert_eq!(tx.scim_group_by_external_id("Theirs").await.unwrap(), None);
    assert_eq!(
        tx.scim_groups().await.unwrap(),
        [scim_group("a", None), named]
    );

    for (group, person) in [("a", 1), ("a", 2), ("b", 2)] {
        tx.add_scim_member(group, person_id(person)).await.unwrap();
    }
    let all = tx.all_scim_members().await.unwrap();
    let all: Vec<(&str, PersonId)> = all.iter().map(|(g, m)| (g.as_str(), m.person)).collect();
    assert_eq!(all.len(), 3);
    assert!(all.contains(&("a", person_id(1))) && all.contains(&("b", person_id(2))));
    assert_eq!(
        tx.scim_groups_of(person_id(2)).await.unwrap(),
        [("a", "Class a"), ("b", "Class b")].map(|(id, name)| (id.to_owned(), name.to_owned()))
    );
    tx.set_disabled(person_id(2), true).await.unwrap();
    tx.remove_scim_member("a", person_id(1)).await.unwrap();
    let left = tx.scim_members("a").await.unwrap();
    assert_eq!(
        (left.len(), left[0].person, left[0].disabled),
        (1, person_id(2), true)
    );
    // A user's end is the end of their memberships, a group's that of its own.
    tx.remove_scim_user(person_id(2)).await.unwrap();
    assert_eq!(tx.all_scim_members().await.unwrap(), []);
    assert!(tx.remove_directory_group("b").await.unwrap());
    assert_eq!(tx.scim_group("b").await.unwrap(), None);
    let told = sentence(tx.put_scim_group(&scim_group("none", None)).await);
    assert!(!told.is_empty());
}

async fn who_wrote_a_group_is_known(bench: Bench) {
    let mut tx = bench.store.write().await.unwrap();
    assert_eq!(tx.group_source("g").await.unwrap(), None);
    for source in [GroupSource::Outside, GroupSource::Scim, GroupSource::Api] {
        tx.put_group_of(&group("g"), source).await.unwrap();
        assert_eq!(tx.group_source("g").await.unwrap(), Some(source));
    }
    tx.put_group_of(&group("g"), GroupSource::Outside)
        .await
        .unwrap();
    // What no directory outside tells any more is forgotten; what others wrote is not.
    tx.note_group_told("g", at(20)).await.unwrap();
    tx.put_group_of(&group("pushed"), GroupSource::Scim)
        .await
        .unwrap();
    tx.forget_told_groups(at(20)).await.unwrap();
    assert!(tx.directory_group("g").await.unwrap().is_some());
    tx.forget_told_groups(at(21)).await.unwrap();
    assert_eq!(tx.directory_group("g").await.unwrap(), None);
    assert!(tx.directory_group("pushed").await.unwrap().is_some());
    tx.put_group_of(&group("g"), GroupSource::Outside)
        .await
        .unwrap();
    // A program that writes it makes it its own.
    tx.put_directory_group(&group("g")).await.unwrap();
    assert_eq!(tx.group_source("g").await.unwrap(), Some(GroupSource::Api));
    commit(tx).await;
}

fn roster(due: i64) -> Roster {
    Roster {
        lab: lab_id(1),
        grace_days: 7,
        due_at: at(due),
        whole_at: at(due + 100),
        mark: None,
        synced_at: None,
        outcome: None,
        failed: false,
    }
}

async fn lease(store: &dyn Store, holder: &str, now: i64) -> bool {
    let mut tx = store.write().await.unwrap();
    let leased = tx
        .lease_roster(lab_id(1), holder, at(now), at(now + 10))
        .await;
    commit(tx).await;
    leased.unwrap()
}

async fn a_roster_is_leased_once_and_due_again(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let handle = Allowed::for_test(lab(1));
    let mut tx = bench.store.write().await.unwrap();
    assert_eq!(tx.roster(lab_id(1)).await.unwrap(), None);
    tx.save_roster(&handle, &roster(50)).await.unwrap();
    assert_eq!(tx.roster(lab_id(1)).await.unwrap(), Some(roster(50)));
    assert_eq!(tx.next_roster_due().await.unwrap(), Some(at(50)));
    assert_eq!(tx.due_rosters(at(49), 9).await.unwrap(), []);
    assert_eq!(tx.due_rosters(at(50), 9).await.unwrap(), [lab_id(1)]);
    commit(tx).await;
    let store = &*bench.store;
    assert!(!lease(store, "one", 49).await);
    assert!(lease(store, "one", 50).await);
    assert!(!lease(store, "two", 55).await);
    let mut tx = bench.store.write().await.unwrap();
    assert_eq!(tx.due_rosters(at(55), 9).await.unwrap(), []);
    assert_eq!(tx.next_roster_due().await.unwrap(), Some(at(60)));
    commit(tx).await;
    // One that died is followed by another, and does not take that one's lease back.
    assert!(lease(store, "two", 61).await);
    let mut tx = bench.store.write().await.unwrap();
    tx.release_roster(lab_id(1), "one").await.unwrap();
    assert_eq!(tx.due_rosters(at(62), 9).await.unwrap(), []);
    let done = Roster {
        due_at: at(90),
        synced_at: Some(at(62)),
        mark: Some("https://example.org/changes?since=1".to_owned()),
        outcome: Some("Nobody came.".to_owned()),
        failed: true,
        grace_days: 0,
        ..roster(0)
    };
    tx.save_roster(&handle, &done).await.unwrap();
    tx.release_roster(lab_id(1), "two").await.unwrap();
    assert_eq!(tx.roster(lab_id(1)).await.unwrap(), Some(done));
    assert_eq!(tx.due_rosters(at(90), 9).await.unwrap(), [lab_id(1)]);
    tx.remove_roster(&handle).await.unwrap();
    assert_eq!(tx.next_roster_due().await.unwrap(), None);
    commit(tx).await;
}

async fn leavers_come_and_go_with_their_lines(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let handle = Allowed::for_test(lab(1));
    let mut tx = bench.store.write().await.unwrap();
    for (n, name) in [(1, "ada"), (2, "max"), (3, "mia")] {
        tx.insert_user(&handle, &user(n, 1, name)).await.unwrap();
        tx.set_leaver(&handle, user_id(n), Some(at(n as i64 * 10)))
            .await
            .unwrap();
    }
    tx.set_leaver(&handle, user_id(3), Some(at(15)))
        .await
        .unwrap();
    tx.set_leaver(&handle, user_id(2), None).await.unwrap();
    let expected = HashMap::from([(user_id(1), at(10)), (user_id(3), at(15))]);
    assert_eq!(tx.leavers(lab_id(1)).await.unwrap(), expected);
    assert_eq!(tx.labs_with_leavers(at(9), 9).await.unwrap(), []);
    assert_eq!(tx.labs_with_leavers(at(20), 9).await.unwrap(), [lab_id(1)]);
    assert_eq!(tx.next_roster_due().await.unwrap(), Some(at(10)));
    tx.remove_user(&handle, user_id(1)).await.unwrap();
    assert_eq!(tx.leavers(lab_id(1)).await.unwrap().len(), 1);
    tx.remove_roster(&handle).await.unwrap();
    assert_eq!(tx.leavers(lab_id(1)).await.unwrap(), HashMap::new());
    commit(tx).await;
}
