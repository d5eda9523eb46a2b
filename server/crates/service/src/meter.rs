//! The meter: begins and ends stretches of running, from what the engine shows.

use std::time::Duration;

use domain::cost::{Budget, BudgetState};
use domain::id::MachineId;
use domain::lab::Lab;
use domain::machine::{Machine, Power, StopNote, StopReason, TroubleCode};
use domain::meter::{Run, StartCause};
use domain::money::Amount;
use domain::plan::Plan;
use domain::quota::WhyNot;
use domain::time::Timestamp;

use crate::access::Allowed;
use crate::calendar::{ClassCalendar, spent};
use crate::error::Result;
use crate::mail::Letter;
use crate::services::Services;
use crate::store::{Watch, Write};

/// A machine that the engine says began to run later than we know, by less than this after it was
/// last known to run, was restarted from inside: that is one stretch.
const RESTART: Duration = Duration::from_secs(120);

/// How far the engine's clock may be from ours, with what it rounds.
const CLOCKS: Duration = Duration::from_secs(5);

/// Whether a machine that runs was started for somebody else since its stretch of running began,
/// without having stopped.
pub(crate) fn starts_anew(machine: &Machine, run: &Run) -> bool {
    let wanted = &machine.wanted;
    let other = run.cause != wanted.start_cause() || run.by != wanted.by;
    wanted.power == Power::On && wanted.since > run.started_at && other
}

/// Whether a machine had stopped by itself before it was asked to, which nobody knew: when nobody
/// looked, or the engine did not answer. Clocks may differ a little.
fn stopped_before_asked(machine: &Machine, shown: Shown) -> bool {
    let wanted = &machine.wanted;
    let asked = wanted.present
        && wanted.power == Power::Off
        && machine.seen.build == Some(wanted.build)
        && machine.stopped_because.is_some();
    asked
        && shown
            .since
            .is_some_and(|since| since + CLOCKS < wanted.since)
}

/// What the engine shows of a machine's power, with its own word for since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Whether it runs.
    pub runs: bool,
    /// Since when, by the engine's word.
    pub since: Option<Timestamp>,
    /// When the machine was seen before.
    pub before: Option<Timestamp>,
    /// Up to when it ran at least, as was seen before an act that ends it without a trace.
    pub ran_to: Option<Timestamp>,
}

impl Services {
    /// Begins or ends a stretch of running, where what the engine shows says so. `machine` has taken
    /// in already what is shown.
    pub(crate) async fn meter<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        lab: &Lab,
        machine: &mut Allowed<Machine>,
        shown: Shown,
        now: Timestamp,
    ) -> Result<()> {
        match (tx.open_run(machine.id).await?, shown.runs) {
            (None, false) => Ok(()),
            (None, true) => {
                let cause = match machine.wanted.power {
                    Power::On => machine.wanted.start_cause(),
                    Power::Off => StartCause::System,
                };
                // The engine's clock may be another's: the machine did not run when it was last seen.
                let started = shown.since.max(shown.before).unwrap_or(now).min(now);
                let started = if shown.since.is_some() { started } else { now };
                self.begin_run(tx, machine, started, cause).await
            }
            (Some(run), true) => self.check_run(tx, lab, machine, run, shown, now).await,
            (Some(run), false) => {
                let gone = machine
                    .trouble
                    .as_ref()
                    .is_some_and(|t| t.code == TroubleCode::Lost);
                if !gone && stopped_before_asked(machine, shown) {
                    machine.stopped_because = Some(StopReason::Inside);
                    machine.stopped_after = None;
                }
                let note = match machine.stop_note() {
                    _ if gone => StopReason::HostLost.into(),
                    _ if !machine.wanted.present => StopReason::Deleted.into(),
                    Some(note) => note,
                    None => StopReason::Inside.into(),
                };
                let at = self.ran_to(tx, machine, shown, now).await?;
                self.end_run(tx, lab, machine, run, at, note).await
            }
        }
    }

    /// When a machine that does not run any more stopped: by the engine's word, which may be too early;
    /// or else when it was last known to run. Nobody pays for what nobody saw.
    async fn ran_to<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        machine: &Machine,
        shown: Shown,
        now: Timestamp,
    ) -> Result<Timestamp> {
        let known = self.last_known(tx, machine, shown).await?;
        Ok(shown.since.max(known).unwrap_or(now).min(now))
    }

    /// A machine that runs on; or that was off meanwhile, when nobody looked.
    async fn check_run<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        lab: &Lab,
        machine: &Allowed<Machine>,
        run: Run,
        shown: Shown,
        now: Timestamp,
    ) -> Result<()> {
        let wanted = &machine.wanted;
        if starts_anew(machine, &run) {
            // It was asked to stop, and then to start, before it had stopped: for somebody else.
            let (at, cause) = (wanted.since.min(now), wanted.start_cause());
            let note = match cause {
                StartCause::Schedule | StartCause::System => StopReason::Schedule,
                StartCause::Educator => StopReason::Educator,
                StartCause::Student => StopReason::Student,
            };
            let note = note.into();
            self.end_run(tx, lab, machine, run, at, note).await?;
            return self.begin_run(tx, machine, at, cause).await;
        }
        let Some(since) = shown.since.filter(|since| *since > run.started_at) else {
            return Ok(());
        };
        let known = self.last_known(tx, machine, shown).await?;
        let known = known.unwrap_or(run.started_at).max(run.started_at);
        if since <= known + RESTART {
            return Ok(());
        }
        let cause = run.cause;
        let mut ended = run;
        ended.stopped_at = Some(known);
        ended.stop_reason = Some(StopReason::HostLost);
        tx.end_run(machine, &ended).await?;
        self.begin_run(tx, machine, since.min(now), cause).await
    }

    /// When the machine was last known to run: looked at, or measured.
    async fn last_known<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        machine: &Machine,
        shown: Shown,
    ) -> Result<Option<Timestamp>> {
        let watch = tx.watch(machine.id).await?;
        let measured = watch.and_then(|watch| watch.measured).map(|m| m.at);
        Ok(measured.max(shown.before).max(shown.ran_to))
    }

    async fn begin_run<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        machine: &Allowed<Machine>,
        started_at: Timestamp,
        cause: StartCause,
    ) -> Result<()> {
        let run = Run {
            id: self.new_run_id(),
            machine: machine.id,
            kind: machine.kind,
            user: machine.claimed_by,
            started_at,
            stopped_at: None,
            cause,
            by: machine.wanted.by,
            stop_reason: None,
            stop_minutes: None,
        };
        tx.insert_run(machine, &run).await?;
        let class_begins_at = match machine.wanted.schedule {
            Some(schedule) => match tx.standing(schedule).await? {
                Some(standing) => {
                    let calendar = ClassCalendar::load(tx, machine.lab).await?;
                    let holidays = calendar.holidays(started_at);
                    let schedule = &standing.schedule;
                    let asked = machine.wanted.since;
                    let early = Duration::from_secs(u64::from(schedule.prestart_minutes) * 60);
                    // One that was started in class, or late, waits for no class to begin.
                    let next = schedule.next_start(&holidays, asked);
                    next.filter(|start| *start <= asked + early)
                }
                None => None,
            },
            None => None,
        };
        let watch = Watch {
            machine: machine.id,
            class_begins_at,
            last_connect: None,
            last_disconnect: None,
            last_input: None,
            last_busy: None,
            informed_since: started_at,
            silent_since: None,
            stay: None,
            measured: None,
        };
        tx.save_watch(&watch, Some(started_at)).await?;
        Ok(())
    }

    /// Ends the stretch of running that a machine is in.
    pub(crate) async fn end_run<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        lab: &Lab,
        machine: &Allowed<Machine>,
        mut run: Run,
        at: Timestamp,
        note: StopNote,
    ) -> Result<()> {
        run.stopped_at = Some(at.max(run.started_at));
        run.stop_reason = Some(note.reason);
        run.stop_minutes = note.minutes;
        tx.end_run(machine, &run).await?;
        tx.remove_watch(machine.id).await?;
        self.warn_of_budget(tx, lab).await?;
        Ok(())
    }

    /// Somebody starts a machine that was to stop, and may run still: its clock goes on, and whoever
    /// clicked is there.
    pub(crate) async fn started_again<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        machine: MachineId,
    ) -> Result<()> {
        if let Some(mut watch) = tx.watch(machine).await? {
            let now = self.now();
            watch.stay = Some(now);
            tx.save_watch(&watch, Some(now)).await?;
        }
        Ok(())
    }

    /// How a lab's budget stands; none, where it has none.
    pub(crate) async fn budget_state<W: crate::store::Read + ?Sized>(
        &self,
        tx: &mut W,
        lab: &Lab,
    ) -> Result<Option<BudgetState>> {
        let Some(limit) = lab.money.budget else {
            return Ok(None);
        };
        let runs = tx.stretches_of_lab(lab.id).await?;
        let machines = tx.machines(lab.id).await?;
        let spent = spent(lab, &runs, &machines, lab.size.size(), self.now());
        let go_on = lab.money.go_on;
        Ok(Some(Budget { limit, go_on }.state(spent)))
    }

    /// How the budget of all of a plan's labs stands, with what they cost; none, where it has none.
    pub(crate) async fn plan_budget<R: crate::store::Read + ?Sized>(
        &self,
        tx: &mut R,
        plan: &Plan,
    ) -> Result<Option<(Amount, BudgetState)>> {
        let Some(limit) = plan.budget else {
            return Ok(None);
        };
        let now = self.now();
        let mut all = Amount::ZERO;
        for lab in tx.labs().await?.iter().filter(|lab| lab.plan == plan.id) {
            let runs = tx.stretches_of_lab(lab.id).await?;
            let machines = tx.machines(lab.id).await?;
            all = all + spent(lab, &runs, &machines, lab.size.size(), now);
        }
        let go_on = plan.go_on;
        Ok(Some((all, Budget { limit, go_on }.state(all))))
    }

    /// Whether students' starts wait because the lab's budget is spent, or its plan's.
    pub(crate) async fn budget_hold<R: crate::store::Read + ?Sized>(
        &self,
        tx: &mut R,
        lab: &Lab,
    ) -> Result<Option<WhyNot>> {
        let held = |state: Option<BudgetState>| state.and_then(|state| state.may_start().err());
        if let Some(why) = held(self.budget_state(tx, lab).await?) {
            return Ok(Some(why));
        }
        let Some(plan) = tx.plan(lab.plan).await? else {
            return Ok(None);
        };
        let state = self.plan_budget(tx, &plan).await?.map(|(_, state)| state);
        Ok(held(state))
    }

    /// Writes to the lab's maker when most of the budget is spent, and when all of it is. Whether
    /// there is a new mail.
    pub(crate) async fn warn_of_budget<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        lab: &Lab,
    ) -> Result<bool> {
        let Some(limit) = lab.money.budget else {
            return Ok(false);
        };
        let (share, text) = match self.budget_state(tx, lab).await? {
            Some(BudgetState::Warning { percent }) => (
                80,
                format!("{percent} % of the budget of “{}” are spent.", lab.title),
            ),
            Some(BudgetState::Held) => (
                100,
                format!(
                    "The budget of “{}” is spent. Students cannot start machines until you raise it or let them go on.",
                    lab.title
                ),
            ),
            _ => return Ok(false),
        };
        let Some(maker) = tx.person(lab.created_by).await? else {
            return Ok(false);
        };
        let letter = Letter {
            to: maker.email,
            subject: format!("Budget of “{}”", lab.title),
            text: format!("{text}\n\n{}/labs/{}/dashboard\n", self.public_url, lab.id),
            lab: Some(lab.id),
            kind: "budget.warning",
            key: format!("budget.{share}/{}/{}", lab.id, limit.micros()),
        };
        self.post(tx, letter).await
    }
}
