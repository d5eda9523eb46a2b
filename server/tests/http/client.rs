//! A person's browser: it keeps cookies, and asks as a page, as a script, or as a plain form does.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, header, request};
use tower::ServiceExt as _;

use crate::answer::Answer;

/// What a browser says it wants when a person opens a page or sends a form.
pub const PAGE: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// What a form sends.
const FORM: &str = "application/x-www-form-urlencoded";

/// A browser.
pub struct Client {
    router: Router,
    origin: String,
    address: IpAddr,
    jar: Mutex<BTreeMap<String, String>>,
}

impl Client {
    pub fn new(router: Router, origin: &str, address: IpAddr) -> Self {
        Self {
            router,
            origin: origin.to_owned(),
            address,
            jar: Mutex::default(),
        }
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Answer {
        let request = self.request(Method::GET, path).header(header::ACCEPT, PAGE);
        self.send(request, Body::empty()).await
    }

    /// Asks for data, as the script does.
    pub async fn ask(&self, path: &str) -> Answer {
        let request = self.script(Method::GET, path);
        self.send(request, Body::empty()).await
    }

    /// Sends a form in the background, as the script does.
    pub async fn fetch(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = self
            .script(Method::POST, path)
            .header(header::CONTENT_TYPE, FORM)
            .header(header::ORIGIN, &self.origin);
        self.send(request, Body::from(encode(form))).await
    }

    /// Sends the form on `page`, as a browser without the script does.
    pub async fn submit(&self, page: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = self
            .form(path)
            .header(header::REFERER, format!("{}{page}", self.origin));
        self.send(request, Body::from(encode(form))).await
    }

    /// The head of a form's request without a script, still without a referrer.
    pub fn form(&self, path: &str) -> request::Builder {
        self.request(Method::POST, path)
            .header(header::ACCEPT, PAGE)
            .header(header::CONTENT_TYPE, FORM)
            .header(header::ORIGIN, &self.origin)
            .header("sec-fetch-site", "same-origin")
    }

    /// The head of a script's request.
    pub fn script(&self, method: Method, path: &str) -> request::Builder {
        self.request(method, path)
            .header(header::ACCEPT, "application/json")
            .header("sec-fetch-site", "same-origin")
            .header(header::REFERER, format!("{}/labs", self.origin))
    }

    /// Asks for a terminal's ticket, as the terminal's module does.
    pub async fn ticket(&self, machine: &str) -> Answer {
        let wanted = serde_json::json!({ "machine": machine });
        self.post("/terminal/tickets", &wanted.to_string()).await
    }

    /// Sends JSON, as the modules do.
    pub async fn post(&self, path: &str, body: &str) -> Answer {
        let request = self
            .script(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ORIGIN, &self.origin);
        self.send(request, Body::from(body.to_owned())).await
    }

    /// A request with this browser's cookies and nothing else.
    pub fn request(&self, method: Method, path: &str) -> request::Builder {
        let host = self.origin.split_once("://").unwrap().1;
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, host);
        let cookies: Vec<String> = self
            .jar
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        request
    }

    /// Sends a request and reads the whole answer. Every answer is checked for what all of them
    /// must have.
    pub async fn send(&self, request: request::Builder, body: impl Into<Body>) -> Answer {
        let answer = self.send_unchecked(request, body).await;
        answer.has_what_all_have();
        answer
    }

    /// The same where the answer may be framed, which the caller checks.
    pub async fn send_unchecked(&self, request: request::Builder, body: impl Into<Body>) -> Answer {
        let (parts, body) = self.exchange(request, body.into()).await;
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// Opens an event stream: its head, and what comes.
    pub async fn listen(&self, path: &str) -> (Answer, BodyDataStream) {
        let request = self
            .request(Method::GET, path)
            .header(header::ACCEPT, "text/event-stream");
        self.stream(request).await
    }

    /// The same with a request of one's own.
    pub async fn stream(&self, request: request::Builder) -> (Answer, BodyDataStream) {
        let (parts, body) = self.exchange(request, Body::empty()).await;
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::new(),
        };
        answer.has_what_all_have();
        (answer, body.into_data_stream())
    }

    async fn exchange(
        &self,
        request: request::Builder,
        body: Body,
    ) -> (axum::http::response::Parts, Body) {
        let mut request = request.body(body).unwrap();
        let from = SocketAddr::new(self.address, 40_000);
        request.extensions_mut().insert(ConnectInfo(from));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        self.keep_cookies(&parts.headers);
        (parts, body)
    }

    fn keep_cookies(&self, headers: &HeaderMap) {
        let mut jar = self.jar.lock().unwrap();
        for cookie in headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (pair, attributes) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// A cookie of this browser.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar.lock().unwrap().get(name).cloned()
    }

    /// Puts a cookie into this browser.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.jar
            .lock()
            .unwrap()
            .insert(name.to_owned(), value.to_owned());
    }

    /// Whether the portal recognises who this is.
    pub async fn is_signed_in(&self) -> bool {
        !self.ask("/sfn/session").await.json()["person"].is_null()
    }
}

/// Form fields as they are sent.
pub fn encode(form: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = form
        .iter()
        .map(|(name, value)| format!("{}={}", percent(name), percent(value)))
        .collect();
    pairs.join("&")
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
