//! What labs cost.

use proptest::prelude::*;

use super::*;
use crate::civil::Weekday;
use crate::fixtures::{at, daily, date, draft, run, schedule, weekly};
use crate::meter::{Run, StartCause};
use crate::recurrence::Recurrence;
use crate::schedule::Draft;

const HOUR: i64 = 3600;

fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}

fn amount(text: &str) -> Amount {
    Amount::parse("limit", text).unwrap()
}

#[test]
fn every_hour_costs_what_it_cost_then() {
    let prices = [
        Version::since(at(0), price("0.10")).ended(at(2 * HOUR)),
        Version::since(at(2 * HOUR), price("0.40")),
    ];
    let runs = [
        run(StartCause::Educator, HOUR, Some(3 * HOUR)),
        run(StartCause::Student, 3 * HOUR, None),
    ];
    assert_eq!(
        of_running(&runs, &prices, at(0), at(4 * HOUR)),
        amount("0.90")
    );
    let edges = [0, 2, 3, 4].map(|hour| at(hour * HOUR));
    let bars = over_time(&runs, &prices, &edges);
    assert_eq!(bars, ["0.10", "0.40", "0.40"].map(amount));
}

#[test]
fn disks_cost_also_while_nothing_runs() {
    let prices = [Version::since(at(0), StoragePrice::parse("0.10").unwrap())];
    let disk = Disk {
        gib: 32,
        from: at(0),
        to: None,
    };
    assert_eq!(
        of_storage(&[disk, disk], &prices, at(0), at(365 * HOUR)),
        amount("3.20")
    );
}

fn basis(schedules: &[Schedule]) -> Basis<'_> {
    Basis {
        quota: UsageQuota::DEFAULT,
        additional_seconds: 5 * HOUR,
        maximum_users: 20,
        schedules,
        holidays: &[],
        price: price("0.20"),
    }
}

/// A class of two hours on Mondays and Wednesdays, for four weeks.
fn classes() -> Draft {
    Draft {
        recurrence: weekly(1, &[Weekday::Monday, Weekday::Wednesday]),
        until: Some(date("2026-10-30")),
        ..draft("2026-10-05", Some("09:00"), Some("11:00"))
    }
}

#[test]
fn the_most_that_a_lab_can_cost() {
    let term = [classes().check().unwrap()];
    let estimate = super::estimate(&basis(&term));
    let hours = |hours: u64| Some(Duration::from_secs(hours * 3600));
    assert_eq!(estimate.scheduled, hours(16));
    assert_eq!(estimate.per_user, hours(26));
    assert_eq!(estimate.all_users, hours(520));
    assert_eq!(estimate.total, hours(525));
    assert_eq!(estimate.maximum, Some(amount("105")));
    let off = [Holiday::new(date("2026-10-26"), "National Day").unwrap()];
    let with_holiday = super::estimate(&Basis {
        holidays: &off,
        ..basis(&term)
    });
    assert_eq!(with_holiday.scheduled, hours(14));
    let less = super::estimate(&Basis {
        additional_seconds: -5 * HOUR,
        ..basis(&term)
    });
    assert_eq!(less.total, hours(515));
}

#[test]
fn without_an_end_there_is_no_most() {
    let for_ever = schedule("2026-10-05", "09:00", "11:00", daily(1));
    assert_eq!(estimate(&basis(&[for_ever])).maximum, None);
    let start_only = draft("2026-10-05", Some("09:00"), None).check().unwrap();
    assert_eq!(estimate(&basis(&[start_only])).scheduled, None);
    let stop = Draft {
        recurrence: daily(1),
        ..draft("2026-10-05", None, Some("22:00"))
    };
    let once = schedule("2026-10-05", "09:00", "11:00", Recurrence::Once);
    let both = [stop.check().unwrap(), once];
    assert_eq!(
        estimate(&basis(&both)).scheduled,
        Some(Duration::from_secs(7200))
    );
}

#[test]
fn a_forecast_goes_on_as_it_was() {
    let spent = amount("30");
    assert_eq!(forecast(spent, at(0), at(0), at(90)), None);
    assert_eq!(forecast(spent, at(0), at(30), at(90)), Some(amount("90")));
    assert_eq!(forecast(spent, at(0), at(100), at(90)), Some(spent));
}

#[test]
fn a_budget_warns_and_then_waits_for_a_word() {
    let budget = Budget {
        limit: amount("100"),
        go_on: false,
    };
    assert_eq!(budget.state(amount("79.99")), BudgetState::Within);
    assert_eq!(
        budget.state(amount("80")),
        BudgetState::Warning { percent: 80 }
    );
    assert_eq!(
        budget.state(amount("99.99")),
        BudgetState::Warning { percent: 99 }
    );
    assert_eq!(budget.state(amount("100")), BudgetState::Held);
    assert_eq!(
        budget.state(amount("100")).may_start(),
        Err(WhyNot::BudgetSpent)
    );
    let released = Budget {
        go_on: true,
        ..budget
    };
    assert_eq!(released.state(amount("120")).may_start(), Ok(()));
    let nothing = Budget {
        limit: Amount::ZERO,
        go_on: false,
    };
    assert_eq!(nothing.state(Amount::ZERO), BudgetState::Held);
}

proptest! {
    /// However time is cut into bars, they add up, but for the last millionth of each.
    #[test]
    fn bars_add_up(
        starts in prop::collection::vec((0_i64..100_000, 0_i64..100_000), 0..8),
        cut in 0_i64..200_000,
        micros in 0_u64..10_000_000,
        change in 0_i64..200_000,
    ) {
        let runs: Vec<Run> = starts
            .into_iter()
            .map(|(start, length)| run(StartCause::Student, start, Some(start + length)))
            .collect();
        let prices = [
            Version::since(at(0), Price::from_micros(micros)).ended(at(change)),
            Version::since(at(change), Price::from_micros(micros * 2)),
        ];
        let whole = of_running(&runs, &prices, at(0), at(200_000)).micros();
        let parts = over_time(&runs, &prices, &[at(0), at(cut), at(200_000)]);
        prop_assert!(parts.into_iter().sum::<Amount>().micros().abs_diff(whole) <= 3);
    }
}
