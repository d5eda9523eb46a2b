//! Changes by PATCH (RFC 7644 §3.5.2), applied to a document. Pure.
//!
//! What Entra and others write beside the letter of it is taken as well: operations in capitals, one
//! value without a list, words for true and false, paths as names of members where no path is given,
//! and members taken out by a list of values.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::document::{self, shape, single};
use crate::error::{Result, ScimError, ScimType};
use crate::filter::{AttrPath, Filter, Literal, Operator, Reader};
use crate::matching::{member, value_fits};
use crate::schema::{Attr, Found, Resource, named};

/// The schema of a change.
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// How many operations one change may have.
const MOST: usize = 1000;

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Add,
    Replace,
    Remove,
}

/// One operation.
#[derive(Clone, Debug)]
struct Operation {
    act: Act,
    path: Option<Path>,
    value: Value,
}

/// Where an operation acts.
#[derive(Clone, Debug)]
enum Path {
    /// On an attribute, or a part of it.
    Attr(Found),
    /// On those values of an attribute that fit, or a part of them.
    Values(Found, Filter),
    /// On all that an extension has.
    Extension(&'static str, &'static [Attr]),
}

/// A change of a resource.
#[derive(Clone, Debug)]
pub struct Patch {
    resource: Resource,
    operations: Vec<Operation>,
}

impl Patch {
    /// Reads a change's body.
    ///
    /// # Errors
    /// `invalidSyntax` for what is no change, `invalidPath` for a path that leads nowhere, `noTarget`
    /// for removing without a path, `mutability` for what only Lectern sets, and for removing what must
    /// be there.
    pub fn read(resource: Resource, body: &Value) -> Result<Self> {
        let syntax = |sentence: &str| ScimError::bad(ScimType::InvalidSyntax, sentence);
        let said = member(body, "schemas").and_then(Value::as_array);
        if !said.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(PATCH))) {
            return Err(syntax("The schema of a change is PatchOp."));
        }
        let all = member(body, "Operations").and_then(Value::as_array);
        let all = all.ok_or_else(|| syntax("A change has a list of Operations."))?;
        if all.len() > MOST {
            return Err(syntax("A change has at most 1000 operations."));
        }
        let operations = all
            .iter()
            .map(|one| operation(resource, one))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            resource,
            operations,
        })
    }

    /// The document after the change, all of it or an error.
    ///
    /// # Errors
    /// `noTarget` where a value that was to be changed is not there and not described, `invalidValue`
    /// for a value that is none.
    pub fn apply(&self, document: &Map<String, Value>) -> Result<Map<String, Value>> {
        let mut document = document.clone();
        for operation in &self.operations {
            apply(self.resource, &mut document, operation)?;
        }
        // Parts that fit may make a whole that does not: two primary addresses.
        document::read(self.resource, &Value::Object(document))
    }
}

fn operation(resource: Resource, said: &Value) -> Result<Operation> {
    let syntax = |sentence: &str| ScimError::bad(ScimType::InvalidSyntax, sentence);
    let word = member(said, "op").and_then(Value::as_str).unwrap_or("");
    let act = match word.to_ascii_lowercase().as_str() {
        "add" => Act::Add,
        "replace" => Act::Replace,
        "remove" => Act::Remove,
        _ => return Err(syntax("An operation’s op is add, replace or remove.")),
    };
    let path = match member(said, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.trim().is_empty() => None,
        Some(Value::String(text)) => Some(path(resource, text)?),
        Some(_) => return Err(syntax("An operation’s path is a text.")),
    };
    let value = member(said, "value").cloned().unwrap_or(Value::Null);
    match (&path, act) {
        (None, Act::Remove) => {
            return Err(ScimError::bad(
                ScimType::NoTarget,
                "An operation that removes says by a path what.",
            ));
        }
        (None, _) if !value.is_object() => {
            return Err(syntax(
                "An operation without a path has an object for a value.",
            ));
        }
        _ => {}
    }
    if let Some(Path::Attr(found) | Path::Values(found, _)) = &path
        && (found.attr.read_only || found.sub.is_some_and(|sub| sub.read_only))
    {
        return Err(ScimError::bad(
            ScimType::Mutability,
            format!("“{}” is set by Lectern only.", found.attr.name),
        ));
    }
    if let Some(Path::Attr(Found {
        attr, sub: None, ..
    })) = &path
        && act == Act::Remove
        && attr.required
    {
        return Err(ScimError::bad(
            ScimType::Mutability,
            format!("“{}” is never without a value.", attr.name),
        ));
    }
    Ok(Operation { act, path, value })
}

/// Reads a path: an attribute, perhaps with a filter of its values, perhaps with a part of them.
fn path(resource: Resource, text: &str) -> Result<Path> {
    let text = text.trim();
    let wrong = || {
        let shown: String = text.chars().take(60).collect();
        ScimError::bad(
            ScimType::InvalidPath,
            format!("The path “{shown}” leads nowhere."),
        )
    };
    if let Some((urn, attrs)) = resource.extension(text) {
        return Ok(Path::Extension(urn, attrs));
    }
    let mut reader = Reader::new(text);
    let attr = reader.path().map_err(|_| wrong())?;
    if !reader.sign('[') {
        let found = resource.find(&attr).ok_or_else(wrong)?;
        return match reader.rest() {
            "" => Ok(Path::Attr(found)),
            _ => Err(wrong()),
        };
    }
    let filter = reader.closed(0, ']')?;
    let found = resource.find(&attr).ok_or_else(wrong)?;
    let several = found.attr.multi && found.sub.is_none();
    let sub = match reader.rest() {
        "" => None,
        rest => {
            let name = rest.strip_prefix('.').ok_or_else(wrong)?;
            Some(named(found.attr.parts(), name).ok_or_else(wrong)?)
        }
    };
    if !several {
        return Err(wrong());
    }
    Ok(Path::Values(Found { sub, ..found }, filter))
}

fn apply(
    resource: Resource,
    document: &mut Map<String, Value>,
    operation: &Operation,
) -> Result<()> {
    let Operation { act, path, value } = operation;
    match path {
        None => whole(resource, document, *act, value),
        Some(Path::Extension(urn, attrs)) => {
            extension(resource, document, *act, (urn, attrs), value)
        }
        Some(Path::Attr(found)) => in_place(document, found.extension, |place| {
            on_attr(place, found, *act, value)
        }),
        Some(Path::Values(found, filter)) => in_place(document, found.extension, |place| {
            on_values(place, found, filter, *act, value)
        }),
    }
}

/// Without a path the names of the value's members are the paths. What only Lectern sets is passed
/// over, as it is in a whole resource.
fn whole(
    resource: Resource,
    document: &mut Map<String, Value>,
    act: Act,
    value: &Value,
) -> Result<()> {
    for (name, value) in value.as_object().into_iter().flatten() {
        let path = match self::path(resource, name) {
            Ok(Path::Attr(found)) if found.attr.read_only => continue,
            Ok(path) => path,
            // What the schema does not know is not kept, here as everywhere.
            Err(_) if AttrPath::of(name).is_some() => continue,
            Err(error) => return Err(error),
        };
        let operation = Operation {
            act,
            path: Some(path),
            value: value.clone(),
        };
        apply(resource, document, &operation)?;
    }
    Ok(())
}

fn extension(
    resource: Resource,
    document: &mut Map<String, Value>,
    act: Act,
    (urn, attrs): (&'static str, &'static [Attr]),
    value: &Value,
) -> Result<()> {
    if act == Act::Remove || value.is_null() {
        document.remove(urn);
        return Ok(());
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        let Some(attr) = named(attrs, name) else {
            continue;
        };
        let path = Path::Attr(Found {
            extension: Some(urn),
            attr,
            sub: None,
        });
        let operation = Operation {
            act,
            path: Some(path),
            value: value.clone(),
        };
        apply(resource, document, &operation)?;
    }
    Ok(())
}

/// Works in the document, or in an extension of it, which is there only while it has something.
fn in_place(
    document: &mut Map<String, Value>,
    extension: Option<&'static str>,
    work: impl FnOnce(&mut Map<String, Value>) -> Result<()>,
) -> Result<()> {
    let Some(urn) = extension else {
        return work(document);
    };
    let mut place = match document.remove(urn) {
        Some(Value::Object(place)) => place,
        _ => Map::new(),
    };
    work(&mut place)?;
    if !place.is_empty() {
        document.insert(urn.to_owned(), Value::Object(place));
    }
    Ok(())
}

fn on_attr(place: &mut Map<String, Value>, found: &Found, act: Act, value: &Value) -> Result<()> {
    let attr = found.attr;
    if let Some(sub) = found.sub {
        return on_part(place, attr, sub, act, value);
    }
    if attr.multi {
        return match act {
            Act::Add => {
                let added = shape(attr, value)?;
                add_values(place, attr, added);
                Ok(())
            }
            Act::Replace => {
                set(place, attr.name, shape(attr, value)?);
                Ok(())
            }
            Act::Remove => remove_values(place, attr, value),
        };
    }
    match act {
        Act::Remove => {
            place.remove(attr.name);
        }
        Act::Add | Act::Replace => match single(attr, value)? {
            // Of a complex value those parts are set that are said.
            Some(Value::Object(said)) => {
                let mut whole = object(place.remove(attr.name));
                whole.extend(said);
                set(place, attr.name, Some(Value::Object(whole)));
            }
            other => set(place, attr.name, other),
        },
    }
    Ok(())
}

/// Sets or removes a part of a complex value, or of every value where there are several.
fn on_part(
    place: &mut Map<String, Value>,
    attr: &Attr,
    sub: &Attr,
    act: Act,
    value: &Value,
) -> Result<()> {
    let value = match act {
        Act::Remove => None,
        Act::Add | Act::Replace => single(sub, value)?,
    };
    if !attr.multi {
        let mut whole = object(place.remove(attr.name));
        set(&mut whole, sub.name, value);
        let whole = (!whole.is_empty()).then_some(Value::Object(whole));
        set(place, attr.name, whole);
        return Ok(());
    }
    let mut values = list(place.remove(attr.name));
    if values.is_empty() && value.is_some() {
        values.push(Value::Object(Map::new()));
    }
    for one in values.iter_mut().filter_map(Value::as_object_mut) {
        set(one, sub.name, value.clone());
    }
    keep(place, attr, values);
    Ok(())
}

fn on_values(
    place: &mut Map<String, Value>,
    found: &Found,
    filter: &Filter,
    act: Act,
    value: &Value,
) -> Result<()> {
    let attr = found.attr;
    let mut values = list(place.remove(attr.name));
    let fitting: Vec<usize> = values
        .iter()
        .enumerate()
        .filter(|(_, one)| value_fits(attr, filter, one))
        .map(|(n, _)| n)
        .collect();
    if act == Act::Remove {
        match found.sub {
            None => {
                let mut n = 0;
                values.retain(|_| {
                    n += 1;
                    !fitting.contains(&(n - 1))
                });
            }
            Some(sub) => {
                for n in fitting {
                    if let Some(one) = values[n].as_object_mut() {
                        one.remove(sub.name);
                    }
                }
            }
        }
        keep(place, attr, values);
        return Ok(());
    }
    let said = match found.sub {
        Some(sub) => {
            let mut said = Map::new();
            said.insert(
                sub.name.to_owned(),
                single(sub, value)?.unwrap_or(Value::Null),
            );
            said
        }
        None => object(single(attr, first(value))?),
    };
    if fitting.is_empty() {
        // Replacing what is not there is adding it, where the filter says all of what it would be. RFC
        // 7644 §3.5.2.3 has `noTarget` for that; but Entra replaces what it never added, such as the
        // first mobile number of somebody who has one at work, and would lose all else that it changes
        // in the same request. Nobody comes into a group that way.
        if act == Act::Replace && attr.name == "members" {
            return Err(no_target());
        }
        let mut made = described(attr, filter).ok_or_else(no_target)?;
        // What says nothing adds nothing.
        if !said.values().all(Value::is_null) {
            merge(&mut made, said);
            only_primary(&mut values, &made);
            values.push(Value::Object(made));
        }
        keep(place, attr, values);
        return Ok(());
    }
    for n in fitting {
        let mut one = match (act, found.sub) {
            // What is replaced as a whole keeps nothing.
            (Act::Replace, None) => Map::new(),
            _ => object(Some(values[n].take())),
        };
        merge(&mut one, said.clone());
        only_primary(&mut values, &one);
        values[n] = Value::Object(one);
    }
    keep(place, attr, values);
    Ok(())
}

fn no_target() -> ScimError {
    ScimError::bad(
        ScimType::NoTarget,
        "There is no value that the path’s filter fits.",
    )
}

/// The value that a filter describes by saying what it is equal to; none where it says anything else.
fn described(attr: &'static Attr, filter: &Filter) -> Option<Map<String, Value>> {
    match filter {
        Filter::And(left, right) => {
            let mut both = described(attr, left)?;
            both.extend(described(attr, right)?);
            Some(both)
        }
        Filter::Compare(path, Operator::Eq, literal) => {
            let part = named(attr.parts(), &path.name)?;
            let value = match literal {
                Literal::Text(text) => Value::from(text.as_str()),
                Literal::Bool(value) => Value::from(*value),
                Literal::Null | Literal::Number(_) => return None,
            };
            let value = single(part, &value).ok().flatten()?;
            Some(Map::from_iter([(part.name.to_owned(), value)]))
        }
        _ => None,
    }
}

fn add_values(place: &mut Map<String, Value>, attr: &'static Attr, added: Option<Value>) {
    let mut values = list(place.remove(attr.name));
    if attr.name == "members" {
        add_members(&mut values, list(added));
    } else {
        for one in list(added) {
            if values.contains(&one) {
                continue;
            }
            if let Some(one) = one.as_object() {
                only_primary(&mut values, one);
            }
            values.push(one);
        }
    }
    keep(place, attr, values);
}

/// Members of a group are who they are, whatever else is said of them. A group may have thousands.
fn add_members(members: &mut Vec<Value>, added: Vec<Value>) {
    let who = |member: &Value| member.get("value").cloned();
    let mut known: HashSet<Option<Value>> = members.iter().map(who).collect();
    members.extend(added.into_iter().filter(|one| known.insert(who(one))));
}

/// Takes values out: those that are listed, or all where no value is said. Who lists nobody means
/// nobody.
fn remove_values(place: &mut Map<String, Value>, attr: &'static Attr, value: &Value) -> Result<()> {
    if value.is_null() {
        place.remove(attr.name);
        return Ok(());
    }
    let listed = list(shape(attr, value)?);
    let mut values = list(place.remove(attr.name));
    values.retain(|one| {
        let meant = |other: &Value| match (one.get("value"), other.get("value")) {
            (Some(own), Some(theirs)) if own == theirs => {
                // What else is said of the value must hold too, but for a group’s members.
                attr.name == "members" || contains(one, other)
            }
            _ => false,
        };
        !listed.iter().any(meant)
    });
    keep(place, attr, values);
    Ok(())
}

fn contains(whole: &Value, part: &Value) -> bool {
    part.as_object()
        .into_iter()
        .flatten()
        .all(|(name, value)| whole.get(name) == Some(value))
}

/// Where a value is to be the primary one, no other stays it.
fn only_primary(values: &mut [Value], one: &Map<String, Value>) {
    if one.get("primary") == Some(&Value::Bool(true)) {
        for other in values.iter_mut().filter_map(Value::as_object_mut) {
            if other.contains_key("primary") {
                other.insert("primary".to_owned(), false.into());
            }
        }
    }
}

fn merge(into: &mut Map<String, Value>, said: Map<String, Value>) {
    for (name, value) in said {
        let value = (!value.is_null()).then_some(value);
        set(into, &name, value);
    }
}

fn set(into: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => into.insert(name.to_owned(), value),
        None => into.remove(name),
    };
}

/// Puts an attribute's values back, without empty ones.
fn keep(place: &mut Map<String, Value>, attr: &Attr, mut values: Vec<Value>) {
    values.retain(|value| value.as_object().is_none_or(|one| !one.is_empty()));
    let values = (!values.is_empty()).then_some(Value::Array(values));
    set(place, attr.name, values);
}

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(values)) => values,
        Some(Value::Null) | None => Vec::new(),
        Some(one) => vec![one],
    }
}

fn object(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// A value, or the only one in a list.
fn first(value: &Value) -> &Value {
    match value.as_array().map(Vec::as_slice) {
        Some([only]) => only,
        _ => value,
    }
}

#[cfg(test)]
#[path = "patch_tests.rs"]
mod tests;
