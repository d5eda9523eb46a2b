//! What educators do in bulk, and what they take home in tables.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use domain::civil::parse_date_time;
use domain::money::Amount;
use domain::time::Timestamp;
use domain::zone::TimeZone;
use service::machines::{Act, Selection};
use service::quotas::Whom;
use service::users::LinkChange;

use crate::Api;
use crate::body::Body;
use crate::call::Call;
use crate::error::{ArmError, Result};
use crate::model::own::{
    AddUsersBody, AddedUsers, Asked, DayCost, LabCost, LabUsage, Registration, RegistrationUpdate,
    ResetHoursBody, UserUsage,
};
use crate::model::time;

async fn all(api: &Api, call: &Call, act: Act) -> Result<Json<Asked>> {
    let lab = api.lab(call).await?;
    let count = api
        .services
        .act_on_many(&call.actor, lab.id, &Selection::All, act)
        .await?;
    Ok(Json(Asked { count }))
}

/// Starts all machines of a lab that are off.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Lectern.Portal/labs/{labName}/startAll",
    operation_id = "BulkLabs_StartAll",
    tag = "Beyond: labs in bulk",
    responses((status = OK, body = Asked))
)]
pub async fn start_all(State(api): State<Api>, call: Call) -> Result<Json<Asked>> {
    all(&api, &call, Act::Start).await
}

/// Stops all machines of a lab that run.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Lectern.Portal/labs/{labName}/stopAll",
    operation_id = "BulkLabs_StopAll",
    tag = "Beyond: labs in bulk",
    responses((status = OK, body = Asked))
)]
pub async fn stop_all(State(api): State<Api>, call: Call) -> Result<Json<Asked>> {
    all(&api, &call, Act::Stop).await
}

/// Puts addresses on a lab's list: all of them, or none when one is wrong.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Lectern.Portal/labs/{labName}/addUsers",
    operation_id = "BulkLabs_AddUsers",
    tag = "Beyond: labs in bulk",
    request_body = AddUsersBody,
    responses((status = OK, body = AddedUsers))
)]
pub async fn add_users(State(api): State<Api>, call: Call, body: Body) -> Result<Json<AddedUsers>> {
    let said: AddUsersBody = body.read(&api, "AddUsersBody")?;
    let lab = api.lab(&call).await?;
    let added = api
        .services
        .add_users(&call.actor, lab.id, &said.emails.join("\n"))
        .await?;
    Ok(Json(AddedUsers {
        added: added.added,
        known: added.known,
    }))
}

async fn registration(api: &Api, call: &Call) -> Result<Json<Registration>> {
    let lab = api.lab(call).await?;
    let detail = api.services.lab_detail(&call.actor, lab.id).await?;
    let link = detail.link.ok_or_else(|| {
        ArmError::from(service::Error::Forbidden(
            "Your role does not allow seeing the registration code.".to_owned(),
        ))
    })?;
    Ok(Json(Registration {
        url: format!("{}/register/{}", api.base, link.code),
        code: link.code,
        enabled: link.enabled,
        expires_at: link.expires_at.map(time::instant),
        uses_left: link.uses_left,
    }))
}

/// A lab's registration link.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Lectern.Portal/labs/{labName}/registration",
    operation_id = "LabRegistration_Get",
    tag = "Beyond: labs in bulk",
    responses((status = OK, body = Registration))
)]
pub async fn get_registration(State(api): State<Api>, call: Call) -> Result<Json<Registration>> {
    registration(&api, &call).await
}

/// Switches a registration link on or off, or limits it.
#[utoipa::path(
    patch,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Lectern.Portal/labs/{labName}/registration",
    operation_id = "LabRegistration_Update",
    tag = "Beyond: labs in bulk",
    request_body = RegistrationUpdate,
    responses((status = OK, body = Registration))
)]
pub async fn patch_registration(
    State(api): State<Api>,
    call: Call,
    body: Body,
) -> Result<Json<Registration>> {
    let said: RegistrationUpdate = body.read(&api, "RegistrationUpdate")?;
    let lab = api.lab(&call).await?;
    let end = said
        .expires_at
        .as_deref()
        .map(|text| instant("expiresAt", text))
        .transpose()?;
    if end.is_some() || said.uses_left.is_some() {
        let limit = LinkChange::Limit {
            expires_at: end,
            uses_left: said.uses_left,
        };
        api.services.change_link(&call.actor, lab.id, limit).await?;
    }
    if let Some(enabled) = said.enabled {
        api.services
            .change_link(&call.actor, lab.id, LinkChange::Enable(enabled))
            .await?;
    }
    registration(&api, &call).await
}

/// Replaces a lab's registration code. Links with the old one cease to work.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Lectern.Portal/labs/{labName}/regenerateCode",
    operation_id = "LabRegistration_Regenerate",
    tag = "Beyond: labs in bulk",
    responses((status = OK, body = Registration))
)]
pub async fn regenerate_code(State(api): State<Api>, call: Call) -> Result<Json<Registration>> {
    let lab = api.lab(&call).await?;
    api.services
        .change_link(&call.actor, lab.id, LinkChange::Regenerate)
        .await?;
    registration(&api, &call).await
}

/// An instant in UTC.
fn instant(field: &'static str, text: &str) -> Result<Timestamp> {
    let local = parse_date_time(field, text)?;
    Ok(TimeZone::utc().timestamp(local))
}

/// Sets used hours to zero from a time on. It can be taken back in the portal.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Lectern.Portal/labs/{labName}/resetHours",
    operation_id = "BulkLabs_ResetHours",
    tag = "Beyond: labs in bulk",
    request_body = ResetHoursBody,
    responses((status = OK, body = Asked))
)]
pub async fn reset_hours(State(api): State<Api>, call: Call, body: Body) -> Result<Json<Asked>> {
    let said: ResetHoursBody = body.read(&api, "ResetHoursBody")?;
    let lab = api.lab(&call).await?;
    let from = match said.from.as_deref() {
        Some(text) => instant("from", text)?,
        None => api.services.now(),
    };
    let whom = match said.users {
        None => Whom::All,
        Some(names) => {
            let mut ids = Vec::with_capacity(names.len());
            for name in names {
                let name = domain::resource::ResourceName::parse(&name)
                    .map_err(|invalid| ArmError::about("users", invalid.message))?;
                let user = api
                    .services
                    .user_resource(&call.actor, lab.id, &name)
                    .await?;
                ids.push(user.user.id);
            }
            Whom::These(ids)
        }
    };
    let count = api
        .services
        .reset_used_hours(&call.actor, lab.id, &whom, from)
        .await?;
    Ok(Json(Asked {
        count: u32::try_from(count).unwrap_or(u32::MAX),
    }))
}

/// An amount of money as a decimal number: whole units with two to six digits after the point.
fn amount(amount: Amount) -> String {
    let micros = amount.micros();
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    let short = text.trim_end_matches('0').len();
    text[..short.max(text.len() - 4)].to_owned()
}

/// Whether a table is asked for instead of JSON.
fn wants_csv(call: &Call) -> Result<bool> {
    match call.parameter("format") {
        None | Some("json") => Ok(false),
        Some("csv") => Ok(true),
        Some(_) => Err(ArmError::about("format", "The format is json or csv.")),
    }
}

/// A table with a row of names. Texts that a spreadsheet would take for a formula are defused.
fn csv(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Response {
    let cell = |text: &str| {
        let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let text = if formula {
            format!("'{text}")
        } else {
            text.to_owned()
        };
        format!("\"{}\"", text.replace('"', "\"\""))
    };
    let head: Vec<String> = head.iter().map(|name| (*name).to_owned()).collect();
    let mut table = String::new();
    for row in std::iter::once(head).chain(rows) {
        let cells: Vec<String> = row.iter().map(|text| cell(text)).collect();
        table.push_str(&cells.join(","));
        table.push_str("\r\n");
    }
    (
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
            (header::CONTENT_DISPOSITION, "attachment"),
        ],
        table,
    )
        .into_response()
}

/// How the hours of a lab's users stand, as JSON or, with `format=csv`, as a table.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Lectern.Portal/labs/{labName}/usage",
    operation_id = "LabReports_Usage",
    tag = "Beyond: labs in bulk",
    params(("format" = Option<String>, Query, description = "json or csv", pattern = "^(json|csv)$")),
    responses((status = OK, content((LabUsage = "application/json"), (String = "text/csv"))))
)]
pub async fn get_usage(State(api): State<Api>, call: Call) -> Result<Response> {
    let as_table = wants_csv(&call)?;
    let lab = api.lab(&call).await?;
    let detail = api.services.lab_detail(&call.actor, lab.id).await?;
    let value: Vec<UserUsage> = detail
        .users
        .iter()
        .map(|user| {
            let hours = detail
                .usage
                .users
                .get(&user.id)
                .copied()
                .unwrap_or_default();
            UserUsage {
                name: user.resource_name().to_string(),
                email: user.email.to_string(),
                quota: time::span(hours.0),
                used: time::span(hours.1),
            }
        })
        .collect();
    if as_table {
        let rows = value
            .into_iter()
            .map(|user| vec![user.name, user.email, user.quota, user.used]);
        return Ok(csv(&["name", "email", "quota", "used"], rows));
    }
    Ok(Json(LabUsage { value }).into_response())
}

/// What a lab costs, as JSON or, with `format=csv`, as a table of days.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Lectern.Portal/labs/{labName}/cost",
    operation_id = "LabReports_Cost",
    tag = "Beyond: labs in bulk",
    params(("format" = Option<String>, Query, description = "json or csv", pattern = "^(json|csv)$")),
    responses((status = OK, content((LabCost = "application/json"), (String = "text/csv"))))
)]
pub async fn get_cost(State(api): State<Api>, call: Call) -> Result<Response> {
    let as_table = wants_csv(&call)?;
    let lab = api.lab(&call).await?;
    let page = api.services.dashboard(&call.actor, lab.id).await?;
    let days: Vec<DayCost> = page
        .days
        .iter()
        .map(|day| DayCost {
            from: time::instant(day.from),
            counted: time::span(day.counted),
            free: time::span(day.free),
            cost: amount(day.cost),
        })
        .collect();
    if as_table {
        let rows = days
            .into_iter()
            .map(|day| vec![day.from, day.counted, day.free, day.cost]);
        return Ok(csv(&["from", "counted", "free", "cost"], rows));
    }
    Ok(Json(LabCost {
        currency: lab.money.currency.to_string(),
        spent: amount(page.spent),
        forecast: page.forecast.map(amount),
        days,
    })
    .into_response())
}
