//! What people see and do: Lectern's pages, components and server functions.
//!
//! The crate is compiled twice: for the server (`ssr`), which renders pages and holds the server
//! functions' bodies, and for the browser (`hydrate`). A server function parses, calls one use case
//! of `service`, and renders; no rule is decided here.

#![recursion_limit = "256"]

pub mod address;
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

use crate::address::{Address, Page};
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

/// The application: the page that the address names.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(Session(load::once(load::session)));
    let address = Address::current();
    let page = address.page();
    provide_context(address);
    view! {
        <Title formatter=document_title/>
        {show(page)}
    }
}

fn show(page: Page) -> AnyView {
    use pages::lab::{pool, settings, template, users};
    match page {
        Page::Home => pages::home::Home().into_any(),
        Page::SignIn => pages::sign_in::SignIn().into_any(),
        Page::Welcome(token) => pages::welcome::welcome(token).into_any(),
        Page::Register(code) => pages::register::register(code).into_any(),
        Page::MyMachines => pages::my_machines::MyMachines().into_any(),
        Page::Terminal(id) => pages::terminal::terminal(id).into_any(),
        Page::Labs => pages::labs::Labs().into_any(),
        Page::NewLab => pages::new_lab::NewLab().into_any(),
        Page::Template(id) => template::page(id).into_any(),
        Page::Pool(id) => pool::page(id).into_any(),
        Page::Users(id) => users::page(id).into_any(),
        Page::Settings(id) => settings::page(id).into_any(),
        Page::NotFound => pages::not_found::NotFound().into_any(),
    }
}
