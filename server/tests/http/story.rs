//! The main story: an educator's lab, two students, and everything in between, over HTTP.

use crate::lab::{Lab, MACHINE_PASSWORD, act, borrowed, new_lab, own_machine, text};
use crate::test_app::{PASSWORD, TestApp, address_of};

#[tokio::test]
async fn a_class_from_the_first_click_to_the_last() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;

    // A lab, while its template is being made.
    let form = new_lab("Python for beginners");
    let made = ada
        .fetch("/sfn/labs/create", &borrowed(&form))
        .await
        .says(200);
    assert_eq!(made.json(), serde_json::Value::Null);
    let page = made.header("location").to_owned();
    let id = page.strip_prefix("/labs/").unwrap().to_owned();
    assert!(ada.get(&page).await.readable().contains("Being made"));
    let early = ada
        .fetch("/sfn/labs/publish", &[("id", &id)])
        .await
        .says(409);
    assert!(early.message().contains("template is still being made"));
    app.settle().await;
    let view = ada.ask(&format!("/sfn/lab?id={id}")).await.json();
    let url = text(&view["link"]["url"]);
    let code = url
        .strip_prefix("http://lectern.test/register/")
        .unwrap()
        .to_owned();
    let lab = Lab { id, code };

    // Its template, with a terminal.
    let template = lab.template(&ada).await;
    act(&app, &ada, &template, "start").await;
    assert_eq!(lab.view(&ada).await["template"]["ready"], true);
    let ticket = ada.ticket(&template).await.says(200);
    assert_eq!(text(&ticket.json()["ticket"]).len(), 64);
    ada.get(&format!("/machines/{template}/terminal"))
        .await
        .says(200);

    // Published, with a list.
    let form = [("id", &*lab.id), ("capacity", "1"), ("remake", "")];
    ada.fetch("/sfn/labs/publish", &form).await.says(200);
    lab.list(&ada, &["Max", "Mia"]).await;
    app.settle().await;
    let view = lab.view(&ada).await;
    assert_eq!(view["published"], true);
    assert_eq!(
        view["template"]["on"], false,
        "publishing stops the template"
    );
    assert_eq!(view["pool"].as_array().unwrap().len(), 1);

    // Two students, one machine.
    let max = app.anonymous();
    let email = address_of("Max");
    let account = [
        ("code", &*lab.code),
        ("name", "Max Mustermann"),
        ("email", &email),
        ("password", PASSWORD),
    ];
    max.fetch("/sfn/register/sign-up", &account).await.says(200);
    lab.register(&app, &max).await;
    let mia = app.student("Mia").await;
    lab.register(&app, &mia).await;
    let waits = mia.ask("/sfn/machines").await.json();
    assert!(waits[0]["machine"].is_null());
    assert!(text(&waits[0]["waiting"]).contains("next in line"));
    assert!(
        mia.get("/machines")
            .await
            .readable()
            .contains("Waiting for a machine")
    );

    // Max works.
    let machine = own_machine(&max).await;
    act(&app, &max, &machine, "start").await;
    let tile = max.ask("/sfn/machines").await.json()[0]["machine"].clone();
    assert_eq!(tile["badge"]["text"], "Running");
    let login = max
        .ask(&format!("/sfn/machines/login?machine={machine}"))
        .await
        .json();
    assert_eq!(login["username"], "student");
    assert_eq!(login["password"], MACHINE_PASSWORD);
    max.ticket(&machine).await.says(200);
    mia.ticket(&machine).await.says(404);
    assert_eq!(lab.view(&ada).await["pool"][0]["user"], "Max Mustermann");

    // One more machine: Mia has it.
    let form = [("id", &*lab.id), ("capacity", "2")];
    ada.fetch("/sfn/labs/capacity", &form).await.says(200);
    app.settle().await;
    let hers = own_machine(&mia).await;
    assert_ne!(hers, machine);

    // Max leaves; what was his is his no longer.
    let view = lab.view(&ada).await;
    let users = view["users"].as_array().unwrap();
    let user = users
        .iter()
        .find(|u| u["email"] == address_of("Max"))
        .unwrap();
    let form = [("lab", &*lab.id), ("user", user["id"].as_str().unwrap())];
    ada.fetch("/sfn/users/remove", &form).await.says(200);
    app.settle().await;
    max.ticket(&machine).await.says(404);
    max.ask(&format!("/sfn/machines/login?machine={machine}"))
        .await
        .says(404);
    assert_eq!(max.ask("/sfn/machines").await.json(), serde_json::json!([]));
    max.fetch(
        "/sfn/machines/act",
        &[("machine", &machine), ("act", "start")],
    )
    .await
    .says(404);

    // Mia's is remade and stays hers.
    act(&app, &mia, &hers, "reimage").await;
    assert_eq!(own_machine(&mia).await, hers);

    // A deleted lab is nobody's any more, and the end leaves nothing.
    let form = [("id", &*lab.id), ("typed", "Python for beginners")];
    ada.fetch("/sfn/labs/delete", &form).await.says(200);
    mia.ticket(&hers).await.says(404);
    app.settle().await;
    assert_eq!(app.simulator.objects().len(), 4);
    ada.get(&lab.page("")).await.says(404);
    ada.fetch("/sfn/labs/erase", &[("id", &*lab.id)])
        .await
        .says(200);
    app.settle().await;
    assert!(
        app.simulator.objects().is_empty(),
        "{:?}",
        app.simulator.objects()
    );
    ada.get(&lab.page("")).await.says(404);
    assert!(ada.ask("/sfn/labs").await.text.contains("No labs yet"));
    mia.get(&format!("/register/{}", lab.code)).await.says(409);
}

#[tokio::test]
async fn registering_twice_gives_one_machine() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let max = app.student("Max").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    lab.list(&ada, &["Max"]).await;
    lab.publish(&app, &ada).await;
    let form = [("code", &*lab.code)];
    let (a, b) = tokio::join!(
        max.fetch("/sfn/register/confirm", &form),
        max.fetch("/sfn/register/confirm", &form)
    );
    a.says(200);
    b.says(200);
    app.settle().await;
    let pool = lab.view(&ada).await["pool"].as_array().unwrap().clone();
    let taken = pool.iter().filter(|m| !m["user"].is_null()).count();
    assert_eq!(taken, 1);
}

#[tokio::test]
async fn students_without_rights_of_an_administrator_get_their_own_account() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let max = app.student("Max").await;
    let mut form = new_lab("Orchids");
    for (name, value) in &mut form {
        match *name {
            "lab[non_admin_username]" => *value = "pupil".to_owned(),
            "lab[non_admin_password]" => *value = "pupil password".to_owned(),
            _ => {}
        }
    }
    let made = ada
        .fetch("/sfn/labs/create", &borrowed(&form))
        .await
        .says(200);
    app.settle().await;
    let id = made
        .header("location")
        .strip_prefix("/labs/")
        .unwrap()
        .to_owned();
    let view = ada.ask(&format!("/sfn/lab?id={id}")).await.json();
    let code = text(&view["link"]["url"])
        .rsplit_once('/')
        .unwrap()
        .1
        .to_owned();
    let lab = Lab { id, code };
    lab.list(&ada, &["Max"]).await;
    lab.publish(&app, &ada).await;
    lab.register(&app, &max).await;
    let path = format!("/sfn/machines/login?machine={}", own_machine(&max).await);
    let his = max.ask(&path).await.says(200);
    assert_eq!(
        his.json(),
        serde_json::json!({"username": "pupil", "password": "pupil password"})
    );
    let hers = ada.ask(&path).await.says(200);
    assert_eq!(
        hers.json(),
        serde_json::json!({"username": "student", "password": MACHINE_PASSWORD})
    );
    // No page of his has the administrator's.
    for path in ["/machines", "/sfn/machines"] {
        assert!(!max.get(path).await.text.contains(MACHINE_PASSWORD));
    }
}
