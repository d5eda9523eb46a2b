//! Looking at the clocks of machines that run: quota, and auto-shutdown.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::id::{LabId, MachineId};
use domain::lab::Lab;
use domain::machine::{Machine, Power};
use domain::meter::{Run, StartCause};
use domain::quota::WARNINGS;
use domain::shutdown::Presence;
use domain::time::Timestamp;
use domain::watch::{Left, Review, Situation, review};

use futures::StreamExt as _;

use super::{AT_ONCE, STALE, Timekeeper};
use crate::access::Allowed;
use crate::calendar::{ClassCalendar, Standing, standing};
use crate::error::Result;
use crate::mail::Letter;
use crate::meter::starts_anew;
use crate::services::Services;
use crate::store::{Read, Record, Watch, Write};

/// How many labs are looked at at a time, where several can be.
const AT_A_TIME: usize = 6;

/// How many labs are looked at in one transaction, where only one can be at a time. Each waits for the
/// disk once; together they hold others up for some tens of milliseconds.
const TOGETHER: usize = 24;

/// How often at least the clock of a machine is looked at whose lab has a budget: what runs on spends.
const BUDGET: Duration = Duration::from_secs(15 * 60);

impl Timekeeper {
    /// Looks at every clock that is due; how many there were. A lab's machines are looked at in one
    /// transaction, and so are several labs' where one who writes at a time is all there can be.
    pub(super) async fn due_watches(&self) -> Result<usize> {
        let now = self.services.now();
        let due = self
            .services
            .store
            .read()
            .await?
            .due_watches(now, AT_ONCE)
            .await?;
        let mut by_lab: BTreeMap<LabId, Vec<MachineId>> = BTreeMap::new();
        for (lab, machine) in &due {
            by_lab.entry(*lab).or_default().push(*machine);
        }
        let by_lab: Vec<_> = by_lab.into_iter().collect();
        let (together, at_a_time) = if self.services.store.shared() {
            (1, AT_A_TIME)
        } else {
            (TOGETHER, 1)
        };
        let chunks: Vec<Vec<_>> = by_lab.chunks(together).map(<[_]>::to_vec).collect();
        let looks = futures::stream::iter(chunks)
            .map(async |labs| self.look_at_or_say(&labs).await)
            .buffer_unordered(at_a_time);
        Ok(looks.fold(0, async |sum, done| sum + done).await)
    }

    /// Looks at the machines of some labs; how many there were. Trouble with one lab is not another's:
    /// then each is looked at for itself, and the rows of the one stay due.
    async fn look_at_or_say(&self, labs: &[(LabId, Vec<MachineId>)]) -> usize {
        if labs.len() > 1 && self.look_at(labs).await.is_ok() {
            return labs.iter().map(|(_, machines)| machines.len()).sum();
        }
        let mut done = 0;
        for lab in labs {
            match self.look_at(std::slice::from_ref(lab)).await {
                Ok(()) => done += lab.1.len(),
                Err(error) => self.could_not(lab.0, &error),
            }
        }
        done
    }

    async fn look_at(&self, labs: &[(LabId, Vec<MachineId>)]) -> Result<()> {
        let services = &self.services;
        let mut tx = services.store.write().await?;
        let mut stopped = Vec::new();
        let mut posted = false;
        for (id, machines) in labs {
            let (stops, posts) = self.look_at_lab(&mut *tx, *id, machines).await?;
            stopped.extend(stops.then_some(*id));
            posted |= posts;
        }
        tx.commit(Record::Observation).await?;
        for lab in stopped {
            services.changes.nudge(lab);
        }
        if posted {
            services.changes.mail_waits();
        }
        Ok(())
    }

    /// Looks at the machines of one lab: whether one was stopped, and whether a mail was written.
    async fn look_at_lab(
        &self,
        tx: &mut dyn Write,
        id: LabId,
        machines: &[MachineId],
    ) -> Result<(bool, bool)> {
        let services = &self.services;
        let Some(lab) = tx.lab(id).await? else {
            return Ok((false, false));
        };
        let calendar = ClassCalendar::load(&mut *tx, id).await?;
        let (mut stopped, mut posted) = (false, false);
        for machine in machines {
            let now = services.now();
            if tx.watch_is_due(*machine, now).await? {
                let (stops, posts) = self.look(&mut *tx, &lab, &calendar, *machine, now).await?;
                stopped |= stops;
                posted |= posts;
            }
        }
        posted |= services.warn_of_budget(&mut *tx, &lab).await?;
        Ok((stopped, posted))
    }

    /// Looks at one clock: whether its machine was stopped, and whether a mail was written.
    async fn look(
        &self,
        tx: &mut dyn Write,
        lab: &Lab,
        calendar: &ClassCalendar,
        id: MachineId,
        now: Timestamp,
    ) -> Result<(bool, bool)> {
        let (Some(machine), Some(run), Some(watch)) = (
            tx.machine(id).await?,
            tx.open_run(id).await?,
            tx.watch(id).await?,
        ) else {
            tx.remove_watch(id).await?;
            return Ok((false, false));
        };
        if machine.wanted.power == Power::Off {
            // It is on its way to being stopped; the reconciler sees to that.
            tx.save_watch(&watch, None).await?;
            return Ok((false, false));
        }
        let run = as_it_is_now(&machine, run);
        let clock = clock(tx, lab, calendar, &run, &watch, now).await?;
        if let Some(note) = clock.review.stop {
            let mut machine = Allowed::to_system(machine);
            tracing::info!(machine = %machine.hostname, reason = %note.sentence(), "a machine is stopped by a rule");
            machine.want_stop(note, now);
            tx.save_machine(&machine, Some(now)).await?;
            tx.save_watch(&watch, None).await?;
            return Ok((true, false));
        }
        let posted = self.warn_by_mail(tx, lab, &run, &clock, now).await?;
        let often = lab.money.budget.map(|_| now + BUDGET);
        let due = clock.review.due.into_iter().chain(often).min();
        tx.save_watch(&watch, due).await?;
        Ok((false, posted))
    }

    /// Writes to a student whose quota goes to its end, once.
    async fn warn_by_mail(
        &self,
        tx: &mut dyn Write,
        lab: &Lab,
        run: &Run,
        clock: &Clock,
        now: Timestamp,
    ) -> Result<bool> {
        let (Some(standing), Some(user)) = (&clock.standing, run.user) else {
            return Ok(false);
        };
        let first = Duration::from_secs(u64::from(WARNINGS[0]) * 60);
        let left = standing.remaining();
        let counts = run.cause == StartCause::Student;
        if !counts || left > first || left.is_zero() || standing.allowance.total <= first {
            return Ok(false);
        }
        let Some(user) = tx.user(user).await? else {
            return Ok(false);
        };
        let services = &self.services;
        let from = domain::meter::counts_from(&tx.resets_of_user(user.id).await?, now);
        let letter = Letter {
            to: user.email.clone(),
            subject: format!("Your quota in “{}”", lab.title),
            text: format!(
                "You have {} of quota left in “{}”. Your machine stops when it is used up; class time is free.\n\n{}/machines\n",
                domain::span::words(left),
                lab.title,
                services.public_url,
            ),
            lab: Some(lab.id),
            kind: "quota.warning",
            key: format!(
                "quota.warning/{}/{}/{}",
                user.id,
                standing.allowance.total.as_secs(),
                from.map_or(0, Timestamp::micros),
            ),
        };
        services.post(tx, letter).await
    }
}

/// A machine's clock, looked at.
#[derive(Clone, Debug)]
pub struct Clock {
    /// How the quota of its user stands; none for the template, and for a machine nobody has.
    pub standing: Option<Standing>,
    /// What follows.
    pub review: Review,
}

/// A stretch of running, with whom it counts for now: a machine that was to stop may have been started
/// again by somebody else, which the meter notes when the engine shows it next.
pub(crate) fn as_it_is_now(machine: &Machine, mut run: Run) -> Run {
    if starts_anew(machine, &run) {
        run.cause = machine.wanted.start_cause();
        run.by = machine.wanted.by;
    }
    run
}

/// Since when nothing is known about a machine's use, while that is so. Where nobody measured for a
/// while, such as over a jump of the clock, that begins to count now.
fn silent_since(watch: &Watch, started: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let heard = watch.measured.map(|measured| measured.at);
    let heard = heard.max(Some(watch.informed_since)).max(Some(started));
    let stale = heard.is_some_and(|heard| now.since(heard) > STALE);
    watch.silent_since.or(stale.then_some(now))
}

/// Looks at the clock of a machine that runs.
pub(crate) async fn clock<R: Read + ?Sized>(
    tx: &mut R,
    lab: &Lab,
    calendar: &ClassCalendar,
    run: &Run,
    watch: &Watch,
    now: Timestamp,
) -> Result<Clock> {
    let user = match run.user {
        Some(user) => tx.user(user).await?,
        None => None,
    };
    let standing = match &user {
        Some(user) => Some(standing(tx, lab, calendar, user, now).await?),
        None => None,
    };
    let connections = tx.connections(run.machine).await?;
    let presence = Presence {
        started_at: run.started_at,
        by_schedule: run.cause == StartCause::Schedule,
        class_begins_at: watch.class_begins_at,
        connections,
        last_connect: watch.last_connect,
        last_disconnect: watch.last_disconnect,
        last_input: watch.last_input,
        last_busy: watch.last_busy,
        informed_since: watch.informed_since,
        silent_since: silent_since(watch, run.started_at, now),
        stay: watch.stay,
    };
    let situation = Situation {
        run,
        left: standing.as_ref().map(|standing| Left {
            remaining: standing.remaining(),
            windows: &standing.windows,
            horizon: standing.horizon,
        }),
        shutdown: &lab.time.shutdown,
        presence: &presence,
    };
    Ok(Clock {
        review: review(&situation, now),
        standing,
    })
}

impl Services {
    /// “I'm still here”: the delays of the machine's auto-shutdown begin anew.
    ///
    /// # Errors
    /// `NotFound` when the machine is not the caller's to see; `Conflict` when it does not run.
    pub async fn stay(&self, actor: &crate::access::Actor, id: MachineId) -> Result<()> {
        let mut tx = self.store.write().await?;
        let (machine, lab, _) = crate::access::operate_machine(&mut *tx, actor, id).await?;
        let Some(mut watch) = tx.watch(machine.id).await? else {
            return Err(crate::Error::Conflict(
                "The machine does not run.".to_owned(),
            ));
        };
        let now = self.now();
        watch.stay = Some(now);
        tx.save_watch(&watch, Some(now)).await?;
        // The pages count the lab's changes.
        tx.save_machine(&machine, Some(now)).await?;
        let text = format!("Said to be at {} still.", machine.hostname);
        tx.commit(self.audit(actor, "machine.stay", lab.id, text))
            .await?;
        self.changes.nudge(lab.id);
        self.changes.wake_timekeeper();
        Ok(())
    }
}
