//! Pages: whole and readable without a script. That each is well formed for the policy is checked by
//! the client.

use crate::client::Client;
use crate::lab::{Lab, act, borrowed, new_lab, own_machine};
use crate::test_app::TestApp;

/// Opens a page that must be there and say these things without a script.
async fn shows(client: &Client, path: &str, said: &[&str]) -> String {
    let page = client.get(path).await.says(200);
    let readable = page.readable();
    for text in said {
        assert!(
            readable.contains(text),
            "{path} does not say “{text}”: {readable}"
        );
    }
    page.text
}

#[tokio::test]
async fn an_educators_pages() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada Lovelace").await;
    assert_eq!(ada.get("/").await.leads_to(), "/labs");
    let page = shows(
        &ada,
        "/labs",
        &["My labs", "No labs yet", "Make the first lab", ">AL<"],
    )
    .await;
    assert!(page.contains("<title>My labs · Lectern</title>"), "{page}");
    shows(
        &ada,
        "/labs/new",
        &[
            "New lab",
            "Debian 12 (simulated)",
            "Make the lab",
            "action=\"/sfn/labs/create\"",
        ],
    )
    .await;

    let lab = Lab::make(&app, &ada, "Orchids").await;
    shows(
        &ada,
        "/labs",
        &["Orchids", "2 machines planned", &lab.page("")],
    )
    .await;
    shows(
        &ada,
        &lab.page(""),
        &[
            "Orchids",
            "Draft",
            "Template machine",
            "Start template",
            "Publish",
        ],
    )
    .await;
    shows(&ada, &lab.page("/pool"), &["No machines yet"]).await;
    shows(
        &ada,
        &lab.page("/users"),
        &["Nobody on the list yet", &lab.code, "Add users"],
    )
    .await;
    let settings = shows(
        &ada,
        &lab.page("/settings"),
        &["Number of machines", "Delete"],
    )
    .await;
    assert!(
        settings.contains("<title>Orchids · Lectern</title>"),
        "{settings}"
    );

    lab.list(&ada, &["Max"]).await;
    lab.publish(&app, &ada).await;
    let max = app.student("Max").await;
    lab.register(&app, &max).await;
    shows(&ada, "/labs", &["1 of 2 machines taken", "0 running"]).await;
    shows(
        &ada,
        &lab.page(""),
        &["Published", "Publish again", "Which machines are remade?"],
    )
    .await;
    shows(
        &ada,
        &lab.page("/pool"),
        &["Max", "Stopped", "Start all", "Nobody yet"],
    )
    .await;
    shows(
        &ada,
        &lab.page("/users"),
        &["max@example.org", "Registered"],
    )
    .await;
}

#[tokio::test]
async fn a_students_pages() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let max = app.student("Max").await;
    assert_eq!(max.get("/").await.leads_to(), "/machines");
    shows(&max, "/machines", &["No virtual machines yet"]).await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    lab.list(&ada, &["Max"]).await;

    let link = format!("/register/{}", lab.code);
    shows(
        &app.anonymous(),
        &link,
        &["Orchids", "Create my account", "I have an account"],
    )
    .await;
    shows(
        &max,
        &link,
        &["Orchids", "max@example.org", "Register for this lab"],
    )
    .await;
    lab.register(&app, &max).await;
    shows(&max, &link, &["You are registered for this lab."]).await;
    shows(&max, "/machines", &["Orchids", "still preparing this lab"]).await;
    lab.publish(&app, &ada).await;
    shows(&max, "/machines", &["Orchids", "Stopped", ">Start<"]).await;
    let machine = own_machine(&max).await;
    act(&app, &max, &machine, "start").await;
    let terminal = format!("/machines/{machine}/terminal");
    shows(&max, "/machines", &["Running", "Connect", &terminal]).await;
    let page = shows(&max, &terminal, &["Orchids", "data-terminal"]).await;
    assert!(page.contains("src=\"/assets/terminal.js\""), "{page}");
}

#[tokio::test]
async fn an_address_that_leads_nowhere() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    for path in ["/no/such/page", "/labs/x/y/z", "/sfn/none"] {
        let page = ada.get(path).await.says(404);
        assert!(
            page.readable().contains("Not found"),
            "{path}: {}",
            page.readable()
        );
    }
    // A slash too many leads to the page.
    assert_eq!(
        ada.get("/labs/?x=1").await.says(308).leads_to(),
        "/labs?x=1"
    );
    ada.get("//evil.example/").await.says(404);
    // A stranger does not hear which addresses lead somewhere.
    assert!(
        app.anonymous()
            .get("/no/such/page")
            .await
            .leads_to()
            .starts_with("/sign-in?next=")
    );
    // Scripts hear it as scripts do, whether they send or ask.
    let sent = ada.fetch("/sfn/none", &[]).await.says(404);
    assert_eq!(sent.json()["kind"], "NotFound", "{}", sent.text);
    assert_eq!(
        ada.ask("/sfn/none").await.says(404).json()["kind"],
        "NotFound"
    );
}

#[tokio::test]
async fn a_page_that_one_may_not_see_says_so_and_no_more() {
    let app = TestApp::new().await;
    let (ada, eve) = (app.educator("Ada").await, app.educator("Eve").await);
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let hidden = eve.get(&lab.page("")).await.says(404);
    let nothing = eve
        .get("/labs/01900000-0000-7000-8000-000000000000")
        .await
        .says(404);
    let sentence = "There is no such lab, or you may not see it.";
    assert!(hidden.readable().contains(sentence));
    assert!(nothing.readable().contains(sentence));
    assert!(!hidden.text.contains("Orchids"));
    let max = app.student("Max").await;
    let not_allowed = max.get("/labs/new").await.says(403);
    assert!(not_allowed.readable().contains("You may not create labs."));
    // Data that a page did not get is not in its scripts either.
    assert!(!not_allowed.text.contains("debian/12"));
}

#[tokio::test]
async fn pages_say_what_holds_for_all_machines() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    shows(&ada, "/labs", &["Simulated machines."]).await;
    app.simulator.set_away(true);
    assert!(app.reconciler.sweep().await.is_err());
    shows(
        &ada,
        "/labs",
        &["The machine host does not answer.", "Simulated machines."],
    )
    .await;
    shows(
        &app.anonymous(),
        "/sign-in",
        &["The machine host does not answer."],
    )
    .await;
    // What is asked for meanwhile is kept.
    let form = new_lab("Orchids");
    ada.fetch("/sfn/labs/create", &borrowed(&form))
        .await
        .says(200);
    app.settle().await;
    shows(&ada, "/labs", &["Orchids"]).await;
    app.simulator.set_away(false);
    app.reconciler.sweep().await.unwrap();
    app.settle().await;
    let page = shows(&ada, "/labs", &["Orchids", "Draft"]).await;
    assert!(!page.contains("does not answer"));
}

#[tokio::test]
async fn nothing_that_people_write_becomes_part_of_a_page() {
    let app = TestApp::new().await;
    let evil = "</title></script><script>alert(1)</script><img src=x onerror=alert(2)>\u{2028}\"'`";
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let form = [("id", &*lab.id), ("title", evil), ("description", evil)];
    ada.fetch("/sfn/labs/update", &form).await.says(200);
    lab.list(&ada, &["Max"]).await;
    lab.publish(&app, &ada).await;
    let token = {
        let email = domain::email::Email::parse("max@example.org").unwrap();
        app.identity.make_link(&email, None).await.unwrap()
    };
    let max = app.anonymous();
    let account = [
        ("token", &*token),
        ("name", evil),
        ("email", ""),
        ("password", crate::test_app::PASSWORD),
    ];
    let account = account.map(|(k, v)| {
        if k == "email" {
            (k, "max@example.org")
        } else {
            (k, v)
        }
    });
    max.fetch("/sfn/welcome/use", &account).await.says(200);
    lab.register(&app, &max).await;
    let machine = own_machine(&max).await;
    act(&app, &max, &machine, "start").await;
    let register = format!("/register/{}", lab.code);
    let terminal = format!("/machines/{machine}/terminal");
    for (who, path) in [
        (&ada, "/labs"),
        (&ada, &lab.page("")),
        (&ada, &lab.page("/pool")),
        (&ada, &lab.page("/users")),
        (&ada, &*terminal),
        (&max, "/machines"),
        (&max, &*terminal),
        (&max, &*register),
        (&app.anonymous(), &*register),
    ] {
        let page = who.get(path).await.says(200).text;
        assert!(page.contains("alert(1)"), "{path} does not show it");
        for piece in [
            "</script><script>",
            "<script>alert",
            "<img src=x",
            "</title></s",
        ] {
            assert!(!page.contains(piece), "{path}: {piece}");
        }
    }
    // Nor does what comes back in a refusal.
    let form = [("lab", &*lab.id), ("emails", "<img/src=x>@example.org")];
    let back = ada
        .submit(&lab.page("/users"), "/sfn/users/add", &form)
        .await;
    let page = ada.get(back.leads_to()).await.text;
    assert!(page.contains("img/src=x"), "{page}");
    assert!(!page.contains("<img/src"), "{page}");
    let next = app
        .anonymous()
        .get("/sign-in?next=/%22%3E%3Cscript%3Ealert(1)")
        .await
        .text;
    assert!(!next.contains("<script>alert"), "{next}");
}

#[tokio::test]
async fn a_description_stays_in_its_box() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let form = [
        ("id", &*lab.id),
        ("title", "Orchids"),
        (
            "description",
            "</textarea><script>alert(1)</script> &lt;b&gt;",
        ),
    ];
    ada.fetch("/sfn/labs/update", &form).await.says(200);
    let page = ada.get(&lab.page("/settings")).await.says(200);
    assert!(!page.text.contains("</textarea><script>"), "{}", page.text);
    // What was typed is what is there to be changed.
    assert!(page.text.contains("&amp;lt;b"), "{}", page.text);
}
