//! Whose account somebody comes to, and how providers are linked to it and unlinked.

use identity::arrivals::Outcome;
use identity::oidc::EmailTrust;
use serde_json::json;
use service::Error;
use service::store::Origin;

use crate::school::{Key, School, here};

fn signed_in(outcome: service::Result<Outcome>) -> String {
    match outcome {
        Ok(Outcome::SignedIn(token)) => token,
        other => panic!("this was to be a sign-in: {other:?}"),
    }
}

fn refused<T: std::fmt::Debug>(result: service::Result<T>) -> String {
    match result {
        Err(Error::Forbidden(sentence) | Error::Conflict(sentence)) => sentence,
        other => panic!("this was to be refused: {other:?}"),
    }
}

#[tokio::test]
async fn somebody_new_gets_an_account_and_is_known_again() {
    let school = School::new().await;
    let key = Key::new("one");
    school.publish(&[&key]);
    let token = signed_in(school.come(&key, "ada", "Ada@School.example").await);
    let ada = school.who(&token).await.unwrap();
    assert_eq!(ada.email.as_str(), "ada@school.example");
    assert_eq!(ada.name.as_str(), "Ada Lovelace");
    assert!(ada.grants.is_empty());
    // By the provider's own name for her, whatever her address is by now.
    let token = signed_in(school.come(&key, "ada", "countess@school.example").await);
    let again = school.who(&token).await.unwrap();
    assert_eq!(again.person, ada.person);
    assert_eq!(again.email, ada.email);
    let sessions = school.identity.own_sessions(&ada).await.unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions[0].provider.as_deref(), Some("school"));
    assert_eq!(&sessions[0].origin, here());
}

#[tokio::test]
async fn an_address_that_nobody_vouches_for_opens_no_account() {
    let key = Key::new("one");
    let school = School::new().await;
    school.publish(&[&key]);
    for unverified in [
        serde_json::json!(false),
        serde_json::json!("no"),
        serde_json::Value::Null,
    ] {
        let away = school.leave(None).await;
        let mut claims = school.claims(&away, "eve", "grace@school.example");
        claims["email_verified"] = unverified;
        let arrival = school.come_back(&away, key.sign(&claims)).await.unwrap();
        let sentence = refused(school.identity.come_by(&arrival, None, here()).await);
        assert!(sentence.contains("vouch"), "{sentence}");
    }
    // Nor one of another domain than those in the settings.
    refused(school.come(&key, "eve", "eve@elsewhere.example").await);
    let never = School::trusting(EmailTrust::Never).await;
    never.publish(&[&key]);
    refused(never.come(&key, "ada", "ada@school.example").await);
    let always = School::trusting(EmailTrust::Always).await;
    always.publish(&[&key]);
    let away = always.leave(None).await;
    let mut claims = always.claims(&away, "ada", "ada@school.example");
    claims["email_verified"] = serde_json::json!(false);
    let arrival = always.come_back(&away, key.sign(&claims)).await.unwrap();
    signed_in(always.identity.come_by(&arrival, None, here()).await);
}

#[tokio::test]
async fn an_account_with_a_password_is_linked_by_who_knows_it() {
    let school = School::new().await;
    let key = Key::new("one");
    school.publish(&[&key]);
    let grace = school.local("grace", "a few words in a row").await;
    let outcome = school.come(&key, "g1", "grace@school.example").await;
    let Ok(Outcome::Prove { ticket }) = outcome else {
        panic!("a proof was to be asked for: {outcome:?}");
    };
    let ticket = Some(ticket.as_str());
    assert_eq!(
        school.identity.asked(ticket).unwrap().email,
        "grace@school.example"
    );
    assert!(school.identity.asked(Some("00")).is_err());
    let wrong = school
        .identity
        .prove(ticket, "some other words", here())
        .await;
    assert!(matches!(wrong, Err(Error::Invalid(_))), "{wrong:?}");
    let right = school
        .identity
        .prove(ticket, "a few words in a row", here())
        .await;
    let (token, next) = right.unwrap();
    assert_eq!(school.who(&token).await.unwrap().person, grace.person);
    assert_eq!(next.as_deref(), Some("/machines"));
    // From now on the provider is enough; both lead to one account.
    let token = signed_in(school.come(&key, "g1", "grace@school.example").await);
    assert_eq!(school.who(&token).await.unwrap().person, grace.person);
    // Guessing is throttled like signing in.
    let Ok(Outcome::Prove { ticket }) = school.come(&key, "g2", "grace@school.example").await
    else {
        panic!("another account of the provider is another proof");
    };
    for _ in 0..10 {
        let guess = school
            .identity
            .prove(Some(&ticket), "a wrong guess", here());
        assert!(guess.await.is_err());
    }
    let guess = school
        .identity
        .prove(Some(&ticket), "a few words in a row", here());
    assert!(matches!(guess.await, Err(Error::Throttled { .. })));
}

#[tokio::test]
async fn who_is_signed_in_links_and_unlinks_providers() {
    let school = School::new().await;
    let key = Key::new("one");
    school.publish(&[&key]);
    let grace = school.local("grace", "a few words in a row").await;
    let max = school.local("max", "some other words").await;
    // Whoever sits down at her session makes no way in of their own.
    for guess in ["", "some other words"] {
        let left = school.identity.leave_to_link(&grace, "school", guess).await;
        match left {
            Err(Error::Invalid(invalid)) => assert_eq!(invalid.field, "password"),
            other => panic!("{guess} was to be refused: {other:?}"),
        }
    }
    // Another address than the account's is no obstacle: both are proven.
    let away = school.leave(Some((&grace, "a few words in a row"))).await;
    let token = key.sign(&school.claims(&away, "g1", "hopper@elsewhere.example"));
    let arrival = school.come_back(&away, token).await.unwrap();
    // Whoever is signed in by then must be who left.
    for other in [None, Some(&max)] {
        let taken = school.identity.come_by(&arrival, other, here()).await;
        assert!(matches!(taken, Err(Error::Unauthenticated)), "{taken:?}");
    }
    let linked = school
        .identity
        .come_by(&arrival, Some(&grace), here())
        .await;
    assert_eq!(linked.unwrap(), Outcome::Linked);
    let own = school.identity.own_identities(&grace).await.unwrap();
    assert_eq!((own.len(), own[0].subject.as_str()), (1, "g1"));
    // It is hers, so it cannot be his.
    let away = school.leave(Some((&max, "some other words"))).await;
    let token = key.sign(&school.claims(&away, "g1", "hopper@elsewhere.example"));
    let arrival = school.come_back(&away, token).await.unwrap();
    refused(school.identity.come_by(&arrival, Some(&max), here()).await);
    school.identity.unlink(&grace, "school").await.unwrap();
    assert!(school.identity.unlink(&grace, "school").await.is_err());
    assert!(
        school
            .identity
            .own_identities(&grace)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn groups_that_are_too_many_to_be_told_stay() {
    let school = School::new().await;
    let key = Key::new("one");
    school.publish(&[&key]);
    let come = async |says: serde_json::Value| {
        let away = school.leave(None).await;
        let mut claims = school.claims(&away, "ada", "ada@school.example");
        for (name, value) in says.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let arrival = school.come_back(&away, key.sign(&claims)).await.unwrap();
        signed_in(school.identity.come_by(&arrival, None, here()).await);
        let mut tx = school.services.store.read().await.unwrap();
        let claimed = tx.claimed_groups().await.unwrap().into_iter();
        claimed.map(|(group, _)| group.id).collect::<Vec<_>>()
    };
    let two = ["biology", "staff"];
    assert_eq!(come(json!({ "groups": two })).await, two);
    // As Entra says that there are more than it tells.
    let elsewhere = json!({
        "_claim_names": { "groups": "src1" },
        "_claim_sources": { "src1": { "endpoint": "https://graph.example/getMemberObjects" } },
    });
    assert_eq!(come(elsewhere).await, two);
    assert_eq!(come(json!({ "hasgroups": true })).await, two);
    assert_eq!(come(json!({ "hasgroups": "true" })).await, two);
    // What is told counts, and what is said of another claim does not.
    let other = json!({ "groups": ["staff"], "_claim_names": { "groups": "src1" } });
    assert_eq!(come(other).await, ["staff"]);
    let none = json!({ "_claim_names": { "wids": "src1" } });
    assert!(come(none).await.is_empty());
}

#[tokio::test]
async fn the_only_way_in_stays() {
    let school = School::new().await;
    let key = Key::new("one");
    school.publish(&[&key]);
    let token = signed_in(school.come(&key, "ada", "ada@school.example").await);
    let ada = school.who(&token).await.unwrap();
    let sentence = refused(school.identity.unlink(&ada, "school").await);
    assert!(sentence.contains("only way in"), "{sentence}");
    // Who has no password is asked for none.
    let away = school.leave(Some((&ada, ""))).await;
    let token = key.sign(&school.claims(&away, "ada", "ada@school.example"));
    let arrival = school.come_back(&away, token).await.unwrap();
    let linked = school.identity.come_by(&arrival, Some(&ada), here()).await;
    assert_eq!(linked.unwrap(), Outcome::Linked);
    // An account without a password is nobody's who merely comes with its address.
    let sentence = refused(school.come(&key, "imposter", "ada@school.example").await);
    assert!(sentence.contains("another way"), "{sentence}");
}

#[tokio::test]
async fn sessions_end_one_by_one_and_with_the_password() {
    let school = School::new().await;
    let grace = school.local("grace", "a few words in a row").await;
    let sign_in = async || {
        let identity = &school.identity;
        let token = identity.sign_in("grace@school.example", "a few words in a row", here());
        token.await.unwrap()
    };
    let (one, two, this) = (sign_in().await, sign_in().await, sign_in().await);
    let hash = service::vault::Vault::token_hash;
    let max = school.local("max", "some other words").await;
    let theirs = school.identity.end_own_session(&max, &hash(&one)).await;
    assert!(matches!(theirs, Err(Error::NotFound(_))), "{theirs:?}");
    school
        .identity
        .end_own_session(&grace, &hash(&one))
        .await
        .unwrap();
    assert!(school.who(&one).await.is_none());
    assert!(school.who(&two).await.is_some());
    let new = domain::credentials::Password::for_person("entirely new words").unwrap();
    let this_hash = hash(&this);
    let change = |old: &'static str| {
        let (identity, new, this) = (&school.identity, &new, Some(this_hash.as_str()));
        let grace = &grace;
        async move { identity.change_password(grace, old, new, this).await }
    };
    assert!(matches!(change("not hers").await, Err(Error::Invalid(_))));
    change("a few words in a row").await.unwrap();
    assert!(school.who(&two).await.is_none());
    assert!(school.who(&this).await.is_some());
    assert!(change("a few words in a row").await.is_err());
}

#[tokio::test]
async fn a_network_address_that_is_typed_as_an_e_mail_locks_nobody_out() {
    let school = School::new().await;
    school.local("grace", "a few words in a row").await;
    for n in 0..10 {
        let far = Origin {
            address: format!("198.51.100.{n}"),
            ..here().clone()
        };
        let typed = school.identity.sign_in(&here().address, "a guess", &far);
        refused(typed.await);
    }
    let identity = &school.identity;
    let grace = identity.sign_in("grace@school.example", "a few words in a row", here());
    grace.await.unwrap();
}

#[tokio::test]
async fn guesses_at_one_moment_are_counted_as_well() {
    let school = School::new().await;
    school.local("grace", "a few words in a row").await;
    let mut race = tokio::task::JoinSet::new();
    for n in 0..40 {
        let identity = school.identity.clone();
        race.spawn(async move {
            let far = Origin {
                address: format!("198.51.100.{n}"),
                ..here().clone()
            };
            let guess = identity.sign_in("grace@school.example", "a wrong guess", &far);
            guess.await
        });
    }
    let mut verified = 0;
    for guess in race.join_all().await {
        match guess {
            Err(Error::Forbidden(_)) => verified += 1,
            Err(Error::Throttled { .. }) => {}
            other => panic!("this was to be refused: {other:?}"),
        }
    }
    // Nobody is shut out before ten have failed. When nine have, four may have their turn.
    assert!((10..=13).contains(&verified), "{verified} were verified");
}
