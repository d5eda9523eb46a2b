//! Pages that keep themselves up to date: a first value with the page, later ones when the server
//! says that something changed.

use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::parts::Problem;
use crate::error::AppError;
use crate::load;

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

/// Loads a page's data with `fetch` and shows it by `render`, once; afterwards `render`'s signal
/// changes whenever the event stream at `events` speaks.
pub fn live<T, F, Fut, V>(events: String, fetch: F, render: V) -> impl IntoView
where
    T: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<T, AppError>> + Send + 'static,
    V: Fn(RwSignal<T>) -> AnyView + Clone + Send + Sync + 'static,
{
    let first = load::once(fetch.clone());
    view! {
        <Suspense fallback=|| view! { <p class="skeleton"></p> }>
            {move || {
                let (events, fetch, render) = (events.clone(), fetch.clone(), render.clone());
                Suspend::new(async move {
                    match first.await {
                        Ok(value) => {
                            let data = RwSignal::new(value);
                            provide_context(follow(data, events, fetch));
                            render(data)
                        }
                        Err(error) => view! { <Problem error=error/> }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
}

#[cfg(not(feature = "hydrate"))]
fn follow<T, F>(_data: RwSignal<T>, _events: String, _fetch: F) -> Refresh {
    Refresh(Callback::new(|()| {}))
}

#[cfg(feature = "hydrate")]
fn follow<T, F, Fut>(data: RwSignal<T>, events: String, fetch: F) -> Refresh
where
    T: PartialEq + Send + Sync + 'static,
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<T, AppError>> + 'static,
{
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU8, Ordering};

    use leptos::task::spawn_local;

    // 0: nothing asked; 1: asked; 2: asked, and something changed since.
    let state = Arc::new(AtomicU8::new(0));
    let ask = Callback::new(move |()| {
        if state.fetch_max(1, Ordering::Relaxed) > 0 {
            state.store(2, Ordering::Relaxed);
            return;
        }
        let (state, fetch) = (state.clone(), fetch.clone());
        spawn_local(async move {
            loop {
                if let Ok(value) = fetch().await {
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
pub fn listen(events: String, told: Callback<()>) {
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
