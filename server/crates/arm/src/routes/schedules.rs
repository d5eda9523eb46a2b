//! Schedules of labs.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::lab::Lab;
use service::store::Standing;

use super::fits;
use crate::body::Body;
use crate::call::Call;
use crate::error::{ArmError, Result};
use crate::model::PagedSchedules;
use crate::model::schedule::{Schedule, ScheduleInput, ScheduleInputProperties, ScheduleUpdate};
use crate::{Api, etag, page};

/// Where a rule is broken, in the words of a schedule.
fn place(field: &str) -> Option<&'static str> {
    Some(match field {
        "startAt" => "properties.startAt",
        "stopAt" => "properties.stopAt",
        "timeZoneId" => "properties.timeZoneId",
        "notes" => "properties.notes",
        "frequency" => "properties.recurrencePattern.frequency",
        "interval" => "properties.recurrencePattern.interval",
        "weekDays" => "properties.recurrencePattern.weekDays",
        "expirationDate" => "properties.recurrencePattern.expirationDate",
        _ => return None,
    })
}

/// The schedules of a lab.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/schedules",
    operation_id = "Schedules_ListByLab",
    tag = "Schedules",
    responses((status = OK, body = PagedSchedules))
)]
pub async fn list_schedules(State(api): State<Api>, call: Call) -> Result<Json<PagedSchedules>> {
    let filter = call.filter()?;
    let lab = api.parent(&call).await?;
    let id = api.lab_id(&lab);
    let schedules = api.services.schedules(&call.actor, lab.id).await?;
    let mut schedules: Vec<Schedule> = schedules
        .iter()
        .map(|standing| Schedule::of(standing, &id))
        .filter(|schedule| {
            fits(filter.as_ref(), |field| {
                (field == "name").then_some(schedule.name.as_str())
            })
        })
        .collect();
    let key = |schedule: &Schedule| schedule.name.to_ascii_lowercase();
    schedules.sort_by_cached_key(key);
    let page = page::page(schedules, call.page(), key)?;
    Ok(Json(PagedSchedules {
        next_link: call.next_link(page.next.as_deref()),
        value: page.items,
    }))
}

/// The tag of a schedule.
fn tag(standing: &Standing) -> String {
    etag::of(&(standing.schedule.id, Schedule::of(standing, "").properties))
}

fn answer(api: &Api, status: StatusCode, standing: &Standing, lab: &Lab) -> Response {
    let body = Schedule::of(standing, &api.lab_id(lab));
    let mut response = (status, Json(body)).into_response();
    response
        .headers_mut()
        .insert(header::ETAG, etag::header(&tag(standing)));
    response
}

async fn find(api: &Api, call: &Call) -> Result<(Lab, Standing)> {
    let name = call.resource("scheduleName")?;
    let lab = api.parent(call).await?;
    let standing = api.services.schedule(&call.actor, lab.id, &name).await?;
    Ok((lab, standing))
}

/// A schedule.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/schedules/{scheduleName}",
    operation_id = "Schedules_Get",
    tag = "Schedules",
    responses((status = OK, body = Schedule))
)]
pub async fn get_schedule(State(api): State<Api>, call: Call) -> Result<Response> {
    let (lab, standing) = find(&api, &call).await?;
    Ok(answer(&api, StatusCode::OK, &standing, &lab))
}

/// Makes a schedule, or makes one what the body says.
#[utoipa::path(
    put,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/schedules/{scheduleName}",
    operation_id = "Schedules_CreateOrUpdate",
    tag = "Schedules",
    request_body = ScheduleInput,
    responses((status = OK, body = Schedule), (status = CREATED, body = Schedule))
)]
pub async fn put_schedule(State(api): State<Api>, call: Call, body: Body) -> Result<Response> {
    let name = call.resource("scheduleName")?;
    let said: ScheduleInput = body.read(&api, "ScheduleInput")?;
    let lab = api.parent(&call).await?;
    let before = match api.services.schedule(&call.actor, lab.id, &name).await {
        Ok(standing) => Some(standing),
        Err(service::Error::NotFound(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let new = said
        .properties
        .schedule(Some(name.clone()), before.as_ref())
        .map_err(|invalid| ArmError::at_odds(invalid).at(place))?;
    let fits = |there: Option<&Standing>| call.matches(there.map(tag).as_deref());
    let mut put = api
        .services
        .put_schedule(&call.actor, lab.id, name.clone(), new.clone(), &fits)
        .await;
    if matches!(put, Err(service::Error::Conflict(_))) {
        // Somebody else may just have made it: then it is there now, and is changed.
        put = api
            .services
            .put_schedule(&call.actor, lab.id, name, new, &fits)
            .await;
    }
    let (standing, made) = put.map_err(|error| ArmError::from(error).at(place))?;
    let status = if made {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(answer(&api, status, &standing, &lab))
}

/// Changes a schedule.
#[utoipa::path(
    patch,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/schedules/{scheduleName}",
    operation_id = "Schedules_Update",
    tag = "Schedules",
    request_body = ScheduleUpdate,
    responses((status = OK, body = Schedule))
)]
pub async fn patch_schedule(State(api): State<Api>, call: Call, body: Body) -> Result<Response> {
    let said: ScheduleUpdate = body.read(&api, "ScheduleUpdate")?;
    let (lab, standing) = find(&api, &call).await?;
    let new = ScheduleInputProperties::of(&standing)
        .with(said.properties.unwrap_or_default())
        .schedule(standing.name.clone(), Some(&standing))
        .map_err(|invalid| ArmError::at_odds(invalid).at(place))?;
    let name = standing.resource_name();
    let (standing, _) = api
        .services
        .put_schedule(&call.actor, lab.id, name, new, &|there| {
            call.matches(there.map(tag).as_deref())
        })
        .await
        .map_err(|error| ArmError::from(error).at(place))?;
    Ok(answer(&api, StatusCode::OK, &standing, &lab))
}

/// Ends a schedule.
#[utoipa::path(
    delete,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/schedules/{scheduleName}",
    operation_id = "Schedules_Delete",
    tag = "Schedules",
    responses((status = OK, description = "It is deleted."), (status = NO_CONTENT, description = "There is none."))
)]
pub async fn delete_schedule(State(api): State<Api>, call: Call) -> Result<StatusCode> {
    let name = call.resource("scheduleName")?;
    let lab = api.parent(&call).await?;
    let standing = match api.services.schedule(&call.actor, lab.id, &name).await {
        Ok(standing) => standing,
        Err(service::Error::NotFound(_)) => return Ok(StatusCode::NO_CONTENT),
        Err(error) => return Err(error.into()),
    };
    api.services
        .delete_schedule_if(&call.actor, lab.id, standing.schedule.id, &|there| {
            call.matches(there.map(tag).as_deref())
        })
        .await?;
    Ok(StatusCode::OK)
}
