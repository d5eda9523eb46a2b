//! The table that a run ends with.

use std::fmt::Write as _;

/// What came of one term.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Row {
    pub seed: u64,
    pub postgres: bool,
    pub weeks: f64,
    pub steps: u64,
    pub starts: u64,
    pub stops: u64,
    pub crashes: u64,
    pub faults: u64,
    pub violations: usize,
    pub seconds: f64,
}

/// All of them, and their sum.
pub(crate) fn text(rows: &[Row]) -> String {
    let mut text = String::new();
    let mut total = Row::default();
    writeln!(
        text,
        "{:>6}  {:<10} {:>6} {:>8} {:>7} {:>7} {:>8} {:>7} {:>11} {:>7}",
        "seed",
        "database",
        "weeks",
        "steps",
        "starts",
        "stops",
        "crashes",
        "faults",
        "violations",
        "s"
    )
    .unwrap();
    let mut line = |name: &str, database: &str, row: &Row| {
        writeln!(
            text,
            "{name:>6}  {database:<10} {:>6.1} {:>8} {:>7} {:>7} {:>8} {:>7} {:>11} {:>7.1}",
            row.weeks,
            row.steps,
            row.starts,
            row.stops,
            row.crashes,
            row.faults,
            row.violations,
            row.seconds
        )
        .unwrap();
    };
    for row in rows {
        let database = if row.postgres { "PostgreSQL" } else { "SQLite" };
        line(&row.seed.to_string(), database, row);
        total.weeks += row.weeks;
        total.steps += row.steps;
        total.starts += row.starts;
        total.stops += row.stops;
        total.crashes += row.crashes;
        total.faults += row.faults;
        total.violations += row.violations;
        total.seconds += row.seconds;
    }
    line("total", "", &total);
    text
}
