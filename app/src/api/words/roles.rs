//! Roles in words, and how forms name who holds them and where.

use domain::id::PersonId;
use domain::role::{Grant, PeopleGroup, Principal, Role, Scope};
use service::roles::{AssignmentLine, Reason};

use crate::error::AppError;
use crate::view::GrantView;

/// Who holds a role, as a form says it.
pub(in crate::api) fn principal(principal: &Principal) -> String {
    match principal {
        Principal::Person(person) => format!("person:{person}"),
        Principal::Group(group) => format!("group:{}/{}", group.source, group.id),
    }
}

/// Reads what [`principal`] wrote.
pub(in crate::api) fn read_principal(text: &str) -> Result<Principal, AppError> {
    let missing = || AppError::from(service::Error::NotFound("person"));
    let (kind, rest) = text.split_once(':').ok_or_else(missing)?;
    match kind {
        "person" => rest.parse().map(Principal::Person).map_err(|_| missing()),
        "group" => {
            let (source, id) = rest.split_once('/').ok_or_else(missing)?;
            Ok(Principal::Group(PeopleGroup::parse(source, id)?))
        }
        _ => Err(missing()),
    }
}

/// Where a role holds, as a form says it; empty for the whole installation.
pub(in crate::api) fn place(scope: &Scope) -> String {
    match scope {
        Scope::Organisation => String::new(),
        Scope::Group(group) => format!("group:{group}"),
        Scope::Plan(plan) => format!("plan:{plan}"),
        Scope::Lab(lab) => format!("lab:{lab}"),
    }
}

/// Reads what [`place`] wrote.
pub(in crate::api) fn read_place(text: &str) -> Result<Scope, AppError> {
    let missing = || AppError::from(service::Error::NotFound("place"));
    if text.is_empty() {
        return Ok(Scope::Organisation);
    }
    let (kind, rest) = text.split_once(':').ok_or_else(missing)?;
    match kind {
        "group" => Ok(Scope::Group(domain::resource::ResourceGroup::parse(rest)?)),
        "plan" => rest.parse().map(Scope::Plan).map_err(|_| missing()),
        "lab" => rest.parse().map(Scope::Lab).map_err(|_| missing()),
        _ => Err(missing()),
    }
}

/// Reads a role, and where it holds.
pub(in crate::api) fn read_grant(role: &str, place: &str) -> Result<Grant, AppError> {
    Ok(Grant {
        role: Role::parse(role)?,
        scope: read_place(place)?,
    })
}

/// “Lab Assistant of the lab “Python””; what holds everywhere is said without a place.
pub(in crate::api) fn grant(grant: &Grant, place: &str) -> String {
    match grant.scope {
        Scope::Organisation => grant.role.title().to_owned(),
        _ => format!("{} {place}", grant.role.title()),
    }
}

/// The roles to choose from: name and what it may. What may least comes first: it is what is given by
/// mistake.
pub(in crate::api) fn choices() -> Vec<(String, String)> {
    let all = Role::ALL.into_iter().rev();
    all.map(|role| {
        let text = format!("{}: {}", role.title(), role.sentence());
        (role.name().to_owned(), text)
    })
    .collect()
}

/// Who counts groups: the directory that is kept here, and the providers.
pub(in crate::api) fn sources(providers: Vec<(String, String)>) -> Vec<(String, String)> {
    let directory = (
        PeopleGroup::DIRECTORY.to_owned(),
        "the directory".to_owned(),
    );
    let named = |(id, name): (String, String)| (id, format!("“{name}”"));
    std::iter::once(directory)
        .chain(providers.into_iter().map(named))
        .collect()
}

/// A group that is known: its id, and what is known of it.
pub(in crate::api) fn known_group(group: &service::roles::KnownGroup) -> (String, String) {
    let people = super::count(group.people, "person", "people");
    let name = match &group.name {
        Some(name) => format!("{name}, {people}"),
        None => people,
    };
    (
        group.group.id.clone(),
        format!("{name} ({})", group.group.source),
    )
}

/// Who holds these roles: everybody once, in the order in which they come.
pub(in crate::api) fn holders(lines: &[AssignmentLine]) -> Vec<crate::view::HolderView> {
    let mut holders: Vec<(&Principal, crate::view::HolderView)> = Vec::new();
    for line in lines {
        let principal = &line.assignment.principal;
        let shown = holder(line);
        match holders.iter_mut().find(|(known, _)| *known == principal) {
            Some((_, known)) => known.grants.extend(shown.grants),
            None => holders.push((principal, shown)),
        }
    }
    holders.into_iter().map(|(_, shown)| shown).collect()
}

fn holder(line: &AssignmentLine) -> crate::view::HolderView {
    let held = &line.assignment;
    let mut who = line.who.clone();
    if let Some(first) = who.get(..1) {
        who = format!("{}{}", first.to_uppercase(), &who[1..]);
    }
    crate::view::HolderView {
        who: match held.principal {
            Principal::Group(_) => who,
            Principal::Person(_) => line.who.clone(),
        },
        email: line
            .email
            .as_ref()
            .filter(|email| email.is_reachable())
            .map(ToString::to_string),
        person: match held.principal {
            Principal::Person(person) => Some(person.to_string()),
            Principal::Group(_) => None,
        },
        grants: vec![GrantView {
            principal: principal(&held.principal),
            role: held.grant.role.name().to_owned(),
            place: place(&held.grant.scope),
            text: grant(&held.grant, &line.place),
        }],
    }
}

/// Why a permission is there, or which roles would give it.
pub(in crate::api) fn why(reason: &Reason, person: PersonId) -> String {
    if reason.because.is_empty() {
        let roles: Vec<&str> = reason.would().into_iter().map(Role::title).collect();
        return match roles.split_last() {
            Some((last, [])) => format!("{last} would allow it."),
            Some((last, more)) => format!("{} or {last} would allow it.", more.join(", ")),
            None => String::new(),
        };
    }
    let because = |line: &AssignmentLine| {
        let held = format!("{} {}", line.assignment.grant.role.title(), line.place);
        match &line.assignment.principal {
            Principal::Person(id) if *id == person => held,
            _ => format!("{held}, by being in {}", line.who),
        }
    };
    let all: Vec<String> = reason.because.iter().map(because).collect();
    format!("{}.", all.join("; "))
}

/// A few names; of many, the first three and how many more.
pub(in crate::api) fn several(names: &[String]) -> String {
    match names {
        [] => "nobody yet".to_owned(),
        [first, second, third, rest @ ..] if rest.len() > 2 => {
            format!("{first}, {second}, {third} and {} others", rest.len())
        }
        few => few.join(", "),
    }
}
