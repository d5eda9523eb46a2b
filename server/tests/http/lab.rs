//! A lab in a story, with what its people need to know of it.

use serde_json::Value;

use crate::client::Client;
use crate::test_app::{TestApp, address_of};

/// The password that machines have.
pub const MACHINE_PASSWORD: &str = "machine password 1";

/// A lab.
pub struct Lab {
    pub id: String,
    /// The registration code.
    pub code: String,
}

/// The form of a new lab as its page sends it when only the name and password were typed.
pub fn new_lab(title: &str) -> Vec<(&'static str, String)> {
    [
        ("lab[title]", title),
        ("lab[description]", ""),
        ("lab[image]", "debian/12"),
        ("lab[size]", "Standard_2_2GB_16"),
        ("lab[capacity]", "2"),
        ("lab[create_option]", "TemplateVM"),
        ("lab[username]", "student"),
        ("lab[password]", MACHINE_PASSWORD),
        ("lab[shared_password]", "on"),
        ("lab[non_admin_username]", ""),
        ("lab[non_admin_password]", ""),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

/// Borrowed, as it is sent.
pub fn borrowed<'a>(form: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    form.iter().map(|(name, value)| (*name, &**value)).collect()
}

impl Lab {
    /// Makes a lab of two machines with a template, and waits for the template.
    pub async fn make(app: &TestApp, educator: &Client, title: &str) -> Self {
        let form = new_lab(title);
        let answer = educator
            .fetch("/sfn/labs/create", &borrowed(&form))
            .await
            .says(200);
        let id = answer.header("location").strip_prefix("/labs/").unwrap();
        let id = id.to_owned();
        app.settle().await;
        let url = view(educator, &id).await["link"]["url"].to_string();
        let code = url.trim_matches('"').rsplit_once('/').unwrap().1.to_owned();
        Self { id, code }
    }

    /// Publishes it and waits for the machines.
    pub async fn publish(&self, app: &TestApp, educator: &Client) {
        educator
            .fetch("/sfn/labs/publish", &[("id", &self.id)])
            .await
            .says(200);
        app.settle().await;
    }

    /// Puts people on the list.
    pub async fn list(&self, educator: &Client, names: &[&str]) {
        let emails: Vec<String> = names.iter().map(|name| address_of(name)).collect();
        educator
            .fetch(
                "/sfn/users/add",
                &[("lab", &self.id), ("emails", &emails.join("\n"))],
            )
            .await
            .says(200);
    }

    /// Registers somebody who is on the list.
    pub async fn register(&self, app: &TestApp, student: &Client) {
        student
            .fetch("/sfn/register/confirm", &[("code", &self.code)])
            .await
            .says(200);
        app.settle().await;
    }

    /// Everything that the lab's pages show.
    pub async fn view(&self, educator: &Client) -> Value {
        view(educator, &self.id).await
    }

    /// The id of its template.
    pub async fn template(&self, educator: &Client) -> String {
        text(&self.view(educator).await["template"]["id"])
    }

    /// The address of one of its pages.
    pub fn page(&self, tab: &str) -> String {
        format!("/labs/{}{tab}", self.id)
    }
}

async fn view(educator: &Client, id: &str) -> Value {
    educator
        .ask(&format!("/sfn/lab?id={id}"))
        .await
        .says(200)
        .json()
}

/// The id of the caller's own first machine.
pub async fn own_machine(student: &Client) -> String {
    let machines = student.ask("/sfn/machines").await.says(200).json();
    text(&machines[0]["machine"]["id"])
}

/// Asks something of a machine and waits until it is so.
pub async fn act(app: &TestApp, client: &Client, machine: &str, act: &str) {
    client
        .fetch("/sfn/machines/act", &[("machine", machine), ("act", act)])
        .await
        .says(200);
    app.settle().await;
}

/// A text in JSON.
#[track_caller]
pub fn text(value: &Value) -> String {
    let Some(text) = value.as_str() else {
        panic!("{value} is no text");
    };
    text.to_owned()
}
