//! The members of a course as a directory group (LTI Names and Role Provisioning Services 2.0).
//!
//! The group `lti/<course>` has the course's learners who are active there. Each has the address that
//! their account here has, or will have once they come.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use domain::email::Email;
use domain::id::CourseId;
use domain::platform::Platform;
use domain::web_address::{Scheme, WebAddress};
use reqwest::header::{ACCEPT, LINK};
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use serde_json::json;
use service::clock::Clock;
use service::courses::CourseRole;
use service::directories::{Directory, DirectoryError};
use service::error::{Error, Result};
use service::store::{Course, DirectoryGroup, DirectoryMember, Store};
use service::vault::Vault;

use super::keys::Keyring;
use super::message::{person_name, role};
use super::people::{address_of, provider_of};
use crate::jwt::read;

/// The most members of a course that are read: a lab has far fewer machines.
const MOST_MEMBERS: usize = 10_000;

/// What is asked for.
const SCOPE: &str = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";

/// How a list of members is written.
const KIND: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";

/// How long an assertion works, in seconds.
const LIFE: i64 = 60;

/// The longest page of members that is read, in bytes.
const LONGEST: usize = 8 * 1024 * 1024;

/// The most pages of one list: whoever answers with ever more of them is not followed for ever.
const MOST_PAGES: usize = 200;

/// Asks platforms for the members of courses.
pub struct Members {
    store: Arc<dyn Store>,
    vault: Vault,
    clock: Arc<dyn Clock>,
    keyring: Keyring,
    http: reqwest::Client,
    scheme: Scheme,
}

impl std::fmt::Debug for Members {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Members").finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    members: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    #[serde(default)]
    user_id: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    given_name: Option<String>,
    #[serde(default)]
    family_name: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
}

impl Members {
    /// The courses in a store. `public_url` is the portal's own address.
    ///
    /// # Errors
    /// When no client for HTTP can be made.
    pub fn new(
        store: Arc<dyn Store>,
        vault: Vault,
        clock: Arc<dyn Clock>,
        public_url: &str,
    ) -> Result<Self> {
        Ok(Self {
            keyring: Keyring::new(store.clone(), vault.clone(), clock.clone()),
            http: crate::oidc::client().map_err(|error| Error::Internal(Box::new(error)))?,
            scheme: Scheme::of_portal(public_url),
            store,
            vault,
            clock,
        })
    }

    /// The course with its platform.
    async fn course(&self, id: CourseId) -> Result<Option<(Course, Platform)>> {
        let mut tx = self.store.read().await?;
        let Some(course) = tx.course(id).await? else {
            return Ok(None);
        };
        let platform = tx.platform(course.platform).await?;
        Ok(platform.map(|platform| (course, platform)))
    }

    /// A token of the platform, for an assertion that this tool signs.
    async fn token(&self, platform: &Platform) -> std::result::Result<String, DirectoryError> {
        let details = &platform.details;
        let now = self.clock.now().micros() / 1_000_000;
        let assertion = json!({
            "iss": details.client_id,
            "sub": details.client_id,
            "aud": details.token_audience(),
            "iat": now,
            "exp": now + LIFE,
            "jti": self.vault.new_token(),
        });
        let assertion = self.keyring.sign(&assertion).await.map_err(|e| away(&e))?;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair(
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            )
            .append_pair("client_assertion", &assertion)
            .append_pair("scope", SCOPE)
            .finish();
        let request = self
            .http
            .post(details.token.as_str())
            .header(
                reqwest::header::CONTENT_TYPE,
                "application/x-www-form-urlencoded",
            )
            .header(ACCEPT, "application/json")
            .body(form);
        let answer = asked(&details.name, request.send().await)?;
        let body = read(answer, LONGEST).await.map_err(|why| away(&why))?;
        let token: Token = serde_json::from_slice(&body).map_err(|e| away(&e))?;
        Ok(token.access_token)
    }

    /// Every member, page by page.
    async fn members(
        &self,
        platform: &Platform,
        first: &str,
    ) -> std::result::Result<Vec<Member>, DirectoryError> {
        let token = self.token(platform).await?;
        let first = WebAddress::parse("memberships", first, self.scheme).map_err(|e| away(&e))?;
        let mut next = Some(first.as_str().to_owned());
        let mut members = Vec::new();
        for _ in 0..MOST_PAGES {
            let Some(address) = next.take() else {
                return Ok(members);
            };
            let request = self
                .http
                .get(&address)
                .header(ACCEPT, KIND)
                .bearer_auth(&token);
            let answer = asked(&platform.details.name, request.send().await)?;
            next = next_page(&address, &first, &answer)?;
            let body = read(answer, LONGEST).await.map_err(|why| away(&why))?;
            let page: Page = serde_json::from_slice(&body).map_err(|e| away(&e))?;
            members.extend(page.members);
            if members.len() > MOST_MEMBERS {
                return Err(away("its list of members is too long"));
            }
        }
        Err(away("its list of members has no end"))
    }

    /// The address of a member's account: the one they have, or will have once they come.
    async fn addressed(
        &self,
        platform: &Platform,
        members: Vec<Member>,
    ) -> Result<Vec<DirectoryMember>> {
        let provider = provider_of(platform.id);
        let mut tx = self.store.read().await?;
        let mut found: Vec<DirectoryMember> = Vec::with_capacity(members.len());
        let mut seen: HashSet<Email> = HashSet::with_capacity(members.len());
        for member in members {
            let known = match tx.identity(&provider, &member.user_id).await? {
                Some(known) => tx.person(known.person).await?,
                None => None,
            };
            let told = member.email.as_deref().and_then(|e| Email::parse(e).ok());
            let email = match (known, told) {
                (Some(person), _) => person.email,
                (None, Some(email)) if platform.details.trusts_email => email,
                (None, _) => address_of(platform.id, &member.user_id)?,
            };
            if !seen.insert(email.clone()) {
                continue;
            }
            let name = person_name(member.name, member.given_name, member.family_name);
            found.push(DirectoryMember {
                email,
                name: name.map(|name| name.to_string()),
            });
        }
        Ok(found)
    }
}

#[async_trait]
impl Directory for Members {
    async fn group(&self, id: &str) -> std::result::Result<Option<DirectoryGroup>, DirectoryError> {
        let Some(course) = id.strip_prefix("lti/") else {
            return Ok(None);
        };
        let gone = || {
            DirectoryError::Refused(
                "The course that this list comes from is not known any more.".to_owned(),
            )
        };
        let course: CourseId = course.parse().map_err(|_| gone())?;
        let found = self.course(course).await.map_err(|e| away(&e))?;
        let (course, platform) = found.ok_or_else(gone)?;
        let name = &platform.details.name;
        if !platform.enabled {
            return Err(DirectoryError::Refused(format!(
                "The learning platform “{name}” is switched off."
            )));
        }
        let Some(memberships) = course.memberships.as_deref() else {
            return Err(DirectoryError::Refused(format!(
                "“{name}” does not tell who is in the course “{}”.",
                course.title
            )));
        };
        let mut members = self.members(&platform, memberships).await?;
        members.retain(|member| {
            // Without a status somebody is active.
            let active = member.status.as_deref().unwrap_or("Active") == "Active";
            active && !member.user_id.is_empty() && role(&member.roles) == CourseRole::Learner
        });
        let members = self.addressed(&platform, members).await;
        Ok(Some(DirectoryGroup {
            id: id.to_owned(),
            name: course.title,
            members: members.map_err(|e| away(&e))?,
        }))
    }
}

/// A good answer, or why there is none.
fn asked(
    name: &domain::name::PlatformName,
    answer: reqwest::Result<reqwest::Response>,
) -> std::result::Result<reqwest::Response, DirectoryError> {
    let answer = answer.map_err(|error| away(&error.without_url()))?;
    let status = answer.status();
    let later = status.is_server_error()
        || [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT].contains(&status);
    if status.is_success() {
        Ok(answer)
    } else if later {
        Err(away(&format!("“{name}” answers {status}.")))
    } else {
        Err(DirectoryError::Refused(format!(
            "“{name}” refuses to tell who is in the course: it answers {status}."
        )))
    }
}

/// Where the list goes on, where it does: on the same site only, as the token goes along.
fn next_page(
    here: &str,
    first: &WebAddress,
    answer: &reqwest::Response,
) -> std::result::Result<Option<String>, DirectoryError> {
    let links = answer.headers().get_all(LINK).iter();
    let links = links.filter_map(|value| value.to_str().ok());
    let Some(next) = links.flat_map(parts).find_map(next_in) else {
        return Ok(None);
    };
    let next = Url::parse(here).and_then(|here| here.join(next));
    let next = next.map_err(|e| away(&e))?.to_string();
    let scheme = Scheme::Any;
    match WebAddress::parse("next", &next, scheme) {
        Ok(address) if address.origin() == first.origin() => Ok(Some(next)),
        _ => Err(away("its list of members goes on on another site")),
    }
}

/// The links of a header, which are separated by commas; addresses may have some too.
fn parts(header: &str) -> impl Iterator<Item = &str> {
    header.split('<').skip(1)
}

/// The target of `target>; rel="next"`.
fn next_in(link: &str) -> Option<&str> {
    let (target, parameters) = link.split_once('>')?;
    let next = parameters.split([';', ',']).any(|parameter| {
        let parameter = parameter.trim().split_once('=');
        parameter.is_some_and(|(name, value)| {
            let mut kinds = value.trim().trim_matches('"').split(' ');
            name.trim().eq_ignore_ascii_case("rel")
                && kinds.any(|kind| kind.eq_ignore_ascii_case("next"))
        })
    });
    next.then_some(target)
}

fn away(why: &(impl std::fmt::Display + ?Sized)) -> DirectoryError {
    tracing::warn!(%why, "a course’s members cannot be had");
    DirectoryError::Away(why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_links() {
        let next = |header: &'static str| parts(header).find_map(next_in);
        assert_eq!(
            next(r#"<https://x/m?page=1,2>; rel="prev", <https://x/m?page=3>; rel="next""#),
            Some("https://x/m?page=3")
        );
        assert_eq!(next("<https://x/m?p=2>;rel=next"), Some("https://x/m?p=2"));
        assert_eq!(next(r#"<https://x/d>; rel="differences""#), None);
        assert_eq!(next(""), None);
    }
}
