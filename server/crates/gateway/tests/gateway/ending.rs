//! How a connection ends.

use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::id::LabId;
use service::changes::Change;
use service::connect::Ended;
use tokio::time::Instant;
use uuid::Uuid;

use crate::browser::Said;
use crate::fake::{flood, pass, scripted};
use crate::house::{House, pass_time};

#[tokio::test(start_paused = true)]
async fn the_connection_is_cut_within_a_second_of_its_right() {
    for (ended, reason) in [
        (Ended::Stopped, "The machine was stopped."),
        (Ended::NotYours, "This machine is no longer yours to use."),
        (Ended::SignedOut, "You have been signed out."),
    ] {
        let house = House::new().await;
        let mut browser = house.open().await;
        browser.session().await;
        pass_time(3.7).await;
        house.fake.end(ended);
        let since = Instant::now();
        assert_eq!(browser.end().await, (reason.to_owned(), true));
        assert!(
            since.elapsed() <= Duration::from_millis(1100),
            "{:?}",
            since.elapsed()
        );
        pass_time(1.0).await;
        let figures = house.gateway.figures();
        assert_eq!((figures.cut, figures.shells, figures.sockets), (1, 0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn word_of_mouth_cuts_at_once() {
    let house = House::new().await;
    let mut browser = house.open().await;
    browser.session().await;
    pass_time(2.5).await;
    house.fake.end(Ended::NotYours);
    // Another lab is no reason to look.
    house
        .fake
        .changes
        .tell(Change::Lab(LabId::new(Uuid::from_u128(99))));
    let checks = house.fake.checks.load(Ordering::Relaxed);
    pass_time(0.2).await;
    assert_eq!(house.fake.checks.load(Ordering::Relaxed), checks);
    let since = Instant::now();
    house.fake.changes.tell(Change::Lab(pass(1).lab));
    browser.end().await;
    assert_eq!(since.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_takes_nothing_cannot_put_the_cut_off() {
    let house = House::new().await;
    let (input, mut typed, printed) = scripted(&house);
    let mut browser = house.open().await;
    browser.session().await;
    flood(printed);
    pass_time(2.0).await;
    house.fake.end(Ended::Stopped);
    let since = Instant::now();
    // The shell's own end is gone within the second, and so is the socket soon after.
    while typed.recv().await.is_some() {}
    assert!(
        since.elapsed() <= Duration::from_secs(1),
        "{:?}",
        since.elapsed()
    );
    assert!(input.is_closed());
    pass_time(1.0).await;
    assert_eq!(house.gateway.figures().sockets, 0);
    while !matches!(browser.hear().await, Said::Broken) {}
}

#[tokio::test(start_paused = true)]
async fn what_was_printed_before_the_end_is_shown() {
    let house = House::new().await;
    let mut browser = house.open().await;
    browser.session().await;
    browser.type_in("exit\r").await;
    browser.read_until("logout\r\n").await;
    assert_eq!(
        browser.end().await,
        ("The shell has ended.".to_owned(), true)
    );
}

#[tokio::test(start_paused = true)]
async fn a_goodbye_ends_the_shell() {
    let house = House::new().await;
    let mut browser = house.open().await;
    browser.session().await;
    browser.close(1000).await;
    pass_time(0.1).await;
    assert_eq!(house.gateway.figures().shells, 0);
}

#[tokio::test(start_paused = true)]
async fn a_restart_is_told() {
    let house = House::new().await;
    let mut browser = house.open().await;
    browser.session().await;
    let gateway = house.gateway.clone();
    let stopping = tokio::spawn(async move { gateway.shut_down().await });
    let restarted = ("The portal is being restarted.".to_owned(), false);
    assert_eq!(browser.end().await, restarted);
    stopping.await.unwrap();
    assert_eq!(house.open().await.end().await, restarted);
}
