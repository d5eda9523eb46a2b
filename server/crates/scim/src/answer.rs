//! What is sent back: SCIM's content type, the parts that were asked for, pages of lists.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use crate::error::{Result, ScimError, ScimType};
use crate::filter::{AttrPath, Filter};
use crate::matching::{self, sort_key};
use crate::schema::Resource;

/// The schema of a list.
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// How many resources one page has at most; as many where nothing is said.
pub const PAGE: usize = 200;

/// An answer with a body.
pub fn json(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/scim+json; charset=utf-8"),
    );
    response
}

/// What a client asks to be told of each resource (RFC 7644 §3.4.2.5).
#[derive(Clone, Debug, Default)]
pub struct Projection {
    /// Only these, where there are any.
    pub only: Vec<AttrPath>,
    /// All but these.
    pub without: Vec<AttrPath>,
}

impl Projection {
    /// Reads the two lists of attributes.
    ///
    /// # Errors
    /// `invalidValue` when both are given, or a name is none.
    pub fn read(only: &[String], without: &[String]) -> Result<Self> {
        if !only.is_empty() && !without.is_empty() {
            return Err(ScimError::bad(
                ScimType::InvalidValue,
                "Ask for attributes or for excludedAttributes, not for both.",
            ));
        }
        let paths = |names: &[String]| -> Result<Vec<AttrPath>> {
            let names = names.iter().map(|name| name.trim());
            names
                .filter(|name| !name.is_empty())
                .map(|name| {
                    AttrPath::of(name).ok_or_else(|| {
                        ScimError::bad(ScimType::InvalidValue, "This is no attribute’s name.")
                    })
                })
                .collect()
        };
        Ok(Self {
            only: paths(only)?,
            without: paths(without)?,
        })
    }

    /// The parts of a resource that were asked for.
    pub fn of(&self, resource: Resource, shown: Value) -> Value {
        let Value::Object(members) = shown else {
            return shown;
        };
        let mut told = Map::new();
        for (name, value) in members {
            if let Some(extension) = resource.extension(&name).map(|(urn, _)| urn) {
                let inner = value.as_object().cloned().unwrap_or_default();
                let inner: Map<String, Value> = inner
                    .into_iter()
                    .filter_map(|(part, value)| {
                        Some((
                            part.clone(),
                            self.part(resource, Some(extension), &part, value)?,
                        ))
                    })
                    .collect();
                if !inner.is_empty() {
                    told.insert(name, Value::Object(inner));
                }
                continue;
            }
            let always = resource.attr(&name).is_some_and(|attr| attr.always);
            if always {
                told.insert(name, value);
            } else if let Some(value) = self.part(resource, None, &name, value) {
                told.insert(name, value);
            }
        }
        Value::Object(told)
    }

    /// What is told of an attribute; nothing, where it was not asked for.
    fn part(
        &self,
        resource: Resource,
        extension: Option<&str>,
        name: &str,
        value: Value,
    ) -> Option<Value> {
        let about = |paths: &[AttrPath]| -> Vec<Option<String>> {
            let mut found = Vec::new();
            for path in paths {
                // A schema alone means all that is in it.
                let whole = extension.is_some_and(|urn| path.to_string().eq_ignore_ascii_case(urn));
                let same = match (&path.schema, extension) {
                    (None, None) => true,
                    (Some(schema), None) => schema.eq_ignore_ascii_case(resource.schema()),
                    (Some(schema), Some(urn)) => schema.eq_ignore_ascii_case(urn),
                    (None, Some(_)) => false,
                };
                if whole {
                    found.push(None);
                } else if same && path.name.eq_ignore_ascii_case(name) {
                    found.push(path.sub.clone());
                }
            }
            found
        };
        if !self.only.is_empty() {
            let asked = about(&self.only);
            return match asked.as_slice() {
                [] => None,
                some if some.contains(&None) => Some(value),
                some => Some(parts(value, &|part| {
                    some.iter()
                        .flatten()
                        .any(|sub| sub.eq_ignore_ascii_case(part))
                })),
            };
        }
        let left_out = about(&self.without);
        if left_out.contains(&None) {
            return None;
        }
        if left_out.is_empty() {
            return Some(value);
        }
        Some(parts(value, &|part| {
            !left_out
                .iter()
                .flatten()
                .any(|sub| sub.eq_ignore_ascii_case(part))
        }))
    }
}

/// A complex value, or each of several, with some of its parts.
fn parts(value: Value, keep: &dyn Fn(&str) -> bool) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(|one| parts(one, keep)).collect(),
        Value::Object(members) => {
            let members = members.into_iter();
            Value::Object(members.filter(|(name, _)| keep(name)).collect())
        }
        plain => plain,
    }
}

/// What a client asks of a list (RFC 7644 §3.4.2).
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Which resources.
    pub filter: Option<Filter>,
    /// In which order.
    pub sort_by: Option<AttrPath>,
    /// Whether the last comes first.
    pub descending: bool,
    /// The number of the first on the page, counted from 1.
    pub start: usize,
    /// How many on the page.
    pub count: usize,
    /// What of each.
    pub projection: Projection,
}

/// A page of those resources, each with its kind, that fit.
///
/// # Errors
/// `invalidFilter` for a filter that cannot be asked of them.
pub fn page(query: &Query, all: Vec<(Resource, Value)>) -> Result<Value> {
    if let Some(filter) = &query.filter {
        for resource in [Resource::User, Resource::Group] {
            matching::check(resource, filter)?;
        }
    }
    let mut found: Vec<(Resource, Value)> = all
        .into_iter()
        .filter(|(resource, shown)| {
            let filter = query.filter.as_ref();
            filter.is_none_or(|filter| matching::fits(*resource, filter, shown))
        })
        .collect();
    if let Some(path) = &query.sort_by {
        found.sort_by_cached_key(|(resource, shown)| {
            let key = sort_key(*resource, path, shown);
            // What has no value comes last, and first where the order is turned round.
            (key.is_none(), key)
        });
        if query.descending {
            found.reverse();
        }
    }
    let total = found.len();
    let shown: Vec<Value> = found
        .into_iter()
        .skip(query.start - 1)
        .take(query.count)
        .map(|(resource, shown)| query.projection.of(resource, shown))
        .collect();
    Ok(json!({
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": query.start,
        "itemsPerPage": shown.len(),
        "Resources": shown,
    }))
}
