//! Which way mails leave the house, by the settings.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use domain::credentials::Password;
use mail::{FileMailer, SmtpMailer, SmtpSettings};
use service::mail::{MailError, Mailer, NoMailer};

use crate::secrets::read_secret_line;
use crate::settings::MailSettings;

/// The way.
#[derive(Debug)]
pub enum Mailing {
    /// There is none: mails rest in the outbox.
    NotSetUp,
    /// To a mail server.
    Smtp(SmtpMailer),
    /// To files in a folder.
    Files(FileMailer),
}

impl Mailing {
    /// The way that the settings choose. Nothing is connected to.
    ///
    /// # Errors
    /// When they choose two, or what they name cannot be used.
    pub fn new(settings: &MailSettings) -> Result<Self> {
        if settings.smtp.is_none() && settings.dir.is_none() {
            return Ok(Self::NotSetUp);
        }
        let Some(sender) = settings.from.clone() else {
            bail!("Mails need a sender. Name one with --mail-from \"Lectern <labs@example.org>\".");
        };
        match (settings.smtp.clone(), settings.dir.clone()) {
            (Some(_), Some(_)) => {
                bail!(
                    "Mails go one way: either to a mail server (--mail-smtp) or to a folder (--mail-dir)."
                )
            }
            (None, Some(folder)) => Ok(Self::Files(FileMailer::new(sender, folder))),
            (Some(server), None) => {
                let smtp = SmtpSettings {
                    server,
                    password: password(settings)?,
                    certificates: certificates(settings)?,
                };
                Ok(Self::Smtp(SmtpMailer::new(sender, smtp)?))
            }
            (None, None) => Ok(Self::NotSetUp),
        }
    }

    /// What the use cases send by.
    pub fn mailer(self) -> Arc<dyn Mailer> {
        match self {
            Self::NotSetUp => Arc::new(NoMailer),
            Self::Smtp(mailer) => Arc::new(mailer),
            Self::Files(mailer) => Arc::new(mailer),
        }
    }

    /// Whether it works, in a sentence. Nothing is sent.
    ///
    /// # Errors
    /// When it does not.
    pub async fn check(&self) -> Result<String, MailError> {
        match self {
            Self::NotSetUp => Ok(
                "Mail is not set up, which is fine: mails wait in the outbox. --mail-smtp and --mail-from set it up."
                    .to_owned(),
            ),
            Self::Smtp(mailer) => mailer.check().await,
            Self::Files(mailer) => mailer.check().await,
        }
    }
}

/// The mail server's password: the one in the file, or else the variable's.
fn password(settings: &MailSettings) -> Result<Option<Password>> {
    let Some(path) = &settings.password_file else {
        return Ok(settings.password.clone());
    };
    let text = read_secret_line(path).with_context(|| {
        format!(
            "The mail server's password in {} cannot be read.",
            path.display()
        )
    })?;
    Ok(Some(Password::as_typed(&text)))
}

fn certificates(settings: &MailSettings) -> Result<Option<Vec<u8>>> {
    let read = |path: &std::path::PathBuf| {
        std::fs::read(path)
            .with_context(|| format!("The certificates in {} cannot be read.", path.display()))
    };
    settings.ca.as_ref().map(read).transpose()
}

#[cfg(test)]
mod tests {
    use mail::{Sender, SmtpServer};

    use super::*;

    fn by_smtp() -> MailSettings {
        MailSettings {
            from: Some(Sender::parse("labs@example.org").unwrap()),
            smtp: Some(SmtpServer::parse("smtps://labs@mail.example.org").unwrap()),
            ..MailSettings::default()
        }
    }

    #[test]
    fn the_way_is_the_one_that_is_set() {
        let none = Mailing::new(&MailSettings::default()).unwrap();
        assert!(!none.mailer().is_set_up());
        let password = Some(Password::as_typed("hunter2"));
        let smtp = MailSettings {
            password: password.clone(),
            ..by_smtp()
        };
        let mailing = Mailing::new(&smtp).unwrap();
        assert!(!format!("{mailing:?} {smtp:?}").contains("hunter2"));
        assert!(mailing.mailer().is_set_up());
        let without_sender = MailSettings {
            from: None,
            ..smtp.clone()
        };
        let two_ways = MailSettings {
            dir: Some("mails".into()),
            ..smtp
        };
        for wrong in [without_sender, two_ways, by_smtp()] {
            let refused = Mailing::new(&wrong).unwrap_err();
            assert!(!format!("{refused:#}").contains("hunter2"));
        }
    }

    #[test]
    fn the_password_is_the_files_without_its_line_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        crate::secrets::write_secret(&path, "hunter2 \n").unwrap();
        let mut settings = by_smtp();
        settings.password_file = Some(path);
        settings.password = Some(Password::as_typed("the variable's"));
        let read = password(&settings).unwrap().unwrap();
        assert_eq!(read.expose(), "hunter2 ");
        settings.password_file = Some(dir.path().join("none"));
        assert!(Mailing::new(&settings).is_err());
    }
}
