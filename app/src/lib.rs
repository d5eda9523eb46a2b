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

use crate::address::{Address, Page, percent_encode};
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
    use pages::lab::{pool, settings, template, users};
    use pages::time;
    match (page, data) {
        (Page::Home, _) => pages::home::home(),
        (Page::SignIn, _) => pages::sign_in::sign_in(),
        (Page::Welcome(token), PageData::Welcome(link)) => pages::welcome::welcome(token, link),
        (Page::Register(code), PageData::Invitation(invitation)) => {
            pages::register::register(code, invitation)
        }
        (Page::Welcome(_) | Page::Register(_), PageData::Problem(error)) => {
            pages::problem::on_a_card(error)
        }
        (_, PageData::Machines(places)) => pages::my_machines::my_machines(places),
        (_, PageData::Terminal(machine)) => pages::terminal::terminal(machine),
        (_, PageData::Labs(labs)) => pages::labs::labs(labs),
        (_, PageData::NewLab(options)) => pages::new_lab::new_lab(options),
        (Page::Pool(_), PageData::Lab(lab)) => pool::page(*lab),
        (Page::Users(_), PageData::Lab(lab)) => users::page(*lab),
        (Page::Settings(_), PageData::Lab(lab)) => settings::page(*lab),
        (_, PageData::Lab(lab)) => template::page(*lab),
        (_, PageData::Dashboard(page)) => {
            let address = format!("/sfn/lab/dashboard?id={}", page.lab.id);
            time::dashboard::page(*page, address)
        }
        (_, PageData::Schedule(page)) => {
            let monday = &page.more.week.monday;
            let address = format!("/sfn/lab/schedule?id={}&week={monday}", page.lab.id);
            time::schedule::page(*page, address)
        }
        (_, PageData::Activity(page)) => {
            let (id, user) = (&page.lab.id, &page.more.user);
            let address = format!("/sfn/lab/activity?id={id}&user={user}");
            time::activity::page(*page, address)
        }
        (Page::MyUsage(id), PageData::Usage(usage)) => {
            let address = format!("/sfn/machines/usage?machine={}", percent_encode(&id));
            time::usage::page(*usage, "/events/machines".to_owned(), address)
        }
        (_, PageData::Usage(usage)) => {
            let events = format!("/events/labs/{}", usage.lab);
            let address = format!("/sfn/lab/usage?id={}&user={}", usage.lab, usage.user);
            time::usage::page(*usage, events, address)
        }
        (_, PageData::Plan(plan)) => time::plan::page(*plan, "/sfn/plan".to_owned()),
        (_, PageData::Problem(error)) => pages::problem::in_the_frame(error),
        (_, _) => pages::problem::not_found(),
    }
}
