//! Whether the portal is alive, and ready.

use crate::test_app::TestApp;

#[tokio::test]
async fn it_is_alive_and_ready() {
    let app = TestApp::new().await;
    let nobody = app.anonymous();
    assert_eq!(nobody.ask("/healthz").await.says(200).text, "alive\n");
    assert_eq!(nobody.ask("/readyz").await.says(200).text, "ready\n");
}

#[tokio::test]
async fn it_is_alive_but_not_ready_without_machines() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    app.simulator.set_away(true);
    let nobody = app.anonymous();
    nobody.ask("/healthz").await.says(200);
    let not_ready = nobody.ask("/readyz").await.says(503);
    assert!(
        not_ready.text.contains("does not answer"),
        "{}",
        not_ready.text
    );
    // Pages stay up.
    ada.get("/labs").await.says(200);
    app.simulator.set_away(false);
    nobody.ask("/readyz").await.says(200);
}
