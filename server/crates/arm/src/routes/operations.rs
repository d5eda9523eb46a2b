//! What the API can do, and how far its work is.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::id::OperationId;
use domain::operation::{OperationKind, OperationStatus};
use service::operations::OperationView;

use crate::Api;
use crate::call::Call;
use crate::error::{ArmError, ErrorResponse, Result};
use crate::model::OperationListResult;
use crate::model::operation::{
    ApiOperation, ApiOperationDisplay, OperationResult, UnderWay, failure,
};
use crate::routes::labs::lab_of;
use crate::work;

/// What can be done, by the names that roles allow it by.
const ACTIONS: [(&str, &str, &str); 26] = [
    ("labPlans/read", "Read Lab Plan", "See lab plans."),
    (
        "labPlans/write",
        "Create or Update Lab Plan",
        "Make or change a lab plan.",
    ),
    ("labPlans/delete", "Delete Lab Plan", "Delete a lab plan."),
    (
        "labPlans/saveImage/action",
        "Save Image",
        "Save a machine as an image.",
    ),
    (
        "labPlans/images/read",
        "Read Image",
        "See the images of a plan.",
    ),
    (
        "labPlans/images/write",
        "Update Image",
        "Let educators choose an image, or not.",
    ),
    ("labs/read", "Read Lab", "See labs."),
    (
        "labs/write",
        "Create or Update Lab",
        "Make or change a lab.",
    ),
    (
        "labs/delete",
        "Delete Lab",
        "Delete a lab with its users and machines.",
    ),
    (
        "labs/publish/action",
        "Publish Lab",
        "Make a lab’s machines from its template.",
    ),
    (
        "labs/syncGroup/action",
        "Sync Lab",
        "Take a lab’s list over from a directory.",
    ),
    (
        "labs/schedules/read",
        "Read Schedule",
        "See the schedules of a lab.",
    ),
    (
        "labs/schedules/write",
        "Create or Update Schedule",
        "Make or change a schedule.",
    ),
    (
        "labs/schedules/delete",
        "Delete Schedule",
        "End a schedule.",
    ),
    ("labs/users/read", "Read User", "See the users of a lab."),
    (
        "labs/users/write",
        "Create or Update User",
        "Put a user on the list, or change one.",
    ),
    (
        "labs/users/delete",
        "Delete User",
        "Take a user off the list.",
    ),
    (
        "labs/users/invite/action",
        "Invite User",
        "Send a user the registration link.",
    ),
    (
        "labs/virtualMachines/read",
        "Read Virtual Machine",
        "See the machines of a lab.",
    ),
    (
        "labs/virtualMachines/start/action",
        "Start",
        "Start a machine.",
    ),
    (
        "labs/virtualMachines/stop/action",
        "Stop",
        "Stop a machine.",
    ),
    (
        "labs/virtualMachines/reimage/action",
        "Reimage",
        "Remake a machine.",
    ),
    (
        "labs/virtualMachines/redeploy/action",
        "Redeploy",
        "Move a machine to another host.",
    ),
    (
        "labs/virtualMachines/resetPassword/action",
        "Reset Password",
        "Set a password on a machine.",
    ),
    (
        "locations/usages/read",
        "Read Usage",
        "See how much of the host is used.",
    ),
    ("skus/read", "Read Sku", "See the sizes of machines."),
];

/// What the API can do.
#[utoipa::path(
    get,
    path = "/providers/Microsoft.LabServices/operations",
    operation_id = "Operations_List",
    tag = "Operations",
    responses((status = OK, body = OperationListResult))
)]
pub async fn list_operations(_: Call) -> Json<OperationListResult> {
    let value = ACTIONS
        .into_iter()
        .map(|(name, operation, description)| {
            let resource = name.rsplit_once('/').map_or(name, |(head, _)| {
                head.strip_suffix("/action").unwrap_or(head)
            });
            ApiOperation {
                name: format!("Microsoft.LabServices/{name}"),
                is_data_action: false,
                display: ApiOperationDisplay {
                    provider: "Lectern".to_owned(),
                    resource: format!("Microsoft.LabServices/{resource}"),
                    operation: operation.to_owned(),
                    description: description.to_owned(),
                },
                origin: "user,system".to_owned(),
            }
        })
        .collect();
    Json(OperationListResult {
        value,
        next_link: None,
    })
}

async fn view(api: &Api, call: &Call) -> Result<OperationView> {
    let name = call.resource("operationResultId")?;
    let id: OperationId = name
        .as_str()
        .parse()
        .map_err(|_| ArmError::not_found("operation"))?;
    Ok(api.services.operation(&call.actor, id).await?)
}

/// How far a piece of work is.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/providers/Microsoft.LabServices/operationResults/{operationResultId}",
    operation_id = "OperationResults_Get",
    tag = "Operations",
    responses((status = OK, body = OperationResult), (status = NO_CONTENT))
)]
pub async fn get_operation_result(State(api): State<Api>, call: Call) -> Result<Response> {
    let view = view(&api, &call).await?;
    Ok(Json(OperationResult::of(&view.operation, &api.subscription)).into_response())
}

/// How far a piece of work is: where the header `Azure-AsyncOperation` leads.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/providers/Microsoft.LabServices/locations/{location}/operations/{operationResultId}",
    operation_id = "Operations_GetStatus",
    tag = "Operations",
    responses((status = OK, body = OperationResult))
)]
pub async fn get_operation_status(State(api): State<Api>, call: Call) -> Result<Response> {
    call.location()?;
    let view = view(&api, &call).await?;
    let mut response =
        Json(OperationResult::of(&view.operation, &api.subscription)).into_response();
    if view.operation.status == OperationStatus::InProgress {
        work::point(&call, &view.operation, &mut response);
    }
    Ok(response)
}

/// What came of a piece of work, or 202 while it is under way: where the header `Location` leads.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/providers/Microsoft.LabServices/locations/{location}/operationResults/{operationResultId}",
    operation_id = "Operations_GetResult",
    tag = "Operations",
    responses(
        (status = OK, description = "It is done: the resource that was made or changed, or else the result."),
        (status = ACCEPTED, body = UnderWay)
    )
)]
pub async fn get_operation_location(State(api): State<Api>, call: Call) -> Result<Response> {
    call.location()?;
    let view = view(&api, &call).await?;
    let operation = &view.operation;
    match operation.status {
        OperationStatus::InProgress => {
            let body = UnderWay {
                status: crate::model::choices::OperationStatus::InProgress,
            };
            let mut response = (StatusCode::ACCEPTED, Json(body)).into_response();
            work::point(&call, operation, &mut response);
            Ok(response)
        }
        OperationStatus::Failed => {
            let error = ErrorResponse {
                error: failure(operation),
            };
            Ok((StatusCode::CONFLICT, Json(error)).into_response())
        }
        OperationStatus::Succeeded => {
            let of_resource = matches!(
                operation.kind,
                OperationKind::CreateLab | OperationKind::Scale
            );
            if let Some(lab) = view.lab.filter(|_| of_resource) {
                let lab = lab_of(&api, &call, lab).await?;
                let mut body = serde_json::to_value(lab).unwrap_or_default();
                // Some clients look for it in every answer.
                body["status"] = "Succeeded".into();
                return Ok(Json(body).into_response());
            }
            Ok(Json(OperationResult::of(operation, &api.subscription)).into_response())
        }
    }
}
