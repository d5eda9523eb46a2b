//! Machines: a student's own, and a lab's.

use leptos::prelude::*;

use crate::error::AppError;
use crate::view::{LoginView, PlaceView, TerminalView};

/// The caller's own machines.
#[server(prefix = "/sfn", endpoint = "machines", input = server_fn::codec::GetUrl)]
pub async fn my_machines() -> Result<Vec<PlaceView>, AppError> {
    use super::words;
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let places = backend
        .services
        .my_places(&actor)
        .await
        .map_err(|e| fail(e.into()))?;
    let view = |mine: service::overview::MyPlace| {
        let now = backend.services.now();
        let zone = mine.zone.clone();
        let quota = mine.time.quota.as_ref().map(|standing| {
            let class = mine.time.class.map(|window| (window, &zone));
            words::hours::quota(standing.allowance.total, standing.used, class)
        });
        PlaceView {
        quota: quota.unwrap_or_default(),
        countdown: words::hours::countdown(&mine.time, now),
        notices: words::hours::notices(&mine.time, now),
        blocked: mine.time.why_not.map(|why| why.sentence()),
        lab: mine.place.lab.id.to_string(),
        title: mine.place.lab.title.to_string(),
        description: mine.place.lab.description.as_str().to_owned(),
        image: mine.place.lab.image.to_string(),
        machine: mine.place.machine.as_ref().map(|machine| words::machine(machine, None, mine.queue)),
        waiting: match (mine.place.lab.published_generation, mine.waiting_before) {
            (0, _) => "Your educator is still preparing this lab. Your machine appears here when it is published.".to_owned(),
            (_, Some(0) | None) => "Every machine is taken at the moment. You are next in line.".to_owned(),
            (_, Some(before)) => {
                format!("Every machine is taken at the moment. {} before you.", words::count(before, "person waits", "people wait"))
            }
        },
    }
    };
    Ok(places.into_iter().map(view).collect())
}

/// Asks something of one machine: `start`, `stop`, `reimage` or `retry`.
#[server(prefix = "/sfn", endpoint = "machines/act")]
pub async fn act(machine: String, act: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let machine = context::id(&machine, "machine")?;
    let act = parse_act(&act).map_err(fail)?;
    backend
        .services
        .act(&actor, machine, act)
        .await
        .map(drop)
        .map_err(|e| fail(e.into()))
}

/// Asks something of a lab's pool: `press` is `start`, `stop` or `reimage` for the selected
/// machines, with `-all` for every one, or with `:ID` for one.
#[server(prefix = "/sfn", endpoint = "machines/pool")]
pub async fn act_on_pool(
    lab: String,
    #[server(default)] machines: Vec<String>,
    #[server(default)] press: String,
) -> Result<(), AppError> {
    use service::machines::Selection;

    use crate::context::{self, fail};
    use crate::error::Kind;

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    if let Some((act, machine)) = press.split_once(':') {
        let act = parse_act(act).map_err(fail)?;
        let machine = context::id(machine, "machine")?;
        return backend
            .services
            .act(&actor, machine, act)
            .await
            .map(drop)
            .map_err(|e| fail(e.into()));
    }
    let (act, selection) = match press.strip_suffix("-all") {
        Some(act) => (act, Selection::All),
        None if machines.is_empty() => {
            return Err(fail(AppError::new(
                Kind::Invalid,
                "Select at least one machine first.",
            )));
        }
        None => {
            let ids = machines
                .iter()
                .map(|id| context::id(id, "machine"))
                .collect::<Result<_, _>>()?;
            (press.as_str(), Selection::These(ids))
        }
    };
    let act = parse_act(act).map_err(fail)?;
    backend
        .services
        .act_on_many(&actor, lab, &selection, act)
        .await
        .map_err(|e| fail(e.into()))?;
    Ok(())
}

#[cfg(feature = "ssr")]
fn parse_act(text: &str) -> Result<service::machines::Act, AppError> {
    use service::machines::Act;

    use crate::error::Kind;

    match text {
        "start" => Ok(Act::Start),
        "stop" => Ok(Act::Stop),
        "reimage" => Ok(Act::Reimage),
        "retry" => Ok(Act::Retry),
        _ => Err(AppError::new(
            Kind::Invalid,
            "A machine can be started, stopped, reimaged or tried again.",
        )),
    }
}

/// The account to work with on a machine.
#[server(prefix = "/sfn", endpoint = "machines/login", input = server_fn::codec::GetUrl)]
pub async fn machine_login(machine: String) -> Result<LoginView, AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let machine = context::id(&machine, "machine")?;
    let login = backend
        .services
        .machine_login(&actor, machine)
        .await
        .map_err(|e| fail(e.into()))?;
    Ok(LoginView {
        username: login.username,
        password: login.password,
    })
}

/// A terminal's page.
#[server(prefix = "/sfn", endpoint = "machines/terminal", input = server_fn::codec::GetUrl)]
pub async fn terminal(machine: String) -> Result<TerminalView, AppError> {
    use domain::machine::{MachineKind, MachineState};

    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let id = context::id(&machine, "machine")?;
    let (machine, lab, own) = backend
        .services
        .connectable(&actor, id)
        .await
        .map_err(|e| fail(e.into()))?;
    Ok(TerminalView {
        machine: machine.id.to_string(),
        name: machine.hostname.to_string(),
        title: lab.title.to_string(),
        back: match (own, machine.kind) {
            (true, _) => "/machines".to_owned(),
            (false, MachineKind::Template) => context::lab_path(lab.id),
            (false, MachineKind::User) => format!("{}/pool", context::lab_path(lab.id)),
        },
        ready: machine.state() == MachineState::Running,
    })
}
