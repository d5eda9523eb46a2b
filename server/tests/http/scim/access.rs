//! Who may ask what of SCIM, and how it describes itself.

use axum::http::{Method, header};
use domain::role::Role;
use domain::token::Reach;
use serde_json::{Value, json};

use super::{Directory, PATCH, person, refused, text, token};
use crate::test_app::TestApp;

#[tokio::test]
async fn every_route_asks_for_a_token_of_somebody_who_may() {
    let app = TestApp::new().await;
    let owner = Directory::of(&app).await;
    person(&app, "Eve", Some(Role::LabCreator)).await;
    let reading = Directory::with(&app, token(&app, "Olga", Reach::ReadOnly).await);
    let creator = Directory::with(&app, token(&app, "Eve", Reach::Full).await);
    let nobody = Directory::with(&app, "nonsense".to_owned());
    let user = owner.push("Max").await;
    let user_place = format!("/Users/{user}");
    let group = text(
        &owner
            .post("/Groups", json!({ "displayName": "G" }))
            .await
            .json()["id"],
    );
    let group_place = format!("/Groups/{group}");
    let search = json!({ "filter": "id pr" });
    let patch = json!({ "schemas": [PATCH], "Operations": [] });
    let max = json!({ "userName": "max@example.org" });
    let zoe = json!({ "userName": "zoe@example.org" });
    let named = json!({ "displayName": "H" });
    // Nobody, an educator, an owner who may only read, an owner.
    let rows: [(Method, &str, Option<Value>, [u16; 4]); 19] = [
        (
            Method::GET,
            "/ServiceProviderConfig",
            None,
            [401, 200, 200, 200],
        ),
        (Method::GET, "/ResourceTypes", None, [401, 200, 200, 200]),
        (
            Method::GET,
            "/ResourceTypes/Group",
            None,
            [401, 200, 200, 200],
        ),
        (Method::GET, "/Schemas", None, [401, 200, 200, 200]),
        (
            Method::GET,
            "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
            None,
            [401, 200, 200, 200],
        ),
        (Method::GET, "/Users", None, [401, 403, 200, 200]),
        (Method::GET, &user_place, None, [401, 403, 200, 200]),
        (
            Method::POST,
            "/Users/.search",
            Some(search.clone()),
            [401, 403, 200, 200],
        ),
        (
            Method::POST,
            "/Groups/.search",
            Some(search.clone()),
            [401, 403, 200, 200],
        ),
        (Method::POST, "/.search", Some(search), [401, 403, 200, 200]),
        (Method::GET, "/Groups", None, [401, 403, 200, 200]),
        (Method::GET, &group_place, None, [401, 403, 200, 200]),
        (Method::POST, "/Users", Some(zoe), [401, 403, 403, 201]),
        (Method::PUT, &user_place, Some(max), [401, 403, 403, 200]),
        (
            Method::PATCH,
            &user_place,
            Some(patch.clone()),
            [401, 403, 403, 200],
        ),
        (
            Method::POST,
            "/Groups",
            Some(named.clone()),
            [401, 403, 403, 201],
        ),
        (Method::PUT, &group_place, Some(named), [401, 403, 403, 200]),
        (
            Method::PATCH,
            &group_place,
            Some(patch),
            [401, 403, 403, 200],
        ),
        (Method::POST, "/Bulk", Some(json!({})), [401, 501, 501, 501]),
    ];
    for (method, path, body, told) in rows {
        for (directory, status) in [&nobody, &creator, &reading, &owner].into_iter().zip(told) {
            let answer = directory
                .send(method.clone(), path, &[], body.clone())
                .await;
            assert_eq!(
                answer.status.as_u16(),
                status,
                "{method} {path}: {}",
                answer.text
            );
            if status == 401 {
                assert!(
                    answer
                        .header(header::WWW_AUTHENTICATE)
                        .starts_with("Bearer")
                );
            }
        }
    }
    for path in [&user_place, &group_place] {
        for (directory, status) in [
            (&nobody, 401),
            (&creator, 403),
            (&reading, 403),
            (&owner, 204),
        ] {
            directory.delete(path).await.says(status);
        }
    }
    refused(owner.get("/Nothing").await, 404, "");
    refused(owner.get("/Me").await, 501, "");
    refused(
        owner.send(Method::DELETE, "/Users", &[], None).await,
        405,
        "",
    );
    let request = owner
        .client
        .request(Method::POST, "/scim/v2/Users")
        .header(header::AUTHORIZATION, format!("Bearer {}", owner.token))
        .header(header::CONTENT_TYPE, "text/plain");
    refused(owner.client.send(request, "userName").await, 415, "");
    let request = owner
        .client
        .request(Method::POST, "/scim/v2/Users")
        .header(header::AUTHORIZATION, format!("Bearer {}", owner.token));
    refused(owner.client.send(request, "{").await, 400, "invalidSyntax");
}

#[tokio::test]
async fn the_description_says_what_there_is() {
    let app = TestApp::new().await;
    let directory = Directory::of(&app).await;
    let config = directory
        .get("/ServiceProviderConfig")
        .await
        .says(200)
        .json();
    assert_eq!(
        (&config["bulk"]["supported"], &config["patch"]["supported"]),
        (&json!(false), &json!(true))
    );
    let types = directory.get("/ResourceTypes").await.says(200).json();
    assert_eq!(types["totalResults"], 2);
    let schemas = directory.get("/Schemas").await.says(200).json();
    for schema in schemas["Resources"].as_array().unwrap() {
        let one = directory
            .get(&format!("/Schemas/{}", text(&schema["id"])))
            .await
            .says(200);
        assert_eq!(one.json(), *schema);
    }
    refused(directory.get("/Schemas/none").await, 404, "");
    for list in ["/Schemas", "/ResourceTypes"] {
        let filtered = format!("{list}?filter=id%20eq%20%22User%22");
        refused(directory.get(&filtered).await, 403, "");
        let paged = format!("{list}?startIndex=2&count=1");
        directory.get(&paged).await.says(200);
    }
}
