//! What a directory does to the accounts of people who are here.

use domain::role::Role;
use domain::token::Reach;
use serde_json::json;

use super::{Directory, USER, person, refused, token};
use crate::test_app::{PASSWORD, TestApp};

#[tokio::test]
async fn whoever_is_here_already_is_taken_over_as_they_are() {
    let app = TestApp::new().await;
    let directory = Directory::of(&app).await;
    let ada = person(&app, "Ada", Some(Role::LabCreator)).await;
    let id = directory.push("Ada").await;
    assert!(ada.is_signed_in().await);
    let id = id.parse().unwrap();
    let mut tx = app.services.store.read().await.unwrap();
    let before = tx.person(id).await.unwrap().unwrap();
    assert!(before.password_hash.is_some());
    assert_eq!(tx.grants(id).await.unwrap().len(), 1);
    drop(tx);

    // Switched off, and on again; what the directory does to accounts is written down.
    let place = format!("/Users/{id}");
    directory
        .patch(
            &place,
            json!([{ "op": "replace", "value": { "active": false } }]),
        )
        .await
        .says(200);
    assert!(!ada.is_signed_in().await);
    let sign_in = [("email", "ada@example.org"), ("password", PASSWORD)];
    let client = app.anonymous();
    assert_ne!(
        client.fetch("/sfn/sign-in", &sign_in).await.status.as_u16(),
        200
    );
    assert_eq!(directory.get(&place).await.json()["active"], false);
    assert_eq!(directory.finds("active eq false").await, 1);
    directory
        .patch(
            &place,
            json!([{ "op": "Replace", "path": "active", "value": "True" }]),
        )
        .await
        .says(200);
    client.fetch("/sfn/sign-in", &sign_in).await.says(200);

    // Removed: gone from SCIM's view, switched off, and still a person.
    directory.delete(&place).await.says(204);
    assert!(!client.is_signed_in().await);
    refused(directory.get(&place).await, 404, "");
    refused(directory.delete(&place).await, 404, "");
    let after = app
        .services
        .store
        .read()
        .await
        .unwrap()
        .person(id)
        .await
        .unwrap()
        .unwrap();
    assert!(after.disabled);
    assert_eq!(after.password_hash, before.password_hash);
    // Pushed again, as switched off: they are.
    let mut body = json!({ "schemas": [USER], "userName": "ada@example.org", "active": false });
    let back = directory
        .post("/Users", body.clone())
        .await
        .says(201)
        .json();
    assert_eq!(
        (&back["id"], &back["active"]),
        (&json!(id.to_string()), &json!(false))
    );
    directory.delete(&place).await.says(204);
    // And back, where nothing is said of it.
    body["active"] = json!(null);
    let back = directory.post("/Users", body).await.says(201).json();
    assert_eq!(
        (&back["id"], &back["active"]),
        (&json!(id.to_string()), &json!(true))
    );
    app.anonymous()
        .fetch("/sfn/sign-in", &sign_in)
        .await
        .says(200);
}

#[tokio::test]
async fn the_last_owner_and_the_caller_stay() {
    let app = TestApp::new().await;
    let directory = Directory::of(&app).await;
    let olga = directory.push("Olga").await;
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    let told = refused(
        directory
            .patch(&format!("/Users/{olga}"), off.clone())
            .await,
        403,
        "",
    );
    assert!(told.contains("access token"), "{told}");
    // By another's token she is still the last owner; and who gives no roles changes no owner.
    person(&app, "Carl", Some(Role::Contributor)).await;
    let carl = Directory::with(&app, token(&app, "Carl", Reach::Full).await);
    let told = refused(carl.delete(&format!("/Users/{olga}")).await, 403, "");
    assert!(told.contains("owner"), "{told}");
    let mine =
        json!([{ "op": "replace", "path": "emails", "value": [{ "value": "carl2@example.org" }] }]);
    refused(carl.patch(&format!("/Users/{olga}"), mine).await, 403, "");
    assert_eq!(
        directory
            .get(&format!("/Users/{olga}"))
            .await
            .says(200)
            .json()["active"],
        true
    );
    // A second owner may switch her off, and then is the last.
    person(&app, "Otto", Some(Role::Owner)).await;
    let otto = Directory::with(&app, token(&app, "Otto", Reach::Full).await);
    otto.patch(&format!("/Users/{olga}"), off).await.says(200);
    refused(directory.get("/Users").await, 401, "");
}
