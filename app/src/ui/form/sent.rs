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
pub(super) enum Answer {
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
        let button = ev
            .submitter()
            .and_then(|b| b.dyn_into::<HtmlButtonElement>().ok());
        let Some(body) = body_of(&form, button.as_ref()) else {
            return;
        };
        sending.set(true);
        message.set(None);
        let action = button
            .and_then(|button| button.get_attribute("formaction"))
            .unwrap_or_else(|| action.clone());
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
pub(super) fn body_of(
    form: &HtmlFormElement,
    button: Option<&HtmlButtonElement>,
) -> Option<String> {
    let data = FormData::new_with_form(form).ok()?;
    if let Some(button) = button.filter(|button| !button.name().is_empty()) {
        data.append_with_str(&button.name(), &button.value()).ok()?;
    }
    let fields =
        UrlSearchParams::new_with_str_sequence_sequence(&js_sys::Array::from(&data)).ok()?;
    Some(String::from(fields.to_string()))
}

pub(super) async fn send(action: &str, body: &str) -> Answer {
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

pub(super) fn go(path: &str) {
    let _ = window().location().assign(path);
}
