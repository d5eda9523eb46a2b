//! What the script adds to the week of a schedule: dragging over slots, arrow keys, and the reader's
//! own hours. The state of a selection is in the document: the slots that belong to it are marked.

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget, HtmlElement};

const PICKED: &str = "data-picked";

/// A slot's day and first minute.
fn place(slot: &Element) -> Option<(i32, i32)> {
    let name = slot.get_attribute("data-slot")?;
    let (day, minute) = name.split_once('-')?;
    Some((day.parse().ok()?, minute.parse().ok()?))
}

fn slot_of(target: Option<EventTarget>) -> Option<Element> {
    let element: Element = target?.dyn_into().ok()?;
    element.closest("[data-slot]").ok().flatten()
}

fn slot_at(day: i32, minute: i32) -> Option<HtmlElement> {
    let found = document().query_selector(&format!("[data-slot=\"{day}-{minute}\"]"));
    found.ok().flatten()?.dyn_into().ok()
}

fn picked() -> Vec<Element> {
    let Ok(all) = document().query_selector_all(&format!("[{PICKED}]")) else {
        return Vec::new();
    };
    (0..all.length())
        .filter_map(|index| all.item(index)?.dyn_into().ok())
        .collect()
}

/// Marks from where the selection began to `to`; nothing where none began, or on another day.
fn extend(to: &Element) -> Option<()> {
    let old = picked();
    let begin = old
        .iter()
        .find(|slot| slot.get_attribute(PICKED).as_deref() == Some("begin"))?;
    let ((day, from), (other, to)) = (place(begin)?, place(to)?);
    if day != other {
        return None;
    }
    for slot in old.iter().filter(|slot| *slot != begin) {
        let _ = slot.remove_attribute(PICKED);
    }
    let mut minute = from.min(to);
    while minute <= from.max(to) {
        if let Some(slot) = slot_at(day, minute).filter(|_| minute != from) {
            let _ = slot.set_attribute(PICKED, "");
        }
        minute += 30;
    }
    Some(())
}

fn forget() {
    for slot in picked() {
        let _ = slot.remove_attribute(PICKED);
    }
}

pub(super) fn down(event: &MouseEvent) {
    forget();
    if let Some(slot) = slot_of(event.target()).filter(|_| event.button() == 0) {
        let _ = slot.set_attribute(PICKED, "begin");
    }
}

pub(super) fn over(event: &MouseEvent) {
    if event.buttons() == 0 {
        forget();
    } else if let Some(slot) = slot_of(event.target()) {
        let _ = extend(&slot);
    }
}

pub(super) fn up(event: &MouseEvent) {
    let chosen = picked();
    // One slot alone is a link like any other, and is followed as one.
    if chosen.len() > 1 {
        let ends = chosen
            .iter()
            .filter_map(|slot| Some((place(slot)?.1, slot)));
        let (first, last) = (
            ends.clone().min_by_key(|end| end.0),
            ends.max_by_key(|end| end.0),
        );
        if let (Some((_, slot)), Some((minute, _))) = (first, last) {
            event.prevent_default();
            let end = u32::try_from(minute + 30).unwrap_or_default().min(1439);
            let href = slot.get_attribute("href").unwrap_or_default();
            let href = href.replace("#event", &format!("&stop={}#event", clock(end)));
            let _ = window().location().assign(&href);
        }
    }
    forget();
}

pub(super) fn key(event: &KeyboardEvent) {
    let Some((day, minute)) = slot_of(event.target()).and_then(|slot| place(&slot)) else {
        return;
    };
    let (day, minute) = match event.key().as_str() {
        "ArrowUp" => (day, minute - 30),
        "ArrowDown" => (day, minute + 30),
        "ArrowLeft" => (day - 1, minute),
        "ArrowRight" => (day + 1, minute),
        _ => return,
    };
    if let Some(slot) = slot_at(day, minute) {
        event.prevent_default();
        let _ = slot.focus();
    }
}

/// “08:00”.
fn clock(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}

/// Shows the hours of the reader's own zone beside the week's, where they differ.
pub(super) fn own_hours() {
    let _ = try_own_hours();
}

fn try_own_hours() -> Option<()> {
    let scales = document().query_selector("[data-own-hours]").ok()??;
    let number = |name: &str| scales.get_attribute(name)?.parse::<i64>().ok();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a date's milliseconds and a day's minutes are small"
    )]
    let own =
        -js_sys::Date::new(&(number("data-noon")? as f64).into()).get_timezone_offset() as i64;
    let shift = own - number("data-offset")?;
    if shift == 0 {
        return None;
    }
    let hours = scales.query_selector(".week-hours").ok()??;
    let other: Element = hours.clone_node_with_deep(true).ok()?.dyn_into().ok()?;
    let texts = other.query_selector_all("text").ok()?;
    for index in 0..texts.length() {
        let text = texts.item(index)?;
        let minutes = text.text_content()?.get(..2)?.parse::<i64>().ok()? * 60 + shift;
        let there = u32::try_from(minutes.rem_euclid(1440)).ok()?;
        text.set_text_content(Some(&clock(there)));
    }
    let _ = other.set_attribute("aria-label", "Hours in your own time zone");
    scales.remove_attribute("data-own-hours").ok()?;
    scales.insert_before(&other, Some(&hours)).ok()?;
    let corner = document()
        .query_selector(".week-corner .week-zone-own")
        .ok()??;
    corner.remove_attribute("hidden").ok()
}
