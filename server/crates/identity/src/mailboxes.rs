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

/// How many mails of a kind one mailbox is sent in ten minutes …
const PER_MAILBOX: u32 = 4;

/// … and how many are asked for from one network address. A whole school may have one, and scan the same
/// code in the same minute.
const PER_ADDRESS: u32 = 500;

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
    /// As [`Services::invitation`](service::Services::invitation) for the code; `Throttled` after four
    /// requests for one mailbox, or 500 from one network address, in ten minutes; `Conflict` while mail
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

    /// Counts a request for a mail of some kind, so that no mailbox is filled from here.
    ///
    /// # Errors
    /// `Throttled` after four requests for one mailbox, or 500 from one network address, in ten minutes.
    pub(crate) async fn count_request(
        &self,
        kind: &str,
        email: &Email,
        asked: Failure<'_>,
    ) -> Result<()> {
        let keys = [
            (format!("{kind}/to/{email}"), PER_MAILBOX),
            (by_address(kind, asked.from), PER_ADDRESS),
        ];
        self.services.count_attempt(&keys, asked).await
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
