//! Signing in by OpenID providers: the code flow with PKCE, state and nonce.
//!
//! What must be remembered between leaving and coming back travels in a cookie, encrypted under the
//! installation's key and bound to the browser; nothing is stored, and whatever process the person
//! comes back to can go on.

mod provider;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::email::Email;
use domain::id::PersonId;
use domain::name::PersonName;
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, Scope, StandardRevocableToken, StandardTokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};
use service::Services;
use service::clock::SystemClock;
use service::error::{Error, Result};
use service::store::Origin;
use service::throttle::{Failure, by_address};
use service::vault::{Sealed, hex, unhex};

pub use provider::{EmailTrust, ProviderSettings, Secret};

use crate::jwt::{Claims, Expected, TokenError, read};
use provider::{Metadata, Provider};

/// How long signing in at the provider may take.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// How long the provider itself may take to answer.
const ANSWER: Duration = Duration::from_secs(10);

/// The longest answer of a provider that is read, in bytes.
const LONGEST: usize = 256 * 1024;

/// What the cookie is encrypted for.
const CONTEXT: &str = "oidc-journey";

/// The providers of the settings.
#[derive(Clone, Debug)]
pub struct Oidc {
    services: Services,
    providers: Arc<BTreeMap<String, Provider>>,
    order: Arc<[String]>,
}

/// The answer with which somebody leaves for a provider.
#[derive(Clone, Debug)]
pub struct Departure {
    /// Where to.
    pub address: String,
    /// What the browser keeps meanwhile.
    pub cookie: String,
}

/// What a provider said of who came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The provider.
    pub provider: String,
    /// Its name.
    pub provider_name: String,
    /// The person, as the provider knows them.
    pub subject: String,
    /// Their address, where the provider told one that can be one.
    pub email: Option<Email>,
    /// Whether the address is theirs beyond doubt.
    pub email_is_theirs: bool,
    /// Their name.
    pub name: Option<PersonName>,
    /// The groups they are in, where the provider says.
    pub groups: Option<Vec<String>>,
    /// Whether they are in more groups than the provider tells in a token: what is known of them stays.
    pub too_many_groups: bool,
    /// Where they wanted to go.
    pub next: Option<String>,
    /// Who was signed in when they left to link the provider to their account.
    pub linking: Option<PersonId>,
}

/// What is remembered between leaving and coming back.
#[derive(Serialize, Deserialize)]
struct Journey {
    provider: String,
    state: String,
    nonce: String,
    verifier: String,
    ends_at: i64,
    next: Option<String>,
    linking: Option<PersonId>,
}

/// What comes back with the person.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Returned {
    /// Which departure it answers.
    #[serde(default)]
    pub state: String,
    /// What is traded for the token.
    #[serde(default)]
    pub code: String,
    /// Why there is none.
    #[serde(default)]
    pub error: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct IdToken {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdToken {}

type Tokens = StandardTokenResponse<IdToken, BasicTokenType>;

type Client = oauth2::Client<
    BasicErrorResponse,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// What an id token says of a person.
#[derive(Deserialize)]
struct PersonClaims {
    #[serde(flatten)]
    usual: Claims,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    email_verified: Option<serde_json::Value>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    preferred_username: Option<String>,
    #[serde(flatten)]
    rest: serde_json::Map<String, serde_json::Value>,
}

impl Oidc {
    /// The providers of the settings.
    ///
    /// # Errors
    /// When no client for HTTP can be made.
    pub fn new(services: Services, settings: Vec<ProviderSettings>) -> Result<Self> {
        let http = client().map_err(|error| Error::Internal(Box::new(error)))?;
        let order = settings.iter().map(|one| one.id.clone()).collect();
        let providers = settings.into_iter().map(|one| {
            let clock = services.clock.clone();
            (one.id.clone(), Provider::new(one, http.clone(), clock))
        });
        Ok(Self {
            providers: Arc::new(providers.collect()),
            order,
            services,
        })
    }

    /// The providers, each with the name on its button, in the settings' order.
    pub fn names(&self) -> Vec<(String, String)> {
        let found = self.order.iter().filter_map(|id| self.providers.get(id));
        let name = |one: &Provider| (one.settings.id.clone(), one.settings.name.clone());
        found.map(name).collect()
    }

    fn provider(&self, id: &str) -> Result<&Provider> {
        self.providers.get(id).ok_or(Error::NotFound("sign-in"))
    }

    /// Begins to sign in by a provider.
    ///
    /// # Errors
    /// `NotFound` without such a provider; `Unavailable` when it does not answer.
    pub async fn leave(&self, id: &str, next: Option<String>) -> Result<Departure> {
        self.depart(id, next, None).await
    }

    /// The same; `linking` is who wants to come in by the provider from now on, and has shown that the
    /// account is theirs.
    pub(crate) async fn depart(
        &self,
        id: &str,
        next: Option<String>,
        linking: Option<PersonId>,
    ) -> Result<Departure> {
        let provider = self.provider(id)?;
        let (metadata, _) = provider.known().await.map_err(|why| away(provider, &why))?;
        let vault = &self.services.vault;
        let journey = Journey {
            provider: id.to_owned(),
            state: vault.new_token(),
            nonce: vault.new_token(),
            verifier: vault.new_token(),
            ends_at: (self.services.now() + PATIENCE).micros(),
            next,
            linking,
        };
        let client = self.client(provider, &metadata)?;
        let verifier = PkceCodeVerifier::new(journey.verifier.clone());
        let state = journey.state.clone();
        let mut request = client
            .authorize_url(|| CsrfToken::new(state))
            .add_scope(Scope::new("openid".to_owned()))
            .add_extra_param("nonce", &journey.nonce)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        for scope in &provider.settings.scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        let (address, _) = request.url();
        Ok(Departure {
            address: address.into(),
            cookie: self.pack(CONTEXT, &journey)?,
        })
    }

    /// Takes somebody in who comes back from a provider, with the cookie they left with. Who is refused is
    /// written down.
    ///
    /// # Errors
    /// `Forbidden`, with a sentence, when they did not leave from here, took too long, or the provider
    /// does not vouch for them; `Unavailable` when it does not answer.
    pub async fn arrive(
        &self,
        id: &str,
        cookie: Option<&str>,
        returned: Returned,
        origin: &Origin,
    ) -> Result<Arrival> {
        let provider = self.provider(id)?;
        let journey: Option<Journey> = cookie.and_then(|text| self.unpack(CONTEXT, text));
        let now = self.services.now();
        let journey = journey
            .filter(|journey| journey.provider == id && now.micros() < journey.ends_at)
            .filter(|journey| !returned.state.is_empty() && journey.state == returned.state);
        let Some(journey) = journey else {
            let told =
                "This sign-in was not begun in this browser, or took too long. Please try again.";
            let why = "it was not begun in that browser, or took too long";
            let by = (None, origin);
            return Err(self.refuse(provider, by, why, told.to_owned()).await);
        };
        let by = (journey.linking, origin);
        if !returned.error.is_empty() || returned.code.is_empty() {
            tracing::info!(
                provider = id,
                error = returned.error,
                "a provider sent somebody back"
            );
            let told = format!(
                "“{}” did not sign you in. Please try again, or sign in another way.",
                provider.settings.name
            );
            let why = "it did not sign them in";
            return Err(self.refuse(provider, by, why, told).await);
        }
        let (metadata, keys) = provider.known().await.map_err(|why| away(provider, &why))?;
        let token = self
            .trade(provider, &metadata, &returned.code, &journey)
            .await?;
        let Some(token) = token else {
            let told = "This sign-in was used already. Please begin again.".to_owned();
            let why = "its code was used already, or never was one";
            return Err(self.refuse(provider, by, why, told).await);
        };
        let opened: std::result::Result<PersonClaims, TokenError> = keys.open(&token).await;
        let claims = opened.and_then(|claims| {
            let expected = Expected {
                issuer: &provider.settings.issuer,
                audience: &provider.settings.client_id,
                nonce: Some(&journey.nonce),
            };
            claims.usual.check(&expected, now).map(|()| claims)
        });
        match claims {
            Ok(claims) => Ok(arrival(provider, claims, journey)),
            Err(TokenError::Away(why)) => Err(away(provider, &why)),
            Err(error) => {
                tracing::warn!(provider = id, %error, "a provider's token was refused");
                let told = format!(
                    "What “{}” said about you cannot be trusted. Please tell whoever runs this portal.",
                    provider.settings.name
                );
                Err(self.refuse(provider, by, &told_of(&error), told).await)
            }
        }
    }

    /// Writes down why somebody was refused who came back from a provider; what they are told. They may
    /// have been signed in when they left.
    async fn refuse(
        &self,
        provider: &Provider,
        (by, origin): (Option<PersonId>, &Origin),
        why: &str,
        told: String,
    ) -> Error {
        let failure = Failure {
            by,
            action: "sign-in.fail",
            text: format!(
                "Somebody who came by “{}” was refused: {why}.",
                provider.settings.name
            ),
            from: &origin.address,
        };
        let key = refused_from(origin);
        match self.services.note_refusal(key, failure).await {
            Ok(()) => Error::Forbidden(told),
            Err(error) => error,
        }
    }

    fn client(&self, provider: &Provider, metadata: &Metadata) -> Result<Client> {
        let settings = &provider.settings;
        let wrong = |error: url::ParseError| away(provider, &error.to_string());
        let back = format!(
            "{}/sign-in/by/{}/back",
            self.services.public_url, settings.id
        );
        let mut client = oauth2::Client::new(ClientId::new(settings.client_id.clone()))
            .set_auth_uri(AuthUrl::new(metadata.authorization_endpoint.clone()).map_err(wrong)?)
            .set_token_uri(TokenUrl::new(metadata.token_endpoint.clone()).map_err(wrong)?)
            .set_redirect_uri(RedirectUrl::new(back).map_err(wrong)?);
        if metadata.secret_in_body() {
            client = client.set_auth_type(AuthType::RequestBody);
        }
        if let Some(secret) = &settings.client_secret {
            client = client.set_client_secret(ClientSecret::new(secret.expose().to_owned()));
        }
        Ok(client)
    }

    /// The id token for a code; none for a code that the provider does not take.
    async fn trade(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        code: &str,
        journey: &Journey,
    ) -> Result<Option<String>> {
        let http = |request: HttpRequest| send(provider.http.clone(), request);
        let tokens = self
            .client(provider, metadata)?
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(journey.verifier.clone()))
            .request_async(&http)
            .await;
        let token = match tokens {
            Ok(tokens) => tokens.extra_fields().id_token.clone(),
            Err(oauth2::RequestTokenError::ServerResponse(refused)) => {
                // A code that was used already, mostly: somebody went back in the browser.
                tracing::info!(provider = provider.settings.id, error = %refused, "a code was refused");
                return Ok(None);
            }
            Err(error) => return Err(away(provider, &error.to_string())),
        };
        let token = token.ok_or_else(|| away(provider, "its answer has no id token"))?;
        Ok(Some(token))
    }

    /// A value for a cookie that only this installation reads.
    pub(crate) fn pack<T: Serialize>(&self, context: &str, value: &T) -> Result<String> {
        let text = serde_json::to_string(value).map_err(|e| Error::Internal(Box::new(e)))?;
        Ok(hex(self.services.vault.seal(context, &text).as_bytes()))
    }

    /// The value of a cookie, where it is one of ours.
    pub(crate) fn unpack<T: for<'d> Deserialize<'d>>(
        &self,
        context: &str,
        text: &str,
    ) -> Option<T> {
        let sealed = Sealed::from_bytes(unhex(text)?);
        let text = self.services.vault.open(context, &sealed).ok()?;
        serde_json::from_str(&text).ok()
    }
}

/// Under which key refusals are counted of those of whom nothing is known but from where they come.
pub(crate) fn refused_from(origin: &Origin) -> String {
    by_address("arrival", &origin.address)
}

/// Why a token is not taken, for the audit log: nothing of what is written in it.
pub(crate) fn told_of(error: &TokenError) -> String {
    match error {
        TokenError::Malformed(_) => "the token is malformed".to_owned(),
        TokenError::Algorithm(_) => "the token is signed in a way that is not accepted".to_owned(),
        error => error.to_string(),
    }
}

/// What providers are asked with.
pub(crate) fn client() -> reqwest::Result<reqwest::Client> {
    // The library asks for one to be chosen; that it is chosen already is no matter.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(ANSWER)
        .build()
}

/// Whether a provider of the settings can be used; how many keys it has.
///
/// # Errors
/// Why it cannot.
pub async fn check(settings: ProviderSettings) -> std::result::Result<usize, String> {
    let http = client().map_err(|error| error.to_string())?;
    let provider = Provider::new(settings, http, Arc::new(SystemClock));
    let (_, keys) = provider.known().await?;
    keys.count().await.map_err(|error| error.to_string())
}

async fn send(
    http: reqwest::Client,
    request: HttpRequest,
) -> std::result::Result<HttpResponse, Unanswered> {
    let failed = |error: reqwest::Error| Unanswered(error.to_string());
    let request = reqwest::Request::try_from(request).map_err(failed)?;
    let answer = http.execute(request).await.map_err(failed)?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut response = HttpResponse::new(read(answer, LONGEST).await.map_err(Unanswered)?);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// A provider did not answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unanswered(String);

fn away(provider: &Provider, why: &str) -> Error {
    tracing::warn!(
        provider = provider.settings.id,
        why,
        "a provider cannot be used"
    );
    Error::Unavailable(format!(
        "“{}” does not answer as it should. Please try again in a moment, or sign in another way.",
        provider.settings.name
    ))
}

/// Whether a token says, instead of groups, only that there are too many of them: that they are to be
/// asked for elsewhere (OpenID Connect Core 1.0, 5.6.2), or that there are some.
fn has_too_many(claims: &serde_json::Map<String, serde_json::Value>, groups: &str) -> bool {
    let elsewhere = claims.get("_claim_names");
    let some = claims.get("hasgroups");
    elsewhere.is_some_and(|names| names.get(groups).is_some())
        || some.is_some_and(|some| some.as_bool() == Some(true) || some.as_str() == Some("true"))
}

fn arrival(provider: &Provider, claims: PersonClaims, journey: Journey) -> Arrival {
    let settings = &provider.settings;
    let email = claims
        .email
        .as_deref()
        .and_then(|text| Email::parse(text).ok());
    let verified = match &claims.email_verified {
        Some(serde_json::Value::Bool(verified)) => *verified,
        // Some providers send it as a text.
        Some(serde_json::Value::String(text)) => text == "true",
        _ => false,
    };
    let email_is_theirs = email.is_some()
        && match settings.email {
            EmailTrust::Verified => verified,
            EmailTrust::Always => true,
            EmailTrust::Never => false,
        };
    let name = [claims.name, claims.preferred_username]
        .into_iter()
        .flatten()
        .find_map(|text| PersonName::parse(&text).ok());
    let groups = claims.rest.get(&settings.groups_claim).and_then(|value| {
        let names = value.as_array()?.iter();
        Some(
            names
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect(),
        )
    });
    let too_many_groups = groups.is_none() && has_too_many(&claims.rest, &settings.groups_claim);
    if too_many_groups {
        tracing::warn!(
            provider = settings.id,
            "a provider tells no groups of somebody who is in too many: those known of them stay. Have it tell only the groups that are assigned to the application"
        );
    }
    Arrival {
        provider: settings.id.clone(),
        provider_name: settings.name.clone(),
        subject: claims.usual.sub,
        email_is_theirs: email_is_theirs
            && email.as_ref().is_some_and(|email| provider.takes(email)),
        email,
        name,
        groups,
        too_many_groups,
        next: journey.next,
        linking: journey.linking,
    }
}
