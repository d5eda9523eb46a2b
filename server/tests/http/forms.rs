//! Forms in a browser whose script has not arrived, or never will.

use axum::body::Body;
use axum::http::header;
use axum::routing::post;

use crate::answer::Answer;
use crate::client::{Client, encode};
use crate::lab::{Lab, borrowed, new_lab, own_machine, text};
use crate::test_app::{PASSWORD, TestApp, address_of};

/// What the page says was refused, if it says so.
fn refusal(page: &Answer) -> Option<String> {
    let readable = page.readable();
    let (_, rest) = readable.split_once("notice-danger")?;
    let (_, rest) = rest.split_once("<p>")?;
    Some(rest.split_once("</p>")?.0.to_owned())
}

/// Opens the page that an answer leads to.
async fn follow(client: &Client, answer: &Answer) -> Answer {
    let path = answer.leads_to();
    assert!(path.starts_with('/') && !path.starts_with("//"), "{path}");
    client.get(path).await
}

#[tokio::test]
async fn success_leads_to_the_right_page() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let form = new_lab("Orchids");
    let made = ada
        .submit("/labs/new", "/sfn/labs/create", &borrowed(&form))
        .await
        .says(302);
    assert!(made.leads_to().starts_with("/labs/"), "{}", made.leads_to());
    assert!(ada.cookie("lectern-flash").is_none());
    app.settle().await;
    let page = follow(&ada, &made).await.says(200);
    assert!(page.readable().contains("Orchids"), "{}", page.readable());

    // Forms that stay lead back to the page they are on, tabs and all.
    let id = made.leads_to().strip_prefix("/labs/").unwrap().to_owned();
    let users = format!("/labs/{id}/users");
    let added = ada
        .submit(
            &users,
            "/sfn/users/add",
            &[("lab", &id), ("emails", "max@example.org")],
        )
        .await
        .says(302);
    assert_eq!(added.leads_to(), users);
    let page = follow(&ada, &added).await.says(200);
    assert!(page.readable().contains("max@example.org"));
    assert_eq!(refusal(&page), None);

    let settings = format!("/labs/{id}/settings");
    let form = [("id", &*id), ("typed", "Orchids")];
    let deleted = ada.submit(&settings, "/sfn/labs/delete", &form).await;
    assert_eq!(deleted.leads_to(), "/labs/deleted");
    let page = follow(&ada, &deleted).await.says(200);
    assert!(
        page.readable().contains("Bring back"),
        "{}",
        page.readable()
    );
    let back = ada
        .submit("/labs/deleted", "/sfn/labs/restore", &[("id", &id)])
        .await;
    assert_eq!(back.leads_to(), format!("/labs/{id}"));
    ada.submit(&settings, "/sfn/labs/delete", &form).await;
    let erased = ada
        .submit("/labs/deleted", "/sfn/labs/erase", &[("id", &id)])
        .await;
    assert_eq!(erased.leads_to(), "/labs/deleted");
    let page = follow(&ada, &erased).await.says(200);
    assert!(
        page.readable().contains("Nothing here"),
        "{}",
        page.readable()
    );

    let out = ada.submit("/labs", "/sfn/sign-out", &[]).await;
    assert_eq!(out.leads_to(), "/sign-in");
}

#[tokio::test]
async fn a_refusal_is_said_once_on_the_page_and_not_in_its_address() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let page = lab.page("/users");
    let refused = ada
        .submit(
            &page,
            "/sfn/users/add",
            &[("lab", &lab.id), ("emails", "nonsense")],
        )
        .await
        .says(303);
    assert_eq!(refused.leads_to(), page);
    let [cookie] = refused.cookies()[..] else {
        panic!("{:?}", refused.cookies());
    };
    assert!(cookie.starts_with("lectern-flash="), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
        assert!(cookie.contains(attribute), "{cookie}");
    }

    let said = follow(&ada, &refused).await.says(200);
    let sentence = "“nonsense” is not an e-mail address; one looks like ada@example.org.";
    assert_eq!(refusal(&said), Some(sentence.to_owned()));
    assert!(ada.cookie("lectern-flash").is_none(), "it is not forgotten");
    let again = ada.get(&page).await.says(200);
    assert_eq!(refusal(&again), None);
}

#[tokio::test]
async fn by_https_no_other_host_can_put_a_refusal_into_a_browser() {
    let app = TestApp::at("https://lectern.test").await;
    let nobody = app.anonymous();
    let form = [("email", "ada@example.org"), ("password", "x")];
    let refused = nobody.submit("/sign-in", "/sfn/sign-in", &form).await;
    let [cookie] = refused.cookies()[..] else {
        panic!("{:?}", refused.cookies());
    };
    assert!(cookie.starts_with("__Host-lectern-flash="), "{cookie}");
    assert!(cookie.contains("; Secure"), "{cookie}");
    let put = nobody.cookie("__Host-lectern-flash").unwrap();
    let said = follow(&nobody, &refused).await.says(200);
    let sentence = "The e-mail address or the password is not right.";
    assert_eq!(refusal(&said), Some(sentence.to_owned()));
    assert!(nobody.cookie("__Host-lectern-flash").is_none());
    // What other hosts could set is not looked at.
    nobody.set_cookie("lectern-flash", &put);
    let said = nobody.get("/sign-in").await.says(200);
    assert_eq!(refusal(&said), None);
}

#[tokio::test]
async fn the_way_back_keeps_the_pages_own_query() {
    let app = TestApp::new().await;
    let nobody = app.anonymous();
    let page = "/sign-in?next=/labs/new";
    let form = [
        ("email", "ada@example.org"),
        ("password", "x"),
        ("next", "/labs/new"),
    ];
    let refused = nobody.submit(page, "/sfn/sign-in", &form).await.says(303);
    assert_eq!(refused.leads_to(), page);
    let said = follow(&nobody, &refused).await.says(200);
    let sentence = "The e-mail address or the password is not right.";
    assert_eq!(refusal(&said), Some(sentence.to_owned()));
    assert!(said.text.contains("value=\"/labs/new\""), "{}", said.text);
}

#[tokio::test]
async fn a_refusal_is_not_lost_without_a_referrer_or_on_a_page_that_leads_on() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let body = encode(&[("lab", &lab.id), ("emails", "nonsense")]);
    let refused = ada.send(ada.form("/sfn/users/add"), Body::from(body)).await;
    assert_eq!(refused.leads_to(), "/");
    let start = follow(&ada, &refused).await;
    assert_eq!(start.leads_to(), "/labs");
    let labs = follow(&ada, &start).await.says(200);
    assert!(refusal(&labs).unwrap().starts_with("“nonsense” is not"));
}

#[tokio::test]
async fn a_long_refusal_fits_into_a_cookie() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let many: Vec<String> = (0..200).map(|n| format!("„nonsense-{n}“")).collect();
    let form = [("lab", &*lab.id), ("emails", &*many.join("\n"))];
    let refused = ada
        .submit(&lab.page("/users"), "/sfn/users/add", &form)
        .await;
    // Browsers keep no cookie of more than 4,096 bytes.
    let longest = refused.cookies().iter().map(|c| c.len()).max().unwrap();
    assert!(longest <= 4096, "{longest}");
    let said = follow(&ada, &refused).await;
    assert!(refusal(&said).unwrap().contains("nonsense-0“” is not"));
}

#[tokio::test]
async fn a_fault_of_ours_is_said_on_the_page_too() {
    let app = TestApp::with("http://lectern.test", |router| {
        router.route(
            "/sfn/boom",
            post(async || -> &str { panic!("secret cause") }),
        )
    })
    .await;
    let ada = app.educator("Ada").await;
    let told = ada.fetch("/sfn/boom", &[]).await.says(500);
    assert_eq!(
        told.message(),
        "Something went wrong on our side. Please try again."
    );
    let back = ada.submit("/labs/new", "/sfn/boom", &[]).await;
    assert_eq!(back.leads_to(), "/labs/new");
    let said = follow(&ada, &back).await;
    assert_eq!(refusal(&said), Some(told.message()));
}

#[tokio::test]
async fn a_forged_refusal_shows_nothing() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    // {"kind":"Invalid","message":"Call 555 now","field":null}
    let forged = "eyJraW5kIjoiSW52YWxpZCIsIm1lc3NhZ2UiOiJDYWxsIDU1NSBub3ciLCJmaWVsZCI6bnVsbH0";
    for page in [
        lab.page("/users"),
        lab.page(""),
        "/labs/new".to_owned(),
        "/sign-in".to_owned(),
    ] {
        let address = format!("{page}?__path=/sfn/users/add&__err={forged}");
        let shown = ada.get(&address).await.says(200);
        assert!(!shown.readable().contains("555"), "{page}");
        assert_eq!(refusal(&shown), None, "{page}");
    }
    // Nor does it survive a form that is sent from such an address.
    let address = format!(
        "{}?__path=/sfn/users/add&__err={forged}",
        lab.page("/users")
    );
    let form = [("lab", &*lab.id), ("emails", "max@example.org")];
    let sent = ada.submit(&address, "/sfn/users/add", &form).await;
    assert!(!sent.leads_to().contains("__err"), "{}", sent.leads_to());
    assert_eq!(refusal(&follow(&ada, &sent).await), None);
    let form = [("lab", &*lab.id), ("emails", "nonsense")];
    let sent = ada.submit(&address, "/sfn/users/add", &form).await;
    assert_eq!(sent.leads_to(), lab.page("/users"));
    let said = follow(&ada, &sent).await;
    assert!(refusal(&said).unwrap().starts_with("“nonsense”"));
}

#[tokio::test]
async fn the_way_back_stays_on_this_site() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    for referrer in [
        "https://evil.example/labs",
        "http://lectern.test//evil.example/labs",
        "http://lectern.test/\\evil.example/labs",
        "//evil.example",
        "javascript:alert(1)",
        "nonsense",
    ] {
        // One refused, one that leads back by itself.
        for (path, form) in [
            ("/sfn/labs/update", "id=x"),
            ("/sfn/machines/act", "machine=x&act=y"),
        ] {
            let request = ada.form(path).header(header::REFERER, referrer);
            let answer = ada.send(request, Body::from(form)).await;
            let to = answer.leads_to();
            assert!(to.starts_with('/'), "{referrer}: {to}");
            assert!(
                !to.starts_with("//") && !to.contains('\\'),
                "{referrer}: {to}"
            );
        }
    }
}

#[tokio::test]
async fn signing_in_leads_to_a_page_of_this_site_only() {
    let app = TestApp::new().await;
    app.educator("Ada").await;
    for (next, to) in [
        ("/labs/new", "/labs/new"),
        ("/labs?x=1&y=2#z", "/labs?x=1&y=2#z"),
        ("", "/"),
        ("//evil.example", "/"),
        ("///evil.example", "/"),
        ("https://evil.example", "/"),
        ("https:/evil.example", "/"),
        ("\\evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("/labs\r\nSet-Cookie: a=b", "/"),
        (" //evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("evil.example", "/"),
        ("@evil.example", "/"),
    ] {
        let form = [
            ("email", "ada@example.org"),
            ("password", PASSWORD),
            ("next", next),
        ];
        let someone = app.anonymous();
        let answer = someone.submit("/sign-in", "/sfn/sign-in", &form).await;
        assert_eq!(answer.leads_to(), to, "{next:?}");
        assert!(someone.is_signed_in().await, "{next:?}");
        let answer = app.anonymous().fetch("/sfn/sign-in", &form).await.says(200);
        assert_eq!(answer.header(header::LOCATION), to, "{next:?}");
    }
}

#[tokio::test]
async fn an_address_with_other_letters_does_not_keep_anyone_out() {
    let app = TestApp::new().await;
    app.educator("Ada").await;
    let form = [
        ("email", "ada@example.org"),
        ("password", PASSWORD),
        ("next", "/labs/ä?ö=ß"),
    ];
    let someone = app.anonymous();
    let answer = someone.submit("/sign-in", "/sfn/sign-in", &form).await;
    assert!(answer.leads_to().starts_with('/'), "{}", answer.leads_to());
    assert!(answer.leads_to().is_ascii());
    assert!(someone.is_signed_in().await);
}

#[tokio::test]
async fn a_stranger_comes_back_to_the_page_they_wanted() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let somewhere = app.anonymous();
    let turned = somewhere
        .get(&lab.page("/pool?sort=name&dir=up"))
        .await
        .says(303);
    let sign_in = follow(&somewhere, &turned).await.says(200);
    let (_, rest) = sign_in.text.split_once("name=\"next\" value=\"").unwrap();
    let next = rest.split_once('"').unwrap().0.replace("&amp;", "&");
    assert_eq!(next, lab.page("/pool?sort=name&dir=up"));
    let form = [
        ("email", "ada@example.org"),
        ("password", PASSWORD),
        ("next", &*next),
    ];
    let signed_in = somewhere
        .submit(turned.leads_to(), "/sfn/sign-in", &form)
        .await;
    assert_eq!(signed_in.leads_to(), next);
}

#[tokio::test]
async fn a_form_of_a_session_that_ended_leads_to_the_sign_in_page_which_says_why() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    app.clock.pass(std::time::Duration::from_secs(13 * 3600));
    let form = [("id", &*lab.id), ("title", "Mosses")];
    let refused = ada
        .submit(&lab.page("/settings"), "/sfn/labs/update", &form)
        .await;
    let turned = follow(&ada, &refused).await;
    let sign_in = follow(&ada, &turned).await.says(200);
    assert_eq!(refusal(&sign_in).as_deref(), Some("Please sign in."));
}

#[tokio::test]
async fn a_student_gets_to_a_machine_without_a_script() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    lab.list(&ada, &["Max"]).await;
    lab.publish(&app, &ada).await;

    let max = app.anonymous();
    let page = format!("/register/{}", lab.code);
    let code = ("code", &*lab.code);
    let email = address_of("Max");
    let account = [
        code,
        ("name", "Max"),
        ("email", &*email),
        ("password", PASSWORD),
    ];
    let made = max.submit(&page, "/sfn/register/sign-up", &account).await;
    assert_eq!(made.leads_to(), page);
    let confirm = follow(&max, &made).await.says(200);
    assert!(confirm.readable().contains("Register for this lab"));
    let registered = max.submit(&page, "/sfn/register/confirm", &[code]).await;
    assert_eq!(registered.leads_to(), "/machines");
    app.settle().await;
    let tiles = follow(&max, &registered).await.says(200);
    assert!(tiles.readable().contains("Orchids"));

    let machine = own_machine(&max).await;
    let form = [("machine", &*machine), ("act", "start")];
    let started = max.submit("/machines", "/sfn/machines/act", &form).await;
    app.settle().await;
    let tiles = follow(&max, &started).await.says(200);
    assert!(tiles.readable().contains("Running"), "{}", tiles.readable());
    assert!(
        tiles
            .text
            .contains(&format!("/machines/{machine}/terminal"))
    );
}

#[tokio::test]
async fn whoever_is_somebody_else_signs_out_and_stays_on_the_link() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let page = format!("/register/{}", lab.code);
    let max = app.student("Max").await;
    let out = max.submit(&page, "/sfn/sign-out", &[("next", &page)]).await;
    assert_eq!(out.leads_to(), page);
    assert!(!max.is_signed_in().await);
    for evil in ["//evil.example", "https://evil.example", "/\\evil.example"] {
        let max = app.student("Max").await;
        let out = max.submit(&page, "/sfn/sign-out", &[("next", evil)]).await;
        assert_eq!(out.leads_to(), "/sign-in");
    }
}

#[tokio::test]
async fn many_machines_are_asked_by_ticking_them() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    lab.publish(&app, &ada).await;
    let pool = lab.view(&ada).await["pool"].as_array().unwrap().clone();
    let ids: Vec<String> = pool.iter().map(|m| text(&m["id"])).collect();
    let running = async || {
        app.settle().await;
        let pool = lab.view(&ada).await["pool"].as_array().unwrap().clone();
        pool.iter().map(|m| m["ready"] == true).collect::<Vec<_>>()
    };
    let tick = |press: String, ticked: Vec<String>| {
        let mut form = vec![("lab", lab.id.clone())];
        form.extend(ticked.into_iter().map(|id| ("machines[]", id)));
        form.push(("press", press));
        form
    };
    let page = lab.page("/pool");
    for (press, ticked, then) in [
        ("start".to_owned(), vec![ids[1].clone()], [false, true]),
        ("start-all".to_owned(), vec![], [true, true]),
        (
            format!("stop:{}", ids[0]),
            vec![ids[1].clone()],
            [false, true],
        ),
        ("stop".to_owned(), ids.clone(), [false, false]),
    ] {
        let form = tick(press.clone(), ticked);
        let answer = ada
            .submit(&page, "/sfn/machines/pool", &borrowed(&form))
            .await;
        assert_eq!(answer.leads_to(), page, "{press}");
        assert_eq!(running().await, then, "{press}");
    }
    let form = tick("start".to_owned(), vec![]);
    let answer = ada
        .submit(&page, "/sfn/machines/pool", &borrowed(&form))
        .await;
    let said = follow(&ada, &answer).await;
    assert_eq!(
        refusal(&said).as_deref(),
        Some("Select at least one machine first.")
    );
}

#[tokio::test]
async fn only_who_knows_the_password_leaves_to_link_a_provider() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let link = async |client: &Client, password: &str| {
        let form = [("provider", "school"), ("password", password)];
        client.submit("/account", "/account/link", &form).await
    };
    let nobody = link(&app.anonymous(), PASSWORD).await;
    assert_eq!(nobody.leads_to(), "/sign-in");
    let wrong = link(&ada, "not her password").await;
    assert_eq!(wrong.leads_to(), "/account");
    let page = follow(&ada, &wrong).await.says(200);
    assert_eq!(
        refusal(&page).as_deref(),
        Some("This is not your password.")
    );
    // There is no such provider, which is told only then.
    let right = link(&ada, PASSWORD).await;
    let page = follow(&ada, &right).await.says(200);
    let sentence = refusal(&page).unwrap();
    assert!(sentence.contains("no such sign-in"), "{sentence}");
}
