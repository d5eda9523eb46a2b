//! Pages that cannot be shown, and addresses that lead nowhere.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::error::{AppError, Kind};
use crate::ui::parts::problem;
use crate::ui::shell::{card, shell};

/// Instead of a page for people who are signed in.
pub fn in_the_frame(error: AppError) -> AnyView {
    view! { <Title text=title(&error)/> {shell(problem(error))} }.into_any()
}

/// Instead of a page with one card.
pub fn on_a_card(error: AppError) -> AnyView {
    view! { <Title text=title(&error)/> {card(problem(error))} }.into_any()
}

/// The page for every address that is none.
pub fn not_found() -> AnyView {
    in_the_frame(AppError::new(
        Kind::NotFound,
        "This address leads nowhere. It may have been mistyped, or what it led to is gone.",
    ))
}

fn title(error: &AppError) -> &'static str {
    if error.kind == Kind::NotFound {
        "Not found"
    } else {
        "Problem"
    }
}
