//! People who come from a course of a learning platform: to which lab, and as what.
//!
//! A course leads to a lab only where somebody who may change the lab has linked the two: what a
//! message of the platform names is not enough, as its educators can write anything there. A role in
//! the course gives no role here.

use domain::id::{CourseId, LabId, PlatformId};
use domain::lab::Lab;
use domain::role::Permission;
use domain::user::User;
use serde::{Deserialize, Serialize};

use crate::access::{self, Actor, Allowed};
use crate::error::{Error, Result};
use crate::labs::envelope_of;
use crate::registration::Seat;
use crate::services::Services;
use crate::store::{Audit, Course, Read, Record};
use crate::users::demand_line;

/// What somebody is in a course.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CourseRole {
    /// Learns there.
    Learner,
    /// Teaches, helps to, or runs the course.
    Staff,
    /// Neither: an observer, or the platform does not say.
    Other,
}

/// A course as a message of its platform describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CourseSeen {
    /// The platform.
    pub platform: PlatformId,
    /// The deployment.
    pub deployment: String,
    /// The platform's id of it.
    pub context: String,
    /// Its title.
    pub title: String,
    /// Where its members are asked for.
    pub memberships: Option<String>,
}

/// What becomes of somebody who comes from a course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attendance {
    /// On the lab's list, with a machine or waiting for one.
    Seated(Seat),
    /// Leads on to a lab that they have a role on.
    Lab(LabId),
    /// May choose the course's lab among their own.
    Choose(Vec<Lab>),
    /// Nothing, with the reason.
    Told(String),
}

impl Services {
    /// Notes that somebody came from a course, and what it is called by now.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_course(&self, seen: CourseSeen) -> Result<Course> {
        let now = self.now();
        let mut tx = self.store.write().await?;
        let known = tx.course_by_context(seen.platform, &seen.deployment, &seen.context);
        let course = match known.await? {
            Some(course) => {
                let course = Course {
                    title: seen.title,
                    memberships: seen.memberships.or(course.memberships),
                    used_at: now,
                    ..course
                };
                tx.save_course(&course).await?;
                course
            }
            None => {
                let course = Course {
                    id: self.new_course_id(),
                    platform: seen.platform,
                    deployment: seen.deployment,
                    context: seen.context,
                    title: seen.title,
                    memberships: seen.memberships,
                    created_at: now,
                    used_at: now,
                };
                tx.insert_course(&course).await?;
                // Another process may have been first.
                let there =
                    tx.course_by_context(course.platform, &course.deployment, &course.context);
                there.await?.unwrap_or(course)
            }
        };
        tx.commit(Record::Observation).await?;
        Ok(course)
    }

    /// Leads somebody on who comes from a course. Learners come onto the list of its lab and are
    /// registered; doing it again changes nothing. `wanted` is the lab that the link in the course
    /// names.
    ///
    /// # Errors
    /// `NotFound` when the course is forgotten; `Conflict` when somebody else is registered with the
    /// person's address, or the lab's list is full.
    pub async fn attend(
        &self,
        actor: &Actor,
        course: CourseId,
        role: CourseRole,
        wanted: Option<LabId>,
    ) -> Result<Attendance> {
        let mut tx = self.store.read().await?;
        let course = tx.course(course).await?.ok_or(Error::NotFound("course"))?;
        let lab = lab_of(&mut *tx, &course, wanted).await?;
        drop(tx);
        match (lab, role) {
            (Some(lab), _) if actor.may(Permission::ReadLab, &lab) && role != CourseRole::Learner => {
                Ok(Attendance::Lab(lab.id))
            }
            (Some(lab), CourseRole::Learner) => self
                .enrol(actor, &course, lab.id)
                .await
                .map(Attendance::Seated),
            (Some(lab), CourseRole::Staff) => Ok(Attendance::Told(format!(
                "This course works with the lab “{}”, and you have no role on it. Ask the lab’s owner to give you one.",
                lab.title
            ))),
            (None, CourseRole::Staff) => {
                let labs = self.labs_to_link(actor).await?;
                let may_create = actor.may_somewhere(Permission::CreateLab);
                if labs.is_empty() && !may_create {
                    return Ok(Attendance::Told(
                        "This course has no lab yet, and you may not make one. Ask whoever runs this portal for the role Lab Creator.".to_owned(),
                    ));
                }
                Ok(Attendance::Choose(labs))
            }
            (None, CourseRole::Learner) => Ok(Attendance::Told(
                "This course has no lab yet. Your educator chooses one by opening this link first."
                    .to_owned(),
            )),
            (_, CourseRole::Other) => Ok(Attendance::Told(
                "You are neither a learner nor a teacher of this course, so there is nothing for you here.".to_owned(),
            )),
        }
    }

    /// The labs that the caller may link a course to, by title.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn labs_to_link(&self, actor: &Actor) -> Result<Vec<Lab>> {
        let mut labs = self.store.read().await?.labs().await?;
        labs.retain(|lab| !lab.in_bin() && !lab.deleting && actor.may(Permission::WriteLab, lab));
        Ok(labs)
    }

    /// Links a course to a lab: its learners come onto the lab's list when they open the link, and the
    /// list follows the course, unless it is taken from elsewhere already or somebody is on it.
    ///
    /// # Errors
    /// `NotFound` when one of the two is not there, or not the caller's to see; `Forbidden` without
    /// the right to change the lab.
    pub async fn link_course(&self, actor: &Actor, course: CourseId, lab: LabId) -> Result<Lab> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::WriteLab).await?;
        let course = tx.course(course).await?.ok_or(Error::NotFound("course"))?;
        let platform = tx.platform(course.platform).await?;
        let platform = platform.ok_or(Error::NotFound("platform"))?;
        let now = self.now();
        tx.link_course(course.id, &lab, now).await?;
        let mut envelope = envelope_of(&mut *tx, &lab).await?;
        let before = envelope.roster.clone();
        // A list that was written by hand stays as it is: nobody on it is to leave by a link.
        let empty = tx.users(lab.id).await?.is_empty();
        let roster = &mut envelope.roster;
        if empty && roster.active_directory_group_id.is_none() {
            roster.active_directory_group_id =
                course.memberships.is_some().then(|| group_of(course.id));
            roster.lti_context_id = Some(course.context.clone());
            roster.lms_instance = Some(platform.details.issuer.clone());
            roster.lti_client_id = Some(platform.details.client_id.clone());
            roster.lti_roster_endpoint.clone_from(&course.memberships);
            envelope.authorship.change(actor.person, now);
            tx.save_lab_envelope(&lab, &envelope).await?;
            self.keep_roster(&mut *tx, &lab, &envelope.roster, Some(&before))
                .await?;
        }
        let text = format!(
            "Linked the course “{}” of “{}” to “{}”.",
            course.title, platform.details.name, lab.title
        );
        let record = self.audit(actor, "course.link", lab.id, text);
        tx.commit(record).await?;
        self.changes.nudge(lab.id);
        Ok(lab.into_inner())
    }

    /// Puts a learner on the list of their course's lab, registered, with a machine if one is free.
    async fn enrol(&self, actor: &Actor, course: &Course, lab: LabId) -> Result<Seat> {
        actor.demand_changes()?;
        let now = self.now();
        let mut tx = self.store.write().await?;
        let lab = tx.lab(lab).await?.filter(|lab| !lab.deleting);
        let lab = Allowed::to_system(lab.ok_or(Error::NotFound("lab"))?);
        if let Some(user) = tx.user_by_person(lab.id, actor.person).await? {
            let seated = tx.machine_of_user(user.id).await?.is_some();
            return Ok(if seated { Seat::Taken } else { Seat::Waiting });
        }
        let user = match tx.user_by_email(lab.id, &actor.email).await? {
            Some(user) if user.person.is_some() => {
                return Err(Error::Conflict(format!(
                    "Somebody has registered with {} already. Ask your educator.",
                    user.email
                )));
            }
            Some(user) => {
                let user = User {
                    person: Some(actor.person),
                    registered_at: Some(now),
                    ..user
                };
                tx.save_user(&lab, &user).await?;
                user
            }
            None => {
                demand_line(&mut *tx, lab.id).await?;
                let user = User {
                    person: Some(actor.person),
                    registered_at: Some(now),
                    ..User::listed(self.new_user_id(), lab.id, actor.email.clone(), now)
                };
                tx.insert_user(&lab, &user).await?;
                user
            }
        };
        // Whoever has waited longer comes first.
        self.seat_waiting(&mut *tx, &lab).await?;
        let seated = tx.machine_of_user(user.id).await?.is_some();
        let text = format!(
            "{} registered in “{}” from the course “{}”.",
            actor.name, lab.title, course.title
        );
        tx.commit(Record::Audit(Audit {
            at: now,
            by: Some(actor.person),
            action: "user.register",
            lab: Some(lab.id),
            text,
            from: actor.from.clone(),
        }))
        .await?;
        self.changes.nudge(lab.id);
        Ok(if seated { Seat::Taken } else { Seat::Waiting })
    }
}

/// The directory group that stands for a course's members.
pub fn group_of(course: CourseId) -> String {
    format!("lti/{course}")
}

/// The lab that a course leads to: the wanted one, where it is linked, and else the one linked first.
async fn lab_of<R: Read + ?Sized>(
    tx: &mut R,
    course: &Course,
    wanted: Option<LabId>,
) -> Result<Option<Lab>> {
    let mut labs = Vec::new();
    for id in tx.labs_of_course(course.id).await? {
        let lab = tx.lab(id).await?;
        labs.extend(lab.filter(|lab| !lab.in_bin() && !lab.deleting));
    }
    let at = labs.iter().position(|lab| Some(lab.id) == wanted);
    let at = at.unwrap_or(0);
    Ok((at < labs.len()).then(|| labs.swap_remove(at)))
}
