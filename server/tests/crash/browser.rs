//! A person's browser: it keeps cookies and sends forms, whichever address the portal has now.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

/// A browser.
#[derive(Clone)]
pub struct Browser {
    http: Client,
    jar: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Browser {
    pub fn new() -> Self {
        let http = Client::builder()
            .redirect(Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        Self {
            http,
            jar: Arc::default(),
        }
    }

    /// What the portal at `url` answers to a question, when it answers well.
    pub async fn ask(&self, url: &str, path: &str) -> Result<Value, String> {
        let request = self.http.get(format!("{url}/sfn/{path}"));
        let (status, _, text) = self.send(request).await?;
        let well = status == 200;
        let answer = serde_json::from_str(&text).ok().filter(|_| well);
        answer.ok_or_else(|| format!("{path}: {status} {text}"))
    }

    /// Sends a form. Returns where it leads, if anywhere, or nothing when the portal was killed
    /// before it answered.
    pub async fn send_form(
        &self,
        url: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> Option<Option<String>> {
        let request = self
            .http
            .post(format!("{url}/sfn/{path}"))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(encode(form));
        let (status, headers, text) = self.send(request).await.ok()?;
        assert_eq!(status, 200, "{path}: {text}");
        let leads = headers.get(LOCATION);
        Some(leads.map(|to| to.to_str().unwrap().to_owned()))
    }

    async fn send(&self, request: RequestBuilder) -> Result<(u16, HeaderMap, String), String> {
        let cookies: Vec<String> = {
            let jar = self.jar.lock().unwrap();
            jar.iter().map(|(k, v)| format!("{k}={v}")).collect()
        };
        let response = request
            .header(ACCEPT, "application/json")
            .header("sec-fetch-site", "same-origin")
            .header(COOKIE, cookies.join("; "))
            .send()
            .await
            .map_err(|error| format!("{error:?}"))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        for cookie in headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let mut jar = self.jar.lock().unwrap();
            jar.insert(name.to_owned(), value.to_owned());
        }
        let text = response
            .text()
            .await
            .map_err(|error| format!("{error:?}"))?;
        Ok((status, headers, text))
    }
}

fn encode(form: &[(&str, &str)]) -> String {
    let pairs = form
        .iter()
        .map(|(name, value)| format!("{}={}", percent(name), percent(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn percent(text: &str) -> String {
    let escaped = text.bytes().map(|byte| {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    escaped.collect()
}
