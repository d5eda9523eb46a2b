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
            <button class="button" type="button" on:click=copy>
                {changing(move || {
                    let (icon, text) = if copied.get() { (Icon::Check, "Copied") } else { (Icon::Copy, "Copy") };
                    view! { <Glyph icon=icon/> {text} }.into_any()
                })}
            </button>
        </div>
    }
    .into_any()
}
