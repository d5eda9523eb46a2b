//! Pages about hours and money: schedule, usage, activity, dashboard, plan.

pub mod activity;
pub mod dashboard;
pub mod plan;
mod runs;
pub mod schedule;
pub mod usage;
