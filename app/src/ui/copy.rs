//! A text to be copied with one click.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};
use super::live::changing;

/// A text to be copied with one click.
pub fn copy_field(text: String, label: &'static str) -> AnyView {
    let copied = RwSignal::new(false);
    let value = text.clone();
    let copy = move |_: leptos::ev::MouseEvent| {
        #[cfg(feature = "hydrate")]
        {
            let text = text.clone();
            leptos::task::spawn_local(async move {
                let written = window().navigator().clipboard().write_text(&text);
                let done = wasm_bindgen_futures::JsFuture::from(written).await.is_ok();
                let _ = copied.try_set(done);
            });
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = (&text, copied);
    };
    view! {
        <div class="copy-field">
            <input class="input" readonly=true value=value aria-label=label/>
            <button class="button" type="button" data-copy="" on:click=copy>
                {changing(move || {
                    let (icon, text) = if copied.get() { (Icon::Check, "Copied") } else { (Icon::Copy, "Copy") };
                    view! { <Glyph icon=icon/> {text} }.into_any()
                })}
                <span class="visually-hidden">{format!(" {label}")}</span>
            </button>
        </div>
    }
    .into_any()
}

/// A secret that was made a moment ago and is not shown again, to be copied now.
#[cfg(feature = "ssr")]
#[component]
pub fn ShownOnce(
    title: &'static str,
    /// How long it works, and for whom it is.
    about: &'static str,
    secret: String,
    /// What it is, for who does not see the page.
    label: &'static str,
) -> impl IntoView {
    view! {
        <div class="notice notice-success" role="status">
            <Glyph icon=Icon::Check/>
            <div class="notice-body">
                <p class="notice-title">{title}</p>
                <p>{about}</p>
                {copy_field(secret, label)}
            </div>
        </div>
    }
}

/// Copies what is beside the button that was pressed, on a page that the server wrote.
#[cfg(feature = "hydrate")]
pub fn copy_written(event: &leptos::ev::MouseEvent) {
    use wasm_bindgen::JsCast;
    use web_sys::{Element, HtmlInputElement};

    let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    let button = target.and_then(|target| target.closest(".written [data-copy]").ok().flatten());
    let Some(button) = button else { return };
    let input = button
        .previous_element_sibling()
        .and_then(|input| input.dyn_into::<HtmlInputElement>().ok());
    let Some(input) = input else { return };
    leptos::task::spawn_local(async move {
        let written = window().navigator().clipboard().write_text(&input.value());
        if wasm_bindgen_futures::JsFuture::from(written).await.is_ok() {
            button.set_text_content(Some("Copied"));
        }
    });
}
