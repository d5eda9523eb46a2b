//! Redeeming a registration link.

use leptos::prelude::*;

use crate::error::AppError;
use crate::view::WrittenView;

/// What is behind a registration link. Changes nothing.
#[server(prefix = "/sfn", endpoint = "register/show", input = server_fn::codec::GetUrl)]
pub async fn invitation(code: String) -> Result<WrittenView, AppError> {
    use crate::address::Address;
    use crate::context::{self, fail};
    use crate::view::InvitationView;

    let backend = context::backend()?;
    let caller = context::caller();
    let invitation = backend
        .services
        .invitation(&code, caller.actor.as_ref(), &caller.origin.address)
        .await
        .map_err(|e| fail(e.into()))?;
    let asked = |name: &str| Address::current().query(name).unwrap_or_default();
    let token = asked("proof");
    let holder = match caller.actor {
        None if !token.is_empty() => backend.identity.holder(&token).await,
        _ => Ok(None),
    };
    let holder = holder.map_err(|e| fail(e.into()))?;
    let invitation = InvitationView {
        mail: backend.services.mailer.is_set_up(),
        sent: !asked("sent").is_empty(),
        proof: holder.map(|holder| {
            let name = holder.name.map(|name| name.to_string());
            (token, holder.email.to_string(), name)
        }),
        title: invitation.title.to_string(),
        description: invitation.description.to_string(),
        registered: invitation.registered,
        email: caller
            .actor
            .map(|actor| super::words::told_apart(&actor.email, Some(actor.name.to_string()))),
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

/// Sends a link to an address with which somebody wants to register. The answer is the same whoever
/// asks.
#[server(prefix = "/sfn", endpoint = "register/ask")]
pub async fn ask_mailbox(code: String, #[server(default)] email: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let backend = context::backend()?;
    let address = context::caller().origin.address;
    let asked = backend.identity.ask_mailbox(&code, &email, &address).await;
    asked.map_err(|e| fail(e.into()))?;
    leptos_axum::redirect(&format!("{}?sent=1", page_of(&code)));
    Ok(())
}

/// The page of a code: as it is printed, not as it was typed, which may not fit into an address.
#[cfg(feature = "ssr")]
fn page_of(code: &str) -> String {
    use domain::registration::RegistrationCode;

    RegistrationCode::parse(code).map_or_else(
        |_| "/".to_owned(),
        |code| format!("/register/{}", code.expose()),
    )
}

/// Makes a student's account; the link's page then asks to register.
#[server(prefix = "/sfn", endpoint = "register/sign-up")]
pub async fn sign_up(
    code: String,
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] password: String,
) -> Result<(), AppError> {
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
    leptos_axum::redirect(&page_of(&code));
    Ok(())
}
