//! Bringing a class onto a lab's list: files, invitations, the link to be shown.

use leptos::prelude::*;

use crate::error::AppError;
use crate::view::WrittenView;

/// The page that takes a file, and that shows what would become of it.
#[server(prefix = "/sfn", endpoint = "lab/import", input = server_fn::codec::GetUrl)]
pub async fn import(id: String) -> Result<WrittenView, AppError> {
    use service::imports::Fate;

    use crate::address::Address;
    use crate::context::{self, fail};
    use crate::pages::lab::import;
    use crate::view::{ImportLineView, ImportView, WithLab};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&id, "lab")?;
    let services = &backend.services;
    let detail = services.lab_detail(&actor, lab).await;
    let detail = detail.map_err(|e| fail(e.into()))?;
    let names = detail.usage.groups.iter();
    let groups: Vec<String> = names.map(|group| group.name.to_string()).collect();
    let draft = Address::current().query("draft").unwrap_or_default();
    let view = super::labs::lab_view(&backend, &actor, detail);
    if draft.is_empty() {
        return Ok(import::ask(&view, &groups));
    }
    let draft = context::id(&draft, "file")?;
    let preview = services.preview_list(&actor, lab, draft).await;
    let preview = preview.map_err(|e| fail(e.into()))?;
    let count = |wanted: fn(&Fate) -> bool| {
        let lines = preview.lines.iter();
        lines.filter(|line| wanted(&line.fate)).count()
    };
    let page = ImportView {
        draft: draft.to_string(),
        added: count(|fate| matches!(fate, Fate::Add(_))),
        changed: count(|fate| matches!(fate, Fate::Change(_))),
        same: count(|fate| matches!(fate, Fate::Nothing(_))),
        refused: count(|fate| matches!(fate, Fate::Refuse(_))),
        others: preview.others,
        columns: preview
            .columns
            .iter()
            .map(|(column, heading)| (column.title().to_owned(), heading.clone()))
            .collect(),
        ignored: preview.ignored.clone(),
        lines: preview
            .lines
            .iter()
            .map(|line| {
                let (fate, entry, why) = match &line.fate {
                    Fate::Add(entry) => (("ready", "Added"), Some(entry), None),
                    Fate::Change(entry) => (("starting", "Changed"), Some(entry), None),
                    Fate::Nothing(entry) => (("stopped", "As it is"), Some(entry), None),
                    Fate::Refuse(why) => (("failed", "Left out"), None, Some(why.clone())),
                };
                let name = entry.and_then(|entry| entry.name.as_ref());
                let group = entry.and_then(|entry| entry.group.as_ref());
                ImportLineView {
                    number: line.number,
                    state: fate.0,
                    fate: fate.1,
                    text: match entry {
                        Some(entry) => entry.email.to_string(),
                        None => line.text.clone(),
                    },
                    name: name.map(ToString::to_string),
                    group: group.map(ToString::to_string),
                    hours: entry
                        .and_then(|entry| entry.additional)
                        .map(super::words::hours::extra),
                    why,
                }
            })
            .collect(),
    };
    Ok(import::preview(&WithLab {
        lab: view,
        more: page,
    }))
}

/// Takes a file over that was looked at.
#[server(prefix = "/sfn", endpoint = "users/import")]
pub async fn import_list(lab: String, #[server(default)] draft: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    let draft = context::id(&draft, "file")?;
    let done = backend.services.import_list(&actor, lab, draft).await;
    done.map_err(|e| fail(e.into()))?;
    leptos_axum::redirect(&format!("{}/users", context::lab_path(lab)));
    Ok(())
}

/// The page that sends invitations.
#[server(prefix = "/sfn", endpoint = "lab/invite", input = server_fn::codec::GetUrl)]
pub async fn invite_page(id: String) -> Result<WrittenView, AppError> {
    use domain::role::Permission;
    use domain::user::InvitationState;

    use super::words;
    use crate::context::{self, fail};
    use crate::view::{InviteLineView, InviteView, WithLab};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&id, "lab")?;
    let services = &backend.services;
    let detail = services.lab_detail(&actor, lab).await;
    let detail = detail.map_err(|e| fail(e.into()))?;
    let failures = services.failed_invitations(&actor, lab).await;
    let failures = failures.map_err(|e| fail(e.into()))?;
    let lines = detail.users.iter();
    let lines = lines.filter(|user| user.person.is_none() && user.email.is_reachable());
    let lines = lines.map(|user| InviteLineView {
        id: user.id.to_string(),
        email: user.email.to_string(),
        name: user.full_name.as_ref().map(ToString::to_string),
        badge: words::user(user, false, None),
        chosen: matches!(
            user.invitation,
            InvitationState::NotSent | InvitationState::Failed
        ),
        at: user.invited_at.map(words::moment),
        why: failures.get(&user.id).cloned(),
    });
    let more = InviteView {
        may: actor.may(Permission::InviteUsers, &detail.lab),
        mail: services.mailer.is_set_up(),
        link: detail.link.as_ref().is_none_or(|link| link.enabled),
        lines: lines.collect(),
    };
    let page = WithLab {
        more,
        lab: super::labs::lab_view(&backend, &actor, detail),
    };
    Ok(crate::pages::lab::invite::write(&page))
}

/// Sends invitations to those who are ticked, with an educator's own words.
#[server(prefix = "/sfn", endpoint = "users/invite")]
pub async fn invite(
    lab: String,
    #[server(default)] users: Vec<String>,
    #[server(default)] text: String,
) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    let users = users.iter().map(|user| context::id(user, "user"));
    let users = users.collect::<Result<Vec<_>, _>>()?;
    let sent = backend
        .services
        .invite_all(&actor, lab, &users, &text)
        .await;
    sent.map_err(|e| fail(e.into()))?;
    leptos_axum::redirect(&format!("{}/invite", context::lab_path(lab)));
    Ok(())
}

/// Takes those who are ticked off a lab's list.
#[server(prefix = "/sfn", endpoint = "users/remove-chosen")]
pub async fn remove_users(
    lab: String,
    #[server(default)] users: Vec<String>,
) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    let users = users.iter().map(|user| context::id(user, "user"));
    let users = users.collect::<Result<Vec<_>, _>>()?;
    let removed = backend.services.remove_users(&actor, lab, &users).await;
    removed.map_err(|e| fail(e.into()))
}

/// A lab's registration link, to be shown to a class, with its limits.
#[server(prefix = "/sfn", endpoint = "lab/join", input = server_fn::codec::GetUrl)]
pub async fn join(id: String) -> Result<WrittenView, AppError> {
    use super::words;
    use crate::context::{self, fail};
    use crate::view::JoinView;

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&id, "lab")?;
    let services = &backend.services;
    let detail = services.lab_detail(&actor, lab).await;
    let detail = detail.map_err(|e| fail(e.into()))?;
    let link = detail.link.as_ref().ok_or_else(|| {
        let message = "Your role does not allow seeing the registration link of this lab.";
        fail(service::Error::Forbidden(message.to_owned()).into())
    })?;
    let zone = services.lab_zone(&actor, lab).await;
    let zone = zone.map_err(|e| fail(e.into()))?;
    let registered = detail.users.iter().filter(|user| user.person.is_some());
    let (registered, waiting) = (registered.count(), detail.waiting().len());
    let end = link.expires_at.map(|at| zone.local(at));
    Ok(crate::pages::lab::join::write(&JoinView {
        lab: lab.to_string(),
        title: detail.lab.title.to_string(),
        url: format!("{}/register/{}", backend.public_url, link.code),
        code: link.code.clone(),
        works: link.enabled
            && link.expires_at.is_none_or(|at| services.now() < at)
            && link.uses_left != Some(0),
        expires_at: link.expires_at.map(words::moment),
        end_date: end.map(|end| end.strftime("%Y-%m-%d").to_string()),
        end_time: end.map(|end| end.strftime("%H:%M").to_string()),
        zone: zone.as_str().to_owned(),
        uses_left: link.uses_left,
        registered,
        waiting,
        seats: detail.pool.len(),
    }))
}

/// Limits a registration link: until a time of the lab's zone, and to so many more people. What is
/// empty is no limit.
#[server(prefix = "/sfn", endpoint = "users/limit")]
pub async fn limit_link(
    lab: String,
    #[server(default)] date: String,
    #[server(default)] time: String,
    #[server(default)] uses: String,
) -> Result<(), AppError> {
    use domain::Invalid;
    use domain::civil::{parse_date, parse_time};
    use service::users::LinkChange;

    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    let zone = backend.services.lab_zone(&actor, lab).await;
    let zone = zone.map_err(|e| fail(e.into()))?;
    let read = || -> Result<LinkChange, Invalid> {
        let expires_at = match date.as_str() {
            "" => None,
            date => {
                let time = match time.as_str() {
                    "" => "23:59",
                    time => time,
                };
                let local = parse_date("expires_at", date)?.to_datetime(parse_time("time", time)?);
                Some(zone.timestamp(local))
            }
        };
        let uses_left = match uses.trim() {
            "" => None,
            uses => Some(uses.parse().map_err(|_| {
                Invalid::new(
                    "uses",
                    "Write how many more people may register, such as 30.",
                )
            })?),
        };
        Ok(LinkChange::Limit {
            expires_at,
            uses_left,
        })
    };
    let change = read().map_err(|e| fail(e.into()))?;
    let changed = backend.services.change_link(&actor, lab, change).await;
    changed.map_err(|e| fail(e.into()))
}
