//! Pages that keep themselves up to date: a first value with the page, later ones when the server
//! says that something changed.

use std::sync::Arc;

use leptos::prelude::*;
use serde::de::DeserializeOwned;

/// Asks the page's data anew. On the server nobody ever asks.
#[derive(Clone, Copy)]
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "only the browser asks again")
)]
pub struct Refresh(Callback<()>);

#[cfg(feature = "hydrate")]
impl Refresh {
    /// Now.
    pub fn now(self) {
        self.0.run(());
    }
}

/// A part of a page that changes with the signals it reads.
///
/// It is one type, whatever it shows: the framework's own way compiles building, hydrating and
/// changing for each such part anew.
pub fn changing(render: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    let render: Arc<dyn Fn() -> AnyView + Send + Sync> = Arc::new(render);
    (move || render()).into_any()
}

/// A text that changes with the signals it reads.
pub fn changing_text(text: impl Fn() -> String + Send + Sync + 'static) -> AnyView {
    let text: Arc<dyn Fn() -> String + Send + Sync> = Arc::new(text);
    (move || text()).into_any()
}

/// Lines that keep their place, their ticks and their open menus while what they show changes: one for
/// each of `ids`, which no two share.
pub fn lines(
    ids: impl Fn() -> Vec<String> + Send + Sync + 'static,
    line: impl Fn(String) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let ids: Arc<dyn Fn() -> Vec<String> + Send + Sync> = Arc::new(ids);
    let line: Arc<dyn Fn(String) -> AnyView + Send + Sync> = Arc::new(line);
    view! { <For each=move || ids() key=|id| id.clone() children=move |id| line(id)/> }.into_any()
}

/// What a page shows: a value that came with it. It changes whenever the event stream at `events`
/// speaks, to what `address` then answers; the page's forms have it asked for when they are done.
pub fn live<T>(value: T, events: String, address: String) -> RwSignal<T>
where
    T: PartialEq + DeserializeOwned + Send + Sync + 'static,
{
    let data = RwSignal::new(value);
    provide_context(follow(data, events, address));
    data
}

/// Lets `data` follow what `address` answers whenever `events` speaks.
#[cfg(not(feature = "hydrate"))]
pub fn follow<T>(_data: RwSignal<T>, _events: String, _address: String) -> Refresh {
    Refresh(Callback::new(|()| {}))
}

/// Lets `data` follow what `address` answers whenever `events` speaks.
#[cfg(feature = "hydrate")]
pub fn follow<T>(data: RwSignal<T>, events: String, address: String) -> Refresh
where
    T: PartialEq + DeserializeOwned + Send + Sync + 'static,
{
    use std::sync::atomic::{AtomicU8, Ordering};

    use leptos::task::spawn_local;

    // 0: nothing asked; 1: asked; 2: asked, and something changed since.
    let state = Arc::new(AtomicU8::new(0));
    let ask = Callback::new(move |()| {
        if state.fetch_max(1, Ordering::Relaxed) > 0 {
            state.store(2, Ordering::Relaxed);
            return;
        }
        let (state, address) = (state.clone(), address.clone());
        spawn_local(async move {
            loop {
                if let Ok(value) = crate::load::ask::<T>(&address).await {
                    // What did not change is left alone, and so is what the person does with it.
                    if data.try_with_untracked(|old| *old == value) == Some(false) {
                        let _ = data.try_set(value);
                    }
                }
                if state.swap(0, Ordering::Relaxed) < 2 {
                    return;
                }
                state.store(1, Ordering::Relaxed);
            }
        });
    });
    listen(events, ask);
    Refresh(ask)
}

/// Runs `told` whenever the event stream at `events` speaks, for as long as the page is there.
#[cfg(feature = "hydrate")]
fn listen(events: String, told: Callback<()>) {
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;
    use web_sys::EventSource;

    Effect::new(move |_| {
        let Ok(source) = EventSource::new(&events) else {
            return;
        };
        let on_message = Closure::<dyn FnMut()>::new(move || told.run(()));
        source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let held = StoredValue::new_local((source, on_message));
        on_cleanup(move || {
            held.try_with_value(|(source, _)| source.close());
        });
    });
}
