//! What somebody may do somewhere, and why, or why not.

use leptos::prelude::*;

use crate::ui::icon::{Glyph, Icon};
use crate::ui::written::{kept_part, row};
use crate::view::{AccessView, ReasonView, WrittenView};

/// Writes the page.
pub fn write(access: &AccessView) -> WrittenView {
    WrittenView {
        title: if access.me {
            "What may I do?".to_owned()
        } else {
            format!("What may {} do?", access.name)
        },
        rows: vec![
            row("written-head", vec![kept_part(|| head(access))]),
            row("", vec![kept_part(|| choose(access))]),
            row("", vec![kept_part(|| list(access))]),
        ],
        ..WrittenView::default()
    }
}

fn head(access: &AccessView) -> AnyView {
    let (title, text) = if access.me {
        (
            "What may I do?".to_owned(),
            "Each thing that takes a role, whether you have one that allows it, and whom to ask.",
        )
    } else {
        (
            format!("What may {} do?", access.name),
            "Each thing that takes a role, and which role allows it.",
        )
    };
    view! {
        <header class="page-head">
            <div class="page-head-text"><h1>{title}</h1><p class="page-subtitle">{text}</p></div>
        </header>
    }
    .into_any()
}

/// Where: an ordinary form, whose answer is this page again.
fn choose(access: &AccessView) -> AnyView {
    let option = |(value, text): &(String, String)| {
        let selected = *value == access.place;
        view! { <option value=value.clone() selected=selected>{text.clone()}</option> }
    };
    let places = access.places.iter().map(option).collect_view();
    let person = (!access.me).then(|| {
        let person = access.person.clone();
        view! { <input type="hidden" name="person" value=person/> }
    });
    view! {
        <form class="toolbar" method="get" action="/access">
            {person}
            <label class="label" for="access-place">"Where"</label>
            <select class="input select toolbar-select" id="access-place" name="place">
                <option value="">"The whole installation"</option>
                {places}
            </select>
            <button class="button" type="submit"><Glyph icon=Icon::Search/> "Show"</button>
        </form>
    }
    .into_any()
}

fn list(access: &AccessView) -> AnyView {
    let student = access.on_the_list.then(|| {
        let text = if access.me {
            "You are on this lab’s list: without any role you may start, stop, reimage and connect to your own machine."
        } else {
            "They are on this lab’s list: without any role they may start, stop, reimage and connect to their own machine."
        };
        view! {
            <div class="notice" role="note">
                <Glyph icon=Icon::User/>
                <div class="notice-body"><p>{text}</p></div>
            </div>
        }
    });
    let lines = access.reasons.iter().map(line).collect_view();
    let title = format!(
        "What a role allows: {}",
        access.where_.trim_start_matches("of ")
    );
    view! {
        <div class="stack">
            {student}
            <section class="card" aria-label=title.clone()>
                <header class="card-head">
                    <h2 class="card-title">{title.clone()}</h2>
                    <p class="card-text">"Roles are given here by " {access.givers.clone()} "."</p>
                </header>
                <ul class="rows">{lines}</ul>
            </section>
        </div>
    }
    .into_any()
}

fn line(reason: &ReasonView) -> AnyView {
    let mut what = reason.what.clone();
    if let Some(first) = what.get(..1) {
        what = format!("{}{}", first.to_uppercase(), &what[1..]);
    }
    let (state, text) = if reason.may {
        ("ready", "Yes")
    } else {
        ("stopped", "No")
    };
    view! {
        <li class="row">
            <div class="row-text"><strong>{what}</strong><span class="small muted">{reason.why.clone()}</span></div>
            <div class="row-actions"><span class="status status-plain" data-state=state>{text}</span></div>
        </li>
    }
    .into_any()
}
