//! Labs in the bin.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::LabId;
use service::bin::DeletedLab as Row;

use crate::call::Call;
use crate::error::{ArmError, Result};
use crate::model::lab::Lab;
use crate::model::own::{DeletedLab, DeletedLabProperties, PagedDeletedLabs};
use crate::model::time;
use crate::{Api, page, work};

fn shown(api: &Api, deleted: Row) -> DeletedLab {
    DeletedLab {
        id: format!(
            "/subscriptions/{}/providers/Lectern.Portal/deletedLabs/{}",
            api.subscription, deleted.lab.id
        ),
        name: deleted.lab.id.to_string(),
        kind: "Lectern.Portal/deletedLabs".to_owned(),
        properties: DeletedLabProperties {
            lab_id: api.lab_id(&deleted.lab),
            title: deleted.lab.title.to_string(),
            kept_until: time::instant(deleted.kept_until),
            machines: deleted.machines,
            users: deleted.users,
        },
    }
}

/// The deleted lab that a request is about: its name is the lab's id.
fn named(call: &Call) -> Result<LabId> {
    let name = call.resource("deletedLabName")?;
    let id = name.as_str().parse();
    id.map_err(|_| ArmError::not_found("deleted lab"))
}

/// The labs in the bin that the caller may bring back.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/providers/Lectern.Portal/deletedLabs",
    operation_id = "DeletedLabs_List",
    tag = "Beyond: deleted labs",
    responses((status = OK, body = PagedDeletedLabs))
)]
pub async fn list_deleted_labs(
    State(api): State<Api>,
    call: Call,
) -> Result<Json<PagedDeletedLabs>> {
    let mut deleted = api.services.deleted_labs(&call.actor).await?;
    let key = |deleted: &Row| deleted.lab.id.to_string();
    deleted.sort_by_cached_key(key);
    let page = page::page(deleted, call.page(), key)?;
    let value = page.items.into_iter().map(|row| shown(&api, row));
    Ok(Json(PagedDeletedLabs {
        next_link: call.next_link(page.next.as_deref()),
        value: value.collect(),
    }))
}

/// A lab in the bin.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/providers/Lectern.Portal/deletedLabs/{deletedLabName}",
    operation_id = "DeletedLabs_Get",
    tag = "Beyond: deleted labs",
    responses((status = OK, body = DeletedLab))
)]
pub async fn get_deleted_lab(State(api): State<Api>, call: Call) -> Result<Json<DeletedLab>> {
    let id = named(&call)?;
    let deleted = api.services.deleted_labs(&call.actor).await?;
    let row = deleted.into_iter().find(|deleted| deleted.lab.id == id);
    let row = row.ok_or_else(|| ArmError::not_found("deleted lab"))?;
    Ok(Json(shown(&api, row)))
}

/// Brings a deleted lab back, with its machines, users, schedules and registration link. Its machines
/// are off.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/providers/Lectern.Portal/deletedLabs/{deletedLabName}/restore",
    operation_id = "DeletedLabs_Restore",
    tag = "Beyond: deleted labs",
    responses((status = OK, body = Lab), (status = ACCEPTED, body = Lab))
)]
pub async fn restore_lab(State(api): State<Api>, call: Call) -> Result<Response> {
    let id = named(&call)?;
    let work = api.services.restore_lab(&call.actor, id).await?;
    api.worked(&call, work, StatusCode::ACCEPTED).await
}

/// Removes a deleted lab for good, before its time is over.
#[utoipa::path(
    delete,
    path = "/subscriptions/{subscriptionId}/providers/Lectern.Portal/deletedLabs/{deletedLabName}",
    operation_id = "DeletedLabs_Delete",
    tag = "Beyond: deleted labs",
    responses(
        (status = OK, description = "It is removed."),
        (status = ACCEPTED, description = "It is being removed."),
        (status = NO_CONTENT, description = "There is none.")
    )
)]
pub async fn erase_lab(State(api): State<Api>, call: Call) -> Result<Response> {
    let erased = match named(&call) {
        Ok(id) => api.services.erase_lab(&call.actor, id).await,
        Err(_) => Err(service::Error::NotFound("deleted lab")),
    };
    work::deleted(&call, erased)
}
