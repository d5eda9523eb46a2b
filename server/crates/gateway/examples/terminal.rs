//! A page with a terminal on a simulated machine, and nothing else of the portal: for working on
//! `web/terminal.js`, and for its tests in a browser.
//!
//! `cargo run -p gateway --example terminal [ADDRESS [SITE]]`; SITE is the folder with the modules and
//! styles, `target/site-dev` unless told, where `scripts/build.sh dev` puts them. `POST /control/cut`
//! ends the right to the terminal, `/control/allow` gives it back, `/control/stop` and
//! `/control/start` stop and start the machine.

use std::collections::HashSet;
use std::error::Error as StdError;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::credentials::{Password, Username};
use domain::id::{ConnectionId, LabId, MachineId, PersonId};
use domain::image::ImageName;
use domain::name::{Hostname, LabTitle};
use domain::size::SIZES;
use gateway::{Connections, Gateway, GatewaySettings};
use service::changes::{Change, Changes};
use service::clock::{Random, SystemRandom};
use service::connect::{Ended, Pass};
use service::engine::{AccountSetting, BuildSpec, Engine, Source, Terminal};
use service::usage::Notice;
use service::{Error, Result};
use simulator::{Simulator, SimulatorSettings};
use tokio::sync::broadcast;
use uuid::Uuid;

/// One student with one machine.
struct Desk {
    simulator: Simulator,
    pass: Pass,
    tickets: Mutex<HashSet<String>>,
    ended: Mutex<Option<Ended>>,
    changes: Changes,
    numbers: AtomicU64,
    site: PathBuf,
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn StdError>> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:3100".to_owned());
    let site = std::env::args()
        .nth(2)
        .unwrap_or_else(|| "target/site-dev".to_owned());
    let desk = Arc::new(Desk::new(site.into()).await?);
    let connections = Arc::clone(&desk) as Arc<dyn Connections>;
    let gateway = Gateway::new(connections, GatewaySettings::usual(None));
    let router = Router::new()
        .route("/", get(page))
        .route("/{*file}", get(file))
        .route("/terminal/tickets", post(ticket))
        .route("/control/{act}", post(control))
        .with_state(desk)
        .merge(gateway.router());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

impl Desk {
    async fn new(site: PathBuf) -> std::result::Result<Self, Box<dyn StdError>> {
        let simulator = Simulator::new(SimulatorSettings::for_tests("example"));
        let pass = Pass {
            person: PersonId::new(Uuid::from_u128(1)),
            session_hash: "the only session".to_owned(),
            machine: MachineId::new(Uuid::from_u128(2)),
            lab: LabId::new(Uuid::from_u128(3)),
            title: LabTitle::parse("Networks 101")?,
            hostname: Hostname::parse("net101-007-abcdef")?,
            build: 1,
            username: Username::parse("username", "student")?,
        };
        let spec = BuildSpec {
            machine: pass.machine,
            lab: pass.lab,
            hostname: pass.hostname.clone(),
            build: 1,
            generation: 0,
            source: Source::Image(ImageName::parse("debian/12")?),
            size: SIZES[0],
        };
        let account = AccountSetting {
            username: pass.username.clone(),
            password: Password::for_machine("password", "correct horse")?,
            administrator: false,
        };
        simulator.build(&spec).await?;
        simulator.start(&spec.hostname).await?;
        simulator
            .set_credentials(&spec.hostname, &[account])
            .await?;
        Ok(Self {
            simulator,
            pass,
            tickets: Mutex::default(),
            ended: Mutex::default(),
            changes: Changes::default(),
            numbers: AtomicU64::new(1),
            site,
        })
    }

    fn ended(&self) -> Option<Ended> {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, ended: Option<Ended>) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = ended;
        self.changes.tell(Change::People);
    }
}

#[async_trait]
impl Connections for Desk {
    async fn redeem(&self, token: &str) -> Result<Pass> {
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        if tickets.remove(token) {
            Ok(self.pass.clone())
        } else {
            Err(Error::Unauthenticated)
        }
    }

    async fn check(&self, _pass: &Pass) -> Result<Option<Ended>> {
        Ok(self.ended())
    }

    async fn open(&self, pass: &Pass, columns: u16, rows: u16) -> Result<Terminal> {
        Ok(self
            .simulator
            .terminal(&pass.hostname, &pass.username, columns, rows)
            .await?)
    }

    async fn arrived(&self, _pass: &Pass) -> Result<ConnectionId> {
        Ok(ConnectionId::new(Uuid::from_u128(1)))
    }

    async fn left(&self, _connection: ConnectionId) -> Result<()> {
        Ok(())
    }

    async fn notice(&self, _pass: &Pass) -> Result<Option<Notice>> {
        Ok(None)
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.listen()
    }

    fn random(&self, bytes: &mut [u8]) {
        SystemRandom::default().fill(bytes);
    }
}

async fn ticket(State(desk): State<Arc<Desk>>) -> Response {
    let refused = match desk.ended() {
        None => {
            let ticket = format!("ticket-{}", desk.numbers.fetch_add(1, Ordering::Relaxed));
            let mut tickets = desk.tickets.lock().unwrap_or_else(PoisonError::into_inner);
            tickets.insert(ticket.clone());
            return Json(serde_json::json!({ "ticket": ticket })).into_response();
        }
        Some(Ended::Stopped) => (
            StatusCode::CONFLICT,
            "The machine does not run yet. Start it first.",
        ),
        Some(Ended::NotYours | Ended::SignedOut) => (
            StatusCode::NOT_FOUND,
            "There is no such machine, or you may not see it.",
        ),
    };
    (refused.0, Json(serde_json::json!({ "message": refused.1 }))).into_response()
}

async fn control(State(desk): State<Arc<Desk>>, Path(act): Path<String>) -> Response {
    let name = &desk.pass.hostname;
    match act.as_str() {
        "cut" => desk.end(Some(Ended::NotYours)),
        "allow" => desk.end(None),
        "stop" => {
            desk.end(Some(Ended::Stopped));
            desk.simulator.shut_down(name);
        }
        "start" => {
            if let Err(error) = desk.simulator.start(name).await {
                return (StatusCode::CONFLICT, error.to_string()).into_response();
            }
            desk.end(None);
        }
        _ => return StatusCode::NOT_FOUND.into_response(),
    }
    StatusCode::NO_CONTENT.into_response()
}

/// The page, under the same policy as the portal's.
async fn page(State(desk): State<Arc<Desk>>) -> Response {
    let nonce = format!("nonce{}", desk.numbers.fetch_add(1, Ordering::Relaxed));
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; connect-src 'self'; img-src 'self' data:; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    let html = PAGE
        .replace("{nonce}", &nonce)
        .replace("{machine}", &desk.pass.machine.to_string())
        .replace("{name}", desk.pass.hostname.as_str())
        .replace("{title}", desk.pass.title.as_str());
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
}

/// A file of the site.
async fn file(State(desk): State<Arc<Desk>>, Path(file): Path<String>) -> Response {
    let kind = match file.rsplit('.').next() {
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    if file.split('/').any(|part| part == "..") {
        return StatusCode::NOT_FOUND.into_response();
    }
    match tokio::fs::read(desk.site.join(file)).await {
        Ok(bytes) => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{name}</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/pkg/lectern.css">
  <link rel="stylesheet" href="/assets/terminal.css">
</head>
<body>
  <div class="terminal-page" data-terminal-page>
    <header class="terminal-bar">
      <a class="button button-quiet button-small" href="/" data-terminal-leave aria-label="Leave the terminal">‹</a>
      <div class="terminal-name"><h1>{name}</h1> <span class="terminal-lab">{title}</span></div>
      <span class="status" data-terminal-status data-state="connecting" role="status">Connecting</span>
      <div class="terminal-tools">
        <button class="button button-quiet button-small" type="button" data-terminal-font="-" aria-label="Smaller text">A−</button>
        <button class="button button-quiet button-small" type="button" data-terminal-font="+" aria-label="Larger text">A+</button>
        <button class="button button-quiet button-small" type="button" data-terminal-reader aria-pressed="false" aria-label="Screen reader">S</button>
        <button class="button button-quiet button-small" type="button" data-terminal-paste aria-label="Paste">P</button>
      </div>
    </header>
    <main class="terminal-main" id="main">
      <div class="terminal-screen" data-terminal data-machine="{machine}"></div>
      <div class="terminal-overlay" role="alert" data-terminal-overlay hidden>
        <div class="terminal-message">
          <h2 data-terminal-overlay-text>Connecting</h2>
          <button class="button button-small" type="button" data-terminal-reconnect>Connect again</button>
        </div>
      </div>
    </main>
    <div class="terminal-keys" role="toolbar" aria-label="Keys">
      <button class="key" type="button" data-terminal-key="Escape">Esc</button>
      <button class="key" type="button" data-terminal-key="Tab">Tab</button>
      <button class="key" type="button" data-terminal-key="Control">Ctrl</button>
      <button class="key" type="button" data-terminal-key="ArrowUp">↑</button>
      <button class="key" type="button" data-terminal-key="|">|</button>
    </div>
  </div>
  <script type="module" src="/assets/terminal.js" nonce="{nonce}"></script>
</body>
</html>
"#;
