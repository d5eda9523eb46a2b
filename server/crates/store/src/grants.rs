//! Roles that were given, and the groups by which people have them.

use domain::id::PersonId;
use domain::resource::ResourceGroup;
use domain::role::{Assignment, Grant, PeopleGroup, Principal, Scope};
use domain::time::Timestamp;
use service::store::StoreResult;

use crate::codes::{Code as _, choice};
use crate::columns::{count, id, optional_id, parsed};
use crate::db::{Db, args, row, statements};
use crate::failure::defect;

macro_rules! columns {
    () => {
        "grants.id, grants.person, grants.group_source, grants.group_id, grants.role, grants.resource_group, \
         grants.plan, grants.lab"
    };
}

statements! {
    // By themselves; by a provider's claim; by a directory, where the address is theirs beyond doubt. A
    // group that is pushed is known by its id there as well.
    OF_PERSON = "SELECT ", columns!(), " FROM grants WHERE grants.person = $1
        UNION SELECT ", columns!(), " FROM identities
            JOIN claimed_groups ON claimed_groups.provider = identities.provider
                AND claimed_groups.subject = identities.subject
            JOIN grants ON grants.group_source = claimed_groups.provider
                AND grants.group_id = claimed_groups.group_id
            WHERE identities.person = $1
        UNION SELECT ", columns!(), " FROM people
            JOIN directory_members ON directory_members.email = people.email
            JOIN grants ON grants.group_source = 'directory'
                AND grants.group_id = directory_members.directory_group
            WHERE people.id = $1 AND people.proven = 1
        UNION SELECT ", columns!(), " FROM people
            JOIN scim_members ON scim_members.person = people.id
            JOIN scim_groups ON scim_groups.id = scim_members.scim_group
            JOIN grants ON grants.group_source = 'directory'
                AND grants.group_id = scim_groups.external_id
            WHERE people.id = $1 AND people.proven = 1
        ORDER BY 1";
    EVERY = "SELECT ", columns!(), " FROM grants ORDER BY id";
    OWNER = "SELECT id FROM grants WHERE role = 'Owner' AND resource_group IS NULL AND plan IS NULL AND lab IS NULL
        AND person IN (SELECT id FROM people WHERE disabled = 0) LIMIT 1";
    INSERT = "INSERT INTO grants (person, group_source, group_id, role, resource_group, plan, lab)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    REMOVE = "DELETE FROM grants WHERE coalesce(person, '') = coalesce($1, '')
        AND coalesce(group_source, '') = coalesce($2, '') AND coalesce(group_id, '') = coalesce($3, '')
        AND role = $4 AND coalesce(lower(resource_group), '') = coalesce(lower($5), '')
        AND coalesce(plan, '') = coalesce($6, '') AND coalesce(lab, '') = coalesce($7, '')";
    CLAIMED = "SELECT provider, group_id, COUNT(*) FROM claimed_groups GROUP BY provider, group_id
        ORDER BY provider, group_id";
    FORGET_OLD_CLAIMS = "DELETE FROM claimed_groups WHERE NOT EXISTS (SELECT 1 FROM identities
        WHERE identities.provider = claimed_groups.provider
            AND identities.subject = claimed_groups.subject AND identities.used_at >= $1)";
    FORGET_CLAIMS = "DELETE FROM claimed_groups WHERE provider = $1 AND subject = $2";
    CLAIM = "INSERT INTO claimed_groups (provider, subject, group_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
}

row! {
    struct GrantRow {
        person: Option<String>,
        group_source: Option<String>,
        group_id: Option<String>,
        role: String,
        resource_group: Option<String>,
        plan: Option<String>,
        lab: Option<String>,
    }
}

fn to_assignment(row: GrantRow) -> StoreResult<Assignment> {
    let principal = match (row.person, row.group_source, row.group_id) {
        (Some(person), _, _) => Principal::Person(id("grants.person", &person)?),
        (None, Some(source), Some(group)) => {
            let group = PeopleGroup::parse(&source, &group);
            Principal::Group(parsed("grants.group_id", group)?)
        }
        _ => return Err(defect("a role was given to nobody")),
    };
    let group = row.resource_group.as_deref().map(ResourceGroup::parse);
    let group = parsed("grants.resource_group", group.transpose())?;
    let plan = optional_id("grants.plan", row.plan.as_deref())?;
    let lab = optional_id("grants.lab", row.lab.as_deref())?;
    let scope = match (group, plan, lab) {
        (Some(group), _, _) => Scope::Group(group),
        (None, Some(plan), _) => Scope::Plan(plan),
        (None, None, Some(lab)) => Scope::Lab(lab),
        (None, None, None) => Scope::Organisation,
    };
    Ok(Assignment {
        principal,
        grant: Grant {
            role: choice("grants.role", &row.role)?,
            scope,
        },
    })
}

pub(crate) async fn of_person(db: &mut Db, person: PersonId) -> StoreResult<Vec<Assignment>> {
    let rows: Vec<GrantRow> = db.fetch_all(OF_PERSON, args![person]).await?;
    rows.into_iter().map(to_assignment).collect()
}

pub(crate) async fn all(db: &mut Db) -> StoreResult<Vec<Assignment>> {
    let rows: Vec<GrantRow> = db.fetch_all(EVERY, args![]).await?;
    rows.into_iter().map(to_assignment).collect()
}

pub(crate) async fn has_owner(db: &mut Db) -> StoreResult<bool> {
    let row: Option<(i64,)> = db.fetch_optional(OWNER, args![]).await?;
    Ok(row.is_some())
}

/// Runs a statement that takes a principal, a role and a scope, in that order; how many rows it touched.
async fn about(
    db: &mut Db,
    statement: crate::db::Statement,
    principal: &Principal,
    grant: &Grant,
) -> StoreResult<u64> {
    let (person, group) = match principal {
        Principal::Person(person) => (Some(*person), None),
        Principal::Group(group) => (None, Some(group)),
    };
    let (resource_group, plan, lab) = match &grant.scope {
        Scope::Organisation => (None, None, None),
        Scope::Group(group) => (Some(group.as_str()), None, None),
        Scope::Plan(plan) => (None, Some(*plan), None),
        Scope::Lab(lab) => (None, None, Some(*lab)),
    };
    let args = args![
        person,
        group.map(|group| group.source.as_str()),
        group.map(|group| group.id.as_str()),
        grant.role.code(),
        resource_group,
        plan,
        lab,
    ];
    db.execute(statement, args).await
}

pub(crate) async fn insert(db: &mut Db, principal: &Principal, grant: &Grant) -> StoreResult<()> {
    about(db, INSERT, principal, grant).await.map(drop)
}

/// Whether it was there.
pub(crate) async fn remove(db: &mut Db, principal: &Principal, grant: &Grant) -> StoreResult<bool> {
    Ok(about(db, REMOVE, principal, grant).await? > 0)
}

pub(crate) async fn claimed(db: &mut Db) -> StoreResult<Vec<(PeopleGroup, u32)>> {
    let rows: Vec<(String, String, i64)> = db.fetch_all(CLAIMED, args![]).await?;
    rows.into_iter()
        .map(|(provider, group, people)| {
            let group = PeopleGroup::parse(&provider, &group);
            let group = parsed("claimed_groups.group_id", group)?;
            Ok((group, count("count", people)?))
        })
        .collect()
}

pub(crate) async fn forget_claims(db: &mut Db, before: Timestamp) -> StoreResult<()> {
    db.execute(FORGET_OLD_CLAIMS, args![before]).await.map(drop)
}

pub(crate) async fn put_claims(
    db: &mut Db,
    provider: &str,
    subject: &str,
    groups: &[String],
) -> StoreResult<()> {
    db.execute(FORGET_CLAIMS, args![provider, subject]).await?;
    for group in groups {
        db.execute(CLAIM, args![provider, subject, group.as_str()])
            .await?;
    }
    Ok(())
}
