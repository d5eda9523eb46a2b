//! Coming in and going out: the first owner, signing in and out, sessions.

use std::time::Duration;

use axum::http::header;
use domain::credentials::Password;
use domain::email::Email;
use domain::name::PersonName;
use identity::password::Hasher;
use service::store::{Person, Record, Session};
use service::vault::Vault;

use crate::client::Client;
use crate::test_app::{PASSWORD, TestApp};

/// The one sentence for every link that does not work.
const NO_LINK: &str = "This link does not work. It may have been used, or have ended. \
                       Ask whoever gave it to you for a new one.";

/// The one sentence for every sign-in that does not fit.
const NO_FIT: &str = "The e-mail address or the password is not right.";

fn account<'a>(token: &'a str, email: &'a str) -> [(&'static str, &'a str); 4] {
    [
        ("token", token),
        ("name", "Grace Hopper"),
        ("email", email),
        ("password", PASSWORD),
    ]
}

async fn sign_in(client: &Client, email: &str, password: &str) -> crate::answer::Answer {
    let form = [("email", email), ("password", password)];
    client.fetch("/sfn/sign-in", &form).await
}

#[tokio::test]
async fn the_owners_link_works_once() {
    let app = TestApp::new().await;
    let token = app.services.owner_link().await.unwrap().unwrap();
    let page = format!("/welcome/{token}");
    let grace = app.anonymous();
    for _ in 0..2 {
        // Opening it changes nothing.
        let opened = grace.get(&page).await.says(200);
        assert!(opened.readable().contains("Create the owner’s account"));
    }
    let used = grace
        .submit(
            &page,
            "/sfn/welcome/use",
            &account(&token, "grace@example.org"),
        )
        .await;
    assert_eq!(used.leads_to(), "/");
    assert!(grace.is_signed_in().await);
    assert!(grace.get("/").await.leads_to().starts_with("/labs"));
    grace.get("/labs/new").await.says(200);

    let eve = app.anonymous();
    let opened = eve.get(&page).await.says(409);
    assert!(opened.readable().contains(NO_LINK), "{}", opened.readable());
    let refused = eve
        .fetch("/sfn/welcome/use", &account(&token, "eve@example.org"))
        .await
        .says(409);
    assert_eq!(refused.message(), NO_LINK);
    assert!(!eve.is_signed_in().await);
    let unknown = eve.ask("/sfn/welcome?token=unknown").await.says(409);
    assert_eq!(unknown.message(), NO_LINK);
}

#[tokio::test]
async fn there_is_one_first_owner() {
    let app = TestApp::new().await;
    let earlier = app.services.owner_link().await.unwrap().unwrap();
    let later = app.services.owner_link().await.unwrap().unwrap();
    let (grace, eve) = (app.anonymous(), app.anonymous());
    // A new start made a new link: the earlier one is over.
    let refused = eve
        .fetch("/sfn/welcome/use", &account(&earlier, "eve@example.org"))
        .await
        .says(409);
    assert_eq!(refused.message(), NO_LINK);
    // Two browsers at once: one of them is the owner.
    let (grace_form, eve_form) = (
        account(&later, "grace@example.org"),
        account(&later, "eve@example.org"),
    );
    let (a, b) = tokio::join!(
        grace.fetch("/sfn/welcome/use", &grace_form),
        eve.fetch("/sfn/welcome/use", &eve_form),
    );
    let mut told = [a.status.as_u16(), b.status.as_u16()];
    told.sort_unstable();
    assert_eq!(told, [200, 409]);
    assert_eq!(app.services.owner_link().await.unwrap(), None);
    assert_ne!(grace.is_signed_in().await, eve.is_signed_in().await);
}

#[tokio::test]
async fn a_link_ends_after_a_week() {
    let app = TestApp::new().await;
    let token = app.services.owner_link().await.unwrap().unwrap();
    app.clock.pass(Duration::from_secs(7 * 24 * 3600 + 1));
    let late = app.anonymous();
    let refused = late.get(&format!("/welcome/{token}")).await.says(409);
    assert!(refused.readable().contains(NO_LINK));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_sound_the_same() {
    let app = TestApp::new().await;
    app.educator("Ada").await;
    let someone = app.anonymous();
    for (email, password) in [
        ("ada@example.org", "wrong"),
        ("nobody@example.org", PASSWORD),
        ("nonsense", PASSWORD),
        ("", ""),
        ("ada@example.org", ""),
    ] {
        let refused = sign_in(&someone, email, password).await.says(403);
        assert_eq!(refused.message(), NO_FIT);
        assert_eq!(refused.field(), "");
        assert_eq!(refused.json()["kind"], "Forbidden");
        assert!(refused.cookies().is_empty());
    }
    sign_in(&someone, " ADA@example.org ", PASSWORD)
        .await
        .says(200);
}

#[tokio::test]
async fn ten_wrong_passwords_are_enough_for_ten_minutes() {
    let app = TestApp::new().await;
    app.educator("Ada").await;
    let guesser = app.anonymous();
    for _ in 0..10 {
        sign_in(&guesser, "ada@example.org", "wrong")
            .await
            .says(403);
    }
    let refused = sign_in(&guesser, "ada@example.org", PASSWORD)
        .await
        .says(429);
    assert_eq!(
        refused.message(),
        "Too many attempts. Please wait 10 minutes and try again."
    );
    // Nor from elsewhere, since it is the account that is guessed at; nor others from there.
    sign_in(&app.anonymous(), "ada@example.org", PASSWORD)
        .await
        .says(429);
    sign_in(&guesser, "max@example.org", PASSWORD)
        .await
        .says(429);
    // Without a script it is said on the page.
    let form = [("email", "ada@example.org"), ("password", PASSWORD)];
    let back = guesser.submit("/sign-in", "/sfn/sign-in", &form).await;
    let page = guesser.get(back.leads_to()).await.says(200);
    assert!(page.readable().contains("Too many attempts."));
    app.clock.pass(Duration::from_secs(601));
    sign_in(&guesser, "ada@example.org", PASSWORD)
        .await
        .says(200);
}

#[tokio::test]
async fn guessing_links_and_codes_is_throttled_too() {
    let app = TestApp::new().await;
    let token = app.services.owner_link().await.unwrap().unwrap();
    let guesser = app.anonymous();
    for n in 0..10 {
        guesser.get(&format!("/welcome/{n}")).await.says(409);
    }
    let page = guesser.get(&format!("/welcome/{token}")).await.says(429);
    assert!(page.readable().contains("Too many attempts."));
    app.anonymous()
        .get(&format!("/welcome/{token}"))
        .await
        .says(200);
    for n in 0..10 {
        guesser
            .get(&format!("/register/00000-0000{n}"))
            .await
            .says(409);
    }
    guesser.get("/register/0000000000").await.says(429);
}

#[tokio::test]
async fn a_session_is_a_cookie_that_no_script_and_no_other_host_can_touch() {
    for (origin, name, secure) in [
        ("http://lectern.test", "lectern-session", false),
        ("https://lectern.test", "__Host-lectern", true),
    ] {
        let app = TestApp::at(origin).await;
        app.educator("Ada").await;
        let ada = app.anonymous();
        let answer = sign_in(&ada, "ada@example.org", PASSWORD).await.says(200);
        let [cookie] = answer.cookies()[..] else {
            panic!("{:?}", answer.cookies());
        };
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        assert_eq!(pair.split_once('=').unwrap().0, name);
        assert_eq!(pair.split_once('=').unwrap().1.len(), 64);
        let attributes: Vec<&str> = attributes.split("; ").collect();
        for attribute in ["Path=/", "HttpOnly", "SameSite=Lax"] {
            assert!(attributes.contains(&attribute), "{cookie}");
        }
        assert_eq!(attributes.contains(&"Secure"), secure, "{cookie}");
        assert!(!cookie.contains("Domain"), "{cookie}");
        assert!(!answer.text.contains(pair.split_once('=').unwrap().1));
        let gone = ada.fetch("/sfn/sign-out", &[]).await.says(200);
        let [cookie] = gone.cookies()[..] else {
            panic!("{:?}", gone.cookies());
        };
        assert!(cookie.starts_with(&format!("{name}=;")), "{cookie}");
        assert!(cookie.contains("Max-Age=0"), "{cookie}");
        assert_eq!(cookie.contains("; Secure"), secure, "{cookie}");
    }
}

#[tokio::test]
async fn signing_in_makes_a_new_session_and_ends_the_one_before() {
    let app = TestApp::new().await;
    app.educator("Ada").await;
    let ada = app.anonymous();
    // A session that somebody else put into the browser is not taken over.
    ada.set_cookie("lectern-session", &"a".repeat(64));
    sign_in(&ada, "ada@example.org", PASSWORD).await.says(200);
    let first = ada.cookie("lectern-session").unwrap();
    assert_ne!(first, "a".repeat(64));
    sign_in(&ada, "ada@example.org", PASSWORD).await.says(200);
    let second = ada.cookie("lectern-session").unwrap();
    assert_ne!(first, second);
    let thief = app.anonymous();
    thief.set_cookie("lectern-session", &first);
    assert!(!thief.is_signed_in().await);
    assert!(ada.is_signed_in().await);
}

#[tokio::test]
async fn signing_out_ends_the_session_and_not_only_the_cookie() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let session = ada.cookie("lectern-session").unwrap();
    let out = ada.fetch("/sfn/sign-out", &[]).await.says(200);
    assert_eq!(out.header(header::LOCATION), "/sign-in");
    assert_eq!(ada.cookie("lectern-session"), None);
    ada.set_cookie("lectern-session", &session);
    assert!(!ada.is_signed_in().await);
    ada.ask("/sfn/labs").await.says(401);
    ada.get("/labs").await.says(303);
    // Doing it again is no error.
    ada.fetch("/sfn/sign-out", &[]).await.says(200);
}

#[tokio::test]
async fn a_session_ends_unused_after_twelve_hours_and_at_last_after_two_weeks() {
    let app = TestApp::new().await;
    let (ada, max) = (app.educator("Ada").await, app.student("Max").await);
    let hours = |n: u64| Duration::from_secs(n * 3600);
    app.clock.pass(hours(11));
    assert!(ada.is_signed_in().await);
    app.clock.pass(hours(11));
    assert!(ada.is_signed_in().await);
    assert!(!max.is_signed_in().await);
    for _ in 0..32 {
        app.clock.pass(hours(10));
        ada.is_signed_in().await;
    }
    assert!(!ada.is_signed_in().await);
}

#[tokio::test]
async fn a_disabled_person_is_out() {
    let app = TestApp::new().await;
    let password = Password::for_person(PASSWORD).unwrap();
    let (email, name) = (
        Email::parse("eve@example.org").unwrap(),
        PersonName::parse("Eve").unwrap(),
    );
    let hasher = Hasher::new().unwrap();
    let hash = hasher.hash_chosen(&password, &email, &name).await.unwrap();
    let now = app.services.now();
    let eve = Person {
        id: app.services.new_person_id(),
        email,
        name,
        password_hash: Some(hash),
        disabled: true,
        created_at: now,
        kind: service::store::PersonKind::User,
    };
    let token = app.services.vault.new_token();
    let mut tx = app.services.store.write().await.unwrap();
    tx.insert_person(&eve).await.unwrap();
    let session = Session {
        token_hash: Vault::token_hash(&token),
        person: eve.id,
        created_at: now,
        used_at: now,
        origin: service::store::Origin::default(),
        provider: None,
    };
    tx.insert_session(&session).await.unwrap();
    tx.commit(Record::Observation).await.unwrap();

    let browser = app.anonymous();
    browser.set_cookie("lectern-session", &token);
    assert!(!browser.is_signed_in().await);
    browser.ask("/sfn/labs").await.says(401);
    let refused = sign_in(&browser, "eve@example.org", PASSWORD)
        .await
        .says(403);
    assert_eq!(refused.message(), NO_FIT);
}

#[tokio::test]
async fn cookies_that_make_no_sense_are_nobody() {
    let app = TestApp::new().await;
    let long = "x".repeat(5000);
    for cookie in ["", "x", "'; drop table sessions; --", "%00", &long, "a=b=c"] {
        let browser = app.anonymous();
        browser.set_cookie("lectern-session", cookie);
        browser.set_cookie("lectern-flash", "%7B%22action");
        assert!(!browser.is_signed_in().await, "{cookie}");
        browser.get("/sign-in").await.says(200);
    }
}

#[tokio::test]
async fn an_invited_person_sets_a_password_for_the_address_they_were_invited_by() {
    let app = TestApp::new().await;
    let email = Email::parse("ada@example.org").unwrap();
    let token = app.identity.make_link(&email, None).await.unwrap();
    let ada = app.anonymous();
    ada.fetch("/sfn/welcome/use", &account(&token, "eve@example.org"))
        .await
        .says(200);
    let session = ada.ask("/sfn/session").await.json();
    assert_eq!(session["person"]["email"], "ada@example.org");
    let refused = sign_in(&app.anonymous(), "eve@example.org", PASSWORD).await;
    assert_eq!(refused.status.as_u16(), 403);
}
