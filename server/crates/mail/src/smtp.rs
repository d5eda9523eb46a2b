//! Mails by SMTP: one conversation a mail, with an end to patience.

use std::time::Duration;

use async_trait::async_trait;
use domain::credentials::Password;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use service::mail::{Mail, MailError, Mailer};

use crate::Unusable;
use crate::message::{Sender, message};
use crate::server::{Security, SmtpServer};

/// How long the conversation about one mail may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long the mail server may take to say good-bye, when everything is said.
const GOOD_BYE: Duration = Duration::from_secs(5);

/// The most of a mail server's words that are kept.
const MOST_WORDS: usize = 300;

/// Which mail server to use, and how.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// Where it is.
    pub server: SmtpServer,
    /// The password of the address' user.
    pub password: Option<Password>,
    /// Certificates to trust beside the system's, in PEM: the school's own authority's, or the mail
    /// server's own where that is self-signed and not marked as an authority's.
    pub certificates: Option<Vec<u8>>,
}

/// Hands mails to a mail server.
pub struct SmtpMailer {
    sender: Sender,
    server: SmtpServer,
    credentials: Option<Credentials>,
    tls: TlsParameters,
}

impl std::fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpMailer")
            .field("sender", &self.sender)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

impl SmtpMailer {
    /// Mails from this sender, by this mail server. Nothing is connected to.
    ///
    /// # Errors
    /// When the settings do not go together.
    pub fn new(sender: Sender, settings: SmtpSettings) -> Result<Self, Unusable> {
        let server = settings.server;
        let credentials = match (&server.user, settings.password) {
            (Some(user), Some(password)) => {
                Some(Credentials::new(user.clone(), password.expose().to_owned()))
            }
            (None, None) => None,
            (Some(_), None) => {
                return Err(Unusable(
                    "The mail server's address names a user, but there is no password. Name a file that holds it with --mail-password-file."
                        .to_owned(),
                ));
            }
            (None, Some(_)) => {
                return Err(Unusable(
                    "There is a password for the mail server, but its address names no user. Write smtps://user@host."
                        .to_owned(),
                ));
            }
        };
        if credentials.is_some() && server.security == Security::Plain && !server.is_near() {
            return Err(Unusable(
                "A password must not travel unprotected to another machine. Use smtps:// or smtp:// for the mail server."
                    .to_owned(),
            ));
        }
        let mut tls = TlsParameters::builder(server.host.clone());
        if let Some(pem) = &settings.certificates {
            if !String::from_utf8_lossy(pem).contains("BEGIN CERTIFICATE") {
                return Err(no_certificate("there are none"));
            }
            let certificate = Certificate::from_pem(pem).map_err(no_certificate)?;
            tls = tls.add_root_certificate(certificate);
        }
        Ok(Self {
            sender,
            server,
            credentials,
            tls: tls.build().map_err(no_certificate)?,
        })
    }

    /// Greets the mail server as for a mail, signs in where that is wanted, and takes leave: what
    /// works, in a sentence.
    ///
    /// # Errors
    /// `Away` when something does not.
    pub async fn check(&self) -> Result<String, MailError> {
        let greeting = tokio::time::timeout(PATIENCE, self.greet()).await;
        let connection = greeting.unwrap_or_else(|_| Err(self.no_answer()))?;
        take_leave(connection).await;
        let how = match self.server.security {
            Security::Tls | Security::StartTls => "with TLS",
            Security::Plain => "without TLS",
        };
        Ok(match &self.server.user {
            Some(user) => format!("The mail server {} knows {user}, {how}.", self.server),
            None => format!("The mail server {} answers, {how}.", self.server),
        })
    }

    /// Connects and says who is there. Whatever fails here is not about a mail.
    async fn greet(&self) -> Result<AsyncSmtpConnection, MailError> {
        let away = |error: Error| MailError::Away(self.words(&error));
        // Its own name would be asked for here; few servers behind a school's router have one that
        // mail servers believe. The sender's domain is one.
        let name = ClientId::Domain(self.sender.address().domain().to_owned());
        let address = (self.server.host.as_str(), self.server.port);
        let at_once = (self.server.security == Security::Tls).then(|| self.tls.clone());
        let connect =
            AsyncSmtpConnection::connect_tokio1(address, Some(PATIENCE), &name, at_once, None);
        let mut connection = connect.await.map_err(away)?;
        if self.server.security == Security::StartTls {
            if !connection.can_starttls() {
                return Err(MailError::Away(format!(
                    "The mail server {} offers no STARTTLS, so nothing was said to it. If it speaks TLS from the start, its address begins with smtps://.",
                    self.server
                )));
            }
            let secured = connection.starttls(self.tls.clone(), &name).await;
            secured.map_err(away)?;
        }
        if let Some(credentials) = &self.credentials {
            let known = connection
                .auth(&[Mechanism::Plain, Mechanism::Login], credentials)
                .await;
            known.map_err(|error| match error.status() {
                Some(code) => MailError::Away(format!(
                    "The mail server {} does not accept the user name and the password ({code}).",
                    self.server
                )),
                None => away(error),
            })?;
        }
        Ok(connection)
    }

    async fn talk(&self, mail: &Mail) -> Result<AsyncSmtpConnection, MailError> {
        let message = message(&self.sender, mail)?;
        let bytes = message.formatted();
        let mut connection = self.greet().await?;
        let mut parameters = Vec::new();
        let plain = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        if !message.envelope().to().iter().all(plain) {
            if !connection
                .server_info()
                .supports_feature(Extension::SmtpUtfEight)
            {
                return Err(MailError::Refused(format!(
                    "The mail server {} cannot send to addresses with letters beyond ASCII.",
                    self.server
                )));
            }
            parameters.push(MailParameter::SmtpUtfEight);
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        // A sender that the mail server does not like is a matter of settings: the mail can wait
        // until they are put right.
        let from = MailFrom::new(Some(self.sender.address().clone()), parameters);
        let accepted = connection.command(from).await;
        accepted.map_err(|error| MailError::Away(self.words(&error)))?;
        let about_this_mail = |error: Error| {
            let words = self.words(&error);
            if error.is_permanent() && !wants_a_password(&error) {
                MailError::Refused(words)
            } else {
                // This may be an answer that was lost on its way, and the mail sent again: with the
                // same Message-ID.
                MailError::Away(words)
            }
        };
        for to in message.envelope().to() {
            let accepted = connection.command(Rcpt::new(to.clone(), Vec::new())).await;
            accepted.map_err(about_this_mail)?;
        }
        connection.command(Data).await.map_err(about_this_mail)?;
        connection.message(&bytes).await.map_err(about_this_mail)?;
        Ok(connection)
    }

    fn no_answer(&self) -> MailError {
        MailError::Away(format!(
            "The mail server {} did not answer in time.",
            self.server
        ))
    }

    /// What went wrong, for the administrator: the mail server's own words, where it had some.
    fn words(&self, error: &Error) -> String {
        let source = std::error::Error::source(error);
        let cause = source.map_or_else(|| error.to_string(), ToString::to_string);
        let cause: String = cause
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(MOST_WORDS)
            .collect();
        match error.status() {
            Some(code) => format!("The mail server {} answered: {code} {cause}", self.server),
            None if cause.contains("CaUsedAsEndEntity") => format!(
                "The mail server {} is not trusted: it shows an authority's certificate as its own. Give it one made with basicConstraints=CA:FALSE.",
                self.server
            ),
            None if cause.contains("certificate") => format!(
                "The mail server {} is not trusted: {cause}. If its certificate is your own, name that with --mail-ca.",
                self.server
            ),
            None => format!("The mail server {} cannot be used: {cause}.", self.server),
        }
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let conversation = tokio::time::timeout(PATIENCE, self.talk(mail)).await;
        let connection = conversation.unwrap_or_else(|_| Err(self.no_answer()))?;
        take_leave(connection).await;
        Ok(())
    }
}

/// Says good-bye. What was said before stands, whether or not this is answered.
async fn take_leave(mut connection: AsyncSmtpConnection) {
    let _ = tokio::time::timeout(GOOD_BYE, connection.quit()).await;
}

/// Whether the mail server asks who is there, rather than about the mail (RFC 4954).
fn wants_a_password(error: &Error) -> bool {
    let code = error.status().map(|code| code.to_string());
    matches!(code.as_deref(), Some("530" | "534" | "535" | "538"))
}

fn no_certificate(error: impl std::fmt::Display) -> Unusable {
    Unusable(format!(
        "The mail server's certificates cannot be used: {error}. They are expected in PEM, between BEGIN CERTIFICATE and END CERTIFICATE."
    ))
}
