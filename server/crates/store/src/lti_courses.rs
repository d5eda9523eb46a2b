//! Courses of learning platforms, the labs they are linked to, and what works once.

use domain::id::{CourseId, LabId, PlatformId};
use domain::time::Timestamp;
use service::store::{Course, StoreResult};

use crate::columns::{id, time};
use crate::db::{Db, args, row, statements};

macro_rules! columns {
    () => {
        "id, platform, deployment, context, title, memberships, created_at, used_at"
    };
}

statements! {
    COURSE = "SELECT ", columns!(), " FROM lti_courses WHERE id = $1";
    BY_CONTEXT = "SELECT ", columns!(), " FROM lti_courses
        WHERE platform = $1 AND deployment = $2 AND context = $3";
    COURSES = "SELECT ", columns!(), " FROM lti_courses WHERE platform = $1 ORDER BY lower(title), id";
    INSERT = "INSERT INTO lti_courses (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (platform, deployment, context) DO NOTHING";
    SAVE = "UPDATE lti_courses SET title = $2, memberships = $3, used_at = $4 WHERE id = $1";
    LABS = "SELECT lab FROM lti_course_labs WHERE course = $1 ORDER BY linked_at, lab";
    LINK = "INSERT INTO lti_course_labs (course, lab, linked_at) VALUES ($1, $2, $3)
        ON CONFLICT (course, lab) DO NOTHING";
    UNLINK = "DELETE FROM lti_course_labs WHERE course = $1 AND lab = $2";
    FORGET_NONCES = "DELETE FROM lti_nonces WHERE ends_at < $1";
    USE_NONCE = "INSERT INTO lti_nonces (platform, nonce_hash, ends_at) VALUES ($1, $2, $3)
        ON CONFLICT (platform, nonce_hash) DO NOTHING";
}

row! {
    struct CourseRow {
        id: String,
        platform: String,
        deployment: String,
        context: String,
        title: String,
        memberships: Option<String>,
        created_at: i64,
        used_at: i64,
    }
}

fn to_course(row: CourseRow) -> StoreResult<Course> {
    Ok(Course {
        id: id("lti_courses.id", &row.id)?,
        platform: id("lti_courses.platform", &row.platform)?,
        deployment: row.deployment,
        context: row.context,
        title: row.title,
        memberships: row.memberships,
        created_at: time(row.created_at),
        used_at: time(row.used_at),
    })
}

pub(crate) async fn course(db: &mut Db, id: CourseId) -> StoreResult<Option<Course>> {
    let row = db.fetch_optional(COURSE, args![id]).await?;
    row.map(to_course).transpose()
}

pub(crate) async fn by_context(
    db: &mut Db,
    platform: PlatformId,
    deployment: &str,
    context: &str,
) -> StoreResult<Option<Course>> {
    let args = args![platform, deployment, context];
    let row = db.fetch_optional(BY_CONTEXT, args).await?;
    row.map(to_course).transpose()
}

pub(crate) async fn courses(db: &mut Db, platform: PlatformId) -> StoreResult<Vec<Course>> {
    let rows = db.fetch_all(COURSES, args![platform]).await?;
    rows.into_iter().map(to_course).collect()
}

pub(crate) async fn insert(db: &mut Db, course: &Course) -> StoreResult<()> {
    let args = args![
        course.id,
        course.platform,
        course.deployment.as_str(),
        course.context.as_str(),
        course.title.as_str(),
        course.memberships.as_deref(),
        course.created_at,
        course.used_at,
    ];
    db.execute(INSERT, args).await.map(drop)
}

pub(crate) async fn save(db: &mut Db, course: &Course) -> StoreResult<()> {
    let args = args![
        course.id,
        course.title.as_str(),
        course.memberships.as_deref(),
        course.used_at,
    ];
    db.execute(SAVE, args).await.map(drop)
}

pub(crate) async fn labs(db: &mut Db, course: CourseId) -> StoreResult<Vec<LabId>> {
    let rows: Vec<(String,)> = db.fetch_all(LABS, args![course]).await?;
    rows.into_iter()
        .map(|(lab,)| id("lti_course_labs.lab", &lab))
        .collect()
}

pub(crate) async fn link(
    db: &mut Db,
    course: CourseId,
    lab: LabId,
    at: Timestamp,
) -> StoreResult<()> {
    db.execute(LINK, args![course, lab, at]).await.map(drop)
}

/// Whether it was linked.
pub(crate) async fn unlink(db: &mut Db, course: CourseId, lab: LabId) -> StoreResult<bool> {
    Ok(db.execute(UNLINK, args![course, lab]).await? > 0)
}

/// Whether it was not used before.
pub(crate) async fn use_nonce(
    db: &mut Db,
    platform: PlatformId,
    hash: &str,
    ends_at: Timestamp,
    now: Timestamp,
) -> StoreResult<bool> {
    db.execute(FORGET_NONCES, args![now]).await?;
    Ok(db
        .execute(USE_NONCE, args![platform, hash, ends_at])
        .await?
        > 0)
}
