//! Starting and stopping.

use std::time::{Duration, Instant};

use domain::machine::Power;
use domain::name::Hostname;
use domain::pace;
use reqwest::Method;
use serde_json::json;
use service::engine::{EngineError, EngineResult};

use crate::IncusEngine;

/// How long a start or a forced stop may take on a busy host.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long to wait before Incus is asked again, should it have refused at once.
const PAUSE: Duration = Duration::from_millis(500);

/// How long a machine is given before it is asked again to shut down. One that has only just been
/// started may not have been listening the first time.
const FIRST_CALL: Duration = Duration::from_secs(8);

impl IncusEngine {
    /// Starts a machine, unless it runs.
    pub(crate) async fn start_machine(&self, name: &Hostname) -> EngineResult<()> {
        if self.expect_own(name).await?.power() == Power::On {
            return Ok(());
        }
        let Err(error) = self.change(name, "start", false, PATIENCE).await else {
            return Ok(());
        };
        if matches!(error, EngineError::Away(_)) {
            return Err(error);
        }
        // Somebody else may be starting it.
        self.settled(name).await?;
        match self.expect_own(name).await?.power() {
            Power::On => Ok(()),
            Power::Off => Err(error),
        }
    }

    /// Asks a machine to shut down, and waits for it, [`pace::GRACE`] at most.
    pub(crate) async fn stop_gracefully(&self, name: &Hostname) -> EngineResult<()> {
        let end = Instant::now() + pace::GRACE;
        let mut patience = FIRST_CALL;
        let mut begun = None;
        loop {
            if self.is_off(name).await? {
                return Ok(());
            }
            if begun.is_none() {
                begun = self.host_time(name).await;
            }
            let left = end.saturating_duration_since(Instant::now());
            // To Incus, no time at all means by force.
            if left < Duration::from_secs(1) {
                let seconds = pace::GRACE.as_secs();
                let why = format!("{name} did not shut down within {seconds} seconds.");
                return Err(EngineError::Failed(why));
            }
            match self.change(name, "stop", false, patience.min(left)).await {
                Ok(()) => {
                    self.await_end(name, begun).await;
                    return Ok(());
                }
                Err(error @ EngineError::Away(_)) => return Err(error),
                Err(error) => tracing::debug!(machine = %name, %error, "asking again to stop"),
            }
            patience = left;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Stops a machine at once, even while it is being stopped gracefully.
    pub(crate) async fn stop_by_force(&self, name: &Hostname) -> EngineResult<()> {
        if self.is_off(name).await? {
            return Ok(());
        }
        let begun = self.host_time(name).await;
        let Err(error) = self.change(name, "stop", true, PATIENCE).await else {
            self.await_end(name, begun).await;
            return Ok(());
        };
        if matches!(error, EngineError::Away(_)) {
            return Err(error);
        }
        self.settled(name).await?;
        if self.is_off(name).await? {
            return Ok(());
        }
        self.change(name, "stop", true, PATIENCE).await
    }

    /// Whether there is nothing of this name that runs.
    async fn is_off(&self, name: &Hostname) -> EngineResult<bool> {
        let found = self.own(name).await?;
        Ok(found.is_none_or(|instance| instance.power() == Power::Off))
    }

    async fn settled(&self, name: &Hostname) -> EngineResult<()> {
        let settled = self.client.settle(name, PATIENCE).await;
        settled
            .map(drop)
            .map_err(|fault| fault.about(Self::called(name)))
    }

    async fn change(
        &self,
        name: &Hostname,
        action: &str,
        force: bool,
        within: Duration,
    ) -> EngineResult<()> {
        let body = json!({"action": action, "force": force, "timeout": within.as_secs()});
        let path = ["instances", name.as_str(), "state"];
        let changed = self
            .client
            .act(Method::PUT, &path, &body, within.max(PATIENCE))
            .await;
        changed.map_err(|fault| fault.about(Self::called(name)))
    }
}
