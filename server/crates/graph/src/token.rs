//! The token of a program that signs in by itself (OAuth 2.0 client credentials), kept until shortly
//! before its end.

use std::sync::Arc;
use std::time::Duration;

use domain::time::Timestamp;
use serde::Deserialize;
use service::clock::Clock;
use service::directories::DirectoryError;
use tokio::sync::Mutex;

use crate::settings::GraphSettings;
use crate::wire::{Wire, away};

/// So long before its end a token is not used any more.
const MARGIN: Duration = Duration::from_secs(5 * 60);

/// Where tokens come from.
pub(crate) struct Tokens {
    settings: GraphSettings,
    clock: Arc<dyn Clock>,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    token: String,
    until: Timestamp,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    /// Seconds.
    expires_in: u64,
}

#[derive(Deserialize)]
struct Denied {
    error: String,
    #[serde(default)]
    error_description: String,
}

impl Tokens {
    pub fn new(settings: GraphSettings, clock: Arc<dyn Clock>) -> Self {
        Self {
            settings,
            clock,
            kept: Mutex::new(None),
        }
    }

    /// A token that works a while yet. Several that ask at once wait for the same one.
    pub async fn get(&self, wire: &Wire) -> Result<String, DirectoryError> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        if let Some(kept) = kept.as_ref().filter(|kept| now < kept.until) {
            return Ok(kept.token.clone());
        }
        let granted = self.ask(wire).await?;
        let life = Duration::from_secs(granted.expires_in);
        // A very short life is used up to its half.
        let used = life.saturating_sub(MARGIN).max(life / 2);
        *kept = Some(Kept {
            token: granted.access_token.clone(),
            until: now + used,
        });
        Ok(granted.access_token)
    }

    /// A token is not taken any more.
    pub async fn forget(&self, token: &str) {
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_some_and(|kept| kept.token == token) {
            *kept = None;
        }
    }

    async fn ask(&self, wire: &Wire) -> Result<Granted, DirectoryError> {
        let settings = &self.settings;
        let graph = settings.graph_url.as_str().trim_end_matches('/');
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &settings.client_id)
            .append_pair("client_secret", settings.client_secret.expose())
            .append_pair("scope", &format!("{graph}/.default"))
            .finish();
        let (status, body) = wire.post(&settings.token_url(), &form).await?;
        if status.is_success() {
            return serde_json::from_slice(&body)
                .map_err(|_| away("Microsoft Entra’s answer is no token."));
        }
        let why = match serde_json::from_slice::<Denied>(&body) {
            Ok(denied) => {
                // The first line says it; the rest are numbers for Microsoft’s own use.
                let line = denied.error_description.lines().next().unwrap_or("");
                let line: String = line.chars().take(300).collect();
                format!("{} {}", denied.error, line)
                    .trim()
                    .trim_end_matches('.')
                    .to_owned()
            }
            Err(_) => format!("status {}", status.as_u16()),
        };
        Err(DirectoryError::Refused(format!(
            "Microsoft Entra gives no token. Check tenant, client-id and the secret, which may have ended: {why}."
        )))
    }
}
