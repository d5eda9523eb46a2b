//! The far end of a socket, as a browser's page has it.

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use tokio::io::DuplexStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// What the gateway said.
#[derive(Debug, PartialEq)]
pub enum Said {
    Printed(Bytes),
    Text(serde_json::Value),
    Closed(u16),
    Broken,
}

/// The far end of a socket.
pub struct Browser {
    socket: WebSocketStream<DuplexStream>,
    /// The position up to which it has what was printed.
    pub position: u64,
    pub signs_of_life: u32,
}

impl Browser {
    pub fn new(socket: WebSocketStream<DuplexStream>) -> Self {
        Self {
            socket,
            position: 0,
            signs_of_life: 0,
        }
    }

    /// What the gateway says next, but for pings.
    pub async fn hear(&mut self) -> Said {
        loop {
            return match self.socket.next().await {
                Some(Ok(Message::Binary(bytes))) => {
                    self.position += bytes.len() as u64;
                    Said::Printed(bytes)
                }
                Some(Ok(Message::Text(text))) if text.contains("alive") => {
                    self.signs_of_life += 1;
                    continue;
                }
                Some(Ok(Message::Text(text))) => Said::Text(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => {
                    Said::Closed(frame.map_or(1005, |f| f.code.into()))
                }
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => Said::Broken,
            };
        }
    }

    /// The session that the gateway announces first.
    pub async fn session(&mut self) -> serde_json::Value {
        let Said::Text(session) = self.hear().await else {
            panic!("the session comes first")
        };
        assert_eq!(session["type"], "session");
        self.position = session["position"].as_u64().unwrap();
        session
    }

    /// Reads what is printed until it has `text`, and returns it.
    pub async fn read_until(&mut self, text: &str) -> String {
        let mut printed = String::new();
        while !printed.contains(text) {
            match self.hear().await {
                Said::Printed(bytes) => printed.push_str(std::str::from_utf8(&bytes).unwrap()),
                said => panic!("waited for {text:?} after {printed:?}, but {said:?}"),
            }
        }
        printed
    }

    /// Reads until the gateway says that it ended; returns the reason, and whether for good.
    pub async fn end(&mut self) -> (String, bool) {
        loop {
            match self.hear().await {
                Said::Printed(_) => {}
                Said::Text(text) if text["type"] == "ended" => {
                    assert_eq!(self.hear().await, Said::Closed(1000));
                    let reason = text["reason"].as_str().unwrap().to_owned();
                    return (reason, text["final"].as_bool().unwrap());
                }
                said => panic!("waited for the end, but {said:?}"),
            }
        }
    }

    pub async fn type_in(&mut self, bytes: impl Into<Bytes>) {
        self.socket
            .send(Message::Binary(bytes.into()))
            .await
            .unwrap();
    }

    /// Types what the gateway may refuse to read.
    pub async fn try_type_in(&mut self, bytes: impl Into<Bytes>) {
        let _ = self.socket.send(Message::Binary(bytes.into())).await;
    }

    pub async fn say(&mut self, json: &str) {
        self.socket.send(Message::Text(json.into())).await.unwrap();
    }

    pub async fn confirm(&mut self) {
        let position = self.position;
        self.say(&format!(r#"{{"type":"received","position":{position}}}"#))
            .await;
    }

    /// The socket itself.
    pub fn into_socket(self) -> WebSocketStream<DuplexStream> {
        self.socket
    }

    /// Says goodbye with this code.
    pub async fn close(&mut self, code: u16) {
        let frame = CloseFrame {
            code: CloseCode::from(code),
            reason: "".into(),
        };
        self.socket.close(Some(frame)).await.unwrap();
    }
}
