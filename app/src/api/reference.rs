//! The description of the REST API, for reading.

use leptos::prelude::*;

use crate::error::AppError;
use crate::view::WrittenView;

/// The page with all that the REST API can do.
#[server(prefix = "/sfn", endpoint = "reference", input = server_fn::codec::GetUrl)]
pub async fn reference() -> Result<WrittenView, AppError> {
    let (backend, _) = crate::context::signed_in()?;
    Ok(crate::pages::reference::write(
        &backend.api,
        &backend.public_url,
    ))
}
