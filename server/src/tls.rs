//! HTTPS by the server itself: with the school's own certificate, or with one that signs itself and is
//! made once in the data directory, which programs can be told to trust.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::secrets::{read_secret, write_secret};

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How many connections may wait for the server after their handshake.
const WAITING: usize = 128;

/// How long accepting rests after an error that is not one connection's, such as too many open files.
const REST: Duration = Duration::from_millis(200);

/// Where certificate and key come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsSettings {
    /// Files in PEM: the certificate with what leads to its issuer, and its key.
    Files {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// Made once, in the data directory.
    SelfSigned,
}

/// The files of a certificate that signs itself, below the data directory.
const SELF_SIGNED: [&str; 2] = ["tls-certificate.pem", "tls-key.pem"];

/// What connections are answered with.
///
/// # Errors
/// When the files cannot be read, or others can read the key; when they hold no certificate or no key,
/// or do not belong together.
pub fn config(settings: &TlsSettings, data_dir: &Path, public_url: &str) -> Result<ServerConfig> {
    let (certificate, key) = match settings {
        TlsSettings::Files { certificate, key } => (certificate.clone(), key.clone()),
        TlsSettings::SelfSigned => self_signed(data_dir, public_url)?,
    };
    let chain = CertificateDer::pem_file_iter(&certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("{} holds no certificate.", certificate.display()))?;
    let secret =
        read_secret(&key).with_context(|| format!("The key {} cannot be read.", key.display()))?;
    let secret = PrivateKeyDer::from_pem_slice(&secret)
        .with_context(|| format!("{} holds no private key.", key.display()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .with_context(|| {
            format!(
                "{} and {} do not belong together.",
                certificate.display(),
                key.display()
            )
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The certificate that signs itself, made when it is missing. It is for the portal's host, and for this
/// machine by its usual names.
fn self_signed(data_dir: &Path, public_url: &str) -> Result<(PathBuf, PathBuf)> {
    let [certificate, key] = SELF_SIGNED.map(|name| data_dir.join(name));
    if certificate.exists() && key.exists() {
        return Ok((certificate, key));
    }
    let mut names = vec![
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        "::1".to_owned(),
    ];
    if let Some(host) = host(public_url).filter(|host| !names.contains(host)) {
        names.insert(0, host);
    }
    let made = rcgen::generate_simple_self_signed(names)?;
    std::fs::create_dir_all(data_dir)?;
    write_secret(&key, &made.signing_key.serialize_pem())?;
    std::fs::write(&certificate, made.cert.pem())
        .with_context(|| format!("{} cannot be written.", certificate.display()))?;
    Ok((certificate, key))
}

/// The host in an address, without port and brackets.
fn host(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split('/').next().unwrap_or(rest);
    let host = match authority.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or(six),
        None => authority.split(':').next().unwrap_or(authority),
    };
    (!host.is_empty()).then(|| host.to_owned())
}

/// Accepts connections and shakes hands with each in a task of its own, so that a slow or silent
/// stranger holds nobody up.
#[derive(Debug)]
pub struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
}

impl TlsListener {
    /// Begins to accept.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn new(listener: TcpListener, config: ServerConfig) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(WAITING);
        tokio::spawn(accept(
            listener,
            TlsAcceptor::from(Arc::new(config)),
            sender,
        ));
        Ok(Self { address, ready })
    }
}

async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    ready: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    loop {
        let (stream, from) = tokio::select! {
            () = ready.closed() => return,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::debug!(%error, "a connection could not be accepted");
                    tokio::time::sleep(REST).await;
                    continue;
                }
            },
        };
        let (acceptor, ready) = (acceptor.clone(), ready.clone());
        tokio::spawn(async move {
            match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                // A server that is ending takes no more of them.
                Ok(Ok(stream)) => drop(ready.send((stream, from)).await),
                Ok(Err(error)) => tracing::debug!(%from, %error, "a handshake failed"),
                Err(_) => tracing::debug!(%from, "a handshake took too long"),
            }
        });
    }
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(accepted) => accepted,
            // The accepting task ends only after this side has.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_made_once_and_its_key_is_secret() {
        use std::os::unix::fs::PermissionsExt as _;

        let dir = tempfile::tempdir().unwrap();
        let url = "https://labs.example.org";
        config(&TlsSettings::SelfSigned, dir.path(), url).unwrap();
        let [certificate, key] = SELF_SIGNED.map(|name| dir.path().join(name));
        let first = std::fs::read(&certificate).unwrap();
        config(&TlsSettings::SelfSigned, dir.path(), url).unwrap();
        assert_eq!(std::fs::read(&certificate).unwrap(), first);
        let mode = std::fs::metadata(&key).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_is_no_certificate_says_which_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("empty.pem");
        write_secret(&path, "").unwrap();
        let files = TlsSettings::Files {
            certificate: path.clone(),
            key: path,
        };
        let refused = config(&files, dir.path(), "https://x").unwrap_err();
        assert!(refused.to_string().contains("empty.pem"), "{refused:#}");
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;

        let dir = tempfile::tempdir().unwrap();
        config(&TlsSettings::SelfSigned, dir.path(), "https://x").unwrap();
        let [certificate, key] = SELF_SIGNED.map(|name| dir.path().join(name));
        let files = TlsSettings::Files {
            certificate,
            key: key.clone(),
        };
        config(&files, dir.path(), "https://x").unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
        for settings in [files, TlsSettings::SelfSigned] {
            let refused = config(&settings, dir.path(), "https://x").unwrap_err();
            assert!(format!("{refused:#}").contains("chmod 600"), "{refused:#}");
        }
    }

    #[test]
    fn hosts_of_addresses() {
        let of = |url| host(url).unwrap_or_default();
        assert_eq!(of("https://labs.example.org/x"), "labs.example.org");
        assert_eq!(of("https://127.0.0.1:3000"), "127.0.0.1");
        assert_eq!(of("https://[::1]:3000"), "::1");
        assert_eq!(of("nonsense"), "");
    }

    /// What `GET /` answers over TLS to a client that trusts exactly this certificate.
    async fn asked(address: SocketAddr, certificate: &Path) -> String {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(certificate).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(address).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let name = "localhost".try_into().unwrap();
        let mut stream = connector.connect(name, stream).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn a_silent_stranger_holds_nobody_up() {
        use axum::extract::ConnectInfo;
        use axum::routing::get;
        use axum::serve::ListenerExt as _;

        let dir = tempfile::tempdir().unwrap();
        let config = config(&TlsSettings::SelfSigned, dir.path(), "https://localhost").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let who = async |ConnectInfo(from): ConnectInfo<SocketAddr>| format!("from {}", from.ip());
        let router = axum::Router::new()
            .route("/", get(who))
            .into_make_service_with_connect_info::<SocketAddr>();
        let listener = TlsListener::new(listener, config).unwrap().tap_io(|_| {});
        let serving = tokio::spawn(axum::serve(listener, router).into_future());
        let _silent = TcpStream::connect(address).await.unwrap();
        let answer = asked(address, &dir.path().join(SELF_SIGNED[0])).await;
        assert!(answer.ends_with("from 127.0.0.1"), "{answer}");
        serving.abort();
    }
}
