//! Forms that work before the script has arrived, and better after.
//!
//! Every form posts to a server function's address. Without the script the browser sends it and is
//! redirected back; with it, the form is sent in the background: the button shows that, an error
//! stays beside the form with everything that was typed, and the page refreshes what it shows.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};
use super::live::changing;
use crate::error::AppError;

/// Whether the form around is being sent.
#[derive(Clone, Copy)]
struct Sending(RwSignal<bool>);

/// Why the form around was refused.
#[derive(Clone, Copy)]
struct Refusal(RwSignal<Option<AppError>>);

/// A message for the whole page, where a form has no room of its own for it.
#[derive(Clone, Copy)]
pub struct PageMessage(pub RwSignal<Option<AppError>>);

/// A form that posts to `action`.
///
/// `inline` shows a refusal in the form itself, and otherwise at the top of the page. `reset` empties
/// the form after success.
#[component]
pub fn Form(
    #[prop(into)] action: String,
    #[prop(optional, into)] class: String,
    #[prop(optional)] inline: bool,
    #[prop(optional)] reset: bool,
    children: Children,
) -> impl IntoView {
    let sending = RwSignal::new(false);
    let refusal = RwSignal::new(None::<AppError>);
    provide_context(Sending(sending));
    provide_context(Refusal(refusal));
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
        <form method="post" action=action class=(!class.is_empty()).then_some(class) on:submit=send>
            {inline.then(|| view! { <FormError/> })}
            {children()}
        </form>
    }
}

/// The refusal of the form around.
#[component]
fn FormError() -> impl IntoView {
    let refusal = expect_context::<Refusal>().0;
    changing(move || {
        let notice = refusal.get().map(|error| {
            view! {
                <div class="notice notice-danger" role="alert">
                    <Glyph icon=Icon::Alert/>
                    <div class="notice-body"><p>{error.message}</p></div>
                </div>
            }
        });
        notice.into_any()
    })
}

/// The button that sends the form around.
#[component]
pub fn Submit(
    #[prop(into)] class: String,
    #[prop(optional)] icon: Option<Icon>,
    #[prop(optional, into)] label: String,
    #[prop(optional, into)] name: Option<String>,
    #[prop(optional, into)] value: Option<String>,
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

/// A labelled input. Its hint and its error are tied to it; the error is the form's, where it is
/// about this field.
#[component]
pub fn Field(
    /// The name that is sent.
    #[prop(into)]
    name: String,
    /// The name in errors, where it differs.
    #[prop(optional, into)]
    field: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] kind: String,
    #[prop(optional, into)] autocomplete: String,
    #[prop(optional)] max: Option<u32>,
    #[prop(optional)] min: Option<u32>,
    #[prop(optional)] optional: bool,
    #[prop(optional)] focus: bool,
    #[prop(optional)] readonly: bool,
) -> impl IntoView {
    let id = format!("field-{}", name.replace(['[', ']'], "-"));
    let field = if field.is_empty() {
        name.clone()
    } else {
        field
    };
    let kind = if kind.is_empty() {
        "text".to_owned()
    } else {
        kind
    };
    let hint_id = (!hint.is_empty()).then(|| format!("{id}-hint"));
    let refusal = use_context::<Refusal>().map(|r| r.0);
    let wrong = move || {
        refusal
            .is_some_and(|r| {
                r.with(|e| {
                    e.as_ref()
                        .is_some_and(|e| e.field.as_deref() == Some(&*field))
                })
            })
            .then_some("true")
    };
    let number = kind == "number";
    view! {
        <div class="field">
            <label class="label" for=id.clone()>
                {label}
                {optional.then(|| view! { " " <span class="optional">"optional"</span> })}
            </label>
            {hint_id.clone().map(|hint_id| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <input
                class=if number { "input input-short" } else { "input" }
                id=id
                name=name
                type=kind
                value=value
                required=!optional
                autocomplete=if autocomplete.is_empty() { "off".to_owned() } else { autocomplete }
                maxlength=max.filter(|_| !number)
                max=max.filter(|_| number)
                min=min
                autofocus=focus
                readonly=readonly
                aria-describedby=hint_id
                aria-invalid=wrong
            />
        </div>
    }
}

#[cfg(feature = "hydrate")]
mod sent {
    //! Sending in the background.

    use leptos::prelude::*;
    use leptos::task::spawn_local;
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{
        FormData, HtmlButtonElement, HtmlFormElement, RequestInit, Response, UrlSearchParams,
    };

    use codee::Decoder as _;

    use crate::error::{AppError, Kind};
    use crate::load::TreeJson;
    use crate::ui::live::Refresh;

    /// What a form came to.
    enum Answer {
        Done { redirect: Option<String> },
        Refused(AppError),
    }

    pub(super) fn sender(
        action: String,
        sending: RwSignal<bool>,
        message: RwSignal<Option<AppError>>,
        reset: bool,
    ) -> impl Fn(leptos::ev::SubmitEvent) + Clone {
        let refresh = use_context::<Refresh>();
        move |ev: leptos::ev::SubmitEvent| {
            ev.prevent_default();
            if sending.get_untracked() {
                return;
            }
            let Some(form) = ev
                .target()
                .and_then(|t| t.dyn_into::<HtmlFormElement>().ok())
            else {
                return;
            };
            let Some(body) = body_of(&form, &ev) else {
                return;
            };
            sending.set(true);
            message.set(None);
            let action = action.clone();
            spawn_local(async move {
                let answer = send(&action, &body).await;
                // The page may be another one by now; then nobody is left to be told.
                if sending.try_set(false).is_some() {
                    return;
                }
                match answer {
                    Answer::Done {
                        redirect: Some(path),
                    } => go(&path),
                    Answer::Done { redirect: None } => {
                        if reset {
                            form.reset();
                        }
                        close_menus(&form);
                        if let Some(refresh) = refresh {
                            refresh.now();
                        }
                    }
                    Answer::Refused(error) if error.kind == Kind::SignIn => {
                        let here = window().location().pathname().unwrap_or_default();
                        go(&format!("/sign-in?next={here}"));
                    }
                    Answer::Refused(error) => {
                        let _ = message.try_set(Some(error));
                    }
                }
            });
        }
    }

    /// The form's fields, with the pressed button's, as a browser without the script would send them.
    fn body_of(form: &HtmlFormElement, ev: &leptos::ev::SubmitEvent) -> Option<String> {
        let data = FormData::new_with_form(form).ok()?;
        let button = ev
            .submitter()
            .and_then(|b| b.dyn_into::<HtmlButtonElement>().ok());
        if let Some(button) = button.filter(|button| !button.name().is_empty()) {
            data.append_with_str(&button.name(), &button.value()).ok()?;
        }
        let fields =
            UrlSearchParams::new_with_str_sequence_sequence(&js_sys::Array::from(&data)).ok()?;
        Some(String::from(fields.to_string()))
    }

    async fn send(action: &str, body: &str) -> Answer {
        let unreachable = || Answer::Refused(AppError::unreachable());
        let Ok(response) = request(action, body).await else {
            return unreachable();
        };
        let headers = response.headers();
        if response.ok() {
            // A redirect for a script is an answer with this mark, and the place in `Location`.
            let marked = headers.has("serverfnredirect").unwrap_or(false);
            let redirect = if marked {
                headers.get("location").ok().flatten()
            } else {
                None
            };
            return Answer::Done { redirect };
        }
        let text = match response.text() {
            Ok(promise) => JsFuture::from(promise)
                .await
                .ok()
                .and_then(|text| text.as_string()),
            Err(_) => None,
        };
        match text.and_then(|text| TreeJson::decode(&text).ok()) {
            Some(error) => Answer::Refused(error),
            None => unreachable(),
        }
    }

    async fn request(action: &str, body: &str) -> Result<Response, JsValue> {
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_body(&JsValue::from_str(body));
        let request = web_sys::Request::new_with_str_and_init(action, &init)?;
        request
            .headers()
            .set("Content-Type", "application/x-www-form-urlencoded")?;
        request.headers().set("Accept", "application/json")?;
        JsFuture::from(window().fetch_with_request(&request))
            .await?
            .dyn_into()
    }

    /// Closes the menus and panels that a form sits in.
    fn close_menus(form: &HtmlFormElement) {
        let mut around = form.closest("details[open]").ok().flatten();
        while let Some(details) = around {
            let _ = details.remove_attribute("open");
            around = details
                .parent_element()
                .and_then(|p| p.closest("details[open]").ok().flatten());
        }
        if let Ok(inside) = form.query_selector_all("details[open]") {
            for index in 0..inside.length() {
                if let Some(details) = inside
                    .item(index)
                    .and_then(|n| n.dyn_into::<web_sys::Element>().ok())
                {
                    let _ = details.remove_attribute("open");
                }
            }
        }
    }

    fn go(path: &str) {
        let _ = window().location().assign(path);
    }
}
