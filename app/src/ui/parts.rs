//! Small parts: states, progress, moments, problems.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};
use crate::error::{AppError, Kind};
use crate::view::{Badge, Moment, ProgressView};

/// A state as a coloured word.
#[component]
pub fn State(badge: Badge, #[prop(optional)] class: &'static str) -> impl IntoView {
    let class = if class.is_empty() { "status" } else { class };
    view! { <span class=class data-state=badge.state>{badge.text}</span> }
}

/// How far something is, with a bar while it is under way.
#[component]
pub fn Progress(progress: ProgressView, #[prop(optional)] slim: bool) -> impl IntoView {
    let class = if slim {
        "progress progress-slim"
    } else {
        "progress"
    };
    let bar = if progress.total == 0 || progress.done == 0 {
        view! { <progress aria-label=progress.title.clone()></progress> }.into_any()
    } else {
        view! {
            <progress max=progress.total value=progress.done aria-label=progress.title.clone()></progress>
        }
        .into_any()
    };
    view! {
        <div class=class role="status">
            <div class="progress-text"><span>{progress.title}</span> <span>{progress.text}</span></div>
            {bar}
        </div>
    }
}

/// A point in time, in the reader's zone once the script is there, and in UTC before.
#[component]
pub fn Time(at: Moment) -> impl IntoView {
    let text = RwSignal::new(utc(at));
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a date's milliseconds are far below 2^53"
        )]
        let date = js_sys::Date::new(&(at.0 as f64).into());
        let _ = text.try_set(local(&date));
    });
    view! { <time datetime=utc(at).replacen(' ', "T", 1).replace(" UTC", "Z")>{text}</time> }
}

/// Shows the moments of a written page in the reader's zone.
#[cfg(feature = "hydrate")]
pub fn local_times() {
    use wasm_bindgen::JsCast;

    let Ok(times) = document().query_selector_all(".written time[datetime]") else {
        return;
    };
    for index in 0..times.length() {
        let Some(time) = times
            .item(index)
            .and_then(|node| node.dyn_into::<web_sys::Element>().ok())
        else {
            continue;
        };
        let at = time.get_attribute("datetime").unwrap_or_default();
        let text = local(&js_sys::Date::new(&at.into()));
        time.set_text_content(Some(&text));
    }
}

/// A date as its reader writes it.
#[cfg(feature = "hydrate")]
fn local(date: &js_sys::Date) -> String {
    let style = js_sys::JSON::parse(r#"{"dateStyle":"medium","timeStyle":"short"}"#)
        .unwrap_or(wasm_bindgen::JsValue::UNDEFINED);
    String::from(date.to_locale_string("default", &style))
}

/// “2026-11-23 08:15 UTC”.
fn utc(at: Moment) -> String {
    let minutes = at.0.div_euclid(60_000);
    let (days, minute) = (minutes.div_euclid(1440), minutes.rem_euclid(1440));
    // Civil date from days since 1970: the year begins in March, so that a leap day is its last.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 {
        month_index + 3
    } else {
        month_index - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!(
        "{year}-{month:02}-{day:02} {:02}:{:02} UTC",
        minute / 60,
        minute % 60
    )
}

/// A page that cannot be shown, with what to do instead.
pub fn problem(error: AppError) -> AnyView {
    #[cfg(feature = "ssr")]
    crate::context::set_status(error.kind.status());
    let (title, action) = match error.kind {
        Kind::SignIn => ("Please sign in", Some(("/sign-in", "Sign in"))),
        Kind::NotFound => ("Not found", Some(("/", "To the start page"))),
        Kind::Forbidden => ("Not allowed", Some(("/", "To the start page"))),
        Kind::Throttled => ("Please wait a little", None),
        Kind::Conflict | Kind::Invalid => ("This does not work", None),
        Kind::Unavailable => ("Not available at the moment", None),
        Kind::Internal => ("Something went wrong", None),
    };
    view! {
        <div class="empty" role="alert">
            <span class="empty-icon"><Glyph icon=Icon::Alert class="icon icon-large"/></span>
            <h1>{title}</h1>
            <p>{error.message}</p>
            {action
                .map(|(href, text)| {
                    view! { <div class="cluster"><a class="button" href=href>{text}</a></div> }
                })}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_dates() {
        assert_eq!(utc(Moment(0)), "1970-01-01 00:00 UTC");
        assert_eq!(utc(Moment(951_782_340_000)), "2000-02-28 23:59 UTC");
        assert_eq!(utc(Moment(951_826_500_000)), "2000-02-29 12:15 UTC");
        assert_eq!(utc(Moment(1_795_430_400_000)), "2026-11-23 10:40 UTC");
        assert_eq!(utc(Moment(-60_000)), "1969-12-31 23:59 UTC");
    }
}
