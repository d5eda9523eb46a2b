//! Calendars, read again as a calendar program reads them.

use proptest::prelude::*;

use super::*;
use crate::fixtures::{daily, date, draft, utc, zone};
use crate::schedule::Draft;

const LAB: LabId = LabId::new(uuid::Uuid::from_u128(2));

/// Lines unfolded, as names and values.
fn read(text: &str) -> Vec<(String, String)> {
    let unfolded = text.replace("\r\n ", "");
    let lines = unfolded.strip_suffix("\r\n").unwrap().split("\r\n");
    lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => plain.push('\n'),
            ('\\', Some(next)) => plain.push(next),
            _ => plain.push(c),
        }
    }
    plain
}

fn values<'a>(lines: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    lines
        .iter()
        .filter(|(n, _)| n == name)
        .map(|(_, value)| value.as_str())
        .collect()
}

#[test]
fn a_class_is_shown_at_its_hour_over_the_change_of_clocks() {
    let class = Draft {
        recurrence: daily(1),
        zone: zone("Europe/Vienna"),
        notes: "Bring; a, pen".to_owned(),
        ..draft("2026-10-24", Some("09:00"), Some("11:00"))
    };
    let holiday = Holiday::new(date("2026-10-26"), "National Day").unwrap();
    let made = text(
        &Calendar {
            lab: LAB,
            name: "Python 101",
            schedules: &[class.check().unwrap()],
            holidays: &[holiday],
            from: utc("2026-10-01T00:00"),
            to: utc("2026-10-28T00:00"),
        },
        utc("2026-10-01T12:34:56"),
    );
    let lines = read(&made);
    let starts = ["20261024T070000Z", "20261025T080000Z", "20261027T080000Z"];
    assert_eq!(values(&lines, "DTSTART"), starts);
    assert_eq!(values(&lines, "DTEND").len(), 3);
    assert_eq!(values(&lines, "DTSTAMP")[0], "20261001T123456Z");
    assert_eq!(values(&lines, "DTSTART;VALUE=DATE"), ["20261026"]);
    assert_eq!(values(&lines, "DESCRIPTION")[0], "Bring\\; a\\, pen");
    assert_eq!(
        *values(&lines, "SUMMARY").last().unwrap(),
        "No class: National Day"
    );
    assert_eq!(lines.first().unwrap().0, "BEGIN");
    assert_eq!(
        lines.last().unwrap(),
        &("END".to_owned(), "VCALENDAR".to_owned())
    );
}

#[test]
fn starts_and_stops_alone_take_no_time() {
    let made = |start, stop| {
        let schedule = draft("2026-10-05", start, stop).check().unwrap();
        let calendar = Calendar {
            lab: LAB,
            name: "Lab",
            schedules: &[schedule],
            holidays: &[],
            from: utc("2026-10-01T00:00"),
            to: utc("2026-11-01T00:00"),
        };
        read(&text(&calendar, utc("2026-10-01T00:00")))
    };
    let start = made(Some("08:00"), None);
    assert_eq!(values(&start, "SUMMARY"), ["Lab: machines start"]);
    assert_eq!(values(&start, "DTEND").len(), 0);
    let stop = made(None, Some("18:00"));
    assert_eq!(values(&stop, "SUMMARY"), ["Lab: machines stop"]);
    assert_eq!(values(&stop, "DTSTART"), ["20261005T180000Z"]);
}

#[test]
fn a_date_off_for_two_reasons_is_one_event() {
    let calendar = Calendar {
        lab: LAB,
        name: "Lab",
        schedules: &[],
        holidays: &["", "Labour Day"].map(|name| Holiday::new(date("2026-05-01"), name).unwrap()),
        from: utc("2026-01-01T00:00"),
        to: utc("2027-01-01T00:00"),
    };
    let lines = read(&text(&calendar, utc("2026-01-01T00:00")));
    assert_eq!(values(&lines, "SUMMARY"), ["No class: Labour Day"]);
}

proptest! {
    #[test]
    fn any_text_survives(name in "[^\\p{C}]{1,120}", notes in "([^\\p{C}]|\n|\r\n|;|,|\\\\){0,300}") {
        let schedule = Draft { notes, ..draft("2026-10-05", Some("09:00"), Some("11:00")) };
        let schedule = schedule.check().unwrap();
        let notes = schedule.notes.replace("\r\n", "\n").replace('\r', "\n");
        let made = text(
            &Calendar {
                lab: LAB,
                name: &name,
                schedules: &[schedule],
                holidays: &[],
                from: utc("2026-10-01T00:00"),
                to: utc("2026-11-01T00:00"),
            },
            utc("2026-10-01T00:00"),
        );
        for line in made.split_terminator("\r\n") {
            prop_assert!(line.len() <= 75 && !line.contains(['\r', '\n']));
        }
        let lines = read(&made);
        prop_assert_eq!(unescaped(values(&lines, "SUMMARY")[0]), name);
        let told: String = values(&lines, "DESCRIPTION").into_iter().map(unescaped).collect();
        prop_assert_eq!(told, notes);
    }
}
