//! The pages. Each lays out the data that it came with; what may be done is in the data, not decided
//! here.

#[cfg(feature = "ssr")]
pub mod access;
#[cfg(feature = "ssr")]
pub mod account;
#[cfg(feature = "ssr")]
pub mod audit;
#[cfg(feature = "ssr")]
pub mod deleted;
pub mod home;
pub mod lab;
#[cfg(feature = "ssr")]
pub mod labs;
#[cfg(feature = "ssr")]
pub mod lti;
pub mod my_machines;
#[cfg(feature = "ssr")]
pub mod new_lab;
#[cfg(feature = "ssr")]
pub mod people;
#[cfg(feature = "ssr")]
pub mod platforms;
pub mod problem;
#[cfg(feature = "ssr")]
pub mod reference;
#[cfg(feature = "ssr")]
pub mod register;
#[cfg(feature = "ssr")]
mod roles;
#[cfg(feature = "ssr")]
pub mod sign_in;
pub mod terminal;
#[cfg(feature = "ssr")]
pub mod time;
#[cfg(feature = "ssr")]
pub mod tokens;
#[cfg(feature = "ssr")]
pub mod welcome;
pub mod written;

/// A page as HTML, as `session` sees it at `path`: for looking at pages without a server.
#[cfg(feature = "ssr")]
pub fn rendered(
    session: crate::view::SessionView,
    path: &str,
    page: impl FnOnce() -> leptos::prelude::AnyView,
) -> String {
    use leptos::prelude::*;

    use crate::address::Address;
    use crate::ui::form::PageMessage;
    use crate::ui::shell::Session;

    Owner::new_root(None).with(|| {
        leptos_meta::provide_meta_context();
        provide_context(Session(session));
        provide_context(PageMessage(RwSignal::new(None)));
        provide_context(Address {
            path: path.to_owned(),
            ..Address::default()
        });
        page().to_html()
    })
}
