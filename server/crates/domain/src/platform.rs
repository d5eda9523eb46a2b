//! Learning platforms: what is known of an LMS that may send people here (LTI 1.3).

use crate::Invalid;
use crate::id::PlatformId;
use crate::name::PlatformName;
use crate::time::Timestamp;
use crate::web_address::{Scheme, WebAddress};

/// The longest identifier of the LTI standard, in bytes; its own limit for most is 255.
const LONGEST_ID: usize = 255;

/// The most deployments, and the most addresses of pages, that one platform has.
const MOST: usize = 200;

/// A learning platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    /// Its id here.
    pub id: PlatformId,
    /// What is known of it.
    pub details: PlatformDetails,
    /// Whether people may come from it.
    pub enabled: bool,
    /// When it was added.
    pub created_at: Timestamp,
}

/// What an owner, or the platform itself, says of a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformDetails {
    /// What it is called here.
    pub name: PlatformName,
    /// The issuer that its messages name, exactly.
    pub issuer: String,
    /// What it knows this tool by.
    pub client_id: String,
    /// The deployments whose messages are taken.
    pub deployments: Vec<String>,
    /// Where people's browsers are sent to be told who they are.
    pub authorization: WebAddress,
    /// Where tokens for its services are had.
    pub token: WebAddress,
    /// Whom an assertion for such a token is for, where that is not the address itself.
    pub audience: Option<String>,
    /// Where its public keys are.
    pub keys: WebAddress,
    /// Origins of pages that show this tool in a frame, beyond those of the addresses above.
    pub pages: Vec<String>,
    /// Whether the e-mail addresses that it tells are people's own beyond doubt.
    pub trusts_email: bool,
}

/// The same as it was typed. Lists are one item a line, or separated by blanks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlatformDraft {
    /// See [`PlatformDetails::name`].
    pub name: String,
    /// See [`PlatformDetails::issuer`].
    pub issuer: String,
    /// See [`PlatformDetails::client_id`].
    pub client_id: String,
    /// See [`PlatformDetails::deployments`].
    pub deployments: String,
    /// See [`PlatformDetails::authorization`].
    pub authorization: String,
    /// See [`PlatformDetails::token`].
    pub token: String,
    /// See [`PlatformDetails::audience`]; may be empty.
    pub audience: String,
    /// See [`PlatformDetails::keys`].
    pub keys: String,
    /// See [`PlatformDetails::pages`].
    pub pages: String,
    /// See [`PlatformDetails::trusts_email`].
    pub trusts_email: bool,
}

impl PlatformDraft {
    /// Parses what was typed.
    ///
    /// # Errors
    /// The first that breaks a rule.
    pub fn parse(&self, scheme: Scheme) -> Result<PlatformDetails, Invalid> {
        let mut pages: Vec<String> = Vec::new();
        for text in items("pages", &self.pages)? {
            let origin = WebAddress::parse("pages", text, scheme)?
                .origin()
                .to_owned();
            if !pages.contains(&origin) {
                pages.push(origin);
            }
        }
        let mut deployments: Vec<String> = Vec::new();
        for text in items("deployments", &self.deployments)? {
            let id = identifier("deployments", "A deployment", text)?;
            if !deployments.contains(&id) {
                deployments.push(id);
            }
        }
        Ok(PlatformDetails {
            name: PlatformName::parse(&self.name)?,
            issuer: WebAddress::parse("issuer", &self.issuer, scheme)?
                .as_str()
                .to_owned(),
            client_id: identifier("client_id", "The client id", self.client_id.trim())?,
            deployments,
            authorization: WebAddress::parse("authorization", &self.authorization, scheme)?,
            token: WebAddress::parse("token", &self.token, scheme)?,
            audience: match self.audience.trim() {
                "" => None,
                audience => Some(identifier("audience", "The audience", audience)?),
            },
            keys: WebAddress::parse("keys", &self.keys, scheme)?,
            pages,
            trusts_email: self.trusts_email,
        })
    }
}

impl PlatformDetails {
    /// The origins whose pages may show this tool in a frame.
    pub fn frame_origins(&self) -> Vec<&str> {
        let own = issuer_origin(&self.issuer);
        let mut origins = Vec::new();
        for origin in own
            .into_iter()
            .chain([self.authorization.origin()])
            .chain(self.pages.iter().map(String::as_str))
        {
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        origins
    }

    /// Whom an assertion for an access token is for: the audience where it is an address, and the
    /// address of tokens otherwise. Canvas names a bare host, and takes no assertion for that.
    pub fn token_audience(&self) -> &str {
        let audience = self.audience.as_deref();
        let audience = audience.filter(|audience| audience.contains("://"));
        audience.unwrap_or(self.token.as_str())
    }

    /// Whether messages of a deployment are taken.
    pub fn knows_deployment(&self, id: &str) -> bool {
        self.deployments.iter().any(|known| known == id)
    }
}

/// The origin of an issuer, which was parsed as an address before.
fn issuer_origin(issuer: &str) -> Option<&str> {
    let parsed = WebAddress::parse("issuer", issuer, Scheme::Any).ok()?;
    issuer.get(..parsed.origin().len())
}

fn items<'t>(field: &'static str, text: &'t str) -> Result<Vec<&'t str>, Invalid> {
    let items: Vec<&str> = text.split_whitespace().collect();
    if items.len() > MOST {
        return Err(Invalid::new(
            field,
            format!("There may be at most {MOST} of them."),
        ));
    }
    Ok(items)
}

fn identifier(field: &'static str, what: &str, text: &str) -> Result<String, Invalid> {
    let fits = |c: char| !c.is_control() && !c.is_whitespace();
    if text.is_empty() || text.len() > LONGEST_ID || !text.chars().all(fits) {
        return Err(Invalid::new(
            field,
            format!("{what} has 1 to {LONGEST_ID} characters without blanks."),
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> PlatformDraft {
        PlatformDraft {
            name: "Canvas".to_owned(),
            issuer: "https://canvas.instructure.com".to_owned(),
            client_id: " 10000000000001 ".to_owned(),
            deployments: "1:abc\n2:def 1:abc".to_owned(),
            authorization: "https://sso.canvaslms.com/api/lti/authorize_redirect".to_owned(),
            token: "https://sso.canvaslms.com/login/oauth2/token".to_owned(),
            audience: String::new(),
            keys: "https://sso.canvaslms.com/api/lti/security/jwks".to_owned(),
            pages: "https://school.instructure.com/courses https://school.instructure.com"
                .to_owned(),
            trusts_email: false,
        }
    }

    #[test]
    fn what_is_typed_is_taken_apart() {
        let details = draft().parse(Scheme::Https).unwrap();
        assert_eq!(details.client_id, "10000000000001");
        assert_eq!(details.deployments, ["1:abc", "2:def"]);
        assert!(details.knows_deployment("2:def"));
        assert!(!details.knows_deployment("2:de"));
        assert_eq!(
            details.frame_origins(),
            [
                "https://canvas.instructure.com",
                "https://sso.canvaslms.com",
                "https://school.instructure.com"
            ]
        );
    }

    #[test]
    fn an_assertion_is_for_an_address() {
        let audience = |text: &str| {
            let draft = PlatformDraft {
                audience: text.to_owned(),
                ..draft()
            };
            let details = draft.parse(Scheme::Https).unwrap();
            details.token_audience().to_owned()
        };
        let address = "https://api.brightspace.com/auth/token";
        assert_eq!(audience(address), address);
        let token = "https://sso.canvaslms.com/login/oauth2/token";
        assert_eq!(audience("sso.canvaslms.com"), token);
        assert_eq!(audience(""), token);
    }

    #[test]
    fn a_refusal_names_its_field() {
        type Change = fn(&mut PlatformDraft);
        let changes: [(&str, Change); 7] = [
            ("name", |d| d.name = " ".to_owned()),
            ("issuer", |d| d.issuer = "canvas".to_owned()),
            ("client_id", |d| d.client_id = "a b".to_owned()),
            ("authorization", |d| {
                d.authorization = "http://plain.example".to_owned()
            }),
            ("token", |d| d.token.clear()),
            ("keys", |d| d.keys = "https://a@b".to_owned()),
            ("pages", |d| d.pages = "https://x;y".to_owned()),
        ];
        for (field, change) in changes {
            let mut draft = draft();
            change(&mut draft);
            assert_eq!(draft.parse(Scheme::Https).unwrap_err().field, field);
        }
    }
}
