//! The service's `WriteTime`, method by method: where each is done, and which lab it touches.

use async_trait::async_trait;
use domain::group::Group;
use domain::holiday::Holiday;
use domain::id::{ConnectionId, GroupId, HolidayId, LabId, MachineId, ResetId, ScheduleId, UserId};
use domain::lab::Lab;
use domain::machine::Machine;
use domain::meter::{Reset, Run};
use domain::plan::Plan;
use domain::time::Timestamp;
use domain::version::Version;
use service::access::Allowed;
use service::store::{Standing, StoreResult, Watch, WriteTime};
use service::vault::Sealed;

use crate::holidays::HolidayOf;
use crate::transaction::Transaction;
use crate::{holidays, lab_groups, plans, registrations, runs, schedules, watches};

#[async_trait]
impl WriteTime for Transaction {
    async fn save_plan(&mut self, plan: &Allowed<Plan>) -> StoreResult<()> {
        plans::save(&mut self.db, plan).await
    }

    async fn insert_group(&mut self, lab: &Allowed<Lab>, group: &Group) -> StoreResult<()> {
        self.touch(lab.id);
        lab_groups::insert(&mut self.db, group).await
    }

    async fn save_group(&mut self, lab: &Allowed<Lab>, group: &Group) -> StoreResult<()> {
        self.touch(lab.id);
        lab_groups::save(&mut self.db, group).await
    }

    async fn remove_group(&mut self, lab: &Allowed<Lab>, group: GroupId) -> StoreResult<()> {
        self.touch(lab.id);
        lab_groups::remove(&mut self.db, lab.id, group).await
    }

    async fn insert_standing(
        &mut self,
        lab: &Allowed<Lab>,
        standing: &Standing,
    ) -> StoreResult<()> {
        self.touch(lab.id);
        schedules::insert(&mut self.db, standing).await
    }

    async fn end_standing(
        &mut self,
        lab: &Allowed<Lab>,
        id: ScheduleId,
        at: Timestamp,
    ) -> StoreResult<()> {
        self.touch(lab.id);
        schedules::end(&mut self.db, lab.id, id, at).await
    }

    async fn note_schedule(
        &mut self,
        id: ScheduleId,
        done_to: Timestamp,
        due: Option<Timestamp>,
    ) -> StoreResult<()> {
        schedules::note(&mut self.db, id, done_to, due).await
    }

    async fn insert_lab_holiday(
        &mut self,
        lab: &Allowed<Lab>,
        id: HolidayId,
        version: &Version<Holiday>,
    ) -> StoreResult<()> {
        self.touch(lab.id);
        holidays::insert(&mut self.db, HolidayOf::Lab(lab.id), id, version).await
    }

    async fn insert_plan_holiday(
        &mut self,
        plan: &Allowed<Plan>,
        id: HolidayId,
        version: &Version<Holiday>,
    ) -> StoreResult<()> {
        holidays::insert(&mut self.db, HolidayOf::Plan(plan.id), id, version).await
    }

    async fn end_lab_holiday(
        &mut self,
        lab: &Allowed<Lab>,
        id: HolidayId,
        at: Timestamp,
    ) -> StoreResult<bool> {
        self.touch(lab.id);
        holidays::end(&mut self.db, HolidayOf::Lab(lab.id), id, at).await
    }

    async fn end_plan_holiday(
        &mut self,
        plan: &Allowed<Plan>,
        id: HolidayId,
        at: Timestamp,
    ) -> StoreResult<bool> {
        holidays::end(&mut self.db, HolidayOf::Plan(plan.id), id, at).await
    }

    async fn insert_run(&mut self, machine: &Allowed<Machine>, run: &Run) -> StoreResult<()> {
        self.touch(machine.lab);
        runs::insert(&mut self.db, machine.lab, run).await
    }

    async fn end_run(&mut self, machine: &Allowed<Machine>, run: &Run) -> StoreResult<()> {
        self.touch(machine.lab);
        runs::end(&mut self.db, run).await
    }

    async fn insert_reset(
        &mut self,
        lab: &Allowed<Lab>,
        user: UserId,
        reset: &Reset,
    ) -> StoreResult<()> {
        self.touch(lab.id);
        runs::insert_reset(&mut self.db, user, reset).await
    }

    async fn undo_reset(
        &mut self,
        lab: &Allowed<Lab>,
        user: UserId,
        id: ResetId,
        undone: domain::meter::Undone,
    ) -> StoreResult<bool> {
        self.touch(lab.id);
        runs::undo_reset(&mut self.db, user, id, undone).await
    }

    async fn save_watch(&mut self, watch: &Watch, due: Option<Timestamp>) -> StoreResult<()> {
        watches::save(&mut self.db, watch, due).await
    }

    async fn measure_watch(&mut self, watch: &Watch) -> StoreResult<()> {
        watches::measure(&mut self.db, watch).await
    }

    async fn remove_watch(&mut self, machine: MachineId) -> StoreResult<()> {
        watches::remove(&mut self.db, machine).await
    }

    async fn nudge_watch(&mut self, machine: MachineId, due: Timestamp) -> StoreResult<()> {
        watches::nudge(&mut self.db, machine, due).await
    }

    async fn nudge_watches(&mut self, lab: LabId, due: Timestamp) -> StoreResult<()> {
        watches::nudge_lab(&mut self.db, lab, due).await
    }

    async fn insert_connection(
        &mut self,
        id: ConnectionId,
        machine: MachineId,
        gateway: &str,
        at: Timestamp,
    ) -> StoreResult<()> {
        watches::insert_connection(&mut self.db, id, machine, gateway, at).await
    }

    async fn remove_connection(&mut self, id: ConnectionId) -> StoreResult<Option<MachineId>> {
        watches::remove_connection(&mut self.db, id).await
    }

    async fn hear_gateway(&mut self, name: &str, at: Timestamp) -> StoreResult<()> {
        watches::hear(&mut self.db, name, at).await
    }

    async fn remove_gateway(&mut self, name: &str) -> StoreResult<Vec<MachineId>> {
        watches::remove_gateway(&mut self.db, name).await
    }

    async fn set_calendar(
        &mut self,
        lab: &Allowed<Lab>,
        secret: &Sealed,
        hash: &str,
    ) -> StoreResult<()> {
        self.touch(lab.id);
        registrations::set_calendar(&mut self.db, lab.id, secret, hash).await
    }
}
