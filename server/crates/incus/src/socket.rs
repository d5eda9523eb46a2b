//! WebSockets of Incus' REST API.

use std::time::Duration;

use reqwest::Url;
use tokio::net::UnixStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::client::{Client, Link};
use crate::fault::{Fault, Result};

/// An open WebSocket.
pub(crate) type Socket = WebSocketStream<UnixStream>;

/// How long opening one may take.
const OPENING: Duration = Duration::from_secs(30);

impl Client {
    /// Opens the WebSocket at this path.
    pub(crate) async fn socket(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Socket> {
        let url = self.url(path, query);
        let opening = tokio::time::timeout(OPENING, self.open_socket(url));
        let late = || Fault::Away("Incus took too long to open a connection.".to_owned());
        opening.await.map_err(|_| late())?
    }

    async fn open_socket(&self, mut url: Url) -> Result<Socket> {
        let Link::Unix(path) = &self.link;
        let stream = UnixStream::connect(path).await;
        let stream = stream.map_err(|error| Fault::unreachable(&error))?;
        // Both schemes are of the kind that may be exchanged for each other.
        let _ = url.set_scheme("ws");
        match client_async(url.as_str(), stream).await {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(response)) => Err(Fault::Refused {
                code: response.status().as_u16(),
                message: "Incus refused to open a connection.".to_owned(),
            }),
            Err(error) => Err(Fault::unreachable(&error)),
        }
    }
}
