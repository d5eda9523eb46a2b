//! Headers. That every answer has the security headers, and every page only scripts with the
//! header's nonce, is checked in each test by the client; here are the answers that are easy to miss.

use axum::body::Body;
use axum::http::{Method, header};
use axum::routing::get;

use crate::test_app::TestApp;

#[tokio::test]
async fn even_a_panic_answers_with_all_headers_and_tells_nothing() {
    let app = TestApp::with("http://lectern.test", |router| {
        router.route("/boom", get(async || -> &str { panic!("secret cause") }))
    })
    .await;
    let answer = app.anonymous().ask("/boom").await.says(500);
    assert!(!answer.text.contains("secret"), "{}", answer.text);
    assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
}

#[tokio::test]
async fn every_kind_of_answer_has_the_headers() {
    let app = TestApp::new().await;
    let nobody = app.anonymous();
    nobody.get("/sign-in").await.says(200);
    nobody.get("/labs").await.says(303);
    nobody.ask("/no/such/address").await.says(404);
    nobody.ask("/pkg/none.js").await.says(404);
    nobody.fetch("/labs", &[]).await.says(405);
    let foreign = nobody
        .request(Method::POST, "/sfn/sign-in")
        .header("sec-fetch-site", "cross-site");
    nobody.send(foreign, Body::empty()).await.says(403);
    let large = nobody
        .script(Method::POST, "/sfn/sign-in")
        .header(header::CONTENT_LENGTH, "2000000");
    nobody.send(large, Body::empty()).await.says(413);
}

#[tokio::test]
async fn a_nonce_is_never_used_twice() {
    let app = TestApp::new().await;
    let nobody = app.anonymous();
    let first = nobody.get("/sign-in").await;
    let second = nobody.get("/sign-in").await;
    assert_ne!(first.nonce(), second.nonce());
    assert!(first.text.contains("<script"), "{}", first.text);
}

#[tokio::test]
async fn files_may_be_kept_and_pages_and_data_may_not() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let file = ada.ask("/pkg/lectern.css").await.says(200);
    assert_eq!(file.header(header::CACHE_CONTROL), "no-cache");
    assert_eq!(file.header(header::CONTENT_TYPE), "text/css");
    assert!(!file.header(header::LAST_MODIFIED).is_empty());
    let again = ada.request(Method::GET, "/pkg/lectern.css").header(
        header::IF_MODIFIED_SINCE,
        file.header(header::LAST_MODIFIED),
    );
    ada.send(again, Body::empty()).await.says(304);
    for path in ["/sfn/session", "/sfn/labs", "/labs", "/pkg/none.css"] {
        let answer = ada.ask(path).await;
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-store", "{path}");
    }
}

#[tokio::test]
async fn nothing_but_the_browsers_files_is_served() {
    let app = TestApp::new().await;
    assert!(app.dir().join("secret.key").exists());
    let ada = app.educator("Ada").await;
    for path in [
        "/../secret.key",
        "/%2e%2e/secret.key",
        "/pkg/../../secret.key",
        "/pkg/..%2f..%2fsecret.key",
        "/pkg/%2e%2e%5c%2e%2e%5csecret.key",
        "/secret.key",
        "/pkg//etc/passwd",
    ] {
        let answer = ada.ask(path).await;
        assert!(!answer.text.contains("not to be served"), "{path}");
        assert_eq!(answer.status.as_u16(), 404, "{path}");
    }
}
