//! The description of the API: what the handlers say of themselves, and what is the same for all.

use axum::Router;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;

use crate::Api;
use crate::call::{OWN_VERSION, VERSIONS};
use crate::error::ErrorResponse;
use crate::page;

/// Names in addresses: the longest each may be, how it is written, and what it is.
const NAMES: [(&str, usize, &str, &str); 9] = [
    (
        "resourceGroupName",
        90,
        r"^[A-Za-z0-9_.()-]+$",
        "The resource group; it exists by what is in it.",
    ),
    ("labPlanName", 100, r"^[A-Za-z0-9_.()-]+$", "The lab plan."),
    ("labName", 100, r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$", "The lab."),
    ("imageName", 100, r"^[A-Za-z0-9_.()-]+$", "The image."),
    ("scheduleName", 100, r"^[A-Za-z0-9_.()-]+$", "The schedule."),
    ("userName", 100, r"^[A-Za-z0-9_.()-]+$", "The user."),
    (
        "virtualMachineName",
        100,
        r"^[A-Za-z0-9_.()-]+$",
        "The machine: `template`, or its name.",
    ),
    (
        "operationResultId",
        100,
        r"^[A-Za-z0-9_.()-]+$",
        "The operation.",
    ),
    (
        "directoryGroupName",
        100,
        r"^[A-Za-z0-9_.()-]+$",
        "The group of the directory.",
    ),
];

/// The router, and the description of what it answers.
pub(crate) fn described(routes: OpenApiRouter<Api>, subscription: &str) -> (Router<Api>, Value) {
    let (router, openapi) = routes.split_for_parts();
    let mut description = serde_json::to_value(openapi).unwrap_or_default();
    description["openapi"] = "3.1.0".into();
    description["info"] = json!({
        "title": "Lectern",
        "version": VERSIONS[0],
        "description": "The REST API of Azure Lab Services (Microsoft.LabServices), and what Lectern adds to it (Lectern.Portal).",
        "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
    });
    description["components"]["securitySchemes"] = json!({
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "An access token of the portal, or one traded for a program’s secret.",
        }
    });
    description["security"] = json!([{ "token": [] }]);
    add_schema::<ErrorResponse>(&mut description);
    if let Some(paths) = description["paths"].as_object_mut() {
        for (path, methods) in paths {
            let methods = methods.as_object_mut().into_iter().flatten();
            for (_, operation) in methods {
                complete(path, operation, subscription);
            }
        }
    }
    (router, description)
}

/// Adds a type that no handler names, with what it refers to.
fn add_schema<T: utoipa::ToSchema>(description: &mut Value) {
    let mut schemas = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut schemas);
    for (name, schema) in schemas {
        let schema = serde_json::to_value(schema).unwrap_or_default();
        description["components"]["schemas"][name] = schema;
    }
}

/// Adds what every operation takes and may answer.
fn complete(path: &str, operation: &mut Value, subscription: &str) {
    let own = path.contains("/Lectern.Portal/");
    let versions: &[&str] = if own { &[OWN_VERSION] } else { &VERSIONS };
    let id = operation["operationId"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let mut parameters = vec![json!({
        "name": "api-version",
        "in": "query",
        "required": true,
        "description": "The version of the API.",
        "schema": { "type": "string", "enum": versions },
    })];
    for segment in path.split('/') {
        let name = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        parameters.extend(name.map(|name| name_parameter(name, subscription)));
    }
    let listed = id.contains("_List") && id != "Operations_List" && !id.starts_with("MyVirtual");
    if listed && !id.starts_with("DirectoryGroups") {
        parameters.push(json!({
            "name": "$filter",
            "in": "query",
            "required": false,
            "description": "Which items: eq, ne, and, or, parentheses and startswith(field,'text') over name, title, state, email and claimedByUserId.",
            "schema": { "type": "string", "maxLength": 2000, "pattern": filter_pattern() },
        }));
    }
    if listed {
        parameters.push(json!({
            "name": page::PARAMETER,
            "in": "query",
            "required": false,
            "description": "Where the page begins; the address of a next page has it.",
            "schema": { "type": "string", "maxLength": 2000, "pattern": page::TOKEN },
        }));
    }
    if let Some(given) = operation["parameters"].as_array() {
        parameters.extend(given.iter().cloned());
    }
    operation["parameters"] = parameters.into();
    if let Some(responses) = operation["responses"].as_object_mut() {
        responses.insert("default".to_owned(), refusal());
    }
}

fn name_parameter(name: &str, subscription: &str) -> Value {
    if name == "subscriptionId" {
        return json!({
            "name": name,
            "in": "path",
            "required": true,
            "description": "The installation’s id.",
            "schema": { "type": "string", "enum": [subscription] },
        });
    }
    let known = NAMES.iter().find(|(known, ..)| *known == name);
    let (longest, pattern, what) = known.map_or(
        (
            100,
            r"^ *[A-Za-z0-9_.-][A-Za-z0-9_. -]*$",
            "The location; Lectern has one.",
        ),
        |(_, longest, pattern, what)| (*longest, *pattern, *what),
    );
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "description": what,
        "schema": { "type": "string", "minLength": 1, "maxLength": longest, "pattern": pattern },
    })
}

/// How filters are written, with parentheses once. Deeper ones are understood as well, but no pattern
/// can say so.
fn filter_pattern() -> String {
    let field = "(properties/)?(name|title|state|email|claimedByUserId)";
    let text = "'([^']|'')*'";
    let one = format!(r"({field} (eq|ne) ({text}|null)|startswith\({field},{text}\))");
    let some = format!("{one}( (and|or) {one})*");
    let group = format!(r"({some}|\({some}\))");
    format!("^{group}( (and|or) {group})*$")
}

fn refusal() -> Value {
    json!({
        "description": "It was refused, or failed; the body says why.",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ErrorResponse" } } },
    })
}
