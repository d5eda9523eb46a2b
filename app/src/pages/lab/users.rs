//! Users: the registration link, the hours everyone has, the groups, the list.

mod hours;
mod list;
mod roster;

use leptos::prelude::*;

use super::{Tab, lab_page};
use crate::ui::copy::copy_field;
use crate::ui::form::{Form, Submit, hidden};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::live::changing;
use crate::ui::parts::Time;
use crate::view::{LabView, LinkView};

/// The Users tab.
pub fn page(lab: LabView) -> AnyView {
    lab_page(lab, Tab::Users, |lab| {
        let (id, may) = lab.with_untracked(|lab| (lab.id.clone(), lab.may.users));
        let link = Memo::new(move |_| lab.with(|lab| lab.link.clone()));
        let may_write = lab.with_untracked(|lab| lab.may.write);
        let of = id.clone();
        view! {
            <div class="stack stack-l">
                {changing(move || link.get().map(|link| registration(&of, link)).into_any())}
                <div class="pair">
                    {hours::quota(lab, id.clone(), may)}
                    {hours::groups(lab, id.clone(), may)}
                </div>
                {roster::card(lab, id.clone(), may_write)}
                {may.then(|| add(id.clone()))}
                {list::list(lab, id, may)}
            </div>
        }
        .into_any()
    })
}

fn registration(lab: &str, link: LinkView) -> impl IntoView + use<> {
    let change = |change: &'static str, label: &'static str, icon: Icon, class: &'static str| {
        let lab = lab.to_owned();
        view! {
            <Form action="/sfn/users/link">
                {hidden("lab", lab)}
                {hidden("change", change)}
                <Submit class=class icon=icon>{label}</Submit>
            </Form>
        }
    };
    let note = match (link.enabled, link.open_access) {
        (false, _) => "The link is switched off: nobody can register with it.",
        (true, false) => "Only people on the list below can register with it.",
        (true, true) => "Everyone who has the link can register, while machines are free.",
    };
    let access = if link.open_access {
        change(
            "restrict",
            "Only the list may register",
            Icon::Users,
            "menu-item",
        )
        .into_any()
    } else {
        change(
            "open",
            "Everyone with the link may register",
            Icon::Users,
            "menu-item",
        )
        .into_any()
    };
    let switch = if link.enabled {
        change("disable", "Switch the link off", Icon::X, "menu-item").into_any()
    } else {
        change("enable", "Switch the link on", Icon::Check, "menu-item").into_any()
    };
    view! {
        <section class="card" aria-label="Registration link">
            <header class="card-head">
                <h2 class="card-title">"Registration link"</h2>
                <p class="card-text">{note}</p>
                <div class="card-tools">
                    <details class="menu" name="menu">
                        <summary class="button button-quiet button-icon" aria-label="Change the registration link">
                            <Glyph icon=Icon::More/>
                        </summary>
                        <div class="menu-panel">
                            {access} {switch}
                            <hr/>
                            <p class="menu-head">"A new code makes every link that was handed out so far worthless."</p>
                            {change("regenerate", "Make a new code", Icon::Restart, "menu-item menu-item-danger")}
                        </div>
                    </details>
                </div>
            </header>
            {copy_field(link.url, "Registration link")}
            <div class="cluster">
                <a class="button button-small" href=format!("/labs/{lab}/join")>"Show it to the class"</a>
                <a class="button button-small" href=format!("/labs/{lab}/invite")>"Send it by mail"</a>
            </div>
            {link.expires_at.map(|at| view! { <p class="hint">"It ends on " <Time at=at/> "."</p> })}
        </section>
    }
}

fn add(id: String) -> impl IntoView {
    view! {
        <section class="card" aria-label="Add users">
            <header class="card-head">
                <h2 class="card-title">"Add users"</h2>
                <p class="card-text">
                    "One e-mail address a line, or separated by commas or semicolons; or " <a href=format!("/labs/{id}/import")>"from a file"</a> "."
                </p>
            </header>
            <Form action="/sfn/users/add" class="form" inline=true reset=true>
                {hidden("lab", id)}
                <div class="field">
                    <label class="label" for="emails">"E-mail addresses"</label>
                    <textarea class="input" id="emails" name="emails" rows="3" placeholder="ada@example.org"></textarea>
                </div>
                <div class="form-actions">
                    <Submit class="button button-primary" icon=Icon::Plus>"Add to the list"</Submit>
                </div>
            </Form>
        </section>
    }
}
