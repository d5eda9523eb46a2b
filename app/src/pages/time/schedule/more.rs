//! Below the week: what comes next, days without class, the calendar feed.

use leptos::prelude::*;

use crate::ui::copy::copy_field;
use crate::ui::form::{Field, Form, Submit, hidden};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::written::columns;
use crate::view::{EventView, HolidayView, ScheduleView};

/// What comes next.
pub fn upcoming(lab: &str, view: &ScheduleView) -> AnyView {
    if view.upcoming.is_empty() {
        let (text, button) = if view.may_edit {
            let href = format!(
                "/labs/{lab}/schedule?week={}&event=new#event",
                view.week.monday
            );
            let button = view! {
                <div class="cluster">
                    <a class="button button-primary" href=href><Glyph icon=Icon::Plus/> "Plan the first class"</a>
                </div>
            };
            (
                "Plan a class: machines start and stop by themselves, and its hours do not count against anybody’s quota. Press a free time in the week above, or begin here.",
                Some(button),
            )
        } else {
            ("Nobody has planned a class yet.", None)
        };
        return view! {
            <div class="empty">
                <span class="empty-icon"><Glyph icon=Icon::Calendar class="icon icon-large"/></span>
                <h2>"No classes ahead"</h2>
                <p>{text}</p>
                {button}
            </div>
        }
        .into_any();
    }
    let rows = view
        .upcoming
        .iter()
        .map(|event| row(lab, event))
        .collect_view();
    view! {
        <section aria-label="Upcoming events">
            <div class="toolbar"><h2>"Upcoming events"</h2></div>
            <div class="card card-flush table-wrap">
                <table class="table" role="table">
                    <thead role="rowgroup">{columns(&["Day", "Time", "Repeats", "For", "Notes"])}</thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn row(lab: &str, event: &EventView) -> AnyView {
    let href = format!(
        "/labs/{lab}/schedule?week={}&event={}#event",
        event.monday, event.schedule
    );
    let notes = if event.notes.is_empty() {
        "–".to_owned()
    } else {
        event.notes.clone()
    };
    let zone = event
        .zone
        .clone()
        .map(|zone| view! { <span class="small muted">{zone}</span> });
    view! {
        <tr role="row">
            <th role="rowheader" scope="row" class="cell-main"><a href=href>{event.day.clone()}</a></th>
            <td role="cell" data-label="Time" class="number"><span>{event.time.clone()} " " {zone}</span></td>
            <td role="cell" data-label="Repeats">{event.repeats.clone()}</td>
            <td role="cell" data-label="For">{event.group.clone()}</td>
            <td role="cell" data-label="Notes">{notes}</td>
        </tr>
    }
    .into_any()
}

/// Days without class: the lab's, and the plan's.
pub fn holidays(lab: &str, view: &ScheduleView) -> AnyView {
    let may = view.may_edit;
    let (week, monday) = (lab.to_owned(), view.week.monday.clone());
    let add = may.then(|| {
        view! {
            <Form action="/sfn/schedules/holiday" class="form form-line" inline=true reset=true>
                {hidden("lab", week)}
                {hidden("week", monday)}
                <Field name="date" id="holiday-date" label="Day" kind="date"/>
                <Field name="name" id="holiday-name" label="Name" max=100/>
                <Submit class="button" icon=Icon::Plus>"Add the day"</Submit>
            </Form>
        }
    });
    view! {
        <section class="card" aria-label="Days without class">
            <header class="card-head">
                <h2 class="card-title">"Days without class"</h2>
                <p class="card-text">"Events do not take place on these days."</p>
            </header>
            {holiday_list(&view.holidays, may.then_some(lab), "/sfn/schedules/remove-holiday")}
            {add}
        </section>
    }
    .into_any()
}

/// The days; those of the plan are not a lab's to remove. `lab` is empty on the plan's own page.
pub fn holiday_list(days: &[HolidayView], lab: Option<&str>, remove: &'static str) -> AnyView {
    if days.is_empty() {
        return view! { <p class="muted">"None yet. Add bank holidays and breaks, so that nothing starts for an empty room."</p> }.into_any();
    }
    let one = |day: &HolidayView| {
        let act = match lab {
            Some(lab) if !day.plan || lab.is_empty() => {
                let (lab, id) = (lab.to_owned(), day.id.clone());
                let label = format!("Remove {}, {}", day.name, day.day);
                view! {
                    <Form action=remove>
                        {(!lab.is_empty()).then(|| hidden("lab", lab))}
                        {hidden("holiday", id)}
                        <Submit class="button button-quiet button-icon button-small" icon=Icon::X label=label>""</Submit>
                    </Form>
                }
                .into_any()
            }
            _ if day.plan => view! { <span class="tag">"All labs"</span> }.into_any(),
            _ => ().into_any(),
        };
        view! {
            <li class="row">
                <div class="row-text"><strong>{day.name.clone()}</strong> <span class="small muted">{day.day.clone()}</span></div>
                {act}
            </li>
        }
        .into_any()
    };
    view! { <ul class="rows">{days.iter().map(one).collect_view()}</ul> }.into_any()
}

/// The feed for calendar programs.
pub fn feed(lab: &str, view: &ScheduleView) -> AnyView {
    let there = view.feed.is_some();
    let shown = match view.feed.clone() {
        Some(address) => copy_field(address, "Calendar address"),
        None => view! { <p class="muted">"There is no link yet."</p> }.into_any(),
    };
    let label = if there {
        "Make a new link"
    } else {
        "Make a link"
    };
    let lab = lab.to_owned();
    let renew = view.may_edit.then(|| {
        view! {
            <Form action="/sfn/schedules/link" class="form">
                {hidden("lab", lab)}
                {there.then(|| view! { <p class="hint">"A new link makes the old one worthless: calendars that use it stop being updated."</p> })}
                <div class="form-actions">
                    <Submit class="button button-small" icon=Icon::Restart>{label}</Submit>
                </div>
            </Form>
        }
    });
    view! {
        <section class="card" aria-label="Calendar link">
            <header class="card-head">
                <h2 class="card-title">"In your own calendar"</h2>
                <p class="card-text">"Subscribe to this address in any calendar program. Whoever has it can read the schedule."</p>
            </header>
            <div class="stack">{shown} {renew}</div>
        </section>
    }
    .into_any()
}
