//! Images of plans.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::fits;
use crate::body::Body;
use crate::call::Call;
use crate::error::{ArmError, Result};
use crate::model::PagedImages;
use crate::model::choices::EnableState;
use crate::model::image::{Image, ImageInput, ImageUpdate};
use crate::{Api, page, reference, work};

/// A machine to be saved as an image.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SaveImageBody {
    /// The image's name.
    #[schema(schema_with = crate::model::rules::image_name)]
    pub name: String,
    /// The machine's resource id.
    #[schema(schema_with = crate::model::rules::machine_id)]
    pub lab_virtual_machine_id: String,
}

/// The images of a lab plan.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labPlans/{labPlanName}/images",
    operation_id = "Images_ListByLabPlan",
    tag = "Images",
    responses((status = OK, body = PagedImages))
)]
pub async fn list_images(State(api): State<Api>, call: Call) -> Result<Json<PagedImages>> {
    let filter = call.filter()?;
    let (plan, images) = api
        .services
        .plan_images(&call.actor, &call.group()?, &call.plan()?)
        .await
        .map_err(|error| ArmError::from(error).of_parent())?;
    let mut images: Vec<Image> = images
        .into_iter()
        .map(|image| Image::of(image, &plan, &api.subscription))
        .collect();
    images.retain(|image| {
        fits(filter.as_ref(), |field| match field {
            "name" => Some(image.name.as_str()),
            "title" => Some(image.properties.display_name.as_str()),
            _ => None,
        })
    });
    let key = |image: &Image| image.name.to_ascii_lowercase();
    images.sort_by_cached_key(key);
    let page = page::page(images, call.page(), key)?;
    Ok(Json(PagedImages {
        next_link: call.next_link(page.next.as_deref()),
        value: page.items,
    }))
}

/// An image of a lab plan.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labPlans/{labPlanName}/images/{imageName}",
    operation_id = "Images_Get",
    tag = "Images",
    responses((status = OK, body = Image))
)]
pub async fn get_image(State(api): State<Api>, call: Call) -> Result<Json<Image>> {
    let name = call.resource("imageName")?;
    let (plan, images) = api
        .services
        .plan_images(&call.actor, &call.group()?, &call.plan()?)
        .await
        .map_err(|error| ArmError::from(error).of_parent())?;
    let image = images
        .into_iter()
        .find(|image| name.is(image.resource_name().as_str()));
    let image = image.ok_or_else(|| ArmError::not_found("image"))?;
    Ok(Json(Image::of(image, &plan, &api.subscription)))
}

async fn enable(api: &Api, call: &Call, state: Option<EnableState>) -> Result<Json<Image>> {
    let enabled = state.map(|state| state == EnableState::Enabled);
    let name = call.resource("imageName")?;
    let (plan, image) = api
        .services
        .enable_image(&call.actor, (&call.group()?, &call.plan()?), &name, enabled)
        .await?;
    Ok(Json(Image::of(image, &plan, &api.subscription)))
}

/// Lets educators choose an image, or not. No image is made this way.
#[utoipa::path(
    put,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labPlans/{labPlanName}/images/{imageName}",
    operation_id = "Images_CreateOrUpdate",
    tag = "Images",
    request_body = ImageInput,
    responses((status = OK, body = Image))
)]
pub async fn put_image(State(api): State<Api>, call: Call, body: Body) -> Result<Json<Image>> {
    let said: ImageInput = body.read(&api, "ImageInput")?;
    enable(&api, &call, Some(said.properties.enabled_state)).await
}

/// Lets educators choose an image, or not.
#[utoipa::path(
    patch,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labPlans/{labPlanName}/images/{imageName}",
    operation_id = "Images_Update",
    tag = "Images",
    request_body = ImageUpdate,
    responses((status = OK, body = Image))
)]
pub async fn patch_image(State(api): State<Api>, call: Call, body: Body) -> Result<Json<Image>> {
    let said: ImageUpdate = body.read(&api, "ImageUpdate")?;
    let state = said.properties.and_then(|said| said.enabled_state);
    enable(&api, &call, state).await
}

/// Saves a stopped machine as an image of a lab plan.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labPlans/{labPlanName}/saveImage",
    operation_id = "LabPlans_SaveImage",
    tag = "Lab plans",
    request_body = SaveImageBody,
    responses((status = OK, description = "It is done."), (status = ACCEPTED, description = "It is under way."))
)]
pub async fn save_image(State(api): State<Api>, call: Call, body: Body) -> Result<Response> {
    let said: SaveImageBody = body.read(&api, "SaveImageBody")?;
    let plan = api
        .services
        .plan_named(&call.actor, &call.group()?, &call.plan()?)
        .await?;
    let (group, lab, machine) = reference::machine(
        "labVirtualMachineId",
        &said.lab_virtual_machine_id,
        &api.subscription,
    )?;
    let lab = api.services.lab_named(&call.actor, &group, &lab).await?;
    let (_, machine) = api
        .services
        .machine_resource(&call.actor, lab.id, &machine)
        .await?;
    let operation = api
        .services
        .save_image(&call.actor, &plan, (lab.id, machine.machine.id), &said.name)
        .await?;
    Ok(work::begun::<()>(
        &call,
        Some(&operation),
        StatusCode::ACCEPTED,
        None,
    ))
}
