//! A real mail server, started for one test.

use std::process::Stdio;

use domain::credentials::Password;
use mail::{Sender, SmtpMailer, SmtpServer, SmtpSettings};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// A mail server in a process of its own.
pub(crate) struct Host {
    /// Its port on this machine.
    pub port: u16,
    events: Lines<BufReader<ChildStdout>>,
    _input: ChildStdin,
    _process: Child,
}

impl Host {
    /// A mail server as `server.mjs` describes it.
    pub async fn start(wanted: Value) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/smtp/server.mjs");
        let mut process = Command::new("node")
            .arg(script)
            .arg(wanted.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("these tests need Node.js; they are not skipped");
        let mut host = Self {
            port: 0,
            events: BufReader::new(process.stdout.take().unwrap()).lines(),
            _input: process.stdin.take().unwrap(),
            _process: process,
        };
        let listens = host.until("listens").await;
        host.port = u16::try_from(listens["port"].as_u64().unwrap()).unwrap();
        host
    }

    /// The next event of this kind.
    pub async fn until(&mut self, event: &str) -> Value {
        while let Some(next) = self.next().await {
            if next["event"] == event {
                return next;
            }
        }
        panic!(
            "the mail server ended before it said “{event}”; `npm ci` brings the packages that it needs"
        );
    }

    /// What happened until the connection was closed: the names of the events.
    pub async fn conversation(&mut self) -> Vec<String> {
        let mut events = Vec::new();
        while let Some(next) = self.next().await {
            let event = next["event"].as_str().unwrap().to_owned();
            if event == "closed" {
                break;
            }
            events.push(event);
        }
        events
    }

    async fn next(&mut self) -> Option<Value> {
        let line = self.events.next_line().await.unwrap()?;
        Some(serde_json::from_str(&line).unwrap())
    }

    /// A mailer that uses it, by a scheme and, where it has one, as a user.
    pub fn mailer(&self, scheme: &str, user: Option<(&str, &str)>) -> SmtpMailer {
        self.trusting(scheme, user, None)
    }

    /// The same, trusting this certificate too.
    pub fn trusting(
        &self,
        scheme: &str,
        user: Option<(&str, &str)>,
        certificate: Option<&str>,
    ) -> SmtpMailer {
        let name = user.map_or(String::new(), |(name, _)| format!("{name}@"));
        let address = format!("{scheme}://{name}127.0.0.1:{}", self.port);
        let settings = SmtpSettings {
            server: SmtpServer::parse(&address).unwrap(),
            password: user.map(|(_, password)| Password::as_typed(password)),
            certificates: certificate.map(|pem| pem.as_bytes().to_vec()),
        };
        SmtpMailer::new(sender(), settings).unwrap()
    }
}

/// Whom the mails are from.
pub(crate) fn sender() -> Sender {
    Sender::parse("The Labs <labs@example.org>").unwrap()
}

/// A key, and a certificate for this machine that it signed itself.
pub(crate) fn self_signed(is_ca: IsCa) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut wanted = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    wanted.is_ca = is_ca;
    let certificate = wanted.self_signed(&key).unwrap();
    (key.serialize_pem(), certificate.pem())
}

/// What makes a certificate an authority's.
pub(crate) const AUTHORITY: IsCa = IsCa::Ca(BasicConstraints::Unconstrained);

/// A mail server with TLS of this kind, and its certificate.
pub(crate) async fn with_tls(kind: &str, is_ca: IsCa) -> (Host, String) {
    let (key, certificate) = self_signed(is_ca);
    let host = Host::start(json!({ "tls": kind, "key": key, "cert": certificate })).await;
    (host, certificate)
}
