//! Where the list comes from, in a lab that takes it over from a group.

use leptos::prelude::*;

use crate::ui::form::{Field, Form, Submit, hidden};
use crate::ui::icon::Icon;
use crate::ui::live::changing;
use crate::ui::parts::Time;
use crate::view::{LabView, RosterView};

const GRACE_HINT: &str =
    "0 to 30. With 0 the machine is taken at once; who is in the group again before loses nothing.";

/// The card; nothing in a lab whose list is written by hand.
pub fn card(lab: RwSignal<LabView>, id: String, may: bool) -> AnyView {
    let roster = Memo::new(move |_| lab.with(|lab| lab.roster.clone()));
    changing(move || match roster.get() {
        Some(roster) => filled(&id, roster, may),
        None => ().into_any(),
    })
}

fn filled(id: &str, roster: RosterView, may: bool) -> AnyView {
    let state = match (roster.synced_at, roster.outcome) {
        (Some(at), Some(outcome)) => {
            let what = if roster.failed {
                "Failed "
            } else {
                "Synchronised "
            };
            let class = if roster.failed { "error" } else { "card-text" };
            view! { <p class=class role="status">{what} <Time at=at/> ": " {outcome}</p> }
                .into_any()
        }
        _ => view! { <p class="card-text" role="status">"Not synchronised yet."</p> }.into_any(),
    };
    let forms = may.then(|| {
        let (to_sync, to_set) = (id.to_owned(), id.to_owned());
        view! {
            <Form action="/sfn/users/sync">
                {hidden("lab", to_sync)}
                <Submit class="button button-primary" icon=Icon::Restart>"Synchronise now"</Submit>
            </Form>
            <Form action="/sfn/users/grace" class="form" inline=true>
                {hidden("lab", to_set)}
                <Field
                    name="grace"
                    id="roster-grace"
                    label="Who left the group keeps their machine for"
                    hint=GRACE_HINT
                    value=roster.grace.clone()
                    suffix="days"
                />
                <div class="form-actions">
                    <Submit class="button" icon=Icon::Check>"Save the days"</Submit>
                </div>
            </Form>
        }
    });
    let when = if roster.soon {
        ", within twenty minutes after it changes, and whenever you ask."
    } else {
        ", every day and whenever you ask."
    };
    view! {
        <section class="card" aria-label="List from a group">
            <header class="card-head">
                <h2 class="card-title">"List from a group"</h2>
                <p class="card-text">
                    "The list follows the directory group " <code>{roster.group}</code>
                    {when}
                </p>
            </header>
            {state}
            {forms}
        </section>
    }
    .into_any()
}
