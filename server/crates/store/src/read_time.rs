//! The service's `ReadTime`, method by method: where each is answered.

use async_trait::async_trait;
use domain::group::Group;
use domain::id::{LabId, MachineId, PlanId, ScheduleId, UserId};
use domain::meter::{Reset, Run, Stretch};
use domain::plan::Plan;
use domain::schedule::Schedule;
use domain::time::Timestamp;
use domain::version::Version;
use service::store::{HolidayRow, ReadTime, ResetRow, Standing, StoreResult, Watch, Watched};
use service::vault::Sealed;

use crate::transaction::Transaction;
use crate::{holidays, lab_groups, plans, registrations, runs, schedules, watches};

#[async_trait]
impl ReadTime for Transaction {
    async fn plan(&mut self, id: PlanId) -> StoreResult<Option<Plan>> {
        plans::plan(&mut self.db, id).await
    }

    async fn plans(&mut self) -> StoreResult<Vec<Plan>> {
        plans::plans(&mut self.db).await
    }

    async fn groups(&mut self, lab: LabId) -> StoreResult<Vec<Group>> {
        lab_groups::groups(&mut self.db, lab).await
    }

    async fn schedules(&mut self, lab: LabId) -> StoreResult<Vec<Version<Schedule>>> {
        schedules::of_lab(&mut self.db, lab).await
    }

    async fn standing_schedules(&mut self, lab: LabId) -> StoreResult<Vec<Standing>> {
        schedules::standing_of_lab(&mut self.db, lab).await
    }

    async fn standing(&mut self, id: ScheduleId) -> StoreResult<Option<Standing>> {
        schedules::standing(&mut self.db, id).await
    }

    async fn holidays(&mut self, lab: LabId) -> StoreResult<Vec<HolidayRow>> {
        holidays::of_lab(&mut self.db, lab).await
    }

    async fn holidays_of_plan(&mut self, plan: PlanId) -> StoreResult<Vec<HolidayRow>> {
        holidays::of_plan(&mut self.db, plan).await
    }

    async fn runs_of_user(&mut self, user: UserId) -> StoreResult<Vec<Run>> {
        runs::of_user(&mut self.db, user).await
    }

    async fn stretches_of_lab(&mut self, lab: LabId) -> StoreResult<Vec<Stretch>> {
        runs::stretches_of_lab(&mut self.db, lab).await
    }

    async fn latest_runs(&mut self, lab: LabId, limit: u32) -> StoreResult<Vec<Run>> {
        runs::latest(&mut self.db, lab, limit).await
    }

    async fn open_run(&mut self, machine: MachineId) -> StoreResult<Option<Run>> {
        runs::open(&mut self.db, machine).await
    }

    async fn resets_of_user(&mut self, user: UserId) -> StoreResult<Vec<Reset>> {
        runs::resets_of_user(&mut self.db, user).await
    }

    async fn resets_of_lab(&mut self, lab: LabId) -> StoreResult<Vec<ResetRow>> {
        runs::resets_of_lab(&mut self.db, lab).await
    }

    async fn watch(&mut self, machine: MachineId) -> StoreResult<Option<Watch>> {
        watches::watch(&mut self.db, machine).await
    }

    async fn watches(&mut self) -> StoreResult<Vec<Watch>> {
        watches::watches(&mut self.db).await
    }

    async fn connections(&mut self, machine: MachineId) -> StoreResult<u32> {
        watches::connections(&mut self.db, machine).await
    }

    async fn watched(&mut self) -> StoreResult<Vec<Watched>> {
        watches::watched(&mut self.db).await
    }

    async fn due_watches(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<(LabId, MachineId)>> {
        watches::due(&mut self.db, now, limit).await
    }

    async fn due_schedules(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<(LabId, ScheduleId)>> {
        schedules::due(&mut self.db, now, limit).await
    }

    async fn next_timer(&mut self) -> StoreResult<Option<Timestamp>> {
        let watch = watches::next(&mut self.db).await?;
        let schedule = schedules::next(&mut self.db).await?;
        Ok(watch.into_iter().chain(schedule).min())
    }

    async fn watch_is_due(&mut self, machine: MachineId, now: Timestamp) -> StoreResult<bool> {
        watches::is_due(&mut self.db, machine, now).await
    }

    async fn lost_gateways(&mut self, before: Timestamp) -> StoreResult<Vec<String>> {
        watches::lost(&mut self.db, before).await
    }

    async fn calendar_secret(&mut self, lab: LabId) -> StoreResult<Option<Sealed>> {
        registrations::calendar(&mut self.db, lab).await
    }

    async fn lab_by_calendar(&mut self, hash: &str) -> StoreResult<Option<LabId>> {
        registrations::by_calendar(&mut self.db, hash).await
    }
}
