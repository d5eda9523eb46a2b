//! What a platform's message says: the claims of LTI 1.3, read and judged.

use domain::email::Email;
use domain::id::LabId;
use domain::name::PersonName;
use domain::platform::Platform;
use domain::web_address::{Scheme, WebAddress};
use serde::Deserialize;
use service::courses::{CourseRole, CourseSeen};

use crate::jwt::{Claims, TokenError};

/// The longest text that is kept of a course's title, in characters.
const LONGEST_TITLE: usize = 200;

/// The longest id of the standard that is kept, in bytes.
const LONGEST_ID: usize = 255;

/// The part of role names that says what somebody is in the course itself.
const IN_COURSE: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership";

/// Roles by which somebody teaches in a course, helps to, or runs it.
const STAFF: [&str; 4] = ["Instructor", "Administrator", "ContentDeveloper", "Manager"];

/// A message that was verified: somebody comes from a platform.
#[derive(Clone, Debug)]
pub struct Message {
    /// The platform.
    pub platform: Platform,
    /// The person, as the platform names them.
    pub subject: String,
    /// Their name.
    pub name: Option<PersonName>,
    /// Their address.
    pub email: Option<Email>,
    /// Whether the address is theirs beyond doubt.
    pub email_is_theirs: bool,
    /// The deployment.
    pub deployment: String,
    /// The course they come from.
    pub course: Option<CourseSeen>,
    /// What they are in it.
    pub role: CourseRole,
    /// What they want.
    pub wish: Wish,
}

/// What somebody who comes from a platform wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To open a link.
    Open {
        /// The lab that the link names.
        lab: Option<LabId>,
    },
    /// To choose what a link is to open.
    Choose(Choosing),
}

/// How a platform wants to be told what was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choosing {
    /// Where the answer is sent.
    pub return_to: WebAddress,
    /// What it gives back unchanged.
    pub data: Option<String>,
}

/// The claims of a message, as they are on the wire.
#[derive(Deserialize)]
pub(super) struct MessageClaims {
    #[serde(flatten)]
    pub usual: Claims,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    email_verified: Option<serde_json::Value>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    given_name: Option<String>,
    #[serde(default)]
    family_name: Option<String>,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti/claim/message_type",
        default
    )]
    message_type: String,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/version", default)]
    version: String,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti/claim/deployment_id",
        default
    )]
    deployment: String,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti/claim/target_link_uri",
        default
    )]
    target: Option<String>,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti/claim/resource_link",
        default
    )]
    resource: Option<Named>,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/context", default)]
    context: Option<Named>,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/roles", default)]
    roles: Vec<String>,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/custom", default)]
    custom: serde_json::Value,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice",
        default
    )]
    names: Option<NamesClaim>,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings",
        default
    )]
    choosing: Option<ChoosingClaim>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    id: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    label: Option<String>,
}

#[derive(Deserialize)]
struct NamesClaim {
    #[serde(default)]
    context_memberships_url: String,
}

#[derive(Deserialize)]
struct ChoosingClaim {
    #[serde(default)]
    deep_link_return_url: String,
    #[serde(default)]
    accept_types: Vec<String>,
    #[serde(default)]
    data: Option<String>,
}

impl MessageClaims {
    /// The deployment, which may be unknown so far.
    pub fn deployment(&self) -> &str {
        &self.deployment
    }

    /// Judges what is special to LTI. `public_url` is this site's own address.
    ///
    /// # Errors
    /// [`TokenError::Claim`], with the first that is wrong.
    pub fn read(
        self,
        platform: Platform,
        public_url: &str,
        scheme: Scheme,
    ) -> Result<Message, TokenError> {
        let wrong = |what| Err(TokenError::Claim(what));
        if self.version != "1.3.0" {
            return wrong("version is not 1.3.0");
        }
        if !platform.details.knows_deployment(&self.deployment) {
            return wrong("deployment is another");
        }
        if self
            .target
            .as_deref()
            .is_some_and(|target| !is_within(public_url, target))
        {
            return wrong("target is another site");
        }
        let wish = match self.message_type.as_str() {
            "LtiResourceLinkRequest" => {
                if self.target.is_none() {
                    return wrong("target is missing");
                }
                if self.resource.as_ref().is_none_or(|link| link.id.is_empty()) {
                    return wrong("resource link is missing");
                }
                let lab = self.custom.get("lab").and_then(|lab| lab.as_str());
                Wish::Open {
                    lab: lab.and_then(|lab| lab.parse().ok()),
                }
            }
            "LtiDeepLinkingRequest" => {
                let Some(choosing) = self.choosing else {
                    return wrong("deep linking settings are missing");
                };
                if !choosing
                    .accept_types
                    .iter()
                    .any(|kind| kind == "ltiResourceLink")
                {
                    return wrong("deep linking settings take no links to tools");
                }
                let address = &choosing.deep_link_return_url;
                let Ok(return_to) = WebAddress::parse("deep_link_return_url", address, scheme)
                else {
                    return wrong("deep linking settings have no place to return to");
                };
                Wish::Choose(Choosing {
                    return_to,
                    data: choosing.data,
                })
            }
            _ => return wrong("message type is unknown"),
        };
        let memberships = self
            .names
            .map(|names| names.context_memberships_url)
            .filter(|address| WebAddress::parse("memberships", address, scheme).is_ok());
        let course = self
            .context
            .filter(|context| !context.id.is_empty() && context.id.len() <= LONGEST_ID)
            .map(|context| CourseSeen {
                platform: platform.id,
                deployment: self.deployment.clone(),
                title: title(&context),
                context: context.id,
                memberships,
            });
        let email = self.email.and_then(|text| Email::parse(&text).ok());
        Ok(Message {
            name: person_name(self.name, self.given_name, self.family_name),
            email_is_theirs: email.is_some()
                && platform.details.trusts_email
                && self
                    .email_verified
                    .is_none_or(|said| said == true || said == "true"),
            email,
            role: role(&self.roles),
            subject: self.usual.sub,
            deployment: self.deployment,
            course,
            wish,
            platform,
        })
    }
}

/// Whether an address is on this site.
pub(super) fn is_within(public_url: &str, address: &str) -> bool {
    let rest = address.strip_prefix(public_url.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
}

fn title(context: &Named) -> String {
    let told = [&context.title, &context.label].into_iter().flatten();
    let told = told.map(|text| text.trim()).find(|text| !text.is_empty());
    let clean = told.unwrap_or(&context.id).chars();
    let clean = clean.map(|c| if c.is_control() { ' ' } else { c });
    clean.take(LONGEST_TITLE).collect()
}

/// The name by which a platform knows somebody.
pub(super) fn person_name(
    whole: Option<String>,
    given: Option<String>,
    family: Option<String>,
) -> Option<PersonName> {
    let parts = [given, family].into_iter().flatten();
    let joined = parts.collect::<Vec<_>>().join(" ");
    [whole, Some(joined)]
        .into_iter()
        .flatten()
        .find_map(|text| PersonName::parse(&text).ok())
}

/// What somebody is in the course. Roles in the school or the whole system are none there.
pub(super) fn role(roles: &[String]) -> CourseRole {
    let in_course = |role: &String| -> Option<String> {
        // Short names are from before, and are still told by some.
        if !role.contains(['/', ':', '#']) {
            return Some(role.clone());
        }
        let rest = role.strip_prefix(IN_COURSE)?;
        // `membership#Learner`, or `membership/Instructor#TeachingAssistant` for a part of one.
        let main = rest
            .strip_prefix('#')
            .or_else(|| rest.strip_prefix('/').and_then(|r| r.split('#').next()))?;
        Some(main.to_owned())
    };
    let roles: Vec<String> = roles.iter().filter_map(in_course).collect();
    if roles.iter().any(|role| STAFF.contains(&role.as_str())) {
        CourseRole::Staff
    } else if roles.iter().any(|role| role == "Learner") {
        CourseRole::Learner
    } else {
        CourseRole::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_count_in_the_course_only() {
        let of = |roles: &[&str]| {
            let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
            role(&roles)
        };
        let membership = "http://purl.imsglobal.org/vocab/lis/v2/membership";
        let learner = format!("{membership}#Learner");
        let teacher = format!("{membership}#Instructor");
        let helper = format!("{membership}/Instructor#TeachingAssistant");
        let guest = format!("{membership}/Learner#GuestLearner");
        let elsewhere = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor";
        let system = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator";
        assert_eq!(of(&[&learner]), CourseRole::Learner);
        assert_eq!(of(&[&guest]), CourseRole::Learner);
        assert_eq!(of(&[&learner, &teacher]), CourseRole::Staff);
        assert_eq!(of(&[&helper]), CourseRole::Staff);
        assert_eq!(of(&["Instructor"]), CourseRole::Staff);
        assert_eq!(of(&[elsewhere, system]), CourseRole::Other);
        assert_eq!(of(&[elsewhere, &learner]), CourseRole::Learner);
        assert_eq!(of(&[&format!("{membership}#Mentor")]), CourseRole::Other);
        assert_eq!(of(&[]), CourseRole::Other);
    }

    #[test]
    fn a_target_is_on_this_site_or_refused() {
        let site = "https://labs.example.org";
        for good in [
            "https://labs.example.org",
            "https://labs.example.org/lti/launch",
            "https://labs.example.org?x=1",
        ] {
            assert!(is_within(site, good), "{good}");
        }
        for bad in [
            "",
            "https://labs.example.org.evil.example/",
            "https://labs.example.org:8443/",
            "https://labs.example.org@evil.example/",
            "http://labs.example.org/",
            "/lti/launch",
        ] {
            assert!(!is_within(site, bad), "{bad}");
        }
    }
}
