//! The outbox: brings mails on their way, one lease at a time.
//!
//! It works beside the reconciler and as it does: due rows are leased, tried, and written down. It
//! runs when a mail was written, when one is due again, and on a slow sweep.
//!
//! A mail is sent first and written down as sent afterwards. A process that dies between the two
//! leaves a mail that is sent once more when its lease has run out, with the same Message-ID: twice
//! now and then, never not at all.

use std::sync::Arc;
use std::time::Duration;

use domain::id::{LabId, MailId};
use domain::pace::mail_backoff;
use domain::role::Permission;
use domain::time::Timestamp;
use tokio::task::JoinSet;

use crate::access::Actor;
use crate::error::Result;
use crate::mail::{Mail, MailError, MailState, NOT_SET_UP};
use crate::services::Services;
use crate::store::{OutboxMail, Record};

/// How many mails are on their way out at once.
const AT_ONCE: usize = 4;

/// How long sending one may take …
const PATIENCE: Duration = Duration::from_secs(120);

/// … and how long it is leased: longer, so that nobody else takes it up meanwhile.
const LEASE: Duration = Duration::from_secs(300);

/// The longest pause between two looks at the outbox …
const SLOWEST: Duration = Duration::from_secs(30);

/// … and the shortest, unless somebody calls.
const SOON: Duration = Duration::from_secs(1);

/// A mail that was not taken for so long is given up.
const GIVE_UP: Duration = Duration::from_secs(3 * 24 * 3600);

/// Mails older than this are not news any more when mail is set up at last.
const YOUNG: Duration = Duration::from_secs(24 * 3600);

/// What is said of those.
const TOO_OLD: &str = "Not sent: mail was not set up in time.";

/// The outbox of one process.
#[derive(Clone)]
pub struct Outbox {
    services: Services,
    /// Names this process in leases.
    holder: Arc<str>,
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox")
            .field("holder", &self.holder)
            .finish_non_exhaustive()
    }
}

impl Outbox {
    /// An outbox. `holder` names the process among those that share the store.
    pub fn new(services: Services, holder: String) -> Self {
        Self {
            services,
            holder: holder.into(),
        }
    }

    /// Works until the process ends. Where no other process shares the store, leases of a previous
    /// life are given back first.
    pub async fn run(self) {
        if !self.services.store.shared()
            && let Err(error) = self.give_back_all().await
        {
            tracing::error!(%error, "mails leased by the previous run could not be given back");
        }
        let mut running = JoinSet::new();
        loop {
            let pause = match self.begin_due(&mut running).await {
                Ok(_) => self.pause(running.len()).await,
                Err(error) => {
                    tracing::error!(%error, "the outbox could not be read");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                () = self.services.changes.mail() => {}
                Some(_) = running.join_next() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Sends everything that is due now, then returns: for tests that drive the time themselves.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn settle(&self) -> Result<()> {
        let mut running = JoinSet::new();
        loop {
            let begun = self.begin_due(&mut running).await?;
            if begun == 0 && running.is_empty() {
                return Ok(());
            }
            running.join_next().await;
        }
    }

    /// How long nothing is due, as far as hands are free.
    async fn pause(&self, busy: usize) -> Duration {
        if busy >= AT_ONCE {
            return SLOWEST;
        }
        let next = async {
            let mut tx = self.services.store.read().await?;
            Ok::<_, crate::Error>(tx.next_mail_due().await?)
        };
        match next.await {
            // What is due already was just taken up by another process: it is looked for again soon.
            Ok(Some(due)) => due.since(self.services.now()).clamp(SOON, SLOWEST),
            Ok(None) | Err(_) => SLOWEST,
        }
    }

    /// Leases what is due and begins to send it, as far as hands are free.
    async fn begin_due(&self, running: &mut JoinSet<()>) -> Result<usize> {
        while running.try_join_next().is_some() {}
        let hands = AT_ONCE.saturating_sub(running.len());
        if hands == 0 {
            return Ok(0);
        }
        let now = self.services.now();
        let mut tx = self.services.store.read().await?;
        if self.services.mailer.is_set_up() && tx.has_resting_mails().await? {
            drop(tx);
            self.wake(now).await?;
            tx = self.services.store.read().await?;
        }
        let due = tx
            .due_mails(now, u32::try_from(hands).unwrap_or(u32::MAX))
            .await?;
        drop(tx);
        let leased = self.lease(due, now).await?;
        let begun = leased.len();
        for mail in leased {
            let this = self.clone();
            running.spawn(async move {
                let id = mail.mail.id;
                if let Err(error) = this.deliver(mail).await {
                    // The lease runs out, and the mail is tried again.
                    tracing::error!(mail = %id, %error, "what became of a mail could not be written down");
                }
            });
        }
        Ok(begun)
    }

    async fn lease(&self, due: Vec<MailId>, now: Timestamp) -> Result<Vec<OutboxMail>> {
        let mut leased = Vec::with_capacity(due.len());
        if due.is_empty() {
            return Ok(leased);
        }
        let mut tx = self.services.store.write().await?;
        for id in due {
            if tx.lease_mail(id, &self.holder, now, now + LEASE).await?
                && let Some(mail) = tx.mail(id).await?
            {
                leased.push(mail);
            }
        }
        tx.commit(Record::Observation).await?;
        Ok(leased)
    }

    /// Sends a leased mail and writes down what came of it.
    async fn deliver(&self, mut mail: OutboxMail) -> Result<()> {
        let mailer = &self.services.mailer;
        if !mailer.is_set_up() {
            mail.error = Some(NOT_SET_UP.to_owned());
            mail.due = None;
            return self.save_unsent(&mail).await;
        }
        let result = match self.services.open_text(&mail.mail.text) {
            Some(text) => {
                let letter = Mail {
                    text,
                    ..mail.mail.clone()
                };
                let sending = tokio::time::timeout(PATIENCE, mailer.send(&letter)).await;
                sending.unwrap_or_else(|_| {
                    Err(MailError::Away(
                        "The mail server did not answer in time.".to_owned(),
                    ))
                })
            }
            None => Err(MailError::Refused(
                "Its text was written with another key of this installation.".to_owned(),
            )),
        };
        mail.attempts = mail.attempts.saturating_add(1);
        match result {
            Ok(()) => {
                let mut tx = self.services.store.write().await?;
                let services = &self.services;
                services
                    .invitation_ended(&mut *tx, &mail, MailState::Sent)
                    .await?;
                tx.mail_sent(mail.mail.id, mail.attempts).await?;
                tx.commit(Record::Observation).await?;
                tracing::info!(mail = %mail.mail.id, kind = %mail.kind, "a mail is out");
                Ok(())
            }
            Err(error) => {
                let (now, jitter) = (self.services.now(), self.services.jitter());
                mail.due = next_try(&mail, &error, now, jitter);
                if mail.due.is_none() {
                    mail.state = MailState::Failed;
                    tracing::warn!(mail = %mail.mail.id, kind = %mail.kind, %error, "a mail was given up");
                } else {
                    tracing::info!(mail = %mail.mail.id, kind = %mail.kind, %error, "a mail is not out yet and will be tried again");
                }
                mail.error = Some(error.to_string());
                self.save_unsent(&mail).await
            }
        }
    }

    async fn save_unsent(&self, mail: &OutboxMail) -> Result<()> {
        let mut tx = self.services.store.write().await?;
        if mail.state == MailState::Failed {
            let services = &self.services;
            services
                .invitation_ended(&mut *tx, mail, MailState::Failed)
                .await?;
        }
        tx.save_unsent_mail(mail, &self.holder).await?;
        tx.commit(Record::Observation).await?;
        Ok(())
    }

    /// Takes up the mails that were written before mail was set up.
    async fn wake(&self, now: Timestamp) -> Result<()> {
        let mut tx = self.services.store.write().await?;
        tx.wake_mails(now, now - YOUNG, TOO_OLD).await?;
        tx.commit(Record::Observation).await?;
        Ok(())
    }

    async fn give_back_all(&self) -> Result<()> {
        let mut tx = self.services.store.write().await?;
        tx.release_mails().await?;
        tx.commit(Record::Observation).await?;
        Ok(())
    }
}

/// When a mail that did not go out is tried again; never, where that is in vain or too late.
fn next_try(
    mail: &OutboxMail,
    error: &MailError,
    now: Timestamp,
    jitter: f64,
) -> Option<Timestamp> {
    match error {
        MailError::Refused(_) => None,
        MailError::Away(_) if now.since(mail.mail.written_at) >= GIVE_UP => None,
        MailError::Away(_) => Some(now + mail_backoff(mail.attempts, jitter)),
    }
}

/// A mail as the administrator sees it: without its text, which is for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSummary {
    /// Its id, also in the log.
    pub id: MailId,
    /// To whom.
    pub to: domain::email::Email,
    /// What it is about.
    pub subject: String,
    /// What kind of mail, as a dotted word.
    pub kind: String,
    /// The lab it is about. It may be gone by now.
    pub lab: Option<LabId>,
    /// When it was written.
    pub written_at: Timestamp,
    /// Whether it is out.
    pub state: MailState,
    /// How often sending it was tried.
    pub attempts: u32,
    /// Why it is not out.
    pub error: Option<String>,
    /// When it is tried again.
    pub due: Option<Timestamp>,
}

/// How mail is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailOverview {
    /// Whether mails can go out at all.
    pub set_up: bool,
    /// The newest mails, the newest first.
    pub mails: Vec<MailSummary>,
}

impl Services {
    /// How mail is, with the newest mails, for those who may see how the system is.
    ///
    /// # Errors
    /// `Forbidden` for everybody else.
    pub async fn mail_overview(&self, actor: &Actor, limit: u32) -> Result<MailOverview> {
        actor.demand(Permission::ReadSystem, "see the outbox")?;
        let mails = self.store.read().await?.mails(limit).await?;
        let summary = |row: OutboxMail| MailSummary {
            id: row.mail.id,
            to: row.mail.to,
            subject: row.mail.subject,
            kind: row.kind,
            lab: row.lab,
            written_at: row.mail.written_at,
            state: row.state,
            attempts: row.attempts,
            error: row.error,
            due: row.due,
        };
        Ok(MailOverview {
            set_up: self.mailer.is_set_up(),
            mails: mails.into_iter().map(summary).collect(),
        })
    }
}
