//! What the settings say of Microsoft Graph.

use domain::credentials::Password;
use url::Url;

/// Why settings are none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(pub(crate) String);

/// Where Entra and Graph are, and what they know Lectern by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphSettings {
    pub(crate) tenant: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: Password,
    pub(crate) login_url: Url,
    pub(crate) graph_url: Url,
}

impl GraphSettings {
    /// Settings; of the two addresses the usual ones, where others are not named. Sovereign clouds have
    /// their own.
    ///
    /// # Errors
    /// When the tenant or the client id is missing, or an address is no https address.
    pub fn new(
        tenant: &str,
        client_id: &str,
        client_secret: Password,
        login_url: Option<&str>,
        graph_url: Option<&str>,
    ) -> Result<Self, SettingsError> {
        let named = |what: &str, text: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
            if text.is_empty() || !text.chars().all(fits) {
                return Err(SettingsError(format!(
                    "Microsoft Graph’s {what} is an id or a domain."
                )));
            }
            Ok(text.to_owned())
        };
        Ok(Self {
            tenant: named("tenant", tenant)?,
            client_id: named("client-id", client_id)?,
            client_secret,
            login_url: address(login_url.unwrap_or("https://login.microsoftonline.com"))?,
            graph_url: address(graph_url.unwrap_or("https://graph.microsoft.com"))?,
        })
    }

    /// Where tokens are had.
    pub(crate) fn token_url(&self) -> Url {
        let mut url = self.login_url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            let path = [self.tenant.as_str(), "oauth2", "v2.0", "token"];
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

/// An address that secrets may be sent to.
fn address(text: &str) -> Result<Url, SettingsError> {
    let local = ["http://127.0.0.1:", "http://localhost:"];
    let safe = text.starts_with("https://") || local.iter().any(|start| text.starts_with(start));
    Url::parse(text).ok().filter(|_| safe).ok_or_else(|| {
        SettingsError(format!(
            "Microsoft Graph’s address “{text}” is no https address."
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(tenant: &str, graph: Option<&str>) -> Result<GraphSettings, SettingsError> {
        GraphSettings::new(tenant, "app", Password::as_typed("s"), None, graph)
    }

    #[test]
    fn secrets_go_to_https_addresses_only() {
        let settings = made("school.example", None).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(
            settings.token_url().as_str(),
            "https://login.microsoftonline.com/school.example/oauth2/v2.0/token"
        );
        assert!(made("school.example", Some("https://graph.microsoft.us/")).is_ok());
        assert!(made("school.example", Some("http://graph.example.org")).is_err());
        assert!(made("../x", None).is_err());
        assert!(!format!("{settings:?}").contains("\"s\""));
    }
}
