//! People who come from a learning platform, as their browsers see it: frames, windows and cookies.

use axum::body::Body;
use axum::http::{Method, header};
use axum::routing::get;
use axum::{Json, Router};
use domain::role::Role;
use serde_json::json;

use crate::client::{Client, PAGE, encode};
use crate::lab::Lab;
use crate::lms::{
    HTTPS, Lms, Place, STATE_COOKIE, field, from_frame, from_platform, in_place, set,
};
use crate::test_app::{PASSWORD, TestApp, address_of};

async fn linked_lab(app: &TestApp, lms: &Lms) -> (Client, Lab) {
    let grace = app.educator("Grace").await;
    let lab = Lab::make(app, &grace, "Orchids").await;
    lab.publish(app, &grace).await;
    // She comes from the course once, in a window of her own, and says which lab it is.
    let nobody = app.anonymous();
    let answer = lms
        .launch(app, &nobody, ("Grace", "Instructor"), Place::Window, |_| ())
        .await;
    // Her address is trusted, so that it is her account once the password proved it.
    assert_eq!(answer.leads_to(), "/sign-in/prove");
    let proven = nobody
        .fetch("/sfn/sign-in/prove", &[("password", PASSWORD)])
        .await
        .says(200);
    let onward = proven.header("location").to_owned();
    assert!(onward.starts_with("/lti/onward?ticket="), "{onward}");
    let request = nobody
        .request(Method::GET, &onward)
        .header(header::ACCEPT, PAGE);
    let choose = nobody
        .send_unchecked(request, Body::empty())
        .await
        .says(200);
    choose.has_what_all_have_but(&lms.frames(), "'self'");
    assert!(choose.text.contains("Orchids"), "{}", choose.text);
    let form = encode(&[("ticket", &field(&choose, "ticket")), ("lab", &lab.id)]);
    let chosen = nobody
        .send(from_frame(&nobody, "/lti/choose", Place::Window), form)
        .await;
    assert_eq!(chosen.leads_to(), format!("/labs/{}", lab.id));
    nobody.get(&lab.page("")).await.says(200);
    (grace, lab)
}

#[tokio::test]
async fn learners_in_a_frame_go_on_in_a_window_and_have_a_machine() {
    let app = TestApp::at(HTTPS).await;
    let lms = Lms::trusted_by(&app, true).await;
    let (grace, lab) = linked_lab(&app, &lms).await;
    let ada = app.anonymous();
    let framed = lms
        .launch(&app, &ada, ("Ada", "Learner"), Place::Frame, |_| ())
        .await
        .says(200);
    framed.has_what_all_have_but(&lms.frames(), "'self'");
    // A frame has no session, whatever it is sent.
    assert!(framed.cookies().is_empty(), "{:?}", framed.cookies());
    assert!(!ada.is_signed_in().await);
    // But she is on the list, and has a machine.
    let users = lab.view(&grace).await["users"].clone();
    assert_eq!(users.as_array().unwrap().len(), 1, "{users}");
    // The button opens a window, which begins the session.
    let form = encode(&[("ticket", &field(&framed, "ticket"))]);
    let request = from_frame(&ada, "/lti/enter", Place::Window);
    let window = ada.send(request, form.clone()).await;
    assert_eq!(window.leads_to(), "/machines");
    let session = set(&window, "__Host-lectern").unwrap();
    for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(session.contains(part), "{session}");
    }
    assert!(ada.is_signed_in().await);
    assert_eq!(
        ada.ask("/sfn/machines")
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    // The portal's own pages are framed by nobody, which each of these answers is checked for.
    ada.get("/machines").await.says(200);
    // The ticket works once: not in another browser.
    let eve = app.anonymous();
    let request = from_frame(&eve, "/lti/enter", Place::Window);
    let again = eve.send_unchecked(request, form.clone()).await.says(403);
    assert!(set(&again, "__Host-lectern").is_none());
    assert!(!eve.is_signed_in().await);
    // In her own the button goes on leading there.
    let request = from_frame(&ada, "/lti/enter", Place::Window);
    assert_eq!(ada.send(request, form).await.leads_to(), "/machines");
}

#[tokio::test]
async fn a_launch_in_a_window_begins_a_session_at_once() {
    let app = TestApp::at(HTTPS).await;
    let lms = Lms::trusted_by(&app, true).await;
    let (_, lab) = linked_lab(&app, &lms).await;
    let ada = app.anonymous();
    let led = lms
        .launch(&app, &ada, ("Ada", "Learner"), Place::Window, |_| ())
        .await;
    assert_eq!(led.leads_to(), "/machines");
    assert!(
        set(&led, "__Host-lectern")
            .unwrap()
            .contains("SameSite=Lax")
    );
    assert!(ada.is_signed_in().await);
    // A learner is nothing more here.
    ada.get(&lab.page("")).await.says(404);
    // A teacher without a role on the lab is told, and comes to nothing of it.
    let hedy = app.anonymous();
    let told = lms
        .launch(&app, &hedy, ("Hedy", "Instructor"), Place::Window, |_| ())
        .await
        .says(200);
    assert!(
        told.readable().contains("no role on it"),
        "{}",
        told.readable()
    );
    assert!(told.cookies().is_empty());
    assert!(!hedy.is_signed_in().await);
}

#[tokio::test]
async fn the_state_is_in_a_cookie_that_only_launches_see() {
    let app = TestApp::at(HTTPS).await;
    let lms = Lms::known_to(&app).await;
    let ada = app.anonymous();
    let target = format!("{HTTPS}/lti/launch");
    let address = format!(
        "/lti/login?{}",
        encode(&[
            ("iss", &*lms.issuer),
            ("login_hint", "x"),
            ("target_link_uri", &*target)
        ])
    );
    let begun = ada.get(&address).await;
    assert!(begun.leads_to().starts_with(&lms.issuer));
    let cookie = set(&begun, STATE_COOKIE).unwrap();
    for part in [
        "HttpOnly",
        "Secure",
        "SameSite=None",
        "Partitioned",
        "Path=/",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    // A browser that keeps none is shown the way out of the frame, and in to nobody.
    let (state, nonce) = lms.begin(&ada, HTTPS, Place::Frame).await;
    let token = lms.sign(&lms.claims(&app, &nonce, "Ada", "Learner")).await;
    let without = app.anonymous();
    let page = lms
        .post(&without, &state, &token, Place::Frame)
        .await
        .says(200);
    page.has_what_all_have_but(&lms.frames(), "'self'");
    assert!(
        page.text.contains("href=\"/lti/login?iss="),
        "{}",
        page.text
    );
    assert!(page.text.contains("target=\"_blank\""), "{}", page.text);
    assert!(page.cookies().is_empty());
    // Another browser with a cookie of its own is refused, on a page that the platform can show.
    let other = app.anonymous();
    lms.begin(&other, HTTPS, Place::Frame).await;
    let refused = lms
        .post(&other, &state, &token, Place::Frame)
        .await
        .says(403);
    refused.has_what_all_have_but(&lms.frames(), "'self'");
    // The right one goes on, once.
    lms.post(&ada, &state, &token, Place::Frame).await.says(200);
    lms.post(&ada, &state, &token, Place::Frame).await.says(403);
}

#[tokio::test]
async fn a_frame_without_cookies_spends_no_hint() {
    let app = TestApp::at(HTTPS).await;
    let lms = Lms::trusted_by(&app, true).await;
    linked_lab(&app, &lms).await;
    // It is sent a cookie, and to the same beginning by its address.
    let ada = app.anonymous();
    let trial = lms.knock(&ada, HTTPS, Place::Frame).await.says(303);
    assert!(
        set(&trial, STATE_COOKIE)
            .unwrap()
            .contains("SameSite=None; Partitioned")
    );
    let again = trial.leads_to();
    assert!(again.starts_with("/lti/login?iss="), "{again}");
    assert!(again.ends_with("&tried=1"), "{again}");
    // A browser that keeps none comes there without it.
    let without = app.anonymous();
    let request = in_place(&without, again, Place::Frame);
    let page = without
        .send_unchecked(request, Body::empty())
        .await
        .says(200);
    page.has_what_all_have_but(&lms.frames(), "'self'");
    assert!(page.text.contains("target=\"_blank\""), "{}", page.text);
    assert!(page.cookies().is_empty());
    let (_, address) = page.text.split_once("href=\"/lti/login?").unwrap();
    let address = address.split('"').next().unwrap().replace("&amp;", "&");
    assert!(!address.contains("tried"), "{address}");
    // In the window it begins with the hint, which is good still, and leads to the machine.
    let request = in_place(&without, &format!("/lti/login?{address}"), Place::Window);
    let begun = without.send(request, Body::empty()).await;
    let (state, nonce) = lms.take(&begun);
    let token = lms.sign(&lms.claims(&app, &nonce, "Ada", "Learner")).await;
    let led = lms.post(&without, &state, &token, Place::Window).await;
    assert_eq!(led.leads_to(), "/machines");
    // The one that kept it goes on in the frame.
    let request = in_place(&ada, again, Place::Frame);
    let begun = ada.send(request, Body::empty()).await;
    assert!(begun.leads_to().starts_with(&lms.issuer));
    // Nobody is led about by what no known platform begins.
    let target = format!("{HTTPS}/lti/launch");
    let unknown = [
        ("iss", "https://unknown.example"),
        ("login_hint", "x"),
        ("target_link_uri", &*target),
    ];
    for tried in ["", "&tried=1"] {
        let path = format!("/lti/login?{}{tried}", encode(&unknown));
        let other = app.anonymous();
        let request = in_place(&other, &path, Place::Frame);
        let refused = other.send_unchecked(request, Body::empty()).await.says(403);
        assert!(refused.cookies().is_empty(), "{path}");
    }
}

#[tokio::test]
async fn over_plain_http_it_is_always_the_window() {
    let app = TestApp::new().await;
    let lms = Lms::trusted_by(&app, true).await;
    let ada = app.anonymous();
    let page = lms
        .launch(&app, &ada, ("Ada", "Learner"), Place::Unsaid, |claims| {
            claims
                .as_object_mut()
                .unwrap()
                .retain(|name, _| !name.ends_with("claim/context"));
        })
        .await
        .says(200);
    assert!(page.cookies().is_empty());
    let kept = ada.cookie("lectern-lti").unwrap();
    assert_eq!(kept.len(), 64);
    let form = encode(&[("ticket", &field(&page, "ticket"))]);
    let window = ada.send(ada.form("/lti/enter"), form).await;
    assert_eq!(window.leads_to(), "/");
    assert!(
        set(&window, "lectern-session")
            .unwrap()
            .contains("SameSite=Lax")
    );
    assert!(ada.is_signed_in().await);
}

#[tokio::test]
async fn only_what_platforms_send_may_come_from_another_site() {
    let app = TestApp::at(HTTPS).await;
    let lms = Lms::known_to(&app).await;
    let ada = app.anonymous();
    let page = lms
        .launch(&app, &ada, ("Ada", "Instructor"), Place::Frame, |_| ())
        .await;
    assert_eq!(page.status, 200, "{}", page.text);
    for path in ["/lti/enter", "/lti/choose", "/lti/prove", "/sfn/sign-out"] {
        let request = from_platform(&ada, path, Place::Frame);
        let refused = ada.send(request, "ticket=x").await;
        assert_eq!(refused.status, 403, "{path}");
        assert!(!refused.text.contains("<html"), "{path} was answered");
    }
    // Nothing close to the two addresses is let through either.
    for path in ["/lti/launch/", "/lti/login/x", "//lti/launch"] {
        let request = from_platform(&ada, path, Place::Frame);
        let refused = ada.send(request, "").await;
        assert_eq!(refused.status, 403, "{path}");
    }
}

#[tokio::test]
async fn what_was_chosen_is_posted_back_to_the_platform() {
    let app = TestApp::at(HTTPS).await;
    let lms = Lms::trusted_by(&app, true).await;
    let (_, lab) = linked_lab(&app, &lms).await;
    let deep = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings";
    let grace = app.anonymous();
    let page = lms
        .launch(
            &app,
            &grace,
            ("Grace", "Instructor"),
            Place::Frame,
            |claims| {
                claims["https://purl.imsglobal.org/spec/lti/claim/message_type"] =
                    json!("LtiDeepLinkingRequest");
                claims[deep] = json!({
                    "deep_link_return_url": "https://moodle.test/return?id=1&x=2",
                    "accept_types": ["ltiResourceLink"], "data": "d",
                });
            },
        )
        .await
        .says(200);
    page.has_what_all_have_but(&lms.frames(), "'self'");
    let form = encode(&[("ticket", &field(&page, "ticket")), ("lab", &lab.id)]);
    let request = from_frame(&grace, "/lti/choose", Place::Frame);
    let sent = grace.send_unchecked(request, form).await.says(200);
    let forms = format!("'self' {0} https://moodle.test", lms.frames());
    sent.has_what_all_have_but(&lms.frames(), &forms);
    // By a button without a script, and at once with the script that the policy lets run.
    assert!(
        sent.text
            .contains("action=\"https://moodle.test/return?id=1&amp;x=2\"")
    );
    assert!(sent.readable().contains("<button"), "{}", sent.readable());
    assert!(
        sent.text
            .contains(&format!("<script nonce=\"{}\">", sent.nonce()))
    );
    let token = field(&sent, "JWT");
    assert_eq!(token.split('.').count(), 3);
    // A lab of nobody that she knows cannot be chosen.
    let form = encode(&[
        ("ticket", &field(&page, "ticket")),
        ("lab", "01a20eb5-9067-7564-9645-7bdc18a8c21a"),
    ]);
    let request = from_frame(&grace, "/lti/choose", Place::Frame);
    grace.send_unchecked(request, form).await.says(404);
}

#[tokio::test]
async fn owners_manage_platforms_on_their_page() {
    let app = TestApp::at(HTTPS).await;
    let ada = app.educator("Ada").await;
    let email = domain::email::Email::parse(&address_of("Olga")).unwrap();
    let link = app
        .identity
        .make_link(&email, Some(Role::Owner))
        .await
        .unwrap();
    let olga = app.anonymous();
    let account = [
        ("token", &*link),
        ("name", "Olga"),
        ("email", email.as_str()),
        ("password", PASSWORD),
    ];
    olga.fetch("/sfn/welcome/use", &account).await.says(200);
    ada.get("/platforms").await.says(403);
    let empty = olga.get("/platforms").await.says(200);
    for address in ["/lti/login", "/lti/launch", "/lti/jwks"] {
        assert!(
            empty.readable().contains(&format!("{HTTPS}{address}")),
            "{address}"
        );
    }
    let form = [
        ("name", "<i>Canvas</i>"),
        ("issuer", "https://canvas.instructure.com"),
        ("client_id", "10000000000001"),
        ("deployments", "1:abc\n</textarea><b>"),
        (
            "authorization",
            "https://sso.canvaslms.com/api/lti/authorize_redirect",
        ),
        ("token", "https://sso.canvaslms.com/login/oauth2/token"),
        ("keys", "https://sso.canvaslms.com/api/lti/security/jwks"),
        ("pages", "https://school.instructure.com"),
    ];
    olga.fetch("/sfn/platforms/save", &form).await.says(200);
    let twice = olga.fetch("/sfn/platforms/save", &form).await.says(409);
    assert!(
        twice.message().contains("issuer and client id"),
        "{}",
        twice.text
    );
    let mut plain = form;
    plain[6].1 = "http://sso.canvaslms.com/jwks";
    let plain = olga.fetch("/sfn/platforms/save", &plain).await.says(422);
    assert_eq!(plain.field(), "keys");
    let page = olga.get("/platforms").await.says(200);
    let text = page.readable();
    assert!(
        text.contains("&lt;i>Canvas") || text.contains("&lt;i&gt;Canvas"),
        "{text}"
    );
    assert!(!text.contains("</textarea><b>"), "{text}");
    let mut tx = app.services.store.read().await.unwrap();
    let id = tx.platforms().await.unwrap()[0].id.to_string();
    drop(tx);
    let act = async |path: &str, form: &[(&str, &str)]| {
        olga.fetch(path, form).await.says(200);
    };
    act("/sfn/platforms/switch", &[("platform", &id), ("on", "")]).await;
    act("/sfn/platforms/key", &[]).await;
    act("/sfn/platforms/invite", &[]).await;
    let made = olga.get("/platforms").await.says(200);
    assert!(made.readable().contains(&format!("{HTTPS}/lti/register/")));
    let after = olga.get("/platforms").await.says(200);
    assert!(!after.readable().contains("/lti/register/"));
    act("/sfn/platforms/remove", &[("platform", &id)]).await;
    let mut tx = app.services.store.read().await.unwrap();
    assert!(tx.platforms().await.unwrap().is_empty());
}

/// A platform's site that takes registrations, and its address.
async fn registrar() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let configuration = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "registration_endpoint": format!("{issuer}/register"),
    });
    let router: Router = Router::new()
        .route("/configuration", get(async move || Json(configuration)))
        .route(
            "/register",
            axum::routing::post(async || Json(json!({ "client_id": "made" }))),
        );
    tokio::spawn(async move { axum::serve(listener, router).await });
    issuer
}

#[tokio::test]
async fn a_platform_that_registered_is_told_to_close_the_page() {
    let app = TestApp::new().await;
    let issuer = registrar().await;
    let email = domain::email::Email::parse(&address_of("Olga")).unwrap();
    let link = app.identity.make_link(&email, Some(Role::Owner)).await;
    let account = [
        ("token", &*link.unwrap()),
        ("name", "Olga"),
        ("email", email.as_str()),
        ("password", PASSWORD),
    ];
    let olga = app.anonymous();
    olga.fetch("/sfn/welcome/use", &account).await.says(200);
    olga.fetch("/sfn/platforms/invite", &[]).await.says(200);
    let page = olga.get("/platforms").await;
    let address = "http://lectern.test/lti/register/";
    let (_, token) = page.text.split_once(address).unwrap();
    let token = token.split('"').next().unwrap();
    let path = format!(
        "/lti/register/{token}?{}",
        encode(&[
            ("openid_configuration", &format!("{issuer}/configuration")),
            ("registration_token", "t"),
        ])
    );
    let platform = app.anonymous();
    let open = || {
        platform
            .request(Method::GET, &path)
            .header(header::ACCEPT, PAGE)
    };
    let done = platform
        .send_unchecked(open(), Body::empty())
        .await
        .says(200);
    let policy = done.header(header::CONTENT_SECURITY_POLICY);
    assert!(
        policy.ends_with(&format!("frame-ancestors {issuer}")),
        "{policy}"
    );
    // Otherwise the page that opened this one would not hear of it.
    assert_eq!(done.header("cross-origin-opener-policy"), "unsafe-none");
    let script = format!("<script nonce=\"{}\">", done.nonce());
    let (_, script) = done.text.split_once(&script).unwrap();
    assert!(script.contains("org.imsglobal.lti.close"), "{script}");
    // It waits for its owner, and the address is used up.
    let page = olga.get("/platforms").await;
    assert!(page.readable().contains("Switch on"), "{}", page.readable());
    let refused = platform
        .send_unchecked(open(), Body::empty())
        .await
        .says(403);
    // Why it failed is seen wherever somebody tried.
    refused.has_what_all_have_but("https:", "'self'");
    assert!(refused.cookies().is_empty());
    assert!(!refused.text.contains("<form"), "{}", refused.text);
}

#[tokio::test]
async fn the_keys_are_for_everyone() {
    let app = TestApp::at(HTTPS).await;
    let keys = app.anonymous().ask("/lti/jwks").await.says(200);
    let key = &keys.json()["keys"][0];
    assert_eq!((&key["kty"], &key["alg"]), (&json!("RSA"), &json!("RS256")));
    assert!(!keys.text.contains("\"d\""), "{}", keys.text);
}
