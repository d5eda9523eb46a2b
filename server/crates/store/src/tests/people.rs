//! Accounts, roles, sessions, links, failures, tickets, images: what is not a lab's.

use domain::id::TokenId;
use domain::image::ImageName;
use domain::name::TokenName;
use domain::role::{Grant, Role, Scope};
use domain::token::{AccessToken, Reach};
use service::access::Allowed;
use service::store::{LinkPurpose, OneTimeLink, Organisation, Person, ProviderIdentity, Ticket};
use uuid::Uuid;

use super::fixtures::*;
use super::{Bench, on_both};

on_both!(
    there_is_one_organisation,
    an_address_has_one_account,
    a_role_given_twice_is_given_once,
    a_session_is_used_and_ends,
    sessions_are_a_person_s_and_end_together,
    a_provider_knows_a_person_by_one_name,
    a_token_is_found_by_its_secret_and_taken_back_by_its_person,
    a_link_works_once,
    failures_are_counted_and_forgotten,
    a_ticket_is_taken_once_and_ends_with_its_session,
    images_come_and_go,
);

async fn there_is_one_organisation(bench: Bench) {
    let mut tx = bench.store.write().await.unwrap();
    assert_eq!(tx.organisation().await.unwrap(), None);
    let organisation = Organisation {
        id: domain::id::OrganisationId::new(Uuid::from_u128(7)),
        created_at: at(1),
    };
    tx.create_organisation(&organisation).await.unwrap();
    assert_eq!(tx.organisation().await.unwrap(), Some(organisation));
    commit(tx).await;

    let mut tx = bench.store.write().await.unwrap();
    let second = Organisation {
        id: domain::id::OrganisationId::new(Uuid::from_u128(8)),
        ..organisation
    };
    let told = sentence(tx.create_organisation(&second).await);
    assert_eq!(told, "This installation has its organisation already.");
}

async fn an_address_has_one_account(bench: Bench) {
    let ada = Person {
        password_hash: Some("$argon2id$…".to_owned()),
        disabled: true,
        ..person(1, "ada")
    };
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_person(&ada).await.unwrap();
    tx.set_password_hash(ada.id, "another").await.unwrap();
    commit(tx).await;
    let ada = Person {
        password_hash: Some("another".to_owned()),
        ..ada
    };

    let mut read = bench.store.read().await.unwrap();
    assert_eq!(read.person(ada.id).await.unwrap(), Some(ada.clone()));
    assert_eq!(read.person_by_email(&ada.email).await.unwrap(), Some(ada));
    assert_eq!(read.person(person_id(9)).await.unwrap(), None);
    assert_eq!(read.person_by_email(&email("nobody")).await.unwrap(), None);

    let mut tx = bench.store.write().await.unwrap();
    let told = sentence(tx.insert_person(&person(2, "ada")).await);
    assert_eq!(
        told,
        "There is already an account with this e-mail address."
    );
    drop(tx);
    let mut tx = bench.store.write().await.unwrap();
    let told = sentence(tx.set_password_hash(person_id(9), "hash").await);
    assert_eq!(told, "This account does not exist.");
}

async fn a_role_given_twice_is_given_once(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let creator = Grant {
        role: Role::LabCreator,
        scope: Scope::Organisation,
    };
    let owner_of_lab = Grant {
        role: Role::Owner,
        scope: Scope::Lab(lab_id(1)),
    };
    let mut tx = bench.store.write().await.unwrap();
    for grant in [&creator, &owner_of_lab, &creator, &owner_of_lab] {
        tx.insert_grant(&person_id(1).into(), grant).await.unwrap();
    }
    assert_eq!(
        tx.grants(person_id(1)).await.unwrap(),
        [creator, owner_of_lab]
    );
    assert_eq!(tx.grants(person_id(2)).await.unwrap(), []);
    assert!(!tx.has_owner().await.unwrap());
    let owner = Grant {
        role: Role::Owner,
        scope: Scope::Organisation,
    };
    tx.insert_grant(&person_id(2).into(), &owner).await.unwrap();
    assert!(tx.has_owner().await.unwrap());
    commit(tx).await;
}

async fn a_token_is_found_by_its_secret_and_taken_back_by_its_person(bench: Bench) {
    people(&*bench.store).await;
    let token = |n: u128, name: &str| AccessToken {
        id: TokenId::new(Uuid::from_u128(n)),
        person: person_id(1),
        name: TokenName::parse(name).unwrap(),
        reach: Reach::ReadOnly,
        created_at: at(5),
        expires_at: at(50),
        used_at: None,
    };
    let mut script = token(1, "Script");
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_token(&script, "hash").await.unwrap();
    tx.insert_token(&token(2, "Second"), "other").await.unwrap();
    tx.touch_token(script.id, at(9)).await.unwrap();
    script.used_at = Some(at(9));
    assert_eq!(tx.token("hash").await.unwrap(), Some(script.clone()));
    assert_eq!(tx.token("nothing").await.unwrap(), None);
    let all = tx.tokens_of(person_id(1)).await.unwrap();
    assert_eq!(all, [script.clone(), token(2, "Second")]);
    assert_eq!(tx.tokens_of(person_id(2)).await.unwrap(), []);
    assert!(!tx.remove_token(script.id, person_id(2)).await.unwrap());
    assert!(tx.remove_token(script.id, person_id(1)).await.unwrap());
    assert_eq!(tx.token("hash").await.unwrap(), None);
    commit(tx).await;

    let mut tx = bench.store.write().await.unwrap();
    let told = sentence(tx.insert_token(&token(3, "Third"), "other").await);
    assert_eq!(told, "This token exists already. Please make another.");
}

async fn a_session_is_used_and_ends(bench: Bench) {
    people(&*bench.store).await;
    let mut tx = bench.store.write().await.unwrap();
    let mut begun = session(1, "token");
    tx.insert_session(&begun).await.unwrap();
    assert_eq!(tx.session("token").await.unwrap(), Some(begun.clone()));
    tx.touch_session("token", at(60)).await.unwrap();
    begun.used_at = at(60);
    assert_eq!(tx.session("token").await.unwrap(), Some(begun));
    tx.remove_session("token").await.unwrap();
    assert_eq!(tx.session("token").await.unwrap(), None);
    commit(tx).await;

    let mut tx = bench.store.write().await.unwrap();
    sentence(tx.insert_session(&session(99, "stranger")).await);
}

async fn a_link_works_once(bench: Bench) {
    let link = |token: &str, purpose| OneTimeLink {
        token_hash: token.to_owned(),
        purpose,
        expires_at: at(100),
        used_at: None,
    };
    let sign_in = |role| LinkPurpose::SignIn {
        email: email("max"),
        role,
    };
    let links = [
        link("owner", LinkPurpose::FirstOwner),
        link("used", LinkPurpose::FirstOwner),
        link("creator", sign_in(Some(Role::LabCreator))),
        link("somebody", sign_in(None)),
    ];
    let mut tx = bench.store.write().await.unwrap();
    for link in &links {
        tx.insert_link(link).await.unwrap();
        assert_eq!(
            tx.link(&link.token_hash).await.unwrap().as_ref(),
            Some(link)
        );
    }
    assert!(tx.use_link("used", at(5)).await.unwrap());
    assert!(!tx.use_link("used", at(6)).await.unwrap());
    assert!(!tx.use_link("unknown", at(6)).await.unwrap());
    assert_eq!(tx.link("used").await.unwrap().unwrap().used_at, Some(at(5)));
    tx.remove_owner_links().await.unwrap();
    assert_eq!(tx.link("owner").await.unwrap(), None);
    assert!(tx.link("used").await.unwrap().is_some());
    assert!(tx.link("creator").await.unwrap().is_some());
    let other = LinkPurpose::SignIn {
        email: email("ada"),
        role: None,
    };
    tx.insert_link(&link("other", other)).await.unwrap();
    assert!(tx.use_link("creator", at(7)).await.unwrap());
    tx.remove_unused_links(&email("max")).await.unwrap();
    assert_eq!(tx.link("somebody").await.unwrap(), None);
    for kept in ["used", "creator", "other"] {
        assert!(tx.link(kept).await.unwrap().is_some(), "{kept}");
    }
    commit(tx).await;
}

async fn failures_are_counted_and_forgotten(bench: Bench) {
    let mut tx = bench.store.write().await.unwrap();
    for second in [1, 2, 2, 3] {
        tx.insert_failure("code/1", at(second), at(0))
            .await
            .unwrap();
    }
    tx.insert_failure("code/2", at(3), at(0)).await.unwrap();
    assert_eq!(tx.failures("code/1", at(2)).await.unwrap(), 3);
    assert_eq!(tx.failures("code/2", at(0)).await.unwrap(), 1);
    assert_eq!(tx.failures("code/3", at(0)).await.unwrap(), 0);
    tx.insert_failure("code/2", at(9), at(3)).await.unwrap();
    assert_eq!(tx.failures("code/1", at(0)).await.unwrap(), 1);
    commit(tx).await;
}

async fn a_ticket_is_taken_once_and_ends_with_its_session(bench: Bench) {
    lab_with_seats(&*bench.store, 1).await;
    let ticket = |token: &str, expires| Ticket {
        token_hash: token.to_owned(),
        person: person_id(2),
        session_hash: "session".to_owned(),
        machine: machine_id(1001),
        expires_at: at(expires),
    };
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_session(&session(2, "session")).await.unwrap();
    tx.insert_ticket(&ticket("one", 30), at(0)).await.unwrap();
    assert_eq!(
        tx.take_ticket("one").await.unwrap(),
        Some(ticket("one", 30))
    );
    assert_eq!(tx.take_ticket("one").await.unwrap(), None);
    tx.insert_ticket(&ticket("old", 10), at(0)).await.unwrap();
    tx.insert_ticket(&ticket("two", 30), at(11)).await.unwrap();
    assert_eq!(tx.take_ticket("old").await.unwrap(), None);
    tx.remove_session("session").await.unwrap();
    assert_eq!(tx.take_ticket("two").await.unwrap(), None);
    tx.insert_session(&session(2, "session")).await.unwrap();
    tx.insert_ticket(&ticket("three", 30), at(11))
        .await
        .unwrap();
    tx.remove_machine(&Allowed::for_test(machine(1, 1)))
        .await
        .unwrap();
    assert_eq!(tx.take_ticket("three").await.unwrap(), None);
    commit(tx).await;
}

async fn images_come_and_go(bench: Bench) {
    let named = engine_image;
    let mut tx = bench.store.write().await.unwrap();
    tx.put_images(&[
        named("ubuntu/24.04", "Ubuntu"),
        named("debian/13", "debian"),
    ])
    .await
    .unwrap();
    tx.put_images(&[
        named("debian/13", "Debian, again"),
        named("alpine/3", "Alpine"),
    ])
    .await
    .unwrap();
    commit(tx).await;
    let mut read = bench.store.read().await.unwrap();
    let images = read.images().await.unwrap();
    let told: Vec<_> = images
        .iter()
        .map(|i| (i.title.as_str(), i.available, i.enabled))
        .collect();
    assert_eq!(
        told,
        [
            ("Alpine", true, true),
            ("debian", true, true),
            ("Ubuntu", false, true)
        ]
    );
    let name = ImageName::parse("debian/13").unwrap();
    assert_eq!(read.image(&name).await.unwrap().as_ref(), Some(&images[1]));
    assert_eq!(
        read.image(&ImageName::parse("none").unwrap())
            .await
            .unwrap(),
        None
    );
}

async fn sessions_are_a_person_s_and_end_together(bench: Bench) {
    let mut tx = bench.store.write().await.unwrap();
    for (n, name) in [(1, "ada"), (2, "max")] {
        tx.insert_person(&person(n, name)).await.unwrap();
    }
    for (n, token) in [(1, "one"), (1, "two"), (1, "three"), (2, "his")] {
        tx.insert_session(&session(n, token)).await.unwrap();
    }
    tx.touch_session("two", at(5)).await.unwrap();
    commit(tx).await;
    let mut tx = bench.store.write().await.unwrap();
    let hers = tx.sessions(person_id(1)).await.unwrap();
    let tokens: Vec<_> = hers.iter().map(|s| s.token_hash.as_str()).collect();
    assert_eq!(tokens, ["two", "one", "three"]);
    assert_eq!(hers[1], session(1, "one"));
    let ended = tx.remove_sessions(person_id(1), Some("one")).await.unwrap();
    assert_eq!(ended, 2);
    assert_eq!(tx.sessions(person_id(1)).await.unwrap().len(), 1);
    assert_eq!(tx.remove_sessions(person_id(1), None).await.unwrap(), 1);
    assert_eq!(tx.sessions(person_id(2)).await.unwrap().len(), 1);
}

async fn a_provider_knows_a_person_by_one_name(bench: Bench) {
    let known = |provider: &str, subject: &str, n: u32| ProviderIdentity {
        provider: provider.to_owned(),
        subject: subject.to_owned(),
        person: person_id(n),
        email: Some(email("ada")),
        created_at: at(1),
        used_at: at(1),
    };
    let mut tx = bench.store.write().await.unwrap();
    for (n, name) in [(1, "ada"), (2, "max")] {
        tx.insert_person(&person(n, name)).await.unwrap();
    }
    let first = known("school", "a1", 1);
    tx.insert_identity(&first).await.unwrap();
    tx.insert_identity(&known("city", "a1", 2)).await.unwrap();
    commit(tx).await;
    for (other, refusal) in [
        (
            known("school", "a1", 2),
            "Somebody else comes in by this already.",
        ),
        (
            known("school", "a2", 1),
            "This account is linked to another one of this provider already. Unlink that first.",
        ),
    ] {
        let mut tx = bench.store.write().await.unwrap();
        assert_eq!(sentence(tx.insert_identity(&other).await), refusal);
    }
    let mut tx = bench.store.write().await.unwrap();
    assert_eq!(tx.identity("school", "a1").await.unwrap(), Some(first));
    assert_eq!(tx.identity("school", "A1").await.unwrap(), None);
    tx.touch_identity("school", "a1", at(9)).await.unwrap();
    let all = tx.identities(person_id(1)).await.unwrap();
    assert_eq!((all.len(), all[0].used_at), (1, at(9)));
    assert!(tx.remove_identity(person_id(1), "school").await.unwrap());
    assert!(!tx.remove_identity(person_id(1), "school").await.unwrap());
    assert_eq!(tx.identity("school", "a1").await.unwrap(), None);
}
