//! A school: its provider, which signs what a test wants, and a portal that trusts it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::email::Email;
use domain::name::PersonName;
use domain::time::Timestamp;
use identity::Identity;
use identity::arrivals::Outcome;
use identity::oidc::{EmailTrust, ProviderSettings, Returned, Secret};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use ring::rand::SystemRandom as Entropy;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use service::access::Actor;
use service::changes::Changes;
use service::clock::{Clock, SystemRandom};
use service::directories::Directories;
use service::error::Result;
use service::mail::{Mail, MailError, Mailer};
use service::store::{AuditFilter, Origin};
use service::vault::Vault;
use service::{Services, bootstrap};
use simulator::{HostClock, Latency, Room, Simulator, SimulatorSettings};
use store::{OnOutdated, StoreSettings};

/// What the provider knows the portal by.
pub const CLIENT: &str = "lectern";

/// A clock that only tests move.
#[derive(Debug)]
pub struct Watch(AtomicI64);

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// A mail server that keeps what it takes.
#[derive(Debug, Default)]
pub struct Post(Mutex<Vec<Mail>>);

#[async_trait::async_trait]
impl Mailer for Post {
    async fn send(&self, mail: &Mail) -> std::result::Result<(), MailError> {
        self.0.lock().unwrap().push(mail.clone());
        Ok(())
    }
}

/// A key of the provider.
pub struct Key {
    /// Its name.
    pub id: String,
    /// What signs.
    pub signs: EncodingKey,
    /// What is published.
    pub published: Value,
}

impl Key {
    pub fn new(id: &str) -> Self {
        let entropy = Entropy::new();
        let secret = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &entropy);
        let secret = secret.unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, secret.as_ref(), &entropy);
        let pair = pair.unwrap();
        let point = pair.public_key().as_ref();
        let published = json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": id,
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]),
            "y": URL_SAFE_NO_PAD.encode(&point[33..65]),
        });
        Self {
            id: id.to_owned(),
            signs: EncodingKey::from_ec_der(secret.as_ref()),
            published,
        }
    }

    /// A token of these claims.
    pub fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.id.clone());
        jsonwebtoken::encode(&header, claims, &self.signs).unwrap()
    }
}

/// What the provider does next.
#[derive(Default)]
struct Desk {
    keys: Vec<Value>,
    /// Tokens by the code they are traded for, with the challenge that the trade must meet.
    tokens: HashMap<String, (String, String)>,
    /// How often the keys were asked for.
    asked: u32,
}

/// The school.
pub struct School {
    pub identity: Identity,
    pub services: Services,
    pub issuer: String,
    post: Arc<Post>,
    clock: Arc<Watch>,
    desk: Arc<Mutex<Desk>>,
    _folder: tempfile::TempDir,
}

/// Somebody who has left for the provider.
pub struct Away {
    pub state: String,
    pub nonce: String,
    challenge: String,
    pub cookie: String,
}

/// From where everybody comes.
pub fn here() -> &'static Origin {
    static HERE: LazyLock<Origin> = LazyLock::new(|| Origin {
        address: "192.0.2.1".to_owned(),
        agent: "Browser".to_owned(),
    });
    &HERE
}

impl School {
    pub async fn new() -> Self {
        Self::trusting(EmailTrust::Verified).await
    }

    /// A school whose portal trusts the provider's addresses so far.
    pub async fn trusting(email: EmailTrust) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = Arc::new(Mutex::new(Desk::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let provider = provider(&issuer).with_state(desk.clone());
        tokio::spawn(async move { axum::serve(listener, provider).await });
        let post = Arc::new(Post::default());
        let clock = Arc::new(Watch(AtomicI64::new(1_800_000_000_000_000)));
        let random = Arc::new(SystemRandom::default());
        let settings = StoreSettings::file(&folder.path().join("lectern.db"));
        let store = store::open(&settings, OnOutdated::Migrate).await.unwrap();
        bootstrap::organisation(&*store, &*clock, &*random)
            .await
            .unwrap();
        let services = Services {
            store,
            engine: Arc::new(Simulator::new(SimulatorSettings {
                install: "school".to_owned(),
                latency: Latency::none(),
                room: Room::plenty(),
                clock: HostClock::of(clock.clone()),
            })),
            clock: clock.clone(),
            vault: Vault::new(&[7; 32], random.clone()),
            random,
            changes: Changes::default(),
            mailer: post.clone(),
            public_url: "https://labs.example.org".into(),
            directories: Directories::default(),
        };
        let settings = ProviderSettings {
            id: "school".to_owned(),
            name: "School account".to_owned(),
            issuer: issuer.clone(),
            client_id: CLIENT.to_owned(),
            client_secret: Some(Secret::new("hunter2".to_owned())),
            scopes: vec!["email".to_owned()],
            email,
            domains: vec!["school.example".to_owned()],
            groups_claim: "groups".to_owned(),
        };
        let identity = Identity::with_providers(services.clone(), vec![settings]).unwrap();
        Self {
            identity,
            services,
            issuer,
            post,
            clock,
            desk,
            _folder: folder,
        }
    }

    pub fn pass(&self, time: Duration) {
        let micros = i64::try_from(time.as_micros()).unwrap();
        self.clock.0.fetch_add(micros, Ordering::SeqCst);
    }

    /// The mails that have come since the last time.
    pub async fn mails(&self) -> Vec<Mail> {
        let outbox = service::outbox::Outbox::new(self.services.clone(), "test".to_owned());
        outbox.settle().await.unwrap();
        std::mem::take(&mut *self.post.0.lock().unwrap())
    }

    /// The time now, in seconds.
    pub fn seconds(&self) -> i64 {
        self.clock.now().micros() / 1_000_000
    }

    /// The provider publishes these keys from now on, and no others.
    pub fn publish(&self, keys: &[&Key]) {
        let keys = keys.iter().map(|key| key.published.clone()).collect();
        self.desk.lock().unwrap().keys = keys;
    }

    /// How often the keys were asked for.
    pub fn asked_for_keys(&self) -> u32 {
        self.desk.lock().unwrap().asked
    }

    /// Leaves for the provider; to link it to an account, by its password.
    pub async fn leave(&self, linking: Option<(&Actor, &str)>) -> Away {
        let next = Some("/machines".to_owned());
        let left = match linking {
            Some((actor, password)) => {
                let identity = &self.identity;
                identity.leave_to_link(actor, "school", password).await
            }
            None => self.identity.oidc().leave("school", next).await,
        };
        let left = left.unwrap();
        let address = url::Url::parse(&left.address).unwrap();
        let asked: HashMap<String, String> = address.query_pairs().into_owned().collect();
        assert_eq!(asked["client_id"], CLIENT);
        assert_eq!(asked["code_challenge_method"], "S256");
        assert_eq!(asked["scope"], "openid email");
        assert_eq!(
            asked["redirect_uri"],
            "https://labs.example.org/sign-in/by/school/back"
        );
        Away {
            state: asked["state"].clone(),
            nonce: asked["nonce"].clone(),
            challenge: asked["code_challenge"].clone(),
            cookie: left.cookie,
        }
    }

    /// What a right token says of somebody.
    pub fn claims(&self, away: &Away, subject: &str, email: &str) -> Value {
        json!({
            "iss": self.issuer, "aud": CLIENT, "sub": subject, "nonce": away.nonce,
            "iat": self.seconds(), "exp": self.seconds() + 300,
            "email": email, "email_verified": true, "name": "Ada Lovelace",
        })
    }

    /// Comes back with a code for this token.
    pub async fn come_back(&self, away: &Away, token: String) -> Result<identity::oidc::Arrival> {
        let code = self.services.vault.new_token();
        let trade = (token, away.challenge.clone());
        self.desk.lock().unwrap().tokens.insert(code.clone(), trade);
        let returned = Returned {
            state: away.state.clone(),
            code,
            error: String::new(),
        };
        let oidc = self.identity.oidc();
        oidc.arrive("school", Some(&away.cookie), returned, here())
            .await
    }

    /// Somebody comes by the provider, from leaving to what becomes of it.
    pub async fn come(&self, key: &Key, subject: &str, email: &str) -> Result<Outcome> {
        let away = self.leave(None).await;
        let token = key.sign(&self.claims(&away, subject, email));
        let arrival = self.come_back(&away, token).await?;
        self.identity.come_by(&arrival, None, here()).await
    }

    /// What the audit log has of refusals, the newest first: who, the sentence, and from where.
    pub async fn refusals(&self) -> Vec<(Option<String>, String, String)> {
        let filter = AuditFilter {
            areas: vec!["sign-in"],
            limit: 100,
            ..AuditFilter::default()
        };
        let mut tx = self.services.store.read().await.unwrap();
        let lines = tx.audit_lines(&filter).await.unwrap().into_iter();
        lines
            .filter(|line| line.action == "sign-in.fail")
            .map(|line| (line.email, line.text, line.from))
            .collect()
    }

    /// Who a session's token belongs to.
    pub async fn who(&self, token: &str) -> Option<Actor> {
        let hash = Vault::token_hash(token);
        self.services
            .authenticate(&hash, "192.0.2.1")
            .await
            .unwrap()
    }

    /// Somebody with a password and a session.
    pub async fn local(&self, name: &str, password: &str) -> Actor {
        let email = Email::parse(&format!("{name}@school.example")).unwrap();
        let link = self.identity.make_link(&email, None).await.unwrap();
        let account = identity::accounts::NewAccount {
            name: PersonName::parse(name).unwrap(),
            email,
            password: domain::credentials::Password::for_person(password).unwrap(),
        };
        let token = self.identity.use_link(&link, account, here()).await;
        self.who(&token.unwrap()).await.unwrap()
    }
}

fn provider(issuer: &str) -> Router<Arc<Mutex<Desk>>> {
    let metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
    });
    Router::new()
        .route(
            "/.well-known/openid-configuration",
            get(async move || Json(metadata)),
        )
        .route("/jwks", get(jwks))
        .route("/token", post(token))
}

async fn jwks(State(desk): State<Arc<Mutex<Desk>>>) -> Json<Value> {
    let mut desk = desk.lock().unwrap();
    desk.asked += 1;
    // One that nobody understands is no reason to refuse the others.
    let mut keys = vec![json!({ "kty": "quantum", "kid": "q" })];
    keys.extend(desk.keys.iter().cloned());
    Json(json!({ "keys": keys }))
}

/// Trades a code, once, for who knows the verifier of its challenge.
async fn token(
    State(desk): State<Arc<Mutex<Desk>>>,
    Form(form): Form<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let refused = || {
        (
            StatusCode::BAD_REQUEST,
            Json(json!({ "error": "invalid_grant" })),
        )
    };
    let Some((token, challenge)) = desk.lock().unwrap().tokens.remove(&form["code"]) else {
        return refused();
    };
    let verifier = ring::digest::digest(&ring::digest::SHA256, form["code_verifier"].as_bytes());
    if URL_SAFE_NO_PAD.encode(verifier.as_ref()) != challenge {
        return refused();
    }
    let answer = json!({ "access_token": "x", "token_type": "Bearer", "id_token": token });
    (StatusCode::OK, Json(answer))
}
