//! Schedule: the week, an event's form, what comes next, days without class, the calendar feed.

mod days;
mod form;
mod more;
mod week;

use leptos::prelude::*;

pub(super) use more::holiday_list;

use crate::pages::lab::{Tab, written};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::written::{kept_part, live_part, row};
use crate::view::{ScheduleView, WeekView, WithLab, WrittenView};

/// Writes the Schedule tab; `address` is where it is asked for anew.
pub fn write(data: &WithLab<ScheduleView>, address: String) -> WrittenView {
    let (lab, view) = (data.lab.id.as_str(), &data.more);
    let shown = live_part(|| {
        let week = &view.week;
        view! {
            <section class="card card-flush week" aria-label="Week">
                {head(lab, week, view.may_edit)} {week::grid(lab, week, view.may_edit)} {days::list(lab, week, view.may_edit)}
            </section>
        }
        .into_any()
    });
    let planner = match &view.form {
        Some(open) => row(
            "planner planner-open",
            vec![kept_part(|| form::panel(lab, view, open)), shown],
        ),
        None => row("planner", vec![shown]),
    };
    let rows = vec![
        planner,
        row("", vec![live_part(|| more::upcoming(lab, view))]),
        row(
            "pair",
            vec![
                kept_part(|| more::holidays(lab, view)),
                kept_part(|| more::feed(lab, view)),
            ],
        ),
    ];
    written(&data.lab, Tab::Schedule, address, rows)
}

/// Where one is, and the ways to other weeks.
fn head(lab: &str, week: &WeekView, may: bool) -> AnyView {
    const STEP: &str = "button button-quiet button-icon button-small";
    let to = |monday: &str| format!("/labs/{lab}/schedule?week={monday}");
    let today = format!("/labs/{lab}/schedule");
    let new = may.then(|| {
        let href = format!("{}&event=new#event", to(&week.monday));
        view! { <a class="button button-primary button-small" href=href><Glyph icon=Icon::Plus/> "New event"</a> }
    });
    view! {
        <header class="week-head">
            <div class="cluster">
                <a class="button button-small" href=today aria-current=week.this.then_some("date")>"Today"</a>
                <span class="week-steps">
                    <a class=STEP href=to(&week.previous) aria-label="Previous week"><Glyph icon=Icon::ChevronLeft/></a>
                    <a class=STEP href=to(&week.next) aria-label="Next week"><Glyph icon=Icon::ChevronRight/></a>
                </span>
                <h2 class="week-title">{week.title.clone()}</h2>
            </div>
            <div class="cluster">
                <span class="small muted">{week.zone.clone()}</span>
                {new}
            </div>
        </header>
    }
    .into_any()
}

/// “08:00”.
fn clock(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}
