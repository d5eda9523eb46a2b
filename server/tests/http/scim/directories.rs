//! SCIM as Entra and Okta speak it, by the requests that their documentation shows.

use axum::http::header;
use domain::token::Reach;
use serde_json::{Value, json};

use super::{Directory, ENTERPRISE, GROUP, USER, text, token};
use crate::lab::Lab;
use crate::test_app::TestApp;

#[tokio::test]
async fn entra_makes_finds_changes_and_switches_off() {
    let app = TestApp::new().await;
    let entra = Directory::of(&app).await;
    // It tries the connection by asking for somebody who is not there.
    let none = entra
        .get("/Users?filter=userName+eq+%22non-existent%22")
        .await
        .says(200);
    assert!(
        none.header(header::CONTENT_TYPE)
            .starts_with("application/scim+json")
    );
    assert_eq!(none.json()["totalResults"], 0);
    assert_eq!(none.json()["Resources"], json!([]));

    let body = json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
        "userName": "Test_User_ab6490ee@testuser.com",
        "active": true,
        "emails": [{ "primary": true, "type": "work", "value": "Test_User_fd0ea19b@testuser.com" }],
        "meta": { "resourceType": "User" },
        "name": { "formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName" },
        "roles": [],
    });
    let user = entra.post("/Users", body).await.says(201).json();
    let place = format!("/Users/{}", text(&user["id"]));
    assert_eq!(user["name"]["formatted"], "givenName familyName");
    let found = entra
        .get("/Users?filter=userName+eq+%22test_user_AB6490EE%40testuser.com%22")
        .await
        .says(200)
        .json();
    assert_eq!(found["Resources"][0], user);
    let found = entra.get("/Users?filter=emails%5Btype%20eq%20%22work%22%5D.value%20eq%20%22test_user_fd0ea19b%40testuser.com%22").await;
    assert_eq!(found.says(200).json()["totalResults"], 1);

    let patched = entra
        .patch(&place, json!([
            { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "updatedEmail@example.com" },
            { "op": "Replace", "path": "name.familyName", "value": "updatedFamilyName" },
            { "op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "555" },
            { "op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "IT" },
            { "op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": "8" },
        ]))
        .await
        .says(200)
        .json();
    assert_eq!(patched["emails"][0]["value"], "updatedEmail@example.com");
    assert_eq!(patched["name"]["familyName"], "updatedFamilyName");
    assert_eq!(
        patched["phoneNumbers"],
        json!([{ "type": "mobile", "value": "555" }])
    );
    assert_eq!(patched[ENTERPRISE]["manager"]["value"], "8");
    let patched = entra
        .patch(
            &place,
            json!([{ "op": "Replace", "path": "userName", "value": "5b50642d@testuser.com" }]),
        )
        .await;
    assert_eq!(
        patched.says(200).json()["userName"],
        "5b50642d@testuser.com"
    );

    let off = entra
        .patch(
            &place,
            json!([{ "op": "Replace", "path": "active", "value": "False" }]),
        )
        .await;
    assert_eq!(off.says(200).json()["active"], Value::Bool(false));
    entra.delete(&place).await.says(204);
    assert_eq!(
        entra
            .get("/Users?filter=userName+eq+%225b50642d%40testuser.com%22")
            .await
            .json()["totalResults"],
        0
    );
}

#[tokio::test]
async fn entra_pushes_a_group_that_a_lab_takes_its_list_from() {
    let app = TestApp::new().await;
    let entra = Directory::of(&app).await;
    let (max, mia) = (entra.push("Max").await, entra.push("Mia").await);
    let body = json!({
        "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
        "displayName": "displayName",
        "meta": { "resourceType": "Group" },
    });
    let group = entra.post("/Groups", body).await.says(201).json();
    let id = text(&group["id"]);
    let place = format!("/Groups/{id}");
    let shown = entra
        .get(&format!("{place}?excludedAttributes=members"))
        .await
        .says(200)
        .json();
    assert_eq!(shown["displayName"], "displayName");
    let found = entra
        .get("/Groups?excludedAttributes=members&filter=displayName+eq+%22displayName%22")
        .await;
    assert_eq!(found.says(200).json()["totalResults"], 1);
    entra
        .patch(
            &place,
            json!([{ "op": "Replace", "path": "displayName", "value": "1879db59" }]),
        )
        .await
        .says(200);
    for who in [&max, &mia] {
        let add =
            json!([{ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": who }] }]);
        entra.patch(&place, add).await.says(200);
    }
    let asked = format!("/Groups?filter=id%20eq%20%22{id}%22%20and%20members%20eq%20%22{mia}%22");
    assert_eq!(entra.get(&asked).await.says(200).json()["totalResults"], 1);

    // A lab names the group by its id here, or by the one that it has in Entra.
    let ada = app.educator("Ada").await;
    for (title, name) in [
        ("Orchids", id.as_str()),
        ("Mosses", "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159"),
    ] {
        let lab = Lab::make(&app, &ada, title).await;
        let lab_id = lab.id.parse().unwrap();
        let token = token(&app, "Ada", Reach::Full).await;
        let actor = app
            .services
            .authenticate_token(&token, "192.0.2.1")
            .await
            .unwrap()
            .unwrap();
        let change = service::labs::LabChange {
            roster: Some(domain::kept::RosterProfile {
                active_directory_group_id: Some(name.to_owned()),
                ..Default::default()
            }),
            ..Default::default()
        };
        app.services
            .update_lab(&actor, lab_id, change)
            .await
            .unwrap();
        app.services.sync_lab(&actor, lab_id).await.unwrap();
        let users = app
            .services
            .store
            .read()
            .await
            .unwrap()
            .users(lab_id)
            .await
            .unwrap();
        let users: Vec<&str> = users.iter().map(|user| user.email.as_str()).collect();
        assert_eq!(users, ["max@example.org", "mia@example.org"], "{title}");
    }
    // The educator sees it on the page, and synchronises from there.
    let token = token(&app, "Ada", Reach::Full).await;
    let from = "192.0.2.1";
    let actor = app.services.authenticate_token(&token, from).await;
    let labs = app.services.labs(&actor.unwrap().unwrap()).await.unwrap();
    let orchids = labs.iter().find(|lab| lab.lab.title.as_str() == "Orchids");
    let orchids = orchids.unwrap().lab.id.to_string();
    let page = format!("/labs/{orchids}/users");
    let before = ada.get(&page).await.says(200).readable();
    assert!(before.contains("2 in the group, 2 came."), "{before}");
    let remove =
        json!([{ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": mia }] }]);
    entra.patch(&place, remove).await.says(200);
    let left = entra.get(&place).await.says(200).json();
    assert_eq!(left["members"].as_array().unwrap().len(), 1);
    let form = [("lab", &*orchids)];
    ada.submit(&page, "/sfn/users/sync", &form).await.says(302);
    let after = ada.get(&page).await.says(200).readable();
    assert!(after.contains("1 in the group, 1 leaving."), "{after}");
    let leaves = |day: &str| format!("leaves on <time datetime=\"{day}T08:00");
    assert!(after.contains(&leaves("2026-03-09")), "{after}");
    let days = |days| [("lab", &*orchids), ("grace", days)];
    let refused = ada.fetch("/sfn/users/grace", &days("31")).await.says(422);
    assert_eq!(refused.field(), "grace");
    ada.fetch("/sfn/users/grace", &days("9")).await.says(200);
    let after = ada.get(&page).await.says(200).readable();
    assert!(after.contains(&leaves("2026-03-11")), "{after}");
    entra.delete(&place).await.says(204);
    // The group is gone: that is said, and nobody leaves for it.
    ada.fetch("/sfn/users/sync", &form).await.says(200);
    let after = ada.get(&page).await.says(200).readable();
    assert!(after.contains("There is no directory group"), "{after}");
    for who in ["max@example.org", "mia@example.org"] {
        assert!(after.contains(who), "{after}");
    }
}

#[tokio::test]
async fn okta_pages_through_users_and_replaces_them() {
    let app = TestApp::new().await;
    let okta = Directory::of(&app).await;
    okta.push("Max").await;
    let list = okta
        .get("/Users?startIndex=1&count=100")
        .await
        .says(200)
        .json();
    assert_eq!(list["totalResults"], 1);
    let body = json!({
        "schemas": [USER],
        "userName": "test.user@okta.local",
        "name": { "givenName": "Test", "familyName": "User" },
        "emails": [{ "primary": true, "value": "test.user@okta.local", "type": "work" }],
        "displayName": "Test User",
        "locale": "en-US",
        "externalId": "00ujl29u0le5T6Aj10h7",
        "groups": [],
        "password": "1mz050nq",
        "active": true,
    });
    let user = okta.post("/Users", body.clone()).await.says(201).json();
    let place = format!("/Users/{}", text(&user["id"]));
    let mut changed = body;
    changed["id"] = user["id"].clone();
    changed["active"] = false.into();
    assert_eq!(
        okta.put(&place, changed).await.says(200).json()["active"],
        false
    );
    let on = okta
        .patch(
            &place,
            json!([{ "op": "replace", "value": { "active": true } }]),
        )
        .await;
    assert_eq!(on.says(200).json()["active"], true);
}
