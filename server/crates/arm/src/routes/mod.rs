//! One handler a request: it reads, calls a use case, and writes.

mod images;
mod lab_said;
mod labs;
mod machines;
mod operations;
mod own;
mod plans;
mod schedules;
mod skus;
mod users;

use domain::lab::Lab;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::call::Call;
use crate::error::Result;
use crate::filter::Filter;

/// Every route.
pub(crate) fn all() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(operations::list_operations))
        .routes(routes!(operations::get_operation_result))
        .routes(routes!(operations::get_operation_status))
        .routes(routes!(operations::get_operation_location))
        .routes(routes!(plans::list_plans))
        .routes(routes!(plans::list_plans_of_group))
        .routes(routes!(
            plans::get_plan,
            plans::put_plan,
            plans::patch_plan,
            plans::delete_plan
        ))
        .routes(routes!(images::save_image))
        .routes(routes!(images::list_images))
        .routes(routes!(
            images::get_image,
            images::put_image,
            images::patch_image
        ))
        .routes(routes!(labs::list_labs))
        .routes(routes!(labs::list_labs_of_group))
        .routes(routes!(
            labs::get_lab,
            labs::put_lab,
            labs::patch_lab,
            labs::delete_lab
        ))
        .routes(routes!(labs::publish_lab))
        .routes(routes!(labs::sync_lab))
        .routes(routes!(schedules::list_schedules))
        .routes(routes!(
            schedules::get_schedule,
            schedules::put_schedule,
            schedules::patch_schedule,
            schedules::delete_schedule
        ))
        .routes(routes!(users::list_users))
        .routes(routes!(
            users::get_user,
            users::put_user,
            users::patch_user,
            users::delete_user
        ))
        .routes(routes!(users::invite_user))
        .routes(routes!(machines::list_machines))
        .routes(routes!(machines::get_machine))
        .routes(routes!(machines::start_machine))
        .routes(routes!(machines::stop_machine))
        .routes(routes!(machines::reimage_machine))
        .routes(routes!(machines::redeploy_machine))
        .routes(routes!(machines::reset_password))
        .routes(routes!(skus::list_skus))
        .routes(routes!(skus::list_usages))
        .routes(routes!(own::directory::list_directory_groups))
        .routes(routes!(
            own::directory::get_directory_group,
            own::directory::put_directory_group,
            own::directory::delete_directory_group
        ))
        .routes(routes!(own::deleted::list_deleted_labs))
        .routes(routes!(
            own::deleted::get_deleted_lab,
            own::deleted::erase_lab
        ))
        .routes(routes!(own::deleted::restore_lab))
        .routes(routes!(own::mine::register))
        .routes(routes!(own::mine::list_my_machines))
        .routes(routes!(own::mine::start_my_machine))
        .routes(routes!(own::mine::stop_my_machine))
        .routes(routes!(own::mine::reimage_my_machine))
        .routes(routes!(own::labs::start_all))
        .routes(routes!(own::labs::stop_all))
        .routes(routes!(own::labs::add_users))
        .routes(routes!(
            own::labs::get_registration,
            own::labs::patch_registration
        ))
        .routes(routes!(own::labs::regenerate_code))
        .routes(routes!(own::labs::reset_hours))
        .routes(routes!(own::labs::get_usage))
        .routes(routes!(own::labs::get_cost))
}

impl Api {
    /// The lab that a request is about.
    async fn lab(&self, call: &Call) -> Result<Lab> {
        let (group, name) = (call.group()?, call.lab()?);
        Ok(self.services.lab_named(&call.actor, &group, &name).await?)
    }

    /// The same, for what is below it.
    async fn parent(&self, call: &Call) -> Result<Lab> {
        self.lab(call).await.map_err(|error| error.of_parent())
    }

    /// The resource id of a lab.
    fn lab_id(&self, lab: &Lab) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.LabServices/labs/{}",
            self.subscription, lab.group, lab.name
        )
    }
}

/// Whether a resource is on a list: it has to fit the filter, where there is one.
fn fits<'v>(filter: Option<&Filter>, value: impl Fn(&str) -> Option<&'v str>) -> bool {
    filter.is_none_or(|filter| filter.holds(&value))
}
