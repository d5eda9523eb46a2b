//! Work on one machine: step after step, until it is as wanted or has to wait.

use domain::decide::{Lane, Step, decide, next_look};
use domain::id::MachineId;
use domain::lab::{Lab, LabState};
use domain::machine::{Machine, MachineKind, Power, Sighting, Trouble};
use domain::name::Hostname;
use domain::time::Timestamp;
use tokio::sync::OwnedSemaphorePermit;

use super::{Leased, REST, Reconciler};
use crate::access::Allowed;
use crate::engine::{BuildSpec, EngineError, Source};
use crate::error::Result;
use crate::meter::Shown;
use crate::store::Record;

/// What a look or an act came to.
enum Outcome {
    /// This is what the engine shows.
    Seen(Option<Sighting>),
    /// The step was done, and leaves this. Before it the machine had run up to then at least.
    Done(Step, Option<Sighting>, Option<Timestamp>),
    /// This setting of passwords was applied.
    Keyed(u32, Option<Sighting>),
    /// The step failed; this is what the engine shows, if it answers.
    Failed(EngineError, Option<Option<Sighting>>),
}

impl Outcome {
    /// What this shows of the machine's power, which was seen before at `before`; nothing, where the
    /// engine was not heard.
    fn shown(&self, before: Option<Timestamp>) -> Option<Shown> {
        let sighting = match self {
            Self::Seen(sighting) | Self::Done(_, sighting, _) | Self::Keyed(_, sighting) => {
                sighting
            }
            Self::Failed(_, sighting) => sighting.as_ref()?,
        };
        let sighting = sighting.as_ref();
        let ran_to = match self {
            Self::Done(_, _, ran_to) => *ran_to,
            _ => None,
        };
        Some(Shown {
            runs: sighting.is_some_and(|seen| seen.power == Power::On),
            since: sighting.and_then(|seen| seen.since),
            before,
            ran_to,
        })
    }
}

/// A machine that this process is at work on, until this is dropped.
struct InHand<'r>(&'r Reconciler, Hostname);

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        self.0.hand(|in_hand| in_hand.remove(&self.1));
    }
}

impl Reconciler {
    /// Works on a leased machine and gives the lease back.
    pub(super) async fn work_on_machine(
        &self,
        id: MachineId,
        name: Hostname,
        lane: Lane,
        permit: OwnedSemaphorePermit,
    ) {
        let in_hand = self.take_in_hand(name.clone());
        let result = self.steps(id, lane, permit).await;
        drop(in_hand);
        if let Err(error) = result {
            tracing::error!(machine = %name, %error, "work on a machine was broken off; it is taken up again");
            // The lease runs out by itself if the store does not answer now either.
            if let Err(error) = self.put_off(id).await {
                tracing::warn!(machine = %name, %error, "its lease could not be given back");
            }
        }
    }

    async fn steps(&self, id: MachineId, lane: Lane, permit: OwnedSemaphorePermit) -> Result<()> {
        let (mut lane, mut _hand) = (lane, permit);
        loop {
            let mut tx = self.services.store.read().await?;
            let Some(machine) = tx.machine(id).await? else {
                return Ok(());
            };
            let Some(lab) = tx.lab(machine.lab).await? else {
                return Ok(());
            };
            drop(tx);
            let step = decide(&machine, lab.published_generation, self.services.now());
            if let Some(step) = step
                && step.lane() != lane
            {
                lane = step.lane();
                let Ok(other) = self.lane(lane).clone().try_acquire_owned() else {
                    // It goes back to the queue, where everybody sees its place, and where whoever is
                    // more urgent comes first.
                    return self.release(id).await;
                };
                _hand = other;
                self.services.changes.wake();
            }
            let outcome = match step {
                None => match self
                    .services
                    .engine
                    .look(machine.id, &machine.hostname)
                    .await
                {
                    Ok(sighting) => Outcome::Seen(sighting),
                    Err(error) => Outcome::Failed(error, None),
                },
                Some(step) => {
                    self.renewing(Leased::Machine(id), self.act(&machine, &lab, step))
                        .await?
                }
            };
            if !self.record(id, outcome).await? {
                return Ok(());
            }
        }
    }

    async fn act(&self, machine: &Machine, lab: &Lab, step: Step) -> Result<Outcome> {
        tracing::info!(machine = %machine.hostname, ?step, "a machine is brought closer to what is wanted");
        let engine = &self.services.engine;
        let name = &machine.hostname;
        let (build, generation) = (
            machine.seen.build.unwrap_or_default(),
            machine.seen.generation,
        );
        let at = |power| {
            Some(Sighting {
                build,
                generation,
                power,
                since: None,
                address: None,
            })
        };
        // What is made or removed anew leaves no trace of how long the one before ran, and not every
        // engine tells when one stopped.
        let ends = !matches!(step, Step::Start | Step::SetCredentials);
        let ran_to = if ends && machine.seen.power == Some(Power::On) {
            match engine.look(machine.id, name).await {
                Ok(Some(seen)) if seen.power == Power::On => Some(self.services.now()),
                Ok(Some(seen)) if machine.seen.build == Some(seen.build) => seen.since,
                _ => None,
            }
        } else {
            None
        };
        let (result, after) = match step {
            Step::Remove => (engine.remove(name).await, None),
            Step::Build { build, generation } => {
                let source = match (machine.kind, lab.has_template()) {
                    (MachineKind::User, true) => {
                        Source::Generation(Hostname::of_generation(&lab.name, lab.id, generation))
                    }
                    _ => self.image_source(lab).await?,
                };
                let spec = BuildSpec {
                    machine: machine.id,
                    lab: lab.id,
                    hostname: name.clone(),
                    build,
                    generation,
                    source,
                    size: lab.size.size(),
                };
                let sighting = Sighting {
                    build,
                    generation,
                    power: Power::Off,
                    since: None,
                    address: None,
                };
                (engine.build(&spec).await, Some(sighting))
            }
            Step::Start => (engine.start(name).await, at(Power::On)),
            Step::Stop { force } => (engine.stop(name, force).await, at(Power::Off)),
            Step::SetCredentials => {
                let mut tx = self.services.store.read().await?;
                let accounts = self.services.accounts(&mut *tx, lab, machine).await?;
                drop(tx);
                (engine.set_credentials(name, &accounts).await, at(Power::On))
            }
        };
        Ok(match result {
            Ok(()) if step == Step::SetCredentials => {
                Outcome::Keyed(machine.wanted.credentials, after)
            }
            // The engine's own word for when it started or stopped is what the meter counts by.
            Ok(()) if matches!(step, Step::Start | Step::Stop { .. }) => {
                let seen = engine.look(machine.id, name).await.unwrap_or(after);
                Outcome::Done(step, seen, ran_to)
            }
            Ok(()) => Outcome::Done(step, after, ran_to),
            Err(error) => Outcome::Failed(error, engine.look(machine.id, name).await.ok()),
        })
    }

    /// What a machine is made from that is not a copy of a template: the engine's image, or a saved
    /// one.
    async fn image_source(&self, lab: &Lab) -> Result<Source> {
        let image = self.services.store.read().await?.image(&lab.image).await?;
        Ok(match image.and_then(|image| image.saved) {
            Some(saved) => Source::Generation(saved.object),
            None => Source::Image(lab.image.clone()),
        })
    }

    /// Writes down what came of a look or an act on the row as it is now, which a person may have
    /// changed meanwhile. True when there is another step to do at once; otherwise the lease is
    /// given back.
    async fn record(&self, id: MachineId, outcome: Outcome) -> Result<bool> {
        let services = &self.services;
        let mut tx = services.store.write().await?;
        let Some(lab_id) = tx.lab_of_machine(id).await? else {
            return Ok(false);
        };
        let Some(lab) = tx.lab(lab_id).await? else {
            return Ok(false);
        };
        let Some(machine) = tx.machine(id).await? else {
            return Ok(false);
        };
        let now = services.now();
        let before = machine.clone();
        let mut machine = Allowed::to_system(machine);
        let shown = outcome.shown(before.seen.at);
        match outcome {
            Outcome::Seen(sighting) => {
                machine.observe(sighting, now);
                machine.relieve();
                self.engine_answers(None);
            }
            Outcome::Done(Step::Remove, ..) if !machine.wanted.present => {
                if let Some(shown) = shown {
                    services
                        .meter(&mut *tx, &lab, &mut machine, shown, now)
                        .await?;
                }
                services.removed(&mut *tx, &machine).await?;
                tx.remove_machine(&machine).await?;
                tx.nudge_lab(lab_id, now).await?;
                tx.commit(Record::Observation).await?;
                services.changes.nudge(lab_id);
                return Ok(false);
            }
            Outcome::Done(_, sighting, _) => {
                machine.observe(sighting, now);
                machine.relieve();
                self.engine_answers(None);
            }
            Outcome::Keyed(credentials, sighting) => {
                machine.observe(sighting, now);
                machine.relieve();
                machine.seen.credentials = credentials;
                self.engine_answers(None);
            }
            Outcome::Failed(error, sighting) => {
                if let Some(sighting) = sighting {
                    machine.observe(sighting, now);
                }
                if let EngineError::Away(why) = &error {
                    self.engine_answers(Some(why.clone()));
                }
                tracing::warn!(machine = %machine.hostname, %error, "a step failed and will be tried again");
                let lost = machine.trouble.as_ref().is_some_and(|t| t.failed);
                if !lost {
                    let trouble = machine.trouble.take();
                    machine.trouble = Some(Trouble::after(
                        trouble,
                        error.code(),
                        error.to_string(),
                        now,
                    ));
                }
            }
        }
        if let Some(shown) = shown {
            services
                .meter(&mut *tx, &lab, &mut machine, shown, now)
                .await?;
        }
        services.settle_machine(&mut *tx, &mut machine).await?;
        let jitter = services.jitter();
        let due = next_look(&machine, lab.published_generation, now, jitter);
        let go_on =
            machine.trouble.is_none() && decide(&machine, lab.published_generation, now).is_some();
        tx.save_machine(&machine, due).await?;
        if !go_on {
            tx.release_machine(id, &self.holder).await?;
        }
        let told = Machine {
            seen: domain::machine::Seen {
                at: before.seen.at,
                ..machine.seen.clone()
            },
            ..(*machine).clone()
        };
        let changed = told != before;
        let lab_waits = lab.deleting
            || matches!(
                lab.state,
                LabState::Publishing | LabState::Scaling | LabState::Syncing
            )
            || machine.kind == MachineKind::Template;
        if changed && lab_waits {
            tx.nudge_lab(lab_id, now).await?;
        }
        tx.commit(Record::Observation).await?;
        if changed {
            services.changes.nudge(lab_id);
        }
        Ok(go_on)
    }

    /// Gives the lease back, to be taken again after a rest.
    async fn put_off(&self, id: MachineId) -> Result<()> {
        let mut tx = self.services.store.write().await?;
        if let Some(lab) = tx.lab_of_machine(id).await?
            && tx.lab(lab).await?.is_some()
            && let Some(machine) = tx.machine(id).await?
        {
            let due = self.services.now() + REST;
            tx.save_machine(&Allowed::to_system(machine), Some(due))
                .await?;
            tx.release_machine(id, &self.holder).await?;
            tx.commit(Record::Observation).await?;
        }
        Ok(())
    }

    async fn release(&self, id: MachineId) -> Result<()> {
        let mut tx = self.services.store.write().await?;
        tx.release_machine(id, &self.holder).await?;
        tx.commit(Record::Observation).await?;
        Ok(())
    }

    fn take_in_hand(&self, name: Hostname) -> InHand<'_> {
        self.hand(|in_hand| in_hand.insert(name.clone()));
        InHand(self, name)
    }

    fn hand<T>(&self, f: impl FnOnce(&mut std::collections::HashSet<Hostname>) -> T) -> T {
        f(&mut self
            .in_hand
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Whether this process is at work on the machine with this name.
    pub(super) fn holds(&self, name: &Hostname) -> bool {
        self.hand(|in_hand| in_hand.contains(name))
    }
}
