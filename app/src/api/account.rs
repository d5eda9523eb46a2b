//! The caller's own account: how they sign in, and where they are signed in; and the ways back in for
//! those who are not.

use leptos::prelude::*;

use crate::error::AppError;
use crate::view::WrittenView;

/// The cookie with what somebody has to prove who came by a provider.
#[cfg(feature = "ssr")]
pub const PROOF: &str = "lectern-proof";

/// The sign-in page, which leads to `next`.
#[server(prefix = "/sfn", endpoint = "sign-in/show", input = server_fn::codec::GetUrl)]
pub async fn sign_in_page(#[server(default)] next: String) -> Result<WrittenView, AppError> {
    use crate::context;

    let backend = context::backend()?;
    let ways = ways(&backend, &next);
    let mail = backend.services.mailer.is_set_up();
    let passkeys = backend.identity.passkey_origin();
    Ok(crate::pages::sign_in::write(next, ways, mail, passkeys))
}

/// The providers, each with the address that leads to it and then to `next`.
#[cfg(feature = "ssr")]
pub(super) fn ways(backend: &crate::context::Backend, next: &str) -> Vec<crate::view::WayView> {
    let next = crate::address::percent_encode(next);
    let way = |(id, name): (String, String)| crate::view::WayView {
        href: format!("/sign-in/by/{id}?next={next}"),
        name,
    };
    let names = backend.identity.oidc().names();
    names.into_iter().map(way).collect()
}

/// Sends a link for a new password. The answer is the same whoever asks.
#[server(prefix = "/sfn", endpoint = "sign-in/forgot")]
pub async fn forgot(#[server(default)] email: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let backend = context::backend()?;
    let address = context::caller().origin.address;
    let sent = backend.identity.forgot(&email, &address).await;
    sent.map_err(|e| fail(e.into()))?;
    leptos_axum::redirect("/sign-in/forgot?sent=1");
    Ok(())
}

/// The page that asks for the password of the account that a provider is to be linked to.
#[server(prefix = "/sfn", endpoint = "sign-in/proof", input = server_fn::codec::GetUrl)]
pub async fn proof() -> Result<WrittenView, AppError> {
    use crate::context::{self, fail};

    let backend = context::backend()?;
    let ticket = context::cookie(&context::cookie_name(backend.secure, PROOF));
    let asked = backend.identity.asked(ticket.as_deref());
    let asked = asked.map_err(|e| fail(e.into()))?;
    Ok(crate::pages::sign_in::prove(asked.provider, asked.email))
}

/// Links the provider that somebody came by to their account, and signs in.
#[server(prefix = "/sfn", endpoint = "sign-in/prove")]
pub async fn prove(#[server(default)] password: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let backend = context::backend()?;
    let ticket = context::cookie(&context::cookie_name(backend.secure, PROOF));
    let origin = context::caller().origin;
    let proven = backend
        .identity
        .prove(ticket.as_deref(), &password, &origin)
        .await;
    let (token, next) = proven.map_err(|e| fail(e.into()))?;
    super::people::begin_session(&backend, &token).await?;
    context::set_cookie(&context::private_cookie(backend.secure, PROOF, "", 0));
    let next = next.as_deref().and_then(context::local_path);
    leptos_axum::redirect(next.as_deref().unwrap_or("/"));
    Ok(())
}

/// The page of the caller's account.
#[server(prefix = "/sfn", endpoint = "account", input = server_fn::codec::GetUrl)]
pub async fn account() -> Result<WrittenView, AppError> {
    use super::words;
    use crate::context::{self, fail};
    use crate::view::{AccountView, LinkedView, PasskeyLine, SessionLine};

    let (backend, actor) = context::signed_in()?;
    let identity = &backend.identity;
    let names = identity.oidc().names();
    let platforms = identity.lti().names().await;
    let platforms = platforms.map_err(|e| fail(e.into()))?;
    let name_of = |id: &str| {
        if let Some(passkey) = identity::passkeys::begun_by_passkey(id) {
            return format!("passkey “{passkey}”");
        }
        let mut all = names.iter().chain(&platforms);
        let known = all.find(|(one, _)| one == id);
        known.map_or_else(|| id.to_owned(), |(_, name)| name.clone())
    };
    let sessions = identity.own_sessions(&actor).await;
    let sessions = sessions.map_err(|e| fail(e.into()))?;
    let linked = identity.own_identities(&actor).await;
    let linked = linked.map_err(|e| fail(e.into()))?;
    let passkeys = identity.own_passkeys(&actor).await;
    let passkeys = passkeys.map_err(|e| fail(e.into()))?;
    let password = identity.has_password(&actor).await;
    let caller = context::caller();
    let this = caller.session_hash;
    let ways = names
        .iter()
        .filter(|(id, _)| !linked.iter().any(|one| one.provider == *id))
        .cloned();
    let view = AccountView {
        name: actor.name.to_string(),
        email: words::address(&actor.email),
        password: password.map_err(|e| fail(e.into()))?,
        mail: backend.services.mailer.is_set_up(),
        linkable: ways.collect(),
        linked: linked
            .iter()
            .map(|one| LinkedView {
                id: one.provider.clone(),
                name: name_of(&one.provider),
                email: one.email.as_ref().map(ToString::to_string),
                used_at: words::moment(one.used_at),
            })
            .collect(),
        passkey_origin: identity.passkey_origin(),
        passkey_name: words::browser(&caller.origin.agent),
        passkeys: passkeys
            .into_iter()
            .map(|passkey| PasskeyLine {
                credential: passkey.credential,
                name: passkey.name.to_string(),
                added_at: words::moment(passkey.created_at),
                used_at: passkey.used_at.map(words::moment),
            })
            .collect(),
        sessions: sessions
            .into_iter()
            .map(|session| SessionLine {
                this: this.as_deref() == Some(session.hash.as_str()),
                browser: words::browser(&session.origin.agent),
                from: session.origin.address,
                by: session.provider.as_deref().map(name_of),
                began_at: words::moment(session.created_at),
                used_at: words::moment(session.used_at),
                hash: session.hash,
            })
            .collect(),
    };
    Ok(crate::pages::account::write(&view))
}

/// Changes the caller's password; their other sessions end.
#[server(prefix = "/sfn", endpoint = "account/password")]
pub async fn change_password(
    #[server(default)] old: String,
    #[server(default)] password: String,
) -> Result<(), AppError> {
    use domain::credentials::Password;

    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let new = Password::for_person(&password).map_err(|e| fail(e.into()))?;
    let this = context::caller().session_hash;
    let changed = backend
        .identity
        .change_password(&actor, &old, &new, this.as_deref())
        .await;
    changed.map_err(|e| fail(e.into()))
}

/// Ends one of the caller's sessions.
#[server(prefix = "/sfn", endpoint = "account/end-session")]
pub async fn end_session(session: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let ended = backend.identity.end_own_session(&actor, &session).await;
    ended.map_err(|e| fail(e.into()))
}

/// Ends all of the caller's sessions but this one.
#[server(prefix = "/sfn", endpoint = "account/end-others")]
pub async fn end_others() -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let this = context::caller().session_hash;
    let ended = backend
        .identity
        .end_other_sessions(&actor, this.as_deref())
        .await;
    ended.map_err(|e| fail(e.into()))
}

/// Unlinks a provider from the caller's account.
#[server(prefix = "/sfn", endpoint = "account/unlink")]
pub async fn unlink(#[server(default)] provider: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let unlinked = backend.identity.unlink(&actor, &provider).await;
    unlinked.map_err(|e| fail(e.into()))
}

/// Removes a passkey from the caller's account.
#[server(prefix = "/sfn", endpoint = "account/passkeys/remove")]
pub async fn remove_passkey(#[server(default)] passkey: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let removed = backend.identity.remove_passkey(&actor, &passkey).await;
    removed.map_err(|e| fail(e.into()))
}
