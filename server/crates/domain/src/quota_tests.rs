//! Quotas, and when they end.

use proptest::prelude::*;

use super::*;
use crate::fixtures::{any_windows, at, minutes, run, window};
use crate::meter::{StartCause, counted};

#[test]
fn a_quota_has_bounds() {
    for text in ["PT0S", "PT10H", "PT9999H", "P1DT12H"] {
        assert!(UsageQuota::parse(text).is_ok(), "{text}");
    }
    for text in ["PT9999H1S", "PT10000H", "-PT1H", "10", ""] {
        assert!(UsageQuota::parse(text).is_err(), "{text}");
    }
    assert_eq!(
        UsageQuota::parse_hours("1.5").unwrap().to_string(),
        "PT1H30M"
    );
    assert_eq!(UsageQuota::DEFAULT.to_string(), "PT10H");
    assert!(UsageQuota::parse_hours("-1").is_err());
    assert_eq!(
        AdditionalQuota::parse("-PT5H").unwrap().to_string(),
        "-PT5H"
    );
    assert!(AdditionalQuota::parse_hours("-9999").is_ok());
    assert!(AdditionalQuota::parse_hours("-9999.01").is_err());
}

#[test]
fn what_a_user_may_use_is_the_groups_or_labs_and_more_or_less() {
    let (ten, two) = (UsageQuota::DEFAULT, UsageQuota::parse_hours("2").unwrap());
    let more = |text| AdditionalQuota::parse_hours(text).unwrap();
    let hours = |allowance: Allowance| allowance.total.as_secs() / 3600;
    assert_eq!(hours(Allowance::of(ten, None, more("5"))), 15);
    assert_eq!(hours(Allowance::of(ten, Some(two), more("0"))), 2);
    assert_eq!(hours(Allowance::of(ten, Some(two), more("-3"))), 0);
    assert_eq!(
        Allowance::of(ten, None, more("0")).remaining(minutes(700)),
        Duration::ZERO
    );
}

#[test]
fn students_are_told_why_they_may_not_start() {
    let ten = Allowance::of(UsageQuota::DEFAULT, None, AdditionalQuota::NONE);
    let none = Allowance::of(UsageQuota::NONE, None, AdditionalQuota::NONE);
    let class = [window(0, 100)];
    let why = |allowance, used, second| {
        may_start(allowance, used, &class, at(second)).map_err(WhyNot::sentence)
    };
    assert_eq!(why(ten, minutes(599), 100), Ok(()));
    assert_eq!(
        why(ten, minutes(600), 100),
        Err("Your quota of 10 h is used up. Ask your educator for more, or wait for the next class.".to_owned())
    );
    assert_eq!(why(ten, minutes(600), 99), Ok(()));
    assert_eq!(
        why(none, Duration::ZERO, 100),
        Err("Available during classes only.".to_owned())
    );
    assert_eq!(why(none, Duration::ZERO, 99), Ok(()));
}

#[test]
fn quota_pauses_in_class() {
    let class = [window(100, 200), window(300, 400)];
    let out = |now, left| runs_out_at(at(now), Duration::from_secs(left), &class, at(1000));
    assert_eq!(out(0, 50), RunsOut::At(at(50)));
    assert_eq!(out(0, 150), RunsOut::At(at(250)));
    assert_eq!(out(150, 150), RunsOut::At(at(450)));
    // Used up just as class begins, or in class: the machine runs on to the end of class.
    assert_eq!(out(0, 100), RunsOut::At(at(200)));
    assert_eq!(out(150, 0), RunsOut::At(at(200)));
    assert_eq!(out(250, 0), RunsOut::At(at(250)));
    // Where the windows are not known any more, it is time to look again.
    assert_eq!(out(0, 5000), RunsOut::NotBefore(at(1000)));
    assert_eq!(out(0, 5000).due(), at(1000));
    assert_eq!(
        runs_out_at(at(150), Duration::ZERO, &class, at(160)),
        RunsOut::NotBefore(at(160))
    );
}

#[test]
fn warnings_come_an_hour_a_quarter_and_five_minutes_before() {
    let class = [window(3600, 7200)];
    let all = warnings_at(at(0), minutes(80), &class, at(100_000));
    let told: Vec<_> = all
        .iter()
        .map(|warning| (warning.at, warning.minutes))
        .collect();
    // Sixty are left at 20 minutes, fifteen and five only after class.
    assert_eq!(
        told,
        [(at(20 * 60), 60), (at(125 * 60), 15), (at(135 * 60), 5)]
    );
    // What was told at this instant is not told again, but what class put off is.
    assert_eq!(
        warnings_at(at(20 * 60), minutes(60), &class, at(100_000)).len(),
        2
    );
    assert_eq!(
        warnings_at(at(5000), minutes(60), &class, at(100_000)).len(),
        3
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// The instant at which a run is stopped is the one at which the meter shows the total, and
    /// class is not on.
    #[test]
    fn at_the_end_the_meter_shows_the_total_exactly(
        class in any_windows(2000),
        started in 0_i64..1000,
        earlier in 0_i64..500,
        total in 0_u64..3000,
        later in 0_i64..300,
    ) {
        let runs = [run(StartCause::Student, 0, Some(earlier.min(started))), run(StartCause::Student, started, None)];
        let total = Duration::from_secs(total);
        let now = at(started + later);
        let used = |now| counted(&runs, &class, &[], now);
        let remaining = total.saturating_sub(used(now));
        let RunsOut::At(end) = runs_out_at(now, remaining, &class, at(10_000)) else {
            return Err(TestCaseError::fail("the horizon is far"));
        };
        prop_assert_eq!(used(end), total.max(used(now)));
        prop_assert!(end >= now && !is_open(&class, end));
        // And it is the first such instant.
        for second in (started + later)..end.micros() / 1_000_000 {
            prop_assert!(is_open(&class, at(second)) || used(at(second)) < total);
        }
    }

    /// Looking again at each horizon leads to the same instant as seeing all at once.
    #[test]
    fn a_short_horizon_only_asks_to_look_again(class in any_windows(2000), left in 0_u64..2000, step in 1_i64..400) {
        let left = Duration::from_secs(left);
        let whole = runs_out_at(at(0), left, &class, at(10_000)).due();
        let runs = [run(StartCause::Student, 0, None)];
        let mut now = at(0);
        let end = loop {
            let horizon = now + Duration::from_secs(step as u64);
            let known: Vec<Window> = within(&class, at(0), horizon).collect();
            let remaining = left.saturating_sub(counted(&runs, &known, &[], now));
            match runs_out_at(now, remaining, &known, horizon) {
                RunsOut::At(end) => break end,
                RunsOut::NotBefore(later) => {
                    prop_assert!(later > now);
                    now = later;
                }
            }
        };
        prop_assert_eq!(end, whole);
    }

    #[test]
    fn warnings_are_given_at_what_they_say(class in any_windows(20_000), left in 0_u64..15_000) {
        let left = Duration::from_secs(left);
        let runs = [run(StartCause::Student, 0, None)];
        let end = runs_out_at(at(0), left, &class, at(100_000)).due();
        let all = warnings_at(at(0), left, &class, at(100_000));
        for warning in &all {
            let used = counted(&runs, &class, &[], warning.at);
            prop_assert_eq!(left - used, minutes(u64::from(warning.minutes)));
            prop_assert!(warning.at < end);
        }
        prop_assert!(all.is_sorted_by_key(|warning| warning.at));
    }
}
