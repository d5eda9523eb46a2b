//! Mails handed to a real mail server, and written to files.

#![expect(
    clippy::unwrap_used,
    reason = "a test says by panicking what went wrong"
)]

mod answers;
mod files;
mod host;
mod sending;

use domain::email::Email;
use domain::id::MailId;
use domain::time::Timestamp;
use service::mail::Mail;

/// A mail to Max, with all that could go wrong on its way: letters beyond ASCII, a line with a dot
/// alone, and a line that is longer than mail servers allow.
fn mail() -> Mail {
    Mail {
        id: MailId::new(uuid::Uuid::from_u128(0x7)),
        to: Email::parse("max@example.org").unwrap(),
        subject: "Nur noch eine Stunde — “Python”".to_owned(),
        text: format!(
            "Lieber Max,\n.\n..\nDeine Stunden sind fast aufgebraucht. 🎓\n{}\n",
            "https://labs.example.org/my ".repeat(60)
        ),
        written_at: Timestamp::from_micros(1_760_000_000_000_000),
    }
}
