//! Hours per user, and groups that have their own.

use leptos::prelude::*;

use crate::ui::form::{Field, Form, Submit, hidden};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::live::{changing, changing_text};
use crate::view::{GroupView, LabView};

const HOURS_HINT: &str = "0 makes machines available during classes only.";

/// The lab's quota, with its form.
pub fn quota(lab: RwSignal<LabView>, id: String, may: bool) -> AnyView {
    let hours = lab.with_untracked(|lab| lab.quota.hours.clone());
    let text = changing_text(move || lab.with(|lab| lab.quota.text.clone()));
    let form = may.then(|| {
        view! {
            <details class="unfold">
                <summary class="button button-small"><Glyph icon=Icon::Pencil/> "Change"</summary>
                <Form action="/sfn/quota/lab" class="form" inline=true>
                    {hidden("lab", id)}
                    <Field
                        name="hours"
                        id="quota-hours"
                        label="Hours for each user"
                        hint=HOURS_HINT
                        value=hours
                        suffix="hours"
                    />
                    <div class="form-actions">
                        <Submit class="button button-primary" icon=Icon::Check>"Save the quota"</Submit>
                    </div>
                </Form>
            </details>
        }
    });
    view! {
        <section class="card" aria-label="Quota per user">
            <header class="card-head">
                <h2 class="card-title">"Quota per user"</h2>
                <p class="card-text">
                    "How long each user may run a machine they started themselves, over the whole life of the lab. Classes, and machines that you start, are free."
                </p>
            </header>
            <p class="figure">{text}</p>
            {form}
        </section>
    }
    .into_any()
}

/// The groups, with their forms.
pub fn groups(lab: RwSignal<LabView>, id: String, may: bool) -> AnyView {
    let groups = Memo::new(move |_| lab.with(|lab| lab.quota.groups.clone()));
    let of = id.clone();
    let create = may.then(|| {
        view! {
            <details class="unfold">
                <summary class="button button-small"><Glyph icon=Icon::Plus/> "New group"</summary>
                <Form action="/sfn/groups/create" class="form" inline=true reset=true>
                    {hidden("lab", id)}
                    <div class="form-row">
                        <Field name="name" id="group-name" label="Name of the group" max=60/>
                        <Field
                            name="hours"
                            id="group-hours"
                            label="Hours of its own"
                            optional=true
                            suffix="hours"
                        />
                    </div>
                    <div class="form-actions">
                        <Submit class="button button-primary" icon=Icon::Plus>"Create the group"</Submit>
                    </div>
                </Form>
            </details>
        }
    });
    view! {
        <section class="card" aria-label="Groups">
            <header class="card-head">
                <h2 class="card-title">"Groups"</h2>
                <p class="card-text">
                    "A group has a quota and a schedule of its own. Select users in the list below to put them into one."
                </p>
            </header>
            {changing(move || groups.with(|groups| {
                let line = |group: &GroupView| line(&of, group, may);
                if groups.is_empty() {
                    return view! { <p class="muted">"No groups: everyone has the same hours and classes."</p> }.into_any();
                }
                view! { <ul class="rows">{groups.iter().map(line).collect_view()}</ul> }.into_any()
            }))}
            {create}
        </section>
    }
    .into_any()
}

fn line(lab: &str, group: &GroupView, may: bool) -> AnyView {
    view! {
        <li class="row">
            <div class="row-text">
                <strong>{group.name.clone()}</strong>
                <span class="small muted">{group.members.clone()} " · " {group.quota.clone()}</span>
            </div>
            {may.then(|| change(lab, group))}
        </li>
    }
    .into_any()
}

fn change(lab: &str, group: &GroupView) -> AnyView {
    let which = || {
        let (lab, group) = (lab.to_owned(), group.id.clone());
        view! { {hidden("lab", lab)} {hidden("group", group)} }.into_any()
    };
    let (to_change, to_delete) = (which(), which());
    let group = group.clone();
    let name_id = format!("name-{}", group.id);
    let hours_id = format!("hours-{}", group.id);
    let label = format!("Change the group {}", group.name);
    let losses = format!(
        "{} go back to the lab’s quota and schedules. Nobody loses a machine.",
        group.members
    );
    view! {
        <details class="menu" name="menu">
            <summary
                class="button button-quiet button-icon button-small"
                aria-label=label
            >
                <Glyph icon=Icon::More/>
            </summary>
            <div class="menu-panel menu-form">
                <Form action="/sfn/groups/update" class="form" inline=true>
                    {to_change}
                    <Field name="name" id=name_id label="Name" value=group.name max=60/>
                    <Field
                        name="hours"
                        id=hours_id
                        label="Hours of its own"
                        hint="Empty for the lab’s quota."
                        value=group.hours
                        loose=true
                        suffix="hours"
                    />
                    <Submit class="button button-primary button-small" icon=Icon::Check>"Save"</Submit>
                </Form>
                <hr/>
                <p class="menu-head">{losses}</p>
                <Form action="/sfn/groups/delete">
                    {to_delete}
                    <Submit class="menu-item menu-item-danger" icon=Icon::Trash>"Delete the group"</Submit>
                </Form>
            </div>
        </details>
    }
    .into_any()
}
