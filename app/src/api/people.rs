//! Who is signed in, and how they come and go.

use leptos::prelude::*;

use crate::error::AppError;
use crate::view::{SessionView, WrittenView};

/// The frame around every page.
#[server(prefix = "/sfn", endpoint = "session", input = server_fn::codec::GetUrl)]
pub async fn session() -> Result<SessionView, AppError> {
    use domain::plan::Plan;
    use domain::resource::ResourceGroup;
    use domain::role::{Permission, Target};
    use service::engine::EngineKind;

    use crate::context;

    let backend = context::backend()?;
    let group = ResourceGroup::default_group();
    let plan = Target::Plan(Plan::DEFAULT, &group);
    let person = context::caller()
        .actor
        .map(|actor| crate::view::PersonView {
            initials: initials(actor.name.as_str()),
            name: actor.name.to_string(),
            email: super::words::address(&actor.email),
            educator: !actor.grants.is_empty(),
            may_plan: actor.may(Permission::WritePlan, plan),
            may_people: actor.may(Permission::ManagePeople, Target::Organisation),
        });
    let mut engine_away = backend.engine.borrow().away.clone();
    // Who has no part in running it hears that it is away, and not why.
    if !person.as_ref().is_some_and(|person| person.educator) {
        engine_away = engine_away.map(|_| String::new());
    }
    Ok(SessionView {
        person,
        simulated: backend.services.engine.kind() == EngineKind::Simulator,
        engine_away,
        flash: crate::flash::current(backend.secure),
    })
}

/// Signs in and leads to where the person wanted to go.
#[server(prefix = "/sfn", endpoint = "sign-in")]
pub async fn sign_in(
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let backend = context::backend()?;
    let origin = context::caller().origin;
    let token = backend
        .identity
        .sign_in(&email, &password, &origin)
        .await
        .map_err(|e| fail(e.into()))?;
    begin_session(&backend, &token).await?;
    leptos_axum::redirect(context::local_path(&next).as_deref().unwrap_or("/"));
    Ok(())
}

/// Signs out and leads to `next`, or else to the sign-in page.
#[server(prefix = "/sfn", endpoint = "sign-out")]
pub async fn sign_out(#[server(default)] next: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let backend = context::backend()?;
    if let Some(hash) = context::caller().session_hash {
        backend
            .identity
            .sign_out(&hash)
            .await
            .map_err(|e| fail(e.into()))?;
    }
    context::set_session(&backend, None);
    leptos_axum::redirect(context::local_path(&next).as_deref().unwrap_or("/sign-in"));
    Ok(())
}

/// What is behind a one-time link.
#[server(prefix = "/sfn", endpoint = "welcome", input = server_fn::codec::GetUrl)]
pub async fn welcome(token: String) -> Result<WrittenView, AppError> {
    use service::store::LinkPurpose;

    use crate::context::{self, fail};
    use crate::view::WelcomeView;

    let backend = context::backend()?;
    let purpose = backend
        .identity
        .link(&token, &context::caller().origin.address)
        .await
        .map_err(|e| fail(e.into()))?;
    let link = match purpose {
        LinkPurpose::FirstOwner => WelcomeView {
            owner: true,
            email: None,
            name: None,
        },
        LinkPurpose::SignIn { email, .. } => {
            let name = backend.identity.name_of(&email).await;
            WelcomeView {
                owner: false,
                email: Some(email.to_string()),
                name: name
                    .map_err(|e| fail(e.into()))?
                    .map(|name| name.to_string()),
            }
        }
    };
    Ok(crate::pages::welcome::write(token, link))
}

/// Uses a one-time link: makes the account and signs in.
#[server(prefix = "/sfn", endpoint = "welcome/use")]
pub async fn use_link(
    token: String,
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let backend = context::backend()?;
    let account = account(&name, &email, &password).map_err(fail)?;
    let origin = context::caller().origin;
    let session = backend
        .identity
        .use_link(&token, account, &origin)
        .await
        .map_err(|e| fail(e.into()))?;
    begin_session(&backend, &session).await?;
    leptos_axum::redirect(context::local_path(&next).as_deref().unwrap_or("/"));
    Ok(())
}

/// Gives the browser its new session. One that it had before ends: nobody else may go on with it.
#[cfg(feature = "ssr")]
pub(super) async fn begin_session(
    backend: &crate::context::Backend,
    token: &str,
) -> Result<(), AppError> {
    use crate::context::{self, fail};

    if let Some(before) = context::caller().session_hash {
        backend
            .identity
            .sign_out(&before)
            .await
            .map_err(|e| fail(e.into()))?;
    }
    context::set_session(backend, Some(token));
    Ok(())
}

/// Parses what a person tells about themselves.
#[cfg(feature = "ssr")]
pub(super) fn account(
    name: &str,
    email: &str,
    password: &str,
) -> Result<identity::accounts::NewAccount, AppError> {
    Ok(identity::accounts::NewAccount {
        name: domain::name::PersonName::parse(name)?,
        email: domain::email::Email::parse(email)?,
        password: domain::credentials::Password::for_person(password)?,
    })
}

/// The first letters of the first and last word of a name.
#[cfg(feature = "ssr")]
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first
        .into_iter()
        .chain(last)
        .flat_map(char::to_uppercase)
        .collect()
}
