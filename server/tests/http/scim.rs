//! SCIM: users and groups made, found, changed and removed, and who may.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::{Method, header};
use domain::email::Email;
use domain::name::TokenName;
use domain::role::Role;
use domain::token::{Lifetime, Reach};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::client::Client;
use crate::test_app::{PASSWORD, TestApp, address_of};

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A directory that pushes.
pub struct Directory {
    pub client: Client,
    pub token: String,
}

/// Somebody with this role, signed in.
pub async fn person(app: &TestApp, name: &str, role: Option<Role>) -> Client {
    let email = address_of(name);
    let link = app
        .identity
        .make_link(&Email::parse(&email).unwrap(), role)
        .await
        .unwrap();
    let client = app.anonymous();
    let account = [
        ("token", &*link),
        ("name", name),
        ("email", &*email),
        ("password", PASSWORD),
    ];
    client.fetch("/sfn/welcome/use", &account).await.says(200);
    client
}

static TOKENS: AtomicU32 = AtomicU32::new(0);

/// An access token of somebody who is there.
pub async fn token(app: &TestApp, name: &str, reach: Reach) -> String {
    let n = TOKENS.fetch_add(1, Ordering::SeqCst);
    let email = Email::parse(&address_of(name)).unwrap();
    let label = TokenName::parse(&format!("SCIM {n}")).unwrap();
    let lifetime = Lifetime::parse("30d").unwrap();
    let made = app
        .services
        .create_token_for(&email, label, reach, lifetime)
        .await;
    made.unwrap().0
}

impl Directory {
    /// One with an owner's token.
    pub async fn of(app: &TestApp) -> Self {
        person(app, "Olga", Some(Role::Owner)).await;
        Self::with(app, token(app, "Olga", Reach::Full).await)
    }

    pub fn with(app: &TestApp, token: String) -> Self {
        Self {
            client: app.anonymous(),
            token,
        }
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        extra: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let mut request = self
            .client
            .request(method, &format!("/scim/v2{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/scim+json");
        for (name, value) in extra {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(String::new, |body| body.to_string());
        self.client.send(request, body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, &[], Some(body)).await
    }

    pub async fn patch(&self, path: &str, operations: Value) -> Answer {
        let body = json!({ "schemas": [PATCH], "Operations": operations });
        self.send(Method::PATCH, path, &[], Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], None).await
    }

    /// Pushes somebody; their id.
    pub async fn push(&self, name: &str) -> String {
        let body = json!({ "schemas": [USER], "userName": address_of(name), "displayName": name });
        text(&self.post("/Users", body).await.says(201).json()["id"])
    }

    /// How many a filter finds.
    async fn finds(&self, filter: &str) -> u64 {
        let filter: String = filter.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let list = self
            .get(&format!("/Users?filter={filter}"))
            .await
            .says(200)
            .json();
        list["totalResults"].as_u64().unwrap()
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[track_caller]
fn refused(answer: Answer, status: u16, kind: &str) -> String {
    let answer = answer.says(status);
    assert!(
        answer
            .header(header::CONTENT_TYPE)
            .starts_with("application/scim+json")
    );
    let json = answer.json();
    assert_eq!(
        json["schemas"][0],
        "urn:ietf:params:scim:api:messages:2.0:Error"
    );
    assert_eq!(json["status"], status.to_string());
    assert_eq!(
        json["scimType"].as_str().unwrap_or_default(),
        kind,
        "{json}"
    );
    let detail = text(&json["detail"]);
    assert!(detail.ends_with('.'), "{detail}");
    detail
}

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
    assert_eq!(made.header(header::ETAG), "W/\"1\"");
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
    let id = text(&directory.post("/Users", barbara()).await.says(201).json()["id"]);
    let place = format!("/Users/{id}");
    let mut body = barbara();
    body["title"] = Value::Null;
    body["emails"] = json!([{ "value": "barbara@example.com", "type": "work" }]);
    let put = directory.put(&place, body.clone()).await.says(200);
    assert_eq!(put.header(header::ETAG), "W/\"2\"");
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
    assert_eq!(again.header(header::ETAG), "W/\"2\"");

    let operations = json!([{ "op": "replace", "path": "title", "value": "Guide" }]);
    let patch = json!({ "schemas": [PATCH], "Operations": operations });
    let old = directory
        .send(
            Method::PATCH,
            &place,
            &[("if-match", "W/\"1\"")],
            Some(patch.clone()),
        )
        .await;
    refused(old, 412, "");
    let new = directory
        .send(
            Method::PATCH,
            &place,
            &[("if-match", "W/\"2\"")],
            Some(patch),
        )
        .await
        .says(200);
    assert_eq!(new.json()["title"], "Guide");
    refused(
        directory
            .send(Method::DELETE, &place, &[("if-match", "\"2\"")], None)
            .await,
        412,
        "",
    );
    let known = directory
        .send(Method::GET, &place, &[("if-none-match", "W/\"3\"")], None)
        .await;
    assert_eq!(known.says(304).text, "");

    refused(
        directory
            .patch(&place, json!([{ "op": "remove", "path": "userName" }]))
            .await,
        400,
        "invalidValue",
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
    // And back.
    assert_eq!(directory.push("Ada").await, id.to_string());
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
        "invalidValue",
    );
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

#[tokio::test]
async fn every_route_asks_for_a_token_of_somebody_who_may() {
    let app = TestApp::new().await;
    let owner = Directory::of(&app).await;
    person(&app, "Eve", Some(Role::LabCreator)).await;
    let reading = Directory::with(&app, token(&app, "Olga", Reach::ReadOnly).await);
    let creator = Directory::with(&app, token(&app, "Eve", Reach::Full).await);
    let nobody = Directory::with(&app, "lectern_nonsense".to_owned());
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
}
