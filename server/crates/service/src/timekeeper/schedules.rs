//! Starting and stopping machines when class begins and ends.

use domain::holiday::Holidays;
use domain::id::ScheduleId;
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
use crate::store::{Record, Write};

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
        for schedule in &due {
            self.carry_out(*schedule).await?;
        }
        Ok(due.len())
    }

    async fn carry_out(&self, id: ScheduleId) -> Result<()> {
        let services = &self.services;
        let mut tx = services.store.write().await?;
        let Some(lab_id) = tx.lab_of_schedule(id).await? else {
            return Ok(());
        };
        let Some(lab) = tx.lab(lab_id).await? else {
            return Ok(());
        };
        let now = services.now();
        let Some(standing) = tx.standing(id).await?.filter(|s| s.due <= Some(now)) else {
            return Ok(());
        };
        let schedule = &standing.schedule;
        let calendar = ClassCalendar::load(&mut *tx, lab_id).await?;
        let holidays = calendar.holidays(now);
        let due = due(schedule, &holidays, standing.done_to, now);
        let mut touched = 0;
        if !lab.deleting {
            if let Some(at) = due.stop {
                touched += stop(&mut *tx, &lab, schedule, &calendar, at, now).await?;
            }
            if let Some(at) = due.start {
                touched += start(&mut *tx, &lab, schedule, at, now).await?;
            }
        }
        tx.note_schedule(id, now, next_event(schedule, &holidays, now))
            .await?;
        tx.commit(Record::Observation).await?;
        if touched > 0 {
            tracing::info!(lab = %lab.name, machines = touched, "a schedule started or stopped machines");
            services.changes.nudge(lab_id);
        }
        Ok(())
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
                && is_open(&calendar.windows(group, at, at + HORIZON), at)
        };
        let was_on = machine.wanted.power == Power::On && machine.wanted.since <= at;
        if concerned && was_on && machine.wanted.present && !class_goes_on() {
            let mut machine = Allowed::to_system(machine);
            machine.want_stop(StopReason::Schedule.into(), now);
            tx.save_machine(&machine, Some(now)).await?;
            stopped += 1;
        }
    }
    Ok(stopped)
}

/// Starts the claimed machines that nobody has asked anything of since, never the template.
async fn start(
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
            started += 1;
        }
    }
    Ok(started)
}

/// Who has a machine.
fn holder<'u>(machine: &Machine, users: &'u [User]) -> Option<&'u User> {
    let user = machine.claimed_by?;
    users.iter().find(|u| u.id == user)
}
