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
pub mod pages;
mod ui;
pub mod view;

pub use ui::icon::Icon;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};

use crate::address::{Address, Page};
use crate::load::{First, PageData};
use crate::ui::form::PageMessage;
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

/// The application: the page that the address names, with its data.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let address = Address::current();
    let page = address.page();
    let first = load::once(page.clone());
    provide_context(address);
    view! {
        <Title formatter=document_title/>
        <Suspense>
            {move || {
                let page = page.clone();
                Suspend::new(async move {
                    let First { session, data } = first.await;
                    provide_context(Session(session));
                    provide_context(PageMessage(RwSignal::new(None)));
                    show(page, data)
                })
            }}
        </Suspense>
    }
}

fn show(page: Page, data: PageData) -> AnyView {
    use pages::lab::{pool, template, users};
    match (page, data) {
        (Page::Home, _) => pages::home::home(),
        (Page::Welcome(_) | Page::Register(_), PageData::Problem(error)) => {
            pages::problem::on_a_card(error)
        }
        (_, PageData::Machines(places)) => pages::my_machines::my_machines(places),
        (_, PageData::Terminal(machine)) => pages::terminal::terminal(machine),
        (Page::Pool(_), PageData::Lab(lab)) => pool::page(*lab),
        (Page::Users(_), PageData::Lab(lab)) => users::page(*lab),
        (_, PageData::Lab(lab)) => template::page(*lab),
        (_, PageData::Written(page)) => pages::written::page(page),
        (_, PageData::Problem(error)) => pages::problem::in_the_frame(error),
        (_, _) => pages::problem::not_found(),
    }
}
