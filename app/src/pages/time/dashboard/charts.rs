//! Charts as SVG, each with a table behind it.

use leptos::prelude::*;

use crate::ui::hours::bar;
use crate::view::{BarView, ChartView, ColumnView};

/// How high a chart is drawn, in CSS pixels, without its labels.
const HEIGHT: u32 = 160;

/// Columns, one a day, with parts one on the other.
pub fn columns(title: &'static str, what: &'static str, chart: &ChartView) -> AnyView {
    let body = if chart.columns.is_empty() {
        view! { <p class="muted">"Nothing has run yet. The first days appear here."</p> }.into_any()
    } else {
        view! {
            {legend(chart)}
            {drawing(chart)}
            {table(title, what, chart)}
        }
        .into_any()
    };
    view! {
        <section class="card chart" aria-label=title>
            <header class="card-head">
                <h2 class="card-title">{title}</h2>
                <p class="card-text">{chart.summary.clone()}</p>
            </header>
            {body}
        </section>
    }
    .into_any()
}

fn legend(chart: &ChartView) -> AnyView {
    if chart.parts.len() < 2 {
        return ().into_any();
    }
    let parts = chart
        .parts
        .iter()
        .enumerate()
        .map(|(index, name)| {
            view! { <li data-part=index.to_string()>{name.clone()}</li> }.into_any()
        })
        .collect_view();
    view! { <ul class="legend-list">{parts}</ul> }.into_any()
}

fn drawing(chart: &ChartView) -> AnyView {
    let count = u32::try_from(chart.columns.len()).unwrap_or(1).max(1);
    let columns = (0..)
        .zip(&chart.columns)
        .map(|(index, column)| draw(index, count, column))
        .collect_view();
    let line = |y: u32, class: &'static str| {
        view! { <line class=class x1="0" x2="100%" y1=y y2=y></line> }.into_any()
    };
    view! {
        <div class="chart-frame">
            <div class="chart-scale" aria-hidden="true"><span>{chart.top.clone()}</span> <span>{chart.half.clone()}</span> <span>"0"</span></div>
            <svg class="chart-drawing" width="100%" height=HEIGHT + 20 role="img" aria-label=chart.summary.clone()>
                {line(1, "chart-line")}
                {line(HEIGHT / 2, "chart-line")}
                {columns}
                {line(HEIGHT, "chart-base")}
            </svg>
        </div>
    }
    .into_any()
}

/// One day's column, in an equal share of the width.
fn draw(index: u32, count: u32, column: &ColumnView) -> AnyView {
    let share = |part: u32| format!("{}.{:02}%", part * 100 / count, part * 10_000 / count % 100);
    let mut top = HEIGHT;
    let parts = column
        .heights
        .iter()
        .enumerate()
        .map(|(part, thousandths)| {
            let height = (thousandths * (HEIGHT - 1) / 1000).min(top);
            top -= height;
            view! {
                <rect class="chart-bar" data-part=part.to_string() x="18%" y=top width="64%" height=height></rect>
            }
            .into_any()
        })
        .collect_view();
    view! {
        <svg x=share(index) y="0" width=share(1) height=HEIGHT + 20>
            {parts}
            <text class="chart-label" x="50%" y=HEIGHT + 15 text-anchor="middle">{column.short.clone()}</text>
        </svg>
    }
    .into_any()
}

/// The same numbers to read.
fn table(title: &'static str, what: &'static str, chart: &ChartView) -> AnyView {
    let names = if chart.parts.is_empty() {
        vec![what.to_owned()]
    } else {
        chart.parts.clone()
    };
    let heads = names
        .into_iter()
        .map(|name| {
            view! { <th role="columnheader" scope="col" class="cell-number">{name}</th> }.into_any()
        })
        .collect_view();
    let rows = chart
        .columns
        .iter()
        .map(|column| {
            let cells = column
                .values
                .iter()
                .map(|value| view! { <td role="cell" class="cell-number">{value.clone()}</td> }.into_any())
                .collect_view();
            view! {
                <tr role="row"><th role="rowheader" scope="row">{column.label.clone()}</th> {cells}</tr>
            }
            .into_any()
        })
        .collect_view();
    view! {
        <details class="chart-table">
            <summary>"Show as a table"</summary>
            <table class="table table-small" role="table">
                <caption class="visually-hidden">{title}</caption>
                <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">"Day"</th> {heads}</tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </details>
    }
    .into_any()
}

/// Who used most.
pub fn people(people: &[BarView]) -> AnyView {
    let body = if people.is_empty() {
        view! { <p class="muted">"Nobody has used any hours yet."</p> }.into_any()
    } else {
        let lines = people
            .iter()
            .map(|person| {
                view! {
                    <li>
                        <a href=person.href.clone()>{person.label.clone()}</a>
                        <span class="number muted">{person.value.clone()}</span>
                        {bar(person.share)}
                    </li>
                }
                .into_any()
            })
            .collect_view();
        view! { <ol class="bars">{lines}</ol> }.into_any()
    };
    view! {
        <section class="card chart" aria-label="Hours per user">
            <header class="card-head">
                <h2 class="card-title">"Hours per user"</h2>
                <p class="card-text">"Who used most of the quota."</p>
            </header>
            {body}
        </section>
    }
    .into_any()
}
