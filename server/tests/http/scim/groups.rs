//! Groups made, changed and removed, and whose they are.

use axum::http::{Method, header};
use serde_json::json;

use super::{Directory, GROUP, refused, text};
use crate::test_app::TestApp;

#[tokio::test]
async fn a_group_is_made_changed_and_removed() {
    let app = TestApp::new().await;
    let directory = Directory::of(&app).await;
    let (ada, max, mia) = (
        directory.push("Ada").await,
        directory.push("Max").await,
        directory.push("Mia").await,
    );
    let body = json!({
        "schemas": [GROUP],
        "displayName": "Botany",
        "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
        "members": [{ "value": ada }, { "value": max, "display": "ignored" }],
    });
    let made = directory
        .post("/Groups", body.clone())
        .await
        .says(201)
        .json();
    let id = text(&made["id"]);
    let place = format!("/Groups/{id}");
    assert_eq!(
        made["members"][0]["$ref"],
        format!("http://lectern.test/scim/v2/Users/{ada}")
    );
    assert_eq!(made["members"][1]["display"], "Max");
    refused(directory.post("/Groups", body).await, 409, "uniqueness");
    let user = directory
        .get(&format!("/Users/{ada}"))
        .await
        .says(200)
        .json();
    assert_eq!(user["groups"][0]["value"], id.as_str());
    assert_eq!(user["groups"][0]["display"], "Botany");

    let of = async || -> Vec<String> {
        let group = app
            .services
            .store
            .read()
            .await
            .unwrap()
            .directory_group(&id)
            .await
            .unwrap()
            .unwrap();
        group
            .members
            .iter()
            .map(|member| member.email.to_string())
            .collect()
    };
    assert_eq!(of().await, ["ada@example.org", "max@example.org"]);
    directory.patch(&place, json!([{ "op": "add", "path": "members", "value": [{ "value": mia }, { "value": max }] }])).await.says(200);
    directory
        .patch(
            &place,
            json!([{ "op": "remove", "path": format!("members[value eq \"{max}\"]") }]),
        )
        .await
        .says(200);
    assert_eq!(of().await, ["ada@example.org", "mia@example.org"]);
    // Somebody's address changes, and somebody is switched off: labs take that over.
    let moved = json!([{ "op": "replace", "value": { "userName": "countess@example.org" } }]);
    directory
        .patch(&format!("/Users/{ada}"), moved)
        .await
        .says(200);
    assert_eq!(of().await, ["countess@example.org", "mia@example.org"]);
    directory
        .patch(
            &format!("/Users/{mia}"),
            json!([{ "op": "replace", "path": "active", "value": false }]),
        )
        .await
        .says(200);
    assert_eq!(of().await, ["countess@example.org"]);
    assert_eq!(
        directory.get(&place).await.json()["members"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    directory.delete(&format!("/Users/{mia}")).await.says(204);
    assert_eq!(
        directory.get(&place).await.json()["members"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    let put = json!({ "displayName": "Zoology", "members": [] });
    let after = directory.put(&place, put).await.says(200).json();
    assert_eq!(
        (
            &after["displayName"],
            after.get("members"),
            after.get("externalId")
        ),
        (&json!("Zoology"), None, None)
    );
    let stranger = "01a20eb5-9067-7564-9645-7bdc18a8c21a";
    for member in [stranger, "nobody"] {
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": member }] }]);
        refused(directory.patch(&place, add).await, 400, "invalidValue");
    }
    refused(
        directory
            .patch(&place, json!([{ "op": "remove", "path": "displayName" }]))
            .await,
        400,
        "mutability",
    );
    for (length, status) in [(256, 200), (257, 400)] {
        let name = "ü".repeat(length);
        let set = json!([{ "op": "replace", "path": "displayName", "value": name }]);
        directory.patch(&place, set).await.says(status);
    }
    directory.delete(&place).await.says(204);
    refused(directory.get(&place).await, 404, "");
    refused(directory.delete("/Groups/none").await, 404, "");
}

#[tokio::test]
async fn what_programs_wrote_is_not_the_directorys_and_what_it_pushed_not_theirs() {
    let app = TestApp::new().await;
    let directory = Directory::of(&app).await;
    let id = text(
        &directory
            .post("/Groups", json!({ "displayName": "Pushed" }))
            .await
            .says(201)
            .json()["id"],
    );
    let organisation = app
        .services
        .store
        .read()
        .await
        .unwrap()
        .organisation()
        .await
        .unwrap()
        .unwrap()
        .id;
    let group = |name: &str| {
        format!(
            "/subscriptions/{organisation}/providers/Lectern.Portal/directoryGroups/{name}?api-version=2026-11-01"
        )
    };
    let send = async |method: Method, path: String| {
        let request = directory
            .client
            .request(method, &path)
            .header(header::AUTHORIZATION, format!("Bearer {}", directory.token))
            .header(header::CONTENT_TYPE, "application/json");
        let body = json!({ "properties": { "displayName": "By a program", "members": [] } });
        directory.client.send(request, body.to_string()).await
    };
    send(Method::PUT, group("own")).await.says(200);
    assert_eq!(
        directory.get("/Groups").await.says(200).json()["totalResults"],
        1
    );
    refused(directory.get("/Groups/own").await, 404, "");
    send(Method::GET, group(&id)).await.says(200);
    send(Method::PUT, group(&id)).await.says(409);
    send(Method::DELETE, group(&id)).await.says(409);
    send(Method::DELETE, group("own")).await.says(200);
}
