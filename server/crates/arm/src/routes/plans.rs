//! Lab plans.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::plan::Plan;
use domain::resource::Location;
use domain::shutdown::AutoShutdown;
use service::plans::PlanChange;

use super::fits;
use crate::body::Body;
use crate::call::Call;
use crate::error::{ArmError, Result};
use crate::model::PagedLabPlans;
use crate::model::lab::ConnectionProfile;
use crate::model::plan::{LabPlan, LabPlanInput, LabPlanUpdate, LabPlanUpdateProperties};
use crate::{Api, etag, page};

/// The tag of a plan.
fn tag(plan: &Plan) -> String {
    let profile = &plan.profile;
    etag::of(&(
        plan.id,
        &profile.location,
        &profile.tags,
        profile.connection,
        (&profile.subnet_id, &profile.allowed_regions),
        (&profile.shared_gallery_id, &profile.linked_lms_instance),
        &profile.support,
        profile.identity,
        plan.shutdown,
    ))
}

async fn answer(api: &Api, status: StatusCode, plan: Plan) -> Result<Response> {
    let tag = tag(&plan);
    let authorship = plan.profile.authorship;
    let people = api
        .services
        .authors(
            authorship
                .created_by
                .into_iter()
                .chain(authorship.changed_by),
        )
        .await?;
    let body = LabPlan::of(plan, &api.subscription, &people);
    let mut response = (status, Json(body)).into_response();
    response
        .headers_mut()
        .insert(header::ETAG, etag::header(&tag));
    Ok(response)
}

/// What a plan is called where a rule is broken.
fn place(field: &str) -> Option<&'static str> {
    Some(match field {
        "disconnectDelay" => "properties.defaultAutoShutdownProfile.disconnectDelay",
        "noConnectDelay" => "properties.defaultAutoShutdownProfile.noConnectDelay",
        "idleDelay" => "properties.defaultAutoShutdownProfile.idleDelay",
        _ => return None,
    })
}

/// What is changed by these words; what is not said becomes what it is without a word, where
/// `whole` is set, and stays otherwise.
fn change(said: LabPlanUpdateProperties, before: Option<&Plan>, whole: bool) -> Result<PlanChange> {
    let before = before.filter(|_| !whole);
    let shutdown_before = before.map_or(AutoShutdown::OFF, |plan| plan.shutdown);
    let connection_before = before.map_or(domain::connection::ConnectionProfile::NONE, |plan| {
        plan.profile.connection
    });
    // Without a word a whole plan has none of these.
    let or_none = |said: Option<String>| match said {
        Some(said) => Some(Some(said)),
        None if whole => Some(None),
        None => None,
    };
    let shutdown = match said.default_auto_shutdown_profile {
        Some(profile) => Some(
            profile
                .over(shutdown_before)
                .map_err(|invalid| ArmError::from(invalid).at(place))?,
        ),
        None => whole.then_some(AutoShutdown::OFF),
    };
    let whole_connection = whole.then(ConnectionProfile::default);
    Ok(PlanChange {
        shutdown,
        connection: said
            .default_connection_profile
            .or(whole_connection)
            .map(|profile| profile.over(connection_before)),
        subnet_id: match said.default_network_profile {
            Some(profile) => Some(profile.subnet_id),
            None => whole.then_some(None),
        },
        allowed_regions: said.allowed_regions.or_else(|| whole.then(Vec::new)),
        shared_gallery_id: or_none(said.shared_gallery_id),
        linked_lms_instance: or_none(said.linked_lms_instance),
        support: said
            .support_info
            .or_else(|| whole.then(Default::default))
            .map(Into::into),
        identity: None,
        tags: None,
    })
}

async fn list(api: &Api, call: &Call, group: bool) -> Result<Json<PagedLabPlans>> {
    let group = group.then(|| call.group()).transpose()?;
    let filter = call.filter()?;
    let mut plans = api.services.plans(&call.actor).await?;
    plans.retain(|plan| {
        group
            .as_ref()
            .is_none_or(|group| group.is(plan.group.as_str()))
            && fits(filter.as_ref(), |field| {
                (field == "name").then(|| plan.name.as_str())
            })
    });
    let key = |plan: &Plan| format!("{}/{}", plan.group, plan.name).to_ascii_lowercase();
    plans.sort_by_cached_key(key);
    let page = page::page(plans, call.page(), key)?;
    let authors = page.items.iter().flat_map(|plan| {
        let authorship = plan.profile.authorship;
        authorship
            .created_by
            .into_iter()
            .chain(authorship.changed_by)
    });
    let people = api.services.authors(authors.collect::<Vec<_>>()).await?;
    Ok(Json(PagedLabPlans {
        next_link: call.next_link(page.next.as_deref()),
        value: page
            .items
            .into_iter()
            .map(|plan| LabPlan::of(plan, &api.subscription, &people))
            .collect(),
    }))
}

/// The lab plans.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/providers/Microsoft.LabServices/labPlans",
    operation_id = "LabPlans_ListBySubscription",
    tag = "Lab plans",
    responses((status = OK, body = PagedLabPlans))
)]
pub async fn list_plans(State(api): State<Api>, call: Call) -> Result<Json<PagedLabPlans>> {
    list(&api, &call, false).await
}

/// The lab plans of a resource group.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labPlans",
    operation_id = "LabPlans_ListByResourceGroup",
    tag = "Lab plans",
    responses((status = OK, body = PagedLabPlans))
)]
pub async fn list_plans_of_group(
    State(api): State<Api>,
    call: Call,
) -> Result<Json<PagedLabPlans>> {
    list(&api, &call, true).await
}

/// A lab plan.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labPlans/{labPlanName}",
    operation_id = "LabPlans_Get",
    tag = "Lab plans",
    responses((status = OK, body = LabPlan))
)]
pub async fn get_plan(State(api): State<Api>, call: Call) -> Result<Response> {
    let plan = api
        .services
        .plan_named(&call.actor, &call.group()?, &call.plan()?)
        .await?;
    answer(&api, StatusCode::OK, plan).await
}

/// Makes a lab plan, or makes one what the body says.
#[utoipa::path(
    put,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labPlans/{labPlanName}",
    operation_id = "LabPlans_CreateOrUpdate",
    tag = "Lab plans",
    request_body = LabPlanInput,
    responses((status = OK, body = LabPlan), (status = CREATED, body = LabPlan))
)]
pub async fn put_plan(State(api): State<Api>, call: Call, body: Body) -> Result<Response> {
    let name = (call.group()?, call.plan()?);
    let said: LabPlanInput = body.read(&api, "LabPlanInput")?;
    let location = Location::parse(&said.location)?;
    let change = PlanChange {
        identity: Some(said.identity.is_some()),
        tags: Some(said.tags.unwrap_or_default()),
        ..change(said.properties, None, true)?
    };
    let fits = |plan: Option<&Plan>| call.matches(plan.map(tag).as_deref());
    let mut put = api
        .services
        .put_plan(
            &call.actor,
            name.clone(),
            location.clone(),
            change.clone(),
            &fits,
        )
        .await;
    if matches!(put, Err(service::Error::Conflict(_))) {
        // Somebody else may just have made it: then it is there now, and is changed.
        put = api
            .services
            .put_plan(&call.actor, name, location, change, &fits)
            .await;
    }
    let (plan, made) = put?;
    let status = if made {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    answer(&api, status, plan).await
}

/// Changes a lab plan. Labs that are there keep their values.
#[utoipa::path(
    patch,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labPlans/{labPlanName}",
    operation_id = "LabPlans_Update",
    tag = "Lab plans",
    request_body = LabPlanUpdate,
    responses((status = OK, body = LabPlan))
)]
pub async fn patch_plan(State(api): State<Api>, call: Call, body: Body) -> Result<Response> {
    let (group, name) = (call.group()?, call.plan()?);
    let said: LabPlanUpdate = body.read(&api, "LabPlanUpdate")?;
    let plan = api.services.plan_named(&call.actor, &group, &name).await?;
    let change = PlanChange {
        identity: said.identity.map(|_| true),
        tags: said.tags.map(Into::into),
        ..change(said.properties.unwrap_or_default(), Some(&plan), false)?
    };
    let plan = api
        .services
        .patch_plan(&call.actor, &group, &name, change, &|plan| {
            call.matches(plan.map(tag).as_deref())
        })
        .await?;
    answer(&api, StatusCode::OK, plan).await
}

/// Deletes a lab plan. Its labs stay.
#[utoipa::path(
    delete,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labPlans/{labPlanName}",
    operation_id = "LabPlans_Delete",
    tag = "Lab plans",
    responses((status = OK, description = "It is deleted."), (status = NO_CONTENT, description = "There is none."))
)]
pub async fn delete_plan(State(api): State<Api>, call: Call) -> Result<StatusCode> {
    let deleted = api
        .services
        .delete_plan(&call.actor, &call.group()?, &call.plan()?, &|plan| {
            call.matches(plan.map(tag).as_deref())
        })
        .await?;
    Ok(if deleted {
        StatusCode::OK
    } else {
        StatusCode::NO_CONTENT
    })
}
