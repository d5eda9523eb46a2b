//! People and their roles.

use leptos::prelude::*;

use crate::error::AppError;
use crate::view::WrittenView;

/// Everybody with an account, and the roles they have.
#[server(prefix = "/sfn", endpoint = "people", input = server_fn::codec::GetUrl)]
pub async fn roles() -> Result<WrittenView, AppError> {
    use domain::role::{Permission, Role, Scope};
    use service::store::PersonKind;

    use super::words;
    use crate::context::{self, fail};
    use crate::view::{GrantView, PeopleView, PersonLine};

    let (backend, actor) = context::signed_in()?;
    let people = backend.services.people(&actor).await;
    let people = people.map_err(|e| fail(e.into()))?;
    let labs = backend.services.labs(&actor).await;
    let labs = labs.map_err(|e| fail(e.into()))?;
    let may_give = actor.may(Permission::GiveRoles, Scope::Organisation);
    let line = |one: service::people::PersonWithRoles| PersonLine {
        me: one.person.id == actor.person,
        id: one.person.id.to_string(),
        name: one.person.name.to_string(),
        email: match one.person.kind {
            PersonKind::Application => None,
            PersonKind::User | PersonKind::Expected => Some(one.person.email.to_string()),
        },
        badge: words::person(&one.person),
        off: one.person.disabled,
        labs: (one.labs > 0).then(|| words::count(one.labs, "lab", "labs")),
        grants: one
            .grants
            .into_iter()
            .map(|(grant, lab)| GrantView {
                role: grant.role.name().to_owned(),
                lab: match grant.scope {
                    Scope::Lab(lab) => lab.to_string(),
                    Scope::Organisation => String::new(),
                },
                text: match lab {
                    Some(title) => format!("{} of “{title}”", grant.role.title()),
                    None => grant.role.title().to_owned(),
                },
            })
            .collect(),
    };
    Ok(crate::pages::people::write(&PeopleView {
        may_give,
        mail: backend.services.mailer.is_set_up(),
        // What may least comes first: it is what is given by mistake.
        roles: Role::ALL
            .into_iter()
            .rev()
            .map(|role| {
                let text = format!("{}: {}", role.title(), role.sentence());
                (role.name().to_owned(), text)
            })
            .collect(),
        labs: labs
            .into_iter()
            .map(|summary| (summary.lab.id.to_string(), summary.lab.title.to_string()))
            .collect(),
        people: people.into_iter().map(line).collect(),
    }))
}

/// Reads a role and where it holds; without a lab it is the whole installation.
#[cfg(feature = "ssr")]
fn grant(role: &str, lab: &str) -> Result<domain::role::Grant, AppError> {
    use domain::role::{Grant, Role, Scope};

    use crate::context::{self, fail};

    let role = Role::parse(role).map_err(|e| fail(e.into()))?;
    let scope = match lab {
        "" => Scope::Organisation,
        id => Scope::Lab(context::id(id, "lab")?),
    };
    Ok(Grant { role, scope })
}

/// Gives somebody a role; who is not known yet is invited by mail.
#[server(prefix = "/sfn", endpoint = "people/give")]
pub async fn give_role(
    #[server(default)] email: String,
    #[server(default)] role: String,
    #[server(default)] lab: String,
) -> Result<(), AppError> {
    use domain::email::Email;

    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let email = Email::parse(&email).map_err(|e| fail(e.into()))?;
    let grant = grant(&role, &lab)?;
    let given = backend.services.give_role(&actor, &email, grant).await;
    given.map_err(|e| fail(e.into()))?;
    let invited = backend.identity.invite_expected(&actor, &email).await;
    invited.map_err(|e| fail(e.into()))
}

/// Takes a role from somebody.
#[server(prefix = "/sfn", endpoint = "people/take")]
pub async fn take_role(
    person: String,
    #[server(default)] role: String,
    #[server(default)] lab: String,
) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let person = context::id(&person, "person")?;
    let grant = grant(&role, &lab)?;
    let taken = backend.services.take_role(&actor, person, grant).await;
    taken.map_err(|e| fail(e.into()))
}

/// Switches an account off (“on” in `off`) or on again.
#[server(prefix = "/sfn", endpoint = "people/disable")]
pub async fn disable(person: String, #[server(default)] off: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let person = context::id(&person, "person")?;
    let off = off == "on";
    let done = backend.services.set_disabled(&actor, person, off).await;
    done.map_err(|e| fail(e.into()))
}

/// Ends all of somebody's sessions.
#[server(prefix = "/sfn", endpoint = "people/end-sessions")]
pub async fn end_sessions_of(person: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let person = context::id(&person, "person")?;
    let ended = backend.services.end_sessions_of(&actor, person).await;
    ended.map_err(|e| fail(e.into()))
}
