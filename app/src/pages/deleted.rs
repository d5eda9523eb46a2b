//! Deleted labs: what is in the bin, for how long, and the way back.

use leptos::prelude::*;

use crate::ui::form::{Form, Submit, hidden};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::parts::Time;
use crate::ui::written::{kept_part, live_part, row};
use crate::view::{DeletedLabView, WrittenView};

/// Writes the page.
pub fn write(labs: Vec<DeletedLabView>) -> WrittenView {
    WrittenView {
        title: "Deleted labs".to_owned(),
        events: "/events/labs".to_owned(),
        address: "/sfn/labs/deleted".to_owned(),
        card: false,
        rows: vec![
            row("written-head", vec![kept_part(head)]),
            row("", vec![live_part(|| list(labs))]),
        ],
    }
}

fn head() -> AnyView {
    view! {
        <header class="page-head">
            <nav class="crumbs" aria-label="Breadcrumb">
                <a href="/labs"><Glyph icon=Icon::ChevronLeft/> "My labs"</a>
            </nav>
            <div class="page-head-text">
                <h1>"Deleted labs"</h1>
                <p class="page-subtitle">"Their machines are off and keep their disks. A lab that is brought back is as it was: template, machines, users, schedule, link."</p>
            </div>
        </header>
    }
    .into_any()
}

fn list(labs: Vec<DeletedLabView>) -> AnyView {
    if labs.is_empty() {
        return view! {
            <div class="empty">
                <span class="empty-icon"><Glyph icon=Icon::Trash class="icon icon-large"/></span>
                <h2>"Nothing here"</h2>
                <p>"Labs that you delete wait here for as long as the lab plan says, in case you want them back."</p>
                <div class="cluster">
                    <a class="button button-primary" href="/labs"><Glyph icon=Icon::Labs/> "To my labs"</a>
                </div>
            </div>
        }
        .into_any();
    }
    view! {
        <section class="card" aria-label="Deleted labs">
            <ul class="rows">{labs.into_iter().map(line).collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn line(lab: DeletedLabView) -> AnyView {
    let label = format!("Remove {} for good", lab.title);
    let (back, gone) = (lab.id.clone(), lab.id);
    view! {
        <li class="row">
            <div class="row-text">
                <strong>{lab.title}</strong>
                <span class="small muted">{lab.holds} " · kept until " <Time at=lab.kept_until/></span>
            </div>
            <div class="row-actions">
                <Form action="/sfn/labs/restore" inline=true>
                    {hidden("id", back)}
                    <Submit class="button button-small" icon=Icon::Undo>"Bring back"</Submit>
                </Form>
                <details class="menu" name="menu">
                    <summary class="button button-quiet button-icon button-small" aria-label=label>
                        <Glyph icon=Icon::Trash/>
                    </summary>
                    <div class="menu-panel">
                        <p class="menu-head">"There is no way back from this: all work on its machines is lost."</p>
                        <Form action="/sfn/labs/erase">
                            {hidden("id", gone)}
                            <Submit class="menu-item menu-item-danger" icon=Icon::Trash>"Remove for good"</Submit>
                        </Form>
                    </div>
                </details>
            </div>
        </li>
    }
    .into_any()
}
