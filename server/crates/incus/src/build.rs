//! Making machines, and removing machines and generations.

use std::time::Duration;

use domain::machine::Power;
use domain::name::Hostname;
use domain::size::Size;
use reqwest::Method;
use serde_json::{Map, Value, json};
use service::engine::{BuildSpec, EngineError, EngineResult, Source};

use crate::instance::{Instance, machine_tags};
use crate::{IncusEngine, taken};

/// How long making a disk may take where it cannot be copied on write.
pub(crate) const MAKING: Duration = Duration::from_secs(600);

/// How long removing one may take.
const REMOVING: Duration = Duration::from_secs(300);

/// How often an act is tried that something else gets in the way of.
const ROUNDS: usize = 4;

/// Processes and threads that one machine may have: plenty for a desktop and a compiler, and still
/// no way to take the host down with.
const PROCESSES: &str = "8192";

/// What an instance is made with, besides its tags: as much of the host as its size says, and a
/// network device that neither speaks for others nor reaches them.
///
/// `security.idmap.isolated` stays off: it doubles the time of a copy, because Incus looks for a free
/// range of user ids among all instances each time.
fn limits(engine: &IncusEngine, size: &Size) -> (Map<String, Value>, Value) {
    let settings = &engine.settings;
    let config = [
        ("limits.cpu", size.cpus.to_string()),
        ("limits.memory", format!("{}MiB", size.memory_mib)),
        ("limits.processes", PROCESSES.to_owned()),
        // After a reboot of the host it is Lectern that says what runs.
        ("boot.autostart", "false".to_owned()),
        // A machine has no use for Incus' own socket inside it.
        ("security.guestapi", "false".to_owned()),
        ("security.nesting", "false".to_owned()),
        ("security.privileged", "false".to_owned()),
    ];
    let config = config
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.into()))
        .collect();
    let devices = json!({
        "root": {
            "type": "disk",
            "path": "/",
            "pool": settings.pool,
            "size": format!("{}GiB", size.disk_gib),
        },
        "eth0": {
            "type": "nic",
            "name": "eth0",
            "network": settings.network,
            "security.port_isolation": "true",
            "security.mac_filtering": "true",
            "security.ipv4_filtering": "true",
        },
    });
    (config, devices)
}

/// Whether Incus refused because it is at work on the same name.
fn is_busy(error: &EngineError) -> bool {
    matches!(error, EngineError::Failed(words) if words.contains("is busy running"))
}

impl IncusEngine {
    /// Makes a machine. It is simply tried: only when that fails is it looked whether the machine is
    /// there already, so that making one takes no more calls than it must.
    pub(crate) async fn build_machine(&self, spec: &BuildSpec) -> EngineResult<()> {
        let mut round = 0;
        loop {
            let Err(error) = self.try_to_build(spec).await else {
                return Ok(());
            };
            round += 1;
            if matches!(error, EngineError::Away(_)) || round == ROUNDS {
                return Err(error);
            }
            match self.is_built(spec).await? {
                Some(true) => return Ok(()),
                Some(false) => self.remove_object(&spec.hostname).await?,
                // Nothing has the name yet, because another making of it is at its very beginning:
                // that one is waited for.
                None if is_busy(&error) => {
                    let settled = self.client.settle(&spec.hostname, MAKING).await;
                    settled.map_err(|fault| fault.about(Self::called(&spec.hostname)))?;
                }
                None => return Err(error),
            }
        }
    }

    async fn try_to_build(&self, spec: &BuildSpec) -> EngineResult<()> {
        let source = self.source(&spec.source).await?;
        let (mut config, devices) = limits(self, &spec.size);
        config.extend(machine_tags(self.settings.install, spec));
        let body = json!({
            "name": spec.hostname.as_str(),
            "type": "container",
            "profiles": [],
            "config": config,
            "devices": devices,
            "source": source,
        });
        let made = self
            .client
            .act(Method::POST, &["instances"], &body, MAKING)
            .await;
        made.map_err(|fault| match &spec.source {
            Source::Image(image) => fault.about(format!("The image {image}")),
            Source::Generation(generation) => fault.about(format!("The generation {generation}")),
        })
    }

    /// Whether what has the machine's name is this build of it, whole; `None` when nothing has it.
    /// What is still being made is waited for.
    async fn is_built(&self, spec: &BuildSpec) -> EngineResult<Option<bool>> {
        let name = &spec.hostname;
        let about = || Self::called(name);
        for last in [false, true] {
            let found = self
                .find(name)
                .await
                .map_err(|fault| fault.about(about()))?;
            let Some(instance) = found else {
                return Ok(None);
            };
            // A name that is another machine's, or no machine's at all, is not freed for this one.
            let own = instance.belongs_to(self.settings.install);
            let Some(seen) = instance.sighting(spec.machine).filter(|_| own) else {
                return Err(taken(name));
            };
            if seen.build != 0 || last {
                return Ok(Some(seen.build == spec.build));
            }
            let settled = self.client.settle(name, MAKING).await;
            settled.map_err(|fault| fault.about(about()))?;
        }
        Ok(Some(false))
    }

    async fn source(&self, source: &Source) -> EngineResult<Value> {
        match source {
            Source::Image(image) => {
                let fingerprint = self.fingerprint(image).await?;
                Ok(json!({"type": "image", "fingerprint": fingerprint}))
            }
            Source::Generation(name) => {
                let missing = || EngineError::NotFound(format!("The generation {name}"));
                let generation = self.own(name).await?.ok_or_else(missing)?;
                if !generation.is_sealed() {
                    let why = format!("the generation {name} is not sealed yet.");
                    return Err(EngineError::Failed(why));
                }
                Ok(json!({"type": "copy", "source": name.as_str(), "instance_only": true}))
            }
        }
    }

    /// Removes a machine or a generation, whatever it is doing.
    pub(crate) async fn remove_object(&self, name: &Hostname) -> EngineResult<()> {
        let about = || Self::called(name);
        let mut last = None;
        for _ in 0..ROUNDS {
            let found = self
                .find(name)
                .await
                .map_err(|fault| fault.about(about()))?;
            let whole = found.as_ref().is_some_and(Instance::is_whole);
            // What is being made cannot be removed; and what is about to be made is not seen yet.
            if !whole {
                let settled = self.client.settle(name, MAKING).await;
                let busy = settled.map_err(|fault| fault.about(about()))?;
                if busy {
                    continue;
                }
            }
            let Some(instance) = found else {
                return Ok(());
            };
            if !instance.belongs_to(self.settings.install) {
                return Ok(());
            }
            if instance.power() == Power::On {
                self.stop_by_force(name).await?;
            }
            let removed = self
                .client
                .act(
                    Method::DELETE,
                    &["instances", name.as_str()],
                    &json!({}),
                    REMOVING,
                )
                .await;
            match removed {
                Ok(()) => return Ok(()),
                Err(fault) if fault.is_missing() => return Ok(()),
                Err(fault) => last = Some(fault.about(about())),
            }
            if let Some(EngineError::Away(_)) = last {
                break;
            }
            // Something else goes on with it, such as a copy being made of it.
            let settled = self.client.settle(name, MAKING).await;
            settled.map_err(|fault| fault.about(about()))?;
        }
        let busy = || EngineError::Failed(format!("{name} could not be removed: it is busy."));
        Err(last.unwrap_or_else(busy))
    }
}
