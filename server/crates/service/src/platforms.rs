//! Learning platforms: which LMS may send people here. Owners add, change and remove them.

use std::time::Duration;

use domain::id::{CourseId, LabId, PlatformId};
use domain::platform::{Platform, PlatformDetails, PlatformDraft};
use domain::role::Permission;
use domain::web_address::Scheme;

use crate::access::{Actor, Allowed};
use crate::courses::group_of;
use crate::error::{Error, Result};
use crate::labs::envelope_of;
use crate::services::Services;
use crate::store::{Course, PlatformInvite, Write};
use crate::vault::Vault;

/// How long an address works by which a platform registers itself.
const INVITE_LIFE: Duration = Duration::from_secs(24 * 3600);

/// A platform, as its owners see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformWithCourses {
    /// The platform.
    pub platform: Platform,
    /// Its courses that are linked to labs, each with those labs' ids and titles.
    pub courses: Vec<(Course, Vec<(LabId, String)>)>,
}

impl Services {
    /// The platforms, by name.
    ///
    /// # Errors
    /// `Forbidden` for everybody but owners.
    pub async fn platforms(&self, actor: &Actor) -> Result<Vec<PlatformWithCourses>> {
        demand(actor)?;
        let mut tx = self.store.read().await?;
        let mut found = Vec::new();
        for platform in tx.platforms().await? {
            let mut courses = Vec::new();
            for course in tx.courses(platform.id).await? {
                let mut labs = Vec::new();
                for id in tx.labs_of_course(course.id).await? {
                    let lab = tx.lab(id).await?;
                    labs.extend(lab.map(|lab| (lab.id, lab.title.to_string())));
                }
                if !labs.is_empty() {
                    courses.push((course, labs));
                }
            }
            found.push(PlatformWithCourses { platform, courses });
        }
        Ok(found)
    }

    /// Adds a platform, switched on.
    ///
    /// # Errors
    /// `Forbidden` for everybody but owners; `Invalid` when something of it breaks a rule; `Conflict`
    /// when there is one with its issuer and client id.
    pub async fn add_platform(&self, actor: &Actor, draft: &PlatformDraft) -> Result<PlatformId> {
        actor.demand_changes()?;
        demand(actor)?;
        let platform = Platform {
            id: self.new_platform_id(),
            details: draft.parse(self.scheme())?,
            enabled: true,
            created_at: self.now(),
        };
        let mut tx = self.store.write().await?;
        tx.insert_platform(&platform).await?;
        let text = format!("Added the learning platform “{}”.", platform.details.name);
        tx.commit(self.of_the_house(actor, "platform.add", text))
            .await?;
        Ok(platform.id)
    }

    /// Changes what is known of a platform.
    ///
    /// # Errors
    /// As [`Self::add_platform`], and `NotFound` when there is none.
    pub async fn change_platform(
        &self,
        actor: &Actor,
        id: PlatformId,
        draft: &PlatformDraft,
    ) -> Result<()> {
        actor.demand_changes()?;
        demand(actor)?;
        let details = draft.parse(self.scheme())?;
        let mut tx = self.store.write().await?;
        let mut platform = found(&mut *tx, id).await?;
        platform.details = details;
        tx.save_platform(&platform).await?;
        let text = format!("Changed the learning platform “{}”.", platform.details.name);
        tx.commit(self.of_the_house(actor, "platform.change", text))
            .await?;
        Ok(())
    }

    /// Lets people come from a platform, or not. Sessions that were begun by it go on.
    ///
    /// # Errors
    /// `Forbidden` for everybody but owners; `NotFound` when there is none.
    pub async fn switch_platform(&self, actor: &Actor, id: PlatformId, on: bool) -> Result<()> {
        actor.demand_changes()?;
        demand(actor)?;
        let mut tx = self.store.write().await?;
        let mut platform = found(&mut *tx, id).await?;
        platform.enabled = on;
        tx.save_platform(&platform).await?;
        let state = if on { "on" } else { "off" };
        let text = format!(
            "Switched the learning platform “{}” {state}.",
            platform.details.name
        );
        tx.commit(self.of_the_house(actor, "platform.switch", text))
            .await?;
        Ok(())
    }

    /// Removes a platform with what is known of its courses. Labs, lists and accounts stay.
    ///
    /// # Errors
    /// As [`Self::switch_platform`].
    pub async fn remove_platform(&self, actor: &Actor, id: PlatformId) -> Result<()> {
        actor.demand_changes()?;
        demand(actor)?;
        let mut tx = self.store.write().await?;
        let platform = found(&mut *tx, id).await?;
        tx.remove_platform(id).await?;
        let text = format!("Removed the learning platform “{}”.", platform.details.name);
        tx.commit(self.of_the_house(actor, "platform.remove", text))
            .await?;
        Ok(())
    }

    /// Unlinks a course from a lab: nobody comes from the one to the other any more. Whoever is on
    /// the lab's list stays.
    ///
    /// # Errors
    /// `Forbidden` for everybody but owners; `NotFound` when they are not linked.
    pub async fn unlink_course(&self, actor: &Actor, course: CourseId, lab: LabId) -> Result<()> {
        actor.demand_changes()?;
        demand(actor)?;
        let mut tx = self.store.write().await?;
        let known = tx.course(course).await?.ok_or(Error::NotFound("course"))?;
        if !tx.unlink_course(course, lab).await? {
            return Err(Error::NotFound("link"));
        }
        if let Some(lab) = tx.lab(lab).await? {
            let lab = Allowed::to_system(lab);
            let mut envelope = envelope_of(&mut *tx, &lab).await?;
            let before = envelope.roster.clone();
            if before.active_directory_group_id == Some(group_of(course)) {
                envelope.roster.active_directory_group_id = None;
                tx.save_lab_envelope(&lab, &envelope).await?;
                self.keep_roster(&mut *tx, &lab, &envelope.roster, Some(&before))
                    .await?;
            }
        }
        let text = format!("Unlinked the course “{}” from a lab.", known.title);
        tx.commit(self.audit(actor, "course.unlink", lab, text))
            .await?;
        Ok(())
    }

    /// Makes an address by which a platform registers itself, once, within a day. Returns its token.
    ///
    /// # Errors
    /// `Forbidden` for everybody but owners.
    pub async fn invite_platform(&self, actor: &Actor) -> Result<String> {
        actor.demand_changes()?;
        demand(actor)?;
        let token = self.vault.new_token();
        let mut tx = self.store.write().await?;
        tx.insert_platform_invite(&PlatformInvite {
            token_hash: Vault::token_hash(&token),
            made_by: actor.person,
            expires_at: self.now() + INVITE_LIFE,
        })
        .await?;
        let text = "Made an address by which a learning platform registers itself.".to_owned();
        tx.commit(self.of_the_house(actor, "platform.invite", text))
            .await?;
        Ok(token)
    }

    /// What addresses of other sites are taken: without encryption only where the portal has none.
    pub fn scheme(&self) -> Scheme {
        Scheme::of_portal(&self.public_url)
    }

    /// A platform that registered itself, switched off until an owner has looked at it.
    pub fn registered_platform(&self, details: PlatformDetails) -> Platform {
        Platform {
            id: self.new_platform_id(),
            details,
            enabled: false,
            created_at: self.now(),
        }
    }
}

/// Whoever says which platforms are believed decides who can come in as whom: that is for owners.
///
/// # Errors
/// `Forbidden` for everybody else.
pub fn demand(actor: &Actor) -> Result<()> {
    actor.demand(Permission::GiveRoles, "manage learning platforms")
}

async fn found(tx: &mut dyn Write, id: PlatformId) -> Result<Platform> {
    tx.platform(id).await?.ok_or(Error::NotFound("platform"))
}
