//! Event streams: they say “look again” when there is something new, and nothing about others.

use std::time::Duration;

use axum::body::BodyDataStream;
use axum::http::{Method, header};
use futures::StreamExt as _;
use service::sessions::IDLE;

use crate::lab::{Lab, act, own_machine};
use crate::test_app::TestApp;

/// What a stream says next; `None` when it ended. The time is there so that a test ends at all.
async fn next(stream: &mut BodyDataStream) -> Option<String> {
    let next = tokio::time::timeout(Duration::from_secs(20), stream.next());
    let bytes = next.await.expect("the stream says nothing")?.unwrap();
    Some(String::from_utf8(bytes.to_vec()).unwrap())
}

/// Whether a stream has said nothing, although it had every opportunity.
async fn is_quiet(stream: &mut BodyDataStream) -> bool {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    futures::poll!(stream.next()).is_pending()
}

const CHANGED: &str = "data: changed\n\n";

/// The first words of a stream, so that a page that was loaded before it began misses nothing.
async fn begin(stream: &mut BodyDataStream) {
    let first = next(stream).await.unwrap();
    assert!(first.ends_with(CHANGED), "{first:?}");
}

async fn changed(stream: &mut BodyDataStream) {
    let said = next(stream).await.unwrap();
    assert!(said.ends_with(CHANGED), "{said:?}");
}

#[tokio::test]
async fn a_page_hears_that_its_lab_changed() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let (head, mut stream) = ada.listen(&format!("/events/labs/{}", lab.id)).await;
    head.says(200);
    begin(&mut stream).await;
    let (_, mut all) = ada.listen("/events/labs").await;
    begin(&mut all).await;
    let form = [("id", &*lab.id), ("title", "Mosses")];
    ada.fetch("/sfn/labs/update", &form).await.says(200);
    changed(&mut stream).await;
    changed(&mut all).await;
    // A word is said, not what changed.
    let form = [("lab", &*lab.id), ("emails", "max@example.org")];
    ada.fetch("/sfn/users/add", &form).await.says(200);
    let said = next(&mut stream).await.unwrap();
    assert!(!said.contains("max"), "{said:?}");
}

#[tokio::test]
async fn a_student_hears_that_the_machine_runs() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let max = app.student("Max").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    lab.list(&ada, &["Max"]).await;
    lab.publish(&app, &ada).await;
    let (_, mut stream) = max.listen("/events/machines").await;
    begin(&mut stream).await;
    lab.register(&app, &max).await;
    changed(&mut stream).await;
    act(&app, &max, &own_machine(&max).await, "start").await;
    changed(&mut stream).await;
}

#[tokio::test]
async fn others_labs_are_not_heard() {
    let app = TestApp::new().await;
    let (ada, eve) = (app.educator("Ada").await, app.educator("Eve").await);
    let max = app.student("Max").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let other = Lab::make(&app, &eve, "Mosses").await;
    let mut hers = Vec::new();
    for (who, path) in [
        (&eve, "/events/labs".to_owned()),
        (&eve, format!("/events/labs/{}", other.id)),
        (&eve, "/events/machines".to_owned()),
        (&max, "/events/labs".to_owned()),
        (&max, "/events/machines".to_owned()),
    ] {
        let (head, mut stream) = who.listen(&path).await;
        head.says(200);
        begin(&mut stream).await;
        hers.push((path, stream));
    }
    let (_, mut own) = ada.listen(&format!("/events/labs/{}", lab.id)).await;
    begin(&mut own).await;
    let form = [("id", &*lab.id), ("title", "Ferns")];
    ada.fetch("/sfn/labs/update", &form).await.says(200);
    changed(&mut own).await;
    for (path, stream) in &mut hers {
        assert!(is_quiet(stream).await, "{path}");
    }
}

#[tokio::test]
async fn who_may_not_hear_is_told_so() {
    let app = TestApp::new().await;
    let (ada, eve) = (app.educator("Ada").await, app.educator("Eve").await);
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let path = format!("/events/labs/{}", lab.id);
    app.anonymous().listen(&path).await.0.says(401);
    eve.listen(&path).await.0.says(404);
    eve.listen("/events/labs/x").await.0.says(404);
    eve.listen("/events/labs/01900000-0000-7000-8000-000000000000")
        .await
        .0
        .says(404);
    app.anonymous().listen("/events/labs").await.0.says(401);
    app.anonymous().listen("/events/machines").await.0.says(401);
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let mut streams = Vec::new();
    for path in [
        "/events/labs".to_owned(),
        "/events/machines".to_owned(),
        "/events/system".to_owned(),
        format!("/events/labs/{}", lab.id),
    ] {
        let (_, mut stream) = ada.listen(&path).await;
        next(&mut stream).await;
        streams.push((path, stream));
    }
    ada.fetch("/sfn/sign-out", &[]).await.says(200);
    for (path, stream) in &mut streams {
        assert_eq!(next(stream).await, None, "{path}");
    }
}

#[tokio::test]
async fn an_open_page_is_no_use_of_its_session() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let (_, mut stream) = ada.listen("/events/system").await;
    next(&mut stream).await;
    app.clock.pass(IDLE - Duration::from_secs(60));
    app.simulator.set_away(true);
    assert!(app.reconciler.sweep().await.is_err());
    changed(&mut stream).await;
    app.clock.pass(Duration::from_secs(120));
    app.simulator.set_away(false);
    app.reconciler.sweep().await.unwrap();
    assert_eq!(next(&mut stream).await, None);
    assert!(!ada.is_signed_in().await);
}

#[tokio::test]
async fn everybody_hears_when_the_machine_host_goes_and_comes_back() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    for who in [&ada, &app.anonymous()] {
        let (head, mut stream) = who.listen("/events/system").await;
        let head = head.says(200);
        assert_eq!(head.header(header::CONTENT_TYPE), "text/event-stream");
        // Where it stands, for a browser that comes again; nothing that it has to act upon.
        let first = next(&mut stream).await.unwrap();
        assert!(
            first.starts_with("id: ") && !first.contains("data"),
            "{first:?}"
        );
        app.simulator.set_away(true);
        assert!(app.reconciler.sweep().await.is_err());
        changed(&mut stream).await;
        app.simulator.set_away(false);
        app.reconciler.sweep().await.unwrap();
        changed(&mut stream).await;
    }
}

#[tokio::test]
async fn what_happens_while_the_line_is_down_is_not_missed() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let path = format!("/events/labs/{}", lab.id);
    let (_, mut stream) = ada.listen(&path).await;
    let first = next(&mut stream).await.unwrap();
    let (_, id) = first.split_once("id: ").unwrap();
    let id = id.lines().next().unwrap().to_owned();
    drop(stream);
    let again = async || {
        let request = ada
            .request(Method::GET, &path)
            .header(header::ACCEPT, "text/event-stream")
            .header("last-event-id", &id);
        ada.stream(request).await.1
    };
    let mut stream = again().await;
    assert!(is_quiet(&mut stream).await, "nothing has changed");
    drop(stream);
    let form = [("id", &*lab.id), ("title", "Mosses")];
    ada.fetch("/sfn/labs/update", &form).await.says(200);
    changed(&mut again().await).await;
}
