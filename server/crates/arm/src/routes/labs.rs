//! Labs.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::id::LabId;
use domain::kept::LabEnvelope;
use domain::lab::Lab as Row;
use domain::operation::{Operation, OperationKind};
use service::labs::{LabChange, LabWork};
use service::resources::LabResource;

use super::fits;
use super::lab_said::place;
use crate::body::Body;
use crate::call::Call;
use crate::error::{ArmError, ErrorDetail, Result};
use crate::model::PagedLabs;
use crate::model::lab::{Lab, LabInput, LabUpdate, LabUpdateProperties};
use crate::{Api, etag, page, work};

/// The tag of a lab: of what can be changed of it.
fn tag(lab: &Row, envelope: &LabEnvelope) -> String {
    etag::of(&(
        lab.id,
        (&lab.title, &lab.description, lab.capacity, lab.open_access),
        (lab.time.quota, lab.time.shutdown, lab.connection, lab.plan),
        (&envelope.tags, &envelope.roster),
    ))
}

impl Api {
    /// Changes a lab, if it still is what the caller has seen of it.
    async fn update(&self, call: &Call, lab: LabId, change: LabChange) -> Result<Response> {
        let work = self
            .services
            .update_lab_if(&call.actor, lab, change, &|lab, envelope| {
                call.matches(Some(&tag(lab, envelope)))
            })
            .await
            .map_err(|error| ArmError::from(error).at(place))?;
        let status = if work.operation.is_some() {
            StatusCode::ACCEPTED
        } else {
            StatusCode::OK
        };
        self.worked(call, work, status).await
    }

    pub(super) async fn worked(
        &self,
        call: &Call,
        work: LabWork,
        status: StatusCode,
    ) -> Result<Response> {
        let tag = tag(&work.lab, &work.envelope);
        let body = lab_of(self, call, work.lab).await?;
        let mut response = work::begun(call, work.operation.as_ref(), status, Some(&body));
        response
            .headers_mut()
            .insert(header::ETAG, etag::header(&tag));
        Ok(response)
    }

    async fn with_envelope(&self, call: &Call, lab: Row) -> Result<(Row, LabEnvelope)> {
        let resources = self.services.lab_resources(&call.actor, vec![lab]).await?;
        let resource = resources.into_iter().next();
        let resource = resource.ok_or_else(|| ArmError::not_found("lab"))?;
        Ok((resource.lab, resource.envelope))
    }
}

/// A lab as programs see it.
pub async fn lab_of(api: &Api, call: &Call, lab: Row) -> Result<Lab> {
    let mut labs = labs_of(api, call, vec![lab]).await?;
    labs.pop().ok_or_else(|| ArmError::not_found("lab"))
}

async fn labs_of(api: &Api, call: &Call, labs: Vec<Row>) -> Result<Vec<Lab>> {
    let resources = api.services.lab_resources(&call.actor, labs).await?;
    shown(api, call, resources).await
}

async fn shown(api: &Api, call: &Call, resources: Vec<LabResource>) -> Result<Vec<Lab>> {
    let authors: Vec<_> = resources
        .iter()
        .flat_map(|resource| {
            let authorship = resource.envelope.authorship;
            authorship
                .created_by
                .into_iter()
                .chain(authorship.changed_by)
        })
        .collect();
    let people = api.services.authors(authors).await?;
    Ok(resources
        .into_iter()
        .map(|resource| Lab::of(resource, &api.subscription, &people, call.version))
        .collect())
}

async fn list(api: &Api, call: &Call, group: bool) -> Result<Json<PagedLabs>> {
    let group = group.then(|| call.group()).transpose()?;
    let filter = call.filter()?;
    let mut labs = api.services.labs_named(&call.actor, group.as_ref()).await?;
    labs.retain(|lab| {
        let state = crate::model::choices::LabState::from(lab.state);
        let state = format!("{state:?}");
        fits(filter.as_ref(), |field| match field {
            "name" => Some(lab.name.as_str()),
            "title" => Some(lab.title.as_str()),
            "state" => Some(state.as_str()),
            _ => None,
        })
    });
    let key = |lab: &Row| format!("{}/{}", lab.group, lab.name).to_ascii_lowercase();
    let page = page::page(labs, call.page(), key)?;
    Ok(Json(PagedLabs {
        next_link: call.next_link(page.next.as_deref()),
        value: labs_of(api, call, page.items).await?,
    }))
}

/// The labs.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/providers/Microsoft.LabServices/labs",
    operation_id = "Labs_ListBySubscription",
    tag = "Labs",
    responses((status = OK, body = PagedLabs))
)]
pub async fn list_labs(State(api): State<Api>, call: Call) -> Result<Json<PagedLabs>> {
    list(&api, &call, false).await
}

/// The labs of a resource group.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs",
    operation_id = "Labs_ListByResourceGroup",
    tag = "Labs",
    responses((status = OK, body = PagedLabs))
)]
pub async fn list_labs_of_group(State(api): State<Api>, call: Call) -> Result<Json<PagedLabs>> {
    list(&api, &call, true).await
}

/// A lab.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}",
    operation_id = "Labs_Get",
    tag = "Labs",
    responses((status = OK, body = Lab))
)]
pub async fn get_lab(State(api): State<Api>, call: Call) -> Result<Response> {
    let lab = api.lab(&call).await?;
    let resources = api.services.lab_resources(&call.actor, vec![lab]).await?;
    let found = resources
        .first()
        .ok_or_else(|| ArmError::not_found("lab"))?;
    let tag = tag(&found.lab, &found.envelope);
    let mut response = Json(shown(&api, &call, resources).await?.pop()).into_response();
    response
        .headers_mut()
        .insert(header::ETAG, etag::header(&tag));
    Ok(response)
}

/// Makes a lab, or makes one what the body says.
#[utoipa::path(
    put,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}",
    operation_id = "Labs_CreateOrUpdate",
    tag = "Labs",
    request_body = LabInput,
    responses(
        (status = OK, body = Lab),
        (status = CREATED, body = Lab),
        (status = ACCEPTED, body = Lab)
    )
)]
pub async fn put_lab(State(api): State<Api>, call: Call, body: Body) -> Result<Response> {
    let (group, name) = (call.group()?, call.lab()?);
    let said: LabInput = body.read(&api, "LabInput")?;
    let find = async || match api.services.lab_named(&call.actor, &group, &name).await {
        Ok(lab) => Ok(Some(lab)),
        Err(service::Error::NotFound(_)) => Ok(None),
        Err(error) => Err(ArmError::from(error)),
    };
    let there = match find().await? {
        Some(lab) => lab,
        None => {
            call.matches(None)?;
            let new = api
                .new_lab(&call, (group.clone(), name.clone()), said.clone())
                .await?;
            match api.services.create_lab(&call.actor, new).await {
                Ok(work) => return api.worked(&call, work, StatusCode::CREATED).await,
                // Another request was faster: the lab is there now, and becomes what this one says.
                Err(error @ service::Error::Conflict(_)) => match find().await? {
                    Some(lab) => lab,
                    None => return Err(error.into()),
                },
                Err(error) => return Err(ArmError::from(error).at(place)),
            }
        }
    };
    let (lab, envelope) = api.with_envelope(&call, there).await?;
    if !envelope.location.is(&said.location) {
        let what = "A lab’s location cannot be changed.";
        return Err(ArmError::fixed(vec![ErrorDetail::about("location", what)]));
    }
    let network = said.properties.network_profile.clone();
    if network
        .is_some_and(|network| domain::kept::NetworkProfile::from(network) != envelope.network)
    {
        let what = "A lab’s network cannot be changed once the lab is made.";
        let place = "properties.networkProfile";
        return Err(ArmError::fixed(vec![ErrorDetail::about(place, what)]));
    }
    let properties = said.properties;
    let update = LabUpdateProperties {
        auto_shutdown_profile: Some(properties.auto_shutdown_profile),
        connection_profile: Some(properties.connection_profile),
        virtual_machine_profile: Some(properties.virtual_machine_profile.into()),
        security_profile: Some(properties.security_profile),
        roster_profile: properties.roster_profile,
        lab_plan_id: properties.lab_plan_id,
        title: properties.title,
        description: properties.description,
    };
    let change = LabChange {
        tags: Some(said.tags.unwrap_or_default()),
        retry: true,
        ..api.change(&call, (&lab, &envelope), update, true).await?
    };
    api.update(&call, lab.id, change).await
}

/// Changes a lab.
#[utoipa::path(
    patch,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}",
    operation_id = "Labs_Update",
    tag = "Labs",
    request_body = LabUpdate,
    responses((status = OK, body = Lab), (status = ACCEPTED, body = Lab))
)]
pub async fn patch_lab(State(api): State<Api>, call: Call, body: Body) -> Result<Response> {
    let said: LabUpdate = body.read(&api, "LabUpdate")?;
    let lab = api.lab(&call).await?;
    let (lab, envelope) = api.with_envelope(&call, lab).await?;
    let properties = said.properties.unwrap_or_default();
    let change = LabChange {
        tags: said.tags.map(Into::into),
        ..api
            .change(&call, (&lab, &envelope), properties, false)
            .await?
    };
    api.update(&call, lab.id, change).await
}

/// Deletes a lab with its users, schedules and machines.
#[utoipa::path(
    delete,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}",
    operation_id = "Labs_Delete",
    tag = "Labs",
    responses(
        (status = OK, description = "It is deleted."),
        (status = ACCEPTED, description = "It is being deleted."),
        (status = NO_CONTENT, description = "There is none.")
    )
)]
pub async fn delete_lab(State(api): State<Api>, call: Call) -> Result<Response> {
    let lab = match api.lab(&call).await {
        Ok(lab) => lab,
        Err(error) if error.status() == StatusCode::NOT_FOUND => {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        Err(error) => return Err(error),
    };
    let operation = if lab.deleting {
        // Asking again is asking once.
        let open = api.services.open_operations(&call.actor, lab.id).await?;
        open.into_iter()
            .find(|o| o.kind == OperationKind::DeleteLab)
    } else {
        let deleted = api
            .services
            .delete_lab_if(&call.actor, lab.id, &|lab, envelope| {
                call.matches(Some(&tag(lab, envelope)))
            })
            .await?;
        Some(deleted)
    };
    Ok(work::begun::<()>(
        &call,
        operation.as_ref(),
        StatusCode::ACCEPTED,
        None,
    ))
}

/// Publishes a lab: makes its machines from its template, or remakes them all.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/publish",
    operation_id = "Labs_Publish",
    tag = "Labs",
    responses((status = OK, description = "It is done."), (status = ACCEPTED, description = "It is under way."))
)]
pub async fn publish_lab(State(api): State<Api>, call: Call) -> Result<Response> {
    let lab = api.lab(&call).await?;
    let published = api
        .services
        .publish(&call.actor, lab.id, domain::lab::Remake::Every, None)
        .await;
    let operation = match published {
        // Asking for what is under way is asking once.
        Err(service::Error::Conflict(why)) => {
            let open = api.services.open_operations(&call.actor, lab.id).await?;
            let publishes = |o: &Operation| o.kind == OperationKind::Publish;
            let under_way = open.into_iter().find(publishes);
            under_way.ok_or(service::Error::Conflict(why))?
        }
        published => published?,
    };
    Ok(work::begun::<()>(
        &call,
        Some(&operation),
        StatusCode::ACCEPTED,
        None,
    ))
}

/// Takes a lab's list over from its directory group.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/syncGroup",
    operation_id = "Labs_SyncGroup",
    tag = "Labs",
    responses((status = OK, description = "It is done."), (status = ACCEPTED, description = "It is under way."))
)]
pub async fn sync_lab(State(api): State<Api>, call: Call) -> Result<Response> {
    let lab = api.lab(&call).await?;
    let operation = api.services.sync_lab(&call.actor, lab.id).await?;
    Ok(work::begun::<()>(
        &call,
        Some(&operation),
        StatusCode::ACCEPTED,
        None,
    ))
}
