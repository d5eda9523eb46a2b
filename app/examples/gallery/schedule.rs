//! A week with overlapping classes in two zones and a holiday.

use app::view::{BlockView, DayView, EventForm, EventView, HolidayView, ScheduleView, WeekView};

use super::{minute, s};

fn block(id: &str, time: &str, from: u32, to: u32, lane: u32, lanes: u32) -> BlockView {
    BlockView {
        schedule: s(id),
        kind: s("standard"),
        time: s(time),
        from,
        to,
        lane,
        lanes,
        ..BlockView::default()
    }
}

fn blocks(day: usize) -> Vec<BlockView> {
    match day {
        0 => vec![
            BlockView {
                notes: s("Lecture, room 2.14"),
                ..block("a", "08:00–09:30", 480, 570, 0, 1)
            },
            BlockView {
                group: Some(s("Evening course")),
                ..block("b", "18:00–20:00", 1080, 1200, 0, 1)
            },
        ],
        1 => vec![
            block("c", "10:00–12:00", 600, 720, 0, 3),
            BlockView {
                zone: Some(s("18:30–20:00 Asia/Tokyo")),
                ..block("d", "10:30–12:00", 630, 720, 1, 3)
            },
            BlockView {
                group: Some(s("Assistants")),
                ..block("e", "11:00–11:45", 660, 705, 2, 3)
            },
        ],
        2 => vec![
            BlockView {
                notes: s("Lecture, room 2.14"),
                ..block("a", "08:00–09:30", 480, 570, 0, 1)
            },
            BlockView {
                kind: s("stop"),
                ..block("f", "Stop 22:00", 1320, 1320, 0, 1)
            },
        ],
        3 => vec![BlockView {
            cancelled: true,
            ..block("c", "10:00–12:00", 600, 720, 0, 1)
        }],
        4 => vec![
            BlockView {
                kind: s("start"),
                ..block("g", "Start 07:45", 465, 465, 0, 1)
            },
            BlockView {
                notes: s("Exam"),
                ..block("h", "13:00–16:00", 780, 960, 0, 1)
            },
        ],
        _ => Vec::new(),
    }
}

fn week() -> WeekView {
    let names = [
        ("Mon", "Monday"),
        ("Tue", "Tuesday"),
        ("Wed", "Wednesday"),
        ("Thu", "Thursday"),
        ("Fri", "Friday"),
        ("Sat", "Saturday"),
        ("Sun", "Sunday"),
    ];
    let days = names
        .iter()
        .enumerate()
        .map(|(index, (short, long))| DayView {
            date: format!("2026-11-{}", 23 + index),
            short: s(short),
            number: (23 + index).to_string(),
            long: format!("{long}, {} November", 23 + index),
            now: (index == 1).then_some(16 * 60 + 20),
            holiday: (index == 3).then(|| s("Founders’ day")),
            blocks: blocks(index),
        });
    WeekView {
        title: s("23–29 November 2026"),
        monday: s("2026-11-23"),
        previous: s("2026-11-16"),
        next: s("2026-11-30"),
        this: true,
        zone: s("Europe/Berlin"),
        offset: 60,
        noon: Some(minute(660)),
        own_offset: Some(0),
        first_hour: 7,
        last_hour: 23,
        days: days.collect(),
    }
}

pub fn view(form: Option<EventForm>) -> ScheduleView {
    let event =
        |id: &str, day: &str, time: &str, repeats: &str, group: &str, notes: &str| EventView {
            schedule: s(id),
            monday: s("2026-11-23"),
            day: s(day),
            time: s(time),
            zone: (id == "d").then(|| s("Asia/Tokyo")),
            repeats: s(repeats),
            group: s(group),
            notes: s(notes),
        };
    ScheduleView {
        week: week(),
        upcoming: vec![
            event(
                "a",
                "Wednesday, 25 November",
                "08:00–09:30",
                "Every week on Monday and Wednesday until 29 January 2027",
                "All users",
                "Lecture, room 2.14",
            ),
            event(
                "f",
                "Wednesday, 25 November",
                "Stop 22:00",
                "Every day",
                "All users",
                "",
            ),
            event(
                "h",
                "Friday, 27 November",
                "13:00–16:00",
                "Once",
                "All users",
                "Exam",
            ),
            event(
                "d",
                "Tuesday, 1 December",
                "18:30–20:00",
                "Every two weeks on Tuesday",
                "Evening course",
                "",
            ),
        ],
        form,
        zones: [
            "Africa/Cairo",
            "America/New_York",
            "Asia/Tokyo",
            "Europe/Berlin",
            "Etc/UTC",
        ]
        .map(s)
        .to_vec(),
        groups: vec![(s("g1"), s("Evening course")), (s("g2"), s("Assistants"))],
        holidays: vec![
            HolidayView {
                id: s("1"),
                day: s("Thursday, 26 November 2026"),
                name: s("Founders’ day"),
                plan: false,
            },
            HolidayView {
                id: s("2"),
                day: s("Friday, 25 December 2026"),
                name: s("Christmas Day"),
                plan: true,
            },
        ],
        feed: Some(s("https://labs.example.org/calendar/8f2c1e6b7a904d35.ics")),
        may_edit: true,
    }
}

pub fn empty() -> ScheduleView {
    let mut week = week();
    week.own_offset = None;
    for day in &mut week.days {
        day.blocks.clear();
        day.holiday = None;
    }
    ScheduleView {
        week,
        zones: vec![s("Europe/Berlin")],
        may_edit: true,
        ..ScheduleView::default()
    }
}

pub fn new_event() -> EventForm {
    EventForm {
        kind: s("standard"),
        date: s("2026-11-27"),
        start: s("10:00"),
        stop: s("11:30"),
        repeat: s("once"),
        zone: s("Europe/Berlin"),
        ..EventForm::default()
    }
}

pub fn old_event() -> EventForm {
    EventForm {
        schedule: s("a"),
        kind: s("standard"),
        date: s("2026-11-23"),
        start: s("08:00"),
        stop: s("09:30"),
        repeat: s("weekly"),
        interval: s("1"),
        days: vec![s("monday"), s("wednesday")],
        until: s("2027-01-29"),
        zone: s("Europe/Berlin"),
        prestart: s("10"),
        group: String::new(),
        notes: s("Lecture, room 2.14"),
        losses: s("18 more classes until 29 January 2027 do not take place."),
    }
}
