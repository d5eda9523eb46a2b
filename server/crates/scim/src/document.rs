//! What was sent of a resource, brought into its schema's shape: names spelt as the schema does, single
//! values of attributes that take several made lists, words for true and false made booleans, and what
//! the schema does not know or the client may not set left out. Pure.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::error::{Result, ScimError, ScimType};
use crate::matching::member;
use crate::schema::{Attr, Kind, Resource};

/// The longest single value, in characters; certificates and pictures may be ten times as long.
const LONGEST: usize = 4096;

/// A resource's body in its schema's shape.
///
/// # Errors
/// `invalidSyntax` when it is no object, `invalidValue` when a value is none of its attribute's.
pub fn read(resource: Resource, body: &Value) -> Result<Map<String, Value>> {
    if !body.is_object() {
        return Err(ScimError::bad(
            ScimType::InvalidSyntax,
            "The body of a resource is a JSON object.",
        ));
    }
    let mut document = Map::new();
    let own = resource.attrs().iter();
    for attr in own.chain(resource.attr("externalId")) {
        insert(&mut document, attr, member(body, attr.name))?;
    }
    for (urn, attrs) in resource.extensions() {
        let mut extension = Map::new();
        for attr in *attrs {
            let value = member(body, urn).and_then(|body| member(body, attr.name));
            insert(&mut extension, attr, value)?;
        }
        if !extension.is_empty() {
            document.insert((*urn).to_owned(), Value::Object(extension));
        }
    }
    Ok(document)
}

fn insert(into: &mut Map<String, Value>, attr: &Attr, value: Option<&Value>) -> Result<()> {
    if !attr.read_only
        && let Some(value) = value
        && let Some(value) = shape(attr, value)?
    {
        into.insert(attr.name.to_owned(), value);
    }
    Ok(())
}

/// A value in its attribute's shape; none where it says that there is none.
///
/// # Errors
/// `invalidValue` when it is none of this attribute's.
pub fn shape(attr: &Attr, value: &Value) -> Result<Option<Value>> {
    if value.is_null() {
        return Ok(None);
    }
    if !attr.multi {
        return single(attr, value);
    }
    let values = match value {
        Value::Array(values) => values.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut shaped: Vec<Value> = Vec::new();
    let mut known: HashSet<Value> = HashSet::new();
    for value in values {
        if let Some(value) = single(attr, value)?
            && known.insert(value.clone())
        {
            shaped.push(value);
        }
    }
    let primary = |value: &&Value| value.get("primary") == Some(&Value::Bool(true));
    if shaped.iter().filter(primary).count() > 1 {
        return Err(invalid(attr, "only one value may be the primary one"));
    }
    Ok((!shaped.is_empty()).then_some(Value::Array(shaped)))
}

/// One value of an attribute.
///
/// # Errors
/// As [`shape`].
pub fn single(attr: &Attr, value: &Value) -> Result<Option<Value>> {
    match (attr.kind, value) {
        (_, Value::Null) => Ok(None),
        (Kind::Complex(parts), Value::Object(_)) => {
            let mut shaped = Map::new();
            for part in parts {
                insert(&mut shaped, part, member(value, part.name))?;
            }
            Ok((!shaped.is_empty()).then_some(Value::Object(shaped)))
        }
        // Entra gives a manager, and others an address, without saying that it is the value.
        (Kind::Complex(parts), Value::String(_)) if parts.iter().any(|p| p.name == "value") => {
            Ok(Some(serde_json::json!({ "value": value })))
        }
        (Kind::Complex(_), _) => Err(invalid(attr, "it is an object")),
        (Kind::Bool, Value::Bool(_)) => Ok(Some(value.clone())),
        // Entra writes "True".
        (Kind::Bool, Value::String(text)) => match text.to_ascii_lowercase().as_str() {
            "true" => Ok(Some(true.into())),
            "false" => Ok(Some(false.into())),
            _ => Err(invalid(attr, "it is true or false")),
        },
        (Kind::Bool, _) => Err(invalid(attr, "it is true or false")),
        (kind, Value::String(text)) => {
            let longest = match kind {
                Kind::Binary | Kind::Reference => 10 * LONGEST,
                _ => LONGEST,
            };
            if text.chars().count() > longest {
                return Err(invalid(attr, "it is too long"));
            }
            Ok((!text.is_empty()).then(|| value.clone()))
        }
        (_, Value::Number(number)) => Ok(Some(number.to_string().into())),
        (_, Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            Err(invalid(attr, "it is a text"))
        }
    }
}

fn invalid(attr: &Attr, what: &str) -> ScimError {
    ScimError::bad(
        ScimType::InvalidValue,
        format!("This is no value of “{}”: {what}.", attr.name),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_takes_its_schemas_shape() {
        let body = json!({
            "schemas": ["x"],
            "USERNAME": "ada",
            "Active": "True",
            "emails": { "value": "ada@example.org", "Primary": "true", "colour": "red" },
            "name": { "givenName": "Ada", "familyName": "" },
            "nickName": null,
            "password": "secret",
            "groups": [{ "value": "1" }],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user": {
                "employeenumber": 701984,
                "manager": "26118915",
            },
        });
        let document = read(Resource::User, &body).unwrap();
        assert_eq!(
            Value::Object(document),
            json!({
                "userName": "ada",
                "active": true,
                "emails": [{ "value": "ada@example.org", "primary": true }],
                "name": { "givenName": "Ada" },
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
                    "employeeNumber": "701984",
                    "manager": { "value": "26118915" },
                },
            })
        );
    }

    #[test]
    fn what_is_no_value_is_refused() {
        let two = json!([{ "value": "a", "primary": true }, { "value": "b", "primary": true }]);
        for body in [
            json!({ "active": "perhaps" }),
            json!({ "active": 1 }),
            json!({ "userName": ["ada"] }),
            json!({ "userName": "x".repeat(5000) }),
            json!({ "name": "Ada" }),
            json!({ "emails": [1] }),
            json!({ "emails": two }),
        ] {
            let refused = read(Resource::User, &body).unwrap_err();
            assert_eq!(refused.kind, Some(ScimType::InvalidValue), "{body}");
        }
    }
}
