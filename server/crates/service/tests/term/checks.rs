//! What must be so after every step.

use std::collections::HashMap;

use domain::id::MachineId;
use domain::machine::{Machine, Power, StopReason};

use crate::life::{Life, MEASURE};
use crate::oracle::Classes;

pub(crate) const SECOND: i64 = 1_000_000;

fn failed(row: &Machine) -> bool {
    row.trouble.as_ref().is_some_and(|t| t.failed)
}

fn on(row: &Machine) -> bool {
    row.wanted.power == Power::On
}

impl Life {
    pub async fn all_rows(&self) -> HashMap<MachineId, Machine> {
        let mut tx = self.world.services.store.read().await.unwrap();
        let rows = tx.all_machines().await.unwrap();
        rows.into_iter().map(|row| (row.id, row)).collect()
    }

    pub fn wrong(&mut self, what: String) {
        let at = domain::zone::TimeZone::utc().local(self.world.time());
        self.violations.push(format!("{at} {what}"));
    }

    /// Compares what was done since the last time with what was to be done.
    pub async fn check(&mut self) {
        let after = self.all_rows().await;
        let before = std::mem::take(&mut self.rows);
        let now = self.now();
        for lab in 0..self.labs.len() {
            let id = self.labs[lab].id;
            for row in after.values().filter(|row| row.lab == id) {
                if let Some(was) = before.get(&row.id) {
                    self.check_events(lab, was, row, now);
                }
            }
        }
        for n in 0..self.students.len() {
            let machine = self.students[n].machine;
            if let (Some(was), Some(row)) = (before.get(&machine), after.get(&machine)) {
                self.check_stop(n, was, row);
                self.check_quota(n, row, now);
            }
        }
        self.check_power(&before, &after, now).await;
        self.done_to = now;
        self.rows = after;
    }

    /// Every event of a schedule did what it had to, once, and nothing else did.
    fn check_events(&mut self, lab: usize, was: &Machine, row: &Machine, now: i64) {
        let student = self.students.iter().find(|s| s.machine == row.id);
        let group = student.and_then(|student| student.group);
        let seated = student.is_some();
        let classes = &self.labs[lab].classes;
        let mut events = classes.events(group, self.done_to, now);
        // Schedules of a group are its users' only.
        if !seated {
            let own = Classes {
                told: classes
                    .told
                    .iter()
                    .filter(|t| t.said.group.is_none())
                    .cloned()
                    .collect(),
                off: classes.off.clone(),
            };
            events = own.events(None, self.done_to, now);
        }
        let changed = row.wanted.since != was.wanted.since;
        let begun = changed && on(row) && row.wanted.schedule.is_some();
        let ended = changed && row.stopped_because == Some(StopReason::Schedule) && !on(row);
        let name = &row.hostname;
        let mut wrong = Vec::new();
        if begun && !events.iter().any(|event| event.starts) {
            wrong.push(format!(
                "{name} was started by a schedule that had nothing to do"
            ));
        }
        if ended && !events.iter().any(|event| !event.starts) {
            wrong.push(format!(
                "{name} was stopped by a schedule that had nothing to do"
            ));
        }
        let off_since = |at: i64| !on(was) && was.wanted.since.micros() <= at;
        let on_since = |at: i64| on(was) && was.wanted.since.micros() <= at;
        let trouble = failed(was) || failed(row);
        let is_class = |at| classes.is_class(group, at);
        let is_early = |at| classes.is_early(group, at);
        match events.as_slice() {
            [] => {}
            [event] if now - event.at <= SECOND => {
                if event.starts {
                    let due = seated && off_since(event.at) && !trouble;
                    if due && !begun && !changed {
                        wrong.push(format!("{name} was not started by its schedule"));
                    }
                    if !due && begun && !trouble {
                        wrong.push(format!("{name} was started for nobody, or again"));
                    }
                } else {
                    let stays = event.class && (is_class(event.at) || is_early(event.at));
                    if on_since(event.at) && !stays && on(row) && !changed {
                        wrong.push(format!("{name} was not stopped by its schedule"));
                    }
                    if stays && ended {
                        wrong.push(format!("{name} was stopped though class goes on"));
                    }
                }
            }
            all => {
                // Late, or several at once: what is right now counts.
                let first = all[0].at;
                let last = all[all.len() - 1];
                let ran_out = changed && !on(row);
                if is_class(now)
                    && seated
                    && last.starts
                    && off_since(first)
                    && !trouble
                    && !on(row)
                    && !ran_out
                {
                    wrong.push(format!("{name} is off in a class that began meanwhile"));
                }
                let quiet = !is_class(now) && !is_early(now) && all.iter().all(|e| !e.starts);
                if quiet && on_since(first) && on(row) && !changed {
                    wrong.push(format!("{name} is on after a class that ended meanwhile"));
                }
            }
        }
        if begun {
            let since = row.wanted.since.micros();
            let class_at = classes
                .told
                .iter()
                .filter(|told| told.to.is_none())
                .flat_map(|told| &told.occurrences)
                .filter(|o| o.boot.is_some_and(|boot| boot <= since))
                .filter_map(|o| o.start.filter(|start| *start > since))
                .min();
            let own = self.record.own(row.id);
            own.asked.push((since, false));
            own.asked.sort_by_key(|(at, _)| *at);
            own.class_at = class_at;
            own.stay = Some(since);
        }
        for what in wrong {
            let shown = format!(
                "{what}; events {events:?}; was {:?}, is {:?}",
                was.wanted, row.wanted
            );
            self.wrong(shown);
        }
    }

    /// No rule stopped a machine for a reason that was not true.
    fn check_stop(&mut self, n: usize, was: &Machine, row: &Machine) {
        let stopped = !on(row) && row.wanted.since != was.wanted.since;
        let Some(reason) = row.stopped_because.filter(|_| stopped && on(was)) else {
            return;
        };
        let at = row.wanted.since.micros();
        let rules = self.labs[self.students[n].lab].shutdown;
        let slack = SECOND;
        let measure = i64::try_from(MEASURE.as_micros()).unwrap() + SECOND;
        let informed = self.record.informed;
        let own = self.record.own(row.id).clone();
        let Some(started) = own.started() else {
            return;
        };
        // Stopped by itself while the engine did not answer: nobody could know, and it is set right.
        let ended = own.ran.last().and_then(|(_, to)| *to);
        if self.away.is_some() && ended.is_some_and(|ended| ended < at) {
            return;
        }
        let heard = own.heard.max(informed).max(started);
        let micros = |length: std::time::Duration| i64::try_from(length.as_micros()).unwrap();
        let base = |event: i64| {
            let class = own.class_at.unwrap_or(0);
            event.max(informed).max(own.stay.unwrap_or(0)).max(class)
        };
        let disconnect = micros(rules.disconnect_delay.length());
        let idle = micros(rules.idle_delay.length());
        let (since, delay, slack) = match reason {
            StopReason::QuotaEnd => {
                let (used, total) = (self.used(n, at), self.total(n));
                if used + SECOND < total {
                    self.wrong(format!(
                        "student {n}: stopped at {used} of {total} µs of quota"
                    ));
                }
                return;
            }
            StopReason::Disconnected => {
                if own.open > 0 {
                    self.wrong(format!("student {n}: stopped while connected"));
                }
                (
                    base(own.last_disconnect.unwrap_or(i64::MAX)),
                    disconnect,
                    slack,
                )
            }
            StopReason::NotConnected => {
                if own.last_connect.is_some() || own.open > 0 {
                    self.wrong(format!("student {n}: had connected"));
                }
                (
                    base(started),
                    micros(rules.no_connect_delay.length()),
                    slack,
                )
            }
            StopReason::UserAbsence | StopReason::LowUsage => {
                let busy = own.last_busy.filter(|_| reason == StopReason::LowUsage);
                let signs = [own.last_input, own.last_connect, busy];
                let last = signs.into_iter().flatten().fold(started, i64::max);
                (base(last), idle, measure)
            }
            StopReason::Silent => (heard, 3 * 3600 * SECOND, slack),
            _ => return,
        };
        if at + slack < since.saturating_add(delay) {
            self.wrong(format!(
                "student {n}: {reason:?} after {} s of {} s; {own:?}",
                (at - since) / SECOND,
                delay / SECOND
            ));
        }
        if reason != StopReason::Silent && at - heard > 61 * SECOND {
            let ago = (at - heard) / SECOND;
            self.wrong(format!(
                "student {n}: {reason:?}, last heard of {ago} s ago"
            ));
        }
    }

    /// What is wanted happens, and a stretch of running is open just where a machine runs.
    async fn check_power(
        &mut self,
        before: &HashMap<MachineId, Machine>,
        rows: &HashMap<MachineId, Machine>,
        now: i64,
    ) {
        let all = self.steps.is_multiple_of(50);
        let mut tx = self.world.services.store.read().await.unwrap();
        let mut wrong = Vec::new();
        for row in rows.values() {
            let seen = row.seen.power == Some(Power::On);
            if all || before.get(&row.id) != Some(row) {
                let open = tx.open_run(row.id).await.unwrap();
                if seen != open.is_some() {
                    wrong.push(format!("{}: seen on is {seen}, {open:?}", row.hostname));
                }
            }
            let Some(own) = self.record.machines.get(&row.id) else {
                continue;
            };
            let calm = self.away.is_none() && row.trouble.is_none();
            if calm && own.runs() != on(row) && now - row.wanted.since.micros() > SECOND {
                wrong.push(format!("{}: runs is {}, {row:?}", row.hostname, own.runs()));
            }
        }
        drop(tx);
        for what in wrong {
            self.wrong(what);
        }
    }
}
