//! Roles of a lab: who may do something in it, by a role that holds there.

use leptos::prelude::*;

use super::{Tab, written};
use crate::pages::roles::{Giving, give, holder, why};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::written::{kept_part, row};
use crate::view::{GrantView, LabRolesView, WithLab, WrittenView};

/// Writes the page; `address` is where it is asked for anew.
pub fn write(data: &WithLab<LabRolesView>, address: String) -> WrittenView {
    let view = &data.more;
    let mut rows = Vec::new();
    if view.may_give {
        let giving = Giving {
            roles: &view.roles,
            sources: &view.sources,
            known: &[],
            places: &[],
            here: Some(&view.place),
            mail: view.mail,
        };
        rows.push(row("", vec![kept_part(|| give(&giving))]));
    }
    rows.push(row("", vec![kept_part(|| list(view))]));
    written(&data.lab, Tab::Settings, address, rows)
}

fn list(view: &LabRolesView) -> AnyView {
    let line = |one: &crate::view::HolderView| {
        // What was given elsewhere is taken there.
        let own = |grant: &GrantView| view.may_give && grant.place == view.place;
        let explain = one.person.as_deref().filter(|_| view.may_give);
        let explain = explain.map(|person| why(person, &view.place, &one.who));
        holder(one, own, explain)
    };
    let lines = view.held.iter().map(line).collect_view();
    let place = crate::address::percent_encode(&view.place);
    view! {
        <section class="card" aria-label="Who has a role here">
            <header class="card-head">
                <h2 class="card-title">"Who has a role here"</h2>
                <p class="card-text">"Roles of this lab, and roles from above that hold in it as well. Students are not among them: they are on the list of users."</p>
            </header>
            <ul class="rows">{lines}</ul>
            <div class="cluster">
                <a class="button button-small" href=format!("/access?place={place}")>
                    <Glyph icon=Icon::Info/> "What may I do here?"
                </a>
            </div>
        </section>
    }
    .into_any()
}
