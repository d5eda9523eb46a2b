//! Users of labs.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::email::Email;
use domain::lab::Lab;
use domain::user::User as Row;
use service::resources::UserResource;

use super::fits;
use crate::body::Body;
use crate::call::Call;
use crate::error::{ArmError, ErrorDetail, Result};
use crate::model::PagedUsers;
use crate::model::user::{InviteBody, User, UserInput, UserUpdate, additional};
use crate::{Api, etag, page, work};

/// Where a rule is broken, in the words of a user.
fn place(field: &str) -> Option<&'static str> {
    Some(match field {
        "email" => "properties.email",
        "additionalUsageQuota" => "properties.additionalUsageQuota",
        _ => return None,
    })
}

/// The users of a lab.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/users",
    operation_id = "Users_ListByLab",
    tag = "Users",
    responses((status = OK, body = PagedUsers))
)]
pub async fn list_users(State(api): State<Api>, call: Call) -> Result<Json<PagedUsers>> {
    let filter = call.filter()?;
    let lab = api.parent(&call).await?;
    let mut users = api.services.user_resources(&call.actor, lab.id).await?;
    users.retain(|resource| {
        let (name, state) = (
            resource.user.resource_name(),
            crate::model::choices::RegistrationState::from(resource.user.registration()),
        );
        let state = format!("{state:?}");
        let title = resource.person.as_ref().map(|person| person.name.as_str());
        fits(filter.as_ref(), |field| match field {
            "name" => Some(name.as_str()),
            "email" => Some(resource.user.email.as_str()),
            "state" => Some(state.as_str()),
            "title" => title,
            _ => None,
        })
    });
    let key = |resource: &UserResource| resource.user.resource_name().as_str().to_ascii_lowercase();
    let page = page::page(users, call.page(), key)?;
    let id = api.lab_id(&lab);
    Ok(Json(PagedUsers {
        next_link: call.next_link(page.next.as_deref()),
        value: page
            .items
            .into_iter()
            .map(|user| User::of(user, &id))
            .collect(),
    }))
}

/// The tag of a user: of what can be changed of them.
fn tag(user: &Row) -> String {
    etag::of(&(user.id, &user.email, user.additional, user.group))
}

fn answer(api: &Api, status: StatusCode, user: UserResource, lab: &Lab) -> Response {
    let tag = tag(&user.user);
    let mut response = (status, Json(User::of(user, &api.lab_id(lab)))).into_response();
    response
        .headers_mut()
        .insert(header::ETAG, etag::header(&tag));
    response
}

async fn find(api: &Api, call: &Call) -> Result<(Lab, UserResource)> {
    let name = call.resource("userName")?;
    let lab = api.parent(call).await?;
    let user = api
        .services
        .user_resource(&call.actor, lab.id, &name)
        .await?;
    Ok((lab, user))
}

/// A user.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/users/{userName}",
    operation_id = "Users_Get",
    tag = "Users",
    responses((status = OK, body = User))
)]
pub async fn get_user(State(api): State<Api>, call: Call) -> Result<Response> {
    let (lab, user) = find(&api, &call).await?;
    Ok(answer(&api, StatusCode::OK, user, &lab))
}

/// Puts a user on a lab's list, or makes one what the body says.
#[utoipa::path(
    put,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/users/{userName}",
    operation_id = "Users_CreateOrUpdate",
    tag = "Users",
    request_body = UserInput,
    responses((status = OK, body = User), (status = CREATED, body = User))
)]
pub async fn put_user(State(api): State<Api>, call: Call, body: Body) -> Result<Response> {
    let name = call.resource("userName")?;
    let said: UserInput = body.read(&api, "UserInput")?;
    let lab = api.parent(&call).await?;
    let email = Email::parse(&said.properties.email);
    let quota = additional(said.properties.additional_usage_quota.as_deref());
    let (email, quota) = match (email, quota) {
        (Ok(email), Ok(quota)) => (email, quota),
        (email, quota) => {
            let mistakes = [email.err(), quota.err()].into_iter().flatten();
            let details = mistakes.map(|invalid| {
                let target = place(invalid.field).unwrap_or(invalid.field);
                ErrorDetail::about(target, invalid.message)
            });
            return Err(ArmError::invalid(details.collect()));
        }
    };
    let said = (email, quota);
    let fits = |there: Option<&Row>| call.matches(there.map(tag).as_deref());
    let mut put = api
        .services
        .put_user(&call.actor, lab.id, name.clone(), said.clone(), &fits)
        .await;
    if matches!(put, Err(service::Error::Conflict(_))) {
        // Somebody else may just have put it there: then it is there now, and is changed.
        put = api
            .services
            .put_user(&call.actor, lab.id, name.clone(), said, &fits)
            .await;
    }
    let (_, made) = put.map_err(|error| ArmError::from(error).at(place))?;
    let user = api
        .services
        .user_resource(&call.actor, lab.id, &name)
        .await?;
    let status = if made {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(answer(&api, status, user, &lab))
}

/// Changes what a user has on top of everyone's quota.
#[utoipa::path(
    patch,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/users/{userName}",
    operation_id = "Users_Update",
    tag = "Users",
    request_body = UserUpdate,
    responses((status = OK, body = User))
)]
pub async fn patch_user(State(api): State<Api>, call: Call, body: Body) -> Result<Response> {
    let said: UserUpdate = body.read(&api, "UserUpdate")?;
    let (lab, user) = find(&api, &call).await?;
    let quota = said.properties.and_then(|said| said.additional_usage_quota);
    let quota = match quota {
        Some(quota) => {
            additional(Some(&quota)).map_err(|invalid| ArmError::from(invalid).at(place))?
        }
        None => user.user.additional,
    };
    let name = user.user.resource_name();
    let said = (user.user.email, quota);
    api.services
        .put_user(&call.actor, lab.id, name.clone(), said, &|there| {
            call.matches(there.map(tag).as_deref())
        })
        .await?;
    let user = api
        .services
        .user_resource(&call.actor, lab.id, &name)
        .await?;
    Ok(answer(&api, StatusCode::OK, user, &lab))
}

/// Takes a user off a lab's list. Their machine is remade, and goes to whoever waits longest.
#[utoipa::path(
    delete,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/users/{userName}",
    operation_id = "Users_Delete",
    tag = "Users",
    responses((status = OK, description = "It is deleted."), (status = NO_CONTENT, description = "There is none."))
)]
pub async fn delete_user(State(api): State<Api>, call: Call) -> Result<StatusCode> {
    let name = call.resource("userName")?;
    let lab = api.parent(&call).await?;
    let user = api.services.user_resource(&call.actor, lab.id, &name).await;
    let user = match user {
        Ok(user) => user.user,
        Err(service::Error::NotFound(_)) => return Ok(StatusCode::NO_CONTENT),
        Err(error) => return Err(error.into()),
    };
    api.services
        .remove_user_if(&call.actor, lab.id, user.id, &|there| {
            call.matches(there.map(tag).as_deref())
        })
        .await?;
    Ok(StatusCode::OK)
}

/// Sends a user the registration link.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/users/{userName}/invite",
    operation_id = "Users_Invite",
    tag = "Users",
    request_body = InviteBody,
    responses((status = OK, description = "It is out."), (status = ACCEPTED, description = "It is on its way."))
)]
pub async fn invite_user(State(api): State<Api>, call: Call, body: Body) -> Result<Response> {
    let said: InviteBody = body.read(&api, "InviteBody")?;
    let (lab, user) = find(&api, &call).await?;
    let text = said.text.unwrap_or_default();
    let operation = api
        .services
        .invite(&call.actor, lab.id, user.user.id, &text)
        .await?;
    Ok(work::begun::<()>(
        &call,
        Some(&operation),
        StatusCode::ACCEPTED,
        None,
    ))
}
