//! Bad input in every field of every form: the right status, a sentence, the field it is about, and
//! nothing saved.

use axum::body::Body;
use axum::http::{Method, header};
use serde_json::Value;

use crate::answer::Answer;
use crate::client::Client;
use crate::lab::{Lab, borrowed, new_lab, own_machine, text};
use crate::test_app::{PASSWORD, TestApp, address_of};

/// An id of nothing.
const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

/// Demands a refusal with a sentence for people.
#[track_caller]
fn refused(answer: &Answer, status: u16, field: &str, what: &str) {
    assert_eq!(answer.status.as_u16(), status, "{what}: {}", answer.text);
    let sentence = answer.message();
    let is_sentence = sentence.ends_with(['.', '”']) || sentence.contains(": ");
    assert!(is_sentence && sentence.len() > 10, "{what}: {sentence}");
    assert!(!sentence.contains("error"), "{what}: {sentence}");
    assert_eq!(answer.field(), field, "{what}: {}", answer.text);
}

/// A form with one field changed.
fn with<'a>(
    form: &'a [(&'static str, String)],
    name: &str,
    value: &'a str,
) -> Vec<(&'static str, &'a str)> {
    let mut form = borrowed(form);
    let field = form.iter_mut().find(|(key, _)| *key == name);
    field.unwrap().1 = value;
    form
}

fn long(length: usize) -> String {
    "x".repeat(length)
}

#[tokio::test]
async fn a_new_lab() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let (title, description, password) = (long(121), long(2001), long(124));
    let form = new_lab("Orchids");
    for (name, field, value) in [
        ("lab[title]", "title", ""),
        ("lab[title]", "title", "   "),
        ("lab[title]", "title", &*title),
        ("lab[title]", "title", "two\nlines"),
        ("lab[title]", "title", "nul\0"),
        ("lab[description]", "description", &*description),
        ("lab[description]", "description", "nul\0"),
        ("lab[image]", "image", ""),
        ("lab[image]", "image", "windows/95"),
        ("lab[image]", "image", "../../etc"),
        ("lab[size]", "size", ""),
        ("lab[size]", "size", "Gigantic"),
        ("lab[capacity]", "capacity", ""),
        ("lab[capacity]", "capacity", "401"),
        ("lab[capacity]", "capacity", "-1"),
        ("lab[capacity]", "capacity", "abc"),
        ("lab[capacity]", "capacity", "1.5"),
        ("lab[capacity]", "capacity", "99999999999999999999"),
        ("lab[create_option]", "create_option", "Nonsense"),
        ("lab[username]", "username", ""),
        ("lab[username]", "username", "root"),
        ("lab[username]", "username", "Ada Lovelace"),
        ("lab[username]", "username", "a:b"),
        ("lab[username]", "username", "xxxxxxxxxxxxxxxxxxxxx"),
        ("lab[password]", "password", ""),
        ("lab[password]", "password", "short"),
        ("lab[password]", "password", &*password),
        ("lab[password]", "password", "two\nlines of it"),
        ("lab[non_admin_username]", "non_admin_username", "root"),
        ("lab[non_admin_username]", "non_admin_password", "pupil"),
        ("lab[non_admin_username]", "non_admin_username", "student"),
    ] {
        let mut form = with(&form, name, value);
        if value == "student" {
            form.push(("lab[non_admin_password]", "machine password 2"));
            form.retain(|(name, value)| *name != "lab[non_admin_password]" || !value.is_empty());
        }
        let answer = ada.fetch("/sfn/labs/create", &form).await;
        refused(&answer, 422, field, &format!("{name}={value:?}"));
    }
    // A form without its fields at all.
    let answer = ada.fetch("/sfn/labs/create", &[]).await;
    refused(&answer, 422, "", "nothing");
    let answer = ada.fetch("/sfn/labs/create", &[("lab", "x")]).await;
    refused(&answer, 422, "", "no fields");
    assert!(ada.ask("/sfn/labs").await.text.contains("No labs yet"));

    // The largest that is allowed is.
    let (title, description, password) = (long(120), long(2000), long(123));
    let mut form = new_lab(&title);
    form[1].1 = description;
    form[4].1 = " 400 ".to_owned();
    form[7].1 = password;
    ada.fetch("/sfn/labs/create", &borrowed(&form))
        .await
        .says(200);
}

#[tokio::test]
async fn a_name_that_is_taken() {
    let app = TestApp::new().await;
    let (ada, eve) = (app.educator("Ada").await, app.educator("Eve").await);
    Lab::make(&app, &ada, "Orchids").await;
    let form = new_lab("ORCHIDS");
    for educator in [&ada, &eve] {
        let answer = educator.fetch("/sfn/labs/create", &borrowed(&form)).await;
        refused(&answer, 409, "", "a taken name");
    }
    // Two browsers at once: one makes it.
    let form = new_lab("Mosses");
    let form = borrowed(&form);
    let (a, b) = tokio::join!(
        ada.fetch("/sfn/labs/create", &form),
        eve.fetch("/sfn/labs/create", &form)
    );
    let mut told = [a.status.as_u16(), b.status.as_u16()];
    told.sort_unstable();
    assert_eq!(told, [200, 409]);
}

#[tokio::test]
async fn a_labs_settings() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let before = lab.view(&ada).await;
    let (title, description) = (long(121), long(2001));
    for (path, field, form) in [
        ("labs/update", "title", vec![("title", "")]),
        ("labs/update", "title", vec![]),
        ("labs/update", "title", vec![("title", &*title)]),
        (
            "labs/update",
            "description",
            vec![("title", "x"), ("description", &*description)],
        ),
        ("labs/capacity", "capacity", vec![("capacity", "401")]),
        ("labs/capacity", "capacity", vec![("capacity", "-1")]),
        ("labs/capacity", "capacity", vec![("capacity", "abc")]),
        ("labs/capacity", "capacity", vec![]),
        ("labs/publish", "capacity", vec![("capacity", "401")]),
        ("labs/publish", "capacity", vec![("capacity", "-1")]),
        ("labs/publish", "capacity", vec![("capacity", "abc")]),
        ("labs/publish", "remake", vec![("remake", "Some")]),
        ("labs/delete", "typed", vec![("typed", "")]),
        ("labs/delete", "typed", vec![("typed", "orchids")]),
        ("labs/delete", "typed", vec![]),
    ] {
        let mut form = form;
        form.push(("id", &lab.id));
        let answer = ada.fetch(&format!("/sfn/{path}"), &form).await;
        refused(&answer, 422, field, &format!("{path} {form:?}"));
    }
    assert_eq!(lab.view(&ada).await, before);
}

#[tokio::test]
async fn ids_of_nothing_and_of_somebody_elses() {
    let app = TestApp::new().await;
    let (ada, eve) = (app.educator("Ada").await, app.educator("Eve").await);
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let other = Lab::make(&app, &eve, "Mosses").await;
    lab.list(&ada, &["Max"]).await;
    other.list(&eve, &["Mia"]).await;
    for l in [(&lab, &ada), (&other, &eve)] {
        l.0.publish(&app, l.1).await;
    }
    let theirs = other.view(&eve).await;
    let (user, machine) = (
        text(&theirs["users"][0]["id"]),
        text(&theirs["pool"][0]["id"]),
    );
    let before = (lab.view(&ada).await, other.view(&eve).await);
    let all = "start";
    for id in [
        NOWHERE, "", "x", "../labs", "%00", &other.id, &user, &machine,
    ] {
        for (path, form) in [
            ("labs/update", vec![("id", id), ("title", "Mine")]),
            ("labs/capacity", vec![("id", id), ("capacity", "0")]),
            ("labs/publish", vec![("id", id)]),
            ("labs/delete", vec![("id", id), ("typed", "Mosses")]),
            (
                "users/add",
                vec![("lab", id), ("emails", "ada@example.org")],
            ),
            ("users/remove", vec![("lab", id), ("user", &*user)]),
            ("users/remove", vec![("lab", &*lab.id), ("user", id)]),
            ("users/link", vec![("lab", id), ("change", "regenerate")]),
            ("machines/act", vec![("machine", id), ("act", all)]),
            ("machines/pool", vec![("lab", id), ("press", "start-all")]),
            (
                "machines/pool",
                vec![("lab", &*lab.id), ("machines[]", id), ("press", all)],
            ),
        ] {
            let answer = ada.fetch(&format!("/sfn/{path}"), &form).await;
            refused(&answer, 404, "", &format!("{path} {form:?}"));
        }
        let press = format!("reimage:{id}");
        let form = [("lab", &*lab.id), ("press", &*press)];
        let answer = ada.fetch("/sfn/machines/pool", &form).await;
        refused(&answer, 404, "", &press);
        refused(&ada.ticket(id).await, 404, "", id);
        for path in [
            "lab?id=",
            "machines/login?machine=",
            "machines/terminal?machine=",
        ] {
            let answer = ada
                .ask(&format!("/sfn/{path}{}", id.replace('%', "%25")))
                .await;
            refused(&answer, 404, "", path);
        }
    }
    assert_eq!((lab.view(&ada).await, other.view(&eve).await), before);
}

#[tokio::test]
async fn a_list_of_addresses() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let many: Vec<String> = (0..401).map(|n| format!("s{n}@example.org")).collect();
    let (many, endless) = (many.join("\n"), format!("{}@example.org", long(65)));
    for (field, emails) in [
        ("emails", ""),
        ("emails", " ,;\n"),
        ("emails", &*many),
        ("email", "max"),
        ("email", "max@example"),
        ("email", "mia@example.org, max@@example.org"),
        ("email", "<script>alert(1)</script>@example.org"),
        ("email", &*endless),
        ("email", "nul\0@example.org"),
    ] {
        let form = [("lab", &*lab.id), ("emails", emails)];
        let answer = ada.fetch("/sfn/users/add", &form).await;
        assert!(
            ["email", "emails"].contains(&&*answer.field()),
            "{emails:?}"
        );
        refused(&answer, 422, field, &format!("{emails:?}"));
    }
    assert_eq!(lab.view(&ada).await["users"], Value::Array(vec![]));
    // The same address twice is one.
    let form = [
        ("lab", &*lab.id),
        ("emails", "Max@example.org; max@EXAMPLE.org"),
    ];
    for _ in 0..2 {
        ada.fetch("/sfn/users/add", &form).await.says(200);
    }
    assert_eq!(lab.view(&ada).await["users"].as_array().unwrap().len(), 1);
    let answer = ada
        .fetch("/sfn/users/link", &[("lab", &lab.id), ("change", "sell")])
        .await;
    refused(&answer, 422, "", "link");
}

#[tokio::test]
async fn what_is_asked_of_machines() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let template = lab.template(&ada).await;
    for (status, act) in [(422, ""), (422, "explode"), (409, "reimage")] {
        let answer = ada
            .fetch("/sfn/machines/act", &[("machine", &template), ("act", act)])
            .await;
        refused(&answer, status, "", act);
    }
    for press in ["", "explode-all", "-all", "start"] {
        let form = [("lab", &*lab.id), ("press", press)];
        let answer = ada.fetch("/sfn/machines/pool", &form).await;
        refused(&answer, 422, "", press);
    }
    // A machine that does not run has no terminal yet.
    refused(&ada.ticket(&template).await, 409, "", "ticket");
    let without = ada.script(Method::POST, "/terminal/tickets");
    let answer = ada.send(without, Body::from("machine=x")).await;
    refused(&answer, 415, "", "no JSON");
    for (status, body) in [(400, "{"), (422, "{}"), (422, "{\"machine\":1}")] {
        let request = ada
            .script(Method::POST, "/terminal/tickets")
            .header(header::CONTENT_TYPE, "application/json");
        refused(&ada.send(request, body).await, status, "", body);
    }
}

#[tokio::test]
async fn too_few_machines_for_those_who_have_one() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let max = app.student("Max").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    lab.list(&ada, &["Max"]).await;
    lab.publish(&app, &ada).await;
    lab.register(&app, &max).await;
    let machine = own_machine(&max).await;
    let form = [("id", &*lab.id), ("capacity", "0")];
    let answer = ada.fetch("/sfn/labs/capacity", &form).await;
    refused(&answer, 409, "", "capacity 0");
    assert!(answer.message().contains("max@example.org"));
    app.settle().await;
    assert_eq!(own_machine(&max).await, machine);
    assert_eq!(lab.view(&ada).await["capacity"], 2);
    // While it is being done, it cannot be asked again.
    ada.fetch("/sfn/labs/publish", &[("id", &lab.id)])
        .await
        .says(200);
    let answer = ada.fetch("/sfn/labs/publish", &[("id", &lab.id)]).await;
    refused(&answer, 409, "", "publish twice");
}

#[tokio::test]
async fn making_an_account() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    lab.list(&ada, &["Max", "Ada"]).await;
    let token = app.services.owner_link().await.unwrap().unwrap();
    let email = address_of("Max");
    let (name, password) = (long(101), long(201));
    for (path, key, value) in [
        ("/sfn/register/sign-up", "code", &*lab.code),
        ("/sfn/welcome/use", "token", &*token),
    ] {
        let good = [
            (key, value.to_owned()),
            ("name", "Max".to_owned()),
            ("email", email.clone()),
            ("password", PASSWORD.to_owned()),
        ];
        for (field, bad) in [
            ("name", ""),
            ("name", "  "),
            ("name", &*name),
            ("name", "two\nlines"),
            ("email", ""),
            ("email", "max"),
            ("email", "max@example.org, mia@example.org"),
            ("password", ""),
            ("password", "too short"),
            ("password", "aaaaaaaaaaaa"),
            ("password", "Password123"),
            ("password", "max@example.org"),
            ("password", &*password),
        ] {
            let someone = app.anonymous();
            let answer = someone.fetch(path, &with(&good, field, bad)).await;
            refused(&answer, 422, field, &format!("{path} {field}={bad:?}"));
            assert!(!someone.is_signed_in().await);
        }
        let missing = app.anonymous().fetch(path, &[]).await;
        refused(&missing, 422, "", path);
    }
    // Somebody who has an account already signs in with it.
    let form = [
        ("code", &*lab.code),
        ("name", "Ada"),
        ("email", "ada@example.org"),
        ("password", PASSWORD),
    ];
    let answer = app.anonymous().fetch("/sfn/register/sign-up", &form).await;
    refused(&answer, 409, "", "a taken address");
    assert!(app.services.owner_link().await.unwrap().is_some());
}

#[tokio::test]
async fn codes_that_do_not_work() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let max = app.student("Max").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    lab.list(&ada, &["Max"]).await;
    let form = [("lab", &*lab.id), ("change", "regenerate")];
    ada.fetch("/sfn/users/link", &form).await.says(200);
    let confirm = async |code: &str| max.fetch("/sfn/register/confirm", &[("code", code)]).await;
    let replaced = confirm(&lab.code).await;
    refused(&replaced, 409, "", "a replaced code");
    for code in ["", "x", "0000000000", "<script>", "'; --"] {
        let answer = confirm(code).await;
        refused(&answer, 409, "", code);
        assert_eq!(answer.message(), replaced.message(), "{code}");
    }
    assert_eq!(max.ask("/sfn/machines").await.json(), Value::Array(vec![]));
}

#[tokio::test]
async fn a_code_as_a_person_types_it() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    lab.list(&ada, &["Max", "Mia"]).await;
    let typed = [
        (
            "Max",
            format!(" {}-{} ", &lab.code[..5], lab.code[5..].to_lowercase()),
        ),
        (
            "Mia",
            format!("{}\n\u{a0}{}", &lab.code[..5], &lab.code[5..]),
        ),
    ];
    for (name, code) in &typed {
        let someone = app.anonymous();
        let email = address_of(name);
        let form = [
            ("code", &**code),
            ("name", name),
            ("email", &email),
            ("password", PASSWORD),
        ];
        let answer = someone
            .submit("/register/x", "/sfn/register/sign-up", &form)
            .await;
        someone.get(answer.leads_to()).await.says(200);
        someone
            .fetch("/sfn/register/confirm", &form[..1])
            .await
            .says(200);
    }
    assert_eq!(lab.view(&ada).await["users"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn bodies_that_are_no_forms() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let lab = Lab::make(&app, &ada, "Orchids").await;
    let before = lab.view(&ada).await;
    let send = async |body: Vec<u8>| {
        let request = ada
            .script(Method::POST, "/sfn/labs/update")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        ada.send(request, body).await
    };
    let id = lab.id.clone();
    refused(&send(vec![0xff, 0xfe, 0x00]).await, 422, "", "no text");
    refused(&send(b"%%%&&&===".to_vec()).await, 422, "", "signs");
    refused(
        &send(format!("id={id}&id={id}&title=x").into()).await,
        422,
        "",
        "twice",
    );
    refused(
        &send(format!("id[]={id}&title=x").into()).await,
        422,
        "",
        "a list",
    );
    refused(
        &send(format!("{{\"id\":\"{id}\",\"title\":\"x\"}}").into()).await,
        422,
        "",
        "JSON",
    );
    assert_eq!(lab.view(&ada).await, before);
}

/// A body that does not say how long it is.
fn endless(bytes: usize) -> Body {
    let chunk = axum::body::Bytes::from(vec![b'x'; 64 * 1024]);
    let chunks = (0..bytes / chunk.len()).map(move |_| Ok::<_, std::io::Error>(chunk.clone()));
    Body::from_stream(futures::stream::iter(chunks))
}

#[tokio::test]
async fn bodies_that_are_too_large() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    let post = |client: &Client, path: &str, kind: &str| {
        client
            .script(Method::POST, path)
            .header(header::CONTENT_TYPE, kind)
    };
    let form = "application/x-www-form-urlencoded";
    for (path, kind) in [
        ("/sfn/users/add", form),
        ("/sfn/sign-in", form),
        ("/terminal/tickets", "application/json"),
    ] {
        let told = post(&ada, path, kind).header(header::CONTENT_LENGTH, 2 * 1024 * 1024);
        let answer = ada.send(told, endless(2 * 1024 * 1024)).await;
        refused(&answer, 413, "", path);
        let untold = post(&ada, path, kind);
        let answer = ada.send(untold, endless(2 * 1024 * 1024)).await;
        assert!(answer.status.is_client_error(), "{path} {}", answer.status);
        refused(&answer, answer.status.as_u16(), "", path);
    }
    // Without a script there is a sentence on a page too.
    let request = ada
        .form("/sfn/users/add")
        .header(header::REFERER, "http://lectern.test/labs")
        .header(header::CONTENT_LENGTH, 2 * 1024 * 1024);
    let answer = ada.send(request, endless(2 * 1024 * 1024)).await;
    assert_eq!(answer.leads_to(), "/labs");
    let page = ada.get("/labs").await.says(200);
    assert!(page.readable().contains("too large"), "{}", page.readable());
}

#[tokio::test]
async fn whoever_talks_nonsense_gets_no_page_of_ours_with_it() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    for path in [
        "/labs/x",
        "/labs/%00",
        "/labs/%ff%fe",
        "/labs/<script>alert(1)</script>",
        "/machines/x/terminal",
        "/register/%3Cscript%3E",
    ] {
        let path = path.replace('<', "%3C").replace('>', "%3E");
        let answer = ada.get(&path).await;
        assert!(answer.status.is_client_error(), "{path} {}", answer.status);
        assert!(!answer.text.contains("<script>"), "{path}");
    }
}
