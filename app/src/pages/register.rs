//! Redeeming a registration link. Opening it changes nothing; the person confirms.

use leptos::prelude::*;

use super::sign_in::{SignInForm, providers};
use crate::ui::form::{Field, Form, Submit, hidden};
use crate::ui::icon::Icon;
use crate::ui::written::on_a_card;
use crate::view::{InvitationView, WayView, WrittenView};

/// Writes the page behind a registration link.
pub fn write(code: String, invitation: InvitationView, ways: Vec<WayView>) -> WrittenView {
    on_a_card("Register", || offer(invitation, code, ways))
}

fn offer(invitation: InvitationView, code: String, ways: Vec<WayView>) -> AnyView {
    let title = invitation.title.clone();
    let description = (!invitation.description.is_empty())
        .then(|| view! { <p>{invitation.description.clone()}</p> });
    let body = match (invitation.registered, invitation.email) {
        (true, _) => view! {
            <p>"You are registered for this lab."</p>
            <a class="button button-primary button-wide" href="/machines">"To my virtual machine"</a>
        }
        .into_any(),
        (false, Some(email)) => confirm(email, code).into_any(),
        (false, None) => match (invitation.proof, invitation.mail) {
            (Some(proof), _) => chosen(proof, code),
            (None, true) if invitation.sent => sent(code),
            (None, true) => mailbox(code, ways),
            (None, false) => account(code, ways).into_any(),
        },
    };
    view! {
        <header class="auth-head">
            <p class="muted">"You are invited to"</p>
            <h1>{title}</h1>
            {description}
        </header>
        {body}
    }
    .into_any()
}

fn confirm(email: String, code: String) -> impl IntoView {
    let here = format!("/register/{code}");
    view! {
        <Form action="/sfn/register/confirm" class="form" inline=true>
            <input type="hidden" name="code" value=code/>
            <p>"Register as " <strong>{email}</strong> " and get a virtual machine of your own."</p>
            <Submit class="button button-primary button-wide" icon=Icon::Check>"Register for this lab"</Submit>
        </Form>
        <Form action="/sfn/sign-out" class="auth-foot">
            <input type="hidden" name="next" value=here/>
            "Not you? " <Submit class="button button-quiet button-small">"Sign out"</Submit>
        </Form>
    }
}

/// Who has the mailbox chooses a password, and goes on.
fn chosen((token, email, name): (String, String, Option<String>), code: String) -> AnyView {
    let here = format!("/register/{code}");
    let known = name.is_some();
    let name = match name {
        Some(name) => hidden("name", name),
        None => {
            view! { <Field name="name" label="Your name" autocomplete="name" max=100 focus=true/> }
                .into_any()
        }
    };
    view! {
        <Form action="/sfn/welcome/use" class="form" inline=true>
            {hidden("token", token)}
            {hidden("next", here)}
            {name}
            <Field name="email" label="E-mail" kind="email" autocomplete="username" value=email readonly=true/>
            <Field
                name="password"
                label="Choose a password"
                hint="At least 10 characters; a few words in a row are easy to keep."
                kind="password"
                autocomplete="new-password"
                focus=known
            />
            <Submit class="button button-primary button-wide">"Create my account"</Submit>
        </Form>
    }
    .into_any()
}

/// Where mails can be sent, an address is shown to be somebody's before it is believed.
fn mailbox(code: String, ways: Vec<WayView>) -> AnyView {
    let here = format!("/register/{code}");
    let or = (!ways.is_empty()).then(|| view! { <p class="auth-or">"or"</p> });
    view! {
        {providers(ways)}
        {or}
        <Form action="/sfn/register/ask" class="form" inline=true>
            {hidden("code", code)}
            <Field
                name="email"
                label="E-mail"
                hint="The address your educator has on the list. A link to go on comes by mail."
                kind="email"
                autocomplete="username"
            />
            <Submit class="button button-primary button-wide" icon=Icon::Mail>"Send me the link"</Submit>
        </Form>
        <details class="auth-foot">
            <summary>"I have an account"</summary>
            <SignInForm next=here/>
        </details>
    }
    .into_any()
}

fn sent(code: String) -> AnyView {
    let again = format!("/register/{code}");
    view! {
        <p><strong>"Look into your mailbox"</strong></p>
        <p>"If that address is on the list, a link to go on is on its way to it. It works for an hour."</p>
        <p class="auth-foot"><a href=again>"Another address"</a></p>
    }
    .into_any()
}

fn account(code: String, ways: Vec<WayView>) -> impl IntoView {
    let here = format!("/register/{code}");
    let or = (!ways.is_empty()).then(|| view! { <p class="auth-or">"or"</p> });
    view! {
        {providers(ways)}
        {or}
        <Form action="/sfn/register/sign-up" class="form" inline=true>
            <input type="hidden" name="code" value=code/>
            <Field name="name" label="Your name" autocomplete="name" max=100/>
            <Field
                name="email"
                label="E-mail"
                hint="The address your educator has on the list."
                kind="email"
                autocomplete="username"
            />
            <Field
                name="password"
                label="Choose a password"
                hint="At least 10 characters; a few words in a row are easy to keep."
                kind="password"
                autocomplete="new-password"
            />
            <Submit class="button button-primary button-wide">"Create my account"</Submit>
        </Form>
        <details class="auth-foot">
            <summary>"I have an account"</summary>
            <SignInForm next=here/>
        </details>
    }
}
