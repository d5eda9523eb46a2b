//! A person's hours: the bar, the countdown of the last hour, and what to know before a machine stops.

use leptos::prelude::*;

use super::form::{Form, Submit, hidden};
use super::icon::{Glyph, Icon};
use crate::view::{CountdownView, NoticeView, QuotaView};

/// How the hours stand, with `link` to the history: grey in class, blue while some are left, red when
/// they are used up, and words alone for a quota of 0.
pub fn quota(quota: QuotaView, left: Option<CountdownView>, link: Option<String>) -> AnyView {
    if quota.state.is_empty() {
        return ().into_any();
    }
    let shown = match quota.state.as_str() {
        "class-only" => ().into_any(),
        "used-up" => bar(1000),
        _ => bar(quota.left),
    };
    let words = match left {
        Some(left) => {
            let total = quota.total.clone();
            view! { {countdown(left)} " left of " {total} }.into_any()
        }
        None => quota.text.into_any(),
    };
    let link = link.map(|href| view! { <a class="quota-link" href=href>"Usage history"</a> });
    view! {
        <div class="quota" data-state=quota.state>
            <p class="quota-text">{words}</p>
            {shown}
            {link}
        </div>
    }
    .into_any()
}

/// The same in a line of a table: what was used of how much, with a bar that fills.
pub fn quota_cell(quota: &QuotaView) -> AnyView {
    if quota.total.is_empty() {
        return ().into_any();
    }
    if quota.state == "class-only" {
        return view! { <span class="small muted">{quota.text.clone()}</span> }.into_any();
    }
    let text = format!("{} of {}", quota.used, quota.total);
    let used = 1000 - quota.left.min(1000);
    view! {
        <div class="quota quota-used" data-state=quota.state.clone()>
            <span class="number">{text}</span>
            {bar(used)}
        </div>
    }
    .into_any()
}

/// A bar, filled to so many thousandths. It is decorative: the words beside it say the same.
pub fn bar(thousandths: u32) -> AnyView {
    let filled = thousandths.min(1000);
    let width = format!("{}.{}%", filled / 10, filled % 10);
    view! {
        <svg class="bar" width="100%" height="6" aria-hidden="true" focusable="false">
            <rect class="bar-track" width="100%" height="6" rx="3"></rect>
            <rect class="bar-fill" width=width height="6" rx="3"></rect>
        </svg>
    }
    .into_any()
}

/// What is left, second by second.
fn countdown(left: CountdownView) -> AnyView {
    let text = RwSignal::new(left.text);
    #[cfg(feature = "hydrate")]
    {
        let ends_at = left.ends_at.0;
        Effect::new(move |_| {
            let tick = move || {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "milliseconds since 1970 are far below 2^53"
                )]
                let now = js_sys::Date::now() as i64;
                let _ = text.try_set(crate::view::remaining(ends_at - now));
            };
            tick();
            let every = std::time::Duration::from_secs(1);
            if let Ok(handle) = set_interval_with_handle(tick, every) {
                on_cleanup(move || handle.clear());
            }
        });
    }
    view! { <strong class="countdown number" role="timer">{text}</strong> }.into_any()
}

/// What to know about `machine` now.
pub fn notices(machine: &str, notices: Vec<NoticeView>) -> AnyView {
    let one = |notice: NoticeView| {
        let (class, icon) = match notice.tone.as_str() {
            "danger" => ("notice notice-danger", Icon::Alert),
            "warning" => ("notice notice-warning", Icon::Clock),
            _ => ("notice", Icon::Info),
        };
        let text = (!notice.text.is_empty()).then(|| view! { <p>{notice.text}</p> });
        let act = notice
            .stay
            .then(|| view! { <div class="notice-actions">{stay(machine)}</div> });
        view! {
            <div class=class role="status">
                <Glyph icon=icon/>
                <div class="notice-body"><p class="notice-title">{notice.title}</p>{text}</div>
                {act}
            </div>
        }
        .into_any()
    };
    if notices.is_empty() {
        return ().into_any();
    }
    view! { <div class="stack stack-s notices">{notices.into_iter().map(one).collect_view()}</div> }
        .into_any()
}

/// “I’m still here”.
pub fn stay(machine: &str) -> AnyView {
    let machine = machine.to_owned();
    view! {
        <Form action="/sfn/machines/stay">
            {hidden("machine", machine)}
            <Submit class="button button-small" icon=Icon::Check>"I’m still here"</Submit>
        </Form>
    }
    .into_any()
}
