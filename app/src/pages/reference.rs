//! What the REST API can do: every operation, laid out from the description that programs read.

use leptos::prelude::*;
use serde_json::Value;

use crate::ui::written::{kept_part, row};
use crate::view::WrittenView;

/// One operation.
struct Operation {
    tag: String,
    method: String,
    path: String,
    title: String,
    body: Option<String>,
    parameters: Vec<Line>,
    answers: Vec<Line>,
}

/// A name and what is said of it.
struct Line {
    name: String,
    kind: String,
    text: String,
}

/// Writes the page from a description.
pub fn write(description: &Value, portal: &str) -> WrittenView {
    let operations = operations(description);
    let mut tags: Vec<String> = operations.iter().map(|o| o.tag.clone()).collect();
    tags.dedup();
    let mut parts = vec![row("written-head", vec![kept_part(|| head(portal))])];
    for tag in tags {
        let of_tag: Vec<&Operation> = operations.iter().filter(|o| o.tag == tag).collect();
        parts.push(row(
            "",
            vec![kept_part(|| section(&tag, &of_tag, description))],
        ));
    }
    WrittenView {
        title: "REST API".to_owned(),
        rows: parts,
        ..WrittenView::default()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn operations(description: &Value) -> Vec<Operation> {
    let paths = description["paths"].as_object();
    let mut found: Vec<Operation> = paths
        .into_iter()
        .flatten()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods.map(move |(method, said)| operation(path, method, said))
        })
        .collect();
    found.sort_by(|one, other| {
        let own = |operation: &Operation| operation.tag.starts_with("Beyond");
        (own(one), &one.tag, &one.path).cmp(&(own(other), &other.tag, &other.path))
    });
    found
}

fn operation(path: &str, method: &str, said: &Value) -> Operation {
    let parameters = said["parameters"].as_array().into_iter().flatten();
    let answers = said["responses"].as_object().into_iter().flatten();
    Operation {
        tag: text(&said["tags"][0]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        title: text(&said["summary"]),
        body: said["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            .as_str()
            .map(last_word),
        parameters: parameters
            .map(|parameter| Line {
                name: text(&parameter["name"]),
                kind: text(&parameter["in"]),
                text: text(&parameter["description"]),
            })
            .collect(),
        answers: answers
            .map(|(status, answer)| Line {
                name: status.clone(),
                kind: answer["content"]["application/json"]["schema"]["$ref"]
                    .as_str()
                    .map(last_word)
                    .unwrap_or_default(),
                text: text(&answer["description"]),
            })
            .collect(),
    }
}

fn last_word(reference: &str) -> String {
    reference.rsplit('/').next().unwrap_or_default().to_owned()
}

fn head(portal: &str) -> AnyView {
    let description = format!("{portal}/openapi.json");
    view! {
        <header class="page-head">
            <div class="page-head-text">
                <h1>"REST API"</h1>
                <p class="page-subtitle">
                    "The API of Azure Lab Services, at " <code>{portal.to_owned()}</code>
                    ", and what Lectern adds to it. Programs sign in with an "
                    <a href="/account/tokens">"access token"</a>
                    "; tools read the whole description at "
                    <a href="/openapi.json"><code>{description}</code></a> "."
                </p>
            </div>
        </header>
    }
    .into_any()
}

fn section(tag: &str, operations: &[&Operation], description: &Value) -> AnyView {
    let lines: Vec<AnyView> = operations
        .iter()
        .map(|operation| shown(operation, description))
        .collect();
    view! {
        <section class="card" aria-label=tag.to_owned()>
            <header class="card-head"><h2 class="card-title">{tag.to_owned()}</h2></header>
            <ul class="rows reference">{lines}</ul>
        </section>
    }
    .into_any()
}

fn shown(operation: &Operation, description: &Value) -> AnyView {
    // What all addresses have says nothing about one of them.
    let short = operation
        .path
        .replace("/subscriptions/{subscriptionId}", "…")
        .replace("/resourceGroups/", "/")
        .replace("/providers/Microsoft.LabServices", "");
    let body = operation.body.as_ref().map(|name| {
        let fields = fields(&description["components"]["schemas"], name, "", 0);
        view! { <h3>"Body"</h3> {table("What the body has", fields)} }.into_any()
    });
    let line = |line: &Line| Line {
        name: line.name.clone(),
        kind: line.kind.clone(),
        text: line.text.clone(),
    };
    view! {
        <li class="row">
            <details class="reference-operation">
                <summary>
                    <span class="tag">{operation.method.clone()}</span>
                    " " <code class="code-plain">{short}</code>
                    <span class="small muted reference-title">{operation.title.clone()}</span>
                </summary>
                <p><code>{operation.path.clone()}</code></p>
                <h3>"Parameters"</h3>
                {table("Its parameters", operation.parameters.iter().map(line).collect())}
                {body}
                <h3>"Answers"</h3>
                {table("Its answers", operation.answers.iter().map(line).collect())}
            </details>
        </li>
    }
    .into_any()
}

fn table(caption: &str, lines: Vec<Line>) -> AnyView {
    let rows: Vec<AnyView> = lines
        .into_iter()
        .map(|line| {
            view! {
                <tr>
                    <td><code class="code-plain">{line.name}</code></td>
                    <td class="muted">{line.kind}</td>
                    <td>{line.text}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <div class="table-wrap" tabindex="0" role="region" aria-label=caption.to_owned()>
            <table class="table table-small">
                <thead class="visually-hidden"><tr><th>"Name"</th><th>"Kind"</th><th>"What it is"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// The fields of a schema, with those inside them below their names.
fn fields(schemas: &Value, name: &str, before: &str, depth: usize) -> Vec<Line> {
    let schema = &schemas[name];
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut found = Vec::new();
    for (field, said) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{before}{field}");
        let inner = said["$ref"].as_str().map(last_word);
        let choices: Vec<&str> = inner
            .as_ref()
            .map_or(said, |inner| &schemas[inner.as_str()])["enum"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let kind = match choices.len() {
            0 => text(&said["type"]),
            1..=12 => choices.join(", "),
            many => format!("one of {many}"),
        };
        let kind = if required.contains(&field.as_str()) {
            format!("{kind} (required)")
        } else {
            kind
        };
        found.push(Line {
            name: path.clone(),
            kind,
            text: text(&said["description"]),
        });
        if let Some(inner) = inner.filter(|_| choices.is_empty() && depth < 4) {
            found.extend(fields(schemas, &inner, &format!("{path}."), depth + 1));
        }
    }
    found
}
