//! What the pages about roles share: giving a role to a person or a group, and a role that is held.

use leptos::prelude::*;

use crate::ui::form::{Field, Form, Submit, hidden};
use crate::ui::icon::Icon;
use crate::view::{GrantView, HolderView};

/// Where roles can be given, and what is offered.
pub struct Giving<'a> {
    /// The roles: name and what it may.
    pub roles: &'a [(String, String)],
    /// Who counts groups.
    pub sources: &'a [(String, String)],
    /// Groups that are known: id, and what is known of each.
    pub known: &'a [(String, String)],
    /// The places to choose from, beside the whole installation.
    pub places: &'a [(String, String)],
    /// The one place where it is, instead.
    pub here: Option<&'a str>,
    /// Whether mails can be sent.
    pub mail: bool,
}

fn options(of: &[(String, String)]) -> AnyView {
    let option = |(value, text): &(String, String)| {
        view! { <option value=value.clone()>{text.clone()}</option> }
    };
    of.iter().map(option).collect_view().into_any()
}

/// The card with both forms.
pub fn give(giving: &Giving<'_>) -> AnyView {
    let how = if giving.mail {
        "Whoever has no account yet is invited by mail, and has the role once they come."
    } else {
        "Whoever has no account yet has the role once they come. Mail is not set up, so they are not told."
    };
    let known = giving.known.iter().map(|(id, text)| {
        view! { <option value=id.clone()>{text.clone()}</option> }
    });
    let known = known.collect_view();
    let (for_person, for_group) = (what(giving, "person"), what(giving, "group"));
    let sources = options(giving.sources);
    view! {
        <section class="card" aria-label="Give a role">
            <header class="card-head">
                <h2 class="card-title">"Give a role"</h2>
                <p class="card-text">{how}</p>
            </header>
            <Form action="/sfn/people/give" class="form" inline=true reset=true>
                <Field name="email" label="E-mail" kind="email"/>
                {for_person}
                <div class="form-actions"><Submit class="button button-primary" icon=Icon::Plus>"Give the role"</Submit></div>
            </Form>
            <details class="unfold">
                <summary>"To a group instead"</summary>
                <Form action="/sfn/people/give" class="form" inline=true reset=true>
                    <p class="hint">
                        "Everybody in the group has the role, for as long as they are in it. A provider says at each sign-in in which groups somebody is."
                    </p>
                    <div class="form-row">
                        <div class="field">
                            <label class="label" for="group-source">"Group of"</label>
                            <select class="input select" id="group-source" name="source">{sources}</select>
                        </div>
                        <div class="field">
                            <label class="label" for="group-id">"The group’s id there"</label>
                            <input class="input" id="group-id" name="group" list="known-groups" maxlength="200" required autocomplete="off"/>
                            <datalist id="known-groups">{known}</datalist>
                        </div>
                    </div>
                    {for_group}
                    <div class="form-actions"><Submit class="button button-primary" icon=Icon::Users>"Give the role to the group"</Submit></div>
                </Form>
            </details>
        </section>
    }
    .into_any()
}

/// Which role, and where.
fn what(giving: &Giving<'_>, form: &str) -> AnyView {
    let (role, place) = (format!("{form}-role"), format!("{form}-place"));
    let label = match form {
        "group" => "The group’s role",
        _ => "Role",
    };
    let place_field = match giving.here {
        Some(here) => hidden("place", here.to_owned()).into_any(),
        None => view! {
            <div class="field">
                <label class="label" for=place.clone()>"Where"</label>
                <select class="input select" id=place name="place">
                    <option value="">"The whole installation"</option>
                    {options(giving.places)}
                </select>
            </div>
        }
        .into_any(),
    };
    view! {
        <div class="form-row">
            <div class="field">
                <label class="label" for=role.clone()>{label}</label>
                <select class="input select" id=role name="role">{options(giving.roles)}</select>
            </div>
            {place_field}
        </div>
    }
    .into_any()
}

/// A role, with the way to take it from `who`.
pub fn held(who: &str, grant: &GrantView, may_take: bool) -> AnyView {
    let text = grant.text.clone();
    if !may_take {
        return view! { <span class="tag">{text}</span> }.into_any();
    }
    let label = format!("Take {} from {who}", grant.text);
    let (principal, role, place) = (
        grant.principal.clone(),
        grant.role.clone(),
        grant.place.clone(),
    );
    view! {
        <Form action="/sfn/people/take" inline=true>
            {hidden("principal", principal)}
            {hidden("role", role)}
            {hidden("place", place)}
            <span class="tag">{text}</span>
            <Submit class="button button-quiet button-icon button-small" icon=Icon::X label=label>""</Submit>
        </Form>
    }
    .into_any()
}

/// Somebody who holds roles, as a line of a list, with those that may be taken; `why` is what is at the
/// end of it.
pub fn holder(
    one: &HolderView,
    may_take: impl Fn(&GrantView) -> bool,
    why: Option<AnyView>,
) -> AnyView {
    let email = one.email.clone();
    let email = email.map(|email| view! { <span class="small muted">{email}</span> });
    let grants = one.grants.iter();
    let grants = grants.map(|grant| held(&one.who, grant, may_take(grant)));
    let grants = grants.collect_view();
    view! {
        <li class="row">
            <div class="row-text">
                <strong>{one.who.clone()}</strong>
                {email}
                <div class="cluster">{grants}</div>
            </div>
            <div class="row-actions">{why}</div>
        </li>
    }
    .into_any()
}

/// The way to the page that explains what a person may do somewhere.
pub fn why(person: &str, place: &str, name: &str) -> AnyView {
    let place = crate::address::percent_encode(place);
    let href = format!("/access?person={person}&place={place}");
    let label = format!("What {name} may do, and why");
    view! {
        <a class="button button-quiet button-icon button-small" href=href aria-label=label.clone() title=label>
            <crate::ui::icon::Glyph icon=Icon::Info/>
        </a>
    }
    .into_any()
}
