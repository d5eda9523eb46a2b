//! Handles for tests: faults, accidents, counters, and a look inside.

use std::time::Duration;

use domain::credentials::Username;
use domain::machine::Power;
use domain::name::Hostname;
use domain::time::Timestamp;
use service::engine::{AccountSetting, EngineError, EngineObject, EngineResult};

use crate::Simulator;
use crate::acts::Act;
use crate::faults::Verdict;
use crate::host::Room;
use crate::run::Load;
use crate::schedule::Happening;
use crate::world::PowerChange;

/// Accidents.
impl Simulator {
    /// Lets the `nth` call of `act` from now on (1 is the next) fail without happening.
    pub fn fail(&self, act: Act, nth: u64, error: EngineError) {
        self.host()
            .faults
            .plan(Some(act), nth, Verdict::Fails(error));
    }

    /// Lets the `nth` call of `act` from now on happen, but answer with an error, as when the
    /// answer gets lost.
    pub fn lose_answer(&self, act: Act, nth: u64, error: EngineError) {
        self.host()
            .faults
            .plan(Some(act), nth, Verdict::AnswerLost(error));
    }

    /// Lets the `nth` call from now on of any act that changes something fail without happening.
    pub fn fail_change(&self, nth: u64, error: EngineError) {
        self.host().faults.plan(None, nth, Verdict::Fails(error));
    }

    /// Lets the `nth` call from now on of any act that changes something happen, but answer with
    /// an error.
    pub fn lose_change_answer(&self, nth: u64, error: EngineError) {
        self.host()
            .faults
            .plan(None, nth, Verdict::AnswerLost(error));
    }

    /// Lets every call about this object fail, until it is mended.
    pub fn break_object(&self, name: &Hostname, error: EngineError) {
        self.host().faults.set_broken(name, Some(error));
    }

    /// Lets calls about this object succeed again.
    pub fn mend_object(&self, name: &Hostname) {
        self.host().faults.set_broken(name, None);
    }

    /// Lets every call of this act fail, until it is mended.
    pub fn break_act(&self, act: Act, error: EngineError) {
        self.host().faults.set_act_broken(act, Some(error));
    }

    /// Lets calls of this act succeed again.
    pub fn mend_act(&self, act: Act) {
        self.host().faults.set_act_broken(act, None);
    }

    /// Goes away, so that every call answers `Away` and event streams and terminals end; or comes
    /// back. An act whose latency passes meanwhile does not happen.
    pub fn set_away(&self, is_away: bool) {
        self.host().set_away(is_away);
    }

    /// Loses the host's power: it is away, and every machine of every installation is off from now on.
    /// It comes back by [`Self::set_away`], and none of them runs by itself.
    pub fn crash(&self) {
        let mut host = self.host();
        let now = host.now();
        host.crash(now);
        host.settle_alone();
    }

    /// Loses an object, as if somebody had removed it behind Lectern's back. Says whether it was
    /// there.
    pub fn lose(&self, name: &Hostname) -> bool {
        let mut host = self.host();
        let now = host.now();
        let lost = host.world.remove(&self.install, name, now);
        host.settle_alone();
        lost
    }

    /// Shuts a machine down from inside. Says whether it ran.
    pub fn shut_down(&self, name: &Hostname) -> bool {
        let mut host = self.host();
        let now = host.now();
        let ran = host.world.set_power(&self.install, name, Power::Off, now);
        host.settle_alone();
        ran.unwrap_or(false)
    }

    /// Lets a machine ignore graceful stops, or heed them again.
    ///
    /// # Errors
    /// When there is no such machine.
    pub fn set_deaf(&self, name: &Hostname, deaf: bool) -> EngineResult<()> {
        self.host().world.machine(&self.install, name)?.deaf = deaf;
        Ok(())
    }

    /// Lets the engine not know since when a machine runs, or does not; or lets it know again.
    ///
    /// # Errors
    /// When there is no such machine.
    pub fn hide_power_time(&self, name: &Hostname, hidden: bool) -> EngineResult<()> {
        self.host().world.machine(&self.install, name)?.since_hidden = hidden;
        Ok(())
    }

    /// Lets a machine not answer when it is looked inside for people, or answer again.
    ///
    /// # Errors
    /// When there is no such machine.
    pub fn set_silent(&self, name: &Hostname, silent: bool) -> EngineResult<()> {
        self.host().world.machine(&self.install, name)?.silent = silent;
        Ok(())
    }

    /// Makes a generation incomplete, as when sealing was cut short.
    ///
    /// # Errors
    /// When there is no such generation.
    pub fn spoil_generation(&self, name: &Hostname) -> EngineResult<()> {
        let mut host = self.host();
        host.world.generation(&self.install, name)?.complete = false;
        host.world.mark_changed(&self.install, name);
        host.settle()
    }

    /// Leaves addresses out of what is seen, as right after a start; or shows them.
    pub fn hide_addresses(&self, hidden: bool) {
        self.host().world.addresses_hidden = hidden;
    }

    /// Lets an act take this long from now on.
    pub fn set_latency(&self, act: Act, time: Duration) {
        let mut host = self.host();
        host.latency = host.latency.clone().with(act, time);
    }

    /// Gives the host this much room from now on.
    pub fn set_room(&self, room: Room) {
        self.host().room = room;
    }
}

/// Accidents at set times, by the host's clock. Each happens at its own time, however late the next
/// call is that finds it due; one that is set for a time gone by happens at once.
impl Simulator {
    /// Lets a running machine shut itself down at this time, unless it was stopped before.
    ///
    /// # Errors
    /// When there is no such machine, or it does not run.
    pub fn shut_down_at(&self, name: &Hostname, at: Timestamp) -> EngineResult<()> {
        let started = self.host().world.machine(&self.install, name)?.started();
        if started.is_none() {
            return Err(EngineError::Failed(format!("“{name}” does not run.")));
        }
        let (install, name) = (self.install.clone(), name.clone());
        self.set(
            at,
            Happening::ShutDown {
                install,
                name,
                started,
            },
        );
        Ok(())
    }

    /// Loses what has this name at this time.
    pub fn lose_at(&self, name: &Hostname, at: Timestamp) {
        let (install, name) = (self.install.clone(), name.clone());
        self.set(at, Happening::Lose { install, name });
    }

    /// Goes away at this time; the machines go on.
    pub fn go_away_at(&self, at: Timestamp) {
        self.set(at, Happening::Away);
    }

    /// Lets the host lose its power at this time: it is away, and every machine is off from then on.
    pub fn crash_at(&self, at: Timestamp) {
        self.set(at, Happening::Crash);
    }

    /// Comes back at this time. What ran before a crash does not run by itself.
    pub fn come_back_at(&self, at: Timestamp) {
        self.set(at, Happening::Back);
    }

    /// When the next of these happens: where a test's clock may be moved to.
    pub fn next_happening(&self) -> Option<Timestamp> {
        self.host().schedule.next()
    }

    /// Lets happen what was to happen by now, and tells of it. Every other call does so as well; this
    /// one is for whoever waits for an event.
    pub fn catch_up(&self) {
        drop(self.host());
    }

    fn set(&self, at: Timestamp, happening: Happening) {
        let mut host = self.host();
        let at = at.max(host.now());
        host.schedule.set(at, happening);
        host.catch_up();
    }
}

/// Work, and people.
impl Simulator {
    /// Lets a machine work like this whenever it runs, from now on.
    ///
    /// # Errors
    /// When there is no such machine.
    pub fn set_load(&self, name: &Hostname, load: Load) -> EngineResult<()> {
        let mut host = self.host();
        let now = host.now();
        host.world.set_load(&self.install, name, load, now)
    }

    /// Lets a running machine have so many sessions besides the terminals opened through the engine,
    /// which count by themselves. Opening one is input; without any, nothing is known of input.
    ///
    /// # Errors
    /// When there is no such machine, or it does not run.
    pub fn set_sessions(&self, name: &Hostname, sessions: u32) -> EngineResult<()> {
        let mut host = self.host();
        let now = host.now();
        let run = host.world.run(&self.install, name)?;
        run.set_sessions(sessions, now);
        Ok(())
    }

    /// Lets somebody press a key or move the mouse at a running machine, now. Where there is no
    /// session, one begins.
    ///
    /// # Errors
    /// When there is no such machine, or it does not run.
    pub fn give_input(&self, name: &Hostname) -> EngineResult<()> {
        let now = self.now();
        self.set_input(name, now)
    }

    /// Lets somebody have pressed a key at a running machine at this time, and not since.
    ///
    /// # Errors
    /// When there is no such machine, or it does not run.
    pub fn set_input(&self, name: &Hostname, at: Timestamp) -> EngineResult<()> {
        self.host().world.run(&self.install, name)?.set_input(at);
        Ok(())
    }

    /// Takes note that something was typed into this terminal, or that it was opened.
    pub(crate) fn typed(&self, name: &Hostname, terminal: u64) {
        let mut host = self.host();
        let now = host.now();
        if let Ok(run) = host.world.run(&self.install, name) {
            run.typed(terminal, now);
        }
    }

    /// Takes note that this terminal ended.
    pub(crate) fn ended(&self, name: &Hostname, terminal: u64) {
        if let Ok(run) = self.host().world.run(&self.install, name) {
            run.ended(terminal);
        }
    }
}

/// A look inside.
impl Simulator {
    /// Everything this installation has, whether or not the host is away; by name.
    pub fn objects(&self) -> Vec<EngineObject> {
        self.host().world.list(&self.install)
    }

    /// When machines began to run and ceased to, the first so many left out; those that were lost or
    /// remade among them.
    pub fn power_changes(&self, known: usize) -> Vec<PowerChange> {
        let host = self.host();
        host.world.powers.get(known..).unwrap_or_default().to_vec()
    }

    /// How often `act` was called, failures included.
    pub fn calls(&self, act: Act) -> u64 {
        self.host().tally(act, None).calls
    }

    /// How often `act` was called about this object, failures included.
    pub fn calls_on(&self, act: Act, name: &Hostname) -> u64 {
        self.host().tally(act, Some(name)).calls
    }

    /// How often `act` found something to do: starts of machines that did not run, and so on.
    pub fn effects(&self, act: Act) -> u64 {
        self.host().tally(act, None).effects
    }

    /// How often `act` found something to do on this object.
    pub fn effects_on(&self, act: Act, name: &Hostname) -> u64 {
        self.host().tally(act, Some(name)).effects
    }

    /// The accounts that were set on a machine and whose passwords are known; none where there is
    /// no such machine.
    pub fn accounts(&self, name: &Hostname) -> Vec<AccountSetting> {
        let mut host = self.host();
        let Ok(machine) = host.world.machine(&self.install, name) else {
            return Vec::new();
        };
        let known = machine.accounts.iter().filter_map(|account| {
            Some(AccountSetting {
                username: account.username.clone(),
                password: account.password.clone()?,
                administrator: account.administrator,
            })
        });
        known.collect()
    }

    /// Whether a machine has this account as an administrator; `None` where it has no such account.
    pub fn is_administrator(&self, name: &Hostname, username: &Username) -> Option<bool> {
        let mut host = self.host();
        let machine = host.world.machine(&self.install, name).ok()?;
        machine
            .accounts
            .iter()
            .find(|a| a.username == *username)
            .map(|a| a.administrator)
    }
}
