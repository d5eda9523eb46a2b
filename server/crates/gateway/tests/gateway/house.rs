//! A server with a gateway. Connections to it are in memory, so that paused time passes only when
//! both ends have nothing to do.

use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use gateway::{Connections, Gateway, GatewaySettings};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::browser::Browser;
use crate::fake::Fake;

/// The origin of the portal's own pages.
pub const OWN: Option<&str> = Some("https://labs.example.org");

/// Connections in memory, as something that axum listens on.
struct InMemory(mpsc::Receiver<DuplexStream>);

impl Listener for InMemory {
    type Io = DuplexStream;
    type Addr = ();

    async fn accept(&mut self) -> (DuplexStream, ()) {
        match self.0.recv().await {
            Some(stream) => (stream, ()),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A server with a gateway.
pub struct House {
    pub fake: Arc<Fake>,
    pub gateway: Gateway,
    door: mpsc::Sender<DuplexStream>,
}

impl House {
    pub async fn new() -> Self {
        let fake = Fake::new().await;
        let connections = Arc::clone(&fake) as Arc<dyn Connections>;
        let gateway = Gateway::new(connections, GatewaySettings::usual(None));
        let (door, streams) = mpsc::channel(16);
        let router = gateway.router();
        tokio::spawn(async move { axum::serve(InMemory(streams), router).await });
        Self {
            fake,
            gateway,
            door,
        }
    }

    /// Asks for a socket, as a page of `origin` would.
    pub async fn ask(&self, origin: Option<&str>, query: &str) -> Answer {
        let (near, far) = tokio::io::duplex(16 * 1024);
        self.door.send(far).await.unwrap();
        let request = request(origin, "labs.example.org", query);
        match tokio_tungstenite::client_async(request, near).await {
            Ok((socket, _)) => Answer::Socket(Box::new(Browser::new(socket))),
            Err(tungstenite::Error::Http(response)) => {
                let body = response.body().clone().unwrap_or_default();
                let body = String::from_utf8(body).unwrap();
                Answer::Refused(response.status().as_u16(), body)
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Opens a terminal with a fresh ticket of person 1.
    pub async fn open(&self) -> Browser {
        self.open_as(1, "").await
    }

    /// Opens a terminal with a fresh ticket of this person, and more to the query.
    pub async fn open_as(&self, person: u128, more: &str) -> Browser {
        let query = format!(
            "ticket={}&columns=80&rows=24{more}",
            self.fake.ticket(person)
        );
        match self.ask(OWN, &query).await {
            Answer::Socket(browser) => *browser,
            Answer::Refused(status, body) => panic!("{status} {body}"),
        }
    }
}

pub fn request(
    origin: Option<&str>,
    host: &str,
    query: &str,
) -> tungstenite::handshake::client::Request {
    let address = format!("ws://{host}/terminal/socket?{query}");
    let mut request = address.into_client_request().unwrap();
    if let Some(origin) = origin {
        request
            .headers_mut()
            .insert("origin", origin.parse().unwrap());
    }
    request
}

/// What came of asking for a socket.
pub enum Answer {
    Socket(Box<Browser>),
    Refused(u16, String),
}

impl Answer {
    pub fn status(&self) -> u16 {
        match self {
            Self::Socket(_) => 101,
            Self::Refused(status, _) => *status,
        }
    }
}

/// Lets this much time pass.
pub async fn pass_time(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}
