//! People and roles: who may do what, given and taken.

use leptos::prelude::*;

use crate::ui::form::{Field, Form, Submit, hidden};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::parts::State;
use crate::ui::written::{kept_part, row};
use crate::view::{GrantView, PeopleView, PersonLine, WrittenView};

/// Writes the page.
pub fn write(people: &PeopleView) -> WrittenView {
    let mut rows = vec![row("written-head", vec![kept_part(|| head(people))])];
    if people.may_give {
        rows.push(row("", vec![kept_part(|| give(people))]));
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
            {platforms}
        </header>
    }
    .into_any()
}

fn give(people: &PeopleView) -> AnyView {
    let option = |(value, text): &(String, String)| {
        view! { <option value=value.clone()>{text.clone()}</option> }
    };
    let how = if people.mail {
        "Whoever has no account yet is invited by mail, and has the role once they come."
    } else {
        "Whoever has no account yet has the role once they come. Mail is not set up, so they are not told."
    };
    let roles = people.roles.iter().map(option).collect_view();
    let labs = people.labs.iter().map(option).collect_view();
    view! {
        <section class="card" aria-label="Give a role">
            <header class="card-head">
                <h2 class="card-title">"Give a role"</h2>
                <p class="card-text">{how}</p>
            </header>
            <Form action="/sfn/people/give" class="form" inline=true reset=true>
                <Field name="email" label="E-mail" kind="email"/>
                <div class="form-row">
                    <div class="field">
                        <label class="label" for="role">"Role"</label>
                        <select class="input select" id="role" name="role">{roles}</select>
                    </div>
                    <div class="field">
                        <label class="label" for="lab">"Where"</label>
                        <select class="input select" id="lab" name="lab">
                            <option value="">"The whole installation"</option>
                            {labs}
                        </select>
                    </div>
                </div>
                <div class="form-actions"><Submit class="button button-primary" icon=Icon::Plus>"Give the role"</Submit></div>
            </Form>
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
            <ul class="rows">{lines}</ul>
        </section>
    }
    .into_any()
}

fn line(one: &PersonLine, may_give: bool) -> AnyView {
    let grants = one.grants.iter().map(|grant| role(one, grant, may_give));
    let grants = grants.collect_view();
    let mail = one.email.clone().unwrap_or_else(|| "Program".to_owned());
    let labs = one.labs.clone().map(|labs| format!(" · {labs}"));
    let me = one.me.then(|| view! { <span class="tag">"You"</span> });
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
                {menu}
            </div>
        </li>
    }
    .into_any()
}

/// A role, with the way to take it.
fn role(one: &PersonLine, grant: &GrantView, may_give: bool) -> AnyView {
    let text = grant.text.clone();
    if !may_give {
        return view! { <span class="tag">{text}</span> }.into_any();
    }
    let label = format!("Take {} from {}", grant.text, one.name);
    let (person, role, lab) = (one.id.clone(), grant.role.clone(), grant.lab.clone());
    view! {
        <Form action="/sfn/people/take" inline=true>
            {hidden("person", person)}
            {hidden("role", role)}
            {hidden("lab", lab)}
            <span class="tag">{text}</span>
            <Submit class="button button-quiet button-icon button-small" icon=Icon::X label=label>""</Submit>
        </Form>
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
