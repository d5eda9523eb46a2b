//! A one-time link: the first run's, which makes the owner, or one that invites somebody.

use leptos::prelude::*;

use crate::ui::form::{Field, Form, Submit, hidden};
use crate::ui::written::on_a_card;
use crate::view::{WelcomeView, WrittenView};

/// Writes the page behind a one-time link. Opening it changes nothing.
pub fn write(token: String, link: WelcomeView) -> WrittenView {
    on_a_card("Welcome", || account(link, token))
}

fn account(link: WelcomeView, token: String) -> AnyView {
    let known = link.name.is_some();
    let (title, text) = if link.owner {
        (
            "Welcome to Lectern",
            "Create the owner’s account. It may do everything, and give others their roles.",
        )
    } else if known {
        (
            "A new password",
            "You are signed in with it at once, and nowhere else any more.",
        )
    } else {
        (
            "Welcome to Lectern",
            "Choose the name that others see and a password.",
        )
    };
    let fixed = link.email.is_some();
    // Who has a name keeps it.
    let name = match link.name {
        Some(name) => hidden("name", name),
        None => {
            view! { <Field name="name" label="Your name" autocomplete="name" max=100 focus=true/> }
                .into_any()
        }
    };
    view! {
        <header class="auth-head"><h1>{title}</h1><p>{text}</p></header>
        <Form action="/sfn/welcome/use" class="form" inline=true>
            <input type="hidden" name="token" value=token/>
            {name}
            <Field
                name="email"
                label="E-mail"
                kind="email"
                autocomplete="username"
                value=link.email.unwrap_or_default()
                readonly=fixed
            />
            <Field
                name="password"
                label="Password"
                hint="At least 10 characters; a few words in a row are easy to keep."
                kind="password"
                autocomplete="new-password"
                focus=known
            />
            <Submit class="button button-primary button-wide">
                {if link.owner { "Create the owner’s account" } else { "Set the password and go on" }}
            </Submit>
        </Form>
    }
    .into_any()
}
