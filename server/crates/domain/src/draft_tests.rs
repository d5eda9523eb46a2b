//! Schedules as educators and programs put them down.

use super::*;
use crate::civil::Weekday;
use crate::fixtures::{daily, date, draft, local, weekly};

fn refused(draft: Draft) -> String {
    draft.check().unwrap_err().message
}

#[test]
fn what_makes_no_sense_is_refused_with_a_sentence() {
    let sane = || draft("2026-10-05", Some("09:00"), Some("11:00"));
    assert_eq!(
        refused(draft("2026-10-05", None, None)),
        "A schedule needs a start, a stop, or both."
    );
    assert_eq!(
        refused(draft("2026-10-05", Some("09:00"), Some("09:00"))),
        "The stop must be at another time of day than the start."
    );
    assert_eq!(
        refused(Draft {
            recurrence: daily(1),
            until: Some(date("2026-10-04")),
            ..sane()
        }),
        "The last day must not be before the first."
    );
    assert_eq!(
        refused(Draft {
            recurrence: weekly(1, &[Weekday::Sunday]),
            until: Some(date("2026-10-10")),
            ..sane()
        }),
        "None of the chosen days comes between the first day and the last."
    );
    assert_eq!(
        refused(Draft {
            prestart_minutes: 61,
            ..sane()
        }),
        "Machines can start 0 to 60 minutes before class."
    );
    assert_eq!(
        refused(Draft {
            prestart_minutes: 5,
            ..draft("2026-10-05", None, Some("18:00"))
        }),
        "A schedule that only stops machines cannot start them early."
    );
    assert_eq!(
        refused(Draft {
            notes: "é".repeat(1001),
            ..sane()
        }),
        "Notes may have at most 1,000 characters; these have 1001."
    );
    assert!(
        Draft {
            notes: "é".repeat(1000),
            ..sane()
        }
        .check()
        .is_ok()
    );
}

#[test]
fn the_wire_tells_times_with_their_dates() {
    let times =
        |start: Option<&str>, stop: Option<&str>| Times::between(start.map(local), stop.map(local));
    let monday = "2026-10-05T09:00";
    for (stop, sentence) in [
        ("2026-10-05T08:59", "The stop must not be before the start."),
        (
            "2026-10-06T09:00",
            "The stop must be less than 24 hours after the start.",
        ),
    ] {
        let refused = times(Some(monday), Some(stop)).unwrap_err();
        assert_eq!(
            (refused.field, refused.message.as_str()),
            ("stopAt", sentence)
        );
    }
    assert!(times(None, None).is_err());
    // Equal times are how a schedule that only starts machines is shown, and read again.
    let start_only = times(Some(monday), Some(monday)).unwrap();
    assert_eq!((start_only.start.is_some(), start_only.stop), (true, None));
    assert_eq!(times(None, Some(monday)).unwrap().start, None);
}
