//! Showing that a mailbox is one's own: before an account is made with an address that somebody only
//! says is theirs, a link is sent there.

use domain::email::Email;
use domain::name::PersonName;
use domain::registration::RegistrationCode;
use service::error::{Error, Result};
use service::mail::Letter;
use service::registration::takes_over;
use service::store::{Audit, LinkPurpose, Record};
use service::throttle::{Failure, by_address};
use service::vault::Vault;

use crate::Identity;
use crate::passwords::LINK_LIFE;

/// The kind of these mails, and the beginning of their keys.
const KIND: &str = "account.mailbox";

/// Who holds a link that was sent to a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The mailbox.
    pub email: Email,
    /// Their name, where they have one already.
    pub name: Option<PersonName>,
}

impl Identity {
    /// Sends a link to an address with which somebody wants to register by a code, if they would be let
    /// in: one to make an account by, or, where there is one, the way to sign in. Nobody is told whether
    /// that is so.
    ///
    /// # Errors
    /// As [`Services::invitation`](service::Services::invitation) for the code; `Throttled` after ten
    /// requests from one network address, or four for one mailbox, in ten minutes; `Conflict` while mail
    /// is not set up.
    pub async fn ask_mailbox(&self, code: &str, email: &str, address: &str) -> Result<()> {
        if !self.services.mailer.is_set_up() {
            return Err(Error::Conflict(
                "Mail is not set up on this installation, so no link can be sent.".to_owned(),
            ));
        }
        let email = Email::parse(email)?;
        let title = self.services.expects(code, &email, address).await?;
        let asked = Failure {
            by: None,
            action: "account.mailbox",
            text: format!("Somebody asked for a link to register as {email}."),
            from: address,
        };
        self.count_request("mailbox", &email, asked).await?;
        let (Some(title), Ok(code)) = (title, RegistrationCode::parse(code)) else {
            return Ok(());
        };
        let page = format!("{}/register/{}", self.services.public_url, code.expose());
        let mut tx = self.services.store.write().await?;
        let person = tx.person_by_email(&email).await?;
        let fresh = match &person {
            None => true,
            Some(person) => takes_over(&mut *tx, person.id).await?,
        };
        let (text, key) = if fresh {
            let (token, hash) = self.new_link(&mut *tx, email.clone(), LINK_LIFE).await?;
            let text = format!(
                "Somebody, most likely you, wants to register for the lab “{title}” with this address.\n\n\
                 Open this link within an hour to set a password and go on:\n{page}?proof={token}\n\n\
                 If it was not you, do nothing.\n"
            );
            (text, hash)
        } else {
            let text = format!(
                "Somebody, most likely you, wants to register for the lab “{title}” with this address. \
                 There is an account for it already.\n\nOpen this link and sign in to go on:\n{page}\n\n\
                 If it was not you, do nothing.\n"
            );
            (text, Vault::token_hash(&self.services.vault.new_token()))
        };
        let letter = Letter {
            to: email.clone(),
            subject: format!("Register for the lab {title}"),
            text,
            lab: None,
            kind: KIND,
            key: format!("{KIND}/{key}"),
        };
        self.services.post(&mut *tx, letter).await?;
        tx.commit(Record::Audit(Audit {
            at: self.services.now(),
            by: person.map(|person| person.id),
            action: "account.mailbox",
            lab: None,
            text: format!("A link to register was sent to {email}."),
            from: address.to_owned(),
        }))
        .await?;
        self.services.changes.mail_waits();
        Ok(())
    }

    /// Counts a request for a mail of some kind: once for the network address that it came from, and
    /// threefold for the mailbox, so that none is filled from here.
    ///
    /// # Errors
    /// `Throttled` after ten requests from one network address, or four for one mailbox, in ten minutes.
    pub(crate) async fn count_request(
        &self,
        kind: &str,
        email: &Email,
        asked: Failure<'_>,
    ) -> Result<()> {
        let mailbox = format!("{kind}/to/{email}");
        let keys = [
            by_address(kind, asked.from),
            mailbox.clone(),
            mailbox.clone(),
            mailbox,
        ];
        self.services.demand_calm(&keys).await?;
        self.services.note_failure(&keys, asked).await
    }

    /// Whose mailbox a link was sent to, while it works. Looking uses nothing up and counts as nothing:
    /// a mail is opened again when the link in it was used long ago.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn holder(&self, token: &str) -> Result<Option<Holder>> {
        let mut tx = self.services.store.read().await?;
        let link = tx.link(&Vault::token_hash(token)).await?;
        let now = self.services.now();
        let link = link.filter(|link| link.used_at.is_none() && now < link.expires_at);
        drop(tx);
        let Some(LinkPurpose::SignIn { email, .. }) = link.map(|link| link.purpose) else {
            return Ok(None);
        };
        let name = self.name_of(&email).await?;
        Ok(Some(Holder { email, name }))
    }
}
