//! Signed tokens of others: whether they are from who they say, and for us.
//!
//! Keys are those that the issuer publishes (JWKS). They are kept, and asked for anew when a token is
//! signed with one that is not among them: issuers rotate their keys without notice.

use std::sync::Arc;
use std::time::Duration;

use domain::time::Timestamp;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use service::clock::Clock;
use tokio::sync::Mutex;

/// How far two clocks may be apart.
const LEEWAY: Duration = Duration::from_secs(60);

/// Keys are not asked for more often than this: whoever sends tokens with made-up keys must not be
/// able to have the issuer asked each time.
const REST: Duration = Duration::from_secs(10);

/// Keys older than this are asked for anew, so that one that was withdrawn ceases to work.
const FRESH: Duration = Duration::from_secs(24 * 3600);

/// The longest set of keys that is read, in bytes.
const LONGEST: usize = 1024 * 1024;

/// The signatures that are accepted: never none, and never ones that are made with a shared secret,
/// for which the issuer's public key could be taken.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// Why a token is not taken. It is for the log: whoever sent it is told nothing of it.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It is no token, or one with an unknown kind of signature.
    #[error("the token is malformed: {0}")]
    Malformed(String),
    /// Its signature is of a kind that is not accepted.
    #[error("the token is signed by {0}, which is not accepted")]
    Algorithm(String),
    /// It is signed with a key that the issuer does not publish.
    #[error("the token is signed with a key that its issuer does not publish")]
    UnknownKey,
    /// Its signature is not right.
    #[error("the token's signature does not fit")]
    Signature,
    /// It says something that must be otherwise.
    #[error("the token's {0}")]
    Claim(&'static str),
    /// The issuer's keys cannot be had.
    #[error("the issuer's keys cannot be had: {0}")]
    Away(String),
}

/// The keys of an issuer.
#[derive(Clone)]
pub struct Keys {
    address: Arc<str>,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    known: Arc<Mutex<Known>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Known {
    keys: Vec<Jwk>,
    /// When they were asked for last, whatever came of it.
    asked_at: Option<Timestamp>,
    /// When they came last.
    had_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

impl Keys {
    /// The keys at an address, which is asked when they are needed.
    pub fn at(address: &str, http: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        Self {
            address: address.into(),
            http,
            clock,
            known: Arc::default(),
        }
    }

    /// What a token says, if its signature is the issuer's. Who it is for, and until when, is not
    /// looked at.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub async fn open<T: DeserializeOwned>(&self, token: &str) -> Result<T, TokenError> {
        let header = jsonwebtoken::decode_header(token)
            .map_err(|error| TokenError::Malformed(error.to_string()))?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(TokenError::Algorithm(format!("{:?}", header.alg)));
        }
        let key = self.key(header.kid.as_deref(), header.alg).await?;
        let mut validation = Validation::new(header.alg);
        // These are looked at by the clock of the installation, in `Claims::check`.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let opened = jsonwebtoken::decode(token, &key, &validation);
        let opened = opened.map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::Json(_)
            | jsonwebtoken::errors::ErrorKind::Utf8(_)
            | jsonwebtoken::errors::ErrorKind::Base64(_) => {
                TokenError::Malformed(error.to_string())
            }
            _ => TokenError::Signature,
        })?;
        Ok(opened.claims)
    }

    /// How many keys there are that can be used.
    ///
    /// # Errors
    /// [`TokenError::Away`] when they cannot be had.
    pub async fn count(&self) -> Result<usize, TokenError> {
        Ok(self.fetch().await?.len())
    }

    async fn key(&self, id: Option<&str>, algorithm: Algorithm) -> Result<DecodingKey, TokenError> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        let since = |at: Option<Timestamp>| at.map(|at| now.since(at));
        let old = since(known.had_at).is_none_or(|age| age > FRESH);
        let rested = since(known.asked_at).is_none_or(|age| age > REST);
        if rested && (old || find(&known.keys, id, algorithm).is_none()) {
            known.asked_at = Some(now);
            known.keys = self.fetch().await?;
            known.had_at = Some(now);
        } else if old {
            // One that was withdrawn does not work on because the issuer is away.
            return Err(TokenError::Away(
                "they were asked for a moment ago".to_owned(),
            ));
        }
        let found = find(&known.keys, id, algorithm).ok_or(TokenError::UnknownKey)?;
        DecodingKey::from_jwk(found).map_err(|error| TokenError::Malformed(error.to_string()))
    }

    async fn fetch(&self) -> Result<Vec<Jwk>, TokenError> {
        let away = |error: &dyn std::fmt::Display| TokenError::Away(error.to_string());
        let answer = self.http.get(&*self.address).send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status);
        let text = read(answer.map_err(|e| away(&e))?, LONGEST).await;
        let text = text.map_err(|why| away(&why))?;
        let set: KeySet = serde_json::from_slice(&text).map_err(|e| away(&e))?;
        // Keys of kinds that are not known here are no reason to refuse the others.
        let keys = set.keys.into_iter();
        Ok(keys
            .filter_map(|key| serde_json::from_value(key).ok())
            .collect())
    }
}

/// The key that a token names; without a name, the only one that it can be.
fn find<'k>(keys: &'k [Jwk], id: Option<&str>, algorithm: Algorithm) -> Option<&'k Jwk> {
    let mut fitting = keys.iter().filter(|key| {
        let common = &key.common;
        let signs = common.public_key_use.as_ref();
        let signs = signs.is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
        let same = common
            .key_algorithm
            .is_none_or(|own| own.to_string() == format!("{algorithm:?}"));
        let named = id.is_none_or(|id| common.key_id.as_deref() == Some(id));
        signs && same && named && fits(key, algorithm)
    });
    let first = fitting.next()?;
    // Two that fit are none: which of them signed is not said.
    (id.is_some() || fitting.next().is_none()).then_some(first)
}

/// Whether a key is of the kind that signs in this way.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    use jsonwebtoken::jwk::{AlgorithmParameters as Kind, EllipticCurve as Curve};

    match &key.algorithm {
        Kind::RSA(_) => matches!(
            algorithm,
            Algorithm::RS256
                | Algorithm::RS384
                | Algorithm::RS512
                | Algorithm::PS256
                | Algorithm::PS384
                | Algorithm::PS512
        ),
        Kind::EllipticCurve(of) => match of.curve {
            Curve::P256 => algorithm == Algorithm::ES256,
            Curve::P384 => algorithm == Algorithm::ES384,
            _ => false,
        },
        Kind::OctetKeyPair(_) => algorithm == Algorithm::EdDSA,
        _ => false,
    }
}

/// A body that must not be longer than `most` bytes.
pub(crate) async fn read(mut answer: reqwest::Response, most: usize) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| e.to_string())? {
        if body.len() + chunk.len() > most {
            return Err(format!("the answer is longer than {most} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What every token says of itself.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Claims {
    /// Who made it.
    #[serde(default)]
    pub iss: String,
    /// Whom it is about.
    #[serde(default)]
    pub sub: String,
    /// Whom it is for.
    #[serde(default)]
    pub aud: Audience,
    /// Which of several it was made for.
    #[serde(default)]
    pub azp: Option<String>,
    /// When it ends, in seconds since 1970.
    #[serde(default)]
    pub exp: Option<f64>,
    /// When it was made.
    #[serde(default)]
    pub iat: Option<f64>,
    /// When it begins.
    #[serde(default)]
    pub nbf: Option<f64>,
    /// What it answers.
    #[serde(default)]
    pub nonce: Option<String>,
}

/// One name or several.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Default for Audience {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Audience {
    fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names) => names,
        }
    }
}

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'e> {
    /// Who made it.
    pub issuer: &'e str,
    /// Whom it is for: us.
    pub audience: &'e str,
    /// What it answers, where something was asked.
    pub nonce: Option<&'e str>,
}

impl Claims {
    /// Compares what a token says with what it must say at `now`.
    ///
    /// # Errors
    /// [`TokenError::Claim`], with the first that is wrong.
    pub fn check(&self, expected: &Expected<'_>, now: Timestamp) -> Result<(), TokenError> {
        let wrong = |what| Err(TokenError::Claim(what));
        #[expect(
            clippy::cast_precision_loss,
            reason = "microseconds since 1970 are exact until the year 2255"
        )]
        let now = now.micros() as f64 / 1e6;
        let leeway = LEEWAY.as_secs_f64();
        if self.iss != expected.issuer {
            return wrong("issuer is another");
        }
        let audience = self.aud.names();
        if !audience.iter().any(|name| name == expected.audience) {
            return wrong("audience is another");
        }
        match self.azp.as_deref() {
            Some(azp) if azp != expected.audience => return wrong("authorised party is another"),
            None if audience.len() > 1 => return wrong("authorised party is missing"),
            _ => {}
        }
        if self.exp.is_none_or(|end| end + leeway <= now) {
            return wrong("time is over");
        }
        if self.iat.is_none_or(|made| made - leeway > now) {
            return wrong("time has not come");
        }
        if self.nbf.is_some_and(|begin| begin - leeway > now) {
            return wrong("time has not come");
        }
        if expected.nonce.is_some() && self.nonce.as_deref() != expected.nonce {
            return wrong("nonce is another");
        }
        if self.sub.is_empty() || self.sub.len() > 255 {
            return wrong("subject is missing");
        }
        Ok(())
    }
}
