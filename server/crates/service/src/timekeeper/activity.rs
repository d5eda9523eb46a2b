//! Measuring what machines do, for auto-shutdown: one question to the engine for all of them.

use std::collections::{HashMap, HashSet};

use domain::id::{LabId, MachineId};
use domain::name::Hostname;
use domain::shutdown::{ShutdownOnIdle, is_busy};
use domain::time::Timestamp;

use super::{LOST, MEASURE, STALE, Timekeeper};
use crate::engine::Activity;
use crate::error::Result;
use crate::store::{Measured, Record, Watch, Watched};

/// How many machines' use is written in one transaction.
const AT_ONCE: usize = 128;

impl Timekeeper {
    pub(super) async fn measure_again_and_again(self) {
        loop {
            if let Err(error) = self.measure().await {
                tracing::warn!(%error, "it could not be measured what machines do");
            }
            tokio::time::sleep(MEASURE).await;
        }
    }

    /// Measures once. A machine of which nothing is heard is noted as silent.
    ///
    /// # Errors
    /// When the store fails. That the engine does not answer is noted, and is no error here.
    pub async fn measure(&self) -> Result<()> {
        let mut tx = self.services.store.read().await?;
        let watched = tx.watched().await?;
        if watched.is_empty() {
            return Ok(());
        }
        let labs: HashMap<LabId, _> = tx
            .labs()
            .await?
            .into_iter()
            .map(|lab| (lab.id, (lab.time.shutdown, lab.size.size().cpus)))
            .collect();
        let known = tx.watches().await?;
        drop(tx);
        let known: HashMap<MachineId, Watch> = known.into_iter().map(|w| (w.machine, w)).collect();
        // People are looked for inside only where a rule asks whether they are there.
        let asks = |one: &&Watched| {
            labs.get(&one.lab)
                .is_some_and(|(shutdown, _)| shutdown.shutdown_on_idle != ShutdownOnIdle::None)
        };
        let inside: Vec<Hostname> = watched
            .iter()
            .filter(asks)
            .map(|one| one.hostname.clone())
            .collect();
        let told = match self.services.engine.activity(&inside).await {
            Ok(told) => told,
            Err(error) => {
                tracing::debug!(%error, "the engine does not tell what machines do");
                Vec::new()
            }
        };
        let told: HashMap<&Hostname, &Activity> = told.iter().map(|a| (&a.name, a)).collect();
        let inside: HashSet<&Hostname> = inside.iter().collect();
        let now = self.services.now();
        let news = |one: &Watched, watch: &Watch| {
            let cpus = labs.get(&one.lab).map_or(1, |(_, cpus)| *cpus);
            let asked = inside.contains(&one.hostname);
            match told.get(&one.hostname) {
                // Asked who is there, and no word of it: that is as good as no answer.
                Some(activity) if !asked || activity.sessions.is_some() => {
                    heard(watch, activity, cpus, now)
                }
                _ => silent(watch, now),
            }
        };
        let changed = |one: &&Watched| known.get(&one.machine).is_none_or(|w| news(one, w) != *w);
        let watched: Vec<&Watched> = watched.iter().filter(changed).collect();
        // Not all at once: what is due meanwhile does not wait for it.
        for some in watched.chunks(AT_ONCE) {
            let mut tx = self.services.store.write().await?;
            for one in some {
                let Some(watch) = tx.watch(one.machine).await? else {
                    continue;
                };
                let after = news(one, &watch);
                let breaks = after.silent_since != watch.silent_since
                    || after.informed_since != watch.informed_since;
                // What was measured only puts a stop off: the clock is looked at in its own time.
                tx.measure_watch(&after).await?;
                if breaks {
                    tx.nudge_watch(one.machine, now).await?;
                }
            }
            tx.commit(Record::Observation).await?;
        }
        self.services.changes.wake_timekeeper();
        Ok(())
    }

    /// Nothing was measured for a while, by nobody's fault: every delay begins anew. Where other
    /// processes may have measured, that is so only for what they have not.
    pub(super) async fn news_was_missing(&self, now: Timestamp, alone: bool) -> Result<()> {
        let mut tx = self.services.store.write().await?;
        for one in tx.watched().await? {
            if let Some(mut watch) = tx.watch(one.machine).await? {
                let heard = watch.measured.map(|measured| measured.at);
                let heard = heard.max(Some(watch.informed_since));
                if !alone && heard >= Some(now - LOST) {
                    continue;
                }
                watch.informed_since = now;
                watch.silent_since = watch.silent_since.map(|_| now);
                tx.save_watch(&watch, Some(now)).await?;
            }
        }
        tx.commit(Record::Observation).await?;
        Ok(())
    }
}

/// What is known after the engine told of a machine.
fn heard(watch: &Watch, activity: &Activity, cpus: u32, now: Timestamp) -> Watch {
    let mut after = watch.clone();
    let measured = Measured {
        cpu: activity.cpu,
        disk: activity.disk_bytes,
        at: activity.at,
    };
    if let Some(before) = watch.measured
        && is_busier(before, measured, cpus)
    {
        after.last_busy = Some(activity.at);
    }
    if let Some(idle) = activity.input_idle {
        after.last_input = watch.last_input.max(Some(activity.at - idle));
    }
    let last = watch.measured.map(|measured| measured.at);
    let gap = now.since(
        watch
            .informed_since
            .max(last.unwrap_or(watch.informed_since)),
    ) > STALE;
    if watch.silent_since.is_some() || gap {
        after.silent_since = None;
        after.informed_since = now;
    }
    after.measured = Some(measured);
    after
}

/// Whether a machine was busy between two measurements.
fn is_busier(before: Measured, after: Measured, cpus: u32) -> bool {
    let seconds = after.at.since(before.at).as_secs_f64();
    // One that was started anew counts from nothing again.
    let Some(cpu) = after.cpu.checked_sub(before.cpu) else {
        return true;
    };
    if seconds <= 0.0 {
        return false;
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "bytes a second are compared with a million"
    )]
    let disk = match (before.disk, after.disk) {
        (Some(before), Some(after)) => after.saturating_sub(before) as f64 / seconds,
        _ => 0.0,
    };
    is_busy(cpu.as_secs_f64() / seconds / f64::from(cpus.max(1)), disk)
}

/// What is known after the engine had no word of a machine.
fn silent(watch: &Watch, now: Timestamp) -> Watch {
    Watch {
        silent_since: watch.silent_since.or(Some(now)),
        ..watch.clone()
    }
}
