//! The start: leads educators to their labs and students to their machines.

use leptos::prelude::*;
use leptos_router::components::Redirect;

use crate::ui::shell::with_session;

/// The start page.
#[component]
pub fn Home() -> impl IntoView {
    let lead = |session: crate::view::SessionView| {
        let path = match session.person {
            None => "/sign-in",
            Some(person) if person.educator => "/labs",
            Some(_) => "/machines",
        };
        view! { <Redirect path=path/> }.into_any()
    };
    view! { <Suspense>{with_session(lead)}</Suspense> }
}
