//! A learning platform, and how its pages and the portal's own in its frames send forms.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::body::Body;
use axum::http::{Method, header};
use axum::routing::get;
use axum::{Json, Router};
use domain::platform::{Platform, PlatformDraft};
use domain::web_address::Scheme;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::client::{Client, PAGE, encode};
use crate::test_app::{TestApp, address_of};

/// A portal's address.
pub const HTTPS: &str = "https://lectern.test";
const CLIENT: &str = "client-7";
/// The cookie between the two halves of a launch.
pub const STATE_COOKIE: &str = "__Host-lectern-lti";

/// A learning platform. It signs with the keyring of an installation of its own.
pub struct Lms {
    office: TestApp,
    pub issuer: String,
    /// How many launches were begun.
    begun: AtomicU32,
    /// The hints that browsers came with. Each is taken once, as Canvas and Moodle do.
    hints: Mutex<HashSet<String>>,
}

/// Where a browser shows what it asks for.
#[derive(Clone, Copy)]
pub enum Place {
    Frame,
    Window,
    /// The browser does not say, as over plain http.
    Unsaid,
}

impl Lms {
    /// A platform that the portal knows.
    pub async fn known_to(app: &TestApp) -> Self {
        Self::trusted_by(app, false).await
    }

    pub async fn trusted_by(app: &TestApp, trusts_email: bool) -> Self {
        let office = TestApp::new().await;
        let keys = office.identity.lti().keyring().published().await.unwrap();
        let router: Router = Router::new().route("/jwks", get(async move || Json(keys)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let draft = PlatformDraft {
            name: "Moodle".to_owned(),
            issuer: issuer.clone(),
            client_id: CLIENT.to_owned(),
            deployments: "1".to_owned(),
            authorization: format!("{issuer}/auth"),
            token: format!("{issuer}/token"),
            audience: String::new(),
            keys: format!("{issuer}/jwks"),
            pages: "https://moodle.test".to_owned(),
            trusts_email,
        };
        let platform = Platform {
            id: app.services.new_platform_id(),
            // A portal with https takes no other addresses from people; here there is no https.
            details: draft.parse(Scheme::Any).unwrap(),
            enabled: true,
            created_at: app.services.now(),
        };
        let mut tx = app.services.store.write().await.unwrap();
        tx.insert_platform(&platform).await.unwrap();
        tx.commit(service::store::Record::Observation)
            .await
            .unwrap();
        Self {
            office,
            issuer,
            begun: AtomicU32::new(0),
            hints: Mutex::default(),
        }
    }

    /// The origins whose pages may show the portal's.
    pub fn frames(&self) -> String {
        format!("{} https://moodle.test", self.issuer)
    }

    /// How the platform begins a launch, each with a hint of its own.
    pub async fn knock(&self, client: &Client, site: &str, place: Place) -> Answer {
        let target = format!("{site}/lti/launch");
        let hint = format!("hint-{}", self.begun.fetch_add(1, Ordering::SeqCst));
        let form = [
            ("iss", &*self.issuer),
            ("login_hint", &*hint),
            ("target_link_uri", &*target),
            ("client_id", CLIENT),
        ];
        let request = from_platform(client, "/lti/login", place);
        client.send(request, Body::from(encode(&form))).await
    }

    /// Begins a launch in somebody's browser; the state and nonce that the platform is told.
    pub async fn begin(&self, client: &Client, site: &str, place: Place) -> (String, String) {
        let mut answer = self.knock(client, site, place).await;
        // In a frame it is found out first whether the browser keeps a cookie.
        if answer.leads_to().starts_with("/lti/login?") {
            let request = in_place(client, answer.leads_to(), place);
            answer = client.send(request, Body::empty()).await;
        }
        self.take(&answer)
    }

    /// The state and nonce of a browser that is sent to the platform, which takes its hint.
    pub fn take(&self, answer: &Answer) -> (String, String) {
        let to = answer.leads_to();
        assert!(to.starts_with(&format!("{}/auth?", self.issuer)), "{to}");
        let value = |name: &str| -> String {
            let (_, rest) = to.split_once(&format!("&{name}=")).unwrap();
            rest.split('&').next().unwrap().to_owned()
        };
        let hint = value("login_hint");
        let first = self.hints.lock().unwrap().insert(hint.clone());
        assert!(first, "{hint} was used already");
        (value("state"), value("nonce"))
    }

    pub fn claims(&self, app: &TestApp, nonce: &str, subject: &str, role: &str) -> Value {
        let now = app.services.now().micros() / 1_000_000;
        let claim = |name: &str| format!("https://purl.imsglobal.org/spec/lti/claim/{name}");
        json!({
            "iss": self.issuer, "aud": CLIENT, "sub": subject, "nonce": nonce,
            "iat": now, "exp": now + 300, "name": "Ada Lovelace",
            "email": address_of(subject),
            claim("message_type"): "LtiResourceLinkRequest",
            claim("version"): "1.3.0",
            claim("deployment_id"): "1",
            claim("target_link_uri"): format!("{}/lti/launch", app.origin),
            claim("resource_link"): { "id": "link-1" },
            claim("context"): { "id": "course-1", "title": "Botany" },
            claim("roles"): [format!("http://purl.imsglobal.org/vocab/lis/v2/membership#{role}")],
        })
    }

    pub async fn sign(&self, claims: &Value) -> String {
        let keyring = self.office.identity.lti().keyring();
        keyring.sign(claims).await.unwrap()
    }

    /// A whole launch, as far as the portal's answer.
    pub async fn launch(
        &self,
        app: &TestApp,
        client: &Client,
        who: (&str, &str),
        place: Place,
        change: impl FnOnce(&mut Value),
    ) -> Answer {
        let (state, nonce) = self.begin(client, &app.origin, place).await;
        let mut claims = self.claims(app, &nonce, who.0, who.1);
        change(&mut claims);
        let token = self.sign(&claims).await;
        self.post(client, &state, &token, place).await
    }

    pub async fn post(&self, client: &Client, state: &str, token: &str, place: Place) -> Answer {
        let request = from_platform(client, "/lti/launch", place);
        let form = encode(&[("state", state), ("id_token", token)]);
        client.send_unchecked(request, Body::from(form)).await
    }
}

/// The head of a form that the platform's page sends.
pub fn from_platform(client: &Client, path: &str, place: Place) -> axum::http::request::Builder {
    let request = client
        .request(Method::POST, path)
        .header(header::ACCEPT, PAGE)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, "https://moodle.test");
    let shown = match place {
        Place::Frame => "iframe",
        Place::Window => "document",
        Place::Unsaid => return request,
    };
    request
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-dest", shown)
}

/// The head of a page that the platform's page leads to.
pub fn in_place(client: &Client, path: &str, place: Place) -> axum::http::request::Builder {
    let request = client
        .request(Method::GET, path)
        .header(header::ACCEPT, PAGE);
    let shown = match place {
        Place::Frame => "iframe",
        Place::Window => "document",
        Place::Unsaid => return request,
    };
    request
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-dest", shown)
}

/// The head of a form on one of the portal's own pages in a frame.
pub fn from_frame(client: &Client, path: &str, place: Place) -> axum::http::request::Builder {
    let shown = match place {
        Place::Frame => "iframe",
        _ => "document",
    };
    client.form(path).header("sec-fetch-dest", shown)
}

/// The value of a hidden field.
pub fn field(answer: &Answer, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let (_, rest) = answer.text.split_once(&start).unwrap_or_else(|| {
        panic!("no field {name} in {}", answer.text);
    });
    rest.split('"').next().unwrap().to_owned()
}

/// The cookie of an answer with this name, with its attributes.
pub fn set(answer: &Answer, name: &str) -> Option<String> {
    let cookies = answer.cookies();
    let found = cookies
        .iter()
        .find(|cookie| cookie.starts_with(&format!("{name}=")));
    found.map(|cookie| (*cookie).to_owned())
}
