//! The caller's own account: how they sign in, and where they are signed in.

use leptos::prelude::*;

use super::sign_in;
use crate::ui::form::{Field, Form, Submit, hidden};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::parts::Time;
use crate::ui::written::{kept_part, row};
use crate::view::{AccountView, LinkedView, PasskeyLine, SessionLine, WrittenView};

/// Writes the page.
pub fn write(account: &AccountView) -> WrittenView {
    WrittenView {
        title: "Your account".to_owned(),
        rows: vec![
            row("written-head", vec![kept_part(|| head(account))]),
            row("", vec![kept_part(|| ways(account))]),
            row("", vec![kept_part(|| passkeys(account))]),
            row("", vec![kept_part(|| password(account))]),
            row("", vec![kept_part(|| sessions(account))]),
        ],
        ..WrittenView::default()
    }
}

fn head(account: &AccountView) -> AnyView {
    let (name, email) = (account.name.clone(), account.email.clone());
    view! {
        <header class="page-head">
            <div class="page-head-text">
                <h1>"Your account"</h1>
                <p class="page-subtitle">{name} " · " {email}</p>
            </div>
            <div class="page-actions">
                <a class="button" href="/access"><Glyph icon=Icon::Info/> "What may I do?"</a>
            </div>
        </header>
    }
    .into_any()
}

/// Whether the account would have no way in any more without one that it has, beside its password.
fn only_way(account: &AccountView) -> bool {
    let usable = account
        .passkey_origin
        .as_ref()
        .map_or(0, |_| account.passkeys.len());
    !account.password && account.linked.len() + usable < 2
}

/// The providers that lead to the account, and those that could.
fn ways(account: &AccountView) -> AnyView {
    if account.linked.is_empty() && account.linkable.is_empty() {
        return ().into_any();
    }
    let only = only_way(account);
    let linked = account.linked.iter().map(|one| linked(one, only));
    let linked = linked.collect_view();
    let linked = (!account.linked.is_empty()).then(|| view! { <ul class="rows">{linked}</ul> });
    let more = (!account.linkable.is_empty()).then(|| linkable(account));
    view! {
        <section class="card" aria-label="Ways to sign in">
            <header class="card-head">
                <h2 class="card-title">"Ways to sign in"</h2>
                <p class="card-text">"Accounts elsewhere that lead to this one."</p>
            </header>
            {linked}
            {more}
        </section>
    }
    .into_any()
}

/// The form that leaves for a provider to link it. The whole page does: it leads to another site.
fn linkable(account: &AccountView) -> AnyView {
    let password = account.password.then(|| {
        view! {
            <Field
                name="password"
                id="link-password"
                label="Your password, to link an account"
                hint="So that nobody who finds you signed in makes a way in of their own."
                kind="password"
                autocomplete="current-password"
            />
        }
    });
    let ways = account.linkable.iter().map(|(id, name)| {
        let label = format!("Link {name}");
        view! {
            <li class="row">
                <div class="row-text"><strong>{name.clone()}</strong><span class="small muted">"Not linked"</span></div>
                <Submit class="button button-small" icon=Icon::Plus label=label name="provider" value=id.clone()>"Link"</Submit>
            </li>
        }
    });
    let ways = ways.collect_view();
    view! {
        <Form action="/account/link" class="form">
            {password}
            <ul class="rows">{ways}</ul>
        </Form>
    }
    .into_any()
}

fn linked(one: &LinkedView, only: bool) -> AnyView {
    let id = one.id.clone();
    let unlink = (!only).then(|| {
        view! {
            <Form action="/sfn/account/unlink" inline=true>
                {hidden("provider", id)}
                <Submit class="button button-small" icon=Icon::X>"Unlink"</Submit>
            </Form>
        }
    });
    let email = one.email.clone().map(|email| format!("{email} · "));
    view! {
        <li class="row">
            <div class="row-text">
                <strong>{one.name.clone()}</strong>
                <span class="small muted">{email} "last used " <Time at=one.used_at/></span>
            </div>
            {unlink}
        </li>
    }
    .into_any()
}

/// The passkeys, and what adds one where the browser can.
fn passkeys(account: &AccountView) -> AnyView {
    let none = account.passkeys.is_empty();
    if none && account.passkey_origin.is_none() {
        return ().into_any();
    }
    let only = only_way(account);
    let lines = account.passkeys.iter().map(|one| passkey(one, only));
    let lines = (!none).then(|| view! { <ul class="rows">{lines.collect_view()}</ul> });
    let origin = account.passkey_origin.clone();
    let text = if origin.is_some() {
        "Your device signs you in, by your finger, your face or its own code. There is nothing to remember, and nothing that could be guessed or given away."
    } else {
        "They work only while the portal is reached by https and by a name."
    };
    let name = account.passkey_name.clone();
    let add = origin
        .as_ref()
        .map(|_| add_passkey(name, account.password, !none, origin.clone()));
    let module = origin.as_ref().map(|_| sign_in::module());
    view! {
        // With nothing to show, nothing is shown until the browser has said that it can.
        <section
            class="card"
            aria-label="Passkeys"
            data-passkeys=none.then_some("add")
            data-origin=origin.filter(|_| none)
            hidden=none
        >
            <header class="card-head">
                <h2 class="card-title">"Passkeys"</h2>
                <p class="card-text">{text}</p>
            </header>
            {lines}
            {add}
        </section>
        {module}
    }
    .into_any()
}

fn passkey(one: &PasskeyLine, only: bool) -> AnyView {
    let credential = one.credential.clone();
    let label = format!("Remove {}", one.name);
    let remove = (!only).then(|| {
        view! {
            <Form action="/sfn/account/passkeys/remove" inline=true>
                {hidden("passkey", credential)}
                <Submit class="button button-small" icon=Icon::Trash label=label>"Remove"</Submit>
            </Form>
        }
    });
    let used = match one.used_at {
        Some(at) => view! { "last used " <Time at=at/> }.into_any(),
        None => "never used".into_any(),
    };
    view! {
        <li class="row">
            <div class="row-text">
                <strong>{one.name.clone()}</strong>
                <span class="small muted">"added " <Time at=one.added_at/> " · " {used}</span>
            </div>
            {remove}
        </li>
    }
    .into_any()
}

/// What adds a passkey; by itself it shows only where the browser can.
fn add_passkey(name: String, password: bool, alone: bool, origin: Option<String>) -> AnyView {
    let password = password.then(|| {
        view! {
            <div class="field">
                <label class="label" for="passkey-password">"Your password"</label>
                <input
                    class="input"
                    id="passkey-password"
                    name="password"
                    type="password"
                    autocomplete="current-password"
                    aria-describedby="passkey-password-error"
                />
                {wrong("password")}
            </div>
        }
    });
    view! {
        <div class="form" data-passkeys=alone.then_some("add") data-origin=origin.filter(|_| alone) hidden=alone>
            <div class="field">
                <label class="label" for="passkey-name">"Name of a new passkey"</label>
                <p class="hint" id="passkey-name-hint">"So that you know it again, such as “Phone” or “Blue key”."</p>
                <input
                    class="input"
                    id="passkey-name"
                    name="name"
                    value=name
                    maxlength="60"
                    autocomplete="off"
                    aria-describedby="passkey-name-hint passkey-name-error"
                />
                {wrong("name")}
            </div>
            {password}
            {sign_in::went_wrong()}
            <div class="form-actions">
                <button class="button" type="button" data-passkeys-button="">
                    <Glyph icon=Icon::Plus/>
                    "Add a passkey"
                </button>
            </div>
        </div>
    }
    .into_any()
}

/// Where the passkeys' module says what is wrong with a field.
fn wrong(field: &'static str) -> AnyView {
    view! {
        <div class="error-place" id=format!("passkey-{field}-error")>
            <p class="error" role="alert" data-passkeys-wrong=field hidden=true>
                <Glyph icon=Icon::Alert/>
                <span data-passkeys-text=""></span>
            </p>
        </div>
    }
    .into_any()
}

fn password(account: &AccountView) -> AnyView {
    if !account.password {
        let text = if account.mail {
            "You have none: you sign in in another way. To set one, sign out and choose “Forgot your password?”."
        } else {
            "You have none: you sign in in another way."
        };
        return view! {
            <section class="card" aria-label="Password">
                <header class="card-head"><h2 class="card-title">"Password"</h2><p class="card-text">{text}</p></header>
            </section>
        }
        .into_any();
    }
    view! {
        <section class="card" aria-label="Password">
            <header class="card-head">
                <h2 class="card-title">"Password"</h2>
                <p class="card-text">"After a change you stay signed in here, and nowhere else."</p>
            </header>
            <Form action="/sfn/account/password" class="form" inline=true reset=true>
                <Field name="old" label="Your password until now" kind="password" autocomplete="current-password"/>
                <Field
                    name="password"
                    label="New password"
                    hint="At least 10 characters; a few words in a row are easy to keep."
                    kind="password"
                    autocomplete="new-password"
                />
                <div class="form-actions"><Submit class="button button-primary" icon=Icon::Check>"Change the password"</Submit></div>
            </Form>
        </section>
    }
    .into_any()
}

fn sessions(account: &AccountView) -> AnyView {
    let others = account.sessions.iter().filter(|line| !line.this).count();
    let lines = account.sessions.iter().map(line).collect_view();
    let all = (others > 1).then(|| {
        view! {
            <Form action="/sfn/account/end-others" class="form">
                <div class="form-actions"><Submit class="button" icon=Icon::SignOut>"Sign out everywhere else"</Submit></div>
            </Form>
        }
    });
    view! {
        <section class="card" aria-label="Where you are signed in">
            <header class="card-head">
                <h2 class="card-title">"Where you are signed in"</h2>
                <p class="card-text">"A session that you do not know is not yours: end it, and change your password."</p>
            </header>
            <ul class="rows">{lines}</ul>
            {all}
        </section>
    }
    .into_any()
}

fn line(session: &SessionLine) -> AnyView {
    let by = session.by.clone().map(|by| format!(" · by {by}"));
    let from = Some(session.from.clone()).filter(|from| !from.is_empty());
    let from = from.map(|from| format!("{from} · "));
    let hash = session.hash.clone();
    let end = if session.this {
        view! { <span class="tag">"This one"</span> }.into_any()
    } else {
        view! {
            <Form action="/sfn/account/end-session" inline=true>
                {hidden("session", hash)}
                <Submit class="button button-small" icon=Icon::SignOut>"End"</Submit>
            </Form>
        }
        .into_any()
    };
    view! {
        <li class="row">
            <div class="row-text">
                <strong>{session.browser.clone()}</strong>
                <span class="small muted">
                    {from} "since " <Time at=session.began_at/> " · last used " <Time at=session.used_at/> {by}
                </span>
            </div>
            {end}
        </li>
    }
    .into_any()
}
