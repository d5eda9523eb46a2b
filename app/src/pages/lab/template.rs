//! The template: start it, prepare it, publish it.

use leptos::prelude::*;

use super::{Tab, lab_page};
use crate::ui::form::{Field, Form, Submit};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::live::{changing, changing_text};
use crate::ui::parts::{State, Time};
use crate::view::{LabView, MachineView};

/// The Template tab.
pub fn page(lab: LabView) -> AnyView {
    lab_page(lab, Tab::Template, |lab| {
        let (id, capacity, has_template) =
            lab.with_untracked(|lab| (lab.id.clone(), lab.capacity, lab.has_template));
        let busy = Memo::new(move |_| lab.with(|lab| lab.busy || lab.deleting));
        let published = Memo::new(move |_| lab.with(|lab| lab.published));
        let may_publish = lab.with_untracked(|lab| lab.may.publish);
        let ready = Memo::new(move |_| {
            lab.with(|lab| !lab.has_template || lab.template.as_ref().is_some_and(|t| t.made))
        });
        view! {
            <div class="stack stack-l">
                {has_template.then(|| changing(move || lab.with(template)))}
                {may_publish.then(|| publish(lab, id, capacity, busy, published, ready))}
                {changing(move || lab.with(facts))}
            </div>
        }
        .into_any()
    })
}

fn template(lab: &LabView) -> AnyView {
    let Some(machine) = lab.template.clone() else {
        return ().into_any();
    };
    view! {
        <section class="card" aria-label="Template machine">
            <header class="card-head">
                <h2 class="card-title">"Template machine"</h2>
                <p class="card-text">"Start it, install what the course needs, and publish. Students get copies; it stays yours."</p>
                <div class="card-tools"><State badge=machine.badge.clone()/></div>
            </header>
            {machine.note.clone().map(|note| view! { <p class="muted">{note}</p> })}
            {machine.address.clone().map(|address| view! { <p class="muted">"Address " <code>{address}</code></p> })}
            {(lab.may.operate && !lab.deleting).then(|| buttons(&machine, lab.busy))}
        </section>
    }
    .into_any()
}

fn buttons(machine: &MachineView, busy: bool) -> impl IntoView + use<> {
    let terminal = format!("/machines/{}/terminal", machine.id);
    let act =
        |act: &'static str, label: &'static str, icon: Icon, class: &'static str, off: bool| {
            let id = machine.id.clone();
            view! {
                <Form action="/sfn/machines/act">
                    <input type="hidden" name="machine" value=id/>
                    <input type="hidden" name="act" value=act/>
                    <Submit class=class icon=icon off=off>{label}</Submit>
                </Form>
            }
        };
    let connect = if machine.ready {
        view! {
            <a class="button button-primary" href=terminal><Glyph icon=Icon::Terminal/> "Open terminal"</a>
        }
        .into_any()
    } else {
        view! {
            <span class="guarded">
                <button class="button" type="button" disabled=true aria-describedby="why-terminal">
                    <Glyph icon=Icon::Terminal/> "Open terminal"
                </button>
                <span class="reason" id="why-terminal">
                    {if machine.on { "Works as soon as the template runs." } else { "Start the template first." }}
                </span>
            </span>
        }
        .into_any()
    };
    let power = if machine.failed {
        act(
            "retry",
            "Try again",
            Icon::Restart,
            "button button-primary",
            false,
        )
        .into_any()
    } else if machine.on {
        act(
            "stop",
            "Stop template",
            Icon::Stop,
            "button",
            busy || machine.badge.state == "stopping",
        )
        .into_any()
    } else {
        act(
            "start",
            "Start template",
            Icon::Play,
            "button button-primary",
            busy || !machine.made,
        )
        .into_any()
    };
    view! { <footer class="card-foot">{power} {connect}</footer> }
}

fn publish(
    lab: RwSignal<LabView>,
    id: String,
    capacity: u32,
    busy: Memo<bool>,
    published: Memo<bool>,
    ready: Memo<bool>,
) -> impl IntoView {
    let again = changing(move || {
        let choice = published.get().then(|| {
            view! {
                <fieldset class="fieldset">
                    <legend class="legend">"Which machines are remade?"</legend>
                    <div class="choices">
                        <label class="choice">
                            <input type="radio" name="remake" value="Unclaimed" checked=true/>
                            <span class="choice-title">"Only those nobody has"</span>
                            <span class="choice-text">"Students keep their machines, and get the new version when they reimage."</span>
                        </label>
                        <label class="choice">
                            <input type="radio" name="remake" value="Every"/>
                            <span class="choice-title">"Every machine"</span>
                            <span class="choice-text">{changing_text(move || lab.with(losers))}</span>
                        </label>
                    </div>
                </fieldset>
            }
        });
        choice.into_any()
    });
    let reason = move || {
        if busy.get() {
            Some("Publishing works again when the machines are made.")
        } else if !ready.get() {
            Some("Publishing works as soon as the template is made.")
        } else {
            None
        }
    };
    view! {
        <section class="card" aria-label="Publish">
            <header class="card-head">
                <h2 class="card-title">{changing_text(move || if published.get() { "Publish again" } else { "Publish" }.to_owned())}</h2>
                <p class="card-text">
                    "The template is stopped by itself, and every machine of the pool becomes a copy of it with an identity of its own."
                </p>
            </header>
            <Form action="/sfn/labs/publish" class="form" inline=true>
                <input type="hidden" name="id" value=id/>
                <Field
                    name="capacity"
                    label="Number of virtual machines"
                    kind="number"
                    value=capacity.to_string()
                    min=0
                    max=400
                />
                {again}
                <div class="form-actions">
                    {changing(move || {
                        let (why, label) = (reason(), if published.get() { "Publish again" } else { "Publish" });
                        view! {
                            <span class="guarded">
                                <Submit class="button button-primary" icon=Icon::Publish off=why.is_some()>{label}</Submit>
                                {why.map(|text| view! { <span class="reason">{text}</span> })}
                            </span>
                        }
                        .into_any()
                    })}
                </div>
            </Form>
        </section>
    }
}

/// Whose work is lost when every machine is remade.
fn losers(lab: &LabView) -> String {
    let names: Vec<&str> = lab
        .pool
        .iter()
        .filter_map(|machine| machine.user.as_deref())
        .collect();
    let shown = names.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => "Nobody has one yet, so no work is lost.".to_owned(),
        1 => format!("{shown} loses all work on it."),
        n if n <= 5 => format!("{shown} lose all work on theirs."),
        n => format!("{shown} and {} others lose all work on theirs.", n - 5),
    }
}

fn facts(lab: &LabView) -> AnyView {
    view! {
        <section class="card" aria-label="About this lab’s machines">
            <dl class="facts">
                <div><dt>"Image"</dt><dd>{lab.image.clone()}</dd></div>
                <div><dt>"Size"</dt><dd>{lab.size.clone()}</dd></div>
                <div><dt>"Accounts"</dt><dd>{lab.accounts.clone()}</dd></div>
                <div>
                    <dt>"Last published"</dt>
                    <dd>
                        {match lab.published_at {
                            Some(at) => view! { <Time at=at/> }.into_any(),
                            None => "Not yet".into_any(),
                        }}
                    </dd>
                </div>
            </dl>
        </section>
    }
    .into_any()
}
