//! Users made, found, changed and removed.

use axum::http::{Method, header};
use domain::email::Email;
use serde_json::{Value, json};

use super::{Directory, ENTERPRISE, PATCH, USER, refused, text};
use crate::test_app::TestApp;

fn barbara() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "userName": "bjensen",
        "externalId": "701984",
        "name": { "familyName": "Jensen", "givenName": "Barbara" },
        "title": "Tour guide",
        "userType": "Employee",
        "emails": [
            { "value": "bjensen@example.com", "type": "work", "primary": true },
            { "value": "babs@home.example.org", "type": "home" },
        ],
        "password": "never kept 1",
        ENTERPRISE: { "department": "Tours" },
    })
}

#[tokio::test]
async fn a_user_is_made_and_shown_and_found() {
    let app = TestApp::new().await;
    let directory = Directory::of(&app).await;
    let made = directory.post("/Users", barbara()).await.says(201);
    let user = made.json();
    let id = text(&user["id"]);
    let place = format!("http://lectern.test/scim/v2/Users/{id}");
    assert_eq!(made.header(header::LOCATION), place);
    let tag = made.header(header::ETAG);
    assert!(tag.starts_with("W/\"1-"), "{tag}");
    assert_eq!(user["meta"]["version"], tag);
    assert_eq!(user["meta"]["location"], place);
    assert_eq!(user["meta"]["created"], "2026-03-02T08:00:00Z");
    assert_eq!(user["active"], true);
    assert_eq!(user[ENTERPRISE]["department"], "Tours");
    assert!(!made.text.contains("never kept"));
    assert_eq!(
        directory
            .get(&format!("/Users/{id}"))
            .await
            .says(200)
            .json(),
        user
    );

    // She is expected: a person who has not come, with the address of work.
    let email = Email::parse("bjensen@example.com").unwrap();
    let mut tx = app.services.store.read().await.unwrap();
    let person = tx.person_by_email(&email).await.unwrap().unwrap();
    assert_eq!(person.id.to_string(), id);
    assert_eq!(person.name.as_str(), "Barbara Jensen");
    assert_eq!(person.kind, service::store::PersonKind::Expected);
    drop(tx);

    for (filter, expected) in [
        ("userName eq \"BJENSEN\"", 1),
        ("name.familyName co \"Jen\"", 1),
        ("userName sw \"J\"", 0),
        ("title pr", 1),
        ("meta.lastModified gt \"2011-05-13T04:42:34Z\"", 1),
        ("meta.lastModified lt \"2011-05-13T04:42:34Z\"", 0),
        ("title pr and userType eq \"Employee\"", 1),
        ("title pr or userType eq \"Intern\"", 1),
        (
            "schemas eq \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\"",
            1,
        ),
        (
            "userType eq \"Employee\" and (emails co \"example.com\" or emails.value co \"example.org\")",
            1,
        ),
        (
            "userType ne \"Employee\" and not (emails co \"example.com\" or emails.value co \"example.org\")",
            0,
        ),
        (
            "userType eq \"Employee\" and emails[type eq \"work\" and value co \"@example.com\"]",
            1,
        ),
        (
            "emails[type eq \"work\" and value co \"@home\"] or ims[type eq \"xmpp\" and value co \"@foo.com\"]",
            0,
        ),
        ("externalId eq \"701984\"", 1),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"bj\"",
            1,
        ),
    ] {
        assert_eq!(directory.finds(filter).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn lists_have_pages_an_order_and_the_parts_that_were_asked_for() {
    let app = TestApp::new().await;
    let directory = Directory::of(&app).await;
    for name in ["Cleo", "Ada", "Max", "Bea"] {
        directory.push(name).await;
    }
    let names = |list: &Value| -> Vec<String> {
        let all = list["Resources"].as_array().unwrap();
        all.iter().map(|one| text(&one["displayName"])).collect()
    };
    let list = directory
        .get("/Users?sortBy=displayName&startIndex=2&count=2&attributes=displayName")
        .await
        .says(200)
        .json();
    assert_eq!(names(&list), ["Bea", "Cleo"]);
    assert_eq!(
        (
            &list["totalResults"],
            &list["startIndex"],
            &list["itemsPerPage"]
        ),
        (&json!(4), &json!(2), &json!(2))
    );
    let keys: Vec<&String> = list["Resources"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["displayName", "id", "schemas"]);
    let search = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": "displayName ne \"Max\"",
        "sortBy": "userName",
        "sortOrder": "descending",
        "excludedAttributes": ["meta", "displayName"],
        "startIndex": -3,
        "count": 1,
    });
    let found = directory
        .post("/Users/.search", search.clone())
        .await
        .says(200)
        .json();
    assert_eq!(found["totalResults"], 3);
    assert_eq!(found["Resources"][0]["userName"], "cleo@example.org");
    assert_eq!(found["Resources"][0].get("meta"), None);
    assert_eq!(found["Resources"][0].get("displayName"), None);
    directory
        .post("/Groups", json!({ "displayName": "Class" }))
        .await
        .says(201);
    assert_eq!(
        directory.post("/.search", search).await.says(200).json()["totalResults"],
        4
    );
    let none = directory.get("/Users?count=0").await.says(200).json();
    assert_eq!(
        (&none["totalResults"], &none["Resources"]),
        (&json!(4), &json!([]))
    );
    refused(
        directory.get("/Users?filter=userName%20is%20x").await,
        400,
        "invalidFilter",
    );
    refused(
        directory.get("/Users?filter=active%20gt%20%22x%22").await,
        400,
        "invalidFilter",
    );
    refused(
        directory.get("/Users?count=many").await,
        400,
        "invalidValue",
    );
    refused(
        directory
            .get("/Users?attributes=id&excludedAttributes=meta")
            .await,
        400,
        "invalidValue",
    );
}

#[tokio::test]
async fn a_user_is_replaced_changed_and_guarded_by_versions() {
    let app = TestApp::new().await;
    let directory = Directory::of(&app).await;
    let made = directory.post("/Users", barbara()).await.says(201);
    let first = made.header(header::ETAG);
    let id = text(&made.json()["id"]);
    let place = format!("/Users/{id}");
    let mut body = barbara();
    body["title"] = Value::Null;
    body["emails"] = json!([{ "value": "barbara@example.com", "type": "work" }]);
    let put = directory.put(&place, body.clone()).await.says(200);
    let second = put.header(header::ETAG);
    assert!(second.starts_with("W/\"2-"), "{second}");
    assert_eq!(put.json().get("title"), None);
    // The account has another address now; nothing was changed the second time.
    let email = Email::parse("barbara@example.com").unwrap();
    let person = app
        .services
        .store
        .read()
        .await
        .unwrap()
        .person_by_email(&email)
        .await
        .unwrap();
    assert_eq!(person.unwrap().id.to_string(), id);
    let again = directory.put(&place, body).await.says(200);
    assert_eq!(again.header(header::ETAG), second);

    let operations = json!([{ "op": "replace", "path": "title", "value": "Guide" }]);
    let patch = json!({ "schemas": [PATCH], "Operations": operations });
    let old = directory
        .send(
            Method::PATCH,
            &place,
            &[("if-match", first)],
            Some(patch.clone()),
        )
        .await;
    refused(old, 412, "");
    let new = directory
        .send(Method::PATCH, &place, &[("if-match", second)], Some(patch))
        .await
        .says(200);
    assert_eq!(new.json()["title"], "Guide");
    refused(
        directory
            .send(Method::DELETE, &place, &[("if-match", second)], None)
            .await,
        412,
        "",
    );
    // Weak tags are compared as such, however they are written.
    let third = new.header(header::ETAG);
    for tag in [third, third.trim_start_matches("W/"), "\"x\", *"] {
        let known = directory
            .send(Method::GET, &place, &[("if-none-match", tag)], None)
            .await
            .says(304);
        assert_eq!((&*known.text, known.header(header::ETAG)), ("", third));
    }

    refused(
        directory
            .patch(&place, json!([{ "op": "remove", "path": "userName" }]))
            .await,
        400,
        "mutability",
    );
    refused(
        directory
            .patch(
                &place,
                json!([{ "op": "replace", "path": "id", "value": "x" }]),
            )
            .await,
        400,
        "mutability",
    );
    refused(
        directory.patch(&place, json!([{ "op": "remove" }])).await,
        400,
        "noTarget",
    );
    refused(
        directory
            .patch(
                &place,
                json!([{ "op": "add", "path": "shoeSize", "value": "38" }]),
            )
            .await,
        400,
        "invalidPath",
    );
}

#[tokio::test]
async fn names_and_addresses_are_one_persons() {
    let app = TestApp::new().await;
    let directory = Directory::of(&app).await;
    let ada = directory.push("Ada").await;
    let max = directory.push("Max").await;
    let user =
        |name: &str, email: &str| json!({ "userName": name, "emails": [{ "value": email }] });
    refused(
        directory
            .post("/Users", user("ADA@example.org", "other@example.org"))
            .await,
        409,
        "uniqueness",
    );
    refused(
        directory
            .post("/Users", user("other", "ada@example.org"))
            .await,
        409,
        "uniqueness",
    );
    refused(
        directory
            .put(
                &format!("/Users/{max}"),
                user("ada@Example.org", "max@example.org"),
            )
            .await,
        409,
        "uniqueness",
    );
    let operations =
        json!([{ "op": "add", "path": "emails", "value": [{ "value": "ada@example.org" }] }]);
    refused(
        directory.patch(&format!("/Users/{max}"), operations).await,
        409,
        "uniqueness",
    );
    // Nothing of it was done.
    assert_eq!(
        directory
            .get(&format!("/Users/{max}"))
            .await
            .says(200)
            .json()["userName"],
        "max@example.org"
    );
    directory
        .put(
            &format!("/Users/{ada}"),
            user("Ada@Example.org", "ada@example.org"),
        )
        .await
        .says(200);
    refused(
        directory.post("/Users", user("no address", "none")).await,
        400,
        "invalidValue",
    );
    refused(
        directory.post("/Users", json!([1])).await,
        400,
        "invalidSyntax",
    );
}

#[tokio::test]
async fn what_changes_without_the_directory_changes_the_tag() {
    let app = TestApp::new().await;
    let directory = Directory::of(&app).await;
    let olga = app
        .services
        .authenticate_token(&directory.token, "192.0.2.1");
    let olga = olga.await.unwrap().unwrap();
    let (ada, max) = (directory.push("Ada").await, directory.push("Max").await);
    let place = format!("/Users/{ada}");
    let tag = async |place: &str| {
        let answer = directory.get(place).await.says(200);
        let tag = answer.header(header::ETAG).to_owned();
        assert_eq!(answer.json()["meta"]["version"], *tag);
        tag
    };
    let mut tags = vec![tag(&place).await];
    // She comes into groups, which lists show as well as her own address does.
    let members = json!([{ "value": ada }, { "value": max }]);
    let mut groups = Vec::new();
    for name in ["Zoology", "Botany"] {
        let group = json!({ "displayName": name, "members": members });
        let made = directory.post("/Groups", group).await.says(201).json();
        groups.push(format!("/Groups/{}", text(&made["id"])));
        tags.push(tag(&place).await);
    }
    let list = directory.get("/Users?sortBy=userName").await.json();
    assert_eq!(list["Resources"][0]["meta"]["version"], *tags[2]);
    // An owner switches her off in the portal, which a change by the tag from before does not undo.
    let id = ada.parse().unwrap();
    let off = app.services.set_disabled(&olga, id, true);
    off.await.unwrap();
    let on = json!([{ "op": "replace", "path": "active", "value": true }]);
    let patch = json!({ "schemas": [PATCH], "Operations": on });
    let before = [("if-match", &*tags[2])];
    let refusal = directory.send(Method::PATCH, &place, &before, Some(patch));
    refused(refusal.await, 412, "");
    let known = [("if-none-match", &*tags[2])];
    let shown = directory.send(Method::GET, &place, &known, None).await;
    assert_eq!(shown.says(200).json()["active"], false);
    tags.push(tag(&place).await);
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 4);
    // Somebody who was removed is in no group any more.
    let group = tag(&groups[0]).await;
    directory.delete(&format!("/Users/{max}")).await.says(204);
    assert_ne!(tag(&groups[0]).await, group);
}
