//! Rights and machines as a test decides.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use domain::credentials::{Password, Username};
use domain::id::{ConnectionId, LabId, MachineId, PersonId};
use domain::image::ImageName;
use domain::name::{Hostname, LabTitle};
use domain::size::SIZES;
use gateway::Connections;
use service::changes::{Change, Changes};
use service::connect::{Ended, Pass};
use service::engine::{AccountSetting, BuildSpec, Engine, Source, Terminal, TerminalInput};
use service::usage::Notice;
use service::{Error, Result};
use simulator::{Simulator, SimulatorSettings};
use tokio::sync::{broadcast, mpsc, watch};
use uuid::Uuid;

use crate::house::House;

/// Rights and connections that a test decides on.
pub struct Fake {
    pub simulator: Simulator,
    tickets: Mutex<HashMap<String, Pass>>,
    ended: Mutex<Option<Ended>>,
    /// The terminal that is opened next, in place of a simulated machine's.
    scripted: Mutex<Option<Terminal>>,
    pub changes: Changes,
    pub checks: AtomicU64,
    /// How many are noted to be at the machine.
    pub present: watch::Sender<i32>,
    /// What whoever is there must know.
    pub notice: Mutex<Option<Notice>>,
    numbers: AtomicU64,
}

impl Fake {
    /// A running machine `python-001-abcdef` with the account `student`.
    pub async fn new() -> Arc<Self> {
        let simulator = Simulator::new(SimulatorSettings::for_tests("school"));
        let pass = pass(1);
        let spec = BuildSpec {
            machine: pass.machine,
            lab: pass.lab,
            hostname: pass.hostname.clone(),
            build: 1,
            generation: 0,
            source: Source::Image(ImageName::parse("debian/12").unwrap()),
            size: SIZES[0],
        };
        let account = AccountSetting {
            username: pass.username,
            password: Password::for_machine("password", "correct horse").unwrap(),
            administrator: false,
        };
        simulator.build(&spec).await.unwrap();
        simulator.start(&spec.hostname).await.unwrap();
        simulator
            .set_credentials(&spec.hostname, &[account])
            .await
            .unwrap();
        Arc::new(Self {
            simulator,
            tickets: Mutex::default(),
            ended: Mutex::default(),
            scripted: Mutex::default(),
            changes: Changes::default(),
            checks: AtomicU64::new(0),
            present: watch::Sender::new(0),
            notice: Mutex::default(),
            numbers: AtomicU64::new(1),
        })
    }

    /// A fresh ticket of this person.
    pub fn ticket(&self, person: u128) -> String {
        let token = format!("ticket-{}", self.numbers.fetch_add(1, Ordering::Relaxed));
        self.tickets
            .lock()
            .unwrap()
            .insert(token.clone(), pass(person));
        token
    }

    /// Ends everybody's right.
    pub fn end(&self, ended: Ended) {
        *self.ended.lock().unwrap() = Some(ended);
    }

    /// Lets the next terminal be one whose other end the test has.
    pub fn script(&self, terminal: Terminal) {
        *self.scripted.lock().unwrap() = Some(terminal);
    }
}

/// The right of a person to the machine.
pub fn pass(person: u128) -> Pass {
    Pass {
        person: PersonId::new(Uuid::from_u128(person)),
        session_hash: format!("session of {person}"),
        machine: MachineId::new(Uuid::from_u128(7)),
        lab: LabId::new(Uuid::from_u128(8)),
        title: LabTitle::parse("Python 101").unwrap(),
        hostname: Hostname::parse("python-001-abcdef").unwrap(),
        build: 1,
        username: Username::parse("username", "student").unwrap(),
    }
}

#[async_trait]
impl Connections for Fake {
    async fn redeem(&self, token: &str) -> Result<Pass> {
        self.tickets
            .lock()
            .unwrap()
            .remove(token)
            .ok_or(Error::Unauthenticated)
    }

    async fn check(&self, _pass: &Pass) -> Result<Option<Ended>> {
        self.checks.fetch_add(1, Ordering::Relaxed);
        Ok(*self.ended.lock().unwrap())
    }

    async fn open(&self, pass: &Pass, columns: u16, rows: u16) -> Result<Terminal> {
        let scripted = self.scripted.lock().unwrap().take();
        match scripted {
            Some(terminal) => Ok(terminal),
            None => Ok(self
                .simulator
                .terminal(&pass.hostname, &pass.username, columns, rows)
                .await?),
        }
    }

    async fn arrived(&self, _pass: &Pass) -> Result<ConnectionId> {
        self.present.send_modify(|present| *present += 1);
        Ok(ConnectionId::new(Uuid::from_u128(1)))
    }

    async fn left(&self, _connection: ConnectionId) -> Result<()> {
        self.present.send_modify(|present| *present -= 1);
        Ok(())
    }

    async fn notice(&self, _pass: &Pass) -> Result<Option<Notice>> {
        Ok(self.notice.lock().unwrap().clone())
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.listen()
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(0);
        bytes[0] = u8::try_from(self.numbers.fetch_add(1, Ordering::Relaxed)).unwrap();
    }
}

/// A terminal whose other end the test has: a handle that tells when the shell lets go of it, what
/// is typed, and where to print.
pub fn scripted(
    house: &House,
) -> (
    mpsc::Sender<TerminalInput>,
    mpsc::Receiver<TerminalInput>,
    mpsc::Sender<Bytes>,
) {
    let (input, mut taken) = mpsc::channel(4);
    let (told, typed) = mpsc::channel(4);
    let (printed, output) = mpsc::channel(4);
    house.fake.script(Terminal { input, output });
    let (handle, closed) = mpsc::channel(1);
    tokio::spawn(async move {
        let _closed = closed;
        while let Some(input) = taken.recv().await {
            if told.send(input).await.is_err() {
                break;
            }
        }
    });
    (handle, typed, printed)
}

/// Prints numbered lines without end; returns how many bytes were taken so far.
pub fn flood(printed: mpsc::Sender<Bytes>) -> Arc<AtomicUsize> {
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        for number in 0_u64.. {
            let line = Bytes::from(format!("{number:014}\r\n").repeat(256));
            let length = line.len();
            if printed.send(line).await.is_err() {
                return;
            }
            count.fetch_add(length, Ordering::Relaxed);
        }
    });
    taken
}
