//! A student at work.

use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use gateway::{Connections, Gateway, GatewaySettings};
use tokio_tungstenite::tungstenite::Message;

use crate::browser::Said;
use crate::fake::Fake;
use crate::house::{House, pass_time, request};

#[tokio::test]
async fn a_real_connection_carries_what_is_typed_and_printed() {
    let fake = Fake::new().await;
    let connections = Arc::clone(&fake) as Arc<dyn Connections>;
    let gateway = Gateway::new(connections, GatewaySettings::usual(None));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, gateway.router()).await });

    let origin = format!("http://{address}");
    let query = format!("ticket={}&columns=80&rows=24", fake.ticket(1));
    let request = request(Some(&origin), &address.to_string(), &query);
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    socket
        .send(Message::Binary("whoami\r".into()))
        .await
        .unwrap();
    let mut printed = String::new();
    while !printed.contains("\r\nstudent\r\n") {
        if let Message::Binary(bytes) = socket.next().await.unwrap().unwrap() {
            printed.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_shell_echoes_and_knows_its_window() {
    let house = House::new().await;
    let mut browser = house.open().await;
    let session = browser.session().await;
    assert_eq!(
        (session["resumed"].as_bool(), session["position"].as_u64()),
        (Some(false), Some(0))
    );
    browser.read_until("student@python-001-abcdef:~$ ").await;
    browser.type_in("echo lectern\r").await;
    browser.read_until("echo lectern\r\nlectern\r\n").await;
    browser
        .say(r#"{"type":"resize","columns":132,"rows":43}"#)
        .await;
    browser.type_in("stty size\r").await;
    browser.read_until("\r\n43 132\r\n").await;
    let figures = house.gateway.figures();
    assert_eq!((figures.opened, figures.shells, figures.sockets), (1, 1, 1));
    assert_eq!(
        (figures.typed_bytes, figures.printed_bytes),
        (23, browser.position)
    );
}

#[tokio::test(start_paused = true)]
async fn a_quiet_connection_lives() {
    let house = House::new().await;
    let mut browser = house.open().await;
    browser.session().await;
    browser.read_until("$ ").await;
    // Listening answers pings.
    let heard = tokio::time::timeout(Duration::from_secs(610), browser.hear()).await;
    assert!(heard.is_err(), "{heard:?}");
    assert_eq!(house.gateway.figures().sockets, 1);
    assert_eq!(browser.signs_of_life, 30);
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_broken() {
    let house = House::new().await;
    let mut browser = house.open().await;
    browser.session().await;
    // Nobody reads, hence nobody answers pings.
    pass_time(46.0).await;
    let figures = house.gateway.figures();
    assert_eq!((figures.sockets, figures.detached), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn an_oversized_message_breaks_the_connection_but_not_the_shell() {
    let house = House::new().await;
    let mut browser = house.open().await;
    let id = browser.session().await["id"].as_str().unwrap().to_owned();
    browser.read_until("$ ").await;
    browser.try_type_in(vec![b'x'; 64 * 1024 + 1]).await;
    assert!(matches!(
        browser.hear().await,
        Said::Closed(1008) | Said::Broken
    ));
    let mut browser = house.open_as(1, &format!("&resume={id}")).await;
    assert_eq!(browser.session().await["resumed"].as_bool(), Some(true));
    browser.say("not json").await;
    browser.read_until("$ ").await;
    assert_eq!(browser.hear().await, Said::Closed(1008));
}
