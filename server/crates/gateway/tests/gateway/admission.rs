//! Who is let in.

use service::engine::EngineError;
use simulator::Act;

use crate::house::{Answer, House, OWN, pass_time};

#[tokio::test(start_paused = true)]
async fn only_the_portals_own_pages_get_a_socket() {
    let house = House::new().await;
    for origin in [None, Some("https://evil.example"), Some("null")] {
        let query = format!("ticket={}", house.fake.ticket(1));
        assert_eq!(house.ask(origin, &query).await.status(), 403, "{origin:?}");
        // A refused page has not used the ticket up.
        assert_eq!(house.ask(OWN, &query).await.status(), 101);
    }
    assert_eq!(house.gateway.figures().refused, 3);
}

#[tokio::test(start_paused = true)]
async fn a_ticket_is_good_once() {
    let house = House::new().await;
    let query = format!("ticket={}", house.fake.ticket(1));
    assert_eq!(house.ask(OWN, &query).await.status(), 101);
    for query in ["", "ticket=", "ticket=guessed", &query] {
        let Answer::Refused(status, body) = house.ask(OWN, query).await else {
            panic!("{query} was let in");
        };
        assert_eq!(
            (status, body.as_str()),
            (401, r#"{"message":"Please sign in."}"#),
            "{query}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn ten_terminals_are_enough() {
    let house = House::new().await;
    let mut browsers = Vec::new();
    for _ in 0..10 {
        let mut browser = house.open().await;
        browser.session().await;
        browsers.push(browser);
    }
    let too_many = "You have 10 terminals open. Close one of them first.".to_owned();
    assert_eq!(house.open().await.end().await, (too_many, true));
    house.open_as(2, "").await.session().await;
    // One that only waits for its browser makes room.
    browsers.pop();
    pass_time(1.0).await;
    house.open().await.session().await;
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_away_is_tried_again_and_one_that_refuses_is_not() {
    let house = House::new().await;
    house.fake.simulator.set_away(true);
    let (reason, is_final) = house.open().await.end().await;
    assert!(reason.contains("does not answer") && !is_final, "{reason}");
    house.fake.simulator.set_away(false);
    let error = EngineError::Failed("no pty is left".to_owned());
    house.fake.simulator.fail(Act::Terminal, 1, error);
    let (reason, is_final) = house.open().await.end().await;
    assert!(reason.contains("no pty is left") && is_final, "{reason}");
    assert_eq!(house.gateway.figures().shells, 0);
}
