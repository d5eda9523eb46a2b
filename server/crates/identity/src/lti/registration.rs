//! A platform that registers itself (LTI Dynamic Registration 1.0).
//!
//! An owner hands a one-time address to whoever runs the platform. The platform opens it with the
//! address of its own configuration; this tool reads that, registers itself there, and keeps the
//! platform, switched off: the owner has not seen yet whose platform it is.

use domain::platform::PlatformDraft;
use domain::web_address::{Scheme, WebAddress};
use serde::Deserialize;
use serde_json::{Value, json};
use service::error::{Error, Result};
use service::store::{Audit, Origin, Record};
use service::throttle::{Failure, by_address};
use service::vault::Vault;

use crate::Identity;
use crate::jwt::read;

/// The longest answer of a platform that is read, in bytes.
const LONGEST: usize = 256 * 1024;

/// What this tool asks platforms for.
const SCOPE: &str = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";

/// What a platform opens the address with.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Registering {
    /// Where its configuration is.
    #[serde(default)]
    pub openid_configuration: String,
    /// What it wants to be shown again.
    #[serde(default)]
    pub registration_token: String,
}

/// A platform that registered itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// What it is called.
    pub name: String,
    /// The origins whose pages may show the answer in a frame.
    pub frames: Vec<String>,
}

/// What a platform says of itself.
#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    /// Whom assertions for tokens are for, where that is not the token endpoint.
    #[serde(default)]
    authorization_server: Option<String>,
    registration_endpoint: String,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti-platform-configuration",
        default
    )]
    platform: PlatformPart,
}

#[derive(Default, Deserialize)]
struct PlatformPart {
    #[serde(default)]
    product_family_code: String,
}

/// What it answers to a registration.
#[derive(Deserialize)]
struct Answer {
    client_id: Value,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti-tool-configuration",
        default
    )]
    tool: ToolPart,
}

#[derive(Default, Deserialize)]
struct ToolPart {
    #[serde(default)]
    deployment_id: Option<Value>,
}

impl Identity {
    /// Registers this tool with a platform that opened the one-time address with `token`.
    ///
    /// # Errors
    /// `Forbidden`, with a sentence, for an address that does not work any more, and for a platform
    /// whose configuration does not fit; `Unavailable` when the platform does not answer as it should;
    /// `Conflict` when it is known already; `Throttled` after too many tries.
    pub async fn lti_register(
        &self,
        token: &str,
        asked: &Registering,
        origin: &Origin,
    ) -> Result<Registered> {
        let hash = Vault::token_hash(token);
        let keys = [
            by_address("lti-register", &origin.address),
            // What the portal asks of other servers for one address to register by has an end, too.
            format!("lti-register/with/{hash}"),
        ];
        self.services.demand_calm(&keys).await?;
        let now = self.services.now();
        let mut tx = self.services.store.read().await?;
        let invite = tx.platform_invite(&hash).await?;
        drop(tx);
        if invite.is_none_or(|invite| invite.expires_at <= now) {
            let failure = Failure {
                by: None,
                action: "platform.fail",
                text: "Somebody came with an address to register a learning platform that does not work.".to_owned(),
                from: &origin.address,
            };
            self.services.note_failure(&keys, failure).await?;
            return Err(used_up());
        }
        let scheme = self.services.scheme();
        let home = WebAddress::parse("openid_configuration", &asked.openid_configuration, scheme)?;
        let tried = async {
            let (configuration, endpoint) = self.configuration(&home, scheme).await?;
            let answer = self.register_at(&endpoint, asked).await?;
            Ok::<_, Error>((configuration, endpoint, answer))
        };
        let (configuration, endpoint, answer) = match tried.await {
            Ok(all) => all,
            Err(error) => {
                let failure = Failure {
                    by: None,
                    action: "platform.fail",
                    text: format!("“{}” could not be registered: {error}", home.origin()),
                    from: &origin.address,
                };
                self.services.note_failure(&keys, failure).await?;
                return Err(error);
            }
        };
        let client_id = match &answer.client_id {
            Value::String(id) => id.clone(),
            // Some tell a number.
            other => other.to_string(),
        };
        let deployment = match &answer.tool.deployment_id {
            Some(Value::String(id)) => id.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        let family = configuration.platform.product_family_code.trim();
        let host = home.origin().split("://").nth(1).unwrap_or_default();
        let name = match family {
            "" => host.to_owned(),
            family => format!("{family} at {host}"),
        };
        let draft = PlatformDraft {
            name: name.chars().take(100).collect(),
            issuer: configuration.issuer,
            client_id,
            deployments: deployment,
            authorization: configuration.authorization_endpoint,
            token: configuration.token_endpoint,
            // Some tell a bare host, which nothing can be signed for.
            audience: configuration
                .authorization_server
                .filter(|server| server.contains("://"))
                .unwrap_or_default(),
            keys: configuration.jwks_uri,
            // The page that closes itself at the end is in a frame of the site that registers.
            pages: format!("{}\n{}", home.origin(), endpoint.origin()),
            trusts_email: false,
        };
        let platform = self.services.registered_platform(draft.parse(scheme)?);
        let mut tx = self.services.store.write().await?;
        let invite = tx.take_platform_invite(&hash).await?.ok_or_else(used_up)?;
        tx.insert_platform(&platform).await?;
        let text = format!(
            "The learning platform “{}” registered itself; an owner has to switch it on.",
            platform.details.name
        );
        tx.commit(Record::Audit(Audit {
            at: now,
            by: Some(invite.made_by),
            action: "platform.register",
            lab: None,
            text,
            from: origin.address.clone(),
        }))
        .await?;
        let frames = platform.details.frame_origins();
        Ok(Registered {
            name: platform.details.name.to_string(),
            frames: frames.into_iter().map(str::to_owned).collect(),
        })
    }

    /// Reads a platform's configuration, and whether it is that of who it says; where it registers.
    async fn configuration(
        &self,
        home: &WebAddress,
        scheme: Scheme,
    ) -> Result<(Configuration, WebAddress)> {
        let answer = self.lti.http.get(home.as_str()).send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status);
        let answer = answer.map_err(|error| away(&error.without_url()))?;
        let body = read(answer, LONGEST).await.map_err(|why| away(&why))?;
        let found: Configuration = serde_json::from_slice(&body).map_err(|e| away(&e))?;
        let issuer = WebAddress::parse("issuer", &found.issuer, scheme)?;
        let endpoint = WebAddress::parse(
            "registration_endpoint",
            &found.registration_endpoint,
            scheme,
        )?;
        // Who has the configuration's address must be who the issuer is: otherwise anyone could
        // register in another's name. What it names itself may be anywhere: Canvas has one issuer, and
        // registers on the school's own site.
        if !is_of(home, &issuer) {
            return Err(Error::Forbidden(format!(
                "The configuration at {} calls itself {}, which is another site.",
                home.origin(),
                issuer.origin()
            )));
        }
        Ok((found, endpoint))
    }

    async fn register_at(&self, endpoint: &WebAddress, asked: &Registering) -> Result<Answer> {
        let mut request = self.lti.http.post(endpoint.as_str()).json(&self.lti_tool());
        if !asked.registration_token.is_empty() {
            request = request.bearer_auth(&asked.registration_token);
        }
        let answer = request.send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status);
        let answer = answer.map_err(|error| away(&error.without_url()))?;
        let body = read(answer, LONGEST).await.map_err(|why| away(&why))?;
        serde_json::from_slice(&body).map_err(|e| away(&e))
    }

    /// This tool, as platforms are told of it.
    fn lti_tool(&self) -> Value {
        let site = &*self.services.public_url;
        let launch = self.lti.launch_address();
        let host = site.split("://").nth(1).unwrap_or(site);
        let domain = host.split('/').next().unwrap_or(host);
        // First, and with the place where it is offered: Canvas leaves it out otherwise.
        let choosing = json!({
            "type": "LtiDeepLinkingRequest",
            "target_link_uri": launch,
            "label": "Choose a lab",
            "placements": ["ContentArea"],
        });
        json!({
            "application_type": "web",
            "response_types": ["id_token"],
            "grant_types": ["implicit", "client_credentials"],
            "initiate_login_uri": format!("{site}/lti/login"),
            "redirect_uris": [launch],
            "client_name": "Lectern",
            "jwks_uri": format!("{site}/lti/jwks"),
            "logo_uri": format!("{site}/favicon.svg"),
            "token_endpoint_auth_method": "private_key_jwt",
            "scope": SCOPE,
            "https://purl.imsglobal.org/spec/lti-tool-configuration": {
                "domain": domain,
                "description": "A virtual machine of their own for every student of a class.",
                "target_link_uri": launch,
                "claims": ["iss", "sub", "name", "given_name", "family_name", "email"],
                "messages": [
                    choosing,
                    { "type": "LtiResourceLinkRequest", "target_link_uri": launch, "label": "Lectern" },
                ],
            },
        })
    }
}

/// Whether an address is of the issuer's host, or one below it.
fn is_of(address: &WebAddress, issuer: &WebAddress) -> bool {
    let host = |address: &WebAddress| -> String {
        let origin = address.origin();
        let rest = origin.split("://").nth(1).unwrap_or_default();
        rest.to_ascii_lowercase()
    };
    let (own, whole) = (host(address), host(issuer));
    own == whole || own.ends_with(&format!(".{whole}"))
}

fn used_up() -> Error {
    Error::Forbidden(
        "This address to register a learning platform does not work. It may have been used, or have ended. Ask an owner of the portal for a new one.".to_owned(),
    )
}

fn away(why: &(impl std::fmt::Display + ?Sized)) -> Error {
    tracing::warn!(%why, "a learning platform could not be registered");
    Error::Unavailable(format!(
        "The learning platform does not answer as it should: {why}"
    ))
}
