//! A lab's pages: a frame with tabs, and what each tab shows.

pub mod pool;
pub mod settings;
pub mod template;
pub mod users;

use std::sync::Arc;

use leptos::prelude::*;
use leptos_meta::Title;
use serde::de::DeserializeOwned;

use crate::ui::icon::{Glyph, Icon};
use crate::ui::live::{changing, live};
use crate::ui::parts::{Progress, State};
use crate::ui::shell::shell;
use crate::view::{LabView, WithLab};

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

/// Gives the lab as it is now.
type Show = Arc<dyn Fn(&mut dyn FnMut(&LabView)) + Send + Sync>;

/// A lab's page: keeps the lab up to date, and shows `body` below its head and tabs.
fn lab_page(lab: LabView, tab: Tab, body: fn(RwSignal<LabView>) -> AnyView) -> AnyView {
    let events = format!("/events/labs/{}", lab.id);
    let address = format!("/sfn/lab?id={}", lab.id);
    let lab = live(lab, events, address);
    frame(tab, Arc::new(move |part| lab.with(part)), body(lab))
}

/// A lab's page that shows more than the lab; `address` is where its data is asked for anew.
pub(super) fn with_lab<X>(
    data: WithLab<X>,
    tab: Tab,
    address: String,
    body: fn(RwSignal<WithLab<X>>) -> AnyView,
) -> AnyView
where
    X: PartialEq + DeserializeOwned + Send + Sync + 'static,
{
    let events = format!("/events/labs/{}", data.lab.id);
    let data = live(data, events, address);
    let show: Show = Arc::new(move |part| data.with(|data| part(&data.lab)));
    frame(tab, show, body(data))
}

fn frame(tab: Tab, show: Show, body: AnyView) -> AnyView {
    let (title, above) = (show.clone(), show.clone());
    let title = move || {
        let mut text = String::new();
        title(&mut |lab| text.clone_from(&lab.title));
        text
    };
    let page = view! {
        {changing(move || part(&above, &|lab| head(lab, tab)))}
        {changing(move || part(&show, &news))}
        {body}
    };
    view! { <Title text=title/> {shell(page.into_any())} }.into_any()
}

fn part(show: &Show, render: &dyn Fn(&LabView) -> AnyView) -> AnyView {
    let mut shown = None;
    show(&mut |lab| shown = Some(render(lab)));
    shown.into_any()
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
