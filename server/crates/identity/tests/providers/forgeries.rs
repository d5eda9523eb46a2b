//! Every token and every return that must not be taken.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::oidc::Returned;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use service::Error;
use service::error::Result;
use service::store::Record;

use crate::school::{Away, CLIENT, Key, School, here};

fn assert_refused<T: std::fmt::Debug>(what: &str, result: Result<T>) {
    match result {
        Err(Error::Forbidden(sentence)) => assert!(sentence.ends_with('.'), "{what}: {sentence}"),
        other => panic!("{what} was to be refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_token_that_is_not_right_is_refused() {
    let school = School::new().await;
    let (key, other) = (Key::new("one"), Key::new("one"));
    school.publish(&[&key]);
    let now = school.seconds();
    let changed = |away: &Away, name: &str, value: Value| {
        let mut claims = school.claims(away, "ada", "ada@school.example");
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        key.sign(&claims)
    };
    let forge = |header: Value, away: &Away| {
        let claims = school.claims(away, "ada", "ada@school.example");
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}", part(&header), part(&claims))
    };
    type Forgery<'f> = Box<dyn Fn(&Away) -> String + 'f>;
    let claim = |name: &'static str, value: Value| -> (String, Forgery<'_>) {
        let what = format!("{name} = {value}");
        (
            what,
            Box::new(move |away| changed(away, name, value.clone())),
        )
    };
    let mut forgeries = vec![
        claim("iss", json!("https://evil.example")),
        claim("iss", Value::Null),
        claim("aud", json!("another")),
        claim("aud", json!([])),
        claim("aud", json!([CLIENT, "another"])),
        claim("azp", json!("another")),
        claim("nonce", json!("another")),
        claim("nonce", Value::Null),
        claim("exp", json!(now - 120)),
        claim("exp", Value::Null),
        claim("exp", json!("tomorrow")),
        claim("iat", json!(now + 600)),
        claim("iat", Value::Null),
        claim("nbf", json!(now + 600)),
        claim("sub", json!("")),
        claim("sub", json!("x".repeat(256))),
    ];
    forgeries.push((
        "alg none".to_owned(),
        Box::new(|away| format!("{}.", forge(json!({ "alg": "none", "kid": "one" }), away))),
    ));
    forgeries.push((
        "no signature".to_owned(),
        Box::new(|away| format!("{}.", forge(json!({ "alg": "ES256", "kid": "one" }), away))),
    ));
    forgeries.push((
        "HS256 with the public key".to_owned(),
        Box::new(|away| {
            let mut header = Header::new(Algorithm::HS256);
            header.kid = Some("one".to_owned());
            let x = key.published["x"].as_str().unwrap();
            let secret = EncodingKey::from_secret(x.as_bytes());
            let claims = school.claims(away, "ada", "ada@school.example");
            jsonwebtoken::encode(&header, &claims, &secret).unwrap()
        }),
    ));
    forgeries.push((
        "another key with the same name".to_owned(),
        Box::new(|away| other.sign(&school.claims(away, "ada", "ada@school.example"))),
    ));
    forgeries.push((
        "an unknown key".to_owned(),
        Box::new(|away| Key::new("two").sign(&school.claims(away, "ada", "ada@school.example"))),
    ));
    forgeries.push((
        "no token at all".to_owned(),
        Box::new(|_| "nonsense".to_owned()),
    ));
    forgeries.push(("nothing".to_owned(), Box::new(|_| String::new())));
    for (what, forgery) in forgeries {
        let away = school.leave(None).await;
        let token = forgery(&away);
        assert_refused(&what, school.come_back(&away, token).await);
    }
    // And the right one is taken.
    let away = school.leave(None).await;
    let token = key.sign(&school.claims(&away, "ada", "ada@school.example"));
    let arrival = school.come_back(&away, token).await.unwrap();
    assert_eq!(arrival.next.as_deref(), Some("/machines"));
}

#[tokio::test]
async fn a_return_that_no_departure_from_here_answers_is_refused() {
    let school = School::new().await;
    let key = Key::new("one");
    school.publish(&[&key]);
    let oidc = school.identity.oidc();
    let away = school.leave(None).await;
    let (other, code) = (school.leave(None).await, "x".to_owned());
    let returned = |state: &str, code: &str| Returned {
        state: state.to_owned(),
        code: code.to_owned(),
        error: String::new(),
    };
    let right = returned(&away.state, &code);
    for (what, cookie, returned) in [
        ("no cookie", None, right.clone()),
        (
            "another journey's cookie",
            Some(&*other.cookie),
            right.clone(),
        ),
        ("a made-up cookie", Some("00ff"), right.clone()),
        ("no state", Some(&*away.cookie), returned("", &code)),
        ("a made-up state", Some(&*away.cookie), returned("x", &code)),
        ("no code", Some(&*away.cookie), returned(&away.state, "")),
        ("a made-up code", Some(&*away.cookie), right.clone()),
    ] {
        let arrived = oidc.arrive("school", cookie, returned, here());
        assert_refused(what, arrived.await);
    }
    let said_no = Returned {
        error: "access_denied".to_owned(),
        ..right
    };
    let arrived = oidc.arrive("school", Some(&away.cookie), said_no, here());
    assert_refused("no", arrived.await);
    // What took too long is over, and a code works once.
    let token = key.sign(&school.claims(&away, "ada", "ada@school.example"));
    assert!(school.come_back(&away, token.clone()).await.is_ok());
    school.pass(Duration::from_secs(16 * 60));
    assert_refused("too late", school.come_back(&away, token).await);
}

#[tokio::test]
async fn who_is_refused_is_written_down_and_nothing_of_the_token() {
    let school = School::new().await;
    let key = Key::new("one");
    school.publish(&[&key]);
    let away = school.leave(None).await;
    let mut claims = school.claims(&away, "ada", "ada@school.example");
    claims["nonce"] = json!("another");
    assert!(school.come_back(&away, key.sign(&claims)).await.is_err());
    let away = school.leave(None).await;
    let mut claims = school.claims(&away, "ada", "ada@school.example");
    claims["exp"] = json!("secret-exp");
    assert!(school.come_back(&away, key.sign(&claims)).await.is_err());
    let nobody = school
        .come(&key, "eve", "eve@elsewhere.example")
        .await
        .unwrap_err();
    // And one whose account was switched off since.
    school
        .come(&key, "max", "max@school.example")
        .await
        .unwrap();
    let mut tx = school.services.store.write().await.unwrap();
    let max = tx.identity("school", "max").await.unwrap().unwrap().person;
    tx.set_disabled(max, true).await.unwrap();
    tx.commit(Record::Observation).await.unwrap();
    let off = school
        .come(&key, "max", "max@school.example")
        .await
        .unwrap_err();
    let line = |who: Option<&str>, text: &str| {
        let from = here().address.clone();
        (who.map(str::to_owned), text.to_owned(), from)
    };
    let by = "came by “School account” and was refused";
    assert_eq!(
        school.refusals().await,
        [
            line(
                Some("max@school.example"),
                &format!("max@school.example {by}: {off}")
            ),
            line(None, &format!("eve@elsewhere.example {by}: {nobody}")),
            line(
                None,
                "Somebody who came by “School account” was refused: the token is malformed."
            ),
            line(
                None,
                "Somebody who came by “School account” was refused: the token's nonce is another."
            ),
        ]
    );
    // Whoever sends many does not fill the log, and keeps nobody out.
    for _ in 0..20 {
        let oidc = school.identity.oidc();
        let nothing = oidc.arrive("school", None, Returned::default(), here());
        assert!(matches!(nothing.await, Err(Error::Forbidden(_))));
    }
    assert_eq!(school.refusals().await.len(), 2 + 10);
    school
        .come(&key, "ada", "ada@school.example")
        .await
        .unwrap();
}

#[tokio::test]
async fn keys_are_rotated_and_nobody_has_them_asked_for_again_and_again() {
    let school = School::new().await;
    let (first, second) = (Key::new("one"), Key::new("two"));
    school.publish(&[&first]);
    school
        .come(&first, "ada", "ada@school.example")
        .await
        .unwrap();
    assert_eq!(school.asked_for_keys(), 1);
    // Forged ones do not have the provider asked each time.
    for _ in 0..5 {
        assert!(
            school
                .come(&Key::new("x"), "ada", "ada@school.example")
                .await
                .is_err()
        );
    }
    assert_eq!(school.asked_for_keys(), 1);
    school.publish(&[&second]);
    school.pass(Duration::from_secs(11));
    school
        .come(&second, "ada", "ada@school.example")
        .await
        .unwrap();
    assert_eq!(school.asked_for_keys(), 2);
    // The old one works no more.
    assert_refused(
        "the old key",
        school.come(&first, "ada", "ada@school.example").await,
    );
}
