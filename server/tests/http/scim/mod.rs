//! SCIM: a directory that pushes its people and groups, and who may.

mod access;
mod accounts;
mod directories;
mod groups;
mod users;

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
