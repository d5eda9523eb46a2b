//! Deleted labs: seeing them, bringing them back, removing them for good.

use leptos::prelude::*;

use crate::error::AppError;
use crate::view::WrittenView;

/// The labs in the bin that the caller may bring back.
#[server(prefix = "/sfn", endpoint = "labs/deleted", input = server_fn::codec::GetUrl)]
pub async fn deleted_labs() -> Result<WrittenView, AppError> {
    use super::words;
    use crate::context::{self, fail};
    use crate::view::DeletedLabView;

    let (backend, actor) = context::signed_in()?;
    let deleted = backend.services.deleted_labs(&actor).await;
    let deleted = deleted.map_err(|e| fail(e.into()))?;
    let view = |deleted: service::bin::DeletedLab| DeletedLabView {
        id: deleted.lab.id.to_string(),
        title: deleted.lab.title.to_string(),
        holds: format!(
            "{}, {}",
            words::count(deleted.machines, "machine", "machines"),
            words::count(deleted.users, "user", "users")
        ),
        kept_until: words::moment(deleted.kept_until),
    };
    Ok(crate::pages::deleted::write(
        deleted.into_iter().map(view).collect(),
    ))
}

/// Brings a deleted lab back and leads to it.
#[server(prefix = "/sfn", endpoint = "labs/restore")]
pub async fn restore_lab(id: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let id = context::id(&id, "deleted lab")?;
    let restored = backend.services.restore_lab(&actor, id).await;
    let restored = restored.map_err(|e| fail(e.into()))?;
    leptos_axum::redirect(&context::lab_path(restored.lab.id));
    Ok(())
}

/// Removes a deleted lab for good.
#[server(prefix = "/sfn", endpoint = "labs/erase")]
pub async fn erase_lab(id: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let id = context::id(&id, "deleted lab")?;
    let erased = backend.services.erase_lab(&actor, id).await;
    erased.map(drop).map_err(|e| fail(e.into()))
}
