//! Activity: every run of a lab's machines.

use leptos::prelude::*;

use super::runs::table;
use crate::pages::lab::{Tab, written};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::written::{kept_part, live_part, row};
use crate::view::{ActivityView, WithLab, WrittenView};

/// Writes the Activity tab; `address` is where it is asked for anew.
pub fn write(data: &WithLab<ActivityView>, address: String) -> WrittenView {
    let (lab, view) = (data.lab.id.as_str(), &data.more);
    let parts = vec![
        kept_part(|| filter(lab, view)),
        live_part(|| history(lab, view)),
    ];
    written(&data.lab, Tab::Activity, address, vec![row("", parts)])
}

/// Whose runs are shown: an ordinary form, whose answer is this page again.
fn filter(lab: &str, view: &ActivityView) -> AnyView {
    if view.users.is_empty() {
        return ().into_any();
    }
    let options = view
        .users
        .iter()
        .map(|(id, name)| {
            let selected = *id == view.user;
            view! { <option value=id.clone() selected=selected>{name.clone()}</option> }.into_any()
        })
        .collect_view();
    let usage = (!view.user.is_empty()).then(|| {
        let href = format!("/labs/{lab}/users/{}", view.user);
        view! { <a class="button button-quiet" href=href>"To this user’s hours"</a> }
    });
    view! {
        <form class="toolbar" method="get" action=format!("/labs/{lab}/activity")>
            <label class="label" for="activity-user">"User"</label>
            <select class="input select toolbar-select" id="activity-user" name="user">
                <option value="">"All users"</option>
                {options}
            </select>
            <button class="button" type="submit"><Glyph icon=Icon::Search/> "Show"</button>
            {usage}
        </form>
    }
    .into_any()
}

fn history(lab: &str, view: &ActivityView) -> AnyView {
    if view.runs.is_empty() {
        let (title, text) = if view.user.is_empty() {
            (
                "Nothing has run yet",
                "Every start and stop of a machine is listed here: who started it, why it stopped, and what counted.",
            )
        } else {
            (
                "No runs of this user",
                "Choose another user above, or all of them.",
            )
        };
        return view! {
            <div class="empty">
                <span class="empty-icon"><Glyph icon=Icon::History class="icon icon-large"/></span>
                <h2>{title}</h2>
                <p>{text}</p>
                <div class="cluster"><a class="button" href=format!("/labs/{lab}/pool")>"To the machines"</a></div>
            </div>
        }
        .into_any();
    }
    let cut = view.cut.map(|most| {
        view! { <p class="hint">{format!("The {most} newest runs of the lab are looked at. All of a user’s are on the page of that user’s hours.")}</p> }
    });
    view! { <div class="stack">{table(lab, &view.runs)} {cut}</div> }.into_any()
}
