//! The list of users: who is registered, what they have and used, and one or many changed.

use leptos::prelude::*;

use crate::ui::form::{Field, Form, Submit, hidden};
use crate::ui::hours::quota_cell;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::live::{changing, changing_text, lines};
use crate::ui::parts::{State, Time};
use crate::ui::select::select_all;
use crate::view::{LabView, ResetView, UserView};

/// The form that the ticks of the list belong to.
const CHOSEN: &str = "chosen-users";

/// The list, or how to begin one.
pub fn list(lab: RwSignal<LabView>, id: String, may: bool) -> AnyView {
    let empty = Memo::new(move |_| lab.with(|lab| lab.users.is_empty()));
    changing(move || {
        if empty.get() {
            nothing()
        } else {
            table(lab, id.clone(), may)
        }
    })
}

fn nothing() -> AnyView {
    view! {
        <div class="empty">
            <span class="empty-icon"><Glyph icon=Icon::Users class="icon icon-large"/></span>
            <h2>"Nobody on the list yet"</h2>
            <p>"Add your students’ e-mail addresses above and send them the registration link."</p>
        </div>
    }
    .into_any()
}

fn table(lab: RwSignal<LabView>, id: String, may: bool) -> AnyView {
    let of = id.clone();
    let rows = lines(
        move || lab.with(|lab| lab.users.iter().map(|user| user.id.clone()).collect()),
        move |user| row(lab, of.clone(), user, may),
    );
    let all = may.then(|| {
        view! { <input type="checkbox" aria-label="Select all users" on:change=select_all/> }
    });
    view! {
        <div class="table-form">
            {may.then(|| everyone(id.clone()))}
            <div class="card card-flush table-wrap">
                <table class="table" role="table">
                    <thead role="rowgroup">
                        <tr role="row">
                            <th role="columnheader" class="cell-check" data-label="Select all">{all}</th>
                            <th role="columnheader" scope="col">"User"</th>
                            <th role="columnheader" scope="col">"State"</th>
                            <th role="columnheader" scope="col">"Machine"</th>
                            <th role="columnheader" scope="col">"Group"</th>
                            <th role="columnheader" scope="col">"Quota"</th>
                            <th role="columnheader" class="cell-actions"><span class="visually-hidden">"Actions"</span></th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            </div>
            {may.then(|| selection_bar(lab, id))}
        </div>
    }
    .into_any()
}

fn row(lab: RwSignal<LabView>, lab_id: String, id: String, may: bool) -> AnyView {
    let find = id.clone();
    let user = Memo::new(move |old: Option<&Option<UserView>>| {
        let now = lab.with(|lab| lab.users.iter().find(|user| user.id == find).cloned());
        now.or_else(|| old.cloned().flatten())
    });
    let Some(first) = user.get_untracked() else {
        return ().into_any();
    };
    let label = format!("Select {}", first.email);
    let tick = may.then(|| {
        let id = id.clone();
        view! { <input type="checkbox" name="users[]" value=id form=CHOSEN aria-label=label/> }
    });
    let cell = move |show: fn(&UserView) -> AnyView| {
        changing(move || user.with(|user| user.as_ref().map(show).into_any()))
    };
    let text = move |show: fn(&UserView) -> Option<String>| {
        changing_text(move || {
            user.with(|user| user.as_ref().and_then(show))
                .unwrap_or_else(|| "–".to_owned())
        })
    };
    let usage = format!("/labs/{lab_id}/users/{id}");
    let usage_label = format!("Usage of {}", first.email);
    view! {
        <tr role="row">
            <td role="cell" class="cell-check">{tick}</td>
            <th role="rowheader" scope="row" class="cell-main">{cell(names)}</th>
            <td role="cell" data-label="State">{cell(|user| view! { <State badge=user.badge.clone() class="status status-plain"/> }.into_any())}</td>
            <td role="cell" data-label="Machine" class="cell-mono">{text(|user| user.machine.clone())}</td>
            <td role="cell" data-label="Group">{text(|user| user.group.clone())}</td>
            <td role="cell" data-label="Quota" class="cell-quota">{cell(hours)}</td>
            <td role="cell" class="cell-actions">
                <div class="row-actions">
                    <a
                        class="button button-quiet button-icon button-small"
                        href=usage
                        aria-label=usage_label.clone()
                        title=usage_label
                    >
                        <Glyph icon=Icon::History/>
                    </a>
                    {may.then(|| menu(lab_id, first, user))}
                </div>
            </td>
        </tr>
    }
    .into_any()
}

fn names(user: &UserView) -> AnyView {
    let shown = user.name.clone().unwrap_or_else(|| user.email.clone());
    let email = user
        .name
        .as_ref()
        .is_some_and(|name| *name != user.email)
        .then(|| view! { <small>{user.email.clone()}</small> });
    let leaves = user
        .leaves
        .map(|at| view! { <p class="small muted">"leaves on " <Time at=at/></p> });
    view! { {shown} {email} {leaves} }.into_any()
}

fn hours(user: &UserView) -> AnyView {
    let reset = user
        .reset
        .clone()
        .map(|reset| view! { <p class="small muted">"Counted from " <Time at=reset.from/></p> });
    view! { <div>{quota_cell(&user.quota)} {reset}</div> }.into_any()
}

/// What may be done with one user.
fn menu(lab: String, first: UserView, user: Memo<Option<UserView>>) -> AnyView {
    let id = first.id.clone();
    let which = || {
        let (lab, user) = (lab.clone(), id.clone());
        view! { {hidden("lab", lab)} {hidden("user", user)} }.into_any()
    };
    let (to_adjust, to_remove) = (which(), which());
    let email = first.email.clone();
    let extra_id = format!("extra-{id}");
    let lost = changing_text(move || {
        match user.with(|user| user.as_ref().and_then(|u| u.machine.clone())) {
            Some(machine) => format!("{email} loses {machine} with everything on it."),
            None => format!("{email} has no machine."),
        }
    });
    let (undo_lab, undo_user) = (lab.clone(), id.clone());
    let undo = changing(move || {
        let reset = user.with(|user| user.as_ref().and_then(|user| user.reset.clone()));
        reset
            .map(|reset| undo(&undo_lab, &undo_user, reset))
            .into_any()
    });
    view! {
        <details class="menu" name="menu">
            <summary
                class="button button-quiet button-icon button-small"
                aria-label=format!("More for {}", first.email)
            >
                <Glyph icon=Icon::More/>
            </summary>
            <div class="menu-panel menu-form">
                <Form action="/sfn/quota/user" class="form" inline=true>
                    {to_adjust}
                    <Field
                        name="hours"
                        id=extra_id
                        label="Additional hours"
                        hint="On top of the quota: 2, 1:30 or 5 min; -2 takes hours away."
                        value=first.extra_hours
                        loose=true
                        suffix="hours"
                    />
                    <Submit class="button button-primary button-small" icon=Icon::Check>"Adjust quota"</Submit>
                </Form>
                {undo}
                <hr/>
                <p class="menu-head">{lost}</p>
                <Form action="/sfn/users/remove">
                    {to_remove}
                    <Submit class="menu-item menu-item-danger" icon=Icon::Trash>"Remove from the list"</Submit>
                </Form>
            </div>
        </details>
    }
    .into_any()
}

fn undo(lab: &str, user: &str, reset: ResetView) -> AnyView {
    let (lab, user) = (lab.to_owned(), user.to_owned());
    view! {
        <hr/>
        <p class="menu-head">"Hours count from " <Time at=reset.from/> ", set by " {reset.by} "."</p>
        <Form action="/sfn/quota/undo-reset">
            {hidden("lab", lab)}
            {hidden("user", user)}
            {hidden("reset", reset.id)}
            <Submit class="menu-item" icon=Icon::Undo>"Count the hours before again"</Submit>
        </Form>
    }
    .into_any()
}

/// What may be done with everyone.
fn everyone(lab: String) -> AnyView {
    view! {
        <div class="toolbar">
            <h2>"List of users"</h2>
            <div class="toolbar-end">
                <a class="button" href=format!("/labs/{lab}/users.csv")>"Export"</a>
                <details class="menu" name="menu">
                    <summary class="button"><Glyph icon=Icon::Restart/> "Reset everyone’s hours…"</summary>
                    <div class="menu-panel menu-form">
                        <Form action="/sfn/quota/reset" class="form" inline=true>
                            {hidden("lab", lab)}
                            {hidden("all", "on")}
                            {reset_from("reset-all-from")}
                            <Submit class="button button-primary button-small" icon=Icon::Restart>
                                "Set everyone’s used hours to zero"
                            </Submit>
                        </Form>
                    </div>
                </details>
            </div>
        </div>
    }
    .into_any()
}

fn reset_from(id: &'static str) -> AnyView {
    view! {
        <p class="hint">"Used hours count anew. It is recorded, and can be undone for each user."</p>
        <Field name="from" id=id label="From" hint="Empty for now." kind="date" loose=true/>
    }
    .into_any()
}

/// What may be done with those who are ticked.
fn selection_bar(lab: RwSignal<LabView>, id: String) -> AnyView {
    let groups = Memo::new(move |_| lab.with(|lab| lab.quota.groups.clone()));
    let group = changing(move || {
        groups.with(|groups| {
        if groups.is_empty() {
            return ().into_any();
        }
        let options = groups
            .iter()
            .map(|group| view! { <option value=group.id.clone()>{group.name.clone()}</option> }.into_any())
            .collect_view();
        view! {
            <select class="input select input-short" name="group" aria-label="Group for the selected users">
                <option value="">"No group"</option>
                {options}
            </select>
            <Submit class="button button-small" icon=Icon::Users to="/sfn/groups/assign">"Put into group"</Submit>
        }
        .into_any()
    })
    });
    view! {
        <Form action="/sfn/quota/reset" id=CHOSEN class="selection-bar">
            {hidden("lab", id)}
            <span class="selection-count"></span>
            {group}
            <details class="menu menu-up" name="menu">
                <summary class="button button-small"><Glyph icon=Icon::Restart/> "Reset hours…"</summary>
                <div class="menu-panel menu-form">
                    <div class="form">
                        {reset_from("reset-chosen-from")}
                        <Submit class="button button-primary button-small" icon=Icon::Restart>"Set their used hours to zero"</Submit>
                    </div>
                </div>
            </details>
            <details class="menu menu-up" name="menu">
                <summary class="button button-small"><Glyph icon=Icon::Trash/> "Remove…"</summary>
                <div class="menu-panel menu-form">
                    <p class="menu-head">"They lose their machines with everything on them. Whoever waits gets those, remade."</p>
                    <Submit class="menu-item menu-item-danger" icon=Icon::Trash to="/sfn/users/remove-chosen">"Remove from the list"</Submit>
                </div>
            </details>
        </Form>
    }
    .into_any()
}
