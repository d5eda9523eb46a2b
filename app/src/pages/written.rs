//! Pages that are written by the server: the browser shows their HTML, and adds what only it can do.
//!
//! Hours, schedules and costs are much to lay out and little to interact with. Written as HTML they
//! cost the browser nothing but their text; forms, times, copying and the week's gestures are handled
//! for the whole page at once.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::ui::live::live;
use crate::ui::shell::{card, shell};
use crate::ui::written::tend;
use crate::view::WrittenView;

/// The page.
pub fn page(view: WrittenView) -> AnyView {
    let (title, events, address) = (
        view.title.clone(),
        view.events.clone(),
        view.address.clone(),
    );
    let around = if view.card { card } else { shell };
    let shape: Vec<(String, Vec<bool>)> = view
        .rows
        .iter()
        .map(|row| {
            (
                row.class.clone(),
                row.parts.iter().map(|part| part.live).collect(),
            )
        })
        .collect();
    let data = if address.is_empty() {
        RwSignal::new(view)
    } else {
        live(view, events, address)
    };
    let rows = shape
        .into_iter()
        .enumerate()
        .map(|(row, (class, parts))| {
            let parts = parts
                .into_iter()
                .enumerate()
                .map(|(part, live)| section(data, row, part, live))
                .collect_view();
            view! { <div class=class>{parts}</div> }.into_any()
        })
        .collect_view();
    let page = tend(data, view! { <div class="written">{rows}</div> }.into_any());
    view! { <Title text=title/> {around(page)} }.into_any()
}

fn section(data: RwSignal<WrittenView>, row: usize, part: usize, live: bool) -> AnyView {
    let read = move |view: &WrittenView| {
        let row = view.rows.get(row);
        let part = row.and_then(|row| row.parts.get(part));
        part.map(|part| part.html.clone()).unwrap_or_default()
    };
    let html = move || {
        if live {
            data.with(read)
        } else {
            data.with_untracked(read)
        }
    };
    view! { <div class="part" inner_html=html></div> }.into_any()
}
