//! Much is printed, or pasted; nothing grows without bounds.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use service::engine::TerminalInput;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use crate::browser::Said;
use crate::fake::{flood, scripted};
use crate::house::{House, pass_time};

#[tokio::test(start_paused = true)]
async fn endless_printing_waits_for_a_slow_reader() {
    let house = House::new().await;
    let (_input, _typed, printed) = scripted(&house);
    let mut browser = house.open().await;
    browser.session().await;
    let taken = flood(printed);
    pass_time(5.0).await;
    let before = taken.load(Ordering::Relaxed);
    assert!(
        (100 << 10..256 << 10).contains(&before),
        "{before} bytes were taken"
    );
    pass_time(5.0).await;
    assert_eq!(taken.load(Ordering::Relaxed), before);

    // Nothing got lost, nothing doubled.
    let mut text = String::new();
    while text.len() < 4 << 20 {
        match browser.hear().await {
            Said::Printed(bytes) => text.push_str(std::str::from_utf8(&bytes).unwrap()),
            said => panic!("{said:?}"),
        }
    }
    let lines = text
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    for (at, line) in lines.enumerate() {
        assert_eq!(line.trim_end().parse(), Ok(at / 256));
    }
}

#[tokio::test(start_paused = true)]
async fn endless_printing_waits_for_the_screen() {
    let house = House::new().await;
    let (_input, _typed, printed) = scripted(&house);
    let mut browser = house.open().await;
    browser.session().await;
    browser.confirm().await;
    let taken = flood(printed);
    // The browser takes everything from the network, but its screen does not follow.
    let reading = async {
        loop {
            browser.hear().await;
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(5), reading).await;
    let before = taken.load(Ordering::Relaxed);
    assert!(
        (100 << 10..256 << 10).contains(&before),
        "{before} bytes were taken"
    );
    assert!(browser.position <= 160 << 10);
    browser.confirm().await;
    pass_time(1.0).await;
    assert!(taken.load(Ordering::Relaxed) > before + (64 << 10));
}

#[tokio::test(start_paused = true)]
async fn endless_printing_with_nobody_looking_keeps_the_last_of_it() {
    let house = House::new().await;
    let (_input, _typed, printed) = scripted(&house);
    let mut browser = house.open().await;
    let id = browser.session().await["id"].as_str().unwrap().to_owned();
    drop(browser);
    pass_time(1.0).await;
    for number in 0..1000 {
        printed
            .send(Bytes::from(format!("{number:06}\r\n").repeat(128)))
            .await
            .unwrap();
    }
    printed.send(Bytes::from("last\r\n")).await.unwrap();
    let mut browser = house.open_as(1, &format!("&resume={id}&received=8")).await;
    let session = browser.session().await;
    assert_eq!(
        (session["resumed"].as_bool(), session["reset"].as_bool()),
        (Some(true), Some(true))
    );
    let kept = browser.read_until("last\r\n").await;
    assert!(
        (255 << 10..=256 << 10).contains(&kept.len()),
        "{}",
        kept.len()
    );
    assert!(kept.starts_with("000"), "it begins with a whole line");
}

#[tokio::test(start_paused = true)]
async fn much_is_pasted_into_a_shell_that_prints_before_it_reads() {
    let house = House::new().await;
    let (_input, mut typed, printed) = scripted(&house);
    let mut browser = house.open().await;
    browser.session().await;
    browser.confirm().await;
    // It echoes each piece four times over before it takes the next one.
    tokio::spawn(async move {
        while let Some(TerminalInput::Bytes(bytes)) = typed.recv().await {
            for _ in 0..4 {
                if printed.send(bytes.clone()).await.is_err() {
                    return;
                }
            }
        }
    });
    // A browser takes everything from the network at once. What it says stands in line behind what
    // was pasted before.
    let (mut sink, mut stream) = browser.into_socket().split();
    let (say, mut line) = mpsc::unbounded_channel();
    for _ in 0..40 {
        say.send(Message::Binary(vec![b'x'; 32 * 1024].into()))
            .unwrap();
    }
    tokio::spawn(async move {
        while let Some(message) = line.recv().await {
            sink.send(message).await.unwrap();
        }
    });
    let mut heard = 0;
    while heard < 40 * 4 * 32 * 1024 {
        match stream.next().await.unwrap().unwrap() {
            Message::Binary(bytes) => heard += bytes.len(),
            Message::Ping(_) => panic!("it stalled at {heard}"),
            _ => {}
        }
        let shown = format!(r#"{{"type":"received","position":{heard}}}"#);
        say.send(Message::Text(shown.into())).unwrap();
    }
}
