//! Whether a resource fits a filter (RFC 7644 §3.4.2.2). Pure.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use crate::error::{Result, ScimError, ScimType};
use crate::filter::{AttrPath, Filter, Literal, Operator};
use crate::schema::{Attr, Kind, Resource, named};

/// What a filter's names mean: those of a resource, or the parts of one attribute.
#[derive(Clone, Copy)]
enum Names {
    Of(Resource),
    Parts(&'static [Attr]),
}

/// The member of an object with this name, whatever its case.
pub fn member<'v>(object: &'v Value, name: &str) -> Option<&'v Value> {
    let object = object.as_object()?;
    object.get(name).or_else(|| {
        object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}

/// Checks that a filter compares only what can be compared.
///
/// # Errors
/// `invalidFilter` where it asks for the order of what has none.
pub fn check(resource: Resource, filter: &Filter) -> Result<()> {
    checked(Names::Of(resource), filter)
}

fn checked(names: Names, filter: &Filter) -> Result<()> {
    match filter {
        Filter::Present(_) => Ok(()),
        Filter::And(left, right) | Filter::Or(left, right) => {
            checked(names, left)?;
            checked(names, right)
        }
        Filter::Not(inside) => checked(names, inside),
        Filter::Has(path, inside) => checked(Names::Parts(parts(names, path)), inside),
        Filter::Compare(path, operator, _) => {
            let no_order = meant(names, path)
                .is_some_and(|attr| matches!(attr.kind, Kind::Bool | Kind::Binary));
            if no_order && !matches!(operator, Operator::Eq | Operator::Ne) {
                return Err(ScimError::bad(
                    ScimType::InvalidFilter,
                    format!("“{path}” is compared by eq and ne only."),
                ));
            }
            Ok(())
        }
    }
}

/// Whether a resource, as it is shown, fits.
pub fn fits(resource: Resource, filter: &Filter, shown: &Value) -> bool {
    holds(Names::Of(resource), filter, shown)
}

/// Whether one value of a multi-valued attribute fits.
pub fn value_fits(attr: &'static Attr, filter: &Filter, value: &Value) -> bool {
    holds(Names::Parts(attr.parts()), filter, value)
}

fn holds(names: Names, filter: &Filter, shown: &Value) -> bool {
    match filter {
        Filter::And(left, right) => holds(names, left, shown) && holds(names, right, shown),
        Filter::Or(left, right) => holds(names, left, shown) || holds(names, right, shown),
        Filter::Not(inside) => !holds(names, inside, shown),
        Filter::Present(path) => values(names, path, shown).iter().any(|v| is_there(v)),
        Filter::Has(path, inside) => {
            let inner = Names::Parts(parts(names, path));
            values(names, path, shown)
                .iter()
                .any(|value| holds(inner, inside, value))
        }
        Filter::Compare(path, operator, literal) => {
            let values = values(names, path, shown);
            let attr = meant(names, path);
            let there = values.iter().filter(|value| is_there(value));
            let mut there = there.peekable();
            if there.peek().is_none() {
                // No value is equal to null only.
                return match operator {
                    Operator::Eq => *literal == Literal::Null,
                    Operator::Ne => *literal != Literal::Null,
                    _ => false,
                };
            }
            there.any(|value| compares(attr, value, *operator, literal))
        }
    }
}

/// The attribute whose values are compared: of a complex one its `value`.
fn meant(names: Names, path: &AttrPath) -> Option<&'static Attr> {
    let (attr, sub) = match names {
        Names::Of(resource) => {
            let found = resource.find(path)?;
            (found.attr, found.sub)
        }
        Names::Parts(parts) => (named(parts, &path.name)?, None),
    };
    match sub {
        Some(sub) => Some(sub),
        None => match attr.kind {
            Kind::Complex(parts) => named(parts, "value"),
            _ => Some(attr),
        },
    }
}

fn parts(names: Names, path: &AttrPath) -> &'static [Attr] {
    match names {
        Names::Of(resource) => resource.find(path).map_or(&[], |found| found.attr.parts()),
        Names::Parts(parts) => named(parts, &path.name).map_or(&[], Attr::parts),
    }
}

/// Every value that a path leads to.
fn values<'v>(names: Names, path: &AttrPath, shown: &'v Value) -> Vec<&'v Value> {
    let place = match (names, &path.schema) {
        (Names::Of(resource), Some(schema)) if !schema.eq_ignore_ascii_case(resource.schema()) => {
            match member(shown, schema) {
                Some(extension) => extension,
                None => return Vec::new(),
            }
        }
        _ => shown,
    };
    let found = member(place, &path.name).map(each).unwrap_or_default();
    match &path.sub {
        None => found,
        Some(sub) => found
            .into_iter()
            .filter_map(|value| member(value, sub))
            .flat_map(each)
            .collect(),
    }
}

fn each(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        other => vec![other],
    }
}

fn is_there(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn compares(
    attr: Option<&'static Attr>,
    value: &Value,
    operator: Operator,
    literal: &Literal,
) -> bool {
    // A complex value is compared by its `value`.
    let value = match value {
        Value::Object(_) => match member(value, "value") {
            Some(value) => value,
            None => return operator == Operator::Ne,
        },
        plain => plain,
    };
    match (value, literal) {
        (Value::String(value), Literal::Text(text)) => {
            let exact = attr.is_some_and(Attr::is_exact);
            let is_time = attr.is_some_and(|attr| attr.kind == Kind::Time);
            if is_time
                && let (Ok(value), Ok(text)) =
                    (value.parse::<Timestamp>(), text.parse::<Timestamp>())
            {
                return ordered(value.cmp(&text), operator);
            }
            if exact {
                compare_texts(value, text, operator)
            } else {
                compare_texts(&value.to_lowercase(), &text.to_lowercase(), operator)
            }
        }
        (Value::Bool(value), Literal::Bool(asked)) => equal(value == asked, operator),
        // Entra asks for "True".
        (Value::Bool(value), Literal::Text(text)) => {
            equal(text.eq_ignore_ascii_case(&value.to_string()), operator)
        }
        (Value::Number(value), Literal::Number(asked)) => {
            let both = value.as_f64().zip(asked.as_f64());
            both.and_then(|(value, asked)| value.partial_cmp(&asked))
                .is_some_and(|order| ordered(order, operator))
        }
        _ => operator == Operator::Ne,
    }
}

fn compare_texts(value: &str, text: &str, operator: Operator) -> bool {
    match operator {
        Operator::Co => value.contains(text),
        Operator::Sw => value.starts_with(text),
        Operator::Ew => value.ends_with(text),
        other => ordered(value.cmp(text), other),
    }
}

fn equal(same: bool, operator: Operator) -> bool {
    match operator {
        Operator::Eq => same,
        Operator::Ne => !same,
        _ => false,
    }
}

fn ordered(order: Ordering, operator: Operator) -> bool {
    match operator {
        Operator::Eq => order.is_eq(),
        Operator::Ne => order.is_ne(),
        Operator::Gt => order.is_gt(),
        Operator::Ge => order.is_ge(),
        Operator::Lt => order.is_lt(),
        Operator::Le => order.is_le(),
        Operator::Co | Operator::Sw | Operator::Ew => false,
    }
}

/// The text that resources are sorted by: the primary value, or else the first.
pub fn sort_key(resource: Resource, path: &AttrPath, shown: &Value) -> Option<String> {
    let whole = AttrPath {
        sub: None,
        ..path.clone()
    };
    let all = values(Names::Of(resource), &whole, shown);
    let is_primary = |value: &&&Value| member(value, "primary") == Some(&Value::Bool(true));
    let value = all.iter().find(is_primary).or_else(|| all.first())?;
    let value = match (&path.sub, value) {
        (Some(sub), value) => member(value, sub)?,
        (None, Value::Object(_)) => member(value, "value")?,
        (None, plain) => plain,
    };
    let exact = meant(Names::Of(resource), path).is_some_and(Attr::is_exact);
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => return None,
        other => other.to_string(),
    };
    Some(if exact { text } else { text.to_lowercase() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::filter::tests::filters;

    fn ada() -> Value {
        json!({
            "id": "1",
            "userName": "bjensen",
            "name": { "familyName": "O'Malley", "givenName": "Barbara" },
            "title": "Tour guide",
            "userType": "Employee",
            "active": true,
            "emails": [
                { "type": "work", "value": "babs@example.com", "primary": true },
                { "type": "home", "value": "babs@home.example.org" },
            ],
            "ims": [{ "type": "xmpp", "value": "babs@foo.com" }],
            "meta": { "lastModified": "2011-05-13T04:42:34Z", "resourceType": "User" },
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Tours" },
        })
    }

    fn asked(text: &str) -> bool {
        fits(Resource::User, &Filter::parse(text).unwrap(), &ada())
    }

    #[test]
    fn the_attributes_and_operators_of_the_examples() {
        for yes in [
            "userName eq \"bjensen\"",
            "USERNAME EQ \"BJensen\"",
            "name.familyName co \"O'Malley\"",
            "userName sw \"B\"",
            "urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"b\"",
            "title pr",
            "meta.lastModified gt \"2011-05-13T04:42:33Z\"",
            "meta.lastModified ge \"2011-05-13T06:42:34+02:00\"",
            "meta.lastModified lt \"2011-05-13T04:42:34.5Z\"",
            "meta.lastModified le \"2011-05-13T04:42:34Z\"",
            "title pr and userType eq \"Employee\"",
            "nickName pr or userType eq \"Intern\" or active eq true",
            "userType eq \"Employee\" and (emails co \"example.com\" or emails.value co \"example.net\")",
            "userType ne \"Contractor\" and not (emails co \"example.net\")",
            "userType eq \"Employee\" and (emails.type eq \"work\")",
            "userType eq \"Employee\" and emails[type eq \"work\" and value co \"@example.com\"]",
            "emails[type eq \"work\" and value co \"@example.com\"] or ims[type eq \"aim\"]",
            "emails[type eq \"work\"].value eq \"BABS@example.com\"",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"tours\"",
            "nickName eq null",
            "nickName ne \"x\"",
            "active eq \"True\"",
            "emails.primary eq true",
        ] {
            assert!(asked(yes), "{yes}");
        }
        for no in [
            "userName eq \"ada\"",
            "id eq \"ONE\"",
            "nickName pr",
            "emails[type eq \"work\" and value co \"home\"]",
            "emails[type eq \"work\"].value eq \"babs@home.example.org\"",
            "nobody eq \"x\"",
            "x:y eq \"x\"",
            "active eq false",
            "userName ew \"jens\"",
            "title gt \"z\"",
        ] {
            assert!(!asked(no), "{no}");
        }
    }

    #[test]
    fn what_has_no_order_is_not_ordered() {
        let filter = Filter::parse("active sw \"t\"").unwrap();
        let refused = check(Resource::User, &filter).unwrap_err();
        assert_eq!(refused.kind, Some(ScimType::InvalidFilter));
    }

    proptest! {
        #[test]
        fn not_turns_every_answer_round(filter in filters()) {
            let shown = ada();
            let not = Filter::Not(Box::new(filter.clone()));
            prop_assert_ne!(
                fits(Resource::User, &filter, &shown),
                fits(Resource::User, &not, &shown)
            );
        }
    }
}
