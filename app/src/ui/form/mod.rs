//! Forms that work before the script has arrived, and better after.
//!
//! Every form posts to a server function's address. Without the script the browser sends it and is
//! redirected back; with it, the form is sent in the background: the button shows that, an error
//! stays beside the form with everything that was typed, and the page refreshes what it shows.

mod field;
#[cfg(feature = "hydrate")]
mod sent;
#[cfg(feature = "hydrate")]
mod written;

use leptos::prelude::*;

#[cfg(feature = "hydrate")]
pub use written::send_written;

pub use field::{Field, hidden};
#[cfg(feature = "ssr")]
pub use field::{choose, radio};

use super::icon::{Glyph, Icon};
use super::live::changing;
use crate::error::AppError;

/// Whether the form around is being sent.
#[derive(Clone, Copy)]
struct Sending(RwSignal<bool>);

/// Why the form around was refused, and the names of the fields that say so themselves.
#[derive(Clone, Copy)]
struct Refusal {
    error: RwSignal<Option<AppError>>,
    fields: StoredValue<Vec<String>>,
}

/// A message for the whole page, where a form has no room of its own for it.
#[derive(Clone, Copy)]
pub struct PageMessage(pub RwSignal<Option<AppError>>);

/// A form that posts to `action`.
///
/// `inline` shows a refusal in the form itself, and otherwise at the top of the page. `reset` empties
/// the form after success. `id` is for fields that are elsewhere in the page.
#[component]
pub fn Form(
    #[prop(into)] action: String,
    #[prop(optional, into)] class: String,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional)] inline: bool,
    #[prop(optional)] reset: bool,
    children: Children,
) -> impl IntoView {
    let sending = RwSignal::new(false);
    let refusal = RwSignal::new(None::<AppError>);
    provide_context(Sending(sending));
    provide_context(Refusal {
        error: refusal,
        fields: StoredValue::new(Vec::new()),
    });
    let message = match use_context::<PageMessage>() {
        Some(page) if !inline => page.0,
        _ => refusal,
    };
    #[cfg(feature = "hydrate")]
    let send = sent::sender(action.clone(), sending, message, reset);
    #[cfg(not(feature = "hydrate"))]
    let send = {
        let _ = (reset, message, sending);
        |_ev: leptos::ev::SubmitEvent| {}
    };
    view! {
        <form method="post" action=action id=id class=(!class.is_empty()).then_some(class) on:submit=send>
            {inline.then(|| view! { <FormError/> })}
            {children()}
        </form>
    }
}

/// The refusal of the form around, where no field of it says so.
#[component]
fn FormError() -> impl IntoView {
    let refusal = expect_context::<Refusal>();
    let notice = changing(move || {
        let error = refusal.error.get().filter(|error| {
            let said =
                |fields: &Vec<String>| fields.iter().any(|f| Some(f) == error.field.as_ref());
            !refusal.fields.with_value(said)
        });
        let notice = error.map(|error| {
            view! {
                <div class="notice notice-danger" role="alert">
                    <Glyph icon=Icon::Alert/>
                    <div class="notice-body"><p>{error.message}</p></div>
                </div>
            }
        });
        notice.into_any()
    });
    view! { <div class="refusal-place">{notice}</div> }
}

/// The button that sends the form around; to another address than the form's with `to`.
#[component]
pub fn Submit(
    #[prop(into)] class: String,
    #[prop(optional)] icon: Option<Icon>,
    #[prop(optional, into)] label: String,
    #[prop(optional, into)] name: Option<String>,
    #[prop(optional, into)] value: Option<String>,
    #[prop(optional, into)] to: Option<String>,
    #[prop(optional_no_strip)] describedby: Option<String>,
    #[prop(optional)] off: bool,
    children: Children,
) -> impl IntoView {
    let sending = use_context::<Sending>().map(|s| s.0);
    let busy = move || sending.is_some_and(|s| s.get()).then_some("true");
    let label = (!label.is_empty()).then_some(label);
    view! {
        <button
            type="submit"
            class=class
            name=name
            value=value
            formaction=to
            aria-describedby=describedby
            disabled=off
            title=label.clone()
            aria-label=label
            aria-busy=busy
        >
            {icon.map(|icon| view! { <Glyph icon=icon/> })}
            {children()}
        </button>
    }
}
