//! The week as a grid: hours down, days across. Free time is made of slots that lead to a new event;
//! events lie above them. All positions are attributes of SVG elements, so that no style is needed.

use leptos::prelude::*;

use super::clock;
use crate::view::{BlockView, DayView, WeekView};

/// How high an hour is drawn, in CSS pixels; `style/week.css` has half of it for a slot.
const HOUR: u32 = 48;

/// The height of what is too short to be read.
const LEAST: u32 = 22;

/// The grid, for wide screens.
pub fn grid(lab: &str, week: &WeekView, may: bool) -> AnyView {
    let (first, last) = (week.first_hour, week.last_hour);
    // Where the server does not know the reader's zone, the browser adds these hours.
    let own = week.own_offset.filter(|own| *own != week.offset);
    let other = own.map(|own| {
        hours(
            first,
            last,
            own - week.offset,
            "Hours in your own time zone",
        )
    });
    let ask = week.noon.filter(|_| week.own_offset.is_none());
    let frame = Frame {
        first: first * 60,
        last: last * 60,
    };
    let heads = week.days.iter().map(day_head).collect_view();
    let days = week
        .days
        .iter()
        .enumerate()
        .map(|(index, day)| column(lab, week, index, day, frame, may))
        .collect_view();
    view! {
        <div class="week-grid wide-only">
            <div class="week-corner"><span class="week-zone week-zone-own" hidden=own.is_none()>"Your time"</span> <span class="week-zone">{abbreviation(&week.zone)}</span></div>
            {heads}
            <div class="week-scales" data-own-hours=ask.map(|_| "") data-noon=ask.map(|at| at.0) data-offset=week.offset>
                {other}
                {hours(first, last, 0, "Hours")}
            </div>
            {days}
        </div>
    }
    .into_any()
}

/// The minutes of a day that are drawn.
#[derive(Clone, Copy)]
struct Frame {
    first: u32,
    last: u32,
}

impl Frame {
    fn y(self, minutes: u32) -> u32 {
        minutes
            .clamp(self.first, self.last)
            .saturating_sub(self.first)
            * HOUR
            / 60
    }

    fn height(self) -> u32 {
        self.y(self.last)
    }
}

/// “Berlin” of “Europe/Berlin”.
fn abbreviation(zone: &str) -> String {
    zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")
}

fn hours(first: u32, last: u32, shift: i32, label: &'static str) -> AnyView {
    let height = (last.saturating_sub(first) * HOUR).to_string();
    let marks = (first + 1..last)
        .map(|hour| {
            let there = (i64::from(hour) * 60 + i64::from(shift)).rem_euclid(1440);
            let text = clock(u32::try_from(there).unwrap_or_default());
            view! { <text x="44" y=(hour - first) * HOUR + 4 text-anchor="end">{text}</text> }
                .into_any()
        })
        .collect_view();
    view! {
        <svg class="week-hours" width="50" height=height role="img" aria-label=label>{marks}</svg>
    }
    .into_any()
}

fn day_head(day: &DayView) -> AnyView {
    let holiday = day
        .holiday
        .clone()
        .map(|name| view! { <span class="week-holiday">{name}</span> });
    view! {
        <div class="week-day-head" data-today=day.now.map(|_| "")>
            <span class="week-day-name">{day.short.clone()}</span>
            " "
            <span class="week-day-number">{day.number.clone()}</span>
            {holiday}
        </div>
    }
    .into_any()
}

fn column(
    lab: &str,
    week: &WeekView,
    index: usize,
    day: &DayView,
    frame: Frame,
    may: bool,
) -> AnyView {
    let slots = (frame.first..frame.last)
        .step_by(30)
        .map(|minutes| slot(lab, week, index, day, minutes, minutes == frame.first, may))
        .collect_view();
    let blocks = day
        .blocks
        .iter()
        .map(|block| event(lab, &week.monday, day, block, frame))
        .collect_view();
    let now = day
        .now
        .filter(|now| (frame.first..frame.last).contains(now))
        .map(|now| {
            let y = frame.y(now);
            view! {
                <g class="week-now">
                    <circle cx="3" cy=y r="4"></circle>
                    <line x1="0" x2="100%" y1=y y2=y></line>
                </g>
            }
        });
    view! {
        <section
            class="week-day"
            aria-label=day.long.clone()
            data-holiday=day.holiday.as_ref().map(|_| "")
        >
            {slots}
            <svg class="week-events" width="100%" height=frame.height() role="group" aria-label="Events">
                {blocks} {now}
            </svg>
        </section>
    }
    .into_any()
}

/// Half an hour that an event can be made in.
fn slot(
    lab: &str,
    week: &WeekView,
    index: usize,
    day: &DayView,
    minutes: u32,
    first: bool,
    may: bool,
) -> AnyView {
    if !may {
        return view! { <span class="week-slot"></span> }.into_any();
    }
    let start = clock(minutes);
    let href = format!(
        "/labs/{lab}/schedule?week={}&event=new&date={}&start={start}#event",
        week.monday, day.date
    );
    // One stop for the Tab key in each day; the arrow keys move on from there.
    let order = if first { "0" } else { "-1" };
    view! {
        <a
            class="week-slot"
            href=href
            tabindex=order
            draggable="false"
            data-slot=format!("{index}-{minutes}")
            aria-label=format!("New event, {}, {start}", day.long)
        ></a>
    }
    .into_any()
}

fn event(lab: &str, monday: &str, day: &DayView, block: &BlockView, frame: Frame) -> AnyView {
    let lanes = block.lanes.max(1);
    let share = |lane: u32| format!("{}.{:02}%", lane * 100 / lanes, lane * 10_000 / lanes % 100);
    let marker = block.kind != "standard";
    let (top, bottom) = (frame.y(block.from), frame.y(block.to));
    let height = bottom.saturating_sub(top).max(LEAST);
    let top = top.min(frame.height().saturating_sub(height));
    let href = format!(
        "/labs/{lab}/schedule?week={monday}&event={}#event",
        block.schedule
    );
    let size = if marker || height < 40 {
        "small"
    } else {
        "large"
    };

    view! {
        <foreignObject x=share(block.lane) y=top width=share(1) height=height>
            <div class="event-box">
                <a
                    class="event"
                    href=href
                    draggable="false"
                    title=label(block)
                    data-kind=block.kind.clone()
                    data-size=size
                    data-cancelled=block.cancelled.then_some("")
                >
                    {words(day, block)}
                </a>
            </div>
        </foreignObject>
    }
    .into_any()
}

/// What an event says; the day is for those who do not see where it is.
pub(super) fn words(day: &DayView, block: &BlockView) -> AnyView {
    let more = [&block.group, &block.zone]
        .into_iter()
        .flatten()
        .map(|text| view! { <span class="event-more">{text.clone()}</span> }.into_any())
        .collect_view();
    let notes = (!block.notes.is_empty())
        .then(|| view! { <span class="event-notes">{block.notes.clone()}</span> });
    let off = if block.cancelled {
        ", does not take place"
    } else {
        ""
    };
    view! {
        <span class="event-time">{block.time.clone()}</span>
        {more}
        {notes}
        <span class="visually-hidden">", " {day.long.clone()} {off}</span>
    }
    .into_any()
}

/// An event in one line, for the mouse that rests on it.
fn label(block: &BlockView) -> String {
    let notes = Some(&block.notes).filter(|notes| !notes.is_empty());
    let parts = [
        Some(&block.time),
        block.group.as_ref(),
        block.zone.as_ref(),
        notes,
    ];
    let words: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    words.join(", ")
}
