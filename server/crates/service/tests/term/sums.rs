//! What was used: the product's sums beside the oracle's, and nobody beyond the quota.

use std::collections::{HashMap, HashSet};

use domain::id::MachineId;
use domain::machine::Machine;
use domain::meter::Run;

use crate::checks::SECOND;
use crate::life::Life;

impl Life {
    /// What a student may use, in microseconds.
    pub fn total(&self, n: usize) -> i64 {
        let student = &self.students[n];
        let lab = &self.labs[student.lab];
        let group = lab
            .groups
            .iter()
            .find(|(group, _)| Some(*group) == student.group);
        let quota = group.and_then(|(_, quota)| *quota).unwrap_or(lab.quota);
        (quota + student.additional).max(0) * SECOND
    }

    /// What a student has used, by the oracle.
    pub fn used(&self, n: usize, now: i64) -> i64 {
        let student = &self.students[n];
        let classes = &self.labs[student.lab].classes;
        let resets = student.resets.iter();
        let since = resets
            .filter(|(_, at, undone)| !undone && *at <= now)
            .map(|(_, at, _)| *at);
        let since = since.max().unwrap_or(i64::MIN);
        let Some(own) = self.record.machines.get(&student.machine) else {
            return 0;
        };
        let parts = own.student_s(now).into_iter();
        parts
            .filter(|(_, to)| *to > since)
            .map(|(from, to)| classes.outside(student.group, from.max(since), to))
            .sum()
    }

    /// Nobody gets more than a second beyond the quota; but for the time in which nobody kept time, or
    /// the engine did not answer, and for what an edit took away behind them.
    pub fn check_quota(&mut self, n: usize, row: &Machine, now: i64) {
        let Some(own) = self.record.machines.get(&row.id) else {
            return;
        };
        let just = own
            .ran
            .last()
            .is_some_and(|(_, to)| to.is_none_or(|to| to >= self.done_to));
        let student_s = own.asked.last().is_some_and(|(_, student)| *student);
        let stopped = own
            .ran
            .last()
            .is_some_and(|(_, to)| *to >= Some(self.done_to));
        let looks = stopped || self.steps.is_multiple_of(10);
        if own.unclear || !just || !student_s || !looks {
            return;
        }
        let (used, total) = (self.used(n, now), self.total(n));
        let over = used - total;
        if over <= SECOND {
            return;
        }
        let edited = self.labs[self.students[n].lab].edited;
        // What was too much already when somebody took away from it, or when a gap ended, is not counted
        // on; within a gap nobody could stop anything.
        let gaps = self.record.gaps.iter();
        let moments = gaps
            .map(|(_, to)| *to)
            .filter(|to| *to >= edited && *to <= now);
        let before = moments.chain([edited]).map(|at| self.used(n, at) - total);
        let excused = before.fold(0, i64::max);
        if self
            .record
            .gaps
            .iter()
            .any(|(from, to)| *from <= now && now <= *to)
        {
            return;
        }
        // A step that failed is tried again after at most a minute.
        let retried = if row.trouble.is_some() || self.faulty(now) {
            61 * SECOND
        } else {
            0
        };
        if over > SECOND + excused + retried {
            self.wrong(format!(
                "student {n}: {} ms over the quota, {} ms of it excused; {:?}",
                over / 1000,
                excused / 1000,
                row
            ));
        }
    }

    fn faulty(&self, now: i64) -> bool {
        self.record.struck.is_some_and(|at| now - at < 300 * SECOND)
    }

    /// The product's sum is the oracle's: never more, and less only where nobody could know.
    pub async fn check_usage(&mut self) {
        if self.away.is_some() && self.violations.is_empty() {
            return;
        }
        for n in 0..self.students.len() {
            let student = &self.students[n];
            let (actor, machine) = (student.actor.clone(), student.machine);
            let usage = self.world.services.my_usage(&actor, machine).await.unwrap();
            let now = usage.now.micros();
            let used = i64::try_from(usage.standing.used.as_micros()).unwrap();
            let oracle = self.used(n, now);
            let own = self.record.own(machine);
            let unclear = own.unclear;
            let slack = SECOND / 10 * i64::try_from(own.ran.len() + 1).unwrap();
            if used > oracle + slack || (!unclear && used + slack < oracle) {
                let ran = own.ran.clone();
                let asked = own.asked.clone();
                self.wrong(format!(
                    "student {n}: used {} ms, by the oracle {} ms; {:?}; ran {ran:?}; asked {asked:?}",
                    used / 1000,
                    oracle / 1000,
                    usage.runs.iter().map(|(run, _)| run).collect::<Vec<_>>(),
                ));
            }
            let pieces: std::time::Duration = usage
                .runs
                .iter()
                .flat_map(|(_, pieces)| pieces)
                .filter(|piece| piece.what == domain::meter::Counting::Counted)
                .map(|piece| piece.to.since(piece.from))
                .sum();
            if pieces != usage.standing.used {
                self.wrong(format!("student {n}: the pieces do not add up"));
            }
        }
        let mails = self.world.mails("quota.warning").await;
        let mut keys = HashSet::new();
        if mails.iter().any(|mail| !keys.insert(mail.key.clone())) {
            self.wrong("two mails tell of one thing".to_owned());
        }
    }

    /// Stretches of running lie within what really ran, and none overlaps another of its machine.
    pub async fn check_runs(&mut self) {
        for lab in 0..self.labs.len() {
            let now = self.now();
            let runs = self.world.runs(self.labs[lab].id).await;
            let mut last: HashMap<MachineId, Run> = HashMap::new();
            for run in runs {
                let (from, to) = (run.started_at.micros(), run.end(self.world.time()).micros());
                // While the engine is away nobody knows of one that has stopped.
                let known = run.stopped_at.is_some() || self.away.is_none();
                let own = self.record.own(run.machine);
                if known && to - from > SECOND && !own.covers(from, to.min(now), SECOND) {
                    let ran = own.ran.clone();
                    self.wrong(format!("{run:?} did not run: {ran:?}"));
                }
                if let Some(before) = last.insert(run.machine, run.clone())
                    && before
                        .stopped_at
                        .is_none_or(|stopped| stopped > run.started_at)
                {
                    self.wrong(format!("{before:?} overlaps {run:?}"));
                }
            }
        }
    }
}
