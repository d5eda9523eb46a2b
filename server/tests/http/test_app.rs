//! A portal of one's own for each test.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::time::Duration;

use app::context::Backend;
use axum::Router;
use domain::email::Email;
use domain::role::Role;
use domain::time::Timestamp;
use gateway::{Desk, Gateway, GatewaySettings};
use identity::Identity;
use leptos::prelude::LeptosOptions;
use server::proxies::TrustedProxies;
use service::changes::Changes;
use service::clock::{Clock, SystemRandom};
use service::directories::Directories;
use service::mail::NoMailer;
use service::reconcile::{Pace, Reconciler};
use service::vault::Vault;
use service::{Services, bootstrap};
use simulator::{HostClock, Simulator, SimulatorSettings};
use store::{OnOutdated, StoreSettings};
use tempfile::TempDir;

use crate::client::Client;

/// The password of everyone in these stories.
pub const PASSWORD: &str = "correct horse battery";

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct Dial(AtomicI64);

impl Dial {
    /// Moves the time on.
    pub fn pass(&self, time: Duration) {
        let micros = i64::try_from(time.as_micros()).unwrap();
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for Dial {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// The portal.
pub struct TestApp {
    pub services: Services,
    pub identity: Identity,
    pub simulator: Simulator,
    pub reconciler: Reconciler,
    pub clock: Arc<Dial>,
    /// The portal's address as browsers see it, without a slash at its end.
    pub origin: String,
    router: Router,
    portal: Router,
    addresses: AtomicU8,
    dir: TempDir,
}

impl TestApp {
    /// A fresh installation without an owner, reached by http.
    pub async fn new() -> Self {
        Self::at("http://lectern.test").await
    }

    /// The same, reached by this address.
    pub async fn at(origin: &str) -> Self {
        Self::with(origin, |router| router).await
    }

    /// The same, with routes of the test's own beside the portal's.
    pub async fn with(origin: &str, more: impl FnOnce(Router) -> Router) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", dir.path().join("lectern.db").display());
        let store = store::open(&StoreSettings { url }, OnOutdated::Migrate)
            .await
            .unwrap();
        // 2 March 2026, 08:00 UTC.
        let clock = Arc::new(Dial(AtomicI64::new(1_772_438_400_000_000)));
        let random = Arc::new(SystemRandom::default());
        let organisation = bootstrap::organisation(&*store, &*clock, &*random)
            .await
            .unwrap();
        let settings = SimulatorSettings::for_tests(&organisation.id.to_string());
        let simulator = Simulator::new(settings.on_clock(HostClock::of(clock.clone())));
        let services = Services {
            store,
            engine: Arc::new(simulator.clone()),
            clock: clock.clone(),
            vault: Vault::new(&[7; 32], random.clone()),
            random,
            changes: Changes::default(),
            mailer: Arc::new(NoMailer),
            public_url: origin.into(),
            directories: Directories::default(),
        };
        services.refresh_images().await.unwrap();
        let reconciler = Reconciler::new(services.clone(), Pace::default(), "test".to_owned());
        let identity = Identity::new(services.clone()).unwrap();
        let api = arm::Door::new(services.clone(), organisation.id, arm::Pace::default());
        let backend = Backend {
            services: services.clone(),
            identity: identity.clone(),
            engine: reconciler.engine_state(),
            public_url: origin.into(),
            secure: origin.starts_with("https://"),
            api: api.description(),
        };
        let site = dir.path().join("site");
        std::fs::create_dir_all(site.join("pkg")).unwrap();
        std::fs::write(site.join("pkg/lectern.css"), "body { margin: 0 }\n").unwrap();
        std::fs::write(dir.path().join("secret.key"), "not to be served\n").unwrap();
        let options = LeptosOptions::builder()
            .output_name("lectern")
            .site_root(site.display().to_string())
            .build();
        let settings = GatewaySettings::usual(Some(origin.to_owned()));
        let gateway = Gateway::new(
            Arc::new(Desk::new(services.clone(), "test".into())),
            settings,
        );
        let portal = server::router::portal(backend, options, more(gateway.router()));
        let router =
            server::router::with_api(portal.clone(), api, scim::Door::new(services.clone()));
        Self {
            services,
            identity,
            simulator,
            reconciler,
            clock,
            origin: origin.to_owned(),
            router,
            portal,
            addresses: AtomicU8::new(1),
            dir,
        }
    }

    /// Everything that the router knows, as text.
    pub fn router_as_text(&self) -> String {
        format!("{:?}", self.portal)
    }

    /// Where the installation's files are; the browser's are in `site` below it.
    pub fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Somebody who is not signed in, with a browser and a network address of their own.
    pub fn anonymous(&self) -> Client {
        let last = self.addresses.fetch_add(1, Ordering::SeqCst);
        let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, last));
        Client::new(self.router.clone(), &self.origin, address)
    }

    /// Somebody whose requests `peer` passes on, where this proxy is trusted.
    pub fn behind(&self, trusted: &str, peer: [u8; 4]) -> Client {
        let trusted = TrustedProxies::parse(&[trusted.to_owned()]).unwrap();
        let router = server::proxies::behind(self.router.clone(), trusted);
        Client::new(router, &self.origin, IpAddr::from(peer))
    }

    /// Somebody who may make labs, signed in.
    pub async fn educator(&self, name: &str) -> Client {
        self.person(name, Some(Role::LabCreator)).await
    }

    /// Somebody without any role, signed in.
    pub async fn student(&self, name: &str) -> Client {
        self.person(name, None).await
    }

    async fn person(&self, name: &str, role: Option<Role>) -> Client {
        let email = address_of(name);
        let token = self
            .identity
            .make_link(&Email::parse(&email).unwrap(), role)
            .await
            .unwrap();
        let client = self.anonymous();
        let account = [
            ("token", &*token),
            ("name", name),
            ("email", &*email),
            ("password", PASSWORD),
        ];
        client.fetch("/sfn/welcome/use", &account).await.says(200);
        client
    }

    /// Lets the reconciler do everything that is due.
    pub async fn settle(&self) {
        self.reconciler.settle().await.unwrap();
    }
}

/// The address of somebody in these stories: `max@example.org`.
pub fn address_of(name: &str) -> String {
    format!("{}@example.org", name.to_lowercase().replace(' ', "."))
}
