//! One OpenID provider: what the settings say of it, and what it says of itself.

use std::sync::Arc;
use std::time::Duration;

use domain::email::Email;
use domain::time::Timestamp;
use serde::Deserialize;
use service::clock::Clock;
use tokio::sync::Mutex;

use crate::jwt::{Keys, read};

/// What a provider says of itself is asked for anew after this long.
const FRESH: Duration = Duration::from_secs(3600);

/// The longest description of itself, in bytes.
const LONGEST: usize = 256 * 1024;

/// Whether an address that a provider tells is the person's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmailTrust {
    /// Where the provider says that it verified it.
    #[default]
    Verified,
    /// Always: the provider itself gives the addresses of its domains.
    Always,
    /// Never: people come in by it only once it is linked to their account.
    Never,
}

/// A provider as the settings name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderSettings {
    /// Its name in addresses: lower-case letters, digits and `-`.
    pub id: String,
    /// Its name on the button.
    pub name: String,
    /// The address that its tokens are from.
    pub issuer: String,
    /// What it knows Lectern by.
    pub client_id: String,
    /// The secret that goes with it; none, where PKCE alone is used.
    pub client_secret: Option<Secret>,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// Whether its addresses are trusted.
    pub email: EmailTrust,
    /// The mail domains whose people may come in by it; all, where none is named.
    pub domains: Vec<String>,
    /// The claim with the groups that a person is in.
    pub groups_claim: String,
}

/// A secret that is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a secret.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(···)")
    }
}

/// What a provider says of itself.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    /// Where people sign in.
    pub authorization_endpoint: String,
    /// Where codes are traded for tokens.
    pub token_endpoint: String,
    /// Where its keys are.
    pub jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl Metadata {
    /// Whether the secret goes into the body, because the header is not taken.
    pub fn secret_in_body(&self) -> bool {
        let methods = self.token_endpoint_auth_methods_supported.as_deref();
        methods.is_some_and(|methods| {
            let has = |name: &str| methods.iter().any(|method| method == name);
            has("client_secret_post") && !has("client_secret_basic")
        })
    }
}

/// A provider, with what is known of it so far.
pub(super) struct Provider {
    /// What the settings say.
    pub settings: ProviderSettings,
    pub http: reqwest::Client,
    clock: Arc<dyn Clock>,
    known: Mutex<Option<(Timestamp, Metadata, Keys)>>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Provider {
    /// A provider, which is asked when somebody first comes by it.
    pub fn new(settings: ProviderSettings, http: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        Self {
            settings,
            http,
            clock,
            known: Mutex::default(),
        }
    }

    /// What it says of itself, and its keys.
    ///
    /// # Errors
    /// Why it cannot be had, for the log.
    pub async fn known(&self) -> Result<(Metadata, Keys), String> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        if let Some((at, metadata, keys)) = &*known
            && now.since(*at) < FRESH
        {
            return Ok((metadata.clone(), keys.clone()));
        }
        let metadata = match self.ask().await {
            Ok(metadata) => metadata,
            // What it said before is better than nothing.
            Err(why) => match &*known {
                Some((_, metadata, keys)) => {
                    tracing::warn!(
                        provider = self.settings.id,
                        why,
                        "a provider does not answer"
                    );
                    return Ok((metadata.clone(), keys.clone()));
                }
                None => return Err(why),
            },
        };
        let keys = match &*known {
            Some((_, before, keys)) if before.jwks_uri == metadata.jwks_uri => keys.clone(),
            _ => Keys::at(&metadata.jwks_uri, self.http.clone(), self.clock.clone()),
        };
        *known = Some((now, metadata.clone(), keys.clone()));
        Ok((metadata, keys))
    }

    async fn ask(&self) -> Result<Metadata, String> {
        let issuer = &self.settings.issuer;
        let address = format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        );
        let answer = self.http.get(address).send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status);
        let text = read(answer.map_err(|e| e.to_string())?, LONGEST).await?;
        let metadata: Metadata = serde_json::from_slice(&text).map_err(|e| e.to_string())?;
        if metadata.issuer != *issuer {
            return Err(format!(
                "it calls itself {}, and the settings call it {issuer}",
                metadata.issuer
            ));
        }
        Ok(metadata)
    }

    /// Whether people with this address may come in by it.
    pub fn takes(&self, email: &Email) -> bool {
        let domains = &self.settings.domains;
        let own = email.as_str().rsplit_once('@').map_or("", |(_, own)| own);
        domains.is_empty() || domains.iter().any(|one| one.eq_ignore_ascii_case(own))
    }
}
