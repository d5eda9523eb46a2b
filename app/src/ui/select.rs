//! Ticking every row of a table.

/// Ticks or unticks every row.
#[cfg(feature = "hydrate")]
pub fn select_all(ev: leptos::ev::Event) {
    use wasm_bindgen::JsCast;
    use web_sys::HtmlInputElement;

    let Some(all) = ev
        .target()
        .and_then(|t| t.dyn_into::<HtmlInputElement>().ok())
    else {
        return;
    };
    let Ok(Some(table)) = all.closest("table") else {
        return;
    };
    let Ok(boxes) = table.query_selector_all("tbody input[type=checkbox]") else {
        return;
    };
    for index in 0..boxes.length() {
        if let Some(row) = boxes
            .item(index)
            .and_then(|n| n.dyn_into::<HtmlInputElement>().ok())
        {
            row.set_checked(all.checked());
        }
    }
}

/// Ticks or unticks every row. On the server nobody ticks.
#[cfg(not(feature = "hydrate"))]
pub fn select_all(_ev: leptos::ev::Event) {}
