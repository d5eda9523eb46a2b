//! The start: leads educators to their labs and students to their machines.

use leptos::prelude::*;

use crate::ui::shell::Session;

/// The start page. The server leads on before anything is shown.
pub fn home() -> AnyView {
    let path = match expect_context::<Session>().0.person {
        None => "/sign-in",
        Some(person) if person.educator => "/labs",
        Some(_) => "/machines",
    };
    #[cfg(feature = "ssr")]
    leptos_axum::redirect(path);
    view! { <a href=path>"Go on"</a> }.into_any()
}
