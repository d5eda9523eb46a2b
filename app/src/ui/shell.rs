//! The frame around every page: banner, navigation, account, messages.

use leptos::prelude::*;

use super::form::{Form, PageMessage, Submit};
use super::icon::{Glyph, Icon};
use super::live::{changing, follow};
use crate::address::Address;
use crate::view::{PersonView, SessionView};

/// The frame's data, as the page came with it.
#[derive(Clone, Debug)]
pub struct Session(pub SessionView);

/// The frame of a page for people who are signed in, around `page`.
pub fn shell(page: AnyView) -> AnyView {
    let session = expect_context::<Session>().0;
    view! {
        <div class="shell">
            <a class="skip-link" href="#main">"Skip to the content"</a>
            {banner(session.clone())}
            <header class="topbar">
                <div class="topbar-inner">
                    {brand("brand")}
                    {session.person.map(navigation)}
                </div>
            </header>
            <main class="page" id="main" tabindex="-1">
                {messages()}
                {page}
            </main>
            {footer()}
        </div>
    }
    .into_any()
}

/// The frame of a page with one card, `page`: sign-in, first run, redeeming a link.
pub fn card(page: AnyView) -> AnyView {
    view! {
        <div class="auth">
            {banner(expect_context::<Session>().0)}
            <main class="auth-main" id="main">
                {brand("brand auth-brand")}
                <div class="card auth-card">
                    {messages()}
                    {page}
                </div>
            </main>
            {footer()}
        </div>
    }
    .into_any()
}

fn brand(class: &'static str) -> impl IntoView {
    view! {
        <a class=class href="/">
            <span class="brand-mark"><Glyph icon=Icon::Logo/></span>
            " Lectern"
        </a>
    }
}

fn footer() -> impl IntoView {
    view! { <footer class="footer"><span>"Lectern"</span><span>"Classroom labs on your own machines"</span></footer> }
}

/// What holds for every page: simulated machines, a host that does not answer.
fn banner(session: SessionView) -> AnyView {
    let session = RwSignal::new(session);
    follow(
        session,
        "/events/system".to_owned(),
        "/sfn/session".to_owned(),
    );
    changing(move || session.with(banners))
}

fn banners(session: &SessionView) -> AnyView {
    let simulated = session.simulated.then(|| {
        view! {
            <p class="banner banner-info" role="status">
                <Glyph icon=Icon::Info/>
                <span><strong>"Simulated machines."</strong>
                    " There is no Incus here, so machines are only pretended, for looking around."</span>
            </p>
        }
    });
    let away = session.engine_away.clone().map(|why| {
        view! {
            <p class="banner banner-warning" role="status">
                <Glyph icon=Icon::Alert/>
                <span><strong>"The machine host does not answer."</strong>
                    " What you ask for is kept and done as soon as it is back. " <span class="small">{why}</span></span>
            </p>
        }
    });
    view! { {away} {simulated} }.into_any()
}

fn navigation(person: PersonView) -> AnyView {
    let path = expect_context::<Address>().path;
    let labs = path.starts_with("/labs").then_some("page");
    let machines = path.starts_with("/machines").then_some("page");
    let plan = path.starts_with("/plan").then_some("page");
    let people = ["/people", "/platforms", "/audit"];
    let people = people.iter().any(|p| path.starts_with(p));
    let people = people.then_some("page");
    let label = format!("Account: {}", person.name);
    view! {
        <nav class="main-nav" aria-label="Main">
            {person.educator.then(|| view! { <a href="/labs" aria-current=labs>"My labs"</a> })}
            <a href="/machines" aria-current=machines>"My virtual machines"</a>
            {person.may_plan.then(|| view! { <a href="/plan" aria-current=plan>"Lab plan"</a> })}
            {person.may_people.then(|| view! { <a href="/people" aria-current=people>"People"</a> })}
        </nav>
        <details class="menu account" name="menu">
            <summary class="account-button" aria-label=label>
                <span class="avatar">{person.initials}</span>
            </summary>
            <div class="menu-panel">
                <p class="menu-head"><strong>{person.name}</strong><br/>{person.email}</p>
                <a class="menu-item" href="/account"><Glyph icon=Icon::User/> "Your account"</a>
                <a class="menu-item" href="/account/tokens"><Glyph icon=Icon::Key/> "Access tokens"</a>
                <Form action="/sfn/sign-out">
                    <Submit class="menu-item" icon=Icon::SignOut>"Sign out"</Submit>
                </Form>
            </div>
        </details>
    }
    .into_any()
}

/// What forms without room of their own came to, and what a form sent without a script came to.
fn messages() -> AnyView {
    let message = expect_context::<PageMessage>().0;
    let flash = expect_context::<Session>().0.flash.map(|flash| {
        view! {
            <div class="notice notice-danger" role="alert">
                <Glyph icon=Icon::Alert/>
                <div class="notice-body"><p>{flash.error.message}</p></div>
            </div>
        }
    });
    let refused = changing(move || {
        message
            .get()
            .map(|error| {
                view! {
                    <div class="flash flash-danger" role="alert">
                        <Glyph icon=Icon::Alert/>
                        <span>{error.message}</span>
                        <button
                            type="button"
                            class="button button-quiet button-icon button-small"
                            aria-label="Dismiss"
                            on:click=move |_| message.set(None)
                        >
                            <Glyph icon=Icon::X/>
                        </button>
                    </div>
                }
            })
            .into_any()
    });
    view! { {flash} <div class="flash-region" aria-live="assertive">{refused}</div> }.into_any()
}
