//! Quotas, groups, resets, and what was used.

use leptos::prelude::*;

use crate::error::AppError;
use crate::view::WrittenView;

/// Sets everyone's hours.
#[server(prefix = "/sfn", endpoint = "quota/lab")]
pub async fn set_quota(lab: String, #[server(default)] hours: String) -> Result<(), AppError> {
    use domain::quota::UsageQuota;

    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    let quota = UsageQuota::parse_hours(&hours).map_err(|e| named(e, "hours"))?;
    let set = backend.services.set_quota(&actor, lab, quota).await;
    set.map_err(|e| fail(e.into()))
}

/// Sets one user's additional hours.
#[server(prefix = "/sfn", endpoint = "quota/user")]
pub async fn set_additional_quota(
    lab: String,
    user: String,
    #[server(default)] hours: String,
) -> Result<(), AppError> {
    use domain::quota::AdditionalQuota;

    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    let user = context::id(&user, "user")?;
    let additional = match hours.trim() {
        "" => AdditionalQuota::NONE,
        hours => AdditionalQuota::parse_hours(hours).map_err(|e| named(e, "hours"))?,
    };
    let set = backend
        .services
        .set_additional_quota(&actor, lab, user, additional)
        .await;
    set.map_err(|e| fail(e.into()))
}

/// Sets used hours to zero: of `users`, or with `all` of everyone; from a day on, or from now.
#[server(prefix = "/sfn", endpoint = "quota/reset")]
pub async fn reset_used_hours(
    lab: String,
    #[server(default)] users: Vec<String>,
    #[server(default)] all: String,
    #[server(default)] from: String,
) -> Result<(), AppError> {
    use domain::civil::parse_date;

    use super::words::week::zone_of;
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let services = &backend.services;
    let lab = context::id(&lab, "lab")?;
    let whom = whom(&users, &all)?;
    let from = match from.trim() {
        "" => services.now(),
        date => {
            let date = parse_date("from", date).map_err(|e| fail(e.into()))?;
            let page = services.schedule_page(&actor, lab).await;
            let page = page.map_err(|e| fail(e.into()))?;
            zone_of(&page.schedules).timestamp(date.at(0, 0, 0, 0))
        }
    };
    let reset = services.reset_used_hours(&actor, lab, &whom, from).await;
    reset.map(drop).map_err(|e| fail(e.into()))
}

/// Takes a reset back.
#[server(prefix = "/sfn", endpoint = "quota/undo-reset")]
pub async fn undo_reset(lab: String, user: String, reset: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    let user = context::id(&user, "user")?;
    let reset = context::id(&reset, "reset")?;
    let undone = backend.services.undo_reset(&actor, lab, user, reset).await;
    undone.map_err(|e| fail(e.into()))
}

/// Makes a group; without hours it has the lab's quota.
#[server(prefix = "/sfn", endpoint = "groups/create")]
pub async fn create_group(
    lab: String,
    #[server(default)] name: String,
    #[server(default)] hours: String,
) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    let (name, quota) = group(&name, &hours)?;
    let made = backend
        .services
        .create_group(&actor, lab, name, quota)
        .await;
    made.map(drop).map_err(|e| fail(e.into()))
}

/// Changes a group's name and hours.
#[server(prefix = "/sfn", endpoint = "groups/update")]
pub async fn update_group(
    lab: String,
    group: String,
    #[server(default)] name: String,
    #[server(default)] hours: String,
) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    let id = context::id(&group, "group")?;
    let (name, quota) = self::group(&name, &hours)?;
    let changed = backend
        .services
        .update_group(&actor, lab, id, name, quota)
        .await;
    changed.map_err(|e| fail(e.into()))
}

/// Removes a group.
#[server(prefix = "/sfn", endpoint = "groups/delete")]
pub async fn delete_group(lab: String, group: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    let group = context::id(&group, "group")?;
    let deleted = backend.services.delete_group(&actor, lab, group).await;
    deleted.map_err(|e| fail(e.into()))
}

/// Puts users into a group, or into none.
#[server(prefix = "/sfn", endpoint = "groups/assign")]
pub async fn assign_group(
    lab: String,
    #[server(default)] group: String,
    #[server(default)] users: Vec<String>,
) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    let group = match group.as_str() {
        "" => None,
        group => Some(context::id(group, "group")?),
    };
    let whom = whom(&users, "")?;
    let assigned = backend
        .services
        .assign_group(&actor, lab, &whom, group)
        .await;
    assigned.map_err(|e| fail(e.into()))
}

/// “I'm still here”.
#[server(prefix = "/sfn", endpoint = "machines/stay")]
pub async fn stay(machine: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let machine = context::id(&machine, "machine")?;
    let stays = backend.services.stay(&actor, machine).await;
    stays.map_err(|e| fail(e.into()))
}

/// What one user of a lab used.
#[server(prefix = "/sfn", endpoint = "lab/usage", input = server_fn::codec::GetUrl)]
pub async fn usage_of(id: String, user: String) -> Result<WrittenView, AppError> {
    use domain::role::Permission;

    use super::words::hours;
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&id, "lab")?;
    let user = context::id(&user, "user")?;
    let services = &backend.services;
    let usage = services.usage_of(&actor, lab, user).await;
    let usage = usage.map_err(|e| fail(e.into()))?;
    let history = services.lab_activity(&actor, lab).await;
    let history = history.map_err(|e| fail(e.into()))?;
    let names = hours::Names {
        machines: &history.machines,
        people: &history.people,
    };
    let may = actor.may(Permission::ManageUsers, &usage.lab);
    let back = format!("{}/users", context::lab_path(lab));
    let view = hours::usage(&usage, false, back, may, &names);
    let events = format!("/events/labs/{lab}");
    let address = format!("/sfn/lab/usage?id={lab}&user={user}");
    Ok(crate::pages::time::usage::write(&view, events, address))
}

/// What the caller used on a machine of their own.
#[server(prefix = "/sfn", endpoint = "machines/usage", input = server_fn::codec::GetUrl)]
pub async fn my_usage(machine: String) -> Result<WrittenView, AppError> {
    use std::collections::HashMap;

    use super::words::hours;
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let machine = context::id(&machine, "machine")?;
    let services = &backend.services;
    let usage = services.my_usage(&actor, machine).await;
    let usage = usage.map_err(|e| fail(e.into()))?;
    let places = services.my_places(&actor).await;
    let places = places.map_err(|e| fail(e.into()))?;
    let machines = places
        .into_iter()
        .filter_map(|place| place.place.machine)
        .map(|machine| (machine.id, machine))
        .collect();
    // A student learns no other names than their own.
    let people: HashMap<_, _> = usage.person.iter().map(|p| (p.id, p.clone())).collect();
    let names = hours::Names {
        machines: &machines,
        people: &people,
    };
    let view = hours::usage(&usage, true, "/machines".to_owned(), false, &names);
    let events = "/events/machines".to_owned();
    let address = format!("/sfn/machines/usage?machine={machine}");
    Ok(crate::pages::time::usage::write(&view, events, address))
}

/// What ran in a lab lately; of one user, with `user`.
#[server(prefix = "/sfn", endpoint = "lab/activity", input = server_fn::codec::GetUrl)]
pub async fn activity(
    id: String,
    #[server(default)] user: String,
) -> Result<WrittenView, AppError> {
    use super::words::hours;
    use crate::address::percent_encode;
    use crate::context::{self, fail};
    use crate::view::{ActivityView, WithLab};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&id, "lab")?;
    let services = &backend.services;
    let history = services.lab_activity(&actor, lab).await;
    let history = history.map_err(|e| fail(e.into()))?;
    let names = hours::Names {
        machines: &history.machines,
        people: &history.people,
    };
    let now = services.now();
    let of = |run: &domain::meter::Run| run.user.and_then(|id| history.users.get(&id));
    let runs = history
        .runs
        .iter()
        .filter(|(run, _)| user.is_empty() || run.user.is_some_and(|u| u.to_string() == user))
        .map(|(run, pieces)| hours::run(run, pieces, of(run), &names, now))
        .collect();
    let mut users: Vec<(String, String)> = history
        .users
        .values()
        .map(|user| {
            let person = user.person.and_then(|id| history.people.get(&id));
            let name = person.map(|person| person.name.to_string());
            (
                user.id.to_string(),
                name.unwrap_or_else(|| user.email.to_string()),
            )
        })
        .collect();
    users.sort_by_key(|(_, name)| name.to_lowercase());
    let address = format!("/sfn/lab/activity?id={lab}&user={}", percent_encode(&user));
    let page = WithLab {
        lab: super::labs::lab(id).await?,
        more: ActivityView {
            runs,
            users,
            user,
            cut: history.cut,
        },
    };
    Ok(crate::pages::time::activity::write(&page, address))
}

/// A refusal of a field by the name that the form has for it.
#[cfg(feature = "ssr")]
pub(super) fn named(invalid: domain::Invalid, field: &str) -> AppError {
    crate::context::fail(AppError {
        field: Some(field.to_owned()),
        ..AppError::from(invalid)
    })
}

#[cfg(feature = "ssr")]
fn whom(users: &[String], all: &str) -> Result<service::quotas::Whom, AppError> {
    use service::quotas::Whom;

    if !all.is_empty() {
        return Ok(Whom::All);
    }
    let ids = users.iter().map(|id| crate::context::id(id, "user"));
    Ok(Whom::These(ids.collect::<Result<_, _>>()?))
}

#[cfg(feature = "ssr")]
fn group(
    name: &str,
    hours: &str,
) -> Result<(domain::group::GroupName, Option<domain::quota::UsageQuota>), AppError> {
    use domain::group::GroupName;
    use domain::quota::UsageQuota;

    let name = GroupName::parse(name).map_err(|e| crate::context::fail(e.into()))?;
    let quota = match hours.trim() {
        "" => None,
        hours => Some(UsageQuota::parse_hours(hours).map_err(|e| named(e, "hours"))?),
    };
    Ok((name, quota))
}
