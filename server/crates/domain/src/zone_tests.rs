//! Wall clocks and points in time, in every zone there is.

use proptest::prelude::*;

use super::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::parse(name).unwrap()
}

fn local(text: &str) -> DateTime {
    text.parse().unwrap()
}

fn utc(text: &str) -> Timestamp {
    TimeZone::utc().timestamp(local(text))
}

#[test]
fn a_zone_is_found_without_regard_to_case_and_spelt_right() {
    assert_eq!(zone(" europe/vienna ").as_str(), "Europe/Vienna");
    assert_eq!(zone("utc"), TimeZone::utc());
    for text in [
        "",
        "Vienna",
        "Europe/Wien",
        "../../etc/passwd",
        "Etc/Unknown",
    ] {
        assert!(TimeZone::parse(text).is_err(), "{text}");
    }
}

#[test]
fn every_name_in_the_list_is_a_zone_of_that_name() {
    assert!(TimeZone::names().len() > 400);
    for name in TimeZone::names() {
        assert_eq!(zone(name).as_str(), name);
    }
}

#[test]
fn a_skipped_time_happens_after_the_gap_and_a_doubled_one_the_first_time() {
    let vienna = zone("Europe/Vienna");
    for skipped in [
        "2026-03-29T02:00",
        "2026-03-29T02:30",
        "2026-03-29T02:59:59.9",
        "2026-03-29T03:00",
    ] {
        assert_eq!(
            vienna.timestamp(local(skipped)),
            utc("2026-03-29T01:00"),
            "{skipped}"
        );
    }
    assert_eq!(
        vienna.timestamp(local("2026-10-25T02:30")),
        utc("2026-10-25T00:30")
    );
    assert_eq!(
        vienna.timestamp(local("2026-10-25T03:00")),
        utc("2026-10-25T02:00")
    );
    // Lord Howe Island moves its clocks by half an hour, and Samoa once left out a whole day.
    let island = zone("Australia/Lord_Howe");
    assert_eq!(
        island.timestamp(local("2026-10-04T02:10")),
        utc("2026-10-03T15:30")
    );
    let samoa = zone("Pacific/Apia");
    assert_eq!(
        samoa.timestamp(local("2011-12-30T09:00")),
        utc("2011-12-30T10:00")
    );
}

#[test]
fn the_ends_of_time_do_no_harm() {
    let vienna = zone("Europe/Vienna");
    for at in [i64::MIN, i64::MAX] {
        let shown = vienna.local(Timestamp::from_micros(at));
        vienna.timestamp(shown);
    }
}

/// Every zone that changes its clocks, at both changes of a year, from before to after.
#[test]
fn the_rule_holds_at_both_changeovers_of_every_zone() {
    let mut changeovers = 0;
    for name in TimeZone::names() {
        let zone = zone(name);
        let year = instant(utc("2024-01-01T00:00").micros());
        for change in zone.rules.following(year).take(2) {
            let shown = change.timestamp().as_second() + seconds_ahead(&zone, change.timestamp());
            for minutes in [-90, -60, -15, 0, 15, 60, 90] {
                check_first(&zone, (shown + minutes * 60) * 1_000_000).unwrap();
            }
            changeovers += 1;
        }
    }
    assert!(changeovers > 300, "{changeovers}");
}

/// By how many seconds clocks are ahead of UTC just before `at`.
fn seconds_ahead(zone: &TimeZone, at: jiff::Timestamp) -> i64 {
    let before = instant(at.as_microsecond() - 1);
    i64::from(zone.rules.to_offset(before).seconds())
}

proptest! {
    /// The rule, told backwards: of all instants, the one given is the first at which clocks show
    /// the time or a later one.
    #[test]
    fn a_time_happens_when_clocks_first_reach_it(
        name in prop::sample::select(TimeZone::names()),
        day in 0_i64..25_000,
        second in 0_i64..86_400,
    ) {
        let zone = zone(&name);
        check_first(&zone, utc("1970-01-01T00:00").micros() + (day * 86_400 + second) * 1_000_000)?;
    }

    /// The same within three hours of changeovers of all times, of which random times see few.
    #[test]
    fn also_around_changeovers(
        name in prop::sample::select(TimeZone::names()),
        from in 0_i64..2_100_000_000,
        minutes in -180_i64..180,
    ) {
        let zone = zone(&name);
        let from = jiff::Timestamp::from_second(from).unwrap();
        if let Some(change) = zone.rules.following(from).next() {
            let shown = change.timestamp().as_second() + seconds_ahead(&zone, change.timestamp());
            check_first(&zone, (shown + minutes * 60) * 1_000_000)?;
        }
    }
}

/// Checks the time that a clock at UTC shows `shown` microseconds after 1970.
fn check_first(zone: &TimeZone, shown: i64) -> Result<(), TestCaseError> {
    let time = TimeZone::utc().local(Timestamp::from_micros(shown));
    let at = zone.timestamp(time);
    prop_assert!(zone.local(at) >= time, "{zone} {time}");
    let before = Timestamp::from_micros(at.micros() - 1);
    prop_assert!(zone.local(before) < time, "{zone} {time}");
    // No clock has ever been put back by more than a day and a bit.
    for hour in (1..=27).flat_map(|h| [h * 4, h * 4 + 1, h * 4 + 2, h * 4 + 3]) {
        let earlier = Timestamp::from_micros(at.micros() - 1 - hour * 900_000_000);
        prop_assert!(zone.local(earlier) < time, "{zone} {time}");
    }
    Ok(())
}
