//! What a form is filled in with. A field's hint and its error are tied to it.

use leptos::prelude::*;

use super::Refusal;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::live::changing;

/// What the form around was refused for, as far as it is about one field.
#[derive(Clone, Copy)]
struct Said {
    refusal: Option<Refusal>,
    field: StoredValue<String>,
}

impl Said {
    /// For the field that errors call `field`, which says them itself from now on.
    fn about(field: String) -> Self {
        let refusal = use_context::<Refusal>();
        if let Some(refusal) = refusal {
            refusal
                .fields
                .update_value(|fields| fields.push(field.clone()));
        }
        Self {
            refusal,
            field: StoredValue::new(field),
        }
    }

    fn sentence(self) -> Option<String> {
        let error = self.refusal?.error.get()?;
        (error.field == Some(self.field.get_value())).then_some(error.message)
    }

    fn invalid(self) -> Option<&'static str> {
        self.sentence().map(|_| "true")
    }

    /// The place of the sentence, which `aria-describedby` names.
    fn place(self, id: String) -> AnyView {
        let sentence = changing(move || {
            let shown = self.sentence().map(|sentence| {
                view! { <p class="error" role="alert"><Glyph icon=Icon::Alert/> <span>{sentence}</span></p> }
            });
            shown.into_any()
        });
        view! { <div class="error-place" id=id data-field=self.field.get_value()>{sentence}</div> }
            .into_any()
    }
}

/// A labelled input.
#[component]
pub fn Field(
    /// The name that is sent.
    #[prop(into)]
    name: String,
    /// The name in errors, where it differs.
    #[prop(optional, into)]
    field: String,
    /// The element's id, where the name is not the page's only one.
    #[prop(optional, into)]
    id: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] kind: String,
    #[prop(optional, into)] autocomplete: String,
    /// What stands behind the input: “minutes”.
    #[prop(optional, into)]
    suffix: String,
    #[prop(optional)] max: Option<u32>,
    #[prop(optional)] min: Option<u32>,
    /// Any number, not only a whole one.
    #[prop(optional)]
    parts: bool,
    /// May be left empty, and says so.
    #[prop(optional)]
    optional: bool,
    /// May be left empty, which goes without saying.
    #[prop(optional)]
    loose: bool,
    #[prop(optional)] focus: bool,
    #[prop(optional)] readonly: bool,
) -> impl IntoView {
    let id = if id.is_empty() { id_of(&name) } else { id };
    let said = Said::about(if field.is_empty() {
        name.clone()
    } else {
        field
    });
    let kind = if kind.is_empty() {
        "text".to_owned()
    } else {
        kind
    };
    let hint_id = (!hint.is_empty()).then(|| format!("{id}-hint"));
    let error_id = format!("{id}-error");
    let described = match &hint_id {
        Some(hint_id) => format!("{hint_id} {error_id}"),
        None => error_id.clone(),
    };
    let number = kind == "number";
    let short = number || kind == "date" || kind == "time";
    let suffix = (!suffix.is_empty()).then(|| view! { <span class="suffix">{suffix}</span> });
    view! {
        <div class="field">
            <label class="label" for=id.clone()>
                {label}
                {optional.then(|| view! { " " <span class="optional">"optional"</span> })}
            </label>
            {hint_id.map(|hint_id| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <div class="input-group">
                <input
                    class=if short { "input input-short" } else { "input" }
                    id=id
                    name=name
                    type=kind
                    value=value
                    required=!optional && !loose
                    autocomplete=if autocomplete.is_empty() { "off".to_owned() } else { autocomplete }
                    maxlength=max.filter(|_| !number)
                    max=max.filter(|_| number)
                    min=min
                    step=parts.then_some("any")
                    autofocus=focus
                    readonly=readonly
                    aria-describedby=described
                    aria-invalid=move || said.invalid()
                />
                {suffix}
            </div>
            {said.place(error_id)}
        </div>
    }
}

/// A labelled list to choose from: values and their words.
#[cfg(feature = "ssr")]
pub fn choose(
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    options: Vec<(String, String)>,
    chosen: &str,
) -> AnyView {
    let id = id_of(name);
    let field = name.rsplit('[').next().unwrap_or(name);
    let said = Said::about(field.trim_end_matches(']').to_owned());
    let hint_id = (!hint.is_empty()).then(|| format!("{id}-hint"));
    let error_id = format!("{id}-error");
    let described = match &hint_id {
        Some(hint_id) => format!("{hint_id} {error_id}"),
        None => error_id.clone(),
    };
    let options = options
        .into_iter()
        .map(|(value, words)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{words}</option> }.into_any()
        })
        .collect_view();
    view! {
        <div class="field">
            <label class="label" for=id.clone()>{label}</label>
            {hint_id.map(|hint_id| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <select class="input select" id=id name=name aria-describedby=described aria-invalid=move || said.invalid()>
                {options}
            </select>
            {said.place(error_id)}
        </div>
    }
    .into_any()
}

/// One of several, of which one is chosen.
#[cfg(feature = "ssr")]
pub fn radio(name: &'static str, value: &'static str, chosen: &str, text: &'static str) -> AnyView {
    view! {
        <label class="segment">
            <input type="radio" name=name value=value checked=value == chosen/>
            <span>{text}</span>
        </label>
    }
    .into_any()
}

/// What is sent along.
pub fn hidden(name: &'static str, value: impl Into<String>) -> AnyView {
    let value: String = value.into();
    view! { <input type="hidden" name=name value=value/> }.into_any()
}

fn id_of(name: &str) -> String {
    format!("field-{}", name.replace(['[', ']'], "-"))
}
