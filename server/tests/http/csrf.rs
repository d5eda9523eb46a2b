//! Other sites' pages cannot act here in a person's name.

use axum::body::Body;
use axum::http::{Method, header};
use leptos::server_fn::axum::server_fn_paths;

use crate::client::{Client, PAGE, encode};
use crate::lab::Lab;
use crate::test_app::TestApp;

async fn post(client: &Client, path: &str, headers: &[(&str, &str)], body: String) -> u16 {
    let mut request = client
        .request(Method::POST, path)
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.send(request, Body::from(body)).await.status.as_u16()
}

#[tokio::test]
async fn no_form_of_another_site_gets_in() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let foreign: &[&[(&str, &str)]] = &[
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://lectern.test"),
        ],
        &[("origin", "https://evil.example")],
        &[("origin", "http://lectern.test.evil.example")],
        &[("origin", "http://lectern.test:8080")],
        &[("origin", "null")],
    ];
    let mut doors: Vec<&str> = server_fn_paths()
        .filter(|(_, method)| *method == Method::POST)
        .map(|(path, _)| path)
        .collect();
    doors.extend(["/terminal/tickets", "/account/link"]);
    assert!(doors.len() > 10);
    for door in doors {
        for headers in foreign {
            let status = post(&ada, door, headers, String::new()).await;
            assert_eq!(status, 403, "{door} {headers:?}");
        }
    }
    assert!(ada.is_signed_in().await, "a foreign page signed her out");
    // Whoever sees it reads what to do; and no redirect leads anywhere another site chose.
    let request = ada
        .request(Method::POST, "/sfn/sign-out")
        .header(header::ACCEPT, PAGE)
        .header(header::REFERER, "https://evil.example/")
        .header("sec-fetch-site", "cross-site");
    let refused = ada.send(request, Body::empty()).await.says(403);
    assert!(refused.message().ends_with("Please load the page again."));
    assert!(refused.cookies().is_empty());
    assert_eq!(refused.header(header::LOCATION), "");
}

#[tokio::test]
async fn the_portals_own_forms_do() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let own: &[&[(&str, &str)]] = &[
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
        &[("origin", "http://lectern.test")],
        // A program, which no other site can make a person's browser be.
        &[],
    ];
    for headers in own {
        let form = encode(&[("id", &lab.id), ("title", "Mosses")]);
        assert_eq!(
            post(&ada, "/sfn/labs/update", headers, form).await,
            200,
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn nothing_changes_by_opening_an_address() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    for (path, method) in server_fn_paths() {
        if method == Method::POST {
            let address = format!("{path}?id={}&typed=Orchids", lab.id);
            ada.get(&address).await.says(405);
            ada.ask(&address).await.says(405);
        }
    }
    assert_eq!(lab.view(&ada).await["deleting"], false);
}
