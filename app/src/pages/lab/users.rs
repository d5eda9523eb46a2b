//! Users: the list, and the registration link.

use leptos::prelude::*;

use super::{Tab, lab_page};
use crate::ui::form::{Form, Submit};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::live::changing;
use crate::ui::parts::{State, Time};
use crate::view::{LabView, LinkView, UserView};

/// The Users tab.
pub fn page(lab: LabView) -> AnyView {
    lab_page(lab, Tab::Users, |lab| {
        let (id, may) = lab.with_untracked(|lab| (lab.id.clone(), lab.may.users));
        view! {
            <div class="stack stack-l">
                {changing(move || lab.with(|lab| lab.link.clone().map(|link| registration(&lab.id, link)).into_any()))}
                {may.then(|| add(id))}
                {changing(move || lab.with(list))}
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
                <input type="hidden" name="lab" value=lab/>
                <input type="hidden" name="change" value=change/>
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
            <CopyField text=link.url label="Registration link"/>
            {link.expires_at.map(|at| view! { <p class="hint">"It ends on " <Time at=at/> "."</p> })}
        </section>
    }
}

/// A text to be copied with one click.
#[component]
fn CopyField(text: String, label: &'static str) -> impl IntoView {
    let copied = RwSignal::new(false);
    let value = text.clone();
    let copy = move |_| {
        #[cfg(feature = "hydrate")]
        {
            let text = text.clone();
            leptos::task::spawn_local(async move {
                let written = window().navigator().clipboard().write_text(&text);
                let done = wasm_bindgen_futures::JsFuture::from(written).await.is_ok();
                let _ = copied.try_set(done);
            });
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = (&text, copied);
    };
    view! {
        <div class="copy-field">
            <input class="input" readonly=true value=value aria-label=label/>
            <button class="button" type="button" on:click=copy>
                {changing(move || {
                    let (icon, text) = if copied.get() { (Icon::Check, "Copied") } else { (Icon::Copy, "Copy") };
                    view! { <Glyph icon=icon/> {text} }.into_any()
                })}
            </button>
        </div>
    }
}

fn add(id: String) -> impl IntoView {
    view! {
        <section class="card" aria-label="Add users">
            <header class="card-head">
                <h2 class="card-title">"Add users"</h2>
                <p class="card-text">"One e-mail address a line, or separated by commas or semicolons."</p>
            </header>
            <Form action="/sfn/users/add" class="form" inline=true reset=true>
                <input type="hidden" name="lab" value=id/>
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

fn list(lab: &LabView) -> AnyView {
    if lab.users.is_empty() {
        return view! {
            <div class="empty">
                <span class="empty-icon"><Glyph icon=Icon::Users class="icon icon-large"/></span>
                <h2>"Nobody on the list yet"</h2>
                <p>"Add your students’ e-mail addresses above and send them the registration link."</p>
            </div>
        }
        .into_any();
    }
    let may = lab.may.users;
    let rows = lab
        .users
        .iter()
        .map(|user| row(&lab.id, user, may))
        .collect_view();
    view! {
        <div class="card card-flush table-wrap">
            <table class="table" role="table">
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"User"</th>
                        <th role="columnheader" scope="col">"State"</th>
                        <th role="columnheader" scope="col">"Machine"</th>
                        <th role="columnheader" class="cell-actions"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(lab: &str, user: &UserView, may: bool) -> impl IntoView + use<> {
    let lost = match &user.machine {
        Some(machine) => format!("{} loses {machine} with everything on it.", user.email),
        None => format!("{} has no machine.", user.email),
    };
    let remove = may.then(|| {
        let (lab, id) = (lab.to_owned(), user.id.clone());
        view! {
            <details class="menu" name="menu">
                <summary
                    class="button button-quiet button-icon button-small"
                    aria-label=format!("Remove {}", user.email)
                >
                    <Glyph icon=Icon::Trash/>
                </summary>
                <div class="menu-panel">
                    <p class="menu-head">{lost}</p>
                    <Form action="/sfn/users/remove">
                        <input type="hidden" name="lab" value=lab/>
                        <input type="hidden" name="user" value=id/>
                        <Submit class="menu-item menu-item-danger" icon=Icon::Trash>"Remove from the list"</Submit>
                    </Form>
                </div>
            </details>
        }
    });
    let shown = user.name.clone().unwrap_or_else(|| user.email.clone());
    let email = user
        .name
        .is_some()
        .then(|| view! { <br/> <span class="small muted">{user.email.clone()}</span> });
    view! {
        <tr role="row">
            <th role="rowheader" scope="row" class="cell-main">{shown} {email}</th>
            <td role="cell" data-label="State"><State badge=user.badge.clone() class="status status-plain"/></td>
            <td role="cell" data-label="Machine" class="cell-mono">{user.machine.clone()}</td>
            <td role="cell" class="cell-actions"><div class="row-actions">{remove}</div></td>
        </tr>
    }
}
