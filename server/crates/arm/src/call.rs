//! What every request says: who asks, in which version, about what.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use domain::name::LabName;
use domain::resource::{Location, ResourceGroup, ResourceName};
use service::access::Actor;

use crate::Api;
use crate::error::{ArmError, Result};
use crate::filter::Filter;
use crate::page;

/// The versions of the API that are spoken: they differ in fields that clients ignore.
pub const VERSIONS: [&str; 2] = ["2023-06-07", "2022-08-01"];

/// The version of what Lectern adds.
pub const OWN_VERSION: &str = "2026-11-01";

/// One request.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who asks.
    pub actor: Arc<Actor>,
    /// In which version of the predecessor's API: the newest, where something of Lectern's own is asked.
    pub version: &'static str,
    /// The version that was asked for.
    asked: &'static str,
    /// Scheme, host and port as the client wrote them: links lead back there.
    pub base: String,
    /// The path, as the router knows it.
    pub path: String,
    subscription: Arc<str>,
    names: HashMap<String, String>,
    query: Vec<(String, String)>,
    if_match: Option<String>,
    if_none_match: bool,
    /// After how many seconds the caller is to ask again.
    pub again: u64,
}

impl FromRequestParts<Api> for Call {
    type Rejection = ArmError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self> {
        let Path(names) = Path::<HashMap<String, String>>::from_request_parts(parts, api)
            .await
            .map_err(|_| ArmError::about("path", "The address cannot be read: names are UTF-8."))?;
        let address = network_address(&parts.extensions);
        let actor = actor(&parts.headers, api, &address).await?;
        api.limits.count(actor.person)?;
        let query = query(parts.uri.query().unwrap_or_default());
        let path = parts.uri.path().to_owned();
        let own = path.contains("/providers/Lectern.Portal/");
        let asked = version(&query, own)?;
        let subscription = api.subscription.clone();
        if let Some(asked) = names.get("subscriptionId")
            && !asked.eq_ignore_ascii_case(&subscription)
        {
            return Err(ArmError::new(
                StatusCode::NOT_FOUND,
                "SubscriptionNotFound",
                format!(
                    "The subscription “{}” is not of this installation. Its own is shown with access tokens.",
                    shown(asked)
                ),
            ));
        }
        let host = parts
            .headers
            .get(header::HOST)
            .and_then(|h| h.to_str().ok());
        let scheme = api
            .base
            .split_once("://")
            .map_or("https", |(scheme, _)| scheme);
        Ok(Self {
            actor,
            version: if own { VERSIONS[0] } else { asked },
            asked,
            base: host.map_or_else(|| api.base.to_string(), |host| format!("{scheme}://{host}")),
            path,
            subscription,
            if_match: text_header(&parts.headers, &header::IF_MATCH),
            if_none_match: parts.headers.contains_key(header::IF_NONE_MATCH),
            names,
            query,
            again: api.again,
        })
    }
}

/// The network address that a request comes from, where the server knows it.
pub fn network_address(extensions: &Extensions) -> String {
    extensions.get::<ConnectInfo<SocketAddr>>().map_or_else(
        || "unknown".to_owned(),
        |ConnectInfo(address)| address.ip().to_string(),
    )
}

fn text_header(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    headers
        .get(name)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The start of what somebody wrote, for showing it in a sentence.
fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

async fn actor(headers: &HeaderMap, api: &Api, address: &str) -> Result<Arc<Actor>> {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let Some(given) = given else {
        return Err(ArmError::unauthenticated(
            "Send an access token: Authorization: Bearer lectern_… The portal’s page of access tokens makes one.",
        ));
    };
    let token = given
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    let actor = match token {
        Some(token) => api.services.authenticate_token(token, address).await?,
        None => None,
    };
    actor.map(Arc::new).ok_or_else(|| {
        ArmError::unauthenticated(
            "The access token is not valid. It may be mistyped, revoked, or have ended.",
        )
    })
}

/// The parameters of an address, decoded.
fn query(text: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let plus = text.replace('+', " ");
        percent_decode(&plus)
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |digit: u8| char::from(digit).to_digit(16);
        match (first, tail) {
            (b'%', [high, low, tail @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                let value = hex(*high).unwrap_or(0) * 16 + hex(*low).unwrap_or(0);
                bytes.push(u8::try_from(value).unwrap_or(b'?'));
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn version(query: &[(String, String)], own: bool) -> Result<&'static str> {
    let known: &[&str] = if own { &[OWN_VERSION] } else { &VERSIONS };
    let asked = query
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("api-version"))
        .map(|(_, value)| value.as_str());
    let found = known.iter().find(|known| asked == Some(**known));
    match asked {
        None | Some("") => Err(ArmError::new(
            StatusCode::BAD_REQUEST,
            "MissingApiVersionParameter",
            format!(
                "The parameter api-version is missing. It is {}.",
                known.join(" or ")
            ),
        )),
        Some(asked) => found.copied().ok_or_else(|| {
            ArmError::new(
                StatusCode::BAD_REQUEST,
                "InvalidApiVersionParameter",
                format!(
                    "The api-version “{}” is not spoken here. It is {}.",
                    shown(asked),
                    known.join(" or ")
                ),
            )
        }),
    }
}

impl Call {
    /// A name in the address.
    fn name(&self, parameter: &str) -> &str {
        self.names.get(parameter).map_or("", String::as_str)
    }

    /// A parameter after the question mark.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The resource group.
    ///
    /// # Errors
    /// 400 when it is no such name.
    pub fn group(&self) -> Result<ResourceGroup> {
        Ok(ResourceGroup::parse(self.name("resourceGroupName"))?)
    }

    /// The plan's name.
    ///
    /// # Errors
    /// 400 when it is no such name.
    pub fn plan(&self) -> Result<ResourceName> {
        self.resource("labPlanName")
    }

    /// The lab's name.
    ///
    /// # Errors
    /// 400 when it is no such name.
    pub fn lab(&self) -> Result<LabName> {
        LabName::parse(self.name("labName"))
            .map_err(|invalid| ArmError::about("labName", invalid.message))
    }

    /// A name below a lab or a plan.
    ///
    /// # Errors
    /// 400 when it is no such name.
    pub fn resource(&self, parameter: &str) -> Result<ResourceName> {
        ResourceName::parse(self.name(parameter))
            .map_err(|invalid| ArmError::about(parameter, invalid.message))
    }

    /// The location.
    ///
    /// # Errors
    /// 400 when it is none.
    pub fn location(&self) -> Result<Location> {
        Ok(Location::parse(self.name("location"))?)
    }

    /// The filter of a list, where there is one.
    ///
    /// # Errors
    /// 400 when it is not understood.
    pub fn filter(&self) -> Result<Option<Filter>> {
        self.parameter("$filter").map(Filter::parse).transpose()
    }

    /// Where the page of a list begins.
    pub fn page(&self) -> Option<&str> {
        self.parameter(page::PARAMETER)
    }

    /// The address of the next page.
    pub fn next_link(&self, token: Option<&str>) -> Option<String> {
        let token = token?;
        let filter = self
            .parameter("$filter")
            .map(|filter| format!("&%24filter={}", percent_encode(filter)))
            .unwrap_or_default();
        Some(format!(
            "{}{}?api-version={}{filter}&%24skipToken={token}",
            self.base, self.path, self.asked
        ))
    }

    /// The id of what is below the installation's subscription.
    pub fn in_subscription(&self, rest: &str) -> String {
        format!("/subscriptions/{}{rest}", self.subscription)
    }

    /// Whether a resource with this tag may be changed as the caller wants.
    ///
    /// # Errors
    /// When `If-Match` names another.
    pub fn matches(&self, etag: Option<&str>) -> service::Result<()> {
        let fits = match (&self.if_match, etag) {
            (Some(wanted), Some(etag)) => wanted
                .split(',')
                .map(str::trim)
                .any(|one| one == "*" || one == etag),
            (Some(_), None) => false,
            (None, Some(_)) => !self.if_none_match,
            (None, None) => true,
        };
        if fits {
            Ok(())
        } else {
            Err(service::Error::Changed)
        }
    }
}

/// A text as it stands in an address.
pub fn percent_encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_encoded_is_read_again(text in ".{0,40}") {
            prop_assert_eq!(percent_decode(&percent_encode(&text)), text);
        }
    }

    #[test]
    fn versions_are_told_apart() {
        let asked = |text: &str| version(&query(text), false).map_err(|e| e.detail().code.clone());
        assert_eq!(asked("Api-Version=2022-08-01"), Ok("2022-08-01"));
        assert_eq!(asked("x=y"), Err("MissingApiVersionParameter".to_owned()));
        assert_eq!(
            asked("api-version=1"),
            Err("InvalidApiVersionParameter".to_owned())
        );
    }
}
