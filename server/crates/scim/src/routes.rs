//! Every route: it reads what was sent, calls one use case, and shows what came of it.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use domain::id::PersonId;
use serde_json::{Value, json};

use crate::answer::{self, PAGE, Projection, Query};
use crate::call::{Body, Caller, Parameters, demand_match, has_already, search};
use crate::error::{Result, ScimError};
use crate::filter::{Filter, Literal, Operator};
use crate::patch::Patch;
use crate::schema::{self, Resource};
use crate::user::etag;
use crate::{Desk, document, group, user};

/// All of them, below SCIM's address.
pub fn all() -> Router<Desk> {
    Router::new()
        .route("/ServiceProviderConfig", get(config))
        .route("/ResourceTypes", get(resource_types))
        .route("/ResourceTypes/{name}", get(resource_type))
        .route("/Schemas", get(schemas))
        .route("/Schemas/{urn}", get(one_schema))
        .route("/Users", get(list_users).post(create_user))
        .route("/Users/.search", post(search_users))
        .route(
            "/Users/{id}",
            get(get_user)
                .put(put_user)
                .patch(patch_user)
                .delete(delete_user),
        )
        .route("/Groups", get(list_groups).post(create_group))
        .route("/Groups/.search", post(search_groups))
        .route(
            "/Groups/{id}",
            get(get_group)
                .put(put_group)
                .patch(patch_group)
                .delete(delete_group),
        )
        .route("/.search", post(search_all))
        .route("/Bulk", post(not_offered))
        .route(
            "/Me",
            get(not_offered)
                .post(not_offered)
                .put(not_offered)
                .patch(not_offered)
                .delete(not_offered),
        )
}

/// A resource with its version and its place.
fn shown(status: StatusCode, resource: Resource, told: &Projection, whole: Value) -> Response {
    let version = etag(&whole).to_owned();
    let location = whole["meta"]["location"].as_str().unwrap_or_default();
    let location = location.to_owned();
    let mut response = answer::json(status, &told.of(resource, whole));
    let place = if status == StatusCode::CREATED {
        header::LOCATION
    } else {
        header::CONTENT_LOCATION
    };
    for (name, value) in [(header::ETAG, version), (place, location)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn unchanged(version: &str) -> Response {
    let tag = HeaderValue::from_str(version).ok();
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    if let Some(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn person(id: &str) -> Result<PersonId> {
    id.parse().map_err(|_| ScimError::not_found("user"))
}

async fn list_users(
    State(desk): State<Desk>,
    Caller(actor): Caller,
    parameters: Parameters,
) -> Result<Response> {
    let query = parameters.query()?;
    let users = users(&desk, &actor, &query).await?;
    Ok(answer::json(StatusCode::OK, &answer::page(&query, users)?))
}

async fn search_users(
    State(desk): State<Desk>,
    Caller(actor): Caller,
    Body(body): Body,
) -> Result<Response> {
    let query = search(&body)?;
    let users = users(&desk, &actor, &query).await?;
    Ok(answer::json(StatusCode::OK, &answer::page(&query, users)?))
}

/// The users among whom a query chooses. Directories look for one name at a time, over and over: that
/// one is looked up.
async fn users(
    desk: &Desk,
    actor: &service::access::Actor,
    query: &Query,
) -> Result<Vec<(Resource, Value)>> {
    let views = match query.filter.as_ref().and_then(name_asked_for) {
        Some(name) => {
            let found = desk.services.scim_user_named(actor, name).await?;
            found.into_iter().collect()
        }
        None => desk.services.scim_users(actor).await?,
    };
    let shown = views.iter().map(|view| user::show(view, &desk.base));
    Ok(shown.map(|shown| (Resource::User, shown)).collect())
}

fn name_asked_for(filter: &Filter) -> Option<&str> {
    match filter {
        Filter::Compare(path, Operator::Eq, Literal::Text(name)) => {
            let found = Resource::User.find(path)?;
            (found.attr.name == "userName").then_some(name)
        }
        _ => None,
    }
}

async fn get_user(
    State(desk): State<Desk>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response> {
    let told = parameters.projection()?;
    let view = desk.services.scim_user(&actor, person(&id)?).await?;
    let whole = user::show(&view, &desk.base);
    if has_already(&headers, etag(&whole)) {
        return Ok(unchanged(etag(&whole)));
    }
    Ok(shown(StatusCode::OK, Resource::User, &told, whole))
}

async fn create_user(
    State(desk): State<Desk>,
    Caller(actor): Caller,
    parameters: Parameters,
    Body(body): Body,
) -> Result<Response> {
    let told = parameters.projection()?;
    let draft = user::draft(document::read(Resource::User, &body)?)?;
    let view = desk.services.create_scim_user(&actor, draft).await?;
    let whole = user::show(&view, &desk.base);
    Ok(shown(StatusCode::CREATED, Resource::User, &told, whole))
}

async fn put_user(
    State(desk): State<Desk>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    parameters: Parameters,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response> {
    let told = parameters.projection()?;
    let draft = user::draft(document::read(Resource::User, &body)?)?;
    let view = desk
        .services
        .change_scim_user(&actor, person(&id)?, |old| {
            demand_match(&headers, || user::show(old, &desk.base))?;
            Ok::<_, ScimError>(draft)
        })
        .await?;
    let whole = user::show(&view, &desk.base);
    Ok(shown(StatusCode::OK, Resource::User, &told, whole))
}

async fn patch_user(
    State(desk): State<Desk>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    parameters: Parameters,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response> {
    let told = parameters.projection()?;
    let patch = Patch::read(Resource::User, &body)?;
    let view = desk
        .services
        .change_scim_user(&actor, person(&id)?, |old| {
            demand_match(&headers, || user::show(old, &desk.base))?;
            user::draft(patch.apply(&user::document(old))?)
        })
        .await?;
    let whole = user::show(&view, &desk.base);
    Ok(shown(StatusCode::OK, Resource::User, &told, whole))
}

async fn delete_user(
    State(desk): State<Desk>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode> {
    desk.services
        .remove_scim_user(&actor, person(&id)?, |old| {
            demand_match(&headers, || user::show(old, &desk.base))
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_groups(
    State(desk): State<Desk>,
    Caller(actor): Caller,
    parameters: Parameters,
) -> Result<Response> {
    let query = parameters.query()?;
    let groups = groups(&desk, &actor).await?;
    Ok(answer::json(StatusCode::OK, &answer::page(&query, groups)?))
}

async fn search_groups(
    State(desk): State<Desk>,
    Caller(actor): Caller,
    Body(body): Body,
) -> Result<Response> {
    let query = search(&body)?;
    let groups = groups(&desk, &actor).await?;
    Ok(answer::json(StatusCode::OK, &answer::page(&query, groups)?))
}

async fn search_all(
    State(desk): State<Desk>,
    Caller(actor): Caller,
    Body(body): Body,
) -> Result<Response> {
    let query = search(&body)?;
    let mut all = users(&desk, &actor, &query).await?;
    all.extend(groups(&desk, &actor).await?);
    Ok(answer::json(StatusCode::OK, &answer::page(&query, all)?))
}

async fn groups(desk: &Desk, actor: &service::access::Actor) -> Result<Vec<(Resource, Value)>> {
    let views = desk.services.scim_groups(actor).await?;
    let shown = views.iter().map(|view| group::show(view, &desk.base));
    Ok(shown.map(|shown| (Resource::Group, shown)).collect())
}

async fn get_group(
    State(desk): State<Desk>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response> {
    let told = parameters.projection()?;
    let view = desk.services.scim_group(&actor, &id).await?;
    let whole = group::show(&view, &desk.base);
    if has_already(&headers, etag(&whole)) {
        return Ok(unchanged(etag(&whole)));
    }
    Ok(shown(StatusCode::OK, Resource::Group, &told, whole))
}

async fn create_group(
    State(desk): State<Desk>,
    Caller(actor): Caller,
    parameters: Parameters,
    Body(body): Body,
) -> Result<Response> {
    let told = parameters.projection()?;
    let draft = group::draft(document::read(Resource::Group, &body)?)?;
    let view = desk.services.create_scim_group(&actor, draft).await?;
    let whole = group::show(&view, &desk.base);
    Ok(shown(StatusCode::CREATED, Resource::Group, &told, whole))
}

async fn put_group(
    State(desk): State<Desk>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    parameters: Parameters,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response> {
    let told = parameters.projection()?;
    let draft = group::draft(document::read(Resource::Group, &body)?)?;
    let view = desk
        .services
        .change_scim_group(&actor, &id, |old| {
            demand_match(&headers, || group::show(old, &desk.base))?;
            Ok::<_, ScimError>(draft)
        })
        .await?;
    let whole = group::show(&view, &desk.base);
    Ok(shown(StatusCode::OK, Resource::Group, &told, whole))
}

async fn patch_group(
    State(desk): State<Desk>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    parameters: Parameters,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response> {
    let told = parameters.projection()?;
    let patch = Patch::read(Resource::Group, &body)?;
    let view = desk
        .services
        .change_scim_group(&actor, &id, |old| {
            demand_match(&headers, || group::show(old, &desk.base))?;
            group::draft(patch.apply(&group::document(old))?)
        })
        .await?;
    let whole = group::show(&view, &desk.base);
    Ok(shown(StatusCode::OK, Resource::Group, &told, whole))
}

async fn delete_group(
    State(desk): State<Desk>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode> {
    desk.services
        .remove_scim_group(&actor, &id, |old| {
            demand_match(&headers, || group::show(old, &desk.base))
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn config(State(desk): State<Desk>, _: Caller) -> Response {
    let base = &desk.base;
    let config = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": PAGE },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Access token",
            "description": "An access token of somebody who may manage people, from the page of access tokens.",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base}/ServiceProviderConfig"),
        },
    });
    answer::json(StatusCode::OK, &config)
}

fn described(resource: Resource, base: &str) -> Value {
    let extensions: Vec<Value> = resource
        .extensions()
        .iter()
        .map(|(urn, _)| json!({ "schema": urn, "required": false }))
        .collect();
    let name = resource.name();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": name,
        "name": name,
        "endpoint": format!("/{}", resource.place()),
        "schema": resource.schema(),
        "schemaExtensions": extensions,
        "meta": {
            "resourceType": "ResourceType",
            "location": format!("{base}/ResourceTypes/{name}"),
        },
    })
}

fn whole_list(all: Vec<Value>) -> Response {
    let list = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": all.len(),
        "startIndex": 1,
        "itemsPerPage": all.len(),
        "Resources": all,
    });
    answer::json(StatusCode::OK, &list)
}

async fn resource_types(
    State(desk): State<Desk>,
    _: Caller,
    parameters: Parameters,
) -> Result<Response> {
    parameters.demand_no_filter()?;
    let all = [Resource::User, Resource::Group];
    let all = all.map(|one| described(one, &desk.base));
    Ok(whole_list(all.to_vec()))
}

async fn resource_type(
    State(desk): State<Desk>,
    _: Caller,
    Path(name): Path<String>,
) -> Result<Response> {
    let all = [Resource::User, Resource::Group];
    let found = all.into_iter().find(|one| one.name() == name);
    let found = found.ok_or_else(|| ScimError::not_found("resource type"))?;
    Ok(answer::json(StatusCode::OK, &described(found, &desk.base)))
}

async fn schemas(State(desk): State<Desk>, _: Caller, parameters: Parameters) -> Result<Response> {
    parameters.demand_no_filter()?;
    let all = [schema::USER, schema::ENTERPRISE, schema::GROUP];
    let all = all
        .iter()
        .filter_map(|urn| schema::described(urn, &desk.base));
    Ok(whole_list(all.collect()))
}

async fn one_schema(
    State(desk): State<Desk>,
    _: Caller,
    Path(urn): Path<String>,
) -> Result<Response> {
    let found = schema::described(&urn, &desk.base);
    let found = found.ok_or_else(|| ScimError::not_found("schema"))?;
    Ok(answer::json(StatusCode::OK, &found))
}

async fn not_offered(_: Caller) -> ScimError {
    ScimError::new(
        StatusCode::NOT_IMPLEMENTED,
        "This is not offered here; ServiceProviderConfig says what is.",
    )
}
