//! Usage: what one person used, why, and what was reset. Educators and the person see the same.

use leptos::prelude::*;

use super::runs::story;
use crate::ui::form::{Field, Form, Submit, hidden};
use crate::ui::hours::quota;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::parts::{State, Time};
use crate::ui::written::{kept_part, live_part, row};
use crate::view::{Badge, ResetView, UsageView, WrittenView};

/// Writes the page; `events` tells of changes, `address` is where it is asked for anew.
pub fn write(data: &UsageView, events: String, address: String) -> WrittenView {
    let top = kept_part(|| head(data));
    let mut middle = vec![live_part(|| resets(data))];
    if data.may_change {
        middle.insert(0, kept_part(|| change(data)));
    }
    WrittenView {
        title: format!("Usage of {}", data.name),
        events,
        address,
        card: false,
        rows: vec![
            row("written-head", vec![top]),
            row("", vec![live_part(|| figures(data))]),
            row("pair", middle),
            row("", vec![live_part(|| history(data))]),
        ],
    }
}

fn head(data: &UsageView) -> AnyView {
    let (heading, back, about) = if data.own {
        (
            "Usage".to_owned(),
            "My virtual machines",
            data.lab_title.clone(),
        )
    } else {
        let about = format!("{} · {}", data.email, data.lab_title);
        (data.name.clone(), "Users", about)
    };
    view! {
        <header class="page-head">
            <nav class="crumbs" aria-label="Breadcrumb">
                <a href=data.back.clone()><Glyph icon=Icon::ChevronLeft/> {back}</a>
            </nav>
            <div class="page-head-text">
                <h1>{heading}</h1>
                <p class="page-subtitle">{about}</p>
            </div>
        </header>
    }
    .into_any()
}

fn figures(data: &UsageView) -> AnyView {
    let group = data
        .group
        .clone()
        .map(|group| view! { " " <span class="tag">{group}</span> });
    view! {
        <section class="card" aria-label="Hours">
            <dl class="stats stats-plain">
                <div class="stat"><dt>"Total"</dt><dd>{data.quota.total.clone()}</dd></div>
                <div class="stat"><dt>"Used"</dt><dd>{data.quota.used.clone()}</dd></div>
                <div class="stat"><dt>"Left"</dt><dd>{data.left.clone()}</dd></div>
            </dl>
            {quota(data.quota.clone(), None, None)}
            <p class="small muted quota-note">{data.total_note.clone()} {group}</p>
        </section>
    }
    .into_any()
}

/// What an educator may change.
fn change(data: &UsageView) -> AnyView {
    let which = || {
        let (lab, user) = (data.lab.clone(), data.user.clone());
        view! { {hidden("lab", lab)} {hidden("user", user)} }.into_any()
    };
    let to_adjust = which();
    let (lab, user, extra) = (
        data.lab.clone(),
        data.user.clone(),
        data.extra_hours.clone(),
    );
    view! {
        <section class="card" aria-label="Adjust">
            <header class="card-head"><h2 class="card-title">"Adjust"</h2></header>
            <div class="stack stack-l">
                <Form action="/sfn/quota/user" class="form" inline=true>
                    {to_adjust}
                    <Field
                        name="hours"
                        label="Additional hours"
                        hint="On top of the quota: 2, 1:30 or 5 min; -2 takes hours away."
                        value=extra
                        loose=true
                        suffix="hours"
                    />
                    <div class="form-actions">
                        <Submit class="button button-primary" icon=Icon::Check>"Adjust quota"</Submit>
                    </div>
                </Form>
                <hr/>
                <Form action="/sfn/quota/reset" class="form" inline=true reset=true>
                    {hidden("lab", lab)}
                    {hidden("users[]", user)}
                    <Field
                        name="from"
                        label="Count hours only from"
                        hint="Sets the used hours to zero. Empty for now. It is recorded and can be undone."
                        kind="date"
                        loose=true
                    />
                    <div class="form-actions">
                        <Submit class="button" icon=Icon::Restart>"Reset used hours"</Submit>
                    </div>
                </Form>
            </div>
        </section>
    }
    .into_any()
}

fn resets(data: &UsageView) -> AnyView {
    if data.resets.is_empty() && !data.may_change {
        return ().into_any();
    }
    let list = if data.resets.is_empty() {
        view! { <p class="muted">"None: every hour since the start counts."</p> }.into_any()
    } else {
        let lines = data
            .resets
            .iter()
            .map(|reset| line(data, reset))
            .collect_view();
        view! { <ul class="rows">{lines}</ul> }.into_any()
    };
    view! {
        <section class="card" aria-label="Resets">
            <header class="card-head"><h2 class="card-title">"Resets"</h2></header>
            {list}
        </section>
    }
    .into_any()
}

fn line(data: &UsageView, reset: &ResetView) -> AnyView {
    let act = if reset.undone {
        let badge = Badge {
            state: "stopped".to_owned(),
            text: "Undone".to_owned(),
        };
        view! { <State badge=badge/> }.into_any()
    } else if data.may_change {
        let (lab, user, id) = (data.lab.clone(), data.user.clone(), reset.id.clone());
        view! {
            <Form action="/sfn/quota/undo-reset">
                {hidden("lab", lab)}
                {hidden("user", user)}
                {hidden("reset", id)}
                <Submit class="button button-small" icon=Icon::Undo>"Undo"</Submit>
            </Form>
        }
        .into_any()
    } else {
        ().into_any()
    };
    view! {
        <li class="row">
            <div class="row-text">
                <strong>"Counted from " <Time at=reset.from/></strong>
                <span class="small muted">"Recorded " <Time at=reset.at/> " by " {reset.by.clone()}</span>
            </div>
            {act}
        </li>
    }
    .into_any()
}

fn history(data: &UsageView) -> AnyView {
    let shown = if data.runs.is_empty() {
        view! {
            <div class="empty">
                <span class="empty-icon"><Glyph icon=Icon::History class="icon icon-large"/></span>
                <h3>"Nothing used yet"</h3>
                <p>"Every run of the machine is listed here, with what counted and why."</p>
            </div>
        }
        .into_any()
    } else {
        story(&data.runs)
    };
    view! {
        <section class="stack" aria-label="Runs">
            <h2>"Every run"</h2>
            {shown}
        </section>
    }
    .into_any()
}
