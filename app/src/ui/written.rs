//! What the browser adds to a page that the server wrote: forms are sent in the background, times are
//! shown in the reader's zone, and the week of a schedule can be dragged over.

use leptos::prelude::*;

use crate::view::WrittenView;
#[cfg(feature = "ssr")]
use crate::view::{WrittenPart, WrittenRow};

/// Writes a part that follows changes.
#[cfg(feature = "ssr")]
pub fn live_part(part: impl FnOnce() -> AnyView) -> WrittenPart {
    WrittenPart {
        html: Owner::new().with(|| part().to_html()),
        live: true,
    }
}

/// Writes a part that stays as it is while somebody may be filling it in.
#[cfg(feature = "ssr")]
pub fn kept_part(part: impl FnOnce() -> AnyView) -> WrittenPart {
    WrittenPart {
        live: false,
        ..live_part(part)
    }
}

/// Parts that stand together.
#[cfg(feature = "ssr")]
pub fn row(class: &str, parts: Vec<WrittenPart>) -> WrittenRow {
    WrittenRow {
        class: class.to_owned(),
        parts,
    }
}

/// The names of a table's columns, as the row of its head.
#[cfg(feature = "ssr")]
pub fn columns(names: &[&'static str]) -> AnyView {
    let names = names
        .iter()
        .map(|name| view! { <th role="columnheader" scope="col">{*name}</th> }.into_any())
        .collect_view();
    view! { <tr role="row">{names}</tr> }.into_any()
}

/// A page with one card that never changes, under `title`.
#[cfg(feature = "ssr")]
pub fn on_a_card(title: &str, content: impl FnOnce() -> AnyView) -> WrittenView {
    WrittenView {
        title: title.to_owned(),
        card: true,
        rows: vec![row("", vec![kept_part(content)])],
        ..WrittenView::default()
    }
}

/// The page, tended. On the server there is nothing to do.
#[cfg(not(feature = "hydrate"))]
pub fn tend(_data: RwSignal<WrittenView>, page: AnyView) -> AnyView {
    view! { <div>{page}</div> }.into_any()
}

/// The page, tended.
#[cfg(feature = "hydrate")]
pub fn tend(data: RwSignal<WrittenView>, page: AnyView) -> AnyView {
    use super::form::{PageMessage, send_written};
    use super::week;

    let message = expect_context::<PageMessage>().0;
    Effect::new(move |_| {
        data.track();
        request_animation_frame(|| {
            super::parts::local_times();
            week::own_hours();
        });
    });
    view! {
        <div
            on:submit=move |event| send_written(&event, message)
            on:click=|event| super::copy::copy_written(&event)
            on:mousedown=|event| week::down(&event)
            on:mouseover=|event| week::over(&event)
            on:mouseup=|event| week::up(&event)
            on:keydown=|event| week::key(&event)
        >
            {page}
        </div>
    }
    .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn what_people_typed_is_text() {
        let part = live_part(|| view! { <p title="\"><b>">{"<script>"}</p> }.into_any());
        assert!(part.live);
        assert!(!part.html.contains("<script>"), "{}", part.html);
        assert!(!part.html.contains("<b>\""), "{}", part.html);
        assert!(!kept_part(|| "1".into_any()).live);
    }
}
