//! Learning platforms (LTI 1.3): people who come from an LMS, as this tool's side of the standard.
//!
//! A launch has two halves. The platform sends the browser here to begin (`login`), and it is sent
//! back there with a state and a nonce; then the platform posts a signed message about the person
//! (`launch`). The state is encrypted for this installation and bound to the browser by a cookie, so
//! that nothing is stored for launches that are only begun; nonces of messages that were taken are
//! rows until they end.

mod deep_links;
mod keys;
mod members;
mod message;
mod people;
mod registration;
mod tickets;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::id::PlatformId;
use domain::platform::Platform;
use jsonwebtoken::Algorithm;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use service::Services;
use service::error::{Error, Result};
use service::store::{Origin, StoreError};
use service::throttle::Failure;
use service::vault::Vault;
use tokio::sync::Mutex;

pub use deep_links::Answer;
pub use keys::Keyring;
pub use members::Members;
pub use message::{Choosing, Message, Wish};
pub use people::{Guest, Unproven};
pub use registration::{Registered, Registering};
pub use tickets::{Choice, Return};

use crate::jwt::{Expected, Keys, TokenError};
use crate::oidc::{refused_from, told_of};
use message::{MessageClaims, is_within};
use tickets::{pack, unpack};

/// How long a launch may take, from its beginning to the platform's message.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// What the state is encrypted for.
const CONTEXT: &str = "lti-state";

/// What the address of a beginning has more when the browser was sent a cookie before.
const TRIED: &str = "tried=1";

/// The longest hints that are kept to begin once more, in bytes: the state is part of an address.
const LONGEST_HINTS: usize = 1500;

/// This tool, as learning platforms know it.
#[derive(Clone)]
pub struct Lti {
    services: Services,
    http: reqwest::Client,
    keyring: Keyring,
    /// The platforms' keys, by the address where they are.
    keys: Arc<Mutex<HashMap<String, Keys>>>,
}

impl std::fmt::Debug for Lti {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lti").finish_non_exhaustive()
    }
}

/// How a platform begins a launch (third-party initiated login).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The issuer.
    #[serde(default)]
    pub iss: String,
    /// Whom it is about, as only the platform understands.
    #[serde(default)]
    pub login_hint: String,
    /// Where the launch is to lead.
    #[serde(default)]
    pub target_link_uri: String,
    /// What it is about, as only the platform understands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lti_message_hint: Option<String>,
    /// Which registration with the issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Which deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lti_deployment_id: Option<String>,
}

/// The answer with which a browser is sent to the platform, or back to the beginning.
#[derive(Clone, Debug)]
pub struct Departure {
    /// Where to.
    pub address: String,
    /// What the browser keeps meanwhile.
    pub cookie: String,
}

/// What the platform posts.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Posted {
    /// Which beginning it answers.
    #[serde(default)]
    pub state: String,
    /// The message.
    #[serde(default)]
    pub id_token: String,
    /// Why there is none.
    #[serde(default)]
    pub error: String,
}

/// What a launch came to.
#[derive(Clone, Debug)]
pub enum Landing {
    /// The message of a platform, verified.
    Message(Box<Message>),
    /// The browser keeps no cookies in a frame of another site: it goes on in a window of its own. Most
    /// are told so before they leave, by [`Lti::own_window`]; this is for those that do not say that
    /// they are in a frame.
    OwnWindow {
        /// Where the launch begins once more; none, where the platform has to begin it.
        address: Option<String>,
        /// The platform, whose page the frame is in.
        platform: Box<Platform>,
    },
}

/// Why there is no landing.
struct Refused {
    /// What whoever came is told.
    told: Error,
    /// The platform's name, where it is known which one it is, and what is written down; none, where
    /// nobody was refused.
    why: Option<(Option<String>, String)>,
}

impl From<Error> for Refused {
    fn from(told: Error) -> Self {
        Self { told, why: None }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::from(Error::from(error))
    }
}

/// What is remembered between the two halves.
#[derive(Serialize, Deserialize)]
struct State {
    platform: PlatformId,
    nonce: String,
    /// The hash of what is in the browser's cookie.
    browser: String,
    ends_at: i64,
    again: Option<Login>,
}

impl Lti {
    /// The tool over these services.
    ///
    /// # Errors
    /// When no client for HTTP can be made.
    pub fn new(services: Services) -> Result<Self> {
        let http = crate::oidc::client().map_err(|error| Error::Internal(Box::new(error)))?;
        let keyring = Keyring::new(
            services.store.clone(),
            services.vault.clone(),
            services.clock.clone(),
        );
        Ok(Self {
            services,
            http,
            keyring,
            keys: Arc::default(),
        })
    }

    /// The keys that this tool signs with.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Whether a launch may begin, and of which platform it is.
    async fn beginning(&self, login: &Login) -> Result<Platform> {
        if login.iss.is_empty() || login.login_hint.is_empty() {
            return Err(domain::Invalid::new(
                "login_hint",
                "A learning platform begins a launch here, and says who it is; this was something else.",
            )
            .into());
        }
        let platform = self.platform_of(login).await?;
        if !is_within(&self.services.public_url, &login.target_link_uri) {
            return Err(Error::Forbidden(
                "This link leads to another site than this portal. Its address in the learning platform must be put right.".to_owned(),
            ));
        }
        Ok(platform)
    }

    /// Goes before a launch that begins in a frame in which the browser has no cookie: it is sent one,
    /// and to the same beginning once more, which then knows whether it was kept. Platforms take a hint
    /// once, so that this has to be found out before it is spent.
    ///
    /// # Errors
    /// As [`Self::login`].
    pub async fn trial(&self, login: &Login) -> Result<Departure> {
        self.beginning(login).await?;
        Ok(Departure {
            address: format!("{}&{TRIED}", again(login)),
            cookie: self.services.vault.new_token(),
        })
    }

    /// The platform of a launch that cannot begin in its frame, and where it begins in a window of its
    /// own.
    ///
    /// # Errors
    /// As [`Self::login`].
    pub async fn own_window(&self, login: &Login) -> Result<(Platform, String)> {
        let platform = self.beginning(login).await?;
        Ok((platform, again(login)))
    }

    /// Begins a launch. `browser` is what the browser's cookie holds from another one.
    ///
    /// # Errors
    /// `Forbidden`, with a sentence, where the platform is unknown or switched off, or the launch is to
    /// lead elsewhere; `Invalid` when something is missing.
    pub async fn login(&self, login: &Login, browser: Option<&str>) -> Result<Departure> {
        let platform = self.beginning(login).await?;
        let vault = &self.services.vault;
        let token = |text: &&str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let browser = browser.filter(token);
        let browser = browser.map_or_else(|| vault.new_token(), str::to_owned);
        let hints = login.login_hint.len() + login.lti_message_hint.as_ref().map_or(0, String::len);
        let state = State {
            platform: platform.id,
            nonce: vault.new_token(),
            browser: Vault::token_hash(&browser),
            ends_at: (self.services.now() + PATIENCE).micros(),
            again: (hints <= LONGEST_HINTS).then(|| login.clone()),
        };
        let details = &platform.details;
        let mut address = Url::parse(details.authorization.as_str())
            .map_err(|error| Error::Internal(Box::new(error)))?;
        {
            let mut query = address.query_pairs_mut();
            query
                .append_pair("scope", "openid")
                .append_pair("response_type", "id_token")
                .append_pair("response_mode", "form_post")
                .append_pair("prompt", "none")
                .append_pair("client_id", &details.client_id)
                .append_pair("redirect_uri", &self.launch_address())
                .append_pair("login_hint", &login.login_hint)
                .append_pair("state", &pack(vault, CONTEXT, &state)?)
                .append_pair("nonce", &state.nonce);
            if let Some(hint) = &login.lti_message_hint {
                query.append_pair("lti_message_hint", hint);
            }
        }
        Ok(Departure {
            address: address.into(),
            cookie: browser,
        })
    }

    /// The platforms, as ways to sign in: what each is known by, and its name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn names(&self) -> Result<Vec<(String, String)>> {
        let platforms = self.services.store.read().await?.platforms().await?;
        let name = |one: &Platform| (people::provider_of(one.id), one.details.name.to_string());
        Ok(platforms.iter().map(name).collect())
    }

    /// The origins of the pages of all platforms that are switched on, for what is said before it is known
    /// which one it is.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn frame_origins(&self) -> Result<Vec<String>> {
        let platforms = self.services.store.read().await?.platforms().await?;
        let mut origins: Vec<String> = Vec::new();
        for platform in platforms.iter().filter(|platform| platform.enabled) {
            for origin in platform.details.frame_origins() {
                if !origins.iter().any(|known| known == origin) {
                    origins.push(origin.to_owned());
                }
            }
        }
        Ok(origins)
    }

    /// Where platforms post their messages.
    pub fn launch_address(&self) -> String {
        format!("{}/lti/launch", self.services.public_url)
    }

    /// The platform that begins a launch: the one registration with its issuer that fits.
    async fn platform_of(&self, login: &Login) -> Result<Platform> {
        let mut tx = self.services.store.read().await?;
        let mut found = tx.platforms_by_issuer(&login.iss).await?;
        found.retain(|platform| {
            let client = login.client_id.as_deref();
            platform.enabled && client.is_none_or(|client| client == platform.details.client_id)
        });
        if found.len() > 1
            && let Some(deployment) = login.lti_deployment_id.as_deref()
        {
            found.retain(|platform| platform.details.knows_deployment(deployment));
        }
        let one = (found.len() == 1).then(|| found.remove(0));
        one.ok_or_else(unknown_platform)
    }

    /// Takes the message that a platform posts, from the browser whose cookie is `browser`. What is
    /// refused is written down.
    ///
    /// # Errors
    /// `Forbidden`, with a sentence, for everything that was not begun in this browser a moment ago, or
    /// that is not the platform's word for this site; `Unavailable` when its keys cannot be had.
    pub async fn launch(
        &self,
        posted: &Posted,
        browser: Option<&str>,
        origin: &Origin,
    ) -> Result<Landing> {
        match self.landing(posted, browser).await {
            Ok(landing) => Ok(landing),
            Err(Refused { told, why: None }) => Err(told),
            Err(Refused {
                told,
                why: Some((platform, why)),
            }) => {
                let platform = platform.map_or_else(
                    || "a learning platform".to_owned(),
                    |name| format!("“{name}”"),
                );
                let failure = Failure {
                    by: None,
                    action: "sign-in.fail",
                    text: format!("Somebody who came from {platform} was refused: {why}."),
                    from: &origin.address,
                };
                let key = refused_from(origin);
                self.services.note_refusal(key, failure).await?;
                Err(told)
            }
        }
    }

    async fn landing(
        &self,
        posted: &Posted,
        browser: Option<&str>,
    ) -> std::result::Result<Landing, Refused> {
        let now = self.services.now();
        let state: Option<State> = unpack(&self.services.vault, CONTEXT, &posted.state);
        let state = state.filter(|state| now.micros() < state.ends_at);
        let Some(state) = state else {
            let why = "the launch was not begun here, or took too long";
            return Err(refused(not_begun(), None, why));
        };
        let mut tx = self.services.store.read().await?;
        let platform = tx.platform(state.platform).await?;
        drop(tx);
        let Some(platform) = platform else {
            let why = "it was removed meanwhile";
            return Err(refused(unknown_platform(), None, why));
        };
        if !platform.enabled {
            let why = "it is switched off";
            return Err(refused(unknown_platform(), Some(&platform), why));
        }
        let Some(browser) = browser else {
            return Ok(Landing::OwnWindow {
                address: state.again.as_ref().map(again),
                platform: Box::new(platform),
            });
        };
        if Vault::token_hash(browser) != state.browser {
            let why = "the launch was begun in another browser";
            return Err(refused(not_begun(), Some(&platform), why));
        }
        if !posted.error.is_empty() || posted.id_token.is_empty() {
            tracing::info!(
                platform = %platform.id,
                error = posted.error,
                "a learning platform sent somebody without a message"
            );
            let told = Error::Forbidden(format!(
                "“{}” did not tell who you are. Please sign in there and open the link again.",
                platform.details.name
            ));
            let why = "it did not tell who they are";
            return Err(refused(told, Some(&platform), why));
        }
        let (claims, name) = (
            self.open(&platform, posted).await,
            platform.details.name.clone(),
        );
        let (id, known) = (platform.id, platform.clone());
        let message = claims.and_then(|claims| {
            let expected = Expected {
                issuer: &known.details.issuer,
                audience: &known.details.client_id,
                nonce: Some(&state.nonce),
            };
            claims.usual.check(&expected, now)?;
            if !known.details.knows_deployment(claims.deployment()) {
                tracing::warn!(
                    platform = %id,
                    deployment = claims.deployment(),
                    "a learning platform sent a message of an unknown deployment"
                );
            }
            claims.read(platform, &self.services.public_url, self.services.scheme())
        });
        let message = match message {
            Ok(message) => message,
            Err(TokenError::Away(why)) => {
                tracing::warn!(platform = %id, why, "a learning platform’s keys cannot be had");
                let told = Error::Unavailable(format!(
                    "“{name}” does not answer as it should. Please try again in a moment."
                ));
                return Err(told.into());
            }
            Err(error) => {
                tracing::warn!(platform = %id, %error, "a learning platform’s message was refused");
                let told = Error::Forbidden(format!(
                    "What “{name}” said about you cannot be trusted: {error}. Please tell whoever runs this portal."
                ));
                return Err(refused(told, Some(&known), &told_of(&error)));
            }
        };
        // Last, so that what is refused for another reason uses nothing up.
        let mut tx = self.services.store.write().await?;
        let ends_at = domain::time::Timestamp::from_micros(state.ends_at);
        let nonce = Vault::token_hash(&state.nonce);
        if !tx.use_nonce(id, &nonce, ends_at, now).await? {
            let told = Error::Forbidden(
                "This launch was used already. Please open the link in your learning platform again."
                    .to_owned(),
            );
            return Err(refused(told, Some(&known), "the launch was used already"));
        }
        tx.commit(service::store::Record::Observation).await?;
        Ok(Landing::Message(Box::new(message)))
    }

    /// What a message says, if its signature is the platform's.
    async fn open(
        &self,
        platform: &Platform,
        posted: &Posted,
    ) -> std::result::Result<MessageClaims, TokenError> {
        let header = jsonwebtoken::decode_header(&posted.id_token)
            .map_err(|error| TokenError::Malformed(error.to_string()))?;
        if header.alg != Algorithm::RS256 {
            return Err(TokenError::Algorithm(format!("{:?}", header.alg)));
        }
        let address = platform.details.keys.as_str();
        let keys = {
            let mut all = self.keys.lock().await;
            let known = all.entry(address.to_owned()).or_insert_with(|| {
                Keys::at(address, self.http.clone(), self.services.clock.clone())
            });
            known.clone()
        };
        keys.open(&posted.id_token).await
    }
}

/// The address where a launch begins once more.
fn again(login: &Login) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("iss", &login.iss)
        .append_pair("login_hint", &login.login_hint)
        .append_pair("target_link_uri", &login.target_link_uri);
    let optional = [
        ("lti_message_hint", &login.lti_message_hint),
        ("client_id", &login.client_id),
        ("lti_deployment_id", &login.lti_deployment_id),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    format!("/lti/login?{}", query.finish())
}

fn refused(told: Error, platform: Option<&Platform>, why: &str) -> Refused {
    let name = platform.map(|platform| platform.details.name.to_string());
    Refused {
        told,
        why: Some((name, why.to_owned())),
    }
}

fn not_begun() -> Error {
    Error::Forbidden(
        "This launch was not begun in this browser, or took too long. Please open the link in your learning platform again.".to_owned(),
    )
}

fn unknown_platform() -> Error {
    Error::Forbidden(
        "This portal does not know the learning platform that you come from, or it is switched off here. Please tell whoever runs this portal.".to_owned(),
    )
}
