//! Wiring: which store, engine, mailer, clock and key the use cases work with.

use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use identity::lti::Members;
use incus::{IncusEngine, IncusSettings};
use service::Services;
use service::bootstrap;
use service::changes::Changes;
use service::clock::{Random as _, SystemClock, SystemRandom};
use service::directories::{Directories, Directory};
use service::engine::{Engine, EngineError};
use service::mail::NoMailer;
use service::store::{Organisation, Store};
use service::vault::Vault;
use simulator::{Simulator, SimulatorSettings};
use store::{OnOutdated, StoreSettings};

use crate::mailing::Mailing;
use crate::secrets::read_secret;
use crate::settings::{EngineChoice, Settings};

/// Opens the store, bringing its schema up to date.
///
/// # Errors
/// When the database does not open.
pub async fn open_store(settings: &Settings) -> Result<Arc<dyn Store>> {
    make_data_dir(&settings.data_dir)?;
    store::open(
        &StoreSettings {
            url: settings.database.clone(),
        },
        OnOutdated::Migrate,
    )
    .await
    .with_context(|| {
        format!(
            "The database {} does not open.",
            without_password(&settings.database)
        )
    })
}

/// Puts everything together.
///
/// # Errors
/// When the database, the key or the chosen engine cannot be had, or mail is set up wrongly.
pub async fn services(settings: &Settings) -> Result<Services> {
    let store = open_store(settings).await?;
    let random = SystemRandom::default();
    let organisation = bootstrap::organisation(&*store, &SystemClock, &random).await?;
    let key = installation_key(&settings.data_dir.join("secret.key"), &random)?;
    let mailing = Mailing::new(&settings.mail)?;
    let engine = engine(settings, organisation).await?;
    let random = Arc::new(random);
    let vault = Vault::new(&key, random.clone());
    let clock = Arc::new(SystemClock);
    let courses = Members::new(
        store.clone(),
        vault.clone(),
        clock.clone(),
        &settings.public_url,
    )?;
    let mut directories: Vec<Arc<dyn Directory>> = vec![Arc::new(courses)];
    directories.extend(crate::directories::graph(settings.graph.as_ref())?);
    Ok(Services {
        store,
        engine,
        clock,
        vault,
        random,
        changes: Changes::default(),
        mailer: mailing.mailer(),
        public_url: settings.public_url.as_str().into(),
        directories: Directories::new(directories),
    })
}

/// The same for a command that needs no machines: the engine is an empty simulator.
///
/// # Errors
/// When the database or the key cannot be had.
pub async fn offline(settings: &Settings) -> Result<Services> {
    let store = open_store(settings).await?;
    let random = SystemRandom::default();
    let key = installation_key(&settings.data_dir.join("secret.key"), &random)?;
    let random = Arc::new(random);
    Ok(Services {
        store,
        engine: Arc::new(Simulator::new(SimulatorSettings::for_tests("offline"))),
        clock: Arc::new(SystemClock),
        vault: Vault::new(&key, random.clone()),
        random,
        changes: Changes::default(),
        // A command may write mails; the process that serves sends them.
        mailer: Arc::new(NoMailer),
        public_url: settings.public_url.as_str().into(),
        directories: Directories::default(),
    })
}

/// The engine that the settings choose. An installation that has its machines in Incus starts
/// without it as well: its pages stay up, say so, and the work goes on when Incus is back.
async fn engine(settings: &Settings, organisation: Organisation) -> Result<Arc<dyn Engine>> {
    if settings.engine == EngineChoice::Simulator {
        return simulator(settings, organisation);
    }
    let incus = IncusSettings {
        socket: settings.incus_socket.clone(),
        project: settings.incus_project.clone(),
        pool: settings.incus_pool.clone(),
        network: settings.incus_network.clone(),
        install: organisation.id,
    };
    match IncusEngine::connect(incus.clone()).await {
        Ok(engine) => {
            // Remembered, so that an installation never changes from real machines to simulated ones
            // by itself: to its reconciler every machine would be lost.
            std::fs::write(settings.data_dir.join(ENGINE_MARK), "incus\n")
                .context("The choice of engine cannot be noted in the data directory.")?;
            Ok(Arc::new(engine))
        }
        Err(error @ EngineError::Away(_)) if had_incus(settings) => {
            tracing::error!(%error, "Incus does not answer; the work goes on when it is back");
            Ok(Arc::new(IncusEngine::unseen(incus)?))
        }
        Err(error) if settings.engine == EngineChoice::Auto && !had_incus(settings) => {
            tracing::warn!(%error, "Incus cannot be used: machines are simulated, and every page says so");
            simulator(settings, organisation)
        }
        Err(error) => Err(error).context("Incus cannot be used. `lectern doctor` says what to do."),
    }
}

/// The file that notes which engine an installation has its machines in.
const ENGINE_MARK: &str = "engine";

fn had_incus(settings: &Settings) -> bool {
    settings.data_dir.join(ENGINE_MARK).exists()
}

fn simulator(settings: &Settings, organisation: Organisation) -> Result<Arc<dyn Engine>> {
    if had_incus(settings) {
        bail!(
            "This installation has its machines in Incus. Choose another data directory for simulated ones."
        );
    }
    let behaviour = SimulatorSettings::for_demonstration(&organisation.id.to_string());
    let path = settings.data_dir.join("simulator.json");
    let simulator = Simulator::open(behaviour, path.clone()).with_context(|| {
        format!(
            "The simulated machines in {} cannot be read.",
            path.display()
        )
    })?;
    Ok(Arc::new(simulator))
}

fn make_data_dir(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path)
        .with_context(|| format!("The data directory {} cannot be made.", path.display()))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).with_context(|| {
        format!(
            "The data directory {} cannot be made private.",
            path.display()
        )
    })
}

/// The installation's key: read, or made on the first start, for the owner's eyes only.
fn installation_key(path: &Path, random: &SystemRandom) -> Result<[u8; 32]> {
    if path.exists() {
        let bytes = read_secret(path)
            .with_context(|| format!("The key {} cannot be read.", path.display()))?;
        return bytes.try_into().map_err(|_| {
            anyhow::anyhow!(
                "The key {} is damaged: it must have 32 bytes.",
                path.display()
            )
        });
    }
    let mut key = [0; 32];
    random.fill(&mut key);
    // Written beside and renamed, so that a crash leaves a whole key or none.
    let beside = path.with_extension("new");
    let _ = std::fs::remove_file(&beside);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    std::io::Write::write_all(&mut file, &key)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    Ok(key)
}

/// A database's address without what is secret in it.
pub fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret.key");
        let key = installation_key(&path, &SystemRandom::default()).unwrap();
        assert_eq!(
            installation_key(&path, &SystemRandom::default()).unwrap(),
            key
        );
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(installation_key(&path, &SystemRandom::default()).is_err());
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(
            without_password("postgres://me:secret@db/x"),
            "postgres://…@db/x"
        );
        assert_eq!(
            without_password("sqlite://data/lectern.db"),
            "sqlite://data/lectern.db"
        );
    }
}
