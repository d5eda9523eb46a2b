//! The trait `Engine`: each act waits its time, meets its faults, and changes the objects.

use std::time::Duration;

use async_trait::async_trait;
use domain::credentials::Username;
use domain::id::MachineId;
use domain::machine::{Power, Sighting};
use domain::name::Hostname;
use service::engine::{
    AccountSetting, Activity, BuildSpec, Engine, EngineCapacity, EngineError, EngineHealth,
    EngineImage, EngineKind, EngineObject, EngineResult, EventStream, SealSpec, Terminal,
};

use crate::Simulator;
use crate::acts::Act;
use crate::faults::Verdict;
use crate::host::Host;
use crate::shell::Shell;
use crate::terminal;
use crate::world::World;

impl Simulator {
    /// Does an act: waits its latency, then lets it happen or fail.
    async fn act<T>(
        &self,
        act: Act,
        name: Option<&Hostname>,
        effect: impl FnOnce(&mut Host) -> EngineResult<T> + Send,
    ) -> EngineResult<T> {
        let (verdict, time) = {
            let mut host = self.host();
            host.count_call(act, name);
            host.answer()?;
            (host.faults.judge(act, name), host.latency.of(act))
        };
        if !time.is_zero() {
            tokio::time::sleep(time).await;
        }
        let mut host = self.host();
        host.answer()?;
        if let Verdict::Fails(error) = verdict {
            return Err(error);
        }
        let result = effect(&mut host);
        host.settle()?;
        if let Verdict::AnswerLost(error) = verdict {
            return Err(error);
        }
        result
    }

    /// Does an act that says whether it found something to do.
    async fn change(
        &self,
        act: Act,
        name: &Hostname,
        effect: impl FnOnce(&mut Host) -> EngineResult<bool> + Send,
    ) -> EngineResult<()> {
        self.act(act, Some(name), |host| {
            if effect(host)? {
                host.count_effect(act, name);
            }
            Ok(())
        })
        .await
    }
}

#[async_trait]
impl Engine for Simulator {
    fn kind(&self) -> EngineKind {
        EngineKind::Simulator
    }

    async fn health(&self) -> EngineResult<EngineHealth> {
        self.act(Act::Health, None, |_| {
            Ok(EngineHealth {
                version: format!("Simulator {}", env!("CARGO_PKG_VERSION")),
                instance_types: vec!["simulated".to_owned()],
                remarks: vec![
                    "Machines are simulated: they can be looked at, but not worked on.".to_owned(),
                ],
            })
        })
        .await
    }

    async fn images(&self) -> EngineResult<Vec<EngineImage>> {
        self.act(Act::Images, None, |_| World::images()).await
    }

    async fn capacity(&self) -> EngineResult<EngineCapacity> {
        self.act(Act::Capacity, None, |host| Ok(host.capacity()))
            .await
    }

    async fn look(&self, machine: MachineId, name: &Hostname) -> EngineResult<Option<Sighting>> {
        let install = &self.install;
        self.act(Act::Look, Some(name), |host| {
            Ok(host.world.look(install, machine, name))
        })
        .await
    }

    async fn list(&self) -> EngineResult<Vec<EngineObject>> {
        let install = &self.install;
        self.act(Act::List, None, |host| Ok(host.world.list(install)))
            .await
    }

    async fn build(&self, spec: &BuildSpec) -> EngineResult<()> {
        self.change(Act::Build, &spec.hostname, |host| {
            host.fits_disk()?;
            let now = host.now();
            host.world.build(&self.install, spec, now)
        })
        .await
    }

    async fn seal(&self, spec: &SealSpec) -> EngineResult<()> {
        self.change(Act::Seal, &spec.name, |host| {
            // Sealing is about the template as well.
            if let Some(error) = host.faults.broken(&spec.template) {
                return Err(error);
            }
            host.fits_disk()?;
            host.world.seal(&self.install, spec)
        })
        .await
    }

    async fn start(&self, name: &Hostname) -> EngineResult<()> {
        self.change(Act::Start, name, |host| {
            let machine = host.world.machine(&self.install, name)?;
            if machine.power == Power::Off {
                let memory = machine.memory_mib;
                host.fits_memory(memory)?;
            }
            let now = host.now();
            host.world.set_power(&self.install, name, Power::On, now)
        })
        .await
    }

    async fn stop(&self, name: &Hostname, force: bool) -> EngineResult<()> {
        let ignores = |host: &mut Host| {
            let machine = host.world.machine(&self.install, name);
            machine.is_ok_and(|m| m.deaf && m.power == Power::On)
        };
        let grace = {
            let mut host = self.host();
            let waits = !force && ignores(&mut host);
            if waits {
                host.latency.grace()
            } else {
                Duration::ZERO
            }
        };
        if !grace.is_zero() {
            tokio::time::sleep(grace).await;
        }
        self.change(Act::Stop, name, |host| {
            if !force && ignores(host) {
                return Err(EngineError::Failed(format!(
                    "“{name}” did not stop in time."
                )));
            }
            let now = host.now();
            match host.world.set_power(&self.install, name, Power::Off, now) {
                Err(EngineError::NotFound(_)) => Ok(false),
                result => result,
            }
        })
        .await
    }

    async fn remove(&self, name: &Hostname) -> EngineResult<()> {
        self.change(Act::Remove, name, |host| {
            let now = host.now();
            Ok(host.world.remove(&self.install, name, now))
        })
        .await
    }

    async fn set_credentials(
        &self,
        name: &Hostname,
        accounts: &[AccountSetting],
    ) -> EngineResult<()> {
        self.change(Act::SetCredentials, name, |host| {
            host.world.set_accounts(&self.install, name, accounts)
        })
        .await
    }

    async fn terminal(
        &self,
        name: &Hostname,
        username: &Username,
        columns: u16,
        rows: u16,
    ) -> EngineResult<Terminal> {
        let (life, number) = self
            .act(Act::Terminal, Some(name), |host| {
                let machine = host.world.machine(&self.install, name)?;
                if machine.power == Power::Off {
                    return Err(EngineError::Failed(format!("“{name}” does not run.")));
                }
                if !machine
                    .accounts
                    .iter()
                    .any(|account| account.username == *username)
                {
                    return Err(EngineError::Failed(format!(
                        "“{name}” has no account “{username}”."
                    )));
                }
                Ok((host.life(&self.install, name), host.number_terminal()))
            })
            .await?;
        let shell = Shell::new(username.as_str(), name.as_str(), columns, rows);
        Ok(terminal::open(
            self.clone(),
            name.clone(),
            number,
            shell,
            life,
        ))
    }

    async fn activity(&self, watched: &[Hostname]) -> EngineResult<Vec<Activity>> {
        self.act(Act::Activity, None, |host| {
            let now = host.now();
            Ok(host.world.activity(&self.install, watched, now))
        })
        .await
    }

    async fn events(&self) -> EngineResult<EventStream> {
        let install = &self.install;
        self.act(Act::Events, None, |host| Ok(host.events.listen(install)))
            .await
    }
}
