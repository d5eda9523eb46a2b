//! A connection that broke is taken up again.

use std::time::Duration;

use service::connect::Ended;
use tokio::time::Instant;

use crate::fake::scripted;
use crate::house::{House, pass_time};

#[tokio::test(start_paused = true)]
async fn a_broken_connection_is_taken_up_again_where_it_broke() {
    let house = House::new().await;
    let mut browser = house.open().await;
    let session = browser.session().await;
    browser.read_until("$ ").await;
    browser.type_in("echo kept").await;
    browser.read_until("echo kept").await;
    let received = browser.position;
    browser.type_in("\r").await;
    pass_time(0.1).await;
    // The answer was under way when the connection broke.
    drop(browser);
    pass_time(50.0).await;
    assert_eq!(house.gateway.figures().detached, 1);

    let id = session["id"].as_str().unwrap();
    let mut browser = house
        .open_as(1, &format!("&resume={id}&received={received}"))
        .await;
    let resumed = browser.session().await;
    assert_eq!(resumed["id"], session["id"]);
    assert_eq!(
        (resumed["resumed"].as_bool(), resumed["reset"].as_bool()),
        (Some(true), Some(false))
    );
    assert_eq!(resumed["position"].as_u64(), Some(received));
    assert!(browser.read_until("$ ").await.starts_with("\r\nkept\r\n"));
    // Long after the minute it is still there, because somebody has it.
    for _ in 0..10 {
        pass_time(15.0).await;
        browser.type_in("x").await;
        browser.read_until("x").await;
    }
    assert_eq!(house.gateway.figures().resumed, 1);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_loaded_again_is_told_what_it_showed() {
    let house = House::new().await;
    let mut browser = house.open().await;
    let id = browser.session().await["id"].as_str().unwrap().to_owned();
    browser.type_in("echo before\r").await;
    browser.read_until("\r\nbefore\r\n").await;
    browser.confirm().await;
    // The page says so when it is left, but not whether it will be back.
    browser.close(1001).await;
    drop(browser);
    let mut browser = house.open_as(1, &format!("&resume={id}")).await;
    let session = browser.session().await;
    assert_eq!(
        (session["resumed"].as_bool(), session["reset"].as_bool()),
        (Some(true), Some(true))
    );
    browser.read_until("\r\nbefore\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn nobody_is_waited_for_longer_than_a_minute() {
    let house = House::new().await;
    let (input, _typed, _printed) = scripted(&house);
    let mut browser = house.open().await;
    let id = browser.session().await["id"].as_str().unwrap().to_owned();
    drop(browser);
    let since = Instant::now();
    input.closed().await;
    let waited = since.elapsed();
    assert!((60.0..61.0).contains(&waited.as_secs_f64()), "{waited:?}");
    let mut browser = house.open_as(1, &format!("&resume={id}&received=0")).await;
    let session = browser.session().await;
    assert_eq!(session["resumed"].as_bool(), Some(false));
    assert_ne!(session["id"], id.as_str());
}

#[tokio::test(start_paused = true)]
async fn a_waiting_shell_ends_with_its_right() {
    let house = House::new().await;
    let (input, _typed, _printed) = scripted(&house);
    let mut browser = house.open().await;
    browser.session().await;
    drop(browser);
    pass_time(5.0).await;
    house.fake.end(Ended::NotYours);
    let since = Instant::now();
    input.closed().await;
    assert!(since.elapsed() <= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_shell_is_taken_up_by_its_own_person_only() {
    let house = House::new().await;
    let mut browser = house.open().await;
    let id = browser.session().await["id"].as_str().unwrap().to_owned();
    drop(browser);
    let mut stranger = house.open_as(2, &format!("&resume={id}&received=0")).await;
    assert_eq!(stranger.session().await["resumed"].as_bool(), Some(false));
    assert_eq!(house.gateway.figures().shells, 2);
}

#[tokio::test(start_paused = true)]
async fn one_socket_at_a_time_has_the_shell() {
    let house = House::new().await;
    let mut first = house.open().await;
    let id = first.session().await["id"].as_str().unwrap().to_owned();
    let mut second = house.open_as(1, &format!("&resume={id}")).await;
    second.session().await;
    let (reason, is_final) = first.end().await;
    assert_eq!(
        (reason.as_str(), is_final),
        ("This terminal was opened in another window.", true)
    );
    second.type_in("whoami\r").await;
    second.read_until("\r\nstudent\r\n").await;
    assert_eq!(house.gateway.figures().shells, 1);
}
