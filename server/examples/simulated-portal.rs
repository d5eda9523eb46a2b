//! The real portal and REST API over simulated machines, for the suites of `clients/`: it prints what
//! a program needs, and reads from its input which accidents are to happen.
//!
//! Nothing but the machines, the mail server and the clock is simulated. It ends with its input.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use app::context::Backend;
use async_trait::async_trait;
use axum::serve::ListenerExt as _;
use domain::email::Email;
use domain::machine::MachineKind;
use domain::name::{Hostname, PersonName, TokenName};
use domain::role::{Grant, Role, Scope};
use domain::time::Timestamp;
use domain::token::{Lifetime, Reach};
use gateway::{Desk, Gateway, GatewaySettings};
use identity::Identity;
use leptos::prelude::LeptosOptions;
use server::tls::{self, TlsListener, TlsSettings};
use service::changes::Changes;
use service::clock::{Clock, SystemClock, SystemRandom};
use service::directories::Directories;
use service::engine::EngineError;
use service::mail::{Mail, MailError, Mailer};
use service::outbox::Outbox;
use service::reconcile::{Pace, Reconciler};
use service::store::{Audit, Person, PersonKind, Record};
use service::timekeeper::Timekeeper;
use service::vault::Vault;
use service::{Services, bootstrap};
use simulator::{Act, HostClock, Latency, Room, Simulator, SimulatorSettings};
use store::{OnOutdated, StoreSettings};

/// The system's clock, and how far it was moved on.
#[derive(Debug, Default)]
struct Ahead(AtomicI64);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        let ahead = self.0.load(Ordering::SeqCst);
        Timestamp::from_micros(SystemClock.now().micros() + ahead)
    }
}

/// A mail server that takes every mail, or none.
#[derive(Debug, Default)]
struct Post {
    refuses: AtomicBool,
}

#[async_trait]
impl Mailer for Post {
    async fn send(&self, _: &Mail) -> std::result::Result<(), MailError> {
        if self.refuses.load(Ordering::SeqCst) {
            Err(MailError::Refused("550 No such mailbox here.".to_owned()))
        } else {
            Ok(())
        }
    }
}

/// What accidents are done to.
struct Stage {
    services: Services,
    simulator: Simulator,
    clock: Arc<Ahead>,
    post: Arc<Post>,
}

impl Stage {
    /// Does what a line says.
    async fn hear(&self, line: &str) -> Result<()> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let broken = || EngineError::Failed("broken on purpose".to_owned());
        match words.as_slice() {
            ["break", name] => {
                let name = self.object(name).await?;
                self.simulator.break_object(&name, broken());
            }
            ["mend", name] => self.simulator.mend_object(&self.object(name).await?),
            ["break-new"] => {
                for act in [Act::Build, Act::Seal] {
                    self.simulator.break_act(act, broken());
                }
            }
            ["mend-new"] => {
                for act in [Act::Build, Act::Seal] {
                    self.simulator.mend_act(act);
                }
            }
            ["advance", seconds] => {
                let time = Duration::from_secs(seconds.parse()?);
                let micros = i64::try_from(time.as_micros())?;
                self.clock.0.fetch_add(micros, Ordering::SeqCst);
                // What waits for its time hears of it.
                self.services.changes.wake();
                self.services.changes.mail_waits();
            }
            ["mail", "fail"] => self.post.refuses.store(true, Ordering::SeqCst),
            ["mail", "ok"] => self.post.refuses.store(false, Ordering::SeqCst),
            _ => bail!("there is no such command"),
        }
        Ok(())
    }

    /// The object with this name: a machine's, or the newest lab's template.
    async fn object(&self, name: &str) -> Result<Hostname> {
        if name != "template" {
            return Ok(Hostname::parse(name)?);
        }
        let mut tx = self.services.store.read().await?;
        let labs = tx.labs().await?;
        let newest = labs.into_iter().max_by_key(|lab| lab.id);
        let lab = newest.context("there is no lab")?;
        // On its way out it is still there.
        let machines = tx.machines(lab.id).await?;
        let template = machines
            .into_iter()
            .find(|m| m.kind == MachineKind::Template);
        Ok(template.context("the lab has no template")?.hostname)
    }
}

/// Makes a person, and a token of theirs.
async fn person(
    services: &Services,
    (name, role): (&str, Option<Role>),
    reaches: &[Reach],
) -> Result<Vec<String>> {
    let email = Email::parse(&format!("{name}@school.example"))?;
    let person = Person {
        id: services.new_person_id(),
        email: email.clone(),
        name: PersonName::parse(name)?,
        password_hash: None,
        disabled: false,
        created_at: services.now(),
        kind: PersonKind::User,
    };
    let mut tx = services.store.write().await?;
    tx.insert_person(&person).await?;
    if let Some(role) = role {
        let scope = Scope::Organisation;
        tx.insert_grant(&person.id.into(), &Grant { role, scope })
            .await?;
    }
    tx.commit(Record::Audit(Audit {
        at: services.now(),
        by: None,
        action: "account.create",
        lab: None,
        text: format!("Made {email}."),
        from: String::new(),
    }))
    .await?;
    let mut secrets = Vec::new();
    for reach in reaches {
        let label = TokenName::parse("Tests")?;
        let lifetime = Lifetime::parse("365d")?;
        let made = services
            .create_token_for(&email, label, *reach, lifetime)
            .await?;
        secrets.push(made.0);
    }
    Ok(secrets)
}

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let dir = tempfile::tempdir()?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let origin = format!("https://{address}");
    let store = match std::env::var("LECTERN_DATABASE") {
        Ok(url) => StoreSettings { url },
        Err(_) => StoreSettings::file(&dir.path().join("lectern.db")),
    };
    let store = store::open(&store, OnOutdated::Migrate).await?;
    let clock = Arc::new(Ahead::default());
    let random = Arc::new(SystemRandom::default());
    let organisation = bootstrap::organisation(&*store, &*clock, &*random).await?;
    let simulator = Simulator::new(SimulatorSettings {
        install: organisation.id.to_string(),
        latency: Latency::none(),
        room: Room::plenty(),
        clock: HostClock::of(clock.clone()),
    });
    let post = Arc::new(Post::default());
    let services = Services {
        store,
        engine: Arc::new(simulator.clone()),
        clock: clock.clone(),
        vault: Vault::new(&[7; 32], random.clone()),
        random,
        changes: Changes::default(),
        mailer: post.clone(),
        public_url: origin.as_str().into(),
        directories: Directories::default(),
    };
    services.refresh_images().await?;
    let holder = "simulated".to_owned();
    let reconciler = Reconciler::new(services.clone(), Pace::default(), holder.clone());
    let timekeeper = Timekeeper::new(services.clone(), holder.clone());
    // The suites ask faster than any person's program; who wants to be held back says how soon.
    let pace = match std::env::var("LECTERN_BURST") {
        Ok(burst) => arm::Pace {
            burst: burst.parse()?,
            per_second: 1,
            again: 0,
        },
        Err(_) => arm::Pace {
            burst: 2000,
            per_second: 1000,
            again: 0,
        },
    };
    let api = arm::Door::new(services.clone(), organisation.id, pace);
    let backend = Backend {
        services: services.clone(),
        identity: Identity::new(services.clone())?,
        engine: reconciler.engine_state(),
        public_url: origin.as_str().into(),
        secure: true,
        api: api.description(),
    };
    let options = LeptosOptions::builder()
        .output_name("lectern")
        .site_root(dir.path().display().to_string())
        .build();
    let desk = Desk::new(services.clone(), timekeeper.gateway());
    let gateway = Gateway::new(Arc::new(desk), GatewaySettings::usual(None));
    let portal = server::router::portal(backend, options, gateway.router());
    let router = server::router::with_api(portal, api, scim::Door::new(services.clone()));
    let config = tls::config(&TlsSettings::SelfSigned, dir.path(), &origin)?;
    let listener = TlsListener::new(listener, config)?.tap_io(|_| {});
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, router).await });
    tokio::spawn(reconciler.run());
    tokio::spawn(Outbox::new(services.clone(), holder).run());
    tokio::spawn(timekeeper.run());

    let both = [Reach::Full, Reach::ReadOnly];
    let owner = person(&services, ("owner", Some(Role::Owner)), &both).await?;
    let stranger = person(&services, ("stranger", None), &[Reach::Full]).await?;
    let name = PersonName::parse("Suites")?;
    let program = services
        .create_principal(name, Some(Role::Owner), Lifetime::parse("365d")?)
        .await?;
    println!("AZURE_AUTHORITY_HOST={origin}");
    println!("AZURE_TENANT_ID={}", organisation.id);
    println!("AZURE_CLIENT_ID={}", program.id);
    println!("AZURE_CLIENT_SECRET={}", program.secret);
    println!("AZURE_SUBSCRIPTION_ID={}", organisation.id);
    println!("LECTERN_TOKEN={}", owner[0]);
    println!("LECTERN_READ_TOKEN={}", owner[1]);
    println!("LECTERN_STRANGER_TOKEN={}", stranger[0]);
    let certificate = dir.path().join("tls-certificate.pem");
    println!("LECTERN_CA={}", certificate.display());
    println!("ready");

    let stage = Stage {
        services,
        simulator,
        clock,
        post,
    };
    let (heard, mut lines) = tokio::sync::mpsc::channel::<String>(8);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(std::result::Result::ok) {
            if heard.blocking_send(line).is_err() {
                return;
            }
        }
    });
    while let Some(line) = lines.recv().await {
        match stage.hear(&line).await {
            Ok(()) => println!("ok"),
            Err(error) => println!("error: {error:#}"),
        }
    }
    Ok(())
}
