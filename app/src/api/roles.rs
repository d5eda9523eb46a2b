//! People and their roles.

use leptos::prelude::*;

use crate::error::AppError;
use crate::view::WrittenView;

/// Everybody with an account, and the roles they and groups have.
#[server(prefix = "/sfn", endpoint = "people", input = server_fn::codec::GetUrl)]
pub async fn roles() -> Result<WrittenView, AppError> {
    use domain::role::{Permission, Target};
    use service::store::PersonKind;

    use super::words;
    use super::words::roles as names;
    use crate::context::{self, fail};
    use crate::view::{GrantView, PeopleView, PersonLine};

    let (backend, actor) = context::signed_in()?;
    let services = &backend.services;
    let people = services.people(&actor).await;
    let people = people.map_err(|e| fail(e.into()))?;
    let groups = services.roles_of_groups(&actor).await;
    let groups = groups.map_err(|e| fail(e.into()))?;
    let places = services.places_of(&actor).await;
    let places = places.map_err(|e| fail(e.into()))?;
    let known = services.known_groups(&actor).await;
    let known = known.map_err(|e| fail(e.into()))?;
    let line = |one: service::people::PersonWithRoles| PersonLine {
        me: one.person.id == actor.person,
        id: one.person.id.to_string(),
        name: one.person.name.to_string(),
        email: match one.person.kind {
            PersonKind::Application => "Program".to_owned(),
            PersonKind::User | PersonKind::Expected => words::address(&one.person.email),
        },
        badge: words::person(&one.person),
        off: one.person.disabled,
        labs: (one.labs > 0).then(|| words::count(one.labs, "lab", "labs")),
        grants: one
            .grants
            .into_iter()
            .map(|(grant, place)| GrantView {
                principal: names::principal(&one.person.id.into()),
                role: grant.role.name().to_owned(),
                place: names::place(&grant.scope),
                text: names::grant(&grant, &place),
            })
            .collect(),
    };
    Ok(crate::pages::people::write(&PeopleView {
        may_give: actor.may(Permission::GiveRoles, Target::Organisation),
        mail: services.mailer.is_set_up(),
        roles: names::choices(),
        sources: names::sources(backend.identity.oidc().names()),
        known: known.iter().map(names::known_group).collect(),
        places: places
            .iter()
            .map(|(scope, name)| (names::place(scope), name.clone()))
            .collect(),
        people: people.into_iter().map(line).collect(),
        groups: names::holders(&groups),
    }))
}

/// Who has a role in a lab.
#[server(prefix = "/sfn", endpoint = "lab/roles", input = server_fn::codec::GetUrl)]
pub async fn lab_roles(id: String) -> Result<WrittenView, AppError> {
    use domain::role::{Permission, Scope};

    use super::words::roles as names;
    use crate::context::{self, fail};
    use crate::view::{LabRolesView, WithLab};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&id, "lab")?;
    let services = &backend.services;
    let detail = services.lab_detail(&actor, lab).await;
    let detail = detail.map_err(|e| fail(e.into()))?;
    let held = services.roles_in_lab(&actor, lab).await;
    let held = held.map_err(|e| fail(e.into()))?;
    let view = LabRolesView {
        may_give: actor.may(Permission::GiveRoles, &detail.lab),
        mail: services.mailer.is_set_up(),
        place: names::place(&Scope::Lab(lab)),
        roles: names::choices(),
        sources: names::sources(backend.identity.oidc().names()),
        held: names::holders(&held),
    };
    let page = WithLab {
        more: view,
        lab: super::labs::lab_view(&backend, &actor, detail),
    };
    let address = format!("/sfn/lab/roles?id={lab}");
    Ok(crate::pages::lab::roles::write(&page, address))
}

/// Gives a role: to a person by their address, whom a mail invites where they are not known yet, or to
/// a group of `source`.
#[server(prefix = "/sfn", endpoint = "people/give")]
pub async fn give_role(
    #[server(default)] email: String,
    #[server(default)] source: String,
    #[server(default)] group: String,
    #[server(default)] role: String,
    #[server(default)] place: String,
) -> Result<(), AppError> {
    use domain::email::Email;
    use domain::role::PeopleGroup;
    use service::roles::Recipient;

    use super::words::roles as names;
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let grant = names::read_grant(&role, &place).map_err(fail)?;
    let known = |source: &str| {
        let providers = backend.identity.oidc().names();
        source == PeopleGroup::DIRECTORY || providers.iter().any(|(id, _)| id == source)
    };
    let to = if source.is_empty() {
        Recipient::Email(Email::parse(&email).map_err(|e| fail(e.into()))?)
    } else if known(&source) {
        let group = PeopleGroup::parse(&source, &group);
        Recipient::Group(group.map_err(|e| fail(e.into()))?)
    } else {
        return Err(fail(service::Error::NotFound("source of groups").into()));
    };
    let given = backend.services.give_role(&actor, &to, &grant).await;
    given.map_err(|e| fail(e.into()))?;
    if let Recipient::Email(email) = to {
        let invited = backend.identity.invite_expected(&actor, &email).await;
        invited.map_err(|e| fail(e.into()))?;
    }
    Ok(())
}

/// Takes a role from a person or a group.
#[server(prefix = "/sfn", endpoint = "people/take")]
pub async fn take_role(
    principal: String,
    #[server(default)] role: String,
    #[server(default)] place: String,
) -> Result<(), AppError> {
    use super::words::roles as names;
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let principal = names::read_principal(&principal).map_err(fail)?;
    let grant = names::read_grant(&role, &place).map_err(fail)?;
    let taken = backend.services.take_role(&actor, &principal, &grant).await;
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
