//! How Lectern's mails leave the house: by SMTP, or as files in a folder.
//!
//! What lives here is the form of a mail and the way to the mail server, behind the service's trait
//! `Mailer`. What may not enter: when a mail is sent, how often it is tried, and what it says.

mod file;
mod message;
mod server;
mod smtp;

pub use file::FileMailer;
pub use message::Sender;
pub use server::{Security, SmtpServer};
pub use smtp::{SmtpMailer, SmtpSettings};

/// A setting that mails cannot be sent with, in a sentence that says what to do. It holds no
/// password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(pub(crate) String);
