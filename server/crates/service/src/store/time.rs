//! What time and money need of a database: plans, groups, schedules, running intervals, watches.
//!
//! Supertraits of [`Read`](super::Read) and [`Write`](super::Write): a file of its own, since it is a
//! subject of its own.

use std::time::Duration;

use async_trait::async_trait;
use domain::group::Group;
use domain::holiday::Holiday;
use domain::id::{
    ConnectionId, GroupId, HolidayId, LabId, MachineId, PlanId, ResetId, ScheduleId, UserId,
};
use domain::lab::Lab;
use domain::machine::Machine;
use domain::meter::{Reset, Run, Stretch};
use domain::name::Hostname;
use domain::plan::Plan;
use domain::resource::ResourceName;
use domain::schedule::Schedule;
use domain::time::Timestamp;
use domain::version::Version;

use super::StoreResult;
use crate::access::Allowed;
use crate::vault::Sealed;

/// The version of a schedule that is in force, with what has come of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The schedule.
    pub schedule: Schedule,
    /// Which version it is, from 1.
    pub version: u32,
    /// Since when it is in force.
    pub since: Timestamp,
    /// Events up to and including this instant have been carried out.
    pub done_to: Timestamp,
    /// When its next event is.
    pub due: Option<Timestamp>,
    /// The resource name that a program gave; the id stands for it otherwise.
    pub name: Option<ResourceName>,
}

impl Standing {
    /// The name by which programs know the schedule.
    pub fn resource_name(&self) -> ResourceName {
        self.name
            .clone()
            .unwrap_or_else(|| ResourceName::of_id(self.schedule.id))
    }
}

/// A day without class, with its row's id and whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct HolidayRow {
    /// Its id.
    pub id: HolidayId,
    /// Whether it is the plan's, and so not the lab's to take back.
    pub of_plan: bool,
    /// The day, and when it held.
    pub version: Version<Holiday>,
}

/// A reset of one user's used hours.
#[derive(Clone, Debug, PartialEq)]
pub struct ResetRow {
    /// The user.
    pub user: UserId,
    /// The reset.
    pub reset: Reset,
}

/// What was measured inside a machine the last time, to tell the difference from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Processor time used since the start.
    pub cpu: Duration,
    /// Bytes moved to and from the disk since the start, where they are counted.
    pub disk: Option<u64>,
    /// When.
    pub at: Timestamp,
}

/// What is known about the use of a machine that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The machine.
    pub machine: MachineId,
    /// When the class begins that it was started for.
    pub class_begins_at: Option<Timestamp>,
    /// When a connection last began.
    pub last_connect: Option<Timestamp>,
    /// When a connection last ended.
    pub last_disconnect: Option<Timestamp>,
    /// When there last was input.
    pub last_input: Option<Timestamp>,
    /// When it was last busy.
    pub last_busy: Option<Timestamp>,
    /// Since when information has come without a gap.
    pub informed_since: Timestamp,
    /// Since when it has been missing, while it is.
    pub silent_since: Option<Timestamp>,
    /// When somebody last said “I'm still here”.
    pub stay: Option<Timestamp>,
    /// What was measured last.
    pub measured: Option<Measured>,
}

/// A machine whose use is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The machine.
    pub machine: MachineId,
    /// Its name.
    pub hostname: Hostname,
    /// Its lab.
    pub lab: LabId,
}

/// One consistent state, as far as time and money go.
#[async_trait]
pub trait ReadTime: Send {
    /// A plan.
    async fn plan(&mut self, id: PlanId) -> StoreResult<Option<Plan>>;

    /// Every plan, by name.
    async fn plans(&mut self) -> StoreResult<Vec<Plan>>;

    /// A lab's groups, by name.
    async fn groups(&mut self, lab: LabId) -> StoreResult<Vec<Group>>;

    /// Every version of a lab's schedules, the oldest first.
    async fn schedules(&mut self, lab: LabId) -> StoreResult<Vec<Version<Schedule>>>;

    /// The schedules of a lab that are in force.
    async fn standing_schedules(&mut self, lab: LabId) -> StoreResult<Vec<Standing>>;

    /// The version of a schedule that is in force. Locks it.
    async fn standing(&mut self, id: ScheduleId) -> StoreResult<Option<Standing>>;

    /// A lab's days without class, its plan's among them, those taken back too.
    async fn holidays(&mut self, lab: LabId) -> StoreResult<Vec<HolidayRow>>;

    /// A plan's days without class, those taken back too.
    async fn holidays_of_plan(&mut self, plan: PlanId) -> StoreResult<Vec<HolidayRow>>;

    /// The running intervals of a user, the oldest first.
    async fn runs_of_user(&mut self, user: UserId) -> StoreResult<Vec<Run>>;

    /// What of a lab's running intervals counts and costs, its template's among them, in no order.
    async fn stretches_of_lab(&mut self, lab: LabId) -> StoreResult<Vec<Stretch>>;

    /// The newest running intervals of a lab, at most `limit`, the newest first.
    async fn latest_runs(&mut self, lab: LabId, limit: u32) -> StoreResult<Vec<Run>>;

    /// The interval that a machine is in, if it runs.
    async fn open_run(&mut self, machine: MachineId) -> StoreResult<Option<Run>>;

    /// The resets of a user.
    async fn resets_of_user(&mut self, user: UserId) -> StoreResult<Vec<Reset>>;

    /// The resets of all of a lab's users.
    async fn resets_of_lab(&mut self, lab: LabId) -> StoreResult<Vec<ResetRow>>;

    /// What is known about a machine's use, while it runs.
    async fn watch(&mut self, machine: MachineId) -> StoreResult<Option<Watch>>;

    /// What is known about the use of every machine that runs. Locks nothing.
    async fn watches(&mut self) -> StoreResult<Vec<Watch>>;

    /// How many connections to a machine are open.
    async fn connections(&mut self, machine: MachineId) -> StoreResult<u32>;

    /// Every machine that is watched.
    async fn watched(&mut self) -> StoreResult<Vec<Watched>>;

    /// Machines whose clock is to be looked at by `now`, the longest due first; at most `limit`.
    async fn due_watches(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<(LabId, MachineId)>>;

    /// Schedules with an event by `now`, the longest due first; at most `limit`.
    async fn due_schedules(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<(LabId, ScheduleId)>>;

    /// When the next watch or schedule is due.
    async fn next_timer(&mut self) -> StoreResult<Option<Timestamp>>;

    /// Whether this machine's watch is due at `now` still: another process may have been faster.
    async fn watch_is_due(&mut self, machine: MachineId, now: Timestamp) -> StoreResult<bool>;

    /// The gateways that were last heard of before `before`.
    async fn lost_gateways(&mut self, before: Timestamp) -> StoreResult<Vec<String>>;

    /// The secret of a lab's calendar link.
    async fn calendar_secret(&mut self, lab: LabId) -> StoreResult<Option<Sealed>>;

    /// The lab whose calendar link has this hash.
    async fn lab_by_calendar(&mut self, hash: &str) -> StoreResult<Option<LabId>>;
}

/// One transaction, as far as time and money go.
#[async_trait]
pub trait WriteTime: ReadTime {
    /// Writes a plan back.
    async fn save_plan(&mut self, plan: &Allowed<Plan>) -> StoreResult<()>;

    /// Makes a group. A taken name is a conflict.
    async fn insert_group(&mut self, lab: &Allowed<Lab>, group: &Group) -> StoreResult<()>;

    /// Writes a group back.
    async fn save_group(&mut self, lab: &Allowed<Lab>, group: &Group) -> StoreResult<()>;

    /// Removes a group; its users are of none then.
    async fn remove_group(&mut self, lab: &Allowed<Lab>, group: GroupId) -> StoreResult<()>;

    /// Adds a version of a schedule.
    async fn insert_standing(&mut self, lab: &Allowed<Lab>, standing: &Standing)
    -> StoreResult<()>;

    /// Ends the version that is in force.
    async fn end_standing(
        &mut self,
        lab: &Allowed<Lab>,
        id: ScheduleId,
        at: Timestamp,
    ) -> StoreResult<()>;

    /// Notes what has come of the version in force, and when its next event is.
    async fn note_schedule(
        &mut self,
        id: ScheduleId,
        done_to: Timestamp,
        due: Option<Timestamp>,
    ) -> StoreResult<()>;

    /// Adds a day without class, of one lab.
    async fn insert_lab_holiday(
        &mut self,
        lab: &Allowed<Lab>,
        id: HolidayId,
        version: &Version<Holiday>,
    ) -> StoreResult<()>;

    /// Adds a day without class, of a plan's labs.
    async fn insert_plan_holiday(
        &mut self,
        plan: &Allowed<Plan>,
        id: HolidayId,
        version: &Version<Holiday>,
    ) -> StoreResult<()>;

    /// Takes a lab's day without class back. False when it is not the lab's, or was taken back.
    async fn end_lab_holiday(
        &mut self,
        lab: &Allowed<Lab>,
        id: HolidayId,
        at: Timestamp,
    ) -> StoreResult<bool>;

    /// Takes a plan's day without class back. False when it is not the plan's, or was taken back.
    async fn end_plan_holiday(
        &mut self,
        plan: &Allowed<Plan>,
        id: HolidayId,
        at: Timestamp,
    ) -> StoreResult<bool>;

    /// Begins a running interval.
    async fn insert_run(&mut self, machine: &Allowed<Machine>, run: &Run) -> StoreResult<()>;

    /// Writes the end of a running interval.
    async fn end_run(&mut self, machine: &Allowed<Machine>, run: &Run) -> StoreResult<()>;

    /// Sets a user's used hours to zero from a time on.
    async fn insert_reset(
        &mut self,
        lab: &Allowed<Lab>,
        user: UserId,
        reset: &Reset,
    ) -> StoreResult<()>;

    /// Notes that a reset was undone. False when there is none of that user, or it was undone before.
    async fn undo_reset(
        &mut self,
        lab: &Allowed<Lab>,
        user: UserId,
        id: ResetId,
        undone: domain::meter::Undone,
    ) -> StoreResult<bool>;

    /// Writes what is known about a machine's use, to be looked at by `due`.
    async fn save_watch(&mut self, watch: &Watch, due: Option<Timestamp>) -> StoreResult<()>;

    /// Writes what was measured of a machine's use, without changing when it is to be looked at.
    async fn measure_watch(&mut self, watch: &Watch) -> StoreResult<()>;

    /// Forgets what is known about a machine's use: it does not run any more.
    async fn remove_watch(&mut self, machine: MachineId) -> StoreResult<()>;

    /// Lets a machine's clock be looked at by `due`, if it is not before.
    async fn nudge_watch(&mut self, machine: MachineId, due: Timestamp) -> StoreResult<()>;

    /// Lets the clocks of all of a lab's machines be looked at by `due`.
    async fn nudge_watches(&mut self, lab: LabId, due: Timestamp) -> StoreResult<()>;

    /// Notes that a connection began.
    async fn insert_connection(
        &mut self,
        id: ConnectionId,
        machine: MachineId,
        gateway: &str,
        at: Timestamp,
    ) -> StoreResult<()>;

    /// Notes that a connection ended. The machine it was to; none, when it was not known.
    async fn remove_connection(&mut self, id: ConnectionId) -> StoreResult<Option<MachineId>>;

    /// Notes that a gateway is alive.
    async fn hear_gateway(&mut self, name: &str, at: Timestamp) -> StoreResult<()>;

    /// Forgets a gateway with its connections; the machines they were to.
    async fn remove_gateway(&mut self, name: &str) -> StoreResult<Vec<MachineId>>;

    /// Sets the secret of a lab's calendar link.
    async fn set_calendar(
        &mut self,
        lab: &Allowed<Lab>,
        secret: &Sealed,
        hash: &str,
    ) -> StoreResult<()>;
}
