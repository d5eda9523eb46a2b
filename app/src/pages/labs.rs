//! My labs.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::load;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::live::live;
use crate::ui::parts::{Progress, State};
use crate::ui::shell::{Shell, with_session};
use crate::view::LabTile;

/// The educator's start page.
#[component]
pub fn Labs() -> impl IntoView {
    view! {
        <Title text="My labs"/>
        <Shell>
            <header class="page-head">
                <div class="page-head-text"><h1>"My labs"</h1></div>
                <Suspense>
                    {with_session(|session| {
                        session
                            .person
                            .filter(|person| person.may_create)
                            .map(|_| {
                                view! {
                                    <div class="page-actions">
                                        <a class="button button-primary" href="/labs/new"><Glyph icon=Icon::Plus/> "New lab"</a>
                                    </div>
                                }
                            })
                            .into_any()
                    })}
                </Suspense>
            </header>
            {live("/events/labs".to_owned(), load::labs, |labs| {
                view! { {move || labs.with(|labs| list(labs))} }.into_any()
            })}
        </Shell>
    }
}

fn list(labs: &[LabTile]) -> AnyView {
    if labs.is_empty() {
        return view! {
            <div class="empty">
                <span class="empty-icon"><Glyph icon=Icon::Labs class="icon icon-large"/></span>
                <h2>"No labs yet"</h2>
                <Suspense>
                    {with_session(|session| {
                        if session.person.is_some_and(|person| person.may_create) {
                            view! {
                                <p>
                                    "A lab is a class’s machines. Make one, prepare its template, publish it, and hand out the registration link."
                                </p>
                                <div class="cluster">
                                    <a class="button button-primary" href="/labs/new">
                                        <Glyph icon=Icon::Plus/>
                                        "Make the first lab"
                                    </a>
                                </div>
                            }
                            .into_any()
                        } else {
                            view! {
                                <p>"Labs are made by educators. If you are a student, your machines are one page on."</p>
                                <div class="cluster">
                                    <a class="button button-primary" href="/machines">"To my virtual machines"</a>
                                </div>
                            }
                            .into_any()
                        }
                    })}
                </Suspense>
            </div>
        }
        .into_any();
    }
    view! { <ul class="grid">{labs.iter().cloned().map(tile).collect_view()}</ul> }.into_any()
}

fn tile(lab: LabTile) -> impl IntoView {
    view! {
        <li class="card lab">
            <div class="lab-head">
                <h2 class="lab-title"><a class="lab-link" href=format!("/labs/{}", lab.id)>{lab.title}</a></h2>
                <State badge=lab.badge/>
            </div>
            <p class="lab-image"><Glyph icon=Icon::Linux/> {lab.image}</p>
            {lab.progress.map(|progress| view! { <Progress progress=progress slim=true/> })}
            <p class="lab-foot">
                <span><Glyph icon=Icon::Monitor/> {lab.running}</span>
                <span><Glyph icon=Icon::Users/> {lab.seats}</span>
            </p>
        </li>
    }
}
