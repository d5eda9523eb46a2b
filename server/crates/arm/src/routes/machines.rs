//! Virtual machines of labs.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::credentials::{Password, Username};
use domain::lab::Lab;
use service::machines::Act;
use service::resources::MachineResource;

use super::fits;
use crate::body::Body;
use crate::call::Call;
use crate::error::{ArmError, Result};
use crate::model::PagedVirtualMachines;
use crate::model::machine::{ResetPasswordBody, VirtualMachine};
use crate::{Api, page, work};

/// A lab's machines in the order of their lists: the template, then by seat.
fn key(resource: &MachineResource) -> String {
    format!("{:05}/{}", resource.machine.seat, resource.machine.id)
}

/// The machines of a lab: its template, and those of its users.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/virtualMachines",
    operation_id = "VirtualMachines_ListByLab",
    tag = "Virtual machines",
    responses((status = OK, body = PagedVirtualMachines))
)]
pub async fn list_machines(
    State(api): State<Api>,
    call: Call,
) -> Result<Json<PagedVirtualMachines>> {
    let filter = call.filter()?;
    let lab = api.parent(&call).await?;
    let (lab, mut machines) = api.services.machine_resources(&call.actor, lab.id).await?;
    if filter.is_some() {
        machines.retain(|resource| {
            let state = crate::model::choices::VirtualMachineState::from(resource.state);
            let state = format!("{state:?}");
            let name = match resource.machine.kind {
                domain::machine::MachineKind::Template => service::resources::TEMPLATE,
                domain::machine::MachineKind::User => resource.machine.hostname.as_str(),
            };
            fits(filter.as_ref(), |field| match field {
                "name" => Some(name),
                "state" => Some(state.as_str()),
                "claimedByUserId" => resource.user.as_ref().map(|user| user.as_str()),
                _ => None,
            })
        });
    }
    let page = page::page(machines, call.page(), key)?;
    let id = api.lab_id(&lab);
    Ok(Json(PagedVirtualMachines {
        next_link: call.next_link(page.next.as_deref()),
        value: page
            .items
            .into_iter()
            .map(|machine| VirtualMachine::of(machine, &lab, &id, &api.base, call.version))
            .collect(),
    }))
}

async fn find(api: &Api, call: &Call) -> Result<(Lab, MachineResource)> {
    let name = call.resource("virtualMachineName")?;
    let lab = api.parent(call).await?;
    Ok(api
        .services
        .machine_resource(&call.actor, lab.id, &name)
        .await?)
}

/// A virtual machine.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/virtualMachines/{virtualMachineName}",
    operation_id = "VirtualMachines_Get",
    tag = "Virtual machines",
    responses((status = OK, body = VirtualMachine))
)]
pub async fn get_machine(State(api): State<Api>, call: Call) -> Result<Json<VirtualMachine>> {
    let (lab, machine) = find(&api, &call).await?;
    let id = api.lab_id(&lab);
    Ok(Json(VirtualMachine::of(
        machine,
        &lab,
        &id,
        &api.base,
        call.version,
    )))
}

async fn act(api: &Api, call: &Call, act: Act) -> Result<Response> {
    let (lab, machine) = find(api, call).await?;
    // A student of the lab who has a role elsewhere acts here as whoever holds the role.
    service::access::demand_operate(&call.actor, &lab)?;
    let operation = api
        .services
        .act(&call.actor, machine.machine.id, act)
        .await?;
    Ok(work::begun::<()>(
        call,
        Some(&operation),
        StatusCode::ACCEPTED,
        None,
    ))
}

/// Starts a machine.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/virtualMachines/{virtualMachineName}/start",
    operation_id = "VirtualMachines_Start",
    tag = "Virtual machines",
    responses((status = OK, description = "It runs."), (status = ACCEPTED, description = "It starts."))
)]
pub async fn start_machine(State(api): State<Api>, call: Call) -> Result<Response> {
    act(&api, &call, Act::Start).await
}

/// Stops a machine, gracefully and after a while by force.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/virtualMachines/{virtualMachineName}/stop",
    operation_id = "VirtualMachines_Stop",
    tag = "Virtual machines",
    responses((status = OK, description = "It is stopped."), (status = ACCEPTED, description = "It stops."))
)]
pub async fn stop_machine(State(api): State<Api>, call: Call) -> Result<Response> {
    act(&api, &call, Act::Stop).await
}

/// Remakes a machine from what was published last. Its contents are lost.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/virtualMachines/{virtualMachineName}/reimage",
    operation_id = "VirtualMachines_Reimage",
    tag = "Virtual machines",
    responses((status = OK, description = "It is done."), (status = ACCEPTED, description = "It is being remade."))
)]
pub async fn reimage_machine(State(api): State<Api>, call: Call) -> Result<Response> {
    act(&api, &call, Act::Reimage).await
}

/// Stops a machine and starts it afresh, on another host where there is one.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/virtualMachines/{virtualMachineName}/redeploy",
    operation_id = "VirtualMachines_Redeploy",
    tag = "Virtual machines",
    responses((status = OK, description = "It is done."), (status = ACCEPTED, description = "It is being moved."))
)]
pub async fn redeploy_machine(State(api): State<Api>, call: Call) -> Result<Response> {
    act(&api, &call, Act::Redeploy).await
}

/// Sets the password of an account on a machine.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.LabServices/labs/{labName}/virtualMachines/{virtualMachineName}/resetPassword",
    operation_id = "VirtualMachines_ResetPassword",
    tag = "Virtual machines",
    request_body = ResetPasswordBody,
    responses((status = OK, description = "It is set."), (status = ACCEPTED, description = "It is being set."))
)]
pub async fn reset_password(State(api): State<Api>, call: Call, body: Body) -> Result<Response> {
    let said: ResetPasswordBody = body.read(&api, "ResetPasswordBody")?;
    let username = Username::parse("username", &said.username);
    let password = Password::for_machine("password", &said.password);
    let (username, password) = match (username, password) {
        (Ok(username), Ok(password)) => (username, password),
        (username, password) => {
            let mistakes = [username.err(), password.err()].into_iter().flatten();
            let details = mistakes
                .map(|invalid| crate::error::ErrorDetail::about(invalid.field, invalid.message));
            return Err(ArmError::invalid(details.collect()));
        }
    };
    let (lab, machine) = find(&api, &call).await?;
    let operation = api
        .services
        .reset_password(
            &call.actor,
            lab.id,
            machine.machine.id,
            &username,
            &password,
        )
        .await?;
    Ok(work::begun::<()>(
        &call,
        Some(&operation),
        StatusCode::ACCEPTED,
        None,
    ))
}
