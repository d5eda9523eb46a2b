//! Sizes of machines, and how much of the host is used.

use axum::Json;
use axum::extract::State;

use super::fits;
use crate::call::Call;
use crate::error::Result;
use crate::model::sku::{LabServicesSku, Usage, UsageName};
use crate::model::{ListUsagesResult, PagedLabServicesSkus};
use crate::{Api, page};

/// The sizes that machines can have, with the prices of the installation's own plan.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/providers/Microsoft.LabServices/skus",
    operation_id = "Skus_List",
    tag = "Sizes",
    responses((status = OK, body = PagedLabServicesSkus))
)]
pub async fn list_skus(State(api): State<Api>, call: Call) -> Result<Json<PagedLabServicesSkus>> {
    let filter = call.filter()?;
    let plans = api.services.plans(&call.actor).await?;
    let plan = plans
        .iter()
        .find(|plan| plan.id == domain::plan::Plan::DEFAULT);
    let mut value = plan.map(LabServicesSku::all).unwrap_or_default();
    value.sort_by_cached_key(|sku| sku.name.to_ascii_lowercase());
    value.retain(|sku| {
        fits(filter.as_ref(), |field| match field {
            "name" => Some(sku.name.as_str()),
            "title" => Some(sku.size.as_str()),
            _ => None,
        })
    });
    let page = page::page(value, call.page(), |sku| sku.name.to_ascii_lowercase())?;
    Ok(Json(PagedLabServicesSkus {
        next_link: call.next_link(page.next.as_deref()),
        value: page.items,
    }))
}

/// How much of the host is used.
#[utoipa::path(
    get,
    path = "/subscriptions/{subscriptionId}/providers/Microsoft.LabServices/locations/{location}/usages",
    operation_id = "Usages_ListByLocation",
    tag = "Sizes",
    responses((status = OK, body = ListUsagesResult))
)]
pub async fn list_usages(State(api): State<Api>, call: Call) -> Result<Json<ListUsagesResult>> {
    let filter = call.filter()?;
    let location = call.location()?;
    let host = api.services.host_usage(&call.actor).await?;
    let rows = [
        (
            "Cores",
            "Processor threads of machines that run",
            host.cores,
        ),
        ("MemoryMiB", "Memory in MiB", host.memory_mib),
        ("StorageMiB", "Storage in MiB", host.storage_mib),
        ("VirtualMachines", "Virtual machines", host.machines),
    ];
    let value: Vec<Usage> = rows
        .into_iter()
        .filter(|(name, ..)| fits(filter.as_ref(), |field| (field == "name").then_some(*name)))
        .map(|(name, title, (used, limit))| Usage {
            current_value: i64::try_from(used).unwrap_or(i64::MAX),
            limit: i64::try_from(limit).unwrap_or(i64::MAX),
            unit: "Count".to_owned(),
            name: UsageName {
                value: name.to_owned(),
                localized_value: title.to_owned(),
                sku_instances: Vec::new(),
            },
            id: call.in_subscription(&format!(
                "/providers/Microsoft.LabServices/locations/{}/usages/{name}",
                location.as_str()
            )),
        })
        .collect();
    let page = page::page(value, call.page(), |usage| usage.name.value.clone())?;
    Ok(Json(ListUsagesResult {
        next_link: call.next_link(page.next.as_deref()),
        value: page.items,
    }))
}
