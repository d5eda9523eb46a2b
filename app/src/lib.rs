//! What people see and do: Lectern's pages, components and server functions.
//!
//! The crate is compiled twice: for the server (`ssr`), which renders pages and holds the server
//! functions' bodies, and for the browser (`hydrate`). A server function parses, calls one use case
//! of `service`, and renders; no rule is decided here.

#![recursion_limit = "256"]

pub mod api;
#[cfg(feature = "ssr")]
pub mod context;
pub mod error;
pub mod flash;
mod load;
mod pages;
mod ui;
pub mod view;

pub use ui::icon::Icon;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::ui::shell::Session;

/// The document around the application, on the server only.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    use leptos_meta::MetaTags;
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href="/pkg/lectern.css"/>
                <HydrationScripts options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// A page's title in the browser's tab.
///
/// `leptos_meta` writes it into the document as it is. A lab's title is what somebody typed, so on
/// the server it is escaped here; in the browser it is set as text.
fn document_title(title: String) -> String {
    let title = if cfg!(feature = "ssr") {
        escape(&title)
    } else {
        title
    };
    if title.is_empty() {
        "Lectern".to_owned()
    } else {
        format!("{title} · Lectern")
    }
}

/// Text that somebody typed, as HTML: for the two places where the framework writes text into the
/// document as it is, which are the title and what is inside a `textarea`.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// The application: its routes.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(Session(load::once(load::session)));
    view! {
        <Title formatter=document_title/>
        <Router>
            <Routes fallback=pages::not_found::NotFound>
                <Route path=path!("/") view=pages::home::Home ssr=SsrMode::Async/>
                <Route path=path!("/sign-in") view=pages::sign_in::SignIn ssr=SsrMode::Async/>
                <Route path=path!("/welcome/:token") view=pages::welcome::Welcome ssr=SsrMode::Async/>
                <Route path=path!("/register/:code") view=pages::register::Register ssr=SsrMode::Async/>
                <Route path=path!("/machines") view=pages::my_machines::MyMachines ssr=SsrMode::Async/>
                <Route path=path!("/machines/:id/terminal") view=pages::terminal::Terminal ssr=SsrMode::Async/>
                <Route path=path!("/labs") view=pages::labs::Labs ssr=SsrMode::Async/>
                <Route path=path!("/labs/new") view=pages::new_lab::NewLab ssr=SsrMode::Async/>
                <Route path=path!("/labs/:id") view=pages::lab::template::TemplatePage ssr=SsrMode::Async/>
                <Route path=path!("/labs/:id/pool") view=pages::lab::pool::PoolPage ssr=SsrMode::Async/>
                <Route path=path!("/labs/:id/users") view=pages::lab::users::UsersPage ssr=SsrMode::Async/>
                <Route path=path!("/labs/:id/settings") view=pages::lab::settings::SettingsPage ssr=SsrMode::Async/>
            </Routes>
        </Router>
    }
}
