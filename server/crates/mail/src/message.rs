//! A mail as mail servers know it: headers and an encoded text.

use std::time::{Duration, UNIX_EPOCH};

use domain::email::Email;
use lettre::message::header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{Mailbox, Message};
use lettre::{Address, message};
use service::mail::{Mail, MailError};
use url::Host;

use crate::Unusable;

/// Who Lectern's mails are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    mailbox: Mailbox,
}

impl Sender {
    /// Parses `Lectern <labs@example.org>`, or an address alone, which gets the name Lectern.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, Unusable> {
        let wrong = || {
            Unusable(format!(
                "“{}” is not a sender of mails. One looks like Lectern <labs@example.org>.",
                text.escape_debug()
            ))
        };
        let (name, address) = match text.trim().rsplit_once('<') {
            Some((name, rest)) => (name.trim(), rest.strip_suffix('>').ok_or_else(wrong)?),
            None => ("", text.trim()),
        };
        let name = name
            .strip_prefix('"')
            .and_then(|name| name.strip_suffix('"'))
            .unwrap_or(name);
        if name.chars().any(char::is_control) {
            return Err(wrong());
        }
        let email = Email::parse(address).map_err(|_| wrong())?;
        let name = if name.is_empty() { "Lectern" } else { name };
        Ok(Self {
            mailbox: Mailbox::new(Some(name.to_owned()), to_address(&email).ok_or_else(wrong)?),
        })
    }

    /// The address that undeliverable mails come back to.
    pub(crate) fn address(&self) -> &Address {
        &self.mailbox.email
    }
}

/// The message of a mail. It depends on nothing else: sent twice, it is the same in every byte.
pub(crate) fn message(sender: &Sender, mail: &Mail) -> Result<Message, MailError> {
    let refused = |_| {
        MailError::Refused(format!(
            "“{}” is not an address for a mail.",
            mail.to.as_str()
        ))
    };
    let to = to_address(&mail.to).ok_or(()).map_err(refused)?;
    let micros = u64::try_from(mail.written_at.micros()).unwrap_or(0);
    message::MessageBuilder::new()
        .message_id(Some(format!("<{}@{}>", mail.id, sender.address().domain())))
        .date(UNIX_EPOCH + Duration::from_micros(micros))
        .from(sender.mailbox.clone())
        .to(Mailbox::new(None, to))
        .subject(mail.subject.as_str())
        // RFC 3834: nobody's “I am on holiday” answers to this.
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ))
        // Without it the lines below mean nothing to a reader, and lettre leaves it out.
        .header(MIME_VERSION_1_0)
        .header(ContentType::TEXT_PLAIN)
        .body(mail.text.clone())
        .map_err(|_| refused(()))
}

/// The address with its domain as the name service knows it, which is what mail servers take.
fn to_address(email: &Email) -> Option<Address> {
    let (local, domain) = email.as_str().rsplit_once('@')?;
    let Ok(Host::Domain(domain)) = Host::parse(domain) else {
        return None;
    };
    Address::new(local, domain).ok()
}

#[cfg(test)]
mod tests {
    use domain::id::MailId;
    use domain::time::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn mail(to: &str, subject: &str, text: &str) -> Mail {
        Mail {
            id: MailId::new(Uuid::from_u128(7)),
            to: Email::parse(to).unwrap(),
            subject: subject.to_owned(),
            text: text.to_owned(),
            written_at: Timestamp::from_micros(1_760_000_000_000_000),
        }
    }

    fn written(sender: &str, mail: &Mail) -> String {
        let sender = Sender::parse(sender).unwrap();
        let message = message(&sender, mail).unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    #[test]
    fn a_message_says_what_it_is() {
        let mail = mail("max@example.org", "An hour left", "Dear Max,\nhurry.\n");
        let text = written("The Labs <labs@example.org>", &mail);
        let lines: Vec<&str> = text.split("\r\n").collect();
        for line in [
            "Message-ID: <00000000-0000-0000-0000-000000000007@example.org>",
            "Date: Thu, 09 Oct 2025 08:53:20 +0000",
            "From: \"The Labs\" <labs@example.org>",
            "To: max@example.org",
            "Subject: An hour left",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Dear Max,",
            "hurry.",
        ] {
            assert!(lines.contains(&line), "{line} is not in {text}");
        }
        assert_eq!(text, written("The Labs <labs@example.org>", &mail));
    }

    #[test]
    fn a_message_is_ascii_with_headers_of_its_own_only() {
        let mail = mail(
            "max@schüle.example",
            "Größe\r\nBcc: eve@example.org",
            "Für Dich: 日本語 🎓\n.\nvon Ada\n",
        );
        let text = written("Schüle <labs@schüle.example>", &mail);
        assert!(text.is_ascii());
        assert!(
            text.contains("\r\nTo: max@xn--schle-mva.example\r\n"),
            "{text}"
        );
        let (headers, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!headers.contains("\r\nBcc"), "{headers}");
    }

    #[test]
    fn a_sender_has_a_name() {
        let alone = Sender::parse("labs@example.org").unwrap();
        assert_eq!(alone.mailbox.to_string(), "Lectern <labs@example.org>");
        let named = Sender::parse("\"Labs, all\" <labs@example.org>").unwrap();
        assert_eq!(
            named.mailbox.to_string(),
            "\"Labs, all\" <labs@example.org>"
        );
        for text in [
            "",
            "labs",
            "Labs <labs@example.org",
            "Labs\n<labs@example.org>x",
        ] {
            assert!(Sender::parse(text).is_err(), "{text}");
        }
    }
}
