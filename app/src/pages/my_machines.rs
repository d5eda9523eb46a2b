//! My virtual machines: a student's start page.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::ui::form::{Form, Submit};
use crate::ui::hours::{notices, quota};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::live::{changing, live};
use crate::ui::parts::{State, Time};
use crate::ui::shell::shell;
use crate::view::{MachineView, Moment, PlaceView};

/// A student's machines as tiles.
pub fn my_machines(places: Vec<PlaceView>) -> AnyView {
    let places = live(
        places,
        "/events/machines".to_owned(),
        "/sfn/machines".to_owned(),
    );
    keep_time(places);
    let page = view! {
        <header class="page-head">
            <div class="page-head-text"><h1>"My virtual machines"</h1></div>
        </header>
        {changing(move || places.with(|places| list(places)))}
    };
    view! { <Title text="My virtual machines"/> {shell(page.into_any())} }.into_any()
}

/// While a machine is on, hours run and notices come although nothing happens.
fn keep_time(places: RwSignal<Vec<PlaceView>>) {
    #[cfg(feature = "hydrate")]
    {
        let refresh = expect_context::<crate::ui::live::Refresh>();
        Effect::new(move |_| {
            let ask = move || {
                let on = |place: &PlaceView| place.machine.as_ref().is_some_and(|m| m.on);
                if places.try_with_untracked(|all| all.iter().any(on)) == Some(true) {
                    refresh.now();
                }
            };
            let every = std::time::Duration::from_secs(20);
            if let Ok(handle) = set_interval_with_handle(ask, every) {
                on_cleanup(move || handle.clear());
            }
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = places;
}

fn list(places: &[PlaceView]) -> AnyView {
    if places.is_empty() {
        return view! {
            <div class="empty">
                <span class="empty-icon"><Glyph icon=Icon::Monitor class="icon icon-large"/></span>
                <h2>"No virtual machines yet"</h2>
                <p>"Open the registration link that your educator gave you; your machine then appears here."</p>
            </div>
        }
        .into_any();
    }
    view! { <div class="grid">{places.iter().cloned().map(tile).collect_view()}</div> }.into_any()
}

fn tile(place: PlaceView) -> AnyView {
    let head = view! {
        <header class="machine-head">
            <div>
                <h2 class="machine-lab">{place.title}</h2>
                <p class="machine-by">{place.description}</p>
            </div>
            <span class="os-icon" title=place.image><Glyph icon=Icon::Linux/></span>
        </header>
    };
    let Some(machine) = place.machine else {
        return view! {
            <article class="card machine" data-state="queued">
                {head}
                <div class="machine-screen">
                    <p class="status status-large" data-state="queued" role="status">"Waiting for a machine"</p>
                    <p class="machine-note">{place.waiting}</p>
                </div>
                {quota(place.quota, None, None)}
            </article>
        }
        .into_any();
    };
    view! {
        <article class="card machine" data-state=machine.badge.state.clone()>
            {head}
            {notices(&machine.id, place.notices)}
            <div class="machine-screen">
                <State badge=machine.badge.clone() class="status status-large"/>
                <p class="machine-address">{machine.name.clone()} {machine.address.clone().map(|a| format!(" · {a}"))}</p>
                {machine.note.clone().map(|note| note_line(note, machine.stopped_at))}
            </div>
            {quota(place.quota, place.countdown, Some(format!("/machines/{}/usage", machine.id)))}
            {actions(machine.clone(), place.blocked)}
        </article>
    }
    .into_any()
}

/// Why it stopped, and when.
fn note_line(note: String, at: Option<Moment>) -> AnyView {
    let at = at.map(|at| view! { " " <Time at=at/> });
    view! { <p class="machine-note">{note} {at}</p> }.into_any()
}

fn actions(machine: MachineView, blocked: Option<String>) -> impl IntoView {
    let hidden = StoredValue::new(machine.id.clone());
    let act = move |act: &'static str| {
        let id = hidden.get_value();
        view! {
            <input type="hidden" name="machine" value=id/>
            <input type="hidden" name="act" value=act/>
        }
    };
    let terminal = format!("/machines/{}/terminal", machine.id);
    let (on, made) = (machine.on, machine.made);
    let reason = format!("why-{}", machine.id);
    let why = blocked.filter(|_| !on);
    let off = on || !made || why.is_some();
    let described = why.is_some().then(|| reason.clone());
    let main = if machine.ready {
        view! {
            <a class="button button-primary machine-main" href=terminal>
                <Glyph icon=Icon::Terminal/> "Connect"
            </a>
        }
        .into_any()
    } else {
        view! {
            <Form action="/sfn/machines/act" class="machine-main">
                {act("start")}
                <Submit class="button button-primary" icon=Icon::Play off=off describedby=described>
                    {if on { "Starting…" } else { "Start" }}
                </Submit>
            </Form>
        }
        .into_any()
    };
    let stopping = machine.badge.state == "stopping";
    let stop = machine.on.then(|| {
        view! {
            <Form action="/sfn/machines/act">
                {act("stop")}
                <Submit class="button" icon=Icon::Stop off=stopping>"Stop"</Submit>
            </Form>
        }
    });
    let login = LoginItem(LoginItemProps {
        machine: machine.id.clone(),
    });
    view! {
        {why.map(|why| view! { <p class="machine-why" id=reason><Glyph icon=Icon::Info/> <span>{why}</span></p> })}
        <footer class="machine-actions">
            {main}
            {stop}
            <details class="menu menu-up" name="menu">
                <summary class="button button-quiet button-icon" aria-label=format!("More for {}", machine.name)>
                    <Glyph icon=Icon::More/>
                </summary>
                <div class="menu-panel">
                    {login}
                    <hr/>
                    <p class="menu-head">"Reimage deletes everything on this machine and makes it anew from what your educator published."</p>
                    <Form action="/sfn/machines/act">
                        {act("reimage")}
                        <Submit class="menu-item menu-item-danger" icon=Icon::Reimage>"Reimage, losing my work"</Submit>
                    </Form>
                </div>
            </details>
        </footer>
    }
}

/// The account on the machine, shown on demand.
#[component]
fn LoginItem(machine: String) -> impl IntoView {
    let login = RwSignal::new(None::<Result<crate::view::LoginView, crate::error::AppError>>);
    let show = move |_| {
        #[cfg(feature = "hydrate")]
        {
            let address = format!("/sfn/machines/login?machine={machine}");
            leptos::task::spawn_local(async move {
                let answer = crate::load::ask(&address).await;
                let _ = login.try_set(Some(answer));
            });
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = (&machine, login);
    };
    let shown = changing(move || {
        login.get().map(|login| match login {
            Ok(login) => view! {
                <p class="menu-head">
                    "Username " <code>{login.username}</code> <br/> "Password " <code>{login.password}</code>
                </p>
            }
            .into_any(),
            Err(error) => view! { <p class="menu-head">{error.message}</p> }.into_any(),
        })
        .into_any()
    });
    view! {
        <button class="menu-item" type="button" on:click=show><Glyph icon=Icon::Key/> "Show username and password"</button>
        <div aria-live="polite">{shown}</div>
    }
}
