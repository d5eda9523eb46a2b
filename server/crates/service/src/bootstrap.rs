//! A new installation sets itself up: one organisation, the engine's images, and a way in.

use std::time::Duration;

use domain::id::OrganisationId;

use crate::clock::{Clock, Random};
use crate::error::Result;
use crate::services::Services;
use crate::store::{Audit, LinkPurpose, OneTimeLink, Organisation, Record, Store};
use crate::vault::Vault;

/// How long the link that creates the owner works.
pub const OWNER_LINK_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

/// The installation's organisation, made on the first start. It comes before everything else,
/// because the engine marks its objects with its id.
///
/// # Errors
/// When the store fails.
pub async fn organisation(
    store: &dyn Store,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<Organisation> {
    let mut tx = store.write().await?;
    if let Some(organisation) = tx.organisation().await? {
        return Ok(organisation);
    }
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    let id = OrganisationId::new(uuid::Builder::from_random_bytes(bytes).into_uuid());
    let organisation = Organisation {
        id,
        created_at: clock.now(),
    };
    tx.create_organisation(&organisation).await?;
    tx.commit(Record::Audit(Audit {
        at: organisation.created_at,
        by: None,
        action: "organisation.create",
        lab: None,
        text: "The installation was set up.".to_owned(),
        from: String::new(),
    }))
    .await?;
    Ok(organisation)
}

impl Services {
    /// Takes over the images that the engine has.
    ///
    /// # Errors
    /// When the engine or the store does not answer.
    pub async fn refresh_images(&self) -> Result<()> {
        let images = self.engine.images().await?;
        let mut tx = self.store.write().await?;
        tx.put_images(&images).await?;
        tx.commit(Record::Observation).await?;
        Ok(())
    }

    /// The token of a fresh link that creates the owner's account, while nobody owns the
    /// installation; earlier unused ones cease to work.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn owner_link(&self) -> Result<Option<String>> {
        let mut tx = self.store.write().await?;
        if tx.has_owner().await? {
            return Ok(None);
        }
        let token = self.vault.new_token();
        tx.remove_owner_links().await?;
        tx.insert_link(&OneTimeLink {
            token_hash: Vault::token_hash(&token),
            purpose: LinkPurpose::FirstOwner,
            expires_at: self.now() + OWNER_LINK_LIFE,
            used_at: None,
        })
        .await?;
        tx.commit(Record::Audit(Audit {
            at: self.now(),
            by: None,
            action: "owner.link",
            lab: None,
            text: "A one-time link for the owner was made.".to_owned(),
            from: String::new(),
        }))
        .await?;
        Ok(Some(token))
    }
}
