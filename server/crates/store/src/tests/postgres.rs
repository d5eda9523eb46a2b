//! A PostgreSQL for tests: the one that `LECTERN_TEST_POSTGRES` names, or one started here.
//!
//! Where neither is possible the tests fail; they are never skipped.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::str::FromStr as _;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// Names the server to use, such as `postgres:///postgres?host=/run/postgresql&user=postgres`.
const VARIABLE: &str = "LECTERN_TEST_POSTGRES";

/// A database of a test's own.
pub(crate) struct Database {
    /// Its address.
    pub url: String,
    name: String,
    maintenance: String,
    /// Stopped when the test is over, where it was started for it.
    _server: Option<Server>,
}

impl Database {
    /// A new, empty database.
    pub async fn create() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("lectern_test_{}_{number}", std::process::id());
        let (maintenance, server) = match std::env::var(VARIABLE) {
            Ok(url) => (url, None),
            Err(_) => {
                let server = Server::start();
                (server.url("postgres"), Some(server))
            }
        };
        execute(&maintenance, format!("DROP DATABASE IF EXISTS {name}")).await;
        execute(&maintenance, format!("CREATE DATABASE {name}")).await;
        Self {
            url: with_database(&maintenance, &name),
            name,
            maintenance,
            _server: server,
        }
    }

    /// Removes the database, whoever is still connected to it.
    pub async fn drop(self) {
        execute(
            &self.maintenance,
            format!("DROP DATABASE {} WITH (FORCE)", self.name),
        )
        .await;
    }
}

async fn execute(url: &str, sql: String) {
    let options = PgConnectOptions::from_str(url).unwrap();
    let mut connection = PgConnection::connect_with(&options)
        .await
        .unwrap_or_else(|error| panic!("no PostgreSQL answers at {VARIABLE}: {error}"));
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}

/// The same server's address with another database.
fn with_database(url: &str, name: &str) -> String {
    let (server, parameters) = url.split_once('?').unwrap_or((url, ""));
    let (scheme, rest) = server.split_once("://").expect("an address has a scheme");
    let host = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{host}/{name}?{parameters}")
}

/// A server in a folder of its own, on a socket there, without care for power cuts.
struct Server {
    folder: tempfile::TempDir,
    programs: PathBuf,
}

impl Server {
    fn start() -> Self {
        let programs = programs();
        let folder = tempfile::Builder::new()
            .prefix("lectern-pg")
            .tempdir()
            .unwrap();
        let server = Self { folder, programs };
        if is_root() {
            succeed(Command::new("chown").arg("postgres").arg(server.path()));
        }
        let data = server.path().join("data");
        succeed(
            server
                .command("initdb")
                .args([
                    "-U",
                    "postgres",
                    "-A",
                    "trust",
                    "-E",
                    "UTF8",
                    "--locale=C.UTF-8",
                    "--no-sync",
                ])
                .arg("-D")
                .arg(&data),
        );
        let options = format!(
            "-k '{}' -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off",
            server.path().display()
        );
        succeed(
            server
                .command("pg_ctl")
                .args(["start", "-w", "-t", "60", "-o", &options])
                .arg("-D")
                .arg(&data)
                .arg("-l")
                .arg(server.path().join("log")),
        );
        server
    }

    fn url(&self, database: &str) -> String {
        format!(
            "postgres:///{database}?host={}&user=postgres",
            self.path().display()
        )
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A program of PostgreSQL's, which refuses to run as root.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.path());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.path().join("data");
        succeed(
            self.command("pg_ctl")
                .args(["stop", "-w", "-m", "immediate"])
                .arg("-D")
                .arg(data),
        );
    }
}

/// The newest PostgreSQL's programs.
fn programs() -> PathBuf {
    let installed = std::fs::read_dir("/usr/lib/postgresql").map(|versions| {
        let folders = versions.flatten().map(|version| version.path().join("bin"));
        folders
            .filter(|folder| folder.join("initdb").exists())
            .max()
    });
    match installed {
        Ok(Some(folder)) => folder,
        _ => panic!(
            "These tests need PostgreSQL: install it, or name a server in {VARIABLE}. They are not skipped."
        ),
    }
}

fn is_root() -> bool {
    let output = succeed(Command::new("id").arg("-u"));
    String::from_utf8_lossy(&output.stdout).trim() == "0"
}

fn succeed(command: &mut Command) -> Output {
    // A server that inherits a pipe would keep it open for as long as it runs.
    let output = if format!("{command:?}").contains("pg_ctl") {
        let status = command
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .unwrap();
        Output {
            status,
            stdout: Vec::new(),
            stderr: Vec::new(),
        }
    } else {
        command.output().unwrap()
    };
    assert!(
        output.status.success(),
        "{command:?} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}
