//! Dashboard: what the lab costs and how it is used, each part leading to its page.

mod charts;

use leptos::prelude::*;

use crate::pages::lab::{Tab, written};
use crate::ui::form::{Form, Submit, hidden};
use crate::ui::hours::bar;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::parts::Time;
use crate::ui::written::{live_part, row};
use crate::view::{BudgetView, DashboardView, FigureView, Moment, WithLab, WrittenView};

/// Writes the Dashboard tab; `address` is where it is asked for anew.
pub fn write(data: &WithLab<DashboardView>, address: String) -> WrittenView {
    let shown = live_part(|| all(&data.lab.id, &data.more));
    written(
        &data.lab,
        Tab::Dashboard,
        address,
        vec![row("", vec![shown])],
    )
}

fn all(lab: &str, view: &DashboardView) -> AnyView {
    view! {
        <div class="stack stack-l">
            {budget(lab, view.budget.as_ref())}
            {money(lab, view)}
            <div class="tiles">{template(lab, view)} {pool(lab, view)} {users(lab, view)} {next(lab, view)}</div>
            {charts::columns("Running hours per day", "Hours", &view.hours)}
            <div class="pair">
                {charts::columns("Cost per day", "Cost", &view.costs)}
                {charts::people(&view.people)}
            </div>
        </div>
    }
    .into_any()
}

/// How the budget stands; more than words when students have to wait.
pub(super) fn budget(lab: &str, budget: Option<&BudgetView>) -> AnyView {
    let Some(budget) = budget else {
        return ().into_any();
    };
    let (class, icon) = match budget.state.as_str() {
        "hold" => ("notice notice-danger", Icon::Alert),
        "warning" | "open" => ("notice notice-warning", Icon::Coins),
        _ => return ().into_any(),
    };
    let let_start = budget.may_let_start.then(|| {
        let lab = lab.to_owned();
        view! {
            <div class="notice-actions">
                <Form action="/sfn/labs/let-start">
                    {hidden("id", lab)}
                    <Submit class="button button-small" icon=Icon::Play>"Let students start"</Submit>
                </Form>
            </div>
        }
    });
    view! {
        <div class=class role="status">
            <Glyph icon=icon/>
            <div class="notice-body"><p class="notice-title">{budget.text.clone()}</p><p>{budget.note.clone()}</p></div>
            {let_start}
        </div>
    }
    .into_any()
}

/// A budget's bar.
pub(super) fn budget_bar(budget: &BudgetView) -> AnyView {
    view! {
        <div class="quota quota-budget" data-state=budget.state.clone()>
            <p class="quota-text"><span class="number">{budget.text.clone()}</span></p>
            {bar(budget.spent)}
        </div>
    }
    .into_any()
}

fn money(lab: &str, view: &DashboardView) -> AnyView {
    let bar = match &view.budget {
        Some(budget) => budget_bar(budget),
        None => {
            let href = format!("/labs/{lab}/settings");
            view! { <p class="small muted">"No budget. " <a href=href>"Set one in the settings"</a></p> }.into_any()
        }
    };
    view! {
        <section class="card" aria-label="Cost">
            <header class="card-head">
                <h2 class="card-title">"Cost"</h2>
                <p class="card-text">{view.forecast_note.clone()}</p>
            </header>
            <div class="money">
                <dl class="stats stats-plain">
                    <div class="stat"><dt>"Spent so far"</dt><dd>{view.spent.clone()}</dd></div>
                    <div class="stat"><dt>"Forecast"</dt><dd>{view.forecast.clone()}</dd></div>
                    <div class="stat"><dt>"Estimated maximum"</dt><dd>{view.maximum.clone()}</dd></div>
                </dl>
                {bar}
            </div>
            <dl class="reckoning">{view.estimate.iter().map(reckoned).collect_view()}</dl>
        </section>
    }
    .into_any()
}

fn reckoned(figure: &FigureView) -> AnyView {
    let note = (!figure.note.is_empty()).then(|| view! { <small>{figure.note.clone()}</small> });
    view! { <div><dt>{figure.label.clone()} {note}</dt><dd class="number">{figure.value.clone()}</dd></div> }
        .into_any()
}

/// A tile that is one link.
fn tile(href: String, icon: Icon, title: &'static str, body: AnyView) -> AnyView {
    view! {
        <section class="card tile" aria-label=title>
            <h2 class="tile-title"><Glyph icon=icon/> <a class="lab-link" href=href>{title}</a></h2>
            {body}
        </section>
    }
    .into_any()
}

fn figures(figures: &[FigureView]) -> AnyView {
    view! { <dl class="reckoning">{figures.iter().map(reckoned).collect_view()}</dl> }.into_any()
}

fn template(lab: &str, view: &DashboardView) -> AnyView {
    let at = |at: Option<Moment>| match at {
        Some(at) => view! { <Time at=at/> }.into_any(),
        None => "Not yet".into_any(),
    };
    let made = if view.has_template {
        at(view.template_made)
    } else {
        "No template".into_any()
    };
    let body = view! {
        <dl class="reckoning">
            <div><dt>"Made"</dt><dd>{made}</dd></div>
            <div><dt>"Last published"</dt><dd>{at(view.published)}</dd></div>
        </dl>
    };
    tile(
        format!("/labs/{lab}"),
        Icon::Template,
        "Template",
        body.into_any(),
    )
}

fn pool(lab: &str, view: &DashboardView) -> AnyView {
    tile(
        format!("/labs/{lab}/pool"),
        Icon::Monitor,
        "Virtual machine pool",
        figures(&view.pool),
    )
}

fn users(lab: &str, view: &DashboardView) -> AnyView {
    tile(
        format!("/labs/{lab}/users"),
        Icon::Users,
        "Users",
        figures(&view.users),
    )
}

fn next(lab: &str, view: &DashboardView) -> AnyView {
    let events = view
        .next
        .iter()
        .map(|event| {
            view! { <li><strong>{event.time.clone()}</strong> <small>{event.day.clone()}</small></li> }.into_any()
        })
        .collect_view();
    let body = if view.next.is_empty() {
        view! { <p class="muted small">"No classes planned."</p> }.into_any()
    } else {
        let more = (!view.more_events.is_empty())
            .then(|| view! { <p class="small muted">{view.more_events.clone()}</p> });
        view! { <ol class="tile-events">{events}</ol> {more} }.into_any()
    };
    tile(
        format!("/labs/{lab}/schedule"),
        Icon::Calendar,
        "Schedule",
        body,
    )
}
