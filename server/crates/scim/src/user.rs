//! A user as a document, and back: what of it is Lectern's own, and what is only kept.

use domain::email::Email;
use domain::name::PersonName;
use domain::time::Timestamp;
use serde_json::{Map, Value, json};
use service::scim::{ScimUserDraft, ScimUserView};
use service::vault::Vault;

use crate::error::{Result, ScimError, ScimType};
use crate::schema::Resource;

/// A time as SCIM writes it.
pub fn time(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros())
        .map_or_else(|_| String::new(), |at| at.to_string())
}

/// Puts the tag of a resource into what is shown of it. Some of that changes without the resource being
/// written, such as the groups of a user, or whether an owner switched the account off: so the tag is
/// made from the version and from all that is shown.
pub fn tagged(version: u32, mut shown: Value) -> Value {
    let hash = Vault::token_hash(&shown.to_string());
    shown["meta"]["version"] = format!("W/\"{version}-{}\"", &hash[..16]).into();
    shown
}

/// The tag of a resource, as it is shown.
pub fn etag(shown: &Value) -> &str {
    shown["meta"]["version"].as_str().unwrap_or_default()
}

/// A document that was kept.
pub fn kept(document: &str) -> Map<String, Value> {
    match serde_json::from_str(document) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// What clients may change of a user.
pub fn document(view: &ScimUserView) -> Map<String, Value> {
    let mut document = kept(&view.user.document);
    document.insert("userName".to_owned(), view.user.user_name.as_str().into());
    if let Some(id) = &view.user.external_id {
        document.insert("externalId".to_owned(), id.as_str().into());
    }
    document.insert("active".to_owned(), (!view.person.disabled).into());
    document
}

/// A user as it is shown. `base` is SCIM's address.
pub fn show(view: &ScimUserView, base: &str) -> Value {
    let mut shown = document(view);
    let id = view.person.id.to_string();
    let mut schemas = vec![Resource::User.schema()];
    for (urn, _) in Resource::User.extensions() {
        if shown.contains_key(*urn) {
            schemas.push(urn);
        }
    }
    // In one order, by whichever way they were read.
    let mut groups: Vec<&(String, String)> = view.groups.iter().collect();
    groups.sort_by(|one, other| (&one.1, &one.0).cmp(&(&other.1, &other.0)));
    let groups: Vec<Value> = groups
        .into_iter()
        .map(|(group, name)| {
            json!({
                "value": group,
                "$ref": format!("{base}/Groups/{group}"),
                "display": name,
                "type": "direct",
            })
        })
        .collect();
    shown.insert("schemas".to_owned(), schemas.into());
    if !groups.is_empty() {
        shown.insert("groups".to_owned(), groups.into());
    }
    shown.insert(
        "meta".to_owned(),
        json!({
            "resourceType": "User",
            "created": time(view.user.created_at),
            "lastModified": time(view.user.changed_at),
            "location": format!("{base}/Users/{id}"),
        }),
    );
    shown.insert("id".to_owned(), id.into());
    tagged(view.user.version, Value::Object(shown))
}

/// What Lectern is to make of a document.
///
/// # Errors
/// `invalidValue` without a userName, or without an address.
pub fn draft(mut document: Map<String, Value>) -> Result<ScimUserDraft> {
    let user_name = match document.remove("userName") {
        Some(Value::String(name)) => name.trim().to_owned(),
        _ => String::new(),
    };
    if user_name.is_empty() {
        return Err(invalid("A user has a userName."));
    }
    let external_id = match document.remove("externalId") {
        Some(Value::String(id)) => Some(id),
        _ => None,
    };
    let active = document.remove("active").and_then(|value| value.as_bool());
    let email = email(&document, &user_name)?;
    let name = name(&document, &email)?;
    Ok(ScimUserDraft {
        user_name,
        external_id,
        email,
        name,
        active,
        document: Value::Object(document).to_string(),
    })
}

/// The account's address: the primary one, or else the first for work, or else the first; the userName
/// where there are no addresses at all.
fn email(document: &Map<String, Value>, user_name: &str) -> Result<Email> {
    let all: Vec<&Value> = document
        .get("emails")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|one| one["value"].is_string())
        .collect();
    let primary = all.iter().find(|one| one["primary"] == true);
    let is_work = |one: &&&Value| {
        let kind = one["type"].as_str();
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case("work"))
    };
    let chosen = primary
        .or_else(|| all.iter().find(is_work))
        .or_else(|| all.first());
    match chosen.and_then(|one| one["value"].as_str()) {
        Some(address) => Ok(Email::parse(address).map_err(|error| invalid(error.message))?),
        None => Email::parse(user_name)
            .map_err(|_| invalid("A user has an e-mail address: in emails, or else as userName.")),
    }
}

/// The account's name: the first of what is said that can be one.
fn name(document: &Map<String, Value>, email: &Email) -> Result<PersonName> {
    let part = |name: &str| document.get("name").and_then(|all| all[name].as_str());
    let whole = |given: &str, family: &str| format!("{given} {family}");
    let both = part("givenName").zip(part("familyName"));
    let said = [
        document
            .get("displayName")
            .and_then(Value::as_str)
            .map(str::to_owned),
        part("formatted").map(str::to_owned),
        both.map(|(given, family)| whole(given, family)),
        part("givenName").or(part("familyName")).map(str::to_owned),
        email.as_str().split('@').next().map(str::to_owned),
    ];
    let found = said
        .into_iter()
        .flatten()
        .find_map(|text| PersonName::parse(&text).ok());
    found.ok_or_else(|| invalid("A user has a name of at most 100 characters."))
}

fn invalid(sentence: impl Into<String>) -> ScimError {
    ScimError::bad(ScimType::InvalidValue, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;

    fn made(body: Value) -> Result<ScimUserDraft> {
        draft(document::read(Resource::User, &body)?)
    }

    #[test]
    fn a_tag_is_of_all_that_is_shown() {
        let shown = || json!({ "active": true, "meta": { "resourceType": "User" } });
        let tag = |version: u32, shown: Value| etag(&tagged(version, shown)).to_owned();
        let first = tag(7, shown());
        assert!(first.starts_with("W/\"7-"), "{first}");
        assert!(first.ends_with('"'), "{first}");
        assert_eq!(tag(7, shown()), first);
        assert_ne!(tag(8, shown()), first);
        let mut off = shown();
        off["active"] = false.into();
        assert_ne!(tag(7, off), first);
    }

    #[test]
    fn the_accounts_address_and_name_are_chosen() {
        let address = |body: Value| made(body).unwrap().email.to_string();
        let home = json!({ "value": "ada@home.example", "type": "home" });
        let work = json!({ "value": "ada@example.org", "type": "Work" });
        let third = json!({ "value": "third@example.org", "primary": true });
        assert_eq!(
            address(json!({ "userName": "ada", "emails": [home, work, third] })),
            "third@example.org"
        );
        assert_eq!(
            address(json!({ "userName": "ada", "emails": [home, work] })),
            "ada@example.org"
        );
        assert_eq!(
            address(json!({ "userName": "a@b.org", "emails": [home] })),
            "ada@home.example"
        );
        assert_eq!(address(json!({ "userName": "A@b.org" })), "a@b.org");
        let name = |body: Value| made(body).unwrap().name.to_string();
        assert_eq!(
            name(
                json!({ "userName": "a@b.org", "displayName": "Ada", "name": { "formatted": "No" } })
            ),
            "Ada"
        );
        assert_eq!(
            name(
                json!({ "userName": "a@b.org", "name": { "givenName": "Ada", "familyName": "L" } })
            ),
            "Ada L"
        );
        assert_eq!(
            name(json!({ "userName": "ada@b.org", "displayName": "x".repeat(101) })),
            "ada"
        );
    }

    #[test]
    fn a_user_needs_a_name_and_an_address() {
        for body in [
            json!({ "emails": [{ "value": "ada@example.org" }] }),
            json!({ "userName": "  " }),
            json!({ "userName": "ada" }),
            json!({ "userName": "ada@example.org", "emails": [{ "value": "nonsense" }] }),
        ] {
            assert_eq!(made(body).unwrap_err().kind, Some(ScimType::InvalidValue));
        }
    }
}
