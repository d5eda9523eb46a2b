//! A term of a school: weeks of people, classes, quotas, faults and crashes from one seed, over the
//! simulator and a real database, driven from one due instant to the next. After every step what was
//! done is compared with the test's own record and with an oracle that shares no arithmetic with the
//! product.
//!
//! `LECTERN_TERM=SEED cargo test -p service --test term` lives one term and tells its story;
//! `LECTERN_TERM_FOR=SECONDS` lives as many as fit.

#![expect(
    clippy::unwrap_used,
    reason = "a test says by panicking what went wrong"
)]

mod accidents;
mod checks;
mod classes;
mod life;
mod oracle;
mod people;
mod record;
mod sums;
mod table;
#[expect(dead_code, unused_imports, reason = "the stories need more of it")]
#[path = "../lives/world/mod.rs"]
mod world;

use std::sync::atomic::Ordering;
use std::time::Instant;

use life::Life;
use table::Row;

/// The seeds of every run, and whether on PostgreSQL.
const SEEDS: [(u64, bool); 8] = [
    // The longest first.
    (101, true),
    (102, true),
    (1, false),
    (2, false),
    (3, false),
    (4, false),
    (5, false),
    (6, false),
];

/// Whether a seed's database is a PostgreSQL.
fn postgres(seed: u64) -> bool {
    SEEDS.contains(&(seed, true)) || seed >= 1000 && seed % 10 == 9
}

/// Lives one term; false, with its story told, when something was not as it should be.
fn live(seed: u64, postgres: bool) -> Row {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let began = Instant::now();
    let mut row = runtime.block_on(async {
        let mut life = Life::new(seed, postgres).await;
        let lived = std::panic::AssertUnwindSafe(life.term());
        let ended = futures::FutureExt::catch_unwind(lived).await;
        if ended.is_err() {
            life.violations.push("it panicked".to_owned());
        }
        let row = life.row();
        if !life.violations.is_empty() {
            eprintln!(
                "seed {seed} goes wrong after:\n  {}",
                life.story.join("\n  ")
            );
            for violation in &life.violations {
                eprintln!("VIOLATION: {violation}");
            }
        }
        life.end().await;
        row
    });
    row.seconds = began.elapsed().as_secs_f64();
    row
}

#[test]
fn every_term_is_as_the_rules_say() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse().unwrap());
    let mut rows = Vec::new();
    if let Some(seed) = number("LECTERN_TERM") {
        rows.push(live(seed, postgres(seed)));
    } else if let Some(seconds) = number("LECTERN_TERM_FOR") {
        let began = Instant::now();
        let mut seed = number("LECTERN_TERM_FROM").unwrap_or(1000);
        while began.elapsed().as_secs() < seconds {
            rows.push(live(seed, postgres(seed)));
            seed += 1;
        }
    } else {
        // Two at a time: whoever runs this has two processors.
        let next = std::sync::atomic::AtomicUsize::new(0);
        let work = || {
            let mut rows = Vec::new();
            while let Some((seed, postgres)) = SEEDS.get(next.fetch_add(1, Ordering::SeqCst)) {
                rows.push(live(*seed, *postgres));
            }
            rows
        };
        std::thread::scope(|scope| {
            let other = scope.spawn(work);
            rows.extend(work());
            rows.extend(other.join().unwrap());
        });
        rows.sort_by_key(|row| row.seed);
    }
    eprint!("{}", table::text(&rows));
    let failed: Vec<u64> = rows
        .iter()
        .filter(|row| row.violations > 0)
        .map(|row| row.seed)
        .collect();
    assert!(failed.is_empty(), "these seeds go wrong: {failed:?}");
}
