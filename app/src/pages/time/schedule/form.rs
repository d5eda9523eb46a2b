//! An event's form. What does not belong to the chosen kind is hidden by the style, not by a script.

use leptos::prelude::*;

use crate::ui::form::{Field, Form, Submit, choose, hidden, radio};
use crate::ui::icon::{Glyph, Icon};
use crate::view::{EventForm, ScheduleView};

const DAYS: [(&str, &str, &str); 7] = [
    ("monday", "Mo", "Monday"),
    ("tuesday", "Tu", "Tuesday"),
    ("wednesday", "We", "Wednesday"),
    ("thursday", "Th", "Thursday"),
    ("friday", "Fr", "Friday"),
    ("saturday", "Sa", "Saturday"),
    ("sunday", "Su", "Sunday"),
];

/// The form that is open, beside the week.
pub fn panel(lab: &str, view: &ScheduleView, open: &EventForm) -> AnyView {
    let title = if open.schedule.is_empty() {
        "New event"
    } else {
        "Change event"
    };
    let close = format!("/labs/{lab}/schedule?week={}", view.week.monday);
    let delete = (!open.schedule.is_empty() && view.may_edit).then(|| delete(lab, view, open));
    view! {
        <section class="card planner-form" id="event" tabindex="-1" aria-label=title>
            <header class="planner-head">
                <h2 class="card-title">{title}</h2>
                <a class="button button-quiet button-icon button-small" href=close.clone() aria-label="Close">
                    <Glyph icon=Icon::X/>
                </a>
            </header>
            {if view.may_edit { edit(lab, view, open, close) } else { read(open) }}
            {delete}
        </section>
    }
    .into_any()
}

/// What those see who may not change it.
fn read(open: &EventForm) -> AnyView {
    view! {
        <dl class="facts facts-rows">
            <div><dt>"Date"</dt><dd>{open.date.clone()}</dd></div>
            <div><dt>"Time"</dt><dd>{open.start.clone()} "–" {open.stop.clone()}</dd></div>
            <div><dt>"Time zone"</dt><dd>{open.zone.clone()}</dd></div>
            <div><dt>"Notes"</dt><dd>{open.notes.clone()}</dd></div>
        </dl>
    }
    .into_any()
}

fn edit(lab: &str, view: &ScheduleView, open: &EventForm, close: String) -> AnyView {
    let (lab, schedule, week) = (
        lab.to_owned(),
        open.schedule.clone(),
        view.week.monday.clone(),
    );
    let fields = view! { {when(open, &view.zones)} {repeats(open)} {for_whom(open, &view.groups)} }
        .into_any();
    view! {
        <Form action="/sfn/schedules/save" class="form event-form" inline=true>
            {hidden("lab", lab)}
            {hidden("schedule", schedule)}
            {hidden("week", week)}
            {fields}
            <div class="form-actions">
                <Submit class="button button-primary" icon=Icon::Check>"Save"</Submit>
                <a class="button button-quiet" href=close>"Cancel"</a>
            </div>
        </Form>
    }
    .into_any()
}

fn when(open: &EventForm, zones: &[String]) -> AnyView {
    let kind = if open.kind.is_empty() {
        "standard"
    } else {
        &open.kind
    };
    let zones = zones
        .iter()
        .map(|zone| (zone.clone(), zone.replace('_', " ")))
        .collect();
    view! {
        <fieldset class="fieldset">
            <legend class="legend">"What happens"</legend>
            <div class="segments">
                {radio("kind", "standard", kind, "Start and stop")}
                {radio("kind", "start", kind, "Start only")}
                {radio("kind", "stop", kind, "Stop only")}
            </div>
            <p class="hint">"A start is for machines that have a user; a stop is for every machine, the template too."</p>
        </fieldset>
        <Field name="date" label="Date" kind="date" value=open.date.clone()/>
        <div class="form-row form-row-tight">
            <div class="of-start"><Field name="start" label="Start" kind="time" value=open.start.clone() loose=true/></div>
            <div class="of-stop"><Field name="stop" label="Stop" kind="time" value=open.stop.clone() loose=true/></div>
        </div>
        {choose("zone", "Time zone", "", zones, &open.zone)}
    }
    .into_any()
}

fn repeats(open: &EventForm) -> AnyView {
    let repeat = if open.repeat.is_empty() {
        "once"
    } else {
        &open.repeat
    };
    let interval = if open.interval.is_empty() {
        "1".to_owned()
    } else {
        open.interval.clone()
    };
    let days = DAYS
        .iter()
        .map(|(value, short, long)| {
            let checked = open.days.iter().any(|day| day == value);
            view! {
                <label class="segment">
                    <input type="checkbox" name="days[]" value=*value checked=checked aria-label=*long/>
                    <span aria-hidden="true">{*short}</span>
                </label>
            }
            .into_any()
        })
        .collect_view();
    view! {
        <fieldset class="fieldset">
            <legend class="legend">"Repeat"</legend>
            <div class="segments">
                {radio("repeat", "once", repeat, "Once")}
                {radio("repeat", "daily", repeat, "Daily")}
                {radio("repeat", "weekly", repeat, "Weekly")}
            </div>
        </fieldset>
        <fieldset class="fieldset of-weekly">
            <legend class="legend">"On these days"</legend>
            <div class="segments segments-days">{days}</div>
        </fieldset>
        <div class="stack of-repeat">
            <Field
                name="interval"
                label="Every"
                kind="number"
                value=interval
                min=1
                max=365
                loose=true
                suffix="days or weeks"
            />
            <Field name="until" label="Until and including" kind="date" value=open.until.clone() loose=true/>
        </div>
    }
    .into_any()
}

fn for_whom(open: &EventForm, groups: &[(String, String)]) -> AnyView {
    let group = if groups.is_empty() {
        hidden("group", "")
    } else {
        let everyone = [(String::new(), "All users".to_owned())];
        let options = everyone.into_iter().chain(groups.iter().cloned()).collect();
        choose("group", "For", "", options, &open.group)
    };
    let prestart = if open.prestart.is_empty() {
        "0".to_owned()
    } else {
        open.prestart.clone()
    };
    view! {
        <div class="of-start">
            <Field
                name="prestart"
                label="Start machines early"
                hint="So that they are ready when class begins."
                kind="number"
                value=prestart
                min=0
                max=60
                loose=true
                suffix="minutes before"
            />
        </div>
        {group}
        <div class="field">
            <label class="label" for="notes">"Notes " <span class="optional">"optional"</span></label>
            <textarea
                class="input"
                id="notes"
                name="notes"
                rows="2"
                maxlength="1000"
                inner_html=crate::escape(&open.notes)
            ></textarea>
        </div>
    }
    .into_any()
}

fn delete(lab: &str, view: &ScheduleView, open: &EventForm) -> AnyView {
    let (lab, schedule, week) = (
        lab.to_owned(),
        open.schedule.clone(),
        view.week.monday.clone(),
    );
    let losses = if open.losses.is_empty() {
        "It does not take place any more.".to_owned()
    } else {
        open.losses.clone()
    };
    view! {
        <details class="confirm">
            <summary class="button button-danger button-small"><Glyph icon=Icon::Trash/> "Delete the event…"</summary>
            <div class="confirm-panel">
                <p class="confirm-title">"Delete this event?"</p>
                <p>{losses} " Machines that run now keep running."</p>
                <Form action="/sfn/schedules/delete" class="form" inline=true>
                    {hidden("lab", lab)}
                    {hidden("schedule", schedule)}
                    {hidden("week", week)}
                    <div class="form-actions">
                        <Submit class="button button-primary button-danger" icon=Icon::Trash>"Delete it"</Submit>
                    </div>
                </Form>
            </div>
        </details>
    }
    .into_any()
}
