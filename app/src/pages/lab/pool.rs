//! The virtual machine pool: what runs, who has it, and one or many started, stopped, remade.

use leptos::prelude::*;

use super::{Tab, lab_page};
use crate::ui::form::{Form, Submit};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::live::{changing, changing_text, lines};
use crate::ui::parts::State;
use crate::ui::select::select_all;
use crate::view::{LabView, MachineView};

/// The Virtual machine pool tab.
pub fn page(lab: LabView) -> AnyView {
    lab_page(lab, Tab::Pool, |lab| {
        let empty = Memo::new(move |_| lab.with(|lab| lab.pool.is_empty()));
        let may = lab.with_untracked(|lab| lab.may);
        let id = lab.with_untracked(|lab| lab.id.clone());
        view! {
            {changing(move || lab.with(figures))}
            {changing(move || {
                if empty.get() {
                    lab.with(nothing)
                } else {
                    table(lab, id.clone(), may.operate, may.connect)
                }
            })}
        }
        .into_any()
    })
}

fn figures(lab: &LabView) -> AnyView {
    let count = |test: fn(&&MachineView) -> bool| lab.pool.iter().filter(test).count();
    view! {
        <dl class="stats">
            <div class="stat"><dt>"Machines"</dt><dd>{lab.pool.len()}</dd></div>
            <div class="stat"><dt>"Running"</dt><dd>{count(|m| m.ready)}</dd></div>
            <div class="stat"><dt>"Assigned"</dt><dd>{count(|m| m.user.is_some())} <small>{format!(" of {}", lab.pool.len())}</small></dd></div>
            <div class="stat"><dt>"Failed"</dt><dd>{count(|m| m.failed)}</dd></div>
        </dl>
    }
    .into_any()
}

fn nothing(lab: &LabView) -> AnyView {
    let text = if lab.published {
        "This lab has no machines. Raise their number in the settings."
    } else {
        "The machines are made when you publish. Prepare the template first."
    };
    let (href, label) = if lab.published {
        ("/settings", "To the settings")
    } else {
        ("", "To the template")
    };
    view! {
        <div class="empty">
            <span class="empty-icon"><Glyph icon=Icon::Monitor class="icon icon-large"/></span>
            <h2>"No machines yet"</h2>
            <p>{text}</p>
            <div class="cluster"><a class="button button-primary" href=format!("/labs/{}{href}", lab.id)>{label}</a></div>
        </div>
    }
    .into_any()
}

fn table(lab: RwSignal<LabView>, id: String, operate: bool, connect: bool) -> AnyView {
    let rows = lines(
        move || lab.with(|lab| lab.pool.iter().map(|machine| machine.id.clone()).collect()),
        move |id| row(lab, id, operate, connect),
    );
    view! {
        <Form action="/sfn/machines/pool" class="table-form">
            <input type="hidden" name="lab" value=id/>
            {operate
                .then(|| {
                    view! {
                        <div class="toolbar">
                            <div class="toolbar-end">
                                <Submit class="button" icon=Icon::Play name="press" value="start-all">"Start all"</Submit>
                                <Submit class="button" icon=Icon::Stop name="press" value="stop-all">"Stop all"</Submit>
                            </div>
                        </div>
                    }
                })}
            <div class="card card-flush table-wrap">
                <table class="table" role="table">
                    <thead role="rowgroup">
                        <tr role="row">
                            <th role="columnheader" class="cell-check" data-label="Select all">
                                {operate.then(|| view! { <input type="checkbox" aria-label="Select all" on:change=select_all/> })}
                            </th>
                            <th role="columnheader" scope="col">"Name"</th>
                            <th role="columnheader" scope="col">"State"</th>
                            <th role="columnheader" scope="col">"User"</th>
                            <th role="columnheader" scope="col">"Address"</th>
                            <th role="columnheader" class="cell-actions"><span class="visually-hidden">"Actions"</span></th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">
                        {rows}
                    </tbody>
                </table>
            </div>
            {operate.then(selection_bar)}
        </Form>
    }
    .into_any()
}

fn row(lab: RwSignal<LabView>, id: String, operate: bool, connect: bool) -> AnyView {
    let find = id.clone();
    let machine = Memo::new(move |old: Option<&Option<MachineView>>| {
        let now = lab.with(|lab| lab.pool.iter().find(|machine| machine.id == find).cloned());
        now.or_else(|| old.cloned().flatten())
    });
    let Some(name) = machine.with_untracked(|m| m.as_ref().map(|m| m.name.clone())) else {
        return ().into_any();
    };
    let text = move |show: fn(&MachineView) -> Option<String>, none: &'static str| {
        changing_text(move || {
            machine
                .with(|m| m.as_ref().and_then(show))
                .unwrap_or_else(|| none.to_owned())
        })
    };
    let label = format!("Select {name}");
    view! {
        <tr role="row">
            <td role="cell" class="cell-check">
                {operate.then(|| view! { <input type="checkbox" name="machines[]" value=id aria-label=label/> })}
            </td>
            <th role="rowheader" scope="row" class="cell-main">{name}</th>
            <td role="cell" data-label="State">
                {changing(move || machine.with(|m| m.as_ref().map(state).into_any()))}
            </td>
            <td role="cell" data-label="User">
                {text(|m| m.user.clone(), "Nobody yet")}
            </td>
            <td role="cell" data-label="Address" class="cell-mono">
                {text(|m| m.address.clone(), "–")}
            </td>
            <td role="cell" class="cell-actions">
                <div class="row-actions">{changing(move || machine.with(|m| m.as_ref().map(|m| row_actions(m, operate, connect)).into_any()))}</div>
            </td>
        </tr>
    }
    .into_any()
}

fn state(machine: &MachineView) -> AnyView {
    let note = machine
        .note
        .clone()
        .map(|note| view! { <p class="small muted">{note}</p> });
    view! { <State badge=machine.badge.clone() class="status status-plain"/> {note} }.into_any()
}

fn row_actions(machine: &MachineView, operate: bool, connect: bool) -> AnyView {
    const SMALL: &str = "button button-quiet button-icon button-small";
    let press = |act: &str| format!("{act}:{}", machine.id);
    let name = &machine.name;
    let power = operate.then(|| {
        if machine.failed {
            view! {
                <Submit class=SMALL icon=Icon::Restart label=format!("Try {name} again") name="press" value=press("retry")>""</Submit>
            }
            .into_any()
        } else if machine.on {
            let off = machine.badge.state == "stopping";
            view! {
                <Submit class=SMALL icon=Icon::Stop label=format!("Stop {name}") name="press" value=press("stop") off=off>""</Submit>
            }
            .into_any()
        } else {
            view! {
                <Submit class=SMALL icon=Icon::Play label=format!("Start {name}") name="press" value=press("start")>""</Submit>
            }
            .into_any()
        }
    });
    let terminal = (connect && machine.ready).then(|| {
        let href = format!("/machines/{}/terminal", machine.id);
        let label = format!("Open a terminal on {name}");
        view! {
            <a class=SMALL href=href aria-label=label.clone() title=label><Glyph icon=Icon::Terminal/></a>
        }
    });
    let menu = operate.then(|| {
        let whose = match &machine.user {
            Some(user) => format!("Reimaging deletes everything on {name}. {user} loses all work on it."),
            None => format!("Reimaging deletes everything on {name}. Nobody has it yet."),
        };
        view! {
            <details class="menu" name="menu">
                <summary class=SMALL aria-label=format!("More for {name}")><Glyph icon=Icon::More/></summary>
                <div class="menu-panel">
                    <p class="menu-head">{whose}</p>
                    <Submit class="menu-item menu-item-danger" icon=Icon::Reimage name="press" value=press("reimage")>
                        "Reimage"
                    </Submit>
                </div>
            </details>
        }
    });
    view! { {power} {terminal} {menu} }.into_any()
}

fn selection_bar() -> impl IntoView {
    view! {
        <div class="selection-bar" role="toolbar" aria-label="Selected machines">
            <span class="selection-count"></span>
            <Submit class="button button-small" icon=Icon::Play name="press" value="start">"Start"</Submit>
            <Submit class="button button-small" icon=Icon::Stop name="press" value="stop">"Stop"</Submit>
            <details class="menu menu-up" name="menu">
                <summary class="button button-small button-danger"><Glyph icon=Icon::Reimage/> "Reimage…"</summary>
                <div class="menu-panel">
                    <p class="menu-head">"Everything on the selected machines is deleted; their students lose all work on them."</p>
                    <Submit class="menu-item menu-item-danger" icon=Icon::Reimage name="press" value="reimage">
                        "Reimage the selected machines"
                    </Submit>
                </div>
            </details>
        </div>
    }
}
