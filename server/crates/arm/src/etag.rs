//! Tags of resources: a resource with the same tag has the same contents.

use axum::http::HeaderValue;
use serde::Serialize;

/// The tag of what people and programs can change of a resource.
pub fn of(contents: &impl Serialize) -> String {
    let text = serde_json::to_string(contents).unwrap_or_default();
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let hex = service::vault::hex(&digest.as_ref()[..12]);
    format!("\"{hex}\"")
}

/// The tag as a header's value.
pub fn header(tag: &str) -> HeaderValue {
    HeaderValue::from_str(tag).unwrap_or(HeaderValue::from_static("\"\""))
}
