//! The registration link for a whole class: large enough for the last row, with a code for phones.

use leptos::prelude::*;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use crate::ui::form::{Field, Form, Submit, hidden};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::parts::Time;
use crate::ui::written::{kept_part, live_part, row};
use crate::view::{JoinView, WrittenView};

/// Writes the page.
pub fn write(join: &JoinView) -> WrittenView {
    WrittenView {
        title: format!("Register for {}", join.title),
        events: format!("/events/labs/{}", join.lab),
        address: format!("/sfn/lab/join?id={}", join.lab),
        card: false,
        rows: vec![
            row("written-head", vec![kept_part(|| head(join))]),
            row("", vec![live_part(|| show(join))]),
            row("", vec![kept_part(|| limits(join))]),
        ],
    }
}

fn head(join: &JoinView) -> AnyView {
    let back = format!("/labs/{}/users", join.lab);
    view! {
        <header class="page-head">
            <nav class="crumbs" aria-label="Breadcrumb">
                <a href=back><Glyph icon=Icon::ChevronLeft/> {join.title.clone()}</a>
            </nav>
            <div class="page-head-text"><h1>"Register for " {join.title.clone()}</h1></div>
        </header>
    }
    .into_any()
}

fn show(join: &JoinView) -> AnyView {
    let machines = match join.seats {
        1 => "1 machine".to_owned(),
        seats => format!("{seats} machines"),
    };
    let counts = match join.waiting {
        0 => format!("{} registered, {machines}", join.registered),
        waiting => format!(
            "{} registered, {machines}, {waiting} waiting",
            join.registered
        ),
    };
    if !join.works {
        return view! {
            <div class="notice notice-warning" role="status">
                <Glyph icon=Icon::Alert/>
                <div class="notice-body">
                    <p class="notice-title">"The link does not work now"</p>
                    <p>"It is switched off, has ended, or is used up. Nobody can register with it. " {counts} "."</p>
                </div>
            </div>
        }
        .into_any();
    }
    // Five and five are easier to type.
    let code = match join.code.split_at_checked(5) {
        Some((first, last)) => format!("{first} {last}"),
        None => join.code.clone(),
    };
    let bare = join
        .url
        .split_once("://")
        .map_or(join.url.as_str(), |(_, rest)| rest);
    let end = join
        .expires_at
        .map(|at| view! { <p class="muted">"The link works until " <Time at=at/> "."</p> });
    let uses = join.uses_left.map(|uses| {
        let text = match uses {
            1 => "1 more person can register with it.".to_owned(),
            uses => format!("{uses} more people can register with it."),
        };
        view! { <p class="muted">{text}</p> }
    });
    view! {
        <section class="card join" aria-label="Registration link">
            <div class="join-code">{picture(&join.url)}</div>
            <div class="join-text">
                <p class="muted">"Point the camera of a phone at it, or open"</p>
                <p class="join-link">{bare.to_owned()}</p>
                <p class="muted">"Code"</p>
                <p class="join-letters">{code}</p>
                {end}
                {uses}
                <p class="muted" role="status">{counts}</p>
            </div>
        </section>
    }
    .into_any()
}

/// The link as a picture for cameras: dark on light in both colour schemes, as cameras want it.
fn picture(url: &str) -> AnyView {
    match QrCode::with_error_correction_level(url, EcLevel::M) {
        Ok(code) => {
            let image = code
                .render::<svg::Color<'_>>()
                .min_dimensions(320, 320)
                .dark_color(svg::Color("#000000"))
                .light_color(svg::Color("#ffffff"))
                .build();
            let image = image.split_once("<svg").map_or(String::new(), |(_, rest)| {
                format!("<svg role=\"img\" aria-label=\"The registration link as a QR code\"{rest}")
            });
            view! { <div inner_html=image></div> }.into_any()
        }
        // An address that is too long for a picture is still shown beside it.
        Err(_) => ().into_any(),
    }
}

fn limits(join: &JoinView) -> AnyView {
    let hint = format!(
        "In the zone {}. Without a time it is the end of the day; empty is without end.",
        join.zone
    );
    let join = join.clone();
    view! {
        <section class="card" aria-label="Limits of the link">
            <header class="card-head">
                <h2 class="card-title">"Limits of the link"</h2>
                <p class="card-text">"When it ceases to work, and for how many more people it works."</p>
            </header>
            <Form action="/sfn/users/limit" class="form" inline=true>
                {hidden("lab", join.lab.clone())}
                <div class="form-row">
                    <Field name="date" field="expires_at" label="Last day" kind="date" value=join.end_date.clone().unwrap_or_default() loose=true hint=hint/>
                    <Field name="time" label="Time" kind="time" value=join.end_time.clone().unwrap_or_default() loose=true/>
                    <Field
                        name="uses"
                        label="More people"
                        kind="number"
                        min=0
                        max=9999
                        value=join.uses_left.map(|uses| uses.to_string()).unwrap_or_default()
                        loose=true
                        hint="Empty is no limit."
                    />
                </div>
                <div class="form-actions">
                    <Submit class="button button-primary" icon=Icon::Check>"Save"</Submit>
                </div>
            </Form>
        </section>
    }
    .into_any()
}
