//! The week as a list of days, for narrow screens.

use leptos::prelude::*;

use super::week::words;
use crate::ui::icon::{Glyph, Icon};
use crate::view::{BlockView, DayView, WeekView};

/// The list.
pub fn list(lab: &str, week: &WeekView, may: bool) -> AnyView {
    let days = week
        .days
        .iter()
        .map(|day| one(lab, &week.monday, day, may))
        .collect_view();
    view! { <ol class="week-list narrow-only">{days}</ol> }.into_any()
}

fn one(lab: &str, monday: &str, day: &DayView, may: bool) -> AnyView {
    let holiday = day
        .holiday
        .clone()
        .map(|name| view! { <p class="week-holiday">{name} ": no class"</p> });
    let blocks = day
        .blocks
        .iter()
        .map(|block| event(lab, monday, day, block))
        .collect_view();
    let nothing = (day.blocks.is_empty() && day.holiday.is_none())
        .then(|| view! { <p class="small muted">"Nothing"</p> });
    let add = may.then(|| {
        let href = format!(
            "/labs/{lab}/schedule?week={monday}&event=new&date={}#event",
            day.date
        );
        let label = format!("New event on {}", day.long);
        view! {
            <a class="button button-quiet button-icon button-small" href=href aria-label=label><Glyph icon=Icon::Plus/></a>
        }
    });
    view! {
        <li class="week-list-day" data-today=day.now.map(|_| "")>
            <h3>{day.long.clone()}</h3>
            {add}
            <div class="stack stack-s">{holiday} {blocks} {nothing}</div>
        </li>
    }
    .into_any()
}

fn event(lab: &str, monday: &str, day: &DayView, block: &BlockView) -> AnyView {
    let href = format!(
        "/labs/{lab}/schedule?week={monday}&event={}#event",
        block.schedule
    );

    view! {
        <a
            class="event"
            href=href

            data-kind=block.kind.clone()
            data-size="large"
            data-cancelled=block.cancelled.then_some("")
        >
            {words(day, block)}
        </a>
    }
    .into_any()
}
