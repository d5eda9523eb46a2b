//! What a mail server may say instead of yes, and what becomes of the mail.

use std::time::Duration;

use serde_json::json;
use service::mail::{MailError, Mailer as _};
use tokio::net::TcpSocket;

use crate::host::Host;
use crate::mail;

/// What comes of a mail when the server answers so.
async fn answered(at: &str, code: u16) -> MailError {
    let refuse = json!({ "at": at, "code": code, "text": "Not like this." });
    let host = Host::start(json!({ "tls": "none", "refuse": refuse })).await;
    let error = host.mailer("smtp+plain", None).send(&mail()).await;
    let error = error.unwrap_err();
    let words = error.to_string();
    assert!(words.contains(&code.to_string()), "{words}");
    assert!(words.contains("Not like this."), "{words}");
    error
}

#[tokio::test]
async fn a_mail_that_is_not_wanted_now_may_be_wanted_later() {
    for (at, code) in [("from", 451), ("to", 450), ("data", 452)] {
        let error = answered(at, code).await;
        assert!(matches!(error, MailError::Away(_)), "{at}: {error:?}");
    }
}

#[tokio::test]
async fn a_mail_that_is_refused_is_refused_for_good() {
    for (at, code) in [("to", 550), ("data", 554)] {
        let error = answered(at, code).await;
        assert!(matches!(error, MailError::Refused(_)), "{at}: {error:?}");
    }
}

#[tokio::test]
async fn a_sender_that_is_refused_is_a_setting_to_put_right() {
    let error = answered("from", 550).await;
    assert!(matches!(error, MailError::Away(_)), "{error:?}");
}

#[tokio::test]
async fn a_server_that_stops_answering_is_waited_for_for_a_minute() {
    for hang in ["greeting", "data"] {
        let mut host = Host::start(json!({ "tls": "none", "hang": hang })).await;
        let mailer = host.mailer("smtp+plain", None);
        let sending = tokio::spawn(async move { mailer.send(&mail()).await });
        host.until("hangs").await;
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(61)).await;
        let error = sending.await.unwrap().unwrap_err();
        tokio::time::resume();
        let MailError::Away(words) = error else {
            panic!("it may answer later: {error:?}")
        };
        assert!(words.contains("did not answer in time"), "{words}");
    }
}

/// A port of this machine at which nobody answers: it is taken, and not listened at.
fn silent_port() -> (TcpSocket, u16) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = socket.local_addr().unwrap().port();
    (socket, port)
}

#[tokio::test]
async fn a_check_greets_signs_in_and_sends_nothing() {
    let wanted = json!({ "tls": "none", "user": "labs", "password": "hunter2" });
    let mut host = Host::start(wanted).await;
    let mailer = host.mailer("smtp+plain", Some(("labs", "hunter2")));
    let words = mailer.check().await.unwrap();
    let expected = format!(
        "The mail server 127.0.0.1:{} knows labs, without TLS.",
        host.port
    );
    assert_eq!(words, expected);
    assert_eq!(host.conversation().await, ["connected", "known"]);

    let mailer = host.mailer("smtp+plain", Some(("labs", "hunter3")));
    let words = mailer.check().await.unwrap_err().to_string();
    assert!(words.contains("does not accept"), "{words}");

    let (_socket, port) = silent_port();
    host.port = port;
    let words = host.mailer("smtp+plain", None).check().await;
    let words = words.unwrap_err().to_string();
    assert!(words.contains("cannot be used"), "{words}");
}
