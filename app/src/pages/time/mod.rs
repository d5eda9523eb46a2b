//! Pages about hours and money: schedule, usage, activity, dashboard, plan. The server writes them as
//! HTML; nothing here is compiled for the browser, which shows them by `pages::written`.

pub mod activity;
pub mod dashboard;
pub mod plan;
mod runs;
pub mod schedule;
pub mod usage;
