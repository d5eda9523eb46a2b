//! The lab plan: prices, the budget of all labs, what new labs begin with, days without class.

use leptos::prelude::*;

use super::dashboard::{budget, budget_bar};
use super::schedule::holiday_list;
use crate::ui::form::{Field, Form, Submit, hidden};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::parts::{State, Time};
use crate::ui::shutdown;
use crate::ui::written::{kept_part, live_part, row};
use crate::view::{MailLine, MailView, PlanView, PriceView, WrittenView};

/// Writes the page; `address` is where it is asked for anew.
pub fn write(plan: &PlanView, address: String) -> WrittenView {
    WrittenView {
        title: "Lab plan".to_owned(),
        events: "/events/system".to_owned(),
        address,
        card: false,
        rows: vec![
            row("written-head", vec![kept_part(head)]),
            row("", vec![live_part(|| budget("", plan.spent.as_ref()))]),
            row("", vec![kept_part(|| form(plan))]),
            row("", vec![kept_part(|| holidays(plan))]),
            row("", vec![live_part(|| mail(plan.mail.clone()))]),
        ],
    }
}

fn head() -> AnyView {
    view! {
        <header class="page-head">
            <div class="page-head-text">
                <h1>"Lab plan"</h1>
                <p class="page-subtitle">"What holds for all labs. Auto-shutdown is copied into a lab when it is made; changing it here reaches new labs only."</p>
            </div>
        </header>
    }
    .into_any()
}

fn form(plan: &PlanView) -> AnyView {
    let sizes = plan.sizes.iter().map(price).collect_view();
    let bar = plan.spent.as_ref().map(budget_bar);
    let money = view! {
        <div class="form-row">
            <Field name="currency" label="Currency" hint="Three letters, such as EUR." value=plan.currency.clone() max=3/>
            <Field
                name="storage_price"
                label="Storage"
                hint="Price of a GB for a month."
                kind="number"
                value=plan.storage_price.clone()
                min=0
                parts=true
            />
            <Field
                name="budget"
                label="Budget of all labs"
                hint="From 80 % on educators are warned."
                kind="number"
                value=plan.budget.clone()
                min=0
                parts=true
                optional=true
            />
        </div>
        {bar}
        <fieldset class="fieldset">
            <legend class="legend">"Price of an hour"</legend>
            <p class="hint">"For each size, while a machine runs; the template too."</p>
            <div class="form-row">{sizes}</div>
        </fieldset>
    }
    .into_any();
    let shutdown = shutdown::fields(&plan.shutdown, false);
    let bin_days = plan.bin_days.clone();
    view! {
        <Form action="/sfn/plan/save" class="card form" inline=true>
            <h2 class="card-title">"Cost"</h2>
            {money}
            <hr/>
            <h2 class="card-title">"Deleted labs"</h2>
            <Field
                name="bin_days"
                label="Can be brought back for"
                hint="0 to 30. With 0 they are removed at once."
                kind="number"
                value=bin_days
                min=0
                max=30
                suffix="days".to_owned()
            />
            <hr/>
            <h2 class="card-title">"What new labs begin with"</h2>
            {shutdown}
            <div class="form-actions"><Submit class="button button-primary" icon=Icon::Check>"Save the plan"</Submit></div>
        </Form>
    }
    .into_any()
}

/// The newest mails: what waits, what went out, what was given up and why.
fn mail(mail: Option<MailView>) -> AnyView {
    let Some(mail) = mail else {
        return ().into_any();
    };
    let off = (!mail.set_up).then(|| {
        view! {
            <div class="notice notice-warning" role="status">
                <Glyph icon=Icon::Mail/>
                <div class="notice-body">
                    <p>"No mail server is set up. Mails wait for a day; name one in the settings, and “lectern doctor” tries it."</p>
                </div>
            </div>
        }
    });
    let list = if mail.mails.is_empty() {
        view! { <p class="muted">"No mails yet. Warnings of quota and budget go out by mail."</p> }
            .into_any()
    } else {
        view! { <ul class="rows">{mail.mails.into_iter().map(mail_line).collect_view()}</ul> }
            .into_any()
    };
    view! {
        <section class="card" aria-label="Mail">
            <header class="card-head">
                <h2 class="card-title">"Mail"</h2>
                <p class="card-text">"The newest mails to users and educators, without their texts."</p>
            </header>
            <div class="stack">{off} {list}</div>
        </section>
    }
    .into_any()
}

fn mail_line(mail: MailLine) -> AnyView {
    let why = mail.error.map(|error| view! { " · " {error} });
    let again = mail.due.map(|due| view! { " · next try " <Time at=due/> });
    view! {
        <li class="row">
            <div class="row-text">
                <strong>{mail.subject}</strong>
                <span class="small muted">{mail.to} " · written " <Time at=mail.written_at/> {why} {again}</span>
            </div>
            <State badge=mail.badge class="status status-plain"/>
        </li>
    }
    .into_any()
}

/// A size's price: its name is sent beside it, in the same order.
fn price(size: &PriceView) -> AnyView {
    view! {
        <div>
            {hidden("sizes[]", size.size.clone())}
            <Field
                name="prices[]"
                field=format!("price-{}", size.size)
                id=format!("price-{}", size.size)
                label=size.title.clone()
                kind="number"
                value=size.price.clone()
                min=0
                parts=true
            />
        </div>
    }
    .into_any()
}

fn holidays(plan: &PlanView) -> AnyView {
    view! {
        <section class="card" aria-label="Days without class">
            <header class="card-head">
                <h2 class="card-title">"Days without class"</h2>
                <p class="card-text">"In all labs: events do not take place on these days."</p>
            </header>
            {holiday_list(&plan.holidays, Some(""), "/sfn/plan/remove-holiday")}
            <Form action="/sfn/plan/holiday" class="form form-line" inline=true reset=true>
                <Field name="date" label="Day" kind="date"/>
                <Field name="name" label="Name" max=100/>
                <Submit class="button" icon=Icon::Plus>"Add the day"</Submit>
            </Form>
        </section>
    }
    .into_any()
}
