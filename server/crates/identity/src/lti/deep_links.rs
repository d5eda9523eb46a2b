//! Telling a platform which lab was chosen for a link (LTI Deep Linking 2.0).

use domain::id::{CourseId, PersonId};
use domain::lab::Lab;
use serde_json::{Value, json};
use service::error::{Error, Result};

use super::Message;
use super::message::Choosing;
use super::tickets::{Choice, Return};
use crate::Identity;

/// How long the platform may take to take the answer, in seconds.
const LIFE: i64 = 300;

/// The answer, for a form that posts it to the platform in the field `JWT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Where to.
    pub address: String,
    /// The signed message.
    pub token: String,
}

impl Identity {
    /// A ticket to choose the lab of a link by, for whoever a message is about.
    ///
    /// # Errors
    /// None that a caller could do something about.
    pub fn lti_deep_choice(
        &self,
        message: &Message,
        choosing: &Choosing,
        person: PersonId,
        course: CourseId,
    ) -> Result<String> {
        let answer = Return {
            address: choosing.return_to.as_str().to_owned(),
            data: choosing.data.clone(),
            deployment: message.deployment.clone(),
        };
        self.lti_choice(message.platform.id, person, course, Some(answer))
    }

    /// The answer to a platform that asked for a choice: `lab`, or that nothing was chosen.
    ///
    /// # Errors
    /// `NotFound` when the platform is gone, or did not ask.
    pub async fn lti_answer(&self, choice: &Choice, lab: Option<&Lab>) -> Result<Answer> {
        let answer = choice.answer.as_ref().ok_or(Error::NotFound("question"))?;
        let mut tx = self.services.store.read().await?;
        let platform = tx.platform(choice.platform).await?;
        let platform = platform.ok_or(Error::NotFound("platform"))?;
        drop(tx);
        let items: Vec<Value> = lab.into_iter().map(|lab| self.item(lab)).collect();
        let now = self.services.now().micros() / 1_000_000;
        let mut claims = json!({
            "iss": platform.details.client_id,
            "aud": platform.details.issuer,
            "iat": now,
            "exp": now + LIFE,
            "nonce": self.services.vault.new_token(),
            "https://purl.imsglobal.org/spec/lti/claim/message_type": "LtiDeepLinkingResponse",
            "https://purl.imsglobal.org/spec/lti/claim/version": "1.3.0",
            "https://purl.imsglobal.org/spec/lti/claim/deployment_id": answer.deployment,
            "https://purl.imsglobal.org/spec/lti-dl/claim/content_items": items,
        });
        if let Some(data) = &answer.data {
            claims["https://purl.imsglobal.org/spec/lti-dl/claim/data"] = json!(data);
        }
        Ok(Answer {
            address: answer.address.clone(),
            token: self.lti.keyring().sign(&claims).await?,
        })
    }

    /// A link to a lab, as platforms keep it.
    fn item(&self, lab: &Lab) -> Value {
        let mut item = json!({
            "type": "ltiResourceLink",
            "title": lab.title.as_str(),
            "url": self.lti.launch_address(),
            "custom": { "lab": lab.id.to_string() },
        });
        if !lab.description.as_str().is_empty() {
            item["text"] = json!(lab.description.as_str());
        }
        item
    }
}
