//! The subcommands of `lectern`.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use app::context::Backend;
use arm::Door;
use axum::serve::ListenerExt as _;
use clap::{Parser, Subcommand};
use domain::credentials::Password;
use domain::email::Email;
use domain::name::{PersonName, TokenName};
use domain::role::Role;
use domain::token::{Lifetime, Reach};
use gateway::{Desk, Gateway, GatewaySettings};
use identity::Identity;
use leptos::prelude::LeptosOptions;
use service::bootstrap;
use service::clock::SystemClock;
use service::engine::EngineKind;
use service::outbox::Outbox;
use service::reconcile::{Pace, Reconciler};
use service::timekeeper::Timekeeper;
use tracing_subscriber::EnvFilter;

use crate::settings::{Flags, Settings};
use crate::tls::TlsListener;
use crate::{proxies, router, tls, wiring};

/// The classroom-lab portal.
#[derive(Debug, Parser)]
#[command(name = "lectern", version, about)]
pub struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs everything: portal, terminals, reconciler, outbox.
    Serve,
    /// Brings the database up to date.
    Migrate,
    /// For administrators at the command line.
    Admin {
        #[command(subcommand)]
        command: Admin,
    },
    /// Checks database, Incus, images, mail, sign-in, directory and files, and says what to do.
    Doctor,
}

#[derive(Debug, Subcommand)]
enum Admin {
    /// Prints an access token for the REST API. It is shown this once.
    Token {
        /// The e-mail address of whoever the token acts for.
        email: String,
        /// What it is for.
        #[arg(long)]
        name: String,
        /// For how many days it works, such as 30d.
        #[arg(long, default_value = "90d")]
        expires: String,
        /// Whether it may only read.
        #[arg(long)]
        read_only: bool,
    },
    /// Makes a program that signs in by itself, and prints what it needs. The secret is shown this
    /// once.
    Principal {
        /// What it is called.
        name: String,
        /// Its role for the whole installation, such as owner or lab-creator.
        #[arg(long)]
        role: Option<String>,
        /// For how many days its secret works, such as 365d.
        #[arg(long, default_value = "365d")]
        expires: String,
    },
    /// Prints a one-time link that signs somebody in, making their account where there is none.
    AddUser {
        /// Their e-mail address.
        email: String,
        /// Their role for the whole installation: owner, contributor, lab-services-contributor,
        /// lab-services-reader, lab-creator, lab-contributor, lab-operator or lab-assistant.
        #[arg(long)]
        role: Option<String>,
    },
}

/// Runs a subcommand.
pub fn run(cli: Cli) -> ExitCode {
    let filter = EnvFilter::try_from_env("LECTERN_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,tower_http=warn,hyper=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("Lectern cannot start its threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(async {
        let mut flags = cli.flags;
        let secret = |variable: &str| {
            let text = std::env::var(variable).ok();
            let text = text.filter(|text| !text.is_empty());
            text.map(|text| Password::as_typed(&text))
        };
        flags.mail_password = secret("LECTERN_MAIL_PASSWORD");
        flags.graph_secret = secret("LECTERN_GRAPH_SECRET");
        let settings = Settings::load(flags)?;
        match cli.command {
            Command::Serve => serve(settings).await,
            Command::Migrate => migrate(&settings).await,
            Command::Admin {
                command: Admin::AddUser { email, role },
            } => add_user(&settings, &email, role).await,
            Command::Admin {
                command:
                    Admin::Token {
                        email,
                        name,
                        expires,
                        read_only,
                    },
            } => add_token(&settings, &email, &name, &expires, read_only).await,
            Command::Admin {
                command:
                    Admin::Principal {
                        name,
                        role,
                        expires,
                    },
            } => add_principal(&settings, &name, role, &expires).await,
            Command::Doctor => crate::doctor::check(&settings).await,
        }
    });
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(settings: Settings) -> Result<ExitCode> {
    let tls = settings
        .tls
        .as_ref()
        .map(|tls| tls::config(tls, &settings.data_dir, &settings.public_url))
        .transpose()?;
    let services = wiring::services(&settings).await?;
    let holder = format!(
        "{}-{}",
        std::process::id(),
        services.vault.new_token().split_at(8).0
    );
    let pace = Pace {
        heavy: settings.parallel,
        ..Pace::default()
    };
    let outbox = Outbox::new(services.clone(), holder.clone());
    let timekeeper = Timekeeper::new(services.clone(), holder.clone());
    let reconciler = Reconciler::new(services.clone(), pace, holder);
    let organisation = services.store.read().await?.organisation().await?;
    let organisation = organisation.context("The installation has no organisation.")?;
    let api = Door::new(services.clone(), organisation.id, arm::Pace::default());
    let backend = Backend {
        identity: Identity::with_providers(services.clone(), settings.sign_in.clone())?,
        engine: reconciler.engine_state(),
        public_url: settings.public_url.clone().into(),
        secure: settings.secure(),
        api: api.description(),
        services: services.clone(),
    };
    let listener = tokio::net::TcpListener::bind(settings.listen)
        .await
        .with_context(|| {
            format!(
                "Lectern cannot listen on {}. Is it running already?",
                settings.listen
            )
        })?;
    if let Err(error) = services.refresh_images().await {
        tracing::warn!(%error, "the engine's images could not be read; they will be read again");
    }
    tokio::spawn(reread_images(services.clone()));
    let work = tokio::spawn(reconciler.run());
    let post = tokio::spawn(outbox.run());
    let time = tokio::spawn(timekeeper.clone().run());
    let options = LeptosOptions::builder()
        .output_name("lectern")
        .site_root(settings.site_dir.display().to_string())
        .site_addr(settings.listen)
        .build();
    let gateway = Gateway::new(
        Arc::new(Desk::new(services.clone(), timekeeper.gateway())),
        GatewaySettings::usual(settings.public_origin.clone()),
    );
    let portal = router::portal(backend, options, gateway.router());
    let router = router::with_api(portal, api, scim::Door::new(services.clone()));
    let router = proxies::behind(router, settings.trusted_proxies.clone());
    greet(&settings, &services).await?;
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    match tls {
        Some(config) => {
            // Tapped, as only then the framework tells who connected.
            let listener = TlsListener::new(listener, config)?.tap_io(|_| {});
            axum::serve(listener, router)
                .with_graceful_shutdown(asked_to_stop(gateway))
                .await?;
        }
        None => {
            axum::serve(listener, router)
                .with_graceful_shutdown(asked_to_stop(gateway))
                .await?;
        }
    }
    work.abort();
    post.abort();
    time.abort();
    Ok(ExitCode::SUCCESS)
}

/// Reads the engine's images again now and then, so that a new one is on offer without a restart.
async fn reread_images(services: service::Services) {
    loop {
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
        if let Err(error) = services.refresh_images().await {
            tracing::debug!(%error, "the engine's images could not be read");
        }
    }
}

/// Says where the portal is, and prints the owner's link while there is no owner.
async fn greet(settings: &Settings, services: &service::Services) -> Result<()> {
    println!("Lectern listens on {}", settings.public_url);
    if services.engine.kind() == EngineKind::Simulator {
        println!("Machines are simulated: Incus does not answer on this machine.");
    }
    if let Some(token) = services.owner_link().await? {
        println!("Create the owner's account with this one-time link:");
        println!("  {}/welcome/{token}", settings.public_url);
    }
    Ok(())
}

/// Waits for Ctrl-C or a polite request to end; then terminals take their leave.
async fn asked_to_stop(gateway: Gateway) {
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(error) => {
            tracing::warn!(%error, "polite requests to end cannot be heard");
            // An error here means that no signal can be heard at all: then only force ends the process.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
    gateway.shut_down().await;
    // Event streams never end by themselves; everything that must be remembered is in the store.
    tokio::spawn(async {
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        std::process::exit(0);
    });
}

async fn migrate(settings: &Settings) -> Result<ExitCode> {
    let store = wiring::open_store(settings).await?;
    println!("The database is up to date: {}.", store.describe().await?);
    Ok(ExitCode::SUCCESS)
}

async fn add_principal(
    settings: &Settings,
    name: &str,
    role: Option<String>,
    expires: &str,
) -> Result<ExitCode> {
    let name = PersonName::parse(name)?;
    let role = role.map(|role| Role::parse(&role)).transpose()?;
    let lifetime = Lifetime::parse(expires)?;
    let services = wiring::offline(settings).await?;
    let organisation =
        bootstrap::organisation(&*services.store, &SystemClock, &*services.random).await?;
    let made = services.create_principal(name, role, lifetime).await?;
    println!("AZURE_AUTHORITY_HOST={}", settings.public_url);
    println!("AZURE_TENANT_ID={}", organisation.id);
    println!("AZURE_CLIENT_ID={}", made.id);
    println!("AZURE_CLIENT_SECRET={}", made.secret);
    println!("AZURE_SUBSCRIPTION_ID={}", organisation.id);
    Ok(ExitCode::SUCCESS)
}

async fn add_token(
    settings: &Settings,
    email: &str,
    name: &str,
    expires: &str,
    read_only: bool,
) -> Result<ExitCode> {
    let email = Email::parse(email)?;
    let name = TokenName::parse(name)?;
    let lifetime = Lifetime::parse(expires)?;
    let reach = if read_only {
        Reach::ReadOnly
    } else {
        Reach::Full
    };
    let services = wiring::offline(settings).await?;
    let made = services
        .create_token_for(&email, name, reach, lifetime)
        .await;
    let (secret, _) = made.with_context(|| format!("No token was made for {email}"))?;
    println!("{secret}");
    Ok(ExitCode::SUCCESS)
}

async fn add_user(settings: &Settings, email: &str, role: Option<String>) -> Result<ExitCode> {
    let email = Email::parse(email)?;
    let role = role.map(|role| Role::parse(&role)).transpose()?;
    let services = wiring::offline(settings).await?;
    let token = Identity::new(services)?.make_link(&email, role).await?;
    println!("{}/welcome/{token}", settings.public_url);
    Ok(ExitCode::SUCCESS)
}
