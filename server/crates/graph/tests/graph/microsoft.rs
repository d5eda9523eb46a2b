//! Entra and Graph: a token for the right secret, groups with members in pages, and bad days.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::credentials::Password;
use domain::time::Timestamp;
use graph::{Graph, GraphSettings};
use serde_json::{Value, json};
use service::clock::Clock;

pub const GROUP: &str = "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159";
pub const SECRET: &str = "right & secret=1";

/// What it is like, and what it was asked.
#[derive(Default)]
pub struct Mood {
    pub base: String,
    pub members: Vec<Value>,
    /// How many members a page has.
    pub page: usize,
    /// Answers to give before the right ones: a status, and how long to be left alone.
    pub bad: Vec<(u16, Option<&'static str>)>,
    pub tokens: u32,
    /// Tokens from before this one are not taken.
    pub oldest: u32,
    /// Where pages are said to be.
    pub elsewhere: Option<String>,
    /// Whether it may be read.
    pub forbidden: bool,
    /// The groups in the group.
    pub inner: Vec<String>,
    /// Which group changed, in the order in which they did.
    pub changes: Vec<String>,
    /// Changes before this one are forgotten.
    pub remembers_from: usize,
    pub asked: Vec<String>,
}

/// The server.
pub struct Microsoft {
    pub state: Arc<Mutex<Mood>>,
    pub clock: Arc<Dial>,
}

/// A clock that stands still until a test moves it.
pub struct Dial(AtomicI64);

impl Dial {
    pub fn pass(&self, time: Duration) {
        self.0
            .fetch_add(i64::try_from(time.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Dial {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

type Shared = State<Arc<Mutex<Mood>>>;

async fn token(
    State(state): Shared,
    Path(tenant): Path<String>,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let mut state = state.lock().unwrap();
    assert_eq!(tenant, "school.example");
    assert_eq!(form["grant_type"], "client_credentials");
    assert_eq!(form["scope"], format!("{}/.default", state.base));
    if form["client_id"] != "app" || form["client_secret"] != SECRET {
        let body = json!({
            "error": "invalid_client",
            "error_description": "AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 1",
        });
        return (StatusCode::UNAUTHORIZED, body.to_string()).into_response();
    }
    state.tokens += 1;
    let body = json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": format!("token {}", state.tokens) });
    body.to_string().into_response()
}

/// What is refused, before anything is looked up.
fn refused(state: &mut Mood, headers: &HeaderMap, what: &str) -> Option<Response> {
    state.asked.push(what.to_owned());
    if !state.bad.is_empty() {
        let (status, pause) = state.bad.remove(0);
        let mut answer = StatusCode::from_u16(status).unwrap().into_response();
        if let Some(pause) = pause {
            answer
                .headers_mut()
                .insert("retry-after", pause.parse().unwrap());
        }
        return Some(answer);
    }
    let token = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let number: Option<u32> = token
        .strip_prefix("Bearer token ")
        .and_then(|n| n.parse().ok());
    if number.is_none_or(|number| number < state.oldest) {
        return Some(StatusCode::UNAUTHORIZED.into_response());
    }
    state
        .forbidden
        .then(|| StatusCode::FORBIDDEN.into_response())
}

async fn groups(State(state): Shared, headers: HeaderMap) -> Response {
    let mut state = state.lock().unwrap();
    refused(&mut state, &headers, "groups")
        .unwrap_or_else(|| json!({ "value": [] }).to_string().into_response())
}

async fn group(State(state): Shared, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let mut state = state.lock().unwrap();
    if let Some(refused) = refused(&mut state, &headers, "group") {
        return refused;
    }
    if id != GROUP {
        let body = json!({ "error": { "code": "Request_ResourceNotFound", "message": "It does not exist." } });
        return (StatusCode::NOT_FOUND, body.to_string()).into_response();
    }
    json!({ "id": id, "displayName": "Botany" })
        .to_string()
        .into_response()
}

async fn members_of(
    State(state): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let mut state = state.lock().unwrap();
    let from: usize = query
        .get("$skiptoken")
        .map_or(0, |text| text.parse().unwrap());
    if let Some(refused) = refused(&mut state, &headers, &format!("members {from}")) {
        return refused;
    }
    assert_eq!(headers["consistencylevel"], "eventual");
    assert!(query["$select"].contains("userPrincipalName"));
    assert_eq!(id, GROUP);
    let to = (from + state.page).min(state.members.len());
    let mut body = json!({ "value": state.members[from..to] });
    if to < state.members.len() {
        let base = state.elsewhere.as_ref().unwrap_or(&state.base);
        let select = "%24select=displayName,mail,userPrincipalName,accountEnabled";
        body["@odata.nextLink"] =
            format!("{base}/v1.0/groups/{id}/transitiveMembers/microsoft.graph.user?{select}&%24skiptoken={to}").into();
    }
    body.to_string().into_response()
}

async fn groups_of(State(state): Shared, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let mut state = state.lock().unwrap();
    if let Some(refused) = refused(&mut state, &headers, "groups in it") {
        return refused;
    }
    assert_eq!(headers["consistencylevel"], "eventual");
    if id != GROUP {
        return StatusCode::NOT_FOUND.into_response();
    }
    let value: Vec<Value> = state.inner.iter().map(|id| json!({ "id": id })).collect();
    json!({ "value": value }).to_string().into_response()
}

/// What changed in the named groups since a token, one change on a page.
async fn delta(
    State(state): Shared,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let mut state = state.lock().unwrap();
    if let Some(refused) = refused(&mut state, &headers, "changes") {
        return refused;
    }
    // Both kinds of tokens are: how many changes were told, and what was asked first.
    let token = ["$deltatoken", "$skiptoken"].map(|name| query.get(name));
    let token = token.into_iter().flatten().next().unwrap();
    let (from, filter) = match token.as_str() {
        "latest" => {
            assert!(query["$select"].contains("members"));
            (state.changes.len(), query["$filter"].clone())
        }
        token => {
            let (from, filter) = token.split_once(' ').unwrap();
            (from.parse().unwrap(), filter.to_owned())
        }
    };
    if from < state.remembers_from {
        let body = json!({ "error": { "code": "syncStateNotFound", "message": "Begin anew." } });
        return (StatusCode::GONE, body.to_string()).into_response();
    }
    let base = state.elsewhere.as_ref().unwrap_or(&state.base);
    let link = |name: &str, from: usize| {
        let mut url = url::Url::parse(&format!("{base}/v1.0/groups/delta")).unwrap();
        url.query_pairs_mut()
            .append_pair(name, &format!("{from} {filter}"));
        url.to_string()
    };
    let told: Vec<Value> = state.changes[from..]
        .iter()
        .take(1)
        .filter(|id| filter.split('\'').any(|named| named == *id))
        .map(|id| json!({ "id": id, "members@delta": [{ "id": "1", "@removed": { "reason": "deleted" } }] }))
        .collect();
    let mut body = json!({ "value": told });
    if from + 1 < state.changes.len() {
        body["@odata.nextLink"] = link("$skiptoken", from + 1).into();
    } else {
        body["@odata.deltaLink"] = link("$deltatoken", state.changes.len()).into();
    }
    body.to_string().into_response()
}

impl Microsoft {
    /// One with so many members, three on a page.
    pub async fn with(members: usize) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let members = (0..members).map(|n| {
            json!({
                "displayName": format!("Student {n}"),
                "mail": format!("student{n:03}@example.org"),
                "userPrincipalName": format!("s{n}@school.example"),
                "accountEnabled": true,
            })
        });
        let state = Arc::new(Mutex::new(Mood {
            base,
            members: members.collect(),
            page: 3,
            ..Mood::default()
        }));
        let router = Router::new()
            .route("/{tenant}/oauth2/v2.0/token", post(token))
            .route("/v1.0/groups", get(groups))
            .route("/v1.0/groups/delta", get(delta))
            .route("/v1.0/groups/{id}", get(group))
            .route(
                "/v1.0/groups/{id}/transitiveMembers/microsoft.graph.group",
                get(groups_of),
            )
            .route(
                "/v1.0/groups/{id}/transitiveMembers/microsoft.graph.user",
                get(members_of),
            )
            .with_state(state.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let clock = Arc::new(Dial(AtomicI64::new(1_772_438_400_000_000)));
        Self { state, clock }
    }

    /// The directory, with this secret.
    pub fn directory(&self, secret: &str) -> Graph {
        let base = self.state.lock().unwrap().base.clone();
        let secret = Password::as_typed(secret);
        let base = Some(base.as_str());
        let settings = GraphSettings::new("school.example", "app", secret, base, base).unwrap();
        Graph::new(settings, self.clock.clone()).unwrap()
    }

    pub fn change(&self, change: impl FnOnce(&mut Mood)) {
        change(&mut self.state.lock().unwrap());
    }

    /// What was asked since it was asked for this last.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }

    pub fn tokens(&self) -> u32 {
        self.state.lock().unwrap().tokens
    }
}
