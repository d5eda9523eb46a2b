//! `lectern doctor`: what works, what does not, and what to do about it.

use std::process::ExitCode;

use anyhow::Result;
use incus::{IncusEngine, IncusSettings};
use service::engine::Engine as _;
use service::store::Organisation;

use crate::mailing::Mailing;
use crate::settings::Settings;
use crate::wiring;

/// Checks database, Incus, images, mail, sign-in, directory and the browser's files, one line each. Fails
/// when one is bad.
///
/// # Errors
/// Never for what it finds; only when it cannot look.
pub async fn check(settings: &Settings) -> Result<ExitCode> {
    let mut bad = 0;
    let mut say = |good: bool, text: String| {
        println!("{} {text}", if good { "ok  " } else { "BAD " });
        bad += u32::from(!good);
    };
    match wiring::open_store(settings).await {
        Ok(store) => say(
            true,
            format!("The database answers: {}.", store.describe().await?),
        ),
        Err(error) => say(false, format!("{error:#}")),
    }
    let incus = IncusSettings {
        socket: settings.incus_socket.clone(),
        project: settings.incus_project.clone(),
        pool: settings.incus_pool.clone(),
        network: settings.incus_network.clone(),
        install: nobody().id,
    };
    match IncusEngine::connect(incus).await {
        Ok(engine) => {
            match engine.health().await {
                Ok(health) => {
                    say(
                        true,
                        format!(
                            "{} answers; it runs: {}.",
                            health.version,
                            health.instance_types.join(", ")
                        ),
                    );
                    for remark in health.remarks {
                        println!("     {remark}");
                    }
                }
                Err(error) => say(false, error.to_string()),
            }
            match engine.images().await {
                Ok(images) if images.is_empty() => {
                    say(
                        false,
                        "Incus has no image to make machines from. `make run` makes one."
                            .to_owned(),
                    );
                }
                Ok(images) => say(
                    true,
                    format!("{} images to make machines from.", images.len()),
                ),
                Err(error) => say(false, error.to_string()),
            }
        }
        Err(error) => {
            say(
                false,
                format!(
                    "{error} `make run` as root on Debian installs it; without it machines are simulated."
                ),
            );
        }
    }
    match Mailing::new(&settings.mail) {
        Ok(mailing) => match mailing.check().await {
            Ok(words) => say(true, words),
            Err(error) => say(false, error.to_string()),
        },
        Err(error) => say(false, format!("{error:#}")),
    }
    for provider in &settings.sign_in {
        let name = &provider.name;
        match identity::oidc::check(provider.clone()).await {
            Ok(keys) => say(true, format!("“{name}” answers, with {keys} keys.")),
            Err(why) => say(false, format!("“{name}” cannot be used: {why}.")),
        }
    }
    if let Some(graph) = &settings.graph {
        match crate::directories::check(graph).await {
            Ok(words) => say(true, words.to_owned()),
            Err(error) => say(false, format!("{error:#}")),
        }
    }
    let script = settings.site_dir.join("pkg/lectern.wasm");
    if script.exists() {
        say(true, "The browser's files are there.".to_owned());
    } else {
        say(
            false,
            format!("{} is missing. `make build` makes it.", script.display()),
        );
    }
    Ok(if bad == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// An installation that owns nothing: looking needs no identity.
fn nobody() -> Organisation {
    Organisation {
        id: domain::id::OrganisationId::new(Default::default()),
        created_at: domain::time::Timestamp::from_micros(0),
    }
}
