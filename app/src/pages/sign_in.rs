//! Signing in, and the ways back for who cannot.

use leptos::prelude::*;

use crate::ui::form::{Field, Form, Submit};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::written::on_a_card;
use crate::view::{WayView, WrittenView};

/// Writes the sign-in page, which leads to `next`. With `mail` a forgotten password can be replaced;
/// `passkeys` is the address that passkeys are for, where they work.
pub fn write(
    next: String,
    ways: Vec<WayView>,
    mail: bool,
    passkeys: Option<String>,
) -> WrittenView {
    on_a_card("Sign in", || {
        let forgot = mail.then(|| {
            view! { <p class="auth-foot"><a href="/sign-in/forgot">"Forgot your password?"</a></p> }
        });
        let listed = passkeys.is_some();
        let passkeys = passkeys.map(|origin| passkey(origin, next.clone()));
        let or = (!ways.is_empty()).then(|| view! { <p class="auth-or">"or"</p> });
        view! {
            <header class="auth-head">
                <h1>"Sign in"</h1>
                <p>"Your labs and virtual machines are one step away."</p>
            </header>
            {providers(ways)}
            {or}
            <SignInForm next=next passkeys=listed/>
            {passkeys}
            {forgot}
            <p class="auth-foot">"Students come by the registration link that their educator gave them."</p>
        }
        .into_any()
    })
}

/// What asks the device for a passkey: shown by its module, where the browser can.
fn passkey(origin: String, next: String) -> AnyView {
    view! {
        <div data-passkeys="sign-in" data-origin=origin data-next=next hidden=true>
            <p class="auth-or">"or"</p>
            <div class="stack">
                <button class="button button-wide" type="button" data-passkeys-button="">
                    <Glyph icon=Icon::Key/>
                    "Sign in with a passkey"
                </button>
                {went_wrong()}
            </div>
        </div>
        {module()}
    }
    .into_any()
}

/// Where the passkeys' module says what went wrong.
pub fn went_wrong() -> AnyView {
    view! {
        <div class="notice notice-danger" role="alert" data-passkeys-error="" hidden=true>
            <Glyph icon=Icon::Alert/>
            <div class="notice-body"><p data-passkeys-text=""></p></div>
        </div>
    }
    .into_any()
}

/// The passkeys' module.
pub fn module() -> AnyView {
    view! { <script type="module" src="/assets/passkeys.js" nonce=leptos::nonce::use_nonce()></script> }
        .into_any()
}

/// A button for each provider.
pub fn providers(ways: Vec<WayView>) -> Option<AnyView> {
    if ways.is_empty() {
        return None;
    }
    let buttons = ways.into_iter().map(|way| {
        view! {
            <a class="button button-wide" href=way.href rel="external">"Sign in with " {way.name}</a>
        }
    });
    let buttons = buttons.collect_view();
    Some(view! { <div class="stack stack-s">{buttons}</div> }.into_any())
}

/// Writes the page for a forgotten password; `sent` once a mail may be on its way.
pub fn forgot(sent: bool) -> WrittenView {
    on_a_card("New password", || {
        if sent {
            return view! {
                <header class="auth-head">
                    <h1>"Look into your mailbox"</h1>
                    <p>"If somebody signs in here with that address, a link to set a new password is on its way. It works for an hour."</p>
                </header>
                <p class="auth-foot"><a href="/sign-in">"Back to signing in"</a></p>
            }
            .into_any();
        }
        view! {
            <header class="auth-head">
                <h1>"A new password"</h1>
                <p>"Tell the address that you sign in with; a link comes by mail."</p>
            </header>
            <Form action="/sfn/sign-in/forgot" class="form" inline=true>
                <Field name="email" label="E-mail" kind="email" autocomplete="username" focus=true/>
                <Submit class="button button-primary button-wide">"Send the link"</Submit>
            </Form>
            <p class="auth-foot"><a href="/sign-in">"Back to signing in"</a></p>
        }
        .into_any()
    })
}

/// Writes the page that asks for the password of the account that a provider is to be linked to.
pub fn prove(provider: String, email: String) -> WrittenView {
    on_a_card("Is this you?", || {
        view! {
            <header class="auth-head">
                <h1>"Is this you?"</h1>
                <p>
                    "There is an account for " <strong>{email}</strong> ". Type its password once, and “" {provider}
                    "” leads to it from now on."
                </p>
            </header>
            <Form action="/sfn/sign-in/prove" class="form" inline=true>
                <Field name="password" label="Password" kind="password" autocomplete="current-password" focus=true/>
                <Submit class="button button-primary button-wide">"Link them and sign in"</Submit>
            </Form>
            <p class="auth-foot"><a href="/sign-in">"No, sign in in another way"</a></p>
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
    /// Whether the browser may offer passkeys in its list of addresses.
    #[prop(optional)]
    passkeys: bool,
) -> impl IntoView {
    let names = if passkeys {
        "username webauthn"
    } else {
        "username"
    };
    view! {
        <Form action="/sfn/sign-in" class="form" inline=true>
            <input type="hidden" name="next" value=next/>
            <Field name="email" label="E-mail" kind="email" autocomplete=names value=email focus=true/>
            <Field name="password" label="Password" kind="password" autocomplete="current-password"/>
            <Submit class="button button-primary button-wide">"Sign in"</Submit>
        </Form>
    }
}
