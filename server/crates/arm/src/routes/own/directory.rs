//! Groups of people that labs take their lists from.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::email::Email;
use service::store::{DirectoryGroup as Row, DirectoryMember as RowMember};

use crate::body::Body;
use crate::call::Call;
use crate::error::{ArmError, ErrorDetail, Result};
use crate::model::own::{
    DirectoryGroup, DirectoryGroupInput, DirectoryGroupProperties, DirectoryMember,
    PagedDirectoryGroups,
};
use crate::{Api, page};

fn shown(api: &Api, group: Row) -> DirectoryGroup {
    DirectoryGroup {
        id: format!(
            "/subscriptions/{}/providers/Lectern.Portal/directoryGroups/{}",
            api.subscription, group.id
        ),
        kind: "Lectern.Portal/directoryGroups".to_owned(),
        name: group.id,
        properties: DirectoryGroupProperties {
            display_name: group.name,
            members: group
                .members
                .into_iter()
                .map(|member| DirectoryMember {
                    email: member.email.to_string(),
                    display_name: member.name,
                })
                .collect(),
        },
    }
}

/// The groups of the directory.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/providers/Lectern.Portal/directoryGroups",
    operation_id = "DirectoryGroups_List",
    tag = "Beyond: directory",
    responses((status = OK, body = PagedDirectoryGroups))
)]
pub async fn list_directory_groups(
    State(api): State<Api>,
    call: Call,
) -> Result<Json<PagedDirectoryGroups>> {
    let mut groups = api.services.directory_groups(&call.actor).await?;
    let key = |group: &Row| group.id.to_ascii_lowercase();
    groups.sort_by_cached_key(key);
    let page = page::page(groups, call.page(), key)?;
    Ok(Json(PagedDirectoryGroups {
        next_link: call.next_link(page.next.as_deref()),
        value: page
            .items
            .into_iter()
            .map(|group| shown(&api, group))
            .collect(),
    }))
}

/// A group of the directory.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/providers/Lectern.Portal/directoryGroups/{directoryGroupName}",
    operation_id = "DirectoryGroups_Get",
    tag = "Beyond: directory",
    responses((status = OK, body = DirectoryGroup))
)]
pub async fn get_directory_group(
    State(api): State<Api>,
    call: Call,
) -> Result<Json<DirectoryGroup>> {
    let name = call.resource("directoryGroupName")?;
    let groups = api.services.directory_groups(&call.actor).await?;
    let group = groups.into_iter().find(|group| group.id == name.as_str());
    let group = group.ok_or_else(|| ArmError::not_found("directory group"))?;
    Ok(Json(shown(&api, group)))
}

/// Writes a group of the directory. Labs take it over when they are synchronised.
#[utoipa::path(
    put,
    path = "/subscriptions/{subscriptionId}/providers/Lectern.Portal/directoryGroups/{directoryGroupName}",
    operation_id = "DirectoryGroups_CreateOrUpdate",
    tag = "Beyond: directory",
    request_body = DirectoryGroupInput,
    responses((status = OK, body = DirectoryGroup))
)]
pub async fn put_directory_group(
    State(api): State<Api>,
    call: Call,
    body: Body,
) -> Result<Response> {
    let name = call.resource("directoryGroupName")?;
    let said: DirectoryGroupInput = body.read(&api, "DirectoryGroupInput")?;
    let mut members: Vec<RowMember> = Vec::new();
    let mut mistakes = Vec::new();
    for (n, member) in said.properties.members.into_iter().enumerate() {
        match Email::parse(&member.email) {
            Ok(email) if members.iter().any(|known| known.email == email) => {}
            Ok(email) => members.push(RowMember {
                email,
                name: member.display_name,
            }),
            Err(invalid) => mistakes.push(ErrorDetail::about(
                format!("properties.members.{n}.email"),
                invalid.message,
            )),
        }
    }
    if !mistakes.is_empty() {
        return Err(ArmError::invalid(mistakes));
    }
    let group = Row {
        id: name.to_string(),
        name: said.properties.display_name,
        members,
    };
    api.services
        .put_directory_group(&call.actor, group.clone())
        .await?;
    Ok(Json(shown(&api, group)).into_response())
}

/// Removes a group of the directory. Lists that were taken over stay.
#[utoipa::path(
    delete,
    path = "/subscriptions/{subscriptionId}/providers/Lectern.Portal/directoryGroups/{directoryGroupName}",
    operation_id = "DirectoryGroups_Delete",
    tag = "Beyond: directory",
    responses((status = OK, description = "It is deleted."), (status = NO_CONTENT, description = "There is none."))
)]
pub async fn delete_directory_group(State(api): State<Api>, call: Call) -> Result<StatusCode> {
    let name = call.resource("directoryGroupName")?;
    let removed = api
        .services
        .remove_directory_group(&call.actor, name.as_str())
        .await?;
    Ok(if removed {
        StatusCode::OK
    } else {
        StatusCode::NO_CONTENT
    })
}
