//! Access tokens as their person sees them: made, shown once, taken back.

use axum::body::Body;
use axum::http::{Method, header};

use crate::test_app::TestApp;

/// What is between two texts.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap();
    rest.split_once(end).unwrap().0
}

#[tokio::test]
async fn a_token_is_shown_once_and_revoked() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let page = ada.get("/account/tokens").await.says(200).readable();
    assert!(page.contains("No access tokens"), "{page}");

    let form = [
        ("name", "Nightly <report>"),
        ("reach", "ReadOnly"),
        ("expires", "30"),
    ];
    ada.fetch("/sfn/tokens/create", &form).await.says(200);
    let page = ada.get("/account/tokens").await.says(200).readable();
    let secret = between(&page, "value=\"lectern_", "\"").to_owned();
    assert_eq!(secret.len(), 64, "{page}");
    assert!(page.contains("Nightly &lt;report&gt;"), "{page}");
    assert!(page.contains("never used"), "{page}");
    let again = ada.get("/account/tokens").await.says(200).text;
    assert!(!again.contains(&secret), "a secret is shown once");

    let token = format!("lectern_{secret}");
    let services = &app.services;
    let actor = services
        .authenticate_token(&token, "192.0.2.1")
        .await
        .unwrap()
        .unwrap();
    assert!(actor.read_only);

    let id = between(&again, "name=\"token\" value=\"", "\"").to_owned();
    let max = app.educator("Max").await;
    max.fetch("/sfn/tokens/revoke", &[("token", &id)])
        .await
        .says(404);
    ada.fetch("/sfn/tokens/revoke", &[("token", &id)])
        .await
        .says(200);
    assert_eq!(
        services
            .authenticate_token(&token, "192.0.2.1")
            .await
            .unwrap(),
        None
    );
    let page = ada.get("/account/tokens").await.says(200).readable();
    assert!(page.contains("No access tokens"), "{page}");
}

#[tokio::test]
async fn what_is_wrong_with_a_token_is_said_at_its_field() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let long = "x".repeat(101);
    for (field, name, reach, expires) in [
        ("name", "", "Full", "30"),
        ("name", long.as_str(), "Full", "30"),
        ("reach", "Script", "Everything", "30"),
        ("expires", "Script", "Full", "0"),
        ("expires", "Script", "Full", "soon"),
    ] {
        let form = [("name", name), ("reach", reach), ("expires", expires)];
        let refused = ada.fetch("/sfn/tokens/create", &form).await.says(422);
        assert_eq!(refused.field(), field, "{form:?}");
    }
}

#[tokio::test]
async fn by_https_no_other_host_can_put_a_secret_onto_the_page() {
    let app = TestApp::at("https://lectern.test").await;
    let ada = app.educator("Ada").await;
    let form = [("name", "Script"), ("reach", "ReadOnly"), ("expires", "30")];
    let made = ada.fetch("/sfn/tokens/create", &form).await.says(200);
    let [cookie] = made.cookies()[..] else {
        panic!("{:?}", made.cookies());
    };
    assert!(cookie.starts_with("__Host-lectern-made="), "{cookie}");
    assert!(cookie.contains("; Secure"), "{cookie}");
    let page = ada.get("/account/tokens").await.says(200).readable();
    assert!(page.contains("value=\"lectern_"), "{page}");
    assert!(ada.cookie("__Host-lectern-made").is_none());
    ada.set_cookie("lectern-made", "lectern_of-another-host");
    let page = ada.get("/account/tokens").await.says(200).text;
    assert!(!page.contains("of-another-host"), "{page}");
}

#[tokio::test]
async fn who_tries_many_wrong_tokens_is_told_to_wait() {
    let app = TestApp::new().await;
    for path in [
        "/scim/v2/Users",
        "/subscriptions/x/providers/Microsoft.LabServices/labs?api-version=2023-06-07",
    ] {
        // From an address of its own.
        let client = app.anonymous();
        let ask = async || {
            let request = client
                .request(Method::GET, path)
                .header(header::AUTHORIZATION, "Bearer lectern_wrong");
            client.send(request, Body::empty()).await
        };
        for _ in 0..10 {
            ask().await.says(401);
        }
        let answer = ask().await.says(429);
        assert_eq!(answer.header(header::RETRY_AFTER), "600", "{path}");
    }
}
