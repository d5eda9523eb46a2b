//! What people do: students at their machines, educators about quotas, groups and rules.

use std::time::Duration;

use domain::group::GroupName;
use domain::machine::{Machine, Power};
use domain::quota::{AdditionalQuota, UsageQuota};
use domain::shutdown::{AutoShutdown, Delay, DisconnectDelay, EnableState, ShutdownOnIdle};
use domain::time::Timestamp;
use service::machines::Act as Ask;
use service::quotas::Whom;
use simulator::Load;

use crate::life::{Lab, Life, Student};

const LABS: usize = 3;
const STUDENTS: usize = 24;

impl Life {
    pub async fn found_the_school(&mut self) {
        for n in 0..LABS {
            let title = format!("Lab {n}");
            let seats = u32::try_from(STUDENTS / LABS).unwrap();
            let id = self.world.published(&self.grace, &title, seats).await;
            self.labs.push(Lab {
                id,
                classes: crate::oracle::Classes::default(),
                groups: Vec::new(),
                schedules: std::collections::BTreeMap::new(),
                off: Vec::new(),
                quota: 36_000,
                shutdown: AutoShutdown::OFF,
                edited: 0,
            });
            for _ in 0..2 {
                self.make_schedule(n).await;
            }
        }
        let services = self.world.services.clone();
        for n in 0..STUDENTS {
            let lab = n % LABS;
            let id = self.labs[lab].id;
            let address = format!("s{n}@example.org");
            services.add_users(&self.grace, id, &address).await.unwrap();
            let actor = self.world.student(&address).await;
            let code = self.world.code(&self.grace, id).await;
            services.register(&actor, &code, "address").await.unwrap();
            let machine = self.world.machine_of(&actor, id).await.unwrap();
            self.students.push(Student {
                actor,
                lab,
                user: machine.claimed_by.unwrap(),
                machine: machine.id,
                group: None,
                additional: 0,
                resets: Vec::new(),
            });
        }
        self.keep_up().await;
        self.rows = self.all_rows().await;
        self.done_to = self.now();
        self.record.informed = self.now();
    }

    pub async fn someone_does_something(&mut self) {
        let n = self.dice.below(self.students.len());
        let lab = self.dice.below(LABS);
        match self.dice.below(100) {
            0..34 => self.student_clicks(n).await,
            34..40 => self.educator_clicks(lab).await,
            40..55 => self.someone_connects(n).await,
            55..66 => self.someone_works(n),
            66..69 => self.someone_stays(n).await,
            69..72 => self.make_schedule(lab).await,
            72..75 => self.change_schedule(lab).await,
            75..77 => self.change_days_off(lab).await,
            77..81 => self.change_quota(lab, n).await,
            81..83 => self.reset(n).await,
            83..85 => self.change_groups(lab, n).await,
            85..87 => self.change_rules(lab).await,
            87..89 => self.watch_closely().await,
            _ => self.accident(n).await,
        }
    }

    async fn row_of(&self, n: usize) -> Machine {
        let mut tx = self.world.services.store.read().await.unwrap();
        tx.machine(self.students[n].machine).await.unwrap().unwrap()
    }

    async fn student_clicks(&mut self, n: usize) {
        let row = self.row_of(n).await;
        let act = match (self.dice.below(40), row.wanted.power) {
            (0, _) => Ask::Reimage,
            (_, Power::Off) => Ask::Start,
            // Most people forget.
            (1..8, Power::On) => Ask::Stop,
            _ => return,
        };
        let asked = self.now();
        let services = &self.world.services;
        let done = services.act(&self.students[n].actor, row.id, act).await;
        self.tell(format!("student {n} {act:?}: {}", done.is_ok()));
        let given_up = row.trouble.as_ref().is_some_and(|t| t.failed);
        let anew = row.wanted.power == Power::Off || given_up;
        let own = self.record.own(row.id);
        if act == Ask::Start && done.is_ok() && anew {
            own.asked.push((asked, true));
            own.class_at = None;
            own.stay = Some(asked);
        }
        if row.wanted.power == Power::On && row.seen.power != Some(Power::On) {
            own.unclear = true;
        }
        if act == Ask::Reimage && done.is_ok() {
            // The next disk knows nothing of it.
            own.silent = None;
            own.busy = false;
        }
    }

    async fn educator_clicks(&mut self, lab: usize) {
        let rows = self.world.machines(self.labs[lab].id).await;
        let row = self.dice.pick(&rows).unwrap().clone();
        let act = match row.wanted.power {
            Power::Off => Ask::Start,
            Power::On => Ask::Stop,
        };
        let asked = self.now();
        let services = &self.world.services;
        let done = services.act(&self.grace, row.id, act).await;
        self.tell(format!(
            "educator {act:?} {}: {}",
            row.hostname,
            done.is_ok()
        ));
        let own = self.record.own(row.id);
        if act == Ask::Start && done.is_ok() {
            own.asked.push((asked, false));
            own.class_at = None;
            own.stay = Some(asked);
        }
        if row.wanted.power == Power::On && row.seen.power != Some(Power::On) {
            own.unclear = true;
        }
    }

    async fn someone_connects(&mut self, n: usize) {
        let machine = self.students[n].machine;
        let now = self.now();
        let services = self.world.services.clone();
        let open = self.connections.iter().position(|(_, to)| *to == machine);
        if let Some(open) = open {
            let (id, _) = self.connections.remove(open);
            services.disconnected(id).await.unwrap();
            let own = self.record.own(machine);
            own.open -= 1;
            own.last_disconnect = Some(now);
            self.tell(format!("student {n} disconnects"));
        } else if self.row_of(n).await.seen.power == Some(Power::On)
            && self.record.own(machine).runs()
        {
            let gateway = self.gateway();
            let id = services.connected(machine, &gateway).await.unwrap();
            self.connections.push((id, machine));
            let own = self.record.own(machine);
            own.open += 1;
            own.last_connect = Some(now);
            self.tell(format!("student {n} connects"));
        }
    }

    fn someone_works(&mut self, n: usize) {
        let machine = self.students[n].machine;
        let Some(name) = self.rows.get(&machine).map(|row| row.hostname.clone()) else {
            return;
        };
        let now = self.now();
        let busy = self.dice.below(2) == 0;
        if !self.record.own(machine).runs() {
            return;
        }
        if self.dice.below(3) == 0 {
            let load = Load {
                cpu_percent: if busy { 80 } else { 1 },
                disk_bytes: 0,
            };
            self.world.sim.set_load(&name, load).unwrap();
            let own = self.record.own(machine);
            own.busy = busy;
            own.last_busy = Some(now);
        } else {
            self.world.sim.give_input(&name).unwrap();
            self.record.own(machine).last_input = Some(now);
        }
    }

    async fn someone_stays(&mut self, n: usize) {
        let student = &self.students[n];
        let machine = student.machine;
        let stay = self.world.services.stay(&student.actor, machine).await;
        if stay.is_ok() {
            let now = self.now();
            self.record.own(machine).stay = Some(now);
        }
    }

    async fn change_quota(&mut self, lab: usize, n: usize) {
        let (services, id) = (self.world.services.clone(), self.labs[lab].id);
        if self.dice.below(3) == 0 {
            let seconds = i64::try_from(self.dice.below(40) * 1800).unwrap();
            let quota = UsageQuota::from_seconds(seconds).unwrap();
            services.set_quota(&self.grace, id, quota).await.unwrap();
            self.labs[lab].quota = seconds;
            self.tell(format!("lab {lab}: quota {seconds} s"));
            self.edited(lab);
        } else {
            let (lab, user) = (self.students[n].lab, self.students[n].user);
            let seconds = self.students[n].additional
                + i64::try_from(self.dice.below(30)).unwrap() * 1800
                - 10_800;
            let additional = AdditionalQuota::from_seconds(seconds).unwrap();
            let id = self.labs[lab].id;
            let set = services.set_additional_quota(&self.grace, id, user, additional);
            set.await.unwrap();
            self.students[n].additional = seconds;
            self.tell(format!("student {n}: additional quota {seconds} s"));
            self.edited(lab);
        }
    }

    async fn reset(&mut self, n: usize) {
        let services = self.world.services.clone();
        let (lab, user) = (self.students[n].lab, self.students[n].user);
        let id = self.labs[lab].id;
        let undo = self.students[n]
            .resets
            .iter()
            .position(|(.., undone)| !undone);
        if let Some(undo) = undo.filter(|_| self.dice.below(2) == 0) {
            let reset = self.students[n].resets[undo].0;
            services
                .undo_reset(&self.grace, id, user, reset)
                .await
                .unwrap();
            self.students[n].resets[undo].2 = true;
            self.tell(format!("student {n}: reset undone"));
        } else {
            let hours = [0, 0, 24, 3];
            let ahead = *self.dice.pick(&hours).unwrap();
            let now = self.world.time();
            let back = Duration::from_secs(self.dice.roll() % 86_400);
            let at: Timestamp = now + Duration::from_secs(ahead * 3600) - back;
            let whom = Whom::These(vec![user]);
            services
                .reset_used_hours(&self.grace, id, &whom, at)
                .await
                .unwrap();
            let actor = &self.students[n].actor;
            let usage = services
                .my_usage(actor, self.students[n].machine)
                .await
                .unwrap();
            let known: Vec<_> = self.students[n].resets.iter().map(|(id, ..)| *id).collect();
            let new = usage
                .resets
                .iter()
                .find(|reset| !known.contains(&reset.id))
                .unwrap();
            self.students[n].resets.push((new.id, at.micros(), false));
            self.tell(format!("student {n}: reset from {at:?}"));
        }
        self.edited(lab);
    }

    async fn change_groups(&mut self, lab: usize, n: usize) {
        let (services, id) = (self.world.services.clone(), self.labs[lab].id);
        let many = self.labs[lab].groups.len();
        if many < 2 {
            let name = GroupName::parse(&format!("Group {many}")).unwrap();
            let seconds = (self.dice.below(2) == 0).then_some(18_000);
            let quota = seconds.map(|s| UsageQuota::from_seconds(s).unwrap());
            let group = services.create_group(&self.grace, id, name, quota);
            let group = group.await.unwrap();
            self.labs[lab].groups.push((group, seconds));
            self.tell(format!("lab {lab}: group {many}, quota {seconds:?}"));
        } else {
            let lab = self.students[n].lab;
            let group = self
                .dice
                .pick(&self.labs[lab].groups)
                .map(|(group, _)| *group);
            let whom = Whom::These(vec![self.students[n].user]);
            let id = self.labs[lab].id;
            services
                .assign_group(&self.grace, id, &whom, group)
                .await
                .unwrap();
            self.students[n].group = group;
            self.tell(format!("student {n}: group {group:?}"));
            self.edited(lab);
        }
    }

    async fn change_rules(&mut self, lab: usize) {
        let dice = &self.dice;
        let on = |sides| {
            if dice.below(sides) == 0 {
                EnableState::Enabled
            } else {
                EnableState::Disabled
            }
        };
        let idle = [
            ShutdownOnIdle::None,
            ShutdownOnIdle::UserAbsence,
            ShutdownOnIdle::LowUsage,
        ];
        let minutes = |least: usize| u32::try_from(least + dice.below(50)).unwrap();
        let rules = AutoShutdown {
            shutdown_on_disconnect: on(2),
            disconnect_delay: DisconnectDelay::new("disconnectDelay", minutes(0)).unwrap(),
            shutdown_when_not_connected: on(3),
            no_connect_delay: Delay::new("noConnectDelay", minutes(5)).unwrap(),
            shutdown_on_idle: *dice.pick(&idle).unwrap(),
            idle_delay: Delay::new("idleDelay", minutes(5)).unwrap(),
        };
        let (services, id) = (&self.world.services, self.labs[lab].id);
        services
            .set_auto_shutdown(&self.grace, id, rules)
            .await
            .unwrap();
        self.labs[lab].shutdown = rules;
        self.tell(format!("lab {lab}: {rules:?}"));
    }

    /// For some hours somebody measures.
    async fn watch_closely(&mut self) {
        self.measures_until = self.world.time() + Duration::from_secs(2 * 3600);
        self.measure().await;
    }

    pub fn edited(&mut self, lab: usize) {
        let now = self.now();
        self.labs[lab].edited = now;
    }
}
