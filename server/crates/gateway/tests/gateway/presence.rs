//! Who is at a machine, and what they are told.

use service::usage::Notice;

use crate::browser::Said;
use crate::house::{House, pass_time};

#[tokio::test(start_paused = true)]
async fn whoever_is_at_a_machine_is_noted_until_they_leave() {
    let house = House::new().await;
    assert_eq!(*house.fake.present.borrow(), 0);
    let mut browser = house.open().await;
    browser.session().await;
    let mut present = house.fake.present.subscribe();
    present.wait_for(|present| *present == 1).await.unwrap();
    browser.close(1000).await;
    present.wait_for(|present| *present == 0).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_notice_is_told_when_there_is_one_and_taken_back_when_there_is_none() {
    let house = House::new().await;
    let mut browser = house.open().await;
    browser.session().await;
    let text = "Your quota ends in 5 minutes; the machine is stopped then.".to_owned();
    *house.fake.notice.lock().unwrap() = Some(Notice { text, stay: true });
    pass_time(6.0).await;
    let told = heard(&mut browser).await;
    assert_eq!(told["stay"], true);
    assert!(told["text"].as_str().unwrap().contains("5 minutes"));
    *house.fake.notice.lock().unwrap() = None;
    pass_time(6.0).await;
    assert!(heard(&mut browser).await["text"].is_null());
}

/// The next notice, past what is printed meanwhile.
async fn heard(browser: &mut crate::browser::Browser) -> serde_json::Value {
    loop {
        match browser.hear().await {
            Said::Text(text) if text["type"] == "notice" => return text,
            Said::Printed(_) => {}
            said => panic!("waited for a notice, but {said:?}"),
        }
    }
}
