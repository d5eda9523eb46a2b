//! What students do: registering by code, and their own machines.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::connection::ConnectionType;
use domain::machine::MachineState;
use service::machines::Act;
use service::overview::MyPlace;
use service::registration::Seat;

use crate::body::Body;
use crate::call::Call;
use crate::error::{ArmError, Result};
use crate::model::machine::VirtualMachineConnectionProfile;
use crate::model::own::{MyVirtualMachine, MyVirtualMachines, RegisterBody, Registered};
use crate::model::time;
use crate::{Api, work};

/// Redeems a registration code.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/providers/Lectern.Portal/register",
    operation_id = "Registrations_Register",
    tag = "Beyond: my machines",
    request_body = RegisterBody,
    responses((status = OK, body = Registered))
)]
pub async fn register(State(api): State<Api>, call: Call, body: Body) -> Result<Json<Registered>> {
    let said: RegisterBody = body.read(&api, "RegisterBody")?;
    let address = format!("token/{}", call.actor.person);
    let seat = api
        .services
        .register(&call.actor, &said.code, &address)
        .await?;
    Ok(Json(Registered {
        seated: seat == Seat::Taken,
    }))
}

fn shown(api: &Api, place: MyPlace) -> MyVirtualMachine {
    let (lab, machine) = (&place.place.lab, place.place.machine.as_ref());
    let quota = place.time.quota.as_ref();
    MyVirtualMachine {
        lab_title: lab.title.to_string(),
        name: machine.map(|machine| machine.hostname.to_string()),
        state: machine.map(|machine| machine.state().into()),
        connection_profile: machine.map(|machine| VirtualMachineConnectionProfile {
            private_ip_address: machine.seen.address.clone(),
            ssh_in_browser_url: (machine.state() == MachineState::Running
                && lab.connection.web_ssh_access == ConnectionType::Public)
                .then(|| format!("{}/machines/{}/terminal", api.base, machine.id)),
            admin_username: lab.accounts.admin.to_string(),
            non_admin_username: lab.accounts.non_admin.as_ref().map(ToString::to_string),
        }),
        waiting_before: place.waiting_before,
        quota: quota.map(|standing| time::span(standing.allowance.total)),
        used: quota.map(|standing| time::span(standing.used)),
        why_not: place.time.why_not.map(|why| why.sentence()),
    }
}

/// The caller's own machines.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/providers/Lectern.Portal/myVirtualMachines",
    operation_id = "MyVirtualMachines_List",
    tag = "Beyond: my machines",
    responses((status = OK, body = MyVirtualMachines))
)]
pub async fn list_my_machines(
    State(api): State<Api>,
    call: Call,
) -> Result<Json<MyVirtualMachines>> {
    let places = api.services.my_places(&call.actor).await?;
    Ok(Json(MyVirtualMachines {
        value: places.into_iter().map(|place| shown(&api, place)).collect(),
        next_link: None,
    }))
}

async fn act(api: &Api, call: &Call, act: Act) -> Result<Response> {
    let name = call.resource("virtualMachineName")?;
    let places = api.services.my_places(&call.actor).await?;
    let machine = places
        .into_iter()
        .filter_map(|place| place.place.machine)
        .find(|machine| name.is(machine.hostname.as_str()));
    let machine = machine.ok_or_else(|| ArmError::not_found("virtual machine"))?;
    let operation = api.services.act(&call.actor, machine.id, act).await?;
    Ok(work::begun::<()>(
        call,
        Some(&operation),
        StatusCode::ACCEPTED,
        None,
    ))
}

/// Starts the caller's own machine, within its quota.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/providers/Lectern.Portal/myVirtualMachines/{virtualMachineName}/start",
    operation_id = "MyVirtualMachines_Start",
    tag = "Beyond: my machines",
    responses((status = OK, description = "It runs."), (status = ACCEPTED, description = "It starts."))
)]
pub async fn start_my_machine(State(api): State<Api>, call: Call) -> Result<Response> {
    act(&api, &call, Act::Start).await
}

/// Stops the caller's own machine.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/providers/Lectern.Portal/myVirtualMachines/{virtualMachineName}/stop",
    operation_id = "MyVirtualMachines_Stop",
    tag = "Beyond: my machines",
    responses((status = OK, description = "It is stopped."), (status = ACCEPTED, description = "It stops."))
)]
pub async fn stop_my_machine(State(api): State<Api>, call: Call) -> Result<Response> {
    act(&api, &call, Act::Stop).await
}

/// Remakes the caller's own machine. Its contents are lost.
#[utoipa::path(
    post,
    path = "/subscriptions/{subscriptionId}/providers/Lectern.Portal/myVirtualMachines/{virtualMachineName}/reimage",
    operation_id = "MyVirtualMachines_Reimage",
    tag = "Beyond: my machines",
    responses((status = OK, description = "It is done."), (status = ACCEPTED, description = "It is being remade."))
)]
pub async fn reimage_my_machine(State(api): State<Api>, call: Call) -> Result<Response> {
    act(&api, &call, Act::Reimage).await
}
