//! Addresses that lead nowhere.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::error::{AppError, Kind};
use crate::ui::parts::Problem;
use crate::ui::shell::Shell;

/// The page for every address that is none.
#[component]
pub fn NotFound() -> impl IntoView {
    let error = AppError::new(
        Kind::NotFound,
        "This address leads nowhere. It may have been mistyped, or what it led to is gone.",
    );
    view! { <Title text="Not found"/> <Shell><Problem error=error/></Shell> }
}
