//! The keys that this tool signs with: made once, rotated when an owner wants it.
//!
//! Private keys are encrypted in the database. The newest signs; public keys of earlier ones stay
//! published, for what they signed.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::rand_core::OsRng;
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};
use service::Services;
use service::access::Actor;
use service::clock::Clock;
use service::error::{Error, Result};
use service::platforms;
use service::store::{Record, Store, ToolKey};
use service::vault::{Vault, hex, unhex};

/// What private keys are encrypted for.
const CONTEXT: &str = "lti-key";

/// The length of a key, in bits.
const BITS: usize = 2048;

/// The keys of this tool.
#[derive(Clone)]
pub struct Keyring {
    store: Arc<dyn Store>,
    vault: Vault,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring(···)")
    }
}

impl Keyring {
    /// The keys in a store.
    pub fn new(store: Arc<dyn Store>, vault: Vault, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            vault,
            clock,
        }
    }

    /// The public keys, as they are published. The first is made where there is none yet.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn published(&self) -> Result<Value> {
        self.newest().await?;
        let keys = self.store.read().await?.tool_keys().await?;
        let keys = keys.iter().map(|key| serde_json::from_str(&key.public));
        let keys: std::result::Result<Vec<Value>, _> = keys.collect();
        Ok(json!({ "keys": keys.map_err(internal)? }))
    }

    /// Signs claims with the newest key (RS256).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sign(&self, claims: &Value) -> Result<String> {
        let key = self.newest().await?;
        let secret = self.vault.open(CONTEXT, &key.secret).map_err(internal)?;
        let secret = unhex(&secret).ok_or_else(|| internal("a key is damaged"))?;
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": key.id });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&header), part(claims));
        let signed = text.clone();
        let signature = tokio::task::spawn_blocking(move || {
            let pair = RsaKeyPair::from_pkcs8(&secret).map_err(|e| e.to_string())?;
            let mut signature = vec![0; pair.public().modulus_len()];
            pair.sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|e| e.to_string())?;
            Ok::<_, String>(signature)
        });
        let signature = signature.await.map_err(internal)?.map_err(internal)?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    async fn newest(&self) -> Result<ToolKey> {
        let known = self.store.read().await?.tool_keys().await?;
        if let Some(key) = known.into_iter().next() {
            return Ok(key);
        }
        let made = self.make().await?;
        let mut tx = self.store.write().await?;
        // Another request may have been first.
        if let Some(key) = tx.tool_keys().await?.into_iter().next() {
            return Ok(key);
        }
        tx.insert_tool_key(&made).await?;
        tx.commit(Record::Observation).await?;
        Ok(made)
    }

    async fn make(&self) -> Result<ToolKey> {
        let made = tokio::task::spawn_blocking(|| {
            let secret = rsa::RsaPrivateKey::new(&mut OsRng, BITS).map_err(|e| e.to_string())?;
            let der = secret.to_pkcs8_der().map_err(|e| e.to_string())?;
            let number = |n: &rsa::BigUint| URL_SAFE_NO_PAD.encode(n.to_bytes_be());
            Ok::<_, String>((hex(der.as_bytes()), number(secret.n()), number(secret.e())))
        });
        let (secret, n, e) = made.await.map_err(internal)?.map_err(internal)?;
        let id = self.vault.new_token()[..16].to_owned();
        let public =
            json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "n": n, "e": e });
        Ok(ToolKey {
            secret: self.vault.seal(CONTEXT, &secret),
            public: public.to_string(),
            created_at: self.clock.now(),
            id,
        })
    }

    /// Makes another key, which signs from now on.
    ///
    /// # Errors
    /// `Forbidden` for everybody but owners.
    pub async fn rotate(&self, services: &Services, actor: &Actor) -> Result<()> {
        actor.demand_changes()?;
        platforms::demand(actor)?;
        let made = self.make().await?;
        let mut tx = self.store.write().await?;
        tx.insert_tool_key(&made).await?;
        let text = "Made a new key for signing to learning platforms.".to_owned();
        tx.commit(services.of_the_house(actor, "platform.key", text))
            .await?;
        Ok(())
    }
}

fn internal(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Internal(why.into())
}
