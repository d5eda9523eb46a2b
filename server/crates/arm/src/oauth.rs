//! The OAuth 2.0 endpoints that programs ask for a token: client credentials, and nothing else.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, DefaultBodyLimit, Form, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::Deserialize;
use serde_json::json;
use service::principals::TOKEN_LIFE;

use crate::Api;

/// The largest form that is read, in bytes.
const LARGEST: usize = 64 * 1024;

/// Whether a path is one of these endpoints.
pub fn is_for(path: &str) -> bool {
    let mut segments = path.trim_matches('/').split('/');
    let tenant = segments.next().unwrap_or_default();
    let rest: Vec<&str> = segments.collect();
    let ours = [
        &["oauth2", "v2.0", "token"][..],
        &["v2.0", ".well-known", "openid-configuration"][..],
    ];
    !tenant.is_empty() && ours.contains(&rest.as_slice())
}

/// The endpoints.
pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route(
            "/{tenant}/oauth2/v2.0/token",
            post(token).layer(DefaultBodyLimit::max(LARGEST)),
        )
        .route(
            "/{tenant}/v2.0/.well-known/openid-configuration",
            get(configuration),
        )
}

/// Where the endpoints are: client libraries ask this first.
async fn configuration(
    State(api): State<Api>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !is_tenant(&api, &tenant) {
        return refuse(
            StatusCode::BAD_REQUEST,
            "invalid_tenant",
            "This installation has no such tenant.",
        );
    }
    let scheme = api
        .base
        .split_once("://")
        .map_or("https", |(scheme, _)| scheme);
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let base = host.map_or_else(|| api.base.to_string(), |host| format!("{scheme}://{host}"));
    let of = |rest: &str| format!("{base}/{tenant}{rest}");
    Json(json!({
        "issuer": of("/v2.0"),
        "authorization_endpoint": of("/oauth2/v2.0/authorize"),
        "token_endpoint": of("/oauth2/v2.0/token"),
        "jwks_uri": of("/discovery/v2.0/keys"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": ["token"],
        "subject_types_supported": ["pairwise"],
        "tenant_region_scope": null,
        "cloud_instance_name": host.unwrap_or_default(),
    }))
    .into_response()
}

/// What a program sends; what else client libraries send along is ignored.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    grant_type: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
}

/// Trades a secret for an access token.
async fn token(
    State(api): State<Api>,
    Path(tenant): Path<String>,
    address: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Form(mut asked): Form<Asked>,
) -> Response {
    if !is_tenant(&api, &tenant) {
        return refuse(
            StatusCode::BAD_REQUEST,
            "invalid_tenant",
            "This installation has no such tenant.",
        );
    }
    if asked.grant_type.is_empty() {
        return refuse(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "The parameter grant_type is missing.",
        );
    }
    if asked.grant_type != "client_credentials" {
        return refuse(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "Programs sign in with grant_type=client_credentials.",
        );
    }
    if let Some((id, secret)) = basic(&headers) {
        (asked.client_id, asked.client_secret) = (id, secret);
    }
    let address = address.map_or_else(
        || "unknown".to_owned(),
        |Extension(ConnectInfo(address))| address.ip().to_string(),
    );
    let traded = api
        .services
        .trade_secret(&asked.client_id, &asked.client_secret, &address)
        .await;
    match traded {
        Ok(token) => {
            let seconds = TOKEN_LIFE.as_secs() - 1;
            let mut response = Json(json!({
                "token_type": "Bearer",
                "expires_in": seconds,
                "ext_expires_in": seconds,
                "access_token": token,
            }))
            .into_response();
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(service::Error::Unauthenticated) => refuse(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "The client id or the secret is not right, or the secret has ended.",
        ),
        Err(service::Error::Throttled { minutes }) => {
            let mut response = refuse(
                StatusCode::TOO_MANY_REQUESTS,
                "temporarily_unavailable",
                "Too many wrong secrets. Wait, and try again.",
            );
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(minutes * 60));
            response
        }
        Err(error) => {
            tracing::error!(%error, "a secret could not be traded");
            refuse(
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "This cannot be done at the moment. Try again.",
            )
        }
    }
}

fn is_tenant(api: &Api, tenant: &str) -> bool {
    tenant.eq_ignore_ascii_case(&api.subscription)
}

/// Client id and secret from `Authorization: Basic`.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    use base64::Engine as _;

    let given = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = given.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(rest.trim())
        .ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// An error in the shape of OAuth.
fn refuse(status: StatusCode, error: &str, why: &str) -> Response {
    (
        status,
        Json(json!({ "error": error, "error_description": why, "error_codes": [] })),
    )
        .into_response()
}
