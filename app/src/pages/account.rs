//! The caller's own account: how they sign in, and where they are signed in.

use leptos::prelude::*;

use crate::ui::form::{Field, Form, Submit, hidden};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::parts::Time;
use crate::ui::written::{kept_part, row};
use crate::view::{AccountView, LinkedView, SessionLine, WrittenView};

/// Writes the page.
pub fn write(account: &AccountView) -> WrittenView {
    WrittenView {
        title: "Your account".to_owned(),
        rows: vec![
            row("written-head", vec![kept_part(|| head(account))]),
            row("", vec![kept_part(|| ways(account))]),
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

/// The providers that lead to the account, and those that could.
fn ways(account: &AccountView) -> AnyView {
    if account.linked.is_empty() && account.linkable.is_empty() {
        return ().into_any();
    }
    let only = account.linked.len() == 1 && !account.password;
    let linked = account.linked.iter().map(|one| linked(one, only));
    let linked = linked.collect_view();
    let more = account.linkable.iter().map(|way| {
        view! {
            <li class="row">
                <div class="row-text"><strong>{way.name.clone()}</strong><span class="small muted">"Not linked"</span></div>
                // The whole page leaves for another site.
                <a class="button button-small" href=way.href.clone() rel="external"><Glyph icon=Icon::Plus/> "Link"</a>
            </li>
        }
    });
    let more = more.collect_view();
    view! {
        <section class="card" aria-label="Ways to sign in">
            <header class="card-head">
                <h2 class="card-title">"Ways to sign in"</h2>
                <p class="card-text">"Accounts elsewhere that lead to this one."</p>
            </header>
            <ul class="rows">{linked} {more}</ul>
        </section>
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

fn password(account: &AccountView) -> AnyView {
    if !account.password {
        let text = if account.mail {
            "You have none: you sign in by an account elsewhere. To set one, sign out and choose “Forgot your password?”."
        } else {
            "You have none: you sign in by an account elsewhere."
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
