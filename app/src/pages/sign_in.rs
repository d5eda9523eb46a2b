//! Signing in.

use leptos::prelude::*;

use crate::ui::form::{Field, Form, Submit};
use crate::ui::written::on_a_card;
use crate::view::WrittenView;

/// Writes the sign-in page, which leads to `next`.
pub fn write(next: String) -> WrittenView {
    on_a_card("Sign in", || {
        view! {
            <header class="auth-head">
                <h1>"Sign in"</h1>
                <p>"Your labs and virtual machines are one step away."</p>
            </header>
            <SignInForm next=next/>
            <p class="auth-foot">"Students come by the registration link that their educator gave them."</p>
        }
        .into_any()
    })
}

/// The sign-in form, leading to `next`.
#[component]
pub fn SignInForm(
    /// Where it leads.
    #[prop(into)]
    next: String,
    /// The address to begin with.
    #[prop(optional, into)]
    email: String,
) -> impl IntoView {
    view! {
        <Form action="/sfn/sign-in" class="form" inline=true>
            <input type="hidden" name="next" value=next/>
            <Field name="email" label="E-mail" kind="email" autocomplete="username" value=email focus=true/>
            <Field name="password" label="Password" kind="password" autocomplete="current-password"/>
            <Submit class="button button-primary button-wide">"Sign in"</Submit>
        </Form>
    }
}
