//! Money and automatic stops: the dashboard, budgets, the lab plan.

use leptos::prelude::*;

use crate::error::AppError;
use crate::view::WrittenView;

/// The Dashboard page.
#[server(prefix = "/sfn", endpoint = "lab/dashboard", input = server_fn::codec::GetUrl)]
pub async fn dashboard(id: String) -> Result<WrittenView, AppError> {
    use domain::role::Permission;

    use crate::context::{self, fail};
    use crate::pages::time::dashboard;
    use crate::view::WithLab;

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&id, "lab")?;
    let services = &backend.services;
    let detail = services.lab_detail(&actor, lab).await;
    let detail = detail.map_err(|e| fail(e.into()))?;
    let page = services.dashboard(&actor, lab).await;
    let page = page.map_err(|e| fail(e.into()))?;
    let schedule = services.schedule_page(&actor, lab).await;
    let schedule = schedule.map_err(|e| fail(e.into()))?;
    let may = actor.may(Permission::WriteLab, &detail.lab);
    let page = WithLab {
        more: super::words::money::dashboard(&detail, &page, &schedule, may),
        lab: super::labs::lab_view(&backend, &actor, detail),
    };
    let address = format!("/sfn/lab/dashboard?id={lab}");
    Ok(dashboard::write(&page, address))
}

/// Sets when a lab's unused machines stop.
#[server(prefix = "/sfn", endpoint = "labs/auto-shutdown")]
pub async fn set_auto_shutdown(
    id: String,
    #[server(default)] shutdown_on_disconnect: String,
    #[server(default)] disconnect_delay: String,
    #[server(default)] shutdown_when_not_connected: String,
    #[server(default)] no_connect_delay: String,
    #[server(default)] shutdown_on_idle: String,
    #[server(default)] idle_delay: String,
) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&id, "lab")?;
    let rules = rules(&Rules {
        shutdown_on_disconnect,
        disconnect_delay,
        shutdown_when_not_connected,
        no_connect_delay,
        shutdown_on_idle,
        idle_delay,
    })
    .map_err(fail)?;
    let set = backend.services.set_auto_shutdown(&actor, lab, rules).await;
    set.map_err(|e| fail(e.into()))
}

/// Sets what a lab may cost; nothing typed is no limit.
#[server(prefix = "/sfn", endpoint = "labs/budget")]
pub async fn set_budget(id: String, #[server(default)] amount: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&id, "lab")?;
    let budget = limit("amount", &amount).map_err(fail)?;
    let set = backend.services.set_budget(&actor, lab, budget).await;
    set.map_err(|e| fail(e.into()))
}

/// Lets students start machines although a budget is spent: a lab's, or without an id the plan's.
#[server(prefix = "/sfn", endpoint = "labs/let-start")]
pub async fn let_students_start(#[server(default)] id: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let said = if id.is_empty() {
        let word = |plan: &mut domain::plan::Plan| plan.go_on = true;
        backend.services.update_plan(&actor, word).await
    } else {
        let lab = context::id(&id, "lab")?;
        backend.services.let_students_start(&actor, lab).await
    };
    said.map_err(|e| fail(e.into()))
}

/// The lab plan.
#[server(prefix = "/sfn", endpoint = "plan", input = server_fn::codec::GetUrl)]
pub async fn plan() -> Result<WrittenView, AppError> {
    use domain::role::{Permission, Target};

    use crate::context::{self, fail};

    /// How many mails are listed.
    const MAILS: u32 = 20;

    let (backend, actor) = context::signed_in()?;
    let page = backend.services.plan(&actor).await;
    let page = page.map_err(|e| fail(e.into()))?;
    let mail = if actor.may(Permission::ReadSystem, Target::Organisation) {
        let overview = backend.services.mail_overview(&actor, MAILS).await;
        Some(overview.map_err(|e| fail(e.into()))?)
    } else {
        None
    };
    let page = super::words::money::plan(&page, mail);
    Ok(crate::pages::time::plan::write(
        &page,
        "/sfn/plan".to_owned(),
    ))
}

/// Changes the lab plan. `sizes` and `prices` go together, one by one.
#[server(prefix = "/sfn", endpoint = "plan/save")]
pub async fn save_plan(
    #[server(default)] currency: String,
    #[server(default)] storage_price: String,
    #[server(default)] budget: String,
    #[server(default)] sizes: Vec<String>,
    #[server(default)] prices: Vec<String>,
    #[server(default)] bin_days: String,
    #[server(default)] shutdown_on_disconnect: String,
    #[server(default)] disconnect_delay: String,
    #[server(default)] shutdown_when_not_connected: String,
    #[server(default)] no_connect_delay: String,
    #[server(default)] shutdown_on_idle: String,
    #[server(default)] idle_delay: String,
) -> Result<(), AppError> {
    use domain::bin::BinDays;
    use domain::money::{Amount, Currency, Price, StoragePrice};
    use domain::size::SizeName;

    use super::quotas::named;
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let currency = Currency::parse(&currency).map_err(|e| fail(e.into()))?;
    let free_if_empty = |text: &str| match text.trim() {
        "" => "0".to_owned(),
        text => text.to_owned(),
    };
    let storage = StoragePrice::parse(&free_if_empty(&storage_price))
        .map_err(|e| named(e, "storage_price"))?;
    let budget = limit("budget", &budget).map_err(fail)?;
    let mut priced = Vec::with_capacity(sizes.len());
    for (size, price) in sizes.iter().zip(&prices) {
        let name = SizeName::parse(size).map_err(|e| fail(e.into()))?;
        let price = Amount::parse("price", &free_if_empty(price))
            .map_err(|e| named(e, &format!("price-{size}")))?;
        priced.push((name, Price::from_micros(price.micros())));
    }
    let shutdown = rules(&Rules {
        shutdown_on_disconnect,
        disconnect_delay,
        shutdown_when_not_connected,
        no_connect_delay,
        shutdown_on_idle,
        idle_delay,
    })
    .map_err(fail)?;
    // A form without the field leaves it as it is.
    let bin = Some(bin_days.trim()).filter(|days| !days.is_empty());
    let bin = bin.map(BinDays::parse).transpose();
    let bin = bin.map_err(|e| fail(e.into()))?;
    let change = move |plan: &mut domain::plan::Plan| {
        plan.bin = bin.unwrap_or(plan.bin);
        plan.go_on = plan.go_on && plan.budget == budget;
        plan.currency = currency;
        plan.storage_price = storage;
        plan.budget = budget;
        plan.prices = priced;
        plan.shutdown = shutdown;
    };
    let saved = backend.services.update_plan(&actor, change).await;
    saved.map_err(|e| fail(e.into()))
}

/// Adds a day without class to all labs.
#[server(prefix = "/sfn", endpoint = "plan/holiday")]
pub async fn add_plan_holiday(
    #[server(default)] date: String,
    #[server(default)] name: String,
) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let holiday = super::schedules::holiday(&date, &name)?;
    let added = backend.services.add_plan_holiday(&actor, holiday).await;
    added.map_err(|e| fail(e.into()))
}

/// Takes a day without class of all labs back.
#[server(prefix = "/sfn", endpoint = "plan/remove-holiday")]
pub async fn remove_plan_holiday(holiday: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let holiday = context::id(&holiday, "day without class")?;
    let removed = backend.services.remove_plan_holiday(&actor, holiday).await;
    removed.map_err(|e| fail(e.into()))
}

/// The rules of auto-shutdown as a form sends them.
#[cfg(feature = "ssr")]
pub(super) struct Rules {
    /// “on” where it is.
    pub shutdown_on_disconnect: String,
    /// Minutes.
    pub disconnect_delay: String,
    /// “on” where it is.
    pub shutdown_when_not_connected: String,
    /// Minutes.
    pub no_connect_delay: String,
    /// `None`, `UserAbsence` or `LowUsage`.
    pub shutdown_on_idle: String,
    /// Minutes.
    pub idle_delay: String,
}

/// Reads the rules of auto-shutdown. A delay that is not sent stays as it usually is.
#[cfg(feature = "ssr")]
pub(super) fn rules(form: &Rules) -> Result<domain::shutdown::AutoShutdown, AppError> {
    use domain::shutdown::{AutoShutdown, Delay, DisconnectDelay, EnableState, ShutdownOnIdle};

    let usual = AutoShutdown::OFF;
    let state = |sent: &str| match sent {
        "" => EnableState::Disabled,
        _ => EnableState::Enabled,
    };
    let delay = |field: &'static str, sent: &str, usual: Delay| match sent.trim() {
        "" => Ok(usual),
        sent => Delay::parse_minutes(field, sent),
    };
    Ok(AutoShutdown {
        shutdown_on_disconnect: state(&form.shutdown_on_disconnect),
        disconnect_delay: match form.disconnect_delay.trim() {
            "" => usual.disconnect_delay,
            sent => DisconnectDelay::parse_minutes("disconnect_delay", sent)?,
        },
        shutdown_when_not_connected: state(&form.shutdown_when_not_connected),
        no_connect_delay: delay(
            "no_connect_delay",
            &form.no_connect_delay,
            usual.no_connect_delay,
        )?,
        shutdown_on_idle: match form.shutdown_on_idle.as_str() {
            "" => ShutdownOnIdle::None,
            sent => ShutdownOnIdle::parse(sent)?,
        },
        idle_delay: delay("idle_delay", &form.idle_delay, usual.idle_delay)?,
    })
}

/// An amount that nothing typed leaves open.
#[cfg(feature = "ssr")]
fn limit(field: &'static str, text: &str) -> Result<Option<domain::money::Amount>, AppError> {
    match text.trim() {
        "" => Ok(None),
        text => Ok(Some(domain::money::Amount::parse(field, text)?)),
    }
}
