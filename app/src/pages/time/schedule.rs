//! Schedule: the week, an event's form, what comes next, days without class, the calendar feed.

mod days;
mod drag;
mod form;
mod more;
mod week;

use leptos::prelude::*;

pub(super) use more::holiday_list;

use crate::pages::lab::{Tab, with_lab};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::live::changing;
use crate::view::{ScheduleView, WeekView, WithLab};

/// The Schedule tab; `address` is where its data is asked for anew.
pub fn page(data: WithLab<ScheduleView>, address: String) -> AnyView {
    with_lab(data, Tab::Schedule, address, |data| {
        let (id, may, monday, form) = data.with_untracked(|data| {
            let more = &data.more;
            let form = more
                .form
                .as_ref()
                .map(|open| form::panel(&data.lab.id, more, open));
            (
                data.lab.id.clone(),
                more.may_edit,
                more.week.monday.clone(),
                form,
            )
        });
        let week = Memo::new(move |_| data.with(|data| data.more.week.clone()));
        let class = if form.is_some() {
            "planner planner-open"
        } else {
            "planner"
        };
        let of = id.clone();
        let shown = changing(move || {
            week.with(|week| {
                view! { {head(&of, week, may)} {week::grid(&of, week, may)} {days::list(&of, week, may)} }.into_any()
            })
        });
        view! {
            <div class="stack stack-l">
                <div class=class>
                    {form}
                    <section class="card card-flush week" aria-label="Week">{shown}</section>
                </div>
                {changing(move || data.with(|data| more::upcoming(&data.lab.id, &data.more)))}
                <div class="pair">
                    {more::holidays(data, &id, &monday, may)}
                    {more::feed(data, &id, may)}
                </div>
            </div>
        }
        .into_any()
    })
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
