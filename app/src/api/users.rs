//! A lab's list and its registration link.

use leptos::prelude::*;

use crate::error::AppError;

/// Adds addresses to a lab's list.
#[server(prefix = "/sfn", endpoint = "users/add")]
pub async fn add_users(lab: String, #[server(default)] emails: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    backend
        .services
        .add_users(&actor, lab, &emails)
        .await
        .map_err(|e| fail(e.into()))?;
    Ok(())
}

/// Takes a user off a lab's list.
#[server(prefix = "/sfn", endpoint = "users/remove")]
pub async fn remove_user(lab: String, user: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let (lab, user) = (context::id(&lab, "lab")?, context::id(&user, "user")?);
    backend
        .services
        .remove_user(&actor, lab, user)
        .await
        .map_err(|e| fail(e.into()))
}

/// Takes a lab's list over from its group now.
#[server(prefix = "/sfn", endpoint = "users/sync")]
pub async fn sync_users(lab: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    let synced = backend.services.sync_lab(&actor, lab).await;
    // What came of it is on the page, whatever it is.
    synced.map(drop).map_err(|e| fail(e.into()))
}

/// Says for how many days who left the group keeps their machine.
#[server(prefix = "/sfn", endpoint = "users/grace")]
pub async fn set_grace(lab: String, #[server(default)] grace: String) -> Result<(), AppError> {
    use domain::grace::GraceDays;

    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    let grace = GraceDays::parse(&grace).map_err(|e| fail(service::Error::from(e).into()))?;
    let set = backend.services.set_grace(&actor, lab, grace).await;
    set.map_err(|e| fail(e.into()))
}

/// Changes the registration link: `enable`, `disable`, `regenerate`, `open` or `restrict`.
#[server(prefix = "/sfn", endpoint = "users/link")]
pub async fn change_link(lab: String, change: String) -> Result<(), AppError> {
    use service::users::LinkChange;

    use crate::context::{self, fail};
    use crate::error::Kind;

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    let change = match change.as_str() {
        "enable" => LinkChange::Enable(true),
        "disable" => LinkChange::Enable(false),
        "regenerate" => LinkChange::Regenerate,
        "open" => LinkChange::OpenAccess(true),
        "restrict" => LinkChange::OpenAccess(false),
        _ => {
            return Err(fail(AppError::new(
                Kind::Invalid,
                "There is no such change of a registration link.",
            )));
        }
    };
    backend
        .services
        .change_link(&actor, lab, change)
        .await
        .map_err(|e| fail(e.into()))
}
