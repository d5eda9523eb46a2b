//! My labs.

use leptos::prelude::*;

use crate::ui::icon::{Glyph, Icon};
use crate::ui::parts::{Progress, State};
use crate::ui::written::{kept_part, live_part, row};
use crate::view::{LabTile, WrittenView};

/// Writes the educator's start page; `deleted` labs can be brought back.
pub fn write(labs: Vec<LabTile>, may_create: bool, deleted: usize) -> WrittenView {
    WrittenView {
        title: "My labs".to_owned(),
        events: "/events/labs".to_owned(),
        address: "/sfn/labs".to_owned(),
        card: false,
        rows: vec![
            row("", vec![kept_part(|| head(may_create))]),
            row(
                "",
                vec![live_part(|| {
                    view! { <div class="stack">{list(labs, may_create)} {bin(deleted)}</div> }
                        .into_any()
                })],
            ),
        ],
    }
}

fn head(may_create: bool) -> AnyView {
    let new = may_create.then(|| {
        view! {
            <div class="page-actions">
                <a class="button button-primary" href="/labs/new"><Glyph icon=Icon::Plus/> "New lab"</a>
            </div>
        }
    });
    view! {
        <header class="page-head">
            <div class="page-head-text"><h1>"My labs"</h1></div>
            {new}
        </header>
    }
    .into_any()
}

fn list(labs: Vec<LabTile>, may_create: bool) -> AnyView {
    if labs.is_empty() {
        return nothing(may_create);
    }
    view! { <ul class="grid">{labs.into_iter().map(tile).collect_view()}</ul> }.into_any()
}

/// The way to the labs in the bin, where there are any.
fn bin(deleted: usize) -> Option<AnyView> {
    let text = match deleted {
        0 => return None,
        1 => "1 deleted lab can still be brought back".to_owned(),
        n => format!("{n} deleted labs can still be brought back"),
    };
    let link = view! {
        <div class="cluster">
            <a class="button button-quiet button-small" href="/labs/deleted"><Glyph icon=Icon::Trash/> {text}</a>
        </div>
    };
    Some(link.into_any())
}

/// What somebody reads who has no labs.
fn nothing(may_create: bool) -> AnyView {
    let (text, href, icon, label) = if may_create {
        (
            "A lab is a class’s machines. Make one, prepare its template, publish it, and hand out the registration link.",
            "/labs/new",
            Icon::Plus,
            "Make the first lab",
        )
    } else {
        (
            "Labs are made by educators. If you are a student, your machines are one page on.",
            "/machines",
            Icon::Monitor,
            "To my virtual machines",
        )
    };
    view! {
        <div class="empty">
            <span class="empty-icon"><Glyph icon=Icon::Labs class="icon icon-large"/></span>
            <h2>"No labs yet"</h2>
            <p>{text}</p>
            <div class="cluster">
                <a class="button button-primary" href=href><Glyph icon=icon/> {label}</a>
            </div>
        </div>
    }
    .into_any()
}

fn tile(lab: LabTile) -> impl IntoView {
    view! {
        <li class="card lab">
            <div class="lab-head">
                <h2 class="lab-title"><a class="lab-link" href=format!("/labs/{}", lab.id)>{lab.title}</a></h2>
                <State badge=lab.badge/>
            </div>
            <p class="lab-image"><Glyph icon=Icon::Linux/> {lab.image}</p>
            {lab.progress.map(|progress| view! { <Progress progress=progress slim=true/> })}
            <p class="lab-foot">
                <span><Glyph icon=Icon::Monitor/> {lab.running}</span>
                <span><Glyph icon=Icon::Users/> {lab.seats}</span>
            </p>
        </li>
    }
}
