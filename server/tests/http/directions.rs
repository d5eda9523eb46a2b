//! Which crate may know which: the directions of the design, held to what Cargo says.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// What one crate depends on, tests left aside: name, and whether it is optional.
type Dependencies = BTreeMap<String, bool>;

fn workspace() -> BTreeMap<String, Dependencies> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--no-deps", "--format-version=1"])
        .args([
            "--manifest-path",
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        ])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let dependencies = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap().iter();
        all.filter(|d| d["kind"] != "dev")
            .map(|d| (name(d), d["optional"] == true))
            .collect()
    };
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|p| (name(p), dependencies(p)))
        .collect()
}

/// What each crate may know of the others. A crate that is not here fails the test.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("service", &["domain"]),
    ("store", &["domain", "service"]),
    ("incus", &["domain", "service"]),
    ("simulator", &["domain", "service"]),
    ("gateway", &["domain", "service"]),
    ("graph", &["domain", "service"]),
    ("identity", &["domain", "service"]),
    ("mail", &["domain", "service"]),
    ("arm", &["domain", "service"]),
    ("scim", &["domain", "service"]),
    ("app", &["domain", "identity", "service"]),
    ("frontend", &["app"]),
    (
        "server",
        &[
            "app",
            "arm",
            "domain",
            "gateway",
            "graph",
            "identity",
            "incus",
            "mail",
            "scim",
            "service",
            "simulator",
            "store",
        ],
    ),
];

/// What must stay out of a crate, whatever it is for: a name, or the beginning of names.
const MUST_NOT_KNOW: &[(&str, &[&str])] = &[
    (
        "domain",
        &[
            "tokio", "leptos", "axum", "sqlx", "reqwest", "http", "futures", "tracing",
        ],
    ),
    (
        "service",
        &[
            "leptos", "axum", "sqlx", "reqwest", "http", "hyper", "tower", "lettre",
        ],
    ),
    ("store", &["leptos", "axum", "reqwest"]),
    ("identity", &["leptos", "axum", "sqlx"]),
    ("mail", &["leptos", "axum", "sqlx", "reqwest"]),
    ("incus", &["leptos", "axum", "sqlx"]),
    ("simulator", &["leptos", "axum", "sqlx", "reqwest"]),
    ("gateway", &["leptos", "sqlx", "reqwest"]),
    ("graph", &["leptos", "axum", "sqlx"]),
    ("arm", &["leptos", "sqlx", "reqwest"]),
    ("scim", &["leptos", "sqlx", "reqwest"]),
    ("app", &["sqlx", "reqwest", "tokio"]),
    ("server", &["sqlx", "reqwest", "lettre"]),
];

#[test]
fn dependencies_point_one_way() {
    let workspace = workspace();
    let members: BTreeSet<&String> = workspace.keys().collect();
    let known: BTreeMap<_, _> = MAY_KNOW.iter().copied().collect();
    for (member, dependencies) in &workspace {
        let Some(may) = known.get(&**member) else {
            panic!("{member} is new: say here what it may know");
        };
        for dependency in dependencies.keys().filter(|d| members.contains(d)) {
            assert!(
                may.contains(&&**dependency),
                "{member} may not know {dependency}"
            );
        }
    }
    for (member, _) in MAY_KNOW {
        assert!(workspace.contains_key(*member), "{member} is gone");
    }
}

#[test]
fn what_stays_out_stays_out() {
    let workspace = workspace();
    for (member, banned) in MUST_NOT_KNOW {
        for dependency in workspace[*member].keys() {
            let is_banned = |b: &&str| {
                dependency == b
                    || dependency.starts_with(&format!("{b}-"))
                    || dependency.starts_with(&format!("{b}_"))
            };
            assert!(
                !banned.iter().any(is_banned),
                "{member} may not know {dependency}"
            );
        }
    }
}

#[test]
fn the_browsers_half_of_app_knows_the_domain_only() {
    let app = &workspace()["app"];
    assert!(!app["domain"], "app always knows the domain");
    for server_only in ["service", "identity", "axum", "leptos_axum"] {
        assert!(
            app[server_only],
            "app knows {server_only} on the server only"
        );
    }
}
