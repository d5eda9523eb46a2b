//! A learning platform, and a portal that knows it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::email::Email;
use domain::id::PlatformId;
use domain::name::PersonName;
use domain::platform::PlatformDraft;
use domain::role::Role;
use domain::time::Timestamp;
use identity::Identity;
use identity::accounts::NewAccount;
use identity::lti::{Guest, Keyring, Landing, Login, Members, Message, Posted};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};
use service::access::Actor;
use service::changes::Changes;
use service::clock::{Clock, SystemRandom};
use service::directories::{Directories, Directory};
use service::error::Result;
use service::mail::NoMailer;
use service::store::{AuditFilter, Origin};
use service::vault::Vault;
use service::{Services, bootstrap};
use simulator::{HostClock, Latency, Room, Simulator, SimulatorSettings};
use store::{OnOutdated, StoreSettings};

/// What the platform knows the portal by.
pub const CLIENT: &str = "client-7";

/// The portal's address.
pub const SITE: &str = "http://labs.example.org";

/// The deployment that the portal takes messages of.
pub const DEPLOYMENT: &str = "1:abc";

const CLAIM: &str = "https://purl.imsglobal.org/spec/lti/claim/";

/// The name of a claim of LTI.
pub fn claim(name: &str) -> String {
    format!("{CLAIM}{name}")
}

/// A role in a course.
pub fn role(name: &str) -> String {
    format!("http://purl.imsglobal.org/vocab/lis/v2/membership#{name}")
}

/// A clock that only tests move.
#[derive(Debug)]
pub struct Watch(AtomicI64);

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// A key of the platform.
pub struct Key {
    pub id: String,
    pub signs: EncodingKey,
    pub published: Value,
}

impl Key {
    pub fn new(id: &str) -> Self {
        let secret = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
        let number = |n: &rsa::BigUint| URL_SAFE_NO_PAD.encode(n.to_bytes_be());
        let published = json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": id,
            "n": number(secret.n()), "e": number(secret.e()),
        });
        Self {
            id: id.to_owned(),
            signs: EncodingKey::from_rsa_der(secret.to_pkcs1_der().unwrap().as_bytes()),
            published,
        }
    }

    /// A token of these claims.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_by(Algorithm::RS256, claims)
    }

    pub fn sign_by(&self, algorithm: Algorithm, claims: &Value) -> String {
        let mut header = Header::new(algorithm);
        header.kid = Some(self.id.clone());
        jsonwebtoken::encode(&header, claims, &self.signs).unwrap()
    }
}

/// What the platform does next, and what it was asked.
#[derive(Default)]
pub struct Office {
    pub keys: Vec<Value>,
    /// How often the keys were asked for.
    pub asked_for_keys: u32,
    /// Whether the keys cannot be had.
    pub keeps_keys: bool,
    /// The members of its only course, in pages.
    pub members: Vec<Vec<Value>>,
    /// The assertions that tokens were asked for with.
    pub assertions: Vec<String>,
    /// What members are answered with instead.
    pub refuses: Option<StatusCode>,
    /// What it says of itself beyond the truth.
    pub calls_itself: Option<String>,
    /// Where it registers tools, other than on its own site.
    pub registers_at: Option<String>,
    /// What it calls its authorization server, other than by an address.
    pub authorizes_as: Option<String>,
    /// The tools that registered, each with the token they came with.
    pub registered: Vec<(String, Value)>,
}

/// The platform and the portal.
pub struct Lms {
    pub identity: Identity,
    pub services: Services,
    pub issuer: String,
    pub platform: PlatformId,
    pub key: Key,
    pub owner: Actor,
    pub office: Arc<Mutex<Office>>,
    clock: Arc<Watch>,
    _folder: tempfile::TempDir,
}

/// Somebody whose launch was begun.
pub struct Away {
    pub state: String,
    pub nonce: String,
    pub cookie: String,
    pub asked: HashMap<String, String>,
}

/// From where everybody comes.
pub fn here() -> &'static Origin {
    static HERE: LazyLock<Origin> = LazyLock::new(|| Origin {
        address: "192.0.2.1".to_owned(),
        agent: "Browser".to_owned(),
    });
    &HERE
}

impl Lms {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let office = Arc::new(Mutex::new(Office::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let site = Site {
            office: office.clone(),
            issuer: issuer.clone(),
        };
        let router = site_of(site);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let clock = Arc::new(Watch(AtomicI64::new(1_800_000_000_000_000)));
        let random = Arc::new(SystemRandom::default());
        let settings = StoreSettings::file(&folder.path().join("lectern.db"));
        let store = store::open(&settings, OnOutdated::Migrate).await.unwrap();
        bootstrap::organisation(&*store, &*clock, &*random)
            .await
            .unwrap();
        let vault = Vault::new(&[7; 32], random.clone());
        let members = Members::new(store.clone(), vault.clone(), clock.clone(), SITE).unwrap();
        let directories: [Arc<dyn Directory>; 1] = [Arc::new(members)];
        let services = Services {
            store,
            engine: Arc::new(Simulator::new(SimulatorSettings {
                install: "school".to_owned(),
                latency: Latency::none(),
                room: Room::plenty(),
                clock: HostClock::of(clock.clone()),
            })),
            clock: clock.clone(),
            vault,
            random,
            changes: Changes::default(),
            mailer: Arc::new(NoMailer),
            public_url: SITE.into(),
            directories: Directories::new(directories),
        };
        services.refresh_images().await.unwrap();
        let identity = Identity::new(services.clone()).unwrap();
        let owner = local(&services, &identity, "olga", Some(Role::Owner)).await;
        let draft = draft(&issuer);
        let platform = services.add_platform(&owner, &draft).await.unwrap();
        let key = Key::new("one");
        office.lock().unwrap().keys = vec![key.published.clone()];
        Self {
            identity,
            services,
            issuer,
            platform,
            key,
            owner,
            office,
            clock,
            _folder: folder,
        }
    }

    /// The platform's e-mail addresses are trusted from now on.
    pub async fn trust_addresses(&self) {
        let mut draft = draft(&self.issuer);
        draft.trusts_email = true;
        self.services
            .change_platform(&self.owner, self.platform, &draft)
            .await
            .unwrap();
    }

    pub fn pass(&self, time: Duration) {
        let micros = i64::try_from(time.as_micros()).unwrap();
        self.clock.0.fetch_add(micros, Ordering::SeqCst);
    }

    /// The time now, in seconds.
    pub fn seconds(&self) -> i64 {
        self.clock.now().micros() / 1_000_000
    }

    /// How the platform begins a launch.
    pub fn login(&self) -> Login {
        Login {
            iss: self.issuer.clone(),
            login_hint: "hint".to_owned(),
            target_link_uri: format!("{SITE}/lti/launch"),
            lti_message_hint: Some("message".to_owned()),
            client_id: Some(CLIENT.to_owned()),
            lti_deployment_id: Some(DEPLOYMENT.to_owned()),
        }
    }

    pub async fn leave(&self) -> Away {
        self.leave_with(None).await
    }

    /// Begins a launch in a browser that may have a cookie from another one.
    pub async fn leave_with(&self, cookie: Option<&str>) -> Away {
        let left = self.identity.lti().login(&self.login(), cookie).await;
        let left = left.unwrap();
        let address = url::Url::parse(&left.address).unwrap();
        let asked: HashMap<String, String> = address.query_pairs().into_owned().collect();
        Away {
            state: asked["state"].clone(),
            nonce: asked["nonce"].clone(),
            cookie: left.cookie,
            asked,
        }
    }

    /// What a right message says of somebody in the course.
    pub fn claims(&self, away: &Away, subject: &str, in_course: &str) -> Value {
        json!({
            "iss": self.issuer, "aud": CLIENT, "sub": subject, "nonce": away.nonce,
            "iat": self.seconds(), "exp": self.seconds() + 300,
            "name": "Ada Lovelace",
            claim("message_type"): "LtiResourceLinkRequest",
            claim("version"): "1.3.0",
            claim("deployment_id"): DEPLOYMENT,
            claim("target_link_uri"): format!("{SITE}/lti/launch"),
            claim("resource_link"): { "id": "link-1", "title": "The lab" },
            claim("context"): { "id": "course-1", "title": "Botany", "label": "BOT1" },
            claim("roles"): [role(in_course)],
            "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
                "context_memberships_url": format!("{}/members/0", self.issuer),
                "service_versions": ["2.0"],
            },
        })
    }

    /// Posts a message for a launch that was begun.
    pub async fn land(&self, away: &Away, id_token: String) -> Result<Landing> {
        let posted = Posted {
            state: away.state.clone(),
            id_token,
            error: String::new(),
        };
        let lti = self.identity.lti();
        lti.launch(&posted, Some(&away.cookie), here()).await
    }

    /// What the audit log has of refusals, the newest first: who, and the sentence.
    pub async fn refusals(&self) -> Vec<(Option<String>, String)> {
        let filter = AuditFilter {
            areas: vec!["sign-in"],
            limit: 100,
            ..AuditFilter::default()
        };
        let mut tx = self.services.store.read().await.unwrap();
        let lines = tx.audit_lines(&filter).await.unwrap().into_iter();
        lines
            .filter(|line| line.action == "sign-in.fail")
            .inspect(|line| assert_eq!(line.from, here().address))
            .map(|line| (line.email, line.text))
            .collect()
    }

    /// A whole launch with changed claims.
    pub async fn message(
        &self,
        subject: &str,
        in_course: &str,
        change: impl FnOnce(&mut Value),
    ) -> Message {
        let away = self.leave().await;
        let mut claims = self.claims(&away, subject, in_course);
        change(&mut claims);
        match self.land(&away, self.key.sign(&claims)).await.unwrap() {
            Landing::Message(message) => *message,
            other => panic!("this was to be a message: {other:?}"),
        }
    }

    /// Who comes by a message.
    pub async fn guest(&self, message: &Message) -> Actor {
        match self.identity.lti_guest(message, here()).await.unwrap() {
            Guest::Known(actor) => actor,
            other => panic!("this was to be somebody known: {other:?}"),
        }
    }

    /// Somebody with a password.
    pub async fn local(&self, name: &str, role: Option<Role>) -> Actor {
        local(&self.services, &self.identity, name, role).await
    }

    /// The keys that the portal signs with.
    pub fn keyring(&self) -> &Keyring {
        self.identity.lti().keyring()
    }

    /// What a token of the portal says, if it is signed by one of its published keys.
    pub async fn read(&self, token: &str) -> Value {
        let set = self.keyring().published().await.unwrap();
        let header = jsonwebtoken::decode_header(token).unwrap();
        assert_eq!(header.alg, Algorithm::RS256);
        let keys = set["keys"].as_array().unwrap();
        let key = keys
            .iter()
            .find(|key| key["kid"] == json!(header.kid.clone().unwrap()))
            .unwrap();
        let key: jsonwebtoken::jwk::Jwk = serde_json::from_value(key.clone()).unwrap();
        let key = jsonwebtoken::DecodingKey::from_jwk(&key).unwrap();
        let mut validation = jsonwebtoken::Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        jsonwebtoken::decode(token, &key, &validation)
            .unwrap()
            .claims
    }
}

/// What an owner knows of the platform.
pub fn draft(issuer: &str) -> PlatformDraft {
    PlatformDraft {
        name: "Moodle".to_owned(),
        issuer: issuer.to_owned(),
        client_id: CLIENT.to_owned(),
        deployments: DEPLOYMENT.to_owned(),
        authorization: format!("{issuer}/auth?tenant=1"),
        token: format!("{issuer}/token"),
        audience: String::new(),
        keys: format!("{issuer}/jwks"),
        pages: String::new(),
        trusts_email: false,
    }
}

async fn local(services: &Services, identity: &Identity, name: &str, role: Option<Role>) -> Actor {
    let email = Email::parse(&format!("{name}@school.example")).unwrap();
    let link = identity.make_link(&email, role).await.unwrap();
    let account = NewAccount {
        name: PersonName::parse(name).unwrap(),
        email,
        password: domain::credentials::Password::for_person("a few words in a row").unwrap(),
    };
    let token = identity.use_link(&link, account, here()).await.unwrap();
    let hash = Vault::token_hash(&token);
    let actor = services.authenticate(&hash, "192.0.2.1").await.unwrap();
    actor.unwrap()
}

/// The platform's site.
#[derive(Clone)]
struct Site {
    office: Arc<Mutex<Office>>,
    issuer: String,
}

fn site_of(site: Site) -> Router {
    Router::new()
        .route("/jwks", get(jwks))
        .route("/token", post(token))
        .route("/members/{page}", get(members))
        .route("/configuration", get(configuration))
        .route("/register", post(register))
        .with_state(site)
}

async fn jwks(State(site): State<Site>) -> (StatusCode, Json<Value>) {
    let mut office = site.office.lock().unwrap();
    office.asked_for_keys += 1;
    let status = match office.keeps_keys {
        true => StatusCode::SERVICE_UNAVAILABLE,
        false => StatusCode::OK,
    };
    (status, Json(json!({ "keys": office.keys })))
}

async fn token(
    State(site): State<Site>,
    Form(form): Form<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let right = form["grant_type"] == "client_credentials"
        && form["client_assertion_type"]
            == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        && form["scope"].ends_with("contextmembership.readonly");
    if !right {
        return (
            StatusCode::BAD_REQUEST,
            Json(json!({ "error": "invalid_request" })),
        );
    }
    let assertion = form["client_assertion"].clone();
    site.office.lock().unwrap().assertions.push(assertion);
    let answer =
        json!({ "access_token": "members-please", "token_type": "Bearer", "expires_in": 3600 });
    (StatusCode::OK, Json(answer))
}

async fn members(
    State(site): State<Site>,
    Path(page): Path<usize>,
    headers: HeaderMap,
) -> Response {
    let office = site.office.lock().unwrap();
    if let Some(status) = office.refuses {
        return status.into_response();
    }
    if headers.get(header::AUTHORIZATION).unwrap() != "Bearer members-please" {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let container = json!({
        "id": format!("{}/members/{page}", site.issuer),
        "context": { "id": "course-1" },
        "members": office.members.get(page).cloned().unwrap_or_default(),
    });
    let kind = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";
    let mut response = ([(header::CONTENT_TYPE, kind)], container.to_string()).into_response();
    if page + 1 < office.members.len() {
        let link = format!(
            "<{0}/members/9?since=1,2>; rel=\"differences\", <{0}/members/{1}>; rel=\"next\"",
            site.issuer,
            page + 1
        );
        response
            .headers_mut()
            .insert(header::LINK, link.parse().unwrap());
    }
    response
}

async fn configuration(State(site): State<Site>) -> Json<Value> {
    let issuer = &site.issuer;
    let office = site.office.lock().unwrap();
    let called = office.calls_itself.clone();
    let desk = office.registers_at.clone();
    let server = office.authorizes_as.clone();
    Json(json!({
        "issuer": called.unwrap_or_else(|| issuer.clone()),
        "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"),
        "authorization_server": server.unwrap_or_else(|| "https://api.example.org/token".to_owned()),
        "jwks_uri": format!("{issuer}/jwks"),
        "registration_endpoint": desk.unwrap_or_else(|| format!("{issuer}/register")),
        "https://purl.imsglobal.org/spec/lti-platform-configuration": {
            "product_family_code": "moodle", "version": "4.5",
        },
    }))
}

async fn register(
    State(site): State<Site>,
    headers: HeaderMap,
    Json(tool): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let token = headers.get(header::AUTHORIZATION).unwrap();
    let token = token.to_str().unwrap().to_owned();
    site.office
        .lock()
        .unwrap()
        .registered
        .push((token, tool.clone()));
    let mut answer = tool;
    answer["client_id"] = json!("made-here");
    answer["https://purl.imsglobal.org/spec/lti-tool-configuration"]["deployment_id"] = json!("5");
    (StatusCode::CREATED, Json(answer))
}
