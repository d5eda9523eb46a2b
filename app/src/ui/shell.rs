//! The frame around every page: banner, navigation, account, messages.

use leptos::prelude::*;

use super::form::{Form, PageMessage, Submit};
use super::icon::{Glyph, Icon};
use crate::address::Address;
use crate::error::AppError;
use crate::load::Data;
use crate::view::{PersonView, SessionView};

/// The frame's data, loaded once for all pages.
#[derive(Clone, Copy)]
pub struct Session(pub Data<SessionView>);

/// The frame of a page for people who are signed in.
#[component]
pub fn Shell(children: Children) -> impl IntoView {
    let message = RwSignal::new(None);
    provide_context(PageMessage(message));
    view! {
        <div class="shell">
            <a class="skip-link" href="#main">"Skip to the content"</a>
            <Banner/>
            <header class="topbar">
                <div class="topbar-inner">
                    <Brand class="brand"/>
                    <Suspense>{with_session(|session| session.person.map(navigation).into_any())}</Suspense>
                </div>
            </header>
            <main class="page" id="main" tabindex="-1">
                <Messages message=message/>
                {children()}
            </main>
            <Footer/>
        </div>
    }
}

/// The frame of a page with one card: sign-in, first run, redeeming a link.
#[component]
pub fn Card(children: Children) -> impl IntoView {
    let message = RwSignal::new(None);
    provide_context(PageMessage(message));
    view! {
        <div class="auth">
            <Banner/>
            <main class="auth-main" id="main">
                <Brand class="brand auth-brand"/>
                <div class="card auth-card">
                    <Messages message=message/>
                    {children()}
                </div>
            </main>
            <Footer/>
        </div>
    }
}

#[component]
fn Brand(class: &'static str) -> impl IntoView {
    view! {
        <a class=class href="/">
            <span class="brand-mark"><Glyph icon=Icon::Logo/></span>
            " Lectern"
        </a>
    }
}

#[component]
fn Footer() -> impl IntoView {
    view! { <footer class="footer"><span>"Lectern"</span><span>"Classroom labs on your own machines"</span></footer> }
}

/// Shows what `render` makes of the frame's data.
pub fn with_session(render: fn(SessionView) -> AnyView) -> impl Fn() -> Suspend<AnyView> + Clone {
    let session = expect_context::<Session>().0;
    move || Suspend::new(async move { render(session.await.unwrap_or_default()) })
}

/// What holds for every page: simulated machines, a host that does not answer.
#[component]
fn Banner() -> impl IntoView {
    let banners = |session: SessionView| {
        let simulated = session.simulated.then(|| {
            view! {
                <p class="banner banner-info" role="status">
                    <Glyph icon=Icon::Info/>
                    <span><strong>"Simulated machines."</strong>
                        " There is no Incus here, so machines are only pretended, for looking around."</span>
                </p>
            }
        });
        let away = session.engine_away.map(|why| {
            view! {
                <p class="banner banner-warning" role="status">
                    <Glyph icon=Icon::Alert/>
                    <span><strong>"The machine host does not answer."</strong>
                        " What you ask for is kept and done as soon as it is back. " <span class="small">{why}</span></span>
                </p>
            }
        });
        view! { {away} {simulated} }.into_any()
    };
    #[cfg(feature = "hydrate")]
    {
        let session = expect_context::<Session>().0;
        super::live::listen(
            "/events/system".to_owned(),
            Callback::new(move |()| session.refetch()),
        );
    }
    view! { <Transition>{with_session(banners)}</Transition> }
}

fn navigation(person: PersonView) -> impl IntoView {
    let path = expect_context::<Address>().path;
    let labs = path.starts_with("/labs").then_some("page");
    let machines = path.starts_with("/machines").then_some("page");
    let label = format!("Account: {}", person.name);
    view! {
        <nav class="main-nav" aria-label="Main">
            {person.educator.then(|| view! { <a href="/labs" aria-current=labs>"My labs"</a> })}
            <a href="/machines" aria-current=machines>"My virtual machines"</a>
        </nav>
        <details class="menu account" name="menu">
            <summary class="account-button" aria-label=label>
                <span class="avatar">{person.initials}</span>
            </summary>
            <div class="menu-panel">
                <p class="menu-head"><strong>{person.name}</strong><br/>{person.email}</p>
                <Form action="/sfn/sign-out">
                    <Submit class="menu-item" icon=Icon::SignOut>"Sign out"</Submit>
                </Form>
            </div>
        </details>
    }
}

/// What forms without room of their own came to, and what a form sent without a script came to.
#[component]
fn Messages(message: RwSignal<Option<AppError>>) -> impl IntoView {
    view! {
        <Suspense>
            {with_session(|session| {
                session.flash.map(|flash| view! { <Refused text=flash.error.message/> }).into_any()
            })}
        </Suspense>
        <div class="flash-region" aria-live="assertive">
            {move || {
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
            }}
        </div>
    }
}

#[component]
fn Refused(text: String) -> impl IntoView {
    view! {
        <div class="notice notice-danger" role="alert">
            <Glyph icon=Icon::Alert/>
            <div class="notice-body"><p>{text}</p></div>
        </div>
    }
}
