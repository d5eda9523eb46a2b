use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::document;

const ENTERPRISE: &str = crate::schema::ENTERPRISE;

fn ada() -> Value {
    json!({
        "userName": "ada",
        "active": true,
        "name": { "givenName": "Ada", "familyName": "Lovelace" },
        "emails": [
            { "value": "ada@example.org", "type": "work", "primary": true },
            { "value": "ada@home.example", "type": "home" },
        ],
    })
}

fn class() -> Value {
    json!({ "displayName": "Class", "members": [{ "value": "1" }, { "value": "2" }] })
}

fn changed(resource: Resource, from: &Value, operations: Value) -> Result<Value> {
    let body = json!({ "schemas": [PATCH], "Operations": operations });
    let patch = Patch::read(resource, &body)?;
    Ok(Value::Object(patch.apply(from.as_object().unwrap())?))
}

fn user(operations: Value) -> Value {
    changed(Resource::User, &ada(), operations).unwrap()
}

fn group(operations: Value) -> Value {
    changed(Resource::Group, &class(), operations).unwrap()
}

fn refusal(operations: Value) -> Option<ScimType> {
    changed(Resource::User, &ada(), operations)
        .unwrap_err()
        .kind
}

#[test]
fn values_are_set_with_and_without_a_path() {
    let one = user(json!([{ "op": "replace", "path": "name.givenName", "value": "Augusta" }]));
    let other = user(json!([{ "op": "Replace", "value": { "name.givenName": "Augusta" } }]));
    let whole = user(json!([{ "op": "add", "value": { "name": { "givenName": "Augusta" } } }]));
    assert_eq!(
        one["name"],
        json!({ "givenName": "Augusta", "familyName": "Lovelace" })
    );
    assert_eq!(one, other);
    assert_eq!(one, whole);
}

#[test]
fn accounts_are_switched_off_in_all_of_entras_ways() {
    for operations in [
        json!([{ "op": "Replace", "path": "active", "value": "False" }]),
        json!([{ "op": "Replace", "path": "active", "value": false }]),
        json!([{ "op": "replace", "value": { "active": false } }]),
        json!([{ "op": "Add", "value": { "active": "False", "id": "7", "schemas": ["x"] } }]),
    ] {
        assert_eq!(user(operations)["active"], false);
    }
}

#[test]
fn what_an_extension_has_is_changed_by_its_name() {
    let set = user(json!([
        { "op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Tours" },
        { "op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": "7" },
    ]));
    let expected = json!({ "department": "Tours", "manager": { "value": "7" } });
    assert_eq!(set[ENTERPRISE], expected);
    let by_name = user(json!([{ "op": "add", "value": {
        format!("{ENTERPRISE}:department"): "Tours",
        ENTERPRISE: { "manager": { "value": "7" } },
    } }]));
    assert_eq!(by_name, set);
    let gone = changed(
        Resource::User,
        &set,
        json!([
            { "op": "remove", "path": format!("{ENTERPRISE}:department") },
            { "op": "remove", "path": format!("{ENTERPRISE}:manager") },
        ]),
    );
    assert_eq!(gone.unwrap(), ada());
}

#[test]
fn one_value_of_several_is_chosen_by_a_filter() {
    let set = user(json!([
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "countess@example.org" },
        { "op": "add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "1842" },
    ]));
    assert_eq!(set["emails"][0]["value"], "countess@example.org");
    assert_eq!(set["emails"][0]["primary"], true);
    assert_eq!(
        set["phoneNumbers"],
        json!([{ "type": "mobile", "value": "1842" }])
    );
    let gone = user(json!([{ "op": "remove", "path": "emails[type eq \"home\"]" }]));
    assert_eq!(gone["emails"].as_array().unwrap().len(), 1);
    let part = user(json!([{ "op": "remove", "path": "emails[type eq \"work\"].primary" }]));
    assert_eq!(part["emails"][0].get("primary"), None);
}

#[test]
fn only_one_value_is_the_primary_one() {
    let set = user(json!([{ "op": "add", "path": "emails", "value":
        [{ "value": "new@example.org", "primary": true }] }]));
    let primary: Vec<&Value> = set["emails"].as_array().unwrap().iter().collect();
    assert_eq!(primary[0]["primary"], false);
    assert_eq!(primary[2]["primary"], true);
}

#[test]
fn replacing_what_is_not_there_adds_what_the_filter_describes() {
    let set = user(
        json!([{ "op": "replace", "path": "addresses[type eq \"work\"].locality", "value": "Ockham" }]),
    );
    assert_eq!(
        set["addresses"],
        json!([{ "type": "work", "locality": "Ockham" }])
    );
    // Beside others too: Entra replaces what it never added, and does not try again without it.
    let beside = user(json!([
        { "op": "replace", "path": "emails[type eq \"other\"].value", "value": "x@example.org" },
        { "op": "replace", "path": "title", "value": "Countess" },
    ]));
    assert_eq!(
        beside["emails"][2],
        json!({ "type": "other", "value": "x@example.org" })
    );
    assert_eq!(beside["emails"][0], ada()["emails"][0]);
    assert_eq!(beside["title"], "Countess");
    let primary = user(json!([{ "op": "replace", "value": {
        "emails[type eq \"other\" and primary eq true].value": "x@example.org",
    } }]));
    assert_eq!(primary["emails"][0]["primary"], false);
    assert_eq!(primary["emails"][2]["primary"], true);
    // Nothing is not added.
    for value in [json!(null), json!("")] {
        let same =
            json!([{ "op": "replace", "path": "emails[type eq \"other\"].value", "value": value }]);
        assert_eq!(user(same), ada());
    }
    // What is not described cannot be made.
    for path in [
        "ims[value co \"x\"].type",
        "emails[type ne \"work\" and type ne \"home\"].value",
        "emails[type eq \"x\" or type eq \"y\"].value",
        "emails[not (type pr)].value",
    ] {
        for op in ["add", "replace"] {
            let operations = json!([{ "op": op, "path": path, "value": "x" }]);
            assert_eq!(refusal(operations), Some(ScimType::NoTarget), "{op} {path}");
        }
    }
    // Nor does anybody come into a group by being changed in it.
    for from in [class(), json!({ "displayName": "Empty" })] {
        let operations =
            json!([{ "op": "replace", "path": "members[value eq \"9\"].display", "value": "x" }]);
        let refused = changed(Resource::Group, &from, operations).unwrap_err();
        assert_eq!(refused.kind, Some(ScimType::NoTarget));
    }
}

#[test]
fn members_come_once_and_go_in_either_way() {
    let more = group(
        json!([{ "op": "Add", "path": "members", "value": [{ "value": "2" }, { "value": "3" }] }]),
    );
    assert_eq!(
        more["members"],
        json!([{ "value": "1" }, { "value": "2" }, { "value": "3" }])
    );
    let said = json!([{ "value": "3", "display": "Mia" }, { "value": "3" }, { "value": "1", "display": "Max" }]);
    let twice = group(json!([{ "op": "add", "path": "members", "value": said }]));
    assert_eq!(
        twice["members"],
        json!([{ "value": "1" }, { "value": "2" }, { "value": "3", "display": "Mia" }])
    );
    let left = json!([{ "value": "2" }]);
    for operations in [
        json!([{ "op": "remove", "path": "members[value eq \"1\"]" }]),
        json!([{ "op": "Remove", "path": "members", "value": [{ "value": "1" }] }]),
        json!([{ "op": "Remove", "path": "members", "value": [{ "value": "1", "display": "Max" }, { "value": "9" }] }]),
        json!([{ "op": "replace", "path": "members", "value": [{ "value": "2" }] }]),
        json!([{ "op": "replace", "value": { "members": { "value": "2" } } }]),
    ] {
        assert_eq!(group(operations)["members"], left);
    }
    for all in [
        json!([{ "op": "remove", "path": "members" }]),
        json!([{ "op": "remove", "path": "members", "value": null }]),
    ] {
        assert_eq!(group(all).get("members"), None);
    }
    // Who lists nobody removes nobody.
    for nobody in [json!([]), json!([null, null]), json!({}), json!([{}])] {
        let operations = json!([{ "op": "remove", "path": "members", "value": nobody }]);
        assert_eq!(group(operations), class());
    }
}

#[test]
fn an_error_in_one_operation_undoes_them_all() {
    let from = ada();
    let refused = changed(
        Resource::User,
        &from,
        json!([
            { "op": "replace", "path": "title", "value": "Countess" },
            { "op": "replace", "path": "active", "value": "perhaps" },
        ]),
    );
    assert_eq!(refused.unwrap_err().kind, Some(ScimType::InvalidValue));
    assert_eq!(from, ada());
}

#[test]
fn what_is_no_change_is_refused() {
    let cases = [
        (
            json!([{ "op": "move", "path": "title" }]),
            ScimType::InvalidSyntax,
        ),
        (
            json!([{ "op": "add", "value": 3 }]),
            ScimType::InvalidSyntax,
        ),
        (json!([{ "op": "remove" }]), ScimType::NoTarget),
        (
            json!([{ "op": "add", "path": "colour", "value": "red" }]),
            ScimType::InvalidPath,
        ),
        (
            json!([{ "op": "add", "path": "name[", "value": "red" }]),
            ScimType::InvalidFilter,
        ),
        (
            json!([{ "op": "add", "path": "title[type eq \"x\"]", "value": "red" }]),
            ScimType::InvalidPath,
        ),
        (
            json!([{ "op": "replace", "path": "id", "value": "7" }]),
            ScimType::Mutability,
        ),
        (
            json!([{ "op": "replace", "path": "meta.version", "value": "7" }]),
            ScimType::Mutability,
        ),
        (
            json!([{ "op": "add", "path": "groups", "value": [{ "value": "7" }] }]),
            ScimType::Mutability,
        ),
        (
            json!([{ "op": "remove", "path": "userName" }]),
            ScimType::Mutability,
        ),
        (
            json!([{ "op": "add", "path": "userName", "value": ["a"] }]),
            ScimType::InvalidValue,
        ),
        (
            json!([{ "op": "add", "path": "emails.primary", "value": true }]),
            ScimType::InvalidValue,
        ),
    ];
    for (operations, kind) in cases {
        assert_eq!(refusal(operations.clone()), Some(kind), "{operations}");
    }
    let no_schema = json!({ "Operations": [] });
    let refused = Patch::read(Resource::User, &no_schema).unwrap_err();
    assert_eq!(refused.kind, Some(ScimType::InvalidSyntax));
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        prop_oneof![Just("work"), Just("1"), Just("True"), Just("")].prop_map(Value::from),
    ];
    let names = prop_oneof![
        Just("value"),
        Just("type"),
        Just("primary"),
        Just("emails"),
        Just("name.givenName"),
        Just("emails[type eq \"work\"].value"),
        Just(ENTERPRISE),
        Just("manager"),
        Just("members"),
        Just("]"),
    ];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        let object = proptest::collection::vec((names.clone(), inner.clone()), 0..4);
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            object.prop_map(|all| {
                let all = all
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value));
                Value::Object(all.collect())
            }),
        ]
    })
}

fn operations() -> impl Strategy<Value = Value> {
    let op = prop_oneof![Just("add"), Just("Replace"), Just("REMOVE")];
    let path = prop_oneof![
        Just(Value::Null),
        prop_oneof![
            Just("userName"),
            Just("active"),
            Just("name"),
            Just("name.familyName"),
            Just("emails"),
            Just("emails.value"),
            Just("emails[primary eq true]"),
            Just("emails[not (type eq \"work\")].type"),
            Just("emails[type eq \"x\" and primary eq true].value"),
            Just("members"),
            Just("members[value eq \"1\"]"),
            Just(ENTERPRISE),
            Just("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"),
        ]
        .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let one = (op, path, values())
        .prop_map(|(op, path, value)| json!({ "op": op, "path": path, "value": value }));
    proptest::collection::vec(one, 0..5).prop_map(Value::from)
}

proptest! {
    /// Whatever is sent, nothing panics, and what comes out has the schema's shape: reading it again
    /// changes nothing.
    #[test]
    fn what_was_changed_still_fits_its_schema(operations in operations()) {
        for (resource, from) in [(Resource::User, ada()), (Resource::Group, class())] {
            if let Ok(after) = changed(resource, &from, operations.clone()) {
                let again = document::read(resource, &after);
                prop_assert_eq!(again.map(Value::Object), Ok(after));
            }
        }
    }
}
