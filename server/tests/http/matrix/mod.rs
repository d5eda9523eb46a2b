//! Who may do what: every route of the portal, asked by everybody. A route without a row here fails
//! the test, and so does a row without a route.

mod accounts;
mod labs;
mod lti;
mod passkeys;
mod people;
mod portal;
mod rosters;
mod time;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Method;
use leptos::server_fn::axum::server_fn_paths;

use crate::answer::Answer;
use crate::client::Client;
use crate::lab::{Lab, MACHINE_PASSWORD, act, own_machine, text};
use crate::test_app::{TestApp, address_of};

/// How a route is asked.
#[derive(Clone, Copy)]
enum How {
    /// As a page by a browser.
    Page,
    /// By a browser in a frame of any other site.
    Framed,
    /// By a script, for data.
    Ask,
    /// By a script, as an event stream.
    Listen,
    /// By a script, with a form.
    Send(&'static [(&'static str, &'static str)]),
    /// By a browser without a script, with a form that a page answers.
    Form(&'static [(&'static str, &'static str)]),
    /// By the terminal's module.
    Ticket,
    /// By another module, with JSON.
    Json(&'static str),
}

/// One route, and what each person is told. `{…}` in addresses and forms stands for the story's
/// things; in routes it is the router's own.
struct Row {
    route: &'static str,
    path: &'static str,
    how: How,
    /// Nobody; another educator; a student of the other's lab; the lab's educator; its student.
    told: [u16; 5],
    /// Whether it is open to all who have a link, so that others see the lab's title too.
    open: bool,
}

const fn row(route: &'static str, path: &'static str, how: How, told: [u16; 5]) -> Row {
    Row {
        route,
        path,
        how,
        told,
        open: false,
    }
}

const fn open(route: &'static str, path: &'static str, how: How, told: [u16; 5]) -> Row {
    Row {
        open: true,
        ..row(route, path, how, told)
    }
}

const EVERYONE: [u16; 5] = [200; 5];
const SIGNED_IN: [u16; 5] = [401, 200, 200, 200, 200];
const LAB: [u16; 5] = [401, 404, 404, 200, 404];
const MACHINE: [u16; 5] = [401, 404, 404, 200, 200];
const OWNERS: [u16; 5] = [401, 403, 403, 403, 403];
const SIGNED_IN_PAGE: [u16; 5] = [303, 200, 200, 200, 200];
const LAB_PAGE: [u16; 5] = [303, 404, 404, 200, 404];

/// Every row. What ends something comes after what needs it: labs late, sessions at the very end.
fn rows() -> impl Iterator<Item = &'static Row> {
    time::ROWS
        .iter()
        .chain(people::ROWS)
        .chain(passkeys::ROWS)
        .chain(rosters::ROWS)
        .chain(lti::ROWS)
        .chain(accounts::ROWS)
        .chain(labs::ROWS)
        .chain(portal::ROWS)
}

/// Everybody, and the things they ask for.
struct Story {
    app: TestApp,
    people: [(&'static str, Client); 5],
    things: Vec<(&'static str, String)>,
}

impl Story {
    async fn begin() -> Self {
        let app = TestApp::new().await;
        let (ada, eve) = (app.educator("Ada").await, app.educator("Eve").await);
        let (max, mia) = (app.student("Max").await, app.student("Mia").await);
        let lab = Lab::make(&app, &ada, "Orchids").await;
        lab.list(&ada, &["Max", "Tom", "Ida"]).await;
        lab.publish(&app, &ada).await;
        lab.register(&app, &max).await;
        let machine = own_machine(&max).await;
        act(&app, &max, &machine, "start").await;
        let view = lab.view(&ada).await;
        let users = view["users"].as_array().unwrap();
        let find = |name: &str| users.iter().find(|u| u["email"] == address_of(name));
        let (tom, ida) = (find("Tom"), find("Ida"));
        let spare = Lab::make(&app, &ada, "Spare").await;
        let old = Lab::make(&app, &ada, "Old").await;
        let typed = [("id", &*old.id), ("typed", "Old")];
        ada.fetch("/sfn/labs/delete", &typed).await.says(200);
        // The others have a lab and a machine too: just not this one.
        let other = Lab::make(&app, &eve, "Mosses").await;
        other.list(&eve, &["Mia"]).await;
        other.publish(&app, &eve).await;
        other.register(&app, &mia).await;
        act(&app, &mia, &own_machine(&mia).await, "start").await;
        let more = time_things(&app, &ada, &lab.id, &text(&tom.unwrap()["id"])).await;
        let invited = domain::email::Email::parse("new@example.org").unwrap();
        let invite = app.identity.make_link(&invited, None).await.unwrap();
        let mut things = vec![
            ("{lab}", lab.id.clone()),
            ("{spare}", spare.id),
            ("{old}", old.id),
            (
                "{helper}",
                "01a20eb5-9067-7564-9645-7bdc18a8c21a".to_owned(),
            ),
            ("{code}", lab.code),
            ("{machine}", machine),
            ("{user}", text(&tom.unwrap()["id"])),
            ("{ida}", text(&ida.unwrap()["id"])),
            ("{draft}", draft_of(&ada, &lab.id).await),
            ("{invite}", invite),
        ];
        things.extend(more);
        let people = [
            ("nobody", app.anonymous()),
            ("other educator", eve),
            ("other student", mia),
            ("educator", ada),
            ("student", max),
        ];
        Self {
            app,
            people,
            things,
        }
    }

    fn fill(&self, text: &str, who: &str) -> String {
        let text = text.replace("{who}", &who.replace(' ', "-"));
        self.things
            .iter()
            .fold(text, |text, (name, value)| text.replace(name, value))
    }

    async fn ask(&self, row: &Row, who: &str, client: &Client) -> Answer {
        let path = self.fill(row.path, who);
        match row.how {
            How::Page => client.get(&path).await,
            How::Framed => {
                let request = client
                    .request(Method::GET, &path)
                    .header("accept", crate::client::PAGE);
                let answer = client.send_unchecked(request, Body::empty()).await;
                answer.has_what_all_have_but("https:", "'self'");
                answer
            }
            How::Ask => client.ask(&path).await,
            How::Listen => client.listen(&path).await.0,
            How::Ticket => client.ticket(&self.fill("{machine}", who)).await,
            How::Json(body) => client.post(&path, body).await,
            How::Form(form) => client.submit("/", &path, form).await,
            How::Send(form) => {
                let form: Vec<_> = form
                    .iter()
                    .map(|(name, value)| (*name, self.fill(value, who)))
                    .collect();
                let form: Vec<_> = form.iter().map(|(name, value)| (*name, &**value)).collect();
                client.fetch(&path, &form).await
            }
        }
    }

    /// What only the lab's own people may read.
    fn secrets(&self) -> Vec<String> {
        let mut secrets = vec![
            "Orchids".to_owned(),
            "Greenhouse".to_owned(),
            address_of("Max"),
            address_of("Tom"),
            MACHINE_PASSWORD.to_owned(),
        ];
        secrets.extend(
            self.things
                .iter()
                .filter(|(n, _)| *n == "{code}")
                .map(|(_, v)| v.clone()),
        );
        secrets
    }
}

/// A file with a list that Ada has looked at.
async fn draft_of(ada: &Client, lab: &str) -> String {
    let body =
        "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nzoe@example.org\r\n--x--\r\n";
    let request = ada
        .script(Method::POST, &format!("/labs/{lab}/import/file"))
        .header("content-type", "multipart/form-data; boundary=x");
    let answer = ada.send(request, body).await;
    let to = answer.leads_to();
    to.split_once("?draft=").unwrap().1.to_owned()
}

/// A group, a schedule, a day without class and a reset of the lab.
async fn time_things(
    app: &TestApp,
    ada: &Client,
    lab: &str,
    user: &str,
) -> Vec<(&'static str, String)> {
    let send = async |path: &str, form: &[(&str, &str)]| {
        let form: Vec<_> = [("lab", lab)]
            .into_iter()
            .chain(form.iter().copied())
            .collect();
        let answer = ada.fetch(path, &form).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text);
    };
    send("/sfn/groups/create", &[("name", "Evening")]).await;
    send("/sfn/quota/reset", &[("users[0]", user)]).await;
    send("/sfn/schedules/holiday", &[("date", "2026-04-03")]).await;
    send(
        "/sfn/schedules/save",
        &[
            ("kind", "stop"),
            ("date", "2026-03-03"),
            ("stop", "18:00"),
            ("repeat", "daily"),
            ("zone", "Europe/Berlin"),
        ],
    )
    .await;
    let id = lab.parse().unwrap();
    let mut tx = app.services.store.read().await.unwrap();
    vec![
        ("{group}", tx.groups(id).await.unwrap()[0].id.to_string()),
        (
            "{reset}",
            tx.resets_of_lab(id).await.unwrap()[0].reset.id.to_string(),
        ),
        (
            "{holiday}",
            tx.holidays(id).await.unwrap()[0].id.to_string(),
        ),
        (
            "{schedule}",
            tx.standing_schedules(id).await.unwrap()[0]
                .schedule
                .id
                .to_string(),
        ),
    ]
}

#[tokio::test]
async fn everybody_is_told_what_is_theirs_and_nothing_else() {
    let story = Story::begin().await;
    let mut wrong = Vec::new();
    println!("{:<32}  nobody  educator’  student’  educator  student", "");
    for row in rows() {
        let mut told = Vec::new();
        for (expected, (who, client)) in row.told.iter().zip(&story.people) {
            let answer = story.ask(row, who, client).await;
            let status = answer.status.as_u16();
            if status != *expected {
                wrong.push(format!(
                    "{} tells {who} {status} instead of {expected}: {}",
                    row.route, answer.text
                ));
            }
            check_refusal(row, who, &answer, &mut wrong);
            if !row.open && ["nobody", "other educator", "other student"].contains(who) {
                for secret in story.secrets() {
                    if answer.text.contains(&secret) {
                        wrong.push(format!("{} tells {who} “{secret}”", row.route));
                    }
                }
            }
            told.push(status);
        }
        println!(
            "{:<32}  {:<6}  {:<9}  {:<8}  {:<8}  {}",
            row.route, told[0], told[1], told[2], told[3], told[4]
        );
        story.app.settle().await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A stranger who opens a page is led to the sign-in page, and back afterwards; scripts hear a
/// sentence.
fn check_refusal(row: &Row, who: &str, answer: &Answer, wrong: &mut Vec<String>) {
    let status = answer.status.as_u16();
    let page = matches!(row.how, How::Page);
    if page && who == "nobody" && status == 303 {
        let to = answer.leads_to();
        if !to.starts_with("/sign-in?next=/") {
            wrong.push(format!("{} leads nobody to {to}", row.route));
        }
    }
    if matches!(row.how, How::Send(_) | How::Ticket) && status >= 400 {
        let sentence = answer.message();
        if !sentence.ends_with('.') {
            wrong.push(format!("{} tells {who} “{sentence}”", row.route));
        }
    }
}

#[tokio::test]
async fn every_route_has_a_row_and_every_row_a_route() {
    let app = TestApp::new().await;
    let rows: BTreeSet<String> = rows().map(|row| row.route.to_owned()).collect();
    assert_eq!(rows.len(), self::rows().count(), "a route has two rows");

    let mut routes: BTreeSet<String> = server_fn_paths()
        .map(|(path, method)| format!("{method} {path}"))
        .collect();
    assert!(routes.len() > 20, "the server functions are not registered");
    routes.extend(app::address::PATHS.iter().map(|path| format!("GET {path}")));
    let paths: BTreeSet<String> = routes
        .iter()
        .map(|route| route.split_once(' ').unwrap().1.to_owned())
        .collect();

    // What the router itself says it knows, server functions and pages among it.
    let text = app.router_as_text();
    let known: BTreeSet<String> = text
        .split('"')
        .filter(|piece| piece.starts_with('/') && !piece.contains("__private"))
        .map(str::to_owned)
        .collect();
    for path in &paths {
        assert!(known.contains(path), "{path} is not among {known:?}");
    }
    for path in known.difference(&paths) {
        let methods: Vec<&String> = rows
            .iter()
            .filter(|row| row.split_once(' ').unwrap().1 == *path)
            .collect();
        assert!(!methods.is_empty(), "{path} has no row");
        routes.extend(methods.into_iter().cloned());
    }

    let without_row: Vec<_> = routes.difference(&rows).collect();
    assert!(without_row.is_empty(), "no row for {without_row:?}");
    let without_route: Vec<_> = rows.difference(&routes).collect();
    assert!(without_route.is_empty(), "no route for {without_route:?}");
}

#[tokio::test]
async fn a_route_answers_to_its_own_method_only() {
    let app = TestApp::new().await;
    let ada = app.educator("Ada").await;
    for row in rows() {
        let path = row.path.split('?').next().unwrap();
        let other = match row.route.split_once(' ').unwrap().0 {
            "POST" => Method::GET,
            _ => Method::POST,
        };
        // A server function's name may serve data by GET and something else by POST.
        let taken = format!("{other} {}", row.route.split_once(' ').unwrap().1);
        if rows().any(|row| row.route == taken) {
            continue;
        }
        let request = ada.script(other, path);
        let answer = ada.send(request, Body::empty()).await;
        assert_eq!(answer.status.as_u16(), 405, "{} {path}", row.route);
    }
}
