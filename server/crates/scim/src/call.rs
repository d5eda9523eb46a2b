//! What every request says: who asks, by which token; what it asks of a list; its body.

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Query as AxumQuery, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use service::access::Actor;

use crate::Desk;
use crate::answer::{PAGE, Projection, Query};
use crate::error::{Result, ScimError, ScimType};
use crate::filter::{AttrPath, Filter};
use crate::matching::member;
use crate::user::etag;

/// Who asks.
pub struct Caller(pub Actor);

impl FromRequestParts<Desk> for Caller {
    type Rejection = ScimError;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self> {
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let address = address.map_or_else(
            || "unknown".to_owned(),
            |ConnectInfo(address)| address.ip().to_string(),
        );
        let given = parts.headers.get(header::AUTHORIZATION);
        let given = given.and_then(|value| value.to_str().ok()).unwrap_or("");
        let token = given
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        let actor = match token {
            Some(token) => desk.services.authenticate_token(token, &address).await?,
            None => None,
        };
        actor.map(Self).ok_or_else(|| {
            ScimError::new(
                StatusCode::UNAUTHORIZED,
                "Send a valid access token: Authorization: Bearer lectern_… The portal’s page of access tokens makes one.",
            )
        })
    }
}

/// The parameters of an address.
pub struct Parameters(Vec<(String, String)>);

impl FromRequestParts<Desk> for Parameters {
    type Rejection = ScimError;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Self> {
        let AxumQuery(all) = AxumQuery::try_from_uri(&parts.uri)
            .map_err(|_| ScimError::bad(ScimType::InvalidSyntax, "The address cannot be read."))?;
        Ok(Self(all))
    }
}

impl Parameters {
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn names(&self, name: &str) -> Vec<String> {
        let names = self.get(name).unwrap_or_default().split(',');
        names
            .filter(|name| !name.trim().is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Refuses a filter where none is applied (RFC 7644 §4), so that nobody takes the whole list for what
    /// fits.
    ///
    /// # Errors
    /// 403 with a filter.
    pub fn demand_no_filter(&self) -> Result<()> {
        match self.get("filter") {
            None => Ok(()),
            Some(_) => Err(ScimError::new(
                StatusCode::FORBIDDEN,
                "This list takes no filter.",
            )),
        }
    }

    /// What of a resource is asked for.
    ///
    /// # Errors
    /// As [`Projection::read`].
    pub fn projection(&self) -> Result<Projection> {
        let (only, without) = (self.names("attributes"), self.names("excludedAttributes"));
        Projection::read(&only, &without)
    }

    /// What is asked of a list.
    ///
    /// # Errors
    /// `invalidFilter` and `invalidValue` for what cannot be read.
    pub fn query(&self) -> Result<Query> {
        let number = |name: &str| {
            let text = self.get(name);
            text.map(|text| text.trim().parse().map_err(|_| no_number(name)))
                .transpose()
        };
        query(Asked {
            filter: self.get("filter"),
            sort_by: self.get("sortBy"),
            sort_order: self.get("sortOrder"),
            start: number("startIndex")?,
            count: number("count")?,
            projection: self.projection()?,
        })
    }
}

struct Asked<'a> {
    filter: Option<&'a str>,
    sort_by: Option<&'a str>,
    sort_order: Option<&'a str>,
    start: Option<i64>,
    count: Option<i64>,
    projection: Projection,
}

fn no_number(name: &str) -> ScimError {
    ScimError::bad(ScimType::InvalidValue, format!("“{name}” is a number."))
}

fn query(asked: Asked<'_>) -> Result<Query> {
    let filter = asked.filter.map(str::trim).filter(|text| !text.is_empty());
    let sort_by = asked.sort_by.filter(|text| !text.is_empty());
    let sort_by = sort_by.map(|text| {
        AttrPath::of(text)
            .ok_or_else(|| ScimError::bad(ScimType::InvalidValue, "“sortBy” is an attribute."))
    });
    let descending = match asked.sort_order {
        Some(order) if order.eq_ignore_ascii_case("descending") => true,
        Some(order) if order.is_empty() || order.eq_ignore_ascii_case("ascending") => false,
        None => false,
        Some(_) => {
            return Err(ScimError::bad(
                ScimType::InvalidValue,
                "“sortOrder” is ascending or descending.",
            ));
        }
    };
    let whole = |number: i64| usize::try_from(number).unwrap_or(0);
    Ok(Query {
        filter: filter.map(Filter::parse).transpose()?,
        sort_by: sort_by.transpose()?,
        descending,
        start: asked.start.map_or(1, whole).max(1),
        count: asked.count.map_or(PAGE, whole).min(PAGE),
        projection: asked.projection,
    })
}

/// Reads a search that was sent as a body (RFC 7644 §3.4.3).
///
/// # Errors
/// As [`Parameters::query`].
pub fn search(body: &Value) -> Result<Query> {
    if !body.is_object() {
        return Err(ScimError::bad(
            ScimType::InvalidSyntax,
            "A search is a JSON object.",
        ));
    }
    let text = |name: &str| match member(body, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(ScimError::bad(
            ScimType::InvalidValue,
            format!("“{name}” is a text."),
        )),
    };
    let number = |name: &str| match member(body, name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or_else(|| no_number(name)),
    };
    let names = |name: &str| -> Vec<String> {
        let all = member(body, name).and_then(Value::as_array);
        let all = all.into_iter().flatten().filter_map(Value::as_str);
        all.map(str::to_owned).collect()
    };
    query(Asked {
        filter: text("filter")?,
        sort_by: text("sortBy")?,
        sort_order: text("sortOrder")?,
        start: number("startIndex")?,
        count: number("count")?,
        projection: Projection::read(&names("attributes"), &names("excludedAttributes"))?,
    })
}

/// A body.
pub struct Body(pub Value);

impl FromRequest<Desk> for Body {
    type Rejection = ScimError;

    async fn from_request(request: Request, desk: &Desk) -> Result<Self> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or("");
        let kind = kind.split(';').next().unwrap_or("").trim();
        let known = ["", "application/scim+json", "application/json"];
        if !known.iter().any(|known| kind.eq_ignore_ascii_case(known)) {
            return Err(ScimError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Bodies are application/scim+json.",
            ));
        }
        let bytes = Bytes::from_request(request, desk).await.map_err(|error| {
            ScimError::new(error.status(), "The body is too long, or broke off.")
        })?;
        let body = serde_json::from_slice(&bytes).map_err(|error| {
            ScimError::bad(
                ScimType::InvalidSyntax,
                format!("The body is no JSON: {error}."),
            )
        })?;
        Ok(Self(body))
    }
}

/// Whether a request may act on a resource that is `shown` like this.
///
/// # Errors
/// 412 when `If-Match` names another version.
pub fn demand_match(headers: &HeaderMap, shown: impl FnOnce() -> Value) -> Result<()> {
    let Some(wanted) = headers.get(header::IF_MATCH) else {
        return Ok(());
    };
    if names(wanted.to_str().unwrap_or(""), etag(&shown())) {
        return Ok(());
    }
    Err(ScimError::new(
        StatusCode::PRECONDITION_FAILED,
        "The resource was changed since you read it.",
    ))
}

/// Whether the client has this version of a resource already.
pub fn has_already(headers: &HeaderMap, version: &str) -> bool {
    let known = headers.get(header::IF_NONE_MATCH);
    known.is_some_and(|known| names(known.to_str().unwrap_or(""), version))
}

/// Whether a list of tags has this one. They are weak ones, however they are written.
fn names(tags: &str, version: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    tags.split(',')
        .any(|tag| tag.trim() == "*" || bare(tag) == bare(version))
}
