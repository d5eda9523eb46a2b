//! Time that passes as it would with a process that lives: whatever becomes due is done in its instant.

use std::time::Duration;

use domain::id::{LabId, MachineId, UserId};
use domain::machine::Power;
use domain::meter::Run;
use domain::time::Timestamp;
use service::engine::ObjectKind;
use service::store::{OutboxMail, Watch};

use super::{World, soon};

/// How often it is measured what machines do.
const MEASURE: Duration = Duration::from_secs(15);

impl World {
    /// What the time is. Asking does not move it.
    pub fn time(&self) -> Timestamp {
        self.clock.shows()
    }

    /// Lets time pass, with a process that does all that becomes due, and measures.
    pub async fn live(&self, time: Duration) {
        self.live_until(self.time() + time).await;
    }

    /// The same, up to an instant.
    pub async fn live_until(&self, end: Timestamp) {
        let mut measure = self.time();
        loop {
            if measure <= self.time() {
                soon(self.timekeeper.measure()).await.unwrap();
                measure = self.time() + MEASURE;
            }
            self.keep_up().await;
            if self.time() >= end {
                self.assert_sound().await;
                return;
            }
            let due = self.next_instant().await.unwrap_or(end);
            let happens = self.sim.next_happening().unwrap_or(end);
            // Where nothing runs there is nothing to measure: nights and weekends pass at once.
            let look = if self.something_runs() { measure } else { end };
            self.clock.move_to(due.min(happens).min(look).min(end));
            if happens <= self.time() {
                // The engine tells of it, or the sweep finds it.
                self.sim.catch_up();
                drop(self.reconciler.sweep().await);
            }
        }
    }

    fn something_runs(&self) -> bool {
        let objects = self.sim.objects();
        objects.iter().any(|object| match &object.kind {
            ObjectKind::Machine(_, sighting) => sighting.power == Power::On,
            ObjectKind::Generation { .. } => false,
        })
    }

    /// Lets time pass while no process lives.
    pub fn sleep(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// Another life of the process begins.
    pub async fn wake_up(&self) {
        soon(self.timekeeper.wake_up()).await.unwrap();
        drop(self.reconciler.sweep().await);
        soon(self.timekeeper.measure()).await.unwrap();
        self.keep_up().await;
        self.assert_sound().await;
    }

    /// Does all that is due, until nothing is.
    pub async fn keep_up(&self) {
        for _ in 0..100 {
            soon(self.timekeeper.keep_up()).await.unwrap();
            soon(self.reconciler.settle()).await.unwrap();
            let now = self.time();
            if self.next_instant().await.is_none_or(|due| due > now) {
                return;
            }
        }
        panic!("there is no end to what is due: {}", self.describe().await);
    }

    /// When the reconciler or the timekeeper next has something to do.
    pub async fn next_instant(&self) -> Option<Timestamp> {
        let mut tx = self.services.store.read().await.unwrap();
        let due = tx.next_due().await.unwrap();
        let timer = tx.next_timer().await.unwrap();
        due.into_iter().chain(timer).min()
    }

    /// The stretches of running of a lab, the oldest first.
    pub async fn runs(&self, lab: LabId) -> Vec<Run> {
        let mut tx = self.services.store.read().await.unwrap();
        let mut runs = tx.latest_runs(lab, u32::MAX).await.unwrap();
        runs.reverse();
        runs
    }

    /// Those of one user.
    pub async fn runs_of(&self, user: UserId) -> Vec<Run> {
        let mut tx = self.services.store.read().await.unwrap();
        tx.runs_of_user(user).await.unwrap()
    }

    /// The stretch of running that a machine is in.
    pub async fn open_run(&self, machine: MachineId) -> Option<Run> {
        let mut tx = self.services.store.read().await.unwrap();
        tx.open_run(machine).await.unwrap()
    }

    /// What is known about a machine's use.
    pub async fn watch(&self, machine: MachineId) -> Option<Watch> {
        let mut tx = self.services.store.read().await.unwrap();
        tx.watch(machine).await.unwrap()
    }

    /// The mails of this kind, the oldest first.
    pub async fn mails(&self, kind: &str) -> Vec<OutboxMail> {
        let mut tx = self.services.store.read().await.unwrap();
        let mut mails = tx.mails(10_000).await.unwrap();
        mails.retain(|mail| mail.kind == kind);
        for mail in &mut mails {
            mail.mail.text = self.services.open_text(&mail.mail.text).unwrap();
        }
        mails.reverse();
        mails
    }
}
