//! Mails that arrive, and those that must not.

use mail::{SmtpMailer, SmtpServer, SmtpSettings};
use rcgen::IsCa;
use serde_json::json;
use service::mail::{MailError, Mailer as _};

use crate::host::{AUTHORITY, Host, self_signed, sender, with_tls};
use crate::mail;

/// A header's value, its lines put together.
fn header(raw: &str, name: &str) -> String {
    let (headers, _) = raw.split_once("\r\n\r\n").unwrap();
    let headers = headers.replace("\r\n ", " ");
    let line = headers
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name} in {headers}"))
        .to_owned()
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() {
    let mut host = Host::start(json!({ "tls": "none" })).await;
    host.mailer("smtp+plain", None).send(&mail()).await.unwrap();
    let arrived = host.until("mail").await;
    assert_eq!(arrived["from"], "labs@example.org");
    assert_eq!(arrived["to"], json!(["max@example.org"]));
    assert_eq!(arrived["greeting"], "example.org");
    assert_eq!(arrived["secure"], false);
    let raw = arrived["raw"].as_str().unwrap();
    let id = "<00000000-0000-0000-0000-000000000007@example.org>";
    assert_eq!(header(raw, "Message-ID"), id);
    assert_eq!(header(raw, "Date"), "Thu, 09 Oct 2025 08:53:20 +0000");
    assert_eq!(header(raw, "Auto-Submitted"), "auto-generated");
    assert_eq!(header(raw, "MIME-Version"), "1.0");
    assert_eq!(header(raw, "From"), "\"The Labs\" <labs@example.org>");
    assert_eq!(header(raw, "To"), "max@example.org");
    let encoding = header(raw, "Content-Transfer-Encoding");
    assert_eq!(encoding, "quoted-printable");
    let (_, body) = raw.split_once("\r\n\r\n").unwrap();
    let text = quoted_printable::decode(body, quoted_printable::ParseMode::Strict).unwrap();
    let text = String::from_utf8(text).unwrap().replace("\r\n", "\n");
    assert_eq!(text.trim_end(), mail().text.trim_end());
    assert!(raw.lines().all(|line| line.len() <= 998));
}

#[tokio::test]
async fn starttls_protects_a_mail_and_a_stranger_gets_none() {
    let (mut host, certificate) = with_tls("starttls", IsCa::NoCa).await;
    let stranger = host.mailer("smtp", None).send(&mail()).await.unwrap_err();
    let MailError::Away(words) = stranger else {
        panic!("it may be trusted later: {stranger:?}")
    };
    assert!(words.contains("is not trusted"), "{words}");
    assert!(words.contains("--mail-ca"), "{words}");
    assert!(!host.conversation().await.contains(&"mail".to_owned()));

    let mailer = host.trusting("smtp", None, Some(&certificate));
    mailer.send(&mail()).await.unwrap();
    assert_eq!(host.until("mail").await["secure"], true);
}

#[tokio::test]
async fn tls_from_the_start_protects_a_mail_and_a_stranger_gets_none() {
    let (mut host, certificate) = with_tls("always", IsCa::NoCa).await;
    let (_, other) = self_signed(IsCa::NoCa);
    for trusted in [None, Some(&*other)] {
        let mailer = host.trusting("smtps", None, trusted);
        let stranger = mailer.send(&mail()).await.unwrap_err();
        assert!(matches!(stranger, MailError::Away(_)), "{stranger:?}");
    }
    let mailer = host.trusting("smtps", None, Some(&certificate));
    mailer.send(&mail()).await.unwrap();
    assert_eq!(host.until("mail").await["secure"], true);
}

#[tokio::test]
async fn an_authoritys_certificate_is_no_servers_and_the_words_say_so() {
    let (host, certificate) = with_tls("starttls", AUTHORITY).await;
    let mailer = host.trusting("smtp", None, Some(&certificate));
    let words = mailer.send(&mail()).await.unwrap_err().to_string();
    assert!(words.contains("CA:FALSE"), "{words}");
}

#[tokio::test]
async fn nothing_is_said_to_a_server_that_hides_its_starttls() {
    let wanted = json!({ "tls": "none", "user": "labs", "password": "hunter2" });
    let mut host = Host::start(wanted).await;
    let mailer = host.mailer("smtp", Some(("labs", "hunter2")));
    let refused = mailer.send(&mail()).await.unwrap_err();
    assert!(matches!(&refused, MailError::Away(words) if words.contains("no STARTTLS")));
    drop(mailer);
    assert_eq!(host.conversation().await, ["connected"]);
}

#[tokio::test]
async fn the_right_password_opens_and_a_wrong_one_leaves_the_mail_waiting() {
    let wanted = json!({ "tls": "none", "user": "labs@example.org", "password": "hunter2" });
    let mut host = Host::start(wanted).await;
    let mailer = host.mailer("smtp+plain", Some(("labs@example.org", "hunter2")));
    mailer.send(&mail()).await.unwrap();
    assert_eq!(host.until("mail").await["user"], "labs@example.org");
    assert!(!format!("{mailer:?}").contains("hunter2"));

    let mailer = host.mailer("smtp+plain", Some(("labs@example.org", "hunter3")));
    let refused = mailer.send(&mail()).await.unwrap_err();
    let MailError::Away(words) = refused else {
        panic!("the password may be put right: {refused:?}")
    };
    assert!(words.contains("does not accept the user name"), "{words}");
    assert!(!words.contains("hunter3"), "{words}");

    // The same where nobody says who they are.
    let refused = host.mailer("smtp+plain", None).send(&mail()).await;
    assert!(matches!(refused, Err(MailError::Away(_))), "{refused:?}");
}

#[test]
fn settings_that_do_not_go_together_are_refused() {
    let new = |address: &str, password: Option<&str>, certificates: Option<&str>| {
        let settings = SmtpSettings {
            server: SmtpServer::parse(address).unwrap(),
            password: password.map(domain::credentials::Password::as_typed),
            certificates: certificates.map(|pem| pem.as_bytes().to_vec()),
        };
        assert!(!format!("{settings:?}").contains("hunter2"));
        SmtpMailer::new(sender(), settings)
    };
    let far = "smtps://labs@mail.example.org";
    for (address, password, certificates) in [
        (far, None, None),
        ("smtps://mail.example.org", Some("hunter2"), None),
        ("smtp+plain://labs@mail.example.org", Some("hunter2"), None),
        (
            far,
            Some("hunter2"),
            Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
        ),
        (far, Some("hunter2"), Some("no certificate at all")),
    ] {
        let refused = new(address, password, certificates).unwrap_err();
        assert!(!refused.to_string().contains("hunter2"));
    }
    assert!(new(far, Some("hunter2"), None).is_ok());
}
