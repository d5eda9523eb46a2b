//! Sending the forms of a page that the server wrote. A refusal is put beside its field, and
//! everything that was typed stays; after success the page is loaded anew.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlButtonElement, HtmlFormElement};

use super::sent::{Answer, body_of, go, send};
use crate::error::{AppError, Kind};

/// Sends the form of a submission; others than those to server functions are the browser's.
pub fn send_written(event: &leptos::ev::SubmitEvent, message: RwSignal<Option<AppError>>) {
    let form = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
    let Some(form) = form.filter(|form| {
        form.closest(".written")
            .is_ok_and(|around| around.is_some())
    }) else {
        return;
    };
    let button = event
        .submitter()
        .and_then(|button| button.dyn_into::<HtmlButtonElement>().ok());
    let pressed: Option<&Element> = button.as_deref().map(AsRef::as_ref);
    let action = pressed
        .and_then(|button| button.get_attribute("formaction"))
        .or_else(|| form.get_attribute("action"))
        .filter(|action| action.starts_with("/sfn/"));
    let Some(action) = action else { return };
    event.prevent_default();
    let busy = pressed.is_some_and(|button| button.has_attribute("aria-busy"));
    let Some(body) = body_of(&form, button.as_ref()).filter(|_| !busy) else {
        return;
    };
    message.set(None);
    forget(&form);
    if let Some(button) = &button {
        let _ = button.set_attribute("aria-busy", "true");
    }
    spawn_local(async move {
        let answer = send(&action, &body).await;
        if let Some(button) = &button {
            let _ = button.remove_attribute("aria-busy");
        }
        match answer {
            Answer::Done {
                redirect: Some(path),
            } => go(&path),
            Answer::Done { redirect: None } => {
                let _ = window().location().reload();
            }
            Answer::Refused(error) if error.kind == Kind::SignIn => {
                let here = window().location().pathname().unwrap_or_default();
                go(&format!("/sign-in?next={here}"));
            }
            Answer::Refused(error) => {
                if say(&form, &error).is_none() {
                    let _ = message.try_set(Some(error));
                }
            }
        }
    });
}

/// Every element of the form that `selector` finds.
fn all(form: &HtmlFormElement, selector: &str) -> Vec<Element> {
    let Ok(found) = form.query_selector_all(selector) else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|index| found.item(index)?.dyn_into().ok())
        .collect()
}

/// Takes back what was said before.
fn forget(form: &HtmlFormElement) {
    for place in all(form, ".error-place, .refusal-place") {
        place.set_inner_html("");
    }
    for input in all(form, "[aria-invalid]") {
        let _ = input.remove_attribute("aria-invalid");
    }
}

/// Says the sentence beside the field it is about, or else where the form has room for it; nothing
/// where it has none.
fn say(form: &HtmlFormElement, error: &AppError) -> Option<()> {
    let place = all(form, ".error-place")
        .into_iter()
        .find(|place| error.field.is_some() && place.get_attribute("data-field") == error.field);
    let Some(place) = place else {
        let place = all(form, ".refusal-place").pop()?;
        let notice = document().create_element("p").ok()?;
        notice.set_class_name("notice notice-danger");
        notice.set_attribute("role", "alert").ok()?;
        notice.set_text_content(Some(&error.message));
        place.append_child(&notice).ok()?;
        return Some(());
    };
    let sentence = document().create_element("p").ok()?;
    sentence.set_class_name("error");
    sentence.set_attribute("role", "alert").ok()?;
    sentence.set_text_content(Some(&error.message));
    place.append_child(&sentence).ok()?;
    let described = format!("[aria-describedby~=\"{}\"]", place.id());
    for input in all(form, &described) {
        let _ = input.set_attribute("aria-invalid", "true");
    }
    Some(())
}
