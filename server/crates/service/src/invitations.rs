//! Invitations: a mail with the registration link, and what became of it.

use std::collections::HashMap;
use std::time::Duration;

use domain::Invalid;
use domain::email::Email;
use domain::id::{LabId, OperationId, UserId};
use domain::lab::Lab;
use domain::operation::{FailureCode, Operation, OperationKind, OperationStatus};
use domain::role::Permission;
use domain::user::{InvitationState, User};

use crate::access::{self, Actor, Allowed};
use crate::error::{Error, Result};
use crate::mail::{Letter, MailState};
use crate::registration::takes_over;
use crate::services::Services;
use crate::store::{LinkPurpose, OneTimeLink, OutboxMail, Write};
use crate::vault::Vault;

/// The kind of these mails, and the beginning of their keys.
const KIND: &str = "user.invite";

/// For how long an invitation lets somebody without an account make one.
const PROOF_LIFE: Duration = Duration::from_secs(14 * 24 * 3600);

/// How many mails are looked through for why one did not go out.
const NEWEST: u32 = 2000;

/// The most characters that an educator may add.
pub const LONGEST_TEXT: usize = 2000;

impl Services {
    /// Sends a user the registration link, with an educator's own words. The operation ends when the
    /// mail is out, or given up.
    ///
    /// # Errors
    /// As [`Services::invite_all`].
    pub async fn invite(
        &self,
        actor: &Actor,
        lab: LabId,
        user: UserId,
        text: &str,
    ) -> Result<Operation> {
        let mut operations = self.invite_all(actor, lab, &[user], text).await?;
        operations.pop().ok_or(Error::NotFound("user"))
    }

    /// Sends several users the registration link, with an educator's own words: all of them or none.
    /// Each operation ends when its mail is out, or given up.
    ///
    /// # Errors
    /// `NotFound` when one is no user of this lab; `Invalid` when the text is too long, or nobody is
    /// named; `Conflict` while mail is not set up, or the link is switched off.
    pub async fn invite_all(
        &self,
        actor: &Actor,
        lab: LabId,
        users: &[UserId],
        text: &str,
    ) -> Result<Vec<Operation>> {
        let text = text.trim();
        if text.chars().count() > LONGEST_TEXT {
            let message = format!("An invitation may have at most {LONGEST_TEXT} characters.");
            return Err(Invalid::new("text", message).into());
        }
        if users.is_empty() {
            return Err(Invalid::new("users", "Choose at least one person to invite.").into());
        }
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::InviteUsers).await?;
        let there = tx.users(lab.id).await?;
        if !self.mailer.is_set_up() {
            return Err(Error::Conflict(
                "Mail is not set up on this installation, so nobody can be invited.".to_owned(),
            ));
        }
        let link = tx.registration(lab.id).await?;
        let link = link.ok_or(Error::NotFound("lab"))?;
        if !link.enabled {
            return Err(Error::Conflict(
                "The registration link is switched off. Switch it on first.".to_owned(),
            ));
        }
        let code = self
            .vault
            .open("registration-code", &link.code)
            .map_err(|e| Error::Internal(Box::new(e)))?;
        let mut operations = Vec::with_capacity(users.len());
        let mut last = String::new();
        for id in users {
            let user = there.iter().find(|user| user.id == *id);
            let mut user = user.ok_or(Error::NotFound("user"))?.clone();
            if !user.email.is_reachable() {
                return Err(Error::Conflict(
                    "Some of them come from a learning platform that tells no e-mail address, so they are invited there."
                        .to_owned(),
                ));
            }
            let operation = Operation {
                user: Some(user.id),
                ..Operation::begun(
                    self.new_operation_id(),
                    OperationKind::InviteUser,
                    lab.id,
                    Some(actor.person),
                    self.now(),
                )
            };
            let proof = self.proof_of_mailbox(&mut *tx, &user.email).await?;
            let link = format!("{}/register/{code}{proof}", self.public_url);
            let letter = invitation_letter(actor, &lab, &user, &link, text, operation.id);
            self.post(&mut *tx, letter).await?;
            tx.insert_operation(&operation).await?;
            user.invitation = InvitationState::Sending;
            tx.save_user(&lab, &user).await?;
            last = user.email.to_string();
            operations.push(operation);
        }
        let whom = match operations.len() {
            1 => last,
            several => format!("{several} users"),
        };
        let text = format!("Invited {whom} to “{}”.", lab.title);
        tx.commit(self.audit(actor, "users.invite", lab.id, text))
            .await?;
        self.changes.nudge(lab.id);
        self.changes.mail_waits();
        Ok(operations)
    }

    /// Why the newest invitation of a user did not go out, where it did not.
    ///
    /// # Errors
    /// See [`access::see_lab`].
    pub async fn failed_invitations(
        &self,
        actor: &Actor,
        lab: LabId,
    ) -> Result<HashMap<UserId, String>> {
        let mut tx = self.store.read().await?;
        let lab = access::see_lab(&mut *tx, actor, lab).await?;
        let users = tx.users(lab.id).await?;
        let mut mails = tx.mails(NEWEST).await?;
        mails.retain(|mail| mail.kind == KIND && mail.lab == Some(lab.id));
        let failed = users
            .into_iter()
            .filter(|user| user.invitation == InvitationState::Failed);
        let why = failed.filter_map(|user| {
            let mail = mails.iter().find(|mail| mail.mail.to == user.email)?;
            Some((user.id, mail.error.clone()?))
        });
        Ok(why.collect())
    }

    /// What an address of a registration link goes on with, so that who has no account yet makes one
    /// by having the mailbox; nothing for who has one.
    async fn proof_of_mailbox<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        email: &Email,
    ) -> Result<String> {
        let fresh = match tx.person_by_email(email).await? {
            None => true,
            Some(person) => takes_over(tx, person.id).await?,
        };
        if !fresh {
            return Ok(String::new());
        }
        let token = self.vault.new_token();
        tx.insert_link(&OneTimeLink {
            token_hash: Vault::token_hash(&token),
            purpose: LinkPurpose::SignIn {
                email: email.clone(),
                role: None,
            },
            expires_at: self.now() + PROOF_LIFE,
            used_at: None,
        })
        .await?;
        Ok(format!("?proof={token}"))
    }

    /// Notes what became of a mail, where it was an invitation.
    pub(crate) async fn invitation_ended<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        mail: &OutboxMail,
        state: MailState,
    ) -> Result<()> {
        let id = mail.key.strip_prefix("user.invite/");
        let Some(Ok(id)) = id.map(str::parse::<OperationId>) else {
            return Ok(());
        };
        let Some(lab) = mail.lab else {
            return Ok(());
        };
        // The lab first: rows are locked in one order everywhere.
        let lab = tx.lab(lab).await?.map(Allowed::to_system);
        let Some(mut operation) = tx.operation(id).await? else {
            return Ok(());
        };
        let now = self.now();
        if operation.status == OperationStatus::InProgress {
            if state == MailState::Sent {
                operation.done = 1;
                operation.succeed(now);
            } else {
                let why = mail.error.clone().unwrap_or_default();
                operation.fail(FailureCode::MailFailed, why, now);
            }
            tx.save_operation(&operation).await?;
        }
        if let (Some(lab), Some(user)) = (lab, operation.user)
            && let Some(mut user) = tx.user(user).await?
        {
            user.invitation = match state {
                MailState::Sent => InvitationState::Sent,
                MailState::Waiting | MailState::Failed => InvitationState::Failed,
            };
            if state == MailState::Sent {
                user.invited_at = Some(now);
            }
            tx.save_user(&lab, &user).await?;
        }
        Ok(())
    }
}

fn invitation_letter(
    actor: &Actor,
    lab: &Lab,
    user: &User,
    link: &str,
    text: &str,
    operation: OperationId,
) -> Letter {
    let own = if text.is_empty() {
        String::new()
    } else {
        format!("\n{text}\n")
    };
    Letter {
        to: user.email.clone(),
        subject: format!("Register for the lab {}", lab.title),
        text: format!(
            "{} invites you to the lab “{}”.\n{own}\nOpen this link to register and get a machine of your own:\n{link}\n",
            actor.name, lab.title
        ),
        lab: Some(lab.id),
        kind: KIND,
        key: format!("{KIND}/{operation}"),
    }
}
