//! Runs of machines: as a table for a lab, and each with its parts for one person.

use leptos::prelude::*;

use crate::ui::parts::Time;
use crate::ui::written::columns;
use crate::view::{Moment, PieceView, RunView};

/// Runs as a table. A user's name leads to their usage.
pub fn table(lab: &str, runs: &[RunView]) -> AnyView {
    let rows = runs.iter().map(|run| row(lab, run)).collect_view();
    view! {
        <div class="card card-flush table-wrap">
            <table class="table table-top" role="table">
                <thead role="rowgroup">{columns(&["Machine", "User", "When", "How long", "Started by", "Why it stopped", "Quota"])}</thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(lab: &str, run: &RunView) -> AnyView {
    let user = match (&run.user, &run.user_id) {
        (Some(name), Some(id)) => {
            let href = format!("/labs/{lab}/users/{id}");
            view! { <a href=href>{name.clone()}</a> }.into_any()
        }
        (Some(name), None) => name.clone().into_any(),
        (None, _) => "–".into_any(),
    };
    let pieces = run
        .pieces
        .iter()
        .map(|piece| {
            view! {
                <li>{kind(piece)} " " <span class="number">{piece.length.clone()}</span> " " <small>{piece.why.clone()}</small></li>
            }
            .into_any()
        })
        .collect_view();
    view! {
        <tr role="row">
            <th role="rowheader" scope="row" class="cell-main cell-mono">{run.machine.clone()}</th>
            <td role="cell" data-label="User">{user}</td>
            <td role="cell" data-label="When"><span>{between(run.from, run.to)}</span></td>
            <td role="cell" data-label="Length" class="number">{run.length.clone()}</td>
            <td role="cell" data-label="Started">{run.started.clone()}</td>
            <td role="cell" data-label="Stopped">{said(&run.stopped)}</td>
            <td role="cell" data-label="Quota"><ul class="pieces">{pieces}</ul></td>
        </tr>
    }
    .into_any()
}

/// What is said, or a dash.
fn said(text: &str) -> String {
    if text.is_empty() {
        "–".to_owned()
    } else {
        text.to_owned()
    }
}

/// Runs one under the other, each with its parts.
pub fn story(runs: &[RunView]) -> AnyView {
    let one = |run: &RunView| {
        let pieces = run.pieces.iter().map(piece).collect_view();
        let state = run.to.is_none().then(|| {
            view! { <span class="status" data-state="running">"Running"</span> }
        });
        view! {
            <li class="card run">
                <header class="run-head">
                    <h3>{between(run.from, run.to)} " " {state}</h3>
                    <p class="run-total"><strong class="number">{run.length.clone()}</strong> <span class="small muted">"counted: " {run.counted.clone()}</span></p>
                </header>
                <p class="small muted">
                    <code class="code-plain">{run.machine.clone()}</code> " · Started by " {run.started.clone()} {stopped(run)}
                </p>
                <div class="table-wrap">
                    <table class="table run-pieces" role="table">
                        <thead role="rowgroup" class="visually-hidden">{columns(&["Part", "Length", "Quota", "Why"])}</thead>
                        <tbody role="rowgroup">{pieces}</tbody>
                    </table>
                </div>
            </li>
        }
        .into_any()
    };
    view! { <ol class="stack">{runs.iter().map(one).collect_view()}</ol> }.into_any()
}

fn stopped(run: &RunView) -> AnyView {
    let why = (!run.stopped.is_empty()).then(|| format!(" · {}", run.stopped));
    why.into_any()
}

fn piece(piece: &PieceView) -> AnyView {
    view! {
        <tr role="row">
            <td role="cell" data-label="Part"><span>{between(piece.from, piece.to)}</span></td>
            <td role="cell" data-label="Length" class="number">{piece.length.clone()}</td>
            <td role="cell" data-label="Quota"><span>{kind(piece)}</span></td>
            <td role="cell" data-label="Why" class="muted">{piece.why.clone()}</td>
        </tr>
    }
    .into_any()
}

fn kind(piece: &PieceView) -> AnyView {
    if piece.counted {
        view! { <span class="tag tag-counted">"Counted"</span> }.into_any()
    } else {
        view! { <span class="tag tag-free">"Free"</span> }.into_any()
    }
}

fn between(from: Moment, to: Option<Moment>) -> AnyView {
    let end = match to {
        Some(to) => view! { <Time at=to/> }.into_any(),
        None => "now".into_any(),
    };
    view! { <Time at=from/> " – " {end} }.into_any()
}
