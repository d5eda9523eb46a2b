//! The start: leads educators to their labs and students to their machines.

use leptos::prelude::*;

use crate::ui::shell::with_session;

/// The start page. The server leads on before anything is shown.
#[component]
pub fn Home() -> impl IntoView {
    let lead = |session: crate::view::SessionView| {
        let path = match session.person {
            None => "/sign-in",
            Some(person) if person.educator => "/labs",
            Some(_) => "/machines",
        };
        #[cfg(feature = "ssr")]
        leptos_axum::redirect(path);
        view! { <a href=path>"Go on"</a> }.into_any()
    };
    view! { <Suspense>{with_session(lead)}</Suspense> }
}
