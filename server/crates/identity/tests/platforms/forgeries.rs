//! Every message that must not be taken.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::lti::{Landing, Posted};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use service::Error;
use service::error::Result;

use crate::lms::{Away, CLIENT, Key, Lms, claim, here};

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(what: &str, result: Result<T>) {
    match result {
        Err(Error::Forbidden(sentence)) => assert!(sentence.ends_with('.'), "{what}: {sentence}"),
        other => panic!("{what} was to be refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_message_that_is_not_right_is_refused() {
    let lms = Lms::new().await;
    let other = Key::new("one");
    let now = lms.seconds();
    type Forgery<'f> = Box<dyn Fn(&Away) -> String + 'f>;
    let changed = |name: String, value: Value| -> (String, Forgery<'_>) {
        let (what, lms) = (format!("{name} = {value}"), &lms);
        let forge = move |away: &Away| {
            let mut claims = lms.claims(away, "ada", "Learner");
            match &value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(&name)),
                value => claims[&name] = value.clone(),
            }
            lms.key.sign(&claims)
        };
        (what, Box::new(forge))
    };
    let usual = |name: &str, value: Value| changed(name.to_owned(), value);
    let lti = |name: &str, value: Value| changed(claim(name), value);
    let mut forgeries = vec![
        usual("iss", json!("http://evil.example")),
        usual("iss", Value::Null),
        usual("aud", json!("client-8")),
        usual("aud", json!([])),
        usual("aud", json!([CLIENT, "client-8"])),
        usual("azp", json!("client-8")),
        usual("nonce", json!("another")),
        usual("nonce", Value::Null),
        usual("exp", json!(now - 120)),
        usual("exp", Value::Null),
        usual("iat", json!(now + 600)),
        usual("iat", Value::Null),
        usual("sub", json!("")),
        usual("sub", Value::Null),
        lti("deployment_id", json!("2:def")),
        lti("deployment_id", json!("")),
        lti("deployment_id", Value::Null),
        lti("version", json!("1.1")),
        lti("version", json!("2.0.0")),
        lti("version", Value::Null),
        lti("message_type", json!("LtiSubmissionReviewRequest")),
        lti("message_type", Value::Null),
        lti("target_link_uri", json!("http://evil.example/")),
        lti("target_link_uri", Value::Null),
        lti("resource_link", Value::Null),
        lti("resource_link", json!({ "title": "nameless" })),
        lti("roles", json!("Learner")),
    ];
    let unsigned = |algorithm: &'static str| -> Forgery<'_> {
        let lms = &lms;
        Box::new(move |away| {
            let header = json!({ "alg": algorithm, "kid": "one", "typ": "JWT" });
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let claims = lms.claims(away, "ada", "Learner");
            format!("{}.{}.", part(&header), part(&claims))
        })
    };
    forgeries.push(("alg none".to_owned(), unsigned("none")));
    forgeries.push(("no signature".to_owned(), unsigned("RS256")));
    forgeries.push((
        "HS256 with the public key".to_owned(),
        Box::new(|away| {
            let mut header = Header::new(Algorithm::HS256);
            header.kid = Some("one".to_owned());
            let secret = lms.key.published["n"].as_str().unwrap();
            let secret = EncodingKey::from_secret(secret.as_bytes());
            let claims = lms.claims(away, "ada", "Learner");
            jsonwebtoken::encode(&header, &claims, &secret).unwrap()
        }),
    ));
    forgeries.push((
        "another algorithm".to_owned(),
        Box::new(|away| {
            let claims = lms.claims(away, "ada", "Learner");
            lms.key.sign_by(Algorithm::RS384, &claims)
        }),
    ));
    forgeries.push((
        "another key with the same name".to_owned(),
        Box::new(|away| other.sign(&lms.claims(away, "ada", "Learner"))),
    ));
    forgeries.push((
        "a changed message under a right signature".to_owned(),
        Box::new(|away| {
            let right = lms.key.sign(&lms.claims(away, "ada", "Learner"));
            let claims = lms.claims(away, "eve", "Learner");
            let parts: Vec<&str> = right.split('.').collect();
            let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
            format!("{}.{claims}.{}", parts[0], parts[2])
        }),
    ));
    forgeries.push((
        "no token at all".to_owned(),
        Box::new(|_| "nonsense".to_owned()),
    ));
    forgeries.push(("nothing".to_owned(), Box::new(|_| String::new())));
    for (what, forgery) in forgeries {
        let away = lms.leave().await;
        let token = forgery(&away);
        assert_refused(&what, lms.land(&away, token).await);
    }
    // And the right one is taken.
    let away = lms.leave().await;
    let token = lms.key.sign(&lms.claims(&away, "ada", "Learner"));
    assert!(lms.land(&away, token).await.is_ok());
}

#[tokio::test]
async fn a_message_answers_the_launch_that_was_begun_in_this_browser_only() {
    let lms = Lms::new().await;
    let (away, other) = (lms.leave().await, lms.leave().await);
    let token = lms.key.sign(&lms.claims(&away, "ada", "Learner"));
    let post = async |state: &str, cookie: Option<&str>| {
        let posted = Posted {
            state: state.to_owned(),
            id_token: token.clone(),
            error: String::new(),
        };
        lms.identity.lti().launch(&posted, cookie, here()).await
    };
    let cookie = Some(away.cookie.as_str());
    assert_refused("no state", post("", cookie).await);
    assert_refused("a made-up state", post("AAAA", cookie).await);
    // The nonce in it is another.
    let theirs = post(&other.state, Some(&other.cookie)).await;
    assert_refused("another launch's state", theirs);
    let elsewhere = post(&away.state, Some(&other.cookie)).await;
    assert_refused("another browser", elsewhere);
    let made_up = post(&away.state, Some("00")).await;
    assert_refused("a made-up cookie", made_up);
    let said_no = Posted {
        state: away.state.clone(),
        id_token: String::new(),
        error: "login_required".to_owned(),
    };
    let lti = lms.identity.lti();
    let said_no = lti.launch(&said_no, cookie, here()).await;
    assert_refused("no", said_no);
    // None of these used it up; once taken, it is.
    let landed = post(&away.state, cookie).await;
    assert!(matches!(landed, Ok(Landing::Message(_))), "{landed:?}");
    assert_refused("the same again", post(&away.state, cookie).await);
    // Each is written down, the newest first.
    let name = {
        let mut tx = lms.services.store.read().await.unwrap();
        let platform = tx.platform(lms.platform).await.unwrap().unwrap();
        format!("“{}”", platform.details.name)
    };
    let told = [
        (name.as_str(), "the launch was used already"),
        (name.as_str(), "it did not tell who they are"),
        (name.as_str(), "the launch was begun in another browser"),
        (name.as_str(), "the launch was begun in another browser"),
        (name.as_str(), "the token's nonce is another"),
        (
            "a learning platform",
            "the launch was not begun here, or took too long",
        ),
        (
            "a learning platform",
            "the launch was not begun here, or took too long",
        ),
    ];
    let told = told.map(|(from, why)| {
        let text = format!("Somebody who came from {from} was refused: {why}.");
        (None::<String>, text)
    });
    assert_eq!(lms.refusals().await, told);
}

#[tokio::test]
async fn what_is_over_is_over() {
    let lms = Lms::new().await;
    // A nonce is remembered for as long as it could be used again.
    let away = lms.leave().await;
    let mut claims = lms.claims(&away, "ada", "Learner");
    claims["exp"] = json!(lms.seconds() + 86_400);
    let token = lms.key.sign(&claims);
    assert!(lms.land(&away, token.clone()).await.is_ok());
    for _ in 0..5 {
        lms.pass(Duration::from_secs(119));
        // Each other launch forgets the nonces that have ended.
        lms.message("max", "Learner", |_| ()).await;
        assert_refused("replayed", lms.land(&away, token.clone()).await);
    }
    lms.pass(Duration::from_secs(600));
    assert_refused("long after", lms.land(&away, token).await);
    // A launch that took too long, though the message is fresh.
    let away = lms.leave().await;
    lms.pass(Duration::from_secs(601));
    let token = lms.key.sign(&lms.claims(&away, "ada", "Learner"));
    assert_refused("too late", lms.land(&away, token).await);
    // A platform that was switched off, or removed, meanwhile.
    let away = lms.leave().await;
    let token = lms.key.sign(&lms.claims(&away, "ada", "Learner"));
    let switch = async |on| {
        let switched = lms.services.switch_platform(&lms.owner, lms.platform, on);
        switched.await.unwrap();
    };
    switch(false).await;
    assert_refused("switched off", lms.land(&away, token.clone()).await);
    switch(true).await;
    assert!(lms.land(&away, token).await.is_ok());
    let away = lms.leave().await;
    let token = lms.key.sign(&lms.claims(&away, "ada", "Learner"));
    let removed = lms.services.remove_platform(&lms.owner, lms.platform).await;
    removed.unwrap();
    assert_refused("removed", lms.land(&away, token).await);
}

#[tokio::test]
async fn keys_are_rotated_and_nobody_has_them_asked_for_again_and_again() {
    let lms = Lms::new().await;
    lms.message("ada", "Learner", |_| ()).await;
    let asked = || lms.office.lock().unwrap().asked_for_keys;
    assert_eq!(asked(), 1);
    let second = Key::new("two");
    let land = async |key: &Key| {
        let away = lms.leave().await;
        let token = key.sign(&lms.claims(&away, "ada", "Learner"));
        lms.land(&away, token).await
    };
    // Not published, and asked for a moment ago.
    assert_refused("an unknown key", land(&second).await);
    assert_eq!(asked(), 1);
    lms.pass(Duration::from_secs(11));
    for _ in 0..5 {
        assert_refused("an unknown key", land(&second).await);
    }
    assert_eq!(asked(), 2);
    lms.office.lock().unwrap().keys = vec![second.published.clone()];
    lms.pass(Duration::from_secs(11));
    assert!(land(&second).await.is_ok());
    assert_refused("a key that was withdrawn", land(&lms.key).await);
}

#[tokio::test]
async fn old_keys_do_not_count_as_new_because_the_platform_is_away() {
    let lms = Lms::new().await;
    lms.message("ada", "Learner", |_| ()).await;
    let second = Key::new("two");
    let land = async |key: &Key| {
        let away = lms.leave().await;
        let token = key.sign(&lms.claims(&away, "ada", "Learner"));
        lms.land(&away, token).await
    };
    lms.pass(Duration::from_secs(24 * 3600 + 1));
    lms.office.lock().unwrap().keeps_keys = true;
    for later in [0, 1, 11, 3600] {
        lms.pass(Duration::from_secs(later));
        let landed = land(&lms.key).await;
        assert!(matches!(landed, Err(Error::Unavailable(_))), "{later}");
    }
    // It is not asked each time either.
    assert_eq!(lms.office.lock().unwrap().asked_for_keys, 4);
    {
        let mut office = lms.office.lock().unwrap();
        office.keeps_keys = false;
        office.keys = vec![second.published.clone()];
    }
    lms.pass(Duration::from_secs(11));
    assert_refused("a key that was withdrawn", land(&lms.key).await);
    assert!(land(&second).await.is_ok());
}
