//! Redeeming a registration link.

use leptos::prelude::*;

use crate::error::AppError;
use crate::view::WrittenView;

/// What is behind a registration link. Changes nothing.
#[server(prefix = "/sfn", endpoint = "register/show", input = server_fn::codec::GetUrl)]
pub async fn invitation(code: String) -> Result<WrittenView, AppError> {
    use crate::context::{self, fail};
    use crate::view::InvitationView;

    let backend = context::backend()?;
    let caller = context::caller();
    let invitation = backend
        .services
        .invitation(&code, caller.actor.as_ref(), &caller.origin.address)
        .await
        .map_err(|e| fail(e.into()))?;
    let invitation = InvitationView {
        title: invitation.title.to_string(),
        description: invitation.description.to_string(),
        registered: invitation.registered,
        email: caller.actor.map(|actor| actor.email.to_string()),
    };
    let ways = super::account::ways(&backend, &format!("/register/{code}"));
    Ok(crate::pages::register::write(code, invitation, ways))
}

/// Registers the person who is signed in.
#[server(prefix = "/sfn", endpoint = "register/confirm")]
pub async fn register(code: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    backend
        .services
        .register(&actor, &code, &context::caller().origin.address)
        .await
        .map_err(|e| fail(e.into()))?;
    leptos_axum::redirect("/machines");
    Ok(())
}

/// Makes a student's account; the link's page then asks to register.
#[server(prefix = "/sfn", endpoint = "register/sign-up")]
pub async fn sign_up(
    code: String,
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] password: String,
) -> Result<(), AppError> {
    use domain::registration::RegistrationCode;

    use crate::context::{self, fail};

    let backend = context::backend()?;
    let account = super::people::account(&name, &email, &password).map_err(fail)?;
    let origin = context::caller().origin;
    let session = backend
        .identity
        .sign_up(&code, account, &origin)
        .await
        .map_err(|e| fail(e.into()))?;
    super::people::begin_session(&backend, &session).await?;
    // As it is printed, not as it was typed: what was typed may not fit into an address.
    let page = RegistrationCode::parse(&code).map_or_else(
        |_| "/".to_owned(),
        |code| format!("/register/{}", code.expose()),
    );
    leptos_axum::redirect(&page);
    Ok(())
}
