//! Measures the REST API with 10,000 machines in the store: reading a lab, listing its 400 machines
//! page by page, and putting a schedule, over HTTP from eight connections at once.
//!
//! `api_load DATABASE SECONDS`, where the database is empty: `sqlite:FILE`, or the address of a
//! PostgreSQL. Prints one line of JSON. Whoever asks runs on the same processors.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use arm::Door;
use axum::extract::Request;
use domain::capacity::Capacity;
use domain::connection::ConnectionProfile;
use domain::credentials::{Password, Username};
use domain::email::Email;
use domain::image::ImageName;
use domain::lab::{CreateOption, Remake};
use domain::name::{Description, LabTitle, PersonName, TokenName};
use domain::quota::UsageQuota;
use domain::resource::ResourceGroup;
use domain::role::{Grant, Role, Scope};
use domain::shutdown::AutoShutdown;
use domain::size::SizeName;
use domain::token::{Lifetime, Reach};
use serde_json::json;
use service::access::Actor;
use service::changes::Changes;
use service::clock::{SystemClock, SystemRandom};
use service::directories::Directories;
use service::labs::{LabPlace, NewLab};
use service::mail::NoMailer;
use service::reconcile::{Pace, Reconciler};
use service::store::{Audit, Person, PersonKind, Record};
use service::vault::Vault;
use service::{Services, bootstrap};
use simulator::{HostClock, Latency, Room, Simulator, SimulatorSettings};
use store::{OnOutdated, StoreSettings};

const LABS: u32 = 25;
const SEATS: u32 = 400;
const CONNECTIONS: usize = 8;

/// How long each of many requests took.
struct Figures(Vec<Duration>, Duration);

impl Figures {
    fn json(mut self) -> serde_json::Value {
        self.0.sort_unstable();
        let at = |share: usize| {
            let place = (self.0.len() * share / 100).min(self.0.len().saturating_sub(1));
            self.0
                .get(place)
                .map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        let count = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        json!({
            "per_second": (f64::from(count) / self.1.as_secs_f64()).round(),
            "median_ms": (at(50) * 10.0).round() / 10.0,
            "p99_ms": (at(99) * 10.0).round() / 10.0,
        })
    }
}

async fn owner(services: &Services) -> Result<(Actor, String)> {
    let email = Email::parse("owner@school.example")?;
    let person = Person {
        id: services.new_person_id(),
        email: email.clone(),
        name: PersonName::parse("Owner")?,
        password_hash: None,
        disabled: false,
        created_at: services.now(),
        kind: PersonKind::User,
    };
    let mut tx = services.store.write().await?;
    tx.insert_person(&person).await?;
    let grant = Grant {
        role: Role::Owner,
        scope: Scope::Organisation,
    };
    tx.insert_grant(&person.id.into(), &grant).await?;
    tx.commit(Record::Audit(Audit {
        at: services.now(),
        by: None,
        action: "account.create",
        lab: None,
        text: "Made the owner.".to_owned(),
        from: String::new(),
    }))
    .await?;
    let name = TokenName::parse("Load")?;
    let lifetime = Lifetime::parse("1d")?;
    let (token, _) = services
        .create_token_for(&email, name, Reach::Full, lifetime)
        .await?;
    let actor = services.authenticate_token(&token, "").await?;
    Ok((actor.context("the token works")?, token))
}

fn lab(n: u32) -> Result<NewLab> {
    Ok(NewLab {
        place: LabPlace::beside(ResourceGroup::default_group()),
        title: LabTitle::parse(&format!("Lab {n}"))?,
        description: Description::parse("")?,
        image: ImageName::parse("debian/12")?,
        size: SizeName::parse("Basic_1_1GB_8")?,
        create_option: CreateOption::Image,
        capacity: Capacity::new(SEATS)?,
        admin: (
            Username::parse("username", "teacher")?,
            Password::for_machine("password", "a long secret")?,
        ),
        non_admin: None,
        shared_password: true,
        quota: UsageQuota::DEFAULT,
        shutdown: AutoShutdown::OFF,
        connection: ConnectionProfile::BROWSER,
        open_access: false,
    })
}

/// Lets `CONNECTIONS` ask again and again, each what `ask` says.
async fn measure<F, A>(time: Duration, ask: F) -> Result<Figures>
where
    F: Fn(usize) -> A + Clone + Send + 'static,
    A: Future<Output = Result<()>> + Send,
{
    let began = Instant::now();
    let mut asking = tokio::task::JoinSet::new();
    for connection in 0..CONNECTIONS {
        let ask = ask.clone();
        asking.spawn(async move {
            let mut taken = Vec::new();
            while began.elapsed() < time {
                let asked = Instant::now();
                ask(connection).await?;
                taken.push(asked.elapsed());
            }
            Ok::<_, anyhow::Error>(taken)
        });
    }
    let mut all = Vec::new();
    while let Some(taken) = asking.join_next().await {
        all.extend(taken??);
    }
    Ok(Figures(all, began.elapsed()))
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().context("which database")?;
    let seconds: u64 = arguments.next().context("how many seconds")?.parse()?;
    let settings = match address.strip_prefix("sqlite:") {
        Some(file) => StoreSettings::file(Path::new(file)),
        None => StoreSettings { url: address },
    };
    let store = store::open(&settings, OnOutdated::Migrate).await?;
    let random = Arc::new(SystemRandom::default());
    let organisation = bootstrap::organisation(&*store, &SystemClock, &*random).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let services = Services {
        store,
        engine: Arc::new(Simulator::new(SimulatorSettings {
            install: organisation.id.to_string(),
            latency: Latency::none(),
            room: Room::plenty(),
            clock: HostClock::system(),
        })),
        clock: Arc::new(SystemClock),
        vault: Vault::new(&[7; 32], random.clone()),
        random,
        changes: Changes::default(),
        mailer: Arc::new(NoMailer),
        public_url: origin.as_str().into(),
        directories: Directories::default(),
    };
    services.refresh_images().await?;
    let (actor, token) = owner(&services).await?;
    for n in 1..=LABS {
        let made = services.create_lab(&actor, lab(n)?).await?;
        services
            .publish(&actor, made.lab.id, Remake::Every, None)
            .await?;
    }
    let pace = Pace {
        heavy: 16,
        ..Pace::default()
    };
    Reconciler::new(services.clone(), pace, "load".to_owned())
        .settle()
        .await?;
    let machines = services.store.read().await?.all_machines().await?.len();
    let unlimited = arm::Pace {
        burst: u32::MAX,
        per_second: u32::MAX,
        again: 1,
    };
    let door = Door::new(services.clone(), organisation.id, unlimited);
    let router = axum::Router::new().fallback(move |request: Request| {
        let door = door.clone();
        async move { door.answer(request).await }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });

    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::new();
    let of_lab = move |n: usize, rest: &str| {
        let id = organisation.id;
        format!(
            "{origin}/subscriptions/{id}/resourceGroups/default/providers/Microsoft.LabServices/labs/lab-{}{rest}?api-version=2023-06-07",
            n + 1
        )
    };
    let time = Duration::from_secs(seconds);
    let get = {
        let (client, token, of_lab) = (client.clone(), token.clone(), of_lab.clone());
        move |n| {
            let request = client.get(of_lab(n, "")).bearer_auth(&token);
            async move {
                let answer = request.send().await?.error_for_status()?;
                answer.bytes().await?;
                Ok(())
            }
        }
    };
    let list = {
        let (client, token, of_lab) = (client.clone(), token.clone(), of_lab.clone());
        move |n| {
            let (client, token) = (client.clone(), token.clone());
            let mut next = Some(of_lab(n, "/virtualMachines"));
            async move {
                let mut listed = 0;
                while let Some(page) = next.take() {
                    let request = client.get(page).bearer_auth(&token);
                    let answer = request.send().await?.error_for_status()?;
                    let body: serde_json::Value = answer.json().await?;
                    listed += body["value"].as_array().map_or(0, Vec::len);
                    next = body["nextLink"].as_str().map(str::to_owned);
                }
                anyhow::ensure!(listed == SEATS as usize, "{listed} machines were listed");
                Ok(())
            }
        }
    };
    let put = move |n| {
        let request = client
            .put(of_lab(n, "/schedules/monday"))
            .bearer_auth(&token)
            .json(&json!({"properties": {
                "startAt": "2199-12-07T09:00:00",
                "stopAt": "2199-12-07T11:00:00",
                "timeZoneId": "Europe/Zurich",
            }}));
        async move {
            let answer = request.send().await?.error_for_status()?;
            answer.bytes().await?;
            Ok(())
        }
    };
    let figures = json!({
        "machines": machines,
        "get_lab": measure(time, get).await?.json(),
        "list_machines": measure(time, list).await?.json(),
        "put_schedule": measure(time, put).await?.json(),
    });
    println!("{figures}");
    Ok(())
}
