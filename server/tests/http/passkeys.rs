//! Passkeys over HTTP: where they are offered, and what is said to what is not right. With a device it
//! is told in `identity`, and in a real browser.

use serde_json::json;

use crate::test_app::{PASSWORD, TestApp};

const MODULE: &str = r#"src="/assets/passkeys.js""#;

#[tokio::test]
async fn they_are_offered_by_https_and_not_by_http() {
    let app = TestApp::at("https://labs.test").await;
    let page = app.anonymous().get("/sign-in").await.says(200);
    assert!(page.text.contains(MODULE));
    assert!(page.text.contains("username webauthn"));
    assert!(page.text.contains(r#"data-origin="https://labs.test""#));
    let ada = app.educator("Ada").await;
    let page = ada.get("/account").await.says(200);
    assert!(page.text.contains(MODULE));
    assert!(page.text.contains("Add a passkey"));
    // No other page pays for it.
    let page = ada.get("/labs").await.says(200);
    assert!(!page.text.contains("passkeys.js"));

    let app = TestApp::new().await;
    let page = app.anonymous().get("/sign-in").await.says(200);
    assert!(!page.text.contains("asskey"), "{}", page.readable());
    assert!(!page.text.contains("webauthn"));
    let ada = app.educator("Ada").await;
    let page = ada.get("/account").await.says(200);
    assert!(!page.text.contains("asskey"), "{}", page.readable());
}

#[tokio::test]
async fn a_question_is_asked_of_whoever_may_answer() {
    let app = TestApp::at("https://labs.test").await;
    let stranger = app.anonymous();
    let question = stranger.post("/passkeys/ask", "{}").await.says(200).json();
    assert_eq!(question["options"]["rpId"], "labs.test");
    assert!(question["ticket"].as_str().unwrap().len() > 100);
    let refused = stranger.post("/passkeys/ask-new", r#"{"name":"Laptop"}"#);
    assert_eq!(refused.await.says(401).message(), "Please sign in.");

    let ada = app.educator("Ada").await;
    let wish = json!({ "name": "Laptop", "password": PASSWORD }).to_string();
    let asked = ada.post("/passkeys/ask-new", &wish).await;
    let question = asked.says(200).json();
    assert_eq!(question["options"]["user"]["displayName"], "Ada");
    // The device is not asked for what could not be kept.
    for name in ["", &"x".repeat(61)] {
        let body = json!({ "name": name }).to_string();
        let refused = ada.post("/passkeys/ask-new", &body).await.says(422);
        assert_eq!(refused.field(), "name");
    }
}

#[tokio::test]
async fn what_is_no_answer_is_refused_in_a_sentence() {
    let app = TestApp::at("https://labs.test").await;
    let stranger = app.anonymous();
    let question = stranger.post("/passkeys/ask", "{}").await.says(200).json();
    let ticket = &question["ticket"];
    for answer in [json!(null), json!({}), json!({ "id": "x" }), json!([1])] {
        let body = json!({ "ticket": ticket, "answer": answer }).to_string();
        let refused = stranger.post("/passkeys/sign-in", &body).await.says(403);
        assert!(refused.message().contains("does not sign in here"));
        assert!(refused.cookies().is_empty());
    }
    let body = json!({ "ticket": "00ff", "answer": {} }).to_string();
    let refused = stranger.post("/passkeys/sign-in", &body).await.says(403);
    assert!(refused.message().contains("took too long"));
    for (path, body) in [
        ("/passkeys/sign-in", "{"),
        ("/passkeys/sign-in", r#"{"ticket":1}"#),
        ("/passkeys/ask", ""),
    ] {
        let refused = stranger.post(path, body).await;
        assert!(refused.status.is_client_error(), "{path} {body}");
        assert!(refused.message().ends_with('.'), "{path} {body}");
    }
    let ada = app.educator("Ada").await;
    let wish = json!({ "name": "Laptop", "password": PASSWORD }).to_string();
    let asked = ada.post("/passkeys/ask-new", &wish).await;
    let ticket = asked.says(200).json()["ticket"].clone();
    let body = json!({ "ticket": ticket, "name": "Laptop", "answer": {} }).to_string();
    let refused = ada.post("/passkeys/add", &body).await.says(409);
    assert!(refused.message().contains("does not make a passkey"));
}
