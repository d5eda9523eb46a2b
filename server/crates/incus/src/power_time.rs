//! Since when a stopped machine is stopped. Incus keeps no such time, so that it is read off what was
//! last written for the machine, or in it: the newest of that is never later than the stop.
//!
//! All of it is the host's clock, which is not Lectern's where Incus is on another host. Nothing is
//! corrected here: whoever uses a time knows what it must lie between.

use std::time::Duration;

use domain::name::Hostname;
use domain::time::Timestamp;
use reqwest::Method;
use reqwest::header::{LAST_MODIFIED, RANGE};
use service::engine::EngineResult;

use crate::fault::{Fault, Result};
use crate::file::Files;
use crate::instance::Instance;
use crate::{IncusEngine, date};

/// Where a machine notes when it is shut down.
const LOGINS: &str = "/var/log/wtmp";

/// Where a machine keeps its journals, each in a directory of its machine id.
const JOURNALS: &str = "/var/log/journal";

/// How many of these directories are looked into; a machine has one.
const IDS: usize = 4;

/// How often the end of a machine is looked for that was just stopped.
const TRIES: usize = 20;

/// How long to wait before the next of these.
const PAUSE: Duration = Duration::from_millis(10);

/// How exactly these times are told: they have no fractions.
const GRAIN: Duration = Duration::from_secs(1);

impl IncusEngine {
    /// Since when a machine does not run that was just seen so; none where it never ran, or left no
    /// trace of its end.
    pub(crate) async fn stopped_since(
        &self,
        name: &Hostname,
        instance: &Instance,
    ) -> EngineResult<Option<Timestamp>> {
        match self.find_end(name, instance).await {
            Ok(end) => Ok(end),
            Err(fault @ Fault::Away(_)) => Err(fault.about(Self::called(name))),
            Err(fault) => {
                tracing::debug!(machine = %name, ?fault, "when it was stopped cannot be found out");
                Ok(None)
            }
        }
    }

    async fn find_end(&self, name: &Hostname, instance: &Instance) -> Result<Option<Timestamp>> {
        let Some(started) = instance.last_started() else {
            return Ok(None);
        };
        let end = not_before(self.console_written(name).await?, started);
        if end.is_some() && instance.ended_in_order() {
            return Ok(end);
        }
        let inside = self.written_inside(name).await?;
        Ok(end.max(not_before(inside, started)))
    }

    /// What the host's clock shows while a machine runs; none where that is not told.
    pub(crate) async fn host_time(&self, name: &Hostname) -> Option<Timestamp> {
        // The log of a running machine's console is as new as the question.
        self.console_written(name).await.ok().flatten()
    }

    /// Waits a moment for the time of a stop that was `begun` then. Incus says that a machine is
    /// stopped some milliseconds before LXC's monitor writes the log for the last time; whoever looks
    /// in between finds when the machine last printed something, which may be hours ago.
    pub(crate) async fn await_end(&self, name: &Hostname, begun: Option<Timestamp>) {
        for _ in 0..TRIES {
            match self.console_written(name).await {
                Ok(written) if written < begun => tokio::time::sleep(PAUSE).await,
                _ => return,
            }
        }
    }

    /// When the console's log was last written. LXC's monitor, which goes on without Incus and Lectern
    /// and which nobody in the machine reaches, does so as the machine ends, however it does. When the
    /// host ends first, it is the last time that the machine printed something. What is in the log is
    /// not looked at.
    async fn console_written(&self, name: &Hostname) -> Result<Option<Timestamp>> {
        let url = self
            .client
            .url(&["instances", name.as_str(), "console"], &[]);
        let request = self.client.request(Method::GET, url);
        let response = request.header(RANGE, "bytes=0-0").send().await;
        let response = response.map_err(Fault::transport)?;
        let written = response.headers().get(LAST_MODIFIED);
        Ok(written.and_then(|text| date::from_http(text.to_str().ok()?)))
    }

    /// When the machine last noted something on its own disk. This opens the disk, and is the word of
    /// whoever rules inside; it is for machines that ended with their host.
    async fn written_inside(&self, name: &Hostname) -> Result<Option<Timestamp>> {
        let files = Files::of(&self.client, name);
        let mut newest = files.written(LOGINS).await?;
        for id in files.names(JOURNALS).await?.into_iter().take(IDS) {
            let journal = format!("{JOURNALS}/{id}/system.journal");
            newest = newest.max(files.written(&journal).await?);
        }
        Ok(newest)
    }
}

/// This time, unless it is of before the machine was started and so says nothing about its end.
fn not_before(written: Option<Timestamp>, started: Timestamp) -> Option<Timestamp> {
    let written = written.filter(|written| *written + GRAIN > started)?;
    Some(written.max(started))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTED: Timestamp = Timestamp::from_micros(1_795_531_758_400_000);

    fn told(second: i64) -> Option<Timestamp> {
        let written = Timestamp::from_micros((1_795_531_758 + second) * 1_000_000);
        not_before(Some(written), STARTED)
    }

    #[test]
    fn what_was_written_before_the_start_says_nothing() {
        assert_eq!(told(-1), None);
        assert_eq!(not_before(None, STARTED), None);
    }

    #[test]
    fn a_stop_is_not_before_its_start() {
        assert_eq!(told(0), Some(STARTED));
        let later = Timestamp::from_micros(1_795_531_768_000_000);
        assert_eq!(told(10), Some(later));
    }
}
