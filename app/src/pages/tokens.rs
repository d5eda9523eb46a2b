//! Access tokens: made, shown once, taken back.

use leptos::prelude::*;

use crate::ui::copy::ShownOnce;
use crate::ui::form::{Field, Form, Submit, hidden, radio};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::parts::Time;
use crate::ui::written::{kept_part, row};
use crate::view::{TokenView, WrittenView};

/// Writes the page. `made` is the secret of a token that was made a moment ago.
pub fn write(tokens: Vec<TokenView>, made: Option<String>) -> WrittenView {
    let mut rows = vec![row("written-head", vec![kept_part(head)])];
    if let Some(secret) = made {
        rows.push(row("", vec![kept_part(|| shown_once(secret))]));
    }
    rows.push(row("", vec![kept_part(|| list(tokens))]));
    rows.push(row("", vec![kept_part(form)]));
    WrittenView {
        title: "Access tokens".to_owned(),
        // Never asked for anew: the secret would be gone. Its own forms load the page again.
        rows,
        ..WrittenView::default()
    }
}

fn head() -> AnyView {
    view! {
        <header class="page-head">
            <div class="page-head-text">
                <h1>"Access tokens"</h1>
                <p class="page-subtitle">"Programs sign in with a token, and may then do what you may. Give each program a token of its own. " <a href="/account/api">"What they can do"</a></p>
            </div>
        </header>
    }
    .into_any()
}

fn shown_once(secret: String) -> AnyView {
    view! {
        <ShownOnce
            title="Copy the token now"
            about="It is shown this once and kept nowhere. Whoever has it can act as you."
            secret=secret
            label="New access token"
        />
    }
    .into_any()
}

fn list(tokens: Vec<TokenView>) -> AnyView {
    if tokens.is_empty() {
        return view! {
            <div class="empty">
                <span class="empty-icon"><Glyph icon=Icon::Key class="icon icon-large"/></span>
                <h2>"No access tokens"</h2>
                <p>"Make one below for a script or a program that is to work with your labs."</p>
            </div>
        }
        .into_any();
    }
    view! {
        <section class="card" aria-label="Your tokens">
            <ul class="rows">{tokens.into_iter().map(line).collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn line(token: TokenView) -> AnyView {
    let may = if token.reads {
        "Reads only"
    } else {
        "Everything you may"
    };
    let used = match token.used_at {
        Some(at) => view! { "last used " <Time at=at/> }.into_any(),
        None => "never used".into_any(),
    };
    let end = if token.ended {
        view! { <span class="tag">"Ended"</span> " on " <Time at=token.ends_at/> }.into_any()
    } else {
        view! { "works until " <Time at=token.ends_at/> }.into_any()
    };
    let label = format!("Revoke {}", token.name);
    view! {
        <li class="row">
            <div class="row-text">
                <strong>{token.name}</strong>
                <span class="small muted">{may} " · made " <Time at=token.made_at/> " · " {used} " · " {end}</span>
            </div>
            <details class="menu" name="menu">
                <summary class="button button-quiet button-icon button-small" aria-label=label>
                    <Glyph icon=Icon::Trash/>
                </summary>
                <div class="menu-panel">
                    <p class="menu-head">"Programs that use it are turned away at once."</p>
                    <Form action="/sfn/tokens/revoke">
                        {hidden("token", token.id)}
                        <Submit class="menu-item menu-item-danger" icon=Icon::Trash>"Revoke the token"</Submit>
                    </Form>
                </div>
            </details>
        </li>
    }
    .into_any()
}

fn form() -> AnyView {
    let usual = domain::token::Lifetime::USUAL.days().to_string();
    view! {
        <section class="card" aria-label="New token">
            <header class="card-head"><h2 class="card-title">"New token"</h2></header>
            <Form action="/sfn/tokens/create" class="form" inline=true>
                <Field name="name" label="Name" hint="What it is for, such as “Nightly report”." max=100/>
                <fieldset class="fieldset">
                    <legend class="legend">"What it may do"</legend>
                    <div class="segments">
                        {radio("reach", "Full", "Full", "Everything you may")}
                        {radio("reach", "ReadOnly", "Full", "Read only")}
                    </div>
                </fieldset>
                <Field name="expires" label="Works for" kind="number" value=usual min=1 max=3660 suffix="days"/>
                <div class="form-actions">
                    <Submit class="button button-primary" icon=Icon::Plus>"Make the token"</Submit>
                </div>
            </Form>
        </section>
    }
    .into_any()
}
