//! Labs: seeing, making, changing, publishing, deleting.

use leptos::prelude::*;

use crate::error::AppError;
use crate::view::{LabView, WrittenView};

/// The caller's labs.
#[server(prefix = "/sfn", endpoint = "labs", input = server_fn::codec::GetUrl)]
pub async fn labs() -> Result<WrittenView, AppError> {
    use domain::role::Permission;

    use super::words;
    use crate::context::{self, fail};
    use crate::view::LabTile;

    let (backend, actor) = context::signed_in()?;
    let labs = backend
        .services
        .labs(&actor)
        .await
        .map_err(|e| fail(e.into()))?;
    let tile = |summary: service::overview::LabSummary| LabTile {
        id: summary.lab.id.to_string(),
        title: summary.lab.title.to_string(),
        badge: words::lab(&summary.lab, summary.template_made),
        image: summary.lab.image.to_string(),
        running: format!("{} running", summary.running),
        seats: match summary.machines {
            0 => format!(
                "{} planned",
                words::count(summary.lab.capacity.seats(), "machine", "machines")
            ),
            machines => format!(
                "{} of {} taken",
                summary.claimed,
                words::count(machines, "machine", "machines")
            ),
        },
        progress: summary.operation.as_ref().map(words::progress),
    };
    let may_create = actor.may_somewhere(Permission::CreateLab);
    let tiles = labs.into_iter().map(tile).collect();
    let deleted = backend.services.deleted_labs(&actor).await;
    let deleted = deleted.map_err(|e| fail(e.into()))?.len();
    Ok(crate::pages::labs::write(tiles, may_create, deleted))
}

/// The form of a new lab.
#[server(prefix = "/sfn", endpoint = "labs/options", input = server_fn::codec::GetUrl)]
pub async fn new_lab() -> Result<WrittenView, AppError> {
    use domain::size::{SIZES, SizeName};

    use super::words;
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let images = backend
        .services
        .images_for_new_lab(&actor)
        .await
        .map_err(|e| fail(e.into()))?;
    let sizes = SIZES
        .iter()
        .filter_map(|size| SizeName::parse(size.name).ok());
    let plans = backend.services.plans_for_new_lab(&actor).await;
    let plans = plans.map_err(|e| fail(e.into()))?;
    let first = plans.first();
    let first = first.ok_or_else(|| fail(service::Error::NotFound("lab plan").into()))?;
    let usual = domain::quota::UsageQuota::DEFAULT;
    Ok(crate::pages::new_lab::write(&crate::view::LabOptions {
        quota: words::hours::hours(usual.seconds()),
        shutdown: words::hours::shutdown(&first.shutdown),
        // Who may begin with one plan only is not asked.
        plans: match plans.len() {
            1 => Vec::new(),
            _ => plans
                .iter()
                .map(|plan| (plan.id.to_string(), plan.name.to_string()))
                .collect(),
        },
        images: images
            .into_iter()
            .map(|image| (image.name.to_string(), image.title))
            .collect(),
        sizes: sizes
            .map(|name| (name.as_str().to_owned(), words::size(name)))
            .collect(),
    }))
}

/// A lab's Settings page.
#[server(prefix = "/sfn", endpoint = "lab/settings", input = server_fn::codec::GetUrl)]
pub async fn settings(id: String) -> Result<WrittenView, AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let kept = backend
        .services
        .bin_days(&actor, context::id(&id, "lab")?)
        .await
        .map_err(|e| fail(e.into()))?;
    let lab = lab(id).await?;
    let address = format!("/sfn/lab/settings?id={}", lab.id);
    Ok(crate::pages::lab::settings::write(&lab, kept, address))
}

/// One lab, for all its pages.
#[server(prefix = "/sfn", endpoint = "lab", input = server_fn::codec::GetUrl)]
pub async fn lab(id: String) -> Result<LabView, AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let id = context::id(&id, "lab")?;
    let detail = backend
        .services
        .lab_detail(&actor, id)
        .await
        .map_err(|e| fail(e.into()))?;
    Ok(lab_view(&backend, &actor, detail))
}

#[cfg(feature = "ssr")]
pub(super) fn lab_view(
    backend: &crate::context::Backend,
    actor: &service::access::Actor,
    detail: service::overview::LabDetail,
) -> LabView {
    use domain::lab::LabState;
    use domain::role::Permission;

    use super::words;
    use crate::view::{LinkView, MayView, RosterView, UserView};

    let lab = &detail.lab;
    let name_of = |user: &domain::user::User| {
        user.person
            .and_then(|id| detail.people.get(&id))
            .map(|person| person.name.to_string())
    };
    let template_made = detail
        .template
        .as_ref()
        .is_some_and(|t| t.seen.build == Some(t.wanted.build));
    let pool = detail.pool.iter().map(|machine| {
        let user = machine
            .claimed_by
            .and_then(|id| detail.users.iter().find(|user| user.id == id));
        let user = user.map(|user| name_of(user).unwrap_or_else(|| words::address(&user.email)));
        words::machine(machine, user, detail.queue.get(&machine.id).copied())
    });
    let waiting = detail.waiting();
    let users = detail.users.iter().map(|user| {
        let machine = detail
            .pool
            .iter()
            .find(|machine| machine.claimed_by == Some(user.id));
        let (total, used) = detail
            .usage
            .users
            .get(&user.id)
            .copied()
            .unwrap_or_default();
        let group = user
            .group
            .and_then(|id| detail.usage.groups.iter().find(|group| group.id == id));
        let reset = detail.usage.resets.get(&user.id).and_then(|all| all.last());
        UserView {
            quota: words::hours::quota(total, used, None),
            extra_hours: words::hours::extra(user.additional),
            group: group.map(|group| group.name.to_string()),
            reset: reset.map(|reset| {
                let by = detail.people.get(&reset.by).map(|p| p.name.to_string());
                words::hours::reset(reset, by)
            }),
            id: user.id.to_string(),
            email: words::told_apart(&user.email, name_of(user)),
            name: name_of(user).or_else(|| user.full_name.as_ref().map(ToString::to_string)),
            badge: words::user(user, machine.is_some(), waiting.get(&user.id).copied()),
            machine: machine.map(|machine| machine.hostname.to_string()),
            leaves: detail.leavers.get(&user.id).copied().map(words::moment),
        }
    });
    let roster = detail.roster.as_ref().map(|(group, roster)| RosterView {
        group: group.clone(),
        grace: roster.grace_days.to_string(),
        synced_at: roster.synced_at.map(words::moment),
        outcome: roster.outcome.clone(),
        failed: roster.failed,
        soon: roster.mark.is_some(),
    });
    let link = detail.link.as_ref().map(|link| LinkView {
        url: format!("{}/register/{}", backend.public_url, link.code),
        enabled: link.enabled,
        open_access: lab.open_access,
        expires_at: link.expires_at.map(words::moment),
    });
    LabView {
        id: lab.id.to_string(),
        title: lab.title.to_string(),
        description: lab.description.as_str().to_owned(),
        badge: words::lab(lab, template_made),
        image: lab.image.to_string(),
        size: words::size(lab.size),
        capacity: lab.capacity.seats(),
        accounts: match &lab.accounts.non_admin {
            Some(student) => format!(
                "{} (administrator), {student} (students)",
                lab.accounts.admin
            ),
            None => format!("{} (administrator)", lab.accounts.admin),
        },
        published: lab.published_generation > 0,
        published_at: lab.published_at.map(words::moment),
        busy: !matches!(lab.state, LabState::Draft | LabState::Published),
        deleting: lab.deleting,
        has_template: lab.has_template(),
        template: detail
            .template
            .as_ref()
            .map(|t| words::machine(t, None, detail.queue.get(&t.id).copied())),
        pool: pool.collect(),
        users: users.collect(),
        roster,
        quota: words::hours::lab_quota(lab, &detail.usage.groups, &detail.users),
        shutdown: words::hours::shutdown(&lab.time.shutdown),
        budget: words::money::typed_amount(lab.money.budget),
        currency: lab.money.currency.to_string(),
        progress: detail.operation.as_ref().map(words::progress),
        trouble: lab.trouble.as_ref().map(|trouble| trouble.message.clone()),
        link,
        may: MayView {
            write: actor.may(Permission::WriteLab, lab),
            publish: actor.may(Permission::PublishLab, lab),
            operate: actor.may(Permission::OperateMachines, lab),
            connect: actor.may(Permission::ConnectMachines, lab),
            users: actor.may(Permission::ManageUsers, lab),
            delete: actor.may(Permission::DeleteLab, lab),
        },
    }
}

/// The form of a new lab.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct NewLabForm {
    /// The plan's id; the first that the caller may begin with, when nothing is chosen.
    #[serde(default)]
    pub plan: String,
    /// The lab's name.
    #[serde(default)]
    pub title: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// The image's name.
    #[serde(default)]
    pub image: String,
    /// The size's name.
    #[serde(default)]
    pub size: String,
    /// `TemplateVM` or `Image`.
    #[serde(default)]
    pub create_option: String,
    /// How many machines.
    #[serde(default)]
    pub capacity: String,
    /// The administrator account's name.
    #[serde(default)]
    pub username: String,
    /// Its password.
    #[serde(default)]
    pub password: String,
    /// “on” when all machines have the same password.
    #[serde(default)]
    pub shared_password: String,
    /// The students' account's name, when there is to be one.
    #[serde(default)]
    pub non_admin_username: String,
    /// Its password.
    #[serde(default)]
    pub non_admin_password: String,
    /// Hours of every user; the usual ones, when nothing is typed.
    #[serde(default)]
    pub quota: String,
    /// “on” where machines stop when the last connection has ended …
    #[serde(default)]
    pub shutdown_on_disconnect: String,
    /// … for so many minutes.
    #[serde(default)]
    pub disconnect_delay: String,
    /// “on” where machines stop when nobody connects …
    #[serde(default)]
    pub shutdown_when_not_connected: String,
    /// … for so many minutes.
    #[serde(default)]
    pub no_connect_delay: String,
    /// Whether they stop when nobody works on them: `None`, `UserAbsence` or `LowUsage` …
    #[serde(default)]
    pub shutdown_on_idle: String,
    /// … for so many minutes.
    #[serde(default)]
    pub idle_delay: String,
}

/// Makes a lab and leads to its page.
#[server(prefix = "/sfn", endpoint = "labs/create")]
pub async fn create_lab(lab: NewLabForm) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let plans = backend.services.plans_for_new_lab(&actor).await;
    let plans = plans.map_err(|e| fail(e.into()))?;
    let chosen = plans
        .iter()
        .find(|plan| lab.plan.is_empty() || plan.id.to_string() == lab.plan);
    let chosen = chosen.ok_or_else(|| fail(service::Error::NotFound("lab plan").into()))?;
    let new = read_new_lab(&lab, chosen).map_err(fail)?;
    let made = backend
        .services
        .create_lab(&actor, new)
        .await
        .map_err(|e| fail(e.into()))?;
    leptos_axum::redirect(&context::lab_path(made.lab.id));
    Ok(())
}

#[cfg(feature = "ssr")]
fn read_new_lab(
    form: &NewLabForm,
    plan: &domain::plan::Plan,
) -> Result<service::labs::NewLab, AppError> {
    use domain::Invalid;
    use domain::capacity::Capacity;
    use domain::credentials::{Password, Username};
    use domain::image::ImageName;
    use domain::lab::CreateOption;
    use domain::name::{Description, LabTitle};
    use domain::quota::UsageQuota;
    use domain::size::SizeName;

    use super::money::{Rules, rules};

    let non_admin = match form.non_admin_username.trim() {
        "" => None,
        name => Some((
            Username::parse("non_admin_username", name)?,
            Password::for_machine("non_admin_password", &form.non_admin_password)?,
        )),
    };
    Ok(service::labs::NewLab {
        place: service::labs::LabPlace::portal(plan),
        connection: domain::connection::ConnectionProfile::BROWSER,
        open_access: false,
        title: LabTitle::parse(&form.title)?,
        description: Description::parse(&form.description)?,
        image: ImageName::parse(&form.image)?,
        size: SizeName::parse(&form.size)?,
        create_option: match form.create_option.as_str() {
            "Image" => CreateOption::Image,
            "TemplateVM" => CreateOption::TemplateVm,
            _ => {
                return Err(Invalid::new(
                    "create_option",
                    "Choose whether the lab gets a template.",
                )
                .into());
            }
        },
        capacity: Capacity::parse(&form.capacity)?,
        admin: (
            Username::parse("username", &form.username)?,
            Password::for_machine("password", &form.password)?,
        ),
        non_admin,
        shared_password: form.shared_password == "on",
        quota: match form.quota.trim() {
            "" => UsageQuota::DEFAULT,
            hours => UsageQuota::parse_hours(hours).map_err(|invalid| AppError {
                field: Some("quota".to_owned()),
                ..AppError::from(invalid)
            })?,
        },
        shutdown: rules(&Rules {
            shutdown_on_disconnect: form.shutdown_on_disconnect.clone(),
            disconnect_delay: form.disconnect_delay.clone(),
            shutdown_when_not_connected: form.shutdown_when_not_connected.clone(),
            no_connect_delay: form.no_connect_delay.clone(),
            shutdown_on_idle: form.shutdown_on_idle.clone(),
            idle_delay: form.idle_delay.clone(),
        })?,
    })
}

/// Changes a lab's title and description.
#[server(prefix = "/sfn", endpoint = "labs/update")]
pub async fn update_lab(
    id: String,
    #[server(default)] title: String,
    #[server(default)] description: String,
) -> Result<(), AppError> {
    use domain::name::{Description, LabTitle};

    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let id = context::id(&id, "lab")?;
    let change = service::labs::LabChange {
        title: Some(LabTitle::parse(&title).map_err(|e| fail(e.into()))?),
        description: Some(Description::parse(&description).map_err(|e| fail(e.into()))?),
        ..Default::default()
    };
    backend
        .services
        .update_lab(&actor, id, change)
        .await
        .map_err(|e| fail(e.into()))?;
    Ok(())
}

/// Changes how many machines a lab has.
#[server(prefix = "/sfn", endpoint = "labs/capacity")]
pub async fn set_capacity(
    id: String,
    #[server(default)] capacity: String,
    #[server(default)] also_claimed: String,
) -> Result<(), AppError> {
    use domain::capacity::Capacity;

    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let id = context::id(&id, "lab")?;
    let capacity = Capacity::parse(&capacity).map_err(|e| fail(e.into()))?;
    backend
        .services
        .set_capacity(&actor, id, capacity, also_claimed == "on")
        .await
        .map_err(|e| fail(e.into()))
}

/// Publishes a lab.
#[server(prefix = "/sfn", endpoint = "labs/publish")]
pub async fn publish(
    id: String,
    #[server(default)] capacity: String,
    #[server(default)] remake: String,
) -> Result<(), AppError> {
    use domain::capacity::Capacity;
    use domain::lab::Remake;

    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let id = context::id(&id, "lab")?;
    let capacity = match capacity.trim() {
        "" => None,
        text => Some(Capacity::parse(text).map_err(|e| fail(e.into()))?),
    };
    let remake = match remake.as_str() {
        "" => Remake::Unclaimed,
        text => Remake::parse(text).map_err(|e| fail(e.into()))?,
    };
    backend
        .services
        .publish(&actor, id, remake, capacity)
        .await
        .map_err(|e| fail(e.into()))?;
    Ok(())
}

/// Deletes a lab. Its title must be typed, so that nobody does it by mistake.
#[server(prefix = "/sfn", endpoint = "labs/delete")]
pub async fn delete_lab(id: String, #[server(default)] typed: String) -> Result<(), AppError> {
    use crate::context::{self, fail};
    use crate::error::Kind;

    let (backend, actor) = context::signed_in()?;
    let id = context::id(&id, "lab")?;
    let title = backend
        .services
        .lab_title(&actor, id)
        .await
        .map_err(|e| fail(e.into()))?;
    if typed.trim() != title.as_str() {
        let message = format!("To delete the lab, type its name: {title}");
        return Err(fail(AppError {
            field: Some("typed".to_owned()),
            ..AppError::new(Kind::Invalid, message)
        }));
    }
    let kept = backend.services.bin_days(&actor, id).await;
    let kept = kept.map_err(|e| fail(e.into()))?.days() > 0;
    backend
        .services
        .delete_lab(&actor, id)
        .await
        .map_err(|e| fail(e.into()))?;
    // Where it can be brought back, that is the first thing to be seen.
    leptos_axum::redirect(if kept { "/labs/deleted" } else { "/labs" });
    Ok(())
}
