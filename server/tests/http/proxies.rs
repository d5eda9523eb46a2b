//! Who is counted where a reverse proxy is in front.

use axum::body::Body;
use axum::http::{Method, header};

use crate::answer::Answer;
use crate::client::{Client, PAGE};
use crate::test_app::TestApp;

/// Opens a one-time link, which a proxy passes on for this address.
async fn open(client: &Client, forwarded: &str, token: &str) -> Answer {
    let request = client
        .request(Method::GET, &format!("/welcome/{token}"))
        .header(header::ACCEPT, PAGE)
        .header("x-forwarded-for", forwarded);
    client.send(request, Body::empty()).await
}

#[tokio::test]
async fn who_is_behind_a_trusted_proxy_is_counted_alone() {
    let app = TestApp::new().await;
    let token = app.services.owner_link().await.unwrap().unwrap();
    let client = app.behind("10.0.0.0/8", [10, 0, 0, 1]);
    for n in 0..10 {
        // What a caller writes into the header stands before what the proxy does.
        let forwarded = format!("203.0.113.{n}, 198.51.100.1");
        open(&client, &forwarded, "guess").await.says(409);
    }
    open(&client, "198.51.100.1", &token).await.says(429);
    open(&client, "198.51.100.2", &token).await.says(200);
}

#[tokio::test]
async fn nobody_else_is_believed() {
    let app = TestApp::new().await;
    let token = app.services.owner_link().await.unwrap().unwrap();
    let client = app.behind("10.0.0.0/8", [192, 0, 2, 200]);
    for n in 0..10 {
        let forwarded = format!("198.51.100.{n}");
        open(&client, &forwarded, "guess").await.says(409);
    }
    open(&client, "198.51.100.77", &token).await.says(429);
}
