//! Runs, warnings, and a student's tiles.

use app::view::{
    ActivityView, CountdownView, MachineView, Moment, NoticeView, PieceView, PlaceView, QuotaView,
    ResetView, RunView, TerminalView, UsageView,
};

use super::lab::{machine, quota};
use super::{badge, minute, s};

fn piece(from: i64, to: Option<i64>, length: &str, counted: bool, why: &str) -> PieceView {
    PieceView {
        from: minute(from),
        to: to.map(minute),
        length: s(length),
        counted,
        why: s(why),
    }
}

fn runs() -> Vec<RunView> {
    let run =
        |from: i64, to: Option<i64>, length: &str, counted: &str, pieces: Vec<PieceView>| RunView {
            machine: s("python-101-000"),
            user: Some(s("Ada Lovelace")),
            user_id: Some(s("u0")),
            from: minute(from),
            to: to.map(minute),
            length: s(length),
            started: s("Ada Lovelace"),
            stopped: s(if to.is_some() {
                "Nobody was connected for 15 minutes."
            } else {
                ""
            }),
            pieces,
            counted: s(counted),
        };
    vec![
        run(
            1900,
            None,
            "42 min",
            "42 min",
            vec![piece(
                1900,
                None,
                "42 min",
                true,
                "Started by Ada Lovelace outside class",
            )],
        ),
        run(
            430,
            Some(600),
            "2 h 50 min",
            "1 h 20 min",
            vec![
                piece(
                    430,
                    Some(480),
                    "50 min",
                    true,
                    "Started by Ada Lovelace outside class",
                ),
                piece(480, Some(570), "1 h 30 min", false, "In class, 08:00–09:30"),
                piece(
                    570,
                    Some(600),
                    "30 min",
                    true,
                    "Started by Ada Lovelace outside class",
                ),
            ],
        ),
        RunView {
            started: s("Grace Hopper"),
            user: None,
            user_id: None,
            machine: s("Template"),
            stopped: s("Stopped for publishing."),
            ..run(
                -1400,
                Some(-1250),
                "2 h 30 min",
                "Nothing",
                vec![piece(
                    -1400,
                    Some(-1250),
                    "2 h 30 min",
                    false,
                    "The template is free",
                )],
            )
        },
    ]
}

pub fn activity() -> ActivityView {
    ActivityView {
        runs: runs().into_iter().cycle().take(9).collect(),
        users: vec![(s("u0"), s("Ada Lovelace")), (s("u1"), s("Max Planck"))],
        user: String::new(),
        cut: Some(500),
    }
}

pub fn of_ada(own: bool) -> UsageView {
    UsageView {
        lab: s("1"),
        lab_title: s("Python 101"),
        user: s("u0"),
        name: s("Ada Lovelace"),
        email: s("ada@example.org"),
        own,
        back: s(if own { "/machines" } else { "/labs/1/users" }),
        quota: quota(340, 12),
        left: s("6 h 20 min"),
        total_note: s("10 h for everyone and 2 h additional"),
        extra_hours: s("2"),
        group: Some(s("Evening course")),
        resets: vec![
            ResetView {
                id: s("r2"),
                from: minute(0),
                at: minute(480),
                by: s("Grace Hopper"),
                undone: false,
            },
            ResetView {
                id: s("r1"),
                from: minute(-20000),
                at: minute(-19000),
                by: s("Grace Hopper"),
                undone: true,
            },
        ],
        may_change: !own,
        runs: runs().into_iter().take(2).collect(),
    }
}

pub fn terminal() -> TerminalView {
    TerminalView {
        machine: s("m1"),
        name: s("python-101-001"),
        title: s("Python 101"),
        back: s("/machines"),
        ready: true,
    }
}

fn place(title: &str, machine: MachineView, quota: QuotaView) -> PlaceView {
    PlaceView {
        lab: s("1"),
        title: s(title),
        description: s("Grace Hopper, Mondays and Wednesdays"),
        image: s("Debian 13"),
        machine: Some(machine),
        waiting: String::new(),
        quota,
        countdown: None,
        notices: Vec::new(),
        blocked: None,
    }
}

pub fn places() -> Vec<PlaceView> {
    let notice = |tone: &str, title: &str, text: &str, stay: bool| NoticeView {
        tone: s(tone),
        title: s(title),
        text: s(text),
        stay,
    };
    let class = QuotaView {
        state: s("class"),
        text: s("Class in progress: free until 11:30"),
        left: 620,
        used: s("3 h 48 min"),
        total: s("10 h"),
    };
    vec![
        place("Python 101", machine(3, None), quota(340, 12)),
        PlaceView {
            countdown: Some(CountdownView {
                ends_at: Moment(4_000_000_000_000),
                text: s("14 min 10 s"),
            }),
            notices: vec![
                notice(
                    "warning",
                    "15 minutes of your quota are left",
                    "Save your work: the machine stops when they are used up.",
                    false,
                ),
                notice(
                    "warning",
                    "Stops in 5 minutes",
                    "Nobody has used it for a while.",
                    true,
                ),
            ],
            ..place(
                "Networks and distributed systems",
                machine(6, None),
                quota(586, 10),
            )
        },
        PlaceView {
            blocked: Some(s(
                "Your 10 hours are used up. You can start it in the next class, on Wednesday at 08:00, or when your educator gives you more.",
            )),
            ..place("Databases", machine(4, None), quota(600, 10))
        },
        PlaceView {
            notices: vec![notice(
                "info",
                "Class ends at 11:30",
                "The machine stops then, in 10 minutes.",
                false,
            )],
            ..place("Operating systems", machine(9, None), class)
        },
        PlaceView {
            blocked: Some(s(
                "It can be started in class only. The next one is on Monday at 08:00.",
            )),
            ..place("Exam", machine(5, None), quota(0, 0))
        },
        PlaceView {
            machine: None,
            waiting: s("Every machine is taken at the moment. You are next in line."),
            ..place(
                "Robotics",
                MachineView {
                    badge: badge("queued", "Waiting"),
                    ..machine(1, None)
                },
                QuotaView::default(),
            )
        },
    ]
}
