//! The whole HTTP side: pages, server functions, event streams, terminals, files, probes.

use std::convert::Infallible;
use std::time::Duration;

use app::context::Backend;
use arm::Door;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use leptos::nonce::Nonce;
use leptos::prelude::{LeptosOptions, provide_context, use_context};
use leptos_axum::{
    LeptosRoutes as _, file_and_error_handler_with_context, render_app_async_with_context,
    site_pkg_dir_service,
};
use tower::ServiceExt as _;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::trace::TraceLayer;

use crate::headers::PageNonce;
use crate::{events, guard, headers, tickets, traces};

/// The largest body that is read, in bytes: forms with long lists.
const LARGEST_BODY: usize = 1024 * 1024;

/// The browser's files: the same for everyone, below the site's folder.
const FILES: [&str; 3] = ["/pkg/{*file}", "/assets/{*file}", "/favicon.svg"];

/// The portal with the REST API and SCIM beside it.
pub fn with_api(portal: Router, api: Door, scim: scim::Door) -> Router {
    let steer = move |request: Request| {
        let (portal, api, scim) = (portal.clone(), api.clone(), scim.clone());
        async move {
            if Door::is_for(request.uri().path()) {
                return api.answer(request).await;
            }
            if scim::Door::is_for(request.uri().path()) {
                return scim.answer(request).await;
            }
            let answered: Result<Response, Infallible> = portal.oneshot(request).await;
            answered.unwrap_or_else(|never| never.into_response())
        }
    };
    Router::new()
        .fallback(steer)
        .layer(from_fn(headers::security))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(TraceLayer::new_for_http().make_span_with(traces::span))
}

/// The portal over a backend. `options` say where the browser's files are.
pub fn portal(backend: Backend, options: LeptosOptions, terminals: Router) -> Router {
    let secure = backend.secure;
    let context = {
        let backend = backend.clone();
        move || {
            provide_context(backend.clone());
            if let Some(nonce) = use_context::<axum::http::request::Parts>()
                .and_then(|parts| parts.extensions.get::<PageNonce>().cloned())
            {
                provide_context(Nonce::from_value(nonce.0));
            }
        }
    };
    let shell = {
        let options = options.clone();
        move || app::shell(options.clone())
    };
    let page = render_app_async_with_context(context.clone(), shell.clone());
    let pages = app::address::PATHS
        .iter()
        .fold(Router::new(), |router, path| {
            router.route(path, get(page.clone()))
        })
        // The server functions register themselves; of pages the framework's router has none.
        .leptos_routes_with_context(&options, Vec::new(), context.clone(), shell)
        .fallback(file_and_error_handler_with_context::<LeptosOptions, _>(
            context,
            app::shell,
        ))
        .with_state(options.clone());
    let files = site_pkg_dir_service(&options);
    let files: Router<()> = FILES.iter().fold(Router::new(), |router, path| {
        router.route_service(path, files.clone())
    });
    let own: Router<()> = Router::new()
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route("/events/system", get(events::system))
        .route("/events/labs", get(events::labs))
        .route("/events/labs/{id}", get(events::lab))
        .route("/events/machines", get(events::machines))
        .route("/terminal/tickets", post(tickets::open))
        .route("/calendar/{file}", get(calendar))
        .merge(crate::oidc::routes())
        .merge(crate::files::routes())
        .merge(crate::passkeys::routes())
        .merge(crate::lti::routes())
        .with_state(backend.clone());
    own.merge(terminals)
        .merge(files)
        .merge(pages)
        .layer(from_fn_with_state(backend, guard::caller))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .layer(CsrfLayer::new().with_insecure_bypass(crate::lti::is_from_platforms))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(guard::sentences))
        .layer(from_fn_with_state(secure, guard::flash))
        .layer(from_fn(files_may_be_kept))
}

/// Files are the same for everyone: they may be kept, and are asked about again by their date.
async fn files_may_be_kept(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_file = ["/pkg/", "/assets/", "/favicon.svg"]
        .iter()
        .any(|file| path.starts_with(file));
    let mut response = next.run(request).await;
    if is_file && (response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED)
    {
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    response
}

/// A lab's classes behind a secret link, for calendar programs: they sign in nowhere.
async fn calendar(State(backend): State<Backend>, Path(file): Path<String>) -> Response {
    let token = file.strip_suffix(".ics").unwrap_or(&file);
    match backend.services.calendar_feed(token).await {
        Ok(text) => (
            [(header::CONTENT_TYPE, "text/calendar; charset=utf-8")],
            text,
        )
            .into_response(),
        Err(error) => {
            let error = app::error::AppError::from(error);
            (error.kind.status(), format!("{}\n", error.message)).into_response()
        }
    }
}

/// Whether the database and the engine answer.
async fn ready(State(backend): State<Backend>) -> Response {
    let store = async {
        backend
            .services
            .store
            .describe()
            .await
            .map_err(|e| e.to_string())
    };
    let engine = async {
        backend
            .services
            .engine
            .health()
            .await
            .map_err(|e| e.to_string())
    };
    let both = tokio::time::timeout(Duration::from_secs(5), async {
        tokio::join!(store, engine)
    })
    .await;
    match both {
        Ok((Ok(_), Ok(_))) => "ready\n".into_response(),
        Ok((store, engine)) => {
            // Anybody may ask: what exactly is wrong is for the log.
            let away = [("database", store.err()), ("machine host", engine.err())];
            let mut said = String::new();
            for (what, error) in away {
                if let Some(error) = error {
                    tracing::warn!(what, error, "the portal is not ready");
                    said.push_str(&format!("the {what} does not answer\n"));
                }
            }
            (StatusCode::SERVICE_UNAVAILABLE, said).into_response()
        }
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "no answer within five seconds\n",
        )
            .into_response(),
    }
}
