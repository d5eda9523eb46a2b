//! Settings: title, description, number of machines, deleting.

use domain::bin::BinDays;
use leptos::prelude::*;

use super::{Tab, written};
use crate::ui::form::{Field, Form, Submit, hidden};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::shutdown;
use crate::ui::written::{kept_part, row};
use crate::view::{LabView, WrittenView};

/// Writes the Settings tab. A deleted lab is `kept` for so long; `address` is where the page is asked
/// for anew.
pub fn write(lab: &LabView, kept: BinDays, address: String) -> WrittenView {
    let mut rows = Vec::new();
    if lab.may.write {
        rows.push(row("", vec![kept_part(|| about(lab.clone()).into_any())]));
        rows.push(row(
            "",
            vec![kept_part(|| capacity(lab.clone()).into_any())],
        ));
        rows.push(row("", vec![kept_part(|| auto_shutdown(lab))]));
        rows.push(row("", vec![kept_part(|| budget(lab))]));
    }
    rows.push(row("", vec![kept_part(|| roles(lab))]));
    if lab.may.delete {
        rows.push(row("", vec![kept_part(|| delete(lab, kept).into_any())]));
    }
    written(lab, Tab::Settings, address, rows)
}

fn roles(lab: &LabView) -> AnyView {
    view! {
        <section class="card" aria-label="Roles">
            <header class="card-head">
                <h2 class="card-title">"Roles"</h2>
                <p class="card-text">"Colleagues who help here: who may start machines, invite, publish, or change everything."</p>
                <div class="card-tools">
                    <a class="button" href=format!("/labs/{}/roles", lab.id)><Glyph icon=Icon::Users/> "Who has a role here"</a>
                </div>
            </header>
        </section>
    }
    .into_any()
}

fn about(lab: LabView) -> impl IntoView {
    view! {
        <section class="card" aria-label="About">
            <header class="card-head"><h2 class="card-title">"About"</h2></header>
            <Form action="/sfn/labs/update" class="form" inline=true>
                <input type="hidden" name="id" value=lab.id.clone()/>
                <Field name="title" label="Name" value=lab.title.clone() max=120/>
                <div class="field">
                    <label class="label" for="description">"Description " <span class="optional">"optional"</span></label>
                    <textarea
                        class="input"
                        id="description"
                        name="description"
                        rows="3"
                        maxlength="2000"
                        // The framework does not escape what is inside a textarea.
                        inner_html=crate::escape(&lab.description)
                    ></textarea>
                </div>
                <div class="form-actions"><Submit class="button button-primary" icon=Icon::Check>"Save"</Submit></div>
            </Form>
        </section>
    }
}

fn capacity(lab: LabView) -> impl IntoView {
    view! {
        <section class="card" aria-label="Number of machines">
            <header class="card-head">
                <h2 class="card-title">"Number of machines"</h2>
                <p class="card-text">
                    "More are made at once, from what was published last. When there are to be fewer, those nobody has go first."
                </p>
            </header>
            <Form action="/sfn/labs/capacity" class="form" inline=true>
                <input type="hidden" name="id" value=lab.id.clone()/>
                <Field
                    name="capacity"
                    label="Virtual machines"
                    kind="number"
                    value=lab.capacity.to_string()
                    min=0
                    max=400
                />
                <label class="check">
                    <input type="checkbox" name="also_claimed" value="on"/>
                    <span>
                        "Also remove machines that students have, if there are too many"
                        <small>" Their work on them is lost."</small>
                    </span>
                </label>
                <div class="form-actions"><Submit class="button button-primary" icon=Icon::Check>"Change"</Submit></div>
            </Form>
        </section>
    }
}

fn auto_shutdown(lab: &LabView) -> AnyView {
    let (id, rules) = (lab.id.clone(), shutdown::fields(&lab.shutdown, false));
    view! {
        <section class="card" aria-label="Auto-shutdown">
            <Form action="/sfn/labs/auto-shutdown" class="form" inline=true>
                {hidden("id", id)}
                {rules}
                <div class="form-actions"><Submit class="button button-primary" icon=Icon::Check>"Save the rules"</Submit></div>
            </Form>
        </section>
    }
    .into_any()
}

fn budget(lab: &LabView) -> AnyView {
    let (id, amount, currency) = (lab.id.clone(), lab.budget.clone(), lab.currency.clone());
    view! {
        <section class="card" aria-label="Budget">
            <header class="card-head">
                <h2 class="card-title">"Budget"</h2>
                <p class="card-text">
                    "At 80 % you are warned. At 100 % students wait with starting until you let them; classes and running machines go on."
                </p>
            </header>
            <Form action="/sfn/labs/budget" class="form" inline=true>
                {hidden("id", id)}
                <Field
                    name="amount"
                    label="What the lab may cost"
                    hint="Empty for no limit."
                    kind="number"
                    value=amount
                    min=0
                    parts=true
                    loose=true
                    suffix=currency
                />
                <div class="form-actions"><Submit class="button button-primary" icon=Icon::Check>"Save the budget"</Submit></div>
            </Form>
        </section>
    }
    .into_any()
}

fn delete(lab: &LabView, kept: BinDays) -> impl IntoView + use<> {
    let (fate, list, button) = match kept.days() {
        0 => (
            "There is no way back.".to_owned(),
            "This is lost:",
            "Delete for good",
        ),
        days => {
            let days = if days == 1 {
                "a day".to_owned()
            } else {
                format!("{days} days")
            };
            (
                format!("Its machines are stopped. For {days} it can be brought back as it was."),
                "After that this is lost:",
                "Delete the lab",
            )
        }
    };
    let first = lab.clone();
    let claimed = lab
        .pool
        .iter()
        .filter(|machine| machine.user.is_some())
        .count();
    let losses = view! {
        <ul class="losses">
            {lab.has_template.then(|| view! { <li>"The template, with everything you installed on it."</li> })}
            <li>{format!("{} machines; {claimed} of them belong to students, with all their work.", lab.pool.len())}</li>
            <li>{format!("The list of {} users, and the registration link.", lab.users.len())}</li>
        </ul>
    };
    view! {
        <section class="card card-danger" aria-label="Delete">
            <header class="card-head">
                <h2 class="card-title">"Delete this lab"</h2>
                <p class="card-text">{fate}</p>
            </header>
            <details class="confirm">
                <summary class="button button-danger"><Glyph icon=Icon::Trash/> "Delete the lab…"</summary>
                <div class="confirm-panel">
                    <p class="confirm-title">{list}</p>
                    {losses}
                    <Form action="/sfn/labs/delete" class="form" inline=true>
                        <input type="hidden" name="id" value=first.id.clone()/>
                        <Field name="typed" label="Type the lab’s name to confirm" hint=first.title.clone()/>
                        <div class="form-actions">
                            <Submit class="button button-primary button-danger" icon=Icon::Trash>{button}</Submit>
                        </div>
                    </Form>
                </div>
            </details>
        </section>
    }
}
