//! What the script adds to the week: dragging over slots, arrow keys, and the reader's own hours.

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;

use crate::view::WeekView;

/// How far the reader's zone is from UTC in that week, once it is known.
pub fn own_offset(week: &WeekView) -> RwSignal<Option<i32>> {
    let own = RwSignal::new(week.own_offset);
    #[cfg(feature = "hydrate")]
    if let Some(noon) = week.noon {
        Effect::new(move |_| {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                reason = "a date's milliseconds and a day's minutes are small"
            )]
            let offset = -js_sys::Date::new(&(noon.0 as f64).into()).get_timezone_offset() as i32;
            let _ = own.try_set(Some(offset));
        });
    }
    own
}

/// Begins to select.
pub fn on_down(event: MouseEvent) {
    #[cfg(feature = "hydrate")]
    script::down(&event);
    #[cfg(not(feature = "hydrate"))]
    let _ = event;
}

/// Selects up to the slot under the mouse.
pub fn on_over(event: MouseEvent) {
    #[cfg(feature = "hydrate")]
    script::over(&event);
    #[cfg(not(feature = "hydrate"))]
    let _ = event;
}

/// Opens the form for what was selected.
pub fn on_up(event: MouseEvent) {
    #[cfg(feature = "hydrate")]
    script::up(&event);
    #[cfg(not(feature = "hydrate"))]
    let _ = event;
}

/// Moves among the slots.
pub fn on_key(event: KeyboardEvent) {
    #[cfg(feature = "hydrate")]
    script::key(&event);
    #[cfg(not(feature = "hydrate"))]
    let _ = event;
}

#[cfg(feature = "hydrate")]
mod script {
    //! The state of a selection is in the document: the slots that belong to it are marked.

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
                let href = href.replace(
                    "#event",
                    &format!("&stop={}#event", super::super::clock(end)),
                );
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
}
