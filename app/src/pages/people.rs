//! People and roles: who may do what, given and taken.

use leptos::prelude::*;

use crate::pages::roles::{Giving, give, held, holder, why};
use crate::ui::form::{Form, Submit, hidden};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::parts::State;
use crate::ui::written::{kept_part, row};
use crate::view::{PeopleView, PersonLine, WrittenView};

/// Writes the page.
pub fn write(people: &PeopleView) -> WrittenView {
    let mut rows = vec![row("written-head", vec![kept_part(|| head(people))])];
    if people.may_give {
        let giving = Giving {
            roles: &people.roles,
            sources: &people.sources,
            known: &people.known,
            places: &people.places,
            here: None,
            mail: people.mail,
        };
        rows.push(row("", vec![kept_part(|| give(&giving))]));
    }
    if !people.groups.is_empty() {
        rows.push(row("", vec![kept_part(|| groups(people))]));
    }
    rows.push(row("", vec![kept_part(|| list(people))]));
    WrittenView {
        title: "People and roles".to_owned(),
        rows,
        ..WrittenView::default()
    }
}

fn head(people: &PeopleView) -> AnyView {
    // Who says which platforms are believed is who gives roles.
    let platforms = people.may_give.then(|| {
        view! { <a class="button" href="/platforms"><Glyph icon=Icon::Link/> "Learning platforms"</a> }
    });
    view! {
        <header class="page-head">
            <div class="page-head-text">
                <h1>"People and roles"</h1>
                <p class="page-subtitle">"Students need no role: what they may do comes from the list of their lab."</p>
            </div>
            <div class="page-actions">
                <a class="button" href="/audit"><Glyph icon=Icon::History/> "Who did what"</a>
                {platforms}
            </div>
        </header>
    }
    .into_any()
}

fn groups(people: &PeopleView) -> AnyView {
    let lines = people
        .groups
        .iter()
        .map(|one| holder(one, |_| people.may_give, None));
    let lines = lines.collect_view();
    view! {
        <section class="card" aria-label="Groups">
            <header class="card-head">
                <h2 class="card-title">"Groups"</h2>
                <p class="card-text">"Everybody in these groups holds these roles."</p>
            </header>
            <ul class="rows">{lines}</ul>
        </section>
    }
    .into_any()
}

fn list(people: &PeopleView) -> AnyView {
    let may_give = people.may_give;
    let lines = people.people.iter().map(|one| line(one, may_give));
    let lines = lines.collect_view();
    view! {
        <section class="card" aria-label="People">
            <header class="card-head"><h2 class="card-title">"People"</h2></header>
            <ul class="rows">{lines}</ul>
        </section>
    }
    .into_any()
}

fn line(one: &PersonLine, may_give: bool) -> AnyView {
    let grants = one
        .grants
        .iter()
        .map(|grant| held(&one.name, grant, may_give));
    let grants = grants.collect_view();
    let mail = one.email.clone();
    let labs = one.labs.clone().map(|labs| format!(" · {labs}"));
    let me = one.me.then(|| view! { <span class="tag">"You"</span> });
    let explain = may_give.then(|| why(&one.id, "", &one.name));
    let menu = (may_give && !one.me).then(|| menu(one));
    view! {
        <li class="row">
            <div class="row-text">
                <strong>{one.name.clone()} " " {me}</strong>
                <span class="small muted">{mail} {labs}</span>
                <div class="cluster">{grants}</div>
            </div>
            <div class="row-actions">
                <State badge=one.badge.clone() class="status status-plain"/>
                {explain}
                {menu}
            </div>
        </li>
    }
    .into_any()
}

fn menu(one: &PersonLine) -> AnyView {
    let label = format!("More about {}", one.name);
    let (ending, switching) = (one.id.clone(), one.id.clone());
    let (value, text, icon) = if one.off {
        ("", "Switch the account on again", Icon::Check)
    } else {
        ("on", "Switch the account off", Icon::X)
    };
    view! {
        <details class="menu" name="menu">
            <summary class="button button-quiet button-icon button-small" aria-label=label><Glyph icon=Icon::More/></summary>
            <div class="menu-panel">
                <Form action="/sfn/people/end-sessions">
                    {hidden("person", ending)}
                    <Submit class="menu-item" icon=Icon::SignOut>"End all sessions"</Submit>
                </Form>
                <Form action="/sfn/people/disable">
                    {hidden("person", switching)}
                    {hidden("off", value.to_owned())}
                    <Submit class="menu-item menu-item-danger" icon=icon>{text}</Submit>
                </Form>
            </div>
        </details>
    }
    .into_any()
}
