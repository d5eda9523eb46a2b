//! Starting and stopping machines when class begins and ends.

use domain::holiday::Holidays;
use domain::id::{LabId, ScheduleId};
use domain::lab::Lab;
use domain::machine::{Machine, MachineKind, Power, StopReason};
use domain::schedule::{Schedule, ScheduleKind};
use domain::time::Timestamp;
use domain::user::User;
use domain::window::is_open;

use super::{AT_ONCE, Timekeeper};
use crate::access::Allowed;
use crate::calendar::{ClassCalendar, HORIZON};
use crate::error::Result;
use crate::services::Services;
use crate::store::{Record, Standing, Write};

/// What a schedule has to do, late or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Due {
    /// Its last stop that was not done yet, if none of its starts came after.
    pub stop: Option<Timestamp>,
    /// Its last start that was not done yet, if the class still goes on.
    pub start: Option<Timestamp>,
}

/// What is right at `now`, of everything that should have happened after `done_to`.
pub(crate) fn due(
    schedule: &Schedule,
    holidays: &Holidays,
    done_to: Timestamp,
    now: Timestamp,
) -> Due {
    let last = |next: &dyn Fn(Timestamp) -> Option<Timestamp>| {
        let mut last = None;
        let mut at = done_to;
        while let Some(event) = next(at).filter(|event| *event <= now) {
            last = Some(event);
            at = event;
        }
        last
    };
    let stop = last(&|at| schedule.next_stop(holidays, at));
    let start = last(&|at| schedule.next_boot(holidays, at));
    Due {
        stop,
        start: start.filter(|start| stop.is_none_or(|stop| *start > stop)),
    }
}

/// When a schedule next has to do something after `after`.
pub(crate) fn next_event(
    schedule: &Schedule,
    holidays: &Holidays,
    after: Timestamp,
) -> Option<Timestamp> {
    let stop = schedule.next_stop(holidays, after);
    let start = schedule.next_boot(holidays, after);
    stop.into_iter().chain(start).min()
}

impl Timekeeper {
    /// Does what every due schedule has to do; how many there were.
    pub(super) async fn due_schedules(&self) -> Result<usize> {
        let now = self.services.now();
        let due = self
            .services
            .store
            .read()
            .await?
            .due_schedules(now, AT_ONCE)
            .await?;
        let mut done = 0;
        for (lab, schedule) in due {
            // Trouble with one lab is not another's; its rows stay due.
            match self.carry_out(lab, schedule).await {
                Ok(()) => done += 1,
                Err(error) => self.could_not(lab, &error),
            }
        }
        Ok(done)
    }

    async fn carry_out(&self, id: LabId, schedule: ScheduleId) -> Result<()> {
        let services = &self.services;
        let mut tx = services.store.write().await?;
        let Some(lab) = tx.lab(id).await? else {
            return Ok(());
        };
        let touched = services.do_what_is_due(&mut *tx, &lab, schedule).await?;
        tx.commit(Record::Observation).await?;
        if touched > 0 {
            tracing::info!(lab = %lab.name, machines = touched, "a schedule started or stopped machines");
            services.changes.nudge(id);
        }
        Ok(())
    }
}

impl Services {
    /// Does what a schedule has to do by now, if anything; how many machines that touched. Whoever
    /// changes a schedule calls this first, so that what was due before the change is not dropped.
    pub(crate) async fn do_what_is_due(
        &self,
        tx: &mut dyn Write,
        lab: &Lab,
        id: ScheduleId,
    ) -> Result<usize> {
        let now = self.now();
        let is_due = |standing: &Standing| standing.due.is_some_and(|due| due <= now);
        let Some(standing) = tx.standing(id).await?.filter(is_due) else {
            return Ok(0);
        };
        let schedule = &standing.schedule;
        let calendar = ClassCalendar::load(tx, lab.id).await?;
        let holidays = calendar.holidays(now);
        let due = due(schedule, &holidays, standing.done_to, now);
        let mut touched = 0;
        if !lab.deleting {
            if let Some(at) = due.stop {
                touched += stop(tx, lab, schedule, &calendar, at, now).await?;
            }
            if let Some(at) = due.start {
                touched += self.start(tx, lab, schedule, at, now).await?;
            }
        }
        let next = next_event(schedule, &holidays, now);
        tx.note_schedule(id, now, next).await?;
        Ok(touched)
    }

    /// Starts the claimed machines that nobody has asked anything of since, never the template.
    async fn start(
        &self,
        tx: &mut dyn Write,
        lab: &Lab,
        schedule: &Schedule,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<usize> {
        let users = tx.users(lab.id).await?;
        let mut started = 0;
        for machine in tx.machines(lab.id).await? {
            let Some(user) = holder(&machine, &users) else {
                continue;
            };
            let off = machine.wanted.power == Power::Off && machine.wanted.since <= at;
            let given_up = machine.trouble.as_ref().is_some_and(|t| t.failed);
            let seat = machine.kind == MachineKind::User && machine.wanted.present && !given_up;
            if seat && off && schedule.applies_to(user.group) {
                let mut machine = Allowed::to_system(machine);
                machine.want_class(schedule.id, now);
                tx.save_machine(&machine, Some(now)).await?;
                self.started_again(tx, machine.id).await?;
                started += 1;
            }
        }
        Ok(started)
    }
}

/// Stops every machine that was on when the class ended, template included; those of a group, where
/// the schedule is one's. Where another class of theirs goes on, they go on too.
async fn stop(
    tx: &mut dyn Write,
    lab: &Lab,
    schedule: &Schedule,
    calendar: &ClassCalendar,
    at: Timestamp,
    now: Timestamp,
) -> Result<usize> {
    let users = tx.users(lab.id).await?;
    let mut stopped = 0;
    for machine in tx.machines(lab.id).await? {
        let user = holder(&machine, &users);
        let group = user.and_then(|user| user.group);
        let concerned = match schedule.group {
            None => true,
            Some(_) => user.is_some() && schedule.applies_to(group),
        };
        let class_goes_on = || {
            schedule.kind() == ScheduleKind::Standard
                && (is_open(&calendar.windows(group, at, at + HORIZON), at)
                    || calendar.starts_soon(group, at))
        };
        // Late, with a class since then that goes on: it would only be started again.
        let starts_again = || user.is_some() && calendar.started_since(group, at, now);
        let was_on = machine.wanted.power == Power::On && machine.wanted.since <= at;
        if concerned && was_on && machine.wanted.present && !class_goes_on() && !starts_again() {
            let mut machine = Allowed::to_system(machine);
            machine.want_stop(StopReason::Schedule.into(), now);
            tx.save_machine(&machine, Some(now)).await?;
            stopped += 1;
        }
    }
    Ok(stopped)
}

/// Who has a machine.
fn holder<'u>(machine: &Machine, users: &'u [User]) -> Option<&'u User> {
    let user = machine.claimed_by?;
    users.iter().find(|u| u.id == user)
}
