//! A group as a document, and back.

use domain::id::PersonId;
use serde_json::{Map, Value, json};
use service::scim::{ScimGroupDraft, ScimGroupView};

use crate::error::{Result, ScimError, ScimType};
use crate::schema::Resource;
use crate::user::{kept, tagged, time};

/// The longest name, in characters: as long as Entra’s.
const LONGEST: usize = 256;

/// What clients may change of a group.
pub fn document(view: &ScimGroupView) -> Map<String, Value> {
    let mut document = kept(&view.group.document);
    document.insert("displayName".to_owned(), view.name.as_str().into());
    if let Some(id) = &view.group.external_id {
        document.insert("externalId".to_owned(), id.as_str().into());
    }
    let members: Vec<Value> = view
        .members
        .iter()
        .map(|member| {
            json!({
                "value": member.person.to_string(),
                "display": member.name.as_str(),
                "type": "User",
            })
        })
        .collect();
    if !members.is_empty() {
        document.insert("members".to_owned(), members.into());
    }
    document
}

/// A group as it is shown. `base` is SCIM's address.
pub fn show(view: &ScimGroupView, base: &str) -> Value {
    let mut shown = document(view);
    let id = &view.group.id;
    let members = shown.get_mut("members").and_then(Value::as_array_mut);
    for member in members.into_iter().flatten() {
        let who = member["value"].as_str().unwrap_or_default();
        member["$ref"] = format!("{base}/Users/{who}").into();
    }
    shown.insert("id".to_owned(), id.as_str().into());
    shown.insert("schemas".to_owned(), json!([Resource::Group.schema()]));
    shown.insert(
        "meta".to_owned(),
        json!({
            "resourceType": "Group",
            "created": time(view.group.created_at),
            "lastModified": time(view.group.changed_at),
            "location": format!("{base}/Groups/{id}"),
        }),
    );
    tagged(view.group.version, Value::Object(shown))
}

/// What Lectern is to make of a document.
///
/// # Errors
/// `invalidValue` without a displayName, or when a member has no id of a user.
pub fn draft(mut document: Map<String, Value>) -> Result<ScimGroupDraft> {
    let invalid = |sentence: &str| ScimError::bad(ScimType::InvalidValue, sentence);
    let name = match document.remove("displayName") {
        Some(Value::String(name)) => name.trim().to_owned(),
        _ => String::new(),
    };
    if name.is_empty() || name.chars().count() > LONGEST {
        return Err(invalid(
            "A group has a displayName of at most 256 characters.",
        ));
    }
    let external_id = match document.remove("externalId") {
        Some(Value::String(id)) => Some(id),
        _ => None,
    };
    let mut members: Vec<PersonId> = Vec::new();
    let said = document.remove("members");
    for member in said
        .as_ref()
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let id = member["value"].as_str().and_then(|id| id.parse().ok());
        let id = id.ok_or_else(|| {
            invalid("A member is a user, by the id that this server gave. Groups in groups are not kept.")
        })?;
        members.push(id);
    }
    members.sort_unstable();
    members.dedup();
    Ok(ScimGroupDraft {
        name,
        external_id,
        members,
        document: Value::Object(document).to_string(),
    })
}
