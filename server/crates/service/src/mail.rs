//! Mails to people, and what takes them out of the house.
//!
//! A use case never sends: it puts a mail in the outbox, in the transaction of what caused it, and
//! [`crate::outbox`] brings it on its way. So a mail is neither lost with a crash nor sent for
//! something that did not happen.

use async_trait::async_trait;
use domain::email::Email;
use domain::id::{LabId, MailId};
use domain::time::Timestamp;

use crate::error::Result;
use crate::services::Services;
use crate::store::{OutboxMail, Write};
use crate::vault::{Sealed, hex, unhex};

/// A mail, as a mailer sends it. The same mail sent twice is the same in every byte, so that mail
/// programs can tell.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its id, which becomes the Message-ID.
    pub id: MailId,
    /// To whom.
    pub to: Email,
    /// What it is about, in one line.
    pub subject: String,
    /// What it says: plain text.
    pub text: String,
    /// When it was written.
    pub written_at: Timestamp,
}

impl std::fmt::Debug for Mail {
    /// Without subject and text: they are for one person, and no log is.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Where a mail is on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    /// It is to be sent.
    Waiting,
    /// The mail server has taken it.
    Sent,
    /// It was given up.
    Failed,
}

/// Why a mail did not go out. The words are the mail server's, or about it; never the mail's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The mail server will not take this mail, however often it is tried.
    #[error("{0}")]
    Refused(String),
    /// It may take it later.
    #[error("{0}")]
    Away(String),
}

/// Takes mails out of the house.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Whether mails can go out at all. Where they cannot, they stay in the outbox untried.
    fn is_set_up(&self) -> bool {
        true
    }

    /// Sends a mail. Once this returns well, the mail is somebody else's to deliver.
    ///
    /// # Errors
    /// `Refused` when trying again is in vain, `Away` when it is not.
    async fn send(&self, mail: &Mail) -> std::result::Result<(), MailError>;
}

/// What the outbox says of mails while nobody has set mail up.
pub const NOT_SET_UP: &str = "Not sent: mail is not set up.";

/// The mailer of an installation that has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMailer;

#[async_trait]
impl Mailer for NoMailer {
    fn is_set_up(&self) -> bool {
        false
    }

    async fn send(&self, _: &Mail) -> std::result::Result<(), MailError> {
        Err(MailError::Away(NOT_SET_UP.to_owned()))
    }
}

/// A mail that a use case writes.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// To whom.
    pub to: Email,
    /// What it is about. Line breaks in it become blanks.
    pub subject: String,
    /// What it says: plain text.
    pub text: String,
    /// The lab it is about, where it is about one.
    pub lab: Option<LabId>,
    /// What kind of mail, as a dotted word: `quota.warning`.
    pub kind: &'static str,
    /// Names the event it tells of, and the reader: `quota.warning/USER/2026-03`. The same event
    /// writes one mail only, however often it is noticed.
    pub key: String,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letter")
            .field("kind", &self.kind)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Services {
    /// Puts a mail in the outbox, in the transaction of what caused it; says whether it was new, and to
    /// somebody whom mail could reach. The caller tells [`crate::changes::Changes::mail_waits`] after the commit.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn post<W: Write + ?Sized>(&self, tx: &mut W, letter: Letter) -> Result<bool> {
        if !letter.to.is_reachable() {
            return Ok(false);
        }
        let now = self.now();
        let mail = Mail {
            id: self.new_mail_id(),
            to: letter.to,
            subject: one_line(&letter.subject),
            text: self.seal_text(&letter.text),
            written_at: now,
        };
        Ok(tx
            .insert_mail(&OutboxMail {
                mail,
                lab: letter.lab,
                kind: letter.kind.to_owned(),
                key: letter.key,
                state: MailState::Waiting,
                attempts: 0,
                error: None,
                due: Some(now),
            })
            .await?)
    }
}

/// What sealed texts begin with; those from before are as they were written.
const SEALED: &str = "sealed:";

impl Services {
    /// A mail's text as it waits in the database: it may hold a link that lets somebody in.
    fn seal_text(&self, text: &str) -> String {
        let sealed = self.vault.seal("mail", text);
        format!("{SEALED}{}", hex(sealed.as_bytes()))
    }

    /// The text that [`Self::post`] was given; none where it does not open any more.
    pub fn open_text(&self, text: &str) -> Option<String> {
        let Some(sealed) = text.strip_prefix(SEALED) else {
            return Some(text.to_owned());
        };
        let sealed = Sealed::from_bytes(unhex(sealed)?);
        self.vault.open("mail", &sealed).ok()
    }
}

/// A subject must not end its line: what follows would be read as another header.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_control() || c.is_whitespace());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_line() {
        assert_eq!(
            one_line(" Your lab\r\nBcc: eve@example.org\u{85}\tis  ready"),
            "Your lab Bcc: eve@example.org is ready"
        );
    }
}
