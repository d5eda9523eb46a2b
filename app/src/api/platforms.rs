//! Learning platforms: added by hand or by themselves, changed, switched off, removed.

use leptos::prelude::*;

use crate::error::AppError;
use crate::view::WrittenView;

/// The cookie that carries a new one-time address to the page that shows it, once.
#[cfg(feature = "ssr")]
const MADE: &str = "lectern-invited";

/// The page.
#[server(prefix = "/sfn", endpoint = "platforms", input = server_fn::codec::GetUrl)]
pub async fn platforms() -> Result<WrittenView, AppError> {
    use service::platforms::PlatformWithCourses;

    use super::words;
    use crate::context::{self, fail};
    use crate::view::{CourseLine, PlatformLine, PlatformsView};

    let (backend, actor) = context::signed_in()?;
    let all = backend.services.platforms(&actor).await;
    let all = all.map_err(|e| fail(e.into()))?;
    let line = |one: PlatformWithCourses| {
        let details = one.platform.details;
        let courses = one.courses.into_iter().flat_map(|(course, labs)| {
            labs.into_iter().map(move |(lab, title)| CourseLine {
                id: course.id.to_string(),
                title: course.title.clone(),
                lab: lab.to_string(),
                lab_title: title,
            })
        });
        PlatformLine {
            id: one.platform.id.to_string(),
            on: one.platform.enabled,
            added_at: Some(words::moment(one.platform.created_at)),
            name: details.name.to_string(),
            issuer: details.issuer,
            client_id: details.client_id,
            deployments: details.deployments.join("\n"),
            authorization: details.authorization.to_string(),
            token: details.token.to_string(),
            audience: details.audience.unwrap_or_default(),
            keys: details.keys.to_string(),
            pages: details.pages.join("\n"),
            trusts_email: details.trusts_email,
            courses: courses.collect(),
        }
    };
    let made = context::cookie(&context::cookie_name(backend.secure, MADE));
    if made.is_some() {
        carry(&backend, None);
    }
    let site = &backend.public_url;
    let view = PlatformsView {
        addresses: vec![
            (
                "Target link, launch and redirect",
                format!("{site}/lti/launch"),
            ),
            ("Login initiation", format!("{site}/lti/login")),
            ("Public keys (JWKS)", format!("{site}/lti/jwks")),
            (
                "Deep linking and content selection",
                format!("{site}/lti/launch"),
            ),
        ],
        made: made.map(|token| format!("{site}/lti/register/{token}")),
        platforms: all.into_iter().map(line).collect(),
    };
    Ok(crate::pages::platforms::write(&view))
}

/// Adds a platform, or changes the one with the id `platform`.
#[server(prefix = "/sfn", endpoint = "platforms/save")]
pub async fn save_platform(
    #[server(default)] platform: String,
    #[server(default)] name: String,
    #[server(default)] issuer: String,
    #[server(default)] client_id: String,
    #[server(default)] deployments: String,
    #[server(default)] authorization: String,
    #[server(default)] token: String,
    #[server(default)] audience: String,
    #[server(default)] keys: String,
    #[server(default)] pages: String,
    #[server(default)] trusts_email: String,
) -> Result<(), AppError> {
    use domain::platform::PlatformDraft;

    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let draft = PlatformDraft {
        name,
        issuer,
        client_id,
        deployments,
        authorization,
        token,
        audience,
        keys,
        pages,
        trusts_email: trusts_email == "on",
    };
    let services = &backend.services;
    let saved = if platform.is_empty() {
        services.add_platform(&actor, &draft).await.map(drop)
    } else {
        let id = context::id(&platform, "platform")?;
        services.change_platform(&actor, id, &draft).await
    };
    saved.map_err(|e| fail(e.into()))
}

/// Lets people come from a platform (“on” in `on`), or not.
#[server(prefix = "/sfn", endpoint = "platforms/switch")]
pub async fn switch_platform(
    #[server(default)] platform: String,
    #[server(default)] on: String,
) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let id = context::id(&platform, "platform")?;
    let switched = backend.services.switch_platform(&actor, id, on == "on");
    switched.await.map_err(|e| fail(e.into()))
}

/// Removes a platform.
#[server(prefix = "/sfn", endpoint = "platforms/remove")]
pub async fn remove_platform(#[server(default)] platform: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let id = context::id(&platform, "platform")?;
    let removed = backend.services.remove_platform(&actor, id).await;
    removed.map_err(|e| fail(e.into()))
}

/// Unlinks a course from a lab.
#[server(prefix = "/sfn", endpoint = "platforms/unlink")]
pub async fn unlink_course(
    #[server(default)] course: String,
    #[server(default)] lab: String,
) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let course = context::id(&course, "course")?;
    let lab = context::id(&lab, "lab")?;
    let unlinked = backend.services.unlink_course(&actor, course, lab).await;
    unlinked.map_err(|e| fail(e.into()))
}

/// Makes an address by which a platform registers itself; the page then shows it.
#[server(prefix = "/sfn", endpoint = "platforms/invite")]
pub async fn invite_platform() -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let token = backend.services.invite_platform(&actor).await;
    carry(&backend, Some(&token.map_err(|e| fail(e.into()))?));
    Ok(())
}

/// Makes another key to sign with.
#[server(prefix = "/sfn", endpoint = "platforms/key")]
pub async fn rotate_key() -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let keyring = backend.identity.lti().keyring();
    let made = keyring.rotate(&backend.services, &actor).await;
    made.map_err(|e| fail(e.into()))
}

/// Sets the cookie with a new address' token, or takes it away. No script can read it, and no other
/// site's request carries it.
#[cfg(feature = "ssr")]
fn carry(backend: &crate::context::Backend, token: Option<&str>) {
    let name = crate::context::cookie_name(backend.secure, MADE);
    let secure = if backend.secure { "; Secure" } else { "" };
    let (value, age) = token.map_or(("", 0), |token| (token, 60));
    crate::context::set_cookie(&format!(
        "{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}"
    ));
}
