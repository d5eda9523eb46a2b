//! Saving a machine as an image: a sealed copy of it, kept under a name of its own.

use domain::id::LabId;
use domain::image::{Image, ImageName, SavedImage};
use domain::lab::Lab;
use domain::machine::Machine;
use domain::name::{Hostname, LabName, LabTitle};
use domain::operation::{FailureCode, Operation, OperationStatus};
use domain::pace;
use domain::resource::ResourceName;

use super::{Leased, REST, Reconciler};
use crate::access::Allowed;
use crate::engine::{EngineError, SealSpec};
use crate::error::Result;
use crate::store::Record;

impl Reconciler {
    /// Makes the image that `operation` asks for. False: it is tried again later, and the lease was
    /// given back.
    pub(super) async fn save_image(
        &self,
        lab: &Lab,
        machines: &[Machine],
        operation: &Operation,
    ) -> Result<bool> {
        let machine = machines.iter().find(|m| Some(m.id) == operation.machine);
        let (Some(machine), Some((name, _))) = (machine, &operation.image) else {
            return self.image_failed(lab.id, operation, gone()).await;
        };
        let title = LabTitle::parse(title(name));
        let head = title.map_or_else(|_| lab.name.clone(), |title| LabName::from_title(&title));
        let object = Hostname::compose(&head, "image", &operation.id.short());
        let spec = SealSpec {
            // The object is the image's, not the lab's: it stays when the lab goes.
            lab: LabId::new(operation.id.uuid()),
            template: machine.hostname.clone(),
            name: object.clone(),
            generation: 1,
        };
        let seal = async {
            let _hand = self.heavy.acquire().await;
            Ok(self.services.engine.seal(&spec).await)
        };
        match self.renewing(Leased::Lab(lab.id), seal).await? {
            Ok(()) => self.image_made(lab, operation, object).await,
            Err(error) => self.image_failed(lab.id, operation, error).await,
        }
    }

    async fn image_made(&self, lab: &Lab, operation: &Operation, object: Hostname) -> Result<bool> {
        let now = self.services.now();
        let mut tx = self.services.store.write().await?;
        tx.lab(lab.id).await?;
        let Some(mut operation) = tx.operation(operation.id).await? else {
            return Ok(true);
        };
        if operation.status == OperationStatus::InProgress
            && let Some((name, plan)) = operation.image.clone()
        {
            let facts = tx.image(&lab.image).await?.map(|image| image.facts);
            if let Some(facts) = facts {
                let saved = SavedImage {
                    id: operation.id,
                    object,
                    plan,
                };
                tx.insert_image(&Image {
                    title: title(&name).to_owned(),
                    name: name.clone(),
                    available: true,
                    enabled: true,
                    facts: domain::image::ImageFacts {
                        publisher: "Lectern".to_owned(),
                        offer: ResourceName::near(title(&name)).to_string(),
                        sku: "saved".to_owned(),
                        version: "latest".to_owned(),
                        ..facts
                    },
                    saved: Some(saved),
                })
                .await?;
                operation.done = 1;
                operation.succeed(now);
            } else {
                let why = "The image that the lab was made from is not known any more.";
                operation.fail(FailureCode::Conflict, why, now);
            }
            tx.save_operation(&operation).await?;
        }
        tx.commit(Record::Observation).await?;
        self.services.changes.nudge(lab.id);
        Ok(true)
    }

    /// Tries again later, or gives up after as long as anything is tried.
    async fn image_failed(
        &self,
        lab: LabId,
        operation: &Operation,
        error: EngineError,
    ) -> Result<bool> {
        tracing::warn!(%lab, %error, "an image could not be saved");
        let now = self.services.now();
        let mut tx = self.services.store.write().await?;
        let Some(row) = tx.lab(lab).await? else {
            return Ok(false);
        };
        let Some(mut operation) = tx.operation(operation.id).await? else {
            return Ok(true);
        };
        let away = matches!(error, EngineError::Away(_));
        let over = matches!(error, EngineError::NotFound(_))
            || (!away && now.since(operation.started_at) > pace::DEADLINE);
        if over {
            operation.fail(FailureCode::EngineFailed, error.to_string(), now);
            tx.save_operation(&operation).await?;
        }
        let due = if over { now } else { now + REST };
        tx.save_lab(&Allowed::to_system(row), Some(due)).await?;
        if !over {
            tx.release_lab(lab, &self.holder).await?;
        }
        tx.commit(Record::Observation).await?;
        Ok(over)
    }
}

/// What people call an image that is being saved.
fn title(name: &ImageName) -> &str {
    name.as_str()
        .rsplit_once(':')
        .map_or(name.as_str(), |(title, _)| title)
}

fn gone() -> EngineError {
    EngineError::NotFound("The machine".to_owned())
}
