//! A lab's pages: a frame with tabs, and what each tab shows.

#[cfg(feature = "ssr")]
pub mod import;
#[cfg(feature = "ssr")]
pub mod invite;
#[cfg(feature = "ssr")]
pub mod join;
pub mod pool;
#[cfg(feature = "ssr")]
pub mod roles;
#[cfg(feature = "ssr")]
pub mod settings;
pub mod template;
pub mod users;

use leptos::prelude::*;
use leptos_meta::Title;

use crate::ui::icon::{Glyph, Icon};
use crate::ui::live::{changing, live};
use crate::ui::parts::{Progress, State};
use crate::ui::shell::shell;
#[cfg(feature = "ssr")]
use crate::ui::written::{live_part, row};
use crate::view::LabView;
#[cfg(feature = "ssr")]
use crate::view::{WrittenRow, WrittenView};

/// A lab's tabs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Dashboard,
    Template,
    Pool,
    Users,
    Schedule,
    Activity,
    Settings,
}

/// A lab's page: keeps the lab up to date, and shows `body` below its head and tabs.
fn lab_page(lab: LabView, tab: Tab, body: fn(RwSignal<LabView>) -> AnyView) -> AnyView {
    let events = format!("/events/labs/{}", lab.id);
    let address = format!("/sfn/lab?id={}", lab.id);
    let lab = live(lab, events, address);
    let page = view! {
        {changing(move || lab.with(|lab| head(lab, tab)))}
        {changing(move || lab.with(news))}
        {body(lab)}
    };
    view! {
        <Title text=move || lab.with(|lab| lab.title.clone())/>
        {shell(page.into_any())}
    }
    .into_any()
}

/// A lab's page that is written by the server, with what is in `rows` below its head and tabs;
/// `address` is where it is asked for anew.
#[cfg(feature = "ssr")]
pub(super) fn written(
    lab: &LabView,
    tab: Tab,
    address: String,
    rows: Vec<WrittenRow>,
) -> WrittenView {
    let top = live_part(|| view! { {head(lab, tab)} {news(lab)} }.into_any());
    let mut all = vec![row("written-head", vec![top])];
    all.extend(rows);
    WrittenView {
        title: lab.title.clone(),
        events: format!("/events/labs/{}", lab.id),
        address,
        rows: all,
        card: false,
    }
}

fn head(lab: &LabView, tab: Tab) -> AnyView {
    let link = |this: Tab, path: &str, icon: Icon, text: &'static str, count: Option<usize>| {
        let href = format!("/labs/{}{path}", lab.id);
        let current = (this == tab).then_some("page");
        view! {
            <a href=href aria-current=current>
                <Glyph icon=icon/> {text} {count.map(|n| view! { " " <span class="count">{n}</span> })}
            </a>
        }
    };
    view! {
        <header class="page-head">
            <nav class="crumbs" aria-label="Breadcrumb">
                <a href="/labs"><Glyph icon=Icon::ChevronLeft/> "My labs"</a>
            </nav>
            <div class="page-head-text">
                <h1>{lab.title.clone()} " " <State badge=lab.badge.clone()/></h1>
                <p class="page-subtitle">{lab.description.clone()}</p>
            </div>
        </header>
        <nav class="tabs" aria-label="Lab">
            {link(Tab::Dashboard, "/dashboard", Icon::Chart, "Dashboard", None)}
            {link(Tab::Template, "", Icon::Template, "Template", None)}
            {link(Tab::Pool, "/pool", Icon::Monitor, "Virtual machine pool", Some(lab.pool.len()))}
            {link(Tab::Users, "/users", Icon::Users, "Users", Some(lab.users.len()))}
            {link(Tab::Schedule, "/schedule", Icon::Calendar, "Schedule", None)}
            {link(Tab::Activity, "/activity", Icon::History, "Activity", None)}
            {link(Tab::Settings, "/settings", Icon::Settings, "Settings", None)}
        </nav>
    }
    .into_any()
}

/// What is under way, and what went wrong.
fn news(lab: &LabView) -> AnyView {
    let trouble = lab.trouble.clone().map(|trouble| {
        view! {
            <div class="notice notice-danger" role="alert">
                <Glyph icon=Icon::Alert/>
                <div class="notice-body"><p class="notice-title">"Something stands in the way"</p><p>{trouble}</p></div>
            </div>
        }
    });
    let progress = lab.progress.clone().map(|progress| match &progress.error {
        Some(error) => view! {
            <div class="notice notice-warning" role="status">
                <Glyph icon=Icon::Alert/>
                <div class="notice-body"><p class="notice-title">{progress.title.clone()}</p><p>{error.clone()}</p></div>
            </div>
        }
        .into_any(),
        None if progress.running => {
            view! { <section class="card" aria-label="Progress"><Progress progress=progress/></section> }.into_any()
        }
        None => ().into_any(),
    });
    view! { {trouble} {progress} }.into_any()
}
